"""`schema`: the documented fields, as a table and as JSON Schema."""

from __future__ import annotations

import json

import pytest

from ..conftest import Run

#: Nothing here reads events.
pytestmark = pytest.mark.reader("any")


def test_schema_table(run: Run) -> None:
    """The documented fields of an event are a table."""
    status, stdout, stderr = run("schema conversation_created")
    lines = stdout.decode().splitlines()
    assert (status, stderr) == (0, "")
    assert [line.split()[: 3 if i else 4] for i, line in enumerate(lines[:6])] == [
        ["field", "type", "required", "meaning"],
        ["body.conversation_id", "id", "yes"],
        ["body.updated_at", "timestamp", "yes"],
        ["metadata.event_name", "string", "yes"],
        ["metadata.event_time", "timestamp", "yes"],
        ["metadata.producer", "string", "or"],
    ]


def test_schema_of_all(run: Run) -> None:
    """Without a name, the fields of every event are listed, those of all once."""
    stdout = run("schema").stdout.decode()
    names = ["conversation_created", "conversation_forwarded", "conversation_message_created"]
    assert names == [line for line in stdout.splitlines() if line in names]
    assert stdout.count("metadata.event_time ") == 1


@pytest.mark.parametrize("name", ["", "conversation_created", "conversation_message_created"])
def test_schema_json(run: Run, name: str) -> None:
    """With --format json it is JSON Schema 2020-12."""
    status, stdout, stderr = run(f"schema --format json {name}")
    schema = json.loads(stdout)
    assert (status, stderr) == (0, "")
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["required"] == ["metadata", "body"]
