"""Files that change while they are read: what was there, or an error, and never less in silence."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cevents.input.sources import Source
from cevents.tasks.engine import Cutting, run
from cevents.tasks.selection import Selection

from ..conftest import Dump, message
from .machine import cevents

pytestmark = pytest.mark.skipif(os.name != "posix", reason="other systems lock what is read")

#: More than is read ahead.
LINES = b"".join(message(number=str(number)) for number in range(1500))
FILE = Path("dump.jsonl")


def read_while(change: Callable[[], object], jobs: int) -> tuple[bytes, str]:
    """Read the file, and change it after the first block; return the output and the failure."""
    output, failure, is_changed = [], "", False
    for step in run(Selection(), [Source(str(FILE))], jobs=jobs, cutting=Cutting(4000)):
        output += step.result.output
        failure += step.failure.message if step.failure else ""
        if output and not is_changed:
            change()
            is_changed = True
    assert is_changed
    return b"".join(output), failure


def append() -> None:
    with FILE.open("ab") as file:
        file.write(message() * 9)


def rotate() -> None:
    FILE.rename("dump.jsonl.1")
    FILE.write_bytes(message())


def put_folder_there() -> None:
    FILE.rename("moved")
    FILE.mkdir()


def put_over() -> None:
    Path("new").write_bytes(message())
    os.replace("new", FILE)


KEPT = {
    "grown": append,
    "rotated": rotate,
    "replaced": put_over,
    "by a folder": put_folder_there,
    "deleted": FILE.unlink,
    "made unreadable": lambda: FILE.chmod(0),
    "same bytes": lambda: FILE.write_bytes(LINES),
}


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("how", KEPT)
def test_what_was_opened_is_read(how: str, jobs: int, reader: str, dump: Dump) -> None:
    """Up to the length that it had, and whatever has its name by then."""
    dump(LINES)
    assert read_while(KEPT[how], jobs) == (LINES, "")


CUT: dict[str, Callable[[], object]] = {
    "emptied": lambda: os.truncate(FILE, 0),
    "cut in a line": lambda: os.truncate(FILE, len(LINES) // 2 + 7),
    "cut by a byte": lambda: os.truncate(FILE, len(LINES) - 1),
    "written anew": lambda: FILE.write_bytes(message()),
}


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("how", CUT)
def test_what_was_cut_short_is_told(how: str, jobs: int, reader: str, dump: Dump) -> None:
    """The lines before are given; a line that was cut in two is none."""
    dump(LINES)
    output, failure = read_while(CUT[how], jobs)
    assert failure == f"cannot read {FILE}: it became shorter while it was read"
    assert LINES.startswith(output)
    assert len(output) > 4000


@pytest.mark.parametrize("jobs", [1, 2])
def test_compressed_file_that_is_cut_short(jobs: int, reader: str, dump: Dump) -> None:
    packed = gzip.compress(os.urandom(1 << 20).hex().encode())
    dump(gzip.compress(LINES) + packed)  # random bytes, which stay many
    os.truncate(FILE, FILE.stat().st_size)
    _, failure = read_while(lambda: os.truncate(FILE, FILE.stat().st_size - 9), jobs)
    assert failure.startswith(f"cannot read {FILE}: ")


@pytest.mark.parametrize("jobs", ["1", "4"])
def test_files_that_go_between_being_found_and_read(jobs: str, reader: str, dump: Dump) -> None:
    """The others are read; each that is gone is an error line."""
    dump(message(), "a")
    dump(message(), "z")
    ran = cevents(f"filter -j {jobs} a gone z gone2")
    assert (ran.status, ran.stdout) == (2, message() * 2)
    gone = "cevents: error: cannot read {}: no such file or directory\n"
    assert ran.stderr == gone.format("gone") + gone.format("gone2")
