"""Blocks: which texts they hold, and where those stand, however the input is cut."""

from __future__ import annotations

import gzip
import io
import os
import threading
from array import array
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cevents.canvas.problems import Problem
from cevents.errors import CeventsError
from cevents.input import files, sources
from cevents.input.blocks import FIRST, SHAPES, Block, Places, split
from cevents.input.buffers import Buffers
from cevents.input.reading import blocks
from cevents.input.sources import Source

from ..conftest import needs_fifo
from ..strategies import examples

Found = tuple[bytes, int, int] | tuple[str, int, int]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file to write to, over and over."""
    return tmp_path_factory.mktemp("input") / "dump"


def found_in(source: Source, **options: object) -> Iterator[Found]:
    """Yield each line that goes out, or the code of a fault, and its place."""
    for block in blocks(source, **options):  # type: ignore[arg-type]
        for index in range(len(block)):
            yield (block.line_of(index), *block.place(index))
        if block.fault and not block.more:
            yield block.fault.code, block.fault.line, block.fault.column


def found(path: Path, data: bytes, **options: object) -> list[Found]:
    """Return what is found in a file that holds *data*."""
    path.write_bytes(data)
    return list(found_in(Source(str(path)), **options))


def found_before_failure(path: Path) -> tuple[list[Found], str]:
    """Return what is found in a file that cannot be read to its end, and why."""
    seen: list[Found] = []
    try:
        seen.extend(found_in(Source(str(path))))
    except CeventsError as error:
        return seen, error.message
    raise AssertionError("it can be read")


# One block


def place(line: int, column: int, verbatim: bool = True) -> Places:
    """Return the place of one text."""
    one = Places.of_lines([line])
    one.column[0], one.verbatim[0] = column, verbatim
    return one


def test_texts_of_a_block() -> None:
    """A text is a line without its line feed; blank lines are texts, too."""
    block = Block.of(b'{"a":1}\n\n {} \r\nlast', line=5)
    assert [block.text(n) for n in range(len(block))] == [b'{"a":1}', b"", b" {} \r", b"last"]
    assert [block.line_of(n) for n in range(4)] == [b'{"a":1}\n', b"\n", b" {} \r\n", b"last"]
    assert (block.place(0), block.place(2, 3)) == ((5, 1), (7, 4))


def test_text_over_several_lines() -> None:
    """It goes out as one line; a byte of it is where the input has it."""
    block = Block.of_texts([b'{"a":\r\n  1\n}'], place(3, 7))
    assert block.line_of(0) == b'{"a":1}\n'
    places = [block.place(0, offset) for offset in (0, 5, 6, 7, 9, 11)]
    assert places == [(3, 7), (3, 12), (3, 13), (4, 1), (4, 3), (5, 1)]


def test_text_that_was_in_a_string() -> None:
    """All of it is where the string begins."""
    block = Block.of_texts([b"{\n}"], place(3, 7, verbatim=False))
    assert block.place(0, 2) == (3, 7)


def test_first_texts_of_a_block() -> None:
    """What is cut away is no longer counted, nor what was unfolded of it."""
    block = Block.of(b"1\n2\n3\n4\n5")
    array, row, message = map(SHAPES.index, ("JSON array", "row", "SQS message"))
    block.places = Places.of_lines(range(1, 6))
    block.places.shape[:] = bytes([array | FIRST, array, row | FIRST, row, row | FIRST])
    block.emptied = [((3, 1), message)]
    assert block.unfolded == {"JSON array": (2, 1), "row": (3, 2), "SQS message": (0, 1)}
    first = block.up_to(4)
    assert (len(first), first.line_of(3)) == (4, b"4\n")
    assert first.unfolded == {"JSON array": (2, 1), "row": (2, 1), "SQS message": (0, 1)}
    assert block.up_to(2).unfolded == {"JSON array": (2, 1)}
    assert block.up_to(5) is block


@pytest.mark.parametrize(
    ("data", "size", "spans"),
    [
        (b"", 0, []),
        (b"\n", 1, [(0, 0)]),
        (b"a\n\nbc", 5, [(0, 1), (2, 2), (3, 5)]),
        (b"a\nb\nstale\n", 4, [(0, 1), (2, 3)]),
    ],
)
def test_split(data: bytes, size: int, spans: list[tuple[int, int]]) -> None:
    """Lines are found in the first bytes of a buffer; too little room for them is an error."""
    starts, ends = array("I", [0] * 9), array("I", [0] * 9)
    count = split(data, size, starts, ends)
    assert list(zip(starts[:count], ends[:count], strict=True)) == spans
    if spans:
        with pytest.raises(ValueError, match="too short"):
            split(data, size, starts[: count - 1], ends)


def test_buffers_are_used_again() -> None:
    """A buffer that was given back is taken again if it is large enough."""
    buffers = Buffers(most=1)
    buffer = buffers.take(10)
    buffers.give(buffer)
    buffers.give(bytearray(10))
    buffers.give(b"no buffer")
    assert buffers.take(8) is buffer
    buffers.give(buffer)
    assert len(buffers.take(11)) == 11


# An input of lines

#: Bytes, and the lines that are found in them: each goes out as it came.
LINES: list[tuple[str, bytes, list[Found]]] = [
    ("nothing", b"", []),
    ("one line", b"{}\n", [(b"{}\n", 1, 1)]),
    ("no line feed at the end", b"{}\n[1]", [(b"{}\n", 1, 1), (b"[1]", 2, 1)]),
    ("blank lines", b"\n \n{}\n", [(b"\n", 1, 1), (b" \n", 2, 1), (b"{}\n", 3, 1)]),
    ("CRLF", b"{}\r\n{}\r\n", [(b"{}\r\n", 1, 1), (b"{}\r\n", 2, 1)]),
    ("byte order mark", b"\xef\xbb\xbf{}\n{}\n", [(b"{}\n", 1, 1), (b"{}\n", 2, 1)]),
    ("a byte order mark and no more", b"\xef\xbb\xbf", []),
    ("not UTF-8", b"{}\n\xff\n", [(b"{}\n", 1, 1), (b"\xff\n", 2, 1)]),
    ("NUL between lines", b"{}\n\0\n", [(b"{}\n", 1, 1), (b"\0\n", 2, 1)]),
    ("too long", b"%b\n{}\n" % (b"x" * 41), [("line-too-long", 1, 1), (b"{}\n", 2, 1)]),
    ("just short enough", b"%b\n" % (b"x" * 40), [(b"x" * 40 + b"\n", 1, 1)]),
    ("too long, at the end", b"{}\n" + b"x" * 41, [(b"{}\n", 1, 1), ("line-too-long", 2, 1)]),
    ("binary", b"\0\1\2" * 9, [("not-utf8", 1, 1)]),
    ("UTF-16 without its mark", b"{\0}\0\n\0", [("not-utf8", 1, 1)]),
]  # fmt: skip


@pytest.mark.parametrize(("data", "expected"), [c[1:] for c in LINES], ids=[c[0] for c in LINES])
def test_lines(path: Path, data: bytes, expected: list[Found]) -> None:
    """Whatever the size of a block, the lines and their places are these."""
    for size in (1, 2, 7, 1 << 20):
        assert found(path, data, max_line_bytes=40, block_bytes=size) == expected


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize("end", [b"", b"\n", b"\n{}\n"])
def test_bytes_of_a_line_that_is_too_long(path: Path, keep: bool, size: int, end: bytes) -> None:
    """They come along where they are to be kept, in one piece or more; every byte is counted."""
    path.write_bytes(b"{}\n" + b"x" * 99 + end)
    found = list(blocks(Source(str(path)), max_line_bytes=40, block_bytes=size, keep=keep))
    raw = b"".join(block.raw for block in found)
    assert raw == (b"x" * 99 + end[:1] if keep else b"")
    assert sum(block.size for block in found) == 102 + len(end)
    message = "the line is longer than 40 bytes"
    problem = Problem("line-too-long", 1, message, "--max-line-bytes raises the limit", line=2)
    assert {block.fault for block in found} == {None, problem}


def test_bytes_of_a_binary_input(path: Path) -> None:
    """They come along where they are to be kept."""
    path.write_bytes(b"\xef\xbb\xbf" + b"\0\1" * 5000)
    for keep in (True, False):
        found = list(blocks(Source(str(path)), keep=keep))
        assert [block.more for block in found][-1] is False
        assert b"".join(block.raw for block in found) == (path.read_bytes() if keep else b"")


def test_every_byte_is_accounted_for(path: Path) -> None:
    """The sizes of the blocks add up to that of the input, a byte order mark included."""
    data = b"\xef\xbb\xbf" + b'{"a":1}\n' * 99 + b"last"
    for framing in ("auto", "json"):
        path.write_bytes(data)
        for size in (1, 10, 1000):
            found = blocks(Source(str(path)), block_bytes=size, framing=framing)
            assert sum(block.size for block in found) == len(data)


def test_plain_lines_are_marked(path: Path) -> None:
    """With --input ndjson nothing is to be unfolded."""
    path.write_bytes(b"{}\n")
    assert [block.is_plain for block in blocks(Source(str(path)), framing="ndjson")] == [True]
    assert [block.is_plain for block in blocks(Source(str(path)))] == [False]


@given(st.lists(st.binary(max_size=60), max_size=9), st.integers(1, 99), st.integers(1, 50))
@settings(max_examples=examples(200), deadline=None)
def test_size_of_blocks_does_not_matter(
    path: Path, texts: list[bytes], size: int, longest: int
) -> None:
    """Lines, places and faults are the same; buffers that are used again change nothing."""
    options = {"framing": "ndjson", "max_line_bytes": longest}
    data = b"{" + b"\n".join(texts)  # not compressed
    expected = found(path, data, **options)
    assert found(path, data, block_bytes=size, **options) == expected
    buffers = Buffers()
    again: list[bytes] = []
    for block in blocks(Source(str(path)), block_bytes=size, buffers=buffers, **options):  # type: ignore[arg-type]
        again += [block.line_of(index) for index in range(len(block))]
        buffers.give(block.data)
    assert again == [found[0] for found in expected if isinstance(found[0], bytes)]


def test_very_many_lines_are_several_blocks(path: Path) -> None:
    """Each may be a finding, which takes more memory than a line: of them, not too many at once."""
    path.write_bytes(b"{}\n" * 20_000)
    found = list(blocks(Source(str(path))))
    assert max(map(len, found)) < 10_000
    assert [block.place(row)[0] for block in found for row in range(len(block))] == [
        *range(1, 20_001)
    ]
    assert sum(block.size for block in found) == 60_000


# What breaks off


def test_file_that_shrinks(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines that are there are found, but no part of one; then it is said."""
    length = files.length

    def shrink(stream: BinaryIO) -> int:
        before = length(stream)
        path.write_bytes(b'{"a":1}\n{"a"')
        return before

    monkeypatch.setattr(sources, "length", shrink)
    path.write_bytes(b'{"a":1}\n' * 9)
    assert found_before_failure(path) == (
        [(b'{"a":1}\n', 1, 1)],
        f"cannot read {path}: it became shorter while it was read",
    )


@pytest.mark.parametrize(
    ("last", "is_whole"),
    [
        (b'{"a":1}', True),
        (b'{"a":1e999,"b":%b}' % (b"9" * 5000), True),
        (b'{"a":', False),
        (b'{"a":NaN}', False),
        (b"1", False),
        (b'{"a":"\xff"}', False),
        (b'{"a":' * 5000, False),
    ],
)
def test_input_that_breaks_off_within_a_line(path: Path, last: bytes, is_whole: bool) -> None:
    """What is left of the line is no finding, unless nothing is missing."""
    path.write_bytes(gzip.compress(b"{}\n" + last)[:-8])  # without the checksum
    seen, _ = found_before_failure(path)
    assert seen == [(b"{}\n", 1, 1), (last, 2, 1)][: 1 + is_whole]


@needs_fifo
def test_pipe_gives_what_is_there(tmp_path: Path) -> None:
    """A line comes out before the next byte arrives."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    go_on = threading.Event()

    def write() -> None:
        with open(fifo, "wb", buffering=0) as pipe:
            pipe.write(b"{}\n[")
            go_on.wait(10)
            pipe.write(b"]\n")

    writer = threading.Thread(target=write)
    writer.start()
    lines = found_in(Source(str(fifo)))
    assert next(lines) == (b"{}\n", 1, 1)
    go_on.set()
    assert list(lines) == [(b"[]\n", 2, 1)]
    writer.join()


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read from where it is, and stays open."""
    stream = io.BytesIO(b"{}\n")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=stream))
    assert list(found_in(Source(None))) == [(b"{}\n", 1, 1)]
    assert not stream.closed
