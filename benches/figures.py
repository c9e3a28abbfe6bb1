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
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests/window"), str(ROOT / "tests/interop")]
from drive import Screen  # noqa: E402
from hoplens import Demo, Hoplens, Mock, eventually  # noqa: E402

FIGURES = []
# In a window of 1280 points the diagram is a tab: what is measured must be seen.
FLOW_IN_FRONT = """version = 1
panes = "1 narrow h(explorer:0.2,v(composer:0.42,t(response:1,flow:2,latency:1):0.58):0.8)"
"""
TICKS = os.sysconf("SC_CLK_TCK")


class NotMeasured(Exception):
    """A figure that this machine or this build cannot give, with the reason."""


def figure(name, promise, command):
    """Marks a function that measures one promise and returns the figure with its unit."""
    def mark(measure):
        FIGURES.append((name, promise, command, measure))
        return measure
    return mark


class Shown:
    """The window as ./run opens it, and its log with the moment at which each line came."""

    def __init__(self, binary, screen, *args):
        self.config = tempfile.mkdtemp(prefix="hoplens-bench-")
        pathlib.Path(self.config, "layout.toml").write_text(FLOW_IN_FRONT)
        env = dict(os.environ, DISPLAY=screen.display, HOPLENS_CONFIG_DIR=self.config, LIBGL_ALWAYS_SOFTWARE="1",
                   NO_COLOR="1")
        env.pop("WAYLAND_DISPLAY", None)
        command = [binary, "--log", "info,hoplens::frames=trace", *args]
        self.process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
        self.log = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stderr:
            self.log.append((time.monotonic(), line))

    def logged(self, name):
        """A figure of the log: `first_frame_ms=...`, `cluster_ready_ms=...`."""
        def found():
            if self.process.poll() is not None:
                raise NotMeasured("the window ended: " + "".join(line for _, line in self.log)[-200:])
            return next(filter(None, (re.search(r"\b%s=([0-9.]+)" % name, line) for _, line in self.log)), None)
        return float(eventually(found, name + " in the log")[1])

    def frames(self, since, until):
        """Our own work, in microseconds, of each frame between two moments."""
        found = [(at, re.search(r"hoplens::frames: .*\bown_us=(\d+)", line)) for at, line in list(self.log)]
        return [int(own[1]) for at, own in found if own and since <= at < until]

    def gateway(self):
        """Where its gateway listens: another program may hold the usual port."""
        inodes = {os.readlink(link)[8:-1] for link in pathlib.Path("/proc/%d/fd" % self.process.pid).iterdir()
                  if os.readlink(link).startswith("socket:")}
        rows = [row.split() for row in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
        ports = [int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A" and row[9] in inodes]
        return "127.0.0.1:%d" % min(port for port in ports if port >= 8080 and port < 50051)

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        shutil.rmtree(self.config, ignore_errors=True)


class Bench:
    """What the figures share: the binary, and a window or a demo that is opened once and then kept."""

    def __init__(self, binary):
        self.hoplens = Hoplens(binary)
        self.opened = contextlib.ExitStack()
        self.opened.callback(self.hoplens.close)
        self.kept = {}

    def demo(self):
        """The demo without a window; the ports of a window that is still open are no hindrance."""
        return self._once("demo", lambda: Demo(self.hoplens), lambda demo: demo.stop())

    def screen(self):
        if not shutil.which("Xvfb"):
            raise NotMeasured("no Xvfb here")
        return self._once("screen", lambda: Screen(1280, 800), lambda screen: screen.close())

    def show(self, *args):
        return Shown(self.hoplens.binary, self.screen(), *args)

    def window(self):
        """One with glow that has been left alone for five seconds: what starting leaves to do is not idling."""
        def settled():
            window = self.show("--renderer", "glow")
            self.opened.callback(window.close)
            window.logged("cluster_ready_ms"), window.logged("first_frame_ms")
            time.sleep(5)
            return window
        return self._once("window", settled, lambda window: None)

    def starts(self, name):
        """The median over five windows of a figure that each logs."""
        if "starts" not in self.kept:
            self.kept["starts"] = []
            for _ in range(5):
                with contextlib.closing(self.show("--renderer", "glow")) as window:
                    self.kept["starts"].append({each: window.logged(each)
                                                for each in ("first_frame_ms", "cluster_ready_ms")})
        return statistics.median(start[name] for start in self.kept["starts"])

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


def resident(pid):
    status = pathlib.Path("/proc/%d/status" % pid).read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024 / 1e6


def calls(*args, name="calls"):
    """A helper of benches/, as a command."""
    return ["cargo", "bench", "--quiet", "--locked", "--bench", name, "--", *map(str, args)]


@figure("first_frame", "first frame within 300 ms of main", "hoplens --log info --renderer glow")
def first_frame(bench):
    return "%.0f ms (median of 5)" % bench.starts("first_frame_ms")


@figure("cluster_ready", "cluster and gateway ready within 1 s", "hoplens --log info --renderer glow")
def cluster_ready(bench):
    return "%.0f ms (median of 5)" % bench.starts("cluster_ready_ms")


@figure("idle_cpu", "idle CPU under 1 % of a core, cluster up, no calls", "hoplens, then /proc/PID/stat over 10 s")
def idle_cpu(bench):
    pid = bench.window().process.pid
    before, begun = cpu_seconds(pid), time.monotonic()
    time.sleep(10)
    return "%.2f %%" % (100 * (cpu_seconds(pid) - before) / (time.monotonic() - begun))


@figure("idle_frames", "no frames when nothing moves", "hoplens --log hoplens::frames=trace, over 5 s")
def idle_frames(bench):
    window, begun = bench.window(), time.monotonic()
    time.sleep(5)
    return "%d frames" % len(window.frames(begun, time.monotonic()))


@figure("memory", "resident memory under 170 MB with glow", "hoplens --renderer glow, then /proc/PID/status")
def memory(bench):
    return "%.0f MB" % resident(bench.window().process.pid)


def under_load(bench):
    """Eight seconds of 200 calls a second, once the first four have filled the picture."""
    if "load" in bench.kept:
        return bench.kept["load"]
    window = bench.window()
    sender = subprocess.Popen(calls("load", window.gateway(), 200, 14), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        eventually(lambda: sender.poll() is not None or len(window.frames(time.monotonic() - 1, time.monotonic())) > 10,
                   "the first calls", 300)
        time.sleep(4)
        begun, busy = time.monotonic(), cpu_seconds(window.process.pid)
        time.sleep(8)
        ended = time.monotonic()
        busy = (cpu_seconds(window.process.pid) - busy) / (ended - begun)
        frames = sorted(window.frames(begun, ended))
    finally:
        said = sender.communicate(timeout=60)[0].strip()
    if not frames:
        raise NotMeasured("no frames; the load said: " + said)
    rate, at = len(frames) / (ended - begun), lambda share: frames[int(share * (len(frames) - 1))] / 1000
    bench.kept["load"] = (rate, at, busy, resident(window.process.pid), said)
    return bench.kept["load"]


@figure("frame_rate", "60 frames a second at 200 calls a second", "calls load GATEWAY 200 14; hoplens::frames=trace")
def frame_rate(bench):
    rate, _, busy, _, said = under_load(bench)
    return "%.1f a second (%.0f %% of a core; %s)" % (rate, 100 * busy, said)


@figure("frame_work", "under 8 ms of our own work a frame at 200 calls a second", "the same log, own_us")
def frame_work(bench):
    at = under_load(bench)[1]
    return "%.1f ms (median; 99 %%: %.1f ms)" % (at(0.5), at(0.99))


@figure("memory_loaded", "the same memory, after that load", "the same window, /proc/PID/status")
def memory_loaded(bench):
    return "%.0f MB" % under_load(bench)[3]


def under_traffic(bench):
    """Ten seconds of a window whose own shoppers make 200 calls a second, once they have filled the picture."""
    if "traffic" not in bench.kept:
        with contextlib.closing(bench.show("--renderer", "glow", "--traffic", "200")) as window:
            window.logged("cluster_ready_ms"), window.logged("first_frame_ms")
            time.sleep(8)
            begun = time.monotonic()
            time.sleep(10)
            frames = sorted(window.frames(begun, time.monotonic()))
            bench.kept["traffic"] = (frames, resident(window.process.pid))
    if not bench.kept["traffic"][0]:
        raise NotMeasured("no frames")
    return bench.kept["traffic"]


@figure("traffic_work", "under 8 ms of our own work a frame with traffic 200", "hoplens --traffic 200; hoplens::frames=trace, own_us")
def traffic_work(bench):
    frames, _ = under_traffic(bench)
    at = lambda share: frames[int(share * (len(frames) - 1))] / 1000
    return "%.1f ms (median; 99 %%: %.1f ms; %d frames)" % (at(0.5), at(0.99), len(frames))


@figure("traffic_memory", "the same memory, after 18 s of traffic 200", "the same window, /proc/PID/status")
def traffic_memory(bench):
    return "%.0f MB" % under_traffic(bench)[1]


@figure("scene", "a scene switches within 1 s", "scene = ... in settings.toml, until hoplens::frames=trace shows the first frame and the last of its moves")
def scene(bench):
    """The whole way from the file: it is noticed, read, applied and drawn. Nothing else moves meanwhile."""
    window, took = bench.window(), []
    for name in ("hello", "hello-through-gateway", "shop", "hello", "shop"):
        begun = time.monotonic()
        pathlib.Path(window.config, "settings.toml").write_text('version = 1\nscene = "%s"\n' % name)
        time.sleep(3)
        drawn = [at - begun for at, line in list(window.log) if at >= begun and "hoplens::frames: " in line]
        if not drawn:
            raise NotMeasured("nothing was drawn for " + name)
        took.append((1000 * drawn[0], 1000 * drawn[-1]))
    first, last = (statistics.median(each) for each in zip(*took))
    return "%.0f ms until it is drawn, %.0f ms until the boxes rest (median of %d)" % (first, last, len(took))


def served(bench):
    """A folder of protos served as mocks: milliseconds until the first line, MB and methods; those of one small file,
    and the MB that reading the folder takes alone."""
    if "served" in bench.kept:
        return bench.kept["served"]
    folder = os.environ.get("HOPLENS_BENCH_PROTOS")
    if not folder:
        raise NotMeasured("HOPLENS_BENCH_PROTOS names no folder of protos")
    folder = pathlib.Path(folder).resolve()
    figures = []
    for path in (ROOT / "sample-protos/greeter.proto", folder):
        begun = time.perf_counter()
        mock = Mock(bench.hoplens, path)
        took = 1000 * (time.perf_counter() - begun)
        try:
            figures.append((took, resident(mock.process.pid), len(mock.listing["methods"])))
        finally:
            mock.stop()
    reader = subprocess.Popen([bench.hoplens.binary, "list", "-", "--proto", folder], env=bench.hoplens.env,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    read = os.wait4(reader.pid, 0)[2].ru_maxrss * 1024 / 1e6
    bench.kept["served"] = (*figures, read, sum(1 for _ in folder.rglob("*.proto")))
    return bench.kept["served"]


@figure("serve_folder", "a folder of 221 protos served within 1 s", "HOPLENS_BENCH_PROTOS=FOLDER; hoplens serve schema FOLDER")
def serve_folder(bench):
    _, (took, _, n_methods), _, n_files = served(bench)
    return "%.0f ms (%d files, %d methods answered)" % (took, n_files, n_methods)


@figure("serve_memory", "60 MB more for it at most", "the same process, /proc/PID/status, less that of one small file")
def serve_memory(bench):
    (_, small, _), (_, large, _), read, _ = served(bench)
    return "%.0f MB more (%.0f MB in all); of it %.0f MB for reading the folder, %.0f MB for serving it" % (
        large - small, large, read - small, large - read)


def helper(*args, name="calls"):
    """What a helper of benches/ says, as `name=value` pairs."""
    done = subprocess.run(calls(*args, name=name), cwd=ROOT, capture_output=True, text=True)
    said = dict(re.findall(r"(\w+)=(\S*)", done.stdout))
    if done.returncode != 0 or not said:
        raise NotMeasured(done.stderr.strip()[-200:])
    return said


@figure("added_instance", "an added instance takes traffic within 100 ms", "cargo bench --bench calls -- added")
def added_instance(bench):
    return "%(added_ms)s ms (median of 5; worst %(worst_ms)s ms)" % helper("added")


def decoded(bench):
    """What benches/wire says, as `name=value` pairs."""
    if "decoded" not in bench.kept:
        bench.kept["decoded"] = helper("read", name="wire")
    return bench.kept["decoded"]


def recorded(bench):
    if "recorded" not in bench.kept:
        bench.kept["recorded"] = helper("record", bench.demo().address("greeter"), name="wire")
    return bench.kept["recorded"]


@figure("record_call", "recording costs under 3 microseconds on a small call", "cargo bench --bench wire -- record GREETER")
def record_call(bench):
    return "%(record_us)s us (median of 9 runs of 5,000, with and without in turn)" % recorded(bench)


@figure("record_download", "recording costs at most 5 % of a 1 GB download", "cargo bench --bench wire -- record GREETER")
def record_download(bench):
    return "%(download_ratio)s of the rate without (median of 9, in turn)" % recorded(bench)


def tapped(bench):
    if "tapped" not in bench.kept:
        bench.kept["tapped"] = helper("tap", bench.hoplens.binary, bench.demo().address("greeter"), name="wire")
    return bench.kept["tapped"]


@figure("tap", "the tap keeps at least 0.8 of the direct rate of small gRPC calls", "cargo bench --bench wire -- tap HOPLENS GREETER")
def tap(bench):
    return "%(many_ratio)s with 16 calls at once (%(many_tapped)s of %(many_direct)s a second); " \
        "%(single_ratio)s one by one (%(single_tapped)s of %(single_direct)s); medians of 9 pairs of runs" % tapped(bench)


@figure("decode", "a 100 MB HTTP/2 capture read within 1 s", "cargo bench --bench wire -- read")
def decode(bench):
    return "%(capture_ms)s ms for %(capture_mb)s MB (median of 5)" % decoded(bench)


@figure("decode_frames", "a call with 100,000 frames opened in the bytes pane within 300 ms", "cargo bench --bench wire -- read")
def decode_frames(bench):
    return "%(open_ms)s ms, reading included (%(frames_ms)s ms); scrolling takes %(scroll_ms)s ms a frame before it is painted " \
        "(99 %%)" % decoded(bench)


def accounted(bench):
    if "accounted" not in bench.kept:
        bench.kept["accounted"] = helper("accounts", 60)
    return bench.kept["accounted"]


@figure("accounts", "60 s of traffic 200 with an instance killed every 2 s: sent = answered + failed", "cargo bench --bench calls -- accounts 60")
def accounts(bench):
    return "sent %(sent)s = answered %(answered)s + failed %(failed)s (%(statuses)s), open %(open)s, %(killed)s killed" % (
        accounted(bench))


@figure("accounts_left", "no task or memory left over by that run", "the same run: /proc/self/status, tokio's count of tasks")
def accounts_left(bench):
    return "%(memory_before_mb)s MB before, %(memory_after_mb)s MB after; %(tasks_left)s tasks left" % accounted(bench)


@figure("process", "hoplens call as a process under 60 ms", "hoplens call GREETER Greeter/SayHello --proto greeter.proto")
def process(bench):
    command = [bench.hoplens.binary, "call", bench.demo().address("greeter"), "Greeter/SayHello",
               "-d", '{"name": "Ada"}', "--proto", str(ROOT / "sample-protos/greeter.proto")]
    took = []
    for _ in range(20):
        begun = time.perf_counter()
        done = subprocess.run(command, env=bench.hoplens.env, capture_output=True, text=True)
        took.append(1000 * (time.perf_counter() - begun))
        if done.returncode != 0:
            raise NotMeasured(done.stderr.strip())
    return "%.0f ms (median of %d)" % (statistics.median(took), len(took))


@figure("binary", "size of the binary", "ls -l target/release/hoplens")
def binary_size(bench):
    return "%.1f MB" % (os.path.getsize(bench.hoplens.binary) / 1e6)


@figure("warm_call", "a warm unary call on loopback under 0.3 ms at the median", "cargo bench --bench calls -- warm GREETER 2000")
def warm_call(bench):
    said = helper("warm", bench.demo().address("greeter"), 2000)
    return "%.3f ms (median of 2,000)" % (int(said["median_us"]) / 1000)


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
