"""What a scan looks for: data made from the declaration of the events."""

from __future__ import annotations

from typing import NamedTuple

from cevents.canvas.events import FIELDS, Kind


class Plan(NamedTuple):
    """The fields that a task wants, and how closely a text is looked at.

    *wanted* are paths of two parts, such as `body.message_id`, documented or not; those of them in
    *times* are read as timestamps though they are not documented as such. An event that lacks a
    field in *needs*, though its schema has it, is left to the reference, so that all other rows
    hold it. A plan that is *judged* takes only texts that are valid by the documented schema. One
    that is *strict* also refuses a key that is not documented, a key that is there twice, an id
    that looks rounded, and a request that may be of another conversation than the body.
    """

    wanted: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    judged: bool = False
    strict: bool = False

    def kind_of(self, path: str) -> Kind | None:
        """Return the kind of value that is read at *path*; None for any value."""
        field = FIELDS.get(path)
        return "timestamp" if path in self.times else field.kind if field else None
