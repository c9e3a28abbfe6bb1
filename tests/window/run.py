"""Drives the real window under Xvfb: run.py BINARY. Prints `ok window: CASE` or `FAIL window: CASE`.

A picture of the window at the moment of a failure is kept in target/window-FAIL-....png.
"""
import contextlib
import pathlib
import shutil
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(pathlib.Path(__file__).parent), str(ROOT / "tests/interop")]
from boutique_server import PROTO, Boutique  # noqa: E402
from drive import NotThere, Screen, Window  # noqa: E402
from hoplens import Suite, eventually  # noqa: E402


class Cases:
    """One window for all cases, in the order in which a person would come across them."""

    def __init__(self, binary):
        self.binary = binary
        with contextlib.ExitStack() as opened:
            self.config = tempfile.mkdtemp(prefix="hoplens-window-")
            opened.callback(shutil.rmtree, self.config, ignore_errors=True)
            self.screen = Screen()
            opened.callback(self.screen.close)
            self.server = Boutique()
            opened.callback(self.server.stop)
            self.window = self.open()
            opened.callback(lambda: self.window.close())  # the window of that moment, not of this one
            self.opened = opened.pop_all()

    def open(self):
        """A window that is wide enough to show every pane."""
        window = Window(self.binary, self.screen, config=self.config)
        window.resize(1600, 1000)
        return window

    def close(self):
        self.opened.close()

    def case_the_frame_stands_and_every_control_has_a_name(self):
        for name in ("Load proto...", "Send", "Path to load"):
            self.window.wait_for(name)
        nameless = [node for node in self.window.nodes() if "button" in node[0].lower() and not node[1]]
        assert not nameless, nameless

    def case_the_demo_is_in_the_diagram(self):
        self.window.wait_for("greeter, 2 instances")
        self.window.wait_for("gateway to greeter")

    def case_a_call_to_the_greeter(self):
        self.window.click("Greeter/SayHello")
        self.window.click("Send", "button")
        self.window.wait_for("Hello ")
        self.window.wait_for("0 OK")

    def case_a_proto_by_its_path_and_a_call_to_a_foreign_server(self):
        self.window.write("Path to load", str(PROTO))
        self.window.key("Enter")
        self.window.wait_for("demo.proto, file")
        # A row out of sight cannot be clicked; the filter brings it up.
        self.window.write("Filter methods", "ProductCatalog GetProduct")
        self.window.click("ProductCatalogService/GetProduct", "button", exact=False)
        self.window.click("Filter methods", "input")
        self.window.key("Escape")
        self.window.write("Target", self.server.target)
        self.window.write("id", "OLJCESPC7Z")
        self.window.click("Send", "button")
        self.window.wait_for("Sunglasses")
        self.window.wait_for(self.server.target)

    def case_a_server_by_reflection(self):
        self.window.click("Ask a server...", "button")
        self.window.write("Server to ask", self.server.target)
        self.window.click("Ask", "button")
        self.window.wait_for(self.server.target + ", reflection")

    def case_drafts_survive_a_kill(self):
        self.window.write("id", "66VCHSJNUP")
        self.window.wait_for("66VCHSJNUP")
        kept = pathlib.Path(self.config, "drafts.toml")
        eventually(lambda: kept.exists() and "66VCHSJNUP" in kept.read_text(encoding="utf-8"), "the draft on the disk")
        self.window.kill()
        self.window = self.open()
        self.window.wait_for("66VCHSJNUP")

    def picture(self, name):
        try:
            self.window.picture(str(ROOT / "target" / ("window-FAIL-%s.png" % name.replace(" ", "-"))))
        except (OSError, NotThere, RuntimeError):
            pass  # a window that is gone has no picture


def main(binary):
    suite = Suite("window", "the real window under Xvfb")
    try:
        cases = Cases(binary)
    except Exception as error:
        print("FAIL window: starts\n    %s" % error, flush=True)
        return 1
    try:
        suite.cases(cases, on_failure=cases.picture)
    finally:
        suite.case("ends", cases.close)
    return suite.n_failed


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(1 if main(sys.argv[1]) else 0)
