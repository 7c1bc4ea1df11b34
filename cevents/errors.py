"""The one exception that reaches a user, as a message and a tip, never as a traceback."""

from __future__ import annotations


class CeventsError(Exception):
    """The job cannot be done as asked: *message* names the thing at fault, *tip* what to try."""

    def __init__(self, message: str, tip: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.tip = tip

    def __reduce__(self) -> tuple[type[CeventsError], tuple[str, str | None]]:
        return (CeventsError, (self.message, self.tip))
