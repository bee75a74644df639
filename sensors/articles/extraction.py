"""An article's page to what it says, as the parser's process does it: chosen, cleaned, and judged.

Everything that a stranger's page can make long or costly happens here, off the daemon's event loop.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from daemon.blackboard.senses import ArticleOutcome
from sensors.articles.likeness import tells_of, weight
from sensors.articles.pages import WebPage, open_page
from sensors.articles.paywalls import paywall
from sensors.articles.picking import Picked, pick
from sensors.articles.trimming import trimmed
from sensors.articles.walls import BANNER, FRONT, Verdict, wall
from sensors.parsers.jobs import Extract, ParseJob
from sensors.text.charsets import decode
from sensors.text.cleaning import MOST_TEXT_CHARS, clean_plain, clean_title, plain_words
from sensors.text.dates import believable, parse_date
from sensors.text.languages import guess_language
from sensors.text.page_titles import Titles, page_title
from sensors.web.headers import media_type
from sensors.web.sniffing import binary_kind, is_pdf

LEAST_WEIGHT: Final = 200
"""What says less is no article, unless a person asked for it."""
LEAST_ASKED_WEIGHT: Final = 40
HTML_KINDS: Final = frozenset({"", "text/html", "application/xhtml+xml"})
PLAIN_KINDS: Final = frozenset({"text/plain", "text/markdown", "text/x-markdown"})
_NO_TEXT: Final = "a page without text that can be read without a browser"
_DATES: Final = ("article:published_time", "og:article:published_time", "datepublished", "dc.date.issued", "date")
_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """What the article is looked for: the address that was asked, and the entry's own words."""

    asked: str
    title: str = ""
    text: str = ""
    has_entry: bool = True
    """False: a person asked for the page, so whatever stands there is meant."""


@dataclass(frozen=True, slots=True)
class ReadPage:
    """What became of one page; the fields are those of `daemon.blackboard.senses.Article`."""

    outcome: ArticleOutcome
    note: str
    title: str = ""
    text: str | None = None
    language: str | None = None
    author: str | None = None
    published_at: float | None = None
    facts: Mapping[str, Any] | None = None


def read(body: bytes, job: ParseJob) -> Extract:
    """The work of the parser's process: `job.facts` are those of an `Entry`, the answer's those of a `ReadPage`."""
    entry = Entry(**job.facts)
    if is_pdf(body):
        page = _read_pdf(body, job, entry)
    else:
        page = read_page(body, url=job.url, content_type=job.content_type, now=job.now, entry=entry)
    return Extract(facts={name: getattr(page, name) for name in ReadPage.__dataclass_fields__})


def _read_pdf(body: bytes, job: ParseJob, entry: Entry) -> ReadPage:
    """A link may lead to a paper as well; its text is read as that of a PDF in a folder is."""
    from sensors.folder import pdf

    observation = pdf.read(body, replace(job, facts={})).observations[0]
    picked = Picked(observation.text, is_cut=False, author=observation.author, title=observation.title)
    return _judged(picked, None, now=job.now, entry=entry)


def read_page(body: bytes, *, url: str, content_type: str, now: float, entry: Entry) -> ReadPage:
    """The article on a page, or why there is none. `url` is where the body was answered."""
    kind = media_type(content_type)
    if binary_kind(body) or kind not in HTML_KINDS | PLAIN_KINDS:
        return ReadPage(ArticleOutcome.NO_TEXT, f"it is {binary_kind(body) or kind}, not a page with text")
    markup, _ = decode(body, content_type=content_type)
    if kind in PLAIN_KINDS:
        return _judged(Picked(text=clean_plain(markup), is_cut=False), None, now=now, entry=entry)
    page = open_page(markup, url=url)
    if page is None:
        return ReadPage(ArticleOutcome.NO_TEXT, f"it is {_NO_TEXT}")
    return _judged(_without_heading(pick(page), page), page, now=now, entry=entry)


def _judged(picked: Picked, page: WebPage | None, *, now: float, entry: Entry) -> ReadPage:
    author = _author(picked, page)
    text = trimmed(picked.text[:MOST_TEXT_CHARS], author=author)
    title = _title(page, picked)
    verdict = _verdict(text, page, entry)
    if verdict is not None:
        return ReadPage(*verdict, title=title)
    return ReadPage(
        ArticleOutcome.READ,
        "the whole article was read",
        title=title or clean_title(picked.title),
        text=text,
        language=guess_language(plain_words(text[:8000]), declared=page.root.get("lang") if page else None),
        author=author,
        published_at=_published(picked, page, now=now),
        facts=_facts(picked, text, title=title),
    )


def _verdict(text: str, page: WebPage | None, entry: Entry) -> Verdict | None:
    barred = _barred(text, page, entry) if page is not None else None
    if barred is not None:
        return barred
    if weight(text) < (LEAST_WEIGHT if entry.has_entry else LEAST_ASKED_WEIGHT):
        return ArticleOutcome.NO_TEXT, f"it is {_NO_TEXT}"
    return _unlike(text, page, entry) if entry.has_entry else None


def _barred(text: str, page: WebPage, entry: Entry) -> Verdict | None:
    standing = wall(page, text=text, asked=entry.asked, title=entry.title)
    if not entry.has_entry and standing is not None and standing[1] == FRONT:
        # A person may well want the page that a short address leads to.
        standing = None
    # A barrier to pay at mostly has a banner on it, too; what keeps the article back is the barrier.
    is_banner = standing is not None and standing[1] == BANNER
    paid = paywall(page, text=text) if standing is None or is_banner else None
    return standing if paid is None else (ArticleOutcome.PAYWALL, paid)


def _unlike(text: str, page: WebPage | None, entry: Entry) -> Verdict | None:
    there = f"{page.title} {page.heading} {text}" if page else text
    if not tells_of(there, title=entry.title, text=plain_words(entry.text)):
        return ArticleOutcome.ELSEWHERE, "what stands there is not what the entry tells of"
    if weight(text) < weight(entry.text):
        return ArticleOutcome.NO_TEXT, "the page has less of the text than the feed"
    return None


def _without_heading(picked: Picked, page: WebPage) -> Picked:
    """Without the headings at its beginning that only repeat the title."""
    first, _, rest = picked.text.partition("\n\n")
    titles = {_bare(one) for one in (page.title, page.heading, picked.title or "") if one}
    if not first.startswith("#") or not rest or not any(one.startswith(_bare(first.lstrip("#"))) for one in titles):
        return picked
    return Picked(rest, picked.is_cut, picked.author, picked.title, picked.site, picked.date)


def _bare(line: str) -> str:
    return "".join(character for character in line.casefold() if character.isalnum())


def _title(page: WebPage | None, picked: Picked) -> str:
    if page is None:
        return ""
    sites = (page.metas.get("og:site_name"), page.metas.get("application-name"), picked.site, page.url)
    named = page.metas.get("og:title", "")
    return page_title(
        Titles(named, page.title, page.headline, page.heading, sites=tuple(site for site in sites if site))
    )


def _author(picked: Picked, page: WebPage | None) -> str | None:
    named = (_name(node.get("author")) for node in page.data) if page else iter(())
    return clean_title(next((name for name in named if name), None) or picked.author)[:_LONGEST_NAME] or None


def _name(author: Any) -> str:
    if isinstance(author, list):
        return ", ".join(one for one in map(_name, author[:5]) if one)
    told = author.get("name") if isinstance(author, Mapping) else author
    return told if isinstance(told, str) and not told.startswith(("http://", "https://")) else ""


def _published(picked: Picked, page: WebPage | None, *, now: float) -> float | None:
    told = (believable(parse_date(one), now=now) for one in (*(_dates(page) if page else ()), picked.date))
    return next((at for at in told if at is not None), None)


def _dates(page: WebPage) -> Iterator[Any]:
    yield from (node.get("datePublished") for node in page.data)
    yield from (page.metas.get(name) for name in _DATES)


def _facts(picked: Picked, text: str, *, title: str) -> dict[str, Any]:
    told = {
        "title": title or None,
        "site": clean_title(picked.site)[:_LONGEST_NAME] or None,
        "cut_at": len(text) if picked.is_cut or len(picked.text) > MOST_TEXT_CHARS else None,
    }
    return {name: value for name, value in told.items() if value is not None}
