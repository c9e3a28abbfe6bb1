"""Our command line on the HTTP/2 server of the gRPC project that misbehaves in eight ways (test/http2_test)."""
import base64
import contextlib
import json
import subprocess
import sys

from grpc_source import prepared
from hoplens import ROOT, eventually
from official import free_port, is_open

# The server's own order of its ports.
MODES = ("data_frame_padding", "goaway", "max_streams", "no_df_padding_sanity_test", "ping", "rst_after_data",
         "rst_after_header", "rst_during_data")
METHOD = "grpc.testing.TestService/UnaryCall"
INTERNAL = 64 + 13
SIZE = 314159


class Cases:
    """Each method that begins with case_ is one case."""

    def __init__(self, hoplens):
        self.hoplens = hoplens
        self.base = self.free_ports()
        command = [sys.executable, "http2_test_server.py", "--base_port", str(self.base)]
        with contextlib.ExitStack() as opened:
            self.log = opened.enter_context(open(hoplens.config + "/http2.log", "w+"))
            server = subprocess.Popen(command, cwd=prepared() / "http2", stdout=self.log, stderr=self.log)
            opened.callback(server.wait)
            opened.callback(server.kill)
            eventually(lambda: all(is_open(self.base + n) for n in range(len(MODES))), "the server")
            self.opened = opened.pop_all()

    def free_ports(self):
        """Eight in a row."""
        for _ in range(50):
            base = free_port()
            if base < 65000 and not any(is_open(base + n) for n in range(len(MODES))):
                return base
        raise AssertionError("no eight ports in a row are free")

    def close(self):
        self.opened.close()

    def call(self, mode, code=0):
        target = "127.0.0.1:%d" % (self.base + MODES.index(mode))
        proto = ("-I", ROOT / "assets/protos", "--proto", "grpc/testing/test.proto")
        request = json.dumps({"responseSize": SIZE, "payload": {"body": base64.b64encode(bytes(271828)).decode()}})
        done = self.hoplens.run("call", target, METHOD, *proto, "-d", "-", "--json", stdin=request, code=code)
        return json.loads(done.stdout)

    def whole(self, mode):
        told = self.call(mode)
        assert len(base64.b64decode(told["message"]["payload"]["body"])) == SIZE
        assert told["problems"] == []

    def reset(self, mode):
        told = self.call(mode, INTERNAL)
        assert told["outcome"]["code"] == 13, told["outcome"]
        assert "RST_STREAM" in json.dumps(told["ladder"]) or "reset" in json.dumps(told["ladder"]), told["ladder"]
        return told

    def case_frames_that_are_padding_mostly(self):
        self.whole("data_frame_padding")

    def case_frames_of_five_bytes(self):
        self.whole("no_df_padding_sanity_test")

    def case_a_goaway_after_each_call(self):
        target = "127.0.0.1:%d" % (self.base + MODES.index("goaway"))
        done = self.hoplens.json("compare", METHOD, "--grpc", target, "-I", ROOT / "assets/protos", "--proto",
                                 "grpc/testing/test.proto", "-d", '{"responseSize": 31, "payload": {}}', "-n", 5, "--json")
        way = done["ways"][0]
        assert (way["n_calls"], way["n_failed"], way["n_connections"]) == (5, 0, 5), way

    def case_one_stream_at_a_time(self):
        self.whole("max_streams")

    def case_pings_are_acknowledged(self):
        self.whole("ping")
        self.log.seek(0)
        eventually(lambda: "Ping Count 0" in open(self.log.name).read(), "every ping acknowledged")

    def case_a_reset_after_the_message(self):
        told = self.reset("rst_after_data")
        assert len(base64.b64decode(told["message"]["payload"]["body"])) == SIZE, "the message is kept"

    def case_a_reset_after_the_headers(self):
        self.reset("rst_after_header")

    def case_a_reset_in_the_message(self):
        told = self.reset("rst_during_data")
        assert told["message"] is None
