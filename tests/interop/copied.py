"""What `--copy-as` prints, run as it stands: by grpcurl, buf, curl, Go, Python, Rust and ourselves, against grpcio."""
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from concurrent import futures

import grpc
from google.protobuf import json_format

import tools
from compiled import compile_protos
from hoplens import ROOT

KINDS = """syntax = "proto3";
package lexicon.kinds;
enum Kind { KIND_UNSPECIFIED = 0; KIND_NOUN = 1; }
"""
WORDS = """syntax = "proto3";
package lexicon.v1;
import "lexicon/kinds.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
message Word {
  string text = 1; int64 at = 2; lexicon.kinds.Kind kind = 3; map<string, int32> counts = 4;
  oneof one { string name = 5; Word inner = 6; }
  google.protobuf.Timestamp when = 7; bytes raw = 8; optional bool sure = 9; repeated double numbers = 10;
  google.protobuf.StringValue maybe = 11;
  message Deep { string type = 1; }
  Deep deep = 12;
}
service Words {
  rpc Say(Word) returns (Word);
  rpc Count(Word) returns (stream Word);
  rpc Join(stream Word) returns (Word);
  rpc Echo(stream Word) returns (stream Word);
}
"""
RICH = {"text": "it's $HOME `id` \\ \"!\"\n日本", "at": "9007199254740993", "kind": "KIND_NOUN", "counts": {"a": -1, "b": 2},
        "inner": {"name": "Ada", "sure": False}, "when": "2026-01-31T12:00:00.500Z", "raw": "AAH/", "numbers": [1.5, -2],
        "maybe": "", "deep": {"type": "x"}}
ONE, TWO = {"text": "one", "at": "1"}, {"text": "two"}
# Each kind of call with what is sent and how many answers come.
CALLS = (("Say", [RICH], 1), ("Count", [{"text": "on", "at": "3"}], 3), ("Join", [ONE, TWO], 1), ("Echo", [RICH, TWO], 2))
CARGO = """[package]
name = "copied"
version = "0.0.0"
edition = "2024"
[dependencies]
tonic = "0.14"
tonic-prost = "0.14"
prost = "0.14"
prost-types = "0.14"
tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
tokio-stream = "0.1"
[build-dependencies]
tonic-prost-build = { version = "0.14", default-features = false, features = ["transport"] }
[workspace]
[profile.dev]
debug = false
"""


class Words:
    """Echoes, and keeps what it was sent."""

    def __init__(self, word):
        self.word, self.heard, self.metadata, self.left = word, [], [], None

    def hear(self, context):
        self.heard, self.metadata, self.left = [], context.invocation_metadata(), context.time_remaining()

    def Say(self, request, context):
        self.hear(context)
        self.heard.append(request)
        return request

    def Count(self, request, context):
        self.Say(request, context)
        for at in range(request.at):
            yield self.word(text=request.text, at=at)

    def Join(self, requests, context):
        self.hear(context)
        self.heard.extend(requests)
        return self.word(text=" ".join(request.text for request in self.heard))

    def Echo(self, requests, context):
        self.hear(context)
        for request in requests:
            self.heard.append(request)
            yield request


class Cases:
    """Each method that begins with case_ is one case."""

    def __init__(self, hoplens):
        self.hoplens = hoplens
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="copied-", dir=hoplens.config))
        self.protos = self.folder / "protos"
        (self.protos / "lexicon").mkdir(parents=True)
        (self.protos / "lexicon/kinds.proto").write_text(KINDS, encoding="utf-8")
        (self.protos / "lexicon/words.proto").write_text(WORDS, encoding="utf-8")
        compile_protos([self.protos], ["lexicon/kinds.proto", "lexicon/words.proto"])
        self.env = dict(hoplens.env, TOKEN="s3cret", GOTOOLCHAIN="local", CGO_ENABLED="0")
        self.env["PATH"] = os.pathsep.join([str(self.programs()), str(tools.FOLDER), self.env["PATH"]])
        for name in tools.GO_TOOLS:
            tools.tool(name, hoplens.env)
        from lexicon import words_pb2, words_pb2_grpc
        self.words = Words(words_pb2.Word)
        self.server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
        words_pb2_grpc.add_WordsServicer_to_server(self.words, self.server)
        self.target = "127.0.0.1:%d" % self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()

    def close(self):
        self.server.stop(0).wait()

    def go(self):
        return os.environ.get("GO", "go")

    def programs(self):
        """A folder with the programs that copied lines name, under the names that they have there."""
        folder = self.folder / "bin"
        folder.mkdir()
        for name, line in (("hoplens", self.hoplens.binary), ("python", sys.executable), ("go", shutil.which(self.go())),
                           ("protoc", sys.executable + " -m grpc_tools.protoc")):
            (folder / name).write_text('#!/bin/sh\nexec %s "$@"\n' % line, encoding="utf-8")
            (folder / name).chmod(0o755)
        return folder

    def copy(self, kind, method, messages, *more):
        data = "\n".join(json.dumps(message, ensure_ascii=False) for message in messages)
        done = self.hoplens.run("call", self.target, "lexicon.v1.Words/" + method, "-d", data, "-I", self.protos, "--proto",
                                "lexicon/words.proto", "-H", "x-tenant: it's blue", "-H", "x-raw-bin: AAH/",
                                "-H", "authorization: Bearer s3cret", "--deadline", "20s", "--copy-as", kind, *more)
        assert "s3cret" not in done.stdout + done.stderr and "TOKEN" in done.stderr, done
        return done.stdout

    def run(self, command, folder=None, shell=True):
        done = subprocess.run(command, shell=shell, env=self.env, cwd=folder or self.folder, capture_output=True, text=True,
                              timeout=600)
        assert done.returncode == 0, "%s\n%s\n%s" % (command, done.stdout, done.stderr)
        return done.stdout

    def check(self, method, messages, n_answers, said, answer):
        """What the server heard, and that as many answers were printed."""
        expect = [json_format.ParseDict(message, self.words.word()) for message in messages]
        assert self.words.heard == expect, "%s heard %s" % (method, self.words.heard)
        metadata = {name: value for name, value in self.words.metadata}
        for name, value in (("x-tenant", "it's blue"), ("x-raw-bin", b"\0\1\xff"), ("authorization", "Bearer s3cret")):
            assert metadata.get(name) == value, (method, name, metadata)
        assert self.words.left is not None and self.words.left <= 20, self.words.left
        assert len(re.findall(answer, said, re.M)) == n_answers, (method, n_answers, said)

    def in_a_shell(self, kind):
        for method, messages, n_answers in CALLS:
            line = self.copy(kind, method, messages)
            self.check(method, messages, n_answers, self.run(line), r"^\{")

    def case_grpcurl(self):
        self.in_a_shell("grpcurl")

    def case_buf_curl(self):
        self.in_a_shell("buf")

    def case_our_own_command_line(self):
        self.in_a_shell("hoplens")

    def case_python(self):
        for method, messages, n_answers in CALLS:
            folder = self.folder / ("python-" + method)
            folder.mkdir()
            text = self.copy("python", method, messages)
            (folder / "call.py").write_text(text, encoding="utf-8")
            generate = [line[2:] for line in text.splitlines() if line.startswith("# python")]
            self.run(generate[0], folder)
            self.check(method, messages, n_answers, self.run("python call.py", folder), r"^\{")

    def case_go(self):
        for method, messages, n_answers in CALLS:
            folder = self.folder / ("go-" + method)
            folder.mkdir()
            text = self.copy("go", method, messages)
            (folder / "main.go").write_text(text, encoding="utf-8")
            init, generate, run = [line[3:] for line in text.splitlines() if line.startswith("// ")]
            self.run(init + " && " + generate, folder)
            # The versions that are here already.
            for name in ("go.mod", "go.sum"):
                known = (ROOT / "docs/learn/greeter-go" / name).read_text(encoding="utf-8")
                (folder / name).write_text(known.replace("module greeter", "module example.com/stubs"), encoding="utf-8")
            said = self.run(run, folder)
            assert not self.run("gofmt -l main.go", folder), "gofmt would write it in another way"
            self.check(method, messages, n_answers, said, r"^\{")

    def case_rust(self):
        folder = ROOT / "target/copied-rust"
        shutil.rmtree(folder / "src", True)
        (folder / "src/bin").mkdir(parents=True)
        texts = {method: self.copy("rust", method, messages) for method, messages, _ in CALLS}
        for method, text in texts.items():
            (folder / ("src/bin/%s.rs" % method.lower())).write_text(text, encoding="utf-8")
        build = [line[12:] for line in texts["Say"].splitlines() if line.startswith("// build.rs: ")]
        (folder / "build.rs").write_text("\n".join(build), encoding="utf-8")
        (folder / "Cargo.toml").write_text(CARGO, encoding="utf-8")
        shutil.copy(ROOT / "Cargo.lock", folder / "Cargo.lock")
        self.env.update(PROTOC=str(self.folder / "bin/protoc"), CARGO_TARGET_DIR=str(folder / "target"))
        self.run("cargo build -q --offline", folder)
        for method, messages, n_answers in CALLS:
            said = self.run(str(folder / "target/debug" / method.lower()), folder)
            self.check(method, messages, n_answers, said, r"^Word \{")

    def case_curl_and_our_own_line_over_http(self):
        heard = []

        class Echo(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                heard.append((self.path, body.decode(), dict(self.headers)))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        body = json.dumps(RICH, ensure_ascii=False)
        try:
            for kind in ("curl", "hoplens"):
                done = self.hoplens.run("http", "POST", "127.0.0.1:%d/a/{b}?c=[1]" % server.server_port, "-d", body,
                                        "-H", "authorization: Bearer s3cret", "--copy-as", kind)
                assert "s3cret" not in done.stdout, done.stdout
                self.run(done.stdout)
        finally:
            server.shutdown()
        by_curl, by_us = heard
        assert by_curl[1] == by_us[1] == body and "/a/" in by_curl[0], heard
        for _, _, headers in heard:
            headers = {name.lower(): value for name, value in headers.items()}
            assert headers["content-type"] == "application/json" and headers["authorization"] == "Bearer s3cret", headers

    def case_a_message_that_does_not_fit_is_no_program(self):
        done = self.hoplens.run("call", self.target, "lexicon.v1.Words/Say", "-d", '{"txt": 1}', "-I", self.protos, "--proto",
                                "lexicon/words.proto", "--copy-as", "python", code=2)
        assert "txt" in done.stderr and not done.stdout, done
