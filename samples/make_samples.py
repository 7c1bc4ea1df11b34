"""Write the sample dumps next to this file, or into a folder named on the command line.

Each run writes the same bytes. Why each file is there: README.md.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import random
import sys
from itertools import product
from pathlib import Path

from canvas import (
    AUTHORS,
    CREATED,
    MESSAGE,
    NORTH,
    OTHERS,
    OXANA,
    Author,
    Canvas,
    Event,
    Step,
    encode,
)
from faults import INVALID, MIXED, Harm

# Account, conversation, messages. The same id in two accounts is two conversations.
TALKS = (
    *((NORTH, 5203, 21), (NORTH, 5207, 58), (NORTH, 5211, 12), (NORTH, 5212, 34), (NORTH, 5218, 5)),
    *((NORTH, 5226, 27), (NORTH, 5229, 3), (NORTH, 5230, 45), (NORTH, 5241, 16), (NORTH, 5244, 9)),
    *((OXANA, 5207, 24), (OXANA, 5230, 11), (OXANA, 811, 7)),
)
BEGUN_BEFORE = ((NORTH, 4983, 26), (OXANA, 790, 14))

# Messages at times that matter: ISO 8601's basic form, then the hour that Denver skips on 8 March.
EXACT = {
    "20200305T111851-0600": AUTHORS[0],
    "2020-03-08T01:59:41-07:00": AUTHORS[1],
    "2020-03-08T03:00:07-06:00": AUTHORS[1],
}
# A job that sends one text to three people, each in a conversation of their own.
BATCH = ("5260", "5261", "5262")
JOB = {"job_id": NORTH.global_id(48_812_903), "job_tag": "ConversationBatch#deliver"}
BY_API = {"developer_key_id": NORTH.global_id(42), "session_id": None, "referrer": None}

# The one example that the documentation prints in full, user_login and all.
DOCUMENTED = json.loads("""{"metadata": {
"root_account_uuid": "VicYj3cu5BIFpoZhDVU4DZumnlBrWi1grgJEzADs",
"root_account_id": "21070000000000001",
"root_account_lti_guid": "VicYj3cu5BIFpoZhDVU4DZumnlBrWi1grgJEzADs.oxana.instructure.com",
"user_account_id": "21070000000000001", "user_agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X \
10_14_3) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/73.0.3683.103 Safari/537.36",
"user_id": "21070000000000123", "user_login": "[email\u00a0protected]", "user_sis_id": "456-T45",
"time_zone": "America/Denver", "request_id": "1dd9dc6f-2fb0-4c19-a6c5-7ee1bf3ed295",
"session_id": "ef686f8ed684abf78cbfa1f6a58112b5", "hostname": "oxana.instructure.com",
"http_method": "POST", "client_ip": "93.184.216.34",
"url": "http://oxana.instructure.com/conversations",
"referrer": "http://oxana.instructure.com/conversations", "producer": "canvas",
"event_name": "conversation_created", "event_time": "2020-03-24T16:55:59.973Z"},
"body": {"conversation_id": "123456789", "updated_at": "2018-09-24T06:00:00Z"}}""")


def at(stamp: str, name: str, author: Author, conversation_id: str) -> Step:
    """Return a step at the time that *stamp* names, to be written that way."""
    moment = dt.datetime.fromisoformat(stamp).astimezone(dt.UTC)
    return Step(moment, name, author, conversation_id, stamp)


def keep(metadata: Event, *prefixes: str) -> Event:
    """Return the fields whose names start with one of *prefixes*."""
    return {key: value for key, value in metadata.items() if key.startswith(prefixes)}


def conversations() -> list[bytes]:
    """Return a fortnight of two root accounts' conversations, every line of it valid."""
    canvas = Canvas()
    plan = [at(stamp, MESSAGE, author, "4983") for stamp, author in EXACT.items()]
    for second, (number, name) in enumerate(product(BATCH, (CREATED, MESSAGE))):
        plan.append(at(f"2020-03-11T14:30:0{second}Z", name, AUTHORS[4], number))
    for talk in TALKS:
        plan += canvas.talk(*talk)
    for talk in BEGUN_BEFORE:
        plan += canvas.talk(*talk, begins=False)
    events = canvas.events(plan)
    by_request = []
    for event in events:
        metadata, body = event["metadata"], event["body"]
        if body["conversation_id"] in BATCH:
            event["metadata"] = keep(metadata, "root_") | JOB | keep(metadata, "producer", "event_")
        elif "message_id" in body and metadata["hostname"] == NORTH.host:
            by_request.append(event)
    short = next(event for event in by_request if event["body"]["author_id"] == "123")
    short["body"]["author_id"] = "7~123"
    console, by_api, masked = canvas.rng.sample(by_request, 3)
    console["metadata"] = keep(console["metadata"], "event_")
    by_api["metadata"] |= BY_API
    masked["metadata"]["real_user_id"] = NORTH.global_id(2)
    return [*delivered(canvas.rng, [encode(event) for event in events]), encode(DOCUMENTED)]


def delivered(rng: random.Random, lines: list[bytes]) -> list[bytes]:
    """Return lines as a queue delivers them: a little out of order, and a few of them twice."""
    places = [(place + rng.uniform(0, 1.6), line) for place, line in enumerate(lines)]
    again = [(place + rng.uniform(2, 40), line) for place, line in rng.sample(places, 12)]
    return [line for _, line in sorted(places + again)]


def mixed() -> list[bytes]:
    """Return a dump with other events among those of conversations, and with damage."""
    canvas = Canvas()
    plan = canvas.talk(NORTH, 5301, 42) + canvas.talk(OXANA, 5301, 16)
    plan += canvas.talk(NORTH, 5298, 18, begins=False)
    for name in 5 * [*OTHERS]:
        author = canvas.rng.choice(AUTHORS[:9])
        plan.append(Step(canvas.waking_moment(author, canvas.rng.randint(0, 12)), name, author))
    events = canvas.events(plan)
    lines = [encode(event) for event in events]
    messages = [place for place, event in enumerate(events) if "message_id" in event["body"]]
    for place, harm in zip(messages[2::4], MIXED, strict=False):
        lines[place] = harm(events[place])
    return lines


def invalid(harms: tuple[Harm, ...]) -> list[bytes]:
    """Return a few events, all but the first harmed, each in its own way."""
    canvas = Canvas()
    created, *messages = canvas.events(canvas.talk(NORTH, 5310, len(harms)))
    return [encode(created), *(harm(event) for harm, event in zip(harms, messages, strict=True))]


def shapes() -> dict[str, bytes]:
    """Return a few events in what queues, streams and stores wrap them in, by the file's name."""
    canvas = Canvas()
    lines = [encode(event) for event in canvas.events(canvas.talk(NORTH, 5310, 5))]
    texts = [line.decode() for line in lines]
    messages = [{"MessageId": f"m-{i}", "Body": text} for i, text in enumerate(texts)]
    notices = [{"Type": "Notification", "Message": text} for text in texts]
    tokens = [
        ".".join(
            base64.urlsafe_b64encode(part).rstrip(b"=").decode()
            for part in (b'{"alg":"RS256"}', line, b"not a signature")
        )
        for line in lines
    ]
    return {
        "array.json": json.dumps([json.loads(line) for line in lines], indent=2).encode() + b"\n",
        "firehose": b"".join(lines),
        "lambda.jsonl": json.dumps({"Records": [{"Sns": notice} for notice in notices]}).encode()
        + b"\n",
        "receive-message.json": json.dumps({"Messages": messages}, indent=4).encode() + b"\n",
        "tokens.txt": "".join(f"{token}\n" for token in tokens).encode(),
    }


def write(path: Path, lines: list[bytes]) -> None:
    """Write each line with a line feed, as bytes: some lines are no text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(line + b"\n" for line in lines))


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    write(folder / "conversations.jsonl", conversations())
    write(folder / "mixed.jsonl", mixed())
    for code, harms in INVALID.items():
        write(folder / "invalid" / f"{code}.jsonl", invalid(harms))
    for name, data in shapes().items():
        (folder / "shapes").mkdir(exist_ok=True)
        (folder / "shapes" / name).write_bytes(data)
