"""What stands at an address, in words for a person."""

import shlex
from collections.abc import Iterator
from typing import Any

from daemon.cli.output import clean, moment, say
from daemon.core.redaction import HIDDEN

Document = dict[str, Any]


def tell_trial(found: Document) -> None:
    """Say it on standard output: the feed and its first entries, or why it cannot be read and what would help."""
    for line in _of_feed(found) if found["readable"] else _of_failure(found):
        say(line)
    if known := found["known_as"]:
        say(f"It is source {known['id']} already: {clean(known['name'])}")


def _of_feed(found: Document) -> Iterator[str]:
    named = clean(found["title"]) or "a feed without a title"
    entries = "1 entry" if found["entries"] == 1 else f"{found['entries']:,} entries"
    yield f"{named}: {found['format'] or 'a feed'} with {entries}"
    for one in found["newest"]:
        yield f"  {moment(one['published_at']) if one['published_at'] else 'no date':17} {clean(one['title'])}"
    if found["moved_to"]:
        yield f"It has moved for good, to {clean(found['moved_to'])}"
    if not found["known_as"] and HIDDEN not in found["address"]:
        yield f"Add it with: davidagent sources add {shlex.quote(clean(found['address']))}"


def _of_failure(found: Document) -> Iterator[str]:
    yield f"It cannot be read: {clean(found['error'])}"
    yield found["help"]
    if found["feeds"]:
        yield "The page announces:"
    for one in found["feeds"]:
        yield f"  {clean(one['address'])}  {one['format']}{': ' if one['title'] else ''}{clean(one['title'])}"
