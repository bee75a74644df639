import asyncio
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import feedparser
import pytest

from daemon.core.errors import PublishError
from daemon.core.settings.models import AtomSettings
from daemon.publish.atom import AtomSink, entry_id
from daemon.publish.base import Post
from tests.fakes.clock import ManualClock
from tests.fakes.posts import AT, ITEM_ID, a_post

NS = {"a": "http://www.w3.org/2005/Atom"}


def nothing(limit: int) -> Sequence[Post]:
    return []


def numbered(number: int) -> Post:
    return a_post(item_id=f"06c2r5x9k1v{number:02d}", title=f"Post {number}", published_at=AT + number)


def sink(
    file: Path,
    *,
    clock: ManualClock | None = None,
    settings: AtomSettings | None = None,
    recent: Callable[[int], Sequence[Post]] = nothing,
) -> AtomSink:
    return AtomSink(file, settings=settings or AtomSettings(), recent=recent, clock=clock or ManualClock())


def parsed(file: Path) -> ET.Element:
    return ET.fromstring(file.read_text())  # noqa: S314 - our own file


def edit(file: Path, text: str) -> None:
    file.write_text(text)


def titles(file: Path) -> list[str]:
    return [entry.title for entry in feedparser.parse(file.read_bytes()).entries]


async def test_the_feed_is_valid_and_whole(tmp_path: Path) -> None:
    """A feed parser finds no fault, and everything Atom requires is there."""
    file = tmp_path / "feed.atom"
    await sink(file).send(a_post(), key="k")
    feed = feedparser.parse(file.read_bytes())
    assert feed.bozo == 0
    assert feed.version == "atom10"
    root = parsed(file)
    for tag in ("title", "id", "updated", "author/a:name"):
        assert root.findtext(f"a:{tag}", namespaces=NS)
    entry = root.find("a:entry", NS)
    assert entry is not None
    assert entry.findtext("a:id", namespaces=NS) == entry_id(ITEM_ID)
    assert entry.findtext("a:updated", namespaces=NS) == "2026-11-18T11:06:40.000Z"
    assert entry.findtext("a:summary", namespaces=NS) == "Almost half of the midday load came from the sun."
    assert "<strong>47.3%</strong>" in (entry.findtext("a:content[@type='html']", namespaces=NS) or "")
    assert feed.entries[0].link == "https://example.org/solar?x=1&y=2"
    assert [tag.term for tag in feed.entries[0].tags] == ["energy", "solar power"]


async def test_with_a_base_url_entries_link_to_their_pages(tmp_path: Path) -> None:
    """The feed to itself, the entry to its page, and to the source as `via`."""
    file = tmp_path / "feed.atom"
    await sink(file, settings=AtomSettings(base_url="https://me.example/posts/")).send(a_post(), key="k")
    feed = feedparser.parse(file.read_bytes())
    assert {"rel": "self", "href": "https://me.example/posts/feed.atom", "type": "application/atom+xml"} in [
        dict(link) for link in feed.feed.links
    ]
    assert feed.entries[0].link == f"https://me.example/posts/2026-11-18-solar-record-{ITEM_ID}.html"
    assert [link.href for link in feed.entries[0].links if link.rel == "via"] == ["https://example.org/solar?x=1&y=2"]


async def test_any_text_makes_valid_xml(tmp_path: Path) -> None:
    """Control characters, markup and lone surrogates of a feed's text do not break the feed."""
    nasty = "a\x00\x08\x0b\x1f\ufffe\ud800 <b>&amp; ]]> 中 🎉"
    file = tmp_path / "feed.atom"
    await sink(file).send(a_post(title=nasty, summary=nasty, body=nasty, source=nasty, tags=(nasty,)), key="k")
    feed = feedparser.parse(file.read_bytes())
    assert feed.bozo == 0
    assert parsed(file).findtext("a:entry/a:title", namespaces=NS) == "a <b>&amp; ]]> 中 🎉"


async def test_the_newest_come_first_and_only_so_many(tmp_path: Path) -> None:
    """Whatever order they are sent in."""
    file = tmp_path / "feed.atom"
    atom = sink(file, settings=AtomSettings(limit=3))
    for number in (2, 5, 1, 4, 3):
        await atom.send(numbered(number), key="k")
    await atom.close()
    assert titles(file) == ["Post 5", "Post 4", "Post 3"]


async def test_sending_twice_makes_one_entry(tmp_path: Path) -> None:
    """Its id is the same for ever."""
    file = tmp_path / "feed.atom"
    atom = sink(file)
    assert await atom.look_up(a_post(), key="k") is None
    first = await atom.send(a_post(), key="k")
    assert await atom.send(a_post(), key="k") == first
    assert await atom.look_up(a_post(), key="k") == first
    await atom.close()
    assert titles(file) == ["Solar farms set a record"]


async def test_the_file_is_rewritten_at_most_once_a_second(tmp_path: Path) -> None:
    """The first at once, the others together when a second is over."""
    file, clock = tmp_path / "feed.atom", ManualClock()
    atom = sink(file, clock=clock)
    for number in range(5):
        await atom.send(numbered(number), key="k")
    assert titles(file) == ["Post 0"]
    await clock.advance(1.0)
    await atom.flush()
    assert len(titles(file)) == 5
    assert clock.slept == [1.0]
    await atom.close()


async def test_flush_writes_at_once(tmp_path: Path) -> None:
    """And does nothing when nothing was put off."""
    file = tmp_path / "feed.atom"
    atom = sink(file)
    await atom.send(numbered(1), key="k")
    await atom.send(numbered(2), key="k")
    await atom.flush()
    assert titles(file) == ["Post 2", "Post 1"]
    written = file.stat().st_ino
    await atom.flush()
    assert file.stat().st_ino == written
    await atom.close()


async def test_posts_sent_at_the_same_time_are_all_there(tmp_path: Path) -> None:
    """Sixteen workers, one file."""
    file = tmp_path / "feed.atom"
    atom = sink(file)
    await asyncio.gather(*(atom.send(numbered(number), key="k") for number in range(16)))
    await atom.close()
    assert len(titles(file)) == 16


async def test_after_a_restart_the_board_fills_the_feed(tmp_path: Path) -> None:
    """Also with what a crash kept from the file; and a first flush is enough."""
    file = tmp_path / "feed.atom"
    atom = sink(file, recent=lambda limit: [numbered(2), numbered(1)][:limit])
    assert await atom.look_up(numbered(1), key="k") is not None
    await atom.flush()
    again = sink(file, recent=lambda limit: [numbered(2), numbered(1)][:limit])
    await again.flush()
    assert titles(file) == ["Post 2", "Post 1"]


async def test_an_entry_the_board_has_not_finished_stays_over_a_restart(tmp_path: Path) -> None:
    """A crash between this sink and the end of the item: the feed has told it, and goes on telling it."""
    file = tmp_path / "feed.atom"
    first = sink(file)
    await first.send(numbered(3), key="k")
    before = file.read_text()
    again = sink(file, recent=lambda limit: [numbered(1)][:limit])
    assert await again.look_up(numbered(3), key="k") is not None
    await again.flush()
    assert titles(file) == ["Post 3", "Post 1"]
    assert before.partition("<entry")[2].partition("</entry>")[0] in file.read_text()


async def test_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    """From the board."""
    file = tmp_path / "feed.atom"
    edit(file, "<feed><entry>half")
    await sink(file, recent=lambda limit: [numbered(1)][:limit]).flush()
    assert titles(file) == ["Post 1"]


async def test_an_empty_feed_is_valid_too(tmp_path: Path) -> None:
    """From the first start on there is a feed to subscribe to."""
    file = tmp_path / "site" / "feed.atom"
    await sink(file).flush()
    feed = feedparser.parse(file.read_bytes())
    assert (feed.bozo, feed.entries, feed.feed.title) == (0, [], "DavidAgent")


async def test_a_post_that_could_not_be_written_is_not_in_the_feed_later(tmp_path: Path) -> None:
    """The sender was told that it is not there; the folder healed, it can be sent again."""
    file, clock = tmp_path / "site" / "feed.atom", ManualClock()
    atom = sink(file, clock=clock)
    await atom.flush()
    clock.set(clock.now() + 5)
    with broken(file.parent), pytest.raises(PublishError, match=r"cannot be (read|written)"):
        await atom.send(numbered(1), key="k")
    await atom.send(numbered(2), key="k")
    assert titles(file) == ["Post 2"]
    await atom.send(numbered(1), key="k")
    await atom.close()
    assert titles(file) == ["Post 2", "Post 1"]


async def test_what_the_timer_could_not_write_stays_put_off(tmp_path: Path) -> None:
    """The timer has nobody to tell; the next flush tells, and when all is well again nothing is missing."""
    file, clock = tmp_path / "site" / "feed.atom", ManualClock()
    atom = sink(file, clock=clock)
    await atom.send(numbered(1), key="k")
    await atom.send(numbered(2), key="k")
    with broken(file.parent):
        await clock.advance(1.0)
        with pytest.raises(PublishError):
            await atom.flush()
    await atom.close()
    assert titles(file) == ["Post 2", "Post 1"]


@contextmanager
def broken(folder: Path) -> Iterator[None]:
    """A file stands where the folder was."""
    aside = folder.rename(folder.with_name("aside"))
    folder.write_text("")
    try:
        yield
    finally:
        folder.unlink()
        aside.rename(folder)
