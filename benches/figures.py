"""The figures that README promises: figures.py BINARY [NAME...]. One function per figure; ./bench runs them all."""
import contextlib
import datetime
import json
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests/window"), str(ROOT / "tests/interop")]
from drive import Screen, Window  # noqa: E402
from hoplens import Demo, Hoplens, eventually  # noqa: E402

FIGURES = []
TICKS = os.sysconf("SC_CLK_TCK")


class NotMeasured(Exception):
    """A figure that this machine or this build cannot give, with the reason."""


def figure(name, promise, command):
    """Marks a function that measures one promise and returns the figure with its unit."""
    def mark(measure):
        FIGURES.append((name, promise, command, measure))
        return measure
    return mark


class Bench:
    """What the figures share: the binary, and a window or a demo that is opened once and then kept."""

    def __init__(self, binary):
        self.hoplens = Hoplens(binary)
        self.opened = contextlib.ExitStack()
        self.opened.callback(self.hoplens.close)
        self.kept = {}

    def demo(self):
        return self._once("demo", lambda: Demo(self.hoplens), lambda demo: demo.stop())

    def screen(self):
        if not shutil.which("Xvfb"):
            raise NotMeasured("no Xvfb here")
        return self._once("screen", lambda: Screen(1280, 800), lambda screen: screen.close())

    def window(self):
        screen = self.screen()
        args = ("--log", "info", "--renderer", "glow")
        return self._once("window", lambda: Window(self.hoplens.binary, screen, *args), lambda window: window.close())

    def log_figure(self, name):
        """A figure of the line that the window logs once it stands: `first_frame_ms=... cluster_ready_ms=...`."""
        window = self.window()
        found = eventually(lambda: re.search(r"\b%s=([0-9.]+)" % name, "".join(window.log)), name + " in the log")
        return float(found[1])

    def _once(self, name, open_it, close_it):
        if name not in self.kept:
            self.kept[name] = open_it()
            self.opened.callback(close_it, self.kept[name])
        return self.kept[name]


def stat(pid):
    """The fields of /proc/PID/stat behind the name."""
    try:
        return pathlib.Path("/proc/%d/stat" % pid).read_text().rpartition(")")[2].split()
    except OSError:
        raise NotMeasured("needs /proc") from None


def cpu_seconds(pid):
    fields = stat(pid)
    return (int(fields[11]) + int(fields[12])) / TICKS


@figure("first_frame", "first frame within 300 ms of main", "hoplens --log info")
def first_frame(bench):
    return "%.0f ms" % bench.log_figure("first_frame_ms")


@figure("cluster_ready", "cluster and gateway ready within 1 s", "hoplens --log info")
def cluster_ready(bench):
    return "%.0f ms" % bench.log_figure("cluster_ready_ms")


@figure("idle_cpu", "idle CPU under 1 % of a core, cluster up, no calls", "hoplens, then /proc/PID/stat over 20 s")
def idle_cpu(bench):
    bench.log_figure("cluster_ready_ms")
    pid = bench.window().process.pid
    time.sleep(3)  # what starting leaves to do is not idling
    before, begun = cpu_seconds(pid), time.monotonic()
    time.sleep(20)
    return "%.2f %%" % (100 * (cpu_seconds(pid) - before) / (time.monotonic() - begun))


@figure("memory", "resident memory under 170 MB with glow", "hoplens --renderer glow, then /proc/PID/status")
def memory(bench):
    bench.log_figure("cluster_ready_ms")
    status = pathlib.Path("/proc/%d/status" % bench.window().process.pid).read_text()
    return "%.0f MB" % (int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024 / 1e6)


@figure("frame_work", "under 8 ms of our own work a frame at 200 calls a second", "the status bar's frame figure")
def frame_work(bench):
    window = bench.window()
    with load(bench, per_second=200, seconds=10):
        time.sleep(5)
        shown = window.wait_for("frame ")
    return re.search(r"frame ([0-9.]+ \S+)", shown[1] + " " + shown[2])[1]


@contextlib.contextmanager
def load(bench, per_second, seconds):
    """Calls to the shop through the window's own gateway."""
    import http.client
    ended = threading.Event()

    def caller():
        connection = http.client.HTTPConnection("127.0.0.1", 8080, timeout=10)
        due = time.monotonic()
        end = due + seconds
        while not ended.is_set() and time.monotonic() < end:
            connection.request("GET", "/products")
            connection.getresponse().read()
            due += 8 / per_second
            time.sleep(max(0.0, due - time.monotonic()))

    callers = [threading.Thread(target=caller, daemon=True) for _ in range(8)]
    for each in callers:
        each.start()
    try:
        yield
    finally:
        ended.set()
        for each in callers:
            each.join(10)


@figure("process", "hoplens call as a process under 60 ms", "hoplens call GREETER Greeter/SayHello --proto greeter.proto")
def process(bench):
    command = [bench.hoplens.binary, "call", bench.demo().address("greeter"), "Greeter/SayHello",
               "-d", '{"name": "Ada"}', "--proto", str(ROOT / "sample-protos/greeter.proto")]
    took = []
    for _ in range(30):
        begun = time.perf_counter()
        done = subprocess.run(command, env=bench.hoplens.env, capture_output=True, text=True)
        took.append(1000 * (time.perf_counter() - begun))
        if done.returncode != 0:
            raise NotMeasured(done.stderr.strip())
    return "%.0f ms (median of %d)" % (statistics.median(took), len(took))


@figure("binary", "size of the binary", "ls -l target/release/hoplens")
def binary_size(bench):
    return "%.1f MB" % (os.path.getsize(bench.hoplens.binary) / 1e6)


@figure("warm_call", "a warm unary call on loopback under 0.3 ms at the median", "cargo bench --bench warm_call")
def warm_call(bench):
    if not (ROOT / "benches/warm_call.rs").exists():
        raise NotMeasured("benches/warm_call.rs is not there")
    done = subprocess.run(["cargo", "bench", "--locked", "--features", "inspection", "--bench", "warm_call"],
                          cwd=ROOT, capture_output=True, text=True)
    found = re.search(r"median_us=([0-9.]+)", done.stdout)
    if not found:
        raise NotMeasured(done.stderr.strip()[-200:])
    return "%.3f ms" % (float(found[1]) / 1000)


def main(binary, wanted):
    unknown = set(wanted) - {name for name, *_ in FIGURES}
    if unknown:
        sys.exit("no figure %s; there are: %s" % (", ".join(unknown), " ".join(name for name, *_ in FIGURES)))
    bench = Bench(pathlib.Path(binary).resolve())
    today = datetime.date.today().isoformat()
    rows = []
    with bench.opened:
        for name, promise, command, measure in FIGURES:
            if wanted and name not in wanted:
                continue
            try:
                value = measure(bench)
            except Exception as error:  # one figure that fails must not hide the others
                value = "not measured: %s" % (str(error).splitlines() or [type(error).__name__])[0][:120]
            rows.append({"name": name, "promise": promise, "figure": value, "command": command, "date": today})
            print("%s: %s" % (promise, value), file=sys.stderr, flush=True)
    machine = "%s, %d cores" % (platform.platform(), os.cpu_count())
    print("\n| promise | figure | command | date |\n|---|---|---|---|")
    for row in rows:
        print("| %(promise)s | %(figure)s | `%(command)s` | %(date)s |" % row)
    print("\nOn " + machine)
    report = {"version": 1, "machine": machine, "figures": rows}
    (ROOT / "target").mkdir(exist_ok=True)
    (ROOT / "target/figures.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
