"""gRPC's own interoperability tests (grpc/grpc, doc/interop-test-descriptions.md) in both directions: the clients of
grpc-go and of Python on our `serve interop`, and our command line on their servers and on our own.
"""
import base64
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile

from grpc_source import prepared
from hoplens import ROOT, Running, eventually

PROTOS = ROOT / "assets/protos"
SERVICE = "grpc.testing.TestService/"
GO = os.environ.get("GO_INTEROP", str(ROOT / "target/go-interop"))
INTERRUPTED = 130
UNKNOWN, INVALID, DEADLINE, UNIMPLEMENTED = 64 + 2, 64 + 3, 64 + 4, 64 + 12
WORDS = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n"
# What needs a cloud, its credentials or its load balancers.
CLOUD = {"compute_engine_creds", "service_account_creds", "jwt_token_creds", "per_rpc_creds", "oauth2_auth_token",
         "google_default_credentials", "compute_engine_channel_credentials"}
# Load reports of xDS, which our server does not make.
REPORTS = {"orca_per_rpc", "orca_oob"}
NAMES = ("empty_unary", "large_unary", "client_streaming", "server_streaming", "ping_pong", "empty_stream",
         "timeout_on_sleeping_server", "cancel_after_begin", "cancel_after_first_response", "status_code_and_message",
         "special_status_message", "custom_metadata", "unimplemented_method", "unimplemented_service", "pick_first_unary")
# Those of Python 1.51.1 that need no cloud.
PYTHON_NAMES = ("empty_unary", "large_unary", "server_streaming", "client_streaming", "ping_pong", "cancel_after_begin",
                "cancel_after_first_response", "empty_stream", "status_code_and_message", "unimplemented_method",
                "unimplemented_service", "timeout_on_sleeping_server", "special_status_message")


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def is_open(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True


def zeros(size):
    return {"payload": {"body": base64.b64encode(bytes(size)).decode()}}


class Cases:
    """Each method that begins with case_ is one case; those of grpc-go's client are named by its own list."""

    def __init__(self, hoplens):
        self.hoplens = hoplens
        with contextlib.ExitStack() as opened:
            self.ours = Running(hoplens, "serve", "interop", "--port", 0)
            opened.callback(self.ours.stop)
            port = free_port()
            theirs = subprocess.Popen([GO + "/server", "-port", str(port)], stderr=subprocess.DEVNULL)
            opened.callback(theirs.wait)
            opened.callback(theirs.kill)
            eventually(lambda: is_open(port), "grpc-go's server")
            self.theirs = "127.0.0.1:%d" % port
            port = free_port()
            python = subprocess.Popen([sys.executable, "-m", "tests.interop.server", "--port", str(port), "--use_tls=false"],
                                      cwd=prepared() / "python", stderr=subprocess.DEVNULL)
            opened.callback(python.wait)
            opened.callback(python.kill)
            eventually(lambda: is_open(port), "Python's server")
            self.python = "127.0.0.1:%d" % port
            self.opened = opened.pop_all()

    def close(self):
        self.opened.close()

    # --- their client -------------------------------------------------------------------------------------

    for name in NAMES:
        vars()["case_grpc_go_client_" + name] = lambda self, name=name: self.go(name)

    def case_no_case_of_grpc_go_is_left_out(self):
        told = subprocess.run([GO + "/client", "-help"], capture_output=True, text=True, timeout=60).stderr
        listed = told[told.index("Valid options are:"):told.index('(default "large_unary")')]
        names = set(re.findall(r"^\s+([a-z0-9_]+):? ", listed, re.M))
        assert names - CLOUD - REPORTS == set(NAMES), names

    def go(self, name):
        host, port = self.ours.listing["address"].split(":")
        done = subprocess.run([GO + "/client", "-server_host", host, "-server_port", port, "-test_case", name],
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr

    for name in PYTHON_NAMES:
        vars()["case_python_client_" + name] = lambda self, name=name: self.python_client(name)

    def python_client(self, name):
        host, port = self.ours.listing["address"].split(":")
        done = subprocess.run([sys.executable, "-m", "tests.interop.client", "--server_host", host, "--server_port", port,
                               "--test_case", name, "--use_tls=false"], cwd=prepared() / "python", capture_output=True,
                              text=True, timeout=120)
        assert done.returncode == 0, done.stderr

    # --- our client: on their servers, and on ours ---------------------------------------------------------

    def both(self, check):
        check(self.theirs)
        check(self.python)
        check(self.ours.listing["address"])

    def line(self, target, method, *options):
        proto = ("-I", PROTOS, "--proto", "grpc/testing/test.proto")
        return ("call", target, method if "/" in method else SERVICE + method, *proto, *options)

    def call(self, target, method, *options, messages=(), code=0):
        """The messages that come, and what `--json` tells of the call."""
        data = "\n".join(json.dumps(message) for message in messages)
        done = self.hoplens.run(*self.line(target, method, "-d", "-", "--json", *options), stdin=data, code=code)
        return json.loads(done.stdout)

    def bodies(self, told):
        answers = told["messages"] if "messages" in told else [told["message"]]
        return [json.loads(answer) if isinstance(answer, str) else answer for answer in answers]

    def sizes(self, told):
        return [len(base64.b64decode(answer["payload"]["body"])) for answer in self.bodies(told)]

    def case_empty_unary(self):
        self.both(lambda target: self.same(self.bodies(self.call(target, "EmptyCall", messages=[{}])), [{}]))

    def case_large_unary(self):
        request = {"responseSize": 314159, **zeros(271828)}
        self.both(lambda target: self.same(self.sizes(self.call(target, "UnaryCall", messages=[request])), [314159]))

    def case_client_streaming(self):
        parts = [zeros(size) for size in (27182, 8, 1828, 45904)]
        expect = [{"aggregatedPayloadSize": 74922}]
        self.both(lambda target: self.same(self.bodies(self.call(target, "StreamingInputCall", messages=parts)), expect))

    def case_server_streaming(self):
        sizes = [31415, 9, 2653, 58979]
        request = {"responseParameters": [{"size": size} for size in sizes]}
        self.both(lambda target: self.same(self.sizes(self.call(target, "StreamingOutputCall", messages=[request])), sizes))

    def case_ping_pong(self):
        def check(target):
            with self.talk(target, "FullDuplexCall") as (say, hear, process):
                for asked, answered in ((27182, 31415), (8, 9), (1828, 2653), (45904, 58979)):
                    say({"responseParameters": [{"size": answered}], **zeros(asked)})
                    assert len(base64.b64decode(hear()["payload"]["body"])) == answered
                process.stdin.close()
                assert process.wait(30) == 0
        self.both(check)

    def case_empty_stream(self):
        self.both(lambda target: self.same(self.bodies(self.call(target, "FullDuplexCall")), []))

    def case_custom_metadata(self):
        headers = ("-H", "x-grpc-test-echo-initial: test_initial_metadata_value",
                   "-H", "x-grpc-test-echo-trailing-bin: q6ur")
        request = {"responseSize": 314159, "responseParameters": [{"size": 314159}], **zeros(271828)}

        def check(target):
            for method, unknown in (("UnaryCall", "responseParameters"), ("FullDuplexCall", "responseSize")):
                message = {key: value for key, value in request.items() if key != unknown}
                told = self.call(target, method, *headers, messages=[message])
                first = {entry["name"]: entry["value"] for entry in told["headers"]}
                last = {entry["name"]: entry["value"] for entry in told["trailers"]}
                assert first["x-grpc-test-echo-initial"] == "test_initial_metadata_value", first
                assert last["x-grpc-test-echo-trailing-bin"].rstrip("=") == "q6ur", last
        self.both(check)

    def status(self, words):
        def check(target):
            for method in ("UnaryCall", "FullDuplexCall"):
                request = {"responseStatus": {"code": 2, "message": words}}
                told = self.call(target, method, messages=[request], code=UNKNOWN)
                assert (told["outcome"]["code"], told["outcome"]["message"]) == (2, words), told["outcome"]
        self.both(check)

    def case_status_code_and_message(self):
        self.status("test status message")

    def case_special_status_message(self):
        self.status(WORDS)

    def case_unimplemented_method(self):
        self.both(lambda target: self.call(target, "UnimplementedCall", messages=[{}], code=UNIMPLEMENTED))

    def case_unimplemented_service(self):
        method = "grpc.testing.UnimplementedService/UnimplementedCall"
        self.both(lambda target: self.call(target, method, messages=[{}], code=UNIMPLEMENTED))

    def case_cancel_after_begin(self):
        def check(target):
            with self.talk(target, "StreamingInputCall") as (_say, _hear, process):
                eventually(lambda: "connected" in self.stderr(process) or is_quiet(process), "the call", 2)
                process.send_signal(signal.SIGINT)
                assert process.wait(30) == INTERRUPTED, self.stderr(process)
        self.both(check)

    def case_cancel_after_first_response(self):
        def check(target):
            with self.talk(target, "FullDuplexCall") as (say, hear, process):
                say({"responseParameters": [{"size": 31415}], **zeros(27182)})
                assert len(base64.b64decode(hear()["payload"]["body"])) == 31415
                process.send_signal(signal.SIGINT)
                assert process.wait(30) == INTERRUPTED
        self.both(check)

    def case_timeout_on_sleeping_server(self):
        request = {"responseParameters": [{"size": 31415, "intervalUs": 2000000}], **zeros(27182)}
        self.both(lambda target: self.call(target, "FullDuplexCall", "--deadline", "1ms", messages=[request], code=DEADLINE))

    # --- compression: between us; grpc-go has no cases for it ------------------------------------------------

    def case_client_compressed_unary(self):
        probe = {"responseSize": 314159, "expectCompressed": {"value": True}, **zeros(271828)}
        ours = self.ours.listing["address"]
        self.call(ours, "UnaryCall", messages=[probe], code=INVALID)
        for coding in ("gzip", "deflate", "zstd"):
            told = self.call(ours, "UnaryCall", "--compress", coding, messages=[probe])
            self.same(self.sizes(told), [314159])
        plain = {**probe, "expectCompressed": {"value": False}}
        self.same(self.sizes(self.call(ours, "UnaryCall", messages=[plain])), [314159])

    def case_server_compressed_unary(self):
        for is_compressed in (True, False):
            request = {"responseSize": 314159, "responseCompressed": {"value": is_compressed}, **zeros(271828)}
            told = self.call(self.ours.listing["address"], "UnaryCall", messages=[request])
            self.same(self.sizes(told), [314159])
            assert (told["bytes"]["received"] < 10_000) == is_compressed, told["bytes"]

    def case_a_compressed_answer_beyond_what_is_shown_of_it(self):
        request = {"responseSize": 16777216, "responseCompressed": {"value": True}}
        told = self.call(self.ours.listing["address"], "UnaryCall", messages=[request])
        self.same(self.sizes(told), [16777216])

    def case_client_compressed_streaming(self):
        ours = self.ours.listing["address"]
        probe = {"expectCompressed": {"value": True}, **zeros(27182)}
        self.call(ours, "StreamingInputCall", messages=[probe], code=INVALID)
        parts = [probe, {**probe, **zeros(45904)}]
        told = self.call(ours, "StreamingInputCall", "--compress", "gzip", messages=parts)
        self.same(self.bodies(told), [{"aggregatedPayloadSize": 73086}])

    def case_server_compressed_streaming(self):
        parts = [{"size": 31415, "compressed": {"value": True}}, {"size": 92653, "compressed": {"value": False}}]
        told = self.call(self.ours.listing["address"], "StreamingOutputCall", messages=[{"responseParameters": parts}])
        self.same(self.sizes(told), [31415, 92653])
        assert 92653 < told["bytes"]["received"] < 92653 + 2_000, told["bytes"]

    def case_rpc_soak(self):
        request = {"responseSize": 314159, **zeros(271828)}
        for target in [self.theirs] * 10 + [self.ours.listing["address"]] * 10:
            self.same(self.sizes(self.call(target, "UnaryCall", messages=[request])), [314159])

    # --- steps ---------------------------------------------------------------------------------------------

    def same(self, found, expect):
        assert found == expect, "%s, not %s" % (str(found)[:300], str(expect)[:300])

    def stderr(self, process):
        process.errors.seek(0)
        return process.errors.read()

    @contextlib.contextmanager
    def talk(self, target, method):
        """A streaming call whose messages are typed while it runs."""
        errors = tempfile.TemporaryFile("w+")
        command = [self.hoplens.binary, *map(str, self.line(target, method, "-d", "-"))]
        process = subprocess.Popen(command, env=self.hoplens.env, cwd=self.hoplens.config, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=errors, text=True)
        process.errors = errors

        def say(message):
            process.stdin.write(json.dumps(message) + "\n")
            process.stdin.flush()

        try:
            yield say, lambda: json.loads(process.stdout.readline()), process
        finally:
            process.kill()
            process.wait()
            errors.close()


def is_quiet(process):
    """Whether it has run long enough to have opened its call, and still does."""
    process.polls = getattr(process, "polls", 0) + 1
    return process.polls > 25 and process.poll() is None
