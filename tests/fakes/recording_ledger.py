"""A ledger in memory that remembers what was done in which order."""

from collections.abc import Callable, Mapping

from daemon.blackboard.records import CallStatus, NewCall, Settlement, StoredAnswer
from daemon.core.errors import BudgetExceededError


class RecordingLedger:
    """`caps`: micro-dollars for `item` and `day`. `look` is asked at each entry; its answers stand in `seen`."""

    def __init__(self, *, caps: Mapping[str, int] | None = None, look: Callable[[], int] = lambda: 0) -> None:
        self.caps = dict(caps or {})
        self.calls: list[NewCall] = []
        self.settlements: dict[int, Settlement] = {}
        self.seen: list[tuple[str, int]] = []
        self.max_charged = 0
        self.day_ends_at = 2_000_000_000.0
        self._look = look

    async def find_answer(self, *, item_id: str, request_hash: str) -> StoredAnswer | None:
        for number, call in reversed(list(enumerate(self.calls, start=1))):
            settled = self.settlements.get(number)
            is_same = (call.item_id, call.request_hash) == (item_id, request_hash)
            if is_same and settled and settled.status is CallStatus.OK and settled.answer is not None:
                return StoredAnswer(
                    number, call.model, call.provider, settled.answer, settled.usage, settled.cost_micro
                )
        return None

    async def begin_call(self, call: NewCall) -> int:
        self._require_room(call)
        self.calls.append(call)
        self.max_charged = max(self.max_charged, self.charged())
        self.seen.append(("begun", self._look()))
        return len(self.calls)

    async def settle_call(self, call_id: int, settlement: Settlement) -> None:
        self.settlements.setdefault(call_id, settlement)
        self.seen.append((settlement.status, self._look()))

    def statuses(self) -> list[str]:
        """How the calls ended, in order of their entry; `sent` for one that has not."""
        ended = (self.settlements.get(number) for number in range(1, len(self.calls) + 1))
        return [settled.status.value if settled else "sent" for settled in ended]

    def charged(self, item_id: str | None = None) -> int:
        """Micro-dollars spent or set aside, of one item or of all."""
        return sum(
            self._charge(number, call)
            for number, call in enumerate(self.calls, start=1)
            if item_id in (None, call.item_id)
        )

    def _charge(self, number: int, call: NewCall) -> int:
        settled = self.settlements.get(number)
        if settled is None or settled.status is CallStatus.UNCONFIRMED:
            return call.reserved_micro or 0
        return settled.cost_micro or 0

    def _require_room(self, call: NewCall) -> None:
        wanted = call.reserved_micro or 0
        if "item" in self.caps and self.charged(call.item_id) + wanted > self.caps["item"]:
            raise BudgetExceededError("the item's budget is used up")
        if "day" in self.caps and self.charged() + wanted > self.caps["day"]:
            raise BudgetExceededError("the day's budget is used up", until=self.day_ends_at)
