"""`validate --strict`: warnings of what the schema allows and hardly any event means."""

from __future__ import annotations

from typing import Any

import pytest

from ..conftest import Dump, Ran, Run, created, forwarded, message, other
from .cases import at, case, objects, table

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


DENVER = "America/Denver"
NOON = "2020-03-24T12:00:00Z"
ADD = "https://h/conversations/{}/add_message"
ROUNDED = "looks rounded (doubles and spreadsheets lose its last digits)"
ODD = "an offset that {} did not have then (it had {})"
NUMBER_AT, ID_AT = at(message(), '"9"'), at(created(), '"53"')


def warned(name: str, line: bytes, value: str, code: str, text: str) -> Any:
    """Return one row: a line, and what is said of *value* in it (where it stands last)."""
    return pytest.param(line, line.rindex(value.encode()) + 1, code, text, id=name)


@pytest.mark.parametrize(
    ("line", "column", "code", "text"),
    [
        warned("the offset of winter",
               message(created="2020-03-24T10:55:59-07:00", time_zone=DENVER),
               '"2020-03-24T10', "odd-offset",
               'body.created_at: "2020-03-24T10:55:59-07:00" has ' + ODD.format(DENVER, "-06:00")),
        warned("an hour before clocks change",
               created(updated="2020-03-08T02:59:59-06:00", time_zone=DENVER),
               '"2020-03-08T02', "odd-offset",
               'body.updated_at: "2020-03-08T02:59:59-06:00" has ' + ODD.format(DENVER, "-07:00")),
        warned("short offset",
               message(created=NOON, time="20200324T222559+05", time_zone="Asia/Kolkata"),
               '"20200324T22', "odd-offset",
               'metadata.event_time: "20200324T222559+05" has '
               + ODD.format("Asia/Kolkata", "+05:30")),
        warned("other conversation", message(url=ADD.format(54)), '"https', "id-mismatch",
               "metadata.url is of conversation 54, the body of 53"),
        warned("other conversation, forwarded",
               forwarded(url="https://h/api/v1/conversations/7~54/add_recipients?x=/53"), '"https',
               "id-mismatch", "metadata.url is of conversation 7~54, the body of 53"),
        warned("spreadsheet", created(user_id="2.107E+16"), '"2.107E', "rounded-id",
               f'metadata.user_id is "2.107E+16", which {ROUNDED}'),
        warned("local id 0", created(root_account_id="21070000000000000"), '"2107',
               "rounded-id", f'metadata.root_account_id is "21070000000000000", which {ROUNDED}'),
        warned("local id 0 in the body", message(author="90010000000000000"), '"9001',
               "rounded-id", f'body.author_id is "90010000000000000", which {ROUNDED}'),
        warned("twice", message().replace(b'"9"', b'"8","message_id":"9"'), '"9"', "duplicate-key",
               f"body.message_id is there twice, first in column {NUMBER_AT}"
               " (here the last one counts)"),
        warned("three times", created().replace(b'"53"', b'"1","conversation_id":"2",'
                                                b'"conversation_id":"53"'), '"53"', "duplicate-key",
               f"body.conversation_id is there 3 times, first in column {ID_AT}"
               " (here the last one counts)"),
        warned("twice, once in escapes",
               created(user_login="x").replace(b'"x"', rb'"x","user\u005flogin" : "y\""'), r'"y\"',
               "duplicate-key", "metadata.user_login is there twice, first in column 27"
               " (here the last one counts)"),
        warned("twice, as many quotes as without escapes",
               created(user_login="", x="'").replace(b'"x"', b'"user_login"')
               .replace(b"'", rb"\u0022" * 4), r'"\u0022', "duplicate-key",
               "metadata.user_login is there twice, first in column 27 (here the last one counts)"),
        warned("twice, the first a whole event", b'{"metadata":{},' + created()[1:],
               '{"event_name', "duplicate-key",
               "metadata is there twice, first in column 13 (here the last one counts)"),
    ],
)  # fmt: skip
def test_validate_warns(run: Run, line: bytes, column: int, code: str, text: str) -> None:
    """Under --strict a warning is printed at the value; the event is valid all the same."""
    expected = Ran(
        1,
        f"<stdin>:1:{column}: {code}: {text}\n".encode(),
        f"1 event read: 1 valid, 0 with errors; 1 warning\n  {code}  1\n",
    )
    assert expected == run("validate --strict", line)
    assert Ran(0, b"", "1 event read: 1 valid, 0 with errors\n") == run("validate", line)


DOCUMENTED = {
    "root_account_id": "21070000000000001",
    "user_account_id": "21070000000000001",
    "user_id": "21070000000000123",
    "time_zone": DENVER,
}

BREAK = "2020-11-01T01:30:00{}"


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(line, id=name)
        for name, line in {
            "documented: created": created(
                "123456789", "2018-09-24T06:00:00Z", "2020-03-24T16:55:59.973Z",
                url="http://oxana.instructure.com/conversations", **DOCUMENTED),
            "documented: forwarded": forwarded(
                "11", "2020-03-30T11:18:51-06:00", "2020-03-27T17:30:26.715Z",
                url="http://oxana.instructure.com/conversations/11/add_message", **DOCUMENTED),
            "documented: message": message(
                "53", "45", "2", "2020-03-24T21:42:37Z", "2020-03-24T21:42:38.385Z",
                url="http://oxana.instructure.com/conversations/53/add_message", **DOCUMENTED),
            "UTC is never odd": message(
                created="2020-03-24T10:55:59+00:00", time="20200324T1055-00", time_zone=DENVER),
            "either offset of an hour that happens twice": message(
                created=BREAK.format("-06:00"), time=BREAK.format("-0700"), time_zone=DENVER),
            "short offset": message(created="20200324T105559-06", time_zone=DENVER),
            "local mean time": message(created="1880-01-01T00:00:00-07:00", time_zone=DENVER),
            "ends of the calendar": message(
                created="9999-12-31T23:59:59-05:00", time="0001-01-01T00:00:00+05:00",
                time_zone=DENVER),
            "no zone": message(created="2020-03-24T10:55:59-11:00", time_zone=None),
            "short global id in the URL": message(url=ADD.format("7~53")),
            "global id in the URL": message(url=ADD.format("210700000000000053")),
            "global id in the body": message("210700000000000053", url=ADD.format(53)),
            "conversation in a query": message(url="https://h/x?y=/conversations/5/add_message"),
            "request for something else": message(url="https://h/conversations/5"),
            "long ids": message(
                "9" * 400, "9007199254740994", "21070000000000124", user_id="2107000000000001230",
                job_id="2107~100000000000000000", developer_key_id=None),
            "other ids are any text": message(user_sis_id="2.107E+16", session_id="1e99"),
            "same key in different objects": message(user_login='x","user_login":"y'),
            "text that looks like keys": message(user_agent='\\":"\\","x":1', user_login="\\\\"),
        }.items()
    ],
)  # fmt: skip
def test_validate_does_not_warn(run: Run, line: bytes) -> None:
    """What Canvas's documentation shows, and what is only unusual, gives no warning."""
    assert Ran(0, b"", "1 event read: 1 valid, 0 with errors\n") == run("validate --strict", line)


@pytest.mark.parametrize(
    ("number", "is_rounded"),
    [
        (b"2.1070000000000124e16", True),
        (b"2.1070000000000124E+16", True),
        (b"21070000000000124", True),
        (b"21070000000000124.0", True),
        (b"100000000000000130", True),  # as JavaScript prints it
        (b"21070000000000123", False),  # no double
        (b"9007199254740992", False),
        (b"9007199254740994", True),
        (b"53", False),
        (b"5.3e1", False),
        (b"9" * 5000, False),
        (b"1e999", False),
    ],
)
def test_validate_warns_of_rounded_numbers(run: Run, number: bytes, is_rounded: bool) -> None:
    """A number for an id is an error; that its digits are lost, if they are, is a warning too."""
    line = message(user_id=1).replace(b'"user_id":1', b'"user_id":%b' % number)
    line = line.replace(b'"9"', number)
    _, stdout, _ = run("validate --strict --format json", line)
    found = [(f["code"], f["severity"], f["path"]) for f in objects(stdout)]
    codes = [("wrong-type", "error")] + [("rounded-id", "warning")] * is_rounded
    assert found == [
        (*code, path) for path in ("metadata.user_id", "body.message_id") for code in codes
    ]


def test_validate_leaves_requests_of_other_kinds(run: Run) -> None:
    """What the request of an event of another kind is about, nothing tells."""
    line = other(body={"conversation_id": "53"}, url=ADD.format(54))
    assert run("validate --strict --select id-mismatch", line).status == 0


def test_validate_finds_repeated_keys_at_any_depth(run: Run) -> None:
    """A key that is there twice is found wherever it is, in events of any kind."""
    line = other(body={"a": [0, {"b": 1, "c": [{}]}], "d.e": 1.5e300, "f": 'x"y'})
    line = line.replace(b'"b":1', b'"b":1 , "\\u0062":{"b":2,"b":[]}').replace(
        b"{}", b'{"":1,"":1}'
    )
    _, stdout, _ = run("validate --strict --select duplicate-key --format json", line)
    found = [(finding["path"], finding["column"]) for finding in objects(stdout)]
    assert found == [
        ("body.a.1.b", at(line, '{"b":2')),
        ("body.a.1.b.b", at(line, "[]")),
        ("body.a.1.c.0.", line.rindex(b'"":1') + 4),
    ]


def test_validate_warns_of_what_is_ill_too(run: Run) -> None:
    """Values of any type and depth are looked at, and none is too much."""
    deep = other(body={"a": "x"}).replace(b'"x"', b"[" * 1000 + b'{"b":1,"b":2}' + b"]" * 1000)
    ignored = "--ignore unknown-event,redelivered"
    ill = message(created="2020-03-24T10:55:59-11:00", time_zone=[], url={}, author={})
    ill += message(conversation="5a", url=ADD.format(53))
    ill += message(url=ADD.format(53)).replace(b'"conversation_id":"53",', b"")
    _, stdout, _ = run(f"validate --strict --format json {ignored}", deep + ill)
    codes = [finding["code"] for finding in objects(stdout)]
    assert codes == ["duplicate-key", *3 * ["wrong-type"], "bad-id", "missing-field"]


FIRST = message(root_account_id="7")
MISSING_ID = message().replace(b',"message_id":"9"', b"")
JOINED = {"root_account_id": "7", "request_id": "r"}


@pytest.mark.parametrize(
    ("first", "second", "is_again"),
    [
        pytest.param(*row, id=name)
        for name, row in {
            "message": (FIRST, FIRST, True),
            "message, spelt otherwise": (
                FIRST, message(number=9, root_account_id=7, time="2020-03-24T17:00:00Z"), True),
            "message, ill": (message(created="soon"), message(created="soon"), True),
            "message of another account": (FIRST, message(root_account_id="8"), False),
            "other message": (FIRST, message(number="10", root_account_id="7"), False),
            "message without its id": (MISSING_ID, MISSING_ID, False),
            "created": (created(**JOINED), created(**JOINED), True),
            "created, its times elsewhere": (
                created(**JOINED),
                created(updated="2020-03-24T10:00:00-06:00", time="2020-03-24T10:00:00.1230-06:00",
                        **JOINED), True),
            "created by a job": (created(job_id="1"), created(job_id="1"), True),
            "created by another request": (created(request_id="r"), created(request_id="s"), False),
            "created at another time": (created(), created(time="2020-03-24T16:00:00.124Z"), False),
            "other created by the same request": (
                created("53", **JOINED), created("54", **JOINED), False),
            "created, forwarded": (
                created(time=NOON), forwarded(time=NOON), False),
            "other kind": (other(), other()[:-1] + b"\r\n", True),
            "other kind, other body": (other(body={"a": 1}), other(body={"a": 2}), False),
            "blank": (b"\n", b"\n", False),
            "not an event": (b"[]\n", b"[]\n", False),
        }.items()
    ],
)  # fmt: skip
def test_validate_knows_events_again(run: Run, first: bytes, second: bytes, is_again: bool) -> None:
    """A message is the same by account and id, a conversation's event by request and time."""
    lines = first + message(number="777") + second
    _, stdout, _ = run("validate --strict --select redelivered", lines)
    found = b"<stdin>:3:1: redelivered: the same event as in <stdin>:1\n"
    assert found * is_again == stdout


def test_validate_knows_events_again_in_other_files(run: Run, dump: Dump) -> None:
    """Of an event that comes often the first place is named, whatever file it is in."""
    dump(b"\n" + message(), "a.jsonl")
    dump(created() + message() + message(), "b.jsonl")
    _, stdout, stderr = run("validate --strict --format json a.jsonl b.jsonl a.jsonl")
    found = [(f["file"], f["line"], f["event"], f["message"]) for f in objects(stdout)]
    said = ("conversation_message_created", "the same event as in a.jsonl:2")
    assert found == [("b.jsonl", 2, *said), ("b.jsonl", 3, *said), ("a.jsonl", 2, *said)]
    assert stderr == (
        "5 events read: 5 valid, 0 with errors; 3 warnings\n  redelivered  3\n"
        "  a.jsonl  2 valid, 0 with errors; 1 warning\n"
        "  b.jsonl  3 valid, 0 with errors; 2 warnings\n"
    )


@pytest.mark.parametrize(
    ("options", "lines", "status"),
    [
        ("", message(colour="blue"), 0),
        ("--fail-on warning", message(colour="blue"), 0),
        ("--strict", message(colour="blue"), 1),
        ("--strict --fail-on warning", message(colour="blue"), 1),
        ("--strict --fail-on error", message(colour="blue"), 0),
        ("--strict --fail-on error", message(colour="blue", author=2), 1),
        ("--strict --ignore unknown-field", message(colour="blue"), 0),
        ("--fail-on error", message(author=2), 1),
        ("--fail-on warning", message(author=2), 1),
        ("--strict --fail-on error -q missing.jsonl", message(), 2),
    ],
)
def test_validate_fails_on(run: Run, options: str, lines: bytes, status: int) -> None:
    """Any finding makes the status 1, unless only errors are to."""
    assert run(f"validate {options}", lines).status == status


def test_validate_strict_counts(run: Run) -> None:
    """A line that is only warned of is valid; an other event stays counted by its name."""
    lines = message(colour="blue", mood="fair") + message(author=2, colour="blue") + other()
    _, stdout, _ = run("validate --strict --ignore redelivered --statistics --format json", lines)
    [counts] = objects(stdout)
    assert (counts["valid"], counts["invalid"], counts["warnings"]) == (2, 1, 4)
    assert counts["codes"] == {"unknown-field": 3, "wrong-type": 1, "unknown-event": 1}
    assert counts["other_events"] == {"course_created": 1}
