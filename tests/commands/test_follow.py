"""Live streams: --follow, bad lines told as they come, and Ctrl-C as the end of the input."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ..conftest import Dump, Ran, Run, interrupt, message

fcntl = pytest.importorskip("fcntl", reason="needs POSIX")
termios = pytest.importorskip("termios", reason="needs POSIX")

#: What reads the lines makes no difference to when they come.
pytestmark = pytest.mark.reader("any")

GOOD, LATER = message(number="1"), message(number="2")
CEVENTS = [sys.executable, "-m", "cevents"]
NOT_JSON = b"not-json: unexpected character, expected a JSON value\n"


class Program(subprocess.Popen[bytes]):
    """The program, and the lines that it has written by now."""

    def __init__(self, command: str) -> None:
        pipe = subprocess.PIPE
        words = [*CEVENTS, *command.split()]
        super().__init__(words, stdin=pipe, stdout=pipe, stderr=pipe)

    def out(self) -> bytes:
        assert self.stdout is not None
        return self.stdout.readline()

    def err(self) -> bytes:
        assert self.stderr is not None
        return self.stderr.readline()

    def feed(self, data: bytes) -> None:
        """Write to its standard input, and wait until that is read."""
        assert self.stdin is not None
        self.stdin.write(data)
        self.stdin.flush()
        while any(fcntl.ioctl(self.stdin, termios.FIONREAD, bytes(4))):
            time.sleep(0.01)

    def ended(self) -> tuple[int, bytes, bytes]:
        """Interrupt it; return its status, and what else it has written."""
        interrupt(self)
        assert self.stdout is not None
        assert self.stderr is not None
        rest = self.stdout.read(), self.stderr.read()
        return self.wait(), *rest


@contextmanager
def started(command: str) -> Iterator[Program]:
    with Program(command) as program:
        timer = threading.Timer(20, program.kill)
        timer.start()
        try:
            yield program
        finally:
            timer.cancel()
            program.kill()


def append(path: str, data: bytes) -> None:
    with open(path, "ab") as stream:
        stream.write(data)


def test_filter_goes_on_as_files_grow(dump: Dump) -> None:
    """Events come at once, of several files by turns; Ctrl-C ends with the usual summary."""
    one, two = dump(GOOD, "one.jsonl"), "two.jsonl"
    with started(f"filter -F {one} {two}") as program:
        assert program.out() == GOOD
        assert program.err() == b"note: two.jsonl is not there yet: waiting for it\n"
        append(two, LATER)
        assert program.out() == LATER
        append(one, b"oops\n" + LATER)
        assert program.out() == LATER
        assert program.err() == b"one.jsonl:2:1: " + NOT_JSON
        Path(one).rename("one.jsonl.1")
        dump(GOOD, one)
        assert program.out() == GOOD
        assert program.err() == b"note: one.jsonl was replaced: reading the new file\n"
        append(one, LATER[:-1])
        status, out, err = program.ended()
    assert (status, out) == (130, LATER[:-1])
    assert err.decode().splitlines() == [
        "1 of 6 lines could not be used (validate checks every field):",
        "  not-json  1, first at one.jsonl:2:1: unexpected character, expected a JSON value",
    ]


def test_validate_tells_findings_as_they_come(dump: Dump) -> None:
    dump(GOOD)
    with started("validate --follow dump.jsonl") as program:
        append("dump.jsonl", b"oops\n")
        assert program.out() == b"dump.jsonl:2:1: " + NOT_JSON
        status, _, err = program.ended()
    assert (status, err) == (130, b"2 events read: 1 valid, 1 with errors\n  not-json  1\n")


@pytest.mark.parametrize("command", ["stats", "stats -j 2", "stats -F -"])
def test_stats_gives_its_table_so_far(command: str) -> None:
    """Of what never ends, Ctrl-C gives the rows of what has come."""
    with started(f"{command} --format csv") as program:
        program.feed(GOOD + LATER)
        status, out, err = program.ended()
    assert (status, out.count(b"\n")) == (130, 2)
    assert out.splitlines()[1].startswith(b",53,2,2,")
    assert err == b"note: interrupted: this is what had come, 2 events\n"


@pytest.mark.parametrize("command", ["filter", "convert --to utc", "show", "stats"])
def test_interrupted_stream_ends_as_an_ended_one(command: str) -> None:
    with started(command) as program:
        program.feed(b"oops\n")
        status, _, err = program.ended()
    assert status == 130
    assert b"1 of 1 line could not be used" in err


def test_bad_line_of_a_pipe_is_told_at_once() -> None:
    """`--line-buffered` says that a pipe is live."""
    with started("filter --line-buffered") as program:
        program.feed(b"oops\n" * 12)
        told = [program.err() for _ in range(10)]
        status, _, err = program.ended()
    assert told == [b"<stdin>:%d:1: " % (n + 1) + NOT_JSON for n in range(10)]
    assert status == 130
    assert err.startswith(b"12 of 12 lines could not be used")


def test_rejects_of_a_live_stream_are_whole(dump: Dump) -> None:
    dump(b"oops\n")
    with started("filter -F --rejects bad.ndjson dump.jsonl") as program:
        program.err()
        assert Path("bad.ndjson").read_bytes().count(b"oops") == 1
        append("dump.jsonl", b"no end")
        assert program.ended()[0] == 130
    assert Path("bad.ndjson").read_bytes().count(b"\n") == 2


@pytest.mark.parametrize(
    ("command", "stdin", "expected"),
    [
        # It ends where enough has come, and where standard input does.
        ("filter -F -n 1 dump.jsonl", b"", Ran(0, GOOD, "")),
        ("filter -F", LATER, Ran(0, LATER, "")),
        ("filter -F --bad-lines stop bad.jsonl", b"", 1),
        ("filter -F --sort dump.jsonl", b"", 2),
        ("filter -F --count -n 4 dump.jsonl dump.jsonl", b"", Ran(0, b"4\n", "")),
    ],
)
def test_follow_ends(run: Run, dump: Dump, command: str, stdin: bytes, expected: Ran | int) -> None:
    dump(GOOD + LATER)
    dump(b"oops\n", "bad.jsonl")
    ran = run(command, stdin)
    assert expected in (ran, ran.status)


def test_output_is_never_followed(dump: Dump) -> None:
    """A file that is written to is refused, and the others are followed."""
    dump(GOOD)
    dump(b"", "out.jsonl")
    with open("out.jsonl", "ab") as out:
        ran = subprocess.run(
            [*CEVENTS, "filter", "-F", "-n", "1", "out.jsonl", "dump.jsonl"],
            stdout=out, stderr=subprocess.PIPE, check=False, timeout=20,
        )  # fmt: skip
    error = b"cevents: error: cannot read out.jsonl: what is written goes there\n"
    assert (ran.returncode, ran.stderr, Path("out.jsonl").read_bytes()) == (2, error, GOOD)
