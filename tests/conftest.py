"""What the tests share: the program, run in this process, and builders of event lines."""

from __future__ import annotations

import bz2
import gzip
import importlib
import io
import json
import lzma
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest
from hypothesis import settings

from cevents import __main__ as process

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# The same examples each time, and no verdict by the clock.
settings.register_profile("steady", deadline=None, derandomize=True, database=None)
settings.load_profile("steady")

#: Compressors, by the name of their format.
FORMS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd.compress,
}


#: The program as a process.
CEVENTS = [sys.executable, "-m", "cevents"]

needs_fifo = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no system with named pipes")


class Ran(NamedTuple):
    """What a command did: its exit status, and what it wrote."""

    status: int
    stdout: bytes
    stderr: str


class Run(Protocol):
    """Runs a command line, without its `cevents`, over *stdin*."""

    def __call__(self, command: str, stdin: bytes = b"") -> Ran: ...


class Dump(Protocol):
    """Writes a file in the folder where commands run, and returns its name."""

    def __call__(self, data: bytes, name: str = "dump.jsonl") -> str: ...


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Let Ctrl-C reach the programs that the tests start: in the background it is ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing around the tests decide colours or zones."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TZ", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


def has_compiled_reader() -> bool:
    """Whether the compiled reader was built. One that is there and can't be loaded is an error."""
    try:
        importlib.import_module("cevents.scan._native")
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("cevents.scan"):
            raise
        return False
    return True


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="try all cases of each table")
    parser.addoption(
        "--long", action="store_true", help="that, and many more examples of each property"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to run without the compiled reader where CEVENTS_SPEEDUPS=require is set."""
    if config.getoption("--long"):
        os.environ["CEVENTS_LONG"] = "1"  # here and in the processes that run tests side by side
    if not hasattr(config, "workerinput"):  # it is not one of those processes
        _keep_bytecode(config)
    if os.environ.get("CEVENTS_SPEEDUPS") == "require" and not has_compiled_reader():
        raise pytest.UsageError("CEVENTS_SPEEDUPS=require, and cevents.scan._native is not built")


def _keep_bytecode(config: pytest.Config) -> None:
    """Compile the modules once for all the programs that tests start, in a folder of their own."""
    folder = tempfile.mkdtemp(prefix="cevents-tests-")
    config.add_cleanup(partial(shutil.rmtree, folder, ignore_errors=True))
    os.environ["PYTHONPYCACHEPREFIX"] = folder
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


#: How many cases of each table run without --all, and in the rooms of many.
FEW = 8
FEW_IN = {"attacks": 1, "growth": 2}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without --all, run a few cases of each table, far from each other."""
    if config.getoption("--all") or config.getoption("--long"):
        return
    tables: dict[tuple[str, str], list[pytest.Item]] = {}
    for item in items:
        tables.setdefault((item.path.parent.name, item.nodeid.partition("[")[0]), []).append(item)
    chosen: set[pytest.Item] = set()
    for (room, _), cases in tables.items():
        few = min(len(cases), FEW_IN.get(room, FEW))
        chosen.update(cases[(2 * step + 1) * len(cases) // (2 * few)] for step in range(few))
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = [item for item in items if item in chosen]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what asks for `reader` on both readers, or on those that its marker names."""
    if "reader" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("reader")
        readers = marker.args if marker else ("compiled", "python")
        metafunc.parametrize("reader", readers, indirect=True)


@pytest.fixture
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Choose what reads the lines, in this process and in those it starts; return its name."""
    name: str = request.param
    if name == "compiled":
        if not has_compiled_reader():
            pytest.skip("the compiled reader is not built")
        monkeypatch.delenv("CEVENTS_PURE", raising=False)
    elif name == "python":
        monkeypatch.setenv("CEVENTS_PURE", "1")
    else:
        assert name == "any"
    return name


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Give a function that runs a command in this process, as the real process would."""
    # click takes the program's name from here where the tests run as `python -m pytest`.
    monkeypatch.setattr(sys.modules["__main__"], "__package__", None, raising=False)

    def call(command: str, stdin: bytes = b"") -> Ran:
        streams = {name: io.TextIOWrapper(io.BytesIO(), "utf-8") for name in ("stdout", "stderr")}
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["cevents", *shlex.split(command)])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
            for name, stream in streams.items():
                patch.setattr(sys, name, stream)
            status = process._run()
        written = []
        for stream in streams.values():
            stream.flush()
            written.append(stream.buffer.getvalue())
        return Ran(status, written[0], written[1].decode())

    return call


@pytest.fixture
def dump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dump:
    """Give a function that writes a dump into a new folder, in which the commands run."""
    monkeypatch.chdir(tmp_path)

    def write(data: bytes, name: str = "dump.jsonl") -> str:
        Path(name).write_bytes(data)
        return name

    return write


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start the program with pipes for all of its streams; kill it where it waits too long."""
    pipe = subprocess.PIPE
    with subprocess.Popen([*CEVENTS, *arguments], stdin=pipe, stdout=pipe, stderr=pipe) as process:
        timer = threading.Timer(5, process.kill)
        timer.start()
        try:
            yield process
        finally:
            timer.cancel()
            process.kill()


def interrupt(process: subprocess.Popen[bytes]) -> None:
    """Interrupt a program that waits for input, as Ctrl-C does, once it has come to rest.

    Python looks for signals before it reads: one that comes in between waits with the read.
    """
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)


def event(name: str, body: dict[str, Any], time: Any, **metadata: Any) -> bytes:
    """Return the line of an event, compact, with its line feed."""
    whole = {"metadata": {**metadata, "event_name": name, "event_time": time}, "body": body}
    return json.dumps(whole, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def message(
    conversation: Any = "53",
    number: Any = "9",
    author: Any = "2",
    created: Any = "2020-03-24T10:55:59-06:00",
    time: Any = "2020-03-24T16:55:59.973Z",
    **metadata: Any,
) -> bytes:
    """Return the line of a conversation_message_created event; *number* is the message's id."""
    body = {
        "author_id": author,
        "conversation_id": conversation,
        "created_at": created,
        "message_id": number,
    }
    return event("conversation_message_created", body, time, **metadata)


def created(
    conversation: Any = "53",
    updated: Any = "2020-03-24T16:00:00Z",
    time: Any = "2020-03-24T16:00:00.123Z",
    **metadata: Any,
) -> bytes:
    """Return the line of a conversation_created event."""
    body = {"conversation_id": conversation, "updated_at": updated}
    return event("conversation_created", body, time, **metadata)


def forwarded(
    conversation: Any = "53",
    updated: Any = "2020-03-24T17:00:00Z",
    time: Any = "2020-03-24T17:00:00.456Z",
    **metadata: Any,
) -> bytes:
    """Return the line of a conversation_forwarded event."""
    body = {"conversation_id": conversation, "updated_at": updated}
    return event("conversation_forwarded", body, time, **metadata)


def other(
    name: Any = "course_created",
    body: dict[str, Any] | None = None,
    time: Any = "2020-03-24T18:00:00Z",
    **metadata: Any,
) -> bytes:
    """Return the line of another kind of Canvas event."""
    return event(name, body or {}, time, **metadata)
