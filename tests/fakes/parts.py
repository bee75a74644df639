"""Scripted brains, sinks, sensors and memory for tests of the runtime."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from brains.base import Advanced, Outcome
from brains.llm.base import CallContext
from brains.memory.base import Recall, Remembered
from daemon.blackboard.records import Claim, NewArtifact, Observation, Source
from daemon.blackboard.states import Step
from daemon.publish.base import Post
from sensors.base import Sighting

KINDS = {Step.EXTRACT: "knowledge", Step.DRAFT: "draft", Step.REVIEW: "review"}


def passing(claim: Claim) -> Outcome:
    """The step is done, with a small artifact."""
    content = {"title": claim.item.title, "summary": "", "body": "A body.", "language": "en", "provider": "scripted"}
    return Advanced(artifacts=[NewArtifact(kind=KINDS[claim.step], content=content, model="scripted")])


class ScriptedBrain:
    """Answers what `script` says of a claim: an outcome, or it raises."""

    def __init__(self, script: Callable[[Claim], Outcome] = passing) -> None:
        self.script = script
        self.seen: list[Claim] = []
        self.running = 0
        self.most_running = 0

    async def run(self, claim: Claim, context: CallContext) -> Outcome:
        self.seen.append(claim)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await asyncio.sleep(0)
            return self.script(claim)
        finally:
            self.running -= 1


class HangingBrain:
    """Never answers; `has_begun` is set when it is asked."""

    def __init__(self) -> None:
        self.has_begun = asyncio.Event()

    async def run(self, claim: Claim, context: CallContext) -> Outcome:
        self.has_begun.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody sets this")


class RecordingSink:
    """Keeps what it is sent. `faults` are raised first, one a send; `can_look_up` says what kind of sink it is."""

    def __init__(self, name: str = "sink", *, can_look_up: bool = True) -> None:
        self.name = name
        self.can_look_up = can_look_up
        self.sent: list[Post] = []
        self.faults: list[Exception] = []
        self.takes_before_fault = False

    async def look_up(self, post: Post, *, key: str) -> str | None:
        return f"{self.name}/{key}" if any(p.item_id == post.item_id for p in self.sent) else None

    async def send(self, post: Post, *, key: str) -> str:
        if self.faults:
            if self.takes_before_fault:
                self.sent.append(post)
            raise self.faults.pop(0)
        self.sent.append(post)
        return f"{self.name}/{key}"

    async def flush(self) -> None:
        return

    async def close(self) -> None:
        return


class ScriptedSensor:
    """Sees the observations it is given, each poll."""

    kind = "rss"

    def __init__(self, observations: Sequence[Observation] = ()) -> None:
        self.observations = observations
        self.polls: list[str] = []
        self.fault: Exception | None = None
        self.next_fetch_at = 4e9

    async def poll(self, source: Source) -> Sighting:
        self.polls.append(source.address)
        if self.fault is not None:
            raise self.fault
        fetch = replace(source.fetch, next_fetch_at=self.next_fetch_at)
        return Sighting(fetch=fetch, observations=self.observations, entries=len(self.observations))

    async def close(self) -> None:
        return


class ListMemory:
    """A memory in a list, that can be down."""

    mode = "embedded"
    model: str | None = "list"

    def __init__(self) -> None:
        self.posts: dict[str, Remembered] = {}
        self.is_down = False
        self.asked = 0

    async def recall(self, text: str, *, limit: int, exclude: str | None = None) -> Recall:
        return Recall(memories=(), is_degraded=self.is_down)

    async def remember(self, posts: Sequence[Remembered]) -> bool:
        if self.is_down:
            return False
        self.posts |= {post.item_id: post for post in posts}
        return True

    async def search(self, text: str, *, limit: int) -> Sequence[Remembered]:
        return list(self.posts.values())[:limit]

    async def clear(self) -> None:
        self.posts.clear()

    async def size(self) -> int:
        self.asked += 1
        return len(self.posts)

    def status(self) -> str:
        return "degraded" if self.is_down else "ok"

    async def close(self) -> None:
        return
