"""Drives the real window under Xvfb: run.py BINARY. Prints `ok window: CASE` or `FAIL window: CASE`.

A picture of the window after each case is kept in target/window/; that of a failure begins with FAIL.
"""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(pathlib.Path(__file__).parent), str(ROOT / "tests/interop")]
from hoplens import Suite  # noqa: E402

PICTURES = ROOT / "target/window"


def main(binary):
    from drive import NotThere
    from cases import Cases

    suite = Suite("window", "the real window under Xvfb")
    PICTURES.mkdir(parents=True, exist_ok=True)
    for old in PICTURES.glob("*.png"):
        old.unlink()
    try:
        cases = Cases(binary)
    except Exception as error:
        print("FAIL window: starts\n    %s" % error, flush=True)
        return 1

    def keep(name, has_failed):
        kept = "%s%02d-%s.png" % ("FAIL-" if has_failed else "", suite.n_failed + suite.n_passed, name.replace(" ", "-"))
        try:
            cases.window.picture(str(PICTURES / kept))
        except (OSError, NotThere, RuntimeError):
            pass  # a window that is gone has no picture

    try:
        suite.cases(cases, after=keep)
    finally:
        suite.case("ends", cases.close)
    keyboard(suite, binary)
    return suite.n_failed


def keyboard(suite, binary):
    from keyboard import KeyboardCases

    try:
        cases = KeyboardCases(binary)
    except Exception as error:
        suite.case("starts without a mouse", lambda: (_ for _ in ()).throw(error))
        return
    try:
        suite.cases(cases)
    finally:
        suite.case("ends without a mouse", cases.close)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(1 if main(sys.argv[1]) else 0)
