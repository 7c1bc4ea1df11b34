"""Little input that means to take much: memory stays small, and the answer is an error line."""

from __future__ import annotations

import base64
import bz2
import gzip
import json
import lzma
import subprocess
import sys
import zlib
from collections.abc import Callable
from typing import NamedTuple

import pytest

from ..conftest import FORMS, Dump, Run, message
from ..strategies import LONG

pytestmark = pytest.mark.usefixtures("reader")

EVENT = message()
MIB = 1 << 20
#: How large bombs are: in full only where there is time.
SIZE = (1024 if LONG else 64) * MIB

_MEASURE = """
import resource, subprocess, sys
done = subprocess.run([sys.executable, "-m", "cevents", *sys.argv[1:]], capture_output=True)
sys.stderr.buffer.write(done.stderr)
print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


class Taken(NamedTuple):
    status: int
    megabytes: int
    stderr: str


def taken(*arguments: str) -> Taken:
    """Run a command in a process of its own, and say what it took."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, *arguments], capture_output=True, check=True, timeout=600
    )
    status, megabytes = map(int, done.stdout.split())
    return Taken(status, megabytes, done.stderr.decode())


def _zeros(form: str, unit: bytes) -> bytes:
    part = FORMS[form](unit * (MIB // len(unit)))
    return part * (SIZE // MIB)


def _token(claims: bytes) -> bytes:
    parts = (b'{"alg":"none"}', claims)
    return b".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts), b"x"])


def _nested(depth: int) -> bytes:
    text = EVENT.decode().strip()
    for _ in range(depth):
        text = json.dumps({"Message": text})
    return text.encode() + b"\n"


def _tokens(depth: int) -> bytes:
    text = EVENT.strip()
    for _ in range(depth):
        text = json.dumps(_token(text).decode()).encode()
    return text + b"\n"


def _xz_of_a_large_dictionary() -> bytes:
    header = b"\x02\0\x21\x01\x24\0\0\0"  # one filter, LZMA2, and 36 for 1 GiB
    return lzma.compress(b"")[:12] + header + zlib.crc32(header).to_bytes(4, "little") + bytes(64)


#: What makes a bomb, its exit status, and a part of what is said.
BOMBS = {
    "zeros in gzip": (lambda: _zeros("gzip", b"\0"), 1, "not-utf8"),
    "zeros in zstd": (lambda: _zeros("zstd", b"\0"), 1, "not-utf8"),
    "zeros in xz": (lambda: _zeros("xz", b"\0"), 1, "not-utf8"),
    "zeros in bzip2": (lambda: _zeros("bzip2", b"\0"), 1, "not-utf8"),
    "spaces": (lambda: _zeros("gzip", b" "), 1, "line-too-long"),
    "one word": (lambda: _zeros("gzip", b"x"), 1, "line-too-long"),
    "backslashes": (lambda: _zeros("gzip", b"\\"), 1, "line-too-long"),
    "open arrays": (lambda: gzip.compress(b"[" * MIB), 1, "the JSON array has no end"),
    "open objects": (lambda: gzip.compress(b'{"a":' * MIB), 1, "not-json"),
    "gzip four times": (
        lambda: gzip.compress(gzip.compress(gzip.compress(gzip.compress(EVENT)))), 2,
        "compressed more than 3 times over"),
    "empty members": (lambda: gzip.compress(b"") * 50_000, 0, "the input is empty"),
    "empty members of bzip2": (lambda: bz2.compress(b"") * 20_000, 0, "the input is empty"),
    "empty members of xz": (lambda: lzma.compress(b"") * 10_000, 0, "the input is empty"),
    "a window of 2 GiB": (lambda: b"\x28\xb5\x2f\xfd\0" + bytes([21 << 3]) + b"\1\0\0", 2,
                          "cannot be decompressed"),
    "a window past all": (lambda: b"\x28\xb5\x2f\xfd\0\xff\1\0\0", 2, "cannot be decompressed"),
    "a frame to skip of 4 GiB": (
        lambda: b"\x50\x2a\x4d\x18\xff\xff\xff\xff" + b"x" * 99, 2, "is cut off"),
    "a dictionary of 1 GiB": (_xz_of_a_large_dictionary, 2, "memory usage limit exceeded"),
    "a million levels of arrays": (lambda: b"[" * 10**6 + b"]" * 10**6, 0, ""),
    "a million levels in an event": (
        lambda: EVENT.replace(b'"body":{', b'"body":{"x":' + b"[" * 10**6 + b"]" * 10**6 + b","), 1,
        "depth limit",
    ),
    "a million levels in a token": (
        lambda: _token(b'{"a":' * 10**6 + b"1" + b"}" * 10**6), 1, "not-json"),
    "claims of 10 MiB": (lambda: _token(b'{"x":"' + b"a" * 10 * MIB + b'"}'), 1, "not-json"),
    "a number of 10 MB": (lambda: EVENT.replace(b'"2"', b"9" * 10**7), 0, ""),
    "a fraction of 10 MB": (
        lambda: EVENT.replace(b"59-06:00", b"59." + b"9" * 10**7 + b"-06:00"), 0, ""),
    "a text of escapes": (lambda: EVENT.replace(b'"2"', b'"' + b"\\u0032" * 10**6 + b'"'), 0, ""),
    "open envelopes": (lambda: b'{"Records":[' * 10**5 + b"]}" * 10**5 + b"\n", 1, "depth limit"),
    "details in details": (
        lambda: b'{"detail":' * 10**5 + EVENT.strip() + b"}" * 10**5, 1, "depth limit"),
}  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted otherwise elsewhere")
@pytest.mark.parametrize(("make", "status", "said"), BOMBS.values(), ids=BOMBS)
def test_no_bomb_takes_memory(
    dump: Dump, make: Callable[[], bytes], status: int, said: str
) -> None:
    """It takes no more than a line of the longest allowed length would, and is explained."""
    path = dump(make())
    for command in ("filter --count", "stats") if LONG else ("filter --count",):
        found = taken(*command.split(), "-j", "1", path)
        assert found.status == status
        assert said in found.stderr
        assert "Traceback" not in found.stderr
        assert found.megabytes < 150


@pytest.mark.parametrize("layers", range(1, 12))
def test_envelopes_in_envelopes(run: Run, layers: int) -> None:
    """Eight are taken off; what is inside more is not an event."""
    ran = run("filter", _nested(layers))
    if layers <= 8:
        assert ran == (
            0,
            EVENT.rstrip(b"\n") + b"\n",
            "unfolded: 1 event from 1 SNS notification\n",
        )
    else:
        assert (ran.status, ran.stdout) == (1, b"")


@pytest.mark.parametrize("layers", [1, 2, 4, 8, 12])
def test_tokens_in_tokens(run: Run, layers: int) -> None:
    """A token whose claims are no object is none: nothing is decoded without end."""
    ran = run("filter", _tokens(layers))
    assert (ran.status, ran.stdout) == ((0, EVENT) if layers == 1 else (1, b""))


def test_many_members(run: Run, dump: Dump) -> None:
    """Each of many members is read."""
    dump(gzip.compress(EVENT) * 2000)
    assert run("filter --count dump.jsonl").stdout == b"2000\n"
