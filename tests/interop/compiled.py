"""Python modules made of .proto files, in a folder that ends with the process."""
import atexit
import importlib
import pathlib
import shutil
import sys
import tempfile

import grpc_tools
from grpc_tools import protoc

_FOLDER = tempfile.mkdtemp(prefix="hoplens-protos-")
atexit.register(shutil.rmtree, _FOLDER, True)
sys.path.insert(0, _FOLDER)


def compile_protos(roots, files):
    """Writes the modules; then `import demo_pb2, demo_pb2_grpc` works."""
    well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    args = ["protoc", *("-I%s" % root for root in roots), "-I%s" % well_known,
            "--python_out=" + _FOLDER, "--grpc_python_out=" + _FOLDER, *files]
    if protoc.main(args) != 0:
        raise RuntimeError("protoc failed on %s" % files)
    importlib.invalidate_caches()
