"""Lines without a needle are passed over, by both readers alike."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cevents.input.blocks import Block, Places
from cevents.scan.needles import holding

from ..conftest import has_compiled_reader
from ..strategies import examples, quick

NEEDLES = (b"needle", rb"\u006e", b"x")
parts = st.sampled_from((b"needle", b"needl", b"e", rb"\u006e", b"hay" * 30, b"", b"x", b" " * 57))
lines = st.lists(st.lists(parts, max_size=4).map(b"".join), max_size=8)


@given(lines, st.booleans(), st.integers(1, 99))
@settings(parent=quick, max_examples=examples(200))
@example([b"needl", b"e"], True, 1)
@example([b"y" * 100 + b"needle" * 2, b"", b"needle"], False, 1)
def test_lines_with_a_needle(reader: str, texts: list[bytes], ended: bool, line: int) -> None:
    """They keep their places; all are counted."""
    data = b"\n".join(texts) + b"\n" * ended
    block = Block.of(data, line)
    found = holding(block, NEEDLES)
    every = data.splitlines(keepends=True)
    assert found.total == len(every)
    held = [
        (number, text)
        for number, text in enumerate(every, line)
        if any(needle in text for needle in NEEDLES)
    ]
    rows = range(len(found))
    assert [(found.place(row)[0], found.line_of(row)) for row in rows] == held
    if len(found) > 1:
        assert found.up_to(1).total == found.place(0)[0] - line + 1


def test_other_texts_are_not_passed_over() -> None:
    """What is in an envelope may hide the needle."""
    block = Block.of_texts([b"hay"], Places.of_lines([1]))
    assert holding(block, NEEDLES) is block


@pytest.mark.skipif(not has_compiled_reader(), reason="not compiled")
def test_calls_that_would_reach_outside() -> None:
    from cevents.scan import _native  # type: ignore[attr-defined]

    starts, ends = array("I", [0, 2]), array("I", [1, 3])
    for data, holds in ((b"ab", bytearray(2)), (b"abc", bytearray(1))):
        with pytest.raises(ValueError, match=r"within|short"):
            _native.holding(data, starts, ends, b"a", holds)
    for needle in (b"", b"abcd", b"b"):  # nothing, too long, or between two texts
        holds = bytearray(2)
        _native.holding(b"abc", starts, ends, needle, holds)
        assert holds == b"\0\0"
