"""Files that are followed: whatever happens to one, its texts are those of each of its lives."""

from __future__ import annotations

import gzip
import os
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cevents.errors import CeventsError
from cevents.input import following
from cevents.input.blocks import NOTHING, Block
from cevents.input.following import Follow
from cevents.input.reading import blocks
from cevents.input.sources import Source
from cevents.scan.compiled import native

from ..strategies import quick


class Life:
    """A followed file, what was told of it, and what has been read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.told: list[str] = []
        self.texts: list[bytes] = []
        self.is_over = False
        self.follow = Follow(lambda: self.is_over, self.told.append)
        self.source = Source(str(path), follow=self.follow)
        self.blocks = self.opened()

    def close(self) -> None:
        self.blocks.close()

    def opened(self) -> Generator[Block]:
        return blocks(self.source, block_bytes=64, native=native())

    def look(self) -> list[bytes]:
        """Read what there is; return it. A file that ends is opened again."""
        found: list[bytes] = []
        while True:
            block = next(self.blocks, None)
            is_end = block is None and self.is_over and not self.follow.waiting
            if block is NOTHING or is_end:
                return found
            if block is None:
                self.blocks = self.opened()
            else:
                found += [block.text(row) for row in range(len(block)) if block.text(row)]

    def end(self) -> list[bytes]:
        """Let it end where it is, as Ctrl-C does; return what was still held."""
        self.is_over = True
        return self.look()


@pytest.fixture
def life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Life]:
    monkeypatch.setattr(following, "_GRACE", 0)
    with closing(Life(tmp_path / "dump.jsonl")) as life:
        yield life


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as stream:
        stream.write(data)


def test_line_comes_when_it_has_ended(life: Life) -> None:
    life.path.write_bytes(b"{}\n[1,")
    assert life.look() == [b"{}"]
    append(life.path, b"2]")
    assert life.look() == []
    append(life.path, b"\n")
    assert life.look() == [b"[1,2]"]
    append(life.path, b"no end")
    assert life.end() == [b"no end"]
    assert life.told == []


def test_file_that_is_not_there_yet(life: Life) -> None:
    assert life.look() == life.look() == []
    life.path.write_bytes(b"{}\n")
    assert life.look() == [b"{}"]
    assert life.told == [f"{life.path} is not there yet: waiting for it"]


def test_rotation(life: Life) -> None:
    """What is written to the old file, while a new one has its name, is read first."""
    life.path.write_bytes(b"[1]\n[2")
    life.look()
    old = life.path.rename(life.path.with_suffix(".1"))
    append(old, b"]\n")
    assert life.look() == [b"[2]"]
    append(old, b"[3")
    life.path.write_bytes(b"[4]\n")
    assert life.look() == [b"[3", b"[4]"]
    assert life.told == [f"{life.path} was replaced: reading the new file"]


def test_file_that_is_replaced_twice(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of them is lost, if each had the name when it was looked at."""
    monkeypatch.setattr(following, "_GRACE", 60)
    life.path.write_bytes(b"[1]\n")
    life.look()
    for number in (2, 3):
        life.path.rename(life.path.with_suffix(f".{number}"))
        life.path.write_bytes(b"[%d]\n" % number)
        assert life.look() == []
    life.path.rename(life.path.with_suffix(".4"))
    life.path.write_bytes(b"[4]\n")
    assert life.look() == []
    monkeypatch.setattr(following, "_GRACE", 0)
    assert life.look() == [b"[2]", b"[3]", b"[4]"]


def test_old_file_is_read_for_a_while(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer may have the old file open for a moment after a new one has its name."""
    now = 0.0
    monkeypatch.setattr(following, "_GRACE", 1)
    monkeypatch.setattr(time, "monotonic", lambda: now)
    life.path.write_bytes(b"[1]\n")
    life.look()
    old = life.path.rename(life.path.with_suffix(".1"))
    life.path.write_bytes(b"[3]\n")
    assert life.look() == []
    append(old, b"[2]\n")
    now = 0.9
    assert life.look() == [b"[2]"]
    now = 1.0
    assert life.look() == [b"[3]"]


@pytest.mark.parametrize("later", [b"[3]\n", b"[3]\n[4]\n[5]\n[6]\n"], ids=["shorter", "longer"])
def test_file_that_is_cut_short(life: Life, later: bytes) -> None:
    """It is read from its start: even if it has grown beyond the old length meanwhile."""
    life.path.write_bytes(b"[1]\n[2]\n")
    life.look()
    life.path.write_bytes(later)
    assert life.look() == later.splitlines()
    assert life.told == [f"{life.path} was cut short: reading it from its start"]


def test_file_that_is_cut_short_and_then_replaced(life: Life) -> None:
    """What was written to it in between is read first."""
    life.path.write_bytes(b"[1]\n[2]\n")
    life.look()
    life.path.write_bytes(b"[3]\n")
    assert next(life.blocks, None) is None  # it has ended
    life.path.rename(life.path.with_suffix(".1"))
    life.path.write_bytes(b"[4]\n")
    life.blocks = life.opened()
    assert life.look() == [b"[3]", b"[4]"]


def test_file_that_cannot_be_opened(life: Life) -> None:
    life.path.mkdir()
    with pytest.raises(CeventsError, match="is a directory"):
        life.look()


def test_layout_is_found_as_bytes_arrive(life: Life) -> None:
    """An event of several lines comes as soon as it has ended, however much is held by then."""
    event = b'{\n  "a": [\n    "' + b"x" * 500 + b'"\n  ]\n}'
    life.path.write_bytes(event[:300])
    assert life.look() == []
    append(life.path, event[300:])
    assert life.look() == [event]
    append(life.path, b"\n" + event[:-1])
    assert life.look() == []
    append(life.path, event[-1:])
    assert life.look() == [event]


def test_compressed_file_comes_piece_by_piece(life: Life) -> None:
    """Every member of a gzip file comes as it is there, and so does what is there of one."""
    first, second = gzip.compress(b"[1]\n"), gzip.compress(b"[2]\n")
    life.path.write_bytes(first[:1])
    assert life.look() == []
    append(life.path, first[1:] + second[:5])
    assert life.look() == [b"[1]"]
    append(life.path, second[5:])
    assert life.look() == [b"[2]"]
    append(life.path, first[:5])
    assert life.look() == []
    with pytest.raises(CeventsError, match="cut off"):
        life.end()


def rename(path: Path) -> None:
    path.rename(path.with_suffix(f".{os.urandom(4).hex()}"))
    path.touch()


def replace(path: Path) -> None:
    new = path.with_suffix(".new")
    new.touch()
    new.replace(path)


def empty(path: Path) -> None:
    path.write_bytes(b"")


FATES = {"is renamed": rename, "is replaced": replace, "is emptied": empty}

#: What is written, in two parts, and what becomes of the file then.
acts = st.tuples(st.binary(max_size=8), st.floats(0, 1), st.sampled_from([None, *FATES]))


@given(st.lists(acts))
@quick
def test_lives(acts: list[tuple[bytes, float, str | None]]) -> None:
    """Whatever becomes of a file, each line of each of its lives is read, once and in order."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(following, "_GRACE", 0)
        life = Life(Path(folder, "dump.jsonl"))
        found, expected = life.look(), []
        for number, (data, cut, fate) in enumerate(acts):
            line = b"[%d, %b]" % (number, data.hex().encode())
            at = round(cut * len(line))
            append(life.path, line[:at])
            found += life.look()
            append(life.path, line[at:])
            if fate is None:
                append(life.path, b"\n")
            found += life.look()
            if fate is not None:  # what has no line feed is a line all the same
                FATES[fate](life.path)
                found += life.look()
            expected.append(line)
        assert found + life.end() == expected
