"""Runs every suite of foreign peers against a binary: run.py BINARY [--write-docs]

Prints `ok SUITE: CASE` or `FAIL SUITE: CASE`. The counts are compared with docs/interop.md: a count that fell
is a failure, because a case that nobody runs proves nothing. --write-docs writes that page instead.
"""
import os
import pathlib
import re
import sys
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from hoplens import ROOT, Hoplens, Suite  # noqa: E402

# There are runners for Linux on x86-64 alone; ./test says that the suite is skipped.
CONFORMANCE = "protobuf conformance"
HAS_NO_RUNNER = "CONFORMANCE_RUN" not in os.environ
PAGE = ROOT / "docs/interop.md"
HEAD = """# Peers that we did not write

`./test interop` runs these suites against the real binary; `./test interop --write-docs` writes this page.
A count that falls is a failure.

| suite | what it proves | cases |
|---|---|---|
"""


def suites():
    """Each with the module that holds its cases; imported late, so that one that breaks is one failure."""
    yield "grpcio server", "our command line on a server written with Python's grpcio", "cli_to_grpcio"
    yield "grpcio streams", "the four kinds of calls from our command line to Python's grpcio, as they are typed", "streams"
    yield "grpcio client", "Python's grpcio and urllib on our demo and through our gateway, and through a tap", "grpcio_to_us"
    yield "grpcio on a mock", "Python's grpcio on a schema that `hoplens serve schema` serves", "grpcio_to_mock"
    yield "grpc-web", "our command line over gRPC-Web, binary and text, HTTP/1.1 and HTTP/2, through Envoy to Python's grpcio", "grpc_web"
    yield "editions", "Go's and Python's protobuf on schemas of editions, by reflection, as text and from a mock", "editions"
    yield "corpus", "messages in ProtoJSON: ours against Python's protobuf and buf curl, every difference written down", "corpus"
    yield "go tutorial", "server and client of docs/learn/greeter-go, as the classic tutorial writes them", "go_tutorial"
    yield "copied calls", "what `--copy-as` prints, run by grpcurl, buf, curl, Go, Python, Rust and ourselves, against grpcio", "copied"
    yield "grpc interop", "gRPC's interoperability tests: the clients of grpc-go and Python on `hoplens serve interop`, our command line on their servers and on our own", "official"
    yield "http2 misbehaving", "our command line on the eight ways in which gRPC's own HTTP/2 test server misbehaves", "misbehaving"
    yield "through a tap", "what grpcio, Node, curl and nginx say through `hoplens tap` comes out byte for byte", "through_a_tap"
    yield "tshark", "what `--wire=frames` prints is what tshark reads in the pcapng", "wire_to_tshark"
    if not HAS_NO_RUNNER:
        yield CONFORMANCE, "the protobuf project's conformance tests on our codec: proto2, proto3 and edition 2023; binary, JSON and text format", "conformance"


def run(hoplens, name, about, module):
    suite = Suite(name, about)
    try:
        holder = __import__(module).Cases(hoplens)
    except Exception:
        suite.n_failed += 1
        print("FAIL %s: starts\n%s" % (name, traceback.format_exc()), flush=True)
        return suite
    try:
        suite.cases(holder)
    finally:
        suite.case("ends", holder.close)
    return suite


def main(binary, write_docs):
    hoplens = Hoplens(binary)
    try:
        done = [run(hoplens, *suite) for suite in suites()]
    finally:
        hoplens.close()
    counts = Suite("counts", "docs/interop.md")
    n_failed = sum(suite.n_failed for suite in done)
    if write_docs and n_failed:
        print("not written: docs/interop.md, because cases failed", flush=True)
    elif write_docs and HAS_NO_RUNNER:
        print("not written: docs/interop.md, because %s was skipped" % CONFORMANCE, flush=True)
    elif write_docs:
        rows = ["| %s | %s | %d |\n" % (suite.name, suite.about, suite.n_passed) for suite in done]
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(HEAD + "".join(rows), encoding="utf-8")
    else:
        counts.case("none fell", lambda: compare(done))
    return n_failed + counts.n_failed


def compare(done):
    page = PAGE.read_text(encoding="utf-8")
    promised = {name: int(count) for name, count in re.findall(r"^\| ([^|]+) \|.*\| (\d+) \|$", page, re.M)}
    if HAS_NO_RUNNER:
        promised.pop(CONFORMANCE, None)
    fell = ["%s: %d of %d" % (suite.name, suite.n_passed, promised.get(suite.name, 0))
            for suite in done if suite.n_passed < promised.get(suite.name, 0)]
    gone = set(promised) - {suite.name for suite in done}
    assert not fell and not gone, "fell: %s, gone: %s" % (fell, sorted(gone))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(1 if main(sys.argv[1], "--write-docs" in sys.argv) else 0)
