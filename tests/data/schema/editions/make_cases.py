"""Writes editions.binpb and cases.txt: what protobuf's own compiler and Python library make of the schemas here.

Run with grpcio-tools and protobuf: make_cases.py. A line of cases.txt is a message, its bytes in hex, and its JSON.
"""
import json
import pathlib
import subprocess
import sys

import grpc_tools
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

HERE = pathlib.Path(__file__).parent
PROTOS = ["plain.proto", "legacy.proto", "mixed.proto", "newer.proto", "odd.proto"]
ROOTS = [HERE, HERE.parents[3] / "assets/protos", pathlib.Path(grpc_tools.__file__).parent / "_proto"]
CASES = [
    # An explicit zero is written and an implicit one is not; lists packed and expanded.
    ("editions.plain.Note", {}),
    ("editions.plain.Note", {"title": "", "views": "0", "stars": 0, "mood": "CALM"}),
    ("editions.plain.Note", {"title": "a", "views": "-1", "stars": 5, "mood": "LOUD"}),
    ("editions.plain.Note", {"packed": [1, 2, 300], "expanded": ["1", "-2"], "moods": ["CALM", "LOUD"]}),
    ("editions.plain.Note", {"parent": {"title": ""}, "links": {"a": {"stars": 1}}, "text": ""}),
    ("editions.plain.Note", {"raw": "AA==", "at": "2026-11-28T00:00:00Z", "Private": "x", "tags": ["", "b"]}),
    # Required, delimited, closed, defaults, extensions; packed where the file says expanded.
    ("editions.legacy.Record", {"id": 0}),
    ("editions.legacy.Record", {"id": 1, "name": "", "level": "LOW", "plainLevel": "LOW", "isOn": False}),
    ("editions.legacy.Record", {"id": 1, "expanded": [1, 2], "packed": [1, 2]}),
    ("editions.legacy.Record", {"id": 1, "part": {"size": 0, "of": {"id": 2, "part": {}}}, "parts": [{}, {"size": 7}]}),
    ("editions.legacy.Record", {"id": 1, "note": {"stars": 0, "views": "0"}, "ratio": 0.5, "large": "0", "raw": ""}),
    # One extension at a time: their order is up to the writer.
    ("editions.legacy.Record", {"id": 1, "[editions.legacy.weight]": 0}),
    ("editions.legacy.Record", {"id": 1, "[editions.legacy.levels]": ["LOW", "HIGH"]}),
    ("editions.legacy.Record", {"id": 1, "[editions.legacy.extra]": {"size": 3}}),
    # Implicit, required, defaults, delimited and extensions in one file.
    ("editions.mixed.Both", {"must": ""}),
    ("editions.mixed.Both", {"must": "", "implicit": 0, "explicit": 0, "number": 0}),
    ("editions.mixed.Both", {"must": "x", "implicit": 1, "explicit": 1, "number": 7, "inner": {"must": ""},
                             "prefixed": {"must": ""}}),
    ("editions.mixed.Both", {"must": "", "by": {"1": {"must": "y"}}, "left": {"must": "z"}}),
    ("editions.mixed.Both", {"must": "", "right": 0, "[editions.mixed.more]": 0}),
    # Edition 2024.
    ("editions.newer.Query", {"word": "", "limit": 0, "order": "ORDER_UNSPECIFIED", "export": False, "page": {}}),
    ("editions.newer.Query", {"word": "w", "limit": 1, "order": "ORDER_NEWEST", "export": True, "page": {"local": "AQ=="}}),
    ("editions.odd.Walk", {"step": "FIRST", "pace": 3}),
]


def compile_set(path, *options):
    roots = ["-I%s" % root for root in ROOTS]
    command = [sys.executable, "-m", "grpc_tools.protoc", *roots, *options, "--descriptor_set_out=%s" % path, *PROTOS]
    subprocess.run(command, check=True)
    return path.read_bytes()


def main():
    compile_set(HERE / "editions.binpb")
    whole = HERE / "whole.binpb"
    files = descriptor_pb2.FileDescriptorSet.FromString(compile_set(whole, "--include_imports")).file
    whole.unlink()
    pool = descriptor_pool.DescriptorPool()
    for file in files:
        pool.Add(file)
    lines = []
    for name, value in CASES:
        message = message_factory.GetMessageClass(pool.FindMessageTypeByName(name))()
        json_format.ParseDict(value, message, descriptor_pool=pool)
        shown = json_format.MessageToDict(message, descriptor_pool=pool)
        encoded = message.SerializeToString(deterministic=True).hex()
        lines.append("%s\t%s\t%s\n" % (name, encoded, json.dumps(shown)))
    (HERE / "cases.txt").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
