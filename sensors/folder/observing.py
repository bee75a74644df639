"""A file, read, to its observation: cleaned, dated, named and tagged the way of every entry of a feed."""

from daemon.core.errors import SensorError
from sensors.entries import observe
from sensors.parsed import Extract, ParseJob
from sensors.raw_entries import RawEntry, RawFeed


def extract_of(raw: RawEntry, *, job: ParseJob, parser: str) -> Extract:
    """The one observation of a file. Raises `SensorError` when there is no word in it."""
    found = observe(RawFeed(parser=parser, entries=(raw,)), url=job.url, now=job.now, tags=job.tags)
    if not found.observations or not any(one.isalnum() for one in f"{raw.title}{found.observations[0].text}"):
        raise SensorError("there is no text in it")
    return Extract(facts={"parser": parser}, observations=found.observations)


def modified_at(job: ParseJob) -> float | None:
    """When the file was changed, as the job says (epoch seconds)."""
    at = job.facts.get("modified_at")
    return float(at) if isinstance(at, int | float) else None


def name_of(job: ParseJob) -> str:
    """The file's path within its folder, as people read it."""
    return str(job.facts.get("name", ""))
