"""The keys of a block's events: equal keys are the same event. See `canvas.identity`."""

from __future__ import annotations

from collections.abc import Iterable

from cevents.canvas.events import EVENT_NAME, EVENT_TIME, EVENTS, MESSAGE
from cevents.canvas.identity import Id, conversation_key, key_of_numbers, line_key, message_key
from cevents.input.blocks import one_line
from cevents.scan.columns import ESCAPED, NONE, NUMBER, ODD, OTHER_EVENT, STRING, Columns

_ACCOUNT, _REQUEST = "metadata.root_account_id", "metadata.request_id"
_CONVERSATION, _MESSAGE_ID = "body.conversation_id", "body.message_id"

#: The fields that keys are made of.
KEY_PATHS = (EVENT_NAME.path, EVENT_TIME.path, _ACCOUNT, _REQUEST, _CONVERSATION, _MESSAGE_ID)

_MESSAGE = list(EVENTS).index(MESSAGE)


def keys(columns: Columns, rows: Iterable[int]) -> list[bytes | None]:
    """Return the keys of events; None for each that lacks a field of its key."""
    event, messages = columns.event, columns[_MESSAGE_ID].value
    accounts = columns[_ACCOUNT].value
    return [
        key_of_numbers(accounts[row], messages[row])
        if event[row] == _MESSAGE and messages[row] >= 0 and accounts[row] >= 0
        else _key(columns, row)
        for row in rows
    ]


def _key(columns: Columns, row: int) -> bytes | None:
    number = columns.event[row]
    if number == OTHER_EVENT:
        if columns[EVENT_NAME.path].kind[row] not in (STRING, ESCAPED):
            return None
        text = columns.block.text(row)
        return line_key(one_line(text) if b"\n" in text else text)
    account = _id(columns, _ACCOUNT, row)
    own = _id(columns, _MESSAGE_ID if number == _MESSAGE else _CONVERSATION, row)
    if own is None or own == "":
        return None
    if number == _MESSAGE:
        return message_key(account, own)
    time = columns[EVENT_TIME.path].value[row]
    if time == NONE:
        return None
    has_request = columns[_REQUEST].kind[row] in (STRING, ESCAPED, NUMBER)
    request = columns.as_text(_REQUEST, row) if has_request else None
    return conversation_key(number, account, own, time, request)


def _id(columns: Columns, path: str, row: int) -> Id:
    value = columns[path].value[row]
    return None if value == NONE else columns.odd[path, row] if value == ODD else value
