"""The main content of a page: trafilatura chooses it, our own rules write it as text.

What trafilatura keeps is turned back into HTML, so that quotes, code, lists, tables and links come out as they do of a
feed, by the rules of `sensors/README.md`.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sensors.articles.pages import WebPage
from sensors.text.cleaning import clean

_LISTS: Final = {"ol": "ol", "dl": "dl"}
_PARTS: Final = {"dt": "dt", "dd": "dd"}
_RAISED: Final = {"#sup": "sup", "#sub": "sub"}
_LARGEST_FRAME: Final = 0.5
"""Some makers put the whole page into a form; what holds most of its text is no frame."""
_SMALL_FRAME: Final = 0.4
"""Of what is a frame by its class alone: a share of the share above."""
_BESIDE: Final = re.compile(
    r"(?<![a-z])(?:reward|post-copyright|newsletter|subscribe|sign-?up|related|recommend(?:ed|ations)?|shar(?:e|ing)|sharedaddy"
    r"|social|breadcrumbs?|post-nav|pagination|cookie|author-(?:bio|box)|promo|advert(?:isement)?|anzeige)(?![a-z])"
)
_SENTENCES: Final = frozenset({"p", "item", "cell", "head", "hi", "ref", "quote", "del"})
_TAGS: Final = {"p": "p", "lb": "br", "table": "table", "row": "tr", "del": "del", "body": "div"}


@dataclass(frozen=True, slots=True)
class Picked:
    """What was chosen, as text by the rules of this folder, and whether some was left out for its length."""

    text: str
    is_cut: bool
    author: str | None = None
    title: str | None = None
    site: str | None = None
    date: str | None = None
    """Year, month and day."""


def pick(page: WebPage) -> Picked:
    """The main content of a page. It changes the page's tree."""
    from lxml import etree  # type: ignore[import-untyped]  # lxml ships no types

    _drop_frame(page.root)
    document = _extracted(page)
    if document is None or document.body is None:
        return Picked(text="", is_cut=page.is_cut)
    markup = etree.tostring(_as_html(document.body), encoding="unicode", method="html")
    cleaned = clean(markup, base=page.url)
    return Picked(
        text=cleaned.text,
        is_cut=cleaned.is_cut or page.is_cut,
        author=document.author,
        title=document.title,
        site=document.sitename,
        date=document.date,
    )


def _drop_frame(root: Any) -> None:
    """Take out what the page itself calls its frame: where there is little text, all of it is taken else."""
    most = len(root.text_content()) * _LARGEST_FRAME
    for element in list(root.iter("nav", "aside", "footer", "form", "header")):
        is_title = element.tag == "header" and (element.find(".//h1") is not None or _is_in_article(element))
        if is_title or element.getparent() is None:
            continue
        if len(element.text_content()) < most:
            element.drop_tree()
        else:
            element.tag = "div"
    for element in list(root.iter("div", "section", "ul", "p")):
        is_beside = _BESIDE.search(f"{element.get('class', '')} {element.get('id', '')}".lower())
        if is_beside and element.getparent() is not None and len(element.text_content()) < most * _SMALL_FRAME:
            element.drop_tree()
    # A figure counts as a picture to trafilatura, and would be taken out with the code or table in it.
    for figure in root.iter("figure"):
        if any(figure.find(f".//{tag}") is not None for tag in ("pre", "table", "blockquote")):
            figure.tag = "div"


def _is_in_article(element: Any) -> bool:
    return any(one.tag in {"article", "main"} for one in element.iterancestors())


def _extracted(page: WebPage) -> Any:
    from trafilatura import bare_extraction

    # It says at warning level what is no fault of ours, a page without text above all.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    return bare_extraction(
        page.root,
        url=page.url,
        include_comments=False,
        include_tables=True,
        include_links=True,
        include_formatting=True,
        with_metadata=True,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )


def _as_html(body: Any) -> Any:
    for element in body.iter():
        if isinstance(element.tag, str):
            namer = _NAMERS.get(element.tag)
            element.set("as", namer(element) if namer else _TAGS.get(element.tag, "span"))
    for element in body.iter():
        if isinstance(element.tag, str):
            element.tag, target = element.get("as"), element.get("target")
            element.attrib.clear()
            if element.tag == "a" and target:
                element.set("href", target)
    return body


def _code(element: Any) -> str:
    """Code within a sentence, or a block of it."""
    if element.getparent() is not None and element.getparent().tag == "code":
        return "span"
    text = "".join(element.itertext())
    is_inline = element.getparent() is not None and element.getparent().tag in _SENTENCES
    return "code" if is_inline and "\n" not in text.strip() else "pre"


def _quote(element: Any) -> str:
    is_inline = element.getparent() is not None and element.getparent().tag in {"p", "hi", "ref"}
    return "q" if is_inline else "blockquote"


_NAMERS: Final[dict[str, Callable[[Any], str]]] = {
    "head": lambda one: level[0] if (level := re.fullmatch(r"h[1-6]", one.get("rend", ""))) else "h3",
    "list": lambda one: _LISTS.get(one.get("rend", ""), "ul"),
    "item": lambda one: _PARTS.get(one.get("rend", "").partition("-")[0], "li"),
    "code": _code,
    "quote": _quote,
    "ref": lambda _: "a",
    "hi": lambda one: _RAISED.get(one.get("rend", ""), "span"),
    "cell": lambda one: "th" if one.get("role") == "head" else "td",
}
