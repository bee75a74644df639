"""The parser's process does jobs of several kinds, and what one of them needs costs the others nothing."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from daemon.core.errors import SensorError
from sensors.parsers.jobs import ParseJob
from sensors.parsers.kinds import WORK, work_of
from sensors.parsers.pool import ParsePool
from tests.fakes.feeds import item, rss
from tests.fakes.pdfs import assembled, column, pdf

NOW = 1_790_000_000.0
ROOT = Path(__file__).parents[3]


@pytest.fixture
async def pool() -> AsyncIterator[ParsePool]:
    made = ParsePool(timeout_seconds=120, size=1)
    yield made
    await made.close()


def job(kind: str, *, seconds: float = 120.0, **facts: object) -> ParseJob:
    return ParseJob(url="", content_type="", now=NOW, tags=("a",), kind=kind, seconds=seconds, facts=facts)


@pytest.mark.parametrize("kind", sorted(WORK))
def test_every_kind_has_its_function(kind: str) -> None:
    """The table names what is there."""
    assert callable(work_of(kind))


async def test_one_child_does_jobs_of_all_kinds(pool: ParsePool) -> None:
    """In any order; facts go out, facts and observations come back."""
    for _ in range(2):
        feed = await pool.parse(rss(item(1)), job=job("feed"))
        page = await pool.extract(b"# Title\n\nText", job=job("document", name="x/a.md", modified_at=NOW - 9))
        paper = await pool.extract(pdf(column(["Words of it."])), job=job("pdf", name="p.pdf"))
        assert feed.entries == 1
        (one,) = page.observations
        assert (one.title, one.text, one.tags, one.published_at) == ("Title", "Text", ("a",), NOW - 9)
        assert page.facts == {"parser": "markdown"}
        assert paper.facts == {"parser": "pdf", "pages": 1, "pages_read": 1}
    assert len(psutil.Process().children()) == 1


async def test_a_job_has_a_time_of_its_own(pool: ParsePool) -> None:
    """The words name the setting it comes from."""
    endless = assembled([b"BT /F1 9 Tf (x) Tj ET " * 200_000])
    await pool.extract(pdf(column(["Words."])), job=job("pdf", name="p.pdf"))
    with pytest.raises(SensorError, match=r"longer to parse than 0.2 s \(sensors.full_text.timeout\)"):
        await pool.extract(endless, job=job("pdf", seconds=0.2), setting="sensors.full_text.timeout")


def test_feeds_load_nothing_that_other_kinds_need() -> None:
    """A child that reads feeds alone has neither pypdf nor trafilatura nor Markdown in memory."""
    code = (
        "import sys; from sensors.parsers.worker import _warm_up; _warm_up();"
        "print([name for name in ('pypdf', 'trafilatura', 'markdown_it', 'yaml', 'asyncio') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert said.stdout.strip() == "[]"


async def test_a_kind_that_is_not_there_is_said(pool: ParsePool) -> None:
    """It is our fault, not the document's, and ends nothing."""
    with pytest.raises(SensorError, match="the parser failed: KeyError: 'picture'"):
        await pool.extract(b"", job=job("picture"))
    assert (await pool.parse(rss(item(1)), job=job("feed"))).entries == 1
