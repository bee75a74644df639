"""Pages of items: the same as going through every item by hand, in every order and both ways."""

import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest

from daemon.blackboard.queries import load_queries
from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.desk_items import ItemFilter, Order, count_items, item_page
from daemon.blackboard.records import NewSource
from daemon.blackboard.sqlite import files
from daemon.blackboard.states import State
from daemon.core.clock import iso
from daemon.core.errors import UsageError
from daemon.core.ids import made_at
from tests.fakes.boards import Board, open_for_test, seen
from tests.fakes.ledgers import Spender

SEED = 5
WORDS = ("harbour", "kelp", "疫苗", "100%")
FILTERS = [
    ItemFilter(),
    ItemFilter(state=State.DEAD_LETTER),
    ItemFilter(state=State.QUEUED),
    ItemFilter(source_id=1),
    ItemFilter(source_id=2, state=State.QUEUED),
    ItemFilter(source_id=1, state=State.DISCARDED),
    ItemFilter(tag="ai"),
    ItemFilter(search="KELP"),
    ItemFilter(search="疫苗", state=State.QUEUED),
    ItemFilter(search="%"),
    ItemFilter(since=1_790_000_100.0),
    ItemFilter(until=1_790_000_200.0, source_id=2),
    ItemFilter(since=1_790_000_050.0, until=1_790_000_150.0, tag="ai"),
]


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    """Sixty items of two sources and of people, some dead, held or discarded, some with a cost."""
    opened = await open_for_test(tmp_path / "home")
    rng = random.Random(SEED)
    for number in (1, 2):
        new = NewSource(kind="rss", address=f"https://example.org/{number}", name="Same")
        await opened.engine.add_source(new, by="test")
    for number in range(60):
        tags = tuple(rng.sample(("ai", "ai-news", "sea"), k=rng.randint(0, 2)))
        one = seen(f"{rng.choice(WORDS)} {number}", tags=tags, url=f"https://example.org/{number}")
        await opened.engine.post([one], source_id=rng.choice((None, 1, 2)), by="test")
        await opened.clock.advance(rng.choice((0, 5)))
    for claim in await opened.claim(limit=20):
        await opened.clock.advance(rng.choice((0, 3)))
        if rng.random() < 0.6:
            await opened.hold_one()
        await opened.engine.discard(claim, reason="dull")
    for item in await opened.post("a dear one", "one as dear", "a cheap one"):
        await Spender(opened).spend(item, cost=7 if "cheap" in item else 900)
    await opened.bury_one()
    yield opened
    await opened.engine.close()


def _everything(board: Board) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(board.engine.path)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute("SELECT * FROM items")]


def _fits(row: dict[str, Any], wanted: ItemFilter) -> bool:
    text = f"{row['title']}\n{row['url']}".lower()
    return (
        (wanted.state is None or row["state"] == wanted.state)
        and (wanted.source_id is None or row["source_id"] == wanted.source_id)
        and (wanted.tag is None or f'"{wanted.tag}"' in row["tags"])
        and (wanted.search is None or wanted.search.lower() in text)
        and (wanted.since is None or made_at(row["id"]) >= wanted.since)
        and (wanted.until is None or made_at(row["id"]) < wanted.until)
    )


def _by_hand(board: Board, wanted: ItemFilter, order: Order) -> list[str]:
    rows = [row for row in _everything(board) if _fits(row, wanted)]
    if order is Order.DEAREST:
        rows = [row for row in rows if row["cost_micro"]]
    column = {Order.CHANGED: "updated_at", Order.DEAREST: "cost_micro"}.get(order, "id")
    rows.sort(key=lambda row: (row[column], row["id"]), reverse=order is not Order.OLDEST)
    return [row["id"] for row in rows]


def _ids(page: dict[str, Any]) -> list[str]:
    return [one["id"] for one in page["items"]]


@pytest.mark.parametrize("order", Order)
async def test_pages_are_the_list_as_found_by_hand(board: Board, order: Order) -> None:
    """Forwards to the end without gap or repeat, and back again by the same pages; the count is theirs."""
    for wanted in FILTERS:
        expected = _by_hand(board, wanted, order)
        pages = _pages(board, wanted, order)
        assert [one for page in pages for one in _ids(page)] == expected, wanted
        assert (pages[0]["previous"], pages[-1]["next"]) == (None, None)
        for before, after in pairwise(pages):
            back = item_page(board.engine.path, wanted, order=order, at=after["previous"], limit=4)
            assert _ids(back) == _ids(before), wanted
            assert back["next"] is not None
        if order is not Order.DEAREST or wanted.is_plain:
            assert count_items(board.engine.path, wanted, order=order) == {"count": len(expected), "is_more": False}


def _pages(board: Board, wanted: ItemFilter, order: Order) -> list[dict[str, Any]]:
    pages = [item_page(board.engine.path, wanted, order=order, limit=4)]
    while pages[-1]["next"] is not None:
        pages.append(item_page(board.engine.path, wanted, order=order, at=pages[-1]["next"], limit=4))
    assert all(page["looked_at"] is None for page in pages)
    return pages


async def test_an_item_is_as_other_listings_show_it(board: Board) -> None:
    """With its tags besides, and what it waits for."""
    shown, more = item_page(board.engine.path, limit=100)["items"], {"tags", "waits_for"}
    assert [{key: value for key, value in one.items() if key not in more} for one in shown] == BoardReader(
        board.engine.path
    ).items(limit=100)


async def test_a_search_says_how_far_it_looked_and_goes_on_from_there(board: Board) -> None:
    """Ten at a time: each of them once, though most pages are short or empty."""
    wanted, found, looks, at = ItemFilter(search="kelp"), [], 0, None
    while True:
        page = item_page(board.engine.path, wanted, at=at, limit=50, look=10)
        found += _ids(page)
        looks += 1
        at = page["next"]
        if at is None:
            break
        assert page["looked_at"] == 10
        assert page["looked_back_to"] == iso(made_at(at.rpartition(":")[2]))
    assert found == _by_hand(board, wanted, Order.NEWEST)
    assert looks > len(_everything(board)) // 10


async def test_a_count_says_that_it_did_not_look_at_all(board: Board) -> None:
    """At least so many."""
    newest = _by_hand(board, ItemFilter(), Order.NEWEST)[:10]
    wanted = ItemFilter(search="kelp")
    expected = sum(1 for item in _by_hand(board, wanted, Order.NEWEST) if item in newest)
    assert count_items(board.engine.path, wanted, look=10) == {"count": expected, "is_more": True}


async def test_another_order_of_a_filter_sorts_the_newest_and_says_so(board: Board) -> None:
    """Those that were not looked at are not there."""
    wanted = ItemFilter(source_id=1)
    newest = _by_hand(board, wanted, Order.NEWEST)[:5]
    page = item_page(board.engine.path, wanted, order=Order.CHANGED, look=5)
    assert _ids(page) == [one for one in _by_hand(board, wanted, Order.CHANGED) if one in newest]
    assert (page["looked_at"], page["next"]) == (5, None)


async def test_a_large_state_is_walked_and_a_small_one_sorted_with_one_result(board: Board) -> None:
    """Also in its pages, there and back."""
    for order, look in product((Order.CHANGED, Order.DEAREST), (1, 50_000)):
        _require_two_pages(board, order=order, look=look)


def _require_two_pages(board: Board, *, order: Order, look: int) -> None:
    wanted = ItemFilter(state=State.QUEUED)
    expected = _by_hand(board, wanted, order)
    first = item_page(board.engine.path, wanted, order=order, look=look, limit=2)
    second = item_page(board.engine.path, wanted, order=order, look=look, limit=2, at=first["next"])
    assert _ids(first) + _ids(second) == expected[:4]
    back = item_page(board.engine.path, wanted, order=order, look=look, limit=2, at=second["previous"])
    assert _ids(back) == _ids(first)
    assert count_items(board.engine.path, wanted, order=order, look=look) == {"count": len(expected), "is_more": False}


async def test_what_is_no_cursor_is_refused(board: Board) -> None:
    """A link may have been cut."""
    for cursor in ("x", "c:1:2", "a:one:2", "::"):
        with pytest.raises(UsageError, match="is no place"):
            item_page(board.engine.path, at=cursor)


def test_no_page_reads_a_table_without_its_index() -> None:
    """Each look goes along the index its name tells, and the orders by cost and change read no row at all."""
    names = ("state", "source_id", "tag", "search", "exact", "first", "after", "look", "limit", "key", "id", "ids")
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        files.migrate(db)
        for name, query in load_queries("read_desk_items").items():
            lines = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}", dict.fromkeys(names, "[]"))]
            on_items = [line for line in lines if " items " in line or " i " in line]
            assert on_items, name
            assert all(line.startswith("SEARCH") for line in on_items), (name, lines)
            assert not [line for line in lines if "TEMP B-TREE" in line], (name, lines)
            if name.startswith(("changed", "dearest", "end_of", "count_dearest")):
                assert all("COVERING INDEX" in line for line in on_items), (name, lines)
