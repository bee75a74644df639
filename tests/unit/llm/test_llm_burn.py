import json
from typing import Any

import pytest

from brains.llm.burn import BurnRate, BurnStage
from daemon.blackboard.records import CallKind, CallStatus, NewCall, Settlement, Usage
from daemon.core.errors import BurnRateError
from daemon.core.events import Event
from daemon.core.settings.models import BurnSettings
from tests.fakes.clock import ManualClock

FLOOR_TOKENS, FLOOR_USD = 1000, 1.0


class Bench:
    """A breaker with floors of 1,000 tokens and one dollar a minute, three times the average, 300 s of cool-down."""

    def __init__(self, *, daily_usd: float | None = 5.0, **changes: Any) -> None:
        self.clock = ManualClock()
        self.events: list[Event] = []
        settings = BurnSettings(**{"minimum_tokens": FLOOR_TOKENS, "cool_down": 300.0, **changes})
        self.burn = BurnRate(settings, daily_usd=daily_usd, clock=self.clock, emit=self.events.append)

    def spend(self, tokens: int = 0, usd: float = 0.0) -> None:
        usage = Usage(input_tokens=tokens)
        self.settle(Settlement(CallStatus.OK, usage=usage, cost_micro=round(usd * 1e6)))

    def settle(self, settlement: Settlement, **call: Any) -> None:
        self.burn.settled(new_call(**call), settlement)

    def pass_by(self, seconds: float) -> None:
        self.clock.set(self.clock.now() + seconds)

    def told(self) -> list[tuple[str, str]]:
        return [(event.type, event.data["stage"]) for event in self.events]

    def to_hold(self) -> None:
        self.spend(tokens=2000)
        self.pass_by(30)
        self.spend(tokens=2000)
        self.pass_by(30)
        assert self.burn.stage is BurnStage.HOLD

    def to_probing(self) -> None:
        self.to_hold()
        self.pass_by(300)
        assert self.burn.stage is BurnStage.PROBING


def new_call(**changes: Any) -> NewCall:
    values = {
        "item_id": "item1",
        "brain": "left",
        "task": "extract",
        "provider": "openai",
        "model": "m",
        "request_hash": "h",
    }
    return NewCall(**{**values, **changes})


def test_at_rest_everything_passes() -> None:
    desk = Bench()
    assert desk.burn.require(is_vip=False) is BurnStage.NORMAL
    assert desk.burn.snapshot()["stage"] == "normal"


@pytest.mark.parametrize(("tokens", "usd"), [(FLOOR_TOKENS, 0.0), (0, FLOOR_USD), (FLOOR_TOKENS, FLOOR_USD)])
def test_the_floors_are_allowed_without_any_history(tokens: int, usd: float) -> None:
    desk = Bench()
    desk.spend(tokens, usd)
    assert desk.burn.require(is_vip=False) is BurnStage.NORMAL
    assert desk.events == []


@pytest.mark.parametrize(("tokens", "usd", "word"), [(FLOOR_TOKENS + 1, 0.0, "tokens"), (0, FLOOR_USD + 0.01, "$1.01")])
def test_tokens_or_dollars_alone_trip_it(tokens: int, usd: float, word: str) -> None:
    desk = Bench()
    desk.spend(tokens, usd)
    assert desk.burn.require(is_vip=False) is BurnStage.CHEAPER
    assert desk.told() == [("burn_tripped", "cheaper")]
    assert word in desk.events[0].data["reason"]
    assert desk.events[0].data["from_stage"] == "normal"


def test_three_times_the_average_of_the_hour_is_allowed_and_a_token_more_is_not() -> None:
    """Sixty minutes of 800 tokens: 2,400 a minute pass, 2,401 trip."""
    desk = Bench()
    for _ in range(60):
        desk.spend(tokens=800)
        desk.pass_by(60)
    desk.spend(tokens=2400)
    assert desk.burn.stage is BurnStage.NORMAL
    desk.spend(tokens=1)
    assert desk.burn.stage is BurnStage.CHEAPER


def test_quiet_minutes_count_as_zero() -> None:
    """Ten minutes of work in an hour make an average of a sixth, not of the work."""
    desk = Bench(minimum_tokens=0, minimum_usd=1000.0)
    desk.burn.seed([(desk.clock.now() - 1200 + 60 * minute, 600, 0) for minute in range(10)])
    assert desk.burn.snapshot()["average_tokens_per_minute"] == 100.0
    desk.spend(tokens=300)
    assert desk.burn.stage is BurnStage.NORMAL
    desk.spend(tokens=1)
    assert desk.burn.stage is BurnStage.CHEAPER


def test_a_minute_is_the_last_sixty_seconds_and_not_the_clock_s() -> None:
    desk = Bench()
    desk.spend(tokens=600)
    desk.pass_by(59.9)
    desk.spend(tokens=600)
    assert desk.burn.stage is BurnStage.CHEAPER


def test_what_is_a_minute_old_does_not_count_any_more() -> None:
    desk = Bench()
    desk.spend(tokens=600)
    desk.pass_by(60)
    desk.spend(tokens=600)
    assert desk.burn.stage is BurnStage.NORMAL


def test_cached_tokens_do_not_count() -> None:
    """Reading from the cache is what keeps the rate down."""
    desk = Bench()
    desk.settle(Settlement(CallStatus.OK, usage=Usage(input_tokens=5000, cached_tokens=4500, output_tokens=400)))
    assert desk.burn.snapshot()["tokens_per_minute"] == 900


def test_an_unknown_outcome_counts_with_what_was_set_aside() -> None:
    """Its tokens nobody knows; its money is gone until somebody says otherwise."""
    desk = Bench()
    for _ in range(3):
        desk.settle(Settlement(CallStatus.UNCONFIRMED, usage=Usage(input_tokens=9999)), reserved_micro=500_000)
    assert desk.burn.stage is BurnStage.CHEAPER
    assert desk.burn.snapshot()["tokens_per_minute"] == 0
    assert desk.burn.snapshot()["usd_per_minute"] == 1.5


def test_a_failed_call_that_was_charged_counts() -> None:
    desk = Bench()
    desk.settle(Settlement(CallStatus.MALFORMED, usage=Usage(output_tokens=1001), cost_micro=3))
    assert desk.burn.stage is BurnStage.CHEAPER


def test_batches_do_not_count() -> None:
    """They were asked for on purpose and are not urgent."""
    desk = Bench()
    usage = Usage(input_tokens=10_000)
    desk.settle(Settlement(CallStatus.OK, usage=usage, cost_micro=9_000_000), kind=CallKind.BATCH)
    assert desk.burn.stage is BurnStage.NORMAL
    assert desk.burn.snapshot()["tokens_per_minute"] == 0


@pytest.mark.parametrize(
    ("daily_usd", "minimum_usd", "limit"),
    [(10.0, None, 2.0), (None, None, 2.0), (0.1, None, 0.05), (24.0, 3.0, 3.0), (12.0, 0.0, 0.0)],
)
def test_the_floor_in_dollars_is_set_or_comes_from_the_day_s_budget(
    daily_usd: float | None, minimum_usd: float | None, limit: float
) -> None:
    desk = Bench(daily_usd=daily_usd, minimum_usd=minimum_usd)
    assert desk.burn.snapshot()["limit_usd_per_minute"] == limit


def test_a_cheaper_minute_that_is_slow_enough_ends_it() -> None:
    desk = Bench()
    desk.spend(tokens=2000)
    desk.pass_by(59)
    assert desk.burn.require(is_vip=False) is BurnStage.CHEAPER
    desk.spend(tokens=900)
    desk.pass_by(1)
    assert desk.burn.require(is_vip=False) is BurnStage.NORMAL
    assert desk.told() == [("burn_tripped", "cheaper"), ("burn_recovered", "normal")]
    assert desk.burn.snapshot()["tripped_at"] is None


def test_a_cheaper_minute_that_is_still_too_fast_holds_until_the_cool_down_is_over() -> None:
    desk = Bench()
    desk.to_hold()
    desk.pass_by(100)
    with pytest.raises(BurnRateError) as caught:
        desk.burn.require(is_vip=False)
    assert caught.value.until == desk.clock.now() + 200
    assert "2,000 tokens in a minute" in str(caught.value)
    assert desk.told() == [("burn_tripped", "cheaper"), ("burn_stage", "hold")]
    assert desk.burn.snapshot()["next_probe_at"] == desk.clock.now() + 200


def test_vip_sources_always_pass() -> None:
    desk = Bench()
    desk.spend(tokens=2000)
    assert desk.burn.require(is_vip=True) is BurnStage.NORMAL
    desk.spend(tokens=2000)
    desk.pass_by(59.9)
    desk.spend(tokens=2000)
    desk.pass_by(0.1)
    assert desk.burn.stage is BurnStage.HOLD
    assert desk.burn.require(is_vip=True) is BurnStage.NORMAL


def test_what_was_under_way_when_it_held_prolongs_nothing() -> None:
    desk = Bench()
    desk.to_hold()
    until = desk.burn.snapshot()["next_probe_at"]
    desk.pass_by(10)
    desk.spend(tokens=50_000)
    assert desk.burn.snapshot()["next_probe_at"] == until


def test_after_the_cool_down_one_call_at_a_time_is_the_probe() -> None:
    desk = Bench()
    desk.to_probing()
    with desk.burn.guard(is_vip=False) as stage:
        assert stage is BurnStage.PROBING
        with pytest.raises(BurnRateError) as caught:
            desk.burn.require(is_vip=False)
        assert desk.clock.now() < (caught.value.until or 0.0) <= desk.clock.now() + 60
        assert desk.burn.require(is_vip=True) is BurnStage.NORMAL
    with desk.burn.guard(is_vip=False) as stage:
        assert stage is BurnStage.PROBING


def test_a_probe_that_fails_gives_its_place_back() -> None:
    desk = Bench()
    desk.to_probing()
    with pytest.raises(ZeroDivisionError), desk.burn.guard(is_vip=False):
        raise ZeroDivisionError
    assert desk.burn.require(is_vip=False) is BurnStage.PROBING


def test_a_probing_minute_that_is_slow_enough_is_the_recovery() -> None:
    desk = Bench()
    desk.to_probing()
    with desk.burn.guard(is_vip=False):
        desk.spend(tokens=500)
    desk.pass_by(59)
    assert desk.burn.stage is BurnStage.PROBING
    desk.pass_by(1)
    assert desk.burn.require(is_vip=False) is BurnStage.NORMAL
    assert desk.told()[-2:] == [("burn_stage", "probing"), ("burn_recovered", "normal")]


def test_a_probing_minute_that_is_too_fast_holds_again() -> None:
    desk = Bench()
    desk.to_probing()
    with desk.burn.guard(is_vip=False):
        desk.spend(tokens=3000)
    with pytest.raises(BurnRateError) as caught:
        desk.burn.require(is_vip=False)
    assert caught.value.until == desk.clock.now() + 300
    assert desk.told()[-2:] == [("burn_stage", "probing"), ("burn_stage", "hold")]


def test_a_probe_of_an_earlier_time_gives_nobody_else_s_place_back() -> None:
    """It took so long that the breaker has held and probed again meanwhile."""
    desk = Bench()
    desk.to_probing()
    late = desk.burn.guard(is_vip=False)
    late.__enter__()
    desk.spend(tokens=3000)
    desk.pass_by(300)
    assert desk.burn.require(is_vip=False) is BurnStage.PROBING
    late.__exit__(None, None, None)
    with pytest.raises(BurnRateError):
        desk.burn.require(is_vip=False)


def test_switched_off_it_counts_but_never_trips() -> None:
    desk = Bench(enabled=False)
    desk.spend(tokens=10_000_000, usd=1000.0)
    assert desk.burn.require(is_vip=False) is BurnStage.NORMAL
    assert desk.burn.snapshot()["tokens_per_minute"] == 10_000_000
    assert desk.burn.snapshot()["enabled"] is False
    assert desk.events == []


def test_the_snapshot_is_ready_for_json_in_every_stage() -> None:
    desk = Bench()
    assert json.loads(json.dumps(desk.burn.snapshot())) == desk.burn.snapshot()
    desk.to_probing()
    assert json.loads(json.dumps(desk.burn.snapshot())) == desk.burn.snapshot()
    assert [json.loads(json.dumps(event.data)) for event in desk.events] == [event.data for event in desk.events]


def test_a_hold_outlives_a_restart() -> None:
    desk = Bench()
    desk.to_hold()
    kept = json.loads(json.dumps(desk.events[-1].data))
    later = Bench()
    later.clock.set(desk.clock.now() + 120)
    later.burn.restore(kept)
    with pytest.raises(BurnRateError) as caught:
        later.burn.require(is_vip=False)
    assert caught.value.until == desk.clock.now() + 300
    assert later.burn.snapshot()["tripped_at"] == kept["tripped_at"]
    assert later.burn.snapshot()["reason"] == kept["reason"]
    later.pass_by(180)
    assert later.burn.stage is BurnStage.PROBING


def test_a_hold_from_a_wrong_clock_is_no_longer_than_the_cool_down() -> None:
    desk = Bench()
    desk.to_hold()
    later = Bench()
    later.clock.set(desk.clock.now() - 86400)
    later.burn.restore(desk.burn.snapshot())
    assert later.burn.snapshot()["next_probe_at"] == later.clock.now() + 300


def test_a_cheaper_minute_outlives_a_restart() -> None:
    desk = Bench()
    desk.spend(tokens=2000)
    later = Bench()
    later.clock.set(desk.clock.now() + 20)
    later.burn.restore(desk.burn.snapshot())
    later.burn.seed([(desk.clock.now() // 60 * 60, 2000, 0)])
    assert later.burn.require(is_vip=False) is BurnStage.CHEAPER
    later.pass_by(39)
    assert later.burn.stage is BurnStage.CHEAPER
    later.pass_by(1)
    assert later.burn.stage is not BurnStage.CHEAPER


@pytest.mark.parametrize("kept", [{}, {"stage": "melted"}, {"stage": "hold", "stage_ends_at": "soon"}])
def test_what_is_no_snapshot_is_refused_and_changes_nothing(kept: dict[str, Any]) -> None:
    desk = Bench()
    with pytest.raises((KeyError, ValueError)):
        desk.burn.restore(kept)
    assert desk.burn.require(is_vip=False) is BurnStage.NORMAL


def test_nothing_is_restored_from_rest_or_when_switched_off() -> None:
    desk = Bench()
    desk.burn.restore(Bench().burn.snapshot())
    assert desk.burn.stage is BurnStage.NORMAL
    held = Bench()
    held.to_hold()
    off = Bench(enabled=False)
    off.burn.restore(held.burn.snapshot())
    assert off.burn.stage is BurnStage.NORMAL


def test_the_last_hour_of_an_earlier_process_counts() -> None:
    """Rows in any order; a minute's sum stands in its middle, and what is older than 61 minutes is left out."""
    desk = Bench()
    now = desk.clock.now()
    desk.burn.seed([(now - 40, 500, 100_000), (now - 600, 6000, 600_000), (now - 3720, 9999, 9_999_999)])
    look = desk.burn.snapshot()
    assert (look["tokens_per_minute"], look["usd_per_minute"]) == (500, 0.1)
    assert (look["average_tokens_per_minute"], look["average_usd_per_minute"]) == (100.0, 0.01)


def test_what_a_clock_ahead_has_entered_does_not_count() -> None:
    """It was not spent in this minute, in which it would trip."""
    desk = Bench()
    desk.burn.seed([(desk.clock.now() + 86_400 * day, 900_000, 9_999_999) for day in range(1, 4)])
    assert desk.burn.snapshot()["tokens_per_minute"] == 0


def test_seeding_keeps_what_was_spent_meanwhile() -> None:
    desk = Bench()
    desk.spend(tokens=100)
    desk.burn.seed([(desk.clock.now() - 50, 50, 0)])
    assert desk.burn.snapshot()["tokens_per_minute"] == 150


def test_the_forecast_takes_the_last_sixty_minutes() -> None:
    """Two dollars in the last hour, five hours to go: ten more. What is older than that hour says nothing."""
    desk = Bench()
    desk.clock.set(1_790_000_000 // 86400 * 86400 + 18 * 3600)
    desk.spend(usd=7.0)
    desk.pass_by(3600)
    desk.spend(usd=2.0)
    found = desk.burn.forecast(9_000_000, desk.clock.now(), cap_micro=15_000_000)
    assert found.end_micro == 9_000_000 + 2_000_000 * 5
    assert found.cap_reached_at == pytest.approx(desk.clock.now() + 3 * 3600)
