"""Whole commands over samples in which some bytes were changed: both readers say the same."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ..conftest import Run, has_compiled_reader
from ..strategies import examples

pytestmark = pytest.mark.usefixtures("reader")

SAMPLES = Path(__file__).resolve().parent.parent.parent / "samples"
FILES = sorted(
    path for path in SAMPLES.rglob("*") if path.is_file() and path.suffix not in (".py", ".md")
)

COMMANDS = (
    "validate", "validate --strict", "validate --strict --format json",
    "validate --strict --format github", "validate --statistics --format json",
    "validate --input ndjson", "validate --input json --strict",
    "filter", "filter --sort --dedup", "filter -v -c 5229 -a 131", "filter --count -u 7~123",
    "filter --since 2020-03-05 --until 2020-03-09T12:00+01:00 --time-field created_at",
    "filter -w body.author_id>131 -w metadata.user_login!=x",
    "filter -w metadata.url~=add_(message|recipients) -w metadata.event_time>=2020-03-05T00Z",
    "filter -e conversation_created,logged_in --assume-valid", "filter --max-line-bytes 900",
    "filter --sort --sort-memory 10K", "filter --bad-lines stop", "filter -n 3 --dedup",
    "stats", "stats --format json --tz Asia/Kathmandu", "stats --format csv --sort last --reverse",
    "convert --to Australia/Lord_Howe", "convert --to event --dedup",
    "convert --to utc --field +url", "convert --to -03:30 --field created_at --sort",
    "show", "show -x --color always", "show --tz event", "show --sort --tz America/Denver",
    "show -x --dedup", "restore",
)  # fmt: skip

#: What may stand where it harms, in a piece.
PIECES = (
    b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"\n", b"\r", b"\r\n", b"\0", b"\xff",
    b"\xed\xa0\x80",
    b"\x1e", b"\xef\xbb\xbf", b"\\u0000", b"\\ud800", b"\\u0061", b'""', b"{}", b"[]", b"null",
    b"1e999", b"-0", b"9" * 30, b"~", b"7~", b"+14:00", b"-23:59", b":60Z", b"T24:00",
    b"0001-01-01T",
    b"9999-12-31T23:59:59", b'"metadata":', b'"body":{', b'{"Records":[', b'"time_zone":"../x",',
    b'"time_zone":"Pacific/Apia",', b"\xe2\x80\xae", b"\x1b[2J", b" " * 9, b"eyJ9.e30.",
    b"{\"Message\":\"",
)  # fmt: skip


def mutated(chance: random.Random) -> bytes:
    """Return some lines of a sample, damaged in a few places."""
    data = chance.choice(FILES).read_bytes()
    lines = data.splitlines(keepends=True)
    if len(lines) > 8:
        start = chance.randrange(len(lines) - 4)
        data = b"".join(lines[start : start + chance.randint(1, 6)])
    damaged = bytearray(data[:20_000])
    for _ in range(chance.choice((0, 1, 1, 2, 3, 8))):
        at = chance.randrange(len(damaged) + 1)
        end = at + chance.choice((0, 0, 1, 1, 2, 7, 60))
        what = chance.randrange(6)
        if what == 0:
            damaged[at:end] = b""
        elif what == 1:
            damaged[at:end] = chance.choice(PIECES)
        elif what == 2:
            damaged[at:end] = bytes([chance.randrange(256)])
        elif what == 3:
            other = chance.randrange(len(damaged) + 1)
            damaged[at:at] = damaged[other : other + chance.choice((1, 10, 100, 1000))]
        elif what == 4:
            damaged[at:] = damaged[at : at + chance.choice((1, 10, 100))]
        elif damaged:
            damaged[at % len(damaged)] ^= 1 << chance.randrange(8)
    return bytes(damaged)


@pytest.mark.reader("any")
@pytest.mark.parametrize("seed", range(16))
def test_readers_agree_on_damaged_samples(
    run: Run, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same stdout, stderr and status; a status that is documented; no exception."""
    if not has_compiled_reader():
        pytest.skip("the compiled reader is not built")
    chance = random.Random(seed)
    for _ in range(examples(4000) // 16):
        data, command = mutated(chance), chance.choice(COMMANDS)
        monkeypatch.delenv("CEVENTS_PURE", raising=False)
        compiled = run(command, data)
        monkeypatch.setenv("CEVENTS_PURE", "1")
        assert run(command, data) == compiled, (command, data)
        assert compiled.status in (0, 1, 2)
