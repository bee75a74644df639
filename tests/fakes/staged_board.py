"""A board with one item in every place a person may look at, made with the real engine."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from brains.schemas import Draft, Knowledge, Review
from daemon.blackboard import SqliteEngine, open_board
from daemon.blackboard.records import (
    CallStatus,
    Claim,
    Failure,
    Identity,
    NewArtifact,
    NewCall,
    NewSource,
    Observation,
    SettledCall,
    Settlement,
    Usage,
)
from daemon.blackboard.states import Step
from daemon.core.clock import Clock
from daemon.core.events import Emitter
from daemon.core.ids import TimeSortedIds
from daemon.publish.base import Post
from daemon.publish.compose import post_content
from tests.fakes.clock import ManualClock

STARTED_AT = 1_790_000_000.0
FAILURE = Failure(
    error_class="BadKeyError",
    message="the key was refused",
    traceback="Traceback (most recent call last):\n  …\nBadKeyError: the key was refused",
    remedy="final",
    group="BadKeyError|openai.py|api.example",
)
_DRAFT = Draft(language="en", title="A draft", summary="", body="Words.").model_dump(mode="json") | {
    "memories": [],
    "memory_degraded": False,
    "provider": "anthropic",
    "model": "writer",
}
_POST = Post(
    item_id="x",
    slug="a-post-x",
    title="A post",
    summary="",
    body="Words.",
    published_at=STARTED_AT,
    source="Example",
    link=None,
    language="en",
)


@dataclass(frozen=True)
class Staged:
    """The ids of the items, by the state each is in."""

    source_id: int
    queued: str
    dead: str
    held: str
    discarded: str
    published: str


@asynccontextmanager
async def opened(
    home: Path, *, clock: Clock | None = None, emitter: Emitter | None = None
) -> AsyncIterator[SqliteEngine]:
    """A real engine on a folder."""
    clock = clock or ManualClock(STARTED_AT)
    engine = await open_board(
        home=home, clock=clock, ids=TimeSortedIds(clock.now, random.Random(1)), boot_id="test", emitter=emitter
    )
    async with engine:
        yield engine


def seen(name: str) -> Observation:
    """An observation of its own."""
    return Observation(
        title=f"Title of {name}",
        text=f"The text of {name}. It has 7 words.",
        url=f"https://example.org/{name}",
        identities=(Identity(f"link:example.org/{name}", is_global=True),),
        language="en",
    )


async def stage(engine: SqliteEngine) -> Staged:
    """Bring five items to five states, with artifacts, calls and events on the way."""
    source = await engine.add_source(
        NewSource(kind="rss", address="https://example.org/feed.xml", name="Example"), by="test"
    )
    names = ("dead", "held", "discarded", "published", "queued")
    posted = [(await engine.post([seen(name)], source_id=source.id, by="sensor"))[0].item_id for name in names]
    dead, held, discarded, published, queued = posted
    claims = {
        claim.item.id: claim
        for claim in await engine.claim(worker_id="w", steps=frozenset(Step), limit=4, lease_seconds=60)
    }
    await engine.bury(claims[dead], failure=FAILURE)
    await engine.discard(claims[discarded], reason="nothing to write about")
    await engine.advance(claims[held], artifacts=[_knowledge("held")])
    await engine.advance(
        claims[published],
        artifacts=[_knowledge("seven")],
        calls=[settled_call(published)],
    )
    await _onward(engine, held=held)
    return Staged(source.id, queued, dead, held, discarded, published)


async def _onward(engine: SqliteEngine, *, held: str) -> None:
    for step, artifact in (
        (Step.DRAFT, NewArtifact("draft", _DRAFT, "writer")),
        (Step.REVIEW, NewArtifact("review", Review(passed=True).model_dump(mode="json"), "quick")),
        (Step.PUBLISH, NewArtifact("post", post_content(_POST))),
    ):
        for claim in await _claimed(engine, step):
            if step is Step.REVIEW and claim.item.id == held:
                await engine.hold(claim, reason="a person approves every post", artifacts=[artifact])
            else:
                await engine.advance(claim, artifacts=[artifact])


async def _claimed(engine: SqliteEngine, step: Step) -> list[Claim]:
    return await engine.claim(worker_id="w", steps={step}, limit=4, lease_seconds=60)


def _knowledge(gist: str) -> NewArtifact:
    return NewArtifact("knowledge", Knowledge(language="en", gist=gist).model_dump(mode="json"), "quick")


def settled_call(item_id: str) -> SettledCall:
    """A call that cost 0.0012 dollars."""
    call = NewCall(item_id, "left", "extract", "gemini", "quick", request_hash="h", fingerprint={"code": "1"})
    usage = Usage(input_tokens=100, output_tokens=20, cached_tokens=30)
    return SettledCall(call, Settlement(CallStatus.OK, usage, cost_micro=1200, latency_ms=80, answer="{}"))
