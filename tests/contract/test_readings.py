"""Readings that cost money: never more than the bounds, never less than what was read."""

import asyncio
from datetime import UTC, datetime

import pytest

from daemon.blackboard.records import CallStatus
from daemon.blackboard.senses import Reading, ReadingEnd
from daemon.core.errors import BudgetExceededError, NotFoundError, Shortage
from tests.fakes.boards import Board, call
from tests.fakes.paid_sources import NO_CAPS, brought, charged, paid_source, read_of, reading

NOON = datetime(2026, 12, 31, 12, tzinfo=UTC).timestamp()
MIDNIGHT = datetime(2027, 1, 1, tzinfo=UTC).timestamp()


@pytest.fixture(autouse=True)
def _at_noon(board: Board) -> None:
    board.clock.set(NOON)


async def test_what_it_may_bring_is_set_aside_and_replaced_by_what_it_brought(board: Board) -> None:
    """The source, the brain, the day and the month agree at any moment."""
    source = await paid_source(board)
    begun = await board.engine.begin_reading(reading(source.id, reads_each=2), caps=NO_CAPS)
    assert begun == Reading(begun.call_id, source.id, entries=10, day="2026-12-31")
    assert await read_of(board, source.id) == (20, 50)
    assert await charged(board) == {"brain:sensor": 50, "day": 50, "month": 50}
    await board.engine.settle_reading(begun, brought(7))
    assert await read_of(board, source.id) == (7, 35)
    assert await charged(board) == {"brain:sensor": 35, "day": 35, "month": 35}


async def test_it_stands_in_the_ledger_with_its_source_and_no_item(board: Board) -> None:
    """Prices are frozen with it; the event has its source and its reads."""
    source = await paid_source(board)
    begun = await board.engine.begin_reading(reading(source.id), caps=NO_CAPS)
    open_columns = "brain, task, item_id, source_id, reads, reserved_micro, cost_micro, status"
    assert await board.rows(f"SELECT {open_columns} FROM calls") == [
        ("sensor", "read", None, source.id, 10, 50, None, "sent")
    ]
    end = brought(3, latency_ms=12, price={"source": "configuration", "post_usd": 0.005})
    await board.engine.settle_reading(begun, end)
    columns = "reads, cost_micro, status, latency_ms, price_source, price"
    assert await board.rows(f"SELECT {columns} FROM calls") == [
        (3, 15, "ok", 12, "configuration", '{"source":"configuration","post_usd":0.005}')
    ]
    told = board.told[-1]
    assert (told.type, told.item_id) == ("call_settled", None)
    assert {key: told.data[key] for key in ("source_id", "reads", "brain", "task", "cost_usd", "model")} == {
        "source_id": source.id,
        "reads": 3,
        "brain": "sensor",
        "task": "read",
        "cost_usd": 0.000015,
        "model": "x-posts",
    }


async def test_it_is_cut_to_what_there_is_room_for(board: Board) -> None:
    """By the tightest of all bounds, in whole entries."""
    source = await paid_source(board)

    async def entries(**caps: int) -> int:
        begun = await board.engine.begin_reading(reading(source.id, reads_each=2, daily_reads=19), caps=caps)
        await board.engine.settle_reading(begun, brought(0))
        return begun.entries

    assert await entries() == 9
    assert [await entries(brain=44), await entries(day=39), await entries(month=34)] == [8, 7, 6]
    tight = reading(source.id, daily_micro=29)
    assert (await board.engine.begin_reading(tight, caps={"day": 1000})).entries == 5


async def test_what_another_brain_spends_counts_too(board: Board) -> None:
    """The day is one for all."""
    source = await paid_source(board)
    await board.engine.begin_call(call(None, reserved=80), caps=NO_CAPS)
    assert (await board.engine.begin_reading(reading(source.id), caps={"day": 100})).entries == 4
    with pytest.raises(BudgetExceededError, match="the day's budget"):
        await board.engine.begin_call(call(None, reserved=1), caps={"day": 100})


@pytest.mark.parametrize(
    ("bounds", "caps", "words", "until"),
    [
        (
            {"daily_reads": 4},
            {},
            r"the reads of @example for a day \(daily_reads\): 0 of 4 used.* may take 5;",
            MIDNIGHT,
        ),
        ({"daily_micro": 24}, {}, r"the dollars of @example for a day \(daily_usd\): \$0.0000 of", MIDNIGHT),
        ({}, {"brain": 24}, r"sensor brain's budget \(budget.per_brain_daily_usd.sensor\)", MIDNIGHT),
        ({}, {"day": 24}, r"the day's budget \(budget.daily_usd\)", MIDNIGHT),
        ({}, {"month": 24}, r"the month's budget .* begins anew at 2027-01-01T00", MIDNIGHT),
    ],
)
async def test_without_room_for_the_least_nothing_is_begun(
    board: Board, bounds: dict[str, int], caps: dict[str, int], words: str, until: float
) -> None:
    """The sentence names the bound, and when it begins anew."""
    source = await paid_source(board)
    with pytest.raises(BudgetExceededError, match=words) as caught:
        await board.engine.begin_reading(reading(source.id, least=5, **bounds), caps=caps)
    assert caught.value.until == until
    assert await board.rows("SELECT count(*) FROM calls") == [(0,)]
    assert (await read_of(board, source.id), await charged(board)) == ((0, 0), {})


async def test_of_several_bounds_the_one_that_lasts_longest_is_named(board: Board) -> None:
    """After the day's it would be refused again."""
    board.clock.set(NOON - 20 * 86_400)
    source = await paid_source(board)
    with pytest.raises(BudgetExceededError, match="the month's budget") as caught:
        await board.engine.begin_reading(reading(source.id, daily_reads=0), caps={"month": 0, "day": 0})
    assert caught.value.until == MIDNIGHT
    assert caught.value.shortage == Shortage("month", "2026-12", 0, 0, 5)


async def test_a_sources_own_bound_is_no_shortage_of_all(board: Board) -> None:
    """Nobody is to be told that the budget is used up."""
    source = await paid_source(board)
    with pytest.raises(BudgetExceededError) as caught:
        await board.engine.begin_reading(reading(source.id, daily_reads=0), caps={"day": 1000})
    assert caught.value.shortage is None


async def test_a_look_up_counts_no_reads_but_its_money(board: Board) -> None:
    """Whose reads are used up may still look up a user, as long as there is money."""
    source = await paid_source(board)
    look_up = reading(source.id, model="x-users", wanted=1, reads_each=0, micro_each=10, daily_reads=0)
    begun = await board.engine.begin_reading(look_up, caps=NO_CAPS)
    await board.engine.settle_reading(begun, ReadingEnd(CallStatus.OK, cost_micro=10))
    assert await read_of(board, source.id) == (0, 10)
    with pytest.raises(BudgetExceededError, match="daily_usd"):
        await board.engine.begin_reading(reading(source.id, reads_each=0, daily_micro=14), caps=NO_CAPS)


async def test_each_source_has_a_day_of_its_own(board: Board) -> None:
    """Tomorrow there is room again; what was begun before midnight belongs to its own day."""
    first, second = await paid_source(board), await paid_source(board, "@other")
    begun = await board.engine.begin_reading(reading(first.id, daily_reads=10), caps=NO_CAPS)
    assert (await board.engine.begin_reading(reading(second.id, daily_reads=10), caps=NO_CAPS)).entries == 10
    board.clock.set(MIDNIGHT + 1)
    tomorrow = await board.engine.begin_reading(reading(first.id, daily_reads=10), caps=NO_CAPS)
    assert (tomorrow.entries, tomorrow.day) == (10, "2027-01-01")
    await board.engine.settle_reading(begun, brought(1))
    days = await board.rows("SELECT day, reads FROM source_reads WHERE source_id = ? ORDER BY day", first.id)
    assert days == [("2026-12-31", 1), ("2027-01-01", 10)]


async def test_of_unknown_outcome_all_stays_charged(board: Board) -> None:
    """The ledger says unconfirmed, with the reads that were set aside."""
    source = await paid_source(board)
    begun = await board.engine.begin_reading(reading(source.id), caps=NO_CAPS)
    await board.engine.settle_reading(begun, ReadingEnd(CallStatus.UNCONFIRMED, error="timeout"))
    assert (await read_of(board, source.id), (await charged(board))["day"]) == ((10, 50), 50)
    assert await board.rows("SELECT status, reads, cost_micro, error FROM calls") == [
        ("unconfirmed", 10, None, "timeout")
    ]
    assert [event.type for event in board.told[-2:]] == ["call_unconfirmed", "call_settled"]
    assert (board.told[-2].data["source_id"], board.told[-1].data["reads"]) == (source.id, 10)


async def test_what_failed_and_brought_nothing_costs_nothing(board: Board) -> None:
    """An answer with an error still says what it cost."""
    source = await paid_source(board)
    begun = await board.engine.begin_reading(reading(source.id), caps=NO_CAPS)
    await board.engine.settle_reading(begun, ReadingEnd(CallStatus.ERROR, error="503"))
    assert (await read_of(board, source.id), (await charged(board))["day"]) == ((0, 0), 0)


async def test_settling_twice_changes_nothing(board: Board) -> None:
    """The first word counts."""
    source = await paid_source(board)
    begun = await board.engine.begin_reading(reading(source.id), caps=NO_CAPS)
    await board.engine.settle_reading(begun, brought(4))
    told = len(board.told)
    await board.engine.settle_reading(begun, brought(9))
    assert (await read_of(board, source.id), len(board.told)) == ((4, 20), told)


async def test_more_than_was_asked_for_is_entered_as_it_was(board: Board) -> None:
    """What is charged is never less than what was read, even when the provider sends more."""
    source = await paid_source(board)
    begun = await board.engine.begin_reading(reading(source.id, wanted=2), caps=NO_CAPS)
    await board.engine.settle_reading(begun, brought(6))
    assert await read_of(board, source.id) == (6, 30)


async def test_a_crash_leaves_the_reads_charged(board: Board) -> None:
    """The next process finds the reading unconfirmed; what is left of the day is what may be read."""
    source = await paid_source(board)
    await board.engine.begin_reading(reading(source.id, daily_reads=12), caps=NO_CAPS)
    crashed = await board.crash()
    try:
        assert await crashed.rows("SELECT status, reads FROM calls") == [("unconfirmed", 10)]
        assert await crashed.rows(
            "SELECT type, json_extract(data, '$.source_id') FROM events ORDER BY id DESC LIMIT 1"
        ) == [("call_unconfirmed", source.id)]
        begun = await crashed.engine.begin_reading(reading(source.id, daily_reads=12), caps=NO_CAPS)
        assert begun.entries == 2
        assert await read_of(crashed, source.id) == (12, 60)
    finally:
        await crashed.engine.close()


@pytest.mark.parametrize("bound", [{"daily_reads": 70}, {"daily_micro": 350}, {"day": 350}, {"brain": 350}])
async def test_two_hundred_at_once_never_go_over_a_small_bound(board: Board, bound: dict[str, int]) -> None:
    """Overshoot 0, and the whole bound is used."""
    source = await paid_source(board)
    own = {key: value for key, value in bound.items() if key.startswith("daily")}
    caps = {key: value for key, value in bound.items() if key not in own}
    begun = await asyncio.gather(
        *(board.engine.begin_reading(reading(source.id, wanted=3, **own), caps=caps) for _ in range(200)),
        return_exceptions=True,
    )
    granted = [one for one in begun if isinstance(one, Reading)]
    assert all(isinstance(one, Reading | BudgetExceededError) for one in begun)
    assert sum(one.entries for one in granted) == 70
    assert await read_of(board, source.id) == (70, 350)
    await asyncio.gather(*(board.engine.settle_reading(one, brought(0)) for one in granted))
    assert await read_of(board, source.id) == (0, 0)


async def test_a_source_that_is_not_there_cannot_be_read(board: Board) -> None:
    """Nor one that was removed; nor can what was never begun be settled."""
    with pytest.raises(NotFoundError, match="no source 7"):
        await board.engine.begin_reading(reading(7), caps=NO_CAPS)
    source = await paid_source(board)
    await board.engine.remove_source(source.id, by="t")
    with pytest.raises(NotFoundError):
        await board.engine.begin_reading(reading(source.id), caps=NO_CAPS)
    model_call = await board.engine.begin_call(call(None), caps=NO_CAPS)
    for call_id in (99, model_call):
        with pytest.raises(NotFoundError, match="no reading"):
            await board.engine.settle_reading(Reading(call_id, source.id, 1, "2026-12-31"), brought(1))
