"""Parsing in child processes: bounded in time, harmless to the event loop, gone when it should be."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import psutil
import pytest

from daemon.core.errors import SensorError
from sensors.parsers.jobs import ParsedFeed, ParseJob
from sensors.parsers.pool import ParsePool
from tests.fakes.feeds import item, rss

FEED = rss(item(1), item(2))
JOB = ParseJob(url="http://example.org/f", content_type="", now=1_790_000_000.0, tags=("a",))
# Sixteen entries of deeply nested markup keep any parser busy for many seconds.
SLOW = rss(*(item(n, text="&lt;div&gt;" * 20_000 + "hello") for n in range(16)))


@pytest.fixture
async def pool() -> AsyncIterator[ParsePool]:
    made = ParsePool(timeout_seconds=120, size=1)
    yield made
    await made.close()


def children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "sensors.parsers.worker" in child.cmdline()]


async def at_work(pool: ParsePool) -> tuple[asyncio.Task[ParsedFeed], psutil.Process]:
    """A slow document being parsed, and the child that has begun to work on it (its processor time grows)."""
    await pool.parse(FEED, job=JOB)
    (child,) = children()
    before = sum(child.cpu_times()[:2])
    parsing = asyncio.create_task(pool.parse(SLOW, job=JOB))
    async with asyncio.timeout(60):
        while sum(child.cpu_times()[:2]) < before + 0.05:  # noqa: ASYNC110 - another process sets no event of ours
            await asyncio.sleep(0.01)
    return parsing, child


async def test_the_answer_is_whole(pool: ParsePool) -> None:
    """Observations come back as they were made, with the source's tags, and one child serves all jobs."""
    feeds = [await pool.parse(FEED, job=JOB) for _ in range(3)]
    assert feeds[0] == feeds[2]
    assert [o.title for o in feeds[0].observations] == ["Entry 1", "Entry 2"]
    assert feeds[0].observations[0].identities[0].key == "guid:entry-1"
    assert feeds[0].observations[0].tags == ("a",)
    assert len(children()) == 1


async def test_a_document_that_takes_too_long_is_stopped(pool: ParsePool) -> None:
    """After the time limit the child is killed, the error names the setting, and the next document is read."""
    # A limit of the document's own: the next one has all the time that a busy machine needs.
    with pytest.raises(SensorError, match=r"longer to parse than 0.5 s \(sensors.parse_timeout\)"):
        await pool.extract(SLOW, job=replace(JOB, seconds=0.5))
    assert not children()
    assert (await pool.parse(FEED, job=JOB)).entries == 2


async def test_a_document_that_must_wait_for_a_processor_is_read(pool: ParsePool) -> None:
    """What other programs take of the machine is not counted: the limit is of the child's own processor time."""
    await pool.parse(FEED, job=JOB)
    (child,) = children()
    child.suspend()
    parsing = asyncio.create_task(pool.extract(FEED, job=replace(JOB, kind="document", seconds=1.0)))
    done, _ = await asyncio.wait({parsing}, timeout=1.5)
    assert not done
    child.resume()
    assert len((await parsing).observations) == 1


async def test_a_child_that_waits_for_ever_is_stopped(pool: ParsePool) -> None:
    """It uses no processor time at all; five times its limit by the clock end it."""
    await pool.parse(FEED, job=JOB)
    (child,) = children()
    child.suspend()
    with pytest.raises(SensorError, match=r"longer to parse than 0.2 s"):
        await pool.extract(FEED, job=replace(JOB, seconds=0.2))
    assert not children()


async def test_the_event_loop_goes_on(pool: ParsePool) -> None:
    """While a child works hard, the event loop never waits for it."""
    spans: list[float] = []
    parsing = asyncio.create_task(pool.parse(rss(*(item(n, text="word " * 2000) for n in range(300))), job=JOB))
    while not parsing.done():
        # The loop's own processor time between two turns: what other programs take of the machine does not count.
        before = time.thread_time()
        await asyncio.sleep(0.005)
        spans.append(time.thread_time() - before)
    assert (await parsing).entries == 300
    assert len(spans) > 5
    assert max(spans) < 0.1


async def test_a_document_of_the_largest_size_is_copied_nowhere_whole(pool: ParsePool) -> None:
    """Fifteen megabytes go to the child in pieces: to copy them at once would hold the event loop."""
    await pool.parse(FEED, job=JOB)
    body = rss(item(1)) + b" " * (15 << 20)
    parsing = asyncio.create_task(pool.parse(body, job=JOB))
    waiting = [0]
    while not parsing.done():
        await asyncio.sleep(0)
        pipes = [one.stdin.transport for one in pool._busy if one.stdin]
        waiting += [pipe.get_write_buffer_size() for pipe in pipes]
    assert (await parsing).entries == 1
    assert 0 < max(waiting) <= 256 * 1024


async def test_a_crash_is_the_documents_failure(pool: ParsePool) -> None:
    """A child that dies at work fails its document alone."""
    parsing, child = await at_work(pool)
    child.send_signal(signal.SIGSEGV)
    with pytest.raises(SensorError, match="crashes the parser"):
        await parsing
    assert (await pool.parse(FEED, job=JOB)).entries == 2


async def test_a_child_that_died_idle_is_replaced(pool: ParsePool) -> None:
    """A child killed between two documents costs nothing but its start."""
    await pool.parse(FEED, job=JOB)
    (child,) = children()
    child.kill()
    async with asyncio.timeout(10):
        await pool._idle[0].wait()
    assert (await pool.parse(FEED, job=JOB)).entries == 2


async def test_cancelling_kills_the_child(pool: ParsePool) -> None:
    """Cancellation passes, and nothing goes on parsing for nobody."""
    parsing, child = await at_work(pool)
    parsing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await parsing
    assert not child.is_running()


async def test_the_child_has_no_secrets(pool: ParsePool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys in the daemon's environment do not reach the process that reads hostile documents."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")
    await pool.parse(FEED, job=JOB)
    assert "sk-secret" not in children()[0].environ().values()


async def test_the_child_ends_with_its_pool() -> None:
    """Closing leaves no process behind; closing again does nothing."""
    pool = ParsePool(timeout_seconds=120)
    await pool.parse(FEED, job=JOB)
    await pool.close()
    await pool.close()
    assert not children()


async def test_what_is_no_feed_is_said(pool: ParsePool) -> None:
    """The child's words come through, and the child lives on."""
    with pytest.raises(SensorError, match="got a web page"):
        await pool.parse(b"<html><title>Hi</title></html>", job=JOB)
    (child,) = children()
    await pool.parse(FEED, job=JOB)
    assert children() == [child]


async def test_documents_in_parallel_use_as_many_children_as_allowed() -> None:
    """Ten documents at once are parsed by two children."""
    pool = ParsePool(timeout_seconds=120, size=2)
    feeds = await asyncio.gather(*(pool.parse(FEED, job=JOB) for _ in range(10)))
    assert {feed.entries for feed in feeds} == {2}
    assert len(children()) <= 2
    await pool.close()


async def test_parsers_stand_back_for_the_event_loop(pool: ParsePool) -> None:
    """A child runs at a lower priority than the daemon, whose event loop must not wait for a processor."""
    await pool.parse(FEED, job=JOB)
    (child,) = children()
    assert child.nice() == min(19, psutil.Process().nice() + 10)
