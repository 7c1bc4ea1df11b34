"""Work grows with the bytes of the input and no faster, whatever they are.

Four times the input may cost some six times the work: with the square it would be sixteen.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import sysconfig
from array import array
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path

import pytest

from cevents.input import unfolding
from cevents.scan import compiled, reading
from cevents.tasks.engine import Cutting

from ..conftest import Dump, Ran, Run, has_compiled_reader
from ..strategies import LONG
from .work import NATIVE, Meter, Work

BENCHMARKS = Path(__file__).resolve().parent.parent.parent / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from shapes import AGAIN, SHAPES, Shape  # noqa: E402 - it is in that folder

MOST = 6

#: Bytes of the smaller input.
SIZE = 8192 if LONG else 4096

#: What an input is cut by, so that small ones are read as large ones are: as one block, or as many.
BLOCKS = {
    "one block": {"block": 8 * SIZE, "first_line": 2**20, "head": 65536, "piece": 65536},
    "many blocks": {"block": 2048, "first_line": 1024, "head": 256, "piece": 512},
}

#: Work up to so many times the bytes of the smaller input is not looked at.
LITTLE = {"lines": 1 / 16, "blocks": 1, "copied": 16, "scanned": 4}


@pytest.fixture(scope="session")
def meter(tmp_path_factory: pytest.TempPathFactory) -> Meter:
    """Build the counters once."""
    if sys.platform != "linux" or sysconfig.get_config_var("Py_GIL_DISABLED"):
        pytest.skip("the counters are for Linux, and for a Python with its lock")
    if not NATIVE.is_dir():
        pytest.skip("the sources of the compiled reader are not here")
    if os.environ.get("CEVENTS_SPEEDUPS") != "require":
        if shutil.which("gcc") is None:
            pytest.skip("there is no gcc to build the counters with")
        if not has_compiled_reader():
            pytest.skip("the compiled reader is not built")
    return Meter(tmp_path_factory.mktemp("work"))


@pytest.fixture
def count(
    meter: Meter, run: Run, dump: Dump, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Shape, int], Work]:
    """Give a function that returns the work of a command over so many bytes of a shape."""
    monkeypatch.setattr(compiled, "_native", meter.native)

    def work(shape: Shape, size: int) -> Work:
        data = shape.made(size) if size else b""
        name = dump(data)
        command = f"{shape.command} -j 1 {'-' if shape.is_piped else name}"
        ran: list[Ran] = []
        found = meter.work(lambda: ran.append(run(command, data if shape.is_piped else b"")))
        assert ran[0].status < 2 or "cannot read" in ran[0].stderr
        return found

    return work


@pytest.fixture(autouse=True)
def own_plans() -> None:
    """Forget what was prepared for another compiled reader."""
    for cache in (reading._compiled, unfolding._compiled):
        cache.cache_clear()


def cut_by(
    monkeypatch: pytest.MonkeyPatch, block: int, first_line: int, head: int, piece: int
) -> None:
    """Set how much is read and held at a time."""
    _, *others = Cutting.__init__.__defaults__ or ()
    monkeypatch.setattr(Cutting.__init__, "__defaults__", (block, *others))
    for name, value in {
        "input.layouts.LONGEST_FIRST_LINE": first_line,
        "input.reading.LONGEST_FIRST_LINE": first_line,
        "input.reading._HEAD_BYTES": head,
        "input.sources._PIECE_BYTES": piece,
        "input.texts._LONG_TEXT": head,
        "input.unfolding._USUAL_BYTES": block * 5 // 4,
        "output.rejects.PIECE_BYTES": block,
    }.items():
        monkeypatch.setattr(f"cevents.{name}", value)


def cases() -> list[tuple[Shape, str, str]]:
    """Return each shape with both readers and both kinds of blocks; by turns if time is short."""
    ways = list(product(("compiled", "python"), BLOCKS))
    if LONG:
        return [(shape, *way) for shape in SHAPES + AGAIN for way in ways]
    return [(shape, *ways[at % len(ways)]) for at, shape in enumerate(SHAPES)]


def fast_growing(nothing: Work, little: Work, much: Work, size: int) -> dict[str, tuple[int, int]]:
    """Return the kinds of work that grow too fast, by the work beyond that of no input."""
    found = {}
    for kind, base, small, large in zip(Work._fields, nothing, little, much, strict=True):
        if large - base > MOST * max(small - base, LITTLE[kind] * size):
            found[kind] = small - base, large - base
    return found


@pytest.mark.parametrize(
    ("shape", "reader_name", "blocks"),
    [pytest.param(*case, id="-".join((case[0].name, *case[1:]))) for case in cases()],
)
def test_work_grows_with_the_bytes(
    count: Callable[[Shape, int], Work],
    monkeypatch: pytest.MonkeyPatch,
    shape: Shape,
    reader_name: str,
    blocks: str,
) -> None:
    """Four times the input costs at most six times the work of any kind."""
    monkeypatch.setenv("CEVENTS_PURE", str(int(reader_name == "python")))
    cut_by(monkeypatch, **BLOCKS[blocks])
    count(shape, 1)  # whatever is done once is done
    nothing, little, much = (count(shape, size) for size in (0, SIZE, 4 * SIZE))
    assert fast_growing(nothing, little, much, SIZE) == {}


def nested_loops(_: Meter, size: int) -> None:
    for _at in range(size // 64):
        for _again in range(size // 64):
            pass


def copies(_: Meter, size: int) -> None:
    text = b""
    while len(text) < size:
        text = text + b"x" * 64


def puts(_: Meter, size: int) -> None:
    buffer, rest = bytearray(size), bytes(size)
    for _at in range(0, size, 64):
        memoryview(buffer)[:] = rest


def finds(_: Meter, size: int) -> None:
    data = b"x" * size
    for _at in range(0, size, 64):
        data.find(b"y")


def looks(_: Meter, size: int) -> None:
    data = b"x" * size
    for _at in range(0, size, 64):
        assert b"y" not in data


def searches(_: Meter, size: int) -> None:
    data, pattern = b"x" * size, re.compile(b"y")
    for _at in range(0, size, 64):
        pattern.search(data)


def cuts(meter: Meter, size: int) -> None:
    data, places = b"{}" * (size // 2), array("I", bytes(4 * size))
    for end in range(0, size, 256):
        meter.native.cut(data, 0, end, 0, places, places)


def splits(meter: Meter, size: int) -> None:
    data, places = b"x" * size, array("I", bytes(4))
    for _at in range(0, size, 64):
        meter.native.lines(data, size, places, places)


@pytest.mark.parametrize(
    ("job", "kind"),
    [
        (nested_loops, "lines"),
        (copies, "copied"),
        (puts, "copied"),
        (finds, "scanned"),
        (looks, "scanned"),
        (searches, "scanned"),
        (cuts, "blocks"),
        (splits, "scanned"),
    ],
)
def test_squares_are_seen(meter: Meter, job: Callable[[Meter, int], None], kind: str) -> None:
    """Whatever is done once for every few bytes, over all of them, is found."""
    nothing, little, much = (meter.work(partial(job, meter, size)) for size in (0, SIZE, 4 * SIZE))
    assert kind in fast_growing(nothing, little, much, SIZE)
