"""--dedup and --sort: dumps as the queue delivers them, put in order."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..conftest import Dump, Ran, Run, created, forwarded, message, other
from ..strategies import examples
from .cases import MISSING_TIME, OTHER_TIME_AT, TIME_AT, case, table

A = created(time="2020-03-24T16:00:00Z", request_id="r")
A_LATER = created(time="2020-03-24T16:00:01Z", request_id="r")
B = message(number="1", time="2020-03-24T10:00:00.5-06:00")
B_AGAIN = message(number="1", time="2020-03-24T16:00:00.500Z", hostname="another")
C = message(number="2", time="2020-03-24T18:00:00+01:00")
D = forwarded(time="20200324T173000Z")
E = other(time="2020-03-25T00:00:00Z")
OTHERWISE = other(time="2020-03-25T00:00:00.0Z")
NO_ID = message().replace(b',"message_id":"9"', b"")
ONE, TWO = "1 repeated event left out\n", "2 repeated events left out\n"
BAD = message(number="3", time="soon")

BAD_FOUND = (
    "1 of {} could not be used (validate checks every field):\n"
    "  bad-timestamp  1, first at <stdin>:{}:"
    + f'{TIME_AT}: metadata.event_time: "soon" is not ISO 8601\n'
)


@table(
    case("nothing comes again", "filter --dedup", A + B + C, A + B + C),
    case("a message", "filter --dedup", B + A + B_AGAIN, B + A, ONE),
    case("the first is kept", "filter --dedup", B_AGAIN + B + B, B_AGAIN, TWO),
    case("a conversation's event", "filter --dedup", A + A_LATER + A, A + A_LATER, ONE),
    case("in another account", "filter --dedup", B + message(number="1", root_account_id="8"),
         B + message(number="1", root_account_id="8")),
    case("another kind, by its line", "filter --dedup", E + OTHERWISE + E, E + OTHERWISE, ONE),
    case("without an id nothing is", "filter --dedup", NO_ID + NO_ID, NO_ID + NO_ID),
    case("without a name nothing is", "filter --dedup", other(None) * 2, other(None) * 2),
    case("the first that matches", "filter --dedup -w metadata.hostname", B + B_AGAIN, B_AGAIN),
    case("those that do not match are none", "filter --dedup -c 54", B + B_AGAIN),
    case("a limit counts what is written", "filter --dedup -n 2", B + B + C + B + D, B + C, ONE),
    case("count", "filter --dedup --count", B + B_AGAIN + C + C + E, b"3\n", TWO),
    case("count to a limit", "filter --dedup --count -n 1", B + B_AGAIN + C + C + E, b"1\n"),
    case("invert", "filter --dedup -v -c 54", B + B_AGAIN, B, ONE),
    case("bad lines are bad", "filter --dedup", b"x\nx\n" + B + B, B,
         ONE + "2 of 4 lines could not be used (validate checks every field):\n"
         "  not-json  2, first at <stdin>:1:1: unexpected character, expected a JSON value\n", 1),
    case("bad lines skipped", "filter --dedup --bad-lines skip", b"x\n" + B + B, B, ONE),
    case("bad lines stop", "filter --dedup --bad-lines stop", B + B + BAD + b"x\n" + B, B + BAD,
         ONE + "1 of 4 lines could not be used (validate checks every field):\n"
         "  not-json  1, first at <stdin>:4:1: unexpected character, expected a JSON value\n", 1),
    case("a line feed is not missed", "filter --dedup", B + C + B[:-1], B + C, ONE),
    case("convert", "convert --to utc --field event_time --dedup", B + B, B_AGAIN.replace(
         b'"hostname":"another",', b"").replace(b".500Z", b".5Z"), ONE),
    case("show", "show --dedup", C + C,
         b"2020-03-24T17:00:00Z          message           53 author 2 wrote 2\n", ONE),
    case("show, expanded", "show -x --dedup", b'{"metadata":{"event_name":"x"},"body":{}}\n' * 3,
         b'{\n  "metadata": {\n    "event_name": "x"\n  },\n  "body": {}\n}\n', TWO),
)  # fmt: skip
def test_dedup(run: Run, command: str, stdin: bytes, expected: Ran) -> None:
    """An event that was written before is left out, and how many were is said."""
    assert expected == run(command, stdin)


@table(
    case("by instant, whatever the offset", "filter --sort", E + D + C + B + A, A + B + C + D + E),
    case("the same instant stays as it was", "filter --sort", C + B_AGAIN + B, B_AGAIN + B + C),
    case("however precise", "filter --sort", B + B_AGAIN + C, B + B_AGAIN + C),
    case("to the microsecond", "filter --sort",
         other(time="2020-03-24T16:00:00.123002Z") + other(time="2020-03-24T16:00:00.123Z"),
         other(time="2020-03-24T16:00:00.123Z") + other(time="2020-03-24T16:00:00.123002Z")),
    case("on disk", "filter --sort --sort-memory 0", E + D + C + B + A, A + B + C + D + E),
    case("those that match", "filter --sort -c 53 -v", E + D + B + A, E),
    case("a limit is of what is sorted", "filter --sort -n 2", C + B + A, A + B),
    case("no limit is passed", "filter --sort -n 0", C + B + A),
    case("each once", "filter --sort --dedup", C + B + C + A + B_AGAIN, A + B + C, TWO),
    case("the first of the input is kept", "filter --sort --dedup -n 1",
         message(number="1", time="2020-03-24T18:00:00Z") + B + C, C, ONE),
    case("a line feed is given", "filter --sort", B + A[:-1], A + B),
    case("and not taken", "filter --sort", A + B[:-1], A + B[:-1]),
    case("line ends stay", "filter --sort", B[:-1] + b"\r\n" + A, A + B[:-1] + b"\r\n"),
    case("blank lines go", "filter --sort", b"\n" + B + b" \n" + A, A + B),
    case("nothing", "filter --sort", b"", b"", "0 events read: the input is empty\n"),
    case("no time, no place", "filter --sort", B + BAD + A, A + B,
         BAD_FOUND.format("3 lines", 2), 1),
    case("only what is to be written", "filter --sort -v -c 53", BAD + E, E),
    case("nor a place in a count", "filter --sort --count", B + BAD + A, b"2\n",
         BAD_FOUND.format("3 lines", 2), 1),
    case("skipped", "filter --sort --bad-lines skip", B + BAD + A, A + B),
    case("stops, and sorts what was before", "filter --sort --bad-lines stop", C + B + BAD + A,
         B + C, BAD_FOUND.format("3 lines", 3), 1),
    case("of every kind", "filter --sort", MISSING_TIME + other(time=5) + E, E,
         "2 of 3 lines could not be used (validate checks every field):\n"
         "  missing-field  1, first at <stdin>:1:13: metadata.event_time is missing\n"
         f"  wrong-type     1, first at <stdin>:2:{OTHER_TIME_AT}:"
         " metadata.event_time is a number, not a string\n", 1),
    case("said once", "filter --sort --since 2020-01-01", BAD + A, A,
         BAD_FOUND.format("2 lines", 1), 1),
    case("convert", "convert --to utc --field event_time --sort", E + B, B.replace(
         b"T10:00:00.5-06:00", b"T16:00:00.5Z") + E),
    case("convert another field", "convert --to utc --field created_at --sort", E + BAD + B,
         B.replace(b"10:55:59-06:00", b"16:55:59Z") + E, BAD_FOUND.format("3 lines", 2), 1),
    case("convert says once what it cannot", "convert --to utc --field event_time --sort", BAD + E,
         E, BAD_FOUND.format("2 lines", 1), 1),
    case("show", "show --sort -n 2", E + C + B,
         b"2020-03-24T16:00:00.5Z        message           53 author 2 wrote 1\n"
         b"2020-03-24T17:00:00Z          message           53 author 2 wrote 2\n"),
    case("show, expanded", "show -x --sort -n 1",
         E + b'{"metadata":{"event_time":"2020-03-24T16:00:00Z"},"body":{}}\n',
         b'{\n  "metadata": {\n    "event_time": "2020-03-24T16:00:00Z"\n  },\n  "body": {}\n}\n'),
    case("show without a time", "show -x --sort", BAD + b"\n", b"",
         BAD_FOUND.format("1 line", 1), 1),
)  # fmt: skip
def test_sort(run: Run, command: str, stdin: bytes, expected: Ran) -> None:
    """Events go out in order of event_time; one without is reported, for it has no place."""
    assert expected == run(command, stdin)


def test_files_are_merged(run: Run, dump: Dump) -> None:
    """Several files are one input: sorted together, the same instant in the order of the files."""
    dump(A + C, "a.jsonl")
    dump(B_AGAIN + B + D[:-1], "b.jsonl")
    status, stdout, stderr = run("filter --sort b.jsonl missing.jsonl a.jsonl")
    assert (status, stdout) == (2, A + B_AGAIN + B + C + D[:-1])
    assert stderr == "cevents: error: cannot read missing.jsonl: no such file or directory\n"
    assert run("filter --dedup --sort a.jsonl b.jsonl a.jsonl") == (
        0, A + B_AGAIN + C + D[:-1], "3 repeated events left out\n"
    )  # fmt: skip


@pytest.mark.parametrize("options", ["", "-j 2"])
def test_events_of_an_array_are_arranged(run: Run, dump: Dump, options: str) -> None:
    """Events that share a line, or take several, are left out and moved one by one."""
    lines = [C, BAD, A, C, B]
    array = b"[" + b",".join(line.strip() for line in lines) + b"]\n"
    dump(array, "array.json")
    dump(array.replace(b",{", b",\n{"), "lines.json")
    status, stdout, stderr = run(f"filter --dedup --sort {options} array.json lines.json")
    assert (status, stdout) == (1, A + B + C)
    assert "\n5 repeated events left out\n" in stderr
    assert "bad-timestamp  2, first at array.json:1:" in stderr


@pytest.mark.parametrize("size", ["0", "1", "10K", "10k", "2MB", "1GiB", "3T"])
def test_sort_memory_takes(run: Run, size: str) -> None:
    """A size is bytes, or K, M, G or T of them; however small, all are sorted."""
    assert run(f"filter --sort --sort-memory {size}", B + A) == (0, A + B, "")


@pytest.mark.parametrize("size", ["", "-1", "1.5G", "many", "5X", "K", "1KK", "٣"])
def test_sort_memory_refuses(run: Run, size: str) -> None:
    """Anything else is a usage error."""
    assert run(f"filter --sort --sort-memory '{size}'", B + A) == (
        2, b"",
        f"cevents: error: Invalid value for '--sort-memory': '{size}' is not a size,"
        " such as 512M or 2G\n  tip: try `cevents filter --help`\n",
    )  # fmt: skip


class Sent(NamedTuple):
    """An event of one kind or the other, and a number in it: of its message or conversation."""

    is_message: bool
    number: int
    time: str

    @property
    def line(self) -> bytes:
        number = str(self.number)
        build = message(number=number, time=self.time)
        return build if self.is_message else created(number, time=self.time)

    @property
    def identity(self) -> object:
        instant = SECONDS[self.time]
        if not self.is_message and instant is None:
            return object()  # never the same
        return self.is_message, self.number, None if self.is_message else instant


#: Timestamps, and the seconds by which each is after the first.
SECONDS = {
    "2020-03-24T16:00:00Z": 0,
    "2020-03-24T10:00:00.000-06:00": 0,
    "2020-W13-2T16:00Z": 0,
    "2020-03-24T21:30:00.250+05:30": 0.25,
    "20200324T160000,25Z": 0.25,
    "2020-03-24T16:00:00.250001Z": 0.250001,
    "2020-03-24t16:00:01z": 1,
    "2020-03-24T24:00:00Z": 28800,
    "2020-03-25T00:00:00+00": 28800,
    "soon": None,
}

sent = st.builds(Sent, st.booleans(), st.integers(1, 3), st.sampled_from([*SECONDS]))


@settings(
    deadline=None,
    derandomize=True,
    max_examples=examples(150),
    suppress_health_check=list(HealthCheck),
)
@given(
    events=st.lists(sent, max_size=12),
    cut=st.integers(0, 12),
    dedup=st.booleans(),
    sort=st.booleans(),
    memory=st.sampled_from(("0", "700", "2K", "1M")),
    limit=st.none() | st.integers(1, 6),
)
def test_arrangement_is_what_it_says(
    run: Run,
    dump: Dump,
    events: list[Sent],
    cut: int,
    dedup: bool,
    sort: bool,
    memory: str,
    limit: int | None,
) -> None:
    """Reject, leave out repeats, sort, cut: whatever the options and the files."""
    placed = [event for event in events if not sort or SECONDS[event.time] is not None]
    written: list[Sent] = []
    seen: set[object] = set()
    repeats = 0
    for event in placed:
        if limit == len(written) and not sort:
            break
        identity = event.identity
        if dedup and identity in seen:
            repeats += 1
        else:
            written.append(event)
        seen.add(identity)
    if sort:
        written.sort(key=lambda event: SECONDS[event.time] or 0)
    files = [events[:cut], events[cut:]]
    names = [dump(b"".join(e.line for e in part), f"{n}.jsonl") for n, part in enumerate(files)]
    options = ["--dedup"] * dedup + ["--sort"] * sort + [f"--sort-memory {memory}"]
    options += [f"-n {limit}"] if limit else []
    status, stdout, stderr = run(f"filter {' '.join((*options, *names))}")
    assert stdout == b"".join(event.line for event in written[:limit])
    assert status == int(len(placed) < len(events))
    assert stderr.startswith(f"{repeats} repeated event") if repeats else "repeated" not in stderr
