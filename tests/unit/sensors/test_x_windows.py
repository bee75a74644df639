"""When X takes requests again."""

import pytest

from sensors.x.windows import LONGEST_SECONDS, USUAL_SECONDS, RateWindows
from tests.fakes.clock import ManualClock

DAY = 86_400.0


class ShiftedClock(ManualClock):
    """A clock whose time of day somebody sets; the seconds go on."""

    shift = 0.0

    def now(self) -> float:
        return super().now() + self.shift


@pytest.mark.parametrize("shift", [-400 * DAY, -3600.0, 3600.0, 400 * DAY])
def test_a_clock_that_is_set_makes_no_wait_longer_or_shorter(shift: float) -> None:
    clock = ShiftedClock()
    windows = RateWindows(clock)
    windows.note("search", {}, status=429)
    clock.shift = shift
    assert windows.wait("search") == USUAL_SECONDS
    assert windows.closed_until("search") == clock.now() + USUAL_SECONDS
    clock.set(ManualClock.now(clock) + USUAL_SECONDS)
    assert windows.wait("search") is None
    assert windows.closed_until("search") is None


def test_no_wait_is_longer_than_a_day_and_one_endpoint_closes_no_other() -> None:
    clock = ManualClock()
    windows = RateWindows(clock)
    headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(clock.now() + 900 * DAY))}
    windows.note("search", headers, status=200)
    assert windows.wait("search") == LONGEST_SECONDS
    assert windows.wait("timeline") is None


def test_the_last_request_of_a_window_closes_it_and_an_earlier_one_does_not() -> None:
    clock = ManualClock()
    windows = RateWindows(clock)
    reset = {"x-rate-limit-reset": str(int(clock.now() + 60))}
    windows.note("search", {**reset, "x-rate-limit-remaining": "1"}, status=200)
    assert windows.wait("search") is None
    windows.note("search", {**reset, "x-rate-limit-remaining": "0"}, status=200)
    assert windows.wait("search") == 60
