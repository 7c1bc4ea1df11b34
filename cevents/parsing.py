"""One line parsed as an event, or why it is none: what the slow reader starts from."""

from __future__ import annotations

import math
import re
from typing import Any

import orjson

from cevents.envelopes import event_inside, unfold
from cevents.problems import Problem
from cevents.spans import Path, Span, locate

#: Nesting that both readers refuse (orjson's own limit): msgspec's depends on the Python version.
MAX_DEPTH = 1024


def parse_event(line: bytes) -> tuple[dict[str, Any], Problem | None]:
    """Parse one line as far as every command needs it: an object with `metadata` and `body`."""
    value, problem = parse(line)
    if problem is None:
        problem = next(iter(envelope_problems(value, locate(line), event_name(value))), None)
    return value, problem


def parse(line: bytes) -> tuple[dict[str, Any], Problem | None]:
    """Parse one line as a JSON object, or say why it is none; never raises."""
    try:
        line.decode()
    except UnicodeDecodeError as error:
        byte = f"0x{line[error.start]:02x}"
        iconv = "JSON is UTF-8; `iconv` converts other encodings"
        return {}, Problem("not-utf8", error.start + 1, f"byte {byte} is not UTF-8", iconv)
    try:
        value = _loads(line)
    except orjson.JSONDecodeError as error:
        return {}, _not_json(line, error.msg, len(line.decode()[: error.pos].encode()))
    if isinstance(value, dict):
        return value, None
    column = len(line) - len(line.lstrip()) + 1
    hint = "an event is in it: --input auto takes it out" if unfold(line) else None
    return {}, Problem("not-an-object", column, f"the line is {a_type(value)}", hint)


def _loads(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        if not error.msg.startswith("number is infinity"):
            raise
    # A number past the range of a double is JSON all the same (RFC 8259, section 6): another
    # number stands in for it here, of the same length, so that all else keeps its place.
    return orjson.loads(_STRING_OR_NUMBER.sub(_in_range, line))


_STRING_OR_NUMBER = re.compile(
    rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+',
    re.DOTALL,
)


def _in_range(found: re.Match[bytes]) -> bytes:
    token = found[0]
    if token.startswith(b'"') or math.isfinite(float(token)):
        return token
    return b"0".rjust(len(token))


def _not_json(line: bytes, reason: str, at: int) -> Problem:
    hint = None
    if (inside := event_inside(line)) is not None:
        hint = f"an event is in the line, from column {inside + 1}"
    elif reason.startswith("unexpected end"):
        hint = "the line is cut off"
    elif line.lstrip().startswith(b"<"):
        hint = "this looks like HTML: an error page saved between events?"
    elif not line.strip(b"\0\r"):
        hint = "NUL bytes, as a crash leaves them"
    elif reason.startswith("depth limit"):
        hint = f"values nest at most {MAX_DEPTH} deep"
    return Problem("not-json", at + 1, reason, hint)


def envelope_problems(
    value: dict[str, Any], spans: dict[Path, Span], name: str | None
) -> list[Problem]:
    """Return what is wrong with the two parts that every event has."""
    problems = []
    for part in ("metadata", "body"):
        if part not in value:
            column = spans[()].start + 1
            hint = None
            if part == "metadata" and {"sensor", "dataVersion", "data"} <= value.keys():
                hint = "IMS Caliper, another format: it has no conversation events"
            message = f"{part} is missing"
            problems.append(Problem("missing-field", column, message, hint, part, name))
        elif not isinstance(value[part], dict):
            column = spans[(part,)].start + 1
            message = f"{part} is {a_type(value[part])}, not an object"
            problems.append(Problem("wrong-type", column, message, None, part, name))
    return problems


def event_name(value: dict[str, Any]) -> str | None:
    """Return the name of a decoded event, None where it has none."""
    metadata = value.get("metadata")
    name = metadata.get("event_name") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) else None


def a_type(value: Any) -> str:
    """Return what JSON calls the type of *value*, with its article."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "a boolean"
    for kind, name in ((dict, "an object"), (list, "an array"), (str, "a string")):
        if isinstance(value, kind):
            return name
    return "a number"
