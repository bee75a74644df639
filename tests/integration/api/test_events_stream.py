"""The stream of events: what a client is sent, and when, over a real board and on a clock of the test's own."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from daemon.api.events.selection import select
from daemon.core.events import Event
from tests.fakes.event_desk import event_desk
from tests.fakes.listeners import listening

EACH_RETRY = {"retry": (1.0, 5.0)}


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_new_listener_hears_what_comes_from_now_on(tmp_path: Path) -> None:
    async with event_desk(tmp_path, before=3) as desk, listening(desk.layer()) as client:
        await client.until(lambda: client.blocks)
        assert client.status == 200
        assert client.headers["content-type"] == "text/event-stream; charset=utf-8"
        await desk.note(2, said="hello")
        await client.until_id(5)
        assert client.ids == [4, 5]
        assert client.events[0].event == "test_noted"
        told = client.events[1].data
        assert (told["id"], told["type"], told["data"]) == (5, "test_noted", {"number": 1, "said": "hello"})
        assert sorted(told) == sorted(("id", "type", "at", "item_id", "from", "to", "data"))


async def test_its_first_words_are_when_to_come_back_and_where_it_stands(tmp_path: Path) -> None:
    """Who loses the connection before the first event must not lose that one, too."""
    async with event_desk(tmp_path, before=3, **EACH_RETRY) as desk:
        waits = []
        for _ in range(5):
            async with listening(desk.layer()) as client:
                await client.until(lambda: client.blocks)
                (first,) = client.blocks
                assert first.id == 3
                assert first.retry_ms is not None
                waits.append(first.retry_ms)
        assert len(set(waits)) == 5
        assert 1000 <= min(waits) < max(waits) <= 5000


@pytest.mark.parametrize(
    ("query", "headers"),
    [("last_event_id=2", {}), ("", {"Last-Event-ID": "2"}), ("last_event_id=1", {"Last-Event-ID": "2"})],
    ids=["address", "header", "header wins"],
)
async def test_it_resumes_after_the_last_event_it_has(tmp_path: Path, query: str, headers: dict[str, str]) -> None:
    async with event_desk(tmp_path, before=4) as desk, listening(desk.layer(), query, headers=headers) as client:
        await client.until_id(4)
        await desk.note()
        await client.until_id(5)
        assert client.ids == [3, 4, 5]


async def test_what_memory_has_no_more_comes_from_the_board_and_joins_without_a_seam(tmp_path: Path) -> None:
    """1,500 events, of which memory has the newest hundred."""
    async with event_desk(tmp_path, before=1500, remembered=100) as desk:
        assert desk.hub.log.floor == 1400
        async with listening(desk.layer(), "last_event_id=0") as client:
            await desk.note(5)
            await client.until_id(1505)
            assert client.ids == list(range(1, 1506))


async def test_those_who_come_back_at_one_place_share_one_reading(tmp_path: Path) -> None:
    async with event_desk(tmp_path, before=700, remembered=100) as desk:
        before = desk.hub.history.readings
        async with AsyncExitStack() as hall:
            places = [listening(desk.layer(), f"last_event_id={300 + at}") for at in range(20)]
            heard = [await hall.enter_async_context(one) for one in places]
            for client in heard:
                await client.until_id(700)
        assert [client.ids for client in heard] == [list(range(301 + at, 701)) for at in range(20)]
        assert desk.hub.history.readings - before == 2


async def test_a_page_in_which_nothing_was_found_counts_among_what_is_kept(tmp_path: Path) -> None:
    """Else whoever asks for items that are not there, each time for another one, fills the memory."""
    async with event_desk(tmp_path, before=101, remembered=100) as desk:
        nothing = await desk.hub.history.page(select(is_public=True, item_id="x1"), at=0, newest=101)
        assert (nothing.events, nothing.size >= 1000) == ((), True)


async def test_an_id_that_the_board_has_not_is_answered_with_resync(tmp_path: Path) -> None:
    """As after the board was restored from a backup."""
    async with event_desk(tmp_path, before=3) as desk, listening(desk.layer(), "last_event_id=900") as client:
        await client.until_id(3)
        (resync,) = client.events
        assert (resync.event, resync.data) == ("resync", {"from": 900, "to": 3})
        await desk.note()
        await client.until_id(4)
        assert desk.hub.stats.resyncs == 1


async def test_an_id_that_was_committed_and_not_told_yet_is_none_of_another_board(tmp_path: Path) -> None:
    async with event_desk(tmp_path) as desk:
        await desk.note_untold(2)
        async with listening(desk.layer(), "last_event_id=1") as client:
            await client.until_id(2)
            assert client.ids == [2]


async def test_a_gap_in_what_is_told_is_filled_from_the_board(tmp_path: Path) -> None:
    async with event_desk(tmp_path) as desk, listening(desk.layer()) as client:
        await desk.note()
        await desk.note_untold(3)
        desk.emitter.emit(Event("never_kept", at=1.0))
        await desk.note()
        await client.until_id(5)
        assert client.ids == [1, 2, 3, 4, 5]


async def test_filters_by_type_and_by_item(tmp_path: Path) -> None:
    async with event_desk(tmp_path) as desk:
        layer = desk.layer()
        async with (
            listening(layer, "types=one_thing,other_thing") as several,
            listening(layer, "types=one_thing&types=other_thing&item=abc") as of_item,
        ):
            await settle()
            await desk.note(type_="third_thing")
            await desk.note(type_="one_thing")
            await desk.engine.record_event("third_thing", item_id="abc", data={})
            last = await desk.engine.record_event("other_thing", item_id="abc", data={})
            await several.until_id(last)
            await of_item.until_id(last)
            assert (several.ids, of_item.ids) == ([2, 4], [4])


@pytest.mark.parametrize("query", ["types=one_thing", "item=abc", "item=abc&types=one_thing"])
async def test_a_filtered_listener_resumes_from_the_board(tmp_path: Path, query: str) -> None:
    async with event_desk(tmp_path) as desk:
        kinds = (("one_thing", "abc") if number % 2 else ("other_thing", "def") for number in range(600))
        await asyncio.gather(*(desk.engine.record_event(type_, item_id=item, data={}) for type_, item in kinds))
        async with desk.restarted(remembered=100) as later:
            assert later.hub.log.floor == 500
            async with listening(later.layer(), f"{query}&last_event_id=5") as client:
                await client.until_id(600)
                assert client.ids == list(range(6, 601, 2))


async def test_who_waits_is_not_woken_by_what_is_not_for_it(tmp_path: Path) -> None:
    async with event_desk(tmp_path, remembered=100, buffer=10) as desk, listening(desk.layer(), "types=rare") as client:
        await settle()
        await desk.note(150)
        await desk.note(type_="rare")
        await client.until_id(151)
        assert client.ids == [151]
        assert desk.hub.stats.resyncs == 0
        assert desk.hub.history.readings == 1


async def test_a_silent_stream_is_pinged_and_one_that_hears_things_is_not(tmp_path: Path) -> None:
    async with event_desk(tmp_path, ping=12.0) as desk:
        layer = desk.layer()
        async with listening(layer) as busy, listening(layer, "types=never") as silent:
            await settle()
            for _ in range(12):
                await desk.clock.advance(3.0)
                last = await desk.note()
                await busy.until_id(last)
            assert (busy.pings, silent.pings) == (0, 3)
            await desk.clock.advance(12.0)
            assert (busy.pings, silent.pings) == (1, 4)


async def test_a_client_that_is_too_far_behind_begins_anew(tmp_path: Path) -> None:
    async with event_desk(tmp_path, buffer=10) as desk, listening(desk.layer()) as client:
        await desk.note()
        await client.until_id(1)
        client.stop_taking()
        await desk.note(20)
        client.take_again()
        await client.until(lambda: client.events[-1].event == "resync")
        assert client.events[-1].data == {"from": 2, "to": 21}
        assert client.ids == [1, 2, 21]
        await desk.note()
        await client.until_id(22)
        assert desk.hub.stats.resyncs == 1


async def test_a_client_that_is_behind_within_its_buffer_gets_everything(tmp_path: Path) -> None:
    async with event_desk(tmp_path, buffer=20) as desk, listening(desk.layer()) as client:
        await desk.note()
        await client.until_id(1)
        client.stop_taking()
        await desk.note(20)
        client.take_again()
        await client.until_id(21)
        assert client.ids == list(range(1, 22))


async def test_very_much_at_once_is_no_fault_of_the_client(tmp_path: Path) -> None:
    """Events of one commit, more than the buffer and than memory holds."""
    async with event_desk(tmp_path, buffer=10, remembered=100) as desk, listening(desk.layer()) as client:
        await settle()
        await asyncio.gather(*(desk.note() for _ in range(300)))
        await client.until_id(300)
        assert client.ids == list(range(1, 301))
        assert desk.hub.stats.resyncs == 0


async def test_a_client_that_takes_nothing_is_cut_off(tmp_path: Path) -> None:
    async with event_desk(tmp_path, stall_timeout=60.0) as desk:
        cut: list[tuple[str, int]] = []
        async with listening(desk.layer(), port=77) as client:
            desk.hub.abort = lambda peer: (cut.append(peer), client.leave())[0]
            await settle()
            client.stop_taking()
            await desk.note()
            await desk.clock.advance(59.0)
            assert cut == []
            await desk.clock.advance(20.0)
            assert cut == [("127.0.0.1", 77)]
            await client.ended()
        assert (desk.hub.stats.dropped, desk.hub.stats.clients) == (1, 0)


async def test_one_more_than_there_is_room_for_is_sent_away_for_a_while(tmp_path: Path) -> None:
    async with event_desk(tmp_path, max_clients=1) as desk:
        layer = desk.layer()
        async with listening(layer), listening(layer) as second:
            await second.ended()
            assert second.status == 503
            assert second.headers["content-type"] == "application/problem+json"
            assert 1 <= int(second.headers["retry-after"]) <= 15
        assert (desk.hub.stats.refused, desk.hub.stats.clients) == (1, 0)
        async with listening(layer) as third:
            await third.until(lambda: third.blocks)
            assert third.status == 200


async def test_closing_ends_every_stream_with_a_time_to_come_back_of_its_own(tmp_path: Path) -> None:
    async with event_desk(tmp_path, before=2) as desk:
        layer = desk.layer()
        async with listening(layer) as one, listening(layer) as other:
            await settle()
            await desk.hub.close()
            assert one.is_ended
            assert other.is_ended
            assert one.blocks[-1].retry_ms != other.blocks[-1].retry_ms
        async with listening(layer) as late:
            await late.ended()
            assert late.status == 503


async def test_a_client_that_leaves_is_forgotten(tmp_path: Path) -> None:
    async with event_desk(tmp_path) as desk:
        async with listening(desk.layer()) as client:
            await client.until(lambda: client.blocks)
            assert desk.hub.stats.clients == 1
        assert desk.hub.stats.clients == 0


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("last_event_id=-1", {}),
        ("last_event_id=one", {}),
        ("", {"Last-Event-ID": "1.5"}),
        ("", {"Last-Event-ID": "9" * 30}),
        ("types=Robert'); DROP", {}),
        ("types=" + ",".join(f"t{'x' * n}" for n in range(51)), {}),
        ("item=../../etc", {}),
    ],
)
async def test_what_makes_no_sense_is_said(tmp_path: Path, query: str, headers: dict[str, str]) -> None:
    async with event_desk(tmp_path) as desk, listening(desk.layer(), query, headers=headers) as client:
        await client.ended()
        assert client.status == 400
        assert client.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
async def test_the_stream_can_only_be_read(tmp_path: Path, method: str) -> None:
    async with event_desk(tmp_path) as desk, listening(desk.layer(), method=method) as client:
        await client.ended()
        assert (client.status, client.headers["allow"]) == (405, "GET")


async def test_without_the_token_it_is_closed_unless_events_are_public(tmp_path: Path) -> None:
    async with event_desk(tmp_path) as desk:
        async with listening(desk.layer(), is_known=False) as stranger:
            await stranger.ended()
            assert (stranger.status, stranger.headers["www-authenticate"]) == (401, "Bearer")
        async with listening(desk.layer(public=True), is_known=False) as guest:
            await settle()
            await desk.note()
            last = await desk.engine.record_event("item_claimed", item_id="abc", data={"by": "w1"})
            await guest.until_id(last)
            assert [(one.id, one.data["data"]) for one in guest.events] == [(last, {})]


async def test_one_event_of_any_size_is_sent_and_memory_stays_bounded(tmp_path: Path) -> None:
    async with event_desk(tmp_path) as desk, listening(desk.layer()) as client:
        await settle()
        for _ in range(3):
            last = await desk.note(text="x" * 5_000_000)
            await client.until_id(last)
        assert client.ids == [1, 2, 3]
        assert desk.hub.log.floor == 2
