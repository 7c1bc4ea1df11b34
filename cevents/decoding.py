"""Compressed input and UTF-16 made plain UTF-8 as it arrives, whatever the file's name says.

What an input is, its first bytes tell: gzip (RFC 1952), bzip2, xz, zstd (RFC 8878), or UTF-16
with its byte order mark. Nothing here holds more than a chunk of what comes in and of what goes
out, beside the window that a form of compression needs.
"""

from __future__ import annotations

import codecs
import itertools
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol

#: What compresses a dump more often than this is no dump: some bombs decompress to themselves.
_DEPTH = 3
#: What xz may take: xz -9 needs 65 MiB, an archive may ask for 4 GiB.
_XZ_MEMORY = 256 * 1024 * 1024


class DecodingError(Exception):
    """The compressed data ends too early or makes no sense; the text says which, and where."""


class Decompressor(Protocol):
    """What bz2, lzma and zstd call so: it reads one member (stream, frame), and no further."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


Opened = tuple[Callable[[], Decompressor], type[Exception]]


class Form(NamedTuple):
    """One form of compression. *open* gives its decompressors, and what they raise."""

    name: str
    magics: tuple[bytes, ...]
    open: Callable[[], Opened]


def decoded(chunks: Iterator[bytes], size: int, depth: int = _DEPTH) -> Iterator[bytes]:
    """Yield the bytes of *chunks* as they come, decompressed, about *size* at a time.

    Raises DecodingError behind the last byte that can be had.
    """
    head = b""
    for chunk in chunks:
        head += chunk
        if not any(magic.startswith(head) for magic in _MAGICS):
            break
    chunks = itertools.chain((head,) if head else (), chunks)
    form = next((form for form in FORMS if head.startswith(form.magics)), None)
    if form is not None and depth == 0:
        raise DecodingError(f"it is compressed more than {_DEPTH} times over")
    if form is not None:
        yield from decoded(_members(form, chunks, size), size, depth - 1)
    elif head.startswith(_UTF_16):
        yield from _utf_8(chunks)
    else:
        yield from chunks


def is_plain(head: bytes) -> bool:
    """Whether an input whose first six bytes are *head* is read as it is."""
    return not head.startswith(_MAGICS)


def _utf_8(chunks: Iterable[bytes]) -> Iterator[bytes]:
    # A surrogate without its other half becomes a byte that is not UTF-8, in its own line.
    decoder = codecs.getincrementaldecoder("utf-16")("surrogatepass")
    for chunk in chunks:
        text = decoder.decode(chunk)
        if text:
            yield text.encode(errors="surrogatepass")
    if decoder.getstate()[0]:
        raise DecodingError("its UTF-16 ends within a character")


def _members(form: Form, chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield what is in the members, one after the other; zeros between and behind them are
    padding, as gzip and xz have it."""
    try:
        new, errors = form.open()
    except ImportError:
        raise DecodingError(f"this Python was built without {form.name}") from None
    member: Decompressor | None = None
    taken = 0
    for data in chunks:
        taken += len(data)
        while True:
            if member is None:
                data = data.lstrip(b"\0")
                if not data:
                    break
                if not any(magic.startswith(data[: len(magic)]) for magic in form.magics):
                    what = f"what follows the {form.name} data at byte {taken - len(data)}"
                    raise DecodingError(f"{what} is not {form.name}")
                member = new()
            try:
                plain = member.decompress(data, size)
            except errors as error:
                reason = str(error).rpartition(": ")[2]
                reason = f"{reason[:1].lower()}{reason[1:]}, at byte {taken} or before"
                what = f"the {form.name} data cannot be decompressed"
                raise DecodingError(f"{what}: {reason}") from None
            if plain:
                yield plain
            data = b""
            if member.eof:
                data = member.unused_data
                member = None
            elif member.needs_input:
                break
    if member is not None:
        raise DecodingError(f"the {form.name} data is cut off after {taken} bytes")


class _Gunzip:
    """What zlib lacks: one member of gzip, read as the other modules read theirs.

    Where a byte makes no sense, everything before it still comes out: a wrong checksum stands
    behind all of the data, and zlib gives nothing of a piece in which it finds one.
    """

    def __init__(self) -> None:
        import zlib

        self._error = zlib.error
        self._inner = zlib.decompressobj(wbits=31)
        self._rest = b""
        self.needs_input = True

    def decompress(self, data: bytes, max_length: int) -> bytes:
        data = self._rest + data
        self._rest = b""
        while True:
            before = self._inner.copy()
            try:
                plain = self._inner.decompress(data, max_length)
            except self._error:
                if len(data) < 2:
                    raise
                half = len(data) // 2
                self._inner, data, self._rest = before, data[:half], data[half:] + self._rest
            else:
                # At its end zlib may leave the same bytes here as in unused_data.
                tail = b"" if self._inner.eof else self._inner.unconsumed_tail
                self._rest = tail + self._rest
                # Full as it is, zlib may have more in its window, though it has read all.
                self.needs_input = not self._rest and len(plain) < max_length
                return plain

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data + self._rest


def _gzip() -> Opened:
    import zlib

    return _Gunzip, zlib.error


def _bzip2() -> Opened:
    import bz2

    return bz2.BZ2Decompressor, OSError


def _xz() -> Opened:
    import lzma

    return lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _XZ_MEMORY), lzma.LZMAError


def _zstd() -> Opened:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd

    return zstd.ZstdDecompressor, zstd.ZstdError


FORMS = (
    Form("gzip", (b"\x1f\x8b",), _gzip),
    Form("bzip2", (b"BZh",), _bzip2),
    Form("xz", (b"\xfd7zXZ\0",), _xz),
    # The first frame may be one to skip, as pzstd writes it.
    Form(
        "zstd",
        (b"\x28\xb5\x2f\xfd", *(bytes((0x50 + n,)) + b"\x2a\x4d\x18" for n in range(16))),
        _zstd,
    ),
)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MAGICS = (*(magic for form in FORMS for magic in form.magics), *_UTF_16)
