"""Looking names up, when the name servers are slow."""

import asyncio
import os
import threading
from typing import Any

import pytest

from sensors.web.guarded_transport import resolve

SHARED_THREADS = min(32, (os.cpu_count() or 1) + 4)


class SlowNameServer:
    """A look-up that answers only once `answered` is set."""

    def __init__(self) -> None:
        self.answered = threading.Event()

    def __call__(self, host: str, port: int, **_: Any) -> list[Any]:
        assert self.answered.wait(30)
        return [(None, None, None, "", ("192.0.2.1", port)), (None, None, None, "", ("192.0.2.1", port))]


@pytest.fixture
def names() -> SlowNameServer:
    return SlowNameServer()


async def test_slow_name_servers_hold_up_nothing_else(names: SlowNameServer) -> None:
    """With more look-ups under way than the event loop has threads, another blocking call is still done at once."""
    waiting = [asyncio.create_task(resolve(f"host{n}.example", 443, look_up=names)) for n in range(SHARED_THREADS + 1)]
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        assert await asyncio.to_thread(lambda: "done") == "done"
    assert not any(task.done() for task in waiting)
    names.answered.set()
    assert await asyncio.gather(*waiting) == [["192.0.2.1"]] * len(waiting)


async def test_nobody_waits_for_a_look_up_that_was_given_up(names: SlowNameServer) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await resolve("host.example", 443, look_up=names)
    names.answered.set()


async def test_a_name_without_address_is_an_error_of_the_system() -> None:
    def nowhere(*_: Any, **__: Any) -> list[Any]:
        raise OSError(-2, "Name or service not known")

    with pytest.raises(OSError, match="not known"):
        await resolve("host.example", 443, look_up=nowhere)


async def test_the_systems_own_resolver_knows_this_machine() -> None:
    assert "127.0.0.1" in await resolve("127.0.0.1", 80)
