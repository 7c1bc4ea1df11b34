"""What the tests share: the program, run in this process, and builders of event lines."""

from __future__ import annotations

import io
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest

from cevents import __main__ as process

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the process has it, before any numpy


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
