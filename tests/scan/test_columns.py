"""Columns: what is read of many rows at once is what is read of each."""

from __future__ import annotations

from array import array
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cevents.input.blocks import Block
from cevents.scan.plan import Plan
from cevents.scan.reading import read

from ..conftest import created, message, other
from .kernels import compiled_only, native

NAME, ZONE = "metadata.event_name", "metadata.time_zone"
LINES = (
    created(time_zone="America/Denver"),
    message(time_zone="é"),
    other("logged_out", time_zone="") * 2,
    other("x").replace(b'"x"', rb'"\u0078"'),
    created().replace(b"conversation_created", rb"conversation_create\u0064"),
    other("x").replace(b'"x"', b"null"),
    b"\noops\n",
)


def test_raws(reader: str) -> None:
    columns = read(Block.of(b"".join(LINES)), Plan((NAME, ZONE)))
    rows = range(len(columns.state))
    for path in (NAME, ZONE):
        assert columns.raws(path) == [columns.raw(path, row) for row in rows]
    assert columns.raws(ZONE)[:2] == [b"America/Denver", "é".encode()]


def test_other_names(reader: str) -> None:
    """Those of no documented event; neither null nor what is no event is a name."""
    columns = read(Block.of(b"".join(LINES)), Plan((NAME,)))
    assert columns.other_names() == {2: "logged_out", 3: "logged_out", 4: "x"}


@compiled_only
@given(st.lists(st.sampled_from((b"", b"a", b"b", b"ab", b"ba", b"aab")) | st.binary()))
def test_slices(values: list[bytes]) -> None:
    """Equal or not, each value is its own bytes, up to the end of the data."""
    lengths = array("I", map(len, values))
    starts = array("I", accumulate(lengths, initial=0))[:-1]
    assert native.slices(b"".join(values), starts, lengths) == values


@compiled_only
def test_slices_are_checked() -> None:
    one = array("I", [1])
    for start, length in ((4, 0), (3, 1), (0, 4), (2**32 - 1, 2**32 - 1), (1, 2**32 - 1)):
        with pytest.raises(ValueError, match="outside"):
            native.slices(b"abc", array("I", [0, start]), array("I", [0, length]))
    with pytest.raises(ValueError, match="fewer"):
        native.slices(b"abc", one * 2, one)
    with pytest.raises(ValueError, match="aligned"):
        native.slices(b"abc", memoryview(bytes(12))[1:9], one * 2)
    assert native.slices(b"abc", array("I", [3, 0]), array("I", [0, 3])) == [b"", b"abc"]
