"""Markdown to safe HTML, and the lines every sink puts under a post."""

import re
from functools import cache, lru_cache
from html import escape
from typing import TYPE_CHECKING

from daemon.core.clock import iso
from daemon.publish.base import Post
from daemon.publish.words import day_for, words_for

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li", "pre", "code", "em", "strong"),
    *("del", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}


@lru_cache(maxsize=32)
def body_html(body: str) -> str:
    """A post's Markdown as HTML: sanitized, no images, headings from `h2` down (the title is the `h1`).

    The last few are kept: page and feed ask for the same.
    """
    import nh3

    return nh3.clean(
        _parser().render(body.encode(errors="replace").decode()),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer nofollow",
    )


def closing_markdown(post: Post) -> str:
    """The lines under a post in Markdown: the label of a digest, and the link to the source."""
    words = words_for(post.language)
    lines = [f"*{words.digest}*"] if post.is_digest else []
    day = f" ({day_for(post.language, post.source_date)})" if post.source_date is not None else ""
    if post.link:
        lines.append(f"{words.source}{words.colon}[{_markdown_text(post.source or post.link)}](<{post.link}>){day}")
    elif post.source:
        lines.append(f"{words.source}{words.colon}{_markdown_text(post.source)}{day}")
    if is_anothers(post):
        lines.append(f"{words.author}{words.colon}{_markdown_text(post.author or '')}")
    return "\n\n".join(lines)


def closing_html(post: Post) -> str:
    """The same as HTML paragraphs."""
    words = words_for(post.language)
    lines = [f"<p><em>{escape(words.digest)}</em></p>"] if post.is_digest else []
    if source := source_html(post):
        lines.append(f"<p>{escape(words.source)}{words.colon}{source}</p>")
    if is_anothers(post):
        lines.append(f"<p>{escape(words.author)}{words.colon}{escape(post.author or '')}</p>")
    return "\n".join(lines)


def is_anothers(post: Post) -> bool:
    """The source names somebody (`@name`), and another wrote it: so its name alone would credit the wrong one."""
    named, author = (post.source or "").casefold(), (post.author or "").casefold()
    return bool(author) and named.startswith("@") and re.search(rf"{re.escape(named)}(?!\w)", author) is None


def source_html(post: Post) -> str:
    """The source's name, linked where there is a link, and its day; empty when neither name nor link is known."""
    name = escape(post.source or post.link or "")
    linked = f'<a href="{escape(post.link)}" rel="noopener noreferrer">{name}</a>' if post.link else name
    if not name or post.source_date is None:
        return linked
    return f"{linked} ({time_html(post.language, post.source_date)})"


def time_html(language: str, at: float) -> str:
    """A day in a language's own form, with the exact time for programs."""
    return f'<time datetime="{iso(at)}">{day_for(language, at)}</time>'


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore

    def lower_headings(state: StateCore) -> None:
        headings = [token for token in state.tokens if token.type in {"heading_open", "heading_close"}]
        shift = 2 - min((int(token.tag[1]) for token in headings), default=2)
        for token in headings:
            token.tag = f"h{min(6, int(token.tag[1]) + shift)}"

    parser = (
        MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable(["image", "html_inline"])
    )
    parser.core.ruler.push("lower_headings", lower_headings)
    return parser


def _markdown_text(text: str) -> str:
    """The text with everything escaped that Markdown would read."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>&|~!#$" else c for c in text)
