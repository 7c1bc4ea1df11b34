"""Whole commands: what is typed, what is read, and the status, stdout and stderr that follow."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cevents.problems import CODES

from .conftest import Dump, Ran, Run, created, forwarded, message, other


def case(
    name: str, command: str, stdin: bytes, stdout: bytes = b"", stderr: str = "", status: int = 0
) -> Any:
    """Return one row of a table of whole commands."""
    return pytest.param(command, stdin, Ran(status, stdout, stderr), id=name)


def table(*cases: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("command", "stdin", "expected"), cases)


def at(line: bytes, text: str) -> int:
    """Return the column, in bytes from 1, at which *text* stands in *line*."""
    return line.index(text.encode()) + 1


def objects(data: bytes) -> list[dict[str, Any]]:
    """Return the JSON objects of *data*, one a line."""
    return [json.loads(line) for line in data.splitlines()]


TIME_AT = at(message(time="T"), '"T"')
CREATED_AT = at(message(created="T"), '"T"')
OTHER_TIME_AT = at(other(time="T"), '"T"')

# validate: findings

NOT_JSON_BODY = (
    b'{"metadata":{"event_name":"logged_in","event_time":"2020-03-24T16:00:00Z"},"body":'
)
MISSING_TIME = b'{"metadata":{"event_name":"logged_in"},"body":{}}\n'
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
    ("text", "column"),
    [
        (b"NaN}", 1),
        (b"{}", 3),
        (b'{"a":tru}}', None),
        (b'{"a":"\t"}}', None),
        (b'{"a":01}}', None),
        (b"{'a':1}}", 2),
        (b'{"a":1,}}', 7),
        (b'{"a":"\\ud800"}}', None),
        (b"[" * 3000 + b"]" * 3000 + b"}", None),
    ],
    ids=["NaN", "unclosed", "cut word", "raw tab", "leading zero", "single quotes",
         "trailing comma", "lone surrogate", "too deep"],
)  # fmt: skip
def test_validate_finds_what_is_not_json(run: Run, text: bytes, column: int | None) -> None:
    """A syntax error is one finding, at its place, whatever the fields around it."""
    status, stdout, _ = run("validate --format json", NOT_JSON_BODY + text)
    [finding] = objects(stdout)
    assert (status, finding["code"]) == (1, "not-json")
    if column is not None:
        assert len(NOT_JSON_BODY) + column == finding["column"]


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
        ("conversation_deleted", None),
    ],
)
def test_validate_finds_near_misses(run: Run, name: str, meant: str | None) -> None:
    """Nearly the name of a documented event is always an error, and says which is meant."""
    _, stdout, _ = run("validate --format json", other(name))
    [finding] = objects(stdout)
    assert (finding["code"], finding["severity"]) == ("unknown-event", "error")
    assert "did you mean" in finding["hint"]
    if meant:
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


STRICT = message(time_zone="Mars/Olympus_Mons", colour="blue").replace(b'"9"', b'"9","mood":1')
STRICT = STRICT.replace(b'{"metadata"', b'{"iat":7,"metadata"')
ZONE_AT, COLOUR_AT, MOOD_AT = (at(STRICT, text) for text in ('"Mars', '"blue"', "1}"))


@table(
    case(
        "nothing strict unless asked",
        "validate",
        STRICT + other(),
        stderr="2 events read: 2 valid, 0 with errors\n"
        "1 other event without a schema here, not judged further: course_created 1\n",
    ),
    case(
        "fields and zones",
        "validate --strict",
        STRICT,
        (
            '<stdin>:1:8: unknown-field: iat is not documented\n'
            f'<stdin>:1:{ZONE_AT}: unknown-zone: "Mars/Olympus_Mons" is not'
            ' an IANA time zone\n'
            f'<stdin>:1:{COLOUR_AT}: unknown-field: metadata.colour is not documented\n'
            f'<stdin>:1:{MOOD_AT}: unknown-field: body.mood is not documented\n'
        ).encode(),
        "1 event read: 1 valid, 0 with errors; 4 warnings\n"
        "  unknown-field  3\n  unknown-zone   1\n",
        1,
    ),
    case(
        "other events",
        "validate --strict",
        other("grade_change"),
        b'<stdin>:1:27: unknown-event: "grade_change" has no schema here\n',
        "1 event read: 1 valid, 0 with errors; 1 warning\n  unknown-event  1\n"
        "1 other event without a schema here, not judged further: grade_change 1\n",
        1,
    ),
)  # fmt: skip
def test_validate_strict(run: Run, command: str, stdin: bytes, expected: Ran) -> None:
    """What the documentation does not list is reported under --strict only."""
    assert expected == run(command, stdin)


# validate: inputs

NOT_LINES = "1 event read: 0 valid, 1 with errors\n  {}  1\n"
ONE = "1 event read: 1 valid, 0 with errors\n"
TWO = "2 events read: 2 valid, 0 with errors\n"
UTF_16_FOUND = (
    b"<stdin>:1:1: not-utf8: the input is UTF-16"
    b" (`iconv -f UTF-16 -t UTF-8 FILE | cevents \xe2\x80\xa6 -`)\n"
)


@table(
    case("nothing", "validate", b"", stderr="0 events read: 0 valid, 0 with errors\n"),
    case("no final newline", "validate", (message() + created())[:-1], stderr=TWO),
    case("CRLF", "validate", message().replace(b"\n", b"\r\n") * 2, stderr=TWO),
    case("byte order mark", "validate", b"\xef\xbb\xbf" + message(), stderr=ONE),
    case("byte order mark alone", "validate", b"\xef\xbb\xbf",
         stderr="0 events read: 0 valid, 0 with errors\n"),
    case("blank lines", "validate", b"\n \t\n" + message() + b"\r\n\n", stderr=ONE),
    case(
        "blank lines count as lines",
        "validate",
        b"\n\n53\n",
        b"<stdin>:3:1: not-an-object: the line is a number\n",
        NOT_LINES.format("not-an-object"),
        1,
    ),
    case("UTF-16 of PowerShell", "validate", (message() * 2).decode().encode("utf-16"), stderr=TWO),
    case("UTF-16 big-endian", "validate", b"\xfe\xff" + message().decode().encode("utf-16-be"),
         stderr=ONE),
    case("UTF-16 without a mark", "validate", (message() * 3).decode().encode("utf-16-le"),
         UTF_16_FOUND, NOT_LINES.format("not-utf8"), 1),
    case("binary", "validate", b"\x7fELF\x02\x01\x01\0\0\0\n\0\n\0\n" * 9,
         b"<stdin>:1:1: not-utf8: the input is binary, not text\n",
         NOT_LINES.format("not-utf8"), 1),
    case(
        "line too long",
        "validate --max-line-bytes 300",
        message() + message(user_login="x" * 300) + b"53\n" + message(),
        b"<stdin>:2:1: line-too-long: the line is longer than 300 bytes"
        b" (--max-line-bytes raises the limit)\n"
        b"<stdin>:3:1: not-an-object: the line is a number\n",
        "4 events read: 2 valid, 2 with errors\n  line-too-long  1\n  not-an-object  1\n",
        1,
    ),
    case(
        "last line too long, without newline",
        "validate --max-line-bytes 300",
        message() + b"x" * 1_000_000,
        b"<stdin>:2:1: line-too-long: the line is longer than 300 bytes"
        b" (--max-line-bytes raises the limit)\n",
        "2 events read: 1 valid, 1 with errors\n  line-too-long  1\n",
        1,
    ),
    case("line as long as it may be", f"validate --max-line-bytes {len(message()) - 1}",
         message() * 2, stderr=TWO),
)  # fmt: skip
def test_validate_reads(run: Run, command: str, stdin: bytes, expected: Ran) -> None:
    """Dumps come in many shapes: one that is not lines of events is one finding."""
    assert expected == run(command, stdin)


def test_validate_gives_the_same_answer_for_stdin_and_files(run: Run, dump: Dump) -> None:
    """A file, `-` and a pipe give the same findings, under their own names."""
    lines = message() + b"53\n"
    name = dump(lines)
    piped, read = run("validate", lines), run(f"validate {name}")
    assert piped == run("validate -", lines)
    assert piped == read._replace(stdout=read.stdout.replace(name.encode(), b"<stdin>"))


@table(
    case(
        "findings and counts of each",
        "validate a.jsonl - b.jsonl",
        b"null\n",
        b"<stdin>:1:1: not-an-object: the line is null\n"
        b"b.jsonl:2:1: not-an-object: the line is a number\n",
        "4 events read: 2 valid, 2 with errors\n  not-an-object  2\n"
        "  a.jsonl  1 valid, 0 with errors\n"
        "  <stdin>  0 valid, 1 with errors\n"
        "  b.jsonl  1 valid, 1 with errors\n",
        1,
    ),
    case(
        "unreadable, and the others",
        "validate --quiet missing.jsonl a.jsonl",
        b"",
        stderr="cevents: error: cannot read missing.jsonl: no such file or directory\n",
        status=2,
    ),
    case(
        "unreadable, and the findings of the others",
        "validate --statistics missing.jsonl empty b.jsonl",
        b"",
        b"2 events read: 1 valid, 1 with errors\n  not-an-object  1\n"
        b"  missing.jsonl  0 valid, 0 with errors\n"
        b"  empty          0 valid, 0 with errors\n"
        b"  b.jsonl        1 valid, 1 with errors\n",
        "cevents: error: cannot read missing.jsonl: no such file or directory\n"
        "cevents: error: cannot read empty: there is no file in it\n",
        2,
    ),
)
def test_validate_several_files(
    run: Run, dump: Dump, command: str, stdin: bytes, expected: Ran
) -> None:
    """Many files are checked in turn; one that cannot be read stops none of the others."""
    dump(b"\xef\xbb\xbf" + message(), "a.jsonl")
    dump(b"\xef\xbb\xbf" + message() + b"53", "b.jsonl")
    Path("empty").mkdir()
    assert expected == run(command, stdin)


# validate: options

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
    counts = {
        "events": 6,
        "valid": 4,
        "invalid": 2,
        "blank": 1,
        "warnings": 0,
        "other_events": {"course_created": 2, "logged_in": 1},
        "codes": {"bad-id": 1, "wrong-type": 1},
    }
    none = dict.fromkeys(("events", "valid", "invalid", "blank", "warnings"), 0)
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


@pytest.mark.parametrize("style", ["text", "github"])
def test_validate_shows_no_control_characters(run: Run, style: str) -> None:
    """What an event holds reaches the terminal as escapes, never as it is."""
    name = "conversation_\x1b]0;x\x07\x7f\x9b31m\u202e\u2066\r"
    _, stdout, stderr = run(f"validate --format {style}", other(name) + other(name[13:]))
    shown = stdout.decode() + stderr
    assert [char for char in name[13:] if not char.isprintable() and char in shown] == []


# filter

A = created(time_zone="America/Denver", user_id="21070000000000123")
B = message(number="9", url="http://h/conversations/53/add_message", user_id=21070000000000123)
C = message(conversation=53, number="10", author="3", time="2020-03-24T17:30:00+01:00")
D = forwarded(conversation="54", time="2020-03-25T00:00:00Z")
E = other(body={"nested": {"deep": [1, "two"]}, "flag": True, "none": None, "score": 0.1})
DUMP = A + B + C + D + E


@pytest.mark.parametrize(
    ("options", "matches"),
    [
        ("", DUMP),
        ("-c 53", A + B + C),
        ("--conversation 53 --conversation 54", A + B + C + D),
        ("-c 5", b""),
        ("-c 053", b""),
        ("-e conversation_created", A),
        ("--event course_created --event conversation_forwarded", D + E),
        ("-a 2", B),
        ("--author 2 --author 3", B + C),
        ("-u 21070000000000123", A + B),
        ("--user 21070000000000124", b""),
        ("-c 53 -e conversation_message_created -a 3", C),
        ("-c 54 -a 3", b""),
        ("-v", b""),
        ("-v -c 53", D + E),
        ("--invert-match -c 53 -a 2", A + C + D + E),
        ("-n 2", A + B),
        ("--limit 1 -c 54", D),
        ("-n 0", b""),
        ("-n 99 -e course_created", E),
        ("--count", b"5\n"),
        ("--count -c 53", b"3\n"),
        ("--count -n 2", b"2\n"),
        ("--count -v -c 53", b"2\n"),
        ("--count -c 5", b"0\n"),
        ("-c 53 --line-buffered", A + B + C),
    ],
)
def test_filter_by_options(run: Run, options: str, matches: bytes) -> None:
    """Values of one option are alternatives; different options must all hold."""
    assert Ran(0, matches, "") == run(f"filter {options}", DUMP)


@pytest.mark.parametrize(
    ("condition", "matches"),
    [
        ("metadata.time_zone", A),
        ("metadata.time_zone=America/Denver", A),
        ("metadata.time_zone = America/Denver", A),
        ("metadata.time_zone=America", b""),
        ("body.conversation_id=53", A + B + C),
        ("body.author_id!=2", A + C + D + E),
        ("metadata.url~=/conversations/53/", B),
        ("metadata.url~=^h..p:", B),
        ("metadata.event_name~=^conversation_(created|forwarded)$", A + D),
        ("body.message_id<10", B),
        ("body.message_id<=10", B + C),
        ("body.message_id>9", C),
        ("body.message_id>=9", B + C),
        ("metadata.user_id=21070000000000123", A + B),
        ("metadata.user_id>21070000000000122", A + B),
        ("metadata.event_time<2020-03-24T17:00:00Z", A + B + C),
        ("metadata.event_time<2020-03-24T10:30:00.001-06:00", A + C),
        ("metadata.event_time>=2020-03-24T17:00:00-06:00", D),
        ("metadata.event_time=2020-03-24T16:30:00Z", C),
        ("body.created_at=2020-03-24T16:55:59.000Z", B + C),
        ("body.nested", E),
        ("body.nested.deep", E),
        ("body.nested.deep.1=two", E),
        ("body.nested.deep.2", b""),
        ("body.nested.deep.x", b""),
        ("body.flag=true", E),
        ("body.none", E),
        ("body.none=null", E),
        ("body.score<1", E),
        ("body.score=0.1", E),
        ("body.absent", b""),
        ("body.absent=", b""),
    ],
)
def test_filter_where(run: Run, condition: str, matches: bytes) -> None:
    """Any field can be asked for: texts as texts, numbers by size, times by instant."""
    assert Ran(0, matches, "") == run(f"filter -w '{condition}'", DUMP)


def test_filter_where_all_hold(run: Run) -> None:
    """Several conditions must all hold, with the other options."""
    command = "filter -w body.message_id -w 'body.author_id!=2' -c 53"
    assert Ran(0, C, "") == run(command, DUMP)


@pytest.mark.parametrize(
    "value",
    [
        b"9007199254740993",
        b"18446744073709551617",
        b"123456789012345678901234567890",
    ],
)
def test_filter_compares_huge_numbers_exactly(run: Run, value: bytes) -> None:
    """A number past 2^53, or past 64 bits, is never rounded."""
    line = other(body={"n": 0, "x": 0}).replace(b'"n":0', b'"n":' + value)
    line = line.replace(b'"x":0', b'"x":1e999')
    near = str(int(value) - 1)
    assert Ran(0, line, "") == run(f"filter -w body.n={value.decode()}", line)
    assert Ran(0, b"", "") == run(f"filter -w body.n={near}", line)


ODD = (
    b' { "body":{"conversation_id" : "53","n":123456789012345678901234567890,"n":1E+2,"f":1.0},'
    rb'"metadata":{"event_name":"\u0063onversation_created","event_name":"x\u00e9\/",'
    b'"user_login":"\xc3\xa9"} }\t'
)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(ODD + b"\n" + A, id="spacing, escapes, duplicate keys, huge numbers"),
        pytest.param(A.replace(b"\n", b"\r\n") * 2, id="CRLF"),
        pytest.param((A + B)[:-1], id="no final newline"),
        pytest.param(A.replace(b'"conversation_id"', rb'"conversation\u005fid"'), id="escaped key"),
        pytest.param(A.replace(b'"53"', rb'"\u00353"'), id="escaped value"),
        pytest.param(A.replace(b'"53"', b'"5","conversation_id":"53"'), id="the last key counts"),
    ],
)
def test_filter_writes_lines_as_they_were(run: Run, lines: bytes) -> None:
    """What matches is written byte for byte."""
    assert Ran(0, lines, "") == run("filter -c 53", lines)


def test_filter_drops_what_is_no_line(run: Run) -> None:
    """Blank lines and a byte order mark are no events, so they are not written."""
    assert Ran(0, A + B, "") == run("filter", b"\xef\xbb\xbf\n" + A + b" \r\n" + B + b"\n")


def test_filter_joins_files_at_line_ends(run: Run, dump: Dump) -> None:
    """A file that ends without a newline doesn't run into the next."""
    dump(A[:-1], "a.jsonl")
    dump(B[:-1], "b.jsonl")
    assert Ran(0, A + B[:-1], "") == run("filter a.jsonl b.jsonl")
    assert Ran(0, A[:-1], "") == run("filter -e conversation_created a.jsonl b.jsonl")


AT_6 = created(time="2020-03-24T06:00:00Z", updated="2020-03-20T00:00:00Z")
AT_6_IN_DENVER = message(time="2020-03-24T06:00:00-06:00", created="2020-03-24T05:59:59.9999999Z")
AT_7_IN_INDIA = forwarded(time="20200324T123000+0530", updated="2020-03-24T00:00:00-06:00")
AT_7_IN_FULL = other(time="2020-03-24T07:00:00.0000000001Z")
TIMES = AT_6 + AT_6_IN_DENVER + AT_7_IN_INDIA + AT_7_IN_FULL


@pytest.mark.parametrize(
    ("options", "matches"),
    [
        ("--since 2020-03-24T06:00:00Z", TIMES),
        ("--since 2020-03-24T06:00:00.000000001Z", AT_6_IN_DENVER + AT_7_IN_INDIA + AT_7_IN_FULL),
        ("--until 2020-03-24T06:00:00Z", b""),
        ("--until 2020-03-24T07:00:00Z", AT_6),
        ("--until 2020-03-24T07:00:00.0000000001Z", AT_6 + AT_7_IN_INDIA),
        ("--since 2020-03-24T07:00:00Z --until 2020-03-24T12:00:00Z", AT_7_IN_INDIA + AT_7_IN_FULL),
        ("--since 2020-03-24T06:00-06:00", AT_6_IN_DENVER),
        ("--since 2020-03-24T12:00", AT_6_IN_DENVER),
        ("--since 2020-03-24T06:00 --tz America/Denver", AT_6_IN_DENVER),
        ("--since 2020-03-24T12:30 --tz +05:30", AT_6_IN_DENVER + AT_7_IN_INDIA + AT_7_IN_FULL),
        ("--since 20200324T1200", AT_6_IN_DENVER),
        ("--since 2020-03-24", TIMES),
        ("--until 2020-03-24", b""),
        ("--until 2020-03-25", TIMES),
        ("--since 2020-03-24 --tz America/Denver", TIMES),
        ("--until 2020-03-24 --tz America/Denver", b""),
        ("--since 2020-03-24 --tz Pacific/Honolulu", AT_6_IN_DENVER),
        ("--time-field updated_at --since 2020-03-24T06:00Z", AT_7_IN_INDIA),
        ("--time-field updated_at --until 2020-03-24T06:00Z", AT_6),
        ("--time-field event_time --until 2020-03-24T06:00:01Z", AT_6),
        ("-v --since 2020-03-24T12:00", AT_6 + AT_7_IN_INDIA + AT_7_IN_FULL),
        ("--since 2020-03-24T12:00 -e conversation_created", b""),
        ("--count --since 2020-03-24T12:00", b"1\n"),
        ("--since now", b""),
        ("--until now", TIMES),
        ("--since '1 year ago'", b""),
    ],
)
def test_filter_by_time(run: Run, options: str, matches: bytes) -> None:
    """Times are half-open, from --since up to, not including, --until, and compare by instant."""
    assert Ran(0, matches, "") == run(f"filter {options}", TIMES)


def test_filter_by_time_of_the_message(run: Run) -> None:
    """Only messages have a created_at: the other documented events do not match, nor fail."""
    command = "filter --time-field created_at --until"
    assert Ran(0, AT_6_IN_DENVER, "") == run(f"{command} 2020-03-24T06:00Z", AT_6 + AT_6_IN_DENVER)
    assert Ran(0, b"", "") == run(f"{command} 2020-03-24T05:59:59.999999Z", AT_6 + AT_6_IN_DENVER)


def ago(**span: float) -> bytes:
    """Return an event of so long ago."""
    return other(time=(datetime.now(UTC) - timedelta(**span)).isoformat())


@pytest.mark.parametrize(
    ("since", "before", "after"),
    [
        ("-2h", {"hours": 2.1}, {"hours": 1.9}),
        ("-90m", {"minutes": 91}, {"minutes": 89}),
        ("-30s", {"seconds": 40}, {"seconds": 0}),
        ("-1d", {"hours": 25}, {"hours": 23}),
        ("-2w", {"days": 14.1}, {"days": 13.9}),
        ("2 hours ago", {"hours": 2.1}, {"hours": 1.9}),
        ("3 days ago", {"days": 3.1}, {"days": 2.9}),
        ("1 week ago", {"days": 7.1}, {"days": 6.9}),
        ("2 months ago", {"days": 64}, {"days": 58}),
        ("today", {"hours": 24.1}, {"hours": -0.1}),
        ("yesterday", {"hours": 48.1}, {"hours": 23.9}),
        ("NOW", {"seconds": 5}, {"minutes": -5}),
    ],
)
def test_filter_by_typed_time(
    run: Run, since: str, before: dict[str, float], after: dict[str, float]
) -> None:
    """People type times as they think of them."""
    kept = ago(**after)
    assert Ran(0, kept, "") == run(f"filter --since '{since}'", ago(**before) + kept)


@table(
    case(
        "a local time that happens twice",
        "filter --since 2020-11-01T01:30 --tz America/Denver",
        A,
        b"",
        "cevents: error: 2020-11-01T01:30:00 happens twice in America/Denver\n"
        "  tip: write 2020-11-01T01:30:00-06:00 or 2020-11-01T01:30:00-07:00\n",
        2,
    ),
    case(
        "a local time that never happens",
        "filter --until 2020-03-08T02:30 --tz America/Denver",
        A,
        b"",
        "cevents: error: 2020-03-08T02:30:00 does not exist in America/Denver\n"
        "  tip: clocks change then: write 2020-03-08T01:30:00-07:00 or"
        " 2020-03-08T03:30:00-06:00\n",
        2,
    ),
    case(
        "no time",
        "filter --since soon",
        A,
        b"",
        'cevents: error: "soon" is not a time\n'
        "  tip: as in 2020-03-24, 2020-03-24T16:55-06:00, yesterday, -2h or '3 days ago'\n",
        2,
    ),
    case(
        "no day",
        "filter --since 2020-02-30",
        A,
        b"",
        'cevents: error: "2020-02-30" is not a time\n'
        "  tip: as in 2020-03-24, 2020-03-24T16:55-06:00, yesterday, -2h or '3 days ago'\n",
        2,
    ),
    case(
        "no unit",
        "filter --since '3 fortnights ago'",
        A,
        b"",
        'cevents: error: unknown unit in "3 fortnights ago"\n'
        "  tip: use s, m, h, d, w, months or years\n",
        2,
    ),
    case(
        "no condition",
        "filter -w '=53'",
        A,
        b"",
        'cevents: error: cannot read the condition "=53"\n'
        "  tip: PATH OP VALUE, as in 'body.author_id!=2'; OP is one of = != ~= < <= > >=\n",
        2,
    ),
    case(
        "no such part",
        "filter -w author_id=2",
        A,
        b"",
        'cevents: error: unknown field "author_id"\n  tip: paths start with metadata. or body.\n',
        2,
    ),
    case(
        "a backslash in a field",
        r"filter -w 'body.a\b=2'",
        A,
        b"",
        'cevents: error: cannot read a field called "a\\\\b"\n'
        "  tip: quotes, backslashes and control characters are not supported\n",
        2,
    ),
    case(
        "no regular expression",
        "filter -w 'metadata.url~=('",
        A,
        b"",
        'cevents: error: bad regular expression "(": missing ), unterminated subpattern at'
        " position 0\n  tip: Python's syntax, as in metadata.url~=/53/\n",
        2,
    ),
    case(
        "no number",
        "filter -n many",
        A,
        b"",
        "cevents: error: Invalid value for '-n' / '--limit': 'many' is not a valid integer"
        " range.\n  tip: try `cevents filter --help`\n",
        2,
    ),
    case(
        "no such zone",
        "filter --since today --tz Denver",
        A,
        b"",
        "cevents: error: Invalid value for '--tz': unknown time zone \"Denver\": did you mean"
        " America/Denver?\n  tip: try `cevents filter --help`\n",
        2,
    ),
)
def test_filter_refuses(run: Run, command: str, stdin: bytes, expected: Ran) -> None:
    """What cannot be meant is an error of one line, with a tip, before anything is read."""
    assert expected == run(command, stdin)


@pytest.mark.parametrize(
    "option",
    [
        "-w body=2",
        "-w metadata",
        "-w ''",
        "--since ''",
        "--until ' '",
        "--since 2019-W53",
        "--since 2019-366",
        "--since 2020-03-24T25:00",
        "--since 0001-01-01 --tz +14:00",
        "--until 9999-12-31T23:00 --tz America/Denver",
        "--since '99999999999999999999 days ago'",
        "--since -9999999d",
        "--since -5000y",
    ],
)
def test_filter_refuses_what_means_nothing(run: Run, option: str) -> None:
    """An odd condition or time is an error like any other, never ignored, never a traceback."""
    status, stdout, stderr = run(f"filter {option}", A)
    assert (status, stdout) == (2, b"")
    assert stderr.startswith("cevents: error: ")


# --bad-lines

BROKEN = A + b"oops\n" + B + b"53\n" + b"{}\n" + C
BROKEN_FOUND = (
    "3 of 6 lines could not be used:\n"
    "  not-json       1, first at <stdin>:2:1: unexpected character, expected a JSON value\n"
    "  not-an-object  1, first at <stdin>:4:1: the line is a number\n"
    "  missing-field  1, first at <stdin>:5:1: metadata is missing\n"
)
FIRST_FOUND = (
    "1 of 2 lines could not be used:\n"
    "  not-json  1, first at <stdin>:2:1: unexpected character, expected a JSON value\n"
)
TO_UTC = B.replace(b"10:55:59-06:00", b"16:55:59Z")
C_TO_UTC = C.replace(b"10:55:59-06:00", b"16:55:59Z").replace(b"17:30:00+01:00", b"16:30:00Z")


@table(
    case("filter reports", "filter", BROKEN, A + B + C, BROKEN_FOUND, 1),
    case("filter skips", "filter --bad-lines skip", BROKEN, A + B + C),
    case("filter stops", "filter --bad-lines stop", BROKEN, A, FIRST_FOUND, 1),
    case("the others do not match either", "filter -v -c 53", BROKEN, b"", BROKEN_FOUND, 1),
    case("count reports", "filter --count", BROKEN, b"3\n", BROKEN_FOUND, 1),
    case("count stops", "filter --count --bad-lines stop", BROKEN, b"1\n", FIRST_FOUND, 1),
    case("the limit ends before", "filter -n 1", BROKEN, A),
    case("nothing bad to stop at", "filter --bad-lines stop", A + B, A + B),
    case("convert reports", "convert --to utc", BROKEN, A + TO_UTC + C_TO_UTC, BROKEN_FOUND, 1),
    case("convert skips", "convert --to utc --bad-lines skip", BROKEN, A + TO_UTC + C_TO_UTC),
    case("convert stops", "convert --to utc --bad-lines stop", BROKEN, A, FIRST_FOUND, 1),
    case(
        "places of the first of each code",
        "filter -c 1 --max-line-bytes 500",
        b"[]\n" + A + b"\n[]\n" + b"\xff\n" + b"x" * 600,
        b"",
        "4 of 5 lines could not be used:\n"
        "  not-an-object  2, first at <stdin>:1:1: the line is an array\n"
        "  not-utf8       1, first at <stdin>:5:1: byte 0xff is not UTF-8\n"
        "  line-too-long  1, first at <stdin>:6:1: the line is longer than 500 bytes\n",
        1,
    ),
    case(
        "only what the work needs",
        "filter",
        message(conversation=None, number=[], time="soon") + MISSING_TIME,
        message(conversation=None, number=[], time="soon") + MISSING_TIME,
    ),
    case(
        "the time, where it is asked for",
        "filter --since 2020-01-01",
        MISSING_TIME + message(time="soon") + message(time=None) + A,
        A,
        "3 of 4 lines could not be used:\n"
        "  missing-field  1, first at <stdin>:1:13: metadata.event_time is missing\n"
        f"  bad-timestamp  1, first at <stdin>:2:{TIME_AT}:"
        ' metadata.event_time: "soon" is not ISO 8601\n'
        f"  wrong-type     1, first at <stdin>:3:{TIME_AT}:"
        " metadata.event_time is null, not a string\n",
        1,
    ),
)
def test_bad_lines(run: Run, command: str, stdin: bytes, expected: Ran) -> None:
    """A bad line never stops a run and never vanishes, unless that is asked for."""
    assert expected == run(command, stdin)


@pytest.mark.parametrize("command", ["filter", "stats", "convert --to utc", "show"])
def test_unreadable_file_fails_and_the_others_are_read(run: Run, dump: Dump, command: str) -> None:
    """A file that cannot be read gives status 2, whatever becomes of bad lines."""
    dump(A)
    alone = run(f"{command} dump.jsonl")
    both = run(f"{command} --bad-lines skip missing.jsonl dump.jsonl")
    error = "cevents: error: cannot read missing.jsonl: no such file or directory\n"
    assert Ran(2, alone.stdout, error) == both


@pytest.mark.parametrize("command", ["filter", "stats", "convert --to utc", "show"])
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (A.decode().encode("utf-16-le"), "not-utf8"),
        (b"\x7fELF\x02\x01\x01\0\0\0\n", "not-utf8"),
    ],
    ids=["UTF-16", "binary"],
)
def test_input_that_is_not_lines(run: Run, command: str, data: bytes, code: str) -> None:
    """An input that is no lines of events is one bad line to every command."""
    status, _, stderr = run(command, data)
    report = stderr.splitlines()
    assert (status, report[0], len(report)) == (1, "1 of 1 line could not be used:", 2)
    assert report[1].startswith(f"  {code}  1, first at <stdin>:1:1: the input is ")


# stats


@pytest.fixture(params=[8192, 1], ids=["few events", "many events"])
def many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sum up as a small dump is summed up, and as a large one is."""
    monkeypatch.setattr("cevents.summary._MANY", request.param)


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
        "precision: every digit of the last event",
        forwarded(time="2020-03-24T16:00:00Z") + forwarded(time="2020-03-24T16:00:00.000000001Z"),
        [row(None, "53", events=2, forwarded=2, last_event="2020-03-24T16:00:00.000000001Z")],
    ),
]  # fmt: skip


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(("lines", "rows"), [pytest.param(*s[1:], id=s[0]) for s in STATS])
def test_stats(run: Run, lines: bytes, rows: list[dict[str, Any]]) -> None:
    """Each column counts what it says, in whatever order events arrive."""
    status, stdout, stderr = run("stats --format json", lines)
    assert (0, "", rows) == (status, stderr, objects(stdout))
    assert [KEYS] * len(rows) == [list(row) for row in objects(stdout)]


@pytest.mark.usefixtures("many")
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
    assert report[0] == "1 of 2 lines could not be used:"
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


@pytest.mark.usefixtures("many")
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
@pytest.mark.usefixtures("many")
def test_stats_formats(run: Run, command: str, stdin: bytes, expected: Ran) -> None:
    """A table for people, with totals and what was left aside; JSON and CSV for programs."""
    assert expected == run(command, stdin)


@pytest.mark.usefixtures("many")
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
    assert lines[4:] == [
        "2 conversations; times in UTC",
        "left aside: 1 line that could not be used",
    ]


# convert


@pytest.mark.parametrize(
    ("time", "zone", "there"),
    [
        ("2020-03-24T16:55:59Z", "America/Denver", "2020-03-24T10:55:59-06:00"),
        ("2020-01-24T16:55:59Z", "America/Denver", "2020-01-24T09:55:59-07:00"),
        ("2020-03-24T16:55:59.973Z", "America/Denver", "2020-03-24T10:55:59.973-06:00"),
        ("2020-03-24T16:55:59.123456789Z", "Asia/Tokyo", "2020-03-25T01:55:59.123456789+09:00"),
        ("2020-03-24T16:55:59.500Z", "Asia/Tokyo", "2020-03-25T01:55:59.500+09:00"),
        ("2020-03-24T16:55Z", "Asia/Tokyo", "2020-03-25T01:55+09:00"),
        ("2020-03-08T08:59:59Z", "America/Denver", "2020-03-08T01:59:59-07:00"),
        ("2020-03-08T09:00:00Z", "America/Denver", "2020-03-08T03:00:00-06:00"),
        ("2020-11-01T07:30:00Z", "America/Denver", "2020-11-01T01:30:00-06:00"),
        ("2020-11-01T08:30:00Z", "America/Denver", "2020-11-01T01:30:00-07:00"),
        ("2020-04-04T15:00:00Z", "Australia/Lord_Howe", "2020-04-05T01:30:00+10:30"),
        ("1985-06-01T00:00:00Z", "Asia/Kathmandu", "1985-06-01T05:30:00+05:30"),
        ("1986-06-01T00:00:00Z", "Asia/Kathmandu", "1986-06-01T05:45:00+05:45"),
        ("2020-01-01T00:00:00Z", "Europe/London", "2020-01-01T00:00:00+00:00"),
        ("1969-01-01T00:00:00Z", "Europe/London", "1969-01-01T01:00:00+01:00"),
        ("2011-12-30T10:00:00Z", "Pacific/Apia", "2011-12-31T00:00:00+14:00"),
        ("2020-03-24T16:55:59Z", "+05:30", "2020-03-24T22:25:59+05:30"),
        ("2020-03-24T16:55:59Z", "-0330", "2020-03-24T13:25:59-03:30"),
        ("2020-03-24T16:55:59Z", "+14", "2020-03-25T06:55:59+14:00"),
        ("2020-03-24T16:55:59Z", "utc", "2020-03-24T16:55:59Z"),
        ("2020-03-24T16:55:59Z", "UTC", "2020-03-24T16:55:59Z"),
        ("2020-03-24T10:55:59.973-06:00", "utc", "2020-03-24T16:55:59.973Z"),
        ("2020-03-24T10:55:59-0600", "utc", "2020-03-24T16:55:59Z"),
        ("2020-03-24T17:55:59+01", "utc", "2020-03-24T16:55:59Z"),
        ("2020-03-24T16:55:59+00:00", "utc", "2020-03-24T16:55:59Z"),
        ("20200330T111851-0600", "utc", "2020-03-30T17:18:51Z"),
        ("2020-W13-2T16:55:59Z", "+01:00", "2020-03-24T17:55:59+01:00"),
        ("2020-084T16:55:59Z", "+01:00", "2020-03-24T17:55:59+01:00"),
        ("2020-03-24T24:00:00Z", "utc", "2020-03-25T00:00:00Z"),
        ("2019-12-31T23:30:00-01:00", "utc", "2020-01-01T00:30:00Z"),
        ("2016-12-31T23:59:60Z", "+05:30", "2017-01-01T05:29:60+05:30"),
        ("2016-12-31T23:59:60.5Z", "America/Denver", "2016-12-31T16:59:60.5-07:00"),
    ],
)
def test_convert_time(run: Run, time: str, zone: str, there: str) -> None:
    """The same instant, the offset that is right then and there, the same precision."""
    expected = message(time=there, created=there)
    assert Ran(0, expected, "") == run(f"convert --to {zone}", message(time=time, created=time))


def test_convert_to_the_zone_of_this_computer(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """`local` is the zone of the computer, with its clock changes."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Kolkata")
        time.tzset()
        ran = run("convert --to local", other(time="2004-05-06T07:08:09Z"))
    time.tzset()
    assert Ran(0, other(time="2004-05-06T12:38:09+05:30"), "") == ran


def test_convert_every_documented_timestamp(run: Run) -> None:
    """Each timestamp has its own offset; other events have their event_time."""
    lines = (
        created(updated="2020-03-24T00:30:00+01:00", time="2020-03-24T16:00:00.123Z")
        + forwarded(updated="2020-03-30T11:18:51-06:00", time="2020-03-27T17:30:26.715Z")
        + message(created="2020-03-24T10:55:59-06:00", time="2020-03-24T16:55:59.973Z")
        + other(body={"updated_at": "2020-03-24T16:00:00Z"}, time="2020-03-24T16:00:00Z")
    )
    expected = (
        created(updated="2020-03-24T08:30:00+09:00", time="2020-03-25T01:00:00.123+09:00")
        + forwarded(updated="2020-03-31T02:18:51+09:00", time="2020-03-28T02:30:26.715+09:00")
        + message(created="2020-03-25T01:55:59+09:00", time="2020-03-25T01:55:59.973+09:00")
        + other(body={"updated_at": "2020-03-24T16:00:00Z"}, time="2020-03-25T01:00:00+09:00")
    )
    assert Ran(0, expected, "") == run("convert --to Asia/Tokyo", lines)


def test_convert_to_the_zone_of_each_event(run: Run) -> None:
    """`event` shows each event's times in its own metadata.time_zone."""
    lines = other(time_zone="America/Denver") + other(time_zone="Asia/Tokyo")
    expected = other(time="2020-03-24T12:00:00-06:00", time_zone="America/Denver") + other(
        time="2020-03-25T03:00:00+09:00", time_zone="Asia/Tokyo"
    )
    assert Ran(0, expected, "") == run("convert --to event", lines)


def test_convert_leaves_events_without_a_zone(run: Run) -> None:
    """An event that names no zone, or none there is, stays as it is and is reported."""
    lines = other() + other(time_zone="Mars/Olympus_Mons") + other(time_zone=None)
    report = (
        "3 of 3 lines could not be used:\n"
        "  unknown-zone  3, first at <stdin>:1:13: the event has no time zone of its own\n"
    )
    assert Ran(1, lines, report) == run("convert --to event", lines)


TIME = b"2020-03-24T16:55:59Z"
THERE = b"2020-03-24T10:55:59-06:00"


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(
            b' { "body" : { "z":1, "a" : 2 } ,\t"metadata": {"x":[ ],"event_time" : "@" ,'
            b'"event_name":"x"} } ',
            id="key order and spacing",
        ),
        pytest.param(
            rb'{"metadata":{"user_login":"\u00e9\/\ud83d\ude00","event_name":"\u0078",'
            b'"event_time":"@"},"body":{"t":"caf\xc3\xa9"}}',
            id="escapes",
        ),
        pytest.param(
            b'{"metadata":{"event_time":"x","event_name":"x","event_time":"@","a":1,"a":2},'
            b'"body":{"a":1,"a":2}}',
            id="duplicate keys: the last counts",
        ),
        pytest.param(
            b'{"metadata":{"event_time":"' + TIME + b'","event_name":"x","event_time":"@"},'
            b'"body":{}}',
            id="duplicate keys with the same value",
        ),
        pytest.param(
            b'{"metadata":{"event_time":"' + TIME + b'"},"body":{},'
            b'"metadata":{"event_name":"x","event_time":"@"}}',
            id="duplicate metadata",
        ),
        pytest.param(
            b'{"metadata":{"event_name":"x","event_time":"@"},'
            b'"body":{"n":123456789012345678901234567890,"f":1.0,"e":1E+2,"z":-0,"inf":1e999}}',
            id="huge and odd numbers",
        ),
        pytest.param(
            rb'{"metadata":{"event\u005ftime":"@","event_name":"x"},"body":{}}',
            id="key spelt with an escape",
        ),
        pytest.param(
            rb'{"m\u0065tadata":{"event_time":"@","event_name":"x"},"body":{}}',
            id="metadata spelt with an escape",
        ),
        pytest.param(
            b'{"metadata":{"event_time":"' + TIME + rb'","event_\u0074ime":"@",'
            b'"event_name":"x"},"body":{}}',
            id="key spelt twice, plainly and with an escape",
        ),
        pytest.param(
            b'{"event_time":"' + TIME + b'","metadata":{"event_name":"x","a":{"event_time":"'
            + TIME + b'"},"event_time":"@"},"body":{"event_time":"' + TIME + b'"}}',
            id="the same key elsewhere",
        ),
        pytest.param(
            rb'{"metadata":{"event_name":"x","a":"\"event_time\":\"' + TIME
            + rb'\"","event_time":"@"},"body":{"a":"},{"}}',
            id="the same text in a string",
        ),
        pytest.param(
            b'{"body":{"event_time":"' + TIME + b'"},"metadata":{"event_name":"x",'
            rb'"event\u005Ftime":"@"}}',
            id="an escape in capitals, and a plain key in the body",
        ),
        pytest.param(b'{"metadata":{"event_name":"x","event_time":"@"},"body":{}}\r', id="CRLF"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("end", [b"\n", b""], ids=["newline", "no newline"])
def test_convert_changes_nothing_else(run: Run, line: bytes, end: bytes) -> None:
    """But for the timestamp at `@`, not a byte of the line changes."""
    lines = line.replace(b"@", TIME) + end
    assert Ran(0, line.replace(b"@", THERE) + end, "") == run("convert --to -06:00", lines)


def test_convert_reads_values_spelt_with_escapes(run: Run) -> None:
    """A timestamp is what its text means, not how JSON spells it."""
    line = other(time="T").replace(b'"T"', rb'"2020-03-24T16\u003a55\u003A59Z"')
    expected = other(time="2020-03-24T10:55:59-06:00")
    assert Ran(0, expected, "") == run("convert --to -06:00", line)


def test_convert_in_documented_bodies_spelt_oddly(run: Run) -> None:
    """The body's timestamps are found however its keys are spelt, and only there."""
    line = message(created="@", conversation=b"53".decode(), created_at="x").replace(
        b'"created_at":"@"', rb'"created\u005fat":"2020-03-24T16:55:59Z"'
    )
    expected = line.replace(TIME, THERE).replace(b"16:55:59.973Z", b"10:55:59.973-06:00")
    assert Ran(0, expected, "") == run("convert --to -06:00", line)


@table(
    case(
        "no time",
        "convert --to -06:00",
        message(created="soon") + A,
        message(created="soon", time="2020-03-24T10:55:59.973-06:00")
        + A.replace(b"T16:00:00Z", b"T10:00:00-06:00").replace(b"16:00:00.123Z",
                                                               b"10:00:00.123-06:00"),
        "1 of 2 lines could not be used:\n"
        f"  bad-timestamp  1, first at <stdin>:1:{CREATED_AT}:"
        ' body.created_at: "soon" is not ISO 8601\n',
        1,
    ),
    case(
        "no offset",
        "convert --to utc",
        other(time="2020-03-24T16:55:59"),
        other(time="2020-03-24T16:55:59"),
        "1 of 1 line could not be used:\n"
        f"  missing-offset  1, first at <stdin>:1:{OTHER_TIME_AT}:"
        ' metadata.event_time: "2020-03-24T16:55:59" says no offset from UTC\n',
        1,
    ),
    case(
        "outside the calendar",
        "convert --to +05:30",
        other(time="9999-12-31T23:59:59Z"),
        other(time="9999-12-31T23:59:59Z"),
        "1 of 1 line could not be used:\n"
        f"  bad-timestamp  1, first at <stdin>:1:{OTHER_TIME_AT}:"
        " metadata.event_time is outside the calendar in +05:30\n",
        1,
    ),
    case(
        "not there",
        "convert --to utc",
        MISSING_TIME,
        MISSING_TIME,
        "1 of 1 line could not be used:\n"
        "  missing-field  1, first at <stdin>:1:13: metadata.event_time is missing\n",
        1,
    ),
    case("silently", "convert --to utc --bad-lines skip", MISSING_TIME, MISSING_TIME),
)  # fmt: skip
def test_convert_leaves_what_it_cannot_convert(
    run: Run, command: str, stdin: bytes, expected: Ran
) -> None:
    """A timestamp that cannot be converted stays, its line is written, and status is 1."""
    assert expected == run(command, stdin)


SUBMITTED = other(body={"due_at": "2020-03-24T16:00:00Z"}, time="2020-03-24T16:00:00Z")
HERE, NOON = b"2020-03-24T16:00:00Z", b"2020-03-24T10:00:00-06:00"
DUE = SUBMITTED.replace(b'"due_at":"' + HERE, b'"due_at":"' + NOON)
HAPPENED = SUBMITTED.replace(b'"event_time":"' + HERE, b'"event_time":"' + NOON)


@table(
    case("one of them", "convert --to -06:00 --field created_at", message(created=TIME.decode()),
         message(created=THERE.decode())),
    case("one that others lack", "convert --to -06:00 --field created_at", SUBMITTED, SUBMITTED),
    case("event_time alone", "convert --to -06:00 --field event_time", SUBMITTED, HAPPENED),
    case("any field", "convert --to -06:00 --field body.due_at", SUBMITTED, DUE),
    case("another one too", "convert --to -06:00 --field +body.due_at", SUBMITTED,
         DUE.replace(HERE, NOON)),
    case("several", "convert --to -06:00 --field body.due_at --field event_time", SUBMITTED,
         DUE.replace(HERE, NOON)),
    case("the same one twice", "convert --to -06:00 --field event_time"
         " --field metadata.event_time", SUBMITTED, HAPPENED),
    case("a documented one too", "convert --to -06:00 --field +event_time", SUBMITTED, HAPPENED),
    case("no such field", "convert --to utc --field due", SUBMITTED, b"",
         'cevents: error: unknown field "due"\n  tip: as in created_at or body.due_at\n', 2),
    case("a quote in a field", "convert --to utc --field 'body.a\"b'", SUBMITTED, b"",
         'cevents: error: cannot read a field called "a\\"b"\n'
         "  tip: quotes, backslashes and control characters are not supported\n", 2),
    case("no zone", "convert", SUBMITTED, b"",
         "cevents: error: Missing option '--to'.\n  tip: try `cevents convert --help`\n", 2),
    case("no such zone", "convert --to America/Denvr", SUBMITTED, b"",
         "cevents: error: Invalid value for '--to': unknown time zone \"America/Denvr\": did you"
         " mean America/Denver?\n  tip: try `cevents convert --help`\n", 2),
)  # fmt: skip
def test_convert_options(run: Run, command: str, stdin: bytes, expected: Ran) -> None:
    """--field limits what is converted, or with a plus extends it."""
    assert expected == run(command, stdin)


# show

LOGIN = {"user_login": "ana@example.edu", "user_id": "21070000000000123"}
SHOWN = (
    message(**LOGIN)
    + created(conversation="123456789", user_id="21070000000000123")
    + forwarded(time="2020-03-24T17:00:00Z")
    + other()
)


@table(
    case(
        "one line an event",
        "show",
        SHOWN,
        b"2020-03-24T16:55:59.973Z      message           53 author 2 (ana@example.edu) wrote 9\n"
        b"2020-03-24T16:00:00.123Z      created    123456789 21070000000000123\n"
        b"2020-03-24T17:00:00Z          forwarded         53\n"
        b"2020-03-24T18:00:00Z          course_created\n",
    ),
    case(
        "in a zone",
        "show --tz America/Denver -n 1",
        SHOWN,
        b"2020-03-24T10:55:59.973-06:00 message           53 author 2 (ana@example.edu) wrote 9\n",
    ),
    case(
        "in the zone of each",
        "show --tz event",
        other(time_zone="Asia/Tokyo") + other(),
        b"2020-03-25T03:00:00+09:00     course_created\n"
        b"2020-03-24T18:00:00Z          course_created\n",
    ),
    case(
        "colours",
        "show --color always -n 1",
        SHOWN,
        b"\x1b[2m2020-03-24T16:55:59.973Z     \x1b[0m \x1b[36mmessage  \x1b[0m"
        b" \x1b[1m        53\x1b[0m author 2 (ana@example.edu) wrote 9\n",
    ),
    case(
        "bad lines",
        "show",
        other() + other(time="soon") + b"oops\n",
        b"2020-03-24T18:00:00Z          course_created\n",
        "2 of 3 lines could not be used:\n"
        f"  bad-timestamp  1, first at <stdin>:2:{OTHER_TIME_AT}:"
        ' metadata.event_time: "soon" is not ISO 8601\n'
        "  not-json       1, first at <stdin>:3:1: unexpected character, expected a JSON value\n",
        1,
    ),
    case(
        "the last line ends",
        "show",
        other()[:-1],
        b"2020-03-24T18:00:00Z          course_created\n",
    ),
    case(
        "the whole event, every value as it was",
        "show --expand",
        rb'{"metadata":{"event_name":"\u0078","n":1,"n":1.0},"body":'
        rb'{"i":123456789012345678901234567890,"e":1E+2,"z":-0,"a":[],"l":[1,true,null]}}',
        b"{\n"
        b'  "metadata": {\n'
        rb'    "event_name": "\u0078",' b"\n"
        b'    "n": 1,\n'
        b'    "n": 1.0\n'
        b"  },\n"
        b'  "body": {\n'
        b'    "i": 123456789012345678901234567890,\n'
        b'    "e": 1E+2,\n'
        b'    "z": -0,\n'
        b'    "a": [],\n'
        b'    "l": [\n'
        b"      1,\n"
        b"      true,\n"
        b"      null\n"
        b"    ]\n"
        b"  }\n"
        b"}\n",
    ),
    case(
        "the whole event, coloured",
        "show -x --color always",
        b'{"metadata":{"a":"b: 1"},"body":{"n":-1.5e3,"t":null}}\n',
        b'{\n  \x1b[34m"metadata"\x1b[0m: {\n'
        b'    \x1b[34m"a"\x1b[0m: \x1b[32m"b: 1"\x1b[0m\n  },\n'
        b'  \x1b[34m"body"\x1b[0m: {\n'
        b'    \x1b[34m"n"\x1b[0m: \x1b[33m-1.5e3\x1b[0m,\n'
        b'    \x1b[34m"t"\x1b[0m: \x1b[2mnull\x1b[0m\n  }\n}\n',
    ),
)  # fmt: skip
def test_show(run: Run, command: str, stdin: bytes, expected: Ran) -> None:
    """One line an event, in columns; or the whole of each, indented."""
    assert expected == run(command, stdin)


@pytest.mark.parametrize(
    ("environment", "option", "coloured"),
    [
        ({}, "auto", False),
        ({"FORCE_COLOR": "1"}, "auto", True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, "auto", False),
        ({"FORCE_COLOR": "1"}, "never", False),
        ({"NO_COLOR": "1"}, "always", True),
        ({"NO_COLOR": ""}, "always", True),
        ({"FORCE_COLOR": ""}, "auto", False),
    ],
)
def test_show_colours(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    option: str,
    coloured: bool,
) -> None:
    """--color decides, then NO_COLOR, then FORCE_COLOR, then whether stdout is a terminal."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert coloured is (b"\x1b[" in run(f"show --color {option}", other()).stdout)


CONTROLS = "\x00\x07\x08\t\r\x1b[31m\x7f\x85\x9b31m\u200e\u2028\u202e\u2066\ufeff"


@pytest.mark.parametrize("command", ["show", "show -x", "show --color never", "show -x --tz utc"])
def test_show_no_control_characters(run: Run, command: str) -> None:
    """No character that a terminal obeys gets there, however the event spells it."""
    raw = message(user_login="L", author="2", conversation="C")
    lines = raw.replace(b'"L"', json.dumps(CONTROLS, ensure_ascii=False).encode()) + raw.replace(
        b'"C"', json.dumps(CONTROLS).encode()
    ) + other(CONTROLS)  # fmt: skip
    shown = run(command, lines).stdout.decode()
    assert [char for char in CONTROLS if not char.isprintable() and char in shown] == []


@pytest.mark.parametrize("command", ["show", "show -x", "stats --format table"])
def test_markup_is_text(run: Run, command: str) -> None:
    """Markup in an event is shown as the text it is."""
    line = created(user_login="[red]x[/red]", root_account_id="[bold]7[/bold]")
    shown = run(command, line).stdout
    assert b"[bold]7[/bold]" in shown or b"[red]x[/red]" in shown


# schema, explain


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


def test_explain_lists_the_codes(run: Run) -> None:
    """Without a code, every code is listed with its meaning."""
    status, stdout, _ = run("explain")
    heading, *lines = stdout.decode().splitlines()
    assert (status, heading) == (0, "code            severity  meaning")
    assert list(CODES) == [line.split()[0] for line in lines]


@pytest.mark.parametrize("code", CODES)
def test_explain(run: Run, code: str) -> None:
    """A code's explanation says what it means, why it matters, an example and how to mend it."""
    status, stdout, stderr = run(f"explain {code}")
    text = stdout.decode()
    titles = ["Why it matters", "Example", "How to mend it"]
    assert (status, stderr) == (0, "")
    assert text.startswith(f"{code}: ")
    assert titles == [line for line in text.splitlines() if line in titles]
    assert f"\nSeverity: {CODES[code].severity}" in text
    assert (CODES[code].severity == "warning") is ("--strict only" in text)


@table(
    case("schema, nearly", "schema conversation_create", b"", b"",
         "cevents: error: no schema for an event 'conversation_create'\n"
         "  tip: did you mean conversation_created?\n", 2),
    case("schema, of another event", "schema course_created", b"", b"",
         "cevents: error: no schema for an event 'course_created'\n  tip: there are"
         " conversation_created, conversation_forwarded, conversation_message_created\n", 2),
    case("code, nearly", "explain badid", b"", b"",
         "cevents: error: no such code 'badid'\n  tip: did you mean bad-id?\n", 2),
    case("code", "explain zzz", b"", b"",
         "cevents: error: no such code 'zzz'\n  tip: `cevents explain` lists them\n", 2),
    case("command, nearly", "validat", b"", b"",
         "cevents: error: no such command 'validat'\n  tip: did you mean validate?\n", 2),
    case("command", "frobnicate", b"", b"",
         "cevents: error: No such command 'frobnicate'.\n  tip: try `cevents --help`\n", 2),
    case("option", "stats --xyzzy 3", b"", b"",
         "cevents: error: No such option '--xyzzy'.\n  tip: try `cevents stats --help`\n", 2),
    case("negative", "stats --top -1", b"", b"",
         "cevents: error: Invalid value for '--top': -1 is not in the range x>=0.\n"
         "  tip: try `cevents stats --help`\n", 2),
)  # fmt: skip
def test_errors_come_with_a_tip(run: Run, command: str, stdin: bytes, expected: Ran) -> None:
    """An error names the thing at fault on one line, and a tip says what to try."""
    assert expected == run(command, stdin)


def test_help(run: Run) -> None:
    """Help is asked for on stdout, and comes on stderr where a command is missing."""
    asked, missing = run("--help"), run("")
    assert (asked.status, asked.stderr) == (0, "")
    assert Ran(2, b"", asked.stdout.decode().rstrip()) == missing._replace(
        stderr=missing.stderr.rstrip()
    )
    assert asked == run("-h")


def test_version(run: Run) -> None:
    """--version names the program and its version."""
    status, stdout, _ = run("--version")
    assert (status, stdout.split()[0]) == (0, b"cevents")
