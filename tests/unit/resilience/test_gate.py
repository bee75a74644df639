import asyncio

import pytest

from daemon.resilience.gate import Gate


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def _pass(gate: Gate, *, name: str, order: list[str], leave: asyncio.Event) -> None:
    async with gate:
        order.append(name)
        await leave.wait()


async def test_no_more_than_the_limit_are_inside() -> None:
    gate, leave = Gate(3), asyncio.Event()
    order: list[str] = []
    async with asyncio.TaskGroup() as tasks:
        for number in range(10):
            tasks.create_task(_pass(gate, name=str(number), order=order, leave=leave))
        await _settle()
        assert (gate.in_flight, gate.waiting, len(order)) == (3, 7, 3)
        leave.set()
    assert (gate.in_flight, gate.waiting, gate.max_seen) == (0, 0, 3)


async def test_who_came_first_goes_first() -> None:
    gate, leave = Gate(1), asyncio.Event()
    order: list[str] = []
    leave.set()
    async with asyncio.TaskGroup() as tasks:
        for name in "abcdef":
            tasks.create_task(_pass(gate, name=name, order=order, leave=leave))
    assert order == list("abcdef")


async def test_a_newcomer_does_not_overtake_who_was_handed_the_slot() -> None:
    """A slot freed in this very step belongs to the waiter, although it has not run yet."""
    gate, leave = Gate(1), asyncio.Event()
    order: list[str] = []
    leave.set()
    await gate.__aenter__()
    waiter = asyncio.create_task(_pass(gate, name="waiter", order=order, leave=leave))
    await _settle()
    await gate.__aexit__(None, None, None)
    newcomer = asyncio.create_task(_pass(gate, name="newcomer", order=order, leave=leave))
    await asyncio.gather(waiter, newcomer)
    assert order == ["waiter", "newcomer"]


async def test_an_error_inside_frees_the_slot() -> None:
    gate = Gate(1)
    with pytest.raises(RuntimeError):
        async with gate:
            raise RuntimeError
    assert gate.in_flight == 0


async def test_a_cancelled_waiter_leaves_the_queue() -> None:
    gate = Gate(1)
    async with gate:
        waiter = asyncio.create_task(gate.__aenter__())
        await _settle()
        assert gate.waiting == 1
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter
        assert gate.waiting == 0
    assert gate.in_flight == 0


async def test_a_waiter_cancelled_as_it_gets_its_slot_passes_it_on() -> None:
    gate, leave = Gate(1), asyncio.Event()
    order: list[str] = []
    leave.set()
    await gate.__aenter__()
    unlucky = asyncio.create_task(gate.__aenter__())
    heir = asyncio.create_task(_pass(gate, name="heir", order=order, leave=leave))
    await _settle()
    await gate.__aexit__(None, None, None)
    unlucky.cancel()
    with pytest.raises(asyncio.CancelledError):
        await unlucky
    await heir
    assert (order, gate.in_flight) == (["heir"], 0)


async def test_a_slot_passes_over_waiters_that_are_cancelled_already() -> None:
    """Cancelled, but not yet run: its place is still in the queue when the slot becomes free."""
    gate, leave = Gate(1), asyncio.Event()
    order: list[str] = []
    leave.set()
    await gate.__aenter__()
    cancelled = asyncio.create_task(gate.__aenter__())
    heir = asyncio.create_task(_pass(gate, name="heir", order=order, leave=leave))
    await _settle()
    cancelled.cancel()
    assert gate.waiting == 1
    await gate.__aexit__(None, None, None)
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    await heir
    assert (order, gate.in_flight, gate.waiting) == (["heir"], 0, 0)


async def test_a_timeout_on_the_wait_costs_no_slot() -> None:
    gate = Gate(1)
    async with gate:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await gate.__aenter__()
    async with gate:
        assert gate.in_flight == 1


def test_a_gate_lets_at_least_one_through() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Gate(0)
