"""Polling: the same events for who cannot keep a stream open."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx2

from daemon.api.answers.events import EventAnswer
from daemon.api.events.polling import poll
from daemon.api.events.selection import EVERYTHING, select
from tests.fakes.desk import StillDesk
from tests.fakes.event_desk import EventDesk, event_desk
from tests.fakes.listeners import listening
from tests.fakes.staged_board import Staged, seen
from tests.fakes.waiting import until


async def polled(desk: EventDesk, after: int | None, *, limit: int = 100, **more: Any) -> dict[str, Any]:
    selection = more.pop("selection", EVERYTHING)
    answer: dict[str, Any] = json.loads(await poll(desk.hub, selection=selection, after=after, limit=limit, **more))
    return answer


def ids_in(answer: dict[str, Any]) -> list[int]:
    return [one["id"] for one in answer["events"]]


async def test_without_an_id_it_tells_the_newest_and_nothing_else(tmp_path: Path) -> None:
    async with event_desk(tmp_path, before=3) as desk:
        assert await polled(desk, None) == {"events": [], "last_event_id": 3, "resync": False}


async def test_it_gives_the_events_a_stream_gives_word_for_word(tmp_path: Path) -> None:
    async with event_desk(tmp_path, before=3) as desk, listening(desk.layer(), "last_event_id=0") as client:
        await client.until_id(3)
        answer = await polled(desk, 0)
        assert answer["events"] == [block.data for block in client.events]
        assert (answer["last_event_id"], answer["resync"]) == (3, False)


async def test_pages_follow_each_other_from_the_board_into_memory(tmp_path: Path) -> None:
    async with event_desk(tmp_path, before=700, remembered=100) as desk:
        found: list[int] = []
        after = 0
        while after < 700:
            answer = await polled(desk, after, limit=64)
            assert len(answer["events"]) <= 64
            found += ids_in(answer)
            after = answer["last_event_id"]
        assert found == list(range(1, 701))


async def test_what_memory_has_is_not_read_from_the_board(tmp_path: Path) -> None:
    async with event_desk(tmp_path, before=50) as desk:
        before = desk.hub.history.readings
        assert ids_in(await polled(desk, 10)) == list(range(11, 51))
        assert desk.hub.history.readings == before


async def test_an_id_of_another_board_is_answered_with_resync(tmp_path: Path) -> None:
    async with event_desk(tmp_path, before=3) as desk:
        assert await polled(desk, 4) == {"events": [], "last_event_id": 3, "resync": True}


async def test_a_filter_moves_on_past_what_it_leaves_out(tmp_path: Path) -> None:
    async with event_desk(tmp_path, before=300, remembered=100) as desk:
        rare = select(is_public=False, types=["rare"])
        assert await polled(desk, 5, selection=rare) == {"events": [], "last_event_id": 300, "resync": False}


async def test_it_waits_until_something_is_for_it(tmp_path: Path) -> None:
    async with event_desk(tmp_path) as desk:
        rare = select(is_public=False, types=["rare"])
        waiting = asyncio.create_task(polled(desk, 0, selection=rare, wait_seconds=30))
        await desk.clock.advance(10)
        await desk.note(3)
        await desk.clock.advance(10)
        assert not waiting.done()
        await desk.note(type_="rare")
        answer = await asyncio.wait_for(waiting, 20)
        assert (ids_in(answer), answer["last_event_id"]) == ([4], 4)


async def test_it_waits_no_longer_than_it_was_asked_to(tmp_path: Path) -> None:
    async with event_desk(tmp_path) as desk:
        waiting = asyncio.create_task(polled(desk, 0, wait_seconds=30))
        await desk.clock.advance(29)
        assert not waiting.done()
        await desk.clock.advance(2)
        assert await asyncio.wait_for(waiting, 20) == {"events": [], "last_event_id": 0, "resync": False}
        assert desk.hub.wake_up.waiting == 0


async def test_closing_ends_the_wait(tmp_path: Path) -> None:
    async with event_desk(tmp_path) as desk:
        waiting = asyncio.create_task(polled(desk, 0, wait_seconds=30))
        await desk.clock.advance(1)
        await desk.hub.close()
        assert (await asyncio.wait_for(waiting, 20))["events"] == []


async def test_one_answer_is_not_endless(tmp_path: Path) -> None:
    async with event_desk(tmp_path) as desk:
        for _ in range(3):
            await desk.note(text="x" * 2_500_000)
        first = await polled(desk, 0)
        assert ids_in(first) == [1, 2]
        assert ids_in(await polled(desk, first["last_event_id"])) == [3]


async def test_the_route_answers_what_its_schema_says(api: httpx2.AsyncClient, staged: Staged) -> None:
    answer = await api.get("/api/events/poll", params={"after": 0, "limit": 1000})
    events = answer.json()["events"]
    assert answer.headers["content-type"] == "application/json"
    assert len([EventAnswer.model_validate(one) for one in events]) == events[-1]["id"]
    of_item = await api.get("/api/events/poll", params={"after": 0, "item": staged.published})
    assert {one["item_id"] for one in of_item.json()["events"]} == {staged.published}


async def test_the_route_refuses_what_makes_no_sense(api: httpx2.AsyncClient) -> None:
    for query in ("after=-1", "after=x", "limit=0", "limit=1001", "wait=31", "types=a'b", "item=A/B"):
        answer = await api.get(f"/api/events/poll?{query}")
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), query


async def test_nothing_is_told_without_the_token(stranger: httpx2.AsyncClient, desk: StillDesk) -> None:
    for path in ("/api/events", "/api/events/poll?after=0", "/api/live"):
        answer = await stranger.get(path)
        assert answer.status_code == 401, path
        assert desk.settings.api.public_events is False


async def test_who_waits_with_a_token_that_is_rotated_hears_nothing_more(tmp_path: Path) -> None:
    """Who waits in the public hears what comes, as before."""
    async with event_desk(tmp_path, before=1) as desk:
        waiting = [
            asyncio.create_task(polled(desk, 1, wait_seconds=30, selection=select(is_public=is_public)))
            for is_public in (False, True)
        ]
        await until(lambda: desk.hub.wake_up.waiting == len(waiting))
        desk.hub.end_private()
        await desk.engine.post([seen("secret")], source_id=None, by="test")
        private, public = await asyncio.gather(*waiting)
        assert (ids_in(private), private["last_event_id"]) == ([], 1)
        assert ids_in(public) == [2]
