"""Columns as lines of text, and lines side by side, in plain Python and compiled."""

from __future__ import annotations

from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cevents.scan import paste as reference
from cevents.scan.columns import ABSENT, ESCAPED, NULL, NUMBER, OTHER, STRING
from tests.scan.kernels import REFUSED, TAKEN, compiled_only, implementations, native, texts_of

IMPLEMENTATIONS = implementations(reference)

each = pytest.mark.parametrize("kernel", IMPLEMENTATIONS)


@each
def test_texts_are_lines(kernel: Any) -> None:
    """Only what was taken and asked for, as it is."""
    texts = texts_of([b" {}\r", b"x", b"", b"[]"], [TAKEN, REFUSED, TAKEN, TAKEN])
    assert kernel.copy(*texts, 0, 4) == b" {}\r\n\n[]\n"
    assert kernel.copy(*texts, 1, 3) == b"\n"
    assert kernel.copy(*texts, 2, 2) == b""


@each
def test_strings_are_lines(kernel: Any) -> None:
    """A string with escapes, and what is none, is left to the caller: its line is empty."""
    data = b'ana\xc3\xa9"\\n"12true'
    start, length = array("I", [0, 6, 9, 11, 0, 0, 3]), array("I", [3, 2, 2, 4, 0, 0, 2])
    kind = bytearray([STRING, ESCAPED, NUMBER, OTHER, ABSENT, NULL, STRING])
    column = (data, start, length, kind)
    assert kernel.strings(*column, array("I", range(7))) == "ana\n\n\n\n\n\né\n".encode()
    assert kernel.strings(*column, array("I", [6, 0, 0])) == "é\nana\nana\n".encode()
    assert kernel.strings(*column, array("I")) == b""


@each
def test_lines_side_by_side(kernel: Any) -> None:
    """By the layout of each line, values filled up to a width in characters; none is cut off."""
    columns = (b"1\n22\n333\n", "é\n\nlong\n".encode())
    layouts = (((b"<", 0, -2), (b"|", 1, 3), (b">", 0, 0)), ((b"", 1, 2),), ())
    assert kernel.paste(columns, layouts, b"\0\0\0") == (
        "< 1|é  >1\n<22|   >22\n<333|long>333\n".encode()
    )
    assert kernel.paste(columns, layouts, b"\1\2\1") == "é\n\nlong\n".encode()
    assert kernel.paste((), (), b"") == b""


@each
def test_lines_end_without_spaces(kernel: Any) -> None:
    layouts = (((b" ", 0, 3), (b" ", 1, 3)),)
    shown = kernel.paste((b"a \n \nb\n", b"\n \nc\xc2\xa0\n"), layouts, b"\0\0\0")
    assert shown == b" a\n\n b   c\xc2\xa0\n"


_values = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=12)


@st.composite
def _pastings(draw: st.DrawFn) -> tuple[tuple[bytes, ...], tuple[Any, ...], bytes]:
    count, width = draw(st.integers(0, 6)), draw(st.integers(1, 4))
    lines = st.lists(_values, min_size=count, max_size=count)
    columns = tuple("".join(value + "\n" for value in draw(lines)).encode() for _ in range(width))
    parts = st.tuples(_values.map(str.encode), st.integers(0, width - 1), st.integers(-300, 300))
    layouts = draw(st.lists(st.lists(parts, max_size=8).map(tuple), min_size=1, max_size=16))
    numbers = st.integers(0, len(layouts) - 1)
    which = bytes(draw(st.lists(numbers, min_size=count, max_size=count)))
    return columns, tuple(layouts), which


@compiled_only
@given(_pastings())
def test_compiled_is_as_the_reference(pasting: Any) -> None:
    """However much longer the lines become than their columns are."""
    assert native.paste(*pasting) == reference.paste(*pasting)


@compiled_only
def test_buffers_are_checked() -> None:
    data, four, kind = b"ab", array("I", [0, 1]), bytearray([STRING, STRING])
    row = array("I", [1])
    for start, length in (([0, 2], [1, 1]), ([0, 0], [1, 3]), ([0, 2**32 - 1], [1, 2])):
        with pytest.raises(ValueError, match="outside"):
            native.strings(data, array("I", start), array("I", length), kind, row)
    with pytest.raises(ValueError, match="outside"):
        native.strings(data, four, four, kind, array("I", [2]))
    for short in ((four[:1], four, kind), (four, four[:1], kind)):
        with pytest.raises(ValueError, match="fewer"):
            native.strings(data, *short, row)
    part = (b"", 0, 0)
    for columns, layouts, which in (
        ((b"a\n",), ((part,),), b"\0\0"),
        ((b"a\n\n",), ((part,),), b"\0"),
        ((b"a\nb",), ((part,),), b"\0"),
        ((b"a\n",) * 17, ((part,),), b"\0"),
        ((b"a\n",), ((part,),), b"\1"),
        ((b"a\n",), ((part,),) * 17, b"\0"),
        ((b"a\n",), ((part,) * 9,), b"\0"),
        ((b"a\n",), ((b"", 1, 0),), b"\0"),
        ((b"a\n",), ((b"", -1, 0),), b"\0"),
        ((b"a\n",), ((b"", 0, 1000),), b"\0"),
        ((b"a\n",), (part,), b"\0"),
    ):
        with pytest.raises(ValueError, match=r"lines|layout"):
            native.paste(columns, layouts, which)
    for wrong in (((bytearray(b"a\n"),), ((part,),), b"\0"), ((b"a\n",), (((b"", 0),),), b"\0")):
        with pytest.raises(TypeError):
            native.paste(*wrong)
