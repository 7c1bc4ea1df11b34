"""The documented events: what is declared of each field, and events as typed objects."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from cevents.canvas.events import (
    BODIES,
    CREATED,
    EVENT_NAME,
    EVENT_TIME,
    EVENTS,
    FIELDS,
    FORWARDED,
    KNOWN,
    MESSAGE,
    METADATA,
    ConversationCreated,
    ConversationCreatedBody,
    ConversationForwarded,
    ConversationForwardedBody,
    ConversationMessageCreated,
    ConversationMessageCreatedBody,
    Event,
    Metadata,
    OtherEvent,
    event_of,
    is_misspelt,
    nearest_documented,
)

TIME = "2020-03-24T16:55:59.973Z"


def test_documented_events() -> None:
    """There are three, in the documentation's order."""
    assert [*EVENTS] == [*BODIES] == [CREATED, FORWARDED, MESSAGE]
    assert [*KNOWN] == ["metadata", *EVENTS]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (CREATED, {"conversation_id": "id", "updated_at": "timestamp"}),
        (FORWARDED, {"conversation_id": "id", "updated_at": "timestamp"}),
        (
            MESSAGE,
            {
                "author_id": "id",
                "conversation_id": "id",
                "created_at": "timestamp",
                "message_id": "id",
            },
        ),
    ],
)
def test_bodies(name: str, expected: dict[str, str]) -> None:
    """Every documented field of a body is required."""
    assert {field.name: field.kind for field in BODIES[name]} == expected
    assert all(field.required and field.part == "body" for field in BODIES[name])
    assert KNOWN[name].keys() == expected.keys()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("name", ["event_name"]),
        ("timestamp", ["event_time"]),
        ("id", []),
        (
            "global_id",
            [
                "root_account_id",
                "job_id",
                "user_id",
                "user_account_id",
                "developer_key_id",
                "real_user_id",
                "context_id",
                "context_account_id",
            ],
        ),
    ],
)
def test_metadata(kind: str, expected: list[str]) -> None:
    """Of the metadata, the name and the time are required; all else is text or null."""
    assert [field.name for field in METADATA if field.kind == kind] == expected
    assert [field for field in METADATA if field.required] == [EVENT_NAME, EVENT_TIME]
    assert len(METADATA) == len(KNOWN["metadata"]) == 28


def test_fields_by_path() -> None:
    """A field is found by its path, and is the same in every body that has it."""
    fields = [*METADATA, *(field for body in BODIES.values() for field in body)]
    assert all(FIELDS[field.path] == field for field in fields)
    assert set(FIELDS) == {field.path for field in fields}
    assert FIELDS["body.author_id"].meaning == "Local id of the user who wrote the message."


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        (
            CREATED,
            {"conversation_id": "53", "updated_at": TIME},
            ConversationCreated(
                Metadata(event_name=CREATED, event_time=TIME), ConversationCreatedBody("53", TIME)
            ),
        ),
        (
            FORWARDED,
            {"updated_at": TIME, "conversation_id": "53", "subject": "Hi"},
            ConversationForwarded(
                Metadata(event_name=FORWARDED, event_time=TIME),
                ConversationForwardedBody("53", TIME),
            ),
        ),
        (
            MESSAGE,
            {"author_id": "2", "conversation_id": "53", "created_at": TIME, "message_id": "9"},
            ConversationMessageCreated(
                Metadata(event_name=MESSAGE, event_time=TIME),
                ConversationMessageCreatedBody("2", "53", TIME, "9"),
            ),
        ),
        (
            "logged_out",
            {"conversation_id": 53, "x": {"y": []}},
            OtherEvent(
                Metadata(event_name="logged_out", event_time=TIME),
                {"conversation_id": 53, "x": {"y": []}},
            ),
        ),
    ],
)
def test_typed_event(name: str, body: dict[str, Any], expected: Event) -> None:
    """A JSON object becomes the event that it is; fields that are not documented are dropped."""
    value = {"metadata": {"event_time": TIME, "event_name": name, "colour": 5}, "body": body}
    assert event_of({**value, "iat": 1585068959}) == expected


def test_typed_metadata() -> None:
    """Null and an absent field are both None."""
    metadata = {"event_name": "x", "event_time": TIME, "user_id": "7", "user_sis_id": None}
    typed = event_of({"metadata": metadata, "body": {}}).metadata
    given = {key: value for key, value in dataclasses.asdict(typed).items() if value is not None}
    assert given == {"event_name": "x", "event_time": TIME, "user_id": "7"}


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        # can only mean a conversation event
        ("conversation_create", CREATED),
        ("conversation_mesage_created", MESSAGE),
        ("conversation_message_createdd", MESSAGE),
        ("CONVERSATION_CREATED", CREATED),
        ("conversationForwarded", FORWARDED),
        ("\u00a0conversation-created", CREATED),
        ("\nconversation created ", CREATED),
        ("conversation_", CREATED),
    ],
)
def test_near_miss(name: str, nearest: str) -> None:
    """After any spaces and in any case, a name that begins with conversation is a near miss."""
    assert is_misspelt(name)
    assert nearest_documented(name) == nearest


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("conversatoin_created", CREATED),
        ("konversation_forwarded", FORWARDED),
        ("course_created", None),
        ("logged_out", None),
        ("\u017fconversation_created", CREATED),
        ("", None),
        ("é", None),
    ],
)
def test_other_kind_of_event(name: str, nearest: str | None) -> None:
    """Any other name is another kind of event, though it may be like a documented one."""
    assert not is_misspelt(name)
    assert nearest_documented(name) == nearest
