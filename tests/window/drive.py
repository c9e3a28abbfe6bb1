"""A running Hoplens window, driven as a person would: find by accessible name, click, type, look.

The binary is built with the feature `inspection`; eframe then listens on EGUI_INSPECTION. A connection begins with
`eins` and a big-endian version; each message is a 4-byte big-endian length and a MessagePack document. The tree is
AccessKit's: what a screen reader sees is what is driven here.
"""
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import zlib

import msgpack

# What a person operates: each must have a name.
OPERABLE = {"button", "checkBox", "comboBox", "link", "menuItem", "multilineTextInput", "radioButton", "slider",
            "spinButton", "tab", "textInput", "passwordInput"}
NO_MODIFIERS = {"alt": False, "ctrl": False, "shift": False, "mac_cmd": False, "command": False}


class NotThere(Exception):
    """What was looked for never came."""


class Screen:
    """An X server without a monitor, on a display number that is free."""

    def __init__(self, width=1600, height=1000):
        reader, writer = os.pipe()
        command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "%dx%dx24" % (width, height), "-nolisten", "tcp"]
        self.process = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
        os.close(writer)
        with os.fdopen(reader) as answer:
            number = answer.readline().strip()
        if not number:
            raise NotThere("Xvfb did not start")
        self.display = ":" + number

    def close(self):
        self.process.terminate()
        self.process.wait()


class Window:
    """The program, its log and the connection that drives it."""

    def __init__(self, binary, screen, *args, config=None):
        self.is_config_ours = config is None
        self.config = config or tempfile.mkdtemp(prefix="hoplens-window-")
        port = free_port()
        env = dict(os.environ, DISPLAY=screen.display, HOPLENS_CONFIG_DIR=self.config,
                   EGUI_INSPECTION="127.0.0.1:%d" % port, LIBGL_ALWAYS_SOFTWARE="1", LC_ALL="C.UTF-8")
        env.pop("WAYLAND_DISPLAY", None)
        self.process = subprocess.Popen([binary, *map(str, args)], env=env, stderr=subprocess.PIPE, text=True)
        self.log = []
        threading.Thread(target=lambda: self.log.extend(iter(self.process.stderr.readline, "")), daemon=True).start()
        self.socket = self._connect(port)

    def _connect(self, port, seconds=60):
        end = time.monotonic() + seconds
        while True:
            if self.process.poll() is not None:
                raise NotThere("the window ended: " + "".join(self.log))
            try:
                self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
        magic = self._read(8)
        if magic[:4] != b"eins":
            raise NotThere("no inspection endpoint: %r" % magic)
        return self.socket

    def _read(self, n_bytes):
        got = b""
        while len(got) < n_bytes:
            part = self.socket.recv(n_bytes - len(got))
            if not part:
                raise NotThere("the window closed the connection: " + "".join(self.log[-20:]))
            got += part
        return got

    def ask(self, request):
        body = msgpack.packb(request)
        self.socket.sendall(struct.pack(">I", len(body)) + body)
        length = struct.unpack(">I", self._read(4))[0]
        reply = msgpack.unpackb(self._read(length), raw=False, strict_map_key=False)
        if isinstance(reply, dict) and "Error" in reply:
            raise RuntimeError(reply["Error"])
        return reply

    def nodes(self):
        """Every node that a person can operate or read as (role, name, value, box)."""
        tree = self.ask("GetTree")["Tree"]
        update = tree[2] if isinstance(tree, list) else tree["accesskit"]
        if update is None:
            return []
        pairs = update[0] if isinstance(update, list) else update["nodes"]
        properties = {ident: node[4] for ident, node in pairs}
        found = []
        for _ident, (role, _actions, _children, _flags, props) in pairs:
            labels = [properties[i].get("value") for i in props.get("labelledBy", []) if i in properties]
            name = props.get("label") or next(iter(labels), None)
            if role != "textRun" and (name or props.get("value") or role in OPERABLE):
                found.append((role, name or "", props.get("value") or "", props.get("bounds")))
        return found

    def focused(self):
        """What has the keyboard as (role, name)."""
        tree = self.ask("GetTree")["Tree"]
        update = tree[2] if isinstance(tree, list) else tree["accesskit"]
        pairs, focus = (update[0], update[-1]) if isinstance(update, list) else (update["nodes"], update["focus"])
        for ident, (role, _actions, _children, _flags, props) in pairs:
            if ident == focus:
                return role, props.get("label") or ""
        return None

    def find(self, text, role=None, exact=False):
        """The nodes whose name or value is (or holds) the text, or fits the pattern."""
        def fits(node):
            if isinstance(text, re.Pattern):
                held = text.search(node[1]) or text.search(node[2])
            else:
                held = (text in (node[1], node[2])) if exact else (text in node[1] or text in node[2])
            return held and (role is None or role.lower() in node[0].lower())

        return [node for node in self.nodes() if fits(node)]

    def wait_for(self, text, role=None, seconds=30, exact=False):
        """The first node that `find` finds."""

        end = time.monotonic() + seconds
        while True:
            hits = self.find(text, role, exact)
            if hits:
                return hits[0]
            if time.monotonic() > end:
                seen = sorted({node[1] or node[2] for node in self.nodes()})
                raise NotThere("no %s %r; there are: %s" % (role or "node", text, seen))
            time.sleep(0.1)

    def wait_gone(self, text, role=None, seconds=30):
        end = time.monotonic() + seconds
        while self.find(text, role):
            if time.monotonic() > end:
                raise NotThere("still there: %r" % text)
            time.sleep(0.1)

    def events(self, *events):
        self.ask({"ApplyEvents": {"events": list(events)}})

    def click(self, text, role=None, exact=True, button="Primary"):
        box = self._at_rest(text, role, exact)
        pos = {"x": (box[0] + box[2]) / 2, "y": (box[1] + box[3]) / 2}
        self.events({"PointerMoved": pos})
        for pressed in (True, False):
            self.events({"PointerButton": {"pos": pos, "button": button, "pressed": pressed,
                                           "modifiers": NO_MODIFIERS}})

    def _at_rest(self, text, role, exact):
        """Where a node is once it has stopped moving: what slides cannot be clicked."""
        box = self.wait_for(text, role, exact=exact)[3]
        while True:
            time.sleep(0.05)
            again = self.wait_for(text, role, exact=exact)[3]
            if again == box:
                return box
            box = again

    def drag(self, begin, end, steps=8):
        at = [{"x": begin[0] + (end[0] - begin[0]) * i / steps, "y": begin[1] + (end[1] - begin[1]) * i / steps}
              for i in range(steps + 1)]
        press = {"button": "Primary", "modifiers": NO_MODIFIERS}
        self.events({"PointerMoved": at[0]})
        self.events({"PointerButton": dict(press, pos=at[0], pressed=True)})
        for pos in at[1:]:
            self.events({"PointerMoved": pos})
        self.events({"PointerButton": dict(press, pos=at[-1], pressed=False)})

    def resize(self, width, height):
        self.ask({"Resize": {"width": width, "height": height}})

    def scroll(self, x, y, points):
        """Turns the wheel over a place; positive goes on towards the end."""
        self.events({"PointerMoved": {"x": x, "y": y}},
                    {"MouseWheel": {"unit": "Point", "delta": {"x": 0.0, "y": -points}, "phase": "Move",
                                    "source": "Unknown", "modifiers": NO_MODIFIERS}})

    def key(self, key, ctrl=False, shift=False):
        modifiers = dict(NO_MODIFIERS, ctrl=ctrl, command=ctrl, shift=shift)
        for pressed in (True, False):
            self.events({"Key": {"key": key, "physical_key": None, "pressed": pressed, "repeat": False,
                                 "modifiers": modifiers}})

    def write(self, field, text, role="input"):
        """Replaces what stands in a field."""
        self.click(field, role)
        self.key("A", ctrl=True)
        if text:
            self.events({"Text": text})
        else:
            self.key("Delete")

    def screenshot(self):
        """A picture as PNG."""
        reply = self.ask({"GetScreenshot": {"pixels_per_point": None}})["Screenshot"]
        return bytes(reply[1] if isinstance(reply, list) else reply["bytes"])

    def picture(self, path):
        with open(path, "wb") as file:
            file.write(self.screenshot())

    def corner(self):
        """Red, green and blue of the first pixel: every filter of PNG leaves that one as it is."""
        png, rows, at = self.screenshot(), b"", 8
        while at < len(png):
            length, kind = struct.unpack(">I4s", png[at:at + 8])
            if kind == b"IDAT":
                rows += png[at + 8:at + 8 + length]
            at += 12 + length
        return tuple(zlib.decompress(rows)[1:4])

    def kill(self):
        """As the system would, without a word."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self):
        self.socket.close()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        if self.is_config_ours:
            shutil.rmtree(self.config, ignore_errors=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
