"""Follows a stream for an hour, with faults: `python benchmarks/soak.py [--minutes 60] [--seed N]`.

Three files grow by events and bad lines, in pieces cut anywhere; they are renamed, emptied,
deleted, replaced by a folder, and end without a line feed. `validate`, `filter` and `show` follow
them all the time. Then Ctrl-C ends each, and what it has written is held against what was written:
every event once, every bad line counted, and the memory at the end that of the beginning.
"""

# ruff: noqa: S311, S603 - made-up data wants a seeded generator; what runs is the program itself

from __future__ import annotations

import argparse
import re
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory

from report import table

LINE = (
    b'{"metadata":{"root_account_id":"70000000000001",'
    b'"event_name":"conversation_message_created","event_time":"2020-03-24T16:55:59.973Z"},'
    b'"body":{"author_id":"131","conversation_id":"5229","created_at":"2020-03-24T16:55:59Z",'
    b'"message_id":"%d"}}'
)
#: None that would say, as the first line, that the events are not one a line.
BAD_LINES = (b"{", b"oops", b'{"metadata":"\xff"}', b"[1,]", b"53", b'{"metadata":{}}', b"\0" * 9)
COMMANDS = {
    "validate": ("validate", "--max-findings", "0"),
    "filter": ("filter", "--rejects", "rejects.ndjson"),
    "show": ("show",),
}
NUMBER = {"filter": re.compile(rb'"message_id":"(\d+)"'), "show": re.compile(rb"wrote (\d+)$")}
FILES = ("a.jsonl", "b.jsonl", "c.jsonl")
QUIET = 2.5  #: seconds in which every follower has surely read what there is
BREATH = 0.05  #: seconds between two pieces
SAMPLE = 10.0  #: seconds between two looks at the memory


class Stream:
    """One file that is written to, and what is in it by now."""

    def __init__(self, path: Path, rng: Random, numbers: Callable[[], int]) -> None:
        self.path, self._rng, self._numbers = path, rng, numbers
        self.events = self.bad = 0
        self.fates: Counter[str] = Counter()

    def write(self) -> None:
        """Write some lines, cut into two pieces anywhere."""
        lines = [self._line() for _ in range(self._rng.randrange(1, 40))]
        data = b"".join(line + b"\n" for line in lines)
        cut = self._rng.randrange(len(data))
        for piece in (data[:cut], data[cut:]):
            self._append(piece)
            time.sleep(BREATH)

    def meet(self) -> None:
        """Let something happen to the file; half of the times its last line has no end."""
        end = b"\n" if self._rng.random() < 0.5 else b""
        self._append(self._line() + end)
        fate = self._rng.choice(("rename", "empty", "delete", "become a folder"))
        self.fates[fate] += 1
        if fate == "rename":
            old = self.path.rename(self.path.with_suffix(".1"))
            self.path.touch()
            between = b"" if end else b"\n"
            self._append(between + self._line() + b"\n", old)  # its writer still has it open
            return
        time.sleep(QUIET)  # what nobody has read by now is lost with the file
        if fate == "empty":
            self.path.write_bytes(b"")
            return
        self.path.unlink()
        if fate == "become a folder":
            self.path.mkdir()
            time.sleep(QUIET)
            self.path.rmdir()

    def _append(self, data: bytes, path: Path | None = None) -> None:
        with (path or self.path).open("ab") as stream:
            stream.write(data)

    def _line(self) -> bytes:
        if self._rng.random() < 0.01:
            self.bad += 1
            return self._rng.choice(BAD_LINES)
        self.events += 1
        return LINE % self._numbers()


class Follower:
    """A command that follows the files: what it writes, and its memory."""

    def __init__(self, name: str, folder: Path) -> None:
        command = [sys.executable, "-m", "cevents", *COMMANDS[name], "--follow", *FILES]
        self._errors = (folder / f"{name}.err").open("w+b")
        self._process = Popen(command, cwd=folder, stdout=PIPE, stderr=self._errors)
        self._numbers = NUMBER.get(name)
        self.seen: Counter[int] = Counter()
        self.memory: list[int] = []
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            if self._numbers:
                found = self._numbers.search(line.rstrip())
                self.seen[int(found[1]) if found else -1] += 1

    def look(self) -> None:
        """Note how much memory it takes, in KiB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        self.memory.append(int(status.partition("VmRSS:")[2].split()[0]))

    def ended(self) -> tuple[int, str]:
        """Interrupt it; return its status and what it has said."""
        self._process.send_signal(signal.SIGINT)
        status = self._process.wait()
        self._reading.join()
        self._errors.seek(0)
        return status, self._errors.read().decode()


def soak(minutes: float, seed: int, folder: Path) -> tuple[list[Stream], dict[str, Follower]]:
    """Write and follow for so many minutes."""
    counter = iter(range(sys.maxsize))
    rng = Random(seed)
    numbers = threading.Lock()

    def number() -> int:
        with numbers:
            return next(counter)

    streams = [Stream(folder / name, Random(rng.random()), number) for name in FILES]
    followers = {name: Follower(name, folder) for name in COMMANDS}
    end = time.monotonic() + 60 * minutes

    def live(stream: Stream, rng: Random) -> None:
        while time.monotonic() < end:
            for _ in range(rng.randrange(2, 60)):
                stream.write()
            stream.meet()

    threads = [threading.Thread(target=live, args=(one, Random(rng.random()))) for one in streams]
    for thread in threads:
        thread.start()
    print(f"until {time.strftime('%H:%M', time.localtime(time.time() + 60 * minutes))}", flush=True)
    while any(thread.is_alive() for thread in threads):
        time.sleep(min(SAMPLE, 6 * minutes))
        for follower in followers.values():
            follower.look()
    time.sleep(QUIET)
    return streams, followers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=20200324)
    given = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
    with TemporaryDirectory() as name:
        folder = Path(name)
        streams, followers = soak(given.minutes, given.seed, folder)
        events, bad = (sum(getattr(one, what) for one in streams) for what in ("events", "bad"))
        fates = sum((one.fates for one in streams), Counter())
        print(f"{events} events and {bad} bad lines; files {dict(sorted(fates.items()))}")
        rows, faults = [], []
        for name, follower in followers.items():
            status, said = follower.ended()
            if status != 130:
                faults.append(f"{name} ended with {status}")
            expected = f"{events + bad} events read: {events} valid, {bad} with errors"
            if name != "validate":
                expected = f"{bad} of {events + bad} lines could not be used"
                lost, again = events - len(follower.seen), follower.seen.total() - events
                if lost or again or -1 in follower.seen:
                    faults.append(f"{name} lost {lost} events, and wrote {again} too many")
            if expected not in said:
                faults.append(f"{name} said {said[-500:]!r}, not {expected!r}")
            first, *_, last = follower.memory[len(follower.memory) // 10 :]
            if last > 1.1 * first:
                faults.append(f"{name} grew from {first} to {last} KiB")
            rows.append([name, f"{first / 1024:.1f}", f"{max(follower.memory) / 1024:.1f}",
                         f"{last / 1024:.1f}"])  # fmt: skip
        rejects = (folder / "rejects.ndjson").read_bytes().count(b"\n")
        if rejects != bad:
            faults.append(f"--rejects has {rejects} lines, not {bad}")
    print(table(["command", "MiB after a tenth", "most", "at the end"], rows))
    print("\n".join(faults) or "every event once, every bad line counted, memory flat")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
