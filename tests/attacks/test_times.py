"""The ends of the calendar and leap seconds, in every command and zone."""

from __future__ import annotations

import pytest

from ..conftest import Run, created, forwarded, has_compiled_reader, message, other
from ..strategies import LONG

pytestmark = pytest.mark.usefixtures("reader")

TIMES = (
    "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00-12:00",
    "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59.9999999-23:59", "9999-12-31T24:00:00Z", "9999-12-31T24:00-12:00",
    "9999-12-31T23:59:60Z", "2016-12-31T23:59:60.999Z", "2016-12-31T18:59:60-05:00",
    "0000-12-31T23:59:59Z", "0001-W01-1T00:00:00+14", "9999-365T24-01", "0001-001T00,5+14",
    "2020-03-24T16:55:59.973Z", "9999-W52-5T23:59:59-12",
)  # fmt: skip
ZONES = ("America/Denver", "Pacific/Kiritimati", "Etc/GMT+12", "Africa/Monrovia")

DUMP = b"".join(
    message(time=time, created=sent, time_zone=ZONES[(i + j) % 4], number=str(100 * i + j))
    for i, time in enumerate(TIMES)
    for j, sent in enumerate(TIMES)
    if LONG or (i + j) % 6 == 0
) + b"".join(
    created(time=time, updated=sent) + forwarded(time=sent, updated=time) + other(time=time)
    for time in TIMES
    for sent in TIMES[: 6 if LONG else 1]
)

EVERYWHERE = ("utc", "local", "+23:59", "-23:59", *ZONES, "Pacific/Apia", "America/Juneau")

COMMANDS = (
    "validate", "validate --strict", "validate --strict --format json", "validate --statistics",
    "convert --to event", "convert --to utc --field +event_time", "show --tz event", "show -x",
    "filter --sort --dedup", "filter --sort --sort-memory 1", "filter --count -v",
    *(f"{command} {zone}" for zone in EVERYWHERE for command in (
        "convert --to", "convert --sort --field created_at --to", "show --tz", "stats --tz",
        "stats --format csv --tz", "stats --format json --sort first --tz",
    )),
    *(f"filter --count {option} '{time}' --tz {zone} --time-field {field}"
      for option in ("--since", "--until")
      for time in (*TIMES, "0001-01-01", "9999-12-31", "0000-01-01", "10000-01-01", "9999-W53-7",
                   "0001", "yesterday", "-9999y", "-99999999999999999999s", "-24240months")
      for zone, field in (("utc", "event_time"), ("-23:59", "created_at"),
                          ("Pacific/Kiritimati", "updated_at"))),
    *(f"filter --count -w 'metadata.event_time{op}{time}'" for time in TIMES for op in ("=", ">=")),
)  # fmt: skip


@pytest.mark.reader("any")
@pytest.mark.parametrize("part", range(8))
def test_readers_agree_at_the_ends_of_the_calendar(
    run: Run, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same stdout, stderr and status, and no exception."""
    if not has_compiled_reader():
        pytest.skip("the compiled reader is not built")
    for command in COMMANDS[part::8]:
        monkeypatch.delenv("CEVENTS_PURE", raising=False)
        compiled = run(command, DUMP)
        monkeypatch.setenv("CEVENTS_PURE", "1")
        if "yesterday" in command or "filter --count" not in command or part % 4 == 0:
            assert run(command, DUMP) == compiled, command
        assert compiled.status in (0, 1, 2)


@pytest.mark.parametrize("zone", EVERYWHERE)
def test_no_time_is_lost(run: Run, zone: str) -> None:
    """What cannot be shown in a zone stays as it was, and is reported; all else goes back."""
    line = message(time="0001-01-01T00:00:00+14:00", created="9999-12-31T23:59:59-12:00")
    status, stdout, _ = run(f"convert --to {zone}", line)
    assert stdout.count(b"\n") == 1
    assert status == 1
    assert stdout == line or b"0001-01-01T" in stdout or b"9999-12-31T" in stdout
