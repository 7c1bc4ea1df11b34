"""`validate`: a block has the findings of its texts, whichever reader has taken them."""

from __future__ import annotations

from collections import Counter

import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from cevents.scan.verdict import explain
from cevents.tasks.validation import Validation

from ..conftest import created, message, other
from ..strategies import Sketch, dumps, events, faulty, quick
from .answers import findings, result_of, split_lines

EVENT = (
    b'{"metadata":{"event_name":"logged_out","event_time":"2020-03-24T16:55:59Z"},"body":{"x":%b}}'
)
CREATED = (
    b'{"metadata":{"event_name":"conversation_created","event_time":"2020-03-24T16:55:59Z",'
    b'"time_zone":"America/Denver","url":"https://h/conversations/53/add_message",'
    b'"user_login":"x","root_account_id":"21070000000000001"},'
    b'"body":{"conversation_id":"53","updated_at":"2020-03-24T10:55:59-06:00"}}'
)


@quick
@given(dumps | st.lists(faulty(), max_size=5).map(b"\n".join), st.booleans())
@example(EVENT % b'"\\ud800"', False)
@example(EVENT % b'"\x01"', False)
@example(EVENT % b'"\xff"', False)
@example(EVENT % b'"\\q"', False)
@example(EVENT % b"1e999", False)
@example(EVENT % (b"9" * 5000), False)
@example(EVENT % b"01", False)
@example(EVENT % (b"[" * 1030 + b"]" * 1030), False)
@example(EVENT % (b"[" * 1000 + b"]" * 1000), False)
@example(EVENT % b'{"a":1,}', False)
@example(EVENT.replace(b"logged_out", b"\\u0063onversation_crated") % b"1", False)
@example(EVENT.replace(b"logged_out", b"conversation_created") % b"1", True)
@example(EVENT.replace(b"16:55:59Z", b"16:55:60Z") % b"1", False)
@example(EVENT.replace(b"T16:55:59Z", b" 16:55:59Z") % b"1", True)
@example(EVENT.replace(b'Z"}', b'Z","time_zone":"Mars"}') % b"1", True)
@example(CREATED, True)
@example(CREATED.replace(b'"53"', b'"1","conversation_id":"53"'), True)
@example(CREATED.replace(b'"53"', b'"1" , "conversation_i\\u0064":"53"'), True)
@example(CREATED.replace(b'"body"', b'"body":[],"body"'), True)
@example(
    CREATED.replace(b'"x"', rb'"\\\u0022\u005c"').replace(b'"53"', b'"1","updated_at":""'), True
)
@example(CREATED.replace(b"-06:00", b"-07:00"), True)
@example(CREATED.replace(b"-06:00", b"-07:00").replace(b"event_name", b"name"), True)
@example(CREATED.replace(b"-06:00", b"-07:00").replace(b"conversation_created", b"x"), True)
@example(CREATED.replace(b"16:55:59Z", b"16:55:59-05:00").replace(b"created", b"x"), True)
@example(CREATED.replace(b"America/Denver", b""), True)
@example(CREATED.replace(b'"America/Denver"', b"null"), True)
@example(CREATED.replace(b"America/Denver", rb"America\/Denver"), True)
@example(CREATED.replace(b"/conversations/53", rb"\/conversations\/54"), True)
@example(CREATED.replace(b"conversations/53", b"conversations/54"), True)
@example(CREATED.replace(b"00001", b"00000"), True)
@example(CREATED.replace(b'"53"', b'"21070000000000000"'), True)
@example(CREATED.replace(b'"21070000000000001"', b"21070000000000124"), True)
def test_a_block_has_the_findings_of_its_lines(data: bytes, strict: bool) -> None:
    """Each line is judged as the reference judges it; what has no finding is JSON."""
    split = split_lines(data)
    alone = [
        problem._replace(line=number)
        for number, line in enumerate(split, 1)
        if line.strip()
        for problem in explain(line, strict)
    ]
    result = result_of(Validation(strict), data, plain=True)
    found = list(result.findings())
    assert [p for p in found if p.code != "redelivered"] == alone
    assert result.texts == len(split)
    bad = {problem.line - 1 for problem in found} | set(result.blanks)
    for row, line in enumerate(split):
        if row not in bad:
            assert_json(line)


def assert_json(line: bytes) -> None:
    """Fail if *line* is not a JSON object; a number may be out of a double's range."""
    try:
        assert isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError as error:
        assert "infinity" in error.msg  # noqa: PT017


@quick
@given(events())
def test_valid_events_have_no_findings(sketch: Sketch) -> None:
    """An event is valid however it is spelt."""
    assert findings(Validation(), sketch.line()) == []


def test_other_events_are_counted_by_name() -> None:
    """Those of a documented kind, and those with an error, are not among them."""
    data = other("b") + created() + other("a") * 2 + other("c", time="today") + b"oops\n"
    assert result_of(Validation(), data).own.other == Counter(a=2, b=1)


def test_only_codes_that_are_asked_for() -> None:
    data = message(time="today", author=2) + other() * 2
    for strict, codes, expected in (
        (False, {"bad-id"}, []),
        (False, {"wrong-type"}, [("wrong-type", 1)]),
        (True, {"redelivered", "bad-timestamp"}, [("bad-timestamp", 1), ("redelivered", 3)]),
        (True, {"unknown-event"}, [("unknown-event", 2), ("unknown-event", 3)]),
    ):
        found = findings(Validation(strict, frozenset(codes)), data)
        assert [(problem.code, problem.line) for problem in found] == expected
