"""Programs that are not ours talk through `hoplens tap`, with a recorder on each side of it.

The recorders must have seen the same bytes, and the same endings, on every connection; and what the client tells of
the talk must be what it tells without a tap.
"""
import concurrent.futures
import contextlib
import json
import os
import pathlib
import random
import re
import shutil
import socket
import subprocess
import tempfile
import threading

import grpc

from hoplens import ROOT, Tap, eventually
from nginx import Certificate, Nginx
from recorder import Between, reset

HERE = pathlib.Path(__file__).parent
# With a schema at hand a tap asks its target for none.
SCHEMA = ("--proto", ROOT / "sample-protos/greeter.proto")
# The lines of `curl -v` that tell what passed.
TOLD = re.compile(r"^[<>] .*", re.M)
# What differs from one asking to the next: the time, the port, and the boundary of a body in several parts.
BY_CHANCE = re.compile(r"(?i)\bdate: .*|127\.0\.0\.1:\d+|boundary=.*|--+\w{16,}")
BY_CHANCE_IN_BYTES = re.compile(BY_CHANCE.pattern.encode())


class Node:
    """The server of node_server.js."""

    def __init__(self):
        self.process = subprocess.Popen(["node", HERE / "node_server.js"], stdout=subprocess.PIPE, text=True)
        self.ports = json.loads(self.process.stdout.readline())

    def address(self, name):
        return "127.0.0.1:%d" % self.ports[name]

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.process.stdout.close()


class Echo:
    """A grpcio server that gives back what it gets, as bytes of no schema, in each of the four ways."""

    def __init__(self):
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(16))
        ways = {"Unary": grpc.unary_unary_rpc_method_handler(self.unary),
                "Client": grpc.stream_unary_rpc_method_handler(lambda asked, _: b"".join(asked)),
                "Server": grpc.unary_stream_rpc_method_handler(self.server_stream),
                "Both": grpc.stream_stream_rpc_method_handler(lambda asked, _: asked),
                "Never": grpc.unary_unary_rpc_method_handler(self.never)}
        self.server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("Echo", ways)])
        self.address = "127.0.0.1:%d" % self.server.add_insecure_port("127.0.0.1:0")
        self.was_asked, self.was_given_up = threading.Event(), threading.Event()
        self.server.start()

    @staticmethod
    def unary(asked, context):
        metadata = dict(context.invocation_metadata())
        context.send_initial_metadata((("x-seen", metadata.get("x-tenant", "")), ("x-raw-bin", b"\x00\xff")))
        context.set_trailing_metadata((("x-twice", "1"), ("x-twice", "2")))
        if asked == b"refuse":
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "naïvely refused")
        if "x-gzip" in metadata:
            context.set_compression(grpc.Compression.Gzip)
        return asked

    @staticmethod
    def server_stream(asked, _):
        for n in range(50):
            yield asked * n

    def never(self, _, context):
        context.add_callback(self.was_given_up.set)
        self.was_asked.set()
        self.was_given_up.wait(30)
        return b""

    def stop(self):
        self.server.stop(0).wait()


class Bytes:
    """A server of no protocol: hands each connection to `answer`, in a thread."""

    def __init__(self, answer):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.answer = answer
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                end, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(end,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


class Cases:
    """Each method that begins with case_ is one case."""

    def __init__(self, hoplens):
        self.hoplens = hoplens
        self.folder = tempfile.mkdtemp(prefix="hoplens-tap-")
        self.certificate = Certificate(self.folder)
        self.upload = pathlib.Path(self.folder, "upload")
        self.upload.write_bytes(os.urandom(1 << 20) * 5)
        with contextlib.ExitStack() as peers:
            peers.callback(shutil.rmtree, self.folder, ignore_errors=True)
            self.node, self.nginx, self.echo = (self.begun(peers, peer) for peer in (Node, Nginx, Echo))
            # Had one not begun, the others would have been stopped here.
            self.close = peers.pop_all().close

    @staticmethod
    def begun(peers, make):
        peer = make()
        peers.callback(peer.stop)
        return peer

    def between(self, server, *options, **more):
        return Between(self.hoplens, server, *SCHEMA, *options, **more)

    # --- grpcio -----------------------------------------------------------------------------------------------

    def case_grpcio_unary_calls(self):
        with self.between(self.echo.address) as between, self.channel(between.address) as channel:
            ask = channel.unary_unary("/Echo/Unary")
            for n_bytes in (0, 1, 100, 16_379, 16_384, 70_000, 3_000_000):
                body = os.urandom(n_bytes)
                for metadata in ((), (("x-tenant", "blue"),), (("x-gzip", "1"), ("x-big", "y" * 6000))):
                    reply, call = ask.with_call(body, metadata=metadata, timeout=30)
                    assert reply == body
                    seen = dict(call.initial_metadata())
                    assert seen["x-raw-bin"] == b"\x00\xff" and seen["x-seen"] == dict(metadata).get("x-tenant", "")
                    assert call.trailing_metadata() == (("x-twice", "1"), ("x-twice", "2")), call.trailing_metadata()
            refused = self.failed(lambda: ask(b"refuse", timeout=30))
            assert (refused.code(), refused.details()) == (grpc.StatusCode.FAILED_PRECONDITION, "naïvely refused")
            assert self.failed(lambda: channel.unary_unary("/Echo/Gone")(b"")).code() == grpc.StatusCode.UNIMPLEMENTED
            channel.close()
            told = between.tap.passed(7 * 3 + 2)
            assert [call["grpc_status"] for call in told] == [0] * 21 + [9, 12], told

    def case_grpcio_streams(self):
        with self.between(self.echo.address) as between, self.channel(between.address) as channel:
            parts = [os.urandom(n * 97) for n in range(100)]
            assert channel.stream_unary("/Echo/Client")(iter(parts), timeout=30) == b"".join(parts)
            got = list(channel.unary_stream("/Echo/Server")(b"ab" * 500, timeout=30))
            assert got == [b"ab" * 500 * n for n in range(50)]
            assert list(channel.stream_stream("/Echo/Both")(iter(parts), timeout=30)) == parts
            channel.close()
            told = between.tap.passed(3)
            assert [call["asked"] for call in told] == ["POST /Echo/" + way for way in ("Client", "Server", "Both")]

    def case_grpcio_call_that_is_given_up(self):
        with self.between(self.echo.address) as between, self.channel(between.address) as channel:
            given_up = channel.unary_unary("/Echo/Never").future(b"")
            assert self.echo.was_asked.wait(30), "the call never came"
            given_up.cancel()
            assert self.echo.was_given_up.wait(30), "the server never heard of it"
            channel.close()
            call, = between.tap.passed(1)
            assert call["reset"] == "CANCEL", call

    def case_grpcio_many_at_once(self):
        with self.between(self.echo.address) as between, concurrent.futures.ThreadPoolExecutor(16) as pool:
            def talk(n):
                with self.channel(between.address) as channel:
                    ask = channel.unary_unary("/Echo/Unary")
                    return all(ask(b"%d %d" % (n, m), timeout=30) == b"%d %d" % (n, m) for m in range(20))
            assert all(pool.map(talk, range(24)))

    # --- Node -------------------------------------------------------------------------------------------------

    def case_node_over_http1(self):
        self.node_sees_the_same("http1")

    def case_node_over_http2(self):
        self.node_sees_the_same("http2")

    def node_sees_the_same(self, how):
        straight = self.ask_by_node(how, self.node.address(how))
        with self.between(self.node.address(how)) as between:
            through = self.ask_by_node(how, between.address)
        for one, other in zip(straight, through):
            # How much of an answer came before the connection broke is chance.
            same = "error" in other if one.__class__ is dict and "error" in one else one == other
            assert same, "%.500s\n%.500s" % (one, other)
        assert len(straight) == len(through) > 10
        assert between.n_bytes() > 10 << 20, between.n_bytes()

    @staticmethod
    def ask_by_node(how, address):
        done = subprocess.run(["node", HERE / "node_client.js", how, "http://" + address],
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    # --- curl -------------------------------------------------------------------------------------------------

    def case_curl_on_node(self):
        upload, big = "@%s" % self.upload, ("-T", self.upload)
        asks = ([], ["-I"], ["-d", "a=1"], ["--data-binary", upload], big, ["-T", "-"], ["-F", "file=" + upload],
                ["-X", "PURGE", "-H", "x-empty;"], ["-H", "Expect: 100-continue", *big], ["-0"], ["--compressed"],
                ["-H", "Connection: close"], ["--http2"])
        for ask in asks:
            self.curl_sees_the_same(self.node, "http1", "/echo", *ask)
        for path in ("/big", "/trailers", "/early", "/nothing"):
            self.curl_sees_the_same(self.node, "http1", path, "-d", "x")
        for path in ("/echo", "/big", "/trailers", "/early", "/nothing"):
            for ask in ([], big):
                self.curl_sees_the_same(self.node, "http2", path, "--http2-prior-knowledge", *ask)

    def case_curl_that_is_broken_off(self):
        for how, more in (("http1", []), ("http2", ["--http2-prior-knowledge"])):
            with self.between(self.node.address(how)) as between:
                done = self.curl("http://%s/break" % between.address, *more)
                assert done.returncode in (18, 56, 92), done

    def case_curl_on_nginx(self):
        many = ["http://%%s/%s" % path for path in ("old/", "none", "close/text.txt", "text.txt") * 5]
        for ask in ([], ["-I"], ["--compressed"], ["-r", "100-5000"], ["-r", "0-9,100-109"], ["-0"], ["-L"],
                    ["-H", "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT"], many):
            self.curl_sees_the_same(self.nginx, "http1", "/text.txt", *ask)
            self.curl_sees_the_same(self.nginx, "http2", "/text.txt", "--http2-prior-knowledge", *ask)

    def case_curl_uploads_to_nginx(self):
        for how, more in (("http1", []), ("http2", ["--http2-prior-knowledge"])):
            name = "/put/%s" % how
            self.curl_sees_the_same(self.nginx, how, name, "-T", self.upload, *more, before=self.forget(name))
            put = pathlib.Path(self.nginx.folder, "files" + name).read_bytes()
            assert put == self.upload.read_bytes(), "%d bytes arrived" % len(put)
        # Refused when its head has been read, while the body still comes.
        with self.between(self.nginx.address("http1")) as between:
            done = self.curl("http://%s/small/x" % between.address, "-T", self.upload, "-H", "Expect:")
        assert b"413 Request Entity Too Large" in done.stdout, done

    def case_a_large_download_from_nginx(self):
        for how, more in (("http1", []), ("http2", ["--http2-prior-knowledge"])):
            with self.between(self.nginx.address(how)) as between:
                done = self.curl("http://%s/big.bin" % between.address, *more)
            assert done.stdout == self.nginx.big, "%d bytes came" % len(done.stdout)

    def curl_sees_the_same(self, peer, how, path, *options, before=lambda: None):
        def ask(address):
            before()
            options_here = [option % address if "%s" in str(option) else option for option in options]
            done = self.curl("http://%s%s" % (address, path), *options_here)
            told = TOLD.findall(done.stderr.decode("latin-1").replace("\r", ""))
            return done.returncode, [BY_CHANCE.sub("", line) for line in told], BY_CHANCE_IN_BYTES.sub(b"", done.stdout)
        straight = ask(peer.address(how))
        with self.between(peer.address(how)) as between:
            through = ask(between.address)
        for one, other in zip(straight, through):
            assert one == other, "%s %s\n%.800s\n%.800s" % (path, options, one, other)
        assert straight[1], "curl -v told nothing"

    @staticmethod
    def curl(*args):
        return subprocess.run(["curl", "-sv", "--max-time", "60", "--noproxy", "*", *map(str, args)],
                              input=b"from standard input", capture_output=True, timeout=120)

    def forget(self, name):
        return lambda: pathlib.Path(self.nginx.folder, "files" + name).unlink(missing_ok=True)

    # --- a kept connection --------------------------------------------------------------------------------------

    def case_keep_alive_and_pipelining(self):
        asks = b"".join(b"%s /text.txt HTTP/1.1\r\nHost: n%d\r\n%s\r\n" % (
            (b"GET", b"HEAD")[n % 3 == 1], n, b"Range: bytes=0-9\r\n" * (n % 2)) for n in range(200))
        asks += b"GET /text.txt HTTP/1.1\r\nHost: last\r\nConnection: close\r\n\r\n"
        for server in (self.nginx.address("http1"), self.node.address("http1")):
            with self.between(server) as between:
                answers = talk(between.address, asks, ends=False)
                told = between.tap.passed(201)
            assert answers.count(b"HTTP/1.1 ") == 201, answers[-300:]
            # Each answer is told of its own question, though questions came before the answers to those before.
            asked = ["HEAD /text.txt" if n % 3 == 1 else "GET /text.txt" for n in range(201)]
            answered = [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", answers)]
            for call, *wanted in zip(told, asked, answered):
                assert [call["asked"], call["status"]] == wanted, (call, wanted)

    # --- TLS --------------------------------------------------------------------------------------------------

    def case_tls_that_passes_through(self):
        for more in (["--http1.1"], ["--http2"], ["--http2", "--tls-max", "1.2"]):
            with self.between(self.nginx.address("tls")) as between:
                done = self.curl("https://%s/big.bin" % between.address, "--cacert", self.nginx.certificate.cert, *more)
            assert done.stdout == self.nginx.big, (len(done.stdout), done.stderr[-500:])

    def case_tls_from_the_tap_on(self):
        trust = ("--cacert", self.certificate.cert)
        for how, more in (("http1", []), ("http2", ["--http2-prior-knowledge"])):
            context = self.certificate.context("h2", "http/1.1")
            with self.between(self.nginx.address(how), *trust, scheme="https://", tls=context) as between:
                done = self.curl("http://%s/big.bin" % between.address, *more)
                self.forget("/put/tls")()
                self.curl("http://%s/put/tls" % between.address, *more, "-T", self.upload)
            assert done.stdout == self.nginx.big, (len(done.stdout), done.stderr[-500:])
            assert pathlib.Path(self.nginx.folder, "files/put/tls").read_bytes() == self.upload.read_bytes()

    def case_tls_to_nginx_by_what_the_client_speaks(self):
        trust = ("--cacert", self.nginx.certificate.cert)
        for more in ([], ["--http2-prior-knowledge"]):
            front = Tap(self.hoplens, "https://" + self.nginx.address("tls"), *SCHEMA, *trust)
            try:
                done = self.curl("http://%s/text.txt" % front.target, *more)
                assert done.stdout.startswith(b"The quick brown fox."), done
            finally:
                front.stop()

    # --- no protocol at all -----------------------------------------------------------------------------------

    def case_garbage_both_ways(self):
        for seed in range(12):
            chance = random.Random(seed)
            sizes = [chance.choice((1, 2, 9, 100, 5000, 70_000)) for _ in range(40)]
            said = [chance.randbytes(size) for size in sizes]
            with Bytes(echo) as server, self.between(server.address) as between:
                assert talk(between.address, *said) == b"".join(said)

    def case_one_byte_at_a_time(self):
        said = b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
        with self.between(self.node.address("http1")) as between:
            answer = talk(between.address, *(bytes([byte]) for byte in said))
        assert answer.endswith(b"hello"), answer

    def case_a_flood_both_ways_at_once(self):
        flood = os.urandom(1 << 20) * 24

        def answer(end):
            talking = threading.Thread(target=end.sendall, args=(flood,))
            talking.start()
            got = read_all(end)
            talking.join()
            end.sendall(b"" if got == flood else b"not what was sent")
            end.close()
        with Bytes(answer) as server, self.between(server.address) as between:
            assert talk(between.address, flood) == flood

    def case_half_close(self):
        def answer(end):
            got = read_all(end)
            end.sendall(b"%d bytes, and then your end" % len(got))
            end.close()
        with Bytes(answer) as server, self.between(server.address) as between:
            assert talk(between.address, b"abc") == b"3 bytes, and then your end"

    def case_the_server_ends_first(self):
        heard = []

        def answer(end):
            end.sendall(b"I have done")
            end.shutdown(socket.SHUT_WR)
            heard.append(read_all(end))
            end.close()
        with Bytes(answer) as server, self.between(server.address) as between:
            end = connect(between.address)
            assert read_all(end) == b"I have done"
            end.sendall(b"but I have not")
            end.close()
            eventually(lambda: heard, "what the client said later")
        assert heard == [b"but I have not"]

    def case_nothing_at_all(self):
        with Bytes(lambda end: end.close()) as server, self.between(server.address) as between:
            assert talk(between.address) == b""

    def case_a_server_that_resets(self):
        def answer(end):
            end.recv(100)
            end.sendall(b"HTTP/1.1 200 OK\r\n\r\nhalf of it")
            arrived.wait(30)
            reset(end)
        arrived = threading.Event()
        with Bytes(answer) as server, self.between(server.address) as between:
            end = connect(between.address)
            end.sendall(b"GET / HTTP/1.1\r\n\r\n")
            got = b""
            while not got.endswith(b"half of it"):
                got += end.recv(100)
            arrived.set()
            try:
                rest = end.recv(100)
            except ConnectionResetError:
                rest = None
            assert rest is None, "a body that broke off ends as if it were whole"
            end.close()
            eventually(lambda: between.before.passed[0].is_over, "the end")
            assert between.before.passed[0].ends["<"] == "reset"

    def case_a_client_that_resets(self):
        seen = []

        def answer(end):
            try:
                read_all(end)
                seen.append("end")
            except ConnectionResetError:
                seen.append("reset")
            end.close()
        with Bytes(answer) as server, self.between(server.address) as between:
            end = connect(between.address)
            end.sendall(b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf")
            eventually(lambda: between.behind.passed and between.behind.passed[0].bytes[">"].endswith(b"half"), "it")
            reset(end)
            eventually(lambda: seen, "the server's view")
        assert seen == ["reset"], seen

    def case_an_answer_before_the_whole_question(self):
        """The server says no and leaves; what it said must arrive, though the client still sends."""
        def answer(end):
            end.recv(10)
            end.sendall(b"no")
            end.close()
        with Bytes(answer) as server:
            tap = Tap(self.hoplens, server.address, *SCHEMA)
            try:
                # Twice without the tap: what it must not make worse.
                for address in [server.address] * 2 + [tap.target] * 20:
                    end = connect(address)
                    sender = threading.Thread(target=send_while_possible, args=(end,))
                    sender.start()
                    sender.join()
                    assert end.recv(100) == b"no"
                    end.close()
            finally:
                tap.stop()

    # --- helpers ----------------------------------------------------------------------------------------------

    @staticmethod
    def channel(address):
        # Each channel a connection of its own, though it is to the same address.
        return grpc.insecure_channel(address, options=(("grpc.use_local_subchannel_pool", 1),
                                                       ("grpc.max_receive_message_length", -1)))

    @staticmethod
    def failed(ask):
        try:
            answer = ask()
        except grpc.RpcError as error:
            return error
        raise AssertionError("answered: %s" % answer)


def connect(address):
    host, port = address.rsplit(":", 1)
    end = socket.create_connection((host, int(port)))
    end.settimeout(60)
    return end


def read_all(end):
    return b"".join(iter(lambda: end.recv(1 << 16), b""))


def talk(address, *parts, ends=True):
    """Says the parts, and that this was all; what came back. It reads while it says."""
    def say():
        for part in parts:
            end.sendall(part)
        if ends:
            end.shutdown(socket.SHUT_WR)
    with connect(address) as end:
        saying = threading.Thread(target=say)
        saying.start()
        got = read_all(end)
        saying.join()
    return got


def echo(end):
    while part := end.recv(1 << 16):
        end.sendall(part)
    end.close()


def send_while_possible(end):
    try:
        while True:
            end.sendall(b"x" * 10_000)
    except OSError:
        pass
