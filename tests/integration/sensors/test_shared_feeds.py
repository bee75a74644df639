"""Real feeds, kept beside the repository: every entry accounted for, and counted in a second way."""

import json
import random
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from unicodedata import normalize

import pytest
from lxml import etree  # type: ignore[import-untyped]  # lxml ships no types

from daemon.blackboard.records import NewSource
from daemon.core.events import Emitter
from daemon.core.settings.models import SensorSettings
from daemon.runtime.sensing import PollResult, Sensing
from sensors.context import open_context
from sensors.feeds.opml import read_opml
from sensors.feeds.sensor import RssSensor
from sensors.senses import Senses
from tests.fakes.boards import Board, open_for_test

FEEDS = Path(__file__).parents[4] / "shared" / "feeds"
NAMES = (
    "de-heise-developer-atom.xml",
    "en-bbc-world-summary.xml",
    "en-craigslist-rss1.rdf",
    "en-inessential-feed.json",
    "en-morningpaper-fulltext.xml",
    "en-natashatherobot-fulltext.xml",
    "en-thinkingmachines-fulltext.xml",
    "zh-infzm-summary.xml",
)
LONG_TITLE_CHARS = 120
LISTS = ("netnewswire-subs.opml", "rssguard-1.opml")
pytestmark = pytest.mark.skipif(not FEEDS.is_dir(), reason="the real feeds are not beside the repository")


@dataclass(frozen=True)
class Entry:
    """An entry as a second reader sees it."""

    link: str
    title: str


def _entries(path: Path) -> list[Entry]:
    """What is in the document, without any part of the sensor: lxml and json alone."""
    if path.suffix == ".json":
        items = json.loads(path.read_text())["items"]
        return [Entry(one["url"], one["title"]) for one in items]
    tree = etree.parse(path)
    return [_entry(one) for one in tree.iter("{*}item", "{*}entry")]


def _entry(element: etree._Element) -> Entry:
    link = element.find("{*}link")
    title = "".join(element.find("{*}title").itertext())
    return Entry(link.get("href") or (link.text or "").strip(), title)


def _letters(words: str) -> str:
    """The words without spaces and signs, which cleaning may write in another way."""
    return re.sub(r"<[^>]+>|\W", "", normalize("NFKC", unescape(unescape(words))))


def _forms(title: str) -> set[str]:
    """The words of a title as an item may have them: whole, or its first line where it has the whole text in it."""
    forms = {title, title.strip().partition("\n")[0]} if len(title) > LONG_TITLE_CHARS else {title}
    return {_letters(form) for form in forms}


def _place(link: str) -> str:
    """The link without its query, whose tracking parameters the sensor leaves out."""
    return link.partition("?")[0]


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    opened = await open_for_test(tmp_path)
    yield opened
    await opened.engine.close()


async def _sense(board: Board, *, times: int) -> list[list[PollResult]]:
    context = open_context(SensorSettings(), clock=board.clock, rng=random.Random(1))
    senses = Senses(context, sensors={"rss": RssSensor(context)})
    emitter = Emitter()
    sensing = Sensing(
        engine=board.engine, sensors=senses, emitter=emitter, emit=emitter.emit, clock=board.clock, concurrency=4
    )
    results = [await sensing.poll_all() for _ in range(times)]
    await senses.close()
    return results


@pytest.mark.parametrize("name", NAMES)
async def test_every_entry_is_on_the_board(name: str, board: Board) -> None:
    """As many items as a second count finds entries, each with the link and the title it has in the document."""
    expected = _entries(FEEDS / name)
    await board.engine.add_source(NewSource("rss", str(FEEDS / name)), by="tester")
    (((first,), (second,))) = await _sense(board, times=2)
    assert (first.outcome, first.error) == ("read", None)
    assert first.entries == len(expected)
    assert first.new == len(expected)
    assert (second.outcome, second.new) == ("unchanged", 0)
    rows = await board.rows("SELECT url, title FROM items")
    assert {_place(url) for url, _ in rows} == {_place(one.link) for one in expected}
    titles = {_place(one.link): one.title for one in expected}
    for url, title in rows:
        assert _letters(title) in _forms(titles[_place(url)])


async def test_all_feeds_at_once_lose_nothing_and_post_nothing_twice(board: Board) -> None:
    """Together they post as many items as they have entries; a forgotten poll posts none of them again."""
    for name in NAMES:
        await board.engine.add_source(NewSource("rss", str(FEEDS / name)), by="tester")
    (first,) = await _sense(board, times=1)
    total = sum(len(_entries(FEEDS / name)) for name in NAMES)
    assert sum(one.new for one in first) == total == 184
    await board.rows("UPDATE sources SET body_hash = NULL, etag = NULL, last_modified = NULL")
    (again,) = await _sense(board, times=1)
    assert [one.outcome for one in again] == ["read"] * len(NAMES)
    assert sum(one.known for one in again) == total
    assert sum(one.new for one in again) == 0


@pytest.mark.parametrize("name", NAMES)
async def test_texts_are_fit_to_read(name: str, board: Board) -> None:
    """No tags, no entities, no scripts are left in a text, its title is not on top again, and its language is known."""
    await board.engine.add_source(NewSource("rss", str(FEEDS / name)), by="tester")
    await _sense(board, times=1)
    rows = await board.rows(
        "SELECT i.title, o.text, o.language FROM items AS i JOIN observations AS o ON o.item_id = i.id"
    )
    for title, text, language in rows:
        prose = re.sub(r"(?s)```.*?```|`[^`\n]*`", "", text)
        assert not re.search(r"</?(?:p|div|span|a|br|img|table|script)\b[^>]*>", prose), prose
        assert not re.search(r"&(?:amp|lt|gt|quot|nbsp|#\d+);", prose), prose
        assert text.partition("\n")[0] != title
        assert language == name[:2]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_loads_whole(name: str) -> None:
    """Every feed that the file names is a source, a double of one, or told of."""
    found = read_opml((FEEDS / name).read_bytes())
    named = re.findall(rb'xmlUrl="([^"]+)"', (FEEDS / name).read_bytes())
    assert len(found.sources) + found.doubles == len(named) > 0
    assert not found.problems
