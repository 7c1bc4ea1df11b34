"""What the program says of itself: the documented fields, and the codes of findings."""

from __future__ import annotations

from cevents.events import BODIES, METADATA, Field
from cevents.problems import CODES


def field_rows(event: str | None) -> list[list[str]]:
    """Return the documented fields, of one event or of all, as a table with its heading."""
    rows = [["field", "type", "required", "meaning"]]
    for name, fields in BODIES.items():
        if event in (None, name):
            rows += [[name, "", "", ""]] if event is None else []
            rows += [_field_row(field) for field in fields]
    rows += [["every event", "", "", ""]] if event is None else []
    return rows + [_field_row(field) for field in METADATA]


def _field_row(field: Field) -> list[str]:
    kinds = {"text": "string or null", "name": "string"}
    required = "yes" if field.required else ""
    return [field.path, kinds.get(field.kind, field.kind), required, field.meaning]


def code_text(name: str) -> str:
    """Return what `cevents explain` prints of one code."""
    code = CODES[name]
    only = "Reported under --strict only.\n\n" if code.strict else ""
    return (
        f"{name}: {code.meaning}\n\n{only}Why it matters\n  {code.why}\n\n"
        f"Example\n  {code.example}\n\nHow to mend it\n  {code.mend}\n"
    )
