"""stdout: bytes written to it, and tables for people."""

from __future__ import annotations

import sys
from errno import EBADF

from cevents.errors import CeventsError, ClosedPipe
from cevents.terminal import flush, is_terminal, wants_color


class Output:
    """stdout, as bytes; each write goes out at once if *eager* or to a terminal.

    A line that had no line feed in its input gets none, unless another line follows it. That is
    unless *lines* is false.
    """

    def __init__(self, eager: bool = False, lines: bool = True) -> None:
        self._stream = sys.stdout.buffer
        self._eager = eager or is_terminal(sys.stdout)
        self._lines = lines
        self._unended = False

    def write(self, data: bytes) -> None:
        """Write *data*. Raises CeventsError where it cannot be, ClosedPipe if nobody reads."""
        if not data:
            return
        try:
            if self._unended:
                self._hand_over(b"\n")
            self._hand_over(data)
            if self._eager:
                flush(self._stream)
        except OSError as error:
            raise unwritable(error) from None
        self._unended = self._lines and not data.endswith(b"\n")

    def close(self) -> None:
        """Write out what is still held. Raises as `write`."""
        try:
            flush(self._stream)
        except OSError as error:
            raise unwritable(error) from None

    def _hand_over(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            try:
                self._stream.write(rest)
                return
            except BlockingIOError as full:  # the rest is not in its buffer
                rest = rest[full.characters_written :]
                flush(self._stream)


def unwritable(error: OSError) -> CeventsError | ClosedPipe:
    """Return the error for a standard output that cannot be written."""
    if isinstance(error, BrokenPipeError):
        return ClosedPipe()
    reason = "it is closed" if error.errno == EBADF else (error.strerror or str(error)).lower()
    return CeventsError(f"cannot write to standard output: {reason}")


def aligned(lines: list[list[str]], right: frozenset[int] = frozenset()) -> list[str]:
    """Return rows as columns, those in *right* flush right: every row one line, nothing cut."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]


def terminal_width() -> int | None:
    """Return how many columns stdout's terminal has; None if it is no terminal."""
    if not is_terminal(sys.stdout):
        return None
    import shutil

    return shutil.get_terminal_size().columns


def prose_table(lines: list[list[str]]) -> bytes:
    """Return rows of text, the first a heading; on a terminal long cells are folded, not cut."""
    if not is_terminal(sys.stdout):
        return ("\n".join(aligned(lines)) + "\n").encode()
    import io

    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    heading, *rows = lines
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for index, name in enumerate(heading):
        grid.add_column(name, overflow="fold", no_wrap=index == 0)
    for row in rows:
        grid.add_row(*map(Text, row))
    text = io.StringIO()
    console = Console(file=text, force_terminal=True, no_color=not wants_color("auto"))
    console.print(grid)
    return text.getvalue().encode()
