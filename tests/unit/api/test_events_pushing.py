"""Who waits with a way to be sent things is not woken while that way is open."""

import asyncio

from daemon.api.events.encoding import Told
from daemon.api.events.selection import EVERYTHING, select
from daemon.api.events.waking import WakeUp


def _event(event_id: int, type_: str = "item_posted") -> Told:
    document = {"id": event_id, "type": type_, "at": None, "item_id": None, "from": None, "to": None, "data": {}}
    return Told(document)


async def _turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_it_is_pushed_every_event_and_waits_on() -> None:
    wake_up, pushed = WakeUp(), []
    waiter = wake_up.waiter(EVERYTHING, push=lambda quiet: pushed.append(quiet) is None)
    for event_id in (1, 2, 3):
        wake_up.tell(_event(event_id))
        await _turns()
    assert (pushed, waiter.done(), wake_up.waiting) == ([0, 0, 0], False, 1)


async def test_it_is_woken_when_the_way_is_shut() -> None:
    wake_up = WakeUp()
    waiter = wake_up.waiter(EVERYTHING, push=lambda _: False)
    wake_up.tell(_event(1))
    await _turns()
    assert (waiter.done(), wake_up.waiting) == (True, 0)


async def test_it_is_told_up_to_where_nothing_was_for_it() -> None:
    wake_up, pushed, wanted = WakeUp(), [], select(is_public=False, types=["item_buried"])
    waiter = wake_up.waiter(wanted, push=lambda quiet: pushed.append(quiet) is None)
    for event_id, type_ in ((1, "item_posted"), (2, "item_posted"), (3, "item_buried")):
        wake_up.tell(_event(event_id, type_))
    await _turns()
    assert (pushed, waiter.done()) == ([2], False)


async def test_one_that_was_woken_otherwise_is_not_pushed_to() -> None:
    wake_up, pushed = WakeUp(), []
    waiter = wake_up.waiter(EVERYTHING, push=lambda quiet: pushed.append(quiet) is None)
    wake_up.tell(_event(1))
    wake_up.nudge(waiter, EVERYTHING)
    await _turns()
    assert (pushed, waiter.done(), wake_up.waiting) == ([], True, 0)
