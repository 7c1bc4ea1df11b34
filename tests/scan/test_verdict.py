"""The reference's verdict on one text: which findings, and where in it."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import cevents
from cevents.canvas.events import FIELDS
from cevents.canvas.problems import LONGEST_NAME
from cevents.scan.reference import parse
from cevents.scan.verdict import explain, explain_field, has_repeats

from ..conftest import created, message
from ..strategies import Sketch, events, lines, quick

EVENT = (
    b'{"metadata":{"event_name":"logged_out","event_time":"2020-03-24T16:55:59Z"},"body":{"x":%b}}'
)
LINE = message(root_account_id="21070000000000001").strip()

#: What is put in the place of what, the codes that come of it, and what the first finding is at.
SPOILT: list[tuple[bytes, bytes, list[str], bytes]] = [
    (b"", b"", [], b""),
    (b"}}", b"}", ["not-json"], b""),
    (LINE, b"[%b]" % LINE, ["not-an-object"], b"["),
    (LINE, b'  "x"', ["not-an-object"], b'"x"'),
    (b'"author_id":"2"', b'"author_id":"\xff"', ["not-utf8"], b"\xff"),
    (b'"body":', b'"corpus":', ["missing-field"], b"{"),
    (b'"metadata":', b'"meta":', ["missing-field"], b"{"),
    (b'"author_id":"2",', b"", ["missing-field"], b'{"conversation_id"'),
    (b'"author_id":"2"', b'"author_id":2', ["wrong-type"], b'2,"conversation'),
    (b'"author_id":"2"', b'"author_id":null', ["wrong-type"], b"null"),
    (b'"author_id":"2"', b'"author_id":"2a"', ["bad-id"], b'"2a"'),
    (b"16:55:59.973Z", b"16:55:59.973", ["missing-offset"], b'"2020-03-24T16:55:59.973"'),
    (b"16:55:59.973Z", b"16:65:59.973Z", ["bad-timestamp"], b'"2020-03-24T16:65:59.973Z"'),
    (b"message_created", b"mesage_created", ["unknown-event"], b'"conversation_mesage'),
    (b"conversation_message_created", b"", ["unknown-event"], b'""'),
    (b'"21070000000000001"', b"21070000000000001", ["wrong-type"], b"21070000000000001"),
    (
        LINE[LINE.index(b'"author_id"') :],
        b'"message_id":7,"author_id":"x"}}',
        ["missing-field", "missing-field", "wrong-type", "bad-id"],
        b'{"message_id"',
    ),
]


@pytest.mark.parametrize(("old", "new", "codes", "at"), SPOILT)
def test_verdict(old: bytes, new: bytes, codes: list[str], at: bytes) -> None:
    """Everything that is wrong is found, in the order in which it stands there."""
    line = LINE.replace(old, new, 1)
    found = explain(line)
    assert [problem.code for problem in found] == codes
    if at:
        assert found[0].column == line.index(at) + 1
    assert cevents.check(line) == found
    assert [p for p in explain(line, strict=True) if p.severity == "error"] == found


STRICT: list[tuple[bytes, bytes, list[str], bytes]] = [
    (b"", b"", [], b""),
    (b'"53"', b'"53","colour":1', ["unknown-field"], b'1,"updated'),
    (b'"53"', b'"53","conversation_id":"53"', ["duplicate-key"], b'"53","upd'),
    (b'{"metadata"', b'{"x":[],"metadata"', ["unknown-field"], b"[]"),
    (b"America/Denver", b"Mars", ["unknown-zone"], b'"Mars"'),
    (b"-06:00", b"-07:00", ["odd-offset"], b'"2020-03-24T10:55:59-07:00"'),
    (b"conversations/53", b"conversations/54", ["id-mismatch"], b'"https:'),
    (b'"53"', b'"21070000000000000"', ["id-mismatch", "rounded-id"], b'"https:'),
    (b'"21070000000000001"', b'"21070000000000000"', ["rounded-id"], b'"21070000000000000"'),
    (b"conversation_created", b"logged_out", ["unknown-event"], b'"logged_out"'),
]
CREATED = created(
    updated="2020-03-24T10:55:59-06:00",
    time_zone="America/Denver",
    url="https://h/conversations/53/add_message",
    root_account_id="21070000000000001",
).strip()


@pytest.mark.parametrize(("old", "new", "codes", "at"), STRICT)
def test_strict_verdict(old: bytes, new: bytes, codes: list[str], at: bytes) -> None:
    """What is allowed, and hardly ever meant, is warned of with --strict."""
    line = CREATED.replace(old, new, 1)
    found = explain(line, strict=True)
    assert [(problem.code, problem.severity) for problem in found] == [
        (code, "warning") for code in codes
    ]
    if at:
        assert found[0].column == line.index(at) + 1
    assert explain(line) == []


def test_one_field() -> None:
    """A task asks about the one field that it needs, in an event that is usable else."""
    field = FIELDS["body.created_at"]
    assert explain_field(LINE, field) is None
    assert explain_field(b"{", field)
    for new, code in ((b"null", "wrong-type"), (b'"today"', "bad-timestamp")):
        found = explain_field(LINE.replace(b'"2020-03-24T10:55:59-06:00"', new), field)
        assert found
        assert found.code == code
    found = explain_field(LINE.replace(b'"created_at"', b'"at"'), field)
    assert found
    assert found.code == "missing-field"


@quick
@given(events())
def test_valid_events_have_no_findings(sketch: Sketch) -> None:
    """An event is valid however it is spelt."""
    assert explain(sketch.line()) == []


@quick
@given(lines)
@example(EVENT % rb'{"a":1,"a":2,"\\":[1e5,{"b":{},"\u0062":"\""}]}')
@example(EVENT % rb'["\\",{"\u005c":1,"\\":"\u005c"}]')
def test_repeated_keys_are_those_that_a_parser_meets(line: bytes) -> None:
    """A key is there twice where a parser meets it twice in one object, however it is spelt."""
    met: Counter[int] = Counter()

    def count(pairs: list[tuple[str, object]]) -> None:
        met.update(Counter(key for key, _ in pairs).values())

    if parse(line)[1] is None:
        json.loads(line, object_pairs_hook=count, parse_int=str)
        found = [p for p in explain(line, strict=True) if p.code == "duplicate-key"]
        assert len(found) == met.total() - met[1]
        assert has_repeats(line) or not found


@quick
@given(lines)
def test_strict_only_adds(line: bytes) -> None:
    """Under --strict, what was reported still is."""
    strict = {problem._replace(severity="error") for problem in explain(line, strict=True)}
    assert [p for p in explain(line) if p not in strict] == []


@quick
@given(lines | st.binary(max_size=40))
@example(EVENT % b'"\\ud800"')
@example(EVENT % (b"[" * 5000))
@example(EVENT % (b"9" * 5000))
@example(EVENT.replace(b'"logged_out"', b'{"a":1e999}') % b"1")
def test_findings_are_within_the_text(line: bytes) -> None:
    """Whatever the bytes, nothing raises, and each finding is at a byte, or at the end."""
    for strict in (False, True):
        assert all(1 <= problem.column <= len(line) + 1 for problem in explain(line, strict))


@quick
@given(st.text(max_size=20))
@example("\ud800")
@example('{"metadata":"\ud800"}')
def test_any_text_can_be_checked(text: str) -> None:
    """A line may be given to `check` as text, too."""
    assert cevents.check(text)


def test_findings_of_a_line_are_not_larger_than_it() -> None:
    """A long key that many findings name is cut: 200 findings would be 200 times as large."""
    inside = ",".join(f'"a{number}":1,"a{number}":2' for number in range(200))
    line = EVENT % b'{"%b":{%b}}' % (b"k" * 5_000, inside.encode())
    found = explain(line, strict=True)
    assert Counter(problem.code for problem in found)["duplicate-key"] == 200
    assert max(len(problem.path or "") for problem in found) == LONGEST_NAME
