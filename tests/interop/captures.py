"""What `--wire=frames` printed, and what tshark reads in a pcapng, in the same terms."""
import os
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from collections import Counter, namedtuple

KINDS = ("DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY", "WINDOW_UPDATE",
         "CONTINUATION")
FLAGS = {"DATA": {1: "END_STREAM", 8: "PADDED"}, "SETTINGS": {1: "ACK"}, "PING": {1: "ACK"},
         "HEADERS": {1: "END_STREAM", 4: "END_HEADERS", 8: "PADDED", 32: "PRIORITY"},
         "CONTINUATION": {4: "END_HEADERS"}}
# What stands on the packets that close a connection; the only notes of tshark's that are no complaint.
CLOSING = {"This frame initiates the connection closing", "This frame undergoes the connection closing"}
CHAT = 0x200000
# Stands on packets that did not pass.
MADE_UP = "Not sent in this call"
ITEM = re.compile(r"([<>]) @([\d,]+) ([A-Z]\w*(?: Preface)?)(?: (\d+))?((?: [A-Z_]+)*), [\d.]+ [kM]?B")
FIELD = re.compile(r"[<>] {5}(\S+) (.*) \[(Indexed Header Field|Literal Header Field [A-Za-z ]+)"
                   r"(?:, (\d+) \((?:static|dynamic)\))?(?:, Huffman)?\]")
# `length` is without the frame's own header; `fields` are name, value, representation and index.
Frame = namedtuple("Frame", "way kind stream flags length fields")
Head = namedtuple("Head", "way start fields n_body chunks")
Reading = namedtuple("Reading", "frames messages heads")


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
               "-J", "ip ipv6 tcp %s grpc pkt_comment" % protocol, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
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


def read_later(packets):
    """The reading of a call that did not begin its connection: without what was made up to bring a reader there."""
    made_up = [idx for idx, packet in enumerate(packets) if MADE_UP in show(packet, "frame.comment")]
    assert made_up and made_up == list(range(3, 3 + len(made_up))), "made up: %s" % made_up
    _, before = read(packets[:3 + len(made_up)])
    _, reading = read(packets)
    assert reading.frames[:len(before.frames)] == before.frames
    return reading._replace(frames=reading.frames[len(before.frames):])


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
