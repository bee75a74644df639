"""A document's bytes to a parsed feed: parsing and cleaning in one go, as the child process does it."""

from sensors.feeds.entries import Entries, observe
from sensors.feeds.parsing import parse
from sensors.feeds.raw_entries import RawFeed
from sensors.feeds.xml_text import Prepared
from sensors.parsers.jobs import ParsedFeed, ParseJob
from sensors.text.cleaning import clean_title


def read(body: bytes, job: ParseJob) -> ParsedFeed:
    """Parse and clean. Raises `SensorError`, in words for a person, when the document is no feed."""
    raw, prepared = parse(body, url=job.url, content_type=job.content_type)
    entries = observe(raw, url=job.url, now=job.now, tags=job.tags)
    return ParsedFeed(
        parser=raw.parser,
        observations=entries.observations,
        entries=len(raw.entries),
        title=clean_title(raw.title) or None,
        home=raw.home,
        language=raw.language,
        ttl_seconds=raw.ttl_seconds,
        keys_hash=entries.keys_hash,
        dated_at=entries.dated_at,
        is_broken_off=prepared is not None and prepared.is_broken_off,
        detail=_detail(raw, prepared, entries),
    )


def _detail(raw: RawFeed, prepared: Prepared | None, entries: Entries) -> dict[str, object]:
    missed = max(0, prepared.entries - len(raw.entries)) if prepared is not None else 0
    said = {
        "parser": raw.parser,
        "fault": prepared.fault if prepared is not None else None,
        "repeated": entries.repeated,
        "empty": entries.empty,
        "unread": missed,
        "broken_off": prepared is not None and prepared.is_broken_off,
    }
    return {name: value for name, value in said.items() if value}
