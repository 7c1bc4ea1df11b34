"""Which of the two readers is in use."""

from __future__ import annotations

import os
from typing import Any

_native: Any
try:
    from cevents.scan import _native  # type: ignore[attr-defined, no-redef]
except ImportError:  # no compiler was there when it was installed
    _native = None


def native() -> Any:
    """Return the compiled reader; None if it was not built, or if CEVENTS_PURE=1 is set."""
    return None if os.environ.get("CEVENTS_PURE") == "1" else _native


def reader_name() -> str:
    """Return the name of the reader in use: `compiled reader, avx512`, or `Python reader`."""
    reader = native()
    return f"compiled reader, {reader.variant()}" if reader else "Python reader"
