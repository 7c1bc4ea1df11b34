"""The exported JSON Schema says the same as `validate`: another validator, given it, agrees."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given

import cevents
from cevents.canvas.events import BODIES, EVENTS, METADATA
from cevents.canvas.schema import json_schema

from ..strategies import Sketch, events, faulty, quick
from .test_timestamps import INVALID, OFF_THE_CALENDAR, VALID, WITHOUT_OFFSET

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def validator(event: str | None = None) -> jsonschema_rs.Draft202012Validator:
    """Return another program's validator, given the exported schema."""
    return jsonschema_rs.Draft202012Validator(json_schema(event))


ANY_EVENT = validator()


def accepted(line: bytes) -> bool:
    """Whether the other validator finds nothing wrong with a line."""
    return ANY_EVENT.is_valid(json.loads(line))


def valid(line: bytes) -> bool:
    """Whether `cevents` finds nothing wrong with a line."""
    return cevents.check(line) == []


def event(
    name: Any = "conversation_message_created", metadata: Any = None, body: Any = None
) -> bytes:
    """Return the line of a message, with other fields where they are given."""
    whole = {
        "metadata": {
            "event_name": name,
            "event_time": "2020-03-24T16:55:59.973Z",
            **(metadata or {}),
        },
        "body": {
            "author_id": "123",
            "conversation_id": "53",
            "created_at": "2020-03-24T10:55:59-06:00",
            "message_id": "7~123",
            "updated_at": "2020-03-24T16:55:59Z",
            **(body or {}),
        },
    }
    return json.dumps(whole).encode()


@pytest.mark.parametrize("name", [None, *EVENTS])
def test_schema_is_valid(name: str | None) -> None:
    """What is exported is JSON Schema 2020-12, and JSON."""
    schema = json_schema(name)
    assert schema["$schema"] == DIALECT
    assert jsonschema_rs.meta.is_valid(schema)
    assert json.loads(json.dumps(schema)) == schema


def objects(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file that are JSON objects."""
    for line in path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n"):
        try:
            if isinstance(json.loads(line.decode()), dict):
                yield line
        except ValueError:
            continue


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="this copy comes without the samples")
def test_verdicts_agree_on_every_sample() -> None:
    """Every event of every sample is valid to both, or to neither."""
    lines = [(path, line) for path in sorted(SAMPLES.rglob("*.jsonl")) for line in objects(path)]
    assert len(lines) > 300
    disagreed = [(path.name, line) for path, line in lines if accepted(line) != valid(line)]
    assert disagreed == []


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="this copy comes without the samples")
@pytest.mark.parametrize("name", EVENTS)
def test_schema_of_one_event_agrees(name: str) -> None:
    """The schema of one kind accepts the valid events of that kind, and no others."""
    one = validator(name)
    for line in objects(SAMPLES / "conversations.jsonl"):
        value = json.loads(line)
        assert one.is_valid(value) is (value["metadata"]["event_name"] == name)


@quick
@given(events().map(Sketch.line) | faulty())
def test_verdicts_agree_on_any_event(line: bytes) -> None:
    """So it is with events that are spelt or spoilt at random."""
    assert accepted(line) is valid(line)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((text, True) for text in (*VALID, *OFF_THE_CALENDAR)),
        *((text, False) for text in (*INVALID, *WITHOUT_OFFSET)),
    ],
)
def test_verdicts_agree_on_timestamps(text: str, expected: bool) -> None:
    """A timestamp of any form is one to both; what is none, to neither."""
    line = event(body={"created_at": text})
    assert (valid(line), accepted(line)) == (expected, expected)
    line = event(metadata={"event_time": text})
    assert (valid(line), accepted(line)) == (expected, expected)


@pytest.mark.parametrize(
    "text",
    [
        "9999-W52-6T00:00:00Z",  # a Saturday in the year 10000
        "9999-W52-7T00:00:00Z",
        "2016-12-31T23:58:60-00:01",
        "2017-01-01T00:06:60+00:07",
        "2016-12-31T23:59:60-00:00",
        "2016-12-31t16:59:60-07:00",
        "2020-03-24t16:55:60z",
        "20161231T235860-0001",
        "2016-12-31T23:59:60+24:00",
        "2020-03-24T12.1260Z",
        "2020-03-24T16:55:59-00:00",
    ],
)
def test_verdicts_agree_on_odd_timestamps(text: str) -> None:
    """Whatever the verdict on a timestamp at the edges, it is one."""
    line = event(body={"created_at": text})
    assert accepted(line) is valid(line)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("53", True),
        ("0", True),
        ("007", True),
        ("21070000000000053", True),
        ("9" * 1000, True),
        ("7~123", True),
        ("07~0123", True),
        ("", False),
        (" ", False),
        ("53 ", False),
        (" 53", False),
        ("53\n", False),
        ("\n53", False),
        ("53a", False),
        ("-1", False),
        ("+1", False),
        ("5.0", False),
        ("2.107E+16", False),
        ("0x35", False),
        ("~", False),
        ("7~", False),
        ("~123", False),
        ("7~1~2", False),
        ("7~123\n", False),
        ("٥٣", False),
        ("５３", False),
        ("5३", False),
        ("²", False),
        ("null", False),
        (53, False),
        (53.0, False),
        (2**70, False),
        (None, False),
        (True, False),
        (["53"], False),
        ({"id": "53"}, False),
    ],
)
@pytest.mark.parametrize("field", ["author_id", "conversation_id", "message_id"])
def test_verdicts_agree_on_ids(field: str, value: Any, expected: bool) -> None:
    """An id is a string of digits, or the short global form."""
    line = event(body={field: value})
    assert (valid(line), accepted(line)) == (expected, expected)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((name, True) for name in EVENTS),
        # other kinds
        ("course_created", True),
        ("logged_out", True),
        ("outcomes.retry_outcome_alignment_clone", True),
        ("discussion_entry_created", True),
        ("message_created", True),
        ("convocation_held", True),
        ("x_conversation_created", True),
        ("conversatoin_created", True),
        ("konversation_forwarded", True),
        ("é", True),
        # near misses
        ("conversation_create", False),
        ("conversation_mesage_created", False),
        ("conversation_message_createdd", False),
        ("Conversation_created", False),
        ("CONVERSATION_CREATED", False),
        ("conversationCreated", False),
        ("conversation-created", False),
        ("conversation created", False),
        ("conversation_created ", False),
        (" conversation_created", False),
        ("conversation_created\n", False),
        ("\tconversation_created", False),
        ("\nconversation_created", False),
        ("\u00a0conversation_created", False),
        ("conversation_deleted", False),
        ("conversation_", False),
        # no names
        ("", False),
        (None, False),
        (53, False),
        (["conversation_created"], False),
    ],
)
def test_verdicts_agree_on_names(name: Any, expected: bool) -> None:
    """Other kinds of events are allowed, near misses of a documented name are not."""
    line = event(name)
    assert (valid(line), accepted(line)) == (expected, expected)


@pytest.mark.parametrize(
    "name",
    [
        "\x1cconversation_created",
        "\x1fconversation_created",
        "\x85conversation_created",
        "\ufeffconversation_created",
        "\u2028conversation_created",
        "\u200bconversation_created",
        "c\u2028nversation_created",
        "c\rnversation_created",
        "c\nnversation_created",
        "c\N{PILE OF POO}nversation_created",
        "\u017fconversation_created",
        "conver\u017fation_created",
        "CONVER\u017fATION_created",
    ],
)
def test_verdicts_agree_on_odd_names(name: str) -> None:
    """Whatever the verdict on a name with odd spaces and letters, it is one."""
    line = event(name)
    assert accepted(line) is valid(line)


@pytest.mark.parametrize("field", [field.name for field in METADATA if not field.required])
@pytest.mark.parametrize(
    ("value", "expected"),
    [("x", True), ("", True), (None, True), (1, False), (True, False), ([], False), ({}, False)],
)
def test_verdicts_agree_on_metadata(field: str, value: Any, expected: bool) -> None:
    """A known metadata field may be absent or null, and is a string where it is present."""
    line = event(metadata={field: value})
    assert (valid(line), accepted(line)) == (expected, expected)


@pytest.mark.parametrize("name", EVENTS)
def test_verdicts_agree_on_what_is_required(name: str) -> None:
    """Every documented field of a body is required, and so are the name and the time."""
    needed = [field.path for field in METADATA if field.required]
    needed += [field.path for field in BODIES[name]]
    for path in needed:
        value = json.loads(event(name))
        part, _, field = path.partition(".")
        del value[part][field]
        line = json.dumps(value).encode()
        assert (valid(line), accepted(line)) == (False, False)


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b'{"metadata":{}}',
        b'{"body":{}}',
        b'{"metadata":{},"body":{}}',
        b'{"metadata":[],"body":{}}',
        b'{"metadata":null,"body":null}',
        event().replace(b'"body": {', b'"corpus": {'),
        json.dumps({**json.loads(event("logged_out")), "body": []}).encode(),
        json.dumps({**json.loads(event("logged_out")), "body": None}).encode(),
        json.dumps({**json.loads(event()), "body": "{}"}).encode(),
        json.dumps({"attributes": {}, **json.loads(event())}).encode().replace(b"metadata", b"m"),
    ],
)
def test_verdicts_agree_on_envelopes(line: bytes) -> None:
    """An event without the objects `metadata` and `body` is valid to neither."""
    assert (valid(line), accepted(line)) == (False, False)


@pytest.mark.parametrize(
    "line",
    [
        event(metadata={"colour": 5}, body={"subject": None}),
        json.dumps({**json.loads(event()), "iat": 1585068959}).encode(),
        json.dumps({**json.loads(event("logged_out")), "body": {}}).encode(),
        event("course_created", body={"author_id": 5, "created_at": "yesterday"}),
        event("conversation_created", body={"author_id": 5, "created_at": None}),
    ],
)
def test_verdicts_agree_on_fields_beyond_the_schema(line: bytes) -> None:
    """Fields that are not documented for an event may hold anything."""
    assert (valid(line), accepted(line)) == (True, True)
