"""What `--wire=frames` prints of a call, against what tshark reads from the pcapng that the same call wrote.

Every case records a few calls, several at a time. Of each, frames with their sizes and flags, header fields in their
order and messages are compared, then every byte; and tshark must have nothing to complain about.
"""
import concurrent.futures
import gzip
import http.server
import itertools
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import threading
from collections import Counter, namedtuple

import grpc

from boutique_server import PROTO, Boutique
from captures import Frame, Reading, printed, read, read_later, tshark
from hoplens import ROOT, Demo

SAMPLES = ROOT / "sample-protos"
GREETER = ("--proto", SAMPLES / "greeter.proto")
N_PROMISED = 200
# Entries of HPACK that are always there; what stands behind them was said before (RFC 7541 appendix A).
N_STATIC = 61
# A socket file has no ports: the pcapng gives the server this one.
MADE_UP_PORT = 8080
# A gRPC status is the exit code 64 + code; 2 says that we could not make sense of the answer.
DEADLINE_EXCEEDED, NOT_FOUND, UNIMPLEMENTED, UNAVAILABLE = 64 + 4, 64 + 5, 64 + 12, 64 + 14

Call = namedtuple("Call", "port args code")


# --- peers and cases ----------------------------------------------------------------------------------------

class Answers(http.server.BaseHTTPRequestHandler):
    """Python's own server: each path is another way to say where a body ends."""
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        body = b"hop " * 5000
        how = self.path.strip("/")
        fields = [("X-Twice", "one"), ("X-Twice", "two"), ("X-Space", "  a  b  "), ("X-Empty", "")]
        if "gzip" in how:
            body = gzip.compress(body)
            fields.append(("Content-Encoding", "gzip"))
        if "chunks" in how:
            fields.append(("Transfer-Encoding", "chunked"))
        elif how == "close":
            self.protocol_version, self.close_connection = "HTTP/1.0", True
            fields.append(("Set-Cookie", "session=secret"))
        elif how != "nothing":
            fields.append(("Content-Length", str(len(body))))
        self.send_response(204 if how == "nothing" else 200)
        for field in fields:
            self.send_header(*field)
        self.end_headers()
        if self.command == "HEAD" or how == "nothing":
            return
        if "chunks" in how:
            parts = [body[:5], body[5:305], body[305:]]
            coded = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts if part)
            self.wfile.write(coded + b"0\r\nX-Trailer: yes\r\n\r\n")
        else:
            self.wfile.write(body)

    do_HEAD = do_POST = do_PUT = do_GET

    def log_message(self, *_):
        pass


class Echo:
    """A greeter that compresses whatever it gives back, on a port, on one with TLS, and on a socket file."""

    def __init__(self, folder, key, certificate):
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
        say = grpc.unary_unary_rpc_method_handler(self.say)
        self.server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("Greeter", {"SayHello": say})])
        self.target = "127.0.0.1:%d" % self.server.add_insecure_port("127.0.0.1:0")
        secrets = grpc.ssl_server_credentials([(key, certificate)])
        self.sealed = "127.0.0.1:%d" % self.server.add_secure_port("127.0.0.1:0", secrets)
        self.socket = "unix:%s/socket" % folder
        self.server.add_insecure_port(self.socket)
        self.server.start()

    @staticmethod
    def say(request, context):
        context.set_compression(grpc.Compression.Gzip)
        context.set_trailing_metadata((("x-twice", "1"), ("x-twice", "2"), ("x-raw-bin", b"\x00\xff")))
        return request


def own_certificate(folder):
    """A key and a certificate that nobody vouches for."""
    files = [os.path.join(folder, name) for name in ("key.pem", "certificate.pem")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", files[0], "-out", files[1]],
                   check=True, capture_output=True)
    return files


class Cases:
    """Each method that begins with case_ is one case."""

    def __init__(self, hoplens):
        assert shutil.which("tshark"), "tshark is missing: apt-get install tshark"
        self.hoplens = hoplens
        self.folder = tempfile.mkdtemp(prefix="hoplens-tshark-")
        self.numbers = itertools.count()
        self.pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
        self.seen, self.n_calls = Counter(), 0
        self.demo = Demo(hoplens, "--free-ports", "--fault", "inventory=fail:100%", "--fault", "payment=fail:100%")
        self.boutique = Boutique()
        key, certificate = own_certificate(self.folder)
        self.echo = Echo(self.folder, pathlib.Path(key).read_bytes(), pathlib.Path(certificate).read_bytes())
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.sealed_server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.sealed_server.socket = context.wrap_socket(self.sealed_server.socket, server_side=True)
        for server in (self.server, self.sealed_server):
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def close(self):
        self.pool.shutdown()
        for server in (self.server, self.sealed_server):
            server.shutdown()
            server.server_close()
        self.boutique.stop()
        self.echo.server.stop(0).wait()
        self.demo.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def case_names_of_all_lengths_to_the_greeter(self):
        self.agree(self.hello("greeter", "n" * n) for n in (0, 1, 2, 10, 100, 121, 122, 127, 128, 1000, 4000, 9000))

    def case_names_of_all_lengths_through_the_gateway(self):
        self.agree(self.hello("gateway", "n" * n) for n in (0, 1, 2, 10, 100, 121, 122, 127, 128, 1000, 4000, 9000))

    def case_names_in_many_scripts(self):
        names = ("Adé", "李雷", "😀👩‍👩‍👧", "Ольга", "ﷺ", "a\nb", "a\tb", '"', "\\", "\n> @9 DATA 1, 10 B", "\u0000",
                 "e\u0301", "\u202eabc", "é" * 400)
        self.agree(self.hello(whom, name) for name in names for whom in ("greeter", "gateway"))

    def case_messages_of_many_data_frames(self):
        sizes = (16_370, 16_379, 16_380, 33_000, 65_535, 100_000, 250_000)
        self.agree(self.hello(whom, "n" * n) for n in sizes for whom in ("greeter", "gateway"))
        assert self.seen["DATA of one call"] > 10, self.seen

    def case_schema_by_reflection(self):
        greeter = self.demo.address("greeter")
        self.agree(self.call(greeter, "Greeter/SayHello", {"name": "Ada %d" % n}) for n in range(10))

    def case_metadata(self):
        for fields in (["x-tenant: blue"], ["x-a: 1", "x-a: 2", "X-A: 3"], ["x-empty:"], ["x-tab: a\tb"],
                       ["x-in: a  b"], ["x-code: [Indexed Header Field, 3 (static)]"], ["x-data-bin: AAEC/w"],
                       ["user-agent: me/1"], ["x-%d: %s" % (n, "v" * n) for n in range(60)], ["x-long: " + "y" * 7000]):
            headers = [part for field in fields for part in ("-H", field)]
            self.agree(self.hello(whom, "Ada", *headers) for whom in ("greeter", "gateway"))

    def case_credentials(self):
        fields = ("authorization: Bearer abc.def", "cookie: a=b; c=d", "x-api-key: k", "x-client-secret: ~~~~ and more")
        self.agree(self.hello(whom, "Ada", "-H", field) for field in fields for whom in ("greeter", "gateway"))

    def case_header_blocks_that_need_continuation(self):
        # Few bytes, but long in the code of HPACK, which is made for ASCII.
        for n_fields in (6, 9, 12):
            fields = [part for n in range(n_fields) for part in ("-H", "x-%d: %s" % (n, "é" * 600))]
            self.agree(self.hello(whom, "Ada", *fields) for whom in ("greeter", "gateway"))
        assert self.seen["CONTINUATION"], self.seen

    def case_grpc_errors(self):
        lost = {"sku": "sku-none"}
        self.agree(self.shop(whom, "catalog", "Catalog/GetProduct", lost, NOT_FOUND) for whom in ("catalog", "gateway"))
        self.agree(self.shop("greeter", "cart", "Cart/GetCart", {"user": u}, UNIMPLEMENTED) for u in ("", "ada", "é"))
        order = {"user": "ada", "items": [{"sku": "sku-1042", "quantity": 1}], "card": {"number": "4242424242424242"}}
        self.agree(self.shop(whom, "orders", "Orders/PlaceOrder", order, UNAVAILABLE) for whom in ("orders", "gateway"))

    def case_the_shop_over_grpc(self):
        asks = (("catalog", "Catalog/ListProducts", {}), ("catalog", "Catalog/GetProduct", {"sku": "sku-1042"}),
                ("cart", "Cart/AddItem", {"user": "é", "item": {"sku": "sku-1042", "quantity": 3}}),
                ("cart", "Cart/GetCart", {"user": "é"}),
                ("pricing", "Pricing/Quote", {"items": [{"sku": "sku-1042", "quantity": 2}], "voucherCode": "WELCOME"}))
        for whom in (None, "gateway"):
            self.agree(self.shop(whom or service, service, method, ask) for service, method, ask in asks)

    def case_a_route_that_is_not_there_over_grpc(self):
        proto = pathlib.Path(self.folder, "gone.proto")
        proto.write_text('syntax = "proto3"; package gone; message M {} service Gone { rpc Ask(M) returns (M); }')
        gateway = self.demo.address("gateway")
        self.agree(self.call(gateway, "gone.Gone/Ask", {}, "--proto", proto, code=UNIMPLEMENTED) for _ in range(2))

    def case_get_over_http(self):
        paths = ("/products", "/products/sku-1042", "/products?category=CATEGORY_DESK&x=%20", "/products/sku-0404")
        self.agree(self.http(whom, "GET", path) for path in paths for whom in ("gateway", "storefront"))

    def case_post_over_http(self):
        for n, user in itertools.product((1, 2, 20), ("ada", "bob")):
            body = json.dumps({"sku": "sku-1042", "quantity": n})
            self.agree(self.http(whom, "POST", "/carts/%s/items" % user, "-d", body,
                                 "-H", "content-type: application/json") for whom in ("gateway", "storefront"))

    def case_fields_over_http(self):
        for fields in (["x-a: 1", "x-a: 2", "X-A: 3"], ["x-empty:"], ["x-in: a  b"], ["x-tab: a\tb"], ["x-colon: a: b"],
                       ["x-%d: %s" % (n, "v" * n) for n in range(60)], ["authorization: Basic YTpi", "cookie: a=b"]):
            headers = [part for field in fields for part in ("-H", field)]
            self.agree(self.http(whom, "GET", "/products", *headers) for whom in ("gateway", "storefront"))

    def case_refusals_over_http(self):
        key = ("-H", "x-api-key: hoplens-demo-key")
        asks = (["GET", "/nowhere"], ["POST", "/nowhere", "-d", "x" * 500], ["GET", "/stock/sku-1042"],
                ["GET", "/stock/sku-1042", "-H", "x-api-key: wrong"], ["GET", "/stock/sku-1042", *key],
                ["GET", "/products/none"], ["DELETE", "/products"], ["HEAD", "/nowhere"])
        self.agree(self.http("gateway", *ask) for ask in asks)
        missing = {"401", "404", "503"} - set(self.seen)
        assert not missing, "no answer had the status %s" % sorted(missing)

    def case_pythons_http_server(self):
        base = "127.0.0.1:%d" % self.server.server_port
        for how in ("length", "gzip", "chunks", "gzip-chunks", "close", "nothing"):
            self.agree(self.http(base, method, "/" + how, *data) for method, *data in (
                ["GET"], ["HEAD"], ["POST", "-d", "b" * 70_000], ["PUT", "-d", "é", "-H", "x-a: 1", "-H", "X-A: 2"]))

    def case_pythons_grpc_server(self):
        get = "hipstershop.ProductCatalogService/GetProduct"
        tenants = [["-H", "x-tenant: " + "t" * n] for n in (0, 1, 50)]
        for product, code in (("OLJCESPC7Z", 0), ("66VCHSJNUP", 0), ("gone", NOT_FOUND), ("é" * 30, NOT_FOUND)):
            self.agree(self.ask_boutique(get, {"id": product}, *tenant, code=code) for tenant in tenants)
        self.agree(self.ask_boutique("hipstershop.ProductCatalogService/ListProducts", {}) for _ in range(3))
        big = [{"query": "q" * n} for n in (0, 20_000, 100_000, 200_000)]
        self.agree(self.ask_boutique("hipstershop.ProductCatalogService/SearchProducts", body) for body in big)
        self.agree([self.ask_boutique("hipstershop.AdService/GetAds", {}, code=UNIMPLEMENTED)])

    def case_compressed_messages(self):
        self.agree(self.call(self.echo.target, "Greeter/SayHello", {"name": "n" * n}, *GREETER)
                   for n in (200, 1000, 20_000, 100_000))

    def case_a_socket_file(self):
        names = ("", "Ada", "é")
        self.agree(self.call(self.echo.socket, "Greeter/SayHello", {"name": name}, *GREETER) for name in names)

    def case_three_calls_on_a_kept_connection(self):
        done = subprocess.run([os.environ["KEPT_CALLS"], self.folder], env=self.hoplens.env, capture_output=True,
                              text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        calls = [json.loads(line) for line in done.stdout.splitlines()]
        assert [call["is_kept"] for call in calls] == [False, True, True], calls
        for call in calls:
            packets = tshark(call["file"], call["port"], "http2", self.folder)
            theirs = read_later(packets) if call["is_kept"] else read(packets)[1]
            frames = [Frame(*frame[:5], [tuple(field) for field in frame[5]]) for frame in call["frames"]]
            same("a kept connection", frames, theirs.frames)
            indexed = [field for frame in frames for field in frame.fields if int(field[3] or 0) > N_STATIC]
            assert bool(indexed) == call["is_kept"], "fields of the dynamic table: %s" % indexed

    def case_what_was_inside_tls(self):
        """The file has the plaintext: tshark reads it as if there had been no TLS."""
        trust = ("--tls", "--insecure", *GREETER)
        names = ("", "Ada", "é")
        self.agree(self.call(self.echo.sealed, "Greeter/SayHello", {"name": name}, *trust) for name in names)
        port = self.sealed_server.server_address[1]
        self.agree(Call(port, ["http", "GET", "https://127.0.0.1:%d/%s" % (port, path), "--insecure"], 0)
                   for path in ("", "chunks", "gzip", "nothing"))

    def case_a_call_that_was_given_up(self):
        get = "hipstershop.ProductCatalogService/GetProduct"
        late = ("-H", "x-delay-millis: 20000", "--deadline", "200ms")
        self.agree([self.ask_boutique(get, {}, *late, code=DEADLINE_EXCEEDED)])
        assert self.seen["RST_STREAM"], self.seen

    def case_two_hundred_calls_agreed(self):
        print("    %d calls: %s" % (self.n_calls, dict(sorted(self.seen.items()))), flush=True)
        assert self.n_calls >= N_PROMISED, self.n_calls

    # --- the calls --------------------------------------------------------------------------------------------

    def call(self, address, method, body, *options, code=0):
        # By a file, because a big message is no argument.
        name = self.name("json")
        name.write_text(json.dumps(body), encoding="utf-8")
        port = MADE_UP_PORT if address.startswith("unix:") else address.rsplit(":", 1)[1]
        return Call(port, ["call", address, method, "-d", "@%s" % name, *options], code)

    def hello(self, whom, name, *options, code=0):
        return self.call(self.demo.address(whom), "Greeter/SayHello", {"name": name}, *GREETER, *options, code=code)

    def shop(self, whom, service, method, body, code=0):
        schema = ("-I", SAMPLES, "--proto", "shop/%s.proto" % service)
        return self.call(self.demo.address(whom), "shop.%s.v1.%s" % (service, method), body, *schema, code=code)

    def ask_boutique(self, method, body, *options, code=0):
        return self.call(self.boutique.target, method, body, "--proto", PROTO, *options, code=code)

    def http(self, whom, method, path, *options):
        address = whom if ":" in whom else self.demo.address(whom)
        return Call(address.rsplit(":", 1)[1], ["http", method, "http://%s%s" % (address, path), *options], 0)

    # --- the comparison ---------------------------------------------------------------------------------------

    def name(self, ending):
        return pathlib.Path(self.folder, "%d.%s" % (next(self.numbers), ending))

    def agree(self, calls):
        """Records every call and compares; in threads, because most of the time is tshark's start."""
        for reading in self.pool.map(self.compare, calls):
            self.n_calls += 1
            self.seen.update(frame.kind for frame in reading.frames)
            self.seen.update(head.start.split()[1] for head in reading.heads if head.way == "<")
            n_data = sum(frame.kind == "DATA" for frame in reading.frames)
            self.seen["DATA of one call"] = max(n_data, self.seen["DATA of one call"])

    def compare(self, call):
        file = self.name("pcapng")
        about = " ".join(map(str, call.args))[:300]
        # Not by Hoplens.run: a body need not be text.
        command = [self.hoplens.binary, *map(str, call.args), "--wire=frames", "--pcapng", file, "--raw", file]
        done = subprocess.run(command, env=self.hoplens.env, cwd=self.hoplens.config, capture_output=True, timeout=120)
        words = done.stderr.decode("utf-8")
        assert done.returncode == call.code, "exit code %d of %s\n%s" % (done.returncode, about, words[-500:])
        endings = {">": "sent", "<": "received"}
        raw = {way: pathlib.Path("%s.%s" % (file, ending)).read_bytes() for way, ending in endings.items()}
        protocol = "http2" if call.args[0] == "call" else "http"
        ours = printed(words, {way: len(data) for way, data in raw.items()})
        passed, theirs = read(tshark(file, call.port, protocol, self.folder))
        for name in Reading._fields:
            same(about + ": " + name, getattr(ours, name), getattr(theirs, name))
        assert passed == raw, "%s: --raw has other bytes than --pcapng" % about
        assert ours.frames or ours.heads, "%s: nothing was recorded" % about
        return ours


def same(about, ours, theirs):
    if ours != theirs:
        pairs = itertools.zip_longest(ours, theirs) if isinstance(ours, list) else [(ours, theirs)]
        first = next(pair for pair in pairs if pair[0] != pair[1])
        raise AssertionError("%s\n  printed %.2000s\n  tshark  %.2000s" % (about, *map(str, first)))
