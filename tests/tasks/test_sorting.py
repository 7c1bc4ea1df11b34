"""The sorter: the order of `sorted`, in as little memory as it is given."""

from __future__ import annotations

import os
import tempfile
import tracemalloc
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cevents.errors import CeventsError
from cevents.tasks import sorting
from cevents.tasks.sorting import Item, Sorter

from ..strategies import examples

pytestmark = pytest.mark.reader("any")

keys = st.integers(-2, 2) | st.integers(-(2**63), 2**63 - 1)
stretches = st.lists(st.lists(keys, max_size=12).map(sorted), max_size=4).map(
    lambda lists: [key for keys in lists for key in keys]
)


@settings(deadline=None, derandomize=True, max_examples=examples(150))
@given(
    given=st.lists(keys, max_size=40) | stretches,
    memory=st.integers(0, 3000),
    most=st.integers(2, 5),
    size=st.integers(0, 60),
    at_once=st.integers(1, 9),
)
def test_sorter_sorts(given: list[int], memory: int, most: int, size: int, at_once: int) -> None:
    """Whatever the memory, and however often runs are merged, the order is that of `sorted`."""
    items = [(key, b"%d " % at + b"x" * size) for at, key in enumerate(given)]
    with pytest.MonkeyPatch.context() as patch, Sorter(memory) as sorter:
        patch.setattr(sorting, "_MOST_RUNS", most)
        put(sorter, items, at_once)
        assert sorted_pieces(sorter) == [
            piece for _, piece in sorted(items, key=lambda item: item[0])
        ]


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[object]]:
    """Give the list of the temporary files that are made. None is left, nor ever to be seen."""
    made: list[object] = []

    def make(**how: Any) -> object:
        made.append(temporary_file(**how))
        assert list(tmp_path.iterdir()) == []
        return made[-1]

    temporary_file = tempfile.TemporaryFile
    monkeypatch.setattr(tempfile, "TemporaryFile", make)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield made
    assert all(file.closed for file in made)  # type: ignore[attr-defined]
    assert list(tmp_path.iterdir()) == []


def put(sorter: Sorter, items: list[Item], at_once: int = 1) -> None:
    for at in range(0, len(items), at_once):
        keys, pieces = zip(*items[at : at + at_once], strict=True)
        sorter.add(keys, pieces)


def sorted_pieces(sorter: Sorter) -> list[bytes]:
    return list(chain.from_iterable(sorter))


def numbered(numbers: Iterator[int] | range) -> list[Item]:
    return [(number, b"%d" % number) for number in numbers]


def test_little_is_not_put_on_disk(files: list[object]) -> None:
    """What fits into memory stays there."""
    with Sorter(10_000) as sorter:
        put(sorter, numbered(range(20)))
        assert len(sorted_pieces(sorter)) == 20
    assert files == []


@pytest.mark.parametrize("stretches", [1, 3])
def test_ordered_stretches_are_one_run_each(files: list[object], stretches: int) -> None:
    """Input in order is written once and read once; several such inputs are merged."""
    numbers = [number // 2 for number in range(500)] * stretches
    with Sorter(0) as sorter:
        put(sorter, numbered(iter(numbers)))
        assert sorted_pieces(sorter) == [b"%d" % number for number in sorted(numbers)]
    assert len(files) == stretches


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="needs /proc")
def test_few_files_are_open(files: list[object]) -> None:
    """Thousands of runs are merged by and by: the limit on open files is far."""
    before, most = len(os.listdir("/proc/self/fd")), 0
    with Sorter(0) as sorter:
        for item in reversed(numbered(range(4200))):
            put(sorter, [item])
            most = max(most, len(sorter._runs))
        opened = len(os.listdir("/proc/self/fd")) - before
        assert sorted_pieces(sorter) == [b"%d" % number for number in range(4200)]
    assert len(files) > 4200
    assert opened <= most <= 3 * 64


def test_memory_is_bounded() -> None:
    """Far more passes through than is held."""
    memory, pieces = 250_000, 20_000
    tracemalloc.start()
    with Sorter(memory) as sorter:
        for number in range(pieces):
            sorter.add([number * 7919 % pieces], [b"%100d" % number])
        assert sum(map(len, sorter)) == pieces
        _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert memory / 2 < peak < 2 * memory < pieces * 100 / 3


def test_sorted_output_may_be_left(files: list[object]) -> None:
    """Who wants the first few only leaves no file open."""
    with Sorter(0) as sorter:
        put(sorter, numbered(range(9, 0, -1)))
        assert next(iter(sorter)) == [b"1"]
    assert len(files) == 9


def test_disk_errors_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no temporary file can be made, the error says so and what to try."""
    monkeypatch.setattr(tempfile, "tempdir", "no such folder")
    with pytest.raises(CeventsError, match="cannot sort in temporary files: no such file") as error:
        put(Sorter(0), numbered(range(1)))
    assert "TMPDIR" in (error.value.tip or "")
