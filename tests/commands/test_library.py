"""The package in Python: `read`, `check`, `summarize`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import cevents

from ..conftest import Dump, created, forwarded, message, other

EVENTS = message(user_login="ana") + created() + forwarded(user_id=None) + other()
ODD_LINES = message() + b"oops\n\n" + message(number="x") + created()


def test_events_are_of_their_classes(dump: Dump) -> None:
    """Each documented event is of its own class, any other an OtherEvent."""
    events = list(cevents.read(dump(EVENTS)))
    assert [type(event) for event in events] == [
        cevents.ConversationMessageCreated,
        cevents.ConversationCreated,
        cevents.ConversationForwarded,
        cevents.OtherEvent,
    ]
    names = [event.metadata.event_name for event in events]
    assert names == [
        "conversation_message_created",
        "conversation_created",
        "conversation_forwarded",
        "course_created",
    ]


def test_fields_are_those_of_the_event(dump: Dump) -> None:
    """Metadata and body have the documented fields; timestamps and ids are texts, as they came."""
    [event] = cevents.read(Path(dump(message(user_login="ana", root_account_id="7"))))
    assert isinstance(event, cevents.ConversationMessageCreated)
    assert (event.metadata.user_login, event.metadata.root_account_id) == ("ana", "7")
    assert event.metadata.event_time == "2020-03-24T16:55:59.973Z"
    assert (event.body.conversation_id, event.body.message_id) == ("53", "9")
    assert (event.body.author_id, event.body.created_at) == ("2", "2020-03-24T10:55:59-06:00")


def test_events_with_problems_are_told(dump: Dump) -> None:
    """A line with problems is no event; each problem has its file, line, column and code."""
    problems: list[tuple[str, int, str, str | None]] = []

    def tell(file: str, problem: cevents.Problem) -> None:
        problems.append((file, problem.line, problem.code, problem.path))

    name = dump(ODD_LINES)
    assert len(list(cevents.read(name, tell))) == 2
    assert problems == [
        (name, 2, "not-json", None),
        (name, 4, "bad-id", "body.message_id"),
    ]


def read_all(path: str) -> None:
    assert len(list(cevents.read(path))) == 1


def summarize_all(path: str) -> None:
    assert len(list(cevents.summarize(path).rows())) == 1


@pytest.mark.parametrize("taken", [read_all, summarize_all])
def test_problems_are_warnings_unless_told(dump: Dump, taken: Callable[[str], None]) -> None:
    """Where no function takes them, problems are warnings that name the place."""
    name = dump(message() + b"oops\n")
    with pytest.warns(UserWarning, match=r"^dump\.jsonl:2:1: not-json: ") as warned:
        taken(name)
    assert len(warned) == 1


@pytest.mark.parametrize("taken", [read_all, summarize_all])
def test_file_that_is_not_there(dump: Dump, taken: Callable[[str], None]) -> None:
    """A file that cannot be read raises a CeventsError that says which and why."""
    dump(b"")
    error = r"^cannot read missing\.jsonl: no such file or directory$"
    with pytest.raises(cevents.CeventsError, match=error):
        taken("missing.jsonl")


@pytest.mark.parametrize(
    ("line", "codes", "strict"),
    [
        (message(), [], []),
        (message().decode(), [], []),
        (message(colour="blue"), [], ["unknown-field"]),
        (message(number="x", author=2), ["wrong-type", "bad-id"], ["wrong-type", "bad-id"]),
        (b"", ["not-json"], ["not-json"]),
        ("{}", ["missing-field", "missing-field"], ["missing-field", "missing-field"]),
        ('"\ud800"', ["not-utf8"], ["not-utf8"]),
    ],
    ids=["bytes", "text", "a warning", "errors", "nothing", "no fields", "a lone surrogate"],
)
def test_check(line: bytes | str, codes: list[str], strict: list[str]) -> None:
    """Everything that is wrong with a line is returned in its order; strict adds warnings."""
    assert [problem.code for problem in cevents.check(line)] == codes
    assert [problem.code for problem in cevents.check(line, strict=True)] == strict


def test_summary_has_a_row_a_conversation(dump: Dump) -> None:
    """The rows are those of `stats`, the busiest first."""
    time = "2020-03-24T16:00:00Z"
    lines = (
        created("54", time=time)
        + message(number="1", author="2", created=time, time=time)
        + message(number="2", author="3", created="2020-03-24T16:05:00Z", time=time)
        + message(number="2", author="3", created="2020-03-24T16:05:00Z", time=time)
    )
    rows = list(cevents.summarize([dump(lines, "a.jsonl"), dump(other(), "b.jsonl")]).rows())
    assert [(row.conversation_id, row.events, row.messages, row.redelivered) for row in rows] == [
        ("53", 3, 2, 1),
        ("54", 1, 0, 0),
    ]
    assert [(row.authors, str(row.first_reply_seconds)) for row in rows] == [
        (2, "300"),
        (0, "None"),
    ]


def test_folder(prefix: Path) -> None:
    """Folders and compressed files are read too."""
    assert len(list(cevents.read("bucket"))) == 4
    assert len(list(cevents.summarize(["bucket/2020", "bucket/notes.jsonl"]).rows())) == 4


def test_no_other_attribute() -> None:
    """What the package does not have is an AttributeError, as of any module."""
    with pytest.raises(AttributeError, match=r"^module 'cevents' has no attribute 'nothing'$"):
        cevents.nothing  # noqa: B018
