"""Stored answers, looked for only where there may be one: the board is not asked about what this process knows."""

from collections import OrderedDict

from brains.llm.base import CallContext, Ledger
from daemon.blackboard.records import CallKind, CallStatus, NewCall, Settlement, StoredAnswer

_FIRST_CLAIM = 1
_MOST_KNOWN = 10_000
"""Items, each with a few hashes: some megabytes at the most."""


class StoredAnswers:
    """The answers of the ledger.

    An item in its first claim has none, and of those it gets from then on this process hears; so for such items the
    board need not be asked. Of what comes through a batch nobody here hears, so an item that had one is asked about.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: OrderedDict[str, set[str]] = OrderedDict()
        """For each item known from its first claim: the requests that were answered."""

    async def find(self, context: CallContext, request_hash: str) -> StoredAnswer | None:
        """The stored answer to a request of the item, if there is one."""
        if context.epoch == _FIRST_CLAIM and context.urgency == "normal":
            self._learn(context.item_id)
        known = self._known.get(context.item_id)
        if known is not None and request_hash not in known:
            return None
        return await self._ledger.find_answer(item_id=context.item_id, request_hash=request_hash)

    def settled(self, call: NewCall, settlement: Settlement) -> None:
        """Hear how a call of this process ended."""
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
