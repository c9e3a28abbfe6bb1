"""The protobuf project's own conformance tests, binary and JSON, required and recommended, against our codec."""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile

# Written one a line, each with its reason; the runner says so when one of them passes.
EXPECTED_FAILURES = pathlib.Path(__file__).with_name("conformance_failures.txt")
# The runner of version 33.2 has 5,567; fewer would mean that it stopped early.
N_TESTS = 5567
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
                   "--failure_list", EXPECTED_FAILURES, "--output_dir", self.folder, testee]
        self.done = subprocess.run(command, env=hoplens.env, capture_output=True, timeout=120)
        self.words = (self.done.stdout + self.done.stderr).decode("utf-8", "replace")
        # After binary and JSON, where all is well, come the tests of the text format, which we do not have.
        totals = TOTALS.search(self.words)
        assert totals, "the runner broke off, exit code %d\n%s" % (self.done.returncode, self.words[-3000:])
        self.n_passed, self.n_skipped, self.n_expected, self.n_unexpected = map(int, totals.groups())

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def case_no_test_fails_that_is_not_named(self):
        assert self.n_unexpected == 0 and self.done.returncode == 0, self.words[-6000:]

    def case_every_test_ran(self):
        print("    %d passed, %d expected to fail" % (self.n_passed, self.n_expected), flush=True)
        assert self.n_skipped == 0, "%d skipped" % self.n_skipped
        n_tests = self.n_passed + self.n_expected + self.n_unexpected
        assert n_tests >= N_TESTS, "%d tests" % n_tests

    def case_only_what_is_named_fails(self):
        lines = EXPECTED_FAILURES.read_text(encoding="utf-8").splitlines()
        named = [line for line in lines if line and not line.startswith("#")]
        assert self.n_expected == len(named), (self.n_expected, named)
