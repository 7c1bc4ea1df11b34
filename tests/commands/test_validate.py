"""`validate`: what it finds, where it says so, and how."""

from __future__ import annotations

from typing import Any

import pytest

from ..conftest import Dump, Ran, Run, created, forwarded, message, other
from .cases import MISSING_TIME, ONE, TWO, at, case, objects, table

# Findings

NOT_JSON_BODY = (
    b'{"metadata":{"event_name":"logged_in","event_time":"2020-03-24T16:00:00Z"},"body":'
)

MISSING_ID = message().replace(b',"message_id":"9"', b"")
BEHIND_ACCENTS = message(user_login="Zoë").replace(b'"53"', b'"5x"')
ESCAPED_KEYS = message().replace(b'"body"', rb'"\u0062ody"').replace(b'"53"', b"53")
TWICE = message().replace(b'"message_id":"9"', b'"message_id":"8","message_id":"x"')
MANY = message(conversation=53, number="", author=None, created="soon", time="2020-03-24T16:55:59")

FINDINGS: list[tuple[str, bytes, list[tuple[int, str, str]]]] = [
    ("message", message(), []),
    ("created", created(), []),
    ("forwarded", forwarded(), []),
    ("other event", other(), []),
    ("empty body", other("logged_out", {}), []),
    ("dot in a name", other("outcomes.retry_outcome_alignment_clone"), []),
    ("global id", message(conversation="7~123", author="21070000000000123"), []),
    ("endless id", message(conversation="9" * 400), []),
    ("null metadata", message(user_sis_id=None, time_zone=None), []),
    ("unknown fields", message(colour="blue").replace(b'"9"', b'"9","mood":[1e999]'), []),
    ("spaces", b" \t" + message().rstrip().replace(b":{", b" : {") + b" \n", []),
    ("surrogate pair", message(user_login="X").replace(b'"X"', rb'"\ud83d\ude00"'), []),
    (
        "cut off",
        b'{"metadata":{',
        [(14, "not-json", "unexpected end of data (the line is cut off)")],
    ),
    (
        "two on a line",
        b"{}{}",
        [
            (
                3,
                "not-json",
                "unexpected content after document",
            )
        ],
    ),
    (
        "HTML",
        b"<html></html>",
        [
            (
                1,
                "not-json",
                "unexpected character, expected a JSON value"
                " (this looks like HTML: an error page saved between events?)",
            )
        ],
    ),
    ("Latin-1", b'{"a":"\xe9"}', [(7, "not-utf8", "byte 0xe9 is not UTF-8"
      " (JSON is UTF-8; `iconv` converts other encodings)")]),
    ("CESU surrogate", b'{"a":"\xed\xa0\x80"}', [(7, "not-utf8", "byte 0xed is not UTF-8"
      " (JSON is UTF-8; `iconv` converts other encodings)")]),
    ("array", b" []", [(2, "not-an-object", "the line is an array")]),
    ("string", b'"{}"', [(1, "not-an-object", "the line is a string")]),
    ("number", b"53", [(1, "not-an-object", "the line is a number")]),
    ("null", b"null", [(1, "not-an-object", "the line is null")]),
    ("boolean", b"true", [(1, "not-an-object", "the line is a boolean")]),
    (
        "empty object",
        b"{}",
        [(1, "missing-field", "metadata is missing"), (1, "missing-field", "body is missing")],
    ),
    (
        "empty metadata",
        b'{"metadata":{},"body":{}}',
        [
            (13, "missing-field", "metadata.event_name is missing"),
            (13, "missing-field", "metadata.event_time is missing"),
        ],
    ),
    ("other event without time", MISSING_TIME,
     [(13, "missing-field", "metadata.event_time is missing")]),
    ("no message id", MISSING_ID,
     [(at(MISSING_ID, '{"author_id"'), "missing-field", "body.message_id is missing")]),
    (
        "body is no object",
        b'{"metadata":null,"body":[]}',
        [
            (13, "wrong-type", "metadata is null, not an object"),
            (25, "wrong-type", "body is an array, not an object"),
        ],
    ),
    ("number for an id", message(conversation=53), [
        (at(message(conversation=53), "53,"), "wrong-type", "body.conversation_id is a number,"
         " not a string (ids are strings: put it in quotes)")]),
    ("null for an id", message(number=None), [
        (at(message(number=None), "null"), "wrong-type",
         "body.message_id is null, not a string")]),
    ("number in metadata", message(user_login=7), [
        (at(message(user_login=7), "7,"), "wrong-type",
         "metadata.user_login is a number, not a string")]),
    ("number for a name", other(7), [
        (at(other(7), "7,"), "wrong-type", "metadata.event_name is a number, not a string")]),
    ("empty name", other(""), [
        (at(other(""), '"","'), "unknown-event", "metadata.event_name is empty")]),
    ("letters in an id", message(author="2a"), [
        (at(message(author="2a"), '"2a"'), "bad-id", 'body.author_id is "2a", not an id'
         " (an id is digits in quotes, or 7~123)")]),
    ("column counts bytes", BEHIND_ACCENTS, [
        (at(BEHIND_ACCENTS, '"5x"'), "bad-id", 'body.conversation_id is "5x", not an id'
         " (an id is digits in quotes, or 7~123)")]),
    ("keys spelt with escapes", ESCAPED_KEYS, [
        (at(ESCAPED_KEYS, "53,"), "wrong-type", "body.conversation_id is a number,"
         " not a string (ids are strings: put it in quotes)")]),
    ("of two equal keys the last counts", TWICE, [
        (at(TWICE, '"x"'), "bad-id", 'body.message_id is "x", not an id'
         " (an id is digits in quotes, or 7~123)")]),
    (
        "every finding, in the order of the line",
        MANY,
        [
            (at(MANY, '"2020'), "missing-offset", 'metadata.event_time: "2020-03-24T16:55:59" says'
             " no offset from UTC (add the offset from UTC, such as Z or -06:00)"),
            (at(MANY, "null"), "wrong-type", "body.author_id is null, not a string"),
            (at(MANY, "53,"), "wrong-type", "body.conversation_id is a number, not a string"
             " (ids are strings: put it in quotes)"),
            (at(MANY, '"soon"'), "bad-timestamp", 'body.created_at: "soon" is not ISO 8601'
             " (as in 2020-03-24T16:55:59.973Z)"),
            (at(MANY, '""'), "bad-id", 'body.message_id is "", not an id'
             " (an id is digits in quotes, or 7~123)"),
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "findings"), [pytest.param(*row[1:], id=row[0]) for row in FINDINGS]
)
def test_validate_finds(run: Run, line: bytes, findings: list[tuple[int, str, str]]) -> None:
    """Every finding of a line is printed, each at the value at fault, and decides the status."""
    status, stdout, _ = run("validate", line)
    printed = [f"<stdin>:1:{column}: {code}: {text}" for column, code, text in findings]
    assert (int(bool(findings)), printed) == (status, stdout.decode().splitlines())


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        pytest.param(text, column, reason, id=name)
        for name, text, column, reason in (
            ("NaN", b"NaN}", 1, "unexpected character, expected a JSON value"),
            ("unclosed", b"{}", 3, "unexpected end of data"),
            ("cut word", b'{"a":tru}}', 6, "invalid literal, expected 'true'"),
            ("raw tab", b'{"a":"\t"}}', 7, "unexpected control character in string"),
            ("leading zero", b'{"a":01}}', 6, "number with leading zero is not allowed"),
            ("single quotes", b"{'a':1}}", 2, "unexpected character, expected a string key"),
            ("trailing comma", b'{"a":1,}}', 7, "trailing comma is not allowed"),
            ("lone surrogate", b'{"a":"\\ud800"}}', 7, "no low surrogate in string"),
            ("too deep", b"[" * 3000 + b"]" * 3000 + b"}", 1025, "depth limit exceeded"),
        )
    ],
)
def test_validate_finds_what_is_not_json(run: Run, text: bytes, column: int, reason: str) -> None:
    """A syntax error is one finding, at its place, whatever the fields around it."""
    status, stdout, _ = run("validate --format json", NOT_JSON_BODY + text)
    [finding] = objects(stdout)
    found = status, finding["code"], finding["column"] - len(NOT_JSON_BODY), finding["message"]
    assert found == (1, "not-json", column, reason)


@pytest.mark.parametrize(
    "code_of_id",
    [
        ("0", None), ("007", None), ("7~123", None), ("", "bad-id"), (" 53", "bad-id"),
        ("53 ", "bad-id"), ("53\n", "bad-id"), ("-5", "bad-id"), ("1.0", "bad-id"),
        ("2.107E+16", "bad-id"), ("7~", "bad-id"), ("~7", "bad-id"), ("7~1~2", "bad-id"),
        ("５３", "bad-id"), ("²", "bad-id"), (53, "wrong-type"), (5.0, "wrong-type"),
        (None, "wrong-type"), (True, "wrong-type"), (["53"], "wrong-type"), ({}, "wrong-type"),
    ],
    ids=str,
)  # fmt: skip
def test_validate_judges_ids(run: Run, code_of_id: tuple[Any, str | None]) -> None:
    """An id is a string of ASCII digits, or the short global form; nothing else."""
    value, code = code_of_id
    _, stdout, _ = run("validate --format json", message(number=value))
    assert [code] * (code is not None) == [finding["code"] for finding in objects(stdout)]


@pytest.mark.parametrize(
    "text",
    [
        "2020-03-24T16:55:59Z", "2020-03-24T16:55:59.973Z", "2020-03-24T16:55:59.123456789Z",
        "2020-03-24T16:55:59." + "1" * 40 + "Z", "2020-03-24T16:55:59,973+05:30",
        "2020-03-24T16:55:59-0600", "2020-03-24T16:55:59+01", "2020-03-24T16:55:59+00:00",
        "20200330T111851-0600", "20200330T111851.5Z", "2020-W13-2T16:55:59Z", "2020W132T165559Z",
        "2020-084T16:55:59Z", "2020084T165559+01", "2020-366T16:55:59Z", "2020-W53-7T16:55:59Z",
        "2020-02-29T16:55:59Z", "2020-03-24T24:00:00Z", "20200324T240000Z",
        "2020-03-24T24:00:00.000Z", "2016-12-31T23:59:60Z", "2016-12-31T23:59:60.5Z",
        "2017-01-01T05:29:60+05:30", "2016-12-31T18:59:60-05", "2020-03-24T16:55Z",
        "2020-03-24T16Z", "2020-03-24T16:55.5Z", "2020-03-24T16,25Z", "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    ],
)  # fmt: skip
def test_validate_takes_every_timestamp_of_iso_8601(run: Run, text: str) -> None:
    """A timestamp is ISO 8601 with an offset, in any form the standard allows."""
    assert Ran(0, b"", "1 event read: 1 valid, 0 with errors\n") == run(
        "validate", message(created=text, time=text)
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (text, "missing-offset")
        for text in (
            "2020-03-24T16:55:59", "2020-03-24T16:55:59.973", "20200324T165559",
            "2020-W13-2T16:55:59", "2020-084T16:55:59", "2020-03-24T16:55", "2020-03-24T24:00:00",
        )
    ]
    + [
        (text, "bad-timestamp")
        for text in (
            "", "yesterday", "2020-03-24", "2020-03-24 16:55:59Z", "2020-03-24 16:55:59.973 UTC",
            "2020-02-30T16:55:59Z", "2019-02-29T16:55:59Z", "2019-366T16:55:59Z",
            "2020-000T16:55:59Z", "2020-W54-1T16:55:59Z", "2019-W53-1T16:55:59Z",
            "2020-13-01T16:55:59Z", "2020-03-24T25:00:00Z", "2020-03-24T24:00:01Z",
            "2020-03-24T16:60:00Z", "2020-03-24T16:55:61Z", "2016-12-31T12:00:60Z",
            "2016-12-31T23:59:60+01:00", "2020-03-24T16:55:59+24:00", "2020-03-24T16:55:59+05:60",
            "20200324T16:55:59Z", "2020-03-24T165559Z", "2020-03-24T16:55:59.Z", "1585068959",
            " 2020-03-24T16:55:59Z", "2020-03-24T16:55:59Z ", "2020-03-24T16:55:59Z\n",
            "２０２０-03-24T16:55:59Z", "20-03-24T16:55:59Z", "2020-3-24T16:55:59Z",
            "2020-03-24T16:55:59−06:00", "Tue, 24 Mar 2020 16:55:59 GMT",
        )
    ],
)  # fmt: skip
def test_validate_finds_bad_timestamps(run: Run, text: str, code: str) -> None:
    """A time that no calendar or clock shows, or without an offset, is found."""
    lines = message(created=text) + other(time=text)
    _, stdout, _ = run("validate --format json", lines)
    found = [(finding["code"], finding["path"]) for finding in objects(stdout)]
    assert [(code, "body.created_at"), (code, "metadata.event_time")] == found


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Conversation_Created", "conversation_created"),
        ("CONVERSATION_FORWARDED", "conversation_forwarded"),
        ("conversation_created ", "conversation_created"),
        (" conversation_created", "conversation_created"),
        ("conversation_created\n", "conversation_created"),
        ("conversation-created", "conversation_created"),
        ("conversationCreated", "conversation_created"),
        ("conversation_foward", "conversation_forwarded"),
        ("conversation_mesage_created", "conversation_message_created"),
        ("conversation_message_updated", "conversation_message_created"),
        ("conversation_", "conversation_created"),
        ("conversation_deleted", "conversation_created"),
    ],
)
def test_validate_finds_near_misses(run: Run, name: str, meant: str) -> None:
    """Nearly the name of a documented event is always an error, and says which is meant."""
    _, stdout, _ = run("validate --format json", other(name))
    [finding] = objects(stdout)
    assert (finding["code"], finding["severity"]) == ("unknown-event", "error")
    assert f"did you mean {meant}?" == finding["hint"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("conversaton_created", "did you mean conversation_created?"),
        ("xconversation_message_created", "did you mean conversation_message_created?"),
        ("onversation_forwarded", "did you mean conversation_forwarded?"),
        ("course_created", None),
    ],
)
def test_a_slip_in_the_first_word_is_another_kind(run: Run, name: str, hint: str | None) -> None:
    """It is no error; --strict warns of it as of any other kind, and says what it may mean."""
    assert run("validate -q", other(name)).status == 0
    _, stdout, _ = run("validate --strict --format json", other(name))
    [finding] = objects(stdout)
    assert (finding["code"], finding["severity"]) == ("unknown-event", "warning")
    assert hint == finding["hint"]


# Options

BAD = message(author="2a") + message(author=2)
BAD_SUMMARY = "2 events read: 0 valid, 2 with errors\n  bad-id      1\n  wrong-type  1\n"
BAD_AT = at(BAD, '"2a"')

BAD_ID = (
    f'<stdin>:1:{BAD_AT}: bad-id: body.author_id is "2a", not an id'
    " (an id is digits in quotes, or 7~123)\n"
).encode()

WRONG_TYPE = (
    f"<stdin>:2:{BAD_AT}: wrong-type: body.author_id is a number, not a string"
    " (ids are strings: put it in quotes)\n"
).encode()


@table(
    case("all", "validate", BAD, BAD_ID + WRONG_TYPE, BAD_SUMMARY, 1),
    case("select", "validate --select bad-id", BAD, BAD_ID,
         "2 events read: 1 valid, 1 with errors\n  bad-id  1\n", 1),
    case("select several", "validate --select bad-id,not-json --select wrong-type", BAD,
         BAD_ID + WRONG_TYPE, BAD_SUMMARY, 1),
    case("select none of them", "validate --select not-json", BAD, stderr=TWO),
    case("ignore", "validate --ignore bad-id", BAD, WRONG_TYPE,
         "2 events read: 1 valid, 1 with errors\n  wrong-type  1\n", 1),
    case("ignore all of them", "validate --ignore bad-id,wrong-type", BAD, stderr=TWO),
    case("at most one", "validate --max-findings 1", BAD, BAD_ID, BAD_SUMMARY, 1),
    case("at most none", "validate --max-findings 0", BAD, b"", BAD_SUMMARY, 1),
    case("quiet", "validate --quiet", BAD, status=1),
    case("quiet and valid", "validate -q", message()),
    case("statistics", "validate --statistics", BAD, BAD_SUMMARY.encode(), "", 1),
    case("statistics of nothing wrong", "validate --statistics", message(), ONE.encode()),
    case("no such code", "validate --select bad-ids", BAD, b"",
         "cevents: error: no such code: bad-ids\n  tip: `cevents explain` lists them\n", 2),
    case("no such format", "validate --format xml", BAD, b"",
         "cevents: error: Invalid value for '--format': 'xml' is not one of 'text', 'json',"
         " 'github'.\n  tip: try `cevents validate --help`\n", 2),
)  # fmt: skip
def test_validate_options(run: Run, command: str, stdin: bytes, expected: Ran) -> None:
    """Options choose which findings count, and how they are told."""
    assert expected == run(command, stdin)


def test_validate_json(run: Run) -> None:
    """In JSON a finding has exactly its nine fields, those that do not apply null."""
    _, stdout, _ = run("validate --format json", BAD + b"null\n")
    keys = ["file", "line", "column", "code", "severity", "path", "event", "message", "hint"]
    assert [keys] * 3 == [list(finding) for finding in objects(stdout)]
    assert [objects(stdout)[0], objects(stdout)[2]] == [
        {
            "file": "<stdin>",
            "line": 1,
            "column": BAD_AT,
            "code": "bad-id",
            "severity": "error",
            "path": "body.author_id",
            "event": "conversation_message_created",
            "message": 'body.author_id is "2a", not an id',
            "hint": "an id is digits in quotes, or 7~123",
        },
        {
            "file": "<stdin>",
            "line": 3,
            "column": 1,
            "code": "not-an-object",
            "severity": "error",
            "path": None,
            "event": None,
            "message": "the line is null",
            "hint": None,
        },
    ]


def test_validate_json_statistics(run: Run, dump: Dump) -> None:
    """Statistics in JSON are one object, with the same counts for each file, empty ones too."""
    dump(message() + b"\n" + BAD + other() * 2 + other("logged_in"), "a.jsonl")
    dump(b"", "empty.jsonl")
    status, stdout, stderr = run("validate --statistics --format json a.jsonl empty.jsonl")
    counts: dict[str, Any] = {
        "events": 6,
        "valid": 4,
        "invalid": 2,
        "blank": 1,
        "warnings": 0,
        "other_events": {"course_created": 2, "logged_in": 1},
        "codes": {"bad-id": 1, "wrong-type": 1},
    }
    none: dict[str, Any] = dict.fromkeys(("events", "valid", "invalid", "blank", "warnings"), 0)
    none |= {"other_events": {}, "codes": {}}
    files = [{"file": "a.jsonl", **counts}, {"file": "empty.jsonl", **none}]
    assert (status, stderr) == (1, "")
    assert [{**counts, "unfolded": {}, "files": files}] == objects(stdout)


def test_validate_counts_other_events_among_the_valid(run: Run) -> None:
    """Other events are counted by name where their envelope is valid; near misses are none."""
    lines = other() + other(time="soon") + other("Conversation_created") + other("logged_out")
    _, stdout, _ = run("validate --statistics --format json", lines)
    [counts] = objects(stdout)
    assert (counts["valid"], counts["invalid"]) == (2, 2)
    assert counts["other_events"] == {"course_created": 1, "logged_out": 1}


@table(
    case(
        "plain",
        "validate --format github",
        BAD,
        (
            f'::error file=<stdin>,line=1,col={BAD_AT}::bad-id: body.author_id is "2a", not an id'
            " (an id is digits in quotes, or 7~123)\n"
            f"::error file=<stdin>,line=2,col={BAD_AT}::wrong-type: body.author_id is a number,"
            " not a string (ids are strings: put it in quotes)\n"
        ).encode(),
        BAD_SUMMARY,
        1,
    ),
    case(
        "warning",
        "validate --strict --format github",
        other(),
        b'::warning file=<stdin>,line=1,col=27::unknown-event: "course_created" has no schema'
        b" here\n",
        "1 event read: 1 valid, 0 with errors; 1 warning\n  unknown-event  1\n"
        "1 other event without a schema here, not judged further: course_created 1\n",
        1,
    ),
)
def test_validate_github(run: Run, command: str, stdin: bytes, expected: Ran) -> None:
    """Workflow commands mark the place in a pull request."""
    assert expected == run(command, stdin)


def test_validate_github_escapes(run: Run, dump: Dump) -> None:
    """Neither a file's name nor an event's can end a workflow command or start another."""
    name = dump(other("conversation_\n::error::%0A"), "50%,a:b.jsonl")
    column = at(other("x"), '"x"')
    [command] = run(f"validate --format github '{name}'").stdout.decode().splitlines()
    assert command.startswith(
        f"::error file=50%25%2Ca%3Ab.jsonl,line=1,col={column}::unknown-event:"
        ' "conversation_\\n::error::%250A" is not an event that Canvas documents'
    )


@pytest.mark.parametrize(
    ("style", "start"),
    [("text", "<stdin>:1:27: "), ("github", "::error file=<stdin>,line=1,col=27::")],
)
def test_validate_shows_no_control_characters(run: Run, style: str, start: str) -> None:
    """What an event holds reaches the terminal as escapes, never as it is."""
    name = "\x1b]0;x\x07\x7f\x9b31m\u202e\u2066\r"
    shown = r"\u001b]0;x\u0007\u007f\u009b31m\u202e\u2066"
    assert run(f"validate --format {style}", other("conversation_" + name) + other(name)) == (
        1,
        f'{start}unknown-event: "conversation_{shown}\\r" is not an event that Canvas documents'
        " (did you mean conversation_created?)\n".encode(),
        "2 events read: 1 valid, 1 with errors\n  unknown-event  1\n1 other event without a"
        f" schema here, not judged further: {shown}\\u000d 1\n",
    )
