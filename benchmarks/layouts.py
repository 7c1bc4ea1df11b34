"""The events of a dump in other layouts, in messages, and in folders of gzip objects."""

from __future__ import annotations

import gzip
import os
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from dumps import made, version
from orjson import OPT_APPEND_NEWLINE, OPT_INDENT_2, dumps, loads

OBJECTS = 16  #: files in a folder
BATCH = 10  #: messages that a queue hands to a Lambda function at once


def glued(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Write events one after the other with nothing between, as Firehose does."""
    for line in lines:
        yield line[:-1]


def array(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Write events as one array, on one line."""
    before = b"["
    for line in lines:
        yield before + line[:-1]
        before = b", "
    yield b"]\n"


def indented(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Write each event over several lines, as `jq .` does."""
    for line in lines:
        yield dumps(loads(line), option=OPT_INDENT_2 | OPT_APPEND_NEWLINE)


def sqs(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Write an SQS message a line."""
    for number, line in enumerate(lines):
        message = dumps(line[:-1].decode())
        yield (
            b'{"MessageId":"%08x-3c1e-4b0f-8d0e-9f8a7b6c5d4e","ReceiptHandle":"AQEB%064x",'
            b'"Body":%b}\n' % (number, number, message)
        )


def lambda_(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Write an invocation of a Lambda function a line, with several SQS messages."""
    messages = (dumps(line[:-1].decode()) for line in lines)
    batches = iter(lambda: list(islice(messages, BATCH)), [])
    for number, batch in enumerate(batches):
        records = b",".join(
            b'{"messageId":"%08x-%04x-4b0f-8d0e-9f8a7b6c5d4e","body":%b,"attributes":'
            b'{"ApproximateReceiveCount":"1"},"eventSource":"aws:sqs","awsRegion":"us-east-1"}'
            % (number, at, message)
            for at, message in enumerate(batch)
        )
        yield b'{"Records":[%b]}\n' % records


def kinesis(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Write a Kinesis record a line: the event is in base64."""
    for number, line in enumerate(lines):
        data = b64encode(line[:-1])
        yield b'{"SequenceNumber":"4959%052d","Data":"%b","PartitionKey":"%d"}\n' % (
            number,
            data,
            number % 64,
        )


#: Each layout, and what writes the lines of a dump in it.
LAYOUTS: dict[str, Callable[[Iterable[bytes]], Iterator[bytes]]] = {
    "glued": glued,
    "array": array,
    "indented": indented,
    "SQS": sqs,
    "Lambda": lambda_,
    "Kinesis": kinesis,
}


def layout(name: str, plain: Path) -> Path:
    """Return the events of the dump *plain* in the layout *name*; make it if need be."""
    path = plain.with_name(f"{plain.stem}-{name.lower()}-{version(__file__)}")
    with plain.open("rb") as file:
        return made(path, LAYOUTS[name](file))


def objects(plain: Path, is_glued: bool) -> Path:
    """Return a folder of gzip objects with the events of the dump *plain*; make it if need be.

    The events are one a line, or glued together.
    """
    form = "glued" if is_glued else "lines"
    folder = plain.with_name(f"{plain.stem}-objects-{form}-{version(__file__)}")
    if not folder.exists():
        unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
        unfinished.mkdir(parents=True)
        share = plain.stat().st_size // OBJECTS + 1
        with plain.open("rb") as file:
            for number in range(OBJECTS):
                lines = file.readlines(share)
                data = b"".join(glued(lines) if is_glued else lines)
                path = unfinished / f"events-{number:02d}.json.gz"
                path.write_bytes(gzip.compress(data, 6, mtime=0))
        unfinished.rename(folder)
    return folder
