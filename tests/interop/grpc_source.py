"""What is used of gRPC's own test code, from Debian's source of gRPC 1.51.1: its interoperability client and server in
Python, and its HTTP/2 server that misbehaves. It is fetched once, checked, and kept in target/; none of it is ours.
"""
import hashlib
import io
import re
import subprocess
import sys
import tarfile
import urllib.request

from hoplens import ROOT

URL = "http://deb.debian.org/debian/pool/main/g/grpc/grpc_1.51.1.orig.tar.gz"
SHA256 = "b55696fb249669744de3e71acc54a9382bea0dce7cd5ba379b356b12b82d4229"
FOLDER = ROOT / "target/grpc-1.51.1"
PYTHON = "src/python/grpcio_tests/"
WANTED = ("test/http2_test/", PYTHON + "tests/interop/", PYTHON + "tests/unit/test_common.py",
          PYTHON + "tests/unit/resources.py", "src/proto/grpc/testing/empty.proto", "src/proto/grpc/testing/messages.proto",
          "src/proto/grpc/testing/test.proto")


def prepared():
    """The folder, with `python` for the interoperability tests and `http2` for the server."""
    done = FOLDER / "done"
    if not done.exists():
        extract()
        compile_protos()
        mend()
        done.write_text(SHA256)
    return FOLDER


def extract():
    archive = urllib.request.urlopen(URL, timeout=120).read()
    assert hashlib.sha256(archive).hexdigest() == SHA256, "another archive than expected"
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        for member in files:
            name = member.name.partition("/")[2]
            if member.isfile() and name.startswith(WANTED):
                path = FOLDER / "source" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(files.extractfile(member).read())


def compile_protos():
    for kind, whole in (("python", True), ("http2", False)):
        out = FOLDER / kind
        out.mkdir(exist_ok=True)
        root = FOLDER / "source" if whole else FOLDER / "source/src/proto/grpc/testing"
        protos = ["src/proto/grpc/testing/%s.proto" % name for name in ("empty", "messages", "test")]
        subprocess.run([sys.executable, "-m", "grpc_tools.protoc", "-I", str(root), "--python_out", str(out),
                        *(["--grpc_python_out", str(out), *protos] if whole else ["messages.proto"])], check=True)


def mend():
    """The interoperability tests without the rest of their package; the server in the Python of today."""
    for source, target in ((PYTHON + "tests", "python/tests"), ("test/http2_test", "http2")):
        base = FOLDER / "source" / source
        for file in base.rglob("*"):
            if file.is_file() and file.name != "messages_pb2.py":
                path = FOLDER / target / file.relative_to(base)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(file.read_bytes())
    for folder in (path for path in (FOLDER / "python").rglob("*") if path.is_dir()):
        (folder / "__init__.py").touch()
    for file in (FOLDER / "http2").glob("*.py"):
        file.write_text(modern(file.read_text()))


def modern(text):
    """In the words of Python 3 and of h2 4."""
    text = re.sub(r"([\w.]+)\.has_key\(([^()]+)\)", r"(\2 in \1)", text)
    text = text.replace("[event.stream_id] = ''", "[event.stream_id] = b''").replace("response_len / 2", "response_len // 2")
    text = text.replace("h2.events.PingAcknowledged", "h2.events.PingAckReceived")
    return text.replace("H2Connection(client_side=False)", "H2Connection(h2.config.H2Configuration(client_side=False))")
