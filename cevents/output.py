"""stdout: bytes written to it, and tables for people."""

from __future__ import annotations

import sys
from typing import Literal

from cevents.errors import CeventsError, ClosedPipe
from cevents.terminal import is_terminal, wants_color


class Output:
    """stdout, as bytes; each write goes out at once if *eager* or to a terminal.

    A line that had no line feed in its input gets none, unless another line follows it.
    """

    def __init__(self, eager: bool = False) -> None:
        if sys.stdout is None:
            raise CeventsError("cannot write: standard output is closed")
        self._stream = sys.stdout.buffer
        self._eager = eager or is_terminal(sys.stdout)
        self._unended = False

    def write(self, data: bytes) -> None:
        """Write *data*. Raises CeventsError where it cannot be, ClosedPipe if nobody reads."""
        if not data:
            return
        try:
            if self._unended:
                self._stream.write(b"\n")
            self._stream.write(data)
            if self._eager:
                self._stream.flush()
        except OSError as error:
            raise _unwritable(error) from None
        self._unended = not data.endswith(b"\n")

    def close(self) -> None:
        """Write out what is still held. Raises as `write`."""
        try:
            self._stream.flush()
        except OSError as error:
            raise _unwritable(error) from None


def _unwritable(error: OSError) -> Exception:
    if isinstance(error, BrokenPipeError):
        return ClosedPipe()
    reason = (error.strerror or str(error)).lower()
    return CeventsError(f"cannot write to standard output: {reason}")


_FITS = 1000


def table(lines: list[list[str]], right: set[int], total: bool = False) -> bytes:
    """Return rows as columns, the first row a heading, the last the *total*.

    On a terminal wide cells are folded, never cut; elsewhere every row is one line.
    """
    if is_terminal(sys.stdout) and len(lines) < _FITS:
        return _terminal_table(lines, right, total)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = []
    for line in lines:
        cells = (
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        text.append("  ".join(cells).rstrip())
    return ("\n".join(text) + "\n").encode()


def _terminal_table(lines: list[list[str]], right: set[int], total: bool) -> bytes:
    import io

    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    heading, *rows = lines
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, show_footer=total)
    footer = rows.pop() if total else [""] * len(heading)
    for index, (name, sum_) in enumerate(zip(heading, footer, strict=True)):
        justify: Literal["left", "right"] = "right" if index in right else "left"
        grid.add_column(name, footer=sum_, justify=justify, overflow="fold", no_wrap=index == 0)
    for row in rows:
        grid.add_row(*map(Text, row))
    text = io.StringIO()
    console = Console(file=text, force_terminal=True, no_color=not wants_color("auto"))
    console.print(grid)
    return text.getvalue().encode()
