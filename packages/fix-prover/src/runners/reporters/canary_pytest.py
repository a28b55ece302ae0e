"""A pytest plugin that reports every test with its failure as data (see canary_cases.py)."""

import os
import random

import canary_cases as cases
import pytest

_failures = {}
_outcomes = {}


def pytest_configure(config):
    cases.trace()


def pytest_collection_modifyitems(items):
    items[:] = [item for item in items if cases.is_wanted(str(item.fspath), item.name)]
    seed = os.environ.get("CANARY_SEED")
    if seed:
        files = {}
        for item in items:
            files.setdefault(str(item.fspath), []).append(item)
        for part in files.values():
            random.Random(seed).shuffle(part)
        items[:] = [item for part in files.values() for item in part]


def pytest_exception_interact(node, call, report):
    if report.when == "collect":
        text = str(getattr(report, "longreprtext", "") or call.excinfo.value)
        behind = [line[4:] for line in text.split("\n") if line.startswith("E   ")]
        message = behind[-1] if behind else text.strip().split("\n")[-1]
        cases.write({"event": "load", "file": report.nodeid.split("::")[0], "message": message})


def pytest_collection_finish():
    cases.write({"event": "hits", "hits": cases.hits()})


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logstart(nodeid):
    cases.write({"event": "start", "id": nodeid})
    cases.hits()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    cases.silence()
    cases.trace()
    cases.limit(True)
    yield
    cases.limit(False)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    result = yield
    report = result.get_result()
    before = _outcomes.get(item.nodeid, "passed")
    if report.failed:
        _outcomes[item.nodeid] = "failed"
        # A test that is strictly expected to fail, and passes, fails without an error.
        value = AssertionError(cases.UNEXPECTED) if call.excinfo is None else call.excinfo.value
        _failures.setdefault(item.nodeid, cases.failure(value, call.when))
    elif report.skipped and before == "passed":
        _outcomes[item.nodeid] = "skipped"
    if report.failed and call.excinfo is not None and isinstance(call.excinfo.value, cases.Hang):
        report.longrepr = "hang"


def pytest_runtest_logfinish(nodeid):
    outcome = _outcomes.pop(nodeid, "passed")
    cases.write(
        {
            "event": "case",
            "id": nodeid,
            "outcome": outcome,
            "failure": _failures.pop(nodeid, None),
            "hits": cases.hits(),
        }
    )
