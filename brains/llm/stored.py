"""Stored answers, looked for only where there may be one: the board is not asked about what this process knows."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from brains.llm.base import CallContext, Ledger
from daemon.blackboard.records import CallKind, CallStatus, NewCall, Settlement, StoredAnswer

REUSED: Final = "reused"
"""What stands for the source of the price of an answer that was not asked for again."""
SHARED_TASKS: Final = frozenset({"extract"})
"""Tasks whose requests are known by the text alone, so that the answer to one item serves another as well."""
_FIRST_CLAIM = 1
_MOST_KNOWN = 10_000
"""Items, each with a few hashes: some megabytes at the most."""


class SharedAnswer(NamedTuple):
    """Where the newest answer to a request that may be shared is. `ended_at` is in epoch seconds."""

    request_hash: str
    item_id: str
    ended_at: float


class StoredAnswers:
    """The answers of the ledger.

    An item in its first claim has none, and of those it gets from then on this process hears; so for such items the
    board need not be asked. Of what comes through a batch nobody here hears, so an item that had one is asked about.
    """

    def __init__(self, ledger: Ledger, *, now: Callable[[], float] = time.time) -> None:
        self._ledger = ledger
        self._now = now
        self._known: OrderedDict[str, set[str]] = OrderedDict()
        """For each item known from its first claim: the requests that were answered."""
        self._shared: OrderedDict[str, SharedAnswer] = OrderedDict()
        """By request: whose answer may serve others. It spares the board an index that every call would pay for."""

    async def find(self, context: CallContext, request_hash: str) -> StoredAnswer | None:
        """The stored answer to a request of the item, if there is one."""
        if context.epoch == _FIRST_CLAIM and context.urgency == "normal":
            self._learn(context.item_id)
        known = self._known.get(context.item_id)
        if known is not None and request_hash not in known:
            return None
        return await self._ledger.find_answer(item_id=context.item_id, request_hash=request_hash)

    async def find_shared(self, task: str, request_hash: str, *, since: float) -> StoredAnswer | None:
        """The answer to the same request of any item that came since then (epoch seconds), if it may be shared."""
        known = self._shared.get(request_hash) if task in SHARED_TASKS else None
        if known is None or known.ended_at < since:
            return None
        return await self._ledger.find_answer(item_id=known.item_id, request_hash=request_hash)

    def share(self, answers: Iterable[SharedAnswer]) -> None:
        """Take in what former processes were answered, oldest first."""
        for answer in answers:
            self._shared[answer.request_hash] = answer
            self._shared.move_to_end(answer.request_hash)
        while len(self._shared) > _MOST_KNOWN:
            self._shared.popitem(last=False)

    def settled(self, call: NewCall, settlement: Settlement) -> None:
        """Hear how a call of this process ended."""
        if call.item_id is not None and call.task in SHARED_TASKS and settlement.status is CallStatus.OK:
            self.share([SharedAnswer(call.request_hash, call.item_id, self._now())])
        if call.item_id is None or call.item_id not in self._known:
            return
        if call.kind is CallKind.BATCH:
            del self._known[call.item_id]
        elif settlement.status is CallStatus.OK:
            self._known[call.item_id].add(call.request_hash)

    def _learn(self, item_id: str) -> None:
        if item_id not in self._known:
            self._known[item_id] = set()
            while len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
