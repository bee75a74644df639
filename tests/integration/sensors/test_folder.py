"""Watched folders: each file once, whatever people do with their files; nothing in the folder is ever touched."""

import asyncio
import os
import shutil
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from daemon.blackboard.records import FetchState, NewSource
from sensors.folder import sensor as folder_sensor
from sensors.folder.opening import ChangingError, read_content
from sensors.folder.walking import walk
from sensors.parsers.jobs import ParseJob
from sensors.remedies import ailment_of
from tests.fakes.boards import Board, open_for_test
from tests.fakes.feeds import LONG_TEXT
from tests.fakes.folders import Watched, watched
from tests.fakes.pdfs import column, encrypted, pdf


@pytest.fixture
async def inbox(tmp_path: Path) -> AsyncIterator[Watched]:
    async with watched(tmp_path / "inbox", tags=("in",)) as made:
        yield made


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    (tmp_path / "home").mkdir()
    opened = await open_for_test(tmp_path / "home")
    yield opened
    await opened.engine.close()


async def test_every_kind_of_file_becomes_an_item(inbox: Watched) -> None:
    """Text, Markdown, HTML, PDF, and a text without an ending, also in folders within the folder; the oldest first."""
    inbox.put("a.txt", "Plain words", age=50)
    inbox.put("deep/er/b.md", "# Title of b\n\nText of b", age=40)
    inbox.put("c.HTML", "<title>Page</title><p>Words of c</p>", age=30)
    inbox.put("d.pdf", pdf(column(["Words of d."])), age=20)
    inbox.put("README", "Words of a file without ending", age=10)
    seen = await inbox.look()
    assert [one.extra["file"] for one in seen.observations] == ["a.txt", "deep/er/b.md", "c.HTML", "d.pdf", "README"]
    assert [one.text for one in seen.observations][1:4] == ["Text of b", "Words of c", "Words of d."]
    assert seen.observations[0].tags == ("in",)
    assert seen.observations[0].published_at == inbox.clock.now() - 50
    assert (seen.outcome, seen.entries, seen.error) == ("read", 5, None)


async def test_an_unchanged_folder_costs_a_walk(inbox: Watched) -> None:
    """Nothing is opened or read a second time; the next look comes after the folder's interval."""
    inbox.put("a.txt")
    await inbox.look()
    (inbox.folder / "a.txt").chmod(0o100)
    (inbox.folder / "a.txt").chmod(0o644)
    seen = await inbox.look()
    assert (seen.outcome, seen.entries, seen.observations) == ("unchanged", 0, ())
    assert seen.fetch.next_fetch_at == inbox.clock.now() + 15
    assert seen.fetch.next_fetch_reason == "every 15 s, the default (sensors.folders.every)"


async def test_the_sources_own_interval_counts(tmp_path: Path) -> None:
    """`every` of the source stands above `sensors.folders.every`."""
    async with watched(tmp_path / "inbox", every_seconds=300.0) as inbox:
        assert (await inbox.look()).fetch.next_fetch_at == inbox.clock.now() + 300


@pytest.mark.parametrize(
    "name", [".hidden.md", ".git/notes.md", "picture.jpg", "archive.tar.gz", "notes.md~", "deep/.cache/x.txt"]
)
async def test_what_is_not_for_reading_is_passed_over(inbox: Watched, name: str) -> None:
    """Hidden files and folders, pictures, backups of editors: in silence."""
    inbox.put(name)
    seen = await inbox.look()
    assert seen.observations == ()
    assert seen.fetch.extra["left_out"] == {}


async def test_a_file_that_may_still_be_written_is_left_for_the_next_look(inbox: Watched) -> None:
    """The next look is planned for when it will have rested long enough, and brings it."""
    inbox.put("a.txt", age=0.5)
    seen = await inbox.look()
    assert seen.observations == ()
    assert seen.fetch.next_fetch_at == seen.more_at == inbox.clock.now() + 1.5
    assert seen.fetch.next_fetch_reason == "a file may still be written"
    await inbox.clock.advance(1.5)
    assert await inbox.names() == ["a.txt"]


async def test_a_file_from_the_future_is_read_when_it_is_seen_twice(inbox: Watched) -> None:
    """After the clock was set back, times of files say nothing; what stays as it is can be read."""
    inbox.put("a.txt", age=-86_400 * 30)
    seen = await inbox.look()
    assert seen.observations == ()
    assert seen.more_at == inbox.clock.now() + 2
    await inbox.clock.advance(2)
    seen = await inbox.look()
    assert [one.extra["file"] for one in seen.observations] == ["a.txt"]
    assert seen.observations[0].published_at is None


async def test_files_with_old_times_are_new_when_they_come(inbox: Watched) -> None:
    """Moved in from elsewhere, or unpacked: their time is not that of their coming."""
    inbox.put("a.txt")
    await inbox.look()
    inbox.put("old.txt", "Other words", age=86_400 * 900)
    assert await inbox.names() == ["old.txt"]


async def test_a_changed_file_is_told_anew_and_says_which_it_is(inbox: Watched) -> None:
    """Also one with a link in its front matter, by which the same story elsewhere is known."""
    head = "---\nurl: https://example.org/story\n---\n"
    inbox.put("a.md", f"{head}First words")
    (first,) = (await inbox.look()).observations
    inbox.put("a.md", f"{head}Second words", age=60)
    (second,) = (await inbox.look()).observations
    assert first.extra["file"] == second.extra["file"] == "a.md"
    assert "link:example.org/story" in [key.key for key in first.identities]
    assert not {key.key for key in first.identities} & {key.key for key in second.identities}


async def test_on_the_board_nothing_is_told_twice(inbox: Watched, board: Board) -> None:
    """A copy, a moved and a touched file are known by their content, even when all else was forgotten."""
    source = await board.engine.add_source(NewSource(kind="folder", address=str(inbox.folder)), by="test")
    new = []
    for _ in range(4):
        sighting = await inbox.look()
        posted = await board.engine.record_fetch(
            source.id, fetch=sighting.fetch, observations=sighting.observations, event={}
        )
        new.append([one.is_new for one in posted])
        inbox.put("a.txt", LONG_TEXT, age=120)
        match len(new):
            case 2:
                shutil.copy(inbox.folder / "a.txt", inbox.folder / "copy.txt")
                inbox.touch("copy.txt", age=33)
                inbox.touch("a.txt", age=20)
            case 3:
                (inbox.folder / "copy.txt").rename(inbox.folder / "moved.txt")
                inbox.source = replace(inbox.source, fetch=FetchState())
    assert new == [[], [True], [False, False], [False, False]]


async def test_two_notes_on_one_page_are_two_items(inbox: Watched, board: Board) -> None:
    """A link of the front matter makes no two files of a folder the same."""
    source = await board.engine.add_source(NewSource(kind="folder", address=str(inbox.folder)), by="test")
    for name in ("a.md", "b.md"):
        inbox.put(name, f"---\nurl: https://example.org/page\n---\nThoughts of {name}")
    sighting = await inbox.look()
    posted = await board.engine.record_fetch(
        source.id, fetch=sighting.fetch, observations=sighting.observations, event={}
    )
    assert [one.is_new for one in posted] == [True, True]


async def test_deleted_files_change_nothing(inbox: Watched) -> None:
    """They are forgotten, so that what is remembered never grows beyond the folder."""
    for number in range(5):
        inbox.put(f"{number}.txt", f"Words {number}")
    await inbox.look()
    for number in range(4):
        (inbox.folder / f"{number}.txt").unlink()
    seen = await inbox.look()
    assert (seen.outcome, seen.fetch.errors_in_row) == ("unchanged", 0)
    assert len(str(seen.fetch.extra["files"])) == 8


async def test_what_cannot_be_read_is_told_once_and_tried_when_it_changes(inbox: Watched) -> None:
    """Each with its reason; all others are read; a repaired file is read."""
    inbox.put("fine.txt")
    inbox.put("binary.txt", b"\x00\x01\x02" * 100)
    inbox.put("broken.pdf", b"%PDF-1.7 rubbish")
    inbox.put("scan.pdf", pdf([]))
    inbox.put("secret.pdf", encrypted(pdf(column(["Words."])), "secret"))
    inbox.put("paper.docx", b"PK\x03\x04")
    inbox.put("empty.md", b"")
    seen = await inbox.look()
    assert [one.extra["file"] for one in seen.observations] == ["fine.txt"]
    left_out = seen.fetch.extra["left_out"]
    assert {name: why.split(":")[0] for name, why in left_out.items()} == {
        "binary.txt": "it is no text (binary)",
        "broken.pdf": "the PDF is damaged",
        "empty.md": "it is empty",
        "paper.docx": "files of this kind (.docx) are not read; save it as text, Markdown, HTML or PDF",
        "scan.pdf": "the PDF has 1 page but no text",
        "secret.pdf": "the PDF is encrypted; save it without a password",
    }
    assert seen.detail["left_out"] == left_out
    again = await inbox.look()
    assert (again.outcome, again.fetch.extra["left_out"]) == ("unchanged", left_out)
    assert "left_out" not in again.detail
    inbox.put("broken.pdf", pdf(column(["Repaired."])), age=60)
    assert await inbox.names() == ["broken.pdf"]
    assert "broken.pdf" not in inbox.source.fetch.extra["left_out"]


async def test_a_desks_own_posts_are_never_read(inbox: Watched) -> None:
    """A folder around the desk's home, or one that posts are written to, feeds nothing back into the desk."""
    inbox.put("home/blackboard.db", b"SQLite format 3")
    inbox.put("home/posts/post.md", "A post")
    inbox.put("posts/post.md", "---\ntitle: T\nitem_id: x\nmodels:\n  - a\nevidence: []\n---\nA post of ours", age=50)
    inbox.put(
        "site/post.html", "<head><meta name='generator' content='DavidAgent'></head><p>A page of ours</p>", age=40
    )
    inbox.put("mine.md", "Words of mine")
    seen = await inbox.look()
    assert [one.extra["file"] for one in seen.observations] == ["mine.md"]
    assert sorted(seen.fetch.extra["left_out"]) == ["home/", "posts/post.md", "site/post.html"]
    inbox.put("blackboard.db", b"SQLite format 3")
    seen = await inbox.look()
    assert "is where a desk keeps its own posts" in (seen.error or "")


async def test_what_is_left_out_is_bounded(inbox: Watched) -> None:
    """A hundred by name, and how many there are; a few in the event, which is told once."""
    for number in range(130):
        inbox.put(f"{number:03}.docx")
    seen = await inbox.look()
    assert (len(seen.fetch.extra["left_out"]), seen.fetch.extra["left_out_count"]) == (100, 130)
    assert len(seen.detail["left_out"]) == 20


async def test_the_event_tells_what_was_left_out(inbox: Watched, board: Board) -> None:
    """Once, also when the look brought nothing else."""
    source = await board.engine.add_source(NewSource(kind="folder", address=str(inbox.folder)), by="test")
    inbox.put("empty.md", b"")
    for _ in range(3):
        sighting = await inbox.look()
        event = {"outcome": sighting.outcome, **sighting.detail}
        await board.engine.record_fetch(source.id, fetch=sighting.fetch, observations=(), event=event)
    told = [one.data["left_out"] for one in board.told if one.type == "source_polled"]
    assert told == [{"empty.md": "it is empty"}]


async def test_a_file_that_is_too_large_is_never_opened(tmp_path: Path) -> None:
    """It is judged by its size at every look, so a larger bound lets it in."""
    async with watched(tmp_path / "inbox", settings={"max_file": 100}) as inbox:
        inbox.put("large.txt", "x" * 101)
        seen = await inbox.look()
        assert seen.fetch.extra["left_out"] == {
            "large.txt": "it is 101 bytes, more than 100 (sensors.folders.max_file)"
        }
    async with watched(tmp_path / "inbox", settings={"max_file": 101}) as wider:
        wider.source = replace(wider.source, fetch=seen.fetch)
        assert await wider.names() == ["large.txt"]


async def test_pipes_sockets_and_links_are_never_opened(inbox: Watched, tmp_path: Path) -> None:
    """A pipe would wait for ever, and a link may lead to what is nobody's business."""
    (tmp_path / "secret.txt").write_text("The secret")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b.txt").write_text("Another secret")
    os.mkfifo(inbox.folder / "pipe.txt")
    (inbox.folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (inbox.folder / "folder").symlink_to(tmp_path / "elsewhere")
    (inbox.folder / "circle").symlink_to(inbox.folder)
    listener = _listen_at(inbox.folder / "socket.txt")
    async with asyncio.timeout(10):
        seen = await inbox.look()
    listener.close()
    assert seen.observations == ()
    assert sorted(seen.fetch.extra["left_out"]) == ["circle", "folder", "link.txt", "pipe.txt", "socket.txt"]


def _listen_at(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    # The path of a socket may have about a hundred characters, so it is named from where we are.
    listener.bind(os.path.relpath(path))
    return listener


async def test_a_link_that_takes_the_place_of_a_folder_is_not_followed(inbox: Watched, tmp_path: Path) -> None:
    """Between the walk and the reading, too: nothing outside the folder is ever read."""
    inbox.put("deep/a.txt")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.txt").write_text("The secret")
    shutil.rmtree(inbox.folder / "deep")
    (inbox.folder / "deep").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ChangingError):
        read_content(inbox.folder, "deep/a.txt", limit=1000)
    (inbox.folder / "a.txt").mkdir()
    with pytest.raises(ChangingError):
        read_content(inbox.folder, "gone.txt", limit=1000)


async def test_a_file_that_somebody_writes_to_since_the_walk_is_left_for_later(inbox: Watched) -> None:
    """Of a look's many files the last is read half a minute after the walk: half of a text would be told as news."""
    path = inbox.put("a.txt", "The first half.")
    (found,) = walk(inbox.folder, max_files=9, max_file=1000).files
    assert read_content(inbox.folder, "a.txt", limit=1000, seen=found.fingerprint).body == b"The first half."
    path.write_text("The first half. The")
    with pytest.raises(ChangingError):
        read_content(inbox.folder, "a.txt", limit=1000, seen=found.fingerprint)


async def test_names_that_are_no_text_do_no_harm(inbox: Watched) -> None:
    """Bytes that are not UTF-8, and characters that nobody sees, never reach the board."""
    inbox.put(os.fsdecode(b"caf\xe9.txt"), "Words of the first")
    inbox.put("line\nbreak \u202egnp.txt", "Words of the second", age=60)
    inbox.put(os.fsdecode(b"\xff\xfe.pdf"), b"nothing", age=30)
    seen = await inbox.look()
    names = [one.extra["file"] for one in seen.observations]
    assert names == ["caf\ufffd.txt", "line break gnp.txt"]
    assert list(seen.fetch.extra["left_out"]) == ["\ufffd\ufffd.pdf"]
    repr(seen).encode()


async def test_many_files_come_in_portions(inbox: Watched) -> None:
    """A look takes a few dozen; the next one comes at once, until all were told, each one time."""
    for number in range(70):
        inbox.put(f"{number:03}.txt", f"Words of number {number}", age=1000 - number)
    told: list[str] = []
    for _ in range(3):
        seen = await inbox.look()
        told += [one.extra["file"] for one in seen.observations]
        if len(told) < 70:
            assert seen.fetch.next_fetch_at == seen.more_at == inbox.clock.now()
            assert seen.fetch.next_fetch_reason == "more files wait"
            assert len(seen.observations) == folder_sensor.FILES_A_LOOK
    assert told == [f"{number:03}.txt" for number in range(70)]
    assert seen.more_at is None


async def test_a_folder_with_too_many_files_is_not_read(tmp_path: Path) -> None:
    """It says so, with the setting; what was known of it stays known."""
    async with watched(tmp_path / "inbox", settings={"max_files": 3}) as inbox:
        for number in range(3):
            inbox.put(f"{number}.txt", f"Words {number}")
        known = (await inbox.look()).fetch.extra["files"]
        inbox.put("3.txt")
        seen = await inbox.look()
    assert (seen.outcome, seen.observations) == ("failed", ())
    assert "has more than 3 files (sensors.folders.max_files)" in (seen.error or "")
    assert seen.fetch.extra["files"] == known


async def test_thousands_of_files_are_remembered_compactly(inbox: Watched) -> None:
    """Eight characters each; a look that finds nothing new leaves the event loop free meanwhile."""
    for number in range(3000):
        (inbox.folder / f"{number}.txt").touch()
    listing = folder_sensor.walk(inbox.folder, max_files=3000, max_file=1000)
    memory = folder_sensor.FolderMemory(seen={file.fingerprint for file in listing.files})
    kept = memory.kept(listing, before={})
    assert len(memory.seen) == 3000
    assert len(str(kept)) < 3000 * 8 + 300
    inbox.source = replace(inbox.source, fetch=FetchState(extra=kept))
    looking = asyncio.create_task(inbox.look())
    spans = list[float]()
    while not looking.done():
        # The loop's own processor time between two turns: what other programs take of the machine does not count.
        before = time.thread_time()
        await asyncio.sleep(0.001)
        spans.append(time.thread_time() - before)
    assert (await looking).outcome == "unchanged"
    assert max(spans) < 0.1


@pytest.mark.parametrize("trouble", ["missing", "file", "forbidden"])
async def test_a_folder_that_cannot_be_read_is_a_failure_in_words(inbox: Watched, trouble: str) -> None:
    """It is tried again after longer and longer, ten minutes at most, and what would help is known."""
    inbox.put("a.txt")
    await inbox.look()
    known = inbox.source.fetch.extra
    away = inbox.folder.with_name("away")
    inbox.folder.rename(away)
    if trouble == "file":
        inbox.folder.write_text("no folder")
    elif trouble == "forbidden":
        if os.geteuid() == 0:
            pytest.skip("nothing is forbidden to root")
        inbox.folder.mkdir(mode=0)
    waits = [round((await inbox.look()).fetch.next_fetch_at - inbox.clock.now()) for _ in range(8)]
    assert waits == [15, 30, 60, 120, 240, 480, 600, 600]
    error = inbox.sightings[-1].error or ""
    assert str(inbox.folder) in error
    assert ailment_of(error).name == "folder"
    assert inbox.source.fetch.extra == known
    if trouble == "missing":
        away.rename(inbox.folder)
        seen = await inbox.look()
        assert (seen.outcome, seen.fetch.errors_in_row, seen.fetch.last_error) == ("unchanged", 0, None)


async def test_a_forbidden_file_is_read_once_it_may_be(inbox: Watched) -> None:
    """A change of who may read it is a change."""
    if os.geteuid() == 0:
        pytest.skip("nothing is forbidden to root")
    inbox.put("a.txt").chmod(0)
    seen = await inbox.look()
    assert seen.fetch.extra["left_out"] == {"a.txt": "reading it is not permitted"}
    (inbox.folder / "a.txt").chmod(0o600)
    assert await inbox.names() == ["a.txt"]


async def test_a_file_that_becomes_a_folder_is_no_fault(inbox: Watched) -> None:
    """What is in it is read, under its new name."""
    inbox.put("a.txt")
    await inbox.look()
    (inbox.folder / "a.txt").unlink()
    inbox.put("a.txt/inner.txt", "Words within")
    assert await inbox.names() == ["a.txt/inner.txt"]


async def test_files_that_come_and_go_during_the_walk_do_no_harm(inbox: Watched) -> None:
    """Whatever is renamed meanwhile: the sensor never fails, and at the end each file was told."""
    for number in range(40):
        inbox.put(f"{number}.txt", f"Words of {number}")
    stop = asyncio.Event()

    def shuffle() -> None:
        for number in range(40):
            (inbox.folder / f"{number}.txt").rename(inbox.folder / f"moved-{number}.txt")

    renaming = asyncio.create_task(asyncio.to_thread(shuffle))
    words: set[str] = set()
    while not stop.is_set():
        if renaming.done():
            stop.set()
        seen = await inbox.look()
        assert seen.outcome != "failed"
        words |= {one.text or one.title for one in seen.observations}
    for _ in range(3):
        words |= {one.text or one.title for one in (await inbox.look()).observations}
        await inbox.clock.advance(2)
    assert words == {f"Words of {number}" for number in range(40)}


async def test_nothing_is_ever_changed_in_the_folder(inbox: Watched) -> None:
    """The same files with the same content and times, after all kinds of looks."""
    inbox.put("a.txt")
    inbox.put("deep/broken.pdf", b"%PDF-1.7 rubbish")
    os.mkfifo(inbox.folder / "pipe.txt")

    def state() -> list[tuple[str, int, int, int]]:
        found = sorted(inbox.folder.rglob("*"))
        return [(str(path), (s := path.lstat()).st_mtime_ns, s.st_ctime_ns, s.st_size) for path in found]

    before = state()
    for _ in range(3):
        await inbox.look()
    assert state() == before


async def test_a_hostile_pdf_costs_its_file_alone(inbox: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that keeps the parser busy is stopped after the time limit; the others are read."""
    monkeypatch.setattr(inbox.sensor, "_parse_seconds", 3.0)
    inbox.put("endless.pdf", pdf([("x", 1.0, 1.0, 9.0)] * 60_000), age=100)
    inbox.put("fine.txt", age=50)
    await inbox.context.parsers.extract(b"x", job=_warm(inbox))
    seen = await inbox.look()
    assert [one.extra["file"] for one in seen.observations] == ["fine.txt"]
    assert "takes longer to parse than 3 s (sensors.parse_timeout)" in seen.fetch.extra["left_out"]["endless.pdf"]


def _warm(inbox: Watched) -> ParseJob:
    return ParseJob(url="", content_type="", now=inbox.clock.now(), kind="document")


async def test_a_fault_of_the_parsers_process_is_no_files_fault(
    inbox: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When no process can be started, the look fails, and the file is not given up."""
    inbox.put("a.txt")
    with monkeypatch.context() as patched:
        patched.setattr("sys.executable", "/nowhere/python")
        seen = await inbox.look()
    assert (seen.outcome, seen.observations) == ("failed", ())
    assert await inbox.names() == ["a.txt"]
