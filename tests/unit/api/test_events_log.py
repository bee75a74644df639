"""The shared log: how events are encoded, kept and joined, and who is woken for them."""

import asyncio
import json
import random
from pathlib import Path

import pytest

from daemon.api.events import encoding
from daemon.api.events.encoding import Told, told
from daemon.api.events.log import CHUNK_BYTES, EventLog
from daemon.api.events.selection import EVERYTHING, select
from daemon.api.events.waking import SLICE, Waiter, WakeUp
from daemon.core.events import Event


def one(number: int, *, type_: str = "test_noted", text: str = "") -> Told:
    return told(Event(type_, at=1_795_000_000.0, id=number, data={"text": text}))


def log_of(*numbers: int, most_events: int = 1000, most_bytes: int = 10**9) -> EventLog:
    log = EventLog(most_events=most_events, most_bytes=most_bytes)
    for number in numbers:
        log.append(one(number))
    return log


def test_an_event_is_one_block_and_its_document_one_line() -> None:
    frame = one(7, text="two\nlines\r\n\r\ndata: no").frame
    assert frame.startswith(b"id: 7\nevent: test_noted\ndata: {")
    assert frame.count(b"\n") == 4
    document = json.loads(encoding.json_in(frame))
    assert document == {
        "id": 7,
        "type": "test_noted",
        "at": "2026-11-18T11:06:40.000Z",
        "item_id": None,
        "from": None,
        "to": None,
        "data": {"text": "two\nlines\r\n\r\ndata: no"},
    }


def test_what_json_does_not_know_is_null_and_half_characters_are_escaped() -> None:
    assert encoding.encode({"a": float("nan"), "b": "中"}) == '{"a":null,"b":"中"}'.encode()
    found = encoding.encode({"a": float("inf"), "b": "\ud800"})
    assert json.loads(found, parse_constant=pytest.fail) == {"a": None, "b": "\ud800"}


def test_an_event_without_an_id_is_not_told() -> None:
    with pytest.raises(ValueError, match="test_noted has no id"):
        told(Event("test_noted", at=1.0))


def test_the_public_view_is_encoded_when_it_is_asked_for_and_never_says_more() -> None:
    claimed = told(Event("item_claimed", at=1.0, id=3, item_id="abc", data={"by": "worker"}))
    assert claimed.public_frame is not None
    assert claimed.public_frame is claimed.public_frame
    assert json.loads(encoding.json_in(claimed.public_frame))["data"] == {}
    assert len(claimed.public_frame) <= len(claimed.frame)
    assert one(1).public_frame is None


def test_the_oldest_leave_by_number_and_by_bytes() -> None:
    by_number = log_of(1, 2, 3, 4, most_events=2)
    assert (by_number.floor, by_number.newest, [x.id for x in by_number.after(2)]) == (2, 4, [3, 4])
    by_bytes = log_of(1, 2, 3, most_bytes=2 * one(1).size)
    assert by_bytes.floor == 1
    assert log_of(1, 2, most_bytes=1).floor == 1


def test_those_who_stand_at_one_place_are_sent_the_same_bytes() -> None:
    log = log_of(1, 2, 3)
    chunk = log.chunk(EVERYTHING, at=1)
    assert (chunk.body, chunk.upto, chunk.count) == (one(2).frame + one(3).frame, 3, 2)
    assert log.chunk(EVERYTHING, at=1) is chunk
    log.append(one(4))
    assert log.chunk(EVERYTHING, at=1).upto == 4


def test_one_write_is_about_a_chunk_long() -> None:
    log = EventLog(most_events=1000)
    for number in range(1, 11):
        log.append(one(number, text="x" * (CHUNK_BYTES // 4)))
    at, bodies = 0, []
    while at < log.newest:
        chunk = log.chunk(EVERYTHING, at=at)
        at = chunk.upto
        bodies.append(chunk.body)
    assert b"".join(bodies).count(b"event: ") == 10
    assert len(bodies) == 3
    assert max(map(len, bodies)) < 1.5 * CHUNK_BYTES


def test_equal_selections_are_one_object() -> None:
    wanted = select(is_public=True, types=["b", "a"], item_id="x")
    assert select(is_public=True, types=["a", "b", "a"], item_id="x") is wanted
    assert select(is_public=False, types=["a", "b"], item_id="x") is not wanted


async def turns(count: int = 10) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_only_those_are_woken_it_is_for_and_they_know_what_passed_by() -> None:
    wake_up, rare = WakeUp(), select(is_public=False, types=["rare"])
    waits, waits_for_rare = wake_up.waiter(EVERYTHING), wake_up.waiter(rare)
    wake_up.tell(one(5))
    await turns()
    assert (waits.done(), waits_for_rare.done()) == (True, False)
    wake_up.tell(one(6))
    wake_up.tell(one(7, type_="rare"))
    wake_up.tell(one(8))
    await turns()
    assert waits_for_rare.result() == 6


async def test_who_is_woken_for_no_event_skips_only_what_was_not_for_it() -> None:
    wake_up, rare = WakeUp(), select(is_public=False, types=["rare"])
    early, late = wake_up.waiter(rare), wake_up.waiter(rare)
    wake_up.tell(one(5))
    wake_up.nudge(early, rare)
    assert early.result() == 5
    wake_up.tell(one(6, type_="rare"))
    wake_up.nudge(late, rare)
    assert late.result() == 0


async def test_who_went_away_is_kept_nowhere() -> None:
    wake_up = WakeUp()
    waiters = [wake_up.waiter(select(is_public=False, item_id=str(number))) for number in range(5)]
    for number, waiter in enumerate(waiters):
        wake_up.forget(waiter, select(is_public=False, item_id=str(number)))
    assert wake_up.waiting == 0


async def test_a_full_hall_is_woken_in_slices_and_others_have_their_turn() -> None:
    wake_up = WakeUp()
    waiters = [wake_up.waiter(EVERYTHING) for _ in range(3 * SLICE)]
    woken_by_turn = []
    wake_up.tell(one(1))
    while not waiters[-1].done():
        await asyncio.sleep(0)
        woken_by_turn.append(sum(waiter.done() for waiter in waiters))
    steps = [after - before for before, after in zip([0, *woken_by_turn], woken_by_turn, strict=False)]
    assert max(steps) == SLICE
    assert waiters[0].done()


async def test_nobody_misses_a_wake_up_however_things_fall_together(tmp_path: Path) -> None:
    """Many who wait, again and again, while events come in bursts; each ends up at the newest event."""
    rng, wake_up, log = random.Random(4), WakeUp(), EventLog(most_events=10_000)

    async def follow() -> None:
        at = 0
        while at < 200:
            if at == log.newest:
                waiter: Waiter = wake_up.waiter(EVERYTHING)
                at = max(at, await waiter)
            at = log.newest if rng.random() < 0.5 else log.chunk(EVERYTHING, at=at).upto

    tasks = [asyncio.create_task(follow()) for _ in range(250)]
    await turns()
    for number in range(1, 201):
        log.append(one(number))
        wake_up.tell(one(number))
        if rng.random() < 0.5:
            await turns(rng.randrange(5))
    async with asyncio.timeout(20):
        await asyncio.gather(*tasks)
