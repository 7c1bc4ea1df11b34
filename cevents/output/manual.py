"""What the program says of itself: the documented fields, and the codes of findings."""

from __future__ import annotations

import textwrap

from cevents.canvas.events import BODIES, METADATA, Field
from cevents.canvas.problems import CODES


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
    kinds = {"text": "string or null", "global_id": "string or null", "name": "string"}
    required = "yes" if field.required else ""
    return [field.path, kinds.get(field.kind, field.kind), required, field.meaning]


def code_text(name: str) -> str:
    """Return what `cevents explain` prints of one code."""
    code = CODES[name]
    only = f"; `validate` reports it under {code.option} only" if code.option else ""
    severity = f"Severity: {code.severity}{only}."
    parts = (("Why it matters", code.why), ("How to mend it", code.mend))
    why, mend = (f"{title}\n{_paragraph(text)}\n" for title, text in parts)
    head = textwrap.fill(f"{name}: {code.meaning}", _WIDTH)
    return f"{head}\n\n{severity}\n\n{why}\nExample\n  {code.example}\n\n{mend}"


_WIDTH = 79


def _paragraph(text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")
