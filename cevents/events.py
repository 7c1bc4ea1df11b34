"""The documented events, declared once, and their decoders.

Both readers, `cevents schema`, the JSON Schema and the README's table come from these classes: a
field's type and meaning stand here and nowhere else. Source: Canvas's documentation of its Live
Events, sections *conversation_created*, *conversation_forwarded*, *conversation_message_created*
and *event metadata*.
"""

import re
from typing import Annotated, Any, Literal, NamedTuple, get_args

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

Kind = Literal["id", "timestamp", "text", "name"]

#: A Canvas id: decimal digits, or the short global form `7~123` (shard 7, local id 123).
ID_PATTERN = "^[0-9]+(?:~[0-9]+)?$"

Id = Annotated[str, Meta(min_length=1, extra={"kind": "id"})]
Timestamp = Annotated[str, Meta(min_length=1, extra={"kind": "timestamp"})]
EventName = Annotated[str, Meta(min_length=1, extra={"kind": "name"})]
Text = str | None | UnsetType


def _says(meaning: str) -> Meta:
    return Meta(description=meaning)


class Metadata(Struct, gc=False, kw_only=True):
    """What Canvas says of every event: what happened, when, and who asked for it.

    A request's events have no job fields, a job's none of the request's; a script's have only
    the first two. Null means the same as absent.
    """

    event_name: Annotated[EventName, _says("The kind of event.")]
    event_time: Annotated[Timestamp, _says("When the event happened.")]
    producer: Annotated[Text, _says("The system that sent it: canvas.")] = UNSET
    root_account_id: Annotated[Text, _says("Global id of the root account.")] = UNSET
    root_account_uuid: Annotated[Text, _says("UUID of the root account.")] = UNSET
    root_account_lti_guid: Annotated[Text, _says("The root account's name towards LTI.")] = UNSET
    job_id: Annotated[Text, _says("The background job that made the event.")] = UNSET
    job_tag: Annotated[Text, _says("What kind of job that was.")] = UNSET
    hostname: Annotated[Text, _says("Host that served the request.")] = UNSET
    http_method: Annotated[Text, _says("Method of the request.")] = UNSET
    url: Annotated[Text, _says("Address of the request.")] = UNSET
    client_ip: Annotated[Text, _says("Address that the request came from.")] = UNSET
    user_agent: Annotated[Text, _says("What the browser or program calls itself.")] = UNSET
    referrer: Annotated[Text, _says("The page that led to the request.")] = UNSET
    request_id: Annotated[Text, _says("The request; it may have made several events.")] = UNSET
    session_id: Annotated[Text, _says("The user's session.")] = UNSET
    user_id: Annotated[Text, _says("Global id of the user.")] = UNSET
    user_login: Annotated[Text, _says("Name that the user logs in with.")] = UNSET
    user_account_id: Annotated[Text, _says("Global id of the user's account.")] = UNSET
    user_sis_id: Annotated[Text, _says("The user's id in the student system.")] = UNSET
    time_zone: Annotated[Text, _says("The user's IANA time zone.")] = UNSET
    developer_key_id: Annotated[Text, _says("Key of the API client that asked.")] = UNSET
    real_user_id: Annotated[Text, _says("Who acted, if masquerading as user_id.")] = UNSET
    context_type: Annotated[Text, _says("What the event is about: Course, Account, …")] = UNSET
    context_id: Annotated[Text, _says("Global id of that context.")] = UNSET
    context_account_id: Annotated[Text, _says("Global id of the context's account.")] = UNSET
    context_sis_source_id: Annotated[Text, _says("The context's SIS id.")] = UNSET
    context_role: Annotated[Text, _says("The user's role in the context.")] = UNSET


ConversationId = Annotated[Id, _says("Local id of the conversation.")]
UpdatedAt = Annotated[Timestamp, _says("When the conversation was last updated.")]


class ConversationCreatedBody(Struct, gc=False):
    """Body of a conversation_created event."""

    conversation_id: ConversationId
    updated_at: UpdatedAt


class ConversationForwardedBody(Struct, gc=False):
    """Body of a conversation_forwarded event."""

    conversation_id: ConversationId
    updated_at: UpdatedAt


class ConversationMessageCreatedBody(Struct, gc=False):
    """Body of a conversation_message_created event."""

    author_id: Annotated[Id, _says("Local id of the user who wrote the message.")]
    conversation_id: ConversationId
    created_at: Annotated[Timestamp, _says("When the message was created.")]
    message_id: Annotated[Id, _says("Local id of the message.")]


class ConversationCreated(Struct, gc=False):
    """Somebody started a conversation."""

    metadata: Metadata
    body: ConversationCreatedBody


class ConversationForwarded(Struct, gc=False):
    """A conversation was updated: a user was added to it."""

    metadata: Metadata
    body: ConversationForwardedBody


class ConversationMessageCreated(Struct, gc=False):
    """A message was added to a conversation."""

    metadata: Metadata
    body: ConversationMessageCreatedBody


class OtherEvent(Struct, gc=False):
    """Any other Canvas event: its body has no schema here."""

    metadata: Metadata
    body: dict[str, Any]


Event = ConversationCreated | ConversationForwarded | ConversationMessageCreated | OtherEvent

#: The documented events by name, in the documentation's order.
EVENTS: dict[str, type[Event]] = {
    "conversation_created": ConversationCreated,
    "conversation_forwarded": ConversationForwarded,
    "conversation_message_created": ConversationMessageCreated,
}

MESSAGE = "conversation_message_created"
CREATED = "conversation_created"
FORWARDED = "conversation_forwarded"


class Field(NamedTuple):
    """One documented field: its *path* (`body.message_id`), and what it may hold."""

    path: str
    kind: Kind
    required: bool
    meaning: str

    @property
    def name(self) -> str:
        return self.path.partition(".")[2]


def _fields_of(part: str, declared: type[Struct]) -> tuple[Field, ...]:
    hints = declared.__annotations__
    return tuple(
        _field(f"{part}.{field.name}", hints[field.name], field.required)
        for field in msgspec.structs.fields(declared)
    )


def _field(path: str, hint: Any, required: bool) -> Field:
    metas = [meta for meta in get_args(hint)[1:] if isinstance(meta, Meta)]
    kinds = [meta.extra["kind"] for meta in metas if meta.extra]
    meanings = [meta.description for meta in metas if meta.description]
    return Field(path, kinds[0] if kinds else "text", required, meanings[0])


METADATA: tuple[Field, ...] = _fields_of("metadata", Metadata)


def _body_fields(event: type[Event]) -> tuple[Field, ...]:
    return _fields_of("body", event.__annotations__["body"])


#: The fields of each documented event's body.
BODIES: dict[str, tuple[Field, ...]] = {name: _body_fields(cls) for name, cls in EVENTS.items()}

#: The names of the documented fields, of `metadata` and of each event's `body`.
KNOWN: dict[str, set[str]] = {"metadata": {field.name for field in METADATA}} | {
    name: {field.name for field in fields} for name, fields in BODIES.items()
}


def is_id(value: Any) -> bool:
    """Whether *value* is an id as Canvas writes it."""
    if not isinstance(value, str):
        return False
    # Nearly all are digits, and to ask for them takes a fraction of the time.
    is_plain = value.isdecimal() and value.isascii()
    return is_plain or re.fullmatch(ID_PATTERN[1:-1], value) is not None


def are_ids(column: list[str]) -> bool:
    """Whether all of a column of texts, none of them empty, are ids of digits: proved at once."""
    joined = "".join(column)
    return joined.isdecimal() and joined.isascii()


def id_order(text: str) -> tuple[int, tuple[int, ...], str, str]:
    """Return a key that sorts ids as the numbers they are (`7~123` after all plain ones)."""
    parts = text.split("~")
    # A number's length and digits order it without the cost, or the limits, of an int.
    return len(parts), tuple(len(part.lstrip("0")) for part in parts), text.lstrip("0"), text


# Spelt out, for what \\s means differs between Python and ECMA-262.
_SPACES = (
    r"[\u0009-\u000d\u001c-\u0020\u0085\u00a0\u1680"
    r"\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]"
)

#: Names that can only mean a conversation event (an ECMA-262 pattern): after any spaces and in any
#: case they begin with the word conversation.
CONVERSATION_PATTERN = f"^{_SPACES}*" + "".join(f"[{c}{c.upper()}]" for c in "conversation")


def is_misspelt(name: str) -> bool:
    """Whether *name*, which is not documented, can only mean a conversation event."""
    return re.match(CONVERSATION_PATTERN, name) is not None


def nearest_documented(name: str) -> str | None:
    """Return the documented event that *name* is most like; None if it is like none of them."""
    from difflib import SequenceMatcher

    plain = re.sub(r"[\W_]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)).strip("_").lower()
    likeness = {event: SequenceMatcher(None, plain, event).ratio() for event in EVENTS}
    nearest = max(EVENTS, key=likeness.__getitem__)
    return nearest if is_misspelt(name) or likeness[nearest] >= _ALIKE else None


#: The likeness, from 0 to 1, of what is probably a slip of the finger.
_ALIKE = 0.85
