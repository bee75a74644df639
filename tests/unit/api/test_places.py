"""Places and their queue: first come, first served, and every place given back exactly once."""

import asyncio
import random

import pytest

from daemon.api.places import Outcome, Places, Wait

LONG = 30.0


async def ask(places: Places, *, within: float = LONG) -> Outcome:
    return await places.take(Wait(), within=within)


def asking(places: Places, *, within: float = LONG) -> asyncio.Task[Outcome]:
    return asyncio.create_task(ask(places, within=within))


async def settled() -> None:
    """Let everything that can run, run."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_waits_does_not_keep_others_from_giving_back() -> None:
    """The first fault of the sketch: it waited while it held the lock that giving back needs."""
    places = Places(1, max_waiting=10)
    assert await ask(places) is Outcome.PLACE
    waiting = asking(places)
    await settled()
    assert places.waiting == 1
    places.give_back()
    async with asyncio.timeout(1):
        assert await waiting is Outcome.PLACE
    assert (places.taken, places.waiting) == (1, 0)


async def test_a_place_is_handed_on_in_the_order_of_asking() -> None:
    places, order = Places(1, max_waiting=10), list[int]()
    await ask(places)

    async def ask_and_note(number: int) -> None:
        await ask(places)
        order.append(number)

    tasks = []
    for number in range(5):
        tasks.append(asyncio.create_task(ask_and_note(number)))
        await asyncio.sleep(0)
    for _ in range(5):
        places.give_back()
        await settled()
    await asyncio.gather(*tasks)
    assert order == [0, 1, 2, 3, 4]


async def test_nobody_slips_in_before_who_was_handed_a_place() -> None:
    """Between the giving back and the waking of who waited, a newcomer finds no place."""
    places = Places(1, max_waiting=10)
    await ask(places)
    waiting = asking(places)
    await settled()
    places.give_back()
    assert not places.try_take()
    assert await waiting is Outcome.PLACE


async def test_time_up_is_no_place() -> None:
    places = Places(1, max_waiting=10)
    await ask(places)
    assert await ask(places, within=0.01) is Outcome.TIME_UP
    assert (places.taken, places.waiting) == (1, 0)


async def test_a_full_queue_is_said_at_once() -> None:
    places = Places(1, max_waiting=1)
    await ask(places)
    waiting = asking(places)
    await settled()
    assert await ask(places) is Outcome.QUEUE_FULL
    places.give_back()
    assert await waiting is Outcome.PLACE


async def test_without_a_queue_every_place_can_be_had() -> None:
    places = Places(2, max_waiting=0)
    assert [await ask(places) for _ in range(3)] == [Outcome.PLACE, Outcome.PLACE, Outcome.QUEUE_FULL]


async def test_who_is_cancelled_leaves_the_queue() -> None:
    places = Places(1, max_waiting=10)
    await ask(places)
    first, second = asking(places), asking(places)
    await settled()
    first.cancel()
    await settled()
    assert places.waiting == 1
    places.give_back()
    assert await second is Outcome.PLACE


async def test_a_place_given_in_the_moment_of_cancelling_goes_to_the_next() -> None:
    places = Places(1, max_waiting=10)
    await ask(places)
    first, second = asking(places), asking(places)
    await settled()
    places.give_back()
    first.cancel()
    async with asyncio.timeout(1):
        assert await second is Outcome.PLACE
    assert places.taken == 1
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_who_left_is_passed_over() -> None:
    places, wait = Places(1, max_waiting=10), Wait()
    await ask(places)
    gone = asyncio.create_task(places.take(wait, within=LONG))
    await settled()
    wait.end(Outcome.GONE)
    places.give_back()
    assert await gone is Outcome.GONE
    assert places.taken == 0


@pytest.mark.parametrize("seed", range(20))
async def test_in_any_disorder_the_places_come_out_even(seed: int) -> None:
    """Random takers, cancellations, short times and hang-ups: never more inside than places, and none is lost."""
    rng = random.Random(seed)
    places, inside, most = Places(3, max_waiting=20), 0, 0

    async def one() -> None:
        nonlocal inside, most
        wait = Wait()
        if rng.random() < 0.2:
            asyncio.get_running_loop().call_later(rng.random() * 0.01, wait.end, Outcome.GONE)
        if await places.take(wait, within=rng.choice([0.0, 0.002, LONG])) is not Outcome.PLACE:
            return
        try:
            inside += 1
            most = max(most, inside)
            for _ in range(rng.randrange(3)):
                await asyncio.sleep(0)
        finally:
            inside -= 1
            places.give_back()

    tasks = [asyncio.create_task(one()) for _ in range(60)]
    for task in tasks:
        if rng.random() < 0.3:
            await asyncio.sleep(0)
            task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (places.taken, places.waiting, inside) == (0, 0, 0)
    assert 0 < most <= 3
