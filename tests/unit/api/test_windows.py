"""The moving window: never more than the limit in any span, and nothing kept of who is gone."""

import time
import tracemalloc

import pytest

from daemon.api.windows import MovingWindow


class Hand:
    """A monotonic clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def window(hand: Hand) -> MovingWindow:
    return MovingWindow(5, now=hand)


def done(window: MovingWindow, client: str = "a", *, counts: bool = True) -> bool:
    if window.enter(client) > 0:
        return False
    window.leave(client, counts=counts)
    return True


def test_the_sixth_in_a_minute_is_told_when_there_is_room(window: MovingWindow, hand: Hand) -> None:
    for _ in range(5):
        assert done(window)
        hand.at += 2
    assert window.enter("a") == pytest.approx(50.0)


def test_there_is_room_when_it_was_said_and_not_before(window: MovingWindow, hand: Hand) -> None:
    assert all(done(window) for _ in range(5))
    hand.at += 59.99
    assert not done(window)
    hand.at += 0.01
    assert done(window)


def test_the_minute_moves(window: MovingWindow, hand: Hand) -> None:
    """Five at the end of one minute and five at the beginning of the next are ten within one."""
    hand.at += 59
    assert all(done(window) for _ in range(5))
    hand.at += 2
    assert not done(window)


def test_what_failed_uses_nothing_up(window: MovingWindow) -> None:
    assert all(done(window, counts=False) for _ in range(100))
    assert len(window) == 0


def test_what_is_under_way_is_held_against_who_asks_for_more(window: MovingWindow) -> None:
    """Else a hundred at once would all be let in before the first is counted."""
    assert [window.enter("a") for _ in range(5)] == [0.0] * 5
    assert window.enter("a") == 60.0
    window.leave("a", counts=False)
    assert window.enter("a") == 0.0


def test_a_post_counts_from_when_it_was_done_not_from_when_it_came(window: MovingWindow, hand: Hand) -> None:
    """What waits half a minute for its place is done then; the minute after that holds no more than the limit."""
    for _ in range(5):
        window.enter("a")
    hand.at += 30
    for _ in range(5):
        window.leave("a", counts=True)
    hand.at += 35
    assert window.enter("a") == pytest.approx(25.0)


def test_clients_have_nothing_to_do_with_each_other(window: MovingWindow) -> None:
    assert all(done(window, "a") for _ in range(5))
    assert done(window, "b")
    assert not done(window, "a")


def test_a_hundred_thousand_clients_are_forgotten_after_their_minute(window: MovingWindow, hand: Hand) -> None:
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(100_000):
            assert done(window, f"10.0.{number}")
            hand.at += 0.01  # 1,000 s for all of them, so 6,000 within a minute
        assert len(window) <= 6001
        hand.at += 60
        assert done(window, "the last")
        assert len(window) == 1
        assert tracemalloc.get_traced_memory()[0] - before < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_call_costs_the_same_however_many_clients_there_are(window: MovingWindow) -> None:
    """A sweep through all of them at each call would be thousands of times dearer."""
    alone = _seconds_of_a_thousand(MovingWindow(5, now=lambda: 0.0))
    for number in range(100_000):
        done(window, f"10.0.{number}")
    assert _seconds_of_a_thousand(window) < 50 * alone


def _seconds_of_a_thousand(window: MovingWindow) -> float:
    """The quickest of five tries."""

    def tried(part: int) -> float:
        started = time.process_time()
        for number in range(1000):
            done(window, f"11.{part}.{number}")
        return time.process_time() - started

    return min(tried(part) for part in range(5))
