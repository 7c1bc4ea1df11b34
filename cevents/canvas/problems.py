"""What can be wrong with a line: `Problem`, and the table of codes that explains each.

The codes are an interface: scripts select on them, editors link to them. `CODES` is their only
list; `cevents explain`, the README's table and the tests read it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

#: The longest line that is kept, unless --max-line-bytes sets another limit.
MAX_LINE_BYTES = 16 * 1024 * 1024

#: Characters of a name in a finding: each finding of a line may say the same long one.
LONGEST_NAME = 200

Severity = Literal["error", "warning"]


class Problem(NamedTuple):
    """One thing wrong with one line.

    *line* and *column* are its place in the input: lines, and bytes of a line, from 1. *path* is
    dotted (`body.message_id`) and cut at LONGEST_NAME, or None where no field is at fault; *event*
    is the event's name where the line has one.
    """

    code: str
    column: int
    message: str
    hint: str | None = None
    path: str | None = None
    event: str | None = None
    severity: Severity = "error"
    line: int = 1

    def at(self, line: int, column: int) -> Problem:
        """Return the problem with its place in the input."""
        code, _, message, hint, path, event, severity, _ = self
        return Problem(code, column, message, hint, path, event, severity, line)


class Code(NamedTuple):
    """What `cevents explain` says of one code.

    An error is what the documentation rules out. A warning is a value that it allows and that is
    unlikely; warnings are reported under --strict only. *expected_by* is the option of `validate`
    that alone reports an error which is of no line, but of all input together.
    """

    meaning: str
    why: str
    example: str
    mend: str
    severity: Severity = "error"
    expected_by: str | None = None

    @property
    def option(self) -> str | None:
        """The option of `validate` without which the code is not reported."""
        return "--strict" if self.severity == "warning" else self.expected_by


CODES: dict[str, Code] = {
    "not-json": Code(
        "The line is not one JSON text.",
        "Most readers stop here, or drop the line without a word. A cut-off line, a log's words"
        " before the event and an error page saved between events all look like this.",
        '{"metadata":{"event_name":"conversation_created",',
        "Fetch the event again if its source still has it. Where the hint says that an event is"
        " in the line, cut away what is around it. Indented events after lines of events:"
        " `--input json`.",
    ),
    "not-utf8": Code(
        "The line, or the whole file, is not UTF-8 text.",
        "JSON is UTF-8 (RFC 8259, section 8.1). Readers that guess at something else corrupt"
        " names. UTF-16 with its byte order mark, as PowerShell writes it, is read all the same.",
        '{"metadata":{"user_login":"Ren\\xe9e"}}  (a Latin-1 byte)',
        "`iconv -f WINDOWS-1252 -t UTF-8 FILE` for old Windows text, `-f UTF-16` for UTF-16 that"
        " has lost its mark.",
    ),
    "not-an-object": Code(
        "The line is JSON, but not an object: an array, a string, a number, true, false or null.",
        "An event is an object with `metadata` and `body`. An array of events, and an event in a"
        " string, are read as what is in them; here there is none.",
        '["conversation_created"]',
        "Look at what wrote the line: it is no event.",
    ),
    "line-too-long": Code(
        "The line is longer than --max-line-bytes (16 MiB unless told otherwise).",
        "No Canvas event comes near that. A file without line ends, read as one line, would fill"
        " the memory, so such a line is passed over.",
        '{"metadata":{"event_name":"conversation_created", …16 MiB more…',
        "Put one event on a line, or raise --max-line-bytes if the line is right.",
    ),
    "missing-field": Code(
        "A documented field is not there.",
        "`metadata.event_name`, `metadata.event_time` and every field in the event's body schema"
        " are always sent; an event without one has been cut or rewritten on its way.",
        '{"metadata":{"event_name":"conversation_created"},"body":{}}',
        "Look at what stood between Canvas and the file: a tool that drops nulls, a projection of"
        " columns, or Kinesis, which says `attributes` for `metadata`.",
    ),
    "wrong-type": Code(
        "A field holds another JSON type than the documented one.",
        "Canvas sends ids as strings because ids pass 2^53 and tools that read them as numbers"
        " round them. A number here has been through such a tool.",
        '{"metadata":{…},"body":{"conversation_id":53,…}}',
        "Have the tool that wrote the file keep ids as strings; check long ids against Canvas.",
    ),
    "bad-id": Code(
        "An id is not a string of decimal digits, nor the short global form `7~123`.",
        "It cannot be joined with Canvas's data.",
        '"conversation_id":"53a"',
        "Look at what rewrote the id; a spreadsheet turns long ones into `2.107E+16`.",
    ),
    "bad-timestamp": Code(
        "A timestamp is not ISO 8601, or names a time that does not exist.",
        "The documentation promises ISO 8601 with an offset. Other forms are read differently by"
        " different tools.",
        '"created_at":"2020-03-24 16:55:59.973 UTC"',
        "Write `2020-03-24T16:55:59.973Z`: date, `T`, time, offset, with no spaces.",
    ),
    "missing-offset": Code(
        "A timestamp is ISO 8601, but says no offset from UTC.",
        "Without an offset it is no instant: it may mean any of 38 different hours. Offsets differ"
        " even within one event, so none can be assumed.",
        '"created_at":"2020-03-24T16:55:59"',
        "Add the offset if you know it (`Z` for UTC); `event_time` is UTC as Canvas sends it.",
    ),
    "unknown-event": Code(
        "`metadata.event_name` is not an event that Canvas documents: it is empty, or nearly the"
        " name of a conversation event. Under --strict also, as a warning,"
        " every kind without a schema here.",
        "Every filter and every count by name passes such an event by.",
        '"event_name":"conversation_mesage_created"',
        "Correct the name. Canvas has three conversation events: conversation_created,"
        " conversation_forwarded, conversation_message_created.",
    ),
    "unknown-field": Code(
        "A field that the documentation does not list.",
        "It is allowed, for Canvas adds fields; but a misspelt field hides in plain sight.",
        '"body":{"conversation_id":"53","conversatoin_subject":"Hi",…}',
        "None needed where the field is Canvas's own.",
        "warning",
    ),
    "unknown-zone": Code(
        "`metadata.time_zone` is not an IANA time zone, or is not there where a time is to be"
        " shown in it (`--to event`, `--tz event`).",
        "Times cannot be shown in a zone that nobody defines.",
        '"time_zone":"Mars/Olympus_Mons"',
        "Convert to a zone of your own choice, as with `--to America/Denver`.",
        "warning",
    ),
    "odd-offset": Code(
        "A timestamp has an offset that `metadata.time_zone` did not have at that instant. UTC is"
        " never odd.",
        "Canvas writes a time in UTC or as the user's clock shows it. An offset from neither, such"
        " as that of the other half of the year, says that the time was rewritten, and may be an"
        " hour off.",
        '"time_zone":"America/Denver" beside "created_at":"2020-03-24T10:55:59-07:00"',
        "Compare with `event_time`. A tool that knows an offset but no zone gets one half of the"
        " year wrong: have it write UTC.",
        "warning",
    ),
    "id-mismatch": Code(
        "The conversation in `metadata.url` is not `body.conversation_id`.",
        "A message is added, and a conversation forwarded, by a request to"
        " `/conversations/53/add_message`: 53 is the conversation. Where the two differ, two events"
        " were mixed up, or an id was rewritten.",
        '"url":"https://…/conversations/53/add_message" beside "conversation_id":"54"',
        "Fetch the event again if its source still has it. Global ids are no mismatch: 7~53 and"
        " 70000000000053 are 53 on shard 7.",
        "warning",
    ),
    "rounded-id": Code(
        "An id past 2^53 that some tool has rounded: it has an exponent or a fraction, is a number"
        " that a double can hold, or ends in 13 zeros.",
        "Global ids, a shard's number and 13 digits, pass 2^53 from shard 901 up; tools that hold"
        " numbers as doubles change their last digits, and the id is another user's or nobody's."
        " No local id is 0, so no global id ends in 13 zeros.",
        '"user_id":"2.107E+16", or "root_account_id":"21070000000000000" for …001',
        "The digits are lost: fetch the event again, and keep ids as strings on the way.",
        "warning",
    ),
    "duplicate-key": Code(
        "A key that is twice in one object of the line, at any depth.",
        "Parsers disagree on which value counts (RFC 8259, section 4): most take the last, as is"
        " done here, some the first, some refuse the line.",
        '"body":{"message_id":"45","message_id":"46",…}',
        "Look at what added the field. `jq -c . FILE` keeps the last value of each key; it may"
        " rewrite numbers.",
        "warning",
    ),
    "redelivered": Code(
        "The same event again: a message of the same root account with the same `message_id`;"
        " a conversation created or forwarded again by the same request at the same time; for"
        " any other event, the same line.",
        "The queue delivers at least once, so this is no fault of the dump; but whoever counts"
        " lines counts the event twice.",
        "two lines with the same root_account_id and message_id",
        "`cevents stats` counts distinct messages; `cevents filter --dedup` leaves repeats out.",
        "warning",
    ),
    "too-few-events": Code(
        "All input together has fewer valid events than --min-events. Stands at line 1 of what was"
        " named, or of `<all inputs>`.",
        "A folder that is empty, or an export that broke off between two lines, has no bad line.",
        "--min-events 1000, and 354 valid events",
        "Look whether what writes the dump still runs, and whether all of its files are there.",
        expected_by="--min-events",
    ),
    "stale": Code(
        "The newest valid event of all input is older than --newer-than, by its `event_time`, and"
        " stands here; or there is none.",
        "A queue that is drained no more leaves a dump that is sound, and old.",
        "--newer-than 26h, and no event since the day before yesterday",
        "Look whether what writes the dump still runs. An event from the future is never stale.",
        expected_by="--newer-than",
    ),
}
