"""What stdout is, asked in one place: a terminal decides colour and flushing, not the format."""

from __future__ import annotations

import os
import sys
from typing import Any, Literal

Color = Literal["auto", "always", "never"]


def wants_color(color: Color) -> bool:
    """Whether to colour stdout: --color, then NO_COLOR, then FORCE_COLOR, then the terminal."""
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return is_terminal(sys.stdout) and os.environ.get("TERM") != "dumb"


def is_terminal(stream: Any) -> bool:
    """Whether *stream* is open and a terminal."""
    return stream is not None and not stream.closed and bool(stream.isatty())
