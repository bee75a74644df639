"""Sources: from the configuration, from people, and between polls."""

from dataclasses import replace
from typing import Any

import pytest

from daemon.blackboard.records import FetchState, NewSource, Source
from daemon.core.errors import NotFoundError
from tests.fakes.boards import Board, seen


def feed(place: str, /, **more: Any) -> NewSource:
    return NewSource("rss", f"https://{place}.example/feed", **more)


async def all_enabled(board: Board) -> dict[str, Source]:
    return {source.address: source for source in await board.engine.due_sources(limit=100, is_all=True)}


async def enabled_names(board: Board) -> set[str]:
    return {address.split("//")[1].split(".")[0] for address in await all_enabled(board)}


async def the_source(board: Board, name: str) -> Source:
    return (await all_enabled(board))[f"https://{name}.example/feed"]


async def test_an_added_source_is_due_at_once_and_told(board: Board) -> None:
    """All its settings come back."""
    new = feed("a", name="A", every_seconds=60.0, tags=("t",), settings={"k": 1})
    source = await board.engine.add_source(new, by="p")
    assert (source.origin, source.name, source.every_seconds, source.tags) == ("added", "A", 60.0, ("t",))
    assert source.settings == {"k": 1}
    assert await board.engine.due_sources(limit=5) == [source]
    assert await board.engine.next_fetch_at() == 0
    assert board.told[-1].type == "source_added"


async def test_adding_the_same_address_again_answers_the_same(board: Board) -> None:
    """No second source, no second event."""
    first = await board.engine.add_source(feed("a"), by="p")
    assert await board.engine.add_source(feed("a", name="other"), by="p") == first
    assert len(board.told) == 1


async def test_due_sources_come_most_overdue_first(board: Board) -> None:
    """Those not due yet only with `is_all`."""
    now = board.clock.now()
    for name, at in [("a", now - 1), ("b", now - 5), ("c", now + 5)]:
        source = await board.engine.add_source(feed(name), by="p")
        await board.engine.record_fetch(source.id, fetch=FetchState(next_fetch_at=at), observations=[], event={})
    assert [source.name for source in await board.engine.due_sources(limit=5)] == [feed("b").address, feed("a").address]
    assert len(await board.engine.due_sources(limit=1)) == 1
    assert len(await board.engine.due_sources(limit=5, is_all=True)) == 3
    assert await board.engine.next_fetch_at() == now - 5


async def test_a_poll_posts_and_keeps_its_state_in_one(board: Board) -> None:
    """Every field of the fetch state comes back."""
    source = await board.engine.add_source(feed("a"), by="p")
    fetch = FetchState(
        etag='W/"1"',
        last_modified="Mon",
        body_hash="b",
        next_fetch_at=9.0,
        next_fetch_reason="ttl",
        last_fetch_at=1.0,
        last_success_at=2.0,
        last_item_at=3.0,
        errors_in_row=4,
        last_error="e",
        moved_to="m",
        moved_count=5,
        is_gone=False,
        interval_seconds=6.0,
        extra={"cursor": "c"},
    )
    posted = await board.engine.record_fetch(
        source.id, fetch=fetch, observations=[seen("x"), seen("x")], event={"outcome": "read"}
    )
    assert [one.is_new for one in posted] == [True, False]
    assert (await the_source(board, "a")).fetch == fetch
    assert board.told[-1].type == "source_polled"
    assert board.told[-1].data == {"outcome": "read", "source_id": source.id, "new": 1}


@pytest.mark.parametrize(
    ("event", "is_told"),
    [
        ({"outcome": "unchanged"}, False),
        ({"outcome": "read"}, False),
        ({"outcome": "failed", "error": "e"}, True),
        ({"outcome": "gone"}, True),
        ({"outcome": "read", "moved_to": "https://new.example"}, True),
    ],
)
async def test_only_a_poll_worth_telling_is_told(board: Board, *, event: dict[str, Any], is_told: bool) -> None:
    """Polling that finds nothing is silent."""
    source = await board.engine.add_source(feed("a"), by="p")
    await board.engine.record_fetch(source.id, fetch=FetchState(), observations=[], event=event)
    assert (board.told[-1].type == "source_polled") is is_told


async def test_a_source_that_nobody_named_takes_its_feeds_title(board: Board) -> None:
    """Also over a restart with the same configuration; a name that was given stays."""
    await board.engine.sync_sources([feed("a"), feed("b", name="Mine")])
    for name in ("a", "b"):
        source = await the_source(board, name)
        fetch = replace(source.fetch, extra={"title": "The Harbor Gazette"})
        await board.engine.record_fetch(source.id, fetch=fetch, observations=(), event={"outcome": "read"})
    await board.engine.sync_sources([feed("a"), feed("b", name="Mine")])
    assert [(await the_source(board, name)).name for name in ("a", "b")] == ["The Harbor Gazette", "Mine"]


async def test_a_poll_of_an_unknown_source_changes_nothing(board: Board) -> None:
    """Neither items nor state."""
    with pytest.raises(NotFoundError):
        await board.engine.record_fetch(7, fetch=FetchState(), observations=[seen("x")], event={})
    assert await board.rows("SELECT count(*) FROM items") == [(0,)]


async def test_a_moved_source_keeps_its_identity(board: Board) -> None:
    """Its old entries are known under the new address, also when the configuration still has the old one."""
    await board.engine.sync_sources([feed("a")])
    source = await the_source(board, "a")
    await board.engine.record_fetch(source.id, fetch=source.fetch, observations=[seen("x")], event={})
    moved = {"moved_to": feed("b").address}
    await board.engine.record_fetch(source.id, fetch=source.fetch, observations=[], event=moved)
    await board.engine.sync_sources([feed("a")])
    again = await the_source(board, "b")
    assert again.id == source.id
    posted = await board.engine.record_fetch(source.id, fetch=source.fetch, observations=[seen("x")], event={})
    assert not posted[0].is_new


async def test_a_source_does_not_move_onto_another(board: Board) -> None:
    """It stays where it is and says so."""
    first = await board.engine.add_source(feed("a"), by="p")
    await board.engine.add_source(feed("b"), by="p")
    event = {"moved_to": feed("b").address}
    await board.engine.record_fetch(first.id, fetch=first.fetch, observations=[], event=event)
    assert board.told[-1].data["is_moved"] is False
    assert await enabled_names(board) == {"a", "b"}


async def test_the_configuration_adds_drops_and_takes_back(board: Board) -> None:
    """What sensors keep survives it all."""
    await board.engine.sync_sources([feed("a"), feed("b", is_enabled=False)])
    assert await enabled_names(board) == {"a"}
    source = await the_source(board, "a")
    await board.engine.record_fetch(source.id, fetch=replace(source.fetch, etag="e"), observations=[], event={})
    await board.engine.sync_sources([])
    assert await enabled_names(board) == set()
    await board.engine.sync_sources([feed("a", name="A")])
    again = await the_source(board, "a")
    assert (again.id, again.name, again.fetch.etag) == (source.id, "A", "e")
    assert [e.type for e in board.told] == [
        "source_added",
        "source_added",
        "source_disabled",
        "source_enabled",
    ]


async def test_the_same_configuration_again_tells_nothing(board: Board) -> None:
    """A restart is silent."""
    await board.engine.sync_sources([feed("a"), feed("b")])
    told = len(board.told)
    await board.engine.sync_sources([feed("a"), feed("b")])
    assert len(board.told) == told


@pytest.mark.parametrize("is_enabled", [True, False])
async def test_a_persons_switch_stands_over_the_configuration(board: Board, *, is_enabled: bool) -> None:
    """It survives restarts, as long as the configuration keeps the source."""
    configured = feed("a", is_enabled=not is_enabled)
    await board.engine.sync_sources([configured])
    (source_id,) = (await board.rows("SELECT id FROM sources"))[0]
    await board.engine.set_source_enabled(source_id, is_enabled=is_enabled, by="p")
    await board.engine.sync_sources([configured])
    assert (await enabled_names(board) == {"a"}) is is_enabled
    await board.engine.sync_sources([])
    await board.engine.sync_sources([configured])
    assert (await enabled_names(board) == {"a"}) is not is_enabled


async def test_enabling_a_dropped_source_makes_it_the_persons_own(board: Board) -> None:
    """The next start leaves it alone."""
    await board.engine.sync_sources([feed("a")])
    source = await the_source(board, "a")
    await board.engine.sync_sources([])
    await board.engine.set_source_enabled(source.id, is_enabled=True, by="p")
    await board.engine.sync_sources([])
    assert (await the_source(board, "a")).origin == "added"


async def test_a_persons_own_sources_are_not_the_configurations(board: Board) -> None:
    """An empty configuration drops only its own."""
    await board.engine.add_source(feed("mine"), by="p")
    await board.engine.sync_sources([])
    assert await enabled_names(board) == {"mine"}


async def test_enabling_ends_gone_and_makes_it_due(board: Board) -> None:
    """410 ended the polling; a person may try again."""
    source = await board.engine.add_source(feed("a"), by="p")
    gone = FetchState(is_gone=True, next_fetch_at=board.clock.now() + 9999)
    await board.engine.record_fetch(source.id, fetch=gone, observations=[], event={"outcome": "gone"})
    assert await board.engine.due_sources(limit=5, is_all=True) == []
    await board.engine.set_source_enabled(source.id, is_enabled=True, by="p")
    assert [one.id for one in await board.engine.due_sources(limit=5)] == [source.id]
    assert board.told[-1].type == "source_enabled"


async def test_a_removed_source_is_gone_but_its_entries_stay_known(board: Board) -> None:
    """Added again, it posts nothing twice."""
    source = await board.engine.add_source(feed("a"), by="p")
    await board.engine.record_fetch(source.id, fetch=FetchState(), observations=[seen("x")], event={})
    await board.engine.remove_source(source.id, by="p")
    assert await enabled_names(board) == set()
    with pytest.raises(NotFoundError):
        await board.engine.remove_source(source.id, by="p")
    again = await board.engine.add_source(feed("a"), by="p")
    assert again.id == source.id
    posted = await board.engine.record_fetch(again.id, fetch=FetchState(), observations=[seen("x")], event={})
    assert not posted[0].is_new


async def test_a_configured_source_that_a_person_removed_stays_removed(board: Board) -> None:
    """Until the configuration drops it and names it again."""
    await board.engine.sync_sources([feed("a")])
    await board.engine.remove_source((await the_source(board, "a")).id, by="p")
    await board.engine.sync_sources([feed("a")])
    assert await enabled_names(board) == set()
    await board.engine.sync_sources([])
    await board.engine.sync_sources([feed("a")])
    assert await enabled_names(board) == {"a"}


async def test_switching_what_is_not_there_is_an_error(board: Board) -> None:
    """Unknown ids are named."""
    with pytest.raises(NotFoundError, match="no source 7"):
        await board.engine.set_source_enabled(7, is_enabled=True, by="p")
    with pytest.raises(NotFoundError, match="no source 7"):
        await board.engine.remove_source(7, by="p")


async def test_a_source_that_is_removed_while_it_is_polled_keeps_nothing_of_the_poll(board: Board) -> None:
    """Its last poll ends after a person took it off the board: no item comes of it, and no event."""
    source = await board.engine.add_source(feed("a"), by="p")
    await board.engine.remove_source(source.id, by="p")
    told = len(board.told)
    late = await board.engine.record_fetch(source.id, fetch=FetchState(), observations=[seen("x")], event={})
    assert (late, len(board.told)) == ([], told)
    assert await board.rows("SELECT count(*) FROM items") == [(0,)]


async def test_a_source_that_is_disabled_while_it_is_polled_stays_so_and_keeps_what_was_read(board: Board) -> None:
    """What was on its way is not thrown away; no further poll comes."""
    source = await board.engine.add_source(feed("a"), by="p")
    await board.engine.set_source_enabled(source.id, is_enabled=False, by="p")
    (posted,) = await board.engine.record_fetch(source.id, fetch=FetchState(), observations=[seen("x")], event={})
    assert posted.is_new
    assert await board.engine.due_sources(limit=5, is_all=True) == []
