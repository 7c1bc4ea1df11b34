"""Sources: what paths name, and what cannot be opened."""

from __future__ import annotations

import gzip
import os
import threading
from pathlib import Path

import pytest

from cevents.errors import CeventsError
from cevents.input.sources import Reader, Source, plain_size, sources

from ..conftest import needs_fifo


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_paths_name_sources() -> None:
    """A file, though it may not be there; standard input; all files of a folder."""
    Path("folder").mkdir()
    for name in ("b.gz", "a", ".hidden"):
        Path("folder", name).write_bytes(b"")
    assert sources(()) == sources(("-",)) == [Source(None)]
    assert sources(("gone", "-")) == [Source("gone"), Source(None)]
    assert sources(("folder",)) == [Source("folder/a"), Source("folder/b.gz")]
    assert sources(("folder",), ("*.gz",)) == [Source("folder/b.gz")]
    [nothing] = sources(("folder",), ("*.csv",))
    assert nothing.failure
    assert nothing.failure.message == "cannot read folder: no file matches *.csv"


def test_what_cannot_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names it as its user would."""
    with pytest.raises(CeventsError, match="cannot read gone: no such file or directory"):
        Source("gone").open()
    with pytest.raises(CeventsError, match="cannot read x: why"):
        Source("x", CeventsError("cannot read x: why")).open()
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(CeventsError, match="cannot read <stdin>: it is closed"):
        Source(None).open()


@needs_fifo
def test_only_plain_files_have_a_size() -> None:
    """Of what is compressed, UTF-16 or no file, nobody knows how much there is to read."""
    os.mkfifo("fifo")
    Path("plain").write_bytes(b"{}\n")
    Path("z").write_bytes(gzip.compress(b"{}\n"))
    Path("u").write_bytes(b"\xff\xfe{\0")
    assert plain_size(Source("plain")) == 3
    assert [plain_size(Source(path)) for path in ("z", "u", "fifo", "gone", None)] == [None] * 5
    assert plain_size(Source("x", CeventsError("no"))) == 0


def test_a_compressed_file_fills_the_view() -> None:
    """Though it is decompressed in smaller pieces; its blocks are as large as a plain one's."""
    plain = bytes(range(256)) * 4096
    Path("z").write_bytes(gzip.compress(plain[:600_000]) + gzip.compress(plain[600_000:]))
    view = memoryview(bytearray(700_000))
    reader = Reader(Source("z"))
    sizes = [reader.readinto(view) for _ in range(3)]
    assert (sizes, reader.failure) == ([700_000, len(plain) - 700_000, 0], None)
    assert view[: sizes[1]] == plain[700_000:]
    reader.close()


def test_a_damaged_file_gives_what_is_before_the_damage() -> None:
    Path("z").write_bytes(gzip.compress(b"x" * 600_000)[:-4])
    view = memoryview(bytearray(700_000))
    reader = Reader(Source("z"))
    assert [reader.readinto(view) for _ in range(3)] == [600_000, 0, 0]
    assert reader.failure is not None
    reader.close()


@needs_fifo
def test_what_comes_through_a_pipe_is_passed_on_as_it_comes() -> None:
    """Compressed or not: whoever writes may wait for an answer."""
    packed = gzip.compress(b"a\n") + gzip.compress(b"b\n")
    os.mkfifo("fifo")
    held = os.open("fifo", os.O_RDWR)
    reader = Reader(Source("fifo"))
    os.write(held, packed)
    view = memoryview(bytearray(100))
    assert [bytes(view[: reader.readinto(view)]) for _ in range(2)] == [b"a\n", b"b\n"]
    reader.close()
    os.close(held)


def test_a_pipe_that_does_not_wait_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program that has it open, too, may have set it so: nothing yet is not the end."""
    ours, theirs = os.pipe()
    os.set_blocking(ours, False)
    stdin = os.fdopen(ours)
    monkeypatch.setattr("sys.stdin", stdin)
    view = memoryview(bytearray(100))
    reader = Reader(Source(None))
    read = []
    for data in (b"first line\n", b"second\n"):
        writer = threading.Timer(0.1, os.write, (theirs, data))
        writer.start()
        size = reader.readinto(view)
        read.append(size and bytes(view[:size]))
        writer.join()
    os.close(theirs)
    assert read == [b"first line\n", b"second\n"]
    assert reader.readinto(view) == 0
    stdin.close()
