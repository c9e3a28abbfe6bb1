"""Makes the pictures from the real window: make.py BINARY [NAME...]. One function per picture."""
import contextlib
import pathlib
import shutil
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests/window"))
from drive import Screen, Window  # noqa: E402

WIDE, NARROW = (1600, 1000), (1280, 800)
PICTURES = {}


def picture(size):
    """Marks a function that brings a window of this size to what its picture, named like it, shows."""
    def mark(pose):
        PICTURES[pose.__name__] = (size, pose)
        return pose
    return mark


def send(window, method, answer):
    window.click(method, "button")
    window.wait_for(method.rpartition("/")[2], "tab")
    window.click("Send", "button")
    window.wait_for(answer, "label")
    time.sleep(0.3)  # the answers of two calls must not be taken for each other


@picture(WIDE)
def checkout(window):
    """A call in flight: POST /checkout fans out through the diagram."""
    send(window, "Greeter/SayHello", "0 OK")
    send(window, "GET /products", "200 OK")
    for _ in range(6):
        send(window, "POST /checkout", "200 OK")
    time.sleep(5.0)  # until the calls that were played as they came are over
    window.click("Play again slowly", "button")
    window.events({"PointerMoved": {"x": 560.0, "y": 880.0}})
    time.sleep(3.75)  # until its packets are on the way to pricing and inventory


@picture(NARROW)
def calling(window):
    """A gRPC draft as a form, and its answer."""
    send(window, "Greeter/SayHello", "0 OK")


@picture(NARROW)
def trace(window):
    """Who ran when, under whom."""
    window.write("Filter methods", "checkout")  # the list is longer than this window
    send(window, "POST /checkout", "200 OK")
    window.click("Trace", "tab")
    window.wait_for("orders", exact=False)


@picture(WIDE)
def gateway(window):
    """What the gateway decided about a call without the key that its route asks for."""
    window.write("Filter methods", "stock")
    window.click("GET /stock/{sku}", "button")
    window.wait_for("http://127.0.0.1:8080/stock/sku-1042")
    window.click("Auth", "tab")
    window.click("API key", "comboBox")
    window.click("None", "button")
    window.click("Send", "button")
    window.wait_for("401 Unauthorized", "label")
    window.click("Timing", "tab")
    window.wait_for("What the gateway decided")
    window.scroll(500.0, 800.0, 600.0)
    time.sleep(1.0)  # scrolling is smooth


def make(binary, screen, name):
    """Opens a window with settings of its own, poses it and keeps its picture."""
    (width, height), pose = PICTURES[name]
    with contextlib.ExitStack() as opened:
        config = tempfile.mkdtemp(prefix="hoplens-pictures-")
        opened.callback(shutil.rmtree, config, ignore_errors=True)
        pathlib.Path(config, "settings.toml").write_text('version = 1\ntheme = "dark"\n', encoding="utf-8")
        window = Window(binary, screen, "--renderer", "glow", config=config)
        opened.callback(window.close)
        window.resize(width, height)
        window.wait_for("cluster 15 of 15")
        window.wait_for("gateway :", exact=False)
        pose(window)
        window.picture(str(HERE / (name + ".png")))


def main(binary, wanted):
    unknown = set(wanted) - set(PICTURES)
    if unknown:
        sys.exit("no picture %s; there are: %s" % (", ".join(sorted(unknown)), " ".join(PICTURES)))
    screen = Screen(*WIDE)
    try:
        for name in wanted or PICTURES:
            make(binary, screen, name)
            print("%s.png, %d kB" % (name, (HERE / (name + ".png")).stat().st_size / 1000), flush=True)
    finally:
        screen.close()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
