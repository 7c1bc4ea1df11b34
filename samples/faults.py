"""What can befall an event on its way to a file."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from canvas import NORTH, Event, encode

Harm = Callable[[Event], bytes]
GONE = object()


def put(**values: Any) -> Harm:
    """Return a function that encodes an event with other values of some fields, or without them."""

    def harm(event: Event) -> bytes:
        event = copy.deepcopy(event)
        for name, value in values.items():
            holder = next((part for part in event.values() if name in part), event)
            holder[name] = value
            if value is GONE:
                del holder[name]
        return encode(event)

    return harm


def add(part: str, **fields: str) -> Harm:
    """Return a function that encodes an event with more fields in one of its parts."""
    return lambda event: encode(event | {part: event[part] | fields})


def insert(before: str, text: str) -> Harm:
    """Return a function that encodes an event and puts *text* before one of its keys."""
    key = f'"{before}":'.encode()
    return lambda event: encode(event).replace(key, text.encode() + key, 1)


def again(event: Event) -> bytes:
    """Encode an event twice, a line each."""
    return encode(event) + b"\n" + encode(event)


HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
SPACED = "2020-03-24 16:55:59.973 UTC"

# What to do to one event after the other: each file of invalid/ holds faults of one code only.
INVALID: dict[str, tuple[Harm, ...]] = {
    "not-json": (
        lambda event: encode(event)[:-75],
        lambda event: encode(event) * 2,
        lambda _: HTML,
        lambda _: bytes(64),
    ),
    "not-utf8": (
        lambda event: encode(event).replace(b"@", b"\xe9@", 1),
        lambda event: encode(event).replace(b"canvas", b"\xed\xa0\x80", 1),
    ),
    "not-an-object": (
        lambda event: encode([event]),
        lambda event: encode(encode(event).decode()),
        lambda _: b"null",
    ),
    "line-too-long": (put(referrer=f"https://{NORTH.host}/?next=" + "%2F" * 1400),),
    "missing-field": (
        put(metadata=GONE),
        put(event_time=GONE),
        put(body=GONE),
        put(author_id=GONE),
    ),
    "wrong-type": (
        put(author_id=53, message_id=88121.0),
        put(conversation_id=None),
        put(user_id=70000000000123),
        put(body=[]),
    ),
    "bad-id": (
        put(author_id="", conversation_id="abc", message_id="12a"),
        put(author_id="-5", message_id="1.0"),
        put(author_id="7~"),
    ),
    "bad-timestamp": (
        put(event_time="2020-02-30T00:00:00Z"),
        put(event_time=SPACED, created_at="2019-11-05 07:38:00 -0800"),
        put(created_at="yesterday"),
        put(created_at="2020-03-24T25:00:00Z"),
    ),
    "missing-offset": (put(created_at="2020-03-24T16:55:59"), put(event_time="20200324T165559")),
    "unknown-event": (
        put(event_name="conversation_updated"),
        put(event_name="Conversation_Created"),
        put(event_name="conversation_created "),
        put(event_name="conversation_creted"),
        put(event_name="conversation_message_creatd"),
    ),
    "unknown-field": (
        add("metadata", browser="Firefox"),
        add("body", subject="Field trip"),
        put(received_at="2020-03-24T16:56:02Z"),
    ),
    "unknown-zone": (put(time_zone="Mars/Olympus_Mons"),),
    "odd-offset": (
        put(time_zone="America/Denver", created_at="2020-03-24T10:55:59-07:00"),
        put(time_zone="Asia/Kolkata", created_at="20200324T222559+05"),
        put(time_zone="Etc/UTC", event_time="2020-03-24T10:55:59.973-06:00"),
    ),
    "id-mismatch": (
        put(url=f"https://{NORTH.host}/conversations/5311/add_message"),
        put(url=f"https://{NORTH.host}/api/v1/conversations/7~5311/add_message?as_user_id=123"),
    ),
    "rounded-id": (
        put(user_id="2.107E+16", user_account_id="2.1070000000000012e+16"),
        put(root_account_id="21070000000000000"),
    ),
    "duplicate-key": (
        insert("message_id", '"message_id":"88120",'),
        insert("metadata", '"body":{},"metadata":null,'),
        insert("producer", r'"pr\u006fducer":"c\u0061nvas",'),
    ),
    "redelivered": (again,),
}
MIXED: tuple[Harm, ...] = (
    *INVALID["not-json"],
    *(INVALID["not-utf8"][0], *INVALID["not-an-object"][:2]),
    put(author_id=53),
    put(conversation_id=None),
    put(created_at=GONE),
    put(created_at="2020-03-24T16:55:59"),
    put(event_time=SPACED),
    put(event_name="conversation_updated"),
    put(event_name=" Conversation_Created"),
    lambda event: encode({"attributes": event["metadata"], "body": event["body"]}),
    lambda event: encode(event) + b"\r",
    lambda _: b"",
)
