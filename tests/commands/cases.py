"""Tables of whole commands, and the lines that several of them read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ..conftest import Ran, created, forwarded, message, other


def case(
    name: str, command: str, stdin: bytes, stdout: bytes = b"", stderr: str = "", status: int = 0
) -> Any:
    """Return one row of a table of whole commands."""
    return pytest.param(command, stdin, Ran(status, stdout, stderr), id=name)


def table(*cases: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("command", "stdin", "expected"), cases)


def at(line: bytes, text: str) -> int:
    """Return the column, in bytes from 1, at which *text* stands in *line*."""
    return line.index(text.encode()) + 1


def objects(data: bytes) -> list[dict[str, Any]]:
    """Return the JSON objects of *data*, one a line."""
    return [json.loads(line) for line in data.splitlines()]


TIME_AT = at(message(time="T"), '"T"')
CREATED_AT = at(message(created="T"), '"T"')
OTHER_TIME_AT = at(other(time="T"), '"T"')
MISSING_TIME = b'{"metadata":{"event_name":"logged_in"},"body":{}}\n'


#: Two events, and a line between them that is none.
LINES = message() + b"53\n" + created()

#: What `validate` says in the end of one valid event, and of two.
ONE = "1 event read: 1 valid, 0 with errors\n"
TWO = "2 events read: 2 valid, 0 with errors\n"

A = created(time_zone="America/Denver", user_id="21070000000000123")
B = message(number="9", url="http://h/conversations/53/add_message", user_id=21070000000000123)
C = message(conversation=53, number="10", author="3", time="2020-03-24T17:30:00+01:00")
D = forwarded(conversation="54", time="2020-03-25T00:00:00Z")
E = other(body={"nested": {"deep": [1, "two"]}, "flag": True, "none": None, "score": 0.1})

FIRST_FOUND = (
    "1 of 2 lines could not be used (validate checks every field):\n"
    "  not-json  1, first at <stdin>:2:1: unexpected character, expected a JSON value\n"
)
