"""The document of a source: how fresh it is, what it is told to do, and what would help."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.monitoring import read_sources
from daemon.blackboard.records import FetchState, NewSource
from daemon.core.settings.models import Settings
from daemon.runtime.source_facts import source_facts
from sensors.secret_file import SECRETS_FILE
from sensors.webhooks.hook_secrets import HookSecrets
from tests.fakes.boards import Board, open_for_test, seen

DAY = 86_400.0


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    opened = await open_for_test(tmp_path / "home")
    yield opened
    await opened.engine.close()


async def add(board: Board, kind: str, address: str, **more: Any) -> int:
    return (await board.engine.add_source(NewSource(kind, address, **more), by="t")).id


async def poll(board: Board, source_id: int, **fetch: Any) -> None:
    now = board.clock.now()
    known = {"last_fetch_at": now, "last_success_at": now, "next_fetch_at": now + 3600} | fetch
    await board.engine.record_fetch(source_id, fetch=FetchState(**known), observations=[], event={})


def document(board: Board, source_id: int) -> dict[str, Any]:
    found = BoardReader(board.engine.path, now=board.clock.now).sources()
    return next(one for one in source_facts(found, settings=Settings(home=board.home)) if one["id"] == source_id)


def how(board: Board, source_id: int) -> tuple[str, str]:
    """Health and freshness; what health and metrics watch says the same."""
    one = document(board, source_id)
    watched = {figures.id: figures for figures in read_sources(board.engine.path, now=board.clock.now())}
    assert watched[source_id].freshness.value == one["freshness"]
    return one["health"], one["freshness"]


async def test_a_feed_with_nothing_new_is_quiet_and_one_we_fail_to_read_is_stale(board: Board) -> None:
    """Fetcher and feed are told apart."""
    feed = await add(board, "rss", "https://a.example/feed")
    assert how(board, feed) == ("new", "fresh")
    await board.clock.advance(2 * DAY)
    await poll(board, feed, last_item_at=board.clock.now() - 2 * DAY)
    assert how(board, feed) == ("ok", "quiet")
    await poll(board, feed, last_item_at=board.clock.now())
    assert how(board, feed) == ("ok", "fresh")
    await poll(board, feed, errors_in_row=1, last_error="https://a.example/feed answered 404 Not Found")
    assert how(board, feed) == ("failing", "stale")
    await poll(board, feed)
    await board.clock.advance(3600 + 901)
    assert how(board, feed) == ("late", "stale")
    await board.engine.set_source_enabled(feed, is_enabled=False, by="t")
    assert how(board, feed) == ("disabled", "disabled")


async def test_a_webhook_is_never_late(board: Board) -> None:
    """New until the first delivery, then fine; quiet when nobody sent anything for a day."""
    HookSecrets(board.home).begin("ci")
    hook = await add(board, "webhook", "webhook:ci")
    await board.clock.advance(DAY / 2)
    assert how(board, hook) == ("new", "fresh")
    await board.clock.advance(DAY)
    assert how(board, hook) == ("new", "quiet")
    await board.engine.record_delivery(hook, observations=[seen("a")], event={})
    assert how(board, hook) == ("ok", "fresh")
    await board.clock.advance(2 * DAY)
    assert how(board, hook) == ("ok", "quiet")
    one = document(board, hook)
    assert (one["hook"], one["next_fetch_at"], one["reads"], one["left_out"]) == ("/hooks/ci", None, None, None)
    (watched,) = read_sources(board.engine.path, now=board.clock.now())
    assert watched.next_fetch_at is None


async def test_a_webhook_whose_secret_is_lost_is_failing_and_says_what_helps(board: Board) -> None:
    """It is well again with a new one; one that is switched off is not asked for its secret."""
    hook = await add(board, "webhook", "webhook:ci")
    secrets = HookSecrets(board.home)
    secrets.begin("ci")
    await board.engine.record_delivery(hook, observations=[seen("a")], event={})
    (board.home / SECRETS_FILE).unlink()
    one = document(board, hook)
    assert (one["health"], one["freshness"], one["ailment"]) == ("failing", "stale", "hook_secret")
    assert "signed with is not known" in one["last_error"]
    assert "davidagent hooks rotate" in one["help"]
    (board.home / SECRETS_FILE).write_text("{")
    assert document(board, hook)["health"] == "failing"
    (board.home / SECRETS_FILE).unlink()
    HookSecrets(board.home).rotate("ci", now=board.clock.now())
    assert (document(board, hook)["health"], document(board, hook)["help"]) == ("ok", None)
    (board.home / SECRETS_FILE).unlink()
    await board.engine.set_source_enabled(hook, is_enabled=False, by="t")
    assert (document(board, hook)["health"], document(board, hook)["ailment"]) == ("disabled", None)


async def test_what_is_wrong_comes_with_what_would_help(board: Board) -> None:
    """Nothing is said of what nothing ails."""
    feed = await add(board, "rss", "https://a.example/feed")
    assert (document(board, feed)["ailment"], document(board, feed)["help"]) == (None, None)
    await poll(board, feed, errors_in_row=1, last_error="https://a.example/feed answered 404 Not Found; gone?")
    one = document(board, feed)
    assert one["ailment"] == "missing"
    assert "new address" in one["help"]


@pytest.mark.parametrize("settings", [{}, {"full_text": True}, {"full_text": False}])
async def test_a_source_says_whether_its_articles_are_fetched(board: Board, settings: dict[str, Any]) -> None:
    """Null where the settings of all decide."""
    one = document(board, await add(board, "rss", "https://a.example/feed", settings=settings))
    assert one["full_text"] is settings.get("full_text")


async def test_a_folder_names_the_files_it_left_out(board: Board) -> None:
    """None at first."""
    folder = await add(board, "folder", "/inbox")
    assert document(board, folder)["left_out"] == {}
    await poll(board, folder, extra={"left_out": {"big.bin": "no text"}, "title": "x"})
    assert document(board, folder)["left_out"] == {"big.bin": "no text"}


async def test_readings_are_those_of_paid_kinds_alone(board: Board) -> None:
    """Others have none, not even zero."""
    feed = await add(board, "rss", "https://a.example/feed")
    account = await add(board, "x", "@a", settings={"daily_reads": 7, "daily_usd": 0.5})
    assert document(board, feed)["reads"] is None
    assert (document(board, account)["reads"]["limit"], document(board, account)["reads"]["usd_limit"]) == (7, 0.5)
