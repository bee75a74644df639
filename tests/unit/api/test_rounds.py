"""A few in each round of the loop, in order, and nobody waits who is alone."""

import asyncio

import pytest

from daemon.api.rounds import Rounds, RoundsLayer


async def test_who_comes_alone_does_not_wait() -> None:
    rounds = Rounds(2)
    beginning = rounds.begin()
    with pytest.raises(StopIteration):
        beginning.send(None)


async def test_in_each_round_so_many_begin_and_in_order() -> None:
    rounds, begun, seen = Rounds(3), list[int](), list[int]()

    async def one(number: int) -> None:
        await rounds.begin()
        begun.append(number)

    tasks = [asyncio.create_task(one(number)) for number in range(10)]
    while len(begun) < 10:
        await asyncio.sleep(0)
        seen.append(len(begun))
    await asyncio.gather(*tasks)
    assert begun == list(range(10))
    assert max(later - before for before, later in zip([0, *seen], seen, strict=False)) <= 3


async def test_what_else_there_is_comes_in_between() -> None:
    """A hundred requests of a crowd, and one that is not of it: it does not wait for the last of them."""
    rounds, done = Rounds(2), list[str]()

    async def app(scope: dict[str, str], _receive: object, _send: object) -> None:
        done.append(scope["path"])

    layer = RoundsLayer(app, rounds=rounds)  # type: ignore[arg-type]  # it looks at no more than the path

    async def ask(path: str) -> None:
        await layer({"type": "http", "path": path}, None, None)  # type: ignore[arg-type]

    crowd = [asyncio.create_task(ask("/api/items")) for _ in range(100)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await ask("/api/health")
    assert done.index("/api/health") < 10
    await asyncio.gather(*crowd)
    assert len(done) == 101


async def test_who_is_cancelled_keeps_nobody_waiting() -> None:
    rounds = Rounds(1)
    tasks = [asyncio.create_task(rounds.begin()) for _ in range(20)]
    await asyncio.sleep(0)
    for task in tasks[1:15]:
        task.cancel()
    async with asyncio.timeout(1):
        await asyncio.gather(*tasks, return_exceptions=True)
    assert [task.cancelled() for task in tasks] == [False] + [True] * 14 + [False] * 5


async def test_after_a_crowd_it_is_as_at_the_beginning() -> None:
    rounds = Rounds(2)
    await asyncio.gather(*(rounds.begin() for _ in range(7)))
    for _ in range(5):
        await asyncio.sleep(0)
    with pytest.raises(StopIteration):
        rounds.begin().send(None)
