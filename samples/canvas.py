"""Makes events as Canvas does, for made-up people at made-up schools.

Every choice comes from one seeded generator, so each run makes the same events.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import uuid
from collections.abc import Iterable
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

SEED = 20200324
CREATED, FORWARDED = "conversation_created", "conversation_forwarded"
MESSAGE = "conversation_message_created"
PATHS = {CREATED: "", FORWARDED: "/{}/add_recipients", MESSAGE: "/{}/add_message"}

Event = dict[str, Any]


class Account(NamedTuple):
    """A root account, alone on its shard."""

    shard: int
    host: str
    lti_guid: str

    def global_id(self, local_id: int) -> str:
        """Return the id by which other shards know *local_id*."""
        return str(self.shard * 10**13 + local_id)


class Author(NamedTuple):
    """A user who writes messages."""

    account: Account
    local_id: int
    login: str
    sis_id: str | None
    zone: str


class Step(NamedTuple):
    """Something that somebody is to do; *stamp* is its time in the body, where that is settled."""

    moment: dt.datetime
    name: str
    author: Author
    conversation_id: str = ""
    stamp: str = ""


NORTH_UUID = "mT4kVb0wQz7NfYp2RcHsLx9JgD5aUeX3iKoB6tWq"
NORTH = Account(7, "canvas.north.example.edu", f"{NORTH_UUID}.canvas.north.example.edu")
OXANA_UUID = "VicYj3cu5BIFpoZhDVU4DZumnlBrWi1grgJEzADs"
OXANA = Account(2107, "learn.oxana.example.edu", f"{OXANA_UUID}.oxana.instructure.com")
AUTHORS = (
    Author(NORTH, 123, "amara.okafor@north.example.edu", "N-20417", "America/Chicago"),
    Author(NORTH, 131, "ben.tsosie@north.example.edu", "N-20533", "America/Denver"),
    Author(NORTH, 140, "chloe.baptiste@north.example.edu", None, "America/New_York"),
    Author(NORTH, 166, "dinesh.rao@north.example.edu", "N-21002", "Asia/Kolkata"),
    Author(NORTH, 172, "elin.lindqvist@north.example.edu", "N-21077", "Europe/Berlin"),
    Author(NORTH, 205, "farid.haddad@north.example.edu", None, "America/Los_Angeles"),
    Author(NORTH, 218, "grace.noonan@north.example.edu", "N-22841", "America/St_Johns"),
    Author(NORTH, 231, "hoku.kealoha@north.example.edu", "N-23118", "Pacific/Honolulu"),
    Author(NORTH, 240, "ines.carvalho@north.example.edu", "N-23350", "America/Sao_Paulo"),
    Author(OXANA, 131, "jonas.weir@oxana.example.edu", "118-T02", "Europe/London"),
    Author(OXANA, 152, "keiko.mori@oxana.example.edu", None, "Australia/Adelaide"),
    Author(OXANA, 177, "luz.ortega@oxana.example.edu", "203-T11", "America/Phoenix"),
)
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:73.0) Gecko/20100101 Firefox/73.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 13_3_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
)
COURSE = {"context_type": "Course", "context_id": NORTH.global_id(1180)}

# Other events: the path of the request, and the body: # is an id, % a number and @ the time.
PROSE = "<p>Ça marche&nbsp;: “naïve” ≠ naive, 日本語 too. <em>See you on Monday!</em> 🎓</p>"
OTHERS: dict[str, tuple[str, Event]] = {
    "course_created": ("/courses", {"account_id": "#", "course_id": "#", "name": "Géométrie I"}),
    "submission_updated": ("/submissions", {"submission_id": "#", "body": None, "updated_at": "@"}),
    "logged_in": ("/login/canvas", {"redirect_url": f"https://{NORTH.host}/"}),
    "logged_out": ("/logout", {}),
    "grade_change": ("/gradebook", {"submission_id": "#", "grade": "92.5", "old_grade": None}),
    "outcomes.retry_outcome_alignment_clone": ("/outcomes", {"course_id": "#", "domain": "north"}),
    "discussion_entry_created": ("/entries", {"discussion_entry_id": "#", "text": PROSE}),
    "quiz_submitted": ("/quizzes", {"quiz_id": "%", "submission_id": "%", "submitted_at": "@"}),
}


class Canvas:
    """Plans what people do, then makes the events of it."""

    def __init__(self) -> None:
        """Start from the seed, so that one file's events do not hang on another's."""
        self.rng = random.Random(SEED)
        self._last_message = {NORTH: 88120, OXANA: 7031}

    def talk(self, account: Account, number: int, messages: int, begins: bool = True) -> list[Step]:
        """Plan a conversation of some days; the longer ones are forwarded half-way."""
        authors = [author for author in AUTHORS if author.account == account]
        people = self.rng.sample(authors, self.rng.randint(2, min(5, len(authors))))
        first, days = self.rng.randint(0, 8) if begins else 0, self.rng.randint(1, 5)
        steps = []
        for _ in range(messages):
            author = self.rng.choice(people)
            moment = self.waking_moment(author, first + self.rng.randint(0, days))
            steps.append(Step(moment, MESSAGE, author, str(number)))
        start, middle = min(steps), sorted(steps)[messages // 2]
        if begins:
            earlier = start.moment - dt.timedelta(seconds=8)
            steps.append(start._replace(name=CREATED, moment=earlier))
        if messages > 20:
            later = middle.moment + dt.timedelta(seconds=47)
            steps.append(middle._replace(name=FORWARDED, moment=later))
        return steps

    def waking_moment(self, author: Author, day: int) -> dt.datetime:
        """Return a time of day at which *author* is up, some days after 1 March."""
        seconds = self.rng.triangular(7 * 3600, 23 * 3600, 15 * 3600)
        midnight = dt.datetime(2020, 3, 1 + day, tzinfo=ZoneInfo(author.zone))
        return (midnight + dt.timedelta(seconds=int(seconds))).astimezone(dt.UTC)

    def events(self, plan: Iterable[Step]) -> list[Event]:
        """Return the events of a plan in the order of their times."""
        return [self._event(step) for step in sorted(plan)]

    def _event(self, step: Step) -> Event:
        author, account = step.author, step.author.account
        path, body = self._path_and_body(step)
        time = step.moment + dt.timedelta(milliseconds=self.rng.randint(30, 990))
        metadata = {
            "root_account_uuid": account.lti_guid.partition(".")[0],
            "root_account_id": account.global_id(1),
            "root_account_lti_guid": account.lti_guid,
            "user_account_id": account.global_id(1),
            "user_agent": AGENTS[author.local_id % len(AGENTS)],
            "user_id": account.global_id(author.local_id),
            "user_login": author.login,
            "user_sis_id": author.sis_id,
            "time_zone": author.zone,
            "request_id": str(uuid.UUID(int=self.rng.getrandbits(128), version=4)),
            "session_id": random.Random(f"{author.login} {time:%j}").randbytes(16).hex(),
            "hostname": account.host,
            "http_method": "POST",
            "client_ip": f"198.51.100.{author.local_id}",
            "url": f"https://{account.host}{path}",
            "referrer": self.rng.choice([None] + [f"https://{account.host}/conversations"] * 9),
            "producer": "canvas",
            "event_name": step.name,
            "event_time": time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        about_a_course = step.name in OTHERS and not step.name.startswith("logged_")
        return {"metadata": metadata | (COURSE if about_a_course else {}), "body": body}

    def _path_and_body(self, step: Step) -> tuple[str, Event]:
        at = step.stamp or self._stamp(step)
        if step.name in OTHERS:
            path, body = OTHERS[step.name]
            number = self.rng.randint(100, 90_000)
            values = {"#": str(number), "%": number, "@": at}
            return path, {key: values.get(value, value) for key, value in body.items()}
        path = "/conversations" + PATHS[step.name].format(step.conversation_id)
        if step.name != MESSAGE:
            return path, {"conversation_id": step.conversation_id, "updated_at": at}
        account = step.author.account
        self._last_message[account] += self.rng.randint(1, 9)
        return path, {
            "author_id": str(step.author.local_id),
            "conversation_id": step.conversation_id,
            "created_at": at,
            "message_id": str(self._last_message[account]),
        }

    def _stamp(self, step: Step) -> str:
        """Return the step's time, in UTC or as the author's clock shows it: Canvas does both."""
        if self.rng.random() < 0.4:
            return f"{step.moment:%Y-%m-%dT%H:%M:%SZ}"
        return step.moment.astimezone(ZoneInfo(step.author.zone)).isoformat()


def encode(value: Any) -> bytes:
    """Return *value* as JSON on one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
