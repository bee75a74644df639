"""When a feed is read again."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.schedule import (
    LONGEST_SECONDS,
    SHORTEST_SECONDS,
    WEEK_SECONDS,
    Rhythm,
    after_failure,
    after_success,
    gap_of,
    span,
)
from sensors.web.headers import Floor

NOW = 1_790_000_000.0
HOUR = 3600.0
DAY = 24 * HOUR
spans = st.floats(min_value=1, max_value=10 * WEEK_SECONDS)


def interval(rhythm: Rhythm, *floors: Floor) -> float:
    return after_success(rhythm, floors=floors, now=NOW, rng=random.Random(1)).interval_seconds


@pytest.mark.parametrize(
    ("gap", "expected"),
    [(None, HOUR), (60.0, 900.0), (HOUR, HOUR / 2), (6 * HOUR, 3 * HOUR), (DAY, DAY / 2), (30 * DAY, DAY)],
)
def test_the_interval_follows_the_posts(gap: float | None, expected: float) -> None:
    """Twice as often as the feed posts, between 15 minutes and a day; the default when nothing is known."""
    assert interval(Rhythm(default_seconds=HOUR, gap_seconds=gap)) == expected


def test_silence_makes_it_slower() -> None:
    """The longer nothing new came, the longer the wait."""
    waits = [
        interval(Rhythm(default_seconds=HOUR, gap_seconds=600.0, quiet_seconds=q)) for q in (0, HOUR, 8 * HOUR, 9 * DAY)
    ]
    assert waits == [900, HOUR / 2, 4 * HOUR, DAY]


def test_a_wish_is_kept_to_until_the_server_objects() -> None:
    """The source's own interval wins over the rhythm, the server's floor over both."""
    rhythm = Rhythm(default_seconds=HOUR, wish_seconds=120.0, gap_seconds=DAY, quiet_seconds=DAY)
    assert interval(rhythm) == 120
    assert interval(rhythm, Floor(900, "ttl of the feed"), Floor(600, "Cache-Control")) == 900


def test_what_has_no_rhythm_comes_as_its_setting_says() -> None:
    """An account of X, a folder: their default holds as it is, also below a quarter of an hour, and exactly."""
    rhythm = Rhythm(default_seconds=15.0, default_name="sensors.folders.every", jitter=0.0)
    plan = after_success(rhythm, floors=(), now=NOW, rng=random.Random(1))
    assert (plan.at, plan.interval_seconds) == (NOW + 15, 15)
    assert plan.reason == "every 15 s, the default (sensors.folders.every)"


def test_a_failure_doubles_the_wait_up_to_its_longest() -> None:
    """What costs nothing to look at is not left for a week."""
    waits = [
        after_failure(
            Rhythm(default_seconds=15.0, jitter=0.0),
            errors_in_row=errors,
            retry_after=None,
            now=NOW,
            rng=random.Random(1),
            longest=60.0,
        ).interval_seconds
        for errors in range(1, 5)
    ]
    assert waits == [15, 30, 60, 60]


def test_reasons_can_be_read() -> None:
    """Each plan says why, with who asked for it."""
    rng = random.Random(1)
    plans = [
        after_success(Rhythm(default_seconds=HOUR), floors=(), now=NOW, rng=rng),
        after_success(Rhythm(default_seconds=HOUR, wish_seconds=1800.0), floors=(), now=NOW, rng=rng),
        after_success(Rhythm(default_seconds=HOUR, gap_seconds=2 * HOUR), floors=(), now=NOW, rng=rng),
        after_success(Rhythm(default_seconds=HOUR, gap_seconds=20 * DAY), floors=(), now=NOW, rng=rng),
        after_success(Rhythm(default_seconds=HOUR, quiet_seconds=8 * HOUR), floors=(), now=NOW, rng=rng),
        after_success(Rhythm(default_seconds=HOUR), floors=[Floor(DAY, "Expires")], now=NOW, rng=rng),
        after_failure(Rhythm(default_seconds=HOUR), errors_in_row=3, retry_after=None, now=NOW, rng=rng),
        after_failure(Rhythm(default_seconds=HOUR), errors_in_row=1, retry_after=9000.0, now=NOW, rng=rng),
    ]
    assert [plan.reason for plan in plans] == [
        "every 60 min, the default (sensors.every)",
        "every 30 min, as configured for it",
        "it posts about every 2 h",
        "it has not posted for 20 days",
        "nothing new for 8 h",
        "the server asks for 24 h between readings (Expires)",
        "3 failures in a row: next try after 4 h",
        "the server asks to wait 2.5 h (Retry-After)",
    ]


@given(
    default=spans,
    wish=st.none() | spans,
    gap=st.none() | spans,
    quiet=st.none() | spans,
    floor=spans,
    seed=st.integers(0, 1000),
)
def test_floors_always_hold(
    *, default: float, wish: float | None, gap: float | None, quiet: float | None, floor: float, seed: int
) -> None:
    """No wish, rhythm or jitter comes before the server's floor, and no floor is longer than a week."""
    rhythm = Rhythm(default_seconds=default, wish_seconds=wish, gap_seconds=gap, quiet_seconds=quiet)
    plan = after_success(rhythm, floors=[Floor(floor, "x")], now=NOW, rng=random.Random(seed))
    wait = plan.at - NOW
    assert wait >= min(floor, WEEK_SECONDS) - 1e-3
    assert wait <= max(WEEK_SECONDS, 1.1 * (wish or 0), 1.1 * default) + 1e-3


@given(errors=st.integers(1, 10_000), base=spans, seed=st.integers(0, 1000))
def test_there_is_always_a_next_try(*, errors: int, base: float, seed: int) -> None:
    """However often a feed has failed, it is tried again within a week."""
    plan = after_failure(
        Rhythm(default_seconds=base), errors_in_row=errors, retry_after=None, now=NOW, rng=random.Random(seed)
    )
    assert NOW < plan.at <= NOW + WEEK_SECONDS + 1e-3


@given(gap=st.none() | st.floats(1, WEEK_SECONDS), seed=st.integers(0, 100))
def test_an_unchanged_feed_is_asked_at_most_24_times_a_day(*, gap: float | None, seed: int) -> None:
    """Whatever the rhythm was before, a day without news costs at most 24 requests."""
    rng, at, count = random.Random(seed), NOW, 0
    while at < NOW + DAY:
        rhythm = Rhythm(default_seconds=HOUR, gap_seconds=gap, quiet_seconds=at - NOW)
        at = after_success(rhythm, floors=(), now=at, rng=rng).at
        count += 1
    assert count <= 24


def test_sources_of_a_host_spread_out() -> None:
    """Jitter gives equal sources different times, up to a tenth later."""
    rng = random.Random(3)
    times = [after_success(Rhythm(default_seconds=HOUR), floors=(), now=NOW, rng=rng).at for _ in range(50)]
    assert len(set(times)) == 50
    assert all(NOW + HOUR <= at <= NOW + 1.1 * HOUR for at in times)


@pytest.mark.parametrize(
    ("posted", "expected"),
    [
        ([], None),
        ([NOW - HOUR], None),
        ([NOW - HOUR, NOW - 2 * HOUR], HOUR),
        ([NOW - n * DAY for n in range(1, 31)], 7 * DAY / 6),
        ([NOW - 30 * DAY, NOW - 20 * DAY], 20 * DAY),
        ([NOW + DAY, NOW - HOUR, NOW - 2 * HOUR], HOUR),
    ],
)
def test_gaps(posted: list[float], expected: float | None) -> None:
    """The average gap over the last week, or as far as the dates go; silence counts."""
    assert gap_of(posted, now=NOW) == expected


def test_bounds_are_what_the_documents_say() -> None:
    """15 minutes, a day, a week."""
    assert (SHORTEST_SECONDS, LONGEST_SECONDS, WEEK_SECONDS) == (900, DAY, 7 * DAY)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(12.4, "12 s"), (300, "5 min"), (5400, "90 min"), (9000, "2.5 h"), (WEEK_SECONDS, "7 days")],
)
def test_spans_in_words(seconds: float, words: str) -> None:
    """Spans are said in the unit a person would use."""
    assert span(seconds) == words
