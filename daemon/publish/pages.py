"""Posts as HTML pages, with an index of them; one style, light and dark, nothing loaded from outside."""

import asyncio
from functools import cache
from html import escape
from importlib import resources
from pathlib import Path
from string import Template

from daemon.core.clock import Clock, iso
from daemon.publish.base import CheckedClaim, Post
from daemon.publish.files import is_there, write_atomically
from daemon.publish.index import Listed, listed_from_folder, listed_post
from daemon.publish.names import stem_of
from daemon.publish.rendering import body_html, source_html, time_html
from daemon.publish.rewriting import Rewriting
from daemon.publish.words import Words, words_for

_SUFFIX = ".html"
_INDEX = "index.html"


class HtmlSink:
    """A folder with a page per post and `index.html`, which lists the newest of them.

    The pages are the index's memory: it is made from them after a restart. `feed` is the file name or address of the
    Atom feed the pages point to.
    """

    name = "html"
    can_look_up = True

    def __init__(
        self, folder: Path, *, clock: Clock, title: str = "DavidAgent", feed: str | None = None, index_limit: int = 200
    ) -> None:
        self._folder = folder
        self._title = title
        self._feed = feed
        self._index_limit = index_limit
        self._listed: dict[str, Listed] | None = None
        self._loading = asyncio.Lock()
        self._rewriting = Rewriting(self._write_index, clock=clock)

    async def look_up(self, post: Post, *, key: str) -> str | None:  # noqa: ARG002 - the item id is the key here
        """The path of the post's page, or None."""
        path = self._path(post)
        return str(path) if await asyncio.to_thread(is_there, path) else None

    async def send(self, post: Post, *, key: str) -> str:  # noqa: ARG002 - the item id is the key here
        """Write the page, or leave the one that is there, and answer its path. The index follows within a second."""
        path = self._path(post)
        await asyncio.to_thread(self._write_page, path, post)
        (await self._loaded())[path.name] = listed_post(post, file=path.name)
        await self._rewriting.changed()
        return str(path)

    async def flush(self) -> None:
        """Write the index if it was put off; at the first call in any case."""
        await self._loaded()
        await self._rewriting.flush()

    async def close(self) -> None:
        """Flush, and end the timer."""
        await self._rewriting.close()

    def _path(self, post: Post) -> Path:
        return self._folder / f"{stem_of(post)}{_SUFFIX}"

    def _write_page(self, path: Path, post: Post) -> None:
        if not is_there(path):
            write_atomically(path, page_document(post, site=self._title, feed=self._feed))

    async def _loaded(self) -> dict[str, Listed]:
        async with self._loading:
            if self._listed is None:
                entries = await asyncio.to_thread(listed_from_folder, self._folder, limit=self._index_limit)
                self._listed = {entry.file: entry for entry in entries}
                self._rewriting.touch()
            return self._listed

    async def _write_index(self) -> None:
        entries = sorted((await self._loaded()).values(), key=lambda e: (e.at, e.file), reverse=True)
        entries = entries[: self._index_limit]
        self._listed = {entry.file: entry for entry in entries}
        document = index_document(entries, site=self._title, feed=self._feed)
        await asyncio.to_thread(write_atomically, self._folder / _INDEX, document)


def page_document(post: Post, *, site: str, feed: str | None = None) -> str:
    """One post as a whole HTML page."""
    words = words_for(post.language)
    parts = [
        f'<nav class="site"><a href="{_INDEX}">{escape(site)}</a></nav>',
        f"<main>\n<article>\n<header>\n<h1>{escape(post.title)}</h1>",
        _meta_line(post, words),
        f'<p class="label">{escape(words.digest)}</p>' if post.is_digest else "",
        f'<p class="summary">{escape(post.summary)}</p>' if _has_own_summary(post) else "",
        f'</header>\n<div class="body">\n{body_html(post.body)}</div>',
        _evidence(post, words),
        _tag_list(post),
        f"<footer>\n{_facts(post, words)}\n</footer>\n</article>\n</main>",
    ]
    return _page(
        language=post.language,
        title=post.title,
        description=post.summary,
        head=_head(post) + _feed_link(feed, site),
        content="\n".join(part for part in parts if part),
    )


def index_document(entries: list[Listed], *, site: str, feed: str | None = None) -> str:
    """The list of pages, newest first."""
    language = entries[0].language if entries else "en"
    words = words_for(language)
    listed = "\n".join(_index_entry(entry) for entry in entries)
    posts = f'<ol class="posts">\n{listed}\n</ol>' if entries else f"<p>{escape(words.no_posts)}</p>"
    atom = f'<p class="meta"><a href="{escape(feed)}">Atom</a></p>\n' if feed else ""
    return _page(
        language=language,
        title=site,
        description=f"{words.posts}{words.colon}{site}",
        head=_feed_link(feed, site).strip(),
        content=f"<header>\n<h1>{escape(site)}</h1>\n{atom}</header>\n<main>\n{posts}\n</main>",
    )


def _index_entry(entry: Listed) -> str:
    summary = f'\n<p class="text">{escape(entry.summary)}</p>' if entry.summary else ""
    source = f"<span>{escape(entry.source)}</span>" if entry.source else ""
    return (
        f'<li lang="{escape(entry.language)}">\n<h2><a href="{escape(entry.file)}">{escape(entry.title)}</a></h2>\n'
        f'<p class="meta">{time_html(entry.language, entry.at)}{source}</p>{summary}\n</li>'
    )


def _meta_line(post: Post, words: Words) -> str:
    parts = [time_html(post.language, post.published_at)]
    if source := source_html(post):
        parts.append(f"<span>{escape(words.source)}{words.colon}{source}</span>")
    if post.author:
        parts.append(f"<span>{escape(words.author)}{words.colon}{escape(post.author)}</span>")
    return f'<p class="meta">{"".join(parts)}</p>'


def _has_own_summary(post: Post) -> bool:
    """Whether the summary says something: a digest's text begins with the same sentences."""
    return bool(post.summary) and not " ".join(post.body.split()).startswith(post.summary)


def _evidence(post: Post, words: Words) -> str:
    if not post.claims:
        return ""
    count = words.claims.format(count=len(post.claims))
    claims = "\n".join(f"<li>{_claim(claim)}</li>" for claim in post.claims)
    summary = f"<summary>{escape(words.evidence)} <span>{escape(count)}</span></summary>"
    return f"<details>\n{summary}\n<ol>\n{claims}\n</ol>\n</details>"


def _claim(claim: CheckedClaim) -> str:
    """A sentence and the words of the source; those alone when the sentence is the source's own."""
    quote = f"<blockquote>{escape(claim.source)}</blockquote>"
    return quote if claim.sentence == claim.source else f"<p>{escape(claim.sentence)}</p>{quote}"


def _tag_list(post: Post) -> str:
    tags = "".join(f"<li>{escape(tag)}</li>" for tag in post.tags)
    return f'<ul class="tags">{tags}</ul>' if tags else ""


def _facts(post: Post, words: Words) -> str:
    cost = words.unknown_cost if post.cost_usd is None else f"{post.cost_usd:.4f}".rstrip("0").rstrip(".") + " USD"
    facts = [(words.source, source_html(post)), (words.models, escape(", ".join(post.models)))]
    facts += [(words.cost, escape(cost)), ("ID", f"<code>{escape(post.item_id)}</code>")]
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in facts if value)
    return f'<dl class="facts">{rows}</dl>'


def _head(post: Post) -> str:
    """What the index reads back, see `index.listed_from_folder`."""
    lines = [f'<meta name="date" content="{iso(post.published_at)}">']
    if post.source:
        lines.append(f'<meta name="source" content="{escape(post.source)}">')
    return "\n".join(lines)


def _feed_link(feed: str | None, site: str) -> str:
    if not feed:
        return ""
    return f'\n<link rel="alternate" type="application/atom+xml" title="{escape(site)}" href="{escape(feed)}">'


def _page(*, language: str, title: str, description: str, head: str, content: str) -> str:
    return _template("page.html").substitute(
        language=escape(language),
        title=escape(title),
        description=escape(description),
        head=head,
        style=_template("style.css").template,
        content=content,
    )


@cache
def _template(name: str) -> Template:
    return Template((resources.files("daemon.publish") / "templates" / name).read_text(encoding="utf-8"))
