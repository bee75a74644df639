"""A file, read, to its observation: cleaned, dated, named and tagged the way of every entry of a feed."""

from dataclasses import replace
from typing import Final

from daemon.blackboard.records import Observation
from daemon.core.errors import SensorError
from sensors.feeds.entries import observe
from sensors.feeds.raw_entries import RawEntry, RawFeed
from sensors.parsers.jobs import Extract, ParseJob
from sensors.text.cleaning import title_from

OUR_POST: Final = "it is a post that a desk wrote; it would become a post again"


def extract_of(raw: RawEntry, *, job: ParseJob, parser: str) -> Extract:
    """The one observation of a file. Raises `SensorError` when there is no word in it."""
    found = observe(RawFeed(parser=parser, entries=(raw,)), url=job.url, now=job.now, tags=job.tags).observations
    if not found or not (_has_words(found[0].text) or _has_words(raw.title or "")):
        raise SensorError("there is no text in it")
    return Extract(facts={"parser": parser}, observations=(replace(found[0], title=_title(found[0], job)),))


def _title(found: Observation, job: ParseJob) -> str:
    """Its title, unless that is a row of signs: then its first line with a word, or the file's name."""
    if _has_words(found.title):
        return found.title
    line = next((line for line in found.text.split("\n") if _has_words(line)), "")
    return title_from(line) or name_of(job).rpartition("/")[2] or found.title


def _has_words(text: str) -> bool:
    return any(one.isalnum() for one in text)


def modified_at(job: ParseJob) -> float | None:
    """When the file was changed, as the job says (epoch seconds)."""
    at = job.facts.get("modified_at")
    return float(at) if isinstance(at, int | float) else None


def name_of(job: ParseJob) -> str:
    """The file's path within its folder, as people read it."""
    return str(job.facts.get("name", ""))
