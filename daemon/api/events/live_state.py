"""What a live view starts from: read once a second at most, however many ask for it in that second."""

import asyncio
from typing import Any

from pydantic import Field

from daemon.api.answers.base import Answer, Moment
from daemon.api.desk import Desk
from daemon.api.events.encoding import encode
from daemon.api.events.hub import EventHub
from daemon.api.events.view import shown_reason, shown_text
from daemon.blackboard.reading.live import read_live
from daemon.blackboard.states import State
from daemon.core.version import version

Document = dict[str, Any]

FRESH_SECONDS = 1.0
_MOST_OF_THE_TIME = 0.1
"""Reading a very large board takes longer; then the answer is kept so much longer that no more is spent on it."""


class LiveItem(Answer):
    """One item on its way."""

    id: str
    """13 characters that sort by time."""
    title: str
    """Its title."""
    state: State
    """Where it is."""
    round: int = Field(ge=0)
    """How often it was sent back."""
    updated_at: Moment
    """When it last changed."""
    reason: str | None
    """Why it was sent back, a line each; null when it was not."""
    is_working: bool
    """Somebody works on it now."""
    waits_for: str | None
    """What it waits for: budget, burn, breaker, batch, turn; null when it is not put back."""


class LivePost(Answer):
    """One post."""

    title: str
    """Its title."""
    slug: str | None
    """Its address is `/posts/{slug}`; null for one that has none."""
    summary: str
    """One or two sentences."""
    at: Moment
    """When it was published."""


class LiveSums(Answer):
    """Today (UTC)."""

    calls: int = Field(ge=0)
    """Requests to models."""
    prompt_tokens: int = Field(ge=0)
    """Tokens of requests."""
    completion_tokens: int = Field(ge=0)
    """Tokens of answers."""
    cost_usd: float = Field(ge=0)
    """Dollars spent."""


class LiveDaemon(Answer):
    """The program."""

    started_at: Moment
    """When it was started."""
    version: str
    """Of the program."""


class LiveAnswer(Answer):
    """The desk at one moment; the events after `last_event_id` tell how it goes on."""

    last_event_id: int = Field(ge=0)
    """The newest event that this state has in it."""
    at: Moment
    """The moment it is told of."""
    is_public: bool
    """It is the view for everybody, without anything private."""
    level: str = Field(examples=["L0"])
    """L0 normal, L1 patient, L2 cheap, L3 sources only."""
    level_reason: str | None
    """Why it is not the normal one; null when it is."""
    paused: bool
    """A person has stopped the claiming."""
    states: dict[State, int]
    """How many items stand in each state."""
    items: list[LiveItem] = Field(max_length=60)
    """What is worked on, what changed last, and the newest."""
    posts: list[LivePost] = Field(max_length=20)
    """The newest posts."""
    today: LiveSums
    """Calls, tokens and dollars since midnight, UTC."""
    daemon: LiveDaemon
    """The program."""


class LiveState:
    """Answers the live state as JSON, in both views, encoded once."""

    def __init__(self, desk: Desk, *, hub: EventHub) -> None:
        self._desk = desk
        self._hub = hub
        self._reading: asyncio.Task[None] | None = None
        self._kept_until = float("-inf")
        self._answers: dict[bool, bytes] = {}

    async def answer(self, *, is_public: bool) -> bytes:
        """`LiveAnswer` as JSON. Raises what reading the board raises."""
        await self._hub.start()
        if self._hub.clock.monotonic() >= self._kept_until:
            if self._reading is None or self._reading.done():
                self._reading = asyncio.create_task(self._read(), name="live state")
            # One who goes away takes the answer from nobody else.
            await asyncio.shield(self._reading)
        return self._answers[is_public]

    async def _read(self) -> None:
        clock = self._hub.clock
        began = clock.monotonic()
        board = await asyncio.to_thread(read_live, self._desk.reader.path, now=clock.now())
        level = self._desk.levels.document()
        document = board | {
            "is_public": False,
            "level": str(level["level"]),
            "level_reason": None if level["level"] == "L0" else level["reason"],
            "daemon": {"started_at": self._hub.started_at, "version": version()},
        }
        self._answers = {is_public: _encoded(document, is_public=is_public) for is_public in (False, True)}
        ended = clock.monotonic()
        self._kept_until = ended + max(FRESH_SECONDS, (ended - began) / _MOST_OF_THE_TIME)


def public_state(document: Document) -> Document:
    """The same with texts as everybody may see them."""
    return document | {
        "is_public": True,
        "level_reason": shown_reason(document["level_reason"]),
        "items": [_public_item(one) for one in document["items"]],
        "posts": [
            {key: shown_text(one[key]) for key in ("title", "slug", "summary")} | {"at": one["at"]}
            for one in document["posts"]
        ],
    }


def _public_item(item: Document) -> Document:
    reasons = [text for line in (item["reason"] or "").splitlines() if (text := shown_text(line))]
    return item | {"title": shown_text(item["title"]), "reason": "\n".join(reasons) or None}


def _encoded(document: Document, *, is_public: bool) -> bytes:
    shown = public_state(document) if is_public else document
    return encode(LiveAnswer.model_validate(shown).model_dump(mode="json"))
