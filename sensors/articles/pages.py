"""A web page as a tree, without what its reader would not see."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sensors.text.characters import visible
from sensors.text.visibility import WHITE, Color, are_alike, back_color, declarations, is_hidden, text_color

MOST_ELEMENTS = 12_000
"""What stands behind so many elements of a page is not read: it costs more time than an article is worth."""
MOST_CHARS = 500_000
"""The same of its characters; the text of an article is cut long before."""
_MOST_SCRIPTS = 100
_LONGEST_DATA_CHARS = 500_000
_LONGEST_TEXT_CHARS = 100_000
_MOST_NODES = 500
_DATA = "application/ld+json"
_UNREAD = frozenset({"script", "style", "template", "noscript", "svg", "canvas", "iframe", "object", "embed", "select"})
_AROUND = frozenset({"header", "footer", "nav"})
_INLINE = frozenset(
    {"a", "abbr", "b", "code", "em", "font", "i", "mark", "q", "s", "small", "span", "strong", "sub", "sup", "u"}
)
_GUTTERS = frozenset(
    {"gutter", "lineno", "linenos", "linenodiv", "rouge-gutter", "line-numbers-rows", "hljs-ln-numbers"}
)
_LOOKS = frozenset({"style", "hidden", "aria-hidden", "class", "color", "bgcolor"})


@dataclass(frozen=True, slots=True)
class WebPage:
    """A page: its tree (lxml), what it says of itself, and the words that can be seen on it."""

    root: Any
    url: str
    title: str
    heading: str
    """Its first `h1`."""
    headline: str
    """The first `h1` of its article, where it marks that."""
    metas: Mapping[str, str]
    """`name` or `property` in lower case, and the content."""
    data: tuple[Mapping[str, Any], ...]
    """The objects of its JSON-LD, those of an `@graph` each on its own."""
    words: str
    """What can be seen on it, on one line."""
    inner: str
    """The same without what stands in headers, footers and navigation."""
    marks: str
    """The classes and ids of what can be seen, in lower case, with a space between."""
    has_password: bool
    is_cut: bool


def open_page(markup: str, *, url: str) -> WebPage | None:
    """The page that the markup makes; None when there is no element in it."""
    root = _tree(markup)
    if root is None:
        return None
    data = tuple(_data(root))
    _tell_code(root)
    is_cut = _drop_unseen(root)
    return WebPage(
        root=root,
        url=url,
        title=_line(root.findtext(".//title")),
        heading=_heading(root.iter("h1")),
        headline=_heading(root.xpath("//*[self::article or self::main]//h1")),
        metas=_metas(root),
        data=data,
        words=_words(root),
        inner=_words(root, leaving_out=_AROUND),
        marks=_marks(root),
        has_password=any(one.get("type", "").lower() == "password" for one in root.iter("input")),
        is_cut=is_cut,
    )


def _heading(found: Iterable[Any]) -> str:
    return _line(" ".join(next((one.itertext() for one in found), iter(()))))


def nodes_of(data: Any) -> Iterator[Mapping[str, Any]]:
    """Every object of a JSON-LD document that stands on its own: not what an object holds."""
    for one in data if isinstance(data, list) else [data]:
        if isinstance(one, Mapping):
            yield one
            graph = one.get("@graph")
            yield from (node for node in graph if isinstance(node, Mapping)) if isinstance(graph, list) else ()


def _tree(markup: str) -> Any:
    from lxml import html  # type: ignore[import-untyped]  # lxml ships no types

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    body = markup.encode("utf-8", "replace")
    return html.document_fromstring(body, parser=parser, ensure_head_body=True) if body.strip() else None


def _data(root: Any) -> Iterator[Mapping[str, Any]]:
    count = 0
    for script in list(root.iter("script")):
        text = script.text or ""
        if script.get("type", "").strip().lower() != _DATA or len(text) > _LONGEST_DATA_CHARS:
            continue
        _keep_in_head(script)
        try:
            found = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            found = _broken(text)
        for node in nodes_of(found):
            count += 1
            if count <= _MOST_NODES:
                yield node


def _keep_in_head(script: Any) -> None:
    """In the body it would be among the words."""
    head = script.getroottree().getroot().find("head")
    if head is not None and script.getparent() is not head:
        copy = head.makeelement("script", {"type": _DATA})
        copy.text = script.text
        head.append(copy)


def _broken(text: str) -> Mapping[str, Any]:
    """What can be told of JSON-LD that is none: whether it says that the page is not free."""
    is_paid = re.search(r'"isAccessibleForFree"\s*:\s*"?false\b', text, re.IGNORECASE)
    return {"@type": "Article", "isAccessibleForFree": False} if is_paid else {}


def _tell_code(root: Any) -> None:
    """Preformatted text without `<code>` in it is code, too: a quotation would lose its lines.

    Where line numbers stand beside the code in a table of their own, the code alone is kept.
    """
    for gutter in [one for one in root.iter("td", "span", "div") if _GUTTERS & _classes(one)]:
        if gutter.getparent() is not None:
            gutter.drop_tree()
    for table in [one for one in root.iter("table") if len(one.findall(".//pre")) == 1]:
        _replace_by_code(table)
    for block in [pre for pre in root.iter("pre") if pre.find("code") is None]:
        block.append(_moved(block))


def _replace_by_code(table: Any) -> None:
    block = table.find(".//pre")
    if len(" ".join(table.itertext()).split()) == len(" ".join(block.itertext()).split()):
        block.tail, table.tail = table.tail, None
        table.getparent().replace(table, block)


def _classes(element: Any) -> frozenset[str]:
    return frozenset(element.get("class", "").lower().split())


def _moved(block: Any) -> Any:
    code = block.makeelement("code", {})
    code.text, block.text = block.text, None
    code.extend(list(block))
    return code


def _drop_unseen(root: Any) -> bool:
    """Take out what nobody sees; answers whether the rest of a page that is too long was taken out, too."""
    unseen, is_cut = _unseen(root)
    for element in unseen:
        if element.getparent() is not None:
            element.drop_tree()
    return is_cut


def _unseen(root: Any) -> tuple[list[Any], bool]:
    """The elements that nobody sees, or that stand behind all that is read."""
    from lxml import etree

    backs: list[Color | None] = [WHITE]
    events = etree.iterwalk(root, events=("start", "end"))
    unseen, room = [], _Room()
    skipped: Any = None
    back: Color | str | None
    for event, element in events:
        if event == "end":
            if element is skipped:
                skipped = None
            else:
                backs.pop()
            element.tail = room.fit(element.tail)
            continue
        back = _back(element, backs[-1]) if room.has_any(element) else "unseen"
        if isinstance(back, str):
            unseen.append(element)
            skipped = element
            events.skip_subtree()
        else:
            backs.append(back)
            element.text = room.fit(element.text) if element.tag != "script" else element.text
    return unseen, room.is_used_up


@dataclass(slots=True)
class _Room:
    """How much of a page is still read."""

    elements: int = MOST_ELEMENTS
    characters: int = MOST_CHARS
    scripts: int = _MOST_SCRIPTS
    is_used_up: bool = False

    def has_any(self, element: Any) -> bool:
        """Whether this element is still read."""
        self.elements -= 1
        self.scripts -= element.tag == "script"
        is_over = self.elements < 0 or self.characters <= 0
        self.is_used_up = self.is_used_up or is_over
        return not is_over and (element.tag != "script" or self.scripts >= 0)

    def fit(self, text: str | None) -> str | None:
        """As much of a text as there is room for."""
        if not text:
            return text
        kept = text[: max(0, self.characters)] if self.elements >= 0 else ""
        self.is_used_up = self.is_used_up or len(kept) < len(text)
        self.characters -= len(text)
        return kept


def _back(element: Any, back: Color | None) -> Color | str | None:
    """The colour behind the element's text; `unseen` when nobody would see it."""
    if element.tag in _UNREAD:
        # Of the scripts in the body the data was moved to the head.
        is_data = element.get("type", "").strip().lower() == _DATA and element.getparent().tag == "head"
        return back if is_data else "unseen"
    attributes = element.attrib
    if _LOOKS.isdisjoint(attributes) or element.tag in {"html", "head"}:
        return back
    style = declarations(attributes.get("style", ""))
    if is_hidden(attributes, style):
        return "unseen"
    color, back = text_color(attributes, style), back_color(attributes, style, inherited=back)
    is_same = isinstance(color, tuple) and back is not None and are_alike(color, back)
    return "unseen" if is_same or color == "transparent" else back


def _metas(root: Any) -> dict[str, str]:
    metas: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = (meta.get("property") or meta.get("name") or "").strip().lower()
        if name and meta.get("content"):
            metas.setdefault(name, _line(meta.get("content")))
    return metas


def _words(root: Any, *, leaving_out: frozenset[str] = frozenset()) -> str:
    from lxml import etree

    parts: list[str] = []
    length = 0
    body = root.find("body")
    events = etree.iterwalk(root if body is None else body, events=("start", "end"))
    for event, element in events:
        if event == "start" and element.tag in leaving_out:
            events.skip_subtree()
        elif length < _LONGEST_TEXT_CHARS:
            part = (element.text if event == "start" else element.tail) or ""
            parts.append(part if event == "start" or element.tag in _INLINE else f" {part}")
            length += len(part)
    return _line("".join(parts))


def _marks(root: Any) -> str:
    marks = (f"{one.get('class', '')} {one.get('id', '')}" for one in root.iter() if isinstance(one.tag, str))
    return " ".join(" ".join(marks).lower().split())[:_LONGEST_TEXT_CHARS]


def _line(text: str | None) -> str:
    return " ".join(visible(text or "").split())
