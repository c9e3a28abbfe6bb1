"""The whole main job by keyboard alone: a window that refuses to be touched by a pointer."""
import contextlib
import pathlib
import re
import shutil
import tempfile

from boutique_server import PROTO, Boutique
from drive import Screen, Window
from hoplens import eventually


class Untouched(Window):
    """A window without a mouse."""

    def events(self, *events):
        pointed = [event for event in events if re.search("Pointer|Mouse|Touch", str(next(iter(event))))]
        assert not pointed, pointed
        super().events(*events)


class KeyboardCases:
    """One window for all cases; each method that begins with case_ is one."""

    def __init__(self, binary):
        with contextlib.ExitStack() as opened:
            self.config = tempfile.mkdtemp(prefix="hoplens-keyboard-")
            opened.callback(shutil.rmtree, self.config, ignore_errors=True)
            screen = Screen()
            opened.callback(screen.close)
            self.server = Boutique()
            opened.callback(self.server.stop)
            self.window = Untouched(binary, screen, "--renderer", "glow", config=self.config)
            opened.callback(self.window.close)
            self.window.resize(1600, 1000)
            self.window.wait_for("cluster 15 of 15")
            self.opened = opened.pop_all()

    def close(self):
        self.opened.close()

    def case_a_proto_is_loaded_by_its_path(self):
        self.window.key("L", ctrl=True)
        self.has_keyboard("Path to load")
        self.write(str(PROTO))
        self.window.key("Enter")
        self.window.wait_for("demo.proto is loaded")

    def case_a_method_is_found_and_opened(self):
        self.find("productcatalog getproduct")
        self.window.wait_for("GetProduct", "tab", exact=True)

    def case_target_and_form_are_reached_by_tab(self):
        self.window.key("Num2", ctrl=True)
        self.tab_to("Target")
        self.replace(self.server.target)
        self.tab_to("id")
        self.replace("OLJCESPC7Z")

    def case_undo_and_redo_in_the_form(self):
        self.window.key("Z", ctrl=True)
        self.window.wait_gone("OLJCESPC7Z", "input")
        self.window.key("Y", ctrl=True)
        self.window.wait_for("OLJCESPC7Z", "input", exact=True)

    def case_a_call_is_sent_and_its_answer_read(self):
        self.window.key("Enter", ctrl=True)
        self.window.wait_for("Sunglasses")
        self.window.key("Num3", ctrl=True)
        self.has_keyboard("Response")
        for tab, shown in (("Headers", "content-type"), ("Wire", "trailers grpc-status 0"), ("Timing", "Connection")):
            self.tab_to(tab)
            self.window.key("Enter")
            self.window.wait_for(shown)

    def case_it_is_played_again(self):
        for ask in (lambda: self.find("play this call again"), lambda: self.window.key("R", ctrl=True)):
            self.window.wait_gone("slowed")
            ask()
            self.window.wait_for("slowed")

    def case_a_closed_request_comes_back(self):
        self.window.key("W", ctrl=True)
        self.window.wait_gone("GetProduct", "tab")
        self.window.key("T", ctrl=True, shift=True)
        self.window.wait_for("GetProduct", "tab", exact=True)

    def case_a_node_opens_its_menu_and_takes_the_keyboard_back(self):
        for key in ({"key": "F10", "shift": True}, {"key": "Menu"}):
            self.window.key("Num4", ctrl=True)
            self.has_keyboard("Flow")
            self.tab_to(re.compile("^greeter, "))
            self.window.key(**key)
            self.window.wait_for("Add an instance", "button")
            eventually(lambda: fits(re.compile("^Play|^Add an instance$"), self.window.focused()), "an entry")
            self.window.key("Escape")
            self.window.wait_gone("Add an instance", "button")
            self.has_keyboard(re.compile("^greeter, "))

    def case_the_chosen_node_shows_its_card(self):
        self.window.key("Enter")
        self.window.wait_for("Close inspector")

    def case_the_theme_changes(self):
        self.find("theme light")
        eventually(lambda: sum(self.window.corner()) > 600, "light")
        self.on_disk('theme = "light"')

    def case_settings_are_found_and_changed(self):
        self.window.key("Comma", ctrl=True)
        self.has_keyboard("Search the settings")
        self.write("text size")
        self.tab_to("More: Text size")
        self.window.key("Enter")
        self.on_disk("font_size = 14")
        self.window.key("Escape")
        self.window.wait_gone("Search the settings")

    def case_everything_grows_and_shrinks(self):
        self.window.key("Plus", ctrl=True)
        self.on_disk("zoom = 1.1")
        self.window.key("Num0", ctrl=True)
        self.on_disk("zoom = 1.0")

    # --- steps ---------------------------------------------------------------------------------------------

    def find(self, words):
        """Ctrl K, words, Enter."""
        self.window.key("K", ctrl=True)
        self.has_keyboard("Find or run")
        self.write(words)
        self.window.key("Enter")
        self.window.wait_gone("Find or run", "input")

    def write(self, text):
        self.window.events({"Text": text})
        self.window.wait_for(text, "input")

    def replace(self, text):
        self.window.key("A", ctrl=True)
        self.write(text)

    def has_keyboard(self, name):
        eventually(lambda: fits(name, self.window.focused()), "the keyboard at %s" % (name,))

    def tab_to(self, name, most=120):
        """Presses Tab until this has the keyboard, and sees each stop on the way."""
        stops = []
        while not fits(name, self.window.focused()):
            stops.append(self.window.focused())
            assert len(stops) < most, stops
            self.window.key("Tab")
            before = stops[-1]
            eventually(lambda: self.window.focused() != before, "a stop behind %r" % (before,))
            assert self.window.focused() is not None, stops

    def on_disk(self, text):
        file = pathlib.Path(self.config, "settings.toml")
        eventually(lambda: text in file.read_text(encoding="utf-8"), "%r in the settings" % text)


def fits(name, focused):
    if focused is None:
        return False
    return bool(name.search(focused[1])) if isinstance(name, re.Pattern) else focused[1] == name
