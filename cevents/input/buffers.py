"""Memory for blocks, used again."""

from __future__ import annotations

#: How many bytes a block is made of, about.
BLOCK_BYTES = 1024 * 1024


class Buffers:
    """Buffers to be used again: whoever is done with a block gives its data back.

    May be shared by threads.
    """

    def __init__(self, most: int = 16) -> None:
        self._most = most
        self._free: list[bytearray] = []

    def take(self, size: int) -> bytearray:
        """Return a buffer of at least *size* bytes, of any content."""
        try:
            buffer = self._free.pop()
        except IndexError:
            return bytearray(size)
        return buffer if len(buffer) >= size else bytearray(size)

    def give(self, data: bytes | bytearray) -> None:
        """Take back *data* that nobody uses any more. A buffer that had to grow is dropped."""
        is_small = len(data) <= 2 * BLOCK_BYTES
        if is_small and isinstance(data, bytearray) and len(self._free) < self._most:
            self._free.append(data)
