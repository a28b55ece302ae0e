"""Runs unittest modules and reports every test with its failure as data (see canary_cases.py)."""

import os
import random
import sys
import unittest
from unittest.util import strclass

import canary_cases as cases


class Result(unittest.TestResult):
    def __init__(self, part):
        super().__init__()
        self.part, self.kind, self.shared = part, None, []

    def startTest(self, test):
        super().startTest(test)
        cases.write({"event": "start", "id": name(test)})
        # What is executed before the first test of a class, its setUpClass does for all of them.
        found = cases.hits()
        if type(test) is not self.kind:
            self.kind, self.shared = type(test), found
        cases.silence()
        cases.trace()
        self.outcome, self.failure = "passed", None
        cases.limit(True)

    def stopTest(self, test):
        cases.limit(False)
        event = {"event": "case", "id": name(test), "outcome": self.outcome}
        cases.write(dict(event, failure=self.failure, hits=self.shared + cases.hits()))
        super().stopTest(test)

    def _failed(self, value):
        self.outcome, self.failure = "failed", self.failure or cases.failure(value, "call")

    def addError(self, test, err):
        if not hasattr(test, "_testMethodName"):
            self._lost(str(test), err[1])
            return
        self._failed(err[1])

    def _lost(self, place, value):
        """What `setUpClass (tests.test_core.Rows)` raises fails each test of the class."""
        lost = [one for one in self.part if place == "setUpClass (%s)" % strclass(type(one))]
        if not lost:
            cases.write({"event": "load", "file": place, "message": repr(value)})
        for one in lost:
            event = {"event": "case", "id": name(one), "outcome": "failed", "hits": []}
            cases.write(dict(event, failure=cases.failure(value, "setup")))

    def addFailure(self, test, err):
        self._failed(err[1])

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self._failed(err[1])

    def addSkip(self, test, reason):
        self.outcome = "skipped"

    def addExpectedFailure(self, test, err):
        self.outcome = "skipped"

    def addUnexpectedSuccess(self, test):
        self._failed(AssertionError(cases.UNEXPECTED))


def name(test):
    path = os.path.relpath(os.path.realpath(sys.modules[type(test).__module__].__file__))
    return "%s::%s::%s" % (path, type(test).__qualname__, test._testMethodName)


def flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flat(test)
        else:
            yield test


def load(path):
    folder = os.path.dirname(os.path.abspath(path))
    package = []
    while os.path.exists(os.path.join(folder, "__init__.py")):
        package.insert(0, os.path.basename(folder))
        folder = os.path.dirname(folder)
    for place in (folder, os.path.dirname(os.path.abspath(path))):
        if place not in sys.path:
            sys.path.insert(0, place)
    dotted = ".".join(package + [os.path.splitext(os.path.basename(path))[0]])
    __import__(dotted)
    return unittest.defaultTestLoader.loadTestsFromModule(sys.modules[dotted])


def main():
    cases.trace()
    tests = []
    for path in sys.argv[1:]:
        try:
            found = [test for test in flat(load(path)) if hasattr(test, "_testMethodName")]
            tests.append([test for test in found if cases.is_wanted(path, test._testMethodName)])
        except BaseException as error:  # also SystemExit: a module that ends the run did not load
            text = "%s: %s" % (type(error).__name__, error)
            cases.write({"event": "load", "file": path, "message": text})
    cases.write({"event": "hits", "hits": cases.hits()})
    for part in tests:
        if os.environ.get("CANARY_SEED"):
            random.Random(os.environ["CANARY_SEED"]).shuffle(part)
        unittest.TestSuite(part).run(Result(part))


main()
