"""The compiled reader as a module: its arguments are checked, and each variant finds the same."""

from __future__ import annotations

import gc
import threading
from array import array
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import created, message, other
from tests.scan.native import native, variants

PARTS = (b"metadata", b"body")
FIELDS = [
    (0, b"event_name", 1, 0),
    (0, b"event_time", 3, 1),
    (0, b"root_account_id", 4, -1),
    (1, b"conversation_id", 2, 2),
]
EVENTS = [(b"conversation_created", 0b1011, 0b1111)]
WIDTHS = "IIBqh"


def plan(**changes: Any) -> Any:
    arguments = {
        "parts": PARTS,
        "fields": FIELDS,
        "events": EVENTS,
        "other": (0, 0),
        "name_field": 0,
        "account_field": 2,
        "strict": False,
        "url": (-1, -1, b""),
    }
    return native.Plan(**(arguments | changes))


def columns(rows: int, count: int = 3) -> tuple[array[Any], ...]:
    return tuple(array(code, [1]) * rows for code in "BB" + WIDTHS * count)


Scanned = tuple[int, list[list[int]]]


def scan(data: bytes, starts: list[int], ends: list[int]) -> Scanned:
    found = columns(len(starts))
    refused = native.scan(plan(), data, array("I", starts), array("I", ends), found)
    return refused, [column.tolist() for column in found]


def test_variants() -> None:
    names = native.variants()
    assert names[-1] == "plain"
    assert native.variant() in names
    with pytest.raises(ValueError, match="no variant 'mmx' here"):
        native.use("mmx")
    with pytest.raises(TypeError):
        native.use(None)


def test_each_variant_finds_the_same() -> None:
    texts = [
        created(root_account_id="70000000000001", user_login='a"\\\té' * 30),
        message(time="2020-03-24T16:55:59.973+05:30"),
        other(body={"deep": [{"a": [1, 2, {"b": None}]}] * 9}),
        b" \r",
        b"{",
        created(conversation=53),
        created(root_account_id="odd"),
    ]
    data = b"".join(texts)
    starts = [sum(map(len, texts[:i])) for i in range(len(texts))]
    ends = [*starts[1:], len(data)]
    found = [scan(data, starts, ends) for _ in variants()]
    assert all(one == found[0] for one in found)
    refused, (state, event, start, length, *rest) = found[0]
    assert refused == 3
    assert state == [1, 1, 1, 0, 2, 2, 2]
    assert event == [0, 255, 255, 255, 255, 255, 255]
    assert data[start[1] : start[1] + length[1]] == b"conversation_message_created"
    conversation = rest[8:]
    assert conversation[3] == [70000000000053, 53, *[-(2**63)] * 5]


def test_lines() -> None:
    starts, ends = array("I", [9] * 4), array("I", [9] * 4)
    assert native.lines(b"a\n\nbc", 5, starts, ends) == 3
    assert (starts.tolist(), ends.tolist()) == ([0, 2, 3, 9], [1, 2, 5, 9])
    assert native.lines(b"a\n\nbc", 0, starts, ends) == 0
    with pytest.raises(ValueError, match="too short for so many lines"):
        native.lines(b"\n" * 5, 5, starts, ends)


SHORT = array("I", [0])
LONG = array("I", [0, 0])
ASKEW = memoryview(bytearray(9))[1:]

WRONG: dict[str, tuple[type[Exception], Callable[[], Any]]] = {
    "more bytes than there are": (ValueError, lambda: native.lines(b"a", 2, LONG, LONG)),
    "fewer than no bytes": (ValueError, lambda: native.lines(b"a", -1, LONG, LONG)),
    "more than 32 bits": (ValueError, lambda: native.lines(b"a", 2**32, LONG, LONG)),
    "starts that cannot be written": (BufferError, lambda: native.lines(b"a", 1, b"0000", LONG)),
    "starts that lie askew": (ValueError, lambda: native.lines(b"a", 1, ASKEW, LONG)),
    "text instead of bytes": (TypeError, lambda: native.lines("a", 1, LONG, LONG)),
    "no plan": (TypeError, lambda: native.scan(None, b"a", SHORT, SHORT, columns(1))),
    "columns in a list": (TypeError, lambda: native.scan(plan(), b"a", SHORT, SHORT, [])),
    "too few columns": (ValueError, lambda: native.scan(plan(), b"a", SHORT, SHORT, columns(1, 2))),
    "too many columns": (
        ValueError,
        lambda: native.scan(plan(), b"a", SHORT, SHORT, columns(1, 4)),
    ),
    "fewer ends than starts": (
        ValueError,
        lambda: native.scan(plan(), b"a", LONG, SHORT, columns(2)),
    ),
    "an end behind the data": (
        ValueError,
        lambda: native.scan(plan(), b"a", SHORT, array("I", [2]), columns(1)),
    ),
    "an end before its start": (
        ValueError,
        lambda: native.scan(plan(), b"aa", array("I", [2]), array("I", [1]), columns(1)),
    ),
    "bytes as columns": (
        BufferError,
        lambda: native.scan(plan(), b"a", SHORT, SHORT, (b"0",) * 17),
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_arguments(what: str) -> None:
    error, call = WRONG[what]
    with pytest.raises(error):
        call()


@pytest.mark.parametrize("which", range(17))
def test_a_column_that_is_too_short(which: int) -> None:
    found = list(columns(3))
    found[which] = found[which][:2]
    spans = array("I", [0, 0, 0])
    with pytest.raises(ValueError, match="too short"):
        native.scan(plan(), b"", spans, spans, tuple(found))
    assert all(set(column) == {1} for column in found)


def test_data_without_bytes() -> None:
    assert scan(b"", [], []) == (0, [[] for _ in range(17)])
    assert scan(b"", [0, 0], [0, 0])[0] == 0


NONSENSE: dict[str, dict[str, Any]] = {
    "one part": {"parts": (b"metadata",)},
    "a part that is no bytes": {"parts": ("metadata", "body")},
    "too many fields": {"fields": [(0, b"%d" % i, 0, -1) for i in range(65)]},
    "too many events": {"events": [(b"%d" % i, 0, 0) for i in range(17)]},
    "no fields": {"fields": []},
    "fields in a tuple": {"fields": tuple(FIELDS)},
    "a field that is no tuple": {"fields": [*FIELDS, 5]},
    "a field of three": {"fields": [*FIELDS, (0, b"a", 0)]},
    "a field of text": {"fields": [*FIELDS, (0, "a", 0, -1)]},
    "a third part": {"fields": [*FIELDS, (2, b"a", 0, -1)]},
    "an unknown kind": {"fields": [*FIELDS, (0, b"a", 6, -1)]},
    "a column below none": {"fields": [*FIELDS, (0, b"a", 0, -2)]},
    "a column of no field": {"fields": [*FIELDS, (0, b"a", 0, 4)]},
    "a column of two fields": {"fields": [*FIELDS, (0, b"a", 0, 2)]},
    "a column past all fields": {"fields": [*FIELDS, (0, b"a", 0, 64)]},
    "a field twice": {"fields": [*FIELDS, (0, b"event_name", 0, -1)]},
    "an event that is no tuple": {"events": [b"conversation_created"]},
    "a name field that is not there": {"name_field": 4},
    "a name field below none": {"name_field": -1},
    "an account field that is not there": {"account_field": 4},
    "an account field below none": {"account_field": -2},
    "an account that is no id": {"account_field": 0},
    "a URL field that is not there": {"url": (4, 3, b"x")},
    "a URL field below none": {"url": (-2, 3, b"x")},
    "a URL that names no field": {"url": (0, 4, b"x")},
    "a URL that names none": {"url": (0, -1, b"x")},
    "a URL that names what is no id": {"url": (0, 0, b"x")},
    "a URL without a word": {"url": (0, 3, b"")},
    "a mask that is no number": {"other": (None, 0)},
}


@pytest.mark.parametrize("what", NONSENSE)
def test_nonsense_plans(what: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        plan(**NONSENSE[what])


def test_plans_are_complete_and_stay_as_they_are() -> None:
    with pytest.raises(TypeError):
        native.Plan.__new__(native.Plan)
    with pytest.raises(TypeError):
        type("Plan", (native.Plan,), {})
    made = plan()
    line = created().strip()
    for _ in range(3):
        gc.collect()
        found = columns(1)
        assert native.scan(made, line, SHORT, array("I", [len(line)]), found) == 0
        made.__init__()
        assert found[0][0] == 1


def test_as_many_fields_as_there_may_be() -> None:
    fields = [(i % 2, b"f%d" % i, 5, 63 - i) for i in range(64)]
    made = plan(fields=fields, account_field=-1, events=[])
    body = ",".join(f'"f{i}":{i}' for i in range(1, 64, 2))
    metadata = ",".join(f'"f{i}":"{i}"' for i in range(0, 64, 2))
    line = f'{{"body":{{{body}}},"metadata":{{{metadata}}}}}'.encode()
    found = columns(1, 64)
    assert native.scan(made, line, SHORT, array("I", [len(line)]), found) == 0
    for i in range(64):
        start, length = found[2 + 5 * (63 - i)][0], found[3 + 5 * (63 - i)][0]
        assert line[start : start + length] == str(i).encode()


def test_many_threads_with_one_plan() -> None:
    made = plan()
    line = created(root_account_id="7~1")
    data = line * 2000
    starts = array("I", range(0, len(data), len(line)))
    ends = array("I", (start + len(line) for start in starts))
    found = [columns(2000) for _ in range(4)]
    threads = [
        threading.Thread(target=native.scan, args=(made, data, starts, ends, one)) for one in found
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(one == found[0] for one in found)
    assert set(found[0][-2]) == {70000000000053}
