"""What the commands that write events share: which piece of output is of which event, and when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

from cevents.blocks import Block, Result, Settler, Task
from cevents.events import METADATA
from cevents.explanation import explain_field
from cevents.identity import PATHS, keys
from cevents.reading import Reading, getter, read
from cevents.timestamps import instants, normalised

_EVENT_TIME = next(field for field in METADATA if field.name == "event_time")


@dataclass(frozen=True, kw_only=True)
class Writing(Task):
    """A task that writes a piece of output for each event that it chooses.

    *places*: its results tell the pieces apart, so that they can be cut short. With *sort* they
    tell the instant of each, and an event whose time cannot be read is rejected. With *dedup* the
    pieces of events that were there before are left out.
    """

    places: bool = False
    sort: bool = False
    dedup: bool = False

    def fresh(self) -> Self:
        """Return a task that can be pickled: one that was called may hold what cannot be."""
        return replace(self)

    @property
    def tells_apart(self) -> bool:
        """Whether there is to be one piece of output for each event."""
        return self.places or self.sort or self.dedup

    def read(self, block: Block, paths: tuple[str, ...]) -> Reading:
        """Read slices of *paths*, and of what else is to be known of each event."""
        more = ((_EVENT_TIME.path,) if self.sort else ()) + (PATHS if self.dedup else ())
        return read(block, tuple(sorted({*paths, *more})) if more else paths)

    def written(self, reading: Reading, chosen: list[int], pieces: list[bytes]) -> Result:
        """Return the result that writes *pieces*, one for each line in *chosen*, by index; more
        or fewer only where nobody tells them apart."""
        times: list[str] = []
        if self.sort:
            found = _instants(reading, chosen)
            if None in found:
                chosen, pieces = _placeable(reading, chosen, pieces, found)
            times = [normalised(instant) for instant in found if instant is not None]
        result = reading.result(chosen, pieces, self.tells_apart)
        result.instants = times
        if self.dedup:
            events, lines = reading.events, reading.lines
            result.keys = keys([events[i] for i in chosen], [lines[i] for i in chosen])
        return result

    def settler(self) -> Settler | None:
        """Return what leaves out the events that were there before."""
        if not self.dedup:
            return None
        seen: set[bytes] = set()

        def settle(result: Result, file: str, lines: int) -> None:
            repeats: set[int] = set()
            for index, key in enumerate(result.keys):
                if key in seen:
                    repeats.add(index)
                elif key is not None:
                    seen.add(key)
            result.keys = []
            if repeats:
                result.without_repeats(repeats)

        return settle


def _instants(reading: Reading, chosen: list[int]) -> list[str | None]:
    """Return the instants of the events *chosen*, None for each that has none."""
    get = getter(_EVENT_TIME.path)
    texts: list[Any] = [get(reading.events[index]) for index in chosen]
    timed = [text for text in texts if text.__class__ is str]
    if len(timed) == len(texts):
        return instants(timed)
    found = iter(instants(timed))
    return [next(found) if text.__class__ is str else None for text in texts]


def _placeable(
    reading: Reading, chosen: list[int], pieces: list[bytes], found: list[str | None]
) -> tuple[list[int], list[bytes]]:
    """Reject what has no instant; return the rest of *chosen* and *pieces*."""
    noted = {problem.line for problem in reading.problems if problem.path == _EVENT_TIME.path}
    for index, instant in zip(chosen, found, strict=True):
        if instant is None:
            known = index + 1 in noted
            explained = None if known else explain_field(reading.lines[index], _EVENT_TIME)
            reading.reject(index, explained)
    kept = [at for at, instant in enumerate(found) if instant is not None]
    return [chosen[at] for at in kept], [pieces[at] for at in kept] if pieces else []
