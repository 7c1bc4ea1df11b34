"""The lines that a command could not use: set aside in a file by --rejects, and had back from it.

The file is NDJSON, one line a record. A long line is several records, so that neither way takes
memory for more than a piece of it.
"""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TextIO

import msgspec

from cevents.blocks import Block, Reject, Result, Settler, Task
from cevents.errors import CeventsError
from cevents.problems import Problem
from cevents.reading import is_utf8
from cevents.sources import Source
from cevents.terminal import printable, safe_json

#: Bytes of a line that one record holds at most.
PIECE_BYTES = 1024 * 1024


class Rejects:
    """The file of --rejects, written as the lines come.

    A record is `{file, line, codes, raw}`, or `base64` for `raw` where that is not UTF-8. The line
    is without its line feed; `"newline": false` says that it had none, `"more": true` that the next
    record goes on with it.
    """

    def __init__(self, path: str, inputs: list[Source]) -> None:
        """Open the file at *path* and empty it. Raises CeventsError where that must not be."""
        if path == "-":
            raise CeventsError("--rejects takes the name of a file, not -", "stdout is for results")
        for source in inputs:
            if _is_file(path, source.path or sys.stdin):
                raise CeventsError(f"--rejects would overwrite the input {source.name}")
        if _is_file(path, sys.stdout):
            raise CeventsError(f"--rejects and standard output are one file, {path}")
        self._path = path
        self._held = bytearray()  # of a line of which there is more
        try:
            self._stream = open(path, "wb")  # noqa: SIM115 - it is closed by `__exit__`
        except OSError as error:
            raise self._unwritable(error) from None

    def __enter__(self) -> Rejects:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # nothing is left to write, or `add` has said so
            self._stream.close()

    def add(self, source: Source, rejects: list[Reject]) -> None:
        """Write lines of an input. Raises CeventsError."""
        if not rejects:
            return
        try:
            for reject in rejects:
                self._held += reject.raw
                while len(self._held) > PIECE_BYTES:
                    piece = bytes(self._held[:PIECE_BYTES])
                    del self._held[:PIECE_BYTES]
                    self._stream.write(_record(source.name, reject, piece, more=True))
                if not reject.more:
                    self._stream.write(_record(source.name, reject, bytes(self._held)))
                    self._held.clear()
            self._stream.flush()
        except OSError as error:
            raise self._unwritable(error) from None

    def _unwritable(self, error: OSError) -> CeventsError:
        return CeventsError(f"cannot write {self._path}: {(error.strerror or str(error)).lower()}")


def _is_file(path: str, other: str | TextIO | None) -> bool:
    """Whether *other* is the file at *path*; what keeps no bytes, as a terminal, never is."""
    if other is None:
        return False
    try:
        found = os.stat(path)
        theirs = os.stat(other if isinstance(other, str) else other.fileno())
    except OSError:  # one of them is not there, or a stream in memory
        return False
    return stat.S_ISREG(found.st_mode) and os.path.samestat(found, theirs)


def _record(file: str, reject: Reject, raw: bytes, more: bool = False) -> bytes:
    record: dict[str, Any] = {"file": printable(file), "line": reject.line, "codes": reject.codes}
    line = raw if more else raw.removesuffix(b"\n")
    record |= {"raw": line.decode()} if is_utf8(line) else {"base64": line}
    if more:
        record["more"] = True
    elif len(line) == len(raw):
        record["newline"] = False
    return safe_json(msgspec.json.encode(record)) + b"\n"


class _Kept(msgspec.Struct):
    """What of a record is needed to have its line back."""

    raw: str | None = None
    base64: bytes | None = None
    newline: bool = True
    more: bool = False

    def line(self) -> bytes:
        """Return the bytes of the record. Raises msgspec.ValidationError where there are none."""
        if self.base64 is not None:
            return self.base64
        if self.raw is None:
            raise msgspec.ValidationError("it has neither `raw` nor `base64`")
        return self.raw.encode()


#: Stands in the output behind a line without a line feed: one is due if another line follows.
_DUE = b""


@dataclass(frozen=True)
class Restoration(Task):
    """Give the lines back that the records of a block hold, as they were."""

    def __call__(self, block: Block) -> Result:
        result = Result(len(block.lines))
        for number, line in enumerate(block.lines, 1):
            if not line.strip():
                result.blanks.append(number)
                continue
            try:
                kept = _decode(line)
                raw = kept.line()
            except msgspec.ValidationError as error:
                result.problems.append(_no_record("wrong-type", error, number))
            except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
                result.problems.append(_no_record("not-json", error, number))
            else:
                result.output += [raw] if raw else []
                if not kept.more:
                    result.output.append(b"\n" if kept.newline else _DUE)
        return result

    def settler(self) -> Settler:
        """Return what puts a line feed where two lines would become one."""
        due: list[bytes] = []

        def settle(result: Result, file: str, lines: int) -> None:
            pieces = [*due, *result.output]
            due[:] = [_DUE] if pieces[-1:] == [_DUE] else []
            result.output = [piece or b"\n" for piece in pieces[: len(pieces) - len(due)]]

        return settle


def _no_record(code: str, error: Exception, line: int) -> Problem:
    return Problem(code, 1, f"no record of --rejects: {error}", line=line)


_decode = msgspec.json.Decoder(_Kept).decode
