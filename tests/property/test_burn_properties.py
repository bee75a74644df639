"""Random spending against the burn-rate breaker."""

from hypothesis import given
from hypothesis import strategies as st

from brains.llm.burn import BurnRate, BurnStage
from daemon.blackboard.reading.forecast import Spent, rates
from daemon.blackboard.records import CallStatus, NewCall, Settlement, Usage
from daemon.core.settings.models import BurnSettings
from tests.fakes.clock import ManualClock

FLOOR_TOKENS, FLOOR_MICRO, FACTOR = 10_000, 50_000, 3.0
CALL = NewCall("item1", "left", "extract", "openai", "m", "h")
PAUSES = st.sampled_from([0.0, 0.3, 1.0, 7.5, 29.0, 60.0, 61.0, 400.0, 3700.0])
CALLS = st.lists(st.tuples(PAUSES, st.integers(0, 20_000), st.integers(0, 100_000)), max_size=60)


def new_burn(clock: ManualClock) -> BurnRate:
    settings = BurnSettings(factor=FACTOR, minimum_tokens=FLOOR_TOKENS, minimum_usd=FLOOR_MICRO / 1e6, cool_down=300.0)
    return BurnRate(settings, daily_usd=None, clock=clock, emit=[].append)


def pay(burn: BurnRate, tokens: int, micro: int) -> None:
    burn.settled(CALL, Settlement(CallStatus.OK, usage=Usage(input_tokens=tokens), cost_micro=micro))


@given(CALLS)
def test_what_it_counts_are_the_sums_of_the_last_minute_and_of_the_hour_before(
    calls: list[tuple[float, int, int]],
) -> None:
    """The running sums equal those over all calls, to the second in which calls are put together."""
    clock, rows = ManualClock(), []
    burn = new_burn(clock)
    for pause, tokens, micro in calls:
        clock.set(clock.now() + pause)
        pay(burn, tokens, micro)
        rows.append(Spent(clock.now(), tokens, micro))
        plain, look = rates(rows, at=clock.now()), burn.snapshot()
        assert look["tokens_per_minute"] == plain.tokens
        assert round(look["usd_per_minute"] * 1e6) == plain.micro
        least = rates(rows, at=clock.now() + 1).average_tokens - plain.tokens / 60
        assert look["average_tokens_per_minute"] <= plain.average_tokens + 0.1
        assert look["average_tokens_per_minute"] >= min(least, plain.average_tokens) - 0.1


@given(CALLS)
def test_it_never_trips_below_the_floors(calls: list[tuple[float, int, int]]) -> None:
    """Whatever the history: a minute below both floors is not too fast."""
    clock, rows = ManualClock(), []
    burn = new_burn(clock)
    for pause, tokens, micro in calls:
        clock.set(clock.now() + pause)
        now = rates([*rows, Spent(clock.now(), tokens, micro)], at=clock.now())
        if now.tokens <= FLOOR_TOKENS and now.micro <= FLOOR_MICRO:
            pay(burn, tokens, micro)
            rows.append(Spent(clock.now(), tokens, micro))
        assert burn.require(is_vip=False) is BurnStage.NORMAL


@given(CALLS, st.integers(1, 1_000_000), st.integers(1, 1_000_000))
def test_it_always_trips_above_floor_and_average(calls: list[tuple[float, int, int]], more: int, dearer: int) -> None:
    """A minute above the floor and above three times the average passes nobody as normal but a VIP."""
    clock = ManualClock()
    burn = new_burn(clock)
    for pause, tokens, micro in calls:
        clock.set(clock.now() + pause)
        pay(burn, tokens, micro)
    look = burn.snapshot()
    pay(burn, look["limit_tokens_per_minute"] + more, round(look["limit_usd_per_minute"] * 1e6) + dearer)
    assert burn.require(is_vip=True) is BurnStage.NORMAL
    assert burn.stage in (BurnStage.CHEAPER, BurnStage.HOLD)


@given(CALLS)
def test_left_alone_it_always_recovers(calls: list[tuple[float, int, int]]) -> None:
    """Whatever happened, a quiet time of one minute, one cool-down and two more minutes ends it."""
    clock = ManualClock()
    burn = new_burn(clock)
    for pause, tokens, micro in calls:
        clock.set(clock.now() + pause)
        pay(burn, tokens, micro)
    for quiet in (60.0, 300.0, 60.0):
        clock.set(clock.now() + quiet)
        stage = burn.stage
    assert stage is BurnStage.NORMAL
