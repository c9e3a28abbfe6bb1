"""Other people's tools, each brought once into target/go-tools: built by Go, and buf, which is large, as npm carries it."""
import os
import pathlib
import platform
import subprocess
import tarfile
import tempfile

from hoplens import ROOT

FOLDER = ROOT / "target/go-tools"
GO_TOOLS = {"grpcurl": "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.4",
            "buf": "github.com/bufbuild/buf/cmd/buf@v1.75.0",
            "protoc-gen-go": "google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12",
            "protoc-gen-go-grpc": "google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2"}
BUF = "@bufbuild/buf-linux-x64@1.75.0"


def tool(name, env):
    """The path of a tool."""
    path = FOLDER / name
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        if name == "buf" and (platform.system(), platform.machine()) == ("Linux", "x86_64"):
            unpack(path, env)
        else:
            go = os.environ.get("GO", "go")
            env = dict(env, GOTOOLCHAIN="local", CGO_ENABLED="0", GOBIN=str(FOLDER))
            subprocess.run([go, "install", GO_TOOLS[name]], env=env, check=True)
    return str(path)


def unpack(path, env):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", BUF], cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL)
        [archive] = pathlib.Path(folder).glob("*.tgz")
        with tarfile.open(archive) as files:
            program = files.extractfile("package/bin/buf").read()
    path.write_bytes(program)
    path.chmod(0o755)
