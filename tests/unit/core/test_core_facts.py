"""The small facts: clock, ids, errors, spans and sizes."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.core import errors
from daemon.core.clock import SystemClock, iso
from daemon.core.errors import ConfigError, DavidAgentError, OutsideError, RateLimitedError, Remedy
from daemon.core.ids import TimeSortedIds
from daemon.core.settings.values import parse_size, parse_span


async def test_the_system_clock_is_the_machines() -> None:
    clock = SystemClock()
    assert abs(clock.now() - time.time()) < 5
    before = clock.monotonic()
    await clock.sleep(-1)
    assert clock.monotonic() >= before


def test_times_are_written_in_utc_with_milliseconds() -> None:
    assert iso(1_790_000_000.5) == "2026-09-21T14:13:20.500Z"
    assert iso(None) is None


@given(times=st.lists(st.floats(0, 4e9), min_size=2, max_size=50), seed=st.integers())
def test_ids_always_grow_even_when_the_clock_is_set_back(times: list[float], seed: int) -> None:
    now = iter(times)
    ids = TimeSortedIds(lambda: next(now), random.Random(seed))
    made = [ids() for _ in times]
    assert made == sorted(set(made))
    assert {len(one) for one in made} == {13}


def test_a_classs_first_line_is_its_default_message() -> None:
    for name in dir(errors):
        kind = getattr(errors, name)
        if isinstance(kind, type) and issubclass(kind, DavidAgentError) and kind is not ConfigError:
            assert str(kind()) == (kind.__doc__ or "").strip().splitlines()[0]
            assert str(kind("own words")) == "own words"


def test_a_configuration_error_is_its_problems() -> None:
    assert str(ConfigError(problems=["one", "two"])) == "one; two"
    assert ConfigError(problems=["one"]).problems == ("one",)


def test_an_error_from_outside_keeps_who_and_when() -> None:
    error = RateLimitedError(endpoint="gemini", status=429, retry_after=3.0, until=9.0)
    assert (error.endpoint, error.status, error.retry_after, error.until) == ("gemini", 429, 3.0, 9.0)
    assert (error.remedy, OutsideError.remedy) == (Remedy.RETRY, Remedy.FINAL)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("20s", 20),
        ("30m", 1800),
        ("1h30m", 5400),
        ("2d", 172800),
        ("1w", 604800),
        ("250ms", 0.25),
        ("7", 7),
        (5, 5),
        ("1.5h", 5400),
        ("1h 30m", 5400),
    ],
)
def test_spans(written: object, seconds: float) -> None:
    assert parse_span(written) == pytest.approx(seconds)


@pytest.mark.parametrize("written", ["soon", "", "5 parsecs", "m", True, None, "-5s"])
def test_what_is_no_span_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="not a span of time"):
        parse_span(written)


@pytest.mark.parametrize(
    ("written", "size"),
    [("15MiB", 15 * 1024**2), ("500 kB", 500_000), ("10", 10), (10, 10), ("1.5kb", 1500), ("2GiB", 2 * 1024**3)],
)
def test_sizes(written: object, size: int) -> None:
    assert parse_size(written) == size


@pytest.mark.parametrize("written", ["big", "", "5 feet", True, "-5"])
def test_what_is_no_size_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="not a size"):
        parse_size(written)
