"""Files of every number, depth, name and kind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import Dump, Run, message
from ..strategies import LONG
from .machine import CEVENTS, PATIENCE, assert_told, cevents

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's kinds of files")

MANY = 10_000 if LONG else 1000


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Write many files into a folder, and return what is in them, in order."""
    monkeypatch.chdir(tmp_path)
    Path("many").mkdir()
    lines = [message(number=str(number)) * 3 for number in range(MANY)]
    for number, line in enumerate(lines):
        Path(f"many/{number:05}").write_bytes(line)
    return b"".join(lines)


#: Runs the program, and tells the most memory (KiB) and the highest descriptor that it had.
MEASURED = """
import os, sys
from cevents import __main__ as process
from cevents.input.sources import Source
highest, opened = [0], Source._opened
def watched(source, *args, **names):
    stream = opened(source, *args, **names)
    highest[0] = max(highest[0], stream.fileno())
    return stream
Source._opened = watched
status = process._run()
sys.stdout.flush()
# Its own peak: that of getrusage begins with what the process had that started it.
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line[:5] == "VmHWM")
print(peak, highest[0], status, file=sys.stderr)
"""


@pytest.mark.parametrize("jobs", [1, 2, 8] if LONG else [2])
@pytest.mark.parametrize("how", ["folder", "typed"])
def test_many_files(how: str, jobs: int, reader: str, many: bytes) -> None:
    """They are read in order, in the memory and the descriptors of a few."""
    names = ["many"] if how == "folder" else sorted(map(str, Path("many").iterdir()))
    ran = subprocess.run(
        [sys.executable, "-c", MEASURED, "filter", "-j", str(jobs), *names],
        capture_output=True, timeout=10 * PATIENCE, check=False,
    )  # fmt: skip
    assert ran.stdout == many
    peak, descriptor, status = map(int, ran.stderr.split())
    assert status == 0
    assert peak < 90 * 1024
    assert descriptor < 20 + 2 * jobs


def test_deep_folders(reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three hundred levels are read; what the system cannot name is an error."""
    monkeypatch.chdir(tmp_path)
    folder = Path("deep")
    for number in range(300):
        folder /= f"d{number}"
    folder.mkdir(parents=True)
    (folder / "dump").write_bytes(message())
    assert cevents("filter --count deep").stdout == b"1\n"


def test_path_that_is_too_long(reader: str, tmp_path: Path) -> None:
    names = ["x" * 250] * 20
    here = os.open(tmp_path, os.O_RDONLY)
    for name in names:
        os.mkdir(name, dir_fd=here)
        inside = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inside
    os.close(here)
    (tmp_path / "a").write_bytes(message())
    ran = cevents("filter .", cwd=tmp_path)
    assert (ran.status, ran.stdout) == (2, message())
    assert ran.stderr.endswith(": file name too long\n")


def test_names_of_any_bytes(reader: str, tmp_path: Path) -> None:
    """Of every byte that a name can hold; none reaches the terminal that it would obey."""
    folder = os.fsencode(tmp_path)
    for byte in sorted(set(range(1, 256)) - {ord("/"), ord(".")}):
        with open(os.path.join(folder, bytes((byte,)) + b"x"), "wb") as file:
            file.write(b"oops\n")
    ran = cevents("validate .", cwd=tmp_path)
    assert (ran.status, ran.stdout.count(b"\n")) == (1, 253)
    assert not set(ran.stdout) & ({*range(32)} - {10})
    assert "\x1b" not in ran.stderr


def test_links(reader: str, dump: Dump) -> None:
    """What is reached twice is read once; what leads nowhere or in a circle is an error."""
    Path("in/deeper").mkdir(parents=True)
    dump(message("1"), "in/a")
    os.link("in/a", "in/hard")
    os.symlink("a", "in/soft")
    os.symlink("a", "in/soft2")
    os.symlink("loop", "in/loop")
    os.symlink("nowhere", "in/dangling")
    os.symlink("..", "in/deeper/up")
    ran = cevents("filter in")
    assert (ran.status, ran.stdout) == (2, message("1"))
    errors = sorted(line.removeprefix("cevents: error: ") for line in ran.stderr.splitlines())
    assert errors == [
        "cannot read in/dangling: no such file or directory",
        "cannot read in/deeper/up: it is a link back to its folder",
        "cannot read in/loop: too many levels of symbolic links",
    ]


def test_kinds_of_files(reader: str, dump: Dump) -> None:
    """In a folder only regular files are read; a device or a socket that is named is tried."""
    dump(message("1"), "in-a-folder")
    os.mkfifo("fifo")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        assert cevents("filter .").stdout == message("1")
        ran = cevents("filter socket in-a-folder /dev/null")
    assert (ran.status, ran.stdout) == (2, message("1"))
    assert ran.stderr == "cevents: error: cannot read socket: no such device or address\n"


def test_terminal_that_is_none(reader: str) -> None:
    ran = cevents("filter /dev/tty", start_new_session=True)
    assert ran.status == 2
    assert ran.stderr == "cevents: error: cannot read /dev/tty: no such device or address\n"


@pytest.mark.parametrize("command", ["validate", "filter", "stats"])
def test_device_without_an_end(command: str, reader: str) -> None:
    """Zeros without end are no text: one finding, at once."""
    ran = cevents(f"{command} /dev/zero")
    assert ran.status == 1
    assert "1" in ran.stderr


def test_files_whose_size_is_0(reader: str, dump: Dump) -> None:
    """Those of /proc have more in them than their size says."""
    ran = cevents("validate /proc/self/maps")
    assert ran.status == 1
    assert ran.stdout.count(b"\n") > 10


def test_sparse_file(reader: str, dump: Dump) -> None:
    """A hole of a GiB between two lines is one long line."""
    dump(message("1") + b"{")
    os.truncate("dump.jsonl", 1 << 28)
    with open("dump.jsonl", "ab") as file:
        file.write(b"\n" + message("2"))
    ran = cevents("filter -j 1 dump.jsonl")
    assert (ran.status, ran.stdout) == (1, message("1") + message("2"))
    assert "line-too-long  1, first at dump.jsonl:2:1" in ran.stderr


def test_what_may_not_be_read(reader: str, run: Run, dump: Dump) -> None:
    """Files and folders of others are error lines; the rest is read."""
    if os.geteuid() != 0:
        pytest.skip("root alone may become somebody else")
    Path("in/closed").mkdir(parents=True)
    dump(message("1"), "in/a")
    dump(message("2"), "in/b")
    dump(message("3"), "in/closed/c")
    run("filter in")  # what it is made of is loaded now
    os.chmod("in/b", 0)
    os.chmod("in/closed", 0)
    os.chmod(".", 0o755)
    os.seteuid(54321)
    try:
        ran = run("filter in")
    finally:
        os.seteuid(0)
    assert (ran.status, ran.stdout) == (2, message("1"))
    assert ran.stderr.splitlines() == [
        "cevents: error: cannot read in/b: permission denied",
        "cevents: error: cannot read in/closed: permission denied",
    ]


# --rejects


def test_two_runs_with_one_file_of_rejects(reader: str, dump: Dump) -> None:
    """The second is refused before it changes anything; afterwards it may."""
    dump(message() + b"oops\n")
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*CEVENTS, "filter", "--line-buffered", "--rejects", "aside"], stdin=pipe, stdout=pipe
    ) as first:
        assert first.stdin is not None
        assert first.stdout is not None
        first.stdin.write(b"first\n" + message())
        first.stdin.flush()
        assert first.stdout.readline() == message()
        second = cevents("filter --rejects aside dump.jsonl")
        assert (second.status, second.stdout) == (2, b"")
        assert second.stderr.startswith("cevents: error: cannot write aside: another run writes it")
        first.stdin.close()
        assert first.wait(PATIENCE) == 1
    assert cevents("restore aside").stdout == b"first\n"
    assert cevents("filter --rejects aside dump.jsonl").status == 1
    assert cevents("restore aside").stdout == b"oops\n"


def test_device_is_everybodys(reader: str, dump: Dump) -> None:
    dump(b"oops\n")
    command = "filter --rejects /dev/null"
    with subprocess.Popen([*CEVENTS, *command.split()], stdin=-1, stderr=-1) as first:
        assert cevents(f"{command} dump.jsonl").status == 1
        first.communicate(timeout=PATIENCE)


def test_fifo_of_rejects(reader: str, dump: Dump) -> None:
    """Its reader gets whole records; when it goes away, that is an error."""
    dump(b"oops\n" * 3000)
    os.mkfifo("fifo")
    for most, status in ((1 << 30, 1), (10, 2)):
        with (
            open("read", "wb") as read,
            subprocess.Popen(["head", "-c", str(most), "fifo"], stdout=read),
        ):
            ran = cevents("filter --rejects fifo dump.jsonl")
        assert ran.status == status
        if status == 1:
            assert Path("read").read_bytes().count(b"\n") == 3000
        else:
            assert ran.stderr == "cevents: error: cannot write fifo: broken pipe\n"


def test_rejects_that_would_be_an_input(reader: str, dump: Dump) -> None:
    """By any link."""
    dump(b"oops\n")
    os.symlink("dump.jsonl", "soft")
    os.link("dump.jsonl", "hard")
    for name in ("soft", "hard", "/proc/self/cwd/dump.jsonl"):
        ran = cevents(f"filter --rejects {name} dump.jsonl")
        assert_told(ran)
        assert ran.status == 2
        assert Path("dump.jsonl").read_bytes() == b"oops\n"
