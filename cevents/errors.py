"""The exception that reaches a user, as a message and a tip; and two that end in silence."""

from __future__ import annotations


class CeventsError(Exception):
    """The job cannot be done as asked: *message* names the thing at fault, *tip* what to try."""

    def __init__(self, message: str, tip: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.tip = tip

    @classmethod
    def unreadable(cls, name: str, error: OSError) -> CeventsError:
        """Return the error for an input that the system refuses to read."""
        reason = error.strerror or str(error)
        return cls(f"cannot read {name}: {reason[0].lower()}{reason[1:]}")

    def __reduce__(self) -> tuple[type[CeventsError], tuple[str, str | None]]:
        return (CeventsError, (self.message, self.tip))


class Stopped(BaseException):
    """A signal asks the program to end: its *number*. Nothing but the process catches this."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class ClosedPipe(Exception):  # noqa: N818 - it is no error: the reader has seen enough
    """Whoever reads stdout has gone. Not an OSError: click handles those itself."""
