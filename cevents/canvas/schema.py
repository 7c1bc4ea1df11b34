"""The documented events as JSON Schema 2020-12, with the same verdicts as `validate`."""

from __future__ import annotations

from typing import Any

from cevents.canvas.events import BODIES, CONVERSATION_PATTERN, METADATA, Field
from cevents.canvas.ids import ID_PATTERN
from cevents.canvas.timestamps import pattern


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
        "global_id": {"type": ["string", "null"]},
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
            "if": {"pattern": "[Tt][0-9]{2}:?[0-9]{2}:?60"},
            "then": {"allOf": _leap_second()},
        },
        "other": {
            "$comment": "another kind of event, not a misspelt conversation event",
            "not": {"type": "string", "pattern": CONVERSATION_PATTERN},
        },
    }


def _leap_second() -> list[dict[str, str]]:
    """Return two patterns that both match a second 60 only where UTC is at 23:59.

    The first ties the local minute to the offset's minutes; the second ties the local hour to the
    offset's hours, and to whether it has minutes.
    """
    second, none, some = ":?60(?:[.,][0-9]+)?", "(?::?00)?", ":?(?!00)[0-9]{2}"
    minutes, hours = ["[Zz]"], ["[Tt]23:?59" + second + "[Zz]"]
    for sign, step in (("[+]", 1), ("-", -1)):
        for minute in range(60):
            offset = f":?{minute:02}" if minute else none
            local = (59 + step * minute) % 60
            minutes.append(f":?{local:02}{second}{sign}[0-9]{{2}}{offset}")
        for hour in range(24):
            whole, further = (23 + step * hour) % 24, (23 + step * hour + (step > 0)) % 24
            hours.append(f"[Tt]{whole:02}:?[0-9]{{2}}{second}{sign}{hour:02}{none}")
            hours.append(f"[Tt]{further:02}:?[0-9]{{2}}{second}{sign}{hour:02}{some}")
    return [{"pattern": f"(?:{'|'.join(choices)})$"} for choices in (minutes, hours)]
