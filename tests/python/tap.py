# SPDX-License-Identifier: BSD-2-Clause
"""Runs unittest and speaks TAP."""

import sys
import traceback
import unittest

KINDS = ("passed", "skipped", "failed", "excused")


class Result(unittest.TestResult):
    """Tells of each test in a line of TAP; excused: what may fail, and why."""

    def __init__(self, excused=None):
        super().__init__()
        self.count, self.figures, self.broken = 0, dict.fromkeys(KINDS, 0), set()
        self.excused = excused or {}

    def _note(self, kind, test, text="", directive=""):
        self.count += 1
        self.figures[kind] += 1
        for line in text.splitlines():
            print("# " + line)
        word = "not ok" if kind == "failed" else "ok"
        print("%s %d - %s%s" % (word, self.count, test.id().split(".")[-1], directive), flush=True)

    def _fail(self, test, err):
        reason = self.excused.get(test.id().split(".")[-1])
        text = "".join(traceback.format_exception(*err))
        if reason is None:
            self._note("failed", test, text)
        else:
            self._note("excused", test, text, " # SKIP " + reason)

    def addSuccess(self, test):
        if test.id() not in self.broken:
            self._note("passed", test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._note("skipped", test, "", " # SKIP " + reason)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None and test.id() not in self.broken:
            self.broken.add(test.id())
            self._fail(test, err)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._fail(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self._fail(test, err)


def run(tests, excused=None):
    """Runs tests.  Returns their result, after the plan was printed."""
    result = Result(excused)
    tests.run(result)
    print("1..%d" % result.count)
    return result


def main(name="__main__"):
    """Runs the tests of a module, or those that the arguments name."""
    loader, module = unittest.defaultTestLoader, sys.modules[name]
    tests = (
        loader.loadTestsFromNames(sys.argv[1:], module)
        if sys.argv[1:]
        else loader.loadTestsFromModule(module)
    )
    sys.exit(1 if run(tests).figures["failed"] else 0)
