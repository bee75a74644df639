"""A host's slots: who waits goes in turn, a person first and not for ever."""

import asyncio

import pytest

from daemon.core.errors import CallTimeoutError
from sensors.web.hosts import HostSlots

HOST = "feeds.example"


class Asking:
    """Those who want a slot of one host; `order` are the names of those who had one."""

    def __init__(self, slots: HostSlots) -> None:
        self._slots = slots
        self.order: list[str] = []

    async def begin(self, name: str, *, patience: float | None = None) -> asyncio.Task[None]:
        task = asyncio.create_task(self._ask(name, patience))
        await asyncio.sleep(0)
        return task

    async def _ask(self, name: str, patience: float | None) -> None:
        async with self._slots.slot(HOST, patience_seconds=patience):
            self.order.append(name)


async def test_a_person_goes_before_all_who_wait_for_nobody() -> None:
    """Persons among themselves in turn, then the others in turn."""
    slots = HostSlots(1)
    asking = Asking(slots)
    async with slots.slot(HOST):
        tasks = [await asking.begin(name) for name in ("poll 1", "poll 2")]
        tasks += [await asking.begin(name, patience=60) for name in ("person 1", "person 2")]
    await asyncio.gather(*tasks)
    assert asking.order == ["person 1", "person 2", "poll 1", "poll 2"]


async def test_a_person_is_told_when_the_host_stays_busy() -> None:
    """By the host, the time and the setting; the slot goes to who waits on."""
    slots = HostSlots(1)
    asking = Asking(slots)
    async with slots.slot(HOST):
        poll = await asking.begin("poll")
        with pytest.raises(
            CallTimeoutError, match=r"feeds\.example is still busy .* 0\.01 s \(sensors\.per_host is 1\)"
        ):
            await (await asking.begin("person", patience=0.01))
    await poll
    assert asking.order == ["poll"]


@pytest.mark.parametrize("patience", [None, 60.0])
async def test_who_goes_away_while_waiting_takes_no_slot(patience: float | None) -> None:
    """Also when the slot was handed over in the same moment."""
    slots = HostSlots(1)
    asking = Asking(slots)
    async with slots.slot(HOST):
        early, late = [await asking.begin(name, patience=patience) for name in ("early", "late")]
        early.cancel()
    late.cancel()
    ended = await asyncio.gather(early, late, return_exceptions=True)
    assert [type(one) for one in ended] == [asyncio.CancelledError] * 2
    await (await asking.begin("next"))
    assert asking.order == ["next"]


async def test_no_more_than_so_many_at_once_and_nothing_is_kept() -> None:
    """Hosts do not wait for each other."""
    slots = HostSlots(2)
    now, most = 0, 0

    async def use(host: str, patience: float | None) -> None:
        nonlocal now, most
        async with slots.slot(host, patience_seconds=patience):
            now += host == HOST
            most = max(most, now)
            await asyncio.sleep(0)
            now -= host == HOST

    await asyncio.gather(*(use(host, patience) for host in (HOST, "b.example") for patience in (None, 60.0) * 10))
    assert most == 2
    assert not slots._hosts
