"""What the parser's process can be asked to do: a function for each kind of job, loaded when the first one comes."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Final

from sensors.parsers.jobs import Extract, ParsedFeed, ParseJob

Work = Callable[[bytes, ParseJob], ParsedFeed | Extract]
"""Takes the document's bytes; raises `SensorError`, in words for a person, when there is nothing to be had of it."""

WORK: Final = {
    "feed": "sensors.feeds.reading:read",
    "document": "sensors.folder.documents:read",
    "pdf": "sensors.folder.pdf:read",
    "article": "sensors.articles.extraction:read",
    "delivery": "sensors.webhooks.payloads:read_delivery",
    "opml": "sensors.feeds.opml_lists:read",
}
"""`module:function`. A feed's answers a `ParsedFeed`, every other one an `Extract`."""


@cache
def work_of(kind: str) -> Work:
    """The function for a kind of job. Raises `KeyError` for one that there is not."""
    module, _, name = WORK[kind].partition(":")
    work: Work = getattr(import_module(module), name)
    return work
