"""Limits of memory, files, file sizes and threads: all or an error line, and no wrong answer."""

from __future__ import annotations

import errno
import gzip
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cevents.input.sources import Source
from cevents.tasks.engine import Cutting, jobs_for, run
from cevents.tasks.selection import Selection

from ..conftest import Dump, message
from ..strategies import LONG
from .machine import SAMPLES, assert_told, cevents, dump_of

resource = pytest.importorskip("resource")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems limit otherwise")

MB = 1 << 20


def limited(what: str, most: int) -> Callable[[], None]:
    """Return what sets a limit, for a process that is about to begin."""
    return lambda: resource.setrlimit(getattr(resource, what), (most, most))


#: From about what Python itself takes to start.
MEMORIES = [quarters / 4 for quarters in range(96, 400)] if LONG else [26, 33, 44, 56, 140]


#: What Python does where it can raise no MemoryError for want of memory; seen in 1 of 100 runs.
PYTHONS_OWN = "Exception ignored in"
PYTHON_GAVE_UP = (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGILL)


@pytest.mark.parametrize("command", ["filter", "filter -j 4"])
def test_memory(command: str, reader: str, dump: Dump) -> None:
    """In every amount of it the output is whole, or ends with an error line."""
    dump(dump_of(2 * MB))
    whole = cevents(f"{command} dump.jsonl")
    assert whole.status == 1
    for size in MEMORIES:
        ran = cevents(f"{command} dump.jsonl", before=limited("RLIMIT_AS", int(size * MB)))
        assert whole.stdout.startswith(ran.stdout)
        if "-j" in command and (ran.status in PYTHON_GAVE_UP or PYTHONS_OWN in ran.stderr):
            assert ran.status not in (0, 1)
            continue
        assert_told(ran)
        assert ran == whole or ran.status == 2


@pytest.mark.parametrize("granted", [0, 1, 2, 3, 5])
def test_threads_that_are_refused(
    granted: int, dump: Dump, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fewer do the work, or none besides the one that asks for it; the answer is the same."""
    import _thread

    start: Any = _thread.start_new_thread
    started: list[object] = []

    def start_some(*call: object) -> Any:
        if len(started) >= granted:
            raise RuntimeError("can't start new thread")
        started.append(call)
        return start(*call)

    files = [dump(message(number=str(number)) * 50, str(number)) for number in range(9)]
    monkeypatch.setattr(_thread, "start_new_thread", start_some)
    steps = run(Selection(), [Source(file) for file in files], jobs=4, cutting=Cutting(999))
    expected = b"".join(Path(file).read_bytes() for file in files)
    assert b"".join(b"".join(step.result.output) for step in steps) == expected
    assert len(started) == granted


@pytest.mark.parametrize("dying", ["_read_inputs", "_run"])
def test_threads_that_fail(dying: str, dump: Dump, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for one that has died for want of memory, wherever that was."""

    def die(*_: object) -> None:
        raise MemoryError

    room = "engine._Reading" if dying == "_read_inputs" else "threads.Workers"
    monkeypatch.setattr(f"cevents.tasks.{room}.{dying}", die)
    with pytest.raises(MemoryError):
        list(run(Selection(), [Source(dump(message() * 50))], jobs=2))


def test_memory_is_no_error_of_the_reader(dump: Dump) -> None:
    """Where the memory is limited, there are as many threads as it allows by default."""
    dump(dump_of(5 * MB))
    ran = cevents("filter --count dump.jsonl", before=limited("RLIMIT_AS", 100 * MB))
    assert (ran.status, ran.stdout) == (1, b"%d\n" % dump_of(5 * MB).count(b"metadata"))


def test_processes_that_are_refused(dump: Dump) -> None:
    """Another user's ulimit -u refuses threads; the work is done without."""
    if os.geteuid() != 0:
        pytest.skip("root alone may become somebody else")
    dump(dump_of(5 * MB))
    os.chmod(".", 0o755)
    data = Path("dump.jsonl").read_bytes()

    def before() -> None:
        limited("RLIMIT_NPROC", 1)()
        os.setuid(54321)

    with open("dump.jsonl", "rb") as stdin:
        try:
            ran = cevents("filter --count -j 4", stdin.fileno(), before)
        except PermissionError:
            pytest.skip("somebody else cannot run this Python")
    if "No module" in ran.stderr or "Permission" in ran.stderr:
        pytest.skip("somebody else cannot run this Python")
    assert (ran.status, ran.stdout) == (1, b"%d\n" % data.count(b"metadata"))


@pytest.mark.parametrize("most", range(5, 16) if LONG else [5, 6, 7, 9, 14])
def test_open_files(most: int, reader: str, dump: Dump) -> None:
    """Sorting on disk, --rejects and many inputs at once, in few descriptors.

    Python itself takes four to start.
    """
    names = [dump(gzip.compress(dump_of(1)), f"{number}.gz") for number in range(6)]
    command = f"filter -j 4 --sort --sort-memory 20K --rejects aside {' '.join(names)}"
    before = limited("RLIMIT_NOFILE", most)
    ran = cevents(command, before=before)
    assert_told(ran)
    assert ran.status == 2 or ran.stdout.count(b"\n") == 6000
    for name in set(re.findall(r"cannot read (\S+):", ran.stderr)) & {*names}:
        assert f"{name}: {os.strerror(errno.EMFILE).lower()}" in ran.stderr.lower()


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("kib", [1, 10, 100])
def test_size_of_files(
    kib: int, unbuffered: str, reader: str, dump: Dump, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written is a prefix of the output; that it is not all is an error."""
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    dump(dump_of(200_000))
    whole = cevents("filter dump.jsonl").stdout
    with open("out", "wb") as out:
        before = limited("RLIMIT_FSIZE", kib * 1024)
        ran = cevents("filter dump.jsonl", before=before, stdout=out)
    assert (ran.status, ran.stderr) == (
        2, "cevents: error: cannot write to standard output: file too large\n"
    )  # fmt: skip
    assert Path("out").read_bytes() == whole[: kib * 1024]


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_the_last_bytes_that_do_not_fit(
    unbuffered: str, dump: Dump, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that takes all but the last bytes is no success."""
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    size = len(dump(message() * 20) and message() * 20)
    with open("out", "wb") as out:
        ran = cevents("filter dump.jsonl", before=limited("RLIMIT_FSIZE", size - 5), stdout=out)
    assert_told(ran)
    assert ran.status == 2


@pytest.mark.parametrize("kib", [1, 2, 5, 64])
def test_size_of_rejects(kib: int, reader: str, dump: Dump) -> None:
    """They are whole records, however few."""
    dump(b"oops\n" * 5000)
    command = "filter --rejects aside dump.jsonl"
    ran = cevents(command, before=limited("RLIMIT_FSIZE", kib * 1024))
    assert (ran.status, ran.stderr) == (2, "cevents: error: cannot write aside: file too large\n")
    records = Path("aside").read_bytes().splitlines(keepends=True)
    assert all(record.startswith(b"{") and record.endswith(b"}\n") for record in records)
    assert kib * 1024 - 400 < sum(map(len, records)) <= kib * 1024


@pytest.mark.skipif(not LONG, reason="takes long")
@pytest.mark.parametrize("command", ["validate --strict", "show -x", "filter --sort"])
def test_memory_of_other_commands(command: str, reader: str) -> None:
    for size in MEMORIES[::8]:
        before = limited("RLIMIT_AS", int(size * MB))
        assert_told(cevents(f"{command} {SAMPLES}/conversations.jsonl", before=before))


def test_jobs_that_the_memory_allows(dump: Dump, monkeypatch: pytest.MonkeyPatch) -> None:
    dump(bytes(5 * MB))
    monkeypatch.setattr("os.process_cpu_count", lambda: 8, raising=False)
    for limit, jobs in ((200 * MB, 1), (1024 * MB, 4), (resource.RLIM_INFINITY, 8)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, limit=limit: (limit, limit))
        assert jobs_for([Source("dump.jsonl")]) == jobs
