"""Names of zones that are paths or nonsense, and a computer whose rules of zones are damaged."""

from __future__ import annotations

import json
import os
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, reset_tzpath

import pytest

from cevents.canvas import zones

from ..conftest import Run, message

pytestmark = pytest.mark.usefixtures("reader")

NO_ZONES = (
    "", " ", ".", "..", "/", "~", "-", "%s", "America", "America/", "America//Denver",
    "./America/Denver", "America/../UTC", "../../etc/passwd", "/etc/passwd",
    "/usr/share/zoneinfo/UTC", "America/Denver\0", "\0", "\n", "UTC\n", " UTC", "\x1b[2J",
    "\u202e", "é", "America\\Denver", "C:\\windows", "nul", "__init__.py", "tzdata.zi", "zone.tab",
    "localtime", "posixrules", "posix/UTC", "right/UTC", "right/America/Denver",
    "a" * 1000, "a/" * 5000, "A" * 100_000,
)  # fmt: skip

TIMES = ("2020-03-24T16:55:59.973Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z")


@pytest.mark.parametrize("name", NO_ZONES, ids=lambda name: ascii(name[:20]))
def test_an_event_that_names_no_zone(run: Run, name: str) -> None:
    """Every command says so, or takes UTC, and opens no file outside the zone database."""
    line = message(time_zone=name)
    shown = json.dumps(name if len(name) <= 60 else name[:59] + "…", ensure_ascii=False)
    shown = shown.replace("\u202e", "\\u202e")
    status, stdout, _ = run("validate --strict", line)
    assert (status, stdout.decode()) == (
        1,
        f"<stdin>:1:{line.index(b'time_zone') + 12}: unknown-zone:"
        f" {shown} is not an IANA time zone\n",
    )
    status, stdout, stderr = run("convert --to event", line)
    assert (status, stdout) == (1, line)
    assert "unknown-zone" in stderr
    status, stdout, _ = run("show --tz event", line)
    assert (status, stdout[:25]) == (0, b"2020-03-24T16:55:59.973Z ")


@pytest.mark.parametrize("command", ["convert --to", "show --tz", "stats --tz", "filter --tz"])
@pytest.mark.parametrize("name", [name for name in NO_ZONES if "\0" not in name][:-1], ids=ascii)
@pytest.mark.reader("any")
def test_a_person_who_names_no_zone(run: Run, command: str, name: str) -> None:
    """It is an error of one line, and a tip."""
    status, stdout, stderr = run(f"{command} '{name}'", message())
    assert (status, stdout) == (2, b"")
    assert stderr.startswith("cevents: error: Invalid value for '--t")
    assert ": unknown time zone " in stderr
    assert stderr.count("\n") == 2


def test_what_is_remembered_of_names_is_bounded(run: Run) -> None:
    """A name that is long is not kept: each could be as long as a line."""
    before = zones._is_zone.cache_info().currsize
    run("validate --strict", b"".join(message(time_zone="Z" * (200 + n)) for n in range(20)))
    assert zones._is_zone.cache_info().currsize == before


def _file(offset: int, footer: bytes = b"", indexes: bytes = b"\0\1") -> bytes:
    """Return a file of rules (RFC 8536): UTC until 1970, and *offset* seconds from then on."""
    header = b"TZif2" + bytes(15) + struct.pack(">6l", 0, 0, 0, 0, 1, 4)
    header += struct.pack(">lBB", 0, 0, 0) + b"UTC\0"
    data = b"TZif2" + bytes(15) + struct.pack(">6l", 0, 0, 0, 2, 2, 4)
    data += struct.pack(">2q", -(2**40), 0) + indexes
    data += b"".join(struct.pack(">lBB", shift, 0, 0) for shift in (0, offset)) + b"UTC\0"
    return header + data + b"\n" + footer + b"\n"


_WHOLE = _file(3600)

#: Files that hold no rules, and of which Python says so in its own ways.
DAMAGED = {
    "Empty": b"",
    "Text": b"hello\n",
    "Zeros": bytes(1000),
    "Magic": b"TZif",
    "Header": _WHOLE[:40],
    "Half": _WHOLE[: len(_WHOLE) // 2],
    "Negative": b"TZif2" + bytes(15) + struct.pack(">6l", *[-1] * 6) + bytes(100),
    "Enormous": b"TZif2" + bytes(15) + struct.pack(">6l", *[2**31 - 1] * 6) + bytes(100),
    "Index": _file(0, indexes=b"\7\7"),
    "Footer": _file(0, b"garbage<<>>,,"),
    "Days": _file(0, b"A9B,M13.9.9,M99.9.9/999"),
    "Latin": _file(0, b"\xff\xff"),
}  # fmt: skip
#: Files whose rules no clock can follow.
WILD = {
    "Day": _file(86_400),
    "More": _file(90_000),
    "Most": _file(2**31 - 1),
    "Least": _file(-(2**31)),
}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[None]:
    """Have a folder of such files in the place of the zone database."""
    for name, data in (DAMAGED | WILD).items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "Folder").mkdir()
    (tmp_path / "Loop").symlink_to("Loop")
    before = TZPATH
    reset_tzpath([str(tmp_path)])
    for cached in (zones.zone, zones._is_zone):
        cached.cache_clear()
    yield
    reset_tzpath(before)
    ZoneInfo.clear_cache()
    for cached in (zones.zone, zones._is_zone):
        cached.cache_clear()


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("name", [*DAMAGED, "Folder", "Loop"])
def test_damaged_rules(run: Run, name: str) -> None:
    """A zone whose file makes no sense is no zone."""
    lines = b"".join(message(time_zone=name, time=time) for time in TIMES)
    assert run("convert --to event", lines)[:2] == (1, lines)
    assert run("validate --strict --statistics", lines).stdout.count(b"unknown-zone  3\n") == 1
    status, _, stderr = run(f"show --tz {name}", lines)
    assert status == 2
    assert f'unknown time zone "{name}": ' in stderr


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("name", WILD)
def test_rules_of_a_day_or_more(run: Run, name: str) -> None:
    """An offset of a day or more is an error, whichever command meets it."""
    lines = b"".join(message(time_zone=name, time=time, created=TIMES[0][:-1] + "+01:00")
                     for time in TIMES)  # fmt: skip
    for command in (f"convert --to {name}", "convert --to event", f"show --tz {name}",
                    f"stats --tz {name}", f"stats --format csv --tz {name}",
                    "validate --strict", f"filter --since yesterday --tz {name}"):  # fmt: skip
        status, _, stderr = run(command, lines)
        assert status == 2
        assert f'cevents: error: the time zone "{name}" has an offset of a day or more\n' in stderr


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of Windows is not in TZ")
@pytest.mark.parametrize("tz", ["XXX24", "XXX-24", "AAA-167", "XXX23:59:59"])
def test_this_computer_is_a_day_off(run: Run, tz: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The zone of this computer may have such an offset, too."""
    monkeypatch.setenv("TZ", tz)
    time.tzset()
    try:
        for command in ("convert --to local", "show --tz local", "stats --tz local",
                        "filter --since 2020-01-01 --tz local"):  # fmt: skip
            status, _, stderr = run(command, message())
            assert status == 2
            assert 'error: the time zone "local" has an offset of a day or more\n' in stderr
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of Windows is not in TZ")
@pytest.mark.parametrize(
    "tz", ["", ":", "../../etc/passwd", "/etc/passwd", ":/dev/null", "A", "a" * 5000, "\x1b[2J",
           "X23:59", "X-23:59", "X0Y,0/167,365/-167", "X5Y,J1,J400", "\udcff", "right/UTC"],
    ids=lambda tz: ascii(tz[:20]),
)  # fmt: skip
def test_odd_values_of_tz(run: Run, tz: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the C library makes of TZ: the instants stay, and no other byte changes."""
    line = message()
    monkeypatch.setitem(os.environ, "TZ", tz)
    time.tzset()
    try:
        status, stdout, stderr = run("convert --to local", line)
        assert (status, stderr) == (0, "")
        assert run("convert --to utc", stdout).stdout == run("convert --to utc", line).stdout
    finally:
        monkeypatch.undo()
        time.tzset()
