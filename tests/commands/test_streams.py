"""Streams that are full, closed or one and the same; signals; what names do to a terminal."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ..conftest import Dump, message

fcntl = pytest.importorskip("fcntl", reason="needs POSIX")
termios = pytest.importorskip("termios", reason="needs POSIX")

#: What any of these runs takes, and far less than a run that never ends.
PATIENCE = 20

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell"),
    pytest.mark.reader("any"),
]


def shell(command: str) -> tuple[int, str, str]:
    """Run a command line in which `cevents` is this program; return status, stdout and stderr."""
    script = f'cevents() {{ "{sys.executable}" -m cevents "$@"; }}; {command}'
    ran = subprocess.run(["sh", "-c", script], capture_output=True, timeout=PATIENCE, check=False)
    return ran.returncode, ran.stdout.decode(), ran.stderr.decode()


@pytest.fixture(autouse=True)
def lines(dump: Dump) -> bytes:
    """Write two files of one event each, and return the line of the first."""
    dump(message("1"), "a.jsonl")
    dump(message("2"), "b.jsonl")
    return message("1")


WRITTEN = "cevents: error: cannot read {}: what is written goes there\n"


@pytest.mark.parametrize(
    ("command", "name", "written"),
    [
        ("cevents filter . > out.jsonl", "./out.jsonl", "out.jsonl"),
        ("cevents filter a.jsonl b.jsonl >> a.jsonl", "a.jsonl", "a.jsonl"),
        ("ln -s b.jsonl link; cevents filter a.jsonl link >> b.jsonl", "link", "b.jsonl"),
        ("ln b.jsonl link; cevents filter a.jsonl link >> b.jsonl", "link", "b.jsonl"),
        ("cevents filter a.jsonl /dev/fd/0 < b.jsonl >> b.jsonl", "/dev/fd/0", "b.jsonl"),
        ("cevents filter a.jsonl - < b.jsonl >> b.jsonl", "<stdin>", "b.jsonl"),
        ("cevents show -x . > out.json", "./out.json", "out.json"),
    ],
)
def test_output_is_never_read(command: str, name: str, written: str) -> None:
    """Whatever it is called; the other inputs are read."""
    assert shell(command) == (2, "", WRITTEN.format(name))
    assert 0 < Path(written).stat().st_size < 10_000


def test_messages_are_never_read() -> None:
    """A log that stands among the inputs is not one."""
    assert shell("cevents filter --count . 2> log") == (2, "2\n", "")
    assert Path("log").read_text() == WRITTEN.format("./log")


def test_rejects_are_never_read() -> None:
    Path("a.jsonl").write_bytes(b"oops\n")
    status, out, _ = shell("cevents filter --count --rejects aside . ./aside")
    assert (status, out) == (2, "1\n")
    assert Path("aside").read_bytes().count(b"\n") == 1


def test_file_that_grows_is_read_to_its_length() -> None:
    """What is written to it meanwhile is another run's."""
    assert shell("cevents filter a.jsonl | tee -a a.jsonl") == (0, message("1").decode(), "")
    assert Path("a.jsonl").read_bytes() == message("1") * 2


@pytest.mark.parametrize("stream", ["stdin", "stdout"])
def test_rejects_into_a_pipe_that_is_in_use(stream: str) -> None:
    """It would wait for itself, or mix records with results."""
    status, out, error = shell(f"cat a.jsonl | cevents filter --rejects /dev/{stream} | cat >&1")
    assert (status, out) == (0, "")
    assert error.startswith("cevents: error: --rejects ")


@pytest.mark.parametrize("stderr", ["2>/dev/full", "2>&-", "2>&1 >out | true"])
def test_messages_that_cannot_be_written(stderr: str, lines: bytes) -> None:
    """They change neither the output nor the status."""
    if "full" in stderr and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    _, out, _ = shell(f"(cevents filter missing a.jsonl; echo $? > status) {stderr}")
    assert Path("status").read_text() == "2\n"
    assert (out or Path("out").read_text()).encode() == lines


FULL = "cannot write to standard output: no space left on device"
CLOSED = "cannot write to standard output: it is closed"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
@pytest.mark.parametrize("arguments", ["--help", "--version", "stats --help", "schema", "explain"])
@pytest.mark.parametrize(("stdout", "reason"), [(">/dev/full", FULL), (">&-", CLOSED)])
def test_help_that_cannot_be_written(arguments: str, stdout: str, reason: str) -> None:
    assert shell(f"cevents {arguments} {stdout}") == (2, "", f"cevents: error: {reason}\n")


def test_nothing_to_write_needs_no_stdout() -> None:
    assert shell("cevents validate -q a.jsonl >&-") == (0, "", "")
    assert shell("cevents filter -c 99 a.jsonl >&-") == (0, "", "")


def test_no_file_takes_the_place_of_a_closed_stream() -> None:
    """The first file that is opened would else be stdout, or stderr."""
    assert shell("cevents filter a.jsonl --rejects r >&- 2>&-") == (2, "", "")
    assert Path("r").read_bytes() == b""
    assert Path("a.jsonl").read_bytes() == message("1")


NASTY = "x\x1b[31m\x07\r\u202ey"


@pytest.mark.parametrize(
    "arguments",
    [
        ["filter", NASTY],
        ["filter", "--rejects", f"no/{NASTY}", "a.jsonl"],
        ["validate", "--select", NASTY, "a.jsonl"],
        ["filter", "-w", f"{NASTY}=1", "a.jsonl"],
        ["filter", "-w", f"body.a~=({NASTY}", "a.jsonl"],
        ["filter", "--since", NASTY, "a.jsonl"],
        ["convert", "--to", NASTY, "a.jsonl"],
        ["convert", "--to", "utc", "--field", NASTY, "a.jsonl"],
        ["show", "--tz", NASTY, "a.jsonl"],
        ["stats", "--sort", NASTY, "a.jsonl"],
        ["explain", NASTY],
        ["schema", NASTY],
        ["restore", NASTY],
        [NASTY],
        ["filter", f"--{NASTY}"],
        ["filter", "-n", NASTY, "a.jsonl"],
        ["filter", "--include", NASTY, "."],
    ],
    ids=lambda arguments: " ".join(arguments).encode("unicode_escape").decode(),
)
def test_what_is_quoted_takes_no_effect(arguments: list[str]) -> None:
    """No argument and no file's name reaches the terminal as it is."""
    command = [sys.executable, "-m", "cevents", *arguments]
    ran = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
    said = ran.stderr.decode()
    assert ran.returncode == 2
    assert said.startswith(("cevents: error: ", "Usage: "))
    assert set(said) & set(NASTY) <= set("x31my[")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_end_it_silently(number: signal.Signals, lines: bytes) -> None:
    """What was written so far goes out first."""
    command = [sys.executable, "-m", "cevents", "filter", "-j", "1"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdin is not None
        process.stdin.write(lines)
        process.stdin.flush()
        while struct.unpack("i", fcntl.ioctl(process.stdin, termios.FIONREAD, bytes(4))) != (0,):
            time.sleep(0.02)
        time.sleep(0.3)  # it has read the line, and waits for more
        process.send_signal(number)
        out, error = process.communicate(timeout=PATIENCE)
    assert (out, error) == (lines, b"")
    assert process.returncode == (130 if number == signal.SIGINT else -number)


def test_signal_that_is_ignored_stays_so() -> None:
    """As under nohup."""
    count = "(sleep 0.6; cat a.jsonl) | cevents filter --count & sleep 0.3"
    assert shell(f'trap "" HUP; {count}; kill -HUP $!; wait $!') == (0, "1\n", "")


@pytest.mark.parametrize("delay", [0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15])
def test_interrupt_while_it_starts(delay: float) -> None:
    """There is no traceback, whatever is imported just then."""
    command = [sys.executable, "-m", "cevents", "validate", "--strict"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=PATIENCE)
    if b"/cevents/__" in error or not error:  # else Python itself was not ready
        assert (process.returncode in (130, -signal.SIGINT), out, error) == (True, b"", b"")
