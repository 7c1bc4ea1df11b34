"""`restore`: the lines that --rejects has set aside, recovered from its records."""

from __future__ import annotations

import binascii
from base64 import b64decode
from dataclasses import dataclass
from typing import Any

import orjson

from cevents.canvas.problems import Problem
from cevents.input.blocks import Block
from cevents.input.buffers import Buffers
from cevents.tasks.result import Result
from cevents.tasks.task import InOrderStep, Task

#: Marks in the output the end of a line without a line feed: it gets one if another follows.
_DUE = b""


class _NoRecordError(ValueError):
    """The line is JSON, but no record."""


@dataclass(frozen=True)
class Restoration(Task):
    """Give the lines back that the records of a block hold, as they were."""

    def result(self, block: Block, buffers: Buffers | None = None) -> Result:
        result = Result(block)
        for row in range(len(block)) if block.fault is None else ():
            record = block.text(row)
            if not record.strip():
                result.blanks.append(row)
                continue
            try:
                value = orjson.loads(record)
                raw = _line(value)
            except orjson.JSONDecodeError as error:
                result.problems[row] = [_problem("not-json", error.msg)]
            except (_NoRecordError, UnicodeError, binascii.Error) as error:
                result.problems[row] = [_problem("wrong-type", str(error))]
            else:
                result.output += [raw] if raw else []
                if not value.get("more"):
                    result.output.append(b"\n" if value.get("newline", True) else _DUE)
        return result

    def in_order_step(self) -> InOrderStep:
        """Return what puts a line feed where two lines would otherwise become one."""
        due: list[bytes] = []

        def put_line_feed(result: Result, _: str) -> None:
            pieces = [*due, *result.output]
            due[:] = [_DUE] if pieces[-1:] == [_DUE] else []
            result.output = [piece or b"\n" for piece in pieces[: len(pieces) - len(due)]]

        return put_line_feed


def _line(record: Any) -> bytes:
    """Return the bytes of a line that a record holds. Raises ValueError where there are none."""
    if not isinstance(record, dict):
        raise _NoRecordError("it is no object")
    for name in ("newline", "more"):
        if not isinstance(record.get(name, False), bool):
            raise _NoRecordError(f"`{name}` is not true or false")
    for name in ("base64", "raw"):
        text = record.get(name)
        if isinstance(text, str):
            return b64decode(text, validate=True) if name == "base64" else text.encode()
        if text is not None:
            raise _NoRecordError(f"`{name}` is not a string")
    raise _NoRecordError("it has neither `raw` nor `base64`")


def _problem(code: str, reason: str) -> Problem:
    return Problem(code, 1, f"no record of --rejects: {reason}")
