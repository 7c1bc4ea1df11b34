"""Events by conversation, counted in plain Python and compiled: the same rules, the same rows."""

from __future__ import annotations

import pickle
import threading
from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cevents.scan import tally as reference
from cevents.scan.columns import NONE
from tests.scan.kernels import REFUSED, TAKEN, compiled_only, implementations, native

CREATED, FORWARDED, MESSAGE, OTHER = 0, 1, 2, 255
ACCOUNT = 70000000000001
NO_ODD_IDS = array("q")


class Event(NamedTuple):
    """A row of the columns that a tally is given."""

    event: int = MESSAGE
    conversation: int = 1
    message: int = 1
    author: int = 1
    time: int = 0
    sent: int = NONE
    account: int = ACCOUNT
    state: int = TAKEN


def _columns(events: Sequence[Event]) -> list[array[int]]:
    names = ("state", "event", "account", "conversation", "message", "author", "time", "sent")
    return [
        array("B" if name in ("state", "event") else "q", [getattr(e, name) for e in events])
        for name in names
    ]


def _rows(tally: Any) -> list[dict[str, int]]:
    columns = {name: list(column) for name, column in tally.rows().items()}
    assert tuple(columns) == reference.COLUMNS
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


IMPLEMENTATIONS = implementations(reference)


@pytest.fixture(params=IMPLEMENTATIONS)
def kernel(request: pytest.FixtureRequest) -> Any:
    """Give the module that has the Tally under test."""
    return request.param


def _tally(kernel: Any, events: Sequence[Event] = (), seed: int = 1) -> Any:
    tally = kernel.Tally(MESSAGE, CREATED, FORWARDED, seed)
    tally.add(len(events), *_columns(events))
    return tally


RULES = {
    "an empty tally has no rows": ([], []),
    "each event of the three counts": (
        [Event(CREATED, time=5), Event(FORWARDED, time=7), Event(MESSAGE, time=3)],
        [{"events": 3, "sent": 1, "forwarded": 1, "created": 5, "first": 3, "last": 7}],
    ),
    "other events and refused texts don't": (
        [Event(OTHER), Event(3), Event(state=REFUSED), Event(state=0)],
        [],
    ),
    "the first creation counts, and none is none": (
        [Event(CREATED, time=9), Event(CREATED, time=4), Event(CREATED, 2), Event(MESSAGE, 3)],
        [{"created": 4, "events": 2}, {"created": 0}, {"created": NONE, "forwarded": 0}],
    ),
    "a message that comes again is sent twice, and one message": (
        [Event(message=8), Event(message=8), Event(message=9)],
        [{"sent": 3, "messages": 2, "authors": 1}],
    ),
    "the same message elsewhere is another": (
        [Event(conversation=1), Event(conversation=2)],
        [{"messages": 1, "authors": 1}, {"messages": 1, "authors": 1}],
    ),
    "an account is part of the key, known or not": (
        [Event(account=NONE), Event(account=ACCOUNT), Event(account=NONE), Event(account=0)],
        [
            {"account": NONE, "events": 2, "messages": 1},
            {"account": ACCOUNT, "events": 1},
            {"account": 0, "events": 1},
        ],
    ),
    "numbers that stand for odd ids are ids like others": (
        [Event(conversation=-1, message=-2, author=-3, sent=4), Event(conversation=-1, message=-4)],
        [{"conversation": -1, "messages": 2, "authors": 2, "starter": -3}],
    ),
    "rows come in the order of first appearance": (
        [Event(conversation=c) for c in (7, 3, 7, 9, 3)],
        [{"conversation": 7}, {"conversation": 3}, {"conversation": 9}],
    ),
    "times before 1970 are times": (
        [Event(time=-5), Event(CREATED, time=-9)],
        [{"first": -9, "last": -5, "created": -9}],
    ),
    "a conversation of one author has no answer": (
        [Event(sent=1, message=1), Event(sent=5, message=2)],
        [{"started": 1, "starter": 1, "answered": NONE}],
    ),
    "the answer is the first by another": (
        [Event(sent=1), Event(sent=3), Event(sent=8, author=2), Event(sent=5, author=3)],
        [{"started": 1, "starter": 1, "answered": 5}],
    ),
    "a beginning that comes late makes an answer of what was first": (
        [Event(sent=8, author=2), Event(sent=5, author=3), Event(sent=1)],
        [{"started": 1, "starter": 1, "answered": 5}],
    ),
    "… unless it is by the same author": (
        [Event(sent=8, author=2), Event(sent=5, author=1), Event(sent=1)],
        [{"started": 1, "starter": 1, "answered": 8}],
    ),
    "two who write at once answer at once": (
        [Event(sent=4, author=2), Event(sent=4, author=1), Event(sent=6, author=1)],
        [{"started": 4, "starter": 1, "answered": 4}],
    ),
    "when a message was sent may be unknown": (
        [Event(sent=NONE), Event(sent=3, author=2), Event(sent=NONE, author=3)],
        [{"sent": 3, "authors": 3, "started": 3, "starter": 2, "answered": NONE}],
    ),
    "message, author and sent of other events are not read": (
        [Event(CREATED, sent=3, message=5, author=6)],
        [{"messages": 0, "authors": 0, "started": NONE, "starter": NONE, "answered": NONE}],
    ),
}


@pytest.mark.parametrize(("events", "expected"), RULES.values(), ids=RULES.keys())
def test_a_rule(kernel: Any, events: list[Event], expected: list[dict[str, int]]) -> None:
    tally = _tally(kernel, events)
    rows = _rows(tally)
    assert len(tally) == len(rows) == len(expected)
    shown = [
        {name: row[name] for name in wanted} for row, wanted in zip(rows, expected, strict=True)
    ]
    assert shown == expected


_small = st.integers(0, 3)
_instant = st.one_of(_small, st.sampled_from([NONE + 1, 2**63 - 1]))
_id = st.one_of(_small, st.sampled_from([-1, 2**63 - 1, NONE + 1, 2**32, 70000000000001]))
_event = st.builds(
    Event,
    event=st.sampled_from([MESSAGE, MESSAGE, CREATED, FORWARDED, OTHER]),
    conversation=_id,
    message=_id,
    author=_id,
    time=_instant,
    sent=st.one_of(_instant, st.just(NONE)),
    account=st.one_of(_id, st.just(NONE)),
    state=st.sampled_from([TAKEN, TAKEN, TAKEN, REFUSED]),
)
_events = st.lists(_event, max_size=40)


@compiled_only
@given(_events, st.integers(0, 2**64 - 1))
def test_compiled_is_as_the_reference(events: list[Event], seed: int) -> None:
    assert _rows(_tally(native, events, seed)) == _rows(_tally(reference, events))


def _sorted(tally: Any) -> list[tuple[int, ...]]:
    return sorted(tuple(row.values()) for row in _rows(tally))


@given(st.data(), _events)
@pytest.mark.parametrize("kernel", IMPLEMENTATIONS)
def test_order_does_not_matter(kernel: Any, data: st.DataObject, events: list[Event]) -> None:
    shuffled = data.draw(st.permutations(events))
    assert _sorted(_tally(kernel, shuffled)) == _sorted(_tally(kernel, events))


@given(_events, _events, _events)
@pytest.mark.parametrize("kernel", IMPLEMENTATIONS)
def test_grouping_does_not_matter(
    kernel: Any, a: list[Event], b: list[Event], c: list[Event]
) -> None:
    """Merging is associative, an empty one is its identity, and all is as if added in turn."""
    whole = _rows(_tally(kernel, a + b + c))
    left, middle, right = (_tally(kernel, part, seed) for seed, part in enumerate((a, b, c)))
    left.merge(middle, NO_ODD_IDS)
    left.merge(_tally(kernel, seed=9), NO_ODD_IDS)
    left.merge(right, NO_ODD_IDS)
    assert _rows(left) == whole
    first, tail = _tally(kernel), _tally(kernel, b)
    tail.merge(right, NO_ODD_IDS)
    first.merge(_tally(kernel, a), NO_ODD_IDS)
    first.merge(tail, NO_ODD_IDS)
    assert _rows(first) == whole


@given(_events, _events)
@pytest.mark.parametrize("kernel", IMPLEMENTATIONS)
def test_it_travels(kernel: Any, events: list[Event], more: list[Event]) -> None:
    """A pickled tally is the same, and counts on."""
    tally = pickle.loads(pickle.dumps(_tally(kernel, events)))
    assert _rows(tally) == _rows(_tally(kernel, events))
    tally.add(len(more), *_columns(more))
    assert _rows(tally) == _rows(_tally(kernel, events + more))


def _many(count: int) -> list[Event]:
    return [
        Event(
            (MESSAGE, MESSAGE, CREATED, FORWARDED)[i % 4],
            conversation=i * 7919 % 3001,
            message=i % 20011,
            author=i % 13 * 2**40,
            time=i * 31 % 1000,
            sent=i * 17 % 4099,
            account=ACCOUNT + i % 2 * 10**13,
        )
        for i in range(count)
    ]


@compiled_only
def test_tables_grow() -> None:
    """Far more conversations, messages and authors than the tables begin with."""
    events = _many(60000)
    tally, expected = _tally(native, events), _rows(_tally(reference, events))
    assert _rows(tally) == expected
    parts = [_tally(native, events[:40000], seed=2), _tally(native, events[40000:], seed=3)]
    merged = pickle.loads(pickle.dumps(parts[0]))
    merged.merge(parts[1], NO_ODD_IDS)
    assert _rows(merged) == expected
    merged.merge(parts[1], NO_ODD_IDS)
    assert sum(row["events"] for row in _rows(merged)) == 80000
    assert sum(row["messages"] for row in _rows(merged)) == sum(r["messages"] for r in expected)


def test_only_the_rows_asked_for(kernel: Any) -> None:
    tally = kernel.Tally(MESSAGE, CREATED, FORWARDED, 1)
    tally.add(1, *_columns([Event(), Event(conversation=2)]))
    assert [row["conversation"] for row in _rows(tally)] == [1]


@pytest.mark.parametrize("short", range(8))
def test_columns_too_short(kernel: Any, short: int) -> None:
    columns = _columns([Event(), Event()])
    columns[short].pop()
    tally = kernel.Tally(MESSAGE, CREATED, FORWARDED, 1)
    with pytest.raises(ValueError, match="fewer"):
        tally.add(2, *columns)
    assert len(tally) == 0


def test_not_with_itself(kernel: Any) -> None:
    tally = _tally(kernel, [Event()])
    with pytest.raises(ValueError, match="itself"):
        tally.merge(tally, NO_ODD_IDS)
    assert [row["events"] for row in _rows(tally)] == [1]


@compiled_only
@pytest.mark.parametrize(
    "state",
    [
        None,
        (b"", b""),
        (b"", b"\0" * 12, b""),  # of a conversation that is not there
        (b"", b"", b"\0" * 12),
    ],
)
def test_a_state_that_is_none(state: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        native.Tally(0, 1, 2, 3).__setstate__(state)


@compiled_only
def test_two_threads_at_once() -> None:
    """Either one waits outside, or it is told so; nothing is counted in part."""
    events = _many(20000)
    columns, tally, done = _columns(events), _tally(native), []

    def add() -> None:
        for _ in range(20):
            try:
                tally.add(len(events), *columns)
                done.append(len(events))
            except RuntimeError as error:
                assert "another thread" in str(error)  # noqa: PT017

    threads = [threading.Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(row["events"] for row in _rows(tally)) == sum(done)


@pytest.mark.parametrize("kernel", IMPLEMENTATIONS)
def test_ids_that_another_has_numbered(kernel: Any) -> None:
    """Ids from -2 down are numbered by each summary: merging takes them for those of this one."""
    mine = _tally(kernel, [Event(conversation=-2, message=-3, author=-4, account=-5)])
    same = _tally(kernel, [Event(conversation=-5, message=-4, author=-3, account=-2)])
    mine.merge(same, array("q", [-5, -4, -3, -2]))
    [row] = _rows(mine)
    assert (row["account"], row["conversation"], row["starter"]) == (-5, -2, NONE)
    assert (row["events"], row["messages"], row["authors"]) == (2, 1, 1)


@compiled_only
def test_rows_cannot_change_while_they_are_looked_at() -> None:
    """The columns are views of the rows: a tally refuses to grow under them."""
    tally = _tally(native, [Event()])
    rows = tally.rows()
    with pytest.raises(BufferError, match="still looked at"):
        tally.merge(_tally(native), NO_ODD_IDS)
    rows.clear()
    tally.merge(_tally(native), NO_ODD_IDS)
