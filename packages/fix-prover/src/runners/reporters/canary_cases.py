"""What the reporters for pytest and unittest share: structured failures, the changed lines that a
test executes, and output that can be switched off. One JSON document a line in CANARY_CASES."""

import dis
import json
import os
import signal
import sys
import threading

_root = os.path.realpath(os.getcwd())
_watched = {
    os.path.join(_root, path): [tuple(span) for span in spans]
    for path, spans in json.loads(os.environ.get("CANARY_WATCH") or "{}").items()
}
_only = {
    os.path.join(_root, path): names for path, names in json.loads(os.environ.get("CANARY_ONLY") or "{}").items()
}
_hits = set()
_lines = {}
_names = {}
_in_test = False


# What is said of a test that is expected to fail, and passes.
UNEXPECTED = "Test was expected to fail, but succeeded"


class Hang(BaseException):
    """A test did not end in its time."""


def write(event):
    with open(os.environ["CANARY_CASES"], "a", encoding="utf-8") as out:
        out.write(json.dumps(event) + "\n")


def _line(path, spans):
    def local(frame, event, _):
        if event == "line" and any(a <= frame.f_lineno <= b for a, b in spans):
            place = (path, frame.f_lineno)
            if place not in _hits and not (_in_test and _is_loading(frame)):
                _hits.add(place)
        return local

    return local


def _is_loading(frame):
    """Whether a line is executed because a module is being imported: that says nothing of a test."""
    while frame is not None:
        if frame.f_code.co_name == "<module>" and frame.f_globals.get("__name__") != "__main__":
            return True
        frame = frame.f_back
    return False


def _call(frame, event, _):
    name = frame.f_code.co_filename
    path = _names.get(name)
    if path is None:
        path = _names[name] = os.path.realpath(name)
    spans = _watched.get(path)
    return _line(path, spans) if spans and _touches(frame.f_code, spans) else None


def _touches(code, spans):
    """Whether a function has any of the lines; looked up once, so that the others run at full speed."""
    if code not in _lines:
        numbers = [line for _, line in dis.findlinestarts(code) if line is not None]
        _lines[code] = any(a <= line <= b for a, b in spans for line in numbers)
    return _lines[code]


def is_wanted(path, name):
    """Whether a test is to run: all of a file, or those named (parameters and classes apart)."""
    names = _only.get(os.path.realpath(path))
    return names is None or name.split("[")[0] in names


def trace():
    if _watched:
        threading.settrace(_call)
        sys.settrace(_call)


def hits():
    """The changed lines executed since the last call, as [path, line]. The first call ends the loading."""
    global _in_test
    _in_test = True
    found = sorted((os.path.relpath(path, _root), line) for path, line in _hits)
    _hits.clear()
    return found


def frames(tb):
    found = []
    while tb is not None:
        code = tb.tb_frame.f_code
        found.append({"file": os.path.realpath(code.co_filename), "line": tb.tb_lineno})
        tb = tb.tb_next
    return found


def failure(value, phase):
    # A test that turns a missing name into a failure of its own is judged by the missing name.
    inner = value.__context__
    if isinstance(inner, (NameError, AttributeError, ImportError, TypeError)):
        if inner.__traceback__ is not None and not value.__suppress_context__:
            value = inner
    kinds = [kind.__name__ for kind in type(value).__mro__]
    # pytest gives `Failed` the module `builtins`.
    is_failed = "Failed" in kinds and "OutcomeException" in kinds
    return {
        "type": kinds[0],
        "message": str(value)[:2000],
        "phase": "hang" if isinstance(value, Hang) or "Timeout" in kinds[0] and is_failed else phase,
        "isAssertion": "AssertionError" in kinds or is_failed,
        "frames": frames(value.__traceback__),
    }


def limit(start):
    """Raises Hang in the main thread when a test takes too long."""
    seconds = float(os.environ.get("CANARY_TEST_SECONDS") or 0)
    if seconds <= 0 or not hasattr(signal, "setitimer"):
        return
    if threading.current_thread() is not threading.main_thread():
        return

    def end(*_):
        raise Hang("the test did not end within %g s" % seconds)

    if start:
        signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds if start else 0)


def silence():
    """From here on nothing that is printed or logged arrives anywhere."""
    if not os.environ.get("CANARY_SILENT"):
        return
    import logging

    logging.Logger.handle = lambda self, record: None
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.write = lambda text: len(text)
        except AttributeError:
            pass
