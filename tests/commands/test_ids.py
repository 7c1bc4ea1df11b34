"""Ids in all spellings: `123` in its account, `7~123` and `70000000000123` are one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ..conftest import Run, created, forwarded, message, other
from .cases import objects

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SEVEN, EIGHT = {"root_account_id": "70000000000001"}, {"root_account_id": "80000000000001"}
SHORT = {"root_account_id": "7~1"}
LONG = "123456789012345678901234567890"

#: Events by what is said of them: *who* is the author, the conversation and the user at once.
EVENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "local": ("123", SEVEN),
    "short": ("7~123", SEVEN),
    "long": ("70000000000123", SEVEN),
    "zeros": ("0123", SHORT),
    "elsewhere": ("123", EIGHT),
    "from elsewhere": ("7~123", EIGHT),
    "nowhere": ("123", {}),
    "long, nowhere": ("70000000000123", {}),
    "null": ("123", {"root_account_id": None}),
    "a school": ("123", {"root_account_id": "school"}),
    "other": ("124", SEVEN),
    "odd": (LONG, SEVEN),
    "odd, zeros": ("0" + LONG, EIGHT),
}
LINES = {
    name: message(conversation=who, number=str(number), author=who, user_id=who, **account)
    for number, (name, (who, account)) in enumerate(EVENTS.items())
}
DUMP = b"".join(LINES.values())

IN_SEVEN = ["local", "short", "long", "zeros"]
EVERYWHERE = [*IN_SEVEN, "from elsewhere", "long, nowhere"]
NO_SHARD = ["nowhere", "null", "a school"]


# filter


@pytest.mark.parametrize("option", ["-c", "-a", "-u"])
@pytest.mark.parametrize(
    ("ids", "found"),
    [
        # A global id is one person, in whichever account the event is.
        ("7~123", EVERYWHERE),
        ("70000000000123", EVERYWHERE),
        ("07~0123", EVERYWHERE),
        ("8~123", ["elsewhere"]),
        ("9~123", []),
        # A local id is meant in each event's own account.
        ("123", [*IN_SEVEN, "elsewhere", *NO_SHARD]),
        ("0123", [*IN_SEVEN, "elsewhere", *NO_SHARD]),
        ("124", ["other"]),
        ("0", []),
        # An id that is no number is compared as text, zeros before it aside.
        (LONG, ["odd", "odd, zeros"]),
        ("00" + LONG, ["odd", "odd, zeros"]),
        (LONG + "0", []),
        # Several are alternatives.
        ("8~123,124", ["elsewhere", "other"]),
        (f"7~123,{LONG}", [*EVERYWHERE, "odd", "odd, zeros"]),
    ],
)
def test_filter_finds(run: Run, option: str, ids: str, found: list[str]) -> None:
    options = " ".join(f"{option} {id_}" for id_ in ids.split(","))
    expected = b"".join(line for name, line in LINES.items() if name in found)
    assert run(f"filter {options}", DUMP) == (0, expected, "")
    rest = b"".join(line for name, line in LINES.items() if name not in found)
    assert run(f"filter -v {options}", DUMP) == (0, rest, "")
    assert run(f"filter --assume-valid {options}", DUMP) == (0, expected, "")


@pytest.mark.parametrize(
    ("option", "line"),
    [
        ("-a", message(author=123, **SEVEN)),
        ("-c", message(conversation=70000000000123, **SEVEN)),
        ("-u", other(user_id=70000000000123)),
        ("-a", message(author="123", root_account_id=70000000000001)),
        ("-a", message(author="@", **SEVEN).replace(b"@", rb"\u0031\u00323")),
        ("-a", message(author="@", **SEVEN).replace(b"@", rb"7\u007e123")),
        ("-a", message(author="123", root_account_id="@").replace(b"@", rb"\u0037~1")),
    ],
)
def test_filter_finds_however_it_is_spelt(run: Run, option: str, line: bytes) -> None:
    """As a number, or with escapes, it is the same id."""
    assert run(f"filter {option} 7~123", line) == (0, line, "")
    assert run(f"filter {option} 7~124", line) == (0, b"", "")
    assert run(f"filter --assume-valid {option} 7~123", line) == (0, line, "")


def test_where_compares_the_text(run: Run) -> None:
    """A condition on any field is on what stands there."""
    assert run("filter -w body.author_id=7~123", DUMP).stdout == (
        LINES["short"] + LINES["from elsewhere"]
    )


# Repeats


def sent(number: str, account: dict[str, str], **other_fields: Any) -> bytes:
    return message(number=number, job_tag=str(other_fields or ""), **account)


def made(conversation: Any, **metadata: Any) -> bytes:
    return created(conversation, request_id="r", **metadata)


@pytest.mark.parametrize(
    ("first", "second", "are_one"),
    [
        (sent("9", SEVEN), sent("7~9", SEVEN), True),
        (sent("9", SEVEN), sent("70000000000009", SHORT), True),
        (sent("9", SEVEN), sent("09", SEVEN), True),
        (sent("9", SEVEN), sent("8~9", SEVEN), False),
        (sent("9", SEVEN), sent("9", EIGHT), False),
        (sent("9", SEVEN), sent("9", {}), False),
        (sent("9", {}), sent("09", {}), True),
        (sent("9", {}), sent("7~9", {}), False),
        (sent("7~9", {}), sent("70000000000009", {}), True),
        (sent(LONG, SEVEN), sent(LONG, SHORT), True),
        (sent(LONG, SEVEN), sent(LONG + "0", SEVEN), False),
        (made("53", **SEVEN), made("7~53", **SEVEN), True),
        (made("53", **SEVEN), made("70000000000053", **SHORT), True),
        (made("53", **SEVEN), made("53", **EIGHT), False),
        (made("53", **SEVEN), forwarded("53", time="2020-03-24T16:00:00.123Z", **SEVEN), False),
        (made("53", **SEVEN), created("53", request_id="s", **SEVEN), False),
    ],
)
def test_repeats(run: Run, first: bytes, second: bytes, are_one: bool) -> None:
    """`--dedup` leaves out, and `validate --strict` warns of, what comes again in other words."""
    assert run("filter --dedup", first + second).stdout == first + second * (not are_one)
    found = objects(run("validate --strict --format json", first + second).stdout)
    assert [finding["line"] for finding in found if finding["code"] == "redelivered"] == (
        [2] if are_one else []
    )


# stats


def rows(run: Run, *lines: bytes) -> list[tuple[str | None, str, int, int, int]]:
    """Return account, conversation, messages, redelivered and authors of each row of `stats`."""
    columns = ("root_account_id", "conversation_id", "messages", "redelivered", "authors")
    ran = run("stats --format json --sort conversation", b"".join(lines))
    assert (ran.status, ran.stderr) == (0, "")
    found: list[Any] = [tuple(row[name] for name in columns) for row in objects(ran.stdout)]
    return found


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # One conversation, one author and one message, however they are spelt.
        (
            [message(a, b, c, **SEVEN) for a, b, c in (
                ("53", "7~9", "70000000000002"), ("7~53", "9", "2"), ("053", "09", "7~2"),
            )],
            [("70000000000001", "53", 1, 2, 1)],
        ),
        ([message(**SEVEN), message(**SHORT)], [("70000000000001", "53", 1, 1, 1)]),
        # Two people: 2 of this account, and 2 of another one.
        (
            [message(**SEVEN), message(number="10", author="8~2", **SEVEN)],
            [("70000000000001", "53", 2, 0, 2)],
        ),
        # A conversation reads as it does in its account.
        ([message("8~53", **SEVEN)], [("70000000000001", "8~53", 1, 0, 1)]),
        ([message("80000000000053", **SEVEN)], [("70000000000001", "8~53", 1, 0, 1)]),
        (
            [message("8~53", **SEVEN), message("7~53", **SEVEN), message("53", **EIGHT)],
            [
                ("70000000000001", "53", 1, 0, 1),
                ("80000000000001", "53", 1, 0, 1),
                ("70000000000001", "8~53", 1, 0, 1),
            ],
        ),
        # Where the account is not known, or tells no shard, it stays as it is.
        ([message("53")], [(None, "53", 1, 0, 1)]),
        ([message("7~53")], [(None, "70000000000053", 1, 0, 1)]),
        ([message("53", root_account_id="school")], [("school", "53", 1, 0, 1)]),
        ([message("7~53", root_account_id="1")], [("1", "70000000000053", 1, 0, 1)]),
        (
            [message("53"), message("7~53")],
            [(None, "53", 1, 0, 1), (None, "70000000000053", 1, 0, 1)],
        ),
        # An id that is no number is one all the same.
        (
            [message(LONG, LONG, LONG, **SEVEN), message("0" + LONG, "0" + LONG, LONG, **SEVEN)],
            [("70000000000001", LONG, 1, 1, 1)],
        ),
    ],
)  # fmt: skip
def test_stats_counts(run: Run, lines: list[bytes], expected: list[Any]) -> None:
    assert rows(run, *lines) == expected


def test_first_reply_is_by_another_person(run: Run) -> None:
    """Who writes under another spelling of the same id does not answer."""
    said = [
        message(number=str(minute), author=author, created=f"2020-03-24T16:0{minute}:00Z", **SEVEN)
        for minute, author in enumerate(("2", "7~2", "70000000000002", "8~2"))
    ]
    [row] = objects(run("stats --format json", b"".join(said)).stdout)
    assert (row["authors"], row["first_reply_seconds"]) == (2, 180)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="this copy comes without the samples")
def test_conversation_among_the_samples(run: Run) -> None:
    """Both of its authors are spelt in two ways."""
    sample = SAMPLES / "conversations.jsonl"
    ran = run(f"stats --format json '{sample}'")
    [row] = [row for row in objects(ran.stdout) if row["conversation_id"] == "5203"]
    assert (row["authors"], row["first_reply_seconds"]) == (2, 8876)
    own = run(f"filter -c 5203 '{sample}'").stdout
    spelt = {line["body"]["author_id"] for line in objects(own) if "author_id" in line["body"]}
    assert len(spelt) > 2
    assert own == run(f"filter -c 7~5203 '{sample}'").stdout
    assert all(re.fullmatch(r"[0-9]+(~[0-9]+)?", author) for author in spelt)
