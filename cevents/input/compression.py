"""Compressed input and UTF-16 turned into plain UTF-8 as it arrives, whatever the file's name.

The first bytes tell what an input is: gzip (RFC 1952), bzip2, xz, zstd (RFC 8878), or UTF-16 with
its byte order mark. Memory stays small: a chunk of what comes in, a chunk of what goes out, and
the window that the form of compression needs.
"""

from __future__ import annotations

import codecs
import itertools
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol

#: How many times over an input may be compressed. Some bombs decompress to themselves.
MOST_LAYERS = 3
#: What xz may take: xz -9 needs 65 MiB, an archive may ask for 4 GiB.
_XZ_MEMORY = 256 * 1024 * 1024
#: Where gzip's header has its flags, and their value if every defined one is set.
_FLAGS, _LAST_FLAGS = 3, 0x1F
#: How many bytes tell whether an input is compressed.
MAGIC_BYTES = 6


#: How many bytes a new member is given first, and then twice as many each time: those behind its
#: end are copied, which must not be many where members are small.
_FIRST_STEP = 512
_ZEROS = re.compile(rb"\0*+")


class DecodingError(Exception):
    """The compressed data ends too early or makes no sense; the text says which, and where."""


class Decompressor(Protocol):
    """Reads one member (stream, frame) and no further. bz2, lzma, zstd and isal have this form."""

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


def decoded(
    chunks: Iterator[bytes],
    size: int,
    again: Callable[[], Iterator[bytes]] | None = None,
    layers: int = MOST_LAYERS,
) -> Iterator[bytes]:
    """Yield the bytes of *chunks* as they come, decompressed, at most *size* at a time.

    *again* gives the chunks once more from the start, where the input can be read twice. An empty
    chunk says that nothing has come yet, and is yielded as such. Raises DecodingError after the
    last byte that could be decoded.
    """
    head = b""
    for chunk in chunks:
        head += chunk
        if not is_undecided(head):
            break
        if not chunk:
            yield b""
    chunks = itertools.chain((head,) if head else (), chunks)
    form = next((form for form in FORMS if head.startswith(form.magics)), None)
    if form is not None:
        if layers == 0:
            raise DecodingError(f"it is compressed more than {MOST_LAYERS} times over")
        if form is GZIP and again is not None and _isal() is not None:
            plain = _fast_gunzip(chunks, size, again)
        else:
            plain = _members(form, chunks, size)
        yield from decoded(plain, size, layers=layers - 1)
    elif head.startswith(_UTF_16):
        yield from _utf_8(chunks)
    else:
        yield from chunks


def is_plain(head: bytes) -> bool:
    """Whether an input whose first MAGIC_BYTES bytes are *head* is read as it is."""
    return not head.startswith(_MAGICS)


def is_undecided(head: bytes) -> bool:
    """Whether it takes more bytes than *head* to tell if an input is compressed."""
    return any(magic.startswith(head) for magic in _MAGICS)


def _utf_8(chunks: Iterable[bytes]) -> Iterator[bytes]:
    # A surrogate without its other half becomes bytes that are not UTF-8, in its own line.
    decoder = codecs.getincrementaldecoder("utf-16")("surrogatepass")
    for chunk in chunks:
        text = decoder.decode(chunk)
        if text or not chunk:
            yield text.encode(errors="surrogatepass")
    if decoder.getstate()[0]:
        raise DecodingError("its UTF-16 ends within a character")


def _fast_gunzip(
    chunks: Iterable[bytes], size: int, again: Callable[[], Iterator[bytes]]
) -> Iterator[bytes]:
    """Decompress gzip with isal, which takes a quarter of zlib's time.

    Where data is damaged or cut off, isal gives fewer of the bytes before that place than zlib.
    Then zlib starts over, and what was given already is passed over. (Where a code makes no sense,
    isal sees it later and may have given bytes that zlib would not.)
    """
    given = 0
    try:
        for plain in _members(_FAST_GZIP, chunks, size):
            yield plain
            given += len(plain)
    except DecodingError:
        pass
    else:
        return
    for plain in _members(GZIP, again(), size):
        if given < len(plain):
            yield plain[given:]
        given = max(0, given - len(plain))


def _members(form: Form, chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield what is in the members, one after the other.

    Zeros between and behind them are padding, as gzip and xz allow.
    """
    try:
        new, errors = form.open()
    except ImportError:
        raise DecodingError(f"this Python was built without {form.name}") from None
    member: Decompressor | None = None
    taken = 0
    for chunk in chunks:
        taken += len(chunk)
        at = 0
        if not chunk:
            yield b""
            continue
        while True:
            if member is None:
                at = _ZEROS.match(chunk, at).end()  # type: ignore[union-attr]
                if at == len(chunk):
                    break
                if not any(magic.startswith(chunk[at : at + len(magic)]) for magic in form.magics):
                    what = f"what follows the {form.name} data at byte {taken - len(chunk) + at}"
                    raise DecodingError(f"{what} is not {form.name}")
                member, step, plain = new(), _FIRST_STEP, b""
            data = b""
            if member.needs_input and not plain:  # bz2 says so while it still has output
                if at == len(chunk):
                    break
                data = chunk[at : at + step]
                at += len(data)
                step *= 2
            try:
                plain = member.decompress(data, size)
            except errors as error:
                reason = str(error).rpartition(": ")[2]
                reason = f"{reason[:1].lower()}{reason[1:]}, at byte {taken} or before"
                what = f"the {form.name} data cannot be decompressed"
                raise DecodingError(f"{what}: {reason}") from None
            if plain:
                yield plain
            if member.eof:
                at -= len(member.unused_data)
                member = None
    if member is not None:
        raise DecodingError(f"the {form.name} data is cut off after {taken} bytes")


class _Gunzip:
    """Reads one member of gzip with zlib, which has no such class.

    Where a byte makes no sense, everything before it still comes out, although zlib gives nothing
    of a piece that holds an error, be it a wrong checksum after all of the data.
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
                # A full piece may have left more in zlib's window, though all input was read.
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


def _isal() -> Opened | None:
    """Return isal's decompressors, or None where it is not installed."""
    try:
        from isal import igzip_lib
    except ImportError:
        return None
    error: type[Exception] = igzip_lib.IsalError  # type: ignore[assignment] # its stub is wrong

    class Igunzip:
        """One member of gzip, read with isal. It refuses the flags that zlib refuses."""

        def __init__(self) -> None:
            self._inner = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
            self._header = b""

        def decompress(self, data: bytes, max_length: int) -> bytes:
            if len(self._header) <= _FLAGS:
                self._header += data[: _FLAGS + 1]
                if self._header[_FLAGS : _FLAGS + 1] > bytes((_LAST_FLAGS,)):
                    raise error("unknown header flags set")
            return self._inner.decompress(data, max_length)

        @property
        def eof(self) -> bool:
            return self._inner.eof

        @property
        def needs_input(self) -> bool:
            return self._inner.needs_input

        @property
        def unused_data(self) -> bytes:
            return self._inner.unused_data

    return Igunzip, error


def _fast_gzip() -> Opened:
    return _isal() or _gzip()


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


GZIP = Form("gzip", (b"\x1f\x8b",), _gzip)
_FAST_GZIP = GZIP._replace(open=_fast_gzip)
FORMS = (
    GZIP,
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
