"""What holds of every summary: of few events, and of many, which go into columns."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple
from unittest import mock

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cevents import columns, lookup, pairs, summary
from cevents.blocks import Block
from cevents.conversations import Row
from cevents.lookup import Lookup
from cevents.pairs import Pairs
from cevents.summary import Summary
from cevents.tally import Tally
from cevents.ticks import MOST, instants, ticks
from cevents.timestamps import instant

from .strategies import Sketch, events, faulty, lines, quick, timestamps, usual_timestamps

TWIN = (
    b'{"metadata":{"event_name":"conversation_created","event_time":"2020-03-24T16:55:59Z"},'
    b'"body":{"conversation_id":"53","updated_at":"2020-03-24T16:55:59Z"}}'
)


@pytest.fixture(scope="module", autouse=True, params=(8192, 3, 1), ids="{} events".format)
def many(request: pytest.FixtureRequest) -> Iterator[int]:
    """Put events into columns as soon as there are so many."""
    with mock.patch.object(summary, "_MANY", request.param):
        yield request.param


def summary_of(data: list[bytes]) -> Summary:
    """Return the summary of some lines."""
    task = Tally()
    task(Block.of(b"".join(line + b"\n" for line in data)))
    return task.summary


def merged(*parts: Summary) -> Summary:
    """Return *parts* merged from left to right."""
    whole = Summary()
    for part in parts:
        whole.merge(part)
    return whole


def shown_rows(summary: Summary) -> tuple[list[Row], dict[str, int]]:
    """Return what is shown of a summary."""
    return sorted(summary.rows(), key=repr), summary.other


piles = st.lists(events().map(Sketch.line) | lines, max_size=5)


@quick
@given(piles, piles, piles)
def test_summaries_merge_in_any_grouping(a: list[bytes], b: list[bytes], c: list[bytes]) -> None:
    """Merging is associative, has an identity, and gives what one pass over everything gives."""
    once = shown_rows(summary_of([*a, *b, *c]))
    x, y, z = (summary_of(pile) for pile in (a, b, c))
    assert shown_rows(merged(merged(x, y), z)) == once
    x, y, z = (summary_of(pile) for pile in (a, b, c))
    assert shown_rows(merged(x, merged(y, z))) == once
    x, y, z = (summary_of(pile) for pile in (a, b, c))
    assert shown_rows(merged(z, x, y)) == once
    assert shown_rows(merged(Summary(), summary_of(a))) == shown_rows(summary_of(a))
    assert shown_rows(merged(summary_of(a), Summary())) == shown_rows(summary_of(a))


@quick
@given(piles, piles)
@example([TWIN], [TWIN])
def test_merging_leaves_the_other_summary_alone(a: list[bytes], b: list[bytes]) -> None:
    """What is merged into another summary stays what it was."""
    x, y = summary_of(a), summary_of(b)
    merged(x, y)
    assert shown_rows(x) == shown_rows(summary_of(a))
    assert shown_rows(y) == shown_rows(summary_of(b))


@quick
@given(piles, st.randoms(use_true_random=False))
def test_order_does_not_matter_to_a_summary(pile: list[bytes], rng: random.Random) -> None:
    """Events come in no order, and a summary shows none."""
    shuffled = pile[:]
    rng.shuffle(shuffled)
    assert shown_rows(summary_of(shuffled)) == shown_rows(summary_of(pile))


@quick
@given(st.lists(timestamps(), min_size=1, max_size=6))
def test_first_and_last_are_instants(texts: list[str]) -> None:
    """The first and last event of a conversation are so by instant, whatever the offset."""
    line = (
        '{"metadata":{"event_name":"conversation_created","event_time":"%s"},'
        '"body":{"conversation_id":"53","updated_at":"2020-03-24T16:55:59Z"}}'
    )
    [row] = summary_of([(line % text).encode() for text in texts]).rows()
    found = sorted(map(instant, texts))
    assert (row.first_event, row.last_event, row.created_at) == (found[0], found[-1], found[0])


class Sent(NamedTuple):
    """A message as a dump tells of it; *created* is empty where it does not say when."""

    account: str
    conversation: str
    author: str
    message: str
    created: str

    def line(self) -> bytes:
        """Return the event's line."""
        time = f'"created_at":"{self.created}",' if self.created else ""
        return (
            '{"metadata":{"event_name":"conversation_message_created","event_time":'
            f'"2020-03-24T16:55:59.973Z","root_account_id":"{self.account}"}},"body":{{{time}'
            f'"author_id":"{self.author}","conversation_id":"{self.conversation}",'
            f'"message_id":"{self.message}"}}}}'
        ).encode()


long_id = "123456789012345678901234567890"
sent = st.builds(
    Sent,
    st.sampled_from(("1", "2")),
    st.sampled_from(("53", "53", "053", "7~53", long_id)),
    st.sampled_from(("1", "2", "7~1", long_id)),
    st.sampled_from(("1", "2", "3", "01", "7~1", long_id, "18446744073709551616", "9" * 5000)),
    st.sampled_from(
        (
            "2020-03-24T16:55:59Z",
            "2020-03-24T10:55:59.000-06:00",
            "2020-03-24T16:55:59.5Z",
            "2020-03-24T17:55:58+01:00",
            "2020-03-23T24:00:00Z",
            "20200325T00Z",
            "",
        )
    ),
)


def one_sent(conversation: str) -> Sent:
    """Return a message of *conversation*."""
    return Sent("1", conversation, "1", "1", "2020-03-24T16:55:59Z")


def counted(messages: list[Sent]) -> list[Row]:
    """Return the rows for *messages*, counted one by one."""
    rows: list[Row] = []
    for account, conversation in {(message.account, message.conversation) for message in messages}:
        own = [m for m in messages if (m.account, m.conversation) == (account, conversation)]
        times: dict[str, dt.datetime] = {}
        for author, text in sorted((m.author, m.created) for m in own if m.created):
            time = dt.datetime.fromisoformat(instant(text) + "+00:00")
            times[author] = min(time, times.get(author, time))
        first = sorted(times.values())[:2]
        reply = Decimal(str((first[1] - first[0]).total_seconds())) if len(first) == 2 else None
        distinct, authors = len({m.message for m in own}), len({m.author for m in own})
        at = "2020-03-24T16:55:59.973"
        rows.append(
            Row(
                root_account_id=account,
                conversation_id=conversation,
                events=len(own),
                messages=distinct,
                redelivered=len(own) - distinct,
                authors=authors,
                forwarded=0,
                created_at=None,
                first_event=at,
                last_event=at,
                first_reply_seconds=reply,
            )
        )
    return sorted(rows, key=repr)


@settings(quick, max_examples=60)
@given(st.lists(st.lists(sent, max_size=5), min_size=1, max_size=3))
@example([[one_sent(long_id)], [one_sent("7~53"), one_sent(long_id)]])
@example([[one_sent("53"), one_sent("053")], [one_sent("053"), one_sent("53")]])
@example([[one_sent("53")], [Sent("1", "53", "2", "2", "2020-03-24T16:55:58Z")]])
def test_summary_counts_what_is_there(piles: list[list[Sent]]) -> None:
    """However a dump is cut, its rows are what counting one by one gives."""
    parts = [summary_of([message.line() for message in pile]) for pile in piles]
    everything = [message for pile in piles for message in pile]
    assert shown_rows(merged(*parts))[0] == counted(everything)
    task = Tally()
    for pile in piles:
        task(Block.of(b"".join(message.line() + b"\n" for message in pile)))
    assert shown_rows(task.summary)[0] == counted(everything)


@quick
@given(st.lists(sent, max_size=8), st.sampled_from(Row._fields), st.randoms(use_true_random=False))
def test_sorted_rows_have_one_order(messages: list[Sent], column: str, rng: random.Random) -> None:
    """Rows sort the same way in whatever order the events come, and backwards as forwards."""
    lines = [message.line() for message in messages]
    rows = list(summary_of(lines).rows(column))
    rng.shuffle(lines)
    assert list(summary_of(lines).rows(column)) == rows
    values = [getattr(row, column) for row in rows]
    turned = [getattr(row, column) for row in summary_of(lines).rows(column, reverse=True)]
    filled = [value for value in values if value is not None]
    assert turned == filled[::-1] + [None] * (len(values) - len(filled))


@quick
@given(st.lists(events().map(Sketch.line), max_size=6), st.sampled_from(Row._fields), st.booleans())
def test_columns_make_no_difference(pile: list[bytes], column: str, reverse: bool) -> None:
    """Rows, their order, totals and accounts are those of the events kept one by one."""
    found = summary_of(pile)
    with mock.patch.object(summary, "_MANY", 10**9):
        kept = summary_of(pile)
    assert list(found.rows(column, reverse)) == list(kept.rows(column, reverse))
    assert found.totals() == kept.totals()
    assert (len(found), found.accounts) == (len(kept), kept.accounts)


@quick
@given(st.lists(sent, max_size=8), st.sampled_from(Row._fields), st.booleans())
@example([one_sent("53")._replace(account=account) for account in "21"], "messages", False)
def test_columns_sort_alike(messages: list[Sent], column: str, reverse: bool) -> None:
    """Rows of the same conversation in two accounts, and of equal values, come in one order."""
    pile = [message.line() for message in messages]
    found = list(summary_of(pile).rows(column, reverse))
    with mock.patch.object(summary, "_MANY", 10**9):
        assert found == list(summary_of(pile).rows(column, reverse))


@settings(quick, max_examples=100)
@given(st.lists(faulty() | lines, min_size=1, max_size=4))
def test_columns_refuse_the_same(pile: list[bytes]) -> None:
    """What is no good is found, and left out, also once there are columns."""
    block = Block.of(b"".join(line + b"\n" for line in pile))
    late, early = Tally(), Tally()
    for _ in range(3):
        late(Block.of(TWIN + b"\n"))
    with mock.patch.object(summary, "_MANY", 10**9):
        for _ in range(3):
            early(Block.of(TWIN + b"\n"))
        assert late(block) == early(block)
        assert shown_rows(late.summary) == shown_rows(early.summary)


@quick
@given(st.lists(st.lists(sent, max_size=5), min_size=1, max_size=3))
def test_accounts_past_those_that_columns_hold(piles: list[list[Sent]]) -> None:
    """However many root accounts there are, every conversation is counted."""
    with mock.patch.object(columns, "_MOST_ACCOUNTS", 1):
        parts = [summary_of([message.line() for message in pile]) for pile in piles]
        everything = [message for pile in piles for message in pile]
        whole = merged(*parts)
        assert shown_rows(whole)[0] == counted(everything)
        assert len(whole) == len(counted(everything))


# ticks


@settings(quick, max_examples=200)
@given(st.lists(timestamps() | usual_timestamps() | st.text(max_size=30), min_size=1, max_size=6))
def test_ticks_are_instants(texts: list[str]) -> None:
    """A tick says the same as the instant of its text; what has no tick may be one all the same."""
    texts = [text.replace("\n", " ") for text in texts]
    found, known = ticks(texts)
    shown = instants(found[known])
    read = [text for text, is_known in zip(texts, known.tolist(), strict=True) if is_known]
    assert shown == [instant(text) for text in read]
    usual = [text for text in texts if _is_usual(text)]
    assert set(usual) <= set(read)


def _is_usual(text: str) -> bool:
    """Whether a text is a timestamp as Canvas writes it, to the microsecond at most."""
    try:
        dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError:
        return False
    return text.isascii() and "T" in text and text.endswith("Z")


TIMES = (
    ("2020-03-24T16:55:59Z", "2020-03-24T16:55:59"),
    ("2020-03-24T16:55:59.1Z", "2020-03-24T16:55:59.1"),
    ("2020-03-24T16:55:59.973000Z", "2020-03-24T16:55:59.973"),
    ("2020-03-24T16:55:59.000001Z", "2020-03-24T16:55:59.000001"),
    ("2020-03-24T10:55:59.973-06:00", "2020-03-24T16:55:59.973"),
    ("2020-03-25T02:40:59+09:45", "2020-03-24T16:55:59"),
    ("2020-02-29T23:59:59-23:59", "2020-03-01T23:58:59"),
    ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00"),
    ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999"),
    ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999"),
    ("2000-02-29T00:00:00+00:00", "2000-02-29T00:00:00"),
)
NO_TICKS = (
    "",
    "Z",
    "2020",
    "2020-03-24",
    "2020-03-24T16:55Z",
    "2020-03-24T16:55:59",
    "2020-03-24 16:55:59Z",
    "2020-03-24t16:55:59Z",
    "2020-03-24T16:55:59z",
    "2020-03-24T16:55:59ZZ",
    "2020-03-24T16:55:59.Z",
    "2020-03-24T16:55:59,5Z",
    "2020-03-24T16:55:59.1234567Z",
    "2020-03-24T16:55:59.1x3Z",
    "2020-03-24T16:55:59.5",
    "2020-03-24T16:55:59+24:00",
    "2020-03-24T16:55:59,24:00",
    "2020-03-24T16:55:59+05:60",
    "2020-03-24T16:55:59+0530",
    "2020-03-24T16:55:60Z",
    "2016-12-31T23:59:60Z",
    "2020-03-24T16:60:59Z",
    "2020-03-24T24:00:00Z",
    "2020-03-24T2x:00:00Z",
    "2020-00-24T16:55:59Z",
    "2020-13-24T16:55:59Z",
    "2020-03-00T16:55:59Z",
    "2020-04-31T16:55:59Z",
    "2019-02-29T16:55:59Z",
    "1900-02-29T16:55:59Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
    "20200324T165559Z",
    "2020-084T16:55:59Z",
    "２020-03-24T16:55:59Z",
    "2020-03-24T16:55:59Z" + " " * 256,
    "2020-03-24T16:55:59Z" + " " * 255 + "Z",
)


@pytest.mark.parametrize(("text", "expected"), TIMES)
def test_tick(text: str, expected: str) -> None:
    """A timestamp of the usual form has a tick, beside whatever others."""
    found, known = ticks(["x", text, "", text])
    assert known.tolist() == [False, True, False, True]
    assert instants(found[known]) == [expected] * 2


@pytest.mark.parametrize("text", NO_TICKS)
def test_no_tick(text: str) -> None:
    """Anything else has none, beside whatever others."""
    usual = "2020-03-24T16:55:59Z"
    assert ticks([usual, text, usual])[1].tolist() == [True, False, True]
    assert ticks([text])[1].tolist() == [False]


def test_ticks_of_what_is_no_column_of_texts() -> None:
    """What cannot be told apart, or is no text, is an error."""
    with pytest.raises(ValueError, match="line feed"):
        ticks(["2020-03-24T16:55:59Z\n2020-03-24T16:55:59Z", "x"])
    with pytest.raises(TypeError):
        ticks(["2020-03-24T16:55:59Z", None])  # type: ignore[list-item]


# lookups and pairs

keys = st.integers(0, 40).map(lambda number: number << 48 | number % 7) | st.integers(0, 2**62)


@quick
@given(st.lists(st.lists(keys, min_size=1, max_size=30), max_size=8))
@example([list(range(at, at + 300)) for at in range(0, 3000, 200)])
def test_lookup_numbers_what_it_sees(columns: list[list[int]]) -> None:
    """Every number has one index, the next one when it is new, however full the table is."""
    with mock.patch.object(lookup, "_SLOTS", 4):
        found = Lookup()
        assert found.find(np.array([0, 7])).tolist() == [-1, -1]
        expected: dict[int, int] = {}
        for column in columns:
            absent = [key for key in column if key not in expected]
            assert set(found.find(np.array([*column, 2**62 + 1])).tolist()[-1:]) == {-1}
            for key in sorted(set(absent)):
                expected[key] = len(expected)
            assert found.add(np.array(column)).tolist() == [expected[key] for key in column]
            assert found.keys[: len(found)].tolist() == list(expected)


numbers = st.sampled_from((0, 1, 2, 88120, MOST - 1))
owners = st.sampled_from((0, 1, 2, 2**15 - 1, 2**15, 2**16 + 1))


@quick
@given(st.lists(st.lists(st.tuples(owners, numbers), max_size=9), max_size=6), st.integers(1, 20))
def test_pairs_are_counted_once(columns: list[list[tuple[int, int]]], sorted_at: int) -> None:
    """However pairs come and whenever they are sorted, each counts once, here and merged."""
    with mock.patch.object(pairs, "_MANY", sorted_at):
        found, shifted = Pairs(), Pairs()
        for column in columns:
            found.add(*(np.array([pair[at] for pair in column], np.int64) for at in (0, 1)))
        moved = np.arange(1, 2**17 + 1)
        shifted.merge(found, moved)
        shifted.merge(found, moved)
        shifted.merge(found, np.full(2**17, -1))
        distinct = {pair for column in columns for pair in column}
        for owner in (0, 1, 2, 2**15 - 1, 2**15, 2**16 + 1):
            own = sorted(number for index, number in distinct if index == owner)
            assert found.distinct(2**17)[owner] == shifted.distinct(2**17)[owner + 1] == len(own)
            assert found.of([7, owner])[owner] == shifted.of([owner + 1])[owner + 1] == own
