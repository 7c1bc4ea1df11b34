"""The inputs of the tasks, each made when it is first asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import dumps
import layouts
import peers
import variants
from measure import run

HEAD = 10**8  #: bytes of the dump that slow peers are given; their ratios are per byte
SHOWN = 100_000  #: events for `show --expand`


@dataclass(frozen=True)
class Inputs:
    """Dumps of *size* bytes, in *folder*."""

    size: int
    folder: Path

    @cached_property
    def plain(self) -> Path:
        return dumps.dump(self.size, folder=self.folder)

    @cached_property
    def faulty(self) -> Path:
        """A dump of which 1 % of the lines have a fault."""
        return dumps.dump(self.size, 0.01, folder=self.folder)

    @cached_property
    def head(self) -> Path:
        return dumps.head(self.plain, HEAD)

    @cached_property
    def quarter(self) -> Path:
        return dumps.head(self.plain, self.size // 4)

    @cached_property
    def shown(self) -> Path:
        return dumps.head(self.plain, self.size, SHOWN)

    @cached_property
    def three(self) -> Path:
        """Three lines."""
        return dumps.head(self.plain, self.size, 3)

    def variant(self, name: str) -> Path:
        return variants.variant(name, self.plain)

    def layout(self, name: str) -> Path:
        return layouts.layout(name, self.plain)

    def objects(self, is_glued: bool) -> Path:
        return layouts.objects(self.plain, is_glued)

    @cached_property
    def schema(self) -> Path:
        """The JSON Schema of the documented events, from cevents."""
        path = self.folder / "schema.json"
        run([peers.cevents(), "schema", "--format", "json"], path)
        return path

    @cached_property
    def conversation(self) -> str:
        """The id of a conversation in the middle of the plain dump."""
        with self.plain.open("rb") as file:
            file.seek(self.plain.stat().st_size // 2)
            found = re.search(rb'"conversation_id":"(\d+)","created_at', file.read(100_000))
        if found is None:
            raise ValueError("no message in the middle of the dump")
        return found[1].decode()
