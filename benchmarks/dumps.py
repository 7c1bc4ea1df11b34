"""Makes seeded dumps of any size: `python benchmarks/dumps.py [--size BYTES] [--faulty SHARE]`.

The events are like those in `samples/`, about 990 bytes each: 80 % messages, 10 % conversations
created (so that 100 MB hold 10,000 conversations), 2 % forwarded, 8 % other events. 1 % of the
messages come twice. A fifth of all timestamps are not in UTC, independently of each other.
"""

# ruff: noqa: S311 - made-up data wants a seeded generator

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import NamedTuple

SEED = 20200324
CACHE = Path(tempfile.gettempdir()) / "cevents-benchmarks"
UNITS = {"K": 10**3, "M": 10**6, "G": 10**9}

MESSAGE = b"conversation_message_created"
CREATED = b"conversation_created"
FORWARDED = b"conversation_forwarded"
PATHS = {
    CREATED: b"/conversations",
    FORWARDED: b"/conversations/%d/add_recipients",
    MESSAGE: b"/conversations/%d/add_message",
}
MESSAGE_BODY = b'"author_id":"%d","conversation_id":"%d","created_at":"%b","message_id":"%d"'
OTHER_BODY = b'"conversation_id":"%d","updated_at":"%b"'
PROSE = '"<p>Ça marche&nbsp;: “naïve” ≠ naive, 日本語 too. <em>See you on Monday!</em> 🎓</p>"'
OTHERS = (
    (b"logged_in", b"/login/canvas", b'"redirect_url":"https://canvas.example.edu/"'),
    (b"grade_change", b"/gradebook", b'"submission_id":"90211","grade":"92.5","old_grade":null'),
    (b"quiz_submitted", b"/quizzes", b'"quiz_id":4711,"submission_id":90212,"due_at":null'),
    (b"discussion_entry_created", b"/entries", b'"text":' + PROSE.encode()),
)
HOSTS = (b"canvas.north.example.edu", b"learn.oxana.example.edu")
SHARDS = (7, 2107)
UUIDS = (b"mT4kVb0wQz7NfYp2RcHsLx9JgD5aUeX3iKoB6tWq", b"VicYj3cu5BIFpoZhDVU4DZumnlBrWi1grgJEzADs")
AGENTS = (
    b"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:73.0) Gecko/20100101 Firefox/73.0",
    b"Mozilla/5.0 (iPhone; CPU iPhone OS 13_3_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
)
ZONES = (  # an IANA name, its offset as it is written, and in seconds
    (b"America/Chicago", b"-06:00", -21600),
    (b"America/Phoenix", b"-07:00", -25200),
    (b"Asia/Kolkata", b"+05:30", 19800),
    (b"Australia/Darwin", b"+09:30", 34200),
    (b"Africa/Lagos", b"+01:00", 3600),
)
AUTHORS = 400  #: a multiple of the accounts; each writes for one account
OPEN_TALKS = 3000  #: how many conversations are being written to at a time
DAY = 86_400  #: seconds
SEMESTER = 120 * DAY  #: seconds, from START on
START = date(2020, 1, 13)

#: What is the same in all events of an author; %% is filled in for each event.
ENVELOPE = (
    b'{"metadata":{"root_account_uuid":"%(uuid)b","root_account_id":"%(account)d",'
    b'"root_account_lti_guid":"%(uuid)b.%(host)b","user_account_id":"%(account)d",'
    b'"user_agent":"%(agent)b","user_id":"%(user)d","user_login":"%(login)b",'
    b'"user_sis_id":%(sis)b,"time_zone":"%(zone)b",'
    b'"request_id":"%%08x-9f6f-43bb-9215-4a47%%08x","session_id":"%(session)032x",'
    b'"hostname":"%(host)b","http_method":"POST","client_ip":"198.51.100.%(octet)d",'
    b'"url":"https://%(host)b%%b","referrer":%%b,"producer":"canvas","event_name":"%%b",'
    b'"event_time":"%%b"},"body":{%%b}}\n'
)


class Author(NamedTuple):
    """Somebody who writes; *envelope* takes what differs between their events."""

    local_id: int
    envelope: bytes
    referrer: bytes
    offset: bytes
    seconds: int


def author(rng: Random, number: int) -> Author:
    """Return the *number*th author, of an account by turns."""
    school = number % len(HOSTS)
    zone, offset, seconds = rng.choice(ZONES)
    local_id = 101 + number
    values = {
        b"uuid": UUIDS[school],
        b"host": HOSTS[school],
        b"account": SHARDS[school] * 10**13 + 1,
        b"agent": rng.choice(AGENTS),
        b"user": SHARDS[school] * 10**13 + local_id,
        b"login": b"student.number%d@%b" % (number, HOSTS[school].partition(b".")[2]),
        b"sis": b"null" if number % 5 == 0 else b'"N-%d"' % (20_000 + number),
        b"zone": zone,
        b"session": rng.getrandbits(128),
        b"octet": number % 254 + 1,
    }
    referrer = b'"https://%b/conversations"' % HOSTS[school]
    return Author(local_id, ENVELOPE % values, referrer, offset, seconds)


class Clock:
    """Writes seconds since START as ISO 8601 without making a datetime of each."""

    def __init__(self) -> None:
        days = range(-2, SEMESTER // DAY + 3)
        self._days = {day: str(START + timedelta(day)).encode() for day in days}
        minutes = [b"T%02d:%02d:" % divmod(minute, 60) for minute in range(24 * 60)]
        self._times = [b"%b%02d" % (start, second) for start in minutes for second in range(60)]

    def show(self, seconds: int, fraction: bytes, offset: bytes, ahead: int) -> bytes:
        """Return an instant as a clock shows it that is *ahead* seconds ahead of UTC."""
        day, second = divmod(seconds + ahead, DAY)
        return self._days[day] + self._times[second] + fraction + offset


class Semester:
    """Makes the events of *size* bytes, in nearly the order of their times."""

    def __init__(self, size: int, seed: int) -> None:
        self.size, self.written = size, 0
        self._rng = Random(seed)
        self._show = Clock().show
        self._authors = [author(self._rng, number) for number in range(AUTHORS)]
        self._newest, self._message = OPEN_TALKS, 88_120
        self._recent: list[bytes] = []

    def __iter__(self) -> Iterator[bytes]:
        """Yield lines until the next would be too long."""
        random, bits = self._rng.random, self._rng.getrandbits
        while True:
            kind = random()
            if kind < 0.008 and len(self._recent) == 256:
                line = self._recent[bits(8)]
            elif kind < 0.8:
                line = self._event(MESSAGE)
                self._recent = [*self._recent[-255:], line] if kind < 0.1 else self._recent
            elif kind < 0.9:
                self._newest += 1
                line = self._event(CREATED)
            else:
                line = self._event(FORWARDED if kind < 0.92 else b"")
            self.written += len(line)
            if self.written > self.size:
                return
            yield line

    def _event(self, name: bytes) -> bytes:
        """Return a new event; one of the others where *name* is empty."""
        random, bits = self._rng.random, self._rng.getrandbits
        talk = self._newest
        if name is not CREATED:
            talk -= int(OPEN_TALKS * random() ** 2)
        # Those who write in one conversation are four at most, and of its account.
        who = self._authors[(talk * 14 + bits(2) * 62 + talk % 2) % AUTHORS]
        moment = int(self.written / self.size * SEMESTER) - int(random() * 90)
        time = self._stamp(moment, b".%03d" % int(random() * 1000), who)
        if not name:
            name, path, body = OTHERS[bits(2)]
        else:
            path = PATHS[name] % talk if name is not CREATED else PATHS[name]
            sent = self._stamp(moment - 1, b"", who)
            if name is MESSAGE:
                self._message += 1 + bits(2)
                body = MESSAGE_BODY % (who.local_id, talk, sent, self._message)
            else:
                body = OTHER_BODY % (talk, sent)
        referrer = b"null" if random() < 0.1 else who.referrer
        return who.envelope % (bits(32), bits(32), path, referrer, name, time, body)

    def _stamp(self, moment: int, fraction: bytes, who: Author) -> bytes:
        if self._rng.random() < 0.8:
            return self._show(moment, fraction, b"Z", 0)
        return self._show(moment, fraction, who.offset, who.seconds)


def swap(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """Return a function that puts *new* where a line has *old* first."""
    return lambda line: line.replace(old, new, 1)


#: What can befall a line; some faults are of messages only and leave others as they were.
HARMS: tuple[Callable[[bytes], bytes], ...] = (
    lambda line: line[:-75] + b"\n",
    lambda line: line[:-1] + line,
    lambda line: b"<html><head><title>502 Bad Gateway</title></head></html>\n",
    lambda line: b"[" + line[:-1] + b"]\n",
    swap(b"student.number", b"\xe9tudiant.number"),
    swap(b'"event_time"', b'"event_at"'),
    swap(b'"event_time":"2020', b'"event_time":"yesterday, 2020'),
    swap(b'"metadata":', b'"attributes":'),
    swap(b'"author_id":"', b'"author_id":"x'),
    swap(b'"message_id":"', b'"message_id":null,"was":"'),
    swap(b'"created_at":', b'"sent_at":'),
)


def harmed(lines: Iterable[bytes], share: float, seed: int) -> Iterator[bytes]:
    """Yield *lines*, a *share* of them with a fault."""
    rng = Random(seed)
    for line in lines:
        yield rng.choice(HARMS)(line) if rng.random() < share else line


def version(module: str) -> str:
    """Return a name for the present state of a module, for the names of what it makes."""
    return hashlib.sha256(Path(module).read_bytes()).hexdigest()[:8]


def made(path: Path, lines: Iterable[bytes]) -> Path:
    """Write *lines* to *path* unless it is there already; no other run sees it unfinished."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.{os.getpid()}")
        with unfinished.open("wb") as file:
            file.writelines(lines)
        unfinished.replace(path)
    return path


def dump(size: int, faulty: float = 0, seed: int = SEED, folder: Path = CACHE) -> Path:
    """Return a dump of nearly *size* bytes with a share of *faulty* lines; make it if need be."""
    events: Iterable[bytes] = Semester(size, seed)
    name = f"dump-{size}-{faulty:g}-{seed}-{version(__file__)}.jsonl"
    return made(folder / name, harmed(events, faulty, seed) if faulty else events)


def head(path: Path, size: int, count: int | None = None) -> Path:
    """Return a dump of the first lines of *path*: at most so many bytes, and so many lines."""
    short = path.with_name(f"{path.stem}-head-{count or size}.jsonl")
    return made(short, _first(path, size, count))


def _first(path: Path, size: int, count: int | None) -> Iterator[bytes]:
    with path.open("rb") as file:
        for line in islice(file, count):
            size -= len(line)
            if size < 0:
                return
            yield line


def size_of(text: str) -> int:
    """Return a number of bytes: of `1G`, 10**9."""
    return int(float(text.rstrip("KMG")) * UNITS.get(text[-1:], 1))


def main() -> None:
    """Make one dump and print where it is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--size", type=size_of, default=10**9, help="bytes, or as 100M, 1G")
    parser.add_argument("--faulty", type=float, default=0, help="share of lines, as 0.01")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--folder", type=Path, default=CACHE, help=f"default: {CACHE}")
    options = parser.parse_args()
    print(dump(options.size, options.faulty, options.seed, options.folder))


if __name__ == "__main__":
    main()
