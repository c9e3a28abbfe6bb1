"""The binary under test, and the way a case is written, run and counted."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]


def eventually(ask, what, seconds=30):
    """Polls until `ask` gives something true; the only thing here that waits."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError("never came: " + what)
        time.sleep(0.02)


class Hoplens:
    """Runs the binary with a configuration folder of its own, so that no run sees another's or the user's."""

    def __init__(self, binary):
        self.binary = str(binary)
        self.config = tempfile.mkdtemp(prefix="hoplens-interop-")
        self.env = dict(os.environ, HOPLENS_CONFIG_DIR=self.config, NO_COLOR="1", LC_ALL="C")
        # The command line must need no display.
        # The machine's own proxy is none of the tests'.
        for name in [name for name in self.env if name.lower().endswith("_proxy")]:
            del self.env[name]
        self.env.pop("DISPLAY", None)
        self.env.pop("WAYLAND_DISPLAY", None)

    def run(self, *args, stdin=None, code=0):
        done = subprocess.run([self.binary, *map(str, args)], input=stdin, env=self.env, cwd=self.config,
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == code, "exit code %d, not %d, of %r\nstdout: %s\nstderr: %s" % (
            done.returncode, code, args, done.stdout, done.stderr)
        return done

    def json(self, *args, **options):
        return json.loads(self.run(*args, **options).stdout)

    def close(self):
        shutil.rmtree(self.config, ignore_errors=True)


class Running:
    """A command that runs until Ctrl-C, and the addresses that it lists with --json."""

    def __init__(self, hoplens, *command):
        self.command = "hoplens " + command[0]
        self.process = subprocess.Popen([hoplens.binary, *map(str, command), "--json"], env=hoplens.env,
                                        cwd=hoplens.config, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines, self.errors = [], []
        for stream, kept in ((self.process.stdout, self.lines), (self.process.stderr, self.errors)):
            threading.Thread(target=lambda s=stream, k=kept: k.extend(iter(s.readline, "")), daemon=True).start()
        self.listing = eventually(self._listing, "the list of listeners of %s" % self.command)

    def _listing(self):
        if self.process.poll() is not None:
            raise AssertionError(self.command + " ended: " + "".join(self.lines + self.errors))
        try:
            return json.loads("".join(self.lines))
        except ValueError:
            return None

    def address(self, name):
        """The address of an instance (`greeter-1`), of a service's first instance, or of the gateway."""
        found = sorted((str(entry.get("instance") or entry.get("name") or entry.get("service")), entry["address"])
                       for entry in objects(self.listing) if "address" in entry)
        for known, address in found:
            if known == name or re.fullmatch(re.escape(name) + r"-\d+", known):
                return address
        raise AssertionError("%s is not among %s" % (name, found))

    def stop(self):
        """Ctrl-C, as a person would; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(self.command + " did not end after Ctrl-C") from None


class Demo(Running):
    """`hoplens demo`: cluster and gateway."""

    def __init__(self, hoplens, *options):
        super().__init__(hoplens, "demo", *options)


class Mock(Running):
    """`hoplens serve schema`: on a port that is free, unless the options name one."""

    def __init__(self, hoplens, *options):
        port = () if "--port" in options else ("--port", 0)
        super().__init__(hoplens, "serve", "schema", *options, *port)
        self.target = self.listing["address"]


class Tap(Running):
    """`hoplens tap`: between whoever calls its address and a target."""

    def __init__(self, hoplens, target, *options):
        super().__init__(hoplens, "tap", "0=" + target, *options)
        self.target = self.listing["address"]

    def passed(self, n_calls):
        """So many calls that it told of; the first line said where it listens."""
        told = eventually(lambda: self.lines[1:] if len(self.lines) > n_calls else None, "calls through the tap")
        return [json.loads(line) for line in told]


def objects(value):
    """Every object in a JSON document, however deep."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from objects(inner)


class Suite:
    """Prints `ok NAME` or `FAIL NAME` for each case, which ./test counts."""

    def __init__(self, name, about):
        self.name, self.about = name, about
        self.n_passed = self.n_failed = 0

    def case(self, name, check, after=None):
        try:
            check()
        except Exception:  # a case that breaks must not take the others along
            self.n_failed += 1
            print("FAIL %s: %s" % (self.name, name), flush=True)
            print("    " + traceback.format_exc(limit=-2, chain=False).strip().replace("\n", "\n    "), flush=True)
            if after:
                after(name, True)
        else:
            self.n_passed += 1
            print("ok %s: %s" % (self.name, name), flush=True)
            if after:
                after(name, False)

    def cases(self, holder, after=None):
        """Runs every method named `case_...` of an object, in the order of their writing."""
        for name in [name for name in vars(type(holder)) if name.startswith("case_")]:
            self.case(name[len("case_"):].replace("_", " "), getattr(holder, name), after)
