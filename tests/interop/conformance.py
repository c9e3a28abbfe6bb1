"""The protobuf project's own conformance tests, required and recommended, against our codec."""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile

# Written one a line, each with its reason; the runner says so when one of them passes.
EXPECTED_FAILURES = pathlib.Path(__file__).with_name("conformance_failures.txt")
EXPECTED_TEXT_FAILURES = pathlib.Path(__file__).with_name("text_format_failures.txt")
# The runner of version 33.2 has so many, binary with JSON and of the text format; fewer would mean that it stopped early.
N_TESTS, N_TEXT_TESTS = 5567, 883
# What the lines with a * in the second list stand for.
N_TEXT_FAILURES = 82
TOTALS = re.compile(r"^CONFORMANCE SUITE (?:PASSED|FAILED): (\d+) successes, (\d+) skipped, "
                    r"(\d+) expected failures, (\d+) unexpected failures", re.M)


class Cases:
    """One run of the runner, which starts our testee by itself; each case looks at another part of what it said."""

    def __init__(self, hoplens):
        self.folder = tempfile.mkdtemp(prefix="hoplens-conformance-")
        # The runner starts a program without arguments.
        testee = pathlib.Path(self.folder, "testee")
        program = [os.environ["CONFORMANCE_TESTEE"], os.path.join(os.environ["CONFORMANCE"], "include")]
        testee.write_text("#!/bin/sh\nexec %s\n" % shlex.join(program), encoding="utf-8")
        testee.chmod(0o755)
        command = [*shlex.split(os.environ["CONFORMANCE_RUN"]), "--enforce_recommended", "--maximum_edition", "2023",
                   "--failure_list", EXPECTED_FAILURES, "--text_format_failure_list", EXPECTED_TEXT_FAILURES,
                   "--output_dir", self.folder, testee]
        self.done = subprocess.run(command, env=hoplens.env, capture_output=True, timeout=120)
        self.words = (self.done.stdout + self.done.stderr).decode("utf-8", "replace")
        # The tests of the text format come where all was well before.
        totals = [tuple(map(int, found)) for found in TOTALS.findall(self.words)]
        assert len(totals) == 2, "the runner broke off, exit code %d\n%s" % (self.done.returncode, self.words[-3000:])
        self.codec, self.text = totals

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def case_no_test_fails_that_is_not_named(self):
        assert self.done.returncode == 0, self.words[-6000:]

    def case_every_test_ran(self):
        for what, (n_passed, n_skipped, n_expected, n_unexpected), least in (
                ("binary and JSON", self.codec, N_TESTS), ("text format", self.text, N_TEXT_TESTS)):
            print("    %s: %d passed, %d expected to fail" % (what, n_passed, n_expected), flush=True)
            assert n_skipped == 0 and n_unexpected == 0, "%s: %d skipped" % (what, n_skipped)
            assert n_passed + n_expected >= least, "%s: %d tests" % (what, n_passed + n_expected)

    def case_only_what_is_named_fails(self):
        lines = EXPECTED_FAILURES.read_text(encoding="utf-8").splitlines()
        named = [line for line in lines if line and not line.startswith("#")]
        assert self.codec[2] == len(named), (self.codec, named)
        assert self.text[2] == N_TEXT_FAILURES, self.text
