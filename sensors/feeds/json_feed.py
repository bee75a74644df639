"""JSON Feed 1.0 and 1.1, read forgivingly: a faulty field is passed over, never its entry."""

import json
from typing import Any

from daemon.core.errors import SensorError
from sensors.feeds.raw_entries import RawEntry, RawFeed
from sensors.text.dates import parse_date


def parse_json_feed(text: str) -> RawFeed:
    """Read a document. Raises `SensorError` when it is no JSON Feed."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SensorError(f"the JSON cannot be read: {error}") from error
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise SensorError("got JSON, but no JSON Feed: it has no list called items")
    return RawFeed(
        parser="json",
        entries=tuple(_entry(item) for item in items if isinstance(item, dict)),
        title=_text(document.get("title")),
        home=_text(document.get("home_page_url")),
        language=_text(document.get("language")),
    )


def _entry(item: dict[str, Any]) -> RawEntry:
    html, text = _text(item.get("content_html")), _text(item.get("content_text"))
    summary = _text(item.get("summary"))
    return RawEntry(
        guid=_text(item.get("id")),
        link=_text(item.get("url")) or _text(item.get("external_url")),
        title=_text(item.get("title")),
        bodies=tuple(body for body in (html or text, summary) if body),
        is_plain=html is None,
        author=_author(item),
        dates=(parse_date(item.get("date_published")), parse_date(item.get("date_modified"))),
        updated_at=parse_date(item.get("date_modified")),
        tags=tuple(str(tag) for tag in _list(item.get("tags"))),
        enclosures=tuple(_enclosure(one) for one in _list(item.get("attachments")) if isinstance(one, dict)),
        language=_text(item.get("language")),
    )


def _author(item: dict[str, Any]) -> str | None:
    authors = [*_list(item.get("authors")), item.get("author")]
    names = [_text(author.get("name")) for author in authors if isinstance(author, dict)]
    return next((name for name in names if name), None)


def _enclosure(one: dict[str, Any]) -> dict[str, Any]:
    return {"url": one.get("url"), "type": one.get("mime_type"), "length": one.get("size_in_bytes")}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    """Strings, and the numbers some servers send as ids; nothing else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None
