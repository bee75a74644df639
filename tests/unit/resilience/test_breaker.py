import asyncio
import json
import random
from typing import Any

import pytest

from daemon.core.errors import (
    BadKeyError,
    BadRequestError,
    BreakerOpenError,
    BudgetExceededError,
    CallTimeoutError,
    ContextTooLongError,
    MalformedAnswerError,
    OutsideError,
    RateLimitedError,
    RefusedError,
    RetriesExhaustedError,
    ServerFaultError,
    UnknownModelError,
)
from daemon.resilience.breaker import Breaker, BreakerState
from tests.fakes.clock import ManualClock

FAULT = ServerFaultError("it is down")


def _breaker(clock: ManualClock, **settings: Any) -> Breaker:
    return Breaker("gemini", clock=clock, rng=random.Random(1), **{"failure_threshold": 3, **settings})


def _fail(breaker: Breaker, times: int = 1, error: OutsideError = FAULT) -> None:
    for _ in range(times):
        breaker.failed(error, permit=breaker.check())


def _succeed(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        breaker.succeeded(breaker.check())


def _opened(clock: ManualClock, **settings: Any) -> Breaker:
    breaker = _breaker(clock, **settings)
    _fail(breaker, 3)
    assert breaker.state is BreakerState.OPEN
    return breaker


def _half_open(clock: ManualClock, **settings: Any) -> Breaker:
    """A breaker whose cool-down is over; the next check is the probe."""
    breaker = _opened(clock, **settings)
    clock.set(clock.now() + 66.0)
    return breaker


def test_it_opens_at_the_threshold() -> None:
    breaker = _breaker(ManualClock())
    _fail(breaker, 2)
    assert breaker.state is BreakerState.CLOSED
    _fail(breaker)
    assert breaker.state is BreakerState.OPEN


def test_an_open_breaker_refuses_and_says_until_when() -> None:
    clock = ManualClock()
    breaker = _opened(clock)
    with pytest.raises(BreakerOpenError, match=r"gemini is open: 3 of the last 3 calls failed.*it is down") as caught:
        breaker.check()
    assert caught.value.endpoint == "gemini"
    assert clock.now() + 60.0 <= caught.value.until <= clock.now() + 66.0
    assert breaker.ready_at() == caught.value.until


def test_one_failure_trips_nothing_even_at_a_threshold_of_one() -> None:
    """The minimum sample: one slow call says little about an endpoint."""
    breaker = _breaker(ManualClock(), failure_threshold=1, minimum_samples=2)
    _fail(breaker)
    assert breaker.state is BreakerState.CLOSED
    _fail(breaker)
    assert breaker.state is BreakerState.OPEN


def test_failures_outside_the_window_are_forgotten() -> None:
    clock = ManualClock()
    breaker = _breaker(clock, window_seconds=100.0)
    _fail(breaker, 2)
    clock.set(clock.now() + 100.0)
    _fail(breaker, 2)
    assert (breaker.state, breaker.snapshot()["failures"]) == (BreakerState.CLOSED, 2)


def test_a_few_failures_among_many_successes_trip_nothing() -> None:
    breaker = _breaker(ManualClock())
    _succeed(breaker, 10)
    _fail(breaker, 9)
    assert breaker.state is BreakerState.CLOSED
    _fail(breaker)
    assert breaker.state is BreakerState.OPEN


def test_a_busy_hour_of_good_calls_does_not_hide_an_outage() -> None:
    """Half of the last twenty calls is enough, whatever was before."""
    breaker = _breaker(ManualClock())
    _succeed(breaker, 1000)
    _fail(breaker, 9)
    assert breaker.state is BreakerState.CLOSED
    _fail(breaker)
    assert breaker.state is BreakerState.OPEN


@pytest.mark.parametrize(
    "error",
    [
        ServerFaultError(),
        CallTimeoutError(),
        RateLimitedError(),
        BadKeyError(),
        UnknownModelError(),
        RetriesExhaustedError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_faults_of_the_endpoint_count(error: OutsideError) -> None:
    breaker = _breaker(ManualClock())
    _fail(breaker, 3, error)
    assert breaker.state is BreakerState.OPEN


@pytest.mark.parametrize(
    "error",
    [BadRequestError(), RefusedError(), ContextTooLongError(), MalformedAnswerError()],
    ids=lambda error: type(error).__name__,
)
def test_what_one_request_did_wrong_counts_as_an_answer(error: OutsideError) -> None:
    breaker = _breaker(ManualClock())
    _fail(breaker, 9, error)
    assert (breaker.state, breaker.snapshot()["samples"], breaker.snapshot()["failures"]) == (BreakerState.CLOSED, 9, 0)


def test_what_was_not_sent_counts_as_nothing() -> None:
    breaker = _breaker(ManualClock())
    _fail(breaker, 9, BudgetExceededError())
    assert breaker.snapshot()["samples"] == 0


def test_after_the_cool_down_one_probe_passes_and_all_others_wait() -> None:
    clock = ManualClock()
    breaker = _half_open(clock)
    assert breaker.ready_at() == 0.0
    assert breaker.check().is_probe
    assert breaker.state is BreakerState.HALF_OPEN
    with pytest.raises(BreakerOpenError, match="half-open") as caught:
        breaker.check()
    assert caught.value.until == clock.now() + 5.0


def test_a_probe_that_succeeds_closes_it() -> None:
    breaker = _half_open(ManualClock())
    _succeed(breaker)
    assert breaker.state is BreakerState.CLOSED
    assert (breaker.snapshot()["reason"], breaker.snapshot()["opened_at"]) == (None, None)
    _fail(breaker, 2)
    assert breaker.state is BreakerState.CLOSED


def test_a_probe_that_fails_opens_it_for_a_whole_cool_down() -> None:
    clock = ManualClock()
    breaker = _half_open(clock)
    _fail(breaker)
    assert breaker.state is BreakerState.OPEN
    assert breaker.ready_at() >= clock.now() + 60.0
    assert breaker.snapshot()["reason"] == "the probe failed with ServerFaultError: it is down"


def test_probes_that_end_in_silence_come_less_and_less_often() -> None:
    """Nobody knows what they cost; one that is answered by an error is free, and costs no patience."""
    clock = ManualClock()
    breaker = _opened(clock)
    waits = []
    for error in (FAULT, *(CallTimeoutError("no answer"),) * 5):
        clock.set(breaker.ready_at())
        breaker.failed(error, permit=breaker.check())
        waits.append(breaker.ready_at() - clock.now())
    assert [int(wait / 60) for wait in waits] == [1, 2, 4, 8, 8, 8]
    clock.set(breaker.ready_at())
    breaker.succeeded(breaker.check())
    _fail(breaker, 3)
    assert breaker.ready_at() - clock.now() < 67


def test_several_probes_must_all_succeed() -> None:
    breaker = _half_open(ManualClock(), half_open_requests=2)
    first, second = breaker.check(), breaker.check()
    with pytest.raises(BreakerOpenError):
        breaker.check()
    breaker.succeeded(first)
    assert breaker.state is BreakerState.HALF_OPEN
    breaker.succeeded(second)
    assert breaker.state is BreakerState.CLOSED


async def test_a_cancelled_probe_frees_its_slot() -> None:
    breaker = _half_open(ManualClock())

    async def probe() -> None:
        with breaker.guard():
            await asyncio.Event().wait()

    task = asyncio.create_task(probe())
    await asyncio.sleep(0)
    with pytest.raises(BreakerOpenError):
        breaker.check()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert breaker.state is BreakerState.HALF_OPEN
    assert breaker.check().is_probe


def test_the_guard_reports_how_its_body_ended() -> None:
    breaker = _breaker(ManualClock())
    with breaker.guard():
        pass
    with pytest.raises(ServerFaultError), breaker.guard():
        raise FAULT
    with pytest.raises(KeyError), breaker.guard():
        raise KeyError
    assert (breaker.snapshot()["samples"], breaker.snapshot()["failures"]) == (2, 1)


def test_a_late_failure_of_an_old_call_does_not_fail_the_probe() -> None:
    """A slow call from before the opening times out while the probe is under way."""
    clock = ManualClock()
    breaker = _breaker(clock)
    old = breaker.check()
    _fail(breaker, 3)
    clock.set(clock.now() + 66.0)
    probe = breaker.check()
    breaker.failed(FAULT, permit=old)
    breaker.succeeded(old)
    breaker.abandoned(old)
    assert breaker.state is BreakerState.HALF_OPEN
    breaker.succeeded(probe)
    assert breaker.state is BreakerState.CLOSED


def test_outcomes_without_a_permit_count_for_the_state_as_it_is() -> None:
    breaker = _breaker(ManualClock())
    for _ in range(3):
        breaker.check()
        breaker.failed(FAULT)
    breaker.failed(FAULT)
    breaker.succeeded()
    assert breaker.state is BreakerState.OPEN


def test_the_snapshot_is_json_and_shows_why_and_when() -> None:
    clock = ManualClock()
    breaker = _opened(clock)
    shown = json.loads(json.dumps(breaker.snapshot()))
    assert (shown["name"], shown["state"], shown["opened_at"]) == ("gemini", "open", clock.now())
    assert shown["next_probe_at"] == breaker.ready_at()
    assert shown["reason"].startswith("3 of the last 3 calls failed")


def test_no_secret_stands_in_the_reason() -> None:
    breaker = _breaker(ManualClock())
    _fail(breaker, 3, ServerFaultError("GET https://host/v1?key=AIzaCANARYCANARYCANARYCANARYCANARYCANAR"))
    assert "CANARY" not in json.dumps(breaker.snapshot())


def test_every_change_is_said_once() -> None:
    heard: list[str] = []
    clock = ManualClock()
    breaker = _half_open(clock, on_change=lambda shown: heard.append(shown["state"]))
    _succeed(breaker)
    _succeed(breaker)
    assert heard == ["open", "half-open", "closed"]


def test_an_open_breaker_stays_open_over_a_restart() -> None:
    clock = ManualClock()
    saved = json.loads(json.dumps(_opened(clock).snapshot()))
    clock.set(clock.now() + 20.0)
    restarted = _breaker(clock)
    restarted.restore(saved)
    assert restarted.state is BreakerState.OPEN
    assert restarted.snapshot()["reason"] == saved["reason"]
    assert restarted.ready_at() == pytest.approx(saved["next_probe_at"])
    clock.set(saved["next_probe_at"] + 0.1)
    assert restarted.check().is_probe


def test_a_clock_that_was_set_back_does_not_keep_a_restored_breaker_open_for_ever() -> None:
    clock = ManualClock()
    saved = _opened(clock).snapshot()
    clock.set(clock.now() - 86_400.0)
    restarted = _breaker(clock)
    restarted.restore(saved)
    assert restarted.ready_at() <= clock.now() + 8 * 66.0


def test_a_half_open_breaker_probes_at_once_after_a_restart() -> None:
    clock = ManualClock()
    breaker = _half_open(clock)
    breaker.check()
    restarted = _breaker(clock)
    restarted.restore(breaker.snapshot())
    assert restarted.check().is_probe


def test_a_closed_breaker_stays_closed_over_a_restart() -> None:
    breaker = _breaker(ManualClock())
    breaker.restore(_breaker(ManualClock()).snapshot())
    assert breaker.state is BreakerState.CLOSED


def test_an_impossible_breaker_is_refused() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        _breaker(ManualClock(), half_open_requests=0)


def test_a_reset_closes_at_once_and_forgets_the_failures() -> None:
    """From open and half-open alike; what was under way says nothing of the time after."""
    for before in (_opened, _half_open):
        clock, told = ManualClock(), []
        breaker = before(clock)
        breaker._on_change = told.append
        permit = breaker.check() if breaker.state is BreakerState.HALF_OPEN else None
        breaker.reset()
        assert breaker.state is BreakerState.CLOSED
        assert breaker.ready_at() == 0.0
        assert {key: breaker.snapshot()[key] for key in ("reason", "opened_at", "samples")} == {
            "reason": None,
            "opened_at": None,
            "samples": 0,
        }
        assert [snapshot["state"] for snapshot in told] == ["closed"]
        if permit is not None:
            breaker.failed(FAULT, permit=permit)
        assert breaker.state is BreakerState.CLOSED


def test_after_a_reset_the_pause_is_as_short_as_the_first() -> None:
    """Probes that ended in silence had made it longer."""
    clock = ManualClock()
    breaker = _half_open(clock)
    breaker.failed(CallTimeoutError("silence"), permit=breaker.check())
    assert breaker.ready_at() - clock.now() > 110.0
    breaker.reset()
    _fail(breaker, 3)
    assert breaker.ready_at() - clock.now() <= 66.0
