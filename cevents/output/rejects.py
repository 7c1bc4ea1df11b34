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
            self.stream = open(path, "wb")  # noqa: SIM115 - it is closed by `__exit__`
        except OSError as error:
            raise self._unwritable(error) from None

    def __enter__(self) -> Rejects:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # nothing is left to write, or `add` has said so
            self.stream.close()

    def add(self, source: Source, rejects: Iterable[Reject]) -> None:
        """Write lines of an input. Raises CeventsError."""
        try:
            for reject in rejects:
                self._held += reject.raw
                while len(self._held) > PIECE_BYTES:
                    piece = bytes(self._held[:PIECE_BYTES])
                    del self._held[:PIECE_BYTES]
                    self.stream.write(_record(source.name, reject, piece, more=True))
                if not reject.more:
                    self.stream.write(_record(source.name, reject, bytes(self._held)))
                    self._held.clear()
            self.stream.flush()
        except OSError as error:
            raise self._unwritable(error) from None

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
    is_device = stat.S_ISCHR(found.st_mode) or stat.S_ISBLK(found.st_mode)
    return not is_device and os.path.samestat(found, theirs)


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
