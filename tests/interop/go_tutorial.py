"""The server and client of docs/learn/greeter-go, written in Go as the classic tutorial writes them."""
import contextlib
import os
import re
import subprocess
import threading

from hoplens import ROOT, Demo, eventually

SOURCE = ROOT / "docs/learn/greeter-go"
PROTO = ROOT / "sample-protos/greeter.proto"


class GoServer:
    """Their server, on the port that the system gives it."""

    def __init__(self, folder, port=0):
        self.process = subprocess.Popen([folder + "/server", "-port", str(port)], stderr=subprocess.PIPE, text=True)
        self.lines = []
        threading.Thread(target=lambda: self.lines.extend(iter(self.process.stderr.readline, "")), daemon=True).start()
        self.target = eventually(self._target, "the address of the Go server")

    def _target(self):
        found = re.search(r"listening at (\S+)", "".join(self.lines))
        return found and found[1]

    def stop(self):
        self.process.kill()
        self.process.wait()


def build(folder):
    """Builds both programs into the folder."""
    env = dict(os.environ, GOTOOLCHAIN="local", CGO_ENABLED="0")
    subprocess.run([os.environ.get("GO", "go"), "build", "-o", folder + "/", "./..."], cwd=SOURCE, env=env, check=True)


class Cases:
    """Each method that begins with case_ is one case."""

    def __init__(self, hoplens):
        self.hoplens = hoplens
        build(hoplens.config)
        with contextlib.ExitStack() as opened:
            self.server = GoServer(hoplens.config)
            opened.callback(self.server.stop)
            self.demo = Demo(hoplens)
            opened.callback(self.demo.stop)
            self.opened = opened.pop_all()

    def close(self):
        self.opened.close()

    def client(self, address):
        done = subprocess.run([self.hoplens.config + "/client", "-addr", address, "-name", "Ada"],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stderr.strip()

    def case_their_client_on_their_server(self):
        assert self.client(self.server.target).endswith("Greeting: Hello Ada")

    def case_their_client_on_our_greeter(self):
        assert self.client(self.demo.address("greeter")).endswith("Greeting: Hello Ada")

    def case_their_client_through_our_gateway(self):
        assert self.client(self.demo.address("gateway")).endswith("Greeting: Hello Ada")

    def case_our_command_line_on_their_server_by_reflection(self):
        reply = self.hoplens.json("call", self.server.target, "Greeter/SayHello", "-d", '{"name": "Ada"}')
        assert reply == {"message": "Hello Ada"}, reply

    def case_our_command_line_on_their_server_by_proto(self):
        reply = self.hoplens.json("call", self.server.target, "Greeter/SayHello", "-d", '{"name": "Ada"}',
                                  "--proto", PROTO)
        assert reply == {"message": "Hello Ada"}, reply

    def case_our_list_of_their_services(self):
        assert "Greeter" in self.hoplens.run("list", self.server.target).stdout.split()
