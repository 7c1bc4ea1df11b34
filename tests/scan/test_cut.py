"""Both cutters find the same texts, wherever the bytes that have arrived end."""

from __future__ import annotations

from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cevents.input import cutting
from tests.scan.native import native, variants
from tests.strategies import Sketch, events, junk, mutilated, quick

Cut = tuple[tuple[int, int, int, int], list[int], list[int]]


def cut(cutter: Any, data: bytes, at: int, stop: int, depth: int, room: int) -> Cut:
    starts, ends = array("I", bytes(4 * room)), array("I", bytes(4 * room))
    result = cutter(data, at, stop, depth, starts, ends)
    return result, starts.tolist(), ends.tolist()


def assert_same(data: bytes, at: int, stop: int, depth: int = 0, room: int = 50) -> None:
    expected = cut(cutting.cut, data, at, stop, depth, room)
    for variant in variants():
        assert cut(native.cut, data, at, stop, depth, room) == expected, variant


def test_statuses() -> None:
    names = ("END", "MORE", "DAMAGED", "FULL")
    assert [getattr(native, n) for n in names] == [getattr(cutting, n) for n in names]


LONG = b"x" * 70
DEEP = b'{"a":' + b"[" * 1023


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b' \t\r\n\x1e{}{"a":1}\n{"b":[{}]}',
        b'[{"a":1},{"b":2}],{"c":3}',
        b"[[{}],[{}]]]{}",
        b"{}]",
        b'{"a":"' + LONG + b'}"}{"b":2}',
        b'{"a":"' + b"\\\\" * 64 + b'"}{"b":"' + b"\\" * 63 + b'""}',
        b'{"a":"\\"}"}{"a":"\\\\"}{"a":"\\\\\\"}"}',
        b'{\\"}":1}{}',  # a backslash outside a string escapes nothing
        b"{" + LONG + b'\\"}":1}{}',
        b'{"a":"\x01"}',
        b'{"a":"\\\x01"}',
        b'{"a":\x01}{}',
        b'{"a"}{"b":1}}',
        b'{"a":[}]',
        b'{"a":{]}',
        b'{"a":{}',
        b'{"a":1{}}',
        b'{"a": \n [ {} , [ ] ] }',
        b'{"a":[1{}]}',
        b'{"a":[1 [2]]}',
        b'{{"a":1}}',
        b'"{}""a\\"b"{}"\x02"',
        b'"a\\',
        b"nonsense",
        DEEP + b"]" * 1023 + b"}",
        DEEP + b"[" + b"]" * 1024 + b"}",
    ],
)
def test_cut_at_every_boundary(data: bytes) -> None:
    for stop in range(max(0, len(data) - 150), len(data) + 1):
        assert_same(data, 0, stop)
    for stop in range(min(200, len(data))):
        assert_same(data, 0, stop, depth=1)
    for room in range(4):
        assert_same(data, 0, len(data), room=room)


separators = st.sampled_from((b"", b"\n", b" ", b"\x1e", b",", b"\r\n\r\n", b"[", b"]", b"],["))
pieces = events().map(Sketch.line) | mutilated() | junk
inputs = st.lists(st.tuples(pieces, separators), max_size=4).map(
    lambda parts: b"".join(piece + separator for piece, separator in parts)
)


@quick
@given(inputs, st.integers(0, 2))
def test_cut_events(data: bytes, depth: int) -> None:
    for stop in {*range(0, len(data), 29), *range(max(0, len(data) - 66), len(data) + 1)}:
        assert_same(data, 0, stop, depth)


signs = st.sampled_from(
    (b"{", b"}", b"[", b"]", b'"', b'"', b"\\", b",", b":", b" ", b"a", b"\n", b"\x01", LONG)
)


@quick
@given(st.lists(signs, max_size=40).map(b"".join), st.integers(0, 2), st.integers(0, 70))
def test_cut_signs(data: bytes, depth: int, before: int) -> None:
    data = b'"' * before + b'{"a":' + data
    for stop in range(before, len(data) + 1):
        assert_same(data, before, stop, depth)


@pytest.mark.parametrize(
    ("at", "stop", "depth"), [(-1, 2, 0), (2, 1, 0), (0, 3, 0), (0, 2, -1), (0, 2**40, 0)]
)
def test_cut_refuses_what_is_not_there(at: int, stop: int, depth: int) -> None:
    with pytest.raises(ValueError, match=r"no such|too short"):
        native.cut(b"{}", at, stop, depth, array("I", [0]), array("I", [0]))


def located(locator: Any, data: bytes, start: int, places: list[int]) -> Any:
    lines, columns = array("q", bytes(8 * len(places))), array("q", bytes(8 * len(places)))
    last = locator(data, start, array("I", places), 3, 9, lines, columns)
    return last, lines.tolist(), columns.tolist()


@quick
@given(st.text("a\n", max_size=200), st.lists(st.integers(0, 200)), st.integers(0, 9))
def test_locate(text: str, places: list[int], start: int) -> None:
    """The line and column of each place are those that counting gives."""
    data = text.encode()
    places = sorted(place for place in places if start <= place <= len(data))
    found = located(cutting.locate, data, start, places)
    assert located(native.locate, data, start, places) == found
    for place, line, column in zip(places, *found[1:], strict=True):
        before = data[start:place].split(b"\n")
        assert (line, column) == (2 + len(before), len(before[-1]) + (9 if len(before) == 1 else 1))


def test_places_outside_of_the_data() -> None:
    for start, places in ((-1, [0]), (0, [4])):
        with pytest.raises(ValueError, match="within"):
            located(native.locate, b"abc", start, places)
