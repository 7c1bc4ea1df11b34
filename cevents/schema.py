"""The documented events as JSON Schema 2020-12, which says the same as `validate`."""

from __future__ import annotations

from typing import Any

from cevents.events import BODIES, CONVERSATION_PATTERN, ID_PATTERN, METADATA, Field
from cevents.timestamps import pattern

_QUARTERS = (0, 15, 30, 45)


def json_schema(event: str | None = None) -> dict[str, Any]:
    """Return the schema of one documented event, or of any event of a dump."""
    schema: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    if event:
        schema |= {"title": event, **_envelope(), **_documented(event)}
    else:
        names = list(BODIES)
        schema |= {"title": "A Canvas Live Event", **_envelope()}
        schema["allOf"] = [
            {"if": _named({"const": name}), "then": _documented(name)} for name in names
        ] + [{"if": _named({"not": {"enum": names}}), "then": _named({"$ref": "#/$defs/other"})}]
    return schema | {"$defs": _definitions()}


def _envelope() -> dict[str, Any]:
    properties = {field.name: _property(field) for field in METADATA}
    required = [field.name for field in METADATA if field.required]
    metadata = {"type": "object", "required": required, "properties": properties}
    return {
        "type": "object",
        "required": ["metadata", "body"],
        "properties": {"metadata": metadata, "body": {"type": "object"}},
    }


def _documented(event: str) -> dict[str, Any]:
    fields = BODIES[event]
    body = {
        "required": [field.name for field in fields],
        "properties": {field.name: _property(field) for field in fields},
    }
    named = _named({"const": event})["properties"]
    return {"properties": named | {"body": {"type": "object", **body}}}


def _named(name: dict[str, Any]) -> dict[str, Any]:
    return {"properties": {"metadata": {"properties": {"event_name": name}}}}


def _property(field: Field) -> dict[str, Any]:
    types: dict[str, dict[str, Any]] = {
        "text": {"type": ["string", "null"]},
        "name": {"type": "string", "minLength": 1},
        "id": {"$ref": "#/$defs/id"},
        "timestamp": {"$ref": "#/$defs/timestamp"},
    }
    return {"description": field.meaning, **types[field.kind]}


def _definitions() -> dict[str, Any]:
    return {
        "id": {"type": "string", "pattern": ID_PATTERN},
        "timestamp": {
            "$comment": "ISO 8601 with an offset, in any form; second 60 where UTC is at 23:59",
            "type": "string",
            "pattern": pattern(),
            "if": {"pattern": "T[0-9]{2}:?[0-9]{2}:?60"},
            "then": {"pattern": _leap_second_pattern()},
        },
        "other": {
            "$comment": "another kind of event, not a misspelt conversation event",
            "not": {"type": "string", "pattern": CONVERSATION_PATTERN},
        },
    }


def _leap_second_pattern() -> str:
    """Return the local times, by offset, at which UTC is 23:59:60. Real offsets have been whole
    quarters of an hour for as long as there have been leap seconds."""
    places = ["T23:?59:?60(?:[.,][0-9]+)?[Zz]$"]
    for sign in (1, -1):
        for quarter in _QUARTERS:
            for hour in range(24):
                local = (23 * 60 + 59 + sign * (60 * hour + quarter)) % (24 * 60)
                minutes = f":?{quarter:02}" if quarter else "(?::?00)?"
                places.append(
                    f"T{local // 60:02}:?{local % 60:02}:?60(?:[.,][0-9]+)?"
                    f"[{'+' if sign > 0 else '-'}]{hour:02}{minutes}$"
                )
    return "|".join(places)
