"""Schemas of protobuf editions: read by Go's and by Python's protobuf, brought to us by reflection and as text."""
import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import threading

import grpc
import grpc_tools
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from hoplens import ROOT, Mock, eventually

SOURCE = pathlib.Path(__file__).parent / "editions-go"
SCHEMAS = ROOT / "tests/data/schema/editions"
PROTOS = ["plain.proto", "legacy.proto", "mixed.proto", "newer.proto"]
# Which service has a method that takes and gives the message.
ECHO = {"editions.plain.Note": "editions.plain.Notes/Echo", "editions.legacy.Record": "editions.legacy.Records/Echo",
        "editions.mixed.Both": "editions.mixed.Boths/Echo", "editions.newer.Query": "editions.newer.Shelf/Echo"}


def whole_set(folder):
    """What protoc makes of all of them and of what they import."""
    path = pathlib.Path(folder, "editions.binpb")
    roots = ["-I%s" % root for root in (SCHEMAS, ROOT / "assets/protos", pathlib.Path(grpc_tools.__file__).parent / "_proto")]
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", *roots, "--include_imports",
                    "--descriptor_set_out=%s" % path, *PROTOS], check=True)
    return path


class GoServer:
    """Echoes every message, and prints what it read."""

    def __init__(self, folder):
        env = dict(os.environ, GOTOOLCHAIN="local", CGO_ENABLED="0")
        program = folder + "/editions-server"
        subprocess.run([os.environ.get("GO", "go"), "build", "-o", program, "."], cwd=SOURCE, env=env, check=True)
        self.process = subprocess.Popen([program, str(whole_set(folder))], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.read, self.said = [], []
        for stream, kept in ((self.process.stdout, self.read), (self.process.stderr, self.said)):
            threading.Thread(target=lambda s=stream, k=kept: k.extend(iter(s.readline, "")), daemon=True).start()
        self.target = eventually(self._target, "the address of the Go server")

    def _target(self):
        found = re.search(r"listening at (\S+)", "".join(self.said))
        return found and found[1]

    def stop(self):
        self.process.kill()
        self.process.wait()


class Cases:
    """Each method that begins with case_ is one case."""

    def __init__(self, hoplens):
        self.hoplens = hoplens
        lines = (SCHEMAS / "cases.txt").read_text(encoding="utf-8").splitlines()
        cases = [line.split("\t") for line in lines]
        self.messages = [(ECHO[name], json.loads(shown)) for name, _, shown in cases if name in ECHO]
        assert len(self.messages) == 21, len(self.messages)
        with contextlib.ExitStack() as opened:
            self.server = GoServer(hoplens.config)
            opened.callback(self.server.stop)
            self.opened = opened.pop_all()

    def close(self):
        self.opened.close()

    def echo(self, *schema):
        """Go reads what we wrote, and we read what Go wrote."""
        for method, message in self.messages:
            n_read = len(self.server.read)
            answer = self.hoplens.json("call", *schema, self.server.target, method, "-d", json.dumps(message))
            assert answer == message, (method, message, answer)
            read = json.loads(eventually(lambda: self.server.read[n_read:], "what Go read")[0])
            assert read == message, (method, message, read)

    def case_every_message_by_reflection(self):
        self.echo()

    def case_every_message_by_the_text_of_the_schemas(self):
        self.echo("--proto", SCHEMAS)

    def case_their_schemas_are_listed_and_described(self):
        listed = self.hoplens.run("list", self.server.target).stdout
        assert all(method.split("/")[0] in listed for method in ECHO.values()), listed
        described = self.hoplens.run("describe", self.server.target, "editions.plain.Note").stdout
        assert "optional string title = 1;" in described and "  int32 stars = 3;" in described, described

    def case_a_mock_describes_them_to_others(self):
        for schema, name in (("plain.proto", "editions.plain.Notes"), ("legacy.proto", "editions.legacy.Records")):
            mock = Mock(self.hoplens, SCHEMAS / schema)
            try:
                with grpc.insecure_channel(mock.target) as channel:
                    pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
                    method = pool.FindServiceByName(name).methods_by_name["Echo"]
                    of = message_factory.GetMessageClass(method.input_type)
                    ask = channel.unary_unary("/%s/Echo" % name, request_serializer=of.SerializeToString,
                                              response_deserializer=of.FromString)
                    request = json_format.ParseDict({"id": 0} if "legacy" in schema else {"views": "0"}, of())
                    answer = ask(request, timeout=30)
                assert answer.IsInitialized() and len(answer.ListFields()) > 3, answer
                assert method.input_type.fields_by_number[1].has_presence, name
            finally:
                mock.stop()
