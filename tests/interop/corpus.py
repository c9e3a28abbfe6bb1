"""A corpus of messages in ProtoJSON: what our command line makes of each, what Python's protobuf reads in the bytes, and
what buf curl makes of the same text. Differences from buf are printed, and each is written down with its reason.
"""
import json
import pathlib
import re
import subprocess
from concurrent import futures

import grpc
from google.protobuf import json_format

from compiled import compile_protos
from tools import tool

FOLDER = pathlib.Path(__file__).parent / "corpus"
SERVICES = {"All": ("all.proto", "corpus.Echo/Say"), "Old": ("old.proto", "corpus.old.Echo/Say"),
            "New": ("edition.proto", "corpus.edition.Echo/Say")}
CANNOT_ASK = 2


class Cases:
    """Each method that begins with case_ is one case; those of the corpus are made of its file."""

    def __init__(self, hoplens):
        self.hoplens = hoplens
        compile_protos([FOLDER], [name for name, _ in SERVICES.values()])
        import all_pb2
        import edition_pb2
        import old_pb2
        self.types = {"All": all_pb2.All, "Old": old_pb2.Old, "New": edition_pb2.New}
        self.heard = []
        self.server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
        self.server.add_generic_rpc_handlers((Echo(self.heard),))
        self.target = "127.0.0.1:%d" % self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()
        self.buf = tool("buf", hoplens.env)

    def close(self):
        self.server.stop(None)

    def text(self, given):
        return given if isinstance(given, str) else json.dumps(given)

    def ours(self, kind, text):
        """What is printed; `None` where the text is refused before anything is sent."""
        file, method = SERVICES[kind]
        self.heard.clear()
        options = ("-I", FOLDER, "--proto", file, "-d", text)
        done = subprocess.run([self.hoplens.binary, "call", self.target, method, *map(str, options)], env=self.hoplens.env,
                              cwd=self.hoplens.config, capture_output=True, text=True, timeout=60)
        if done.returncode == CANNOT_ASK and not self.heard:
            assert re.search(r"line \d+, column \d+", done.stderr), done.stderr
            return None
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def check(self, kind, given, expect):
        printed = self.ours(kind, self.text(given))
        if expect == "refused":
            assert printed is None, printed
            return
        assert same(printed, expect), "printed %s, not %s" % (printed, expect)
        message = self.types[kind].FromString(self.heard[-1])
        read = json.loads(json_format.MessageToJson(message))
        assert same(read, expect), "Python reads %s, not %s" % (read, expect)

    for name, kind, given, expect in json.loads((FOLDER / "cases.json").read_text(encoding="utf-8")):
        vars()["case_" + re.sub(r"\W+", "_", name)] = (
            lambda self, kind=kind, given=given, expect=expect: self.check(kind, given, expect))

    def case_what_buf_makes_of_the_same_text(self):
        """Its differences are those that are written down, each with its reason."""
        found = {}
        for name, kind, given, expect in json.loads((FOLDER / "cases.json").read_text(encoding="utf-8")):
            file, method = SERVICES[kind]
            done = subprocess.run([self.buf, "curl", "--schema", str(FOLDER), "--protocol", "grpc", "--http2-prior-knowledge",
                                   "-d", self.text(given), "http://%s/%s" % (self.target, method)],
                                  capture_output=True, text=True, timeout=60, cwd=self.hoplens.config, env=self.hoplens.env)
            told = json.loads(done.stdout) if done.returncode == 0 else "refused"
            if not same(told, expect):
                found[name] = told if done.returncode == 0 else done.stderr.strip()
        known = dict(re.findall(r"^(.+?): (.+)$", (FOLDER / "buf_differences.txt").read_text(encoding="utf-8"), re.M))
        for name, told in found.items():
            print("    buf differs: %s: %s" % (name, str(told)[:200]), flush=True)
        assert set(found) == set(known), "not written down: %s; gone: %s" % (set(found) - set(known), set(known) - set(found))


class Echo(grpc.GenericRpcHandler):
    """Sends every message back as it came."""

    def __init__(self, heard):
        self.heard = heard

    def service(self, details):
        def echo(message, _context):
            self.heard.append(message)
            return message
        return grpc.unary_unary_rpc_method_handler(echo)


def same(found, expect):
    """Equal, numbers to the precision of a float where one of them was one."""
    if isinstance(found, dict) and isinstance(expect, dict):
        return found.keys() == expect.keys() and all(same(found[key], expect[key]) for key in found)
    if isinstance(found, list) and isinstance(expect, list):
        return len(found) == len(expect) and all(map(same, found, expect))
    if type(found) in (int, float) and type(expect) in (int, float):
        return found == expect or abs(found - expect) <= abs(expect) * 1e-7
    return type(found) is type(expect) and found == expect
