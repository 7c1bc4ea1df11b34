"""`stats`: what it counts, in which order it lists it, and its formats."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ..conftest import Dump, Ran, Run, created, forwarded, message, other
from .cases import FIRST_FOUND, case, objects, table

KEYS = [
    "root_account_id",
    "conversation_id",
    "events",
    "messages",
    "redelivered",
    "authors",
    "forwarded",
    "created_at",
    "first_event",
    "last_event",
    "first_reply_seconds",
]


def row(account: str | None, conversation: str, **columns: Any) -> dict[str, Any]:
    """Return a row of `stats --format json`, of one event at 16:00 unless told otherwise."""
    time = "2020-03-24T16:00:00Z"
    none = dict.fromkeys(("messages", "redelivered", "authors", "forwarded"), 0)
    rest = {"created_at": None, "first_event": time, "last_event": time}
    ids = {"root_account_id": account, "conversation_id": conversation}
    return {**ids, "events": 1, **none, **rest, "first_reply_seconds": None, **columns}


def said(number: str, author: str, sent: str, time: str = "2020-03-24T16:00:00Z") -> bytes:
    """Return a message of conversation 53."""
    return message(number=number, author=author, created=sent, time=time)


ONE_MESSAGE = {"messages": 1, "authors": 1}

STATS: list[tuple[str, bytes, list[dict[str, Any]]]] = [
    ("nothing", b"", []),
    (
        "created: the earliest of its conversation_created",
        created(time="2020-03-24T17:00:00Z") + created(time="2020-03-24T17:00:00+01:00"),
        [row(None, "53", events=2, created_at="2020-03-24T16:00:00Z",
             last_event="2020-03-24T17:00:00Z")],
    ),
    (
        "forwarded: every such event",
        forwarded(time="2020-03-24T16:00:00Z") * 2,
        [row(None, "53", events=2, forwarded=2)],
    ),
    (
        "redelivered: message events beyond the distinct messages",
        said("1", "2", "2020-03-24T16:00:00Z") * 3 + said("2", "2", "2020-03-24T16:00:00Z"),
        [row(None, "53", events=4, messages=2, redelivered=2, authors=1)],
    ),
    (
        "first and last: by instant, not by text",
        message(time="2020-03-25T00:30:00+09:00") + message(time="2020-03-24T16:00:00Z")
        + message(time="2020-03-24T10:30:00.5-06:00"),
        [row(None, "53", events=3, redelivered=2, **ONE_MESSAGE,
             first_event="2020-03-24T15:30:00Z", last_event="2020-03-24T16:30:00.5Z")],
    ),
    (
        "first reply: by created_at, however the queue mixed the messages",
        said("3", "2", "2020-03-24T10:06:00-06:00") + said("2", "3", "2020-03-24T16:05:00Z")
        + said("1", "2", "2020-03-24T17:00:00+01:00"),
        [row(None, "53", events=3, messages=3, authors=2, first_reply_seconds=300)],
    ),
    (
        "first reply: after all that the first author wrote before it",
        said("1", "2", "2020-03-24T16:00:00Z") + said("2", "2", "2020-03-24T16:01:00Z")
        + said("3", "3", "2020-03-24T16:02:30.25Z") + said("4", "4", "2020-03-24T16:03:00Z"),
        [row(None, "53", events=4, messages=4, authors=3, first_reply_seconds=150.25)],
    ),
    (
        "first reply: none from oneself",
        said("1", "2", "2020-03-24T16:00:00Z") + said("2", "2", "2020-03-24T16:01:00Z"),
        [row(None, "53", events=2, messages=2, authors=1)],
    ),
    (
        "accounts: ids are local to each",
        created(time="2020-03-24T16:00:00Z", root_account_id="21070000000000001")
        + created(time="2020-03-24T16:00:00Z", root_account_id="70000000000001"),
        [row(account, "53", created_at="2020-03-24T16:00:00Z")
         for account in ("21070000000000001", "70000000000001")],
    ),
    (
        "accounts: none is the same as null",
        forwarded(time="2020-03-24T16:00:00Z", root_account_id=None)
        + forwarded(time="2020-03-24T16:00:00Z"),
        [row(None, "53", events=2, forwarded=2)],
    ),
    (
        "ids: a number is the id it writes, of any length",
        message(conversation=53, number=9, author=2, time="2020-03-24T16:00:00Z")
        + message(time="2020-03-24T16:00:00Z")
        + forwarded(conversation=10**30, time="2020-03-24T16:00:00Z"),
        [row(None, "53", events=2, redelivered=1, **ONE_MESSAGE),
         row(None, "1" + "0" * 30, forwarded=1)],
    ),
    (
        "other events: counted aside",
        other() + created(time="2020-03-24T16:00:00Z") + other("conversation_deleted"),
        [row(None, "53", created_at="2020-03-24T16:00:00Z")],
    ),
    (
        "usable: what is counted is there, the rest need not be valid",
        message(created="soon", time="2020-03-24T16:00:00Z", user_id=7),
        [row(None, "53", **ONE_MESSAGE)],
    ),
    (
        "precision: microseconds of the last event",
        forwarded(time="2020-03-24T16:00:00Z") + forwarded(time="2020-03-24T16:00:00.0000019Z"),
        [row(None, "53", events=2, forwarded=2, last_event="2020-03-24T16:00:00.000001Z")],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "rows"), [pytest.param(*s[1:], id=s[0]) for s in STATS])
def test_stats(run: Run, lines: bytes, rows: list[dict[str, Any]]) -> None:
    """Each column counts what it says, in whatever order events arrive."""
    status, stdout, stderr = run("stats --format json", lines)
    said = "" if lines else "0 events read: the input is empty\n"
    assert (0, said, rows) == (status, stderr, objects(stdout))
    assert [KEYS] * len(rows) == [list(row) for row in objects(stdout)]


@pytest.mark.parametrize(
    ("field", "line", "code"),
    [
        ("metadata.event_time", message(time="soon"), "bad-timestamp"),
        ("metadata.event_time", message(time="2020-03-24T16:00:00"), "missing-offset"),
        ("metadata.event_time", message(time=None), "wrong-type"),
        ("body.conversation_id", message(conversation=""), "bad-id"),
        ("body.conversation_id", created(conversation=None), "wrong-type"),
        ("body.message_id", message(number="x"), "bad-id"),
        ("body.message_id", message(number=-1), "wrong-type"),
        ("body.author_id", message().replace(b'"author_id":"2",', b""), "missing-field"),
        ("metadata.event_name", other(7), "wrong-type"),
    ],
)
def test_stats_leaves_aside(run: Run, field: str, line: bytes, code: str) -> None:
    """A line without what is counted is left aside whole, and reported."""
    status, stdout, stderr = run("stats --format json", line + message(conversation="54"))
    assert (status, [row["conversation_id"] for row in objects(stdout)]) == (1, ["54"])
    report = stderr.splitlines()
    assert report[0] == "1 of 2 lines could not be used (validate checks every field):"
    assert report[1].startswith(f"  {code}  1, first at <stdin>:1:")
    assert f": {field}" in report[1]


def conversation(number: str, messages: int, hour: int, reply: int | None = None) -> bytes:
    """Return a conversation of so many messages, and perhaps a reply so many seconds later."""
    start = datetime(2020, 3, 24, hour, tzinfo=UTC)
    time = start.isoformat()
    lines = [message(number, f"{number}{n}", "2", time, time) for n in range(messages)]
    if reply is not None:
        sent = (start + timedelta(seconds=reply)).isoformat()
        lines.append(message(number, f"{number}9", "3", sent, time))
    return b"".join(lines)


FOUR = (
    conversation("100", 2, 4)
    + conversation("9", 2, 3)
    + conversation("20", 1, 2, reply=60)
    + conversation("3", 3, 1, reply=7)
    + created("9", time="2020-03-24T02:30:00Z") + created("3", time="2020-03-24T02:40:00Z")
)  # fmt: skip


@pytest.mark.parametrize(
    ("options", "order"),
    [
        ("", "3 9 20 100"),
        ("--reverse", "9 20 100 3"),
        ("--sort messages", "3 9 20 100"),
        ("--sort events", "3 9 20 100"),
        ("--sort conversation", "3 9 20 100"),
        ("--sort conversation_id --reverse", "100 20 9 3"),
        ("--sort authors", "3 20 9 100"),
        ("--sort redelivered", "3 9 20 100"),
        ("--sort forwarded", "3 9 20 100"),
        ("--sort created", "9 3 20 100"),
        ("--sort created_at --reverse", "3 9 20 100"),
        ("--sort first", "3 20 9 100"),
        ("--sort first_event --reverse", "100 9 20 3"),
        ("--sort last", "20 3 9 100"),
        ("--sort last_event", "20 3 9 100"),
        ("--sort first_reply", "3 20 9 100"),
        ("--sort 'first reply' --reverse", "20 3 9 100"),
        ("--sort first-reply", "3 20 9 100"),
        ("--sort first_reply_seconds", "3 20 9 100"),
        ("--sort account", "3 9 20 100"),
        ("--top 2", "3 9"),
        ("--top 0", ""),
        ("--top 9", "3 9 20 100"),
        ("--top 1 --sort last --reverse", "100"),
    ],
)
def test_stats_sorts(run: Run, options: str, order: str) -> None:
    """Counts sort most first, all else from low to high; empty last; ties by id as a number."""
    _, stdout, _ = run(f"stats --format json {options}", FOUR)
    assert order.split() == [row["conversation_id"] for row in objects(stdout)]


TALK = (
    created(time="2020-03-24T16:00:00.123Z", root_account_id="7")
    + message("53", "1", "2", "2020-03-24T16:00:00Z", "2020-03-24T16:00:01Z", root_account_id="7")
    + message("53", "1", "2", "2020-03-24T16:00:00Z", "2020-03-24T16:00:01Z", root_account_id="7")
    + message("53", "2", "3", "2020-03-24T19:05:09Z", "2020-03-24T19:05:10Z", root_account_id="7")
    + forwarded("12345678901234567890", time="2020-03-24T20:00:00Z", root_account_id="7")
    + other() + other()
)  # fmt: skip


@table(
    case(
        "table",
        "stats",
        TALK,
        b"conversation          events  messages  redelivered  authors  forwarded"
        b"  created               first                 last                  first reply\n"
        b"53                         4         2            1        2          0"
        b"  2020-03-24T16:00:00Z  2020-03-24T16:00:00Z  2020-03-24T19:05:10Z   3 h 05 min\n"
        b"12345678901234567890       1         0            0        0          1"
        b"                        2020-03-24T20:00:00Z  2020-03-24T20:00:00Z\n"
        b"total                      5         2            1                   1\n"
        b"2 conversations; times in UTC\n"
        b"root account: 7\n"
        b"left aside: 2 other events\n",
    ),
    case(
        "csv in a zone",
        "stats --format csv --tz America/Denver",
        TALK,
        b"root_account_id,conversation_id,events,messages,redelivered,authors,forwarded,"
        b"created_at,first_event,last_event,first_reply_seconds\n"
        b"7,53,4,2,1,2,0,2020-03-24T10:00:00.123-06:00,2020-03-24T10:00:00.123-06:00,"
        b"2020-03-24T13:05:10-06:00,11109\n"
        b"7,12345678901234567890,1,0,0,0,1,,2020-03-24T14:00:00-06:00,"
        b"2020-03-24T14:00:00-06:00,\n",
    ),
    case(
        "json in a zone",
        "stats --format json --tz +05:30 --top 1",
        TALK,
        b'{"root_account_id":"7","conversation_id":"53","events":4,"messages":2,"redelivered":1,'
        b'"authors":2,"forwarded":0,"created_at":"2020-03-24T21:30:00.123+05:30",'
        b'"first_event":"2020-03-24T21:30:00.123+05:30",'
        b'"last_event":"2020-03-25T00:35:10+05:30","first_reply_seconds":11109}\n',
    ),
    case(
        "csv holds no formula",
        "stats --format csv",
        created(time="2020-03-24T16:00:00Z", root_account_id='=1+"1",'),
        b"root_account_id,conversation_id,events,messages,redelivered,authors,forwarded,"
        b"created_at,first_event,last_event,first_reply_seconds\n"
        b'"\'=1+""1"",",53,1,0,0,0,0,2020-03-24T16:00:00Z,2020-03-24T16:00:00Z,'
        b"2020-03-24T16:00:00Z,\n",
    ),
    case(
        "no such column",
        "stats --sort size",
        TALK,
        b"",
        "cevents: error: no such column 'size'\n  tip: columns are root_account_id,"
        " conversation_id, events, messages, redelivered, authors, forwarded, created_at,"
        " first_event, last_event, first_reply_seconds\n",
        2,
    ),
    case(
        "stop at the first bad line",
        "stats --format json --bad-lines stop",
        created(time="2020-03-24T16:00:00Z") + b"oops\n" + TALK,
        json.dumps(row(None, "53", created_at="2020-03-24T16:00:00Z"), separators=(",", ":"))
        .encode() + b"\n",
        FIRST_FOUND,
        1,
    ),
)  # fmt: skip
def test_stats_formats(run: Run, command: str, stdin: bytes, expected: Ran) -> None:
    """A table for people, with totals and what was left aside; JSON and CSV for programs."""
    assert expected == run(command, stdin)


def test_stats_table_shows_accounts_where_there_are_several(run: Run, dump: Dump) -> None:
    """Two accounts in one dump, or in two files, are told apart; bad lines are counted."""
    dump(created(root_account_id="7"), "a.jsonl")
    dump(created(root_account_id="8") + b"oops\n" + message(root_account_id="7"), "b.jsonl")
    status, stdout, _ = run("stats a.jsonl b.jsonl")
    lines = stdout.decode().splitlines()
    assert status == 1
    assert [line[:21] for line in lines[:3]] == [
        "account  conversation",
        "7        53          ",
        "8        53          ",
    ]
    assert lines[3].split() == ["total", "3", "1", "0", "0"]
    assert lines[4:] == ["2 conversations; times in UTC"]
