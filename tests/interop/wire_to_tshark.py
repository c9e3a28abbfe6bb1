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
import re
import shutil
import subprocess
import tempfile
import threading
import xml.etree.ElementTree as ElementTree
from collections import Counter, namedtuple

import grpc

from boutique_server import PROTO, Boutique
from hoplens import ROOT, Demo

SAMPLES = ROOT / "sample-protos"
GREETER = ("--proto", SAMPLES / "greeter.proto")
N_PROMISED = 200
KINDS = ("DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY", "WINDOW_UPDATE",
         "CONTINUATION")
FLAGS = {"DATA": {1: "END_STREAM", 8: "PADDED"}, "SETTINGS": {1: "ACK"}, "PING": {1: "ACK"},
         "HEADERS": {1: "END_STREAM", 4: "END_HEADERS", 8: "PADDED", 32: "PRIORITY"}, "CONTINUATION": {4: "END_HEADERS"}}
# What stands on the packets that close a connection; the only notes of tshark's that are no complaint.
CLOSING = {"This frame initiates the connection closing", "This frame undergoes the connection closing"}
CHAT = 0x200000
# A socket file has no ports: the pcapng gives the client this one.
MADE_UP_PORT = 49152
ITEM = re.compile(r"([<>]) @([\d,]+) ([A-Z]\w*(?: Preface)?)(?: (\d+))?((?: [A-Z_]+)*), [\d.]+ [kM]?B")
FIELD = re.compile(r"[<>] {5}(\S+) (.*) \[(Indexed Header Field|Literal Header Field [A-Za-z ]+)"
                   r"(?:, (\d+) \((?:static|dynamic)\))?(?:, Huffman)?\]")
# A gRPC status is the exit code 64 + code; 2 says that we could not make sense of the answer.
UNREADABLE, DEADLINE_EXCEEDED, NOT_FOUND, UNIMPLEMENTED, UNAVAILABLE = 2, 64 + 4, 64 + 5, 64 + 12, 64 + 14

# `length` is without the frame's own header; `fields` are name, value, representation and index.
Frame = namedtuple("Frame", "way kind stream flags length fields")
Head = namedtuple("Head", "way start fields n_body chunks")
Reading = namedtuple("Reading", "frames messages heads")
Call = namedtuple("Call", "port args code")


# --- what Hoplens printed -----------------------------------------------------------------------------------

def printed(words, ends):
    """`ends` is how many bytes passed each way: the offset of what would come next is the end of the last."""
    items = []
    for line in words.split("\n"):
        if line[:3] in ("> @", "< @"):
            found = ITEM.fullmatch(line)
            assert found, "not a frame, or one with a fault: " + line
            items.append((found, []))
        elif line[:2] in ("> ", "< "):
            assert "  ! " not in line, line
            items[-1][1].append(line)
    frames, messages, heads = [], {">": [], "<": []}, []
    for idx, (found, lines) in enumerate(items):
        way, kind, at = found[1], found[3], offset(found)
        end = next((offset(later) for later, _ in items[idx + 1:] if later[1] == way), ends[way])
        if kind == "Head":
            heads.append(head_of(way, lines))
        elif kind == "Body":
            sizes = [int(line.split()[-1], 16) for line in lines if line[1:14] == "   Chunk Size"]
            heads[-1] = heads[-1]._replace(n_body=end - at, chunks=sizes)
        else:
            fields = fields_of(lines) if kind in ("HEADERS", "CONTINUATION") else []
            n_head = 0 if kind == "Connection Preface" else 9
            frames.append(Frame(way, kind, found[4] or "0", found[5].split(), end - at - n_head, fields))
            # Each frame that holds a part of a message says how long it is; a call has one message each way.
            prefix = re.search(r"^[<>] +Compressed-Flag (\d)\n[<>] +Message-Length (\d+)$", "\n".join(lines), re.M)
            messages[way] = messages[way] or ([prefix.groups()] if prefix else [])
    return Reading(one_block(frames), messages, heads)


def offset(found):
    return int(found[2].replace(",", ""))


def fields_of(lines):
    fields = []
    for line in lines:
        if line[1:6] == "     ":
            found = FIELD.fullmatch(line)
            assert found, "not a header field: " + line
            fields.append((found[1], found[2], found[3].lower(), found[4] or ""))
    return fields


def head_of(way, lines):
    """The start line and the fields stand a step further left than their parts."""
    lines = [line[4:] for line in lines if line[3:4] == " " and line[4:5] != " "]
    assert lines[-1] == "Empty Line", lines
    start = re.sub("^(Request|Status) Line ", "", lines[0])
    return Head(way, start, [line.partition(" ")[::2] for line in lines[1:-1]], 0, [])


def one_block(frames):
    """Each frame of a block that was cut prints the whole of it: keep it where it begins."""
    kept, open_block = [], None
    for frame in frames:
        if frame.kind == "CONTINUATION":
            assert frame.fields == open_block, "a part of a block reads otherwise than the others"
            frame = frame._replace(fields=[])
        elif frame.kind == "HEADERS":
            open_block = frame.fields
        kept.append(frame)
    return kept


# --- what tshark read ---------------------------------------------------------------------------------------

def tshark(file, port, protocol, folder):
    """Packets, as tshark's XML has them."""
    command = ["tshark", "-n", "-r", file, "-d", "tcp.port==%s,%s" % (port, protocol), "-T", "pdml",
               "-J", "ip ipv6 tcp %s grpc" % protocol, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
    done = subprocess.run(command, capture_output=True, timeout=120, env=dict(os.environ, WIRESHARK_CONFIG_DIR=folder))
    assert done.returncode == 0, done.stderr
    assert b"Malformed" not in done.stdout, "tshark finds the file malformed"
    return ElementTree.fromstring(done.stdout.decode("utf-8", "replace")).findall("packet")


def read(packets):
    """What passed each way, and the reading of it."""
    client = show(packets[0], "tcp.srcport")
    passed, begins = {">": b"", "<": b""}, {">": [], "<": []}
    frames, messages, heads = [], {">": [], "<": []}, []
    for packet_idx, packet in enumerate(packets):
        complain(packet)
        way = ">" if show(packet, "tcp.srcport") == client else "<"
        begins[way].append((len(passed[way]), packet_idx))
        passed[way] += value(packet, "tcp.payload")
        for layer in packet:
            if layer.get("name") == "http2":
                frames += [frame_of(way, frame) for frame in layer.findall("field[@name='http2.stream']")]
            elif layer.get("name") == "grpc":
                messages[way].append((show(layer, "grpc.compressed_flag"), show(layer, "grpc.message_length")))
            elif layer.get("name") == "http":
                heads.append(http_of(way, layer))
    return passed, Reading(whole_blocks(in_order(frames, begins)), messages, heads)


def complain(packet):
    """tshark's own complaints are ours."""
    assert show(packet, "tcp.checksum.status") == "1", "a TCP checksum is wrong"
    assert show(packet, "ip.checksum.status") in ("", "1"), "an IP checksum is wrong"
    for expert in find(packet, "_ws.expert"):
        said = show(expert, "_ws.expert.message")
        assert int(show(expert, "_ws.expert.severity")) <= CHAT or said in CLOSING, "tshark says: " + said


def find(node, name):
    return node.findall(".//*[@name='%s']" % name)


def show(node, name):
    return next((field.get("show") for field in find(node, name)), "")


def value(node, name):
    """The field's own bytes: what `show` has is cut and escaped."""
    return b"".join(bytes.fromhex(field.get("value") or "") for field in find(node, name)[:1])


def text(data):
    """A credential is stars of its length in the file, and three on the screen."""
    shown = data.decode("utf-8", "replace")
    return "***" if shown and not shown.strip("*") else shown


def frame_of(way, node):
    if find(node, "http2.magic"):
        return Frame(way, "Connection Preface", "0", [], len(value(node, "http2.magic")), [])
    kind = KINDS[int(show(node, "http2.type"))]
    bits = int(show(node, "http2.flags"), 16)
    flags = [name for bit, name in FLAGS.get(kind, {}).items() if bits & bit]
    fields = [(text(value(entry, "http2.header.name")), text(value(entry, "http2.header.value")),
               show(entry, "http2.header.repr").split(" - ")[0].lower(), show(entry, "http2.header.index"))
              for entry in node.findall("field[@name='http2.header']")]
    return Frame(way, kind, show(node, "http2.streamid"), flags, int(show(node, "http2.length")), fields)


def in_order(frames, begins):
    """By the packet of the first byte, as we do it; tshark shows a frame with its last."""
    at, keyed = Counter(), []
    for idx, frame in enumerate(frames):
        packet_idx = max(packet_idx for begin, packet_idx in begins[frame.way] if begin <= at[frame.way])
        keyed.append((packet_idx, idx, frame))
        at[frame.way] += frame.length + (0 if frame.kind == "Connection Preface" else 9)
    return [frame for _, _, frame in sorted(keyed)]


def whole_blocks(frames):
    """The fields that tshark tells frame by frame, where their block begins."""
    kept, at = [], None
    for frame in frames:
        if frame.kind == "CONTINUATION":
            kept[at] = kept[at]._replace(fields=kept[at].fields + frame.fields)
            frame = frame._replace(fields=[])
        elif frame.kind == "HEADERS":
            at = len(kept)
        kept.append(frame)
    return kept


def http_of(way, layer):
    lines = [text(bytes.fromhex(field.get("value"))) for kind in ("request", "response")
             for field in find(layer, "http.%s.line" % kind)]
    fields = [(name, text(rest.strip(" \t\r\n").encode())) for name, rest in (line.split(":", 1) for line in lines)]
    start = bytes.fromhex(layer.find("field").get("value")).decode().rstrip("\r\n")
    # As it passed: cut into chunks, else encoded, else as it is.
    shown = [field for field in layer if (field.get("show") or "").startswith(("HTTP chunked", "Content-encoded"))]
    body = (shown + find(layer, "http.file_data"))[:1]
    sizes = [int(field.get("show")) for field in find(layer, "http.chunk_size")]
    return Head(way, start, fields, sum(int(field.get("size")) for field in body), sizes)


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
        if "chunks" in how:
            parts = [body[:5], body[5:305], body[305:]]
            coded = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts if part)
            self.wfile.write(coded + b"0\r\nX-Trailer: yes\r\n\r\n")
        elif how != "nothing" and self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_POST = do_PUT = do_GET

    def log_message(self, *_):
        pass


class Echo:
    """A greeter that compresses whatever it gives back, on a port and on a socket file."""

    def __init__(self, folder):
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
        say = grpc.unary_unary_rpc_method_handler(self.say)
        self.server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("Greeter", {"SayHello": say})])
        self.target = "127.0.0.1:%d" % self.server.add_insecure_port("127.0.0.1:0")
        self.socket = "unix:%s/socket" % folder
        self.server.add_insecure_port(self.socket)
        self.server.start()

    @staticmethod
    def say(request, context):
        context.set_compression(grpc.Compression.Gzip)
        context.set_trailing_metadata((("x-twice", "1"), ("x-twice", "2"), ("x-raw-bin", b"\x00\xff")))
        return request


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
        self.echo = Echo(self.folder)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.pool.shutdown()
        self.server.shutdown()
        self.server.server_close()
        self.boutique.stop()
        self.echo.server.stop(0).wait()
        self.demo.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def case_names_of_all_lengths_to_the_greeter(self):
        self.agree(self.hello("greeter", "n" * n) for n in (0, 1, 2, 10, 100, 121, 122, 127, 128, 1000, 4000, 9000))

    def case_names_of_all_lengths_through_the_gateway(self):
        self.agree(self.hello("gateway", "n" * n) for n in (0, 1, 2, 10, 100, 121, 122, 127, 128, 1000, 4000, 9000))

    def case_names_in_many_scripts(self):
        names = ("Adé", "李雷", "😀👩‍👩‍👧", "Ольга", "ﷺ", "a\nb", "a\tb", '"', "\\", "> @9 DATA 1, 10 B", "\u0000", "é" * 400)
        self.agree(self.hello(whom, name) for name in names for whom in ("greeter", "gateway"))

    def case_messages_of_many_data_frames(self):
        sizes = (16_370, 16_379, 16_380, 33_000, 65_535, 100_000, 250_000)
        self.agree(self.hello(whom, "n" * n) for n in sizes for whom in ("greeter", "gateway"))
        assert self.seen["DATA of one call"] > 10, self.seen

    def case_schema_by_reflection(self):
        greeter = self.demo.address("greeter")
        self.agree(self.call(greeter, "Greeter/SayHello", {"name": "Ada %d" % n}) for n in range(10))

    def case_metadata(self):
        for fields in (["x-tenant: blue"], ["x-a: 1", "x-a: 2", "X-A: 3"], ["x-empty:"], ["x-tab: a\tb"], ["x-in: a  b"],
                       ["x-code: [Indexed Header Field, 3 (static)]"], ["x-data-bin: AAEC/w"], ["user-agent: me/1"],
                       ["x-%d: %s" % (n, "v" * n) for n in range(60)], ["x-long: " + "y" * 7000]):
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
        self.agree(self.shop(whom, service, method, ask) for service, method, ask in asks for whom in (service, "gateway"))

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
                ["GET"], ["HEAD"], ["POST", "-d", "b" * 70_000], ["PUT", "-d", "é", "-H", "x-a: 1", "-H", "X-A: 2"])
                if how != "chunks" or method != "HEAD")

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
        self.agree(self.call(self.echo.target, "Greeter/SayHello", {"name": "n" * n}, *GREETER, code=UNREADABLE)
                   for n in (200, 1000, 20_000, 100_000))

    def case_a_socket_file(self):
        self.agree(self.call(self.echo.socket, "Greeter/SayHello", {"name": name}, *GREETER) for name in ("", "Ada", "é"))

    def case_a_call_that_was_given_up(self):
        late = ("-H", "x-delay-millis: 20000", "--deadline", "200ms")
        self.agree([self.ask_boutique("hipstershop.ProductCatalogService/GetProduct", {}, *late, code=DEADLINE_EXCEEDED)])
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
        done = self.hoplens.run(*call.args, "--wire=frames", "--pcapng", file, "--raw", file, code=call.code)
        raw = {way: pathlib.Path("%s.%s" % (file, ending)).read_bytes() for way, ending in ((">", "sent"), ("<", "received"))}
        protocol = "http2" if call.args[0] == "call" else "http"
        ours = printed(done.stderr, {way: len(data) for way, data in raw.items()})
        passed, theirs = read(tshark(file, call.port, protocol, self.folder))
        about = " ".join(map(str, call.args))[:300]
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
