"""The lines that a command could not use, set aside in the file of --rejects.

The file is NDJSON, one line a record. A long line is several records, so that neither writing it
nor restoring it holds more than a piece in memory.
"""

from __future__ import annotations

import os
import stat
import sys
from base64 import b64encode
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, TextIO

import orjson

from cevents.errors import CeventsError
from cevents.input.files import file_id
from cevents.input.sources import Source
from cevents.output.findings import finding
from cevents.tasks.result import Reject
from cevents.terminal import printable, safe_json

#: Bytes of a line that one record holds at most.
PIECE_BYTES = 1024 * 1024


class Rejects:
    """The file of --rejects, written as the lines come.

    A record is `{file, line, codes, findings, raw}`, or `base64` for `raw` where that is not UTF-8.
    The findings are the line's errors, which are at most as many as there are documented fields.
    The line is without its line feed; `"newline": false` says that it had none, `"more": true` that
    the next record goes on with it: the last one has the findings, each the codes.

    The file is this run's alone until it is closed, and whatever ends the run, its records are
    whole.
    """

    def __init__(self, path: str, inputs: list[Source]) -> None:
        """Open the file at *path* and empty it. Raises CeventsError if it must not or cannot be."""
        if path == "-":
            raise CeventsError("--rejects takes the name of a file, not -", "stdout is for results")
        for source in inputs:
            if _is(path, source.path or sys.stdin):
                raise CeventsError(f"--rejects would overwrite the input {source.name}")
        if _is(path, sys.stdout):
            raise CeventsError(f"--rejects and standard output are one file, {path}")
        self._path = path
        self._held = bytearray()  # the part of a line that is not written yet
        try:
            # Not emptied yet: it may be another run's.
            self.stream = open(path, "ab", buffering=0)  # noqa: SIM115 - see `__exit__`
            self._lock()
            if file_id(self.stream):
                self.stream.truncate(0)
        except OSError as error:
            raise self._unwritable(error) from None

    def __enter__(self) -> Rejects:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # nothing is left to write, or `add` has said so
            self.stream.close()

    def add(self, source: Source, rejects: Iterable[Reject]) -> None:
        """Write lines of an input. Raises CeventsError."""
        records = []
        for reject in rejects:
            self._held += reject.raw
            while len(self._held) > PIECE_BYTES:
                piece = bytes(self._held[:PIECE_BYTES])
                del self._held[:PIECE_BYTES]
                records.append(_record(source.name, reject, piece, more=True))
            if not reject.more:
                records.append(_record(source.name, reject, bytes(self._held)))
                self._held.clear()
        try:
            self._write(b"".join(records))
        except OSError as error:
            raise self._unwritable(error) from None

    def _write(self, records: bytes) -> None:
        """Write *records*; where that fails half way, leave only whole ones in the file."""
        written = 0
        try:
            while written < len(records):
                written += self.stream.write(memoryview(records)[written:])
        except BaseException:
            half = written - (records.rfind(b"\n", 0, written) + 1)
            if half and file_id(self.stream):
                self.stream.truncate(os.fstat(self.stream.fileno()).st_size - half)
            raise

    def _lock(self) -> None:
        """Raise CeventsError if another run writes there. A device is everybody's."""
        try:
            from fcntl import LOCK_EX, LOCK_NB, flock
        except ImportError:  # as on Windows
            return
        if _is_device(os.fstat(self.stream.fileno())):
            return
        try:
            flock(self.stream, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            self.stream.close()
            tip = "give each run a file of its own"
            raise CeventsError(f"cannot write {self._path}: another run writes it", tip) from None
        except OSError:  # a file system without locks
            pass

    def _unwritable(self, error: OSError) -> CeventsError:
        return CeventsError(f"cannot write {self._path}: {(error.strerror or str(error)).lower()}")


def _is(path: str, other: str | TextIO | None) -> bool:
    """Whether *other* is the file or the pipe at *path*; a device never is, as a terminal."""
    if other is None:
        return False
    try:
        found = os.stat(path)
        theirs = os.stat(other if isinstance(other, str) else other.fileno())
    except OSError:  # one of them is not there, or a stream in memory
        return False
    return not _is_device(found) and os.path.samestat(found, theirs)


def _is_device(status: os.stat_result) -> bool:
    return stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode)


def _record(file: str, reject: Reject, raw: bytes, more: bool = False) -> bytes:
    codes = dict.fromkeys(problem.code for problem in reject.errors)
    record: dict[str, Any] = {"file": printable(file), "line": reject.line, "codes": [*codes]}
    if not more:
        record["findings"] = [finding(problem) for problem in reject.errors]
    line = raw if more else raw.removesuffix(b"\n")
    try:
        record["raw"] = line.decode()
    except UnicodeDecodeError:
        record["base64"] = b64encode(line).decode()
    if more:
        record["more"] = True
    elif len(line) == len(raw):
        record["newline"] = False
    return safe_json(orjson.dumps(record)) + b"\n"
