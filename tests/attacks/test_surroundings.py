"""Interpreters, environments, folders and terminals of every kind: the same answer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ..conftest import Dump, Ran, message
from ..strategies import LONG
from .machine import PATIENCE, READING, assert_told, cevents, dump_of

pty = pytest.importorskip("pty", reason="needs POSIX")

COMMANDS = READING if LONG else READING[2:3]
FLAGS = ["-O", "-OO", "-W error", "-X dev", "-I", "-E -s", "-u", "-bb"]
WIDTHS = [1, 2, 0, 65535]


def flagged(flags: str, command: str, **environment: str) -> Ran:
    """Run the program by an interpreter with *flags*."""
    ran = subprocess.run(
        [sys.executable, *flags.split(), "-m", "cevents", *command.split()],
        env={**os.environ, **environment}, capture_output=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    return Ran(ran.returncode, ran.stdout, ran.stderr.decode())


@pytest.mark.parametrize("flags", FLAGS if LONG else ["-OO -u -bb", "-X dev -W error", "-I"])
@pytest.mark.parametrize("command", COMMANDS)
def test_interpreter(flags: str, command: str, reader: str, dump: Dump) -> None:
    """However it was started; nothing warns, nothing is left open."""
    if reader == "python" and ("-I" in flags or "-E" in flags):
        pytest.skip("no variable chooses the reader then")
    dump(dump_of(1) + b"\xff\n")
    command += " --rejects aside -j 2 dump.jsonl"
    assert flagged(flags, command) == flagged("", command)


ENVIRONMENTS = [
    {"PYTHONWARNINGS": "error"},
    {"PYTHONOPTIMIZE": "2"},
    {"PYTHONDEVMODE": "1"},
    {"PYTHONMALLOC": "debug"},
    {"HOME": "/dev/null"},
    {"HOME": ""},
    {"PATH": ""},
    {"TERM": ""},
    {"COLUMNS": "0"},
    {"COLUMNS": "abc"},
    {"LINES": "-1", "COLUMNS": "-1"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]
ALL_AT_ONCE = {name: value for one in ENVIRONMENTS for name, value in one.items()}


@pytest.mark.parametrize("environment", ENVIRONMENTS if LONG else [ALL_AT_ONCE])
@pytest.mark.parametrize("command", COMMANDS)
def test_environment(environment: dict[str, str], command: str, reader: str, dump: Dump) -> None:
    dump(dump_of(1))
    assert flagged("", f"{command} dump.jsonl", **environment) == cevents(f"{command} dump.jsonl")


def test_no_environment(reader: str, dump: Dump) -> None:
    """As cron gives little, and some service managers nothing."""
    dump(message())
    variables = {"CEVENTS_PURE": "1"} if reader == "python" else {}
    ran = cevents("filter dump.jsonl", env=variables)
    assert ran == Ran(0, message(), "")


@pytest.mark.parametrize("sort_memory", ["20K", "256M"])
def test_no_folder_for_temporary_files(
    sort_memory: str, reader: str, dump: Dump, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is an error where one is needed, and none where not."""
    dump(dump_of(1))
    code = (
        "import os, tempfile; tempfile._candidate_tempdir_list = lambda: ['/proc/no'];"
        "from cevents.__main__ import main; main()"
    )
    ran = subprocess.run(
        [
            *(sys.executable, "-c", code),
            *("filter", "--sort", "--sort-memory", sort_memory, "dump.jsonl"),
        ],
        capture_output=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    if sort_memory == "256M":
        assert ran.returncode == 1
    else:
        assert (ran.returncode, ran.stdout) == (2, b"")
        assert ran.stderr.startswith(b"cevents: error: cannot sort in temporary files: ")


@pytest.mark.parametrize("command", ["filter -", "filter .", "filter gone", "filter --sort -"])
def test_folder_that_is_gone(command: str, reader: str, tmp_path: Path) -> None:
    """It stands in a folder that somebody has removed."""
    gone = tmp_path / "gone"
    gone.mkdir()

    def before() -> None:
        os.chdir(gone)
        gone.rmdir()

    ran = subprocess.run(
        [sys.executable, "-P", "-m", "cevents", *command.split()],
        input=message(), capture_output=True, preexec_fn=before, timeout=PATIENCE, check=False,
    )  # fmt: skip
    told = Ran(ran.returncode, ran.stdout, ran.stderr.decode())
    assert_told(told)
    if command.endswith("-"):
        assert told == Ran(0, message(), "")


@pytest.mark.parametrize("mask", [0o777, 0o400])
def test_mask_of_rejects(mask: int, reader: str, dump: Dump) -> None:
    """What the mask forbids it forbids to others: the run has the file open."""
    dump(message() + b"oops\n")
    ran = cevents("filter --rejects aside dump.jsonl", umask=mask)
    assert (ran.status, ran.stdout) == (1, message())
    assert Path("aside").stat().st_mode & 0o777 == 0o666 & ~mask
    Path("aside").chmod(0o600)
    assert cevents("restore aside").stdout == b"oops\n"


@pytest.mark.parametrize("columns", WIDTHS if LONG else WIDTHS[::2])
@pytest.mark.parametrize("term", ["dumb", "unknown", "", "xterm-256color"][:: 1 if LONG else 2])
def test_terminal(columns: int, term: str, dump: Dump) -> None:
    """A terminal of any width and kind gets all of it."""
    import fcntl
    import pty
    import struct
    import termios

    dump(message(conversation="123456789") + b"oops\n")
    script = (
        "for command in stats 'show -x' validate; do $0 -m cevents $command dump.jsonl; done;"
        "$0 -m cevents explain not-json; $0 -m cevents schema; $0 -m cevents --help"
    )
    child, ours = pty.fork()
    if child == 0:
        os.environ.update({"TERM": term})
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 1, columns, 0, 0))
        os.execvp("sh", ["sh", "-c", script, sys.executable])
    shown = b""
    try:
        while piece := os.read(ours, 1 << 16):
            shown += piece
    except OSError:  # Linux's way to say that the other end is closed
        pass
    _, status = os.waitpid(child, 0)
    os.close(ours)
    assert status == 0
    assert b"Traceback" not in shown
    assert shown.count(b"123456789") >= 2
    assert b"not-json" in shown.replace(b"\r\n", b"")


def test_clock_of_1970(reader: str, dump: Dump) -> None:
    """A clock that was never set puts `yesterday` and -2h before 1970."""
    dump(message(time="1969-12-31T23:30:00Z") + message())
    code = (
        "import time, datetime as d\n"
        "class Past(d.datetime):\n"
        "    @classmethod\n"
        "    def now(cls, tz=None): return d.datetime.fromtimestamp(0, tz)\n"
        "d.datetime = Past; time.time = lambda: 0.0; time.time_ns = lambda: 0\n"
        "from cevents.__main__ import main; main()"
    )
    for since, count in (("-2h", b"2\n"), ("yesterday", b"2\n"), ("-1m", b"1\n")):
        ran: Any = subprocess.run(
            [sys.executable, "-c", code, "filter", "--count", f"--since={since}", "dump.jsonl"],
            capture_output=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, count, b"")
