"""Events as queues, streams and log stores leave them: what comes out, and where it was."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from ..conftest import Run
from ..envelopes import TEXTS, A, B, C, dumped, in_base64, sns, sqs, token

EACH: dict[str, Callable[[str], bytes]] = {
    "SQS message": lambda text: dumped(sqs(text)),
    "SQS record of Lambda": lambda text: dumped({"messageId": "f", "body": text, "attributes": {}}),
    "SNS notification": lambda text: dumped(sns(text)),
    "SNS in SQS": lambda text: dumped(sqs(json.dumps(sns(text)))),
    "EventBridge": lambda text: b'{"detail-type": "x", "detail": %b}' % text.encode(),
    "Kinesis record": lambda text: dumped({"SequenceNumber": "1", "Data": in_base64(text)}),
    "Kinesis event": lambda text: text.encode().replace(b'"metadata"', b'"attributes"', 1),
    "JWT": lambda text: token(text).encode(),
    "JWT in quotes": lambda text: dumped(token(text)),
    "JSON string": dumped,
    "Splunk collector": lambda text: b'{"time": 1.5, "host": "h", "event": %b}' % text.encode(),
    "Splunk collector, string": lambda text: dumped({"time": 1.5, "event": text}),
    "Splunk export": lambda text: dumped({"preview": False, "result": {"_raw": text, "x": "1"}}),
    "BigQuery, one column": lambda text: dumped({"id": "1", "payload": text}),
    "array on one line": lambda text: b"[%b]" % text.encode(),
}

WHOLE: dict[str, bytes] = {
    "glued on one line": A + B + C,
    "glued, and a line feed": A + B + C + b"\n",
    "glued with spaces": A + b" " + B + b"\t" + C,
    "array": b"[" + b",".join((A, B, C)) + b"]",
    "array, an event a line": b"[\n" + b",\n".join((A, B, C)) + b"\n]\n",
    "array, comma first": b"[" + b"\n,".join((A, B, C)) + b"]\n",
    "arrays, one a line": b"[%b]\n[%b,%b]\n" % (A, B, C),
    "record separators": b"".join(b"\x1e%b\n" % text for text in (A, B, C)),
    "record separators, no line feeds": b"".join(b"\x1e%b" % text for text in (A, B, C)),
    "SQS response": dumped({"Messages": [sqs(text) for text in TEXTS]}),
    "SQS response, indented": json.dumps(
        {"Messages": [sqs(text) for text in TEXTS]}, indent=4
    ).encode(),
    "Lambda, from SQS": dumped({"Records": [{"body": text} for text in TEXTS]}),
    "Lambda, from SNS": dumped({"Records": [{"Sns": sns(text)} for text in TEXTS]}),
    "Lambda, from Kinesis": dumped(
        {"Records": [{"kinesis": {"data": in_base64(text)}} for text in TEXTS]}
    ),
    "Firehose request": dumped({"records": [{"data": in_base64(text)} for text in TEXTS]}),
    "Kinesis get-records": json.dumps(
        {"Records": [{"Data": in_base64(text)} for text in TEXTS], "NextShardIterator": "x"}
    ).encode(),
    "events of one string": dumped(sqs("\n".join(TEXTS))),
    "byte order mark": b"\xef\xbb\xbf[%b,\n%b,%b]" % (A, B, C),
}


@pytest.mark.parametrize("wrapped", EACH.values(), ids=EACH)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_envelopes_are_taken_off(run: Run, wrapped: Callable[[str], bytes], end: bytes) -> None:
    """An event a line, each in something else: out come the events, in their own bytes."""
    lines = b"".join(wrapped(text) + end for text in TEXTS)
    status, stdout, stderr = run("filter", lines)
    assert (status, stdout) == (0, A + b"\n" + B + b"\n" + C + b"\n")
    assert stderr.startswith("unfolded: 3 events from 3 ")


@pytest.mark.parametrize("data", WHOLE.values(), ids=WHOLE)
def test_other_layouts_are_read(run: Run, data: bytes) -> None:
    """Whatever the events are in, out come lines; every command takes them."""
    status, stdout, _ = run("filter", data)
    assert (status, stdout) == (0, A + b"\n" + B + b"\n" + C + b"\n")
    assert run("validate -q", data).status == 0
    assert run("stats --format csv", data).stdout == run("stats --format csv", stdout).stdout
    assert run("convert --to utc", data).stdout == run("convert --to utc", stdout).stdout
    assert run("show", data).stdout == run("show", stdout).stdout


def test_indented_events_come_out_on_one_line(run: Run) -> None:
    """Only the line breaks and the indentation go; every value keeps its bytes."""
    text = b'{\n  "metadata": {\n\t"event_name": "x", "event_time": "2020-03-24T16:55:59Z"\r\n  },'
    text += b'\n  "body": {"n": 1.50, "t": "a\\u0041"}\n}\n'
    line = b'{"metadata": {"event_name": "x", "event_time": "2020-03-24T16:55:59Z"},'
    line += b'"body": {"n": 1.50, "t": "a\\u0041"}}\n'
    assert run("filter", text * 2).stdout == line * 2


def test_plain_lines_stay_as_they_are(run: Run) -> None:
    """Beside an envelope, a plain line still goes out exactly as it came in."""
    plain = b"  " + A.replace(b'":', b'" : ') + b" \r\n"
    status, stdout, stderr = run("filter", plain + dumped(sqs(TEXTS[1])) + b"\n" + plain)
    assert (status, stdout) == (0, plain + B + b"\n" + plain)
    assert stderr == "unfolded: 1 event from 1 SQS message\n"


def test_validate_says_what_was_unfolded(run: Run) -> None:
    """The summary counts events, not lines, and says what they were in."""
    lines = dumped({"Messages": [sqs(text) for text in TEXTS]}) + b"\n" + B + C + b"\n"
    assert run("validate", lines) == (
        0,
        b"",
        "5 events read: 5 valid, 0 with errors\n"
        "unfolded: 3 events from 1 SQS response, 2 events from 1 glued line\n",
    )
    [counts] = [json.loads(run("validate --statistics --format json", lines).stdout)]
    assert counts["unfolded"] == {
        "SQS response": {"events": 3, "containers": 1},
        "glued line": {"events": 2, "containers": 1},
    }


BAD = B.replace(b'"53"', b"53")
AT = BAD.index(b"53,") + 1


#: Input, and where in it a wrong-type is found.
PLACES: list[tuple[str, bytes, str]] = [
    ("glued", A + BAD, f"1:{len(A) + AT}"),
    ("array on one line", b" [%b, %b]" % (A, BAD), f"1:{len(A) + 4 + AT}"),
    ("array, an event a line", b"[%b,\n %b]" % (A, BAD), f"2:{AT + 1}"),
    ("EventBridge", b'{"detail":%b}' % BAD, f"1:{10 + AT}"),
    ("SQS message", b'{"Body": %b}' % dumped(BAD.decode()), "1:10"),
    ("second of a response", dumped({"Messages": [sqs(TEXTS[0]), sqs(BAD.decode())]}), "1:{}"),
    ("indented", b'{\n  "metadata": %b' % BAD[12:].replace(b'"body":', b'"body":\n  '), "3:22"),
    ("indented in an envelope", b'{"detail":\n %b\n}' % BAD, f"2:{AT + 1}"),
    ("record separator", b"\x1e%b\n\x1e%b" % (A, BAD), f"2:{AT + 1}"),
    ("JWT", token(BAD.decode()).encode(), "1:1"),
]


@pytest.mark.parametrize(("data", "place"), [p[1:] for p in PLACES], ids=[p[0] for p in PLACES])
def test_findings_are_where_the_file_has_them(run: Run, data: bytes, place: str) -> None:
    """Lines and columns are the file's: of the value, or of the string that holds the event."""
    place = place.format(data.rfind(b'"{') + 1)
    status, stdout, _ = run("validate", data)
    assert (status, stdout.decode().partition(": ")[0]) == (1, f"<stdin>:{place}")


def test_lines_after_an_indented_event_keep_their_numbers(run: Run) -> None:
    """However many lines an event takes, the next finding is on its own."""
    data = json.dumps(json.loads(A), indent=2).encode() + b"\n\n" + B[:-1] + b"\n" + A
    _, stdout, _ = run("validate", data)
    line = data[: data.index(B[:-1])].count(b"\n") + 1
    assert stdout.startswith(b"<stdin>:%d:" % line)


DAMAGED: list[tuple[str, bytes, bytes, int]] = [
    ("log prefix", b"2020-03-24 INFO %b\n%b\n" % (A, B), B + b"\n", 1),
    ("text behind", A + b" oops\n" + B + b"\n", B + b"\n", 1),
    ("cut off before the next", A[:-20] + B + b"\n" + C + b"\n", C + b"\n", 1),
    ("next one cut off", A + B[:-20] + b"\n" + C + b"\n", A + b"\n" + C + b"\n", 1),
    ("queue message of no event", dumped(sqs("hello")) + b"\n" + A + b"\n", A + b"\n", 1),
    ("damaged in an array", b"[%b,\n{oops},\n%b]" % (A, B), A + b"\n" + B + b"\n", 1),
    ("damaged among indented", b'{\n "a": }\n{\n "metadata":' + A[12:], A[:12] + A[12:] + b"\n", 1),
    ("damaged, glued", b"[\n" + A[:-30] + B + C + b"]", B + b"\n" + C + b"\n", 1),
    ("lone surrogate in an array", b'[\n%b,{"a":"\\ud800"},%b]' % (A, B), A + b"\n" + B + b"\n", 1),
    ("array without an end", b"[\n%b,\n%b" % (A, B), A + b"\n" + B + b"\n", 1),
    ("array cut off", b"[\n%b,\n%b" % (A, B[:-9]), A + b"\n", 1),
    ("array of no events", b"[1,2]\n" + A + b"\n", A + b"\n", 1),
    ("no events in a response", b'{"Messages":[]}\n' + A + b"\n", A + b"\n", 0),
]


@pytest.mark.parametrize(
    ("data", "events", "bad"), [d[1:] for d in DAMAGED], ids=[d[0] for d in DAMAGED]
)
def test_damage_costs_only_what_is_damaged(run: Run, data: bytes, events: bytes, bad: int) -> None:
    """What is damaged is a finding; every event beside it is read."""
    status, stdout, stderr = run("filter", data)
    assert (status, stdout) == (int(bad > 0), events)
    assert (f"{bad} of " in stderr) is (bad > 0)
    assert len(run("validate", data).stdout.splitlines()) == bad


@pytest.mark.parametrize(
    ("line", "column"),
    [(b"2020-03-24 INFO " + A, 17), (A + b" oops", 1), (A[:-20] + B, len(A) - 19)],
    ids=["before", "behind", "cut off"],
)
def test_hint_says_where_an_event_was_seen(run: Run, line: bytes, column: int) -> None:
    """A line with an event and other text is not used, and the hint says that one is in it."""
    _, stdout, _ = run("validate", line)
    assert stdout.endswith(b"(an event is in the line, from column %d)\n" % column)


def test_caliper_is_named(run: Run) -> None:
    """The other format that Canvas emits is told by its envelope."""
    line = dumped({"sensor": "x", "sendTime": "x", "dataVersion": "x", "data": [{}]})
    _, stdout, _ = run("validate", line)
    assert b"metadata is missing (IMS Caliper, another format" in stdout


def test_bigquery_times_are_reported_with_what_they_mean(run: Run) -> None:
    """A row whose timestamps BigQuery has rewritten is no valid event; the hint mends it."""
    row = A.replace(b"2020-03-24T16:55:59.973Z", b"2020-03-24 16:55:59.973 UTC")
    _, stdout, _ = run("validate", row)
    assert b"bad-timestamp" in stdout
    assert b"probably 2020-03-24T16:55:59.973Z" in stdout


def test_input_can_be_forced(run: Run) -> None:
    """Ndjson takes a line for an event and nothing else; json takes texts however laid out."""
    folded = dumped(sqs(TEXTS[0])) + b"\n"
    status, stdout, _ = run("filter --input ndjson", folded + B + b"\n")
    assert (status, stdout) == (1, B + b"\n")
    status, stdout, _ = run("validate --input ndjson", b"[%b]\n" % A)
    assert stdout.endswith(b"(an event is in it: --input auto takes it out)\n")
    split = B + b"\n" + A.replace(b'"body"', b'\n"body"') + b"\n"
    assert run("filter", split).status == 1
    assert run("filter --input json", split) == (
        0,
        B + b"\n" + A + b"\n",
        "unfolded: 2 events from 1 JSON text sequence\n",
    )


def test_envelopes_nest_to_a_sane_depth(run: Run) -> None:
    """Envelopes within envelopes are opened, a few deep, and then reported."""
    text = TEXTS[0]
    for _ in range(8):
        text = json.dumps(sqs(text))
    assert run("filter", text.encode()).stdout == A + b"\n"
    status, stdout, _ = run("filter", json.dumps(sqs(text)).encode())
    assert (status, stdout) == (1, b"")


def test_limit_counts_events_in_an_envelope(run: Run) -> None:
    """--limit ends within an envelope, too."""
    status, stdout, stderr = run("filter -n 2", dumped({"Messages": [sqs(text) for text in TEXTS]}))
    assert (status, stdout) == (0, A + b"\n" + B + b"\n")
    assert stderr == "unfolded: 2 events from 1 SQS response\n"


def test_repeats_are_told_within_an_envelope(run: Run) -> None:
    """--strict tells an event that is in one response twice."""
    _, stdout, _ = run("validate --strict", dumped({"Messages": [sqs(TEXTS[0])] * 2}))
    assert stdout.endswith(b"redelivered: the same event as in <stdin>:1\n")


def test_long_texts_are_passed_over(run: Run) -> None:
    """A text longer than may be kept is one finding, wherever it stands."""
    long = A.replace(b"conversation_message_created", b"x" * 900)
    for data in (b"[\n%b,\n%b,\n%b]" % (B, long, C), b"\x1e%b\x1e%b\x1e%b" % (B, long, C)):
        status, stdout, stderr = run("filter --max-line-bytes 800", data)
        assert (status, stdout) == (1, B + b"\n" + C + b"\n")
        assert "line-too-long  1, first at" in stderr


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'[\n{"' + b'\\"' * 500_000,
        b'{"a":1e999,"' + b'\\"' * 500_000 + b"\n",
        b"{}" * 100_000 + b"\n",
        b"[" + b"{}," * 100_000 + b"{}]\n",
        b'x{"' * 100_000 + b"\n",
    ],
    ids=["arrays", "objects", "string", "number", "glued", "array", "log"],
)
def test_hostile_texts_are_one_finding(run: Run, data: bytes) -> None:
    """So is what looks like many texts, or like one without an end."""
    status, stdout, _ = run("validate", data)
    assert (status, stdout.count(b"\n")) == (1, 1)
