"""Lists of feeds that others wrote, read in a child process: hostile megabytes hold up nobody, and end in time."""

import asyncio
from dataclasses import asdict

from daemon.blackboard.records import NewSource
from sensors.feeds.opml import Imported, read_opml
from sensors.parsers.jobs import Extract, ParseJob
from sensors.parsers.pool import ParsePool

KIND = "opml"


async def read_list(text: str, *, seconds: float) -> Imported:
    """What `read_opml` makes of a document, within so many seconds (`sensors.parse_timeout`).

    Raises `SensorError` when that takes longer, or too much memory. Nobody else waits for its process.
    """
    # No XML has these signs, and UTF-8 has no way to write them.
    body = text.encode("utf-8", "ignore")
    job = ParseJob(url="", content_type="", now=0.0, seconds=seconds, kind=KIND)
    pool = ParsePool(timeout_seconds=seconds, size=1)
    try:
        found = await pool.extract(body, job=job)
    finally:
        await pool.close()
    return await asyncio.to_thread(_imported, found)


def _imported(found: Extract) -> Imported:
    sources = tuple(NewSource(**{**row, "tags": tuple(row["tags"])}) for row in found.rows if isinstance(row, dict))
    problems = tuple(row for row in found.rows if isinstance(row, str))
    return Imported(sources, problems, found.facts["doubles"])


def read(body: bytes, job: ParseJob) -> Extract:
    """The same in the child process: a row for each source and for each problem."""
    del job
    found = read_opml(body.decode("utf-8"))
    return Extract(facts={"doubles": found.doubles}, rows=(*map(asdict, found.sources), *found.problems))
