"""What a document is, when it is not a feed: said in words that help."""

import re
from collections.abc import Mapping
from html import unescape

from sensors.web.announced import announced_feeds

_HEAD_CHARS = 64 * 1024
_HTML_START = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_FEED_START = re.compile(r"<(?:\w+:)?(rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
_FORMATS = {"rss": "RSS", "channel": "RSS", "feed": "Atom", "rdf": "RDF"}
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{1,300})", re.IGNORECASE)
_PDF_MARK = b"%PDF-"
_MARK_BYTES = 1024
_MARKS = (
    (_PDF_MARK, "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"RIFF", "a media file"),
    (b"ID3", "a media file"),
    (b"\x28\xb5\x2f\xfd", "a body packed as zstd"),
)
_CHALLENGES = (
    ("just a moment", "a challenge page (Cloudflare) that wants a browser"),
    ("cf-browser-verification", "a challenge page (Cloudflare) that wants a browser"),
    ("cf_chl_", "a challenge page (Cloudflare) that wants a browser"),
    ("attention required! | cloudflare", "a page of Cloudflare that blocks this reader"),
    ("ddos-guard", "a challenge page (DDoS-Guard) that wants a browser"),
    ("_incapsula_resource", "a challenge page (Imperva) that wants a browser"),
    ("perimeterx", "a challenge page (PerimeterX) that wants a browser"),
    ("g-recaptcha", "a page that asks for a captcha"),
    ("hcaptcha", "a page that asks for a captcha"),
    ("anubis_challenge", "a challenge page (Anubis) that wants a browser"),
    ("consent.google", "a consent page"),
    ("consent.yahoo", "a consent page"),
    ("cookie consent", "a consent page"),
)


def blocked_by(headers: Mapping[str, str], page: bytes) -> str | None:
    """What keeps this reader out, when an answer's headers or page show it."""
    if headers.get("cf-mitigated", "").strip().lower() == "challenge":
        return "a challenge page (Cloudflare) that wants a browser"
    return challenge(page[:_HEAD_CHARS].decode("utf-8", "replace"))


def challenge(page: str) -> str | None:
    """What kind of challenge or consent page this is; None when it is none."""
    head = page[:_HEAD_CHARS].lower()
    return next((words for mark, words in _CHALLENGES if mark in head), None)


def binary_kind(body: bytes) -> str | None:
    """What kind of file the body is, when it is no text at all."""
    return next((words for mark, words in _MARKS if body.startswith(mark)), None)


def is_pdf(body: bytes) -> bool:
    """Whether it is a PDF document; its mark may have blanks before it, but no words: a text may tell of PDF files."""
    return body[:_MARK_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n\0").startswith(_PDF_MARK)


def format_of(text: str) -> str | None:
    """`RSS`, `Atom`, `RDF`, `JSON Feed`; None for what does not begin like any."""
    head = text[:_HEAD_CHARS].lstrip("\ufeff \t\r\n")
    if head.startswith("{"):
        return "JSON Feed"
    root = _FEED_START.search(head)
    return _FORMATS.get(root[1].lower()) if root else None


def title_of(page: str) -> str:
    """The title of a web page, on one line; empty without one."""
    title = _TITLE.search(page[:_HEAD_CHARS])
    return " ".join(unescape(title[1]).split()) if title else ""


def is_html(text: str) -> bool:
    """Whether the document is a web page, not a feed that begins with a stray tag."""
    head = _after_comments(text[:_HEAD_CHARS])
    return bool(_HTML_START.match(head)) and not _FEED_START.search(head[:4096])


def _after_comments(head: str) -> str:
    position = 0
    while True:
        rest = head[position : position + 200].lstrip()
        if not rest.startswith("<!--"):
            return head[position:].lstrip()
        end = head.find("-->", position)
        if end < 0:
            return ""
        position = end + 3


def describe_html(text: str, *, url: str) -> str:
    """One sentence about a web page that came instead of a feed, with the feeds it names."""
    head = text[:_HEAD_CHARS]
    blocker = challenge(head)
    if blocker:
        return f"got {blocker}, not a feed"
    title = title_of(head)
    named = f" ({title[:80]!r})" if title else ""
    feeds = feed_links(head, url=url)
    advice = f"; it names this feed: {feeds[0]}" if feeds else "; look on it for the address of its feed"
    return f"got a web page{named}, not a feed{advice}"


def feed_links(page: str, *, url: str) -> list[str]:
    """The feeds that a web page names in its head, as absolute addresses."""
    return [one.address for one in announced_feeds(page, url=url)]
