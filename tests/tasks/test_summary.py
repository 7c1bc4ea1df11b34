"""What holds of every summary, and what it counts."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cevents.canvas.ids import number
from cevents.canvas.timestamps import parse
from cevents.tasks.summary import COUNTS, Row, Summary
from cevents.tasks.summing import Summing

from ..conftest import created, forwarded, message
from ..strategies import Sketch, events, examples, lines, quick, timestamps
from .answers import findings, result_of

TWIN = created().strip()


def summary_of(*piles: list[bytes]) -> Summary:
    """Return the summary of lines, each pile a block."""
    summary = Summary()
    for pile in piles:
        summary.add(result_of(Summing(), b"".join(line + b"\n" for line in pile)).own)
    return summary


def merged(*parts: Summary) -> Summary:
    """Return *parts* merged from left to right."""
    whole = Summary()
    for part in parts:
        whole.merge(part)
    return whole


def shown(summary: Summary) -> tuple[list[Row], int, int]:
    """Return what is shown of a summary."""
    return list(summary.rows()), summary.other, len(summary)


piles = st.lists(events().map(Sketch.line) | lines, max_size=5)

# Merging


@quick
@given(piles, piles, piles)
def test_summaries_merge_in_any_grouping(a: list[bytes], b: list[bytes], c: list[bytes]) -> None:
    """Merging is associative, has an identity, and gives what one pass over everything gives."""
    once = shown(summary_of([*a, *b, *c]))
    x, y, z = (summary_of(pile) for pile in (a, b, c))
    assert shown(merged(merged(x, y), z)) == once
    x, y, z = (summary_of(pile) for pile in (a, b, c))
    assert shown(merged(x, merged(y, z))) == once
    assert shown(merged(Summary(), summary_of(a))) == shown(summary_of(a))
    assert shown(merged(summary_of(a), Summary())) == shown(summary_of(a))
    assert shown(Summary()) == ([], 0, 0)


@quick
@given(piles, piles)
@example([TWIN], [TWIN])
def test_merging_leaves_the_other_summary_alone(a: list[bytes], b: list[bytes]) -> None:
    """What is merged into another summary stays what it was."""
    x, y = summary_of(a), summary_of(b)
    merged(x, y)
    assert shown(x) == shown(summary_of(a))
    assert shown(y) == shown(summary_of(b))


@quick
@given(piles, st.randoms(use_true_random=False))
def test_order_does_not_matter_to_a_summary(pile: list[bytes], rng: random.Random) -> None:
    """Events come in no order, and a summary shows none."""
    shuffled = pile[:]
    rng.shuffle(shuffled)
    assert shown(summary_of(shuffled)) == shown(summary_of(pile))


@quick
@given(st.lists(timestamps(), min_size=1, max_size=6))
def test_first_and_last_are_instants(texts: list[str]) -> None:
    """The first and last event of a conversation are so by instant, whatever the offset."""
    [row] = summary_of([created(time=text).strip() for text in texts]).rows()
    found = sorted(parse(text).instant for text in texts)
    assert (row.first_event, row.last_event, row.created_at) == (found[0], found[-1], found[0])


# Counting


class Sent(NamedTuple):
    """A message as a dump tells of it; *created* is empty where it does not say when."""

    account: str
    conversation: str
    author: str
    message: str
    created: str

    def line(self) -> bytes:
        """Return the event's line."""
        line = message(self.conversation, self.message, self.author, self.created,
                       root_account_id=self.account or None)  # fmt: skip
        return line.replace(b'"created_at":"",', b"").strip()


LONG = "123456789012345678901234567890"
ids = st.sampled_from(
    ("53", "053", "7~53", "070000000000053", "8~53", "80000000000053", LONG, "0" + LONG)
)
sent = st.builds(
    Sent,
    st.sampled_from(("1", "2", "70000000000001", "7~1", "", "x")),
    ids,
    ids,
    ids | st.sampled_from(("18446744073709551616", "9" * 5000, "7~10000000000000")),
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


def whole(text: str, account: str = "") -> str:
    """Return an id so that two spellings of one are the same; a local one is its account's."""
    if not text.replace("~", "").isdecimal():
        return text
    if "~" in text:
        shard, local = text.split("~")
        if len(local.lstrip("0")) > 13:
            return text
        text = shard + local.zfill(13)
    text = text.lstrip("0")
    shard = whole(account)[:-13] if account else ""
    return shard + text.zfill(13) if shard and len(text) <= 13 else text


def as_shown(conversation: str, account: str) -> str:
    """Return a conversation's id, given by `whole`, as it reads in its account."""
    shard, local, home = conversation[:-13], conversation[-13:].lstrip("0"), whole(account)[:-13]
    if not home or not shard or len(conversation) > 19:
        return conversation
    return local if shard == home else f"{shard}~{local}"


def counted(messages: list[Sent]) -> list[Row]:
    """Return the rows for *messages*, counted one by one."""
    rows: list[Row] = []
    keys = {(whole(m.account), whole(m.conversation, m.account)) for m in messages}
    for account, conversation in keys:
        own = [
            m for m in messages
            if (whole(m.account), whole(m.conversation, m.account)) == (account, conversation)
        ]  # fmt: skip
        firsts: dict[str, int] = {}
        for m in own:
            if m.created:
                author, instant = whole(m.author, m.account), parse(m.created).instant
                firsts[author] = min(instant, firsts.get(author, instant))
        first = sorted(firsts.values())[:2]
        reply = Fraction(first[1] - first[0], 10**6) if len(first) == 2 else None
        distinct = len({whole(m.message, m.account) for m in own})
        at = parse("2020-03-24T16:55:59.973Z").instant
        rows.append(
            Row(
                root_account_id=account or None,
                conversation_id=as_shown(conversation, account),
                events=len(own),
                messages=distinct,
                redelivered=len(own) - distinct,
                authors=len({whole(m.author, m.account) for m in own}),
                forwarded=0,
                created_at=None,
                first_event=at,
                last_event=at,
                first_reply_seconds=None if reply is None else float(reply),
            )
        )
    return sorted(rows, key=repr)


def one_sent(conversation: str, account: str = "1", author: str = "1") -> Sent:
    return Sent(account, conversation, author, "1", "2020-03-24T16:55:59Z")


def leading_zeros_off(rows: list[Row]) -> list[Row]:
    """Return rows in order, with no id as it happened to be spelt first."""
    return sorted(
        (row._replace(conversation_id=row.conversation_id.lstrip("0"),
                      first_reply_seconds=_float(row.first_reply_seconds)) for row in rows),
        key=repr,
    )  # fmt: skip


def _float(seconds: float | None) -> float | None:
    return None if seconds is None else float(seconds)


@settings(quick, max_examples=examples(100))
@given(st.lists(st.lists(sent, max_size=5), min_size=1, max_size=3))
@example([[one_sent(LONG)], [one_sent("7~53"), one_sent(LONG)]])
@example([[one_sent("53"), one_sent("053")], [one_sent("053"), one_sent("53")]])
@example([[one_sent("53")], [Sent("1", "53", "2", "2", "2020-03-24T16:55:58Z")]])
@example([[one_sent(LONG, LONG)], [one_sent("53", "x"), one_sent("53", "x", LONG)]])
def test_summary_counts_what_is_there(piles: list[list[Sent]]) -> None:
    """However a dump is cut, its rows are what counting one by one gives."""
    data = [[message.line() for message in pile] for pile in piles]
    expected = counted([message for pile in piles for message in pile])
    for summary in (summary_of(*data), merged(*map(summary_of, data))):
        assert leading_zeros_off(list(summary.rows())) == expected
        table = summary.table()
        assert len(table) == len(summary) == len(expected)
        assert table.accounts == {row.root_account_id for row in expected}
        assert table.totals() == {
            name: sum(getattr(row, name) for row in expected)
            for name in COUNTS if name != "authors"
        }  # fmt: skip


ONE_ID = ("123", "0123", "7~123", "07~00123", "70000000000123", "070000000000123")


@pytest.mark.parametrize("field", ["conversation", "number", "author"])
@pytest.mark.parametrize("account", ["70000000000001", "7~1"])
def test_spellings_of_one_id(field: str, account: str) -> None:
    """A local id, the short global form and the long one are one, with zeros or without."""
    pile = [message(**{field: id_}, root_account_id=account).strip() for id_ in ONE_ID]
    [row] = summary_of(pile).rows()
    assert (row.root_account_id, row.authors, row.messages) == ("70000000000001", 1, 1)
    assert row.conversation_id == ("123" if field == "conversation" else "53")


def test_ids_as_numbers() -> None:
    """An id that the dump has as a number is the same id."""
    pile = [message(author=id_, root_account_id=70000000000001).strip() for id_ in (123, "7~123")]
    [row] = summary_of(pile).rows()
    assert row.authors == 1


@pytest.mark.parametrize(
    ("account", "conversation", "expected"),
    [
        ("70000000000001", "53", "53"),
        ("70000000000001", "7~53", "53"),
        ("70000000000001", "80000000000053", "8~53"),
        ("7~1", "8~53", "8~53"),
        ("1", "7~53", "70000000000053"),
        ("1", "053", "53"),
        (None, "7~53", "70000000000053"),
        (None, "53", "53"),
        ("school", "53", "53"),
        ("70000000000001", LONG, LONG),
        ("70000000000001", f"00{LONG}", f"00{LONG}"),
        ("70000000000001", "7~10000000000000", "7~10000000000000"),
    ],
)
def test_id_of_a_conversation(account: str | None, conversation: str, expected: str) -> None:
    """It is shown as it reads in its account; as a whole where that is not known."""
    [row] = summary_of([message(conversation, root_account_id=account).strip()]).rows()
    assert row.conversation_id == expected


def test_odd_ids_keep_apart_in_a_merge() -> None:
    """Each summary numbers the ids that no number holds in its own way."""
    one = [message(LONG + end, author=LONG + end).strip() for end in ("1", "2", "3")]
    two = [message(LONG + end, author=LONG + end).strip() for end in ("3", "2", "4")]
    rows = list(merged(summary_of(one), summary_of(two)).rows("conversation_id"))
    assert [(row.conversation_id[-1], row.events, row.authors) for row in rows] == [
        ("1", 1, 1), ("2", 2, 1), ("3", 2, 1), ("4", 1, 1),
    ]  # fmt: skip


def test_messages_that_cannot_be_counted() -> None:
    """What no row can tell of is reported, and left out."""
    pile = [message(None), message(number="x"), message(author="7~"), message(time="today")]
    data = b"".join(pile)
    assert [problem.line for problem in findings(Summing(), data)] == [1, 2, 3, 4]
    assert shown(summary_of([line.strip() for line in pile])) == ([], 0, 0)


# The order of rows


def values_of(column: str, rows: list[Row]) -> list[Any]:
    """Return a column; an id as its number, which is the same however an account shows it."""
    values = [getattr(row, column) for row in rows]
    if column == "conversation_id":
        return [text if (found := number(text)) is None else found for text in values]
    return values


@quick
@given(st.lists(sent, max_size=8), st.sampled_from(Row._fields), st.randoms(use_true_random=False))
def test_rows_have_one_order(messages: list[Sent], column: str, rng: random.Random) -> None:
    """They sort the same way in whatever order the events come, and backwards as forwards."""
    pile = [message.line() for message in messages]
    rows = leave_spelling(list(summary_of(pile).rows(column)))
    rng.shuffle(pile)
    assert leave_spelling(list(summary_of(pile).rows(column))) == rows
    values = values_of(column, rows)
    turned = values_of(column, leave_spelling(list(summary_of(pile).rows(column, reverse=True))))
    filled = [value for value in values if value is not None]
    assert turned == filled[::-1] + [None] * (len(values) - len(filled))


def leave_spelling(rows: list[Row]) -> list[Row]:
    """Return rows without the zeros before an odd id: it is shown as it is spelt first."""
    return [row._replace(conversation_id=row.conversation_id.lstrip("0")) for row in rows]


def order(column: str, reverse: bool, *pile: bytes) -> list[tuple[str | None, str]]:
    rows = summary_of([line.strip() for line in pile]).rows(column, reverse)
    return [(row.root_account_id, row.conversation_id) for row in rows]


TIES = (
    message("9", root_account_id="2"),
    message("10", root_account_id="2"),
    message("9", root_account_id="1"),
    message("9"),
    message("10"),
)
BY_ID = [(None, "9"), ("1", "9"), ("2", "9"), (None, "10"), ("2", "10")]


@pytest.mark.parametrize("column", ["messages", "created_at", "first_event", "first_reply_seconds"])
@pytest.mark.parametrize("reverse", [False, True])
def test_ties(column: str, reverse: bool) -> None:
    """Rows with the same value are in the order of their conversations, then accounts."""
    assert order(column, reverse, *TIES) == BY_ID


def test_ids_sort_as_numbers_and_odd_ones_last() -> None:
    account = "70000000000001"
    pile = [message(id_, root_account_id=account) for id_ in (LONG, "8~1", "100", "7~99", "9")]
    found = [id_ for _, id_ in order("conversation_id", False, *pile)]
    assert found == ["9", "99", "100", "8~1", LONG]
    assert [id_ for _, id_ in order("conversation_id", True, *pile)] == found[::-1]


def test_most_first_and_times_from_early_to_late() -> None:
    late = datetime(2020, 3, 25, tzinfo=UTC)
    pile = (
        *(message("1", number=str(number)) for number in range(2)),
        *(message("2", number=str(number)) for number in range(3)),
        forwarded("3", time=late.isoformat()),
        created("4", time=(late + timedelta(days=1)).isoformat()),
    )
    assert [id_ for _, id_ in order("messages", False, *pile)] == ["2", "1", "3", "4"]
    assert [id_ for _, id_ in order("messages", True, *pile)] == ["3", "4", "1", "2"]
    assert [id_ for _, id_ in order("last_event", False, *pile)] == ["1", "2", "3", "4"]
    assert [id_ for _, id_ in order("last_event", True, *pile)] == ["4", "3", "1", "2"]
    assert [id_ for _, id_ in order("created_at", True, *pile)] == ["4", "1", "2", "3"]
