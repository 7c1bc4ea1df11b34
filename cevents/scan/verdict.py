"""The reference's verdict: everything that is wrong with one text, each finding with its place."""

from __future__ import annotations

from typing import Any

import orjson

from cevents.canvas.events import EVENTS, KNOWN, Field, is_misspelt, nearest_documented
from cevents.canvas.ids import is_id
from cevents.canvas.plausibility import (
    is_at_odds,
    is_rounded,
    odd_offset,
    requested_conversation,
    zone_offset,
)
from cevents.canvas.problems import CODES, LONGEST_NAME, Problem, Severity
from cevents.canvas.timestamps import Timestamp, TimestampError, quoted, shortened
from cevents.canvas.timestamps import parse as parse_timestamp
from cevents.canvas.zones import is_zone
from cevents.input.spans import Path, Span, repeats
from cevents.scan.reference import Parsed, a_type, envelope_problems, parse


def explain(text: bytes, strict: bool = False) -> list[Problem]:
    """Return everything that is wrong with one text, in the order it stands there.

    With *strict*, the warnings too.
    """
    parsed, problem = parse(text)
    return [problem] if problem else judge(parsed, strict)


def explain_field(text: bytes, field: Field) -> Problem | None:
    """Return what is wrong with one field of a usable text, as if that field were required."""
    parsed, problem = parse(text)
    found = _Findings(parsed)
    part = parsed.value.get(field.part)
    if problem or not isinstance(part, dict):
        return problem
    found.judge_fields({field.name: field._replace(required=True)}, part)
    return next(iter(found.problems), None)


def judge(parsed: Parsed, strict: bool) -> list[Problem]:
    """Return everything that is wrong with a JSON object, in the order it stands there."""
    value, name = parsed.value, parsed.name
    metadata, body = value.get("metadata"), value.get("body")
    found = _Findings(parsed)
    found.problems += envelope_problems(parsed)
    if isinstance(metadata, dict):
        found.judge_fields(KNOWN["metadata"], metadata)
    if name is not None:
        found.judge_name(name, strict)
    if isinstance(body, dict) and name in EVENTS:
        found.judge_fields(KNOWN[name], body)
    if strict:
        found.warn_of_unknown((), value.keys() - {"metadata", "body"})
        if isinstance(metadata, dict):
            found.warn_of_unknown(("metadata",), metadata.keys() - KNOWN["metadata"].keys())
            found.warn_of_zone(metadata.get("time_zone"))
        if isinstance(body, dict) and name in EVENTS:
            found.warn_of_unknown(("body",), body.keys() - KNOWN[name].keys())
        if isinstance(metadata, dict) and isinstance(body, dict):
            found.warn_of_values(metadata, body)
        found.warn_of_repeats()
    return sorted(found.problems, key=lambda problem: problem.column)


def no_schema(name: str) -> tuple[str, str | None]:
    """Return what is said of an event that is not documented here, and a hint."""
    return f"{quoted(name)} has no schema here", _meant(name)


def _meant(name: str) -> str | None:
    nearest = nearest_documented(name)
    return nearest and f"did you mean {nearest}?"


def has_repeats(text: bytes) -> bool:
    """Whether a JSON text may have a key twice in one object; False is certain, True is not."""
    try:
        anew = orjson.dumps(orjson.loads(text))
        return anew != text and _quotes(anew) != _quotes(text)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):  # a number that no double holds
        return True


def _quotes(text: bytes) -> int:
    """Count the quotes in JSON text that have no backslash before them.

    A text has at least as many as its value written anew, and more with a key twice. (A string has
    two, or one where it ends in `\\\\`, which the text may spell otherwise.)
    """
    escaped = text.count(b'\\"') if b"\\" in text else 0
    return text.count(b'"') - escaped


class _Findings:
    """The problems of one text, as they are found."""

    def __init__(self, parsed: Parsed) -> None:
        self.text = parsed.text
        self.spans = parsed.spans
        self.name = parsed.name
        self.problems: list[Problem] = []
        self.timestamps: list[tuple[str, str, Timestamp]] = []
        self.ids: list[tuple[str, Any]] = []

    def add(
        self,
        code: str,
        path: str,
        message: str,
        hint: str | None = None,
        severity: Severity | None = None,
    ) -> None:
        """Report a problem at *path*, or at the object that lacks it, as severe as its code."""
        part, _, name = path.partition(".")
        keys = (part, name) if name else (part,)
        span = self.spans.get(keys) or self.spans[keys[:-1]]
        self.report(code, span, path, message, hint, severity)

    def report(
        self,
        code: str,
        span: Span,
        path: str,
        message: str,
        hint: str | None = None,
        severity: Severity | None = None,
    ) -> None:
        severity = severity or CODES[code].severity
        path = shortened(path, LONGEST_NAME)
        problem = Problem(code, span.start + 1, message, hint, path, self.name, severity)
        self.problems.append(problem)

    def judge_fields(self, fields: dict[str, Field], values: dict[str, Any]) -> None:
        """Judge the fields of one part; keep its ids and timestamps for `warn_of_values`."""
        for name, documented in fields.items():
            if name not in values and documented.required:
                self.add("missing-field", documented.path, f"{documented.path} is missing")
        for name, value in values.items():
            field = fields.get(name)
            if field is None:
                continue
            if field.kind in ("id", "global_id"):
                self.ids.append((field.path, value))
            if isinstance(value, str):
                self.judge_text(field, value)
            elif field.required or value is not None:
                hint = None
                if isinstance(value, int) and not isinstance(value, bool):
                    hint = "ids are strings: put it in quotes" if field.kind == "id" else None
                message = f"{field.path} is {a_type(value)}, not a string"
                self.add("wrong-type", field.path, message, hint)

    def judge_text(self, field: Field, text: str) -> None:
        if field.kind == "id" and not is_id(text):
            message = f"{field.path} is {quoted(text)}, not an id"
            self.add("bad-id", field.path, message, "an id is digits in quotes, or 7~123")
        elif field.kind == "timestamp":
            try:
                self.timestamps.append((field.path, text, parse_timestamp(text)))
            except TimestampError as error:
                self.add(error.code, field.path, f"{field.path}: {error.reason}", error.hint)

    def judge_name(self, name: str, strict: bool) -> None:
        if name in EVENTS:
            return
        path = "metadata.event_name"
        if not name:
            self.add("unknown-event", path, "metadata.event_name is empty")
        elif is_misspelt(name):
            message = f"{quoted(name)} is not an event that Canvas documents"
            self.add("unknown-event", path, message, _meant(name))
        elif strict:
            self.add("unknown-event", path, *no_schema(name), severity="warning")

    def warn_of_zone(self, zone: Any) -> None:
        if isinstance(zone, str) and not is_zone(zone):
            message = f"{quoted(zone)} is not an IANA time zone"
            self.add("unknown-zone", "metadata.time_zone", message)

    def warn_of_unknown(self, part: Path, names: set[str]) -> None:
        for name in names:
            path = ".".join((*part, name))
            message = f"{quoted(path)[1:-1]} is not documented"
            self.report("unknown-field", self.spans.members(part)[name], path, message)

    def warn_of_values(self, metadata: dict[str, Any], body: dict[str, Any]) -> None:
        """Warn of values that the schema allows but that are unlikely."""
        zone: Any = metadata.get("time_zone")
        for path, text, stamp in self.timestamps:
            if right := zone_offset(*stamp, zone):
                self.add("odd-offset", path, *odd_offset(path, text, zone, right))
        for path, value in self.ids:
            self.warn_of_digits(path, value)
        url, conversation = metadata.get("url"), body.get("conversation_id")
        if self.name in EVENTS and is_at_odds(url, conversation):
            requested = requested_conversation(url)
            message = f"metadata.url is of conversation {requested}, the body of {conversation}"
            self.add("id-mismatch", "metadata.url", message)

    def warn_of_digits(self, path: str, value: Any) -> None:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number:  # its digits as they are: the parsed value is rounded
            span = self.spans[tuple(path.split("."))]
            value = self.text[span.start : span.end].decode()
        if isinstance(value, str) and is_rounded(value, is_number):
            message = f"{path} is {value if is_number else quoted(value)}, which looks rounded"
            self.add("rounded-id", path, message, "doubles and spreadsheets lose its last digits")

    def warn_of_repeats(self) -> None:
        """Warn of every key that is in one object more than once."""
        if not has_repeats(self.text):
            return
        for path, values in repeats(self.text):
            times = "twice" if len(values) == 2 else f"{len(values)} times"
            name, column = ".".join(path), values[0].start + 1
            message = f"{quoted(name)[1:-1]} is there {times}, first in column {column}"
            self.report("duplicate-key", values[-1], name, message, "here the last one counts")
