"""Signals at any moment: no traceback, the signal's own status, whole lines, nothing left."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import cevents as package

from ..conftest import Dump, message
from ..strategies import LONG
from .machine import CEVENTS, PATIENCE, READING, cevents, dump_of

pty = pytest.importorskip("pty", reason="needs POSIX")

#: Where the program is. An INT before anything of it runs is Python's own to tell of.
PACKAGE = os.fsencode(os.path.dirname(package.__file__) + os.sep)


@pytest.mark.parametrize("command", READING)
def test_any_moment(command: str, reader: str, dump: Dump, monkeypatch: pytest.MonkeyPatch) -> None:
    """The status tells the signal; the output is the start of the whole, with nothing twice;
    --rejects holds whole records, TMPDIR nothing."""
    dump(dump_of(1_000_000))
    whole = cevents(f"{command} dump.jsonl").stdout
    tmp = Path("tmp")
    tmp.mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp.absolute()))
    delays = random.Random(command)
    for shot in range(200 if LONG else 4):
        number = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)[shot % 3]
        jobs = 1 + shot % 2
        arguments = f"{command} -j {jobs} --rejects aside dump.jsonl".split()
        pipe = subprocess.PIPE
        with subprocess.Popen([*CEVENTS, *arguments], stdout=pipe, stderr=pipe) as process:
            time.sleep(delays.uniform(0, 0.4))
            process.send_signal(number)
            out, error = process.communicate(timeout=PATIENCE)
        if number == signal.SIGINT and b"Interrupt" in error and PACKAGE not in error:
            continue
        what = (command, shot, process.returncode, error)
        assert b"Traceback" not in error, what
        assert b"Exception" not in error, what
        ended = (-number, 130) if number == signal.SIGINT else (-number,)
        assert process.returncode in (*ended, 0, 1), what
        if process.returncode in ended:
            assert error == b"" or command.startswith(("validate", "stats")), what
        assert whole.startswith(out), what
        assert list(tmp.iterdir()) == [], what
        if Path("aside").exists():
            for line in Path("aside").read_bytes().splitlines(keepends=True):
                assert line.endswith(b"\n"), what
                assert json.loads(line)["raw"] == "oops", what


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_while_the_last_output_waits(number: signal.Signals, dump: Dump) -> None:
    """Nobody reads the last bytes: it does not wait for that."""
    dump(message() * 3000)
    ours, theirs = os.pipe()
    with subprocess.Popen(
        [*CEVENTS, "stats", "--format", "json", "dump.jsonl", *["dump.jsonl"] * 3],
        stdout=theirs,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: os.set_blocking(1, True),
    ) as process:
        os.write(theirs, b"x" * 65536)  # it is full
        os.close(theirs)
        time.sleep(1)
        process.send_signal(number)
        _, error = process.communicate(timeout=PATIENCE)
    os.close(ours)
    assert error == b""
    assert process.returncode in (-number, 130 if number == signal.SIGINT else -number)


@pytest.mark.parametrize("rounds", [3])
def test_several_signals(rounds: int, reader: str, dump: Dump) -> None:
    """As a terminal that closes, or a service manager that insists, sends them."""
    dump(dump_of(3_000_000))
    for delay in (0.1, 0.2, 0.3)[:rounds]:
        pipe = subprocess.PIPE
        with subprocess.Popen(
            [*CEVENTS, "show", "-x", "dump.jsonl"], stdout=pipe, stderr=pipe
        ) as process:
            time.sleep(delay)
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
                process.send_signal(number)
            _, error = process.communicate(timeout=PATIENCE)
        assert b"/cevents/" not in error
        assert process.returncode in (-signal.SIGTERM, -signal.SIGHUP, -signal.SIGINT, 130)


#: Asks for a signal where Python loses what is raised: in the end of an object.
LOST = """
import os, signal, sys
from cevents import __main__ as process
class Ending:
    def __del__(self):
        os.kill(os.getpid(), signal.SIG{name})
def run():
    print("written")
    Ending()
    return 0
process._run = run
process.main()
"""


@pytest.mark.parametrize(("name", "status"), [("TERM", -15), ("HUP", -1), ("INT", 130)])
def test_where_exceptions_are_lost(name: str, status: int) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LOST.format(name=name)],
        capture_output=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout, ran.stderr) == (status, b"written\n", b"")


def test_first_process_of_a_container(dump: Dump) -> None:
    """Its own signals do not end it: it says by its status which it would have been."""
    dump(message() * 5000)
    unshare = ["unshare", "--pid", "--fork", "--kill-child"]
    try:
        subprocess.run([*unshare, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs unshare, and the right to use it")
    with subprocess.Popen([*unshare, *CEVENTS, "filter", "dump.jsonl"], stdout=-1) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(PATIENCE) == 128 + signal.SIGPIPE


def test_terminal_that_hangs_up(dump: Dump) -> None:
    """While events are shown on it."""
    import pty

    dump(message() * 20_000)
    child, ours = pty.fork()
    if child == 0:
        os.execv(sys.executable, [*CEVENTS, "show", "dump.jsonl"])
    os.read(ours, 100)
    os.close(ours)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGHUP


@pytest.mark.parametrize("ignored", ["PIPE", "CHLD", "HUP"])
def test_signals_that_the_parent_ignores(ignored: str, dump: Dump) -> None:
    """A reader that goes away still ends it, silently."""
    dump(message() * 5000)
    script = f"trap '' {ignored}; {sys.executable} -m cevents filter dump.jsonl | head -n 1"
    ran = subprocess.run(["sh", "-c", script], capture_output=True, timeout=PATIENCE, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, message(), b"")
