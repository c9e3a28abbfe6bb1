"""Our command line on the four call kinds of a grpcio server that knows nothing of us."""
import json
import pathlib
import signal
import socket
import subprocess
import tempfile
import threading
from concurrent import futures

import grpc

from compiled import compile_protos
from hoplens import eventually

PROTO = """syntax = "proto3";
package streams;
message Word { string text = 1; int64 at = 2; }
service Words {
  rpc Count(Word) returns (stream Word);
  rpc Join(stream Word) returns (Word);
  rpc Echo(stream Word) returns (stream Word);
}
"""
CANNOT_ASK, INVALID, DEADLINE, INTERNAL = 2, 64 + 3, 64 + 4, 64 + 13
PACKED = {"gzip": grpc.Compression.Gzip, "deflate": grpc.Compression.Deflate}


def sunk(server):
    """The one message of the first request, prefix off, from an HTTP/2 server that only listens."""
    client, body, is_over = server.accept()[0], b"", False
    with client, client.makefile("rb") as sent:
        client.sendall(bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))
        assert sent.read(24).startswith(b"PRI * HTTP/2.0")
        while not is_over:
            head = sent.read(9)
            payload, (kind, flags) = sent.read(int.from_bytes(head[:3], "big")), head[3:5]
            if kind == 0:
                body, is_over = body + payload, flags & 1
    assert body[0] == 1 and int.from_bytes(body[1:5], "big") == len(body) - 5, body[:5]
    return body[5:]


class Words:
    """What the server does, and what it saw of its clients' ends."""

    def __init__(self, module):
        self.word = module.Word
        self.ended = threading.Event()
        self.n_echoed = 0

    def watch(self, context):
        self.ended.clear()
        # A call may be over before it is heard of.
        if not context.add_callback(self.ended.set):
            self.ended.set()

    def Count(self, request, context):
        self.watch(context)
        context.set_trailing_metadata((("x-counted", str(request.at)),))
        for at in range(request.at):
            yield self.word(text=request.text, at=at)

    def Join(self, requests, context):
        self.watch(context)
        texts = [request.text for request in requests]
        if texts[:1] == ["packed"]:
            context.set_compression(PACKED[texts[1]])
        return self.word(text=" ".join(texts))

    def Echo(self, requests, context):
        self.watch(context)
        self.n_echoed = 0
        for request in requests:
            if request.text == "stop":
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, "stopped as asked")
            self.n_echoed += 1
            yield self.word(text=request.text, at=request.at + 1)


class Cases:
    """Each method that begins with case_ is one case."""

    def __init__(self, hoplens):
        self.hoplens = hoplens
        folder = pathlib.Path(tempfile.mkdtemp(prefix="streams-", dir=hoplens.config))
        (folder / "streams.proto").write_text(PROTO, encoding="utf-8")
        compile_protos([folder], ["streams.proto"])
        import streams_pb2
        import streams_pb2_grpc
        self.words = Words(streams_pb2)
        self.server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
        streams_pb2_grpc.add_WordsServicer_to_server(self.words, self.server)
        self.target = "127.0.0.1:%d" % self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()
        self.proto = ("--proto", folder / "streams.proto")

    def close(self):
        self.server.stop(None)

    def call(self, method, *args, **options):
        return self.hoplens.run("call", self.target, "streams.Words/" + method, *self.proto, *args, **options)

    def lines(self, *args, **options):
        return [json.loads(line) for line in self.call(*args, **options).stdout.splitlines()]

    def typing(self, method, *args):
        """A call that is typed to while it runs."""
        return subprocess.Popen([self.hoplens.binary, "call", self.target, "streams.Words/" + method,
                                 *map(str, self.proto), *args], env=self.hoplens.env, cwd=self.hoplens.config,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def case_a_server_stream_is_one_line_a_message(self):
        got = self.lines("Count", "-d", '{"text": "a", "at": 3}')
        assert [(word["text"], word.get("at", "0")) for word in got] == [("a", "0"), ("a", "1"), ("a", "2")], got

    def case_many_messages_all_come(self):
        got = self.lines("Count", "-d", '{"at": 20000}')
        assert [int(word.get("at", 0)) for word in got] == list(range(20000)), len(got)

    def case_an_empty_stream_is_ok(self):
        done = self.call("Count", "-d", '{}')
        assert done.stdout == "" and "0 OK" in done.stderr, done

    def case_a_client_stream_sends_each_value(self):
        three = self.lines("Join", "-d", '{"text": "one"} {"text": "two"}\n{"text": "three"}')
        assert [word["text"] for word in three] == ["one two three"], three
        assert self.lines("Join", "-d", "-", stdin='{"text":"a"}{"text":"b"}')[0]["text"] == "a b"
        assert self.lines("Join")[0].get("text", "") == ""

    def case_both_ways_at_the_same_time(self):
        process = self.typing("Echo", "-d", "-")
        for at in range(3):
            process.stdin.write(json.dumps({"text": "x", "at": at}))
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["at"] == str(at + 1)
        process.stdin.close()
        process.stdin = None
        assert process.communicate(timeout=30)[1].find("0 OK") >= 0 and process.returncode == 0

    def case_large_messages_both_ways(self):
        text = "y" * 3_000_000
        body = json.dumps({"text": text}) * 3
        got = self.lines("Echo", "-d", "-", stdin=body)
        assert len(got) == 3 and all(word["text"] == text for word in got)
        joined = self.lines("Join", "-d", "-", stdin=body)
        assert len(joined) == 1 and len(joined[0]["text"]) == 9_000_002

    def case_compressed_answers_are_read(self):
        for encoding in PACKED:
            body = ' '.join(json.dumps({"text": text}) for text in ("packed", encoding, "z" * 4_000_000))
            report = json.loads(self.call("Join", "-d", "-", "--json", stdin=body).stdout)
            assert report["messages"][0]["text"].endswith("zzz"), report["outcome"]
            assert {"name": "grpc-encoding", "value": encoding} in report["headers"], report["headers"]
            # It was compressed on the wire, and not on its way here alone.
            assert report["bytes"]["received"] < 100_000 < report["bytes"]["payload_received"], report["bytes"]
            done = self.call("Join", "-d", "-", "--max-message", "1", stdin=body, code=CANNOT_ASK)
            assert encoding in done.stderr and "decompressed" in done.stderr, done.stderr
        # More than the bytes pane inflates is still an answer.
        body = ' '.join(json.dumps({"text": text}) for text in ["packed", "gzip"] + ["z" * 3_900_000] * 5)
        assert len(self.lines("Join", "-d", "-", stdin=body)[0]["text"]) > 19_000_000

    def case_compressed_messages_are_read_by_the_server(self):
        text = "z" * 2_000_000
        for encoding in PACKED:
            body = ' '.join(json.dumps({"text": word}) for word in ("packed", encoding, text))
            report = json.loads(self.call("Join", "-d", "-", "--json", "--compress", encoding, stdin=body).stdout)
            assert report["messages"][0]["text"] == "packed %s %s" % (encoding, text), report["outcome"]
            # All four were compressed on the wire, each by itself.
            sizes = [(size["direction"], size["payload"], size["compressed"]) for size in report["message_sizes"]]
            assert [size[0] for size in sizes] == ["sent", "sent", "sent", "received"], sizes
            assert sizes[2][1] == len(text) + 4 and all(0 < size[2] for size in sizes), sizes
            assert sizes[2][2] < 10_000 and sizes[3][2] < 10_000 and report["bytes"]["sent"] < 10_000, report["bytes"]
            echoed = self.lines("Echo", "-d", '{"text": "a"} {} {"text": "b"}', "--compress", encoding)
            assert [word.get("text", "") for word in echoed] == ["a", "", "b"], echoed
            unary = self.lines("Count", "-d", '{"text": "u", "at": 2}', "--compress", encoding)
            assert [word["text"] for word in unary] == ["u", "u"], unary

    def case_a_coding_that_the_server_does_not_know(self):
        # grpcio has no zstd; it answers INTERNAL where the specification asks for UNIMPLEMENTED.
        done = self.call("Join", "-d", '{"text": "a"}', "--compress", "zstd", code=INTERNAL)
        assert "compressed with zstd" in done.stderr and "grpc-accept-encoding" in done.stderr, done.stderr

    def case_zstd_itself_reads_what_we_compress(self):
        for text in ("z" * 300_000, "".join(str(n * n) for n in range(10_000)), "a"):
            with socket.create_server(("127.0.0.1", 0)) as server, futures.ThreadPoolExecutor() as pool:
                message = pool.submit(sunk, server)
                target = "127.0.0.1:%d" % server.getsockname()[1]
                self.hoplens.run("call", target, "streams.Words/Join", *self.proto, "-d", "-", "--compress", "zstd",
                                 stdin=json.dumps({"text": text}), code=CANNOT_ASK)
            plain = subprocess.run(["zstd", "-d", "-q"], input=message.result(), capture_output=True, check=True).stdout
            assert plain.endswith(text.encode()) and len(plain) - len(text) <= 4, len(plain)

    def case_ctrl_c_cancels_and_the_server_sees_it(self):
        process = self.typing("Echo", "-d", "-")
        process.stdin.write('{"text": "x"}')
        process.stdin.flush()
        assert process.stdout.readline()
        assert not self.words.ended.is_set()
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        assert process.returncode == 130, process.returncode
        eventually(self.words.ended.is_set, "the cancel")
        process.communicate()

    def case_enough_messages_cancel(self):
        got = self.lines("Count", "-d", '{"at": 1000000000}', "--max-messages", "5")
        assert len(got) == 5, got
        eventually(self.words.ended.is_set, "the cancel")

    def case_a_bad_message_sends_nothing_more(self):
        done = self.call("Echo", "-d", '{"text":"a"} {"txt":"b"} {"text":"c"}', code=2)
        assert "message 2" in done.stderr and "txt" in done.stderr, done.stderr
        eventually(self.words.ended.is_set, "the cancel")
        assert self.words.n_echoed <= 1
        # What is given up is not half-closed: the server must not take a part for the whole.
        for _ in range(5):
            done = self.call("Join", "-d", '{"text":"a"} {"text":', "--wire=frames", code=CANNOT_ASK)
            assert "Message 2" in done.stderr, done.stderr
            assert "END_STREAM" not in done.stderr, done.stderr
            eventually(self.words.ended.is_set, "the cancel")
        done = self.call("Join", "-d", '{"text":"a"}', "--wire=frames")
        assert "END_STREAM" in done.stderr, done.stderr

    def case_a_status_in_the_middle_ends_the_call(self):
        process = self.typing("Echo", "-d", "-")
        process.stdin.write('{"text": "x"}{"text": "stop"}')
        process.stdin.flush()
        process.wait(timeout=30)
        out, err = process.stdout.read(), process.stderr.read()
        assert process.returncode == INVALID and "stopped as asked" in err and json.loads(out)["text"] == "x", (out, err)
        process.stdin.close()

    def case_a_stream_has_no_deadline_but_its_own(self):
        process = self.typing("Echo", "-d", "-", "--deadline", "300ms")
        process.wait(timeout=30)
        assert process.returncode == DEADLINE, process.stderr.read()
        eventually(self.words.ended.is_set, "the end at the server")
        process.communicate()

    def case_the_report_has_every_message_and_the_trailers(self):
        report = json.loads(self.call("Count", "-d", '{"at": 2, "text": "r"}', "--json").stdout)
        assert [word["text"] for word in report["messages"]] == ["r", "r"] and report["n_unkept_messages"] == 0, report
        assert {"name": "x-counted", "value": "2"} in report["trailers"], report["trailers"]

    def case_bytes_that_are_no_message_are_named(self):
        other = pathlib.Path(self.proto[1]).with_name("other.proto")
        # Where the server writes a text, this contract expects a message.
        other.write_text(PROTO.replace("returns (stream Word)", "returns (stream Nested)").replace(
            "service", "message Nested { Word text = 1; }\nservice"), encoding="utf-8")
        for how in ((), ("--json",)):
            done = self.hoplens.run("call", self.target, "streams.Words/Count", "--proto", other,
                                    "-d", '{"at": 1, "text": "~~~~~"}', *how, code=CANNOT_ASK)
            assert "cannot be trusted, at byte" in done.stderr, done.stderr

    def case_the_bytes_of_a_stream_are_told(self):
        done = self.call("Echo", "-d", '{"text":"a"}{"text":"b"}', "--wire=frames")
        assert done.stderr.count("DATA") + done.stdout.count("DATA") >= 4, done.stderr
