"""The publish step: intent first, then the sink, then what became of it.

A sink whose outcome is unknown is never sent to again blindly: one that can look up is asked, any other parks the item
with a person.
"""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from daemon.blackboard.engine import Engine
from daemon.blackboard.records import Claim, NewArtifact, Publication, PublicationStatus
from daemon.core.clock import Clock
from daemon.core.errors import OutcomeUnknownError, PublishError, TransientError
from daemon.core.redaction import scrub_text
from daemon.publish.base import Post, Sink
from daemon.resilience.attempts import AttemptLog
from daemon.resilience.retrying import RetryPolicy, with_resilience

Compose = Callable[[Claim, float], Awaitable[Post]]
"""Builds the post from the board's records and the time of the first intent."""


@dataclass(frozen=True, slots=True)
class Published:
    """Every sink has the post."""

    artifact: NewArtifact


@dataclass(frozen=True, slots=True)
class Parked:
    """The outcome at a sink is unknown; a person decides."""

    reason: str


class Publisher:
    """Brings one post to all sinks, each exactly once as far as the sink allows."""

    def __init__(
        self,
        sinks: Sequence[Sink],
        *,
        engine: Engine,
        compose: Compose,
        to_content: Callable[[Post], Mapping[str, Any]],
        policy: RetryPolicy,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._sinks = tuple(sinks)
        self._engine = engine
        self._compose = compose
        self._to_content = to_content
        self._policy = policy
        self._clock = clock
        self._rng = rng

    async def run(self, claim: Claim, attempts: AttemptLog) -> Published | Parked:
        """Publish the item of `claim`. Raises `RetriesExhaustedError` when a sink refuses to the end."""
        intents = [await self._intend(claim, sink) for sink in self._sinks]
        first = min((intent.intent_at for intent in intents), default=self._clock.now())
        post = await self._compose(claim, first)
        for sink, intent in zip(self._sinks, intents, strict=True):
            if reason := await self._settle(sink, intent, claim=claim, post=post, attempts=attempts):
                return Parked(reason)
        return Published(NewArtifact(kind="post", content=self._to_content(post), model=None))

    async def flush(self) -> None:
        """Write what the sinks put off."""
        for sink in self._sinks:
            await sink.flush()

    async def close(self) -> None:
        """Flush and close all sinks, each also when another one cannot; raises the last fault."""
        async with AsyncExitStack() as rest:
            for sink in reversed(self._sinks):
                rest.push_async_callback(sink.close)

    async def _intend(self, claim: Claim, sink: Sink) -> Publication:
        return await self._engine.intend(claim, sink=sink.name, key=f"{claim.item.id}:{sink.name}")

    async def _settle(
        self, sink: Sink, intent: Publication, *, claim: Claim, post: Post, attempts: AttemptLog
    ) -> str | None:
        """Bring the post to one sink; answers why a person must decide, or None when it is there."""
        if intent.status is PublicationStatus.DONE and not sink.can_look_up:
            return None
        if self._may_be_there(intent) and not sink.can_look_up:
            await self._note(claim, intent, PublicationStatus.UNKNOWN)
            return _unknown(sink, "the program stopped while it was being sent")
        try:
            location = await self._sender(sink, claim=claim, intent=intent, attempts=attempts)(post)
        except OutcomeUnknownError as error:
            await self._note(claim, intent, PublicationStatus.UNKNOWN)
            return _unknown(sink, str(error))
        if intent.status is not PublicationStatus.DONE:
            await self._note(claim, intent, PublicationStatus.DONE, location=location)
        return None

    @staticmethod
    def _may_be_there(intent: Publication) -> bool:
        return not intent.is_new and intent.status is not PublicationStatus.FAILED

    def _sender(
        self, sink: Sink, *, claim: Claim, intent: Publication, attempts: AttemptLog
    ) -> Callable[[Post], Awaitable[str]]:
        has_failed = False

        @with_resilience(self._policy, attempts=attempts, clock=self._clock, rng=self._rng)
        async def send(post: Post) -> str:
            nonlocal has_failed
            if has_failed:
                # From here on it may be there again: a crash during this send must not look like the refusal before it.
                await self._intend(claim, sink)
            try:
                # A sink that can look is asked also when it said it was done: a feed is written a moment later.
                there = await sink.look_up(post, key=intent.key) if sink.can_look_up else None
                return there or await sink.send(post, key=intent.key)
            except OutcomeUnknownError:
                raise
            except PublishError as error:
                await self._note(claim, intent, PublicationStatus.FAILED)
                has_failed = True
                raise TransientError(str(error), endpoint=sink.name) from error

        return send

    async def _note(
        self, claim: Claim, intent: Publication, status: PublicationStatus, *, location: str | None = None
    ) -> None:
        await self._engine.settle_publication(claim, key=intent.key, status=status, location=location)


def _unknown(sink: Sink, why: str) -> str:
    said = scrub_text(why)
    return f"{sink.name} may or may not have the post ({said}); look there, then approve to send again, or discard"
