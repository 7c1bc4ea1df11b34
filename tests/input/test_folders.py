"""Folders: which files below one are read, and in which order."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cevents.input.folders import files_below

from ..conftest import needs_fifo


@pytest.fixture(autouse=True)
def prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a Firehose prefix, copied from a bucket."""
    monkeypatch.chdir(tmp_path)
    for name in ("2020/16/events-1.gz", "2020/16/events-2", "2020/9/events-1", "notes.jsonl",
                 ".DS_Store", "2020/.hidden/x"):  # fmt: skip
        path = Path("bucket", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def below(folder: str, *include: str) -> list[str]:
    """Return the files below a folder, or in their place what is wrong with them."""
    return [failure.message if failure else path for path, failure in files_below(folder, include)]


ALL = ["2020/16/events-1.gz", "2020/16/events-2", "2020/9/events-1", "notes.jsonl"]


@pytest.mark.parametrize(
    ("include", "read"),
    [
        ("", ALL),
        ("*.gz", ALL[:1]),
        ("*.gz *.jsonl", [ALL[0], ALL[3]]),
        ("2020/*/events-1*", [ALL[0], ALL[2]]),
        ("2020/*", ALL[:3]),
        ("events-?", ALL[1:3]),
    ],
)
def test_files_below(include: str, read: list[str]) -> None:
    """They come name by name, without hidden ones; a glob with a slash is for the path."""
    assert below("bucket", *include.split()) == [f"bucket/{name}" for name in read]


def test_nothing_to_read() -> None:
    """An empty folder is never a success."""
    Path("empty").mkdir()
    assert below("empty") == ["cannot read empty: there is no file in it"]
    assert below("bucket", "*.csv", "x") == ["cannot read bucket: no file matches *.csv or x"]


def test_links() -> None:
    """Links are followed, and what is reached twice is read once; a loop is an error."""
    Path("elsewhere").write_bytes(b"")
    Path("bucket/2020/latest").symlink_to("9")
    Path("bucket/zz").symlink_to("../elsewhere")
    Path("bucket/2020/up").symlink_to("..")
    Path("bucket/gone").symlink_to("nowhere")
    Path("bucket/self").symlink_to("self")
    assert below("bucket") == [
        *(f"bucket/{name}" for name in ALL[:3]),
        "cannot read bucket/2020/up: it is a link back to its folder",
        "cannot read bucket/gone: no such file or directory",
        "bucket/notes.jsonl",
        "cannot read bucket/self: too many levels of symbolic links",
        "bucket/zz",
    ]


@needs_fifo
def test_fifo_is_left_alone() -> None:
    """Only regular files are read: a fifo would be waited for."""
    os.mkfifo("bucket/pipe")
    assert below("bucket") == [f"bucket/{name}" for name in ALL]


def test_folder_without_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an error; the others are read."""
    listdir = os.listdir

    def refuse(path: str) -> list[str]:
        if path.endswith("16"):
            raise PermissionError(13, "Permission denied")
        return listdir(path)

    monkeypatch.setattr(os, "listdir", refuse)
    assert below("bucket") == [
        "cannot read bucket/2020/16: permission denied",
        *(f"bucket/{name}" for name in ALL[2:]),
    ]
