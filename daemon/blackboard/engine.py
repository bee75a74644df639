"""The contract of the board. `tests/contract/` holds the suite every engine must pass.

One verb per arrow of `states.TRANSITIONS`. Every verb is one transaction that carries the change, its event, its
artifacts and its settled calls. A verb under a claim raises `LostClaimError` when the claim is no longer ours and then
has changed nothing. Any verb raises `BoardBusyError`, `BoardReadOnlyError`, `BoardFullError` or `CorruptBoardError`
when the database cannot take it; nothing is changed then either. An await returns only after the commit.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from daemon.blackboard.batches import Batch
from daemon.blackboard.feedback import FeedbackKeeper
from daemon.blackboard.keys import PostKey
from daemon.blackboard.records import (
    Claim,
    Failure,
    FetchState,
    NewArtifact,
    NewCall,
    NewSource,
    Observation,
    Posted,
    Publication,
    PublicationStatus,
    SettledCall,
    Settlement,
    Source,
    StoredAnswer,
)
from daemon.blackboard.senses import SenseKeeper
from daemon.blackboard.states import State, Step


class Engine(FeedbackKeeper, SenseKeeper, Protocol):
    """The board, for its one writer."""

    # --- items: coming in ---

    async def post(
        self, observations: Sequence[Observation], *, source_id: int | None, by: str, key: PostKey | None = None
    ) -> list[Posted]:
        """Put observations on the board, all or none; one answer each, in order.

        One that its own source told already (or, without a source, anyone) is not new. One that another source told
        becomes a new item with `duplicate_of`, unless what was told says too little and this says more
        (`sqlite/tellings.py`). `by` is `sensor`, or the name of the person or program.

        With `key`, for one observation: posted under it before, it is the item of then, for seven days. Raises
        `KeyReusedError` when something else was.
        """
        ...

    async def find_posted(self, key: PostKey) -> str | None:
        """The item that was posted under this key, or None. Raises `KeyReusedError` when something else was."""
        ...

    # --- items: under a claim ---

    async def claim(
        self, *, worker_id: str, steps: Collection[Step], limit: int, lease_seconds: float, is_chosen: bool = False
    ) -> list[Claim]:
        """Take up to `limit` available items for these steps, nearest to their end first, oldest first.

        `is_chosen`: only those for which a person has chosen a model.
        """
        ...

    async def heartbeat(self, claims: Sequence[Claim], *, lease_seconds: float) -> frozenset[str]:
        """Renew the leases; answers the ids of items whose claim is lost."""
        ...

    async def advance(
        self, claim: Claim, *, artifacts: Sequence[NewArtifact] = (), calls: Sequence[SettledCall] = ()
    ) -> State:
        """The step is done: to the next state."""
        ...

    async def reject(
        self,
        claim: Claim,
        *,
        reasons: Sequence[str],
        artifacts: Sequence[NewArtifact] = (),
        calls: Sequence[SettledCall] = (),
    ) -> None:
        """Back to DRAFTING with reasons; the round grows by one."""
        ...

    async def hold(
        self,
        claim: Claim,
        *,
        reason: str,
        artifacts: Sequence[NewArtifact] = (),
        calls: Sequence[SettledCall] = (),
    ) -> None:
        """To a person."""
        ...

    async def discard(
        self,
        claim: Claim,
        *,
        reason: str,
        artifacts: Sequence[NewArtifact] = (),
        calls: Sequence[SettledCall] = (),
    ) -> None:
        """To nobody."""
        ...

    async def bury(self, claim: Claim, *, failure: Failure, calls: Sequence[SettledCall] = ()) -> None:
        """To DEAD_LETTER, with the failure; `died_in` remembers the state."""
        ...

    async def release(self, claim: Claim) -> None:
        """Back unworked; uses up no attempt."""
        ...

    async def snooze(self, claim: Claim, *, until: float, reason: str, waits_for: str = "turn") -> None:
        """Not before a time; uses up no attempt. The reason stands in the item's `error`; its own `reason` stays.

        `waits_for` is the kind (budget, burn, breaker, batch, turn), by which `wake` finds it.
        """
        ...

    async def record_attempt(self, claim: Claim, *, failure: Failure, attempt: int, retry_at: float | None) -> None:
        """A request was sent and failed: the attempt counts, the claim goes on.

        Emits `attempt_failed` with the traceback. `retry_at` None: there is no further one.
        """
        ...

    # --- items: by a person (idempotent: an item not in the right state is passed over) ---

    async def revive(
        self, *, ids: Sequence[str] | None = None, group: str | None = None, model: str | None = None, by: str
    ) -> list[str]:
        """Dead letters back to the state they died in, attempts at zero; all of them without `ids` and `group`.

        `model` is the one their calls go to from now on; without it, the configured ones, whatever was chosen before.
        """
        ...

    async def edit(self, item_id: str, *, title: str | None, text: str | None, model: str | None, by: str) -> bool:
        """A dead letter back to QUEUED with another title or text (None: as it is), its budget anew.

        What it said before is kept; by what it is known again stays, and so does the round. `model` is as in `revive`.
        False when it is no dead letter. Raises `WrongStateError` when it may be published somewhere already: under
        another title it would be there twice.
        """
        ...

    async def approve(self, ids: Sequence[str], *, by: str) -> list[str]:
        """Held items to PUBLISHING. An unknown outcome at a sink is settled as 'send again' by this."""
        ...

    async def send_back(self, ids: Sequence[str], *, reason: str, by: str) -> list[str]:
        """Held items to DRAFTING, with the person's reason; the round grows by one.

        Raises `WrongStateError` for one that was held while it was published: it is at some sinks already.
        """
        ...

    async def dismiss(self, ids: Sequence[str], *, reason: str, by: str) -> list[str]:
        """Held items and dead letters to DISCARDED."""
        ...

    # --- rescue ---

    async def rescue(self, *, worker_id: str | None = None, max_rescues: int) -> list[str]:
        """Free the claims whose lease is over; with `worker_id`: all claims of any other worker, at once.

        An item rescued more than `max_rescues` times within one step is buried: it may be what kills the process.
        """
        ...

    async def next_available_at(self, *, steps: Collection[Step]) -> float | None:
        """When the next unclaimed item of these steps may be claimed; None when there is none."""
        ...

    async def wake(self, *, waits_for: str, ids: Sequence[str] | None = None) -> int:
        """What waits for this (of these items, or of all) may be claimed now; answers how many that are.

        Without `ids`, sources that wait for it (`budget`, `network`) may be read now, too.
        """
        ...

    async def bring_forward(self, seconds: float) -> int:
        """Let everything that waits wait so much less (the clock was set back); answers how many items that are."""
        ...

    async def restart_waits(self) -> int:
        """Let what a clock ahead of this one has planned wait from now on, for as long as it was meant to.

        For a start, when the clock was put right while no process ran: what was written later than now tells. Answers
        how many items, sources and switches that are; a second call finds none.
        """
        ...

    # --- the ledger ---

    async def find_answer(self, *, item_id: str, request_hash: str) -> StoredAnswer | None:
        """The stored answer to the same request of this item, if there is one."""
        ...

    async def begin_call(self, call: NewCall, *, caps: Mapping[str, int], keep_prompt_seconds: float = 0.0) -> int:
        """Enter a call as SENT (BATCHED for a batch), before it is sent; answers its id.

        `caps`: micro-dollars for `item`, `brain` (the call's own, a day), `day`, `month` (UTC). Raises
        `BudgetExceededError`, with `until`, when spent plus unconfirmed plus this reservation would exceed one; then
        nothing is entered. A call without an item meets no cap of an item. What it asks is kept for so many seconds
        from the first time on; what was kept longer than that is forgotten, a few at a time.
        """
        ...

    async def settle_call(self, call_id: int, settlement: Settlement) -> None:
        """Enter how it ended. Settling twice changes nothing."""
        ...

    async def find_batched(self, *, item_id: str, request_hash: str) -> int | None:
        """The call of this request that waits in a batch, or None."""
        ...

    async def was_batched(self, *, item_id: str, request_hash: str) -> bool:
        """Whether this request was in a batch that is over, so that it need not go into another."""
        ...

    async def open_batch(self, *, endpoint: str, call_ids: Sequence[int]) -> int:
        """Commit the intent to send these BATCHED calls as one batch; answers its id."""
        ...

    async def batch_sent(self, batch_id: int, *, vendor_id: str, next_poll_at: float) -> None:
        """The provider has taken it."""
        ...

    async def batch_polled(self, batch_id: int, *, next_poll_at: float) -> None:
        """It is not ready; look again then."""
        ...

    async def end_batch(self, batch_id: int, *, error: str | None = None) -> list[str]:
        """It is over. Its calls that are still BATCHED end as ERROR, uncharged; its items are woken; answers their ids.

        Settle its answered calls before.
        """
        ...

    async def open_batches(self) -> list[Batch]:
        """Batches that are not over, oldest first."""
        ...

    async def recover_batches(self) -> int:
        """After a start, end what a former process left half sent; answers how many calls that are.

        Calls that no batch was opened for end as ERROR, uncharged; a batch whose sending was cut off ends with its
        calls UNCONFIRMED. Their items are woken.
        """
        ...

    # --- publications ---

    async def intend(self, claim: Claim, *, sink: str, key: str) -> Publication:
        """Commit the intent to publish, or answer the one that is there (`is_new` False)."""
        ...

    async def settle_publication(
        self, claim: Claim, *, key: str, status: PublicationStatus, location: str | None = None
    ) -> None:
        """Enter what became of it."""
        ...

    async def unremembered(self, *, limit: int) -> list[str]:
        """Published items that are not in the memory yet, oldest first."""
        ...

    async def mark_remembered(self, ids: Sequence[str]) -> None:
        """They are in the memory now."""
        ...

    async def forget_remembered(self) -> int:
        """None is in the memory any more (before a rebuild); answers how many there are to remember."""
        ...

    # --- sources ---

    async def sync_sources(self, sources: Sequence[NewSource]) -> None:
        """Make the sources of origin `config` equal to these; keeps fetch states; removed ones are disabled."""
        ...

    async def add_source(self, source: NewSource, *, by: str) -> Source:
        """Add one (or answer the one with the same address)."""
        ...

    async def set_source_enabled(self, source_id: int, *, is_enabled: bool, by: str) -> None:
        """Enable or disable one; enabling also ends `is_gone` and makes it due."""
        ...

    async def remove_source(self, source_id: int, *, by: str) -> None:
        """Remove one; its items and tombstones stay."""
        ...

    async def due_sources(self, *, limit: int, is_all: bool = False) -> list[Source]:
        """Enabled sources whose time has come, most overdue first; `is_all`: every enabled one, due or not."""
        ...

    async def next_fetch_at(self) -> float | None:
        """When the next enabled source is due; None when there is none."""
        ...

    async def record_fetch(
        self, source_id: int, *, fetch: FetchState, observations: Sequence[Observation], event: Mapping[str, Any]
    ) -> list[Posted]:
        """One poll in one transaction: post what was seen and write the fetch state back (also a moved address).

        What `event` names as `waits_for` (`network`) may make it due before its time: by it `wake` finds it.
        Of a source that was removed while it was polled, nothing is kept.
        """
        ...

    # --- the rest ---

    async def record_event(self, type_: str, *, item_id: str | None = None, data: Mapping[str, Any]) -> int:
        """Append an event that no verb makes; answers its id."""
        ...

    async def set_control(self, key: str, value: str | None, *, by: str) -> None:
        """Set or clear a switch (`paused`, `level`, …)."""
        ...

    async def write_vital(self, key: str, value: str) -> None:
        """Like `set_control`, for what the daemon says of itself every few seconds: no event."""
        ...

    async def get_control(self, key: str) -> str | None:
        """A switch, or None."""
        ...

    def set_address(self, address: str | None) -> None:
        """Tell others where this writer listens."""
        ...

    async def backup(self, path: Path) -> None:
        """Copy the live board to a new file with SQLite's own backup."""
        ...

    async def close(self) -> None:
        """Write what waits, checkpoint, free the lock. A second call does nothing."""
        ...
