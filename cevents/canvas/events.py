"""The documented events, declared once.

Both readers, `cevents schema`, the JSON Schema and the README's table come from these classes: a
field's kind and meaning stand here and nowhere else. Source: Canvas's documentation of its Live
Events, sections *conversation_created*, *conversation_forwarded*, *conversation_message_created*
and *event metadata*.
"""

# No `from __future__ import annotations`: the declaration below is read from the annotations.
import re
from dataclasses import MISSING, dataclass, fields
from functools import lru_cache
from typing import Annotated, Any, Literal, NamedTuple

#: What a field holds: "text" and "global_id" (one of Canvas's own ids) are a string or null and
#: may be absent, "name" is a string that is not empty.
Kind = Literal["text", "global_id", "name", "id", "timestamp"]

# A field's annotation carries its kind, then its meaning.
Text = Annotated[str | None, "text"]
GlobalId = Annotated[str | None, "global_id"]
Name = Annotated[str, "name"]
Id = Annotated[str, "id"]
Timestamp = Annotated[str, "timestamp"]


@dataclass(slots=True, kw_only=True)
class Metadata:
    """What Canvas says of every event: what happened, when, and who asked for it.

    A request's events have no job fields, and a job's events have no request fields; a script's
    have only the first two. Null means the same as absent.
    """

    event_name: Annotated[Name, "The kind of event."]
    event_time: Annotated[Timestamp, "When the event happened."]
    producer: Annotated[Text, "The system that sent it: canvas."] = None
    root_account_id: Annotated[GlobalId, "Global id of the root account."] = None
    root_account_uuid: Annotated[Text, "UUID of the root account."] = None
    root_account_lti_guid: Annotated[Text, "The root account's name towards LTI."] = None
    job_id: Annotated[GlobalId, "The background job that made the event."] = None
    job_tag: Annotated[Text, "What kind of job that was."] = None
    hostname: Annotated[Text, "Host that served the request."] = None
    http_method: Annotated[Text, "Method of the request."] = None
    url: Annotated[Text, "Address of the request."] = None
    client_ip: Annotated[Text, "Address that the request came from."] = None
    user_agent: Annotated[Text, "What the browser or program calls itself."] = None
    referrer: Annotated[Text, "The page that led to the request."] = None
    request_id: Annotated[Text, "The request; it may have made several events."] = None
    session_id: Annotated[Text, "The user's session."] = None
    user_id: Annotated[GlobalId, "Global id of the user."] = None
    user_login: Annotated[Text, "Name that the user logs in with."] = None
    user_account_id: Annotated[GlobalId, "Global id of the user's account."] = None
    user_sis_id: Annotated[Text, "The user's id in the student system."] = None
    time_zone: Annotated[Text, "The user's IANA time zone."] = None
    developer_key_id: Annotated[GlobalId, "Key of the API client that asked."] = None
    real_user_id: Annotated[GlobalId, "Who acted, if masquerading as user_id."] = None
    context_type: Annotated[Text, "What the event is about: Course, Account, …"] = None
    context_id: Annotated[GlobalId, "Global id of that context."] = None
    context_account_id: Annotated[GlobalId, "Global id of the context's account."] = None
    context_sis_source_id: Annotated[Text, "The context's SIS id."] = None
    context_role: Annotated[Text, "The user's role in the context."] = None


ConversationId = Annotated[Id, "Local id of the conversation."]
UpdatedAt = Annotated[Timestamp, "When the conversation was last updated."]


@dataclass(slots=True)
class ConversationCreatedBody:
    """Body of a conversation_created event."""

    conversation_id: ConversationId
    updated_at: UpdatedAt


@dataclass(slots=True)
class ConversationForwardedBody:
    """Body of a conversation_forwarded event."""

    conversation_id: ConversationId
    updated_at: UpdatedAt


@dataclass(slots=True)
class ConversationMessageCreatedBody:
    """Body of a conversation_message_created event."""

    author_id: Annotated[Id, "Local id of the user who wrote the message."]
    conversation_id: ConversationId
    created_at: Annotated[Timestamp, "When the message was created."]
    message_id: Annotated[Id, "Local id of the message."]


@dataclass(slots=True)
class ConversationCreated:
    """Somebody started a conversation."""

    metadata: Metadata
    body: ConversationCreatedBody


@dataclass(slots=True)
class ConversationForwarded:
    """A conversation was updated: a user was added to it."""

    metadata: Metadata
    body: ConversationForwardedBody


@dataclass(slots=True)
class ConversationMessageCreated:
    """A message was added to a conversation."""

    metadata: Metadata
    body: ConversationMessageCreatedBody


@dataclass(slots=True)
class OtherEvent:
    """Any other Canvas event: its body has no schema here."""

    metadata: Metadata
    body: dict[str, Any]


Event = ConversationCreated | ConversationForwarded | ConversationMessageCreated | OtherEvent

CREATED = "conversation_created"
FORWARDED = "conversation_forwarded"
MESSAGE = "conversation_message_created"

#: The documented events by name, in the documentation's order.
EVENTS: dict[str, type[Event]] = {
    CREATED: ConversationCreated,
    FORWARDED: ConversationForwarded,
    MESSAGE: ConversationMessageCreated,
}


class Field(NamedTuple):
    """One documented field: its *path* (`body.message_id`), and what it may hold."""

    path: str
    kind: Kind
    required: bool
    meaning: str

    @property
    def part(self) -> str:
        """The object that holds the field: `metadata` or `body`."""
        return self.path.partition(".")[0]

    @property
    def name(self) -> str:
        """The field's key in that object."""
        return self.path.partition(".")[2]


def _fields_of(part: str, declared: Any) -> tuple[Field, ...]:
    found = []
    for field in fields(declared):
        hint: Any = field.type
        kind, meaning = hint.__metadata__
        found.append(Field(f"{part}.{field.name}", kind, field.default is MISSING, meaning))
    return tuple(found)


#: The fields of every event's metadata.
METADATA: tuple[Field, ...] = _fields_of("metadata", Metadata)

_BODY_CLASSES: dict[str, Any] = {
    name: next(part.type for part in fields(event) if part.name == "body")
    for name, event in EVENTS.items()
}

#: The fields of each documented event's body.
BODIES: dict[str, tuple[Field, ...]] = {
    name: _fields_of("body", body) for name, body in _BODY_CLASSES.items()
}

#: The documented fields by name, of `metadata` and of each event's `body`.
KNOWN: dict[str, dict[str, Field]] = {
    part: {field.name: field for field in documented}
    for part, documented in {"metadata": METADATA, **BODIES}.items()
}

#: Every documented field by its path. A field that several bodies have is the same in each.
FIELDS: dict[str, Field] = {
    field.path: field for group in (METADATA, *BODIES.values()) for field in group
}

EVENT_NAME = FIELDS["metadata.event_name"]
EVENT_TIME = FIELDS["metadata.event_time"]


def event_of(value: dict[str, Any]) -> Event:
    """Return the typed event of a valid JSON object, without fields that are not documented."""
    metadata, body = value["metadata"], value["body"]
    typed = Metadata(**_known(metadata, METADATA))
    name = typed.event_name
    if name not in EVENTS:
        return OtherEvent(typed, body)
    event: Any = EVENTS[name]
    documented: Event = event(typed, _BODY_CLASSES[name](**_known(body, BODIES[name])))
    return documented


def _known(part: dict[str, Any], documented: tuple[Field, ...]) -> dict[str, Any]:
    return {field.name: part[field.name] for field in documented if field.name in part}


# Spelt out: \\s means different characters in Python and in ECMA-262.
_SPACES = (
    r"[\u0009-\u000d\u001c-\u0020\u0085\u00a0\u1680"
    r"\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]"
)

#: Names that can only mean a conversation event (an ECMA-262 pattern): after any spaces they begin
#: with the word conversation, in capitals or not.
CONVERSATION_PATTERN = f"^{_SPACES}*" + "".join(f"[{c}{c.upper()}]" for c in "conversation")


def is_misspelt(name: str) -> bool:
    """Whether *name*, which is not documented, can only mean a conversation event."""
    return re.match(CONVERSATION_PATTERN, name) is not None


def nearest_documented(name: str) -> str | None:
    """Return the documented event that *name* is most like; None if it is like none of them."""
    # No longer name is like any of them, and to compare one takes long.
    return _nearest(name.lstrip()[:_MOST_COMPARED])


#: More than twice the characters of the longest documented name.
_MOST_COMPARED = 100


@lru_cache(maxsize=1024)
def _nearest(name: str) -> str | None:
    from difflib import SequenceMatcher

    plain = re.sub(r"[\W_]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)).strip("_").lower()
    likeness = {event: SequenceMatcher(None, plain, event).ratio() for event in EVENTS}
    nearest = max(EVENTS, key=likeness.__getitem__)
    return nearest if is_misspelt(name) or likeness[nearest] >= _ALIKE else None


#: The likeness, from 0 to 1, from which a name is taken for a typing error.
_ALIKE = 0.85
