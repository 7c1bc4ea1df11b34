"""Counts work instead of seconds: the same wherever it runs, and however busy the machine is.

What is counted is what grows where something is done over and over: lines of Python, basic blocks
of the compiled reader (built anew for this, with a counter in each), and bytes copied and scanned
by what is neither. Not seen are the insides of other libraries, as of orjson, and how often a
regular expression goes back: `benchmarks/growth.py` shows the seconds.
"""

from __future__ import annotations

import ctypes
import gc
import re
import subprocess
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from sys import maxsize
from typing import Any, NamedTuple

HERE = Path(__file__).parent
NATIVE = HERE.parent.parent / "cevents" / "scan" / "native"


class Work(NamedTuple):
    """*lines* of Python and *blocks* of C that ran, bytes *copied* and *scanned* by other code."""

    lines: int
    blocks: int
    copied: int
    scanned: int


class Meter:
    """Counts the work of what runs in one thread. *native* is the compiled reader that it counts.

    Raises OSError or CalledProcessError where there is no compiler, or it can't build that.
    """

    def __init__(self, folder: Path) -> None:
        """Build the counters in an empty *folder*."""
        path = folder / "_native.so"
        include = f"-I{sysconfig.get_path('include')}"
        sources = sorted(map(str, NATIVE.glob("*.c")))
        counted = ["-fsanitize-coverage=trace-pc", "-include", str(HERE / "counted.h")]
        for command in (
            ["gcc", "-c", "-fPIC", "-std=c11", include, *counted, *sources],
            ["gcc", "-shared", "-fPIC", include, str(HERE / "work.c"), "-o", str(path)]
            + [f"{Path(source).stem}.o" for source in sources],
        ):
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
        loader = ExtensionFileLoader("cevents.scan._native", str(path))
        spec = spec_from_loader(loader.name, loader)
        assert spec
        self.native: Any = module_from_spec(spec)
        loader.exec_module(self.native)
        self._library = ctypes.PyDLL(str(path))
        self._counts = [
            ctypes.c_uint64.in_dll(self._library, f"work_{name}") for name in Work._fields
        ]

    def work(self, job: Callable[[], object]) -> Work:
        """Run a job, and return the work that it made."""
        scanned = self._counts[-1]

        def scan(size: int) -> None:
            scanned.value += size

        with _searches_counted(scan):
            self._library.work_start()
            try:
                job()
            finally:
                self._library.work_stop()
        return Work(*(count.value for count in self._counts))


@contextmanager
def _searches_counted(scan: Callable[[int], None]) -> Iterator[None]:
    """Have bytes and patterns call *scan* with how many bytes they look at when they search."""
    kept = []
    for kind, methods in ((bytes, _BYTES), (bytearray, _BYTES), (re.Pattern, _PATTERN)):
        # A type's own methods can be exchanged only behind its back.
        [known] = gc.get_referents(kind.__dict__)
        for name, counted in methods.items():
            kept.append((kind, known, name, known[name]))
            known[name] = counted(known[name], scan)
        _modified(kind)
    try:
        yield
    finally:
        for kind, known, name, method in kept:
            known[name] = method
            _modified(kind)


def _modified(kind: Any) -> None:
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


Counted = Callable[[Any, Callable[[int], None]], Any]


def _forward(method: Any, scan: Callable[[int], None]) -> Any:
    def search(data: Any, what: Any, start: Any = 0, stop: Any = maxsize) -> int:
        start, stop, _ = slice(start, stop).indices(len(data))
        found: int = method(data, what, start, stop)
        scan(found + 1 - start if found >= 0 else max(0, stop - start))
        return found

    return search


def _backward(method: Any, scan: Callable[[int], None]) -> Any:
    def search(data: Any, what: Any, start: Any = 0, stop: Any = maxsize) -> int:
        start, stop, _ = slice(start, stop).indices(len(data))
        found: int = method(data, what, start, stop)
        scan(max(0, stop - max(found, start)))
        return found

    return search


def _whole(method: Any, scan: Callable[[int], None]) -> Any:
    def search(data: Any, what: Any, start: Any = 0, stop: Any = maxsize) -> int:
        start, stop, _ = slice(start, stop).indices(len(data))
        scan(max(0, stop - start))
        count: int = method(data, what, start, stop)
        return count

    return search


def _match(method: Any, scan: Callable[[int], None]) -> Any:
    def match(pattern: Any, text: Any, start: int = 0, stop: int = maxsize) -> Any:
        found = method(pattern, text, start, stop)
        if found is not None:  # how far it went otherwise is not known
            scan(found.end() - start)
        return found

    return match


def _search(method: Any, scan: Callable[[int], None]) -> Any:
    def search(pattern: Any, text: Any, start: int = 0, stop: int = maxsize) -> Any:
        found = method(pattern, text, start, stop)
        scan((found.end() if found else min(stop, len(text))) - start)
        return found

    return search


def _iterate(method: Any, scan: Callable[[int], None]) -> Any:
    def finditer(pattern: Any, text: Any, start: int = 0, stop: int = maxsize) -> Any:
        for found in method(pattern, text, start, stop):
            scan(found.end() - start)
            start = found.end()
            yield found
        scan(min(stop, len(text)) - start)

    return finditer


def _each(method: Any, scan: Callable[[int], None]) -> Any:
    def findall(pattern: Any, text: Any, *bounds: int) -> Any:
        scan(len(text))
        return method(pattern, text, *bounds)

    return findall


def _sub(method: Any, scan: Callable[[int], None]) -> Any:
    def sub(pattern: Any, by: Any, text: Any, count: int = 0) -> Any:
        scan(len(text))
        return method(pattern, by, text, count)

    return sub


_BYTES: dict[str, Counted] = {
    "find": _forward,
    "index": _forward,
    "rfind": _backward,
    "rindex": _backward,
    "count": _whole,
}
_PATTERN: dict[str, Counted] = {
    "match": _match,
    "fullmatch": _match,
    "search": _search,
    "finditer": _iterate,
    "findall": _each,
    "split": _each,
    "sub": _sub,
}
