"""The engine's verbs on items, each handed to the writer."""

from collections.abc import Collection, Sequence
from functools import partial

from daemon.blackboard.keys import PostKey
from daemon.blackboard.records import Claim, Failure, NewArtifact, Observation, Posted, SettledCall
from daemon.blackboard.sqlite import claiming, clock_jumps, editing, ending, people, post_keys, posting, waking
from daemon.blackboard.sqlite.writer import GroupWriter
from daemon.blackboard.states import State, Step

REVIVED_AT_ONCE = 1000
"""Dead letters to a transaction, so that reviving a hundred thousand does not hold up the workers."""


class ItemVerbs:
    """Posting, claiming, ending a claim, and what a person decides."""

    def __init__(self, writer: GroupWriter) -> None:
        self._writer = writer

    async def post(
        self, observations: Sequence[Observation], *, source_id: int | None, by: str, key: PostKey | None = None
    ) -> list[Posted]:
        """Put observations on the board, all or none. Raises `NotFoundError` for an unknown source."""
        if key is None:
            return await self._writer.run(posting.post, observations=observations, source_id=source_id, by=by)
        (observation,) = observations
        posted = await self._writer.run(post_keys.post, observation=observation, source_id=source_id, by=by, key=key)
        return [posted]

    async def find_posted(self, key: PostKey) -> str | None:
        """The item that was posted under this key. Raises `KeyReusedError`."""
        return await self._writer.run(post_keys.find, key=key)

    async def claim(
        self, *, worker_id: str, steps: Collection[Step], limit: int, lease_seconds: float, is_chosen: bool = False
    ) -> list[Claim]:
        """Take available items. Cancelled while it waits, it gives back at once what it got."""
        operation = partial(
            claiming.claim_chosen if is_chosen else claiming.claim,
            worker_id=worker_id,
            steps=steps,
            limit=limit,
            lease_seconds=lease_seconds,
        )
        return await self._writer.submit(operation, abandoned=self._give_back)

    async def heartbeat(self, claims: Sequence[Claim], *, lease_seconds: float) -> frozenset[str]:
        """Renew the leases; answers the items whose claim is lost."""
        return await self._writer.run(claiming.heartbeat, claims=claims, lease_seconds=lease_seconds)

    async def advance(
        self, claim: Claim, *, artifacts: Sequence[NewArtifact] = (), calls: Sequence[SettledCall] = ()
    ) -> State:
        """To the next state."""
        return await self._writer.run(ending.advance, claim=claim, artifacts=artifacts, calls=calls)

    async def reject(
        self,
        claim: Claim,
        *,
        reasons: Sequence[str],
        artifacts: Sequence[NewArtifact] = (),
        calls: Sequence[SettledCall] = (),
    ) -> None:
        """Back to DRAFTING with reasons; they stand in the item's `reason` too, a line each."""
        await self._writer.run(ending.reject, claim=claim, reasons=reasons, artifacts=artifacts, calls=calls)

    async def hold(
        self,
        claim: Claim,
        *,
        reason: str,
        artifacts: Sequence[NewArtifact] = (),
        calls: Sequence[SettledCall] = (),
    ) -> None:
        """To a person."""
        await self._writer.run(ending.hold, claim=claim, reason=reason, artifacts=artifacts, calls=calls)

    async def discard(
        self,
        claim: Claim,
        *,
        reason: str,
        artifacts: Sequence[NewArtifact] = (),
        calls: Sequence[SettledCall] = (),
    ) -> None:
        """To nobody."""
        await self._writer.run(ending.discard, claim=claim, reason=reason, artifacts=artifacts, calls=calls)

    async def bury(self, claim: Claim, *, failure: Failure, calls: Sequence[SettledCall] = ()) -> None:
        """To DEAD_LETTER."""
        await self._writer.run(ending.bury, claim=claim, failure=failure, calls=calls)

    async def release(self, claim: Claim) -> None:
        """Back unworked."""
        await self._writer.run(ending.release, claim=claim)

    async def snooze(self, claim: Claim, *, until: float, reason: str, waits_for: str = "turn") -> None:
        """Not before a time."""
        await self._writer.run(ending.snooze, claim=claim, until=until, reason=reason, waits_for=waits_for)

    async def record_attempt(self, claim: Claim, *, failure: Failure, attempt: int, retry_at: float | None) -> None:
        """Count a failed request; the claim goes on."""
        await self._writer.run(ending.record_attempt, claim=claim, failure=failure, attempt=attempt, retry_at=retry_at)

    async def revive(
        self, *, ids: Sequence[str] | None = None, group: str | None = None, model: str | None = None, by: str
    ) -> list[str]:
        """Dead letters back to the state they died in, in portions when they are many."""
        meant = await self._writer.run(people.dead_letters, ids=ids, group=group)
        revived: list[str] = []
        for start in range(0, len(meant), REVIVED_AT_ONCE):
            portion = meant[start : start + REVIVED_AT_ONCE]
            revived += await self._writer.run(people.revive, ids=portion, model=model, by=by)
        return revived

    async def edit(self, item_id: str, *, title: str | None, text: str | None, model: str | None, by: str) -> bool:
        """A dead letter back to QUEUED, saying something else."""
        return await self._writer.run(editing.edit, item_id=item_id, title=title, text=text, model=model, by=by)

    async def approve(self, ids: Sequence[str], *, by: str) -> list[str]:
        """Held items to PUBLISHING; what is unsettled at a sink becomes `failed`: certainly not there, send again."""
        return await self._writer.run(people.approve, ids=ids, by=by)

    async def send_back(self, ids: Sequence[str], *, reason: str, by: str) -> list[str]:
        """Held items to DRAFTING."""
        return await self._writer.run(people.send_back, ids=ids, reason=reason, by=by)

    async def dismiss(self, ids: Sequence[str], *, reason: str, by: str) -> list[str]:
        """Held items and dead letters to DISCARDED."""
        return await self._writer.run(people.dismiss, ids=ids, reason=reason, by=by)

    async def rescue(self, *, worker_id: str | None = None, max_rescues: int) -> list[str]:
        """Free claims whose lease is over; with `worker_id`: every claim of another worker."""
        return await self._writer.run(claiming.rescue, worker_id=worker_id, max_rescues=max_rescues)

    async def next_available_at(self, *, steps: Collection[Step]) -> float | None:
        """When the next unclaimed item of these steps may be claimed."""
        return await self._writer.run(claiming.next_available_at, steps=steps)

    async def wake(self, *, waits_for: str, ids: Sequence[str] | None = None) -> int:
        """Let what waits for this be claimed now; answers how many items that are."""
        return await self._writer.run(waking.wake, waits_for=waits_for, ids=ids)

    async def bring_forward(self, seconds: float) -> int:
        """Let items, sources and switches wait so much less."""
        return await self._writer.run(clock_jumps.bring_forward, seconds=seconds)

    async def restart_waits(self) -> int:
        """Begin anew what a clock ahead of this one began; answers how many items, sources and switches that are."""
        return await self._writer.run(clock_jumps.restart_waits)

    def _give_back(self, claims: list[Claim]) -> None:
        for claim in claims:
            # Nobody waits for this; should it fail, the lease ends the claim.
            self._writer.follow_up(partial(ending.release, claim=claim)).add_done_callback(_seen)


def _seen(future: object) -> None:
    """Take note of a result nobody asks for, so that asyncio does not report it."""
    from asyncio import Future

    if isinstance(future, Future) and not future.cancelled():
        future.exception()
