"""A page a person points at, fetched and cleaned to text with the guards that feeds are read with."""

import re
import time
from dataclasses import dataclass
from html import unescape

from daemon.core.errors import UsageError
from daemon.core.settings.models import SensorSettings

_READABLE = frozenset({"", "text/html", "application/xhtml+xml", "text/plain", "text/markdown"})
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{1,500})", re.IGNORECASE)
# What is beside the text on every page of a site.
_AROUND = re.compile(r"<(nav|header|footer|aside|form)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_MAIN_PARTS = (
    re.compile(r"<article\b.*?</article\s*>", re.IGNORECASE | re.DOTALL),
    re.compile(r"<main\b.*?</main\s*>", re.IGNORECASE | re.DOTALL),
)
_LEAST_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Page:
    """A fetched page: its address after redirects, its title and its text."""

    url: str
    title: str
    text: str


async def fetch_page(url: str, *, settings: SensorSettings) -> Page:
    """Fetch `url` as the sensors do: private addresses are refused, body and time are limited.

    Raises `OutsideError` when it cannot be had, `UsageError` when there is no text in it.
    """
    from sensors.fetching import Fetcher
    from sensors.headers import Validators

    fetcher = Fetcher(settings, now=time.time)
    try:
        fetched = await fetcher.fetch(url, validators=Validators())
    finally:
        await fetcher.close()
    return read_page(fetched.body, url=fetched.url, content_type=fetched.headers.get("content-type", ""))


def read_page(body: bytes, *, url: str, content_type: str) -> Page:
    """The text of a page; of HTML, the part the page marks as its article. Raises `UsageError` without text."""
    from sensors.charsets import decode
    from sensors.cleaning import clean, clean_plain, clean_title
    from sensors.sniffing import binary_kind, challenge

    kind = content_type.partition(";")[0].strip().lower()
    if kind not in _READABLE or binary_kind(body):
        what = binary_kind(body) or kind
        raise UsageError(f"{url} is {what}, not a page with text; give the text with --text, or - for standard input")
    markup, _ = decode(body, content_type=content_type)
    if kind.startswith("text/") and kind != "text/html":
        page = Page(url=url, title="", text=clean_plain(markup))
    else:
        title = _TITLE.search(markup)
        text = clean(_main_part(markup), base=url).text
        page = Page(url=url, title=clean_title(unescape(title[1])) if title else "", text=text)
    if len(page.text) < _LEAST_CHARACTERS:
        what = challenge(markup) or "a page without text that can be read without a browser"
        raise UsageError(f"{url} is {what}; give the text with --text, or - for standard input")
    return page


def _main_part(markup: str) -> str:
    for part in _MAIN_PARTS:
        found: list[str] = part.findall(markup)
        if found:
            return max(found, key=len)
    return _AROUND.sub(" ", markup)
