"""HTML of a feed to text that a person and a model can read; nothing in it runs, and nothing in it is hidden.

The text is Markdown-like: paragraphs with a blank line between, `> ` before quotes, fenced code, `- ` and `1. `
lists, `## ` headings, table rows as `cell | cell`, links as `[words](https://…)`. Emphasis leaves no marks, so that a
quotation of the text is verbatim. nh3 (a browser's own parsing rules) makes sound HTML of anything first; what a reader
would not see is then left out, with its whole subtree.
"""

import re
from dataclasses import dataclass
from html import unescape

from sensors.text.characters import visible
from sensors.text.rendering import render

MOST_TAGS = 20_000
MOST_MARKUP_CHARS = 2_000_000
MOST_TEXT_CHARS = 200_000
"""Of a text as an item has it; what is longer is cut, and `extra.text_cut_at` says so."""
_TAG_NAMES = (
    "a|abbr|article|aside|b|big|blockquote|body|br|center|cite|code|dd|del|div|dl|dt|em|figure|font|footer|h[1-6]|head"
    "|header|hr|html|i|iframe|img|ins|kbd|li|main|mark|nav|object|ol|p|picture|pre|q|s|script|section|small|span"
    "|strike|strong|style|sub|sup|svg|table|tbody|td|th|thead|time|tr|tt|u|ul|video|audio|source|wbr"
)
_MARKUP = re.compile(rf"</?(?:{_TAG_NAMES})(?:\s[^<>]*)?/?>|<!--|<!\[CDATA\[", re.IGNORECASE)
_ESCAPED_MARKUP = re.compile(rf"&lt;/?(?:{_TAG_NAMES})(?:\s[^<>]{{0,300}}?)?/?&gt;", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")
_TITLE_CHARS = 300
_FALLBACK_TITLE_CHARS = 80
_BOILERPLATE = re.compile(
    r"The post .{1,400} (?:appeared first on|first appeared on) .{1,200}"
    r"|\[?(?:Read more|Continue reading|Read the rest|Read on|Weiterlesen|阅读全文|阅读原文|查看全文|続きを読む)"
    r"[^\n]{0,160}",
    re.IGNORECASE,
)
_LINK = re.compile(r"\[([^\[\]\n]*)\]\(([^()\s]*)\)")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Text for a person, the words that stand for its images, and whether some was left out."""

    text: str
    images: str = ""
    is_cut: bool = False


def clean(value: str, *, base: str | None = None) -> Cleaned:
    """The text of `value`, which may be HTML, escaped HTML or plain text. `base` resolves relative links."""
    html = as_markup(value)
    if html is None:
        return Cleaned(text=clean_plain(unescape(value) if _ENTITY.search(value) else value))
    html, is_cut = _bounded(html)
    rendered = render(html, base=base)
    return Cleaned(text=without_boilerplate(rendered.text), images=rendered.images, is_cut=is_cut)


def as_markup(value: str) -> str | None:
    """`value` as HTML, unescaped once when it was escaped twice; None when it is plain text."""
    if _MARKUP.search(value):
        return value
    return unescape(value) if _ESCAPED_MARKUP.search(value) else None


def clean_plain(value: str) -> str:
    """Plain text with its paragraphs and lines, without what cannot be seen."""
    paragraphs = _BLANK_LINES.split(visible(value).strip())
    return "\n\n".join(tidied for paragraph in paragraphs if (tidied := _tidy_lines(paragraph)))


def clean_title(value: str | None) -> str:
    """A title on one line: no tags, entities decoded (also when escaped twice), at most 300 characters."""
    text = value or ""
    for _ in range(2):
        if _MARKUP.search(text):
            text = _LINK.sub(r"\1", render(_bounded(text)[0], base=None).text)
        text = unescape(text) if _ENTITY.search(text) else text
    text = " ".join(visible(text).split())
    return text if len(text) <= _TITLE_CHARS else text[: _TITLE_CHARS - 1].rstrip() + "…"


def title_from(text: str) -> str:
    """The first words of a text, as a title; empty when there are none."""
    lines = (re.sub(r"^(?:[>#\s]+|- |\d+\. |`+)+", "", line).strip() for line in _LINK.sub(r"\1", text).splitlines())
    line = next((line for line in lines if line), "")
    sentence = re.match(r".{12,80}?(?:[.!?](?=\s|$)|[。！？])", line)
    if sentence:
        return sentence[0].rstrip("。")
    if len(line) <= _FALLBACK_TITLE_CHARS:
        return line
    head = line[:_FALLBACK_TITLE_CHARS]
    return (head.rsplit(" ", 1)[0] if " " in head[40:] else head).rstrip(" ,;:，；：、-") + "…"


def without_boilerplate(text: str) -> str:
    """The text without the closing lines that blog software adds to every entry."""
    paragraphs = text.split("\n\n")
    while len(paragraphs) > 1 and _BOILERPLATE.fullmatch(_LINK.sub(r"\1", paragraphs[-1]).strip()):
        paragraphs.pop()
    return "\n\n".join(paragraphs)


def plain_words(text: str) -> str:
    """The words alone, without link targets and marks of form; for hashes and language guesses."""
    return " ".join(re.sub(r"[>#`*|-]+", " ", _LINK.sub(r"\1", text)).split())


def _bounded(html: str) -> tuple[str, bool]:
    """The HTML up to as many tags as can be read in reasonable time (nested ones cost their square)."""
    is_cut = len(html) > MOST_MARKUP_CHARS
    html = html[:MOST_MARKUP_CHARS]
    if html.count("<") <= MOST_TAGS:
        return html, is_cut
    position = 0
    for _ in range(MOST_TAGS):
        position = html.index("<", position) + 1
    return html[: position - 1], True


def _tidy_lines(paragraph: str) -> str:
    return "\n".join(tidied for line in paragraph.split("\n") if (tidied := " ".join(line.split())))
