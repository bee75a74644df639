"""One step of one item: run its brain or the publisher, then end the claim with the right verb."""

from collections.abc import Awaitable, Callable, Mapping

from brains.base import Advanced, Brain, Discarded, Outcome, Rejected
from brains.llm.base import CallContext
from daemon.blackboard.engine import Engine
from daemon.blackboard.failures import describe_failure
from daemon.blackboard.records import Claim, Item
from daemon.blackboard.states import Step
from daemon.core.clock import Clock
from daemon.core.errors import BlackboardError, WaitError
from daemon.core.redaction import scrub_text
from daemon.core.settings.models import ReviewSettings
from daemon.runtime.bookkeeping import ClaimAttempts
from daemon.runtime.gists import with_gists
from daemon.runtime.publisher import Parked, Publisher

SHORTEST_SNOOZE_SECONDS = 0.5
WhyHold = Callable[[Item], Awaitable[str | None]]


class StepRunner:
    """Knows what to do with every outcome and every error of a step.

    `why_hold`: why a checked post of this item waits for a person all the same, or None.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        brains: Mapping[Step, Brain],
        publisher: Publisher,
        review: ReviewSettings,
        clock: Clock,
        why_hold: WhyHold | None = None,
    ) -> None:
        self._engine = engine
        self._brains = brains
        self._publisher = publisher
        self._review = review
        self._clock = clock
        self._why_hold = why_hold

    async def run(self, claim: Claim) -> None:
        """Do the step and end the claim. Raises `BlackboardError` when the board cannot take the end of it."""
        try:
            await self._run(claim)
        except BlackboardError:
            raise
        except WaitError as error:
            await self._wait(claim, error)
        except Exception as error:  # noqa: BLE001 - whatever an item does to its step, it must not touch the others
            await self._engine.bury(claim, failure=describe_failure(error))

    async def _run(self, claim: Claim) -> None:
        attempts = ClaimAttempts(engine=self._engine, claim=claim, clock=self._clock)
        if claim.step is Step.PUBLISH:
            await self._publish(claim, attempts)
            return
        await self._apply(claim, await self._brains[claim.step].run(claim, _context(claim.item, attempts)))

    async def _publish(self, claim: Claim, attempts: ClaimAttempts) -> None:
        match await self._publisher.run(claim, attempts):
            case Parked(reason):
                await self._engine.hold(claim, reason=reason)
            case published:
                await self._engine.advance(claim, artifacts=with_gists([published.artifact]))

    async def _apply(self, claim: Claim, outcome: Outcome) -> None:
        """End the claim as the brain says. Reasons go into events and logs, so personal data in them is scrubbed."""
        artifacts, calls = with_gists(outcome.artifacts), outcome.calls
        match outcome:
            case Discarded():
                await self._engine.discard(claim, reason=scrub_text(outcome.reason), artifacts=artifacts, calls=calls)
            case Rejected() if claim.item.round >= self._review.max_rounds:
                reason = f"not passed after {claim.item.round + 1} drafts: {'; '.join(outcome.reasons)}"
                await self._engine.hold(claim, reason=scrub_text(reason), artifacts=artifacts, calls=calls)
            case Rejected():
                reasons = [scrub_text(reason) for reason in outcome.reasons]
                await self._engine.reject(claim, reasons=reasons, artifacts=artifacts, calls=calls)
            case Advanced() if why := await self._reason_to_hold(claim):
                await self._engine.hold(claim, reason=why, artifacts=artifacts, calls=calls)
            case Advanced():
                await self._engine.advance(claim, artifacts=artifacts, calls=calls)

    async def _reason_to_hold(self, claim: Claim) -> str | None:
        """Why a post that has passed its review is not published at once."""
        if claim.step is not Step.REVIEW:
            return None
        if self._review.approval == "all":
            return "checked; waits for approval"
        return await self._why_hold(claim.item) if self._why_hold else None

    async def _wait(self, claim: Claim, error: WaitError) -> None:
        if error.until is None:
            await self._engine.bury(claim, failure=describe_failure(error))
            return
        until = max(error.until, self._clock.now() + SHORTEST_SNOOZE_SECONDS)
        await self._engine.snooze(claim, until=until, reason=scrub_text(str(error)), waits_for=error.waits_for)


def _context(item: Item, attempts: ClaimAttempts) -> CallContext:
    return CallContext(
        item_id=item.id,
        round=item.round,
        epoch=item.epoch,
        attempts=attempts,
        is_vip=item.is_vip,
        urgency=item.urgency,
        model=item.model,
    )
