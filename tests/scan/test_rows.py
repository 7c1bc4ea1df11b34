"""Rows of a table in order and as lines, in plain Python and compiled."""

from __future__ import annotations

import random
from array import array
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cevents.canvas.ids import LOCAL_IDS
from cevents.canvas.zones import zone
from cevents.output.tables import FORMS, rows_in_lines
from cevents.scan import rows as reference
from cevents.scan.columns import NONE, ODD
from cevents.scan.rows import COUNT, ID, INSTANT, SECONDS, Cell
from cevents.tasks.summary import OddIds, Table
from tests.scan.kernels import compiled_only, implementations, native

IMPLEMENTATIONS = implementations(reference)
LARGEST = 2**63 - 1
SHARD = 7 * LOCAL_IDS
UTC = (array("q", [NONE + 1]), array("h", [0]), True)


def numbers(values: Sequence[int]) -> array[int]:
    return array("q", values)


@pytest.fixture(params=IMPLEMENTATIONS)
def kernel(request: pytest.FixtureRequest) -> Any:
    """Give the module that has the kernel under test."""
    return request.param


def _sorted(kernel: Any, cell: Cell, rows: Sequence[int], down: bool = False) -> list[int]:
    found = array("I", rows)
    kernel.sort(found, cell, down)
    return list(found)


@pytest.mark.parametrize("down", [False, True])
def test_sort_puts_none_last(kernel: Any, down: bool) -> None:
    """Whatever the direction; and the largest number is a number."""
    values = numbers([NONE, LARGEST, -1, NONE + 1, 0, NONE, 70000])
    expected = [3, 2, 4, 6, 1]
    found = _sorted(kernel, Cell(INSTANT, values), range(7), down)
    assert found == [*(expected[::-1] if down else expected), 0, 5]


@pytest.mark.parametrize("down", [False, True])
def test_sort_leaves_ties(kernel: Any, down: bool) -> None:
    """They stay as they stood before."""
    cell = Cell(COUNT, numbers([5, 6, 5, 6]), numbers([1, 1, 1, 1]))
    assert _sorted(kernel, cell, [3, 2, 1, 0], down) == ([3, 1, 2, 0] if down else [2, 0, 3, 1])


def test_sort_ids_as_they_read(kernel: Any) -> None:
    """By the local number in the own shard; odd ones are the same, behind all."""
    ids = numbers([ODD - 1, SHARD + 3, 2 * SHARD, 8 * LOCAL_IDS, ODD - 2, 4, SHARD + 99])
    accounts = numbers([SHARD + 1] * 5 + [1, NONE])
    assert _sorted(kernel, Cell(ID, ids, accounts), range(7)) == [1, 5, 6, 3, 2, 0, 4]


def test_sort_some_rows(kernel: Any) -> None:
    """There may be fewer rows than values, or none."""
    values = Cell(COUNT, numbers([3, 2, 1]))
    assert _sorted(kernel, values, [0, 2]) == [2, 0]
    assert _sorted(kernel, values, []) == []
    assert _sorted(kernel, Cell(COUNT, numbers([])), []) == []


values = st.integers(-(2**62), 2**62) | st.integers(-3, 300) | st.just(NONE)
ids = st.sampled_from((1, LOCAL_IDS, SHARD - 1, SHARD + 1, SHARD + 9, ODD - 1, LARGEST, NONE))
rows = st.tuples(values, values | ids, ids)


@compiled_only
@given(st.lists(rows, max_size=30), st.sampled_from((ID, INSTANT, COUNT, SECONDS)), st.booleans())
def test_sorts_agree(table: list[tuple[int, int, int]], kind: int, down: bool) -> None:
    """Both sort alike."""
    small, first, second = ([row[i] for row in table] for i in range(3))
    if kind in (COUNT, SECONDS):
        first, second = small, [abs(value) % 1000 for value in second]
    cell = Cell(kind, numbers(first), numbers(second))
    order = list(range(len(table)))
    random.Random(1).shuffle(order)
    assert _sorted(native, cell, order, down) == _sorted(reference, cell, order, down)


@compiled_only
def test_a_column_may_have_steps() -> None:
    """As the columns of a tally have."""
    values = memoryview(numbers([9, 0, 8, 0, 7, 0]))[::2]
    assert _sorted(native, Cell(COUNT, values), [0, 1, 2]) == [2, 1, 0]


TALK = ("account", "conversation", "events", "sent", "messages", "authors", "forwarded", "created",
        "first", "last", "started", "starter", "answered")  # fmt: skip
PLAIN = dict(
    zip(TALK, (SHARD + 1, SHARD + 53, 3, 2, 1, 2, 0, NONE, 0, 10**6, 0, 9, 5), strict=True)
)


def _table(*talks: dict[str, int], odd: Sequence[str] = ()) -> Table:
    ids = OddIds()
    for text in odd:
        ids.number(text)
    columns = {name: numbers([{**PLAIN, **talk}[name] for talk in talks]) for name in TALK}
    return Table(columns, ids)


def _lines(table: Table, form: str, name: str = "utc") -> list[bytes]:
    rows = array("I", range(len(table)))
    return b"".join(rows_in_lines(table, rows, FORMS[form], zone(name))).splitlines(True)


def _both(monkeypatch: pytest.MonkeyPatch, table: Table, form: str, name: str = "utc") -> None:
    """Check that the compiled kernel writes what the reference does."""
    monkeypatch.delenv("CEVENTS_PURE", raising=False)
    compiled = _lines(table, form, name)
    monkeypatch.setenv("CEVENTS_PURE", "1")
    assert compiled == _lines(table, form, name)


instants = st.integers(-(10**15), 10**15) | st.sampled_from((0, NONE, 253402300799999999))
spans = (
    st.integers(0, 2**62) | st.integers(0, 10**6) | st.integers(0, 400).map(lambda n: n * 250000)
)
talks = st.fixed_dictionaries(
    {
        "account": st.sampled_from((SHARD + 1, 1, NONE, ODD - 1)),
        "conversation": st.sampled_from((0, 53, SHARD + 53, 8 * LOCAL_IDS + 1, LARGEST, ODD - 2)),
        "sent": st.integers(1, 2**40),
        "created": instants,
        "first": instants.filter(lambda instant: instant != NONE),
        "answered": spans | st.just(NONE),
    }
)  # fmt: skip


@compiled_only
@pytest.mark.parametrize("form", FORMS)
@given(table=st.lists(talks, max_size=4), name=st.sampled_from(("utc", "+05:30", "Europe/Berlin")))
@example([{"answered": span} for span in (1, 99, 100, 10**15 - 1, 10**15)], "utc")
def test_lines_agree(form: str, table: list[dict[str, int]], name: str) -> None:
    """What the compiled kernel writes, plain Python writes too; odd ids and all."""
    talks = [{**talk, "last": max(talk.get("first", 0), 0)} for talk in table]
    with pytest.MonkeyPatch.context() as patch:
        _both(patch, _table(*talks, odd=("school", "=1,")), form, name)


@compiled_only
def test_more_rows_than_are_written_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """With some that are left to plain Python at the ends of portions."""
    odd = {0, 1023, 1024, 1025, 2050, 4999}
    table = _table(*({"conversation": ODD - 1 if at in odd else at} for at in range(5000)),
                   odd=("x",))  # fmt: skip
    _both(monkeypatch, table, "csv")
    assert len(_lines(table, "csv")) == 5001


@compiled_only
@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((b"\0" * 4, (), (b"", b"", b""), UTC), None),
        ((b"\0" * 4, ((COUNT, numbers([]), None, b""),), (b"", b"", b""), UTC), ValueError),
        ((b"\0" * 4, ((COUNT, numbers([1]), numbers([]), b""),), (b"", b"", b""), UTC), ValueError),
        ((b"\0" * 4, ((4, numbers([1]), None, b""),), (b"", b"", b""), UTC), ValueError),
        ((b"\0" * 4, ((COUNT, array("i", [1]), None, b""),), (b"", b"", b""), UTC), ValueError),
        ((b"\0" * 4, ((COUNT, numbers([1]), None, b""),) * 17, (b"", b"", b""), UTC), ValueError),
        ((b"\0" * 4, ([],), (b"", b"", b""), UTC), TypeError),
        ((b"\0" * 4, ((COUNT, 1, None, b""),), (b"", b"", b""), UTC), TypeError),
    ],
)
def test_lines_look_at_what_they_are_given(
    arguments: tuple[Any, ...], error: type[Exception] | None
) -> None:
    """Rows without values, and what is no column, are refused."""
    if error is None:
        assert native.lines_of(*arguments) == (b"", 1)
        return
    with pytest.raises(error):
        native.lines_of(*arguments)


@compiled_only
@pytest.mark.parametrize(
    ("rows", "cell", "error"),
    [
        (array("I", [3]), (COUNT, numbers([0, 1, 2]), None), ValueError),
        (array("I", [2**32 - 1]), (COUNT, numbers([0, 1, 2]), None), ValueError),
        (array("I", [0]), (COUNT, numbers([0]), numbers([])), ValueError),
        (b"\0\0\0\0", (COUNT, numbers([0]), None), TypeError),
    ],
)
def test_sort_looks_at_what_it_is_given(
    rows: Any, cell: tuple[Any, ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        native.sort(rows, cell, False)
