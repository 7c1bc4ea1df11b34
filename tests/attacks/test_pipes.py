"""Streams that others have set up in their own way: nothing is lost, and no end comes early."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from subprocess import PIPE

import pytest

from ..conftest import Dump, message
from ..strategies import LONG
from .machine import CEVENTS, PATIENCE, READING, assert_told, cevents, dump_of

fcntl = pytest.importorskip("fcntl", reason="needs POSIX")

LINES = b"".join(message(number=str(number)) for number in range(1500))


def written_slowly(end: int, data: bytes) -> None:
    """Write *data* in pieces of any size, with a rest between some."""
    for number, start in enumerate(range(0, len(data), 70_001)):
        piece = memoryview(data)[start : start + 70_001]
        while piece:
            piece = piece[os.write(end, piece) :]
        if number % 2 == 0:
            time.sleep(0.02)
    os.close(end)


@pytest.mark.parametrize("command", ["filter", "filter -j 2", "filter --input json"])
def test_stdin_that_does_not_wait(command: str, reader: str) -> None:
    """That nothing has come yet is not the end."""
    ours, theirs = os.pipe()
    os.set_blocking(ours, False)
    writer = threading.Thread(target=written_slowly, args=(theirs, LINES))
    writer.start()
    ran = cevents(command, ours)
    os.close(ours)
    writer.join()
    assert (ran.status, ran.stdout) == (0, LINES)


def read_slowly(end: int) -> bytes:
    read = b""
    while piece := os.read(end, 50_000):
        read += piece
        if len(read) % 7 == 0:
            time.sleep(0.01)
    os.close(end)
    return read


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["filter", "show", "stats --format json", "--help"])
def test_stdout_that_does_not_wait(
    command: str, unbuffered: str, reader: str, dump: Dump, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow reader gets all of it."""
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    dump(LINES)
    command += "" if command == "--help" else " dump.jsonl"
    expected = cevents(command).stdout
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    with subprocess.Popen(
        [*CEVENTS, *command.split()], stdout=theirs, stderr=subprocess.PIPE
    ) as process:
        os.close(theirs)
        time.sleep(0.4)
        assert read_slowly(ours) == expected
        assert process.stderr is not None
        assert (process.wait(PATIENCE), process.stderr.read()) == (0, b"")


def test_stderr_that_does_not_wait(reader: str, dump: Dump) -> None:
    """Messages are not lost either."""
    names = [f"no-such-file-of-a-rather-long-name-{number}" for number in range(2000)]
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    with subprocess.Popen([*CEVENTS, "filter", *names], stdout=PIPE, stderr=theirs) as process:
        os.close(theirs)
        time.sleep(0.4)
        said = read_slowly(ours)
        assert process.wait(PATIENCE) == 2
    assert said.count(b"\n") == len(names)


def sent(end: socket.socket) -> None:
    end.sendall(LINES)
    end.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("command", ["filter", "filter -j 2"])
def test_sockets(command: str, reader: str) -> None:
    """Both stdin and stdout may be the two ends of a connection."""
    ours, theirs = socket.socketpair()
    with (
        theirs,
        subprocess.Popen(
            [*CEVENTS, *command.split()], stdin=theirs.fileno(), stdout=theirs.fileno()
        ),
    ):
        writer = threading.Thread(target=sent, args=(ours,))
        writer.start()
        theirs.close()
        read = b""
        while piece := ours.recv(1 << 16):
            read += piece
        writer.join()
    ours.close()
    assert read == LINES


def test_input_a_byte_at_a_time(reader: str) -> None:
    """As a network may deliver it."""
    data = dump_of(1).splitlines(keepends=True)[:9]
    ours, theirs = os.pipe()
    with subprocess.Popen(
        [*CEVENTS, "filter", "--count"], stdin=ours, stdout=PIPE, stderr=PIPE
    ) as one:
        os.close(ours)
        for byte in b"".join(data):
            os.write(theirs, bytes((byte,)))
        os.close(theirs)
        out, _ = one.communicate(timeout=PATIENCE)
    assert out == b"%d\n" % sum(b"metadata" in line for line in data)


def test_two_programs_that_append_to_one_file(reader: str, dump: Dump) -> None:
    """Opened to append, it holds all lines of both."""
    names = [dump(b"".join(message(x, str(n)) for n in range(3000)), x) for x in ("1", "2")]
    command = " & ".join(f"{sys.executable} -m cevents filter {name} >> out" for name in names)
    subprocess.run(["sh", "-c", f"{command}; wait"], check=True, timeout=PATIENCE)
    with open("out", "rb") as out:
        assert len(out.read()) == sum(os.path.getsize(name) for name in names)


@pytest.mark.parametrize("command", [*READING, "restore", "schema", "explain", "--help"])
def test_closed_streams(command: str, dump: Dump) -> None:
    """Any of the three, in every command: output that is lost is status 2, and nothing hangs."""
    dump(b"" if command == "restore" else message() + b"oops\n")
    reads = command not in ("schema", "explain", "--help")
    for closed in range(8) if LONG or command == "stats" else (2, 5, 7):
        how = {"stdin": 0, "stdout": 1, "stderr": 2}
        shut = [number for number in how.values() if closed >> number & 1]
        redirections = " ".join(f"{number}>&-" for number in shut)
        files = "dump.jsonl" if reads else ""
        script = f'"$0" -m cevents {command} {files} {redirections}'
        ran = subprocess.run(
            ["sh", "-c", script, sys.executable],
            input=b"", capture_output=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert b"Traceback" not in ran.stderr
        is_lost = 1 in shut and command != "restore"
        usual = 0 if not reads or command == "restore" else 1
        assert ran.returncode == (2 if is_lost else usual), (command, shut, ran)


@pytest.mark.parametrize("mode", [os.O_RDONLY, os.O_PATH if hasattr(os, "O_PATH") else 0])
def test_stdout_that_is_open_for_reading(mode: int, reader: str, dump: Dump) -> None:
    dump(message())
    dump(b"", "out")
    out = os.open("out", mode)
    ran = cevents("filter dump.jsonl", stdout=out)
    os.close(out)
    assert_told(ran)
    assert ran.stderr == "cevents: error: cannot write to standard output: it is closed\n"


def test_pipe_of_one_page(reader: str) -> None:
    """A pipe of one page passes everything, too."""
    fcntl = pytest.importorskip("fcntl")
    if not hasattr(fcntl, "F_SETPIPE_SZ"):
        pytest.skip("its size is fixed here")
    ours, theirs = os.pipe()
    fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, 4096)
    writer = threading.Thread(target=written_slowly, args=(theirs, LINES))
    writer.start()
    ran = cevents("filter --count", ours)
    os.close(ours)
    writer.join()
    assert ran.stdout == b"1500\n"
