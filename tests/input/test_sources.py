"""Sources: what paths name, and what cannot be opened."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from cevents.errors import CeventsError
from cevents.input.sources import Source, plain_size, sources


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


def test_only_plain_files_have_a_size() -> None:
    """Of what is compressed, UTF-16 or no file, nobody knows how much there is to read."""
    os.mkfifo("fifo")
    Path("plain").write_bytes(b"{}\n")
    Path("z").write_bytes(gzip.compress(b"{}\n"))
    Path("u").write_bytes(b"\xff\xfe{\0")
    assert plain_size(Source("plain")) == 3
    assert [plain_size(Source(path)) for path in ("z", "u", "fifo", "gone", None)] == [None] * 5
    assert plain_size(Source("x", CeventsError("no"))) == 0
