"""On any bytes, what the compiled reader takes the reference takes, with the same values."""

from __future__ import annotations

import os
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cevents.canvas.events import BODIES, EVENTS, FIELDS
from cevents.input.blocks import Block, Places
from cevents.scan.columns import BLANK, NULL, OTHER_EVENT, REFUSED, TAKEN, Columns
from cevents.scan.plan import Plan
from cevents.scan.reading import _compiled, read
from cevents.scan.reference import envelope_problems, parse, row
from cevents.scan.verdict import judge
from tests.scan.native import native, variants
from tests.strategies import (
    HOSTILE,
    Sketch,
    events,
    faulty,
    lines,
    mutilated,
    quick,
    usual_timestamps,
)

FOLDER = Path(__file__).parents[2]
UNDOCUMENTED = ("body.nested", "body.event_time", "metadata.created_at", "body.é", 'metadata.a"b')
PLANS = {
    "usable": Plan(
        (
            "body.created_at",
            "body.conversation_id",
            "metadata.event_time",
            *UNDOCUMENTED,
            "metadata.user_id",
            "metadata.user_login",
        ),
        times=("body.event_time",),
    ),
    "nothing wanted": Plan(),
    "without the account": Plan(("body.author_id", "body.message_id", "metadata.job_id")),
    "needs": Plan(("body.message_id",), needs=("body.message_id", "metadata.event_time")),
    "judged": Plan(tuple(FIELDS), judged=True),
    "judged, little wanted": Plan(("metadata.event_name",), judged=True),
    "strict": Plan(tuple(FIELDS), judged=True, strict=True),
}


def block_of(texts: list[bytes]) -> Block:
    return Block.of_texts(texts, Places.of_lines(range(1, len(texts) + 1)))


def scanned(plan: Plan, block: Block) -> Columns:
    """Return the columns of the compiled reader, the same for each variant."""
    found = []
    for _ in variants():
        columns = Columns(block, plan)
        native.scan(_compiled(plan), block.data, block.starts, block.ends, columns.buffers())
        found.append(columns)
    assert all(columns.buffers() == found[0].buffers() for columns in found)
    return found[0]


def assert_agree(texts: list[bytes], plan: Plan) -> None:
    columns = scanned(plan, block_of(texts))
    for index, text in enumerate(texts):
        if columns.state[index] == BLANK:
            assert not text.strip()
        elif columns.state[index] == TAKEN:
            assert_taken(columns, index, text, plan)


def assert_taken(columns: Columns, index: int, text: bytes, plan: Plan) -> None:
    parsed, problem = parse(text)
    assert problem is None, (text, problem)
    assert not envelope_problems(parsed), text
    if plan.judged:
        found = {p.code for p in judge(parsed, plan.strict)}
        # Of what no plan tells, the task asks the reference itself.
        of_values = {"odd-offset", "unknown-zone", "unknown-event"}
        if parsed.name not in EVENTS:
            of_values.add("duplicate-key")  # in a body without a schema
        assert found <= of_values, (text, found)
    event, values = row(parsed, plan)
    assert columns.event[index] == event, text
    start = columns.block.starts[index]
    for path, value in zip(plan.wanted, values, strict=True):
        column = columns[path]
        expected = (
            start + value.start if value.kind > NULL else 0,
            value.length,
            value.kind,
            value.value,
            value.offset,
        )
        assert tuple(part[index] for part in column) == expected, (text, path)
        assert value.odd is None, (text, path)
    for path in plan.needs:
        field = FIELDS[path]
        if field.part == "metadata" or (event != OTHER_EVENT and path in _fields_of(event)):
            part = parsed.value[field.part]
            assert isinstance(part.get(field.name), str), (text, path)


def _fields_of(event: int) -> set[str]:
    return {field.path for field in BODIES[list(EVENTS)[event]]}


usual = events(times=usual_timestamps()).map(Sketch.line)
pieces = lines | usual | faulty() | mutilated()


@quick
@given(st.lists(pieces, min_size=1, max_size=6))
def test_readers_agree_on_lines(texts: list[bytes]) -> None:
    for plan in PLANS.values():
        assert_agree(texts, plan)


@quick
@given(st.lists(usual, min_size=1, max_size=6))
def test_readers_agree_on_events(texts: list[bytes]) -> None:
    for plan in PLANS.values():
        assert_agree(texts, plan)


@quick
@given(usual, st.sampled_from(HOSTILE), st.data())
def test_readers_agree_with_bytes_anywhere(
    line: bytes, hostile: bytes, data: st.DataObject
) -> None:
    places = data.draw(st.sets(st.integers(0, len(line)), min_size=1, max_size=40))
    texts = [line[:at] + hostile + line[at:] for at in places]
    texts += [line[:at] + hostile + line[at + 1 :] for at in places]
    for plan in PLANS.values():
        assert_agree(texts, plan)


@quick
@given(st.lists(pieces, min_size=1, max_size=6))
def test_a_block_reads_the_same(texts: list[bytes]) -> None:
    """What is refused is read by the reference, so that nothing tells the readers apart."""
    for plan in PLANS.values():
        if plan.judged:
            continue  # of some lines that are taken the task asks the reference
        found = []
        for pure in "01":
            with mock.patch.dict(os.environ, CEVENTS_PURE=pure):
                columns = read(block_of(texts), plan)
            rows = [
                (path, row, [part[row] for part in columns[path]])
                for path in plan.wanted
                for row in columns.taken()
            ]
            events = [columns.event[row] for row in columns.taken()]
            found.append((columns.state, events, rows, columns.odd, columns.problems))
        assert found[0] == found[1]


def corpus() -> list[bytes]:
    files = [*(FOLDER / "fuzz" / "corpus").iterdir(), *(FOLDER / "samples").rglob("*.*")]
    return [file.read_bytes() for file in sorted(files) if file.is_file()]


@pytest.mark.parametrize("name", PLANS)
def test_readers_agree_on_the_corpus(name: str) -> None:
    texts = [text for data in corpus() for text in (data, *data.split(b"\n"))]
    assert_agree(texts, PLANS[name])


NAMED = '"event_name":"conversation_message_created","event_time":"2020-03-24T16:55:59Z"'
BODY = '"author_id":"1","conversation_id":"2","created_at":"2020-03-24T16:55:59Z"'
ACCOUNT = '"root_account_id":%s'
EVENTS_WITH_A_VALUE = (
    f'{{"metadata":{{{NAMED},{ACCOUNT}}},"body":{{{BODY},"message_id":%s}}}}',
    f'{{"metadata":{{{NAMED},{ACCOUNT},"user_id":%s}},"body":{{{BODY},"message_id":"1"}}}}',
    f'{{"metadata":{{{NAMED},{ACCOUNT}}},"body":{{{BODY},"message_id":"1"}},"x":%s}}',
    f'{{"metadata":{{{NAMED},{ACCOUNT},"x":%s}},"body":{{{BODY},"message_id":"1"}}}}',
    f'{{"metadata":{{{NAMED},{ACCOUNT}}},"body":{{{BODY},"message_id":"1","x":%s}}}}',
    f'{{"metadata":{{{ACCOUNT},"event_name":%s,"event_time":"2020-03-24T16:55:59Z"}},"body":{{}}}}',
    f'{{"body":{{{BODY},"event_time":%s}},"metadata":{{"user_login":%s}}}}',
    '{"body":{"event_time":1,"created_at":%s},"metadata":{"event_time":%s}}',
    '{"metadata":{"job_id":"1","root_account_id":%s},"body":{"message_id":"1","nested":%s}}',
    '{"body":{"author_id":%s,"event_time":1,"event_name":1},"metadata":{"root_account_id":%s}}',
)
WORDS = r"""
"7~1" "70000000000053" "00053" "~1" "7~" "" "\u0037" "53a" "５３" "7~10000000000000"
"9223372036854775807" "9223372036854775808" "922337~2036854775807" "999999~1"
"922337~2036854775808" "21070000000000000" "7~0" "9223370000000000000"
9223372036854775807 9223372036854775808 53 0 -0 053 5.0
5e1 1e999 -1e999 1E400 -5 null true false [] {} [[{}]] {"a":[]} {"a":1,"a":2}
"2020-03-24T16:55:59Z" "2020-03-24T16:55:60Z" "2016-12-31T23:59:60Z"
"2020-03-24T24:00:00Z" "2020-03-24T16:55:59-00:00" "2020-03-24T16:55:59+23:59"
"2020-03-24T16:55:59+24:00" "0001-01-01T00:00:00+23:59" "0000-01-01T00:00:00Z"
"9999-12-31T23:59:59-23:59" "2020-02-30T00:00:00Z" "20200324T165559Z"
"2020-03-24t16:55:59.123456789z" "2020-03-24T16:55:59.1234567890Z"
"2020-03-24T16:55:59,5Z" "2020-084T16:55:59Z" "2020-W13-2T16:55:59Z"
"2020-03-24T16:55Z" "2020-03-24T16:55:59+0530" "2020-03-24T16:55:59+05"
"２020-03-24T16:55:59Z" "\ud83d\ude00" "\ud83d" "\ude00\ud83d" "\u0000"
"\x" "\/" "\" "\\" "a\"b" "é"
"""
VALUES = [
    *WORDS.split(),
    '" 53"',
    '"53 "',
    '"\x7f"',
    '"\t"',
    f'"{"0" * 5000}53"',
    "9" * 400,
    "9" * 5000,
]


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("account", ['"70000000000001"', "70000000000001", '"1"', "null", '"7~1"'])
def test_readers_agree_on_values(name: str, account: str) -> None:
    texts = [event % (account, value) for event in EVENTS_WITH_A_VALUE for value in VALUES]
    assert_agree([text.encode() for text in texts], PLANS[name])


CONVERSATION = (
    b'{"metadata":{"event_name":"conversation_created","event_time":"2020-03-24T16:55:59Z",'
    b'"url":"%b"},"body":{"conversation_id":"%b","updated_at":"2020-03-24T16:55:59Z"}}'
)
#: URLs that plainly name conversation 53, or none; and those that the reference must look at.
OWN_REQUESTS = (
    b"",
    b"https://h/conversations/53/add_message",
    b"https://h/conversations/0053/add_recipients",
    b"https://h/conversations/70000000000053/add_message",
    rb"https:\/\/h\/conversations\/53\/add_message",
    b"https://h/conversations",
    b"conversations/unread",
)
OTHER_REQUESTS = (
    b"https://h/conversations/54/add_message",
    b"https://h/conversations/7~54/add_recipients",
    b"https://h/conversations/53~54/add_message",
    b"https://h/conversations/%b/add_message" % (b"9" * 99),
    b"https://h/conversations/53/conversations/54/add_message",
    rb"https:\/\/h\/conversations\/54\/add_message",
    rb"https://h/conversation\u0073/54/add_message",
    rb"https://h/conversations/5\u0034/add_message",
    b"conversations/5",
)


def test_readers_agree_on_requests() -> None:
    """A strict plan takes no event whose request may be of another conversation."""
    plan, requests = PLANS["strict"], OWN_REQUESTS + OTHER_REQUESTS
    ids = (b"53", b"7~53", b"70000000000053", b"5", b"0")
    assert_agree([CONVERSATION % (url, id_) for url in requests for id_ in ids], plan)
    state = scanned(plan, block_of([CONVERSATION % (url, b"53") for url in requests])).state
    assert list(state) == [TAKEN] * len(OWN_REQUESTS) + [REFUSED] * len(OTHER_REQUESTS)


def test_readers_agree_at_every_place_of_a_block() -> None:
    """A text stands anywhere among others, and they don't change what is found in it."""
    line = b'{"metadata":{"event_time":"2020-03-24T16:55:59Z","user_login":"\\""},"body":{"x":[1]}}'
    plan = PLANS["usable"]
    for before in range(1, 70):
        block = block_of([b'"' * before, line, b"\\" * 70, line[:-1]])
        columns = scanned(plan, block)
        assert list(columns.state) == [REFUSED, TAKEN, REFUSED, REFUSED]
        assert columns.text("metadata.user_login", 1) == '"'
        # As the last bytes that there are.
        ended = Block(bytes(block.data[: block.ends[1]]), block.starts[1:2], block.ends[1:2])
        assert list(scanned(plan, ended).state) == [TAKEN]
