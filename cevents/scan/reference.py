"""The reference: one text read by plain Python. What it takes, and with which values, is the rule.

It is slow and says everything: orjson parses the text, and a walk over its bytes finds where each
value stands. The compiled reader may refuse a text, and then the reference reads it; what the
compiled reader takes, the reference takes alike.
"""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

import orjson

from cevents.canvas.events import EVENTS, Kind
from cevents.canvas.ids import in_account, number
from cevents.canvas.problems import Problem
from cevents.canvas.timestamps import TimestampError
from cevents.canvas.timestamps import parse as parse_timestamp
from cevents.input.envelopes import event_inside, unfold
from cevents.input.spans import Spans
from cevents.scan.columns import (
    ABSENT,
    ESCAPED,
    NONE,
    NULL,
    NUMBER,
    ODD,
    OTHER,
    OTHER_EVENT,
    STRING,
)
from cevents.scan.plan import Plan

#: How deep values may nest (orjson's own limit).
MAX_DEPTH = 1024

_ACCOUNT = "metadata.root_account_id"
_NUMBERS = {name: index for index, name in enumerate(EVENTS)}


class Parsed(NamedTuple):
    """A text: its decoded *value*, and where the values in it stand. Empty if it is no object."""

    text: bytes
    value: dict[str, Any]
    spans: Spans

    @property
    def name(self) -> str | None:
        """The event's name; None where it has none."""
        metadata = self.value.get("metadata")
        name = metadata.get("event_name") if isinstance(metadata, dict) else None
        return name if isinstance(name, str) else None


def parse(text: bytes) -> tuple[Parsed, Problem | None]:
    """Parse a text as a JSON object, or say why it is none; never raises."""
    nothing = Parsed(text, {}, Spans(text))
    try:
        text.decode()
    except UnicodeDecodeError as error:
        byte = f"0x{text[error.start]:02x}"
        iconv = "JSON is UTF-8; `iconv` converts other encodings"
        return nothing, Problem("not-utf8", error.start + 1, f"byte {byte} is not UTF-8", iconv)
    try:
        value = _loads(text)
    except orjson.JSONDecodeError as error:
        return nothing, _not_json(text, error.msg, len(text.decode()[: error.pos].encode()))
    if isinstance(value, dict):
        return Parsed(text, value, Spans(text)), None
    column = len(text) - len(text.lstrip()) + 1
    hint = "an event is in it: --input auto takes it out" if unfold(text) else None
    return nothing, Problem("not-an-object", column, f"the line is {a_type(value)}", hint)


def envelope_problems(parsed: Parsed) -> list[Problem]:
    """Return what is wrong with the two parts that every event has."""
    problems = []
    value, spans, name = parsed.value, parsed.spans, parsed.name
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


class Value(NamedTuple):
    """One field of a text, as a row of a `Column`; *odd* is the text of an id that is no number."""

    start: int = 0
    length: int = 0
    kind: int = ABSENT
    value: int = NONE
    offset: int = 0
    odd: str | None = None


class Row(NamedTuple):
    """What a scan finds in a text: its event's number, and a value for each wanted field."""

    event: int
    values: list[Value]


def row(parsed: Parsed, plan: Plan) -> Row:
    """Return the row of a text, as `Columns` has it; the text begins at 0."""
    values = [_value(parsed, path, plan.kind_of(path)) for path in plan.wanted]
    ids = [at for at, path in enumerate(plan.wanted) if plan.kind_of(path) in ("id", "global_id")]
    account = _value(parsed, _ACCOUNT, "global_id").value if ids else NONE
    for at in ids:
        if values[at].value >= 0:
            values[at] = values[at]._replace(value=in_account(values[at].value, account))
    return Row(_NUMBERS.get(parsed.name or "", OTHER_EVENT), values)


def _value(parsed: Parsed, path: str, kind: Kind | None) -> Value:
    part, _, name = path.partition(".")
    values = parsed.value.get(part)
    if not isinstance(values, dict) or name not in values:
        return Value()
    found, span = values[name], parsed.spans[(part, name)]
    if found is None:
        return Value(kind=NULL)
    place = span.start, span.end - span.start
    if isinstance(found, str):
        start, length = span.start + 1, span.end - span.start - 2
        is_escaped = b"\\" in parsed.text[start : start + length]
        read = Value(start, length, ESCAPED if is_escaped else STRING)
        return _read(read, found, kind)
    if isinstance(found, int | float) and not isinstance(found, bool):
        digits = parsed.text[span.start : span.end]
        value = Value(*place, NUMBER)
        is_id = kind in ("id", "global_id") and digits.isdigit()
        return _read(value, digits.decode(), kind) if is_id else value
    return Value(*place, OTHER)


def _read(value: Value, text: str, kind: Kind | None) -> Value:
    if kind == "timestamp":
        try:
            stamp = parse_timestamp(text)
        except TimestampError:
            return value
        return value._replace(value=stamp.instant, offset=stamp.offset)
    if kind in ("id", "global_id"):
        known = number(text)
        if known is None:
            return value._replace(value=ODD, odd=text)
        return value._replace(value=known)
    return value


def _loads(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if not error.msg.startswith("number is infinity"):
            raise
    # A number past the range of a double is JSON all the same (RFC 8259, section 6): another
    # number stands in for it here, of the same length, so that all else keeps its place.
    return orjson.loads(_STRING_OR_NUMBER.sub(_in_range, text))


_STRING_OR_NUMBER = re.compile(
    rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+',
    re.DOTALL,
)


def _in_range(found: re.Match[bytes]) -> bytes:
    token = found[0]
    if token.startswith(b'"') or math.isfinite(float(token)):
        return token
    return b"0".rjust(len(token))


def _not_json(text: bytes, reason: str, at: int) -> Problem:
    hint = None
    if (inside := event_inside(text)) is not None:
        hint = f"an event is in the line, from column {inside + 1}"
    elif reason.startswith("unexpected end"):
        hint = "the line is cut off"
    elif text.lstrip().startswith(b"<"):
        hint = "this looks like HTML: an error page saved between events?"
    elif not text.strip(b"\0\r"):
        hint = "NUL bytes, as a crash leaves them"
    elif reason.startswith("depth limit"):
        hint = f"values nest at most {MAX_DEPTH} deep"
    return Problem("not-json", at + 1, reason, hint)


def a_type(value: Any) -> str:
    """Return what JSON calls the type of *value*, with its article."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "a boolean"
    for kind, name in ((dict, "an object"), (list, "an array"), (str, "a string")):
        if isinstance(value, kind):
            return name
    return "a number"
