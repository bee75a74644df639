"""Text, Markdown and HTML files to observations. Runs in the parser's process."""

import re
from typing import Final

from daemon.core.errors import SensorError
from sensors.feeds.raw_entries import RawEntry
from sensors.folder.file_kinds import ending_of
from sensors.folder.front_matter import FrontMatter, is_our_post, split_front_matter
from sensors.folder.observing import OUR_POST, extract_of, modified_at, name_of
from sensors.folder.web_pages import read_page
from sensors.parsers.jobs import Extract, ParseJob
from sensors.text.charsets import decode
from sensors.text.cleaning import clean_title, plain_words
from sensors.web.sniffing import binary_kind, is_html

MOST_CHARS: Final = 2_000_000
"""What is looked at of a text; what is kept of it is less."""
_SAMPLE_CHARS: Final = 100_000
_MOST_ODD_SHARE: Final = 0.02
_ODD = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
_MARKDOWN: Final = frozenset({".md", ".markdown"})
_HTML: Final = frozenset({".html", ".htm"})
_HEADING = re.compile(r"\s*<h[12][^<>]*>(.{1,2000}?)</h[12]>", re.DOTALL)
_LONGEST_HEADING: Final = 300


def read(body: bytes, job: ParseJob) -> Extract:
    """Read a text of any of these kinds. Raises `SensorError`, in words, for what is no text."""
    text = _text(body)
    ending = ending_of(name_of(job).rpartition("/")[2])
    if ending in _HTML or (not ending and is_html(text)):
        return extract_of(read_page(text, modified_at=modified_at(job)), job=job, parser="html")
    if is_our_post(text):
        raise SensorError(OUR_POST)
    front, rest = split_front_matter(text)
    if ending in _MARKDOWN:
        return extract_of(_markdown(front, rest, job=job), job=job, parser="markdown")
    return extract_of(_plain(front, rest, job=job), job=job, parser="text")


def _text(body: bytes) -> str:
    """The file as text, with one kind of line end. Raises `SensorError` for what is none."""
    kind = binary_kind(body)
    if kind is not None:
        raise SensorError(f"it is {kind}, not a text")
    if not body.strip():
        raise SensorError("it is empty")
    text, encoding = decode(body)
    sample = text[:_SAMPLE_CHARS]
    if len(_ODD.findall(sample)) > len(sample) * _MOST_ODD_SHARE or ("\x00" in sample and encoding == "utf-8"):
        raise SensorError("it is no text (binary)")
    return re.sub(r"\r\n?", "\n", text.lstrip("\ufeff"))[:MOST_CHARS]


def _markdown(front: FrontMatter, text: str, *, job: ParseJob) -> RawEntry:
    from markdown_it import MarkdownIt

    html = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text)
    heading = _HEADING.match(html)
    title = clean_title(heading[1])[:_LONGEST_HEADING] if heading else ""
    if heading and title and (front.title is None or plain_words(front.title) == plain_words(title)):
        # The heading is the title from now on, so it does not begin the text as well.
        html = html[heading.end() :]
    # Without any tag left, what is escaped in it would be taken for markup.
    return _entry(front, title=front.title or title or None, body=f"<div>{html}</div>", job=job)


def _plain(front: FrontMatter, text: str, *, job: ParseJob) -> RawEntry:
    return _entry(front, title=front.title, body=text, job=job, is_plain=True)


def _entry(front: FrontMatter, *, title: str | None, body: str, job: ParseJob, is_plain: bool = False) -> RawEntry:
    return RawEntry(
        link=front.url,
        title=title,
        bodies=(body,),
        is_plain=is_plain,
        author=front.author,
        dates=(front.published_at, modified_at(job)),
        tags=front.tags,
        language=front.language,
    )
