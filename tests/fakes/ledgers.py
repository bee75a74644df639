"""Boards with a ledger worth looking at: calls of every kind and end, made with the real engine."""

from dataclasses import dataclass
from typing import Any

from daemon.blackboard.records import CallKind, CallStatus, NewSource, Settlement, Usage
from tests.fakes.boards import Board, call

PRICE = {"source": "genai-prices 0.2.3", "input_mtok": 0.75, "output_mtok": 3.75}
OWN_PRICE = {"source": "configuration", "input_mtok": 0.4, "output_mtok": 1.2}


@dataclass(frozen=True)
class Spender:
    """A board, and one verb to spend on it."""

    board: Board

    async def spend(
        self,
        item_id: str | None,
        *,
        cost: int | None = 100,
        tokens: tuple[int, int] = (1000, 100),
        status: CallStatus = CallStatus.OK,
        price: dict[str, Any] | None = PRICE,
        error: str | None = None,
        cached: tuple[int, int] = (0, 0),
        saved: int = 0,
        **more: Any,
    ) -> int:
        """One call from its begin to its end, with 5,000 micro-dollars set aside meanwhile.

        `cached`: tokens read from and written to the provider's cache. A status `sent` or `batched` leaves it open.
        """
        begun = call(item_id, reserved=5000, **more)
        call_id = await self.board.engine.begin_call(begun, caps={})
        if status in (CallStatus.SENT, CallStatus.BATCHED):
            return call_id
        usage = Usage(tokens[0], tokens[1], cached_tokens=cached[0], cache_write_tokens=cached[1])
        settlement = Settlement(status, usage, cost_micro=cost, price=price, saved_micro=saved, error=error)
        await self.board.engine.settle_call(call_id, settlement)
        return call_id


async def stage_ledger(board: Board) -> dict[str, str]:
    """A day with a bit of everything; answers the ids of its items by name.

    Spent: 4,760 micro-dollars. Unconfirmed: 5,000. Set aside: 10,000.
    """
    spend = Spender(board).spend
    source = await board.engine.add_source(
        NewSource(kind="rss", address="https://example.org/feed.xml", name="Example"), by="test"
    )
    (dear, cheap) = await board.post("dear", "cheap", source_id=source.id)
    (note,) = await board.post("a note by hand")
    await spend(dear, cost=1000, tokens=(10_000, 200), cached=(4000, 0), saved=300)
    await spend(dear, cost=2000, tokens=(9000, 1500), brain="right", task="draft", model="writer", price=OWN_PRICE)
    await spend(dear, cost=300, attempt=2)
    await spend(dear, cost=200, kind=CallKind.REPAIR)
    await spend(cheap, cost=150, kind=CallKind.HEDGE)
    await spend(cheap, cost=50, kind=CallKind.BATCH)
    await spend(cheap, cost=0, tokens=(0, 0), status=CallStatus.ERROR, price=None, error="ServerFaultError: 500")
    await spend(cheap, cost=60, status=CallStatus.MALFORMED)
    await spend(note, cost=None, tokens=(0, 0), status=CallStatus.UNCONFIRMED, price=None, error="CancelledError")
    await spend(note, cost=None, price=None, model="unpriced")
    await spend(note, status=CallStatus.SENT)
    await spend(note, status=CallStatus.BATCHED, kind=CallKind.BATCH)
    await spend(None, cost=400, tokens=(4000, 0), brain="memory", task="embed", model="gemini-embedding-2")
    await spend(None, cost=600, tokens=(0, 0), brain="sensor", task="read", model="x-api")
    return {"dear": dear, "cheap": cheap, "note": note}
