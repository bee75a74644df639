"""Sound HTML to Markdown-like text: one walk over the tree, no recursion."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urljoin, urlsplit

from sensors.text.blocks import BREAK, CELL, BlockWriter
from sensors.text.visibility import WHITE, Color, are_alike, back_color, declarations, is_hidden, text_color

if TYPE_CHECKING:
    import nh3


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KEPT = _words(
    """
    a abbr address article aside b bdi bdo big blockquote br caption center cite code dd del details dfn div dl
    dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q rp
    rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u
    ul var wbr
    """
)
_DROPPED = _words(
    """
    annotation annotation-xml applet audio button canvas dialog embed head iframe noembed noframes noscript
    object option script select style svg template textarea title video
    """
)
_LOOKS = frozenset({"style", "hidden", "aria-hidden", "class", "color", "bgcolor"})
_UNSEEN = object()
_BLOCKS = _words(
    """
    address article aside caption center dd details div dl dt figcaption figure footer header main nav p section
    summary table tbody tfoot thead
    """
)
_FOOTNOTE = re.compile(r"\[?(?:\d{1,3}|[*†‡↩↑↵^]{1,2}\ufe0e?)\]?")
_HEADING_TAGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}


@dataclass(frozen=True, slots=True)
class Rendered:
    """The text, and the words that stand for images in it."""

    text: str
    images: str


def render(html: str, *, base: str | None) -> Rendered:
    """The visible text of an HTML fragment. Links are made absolute with `base`; only http and https ones stay."""
    walker = _Walker(base)
    root = _tree(html)
    if root is not None:
        walker.walk(root)
    return Rendered(text=walker.writer.text(), images="; ".join(dict.fromkeys(walker.images)))


def _tree(html: str) -> Any:
    from lxml import etree  # type: ignore[import-untyped]  # lxml ships no types

    sound = _cleaner().clean(html)
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True, remove_comments=True)
    # The walk's own marks must not come from the document.
    return etree.fromstring(f"<div>{sound}</div>".translate(_NO_MARKS).encode("utf-8", "replace"), parser)


@cache
def _cleaner() -> "nh3.Cleaner":
    """Made once: that takes longer than cleaning an entry."""
    import nh3

    return nh3.Cleaner(
        tags=set(_KEPT),
        clean_content_tags=set(_DROPPED),
        attributes={"*": set(_LOOKS), "a": {"href"}, "img": {"alt", "title", "width", "height"}},
        url_schemes={"http", "https"},
        link_rel=None,
    )


_NO_MARKS = {ord(BREAK): None, ord(CELL): None}


class _Walker:
    """Walks the tree once; start and end of each tag tell the writer what to do."""

    def __init__(self, base: str | None) -> None:
        self.writer = BlockWriter()
        self.images: list[str] = []
        self._base = base
        self._backs: list[Color | None] = [WHITE]

    def walk(self, root: Any) -> None:
        from lxml import etree

        events = etree.iterwalk(root, events=("start", "end"))
        hidden: Any = None
        for event, element in events:
            if event == "start":
                back = self._back_when_seen(element)
                if back is _UNSEEN:
                    hidden = element
                    events.skip_subtree()
                    continue
                self._backs.append(back)
                self._start(element)
                continue
            if element is hidden:
                hidden = None
            else:
                self._end(element)
            if element.tail:
                self.writer.add(element.tail)

    def _back_when_seen(self, element: Any) -> Any:
        """The colour behind the element's text, or `_UNSEEN` when nobody would see it."""
        attributes, back = element.attrib, self._backs[-1]
        if element.tag in {"rt", "rp"}:
            return _UNSEEN
        if _LOOKS.isdisjoint(attributes):
            return back
        style = declarations(attributes.get("style", ""))
        if is_hidden(attributes, style):
            return _UNSEEN
        color, back = text_color(attributes, style), back_color(attributes, style, inherited=back)
        is_same = isinstance(color, tuple) and back is not None and are_alike(color, back)
        return _UNSEEN if is_same or color == "transparent" else back

    def _start(self, element: Any) -> None:
        opener = self._OPENERS.get(element.tag)
        if opener is not None:
            opener(self, element)
        elif element.tag in _BLOCKS:
            self.writer.flush()
        if element.text:
            self.writer.add(element.text)

    def _end(self, element: Any) -> None:
        self._backs.pop()
        closer = self._CLOSERS.get(element.tag)
        if closer is not None:
            closer(self, element)
        elif element.tag in _BLOCKS:
            self.writer.flush()

    def _image(self, element: Any) -> None:
        words = " ".join((element.get("title") or element.get("alt") or "").split())
        is_pixel = {element.get("width"), element.get("height")} & {"0", "1"}
        if words and not is_pixel:
            self.images.append(words)

    def _close_link(self, element: Any) -> None:
        words = self.writer.take_span()
        if words is None:
            return
        href = (element.get("href") or "").strip()
        if href.startswith("#") and _FOOTNOTE.fullmatch(words.strip()):
            return
        self.writer.add(self._link(words, href))

    def _link(self, words: str, href: str) -> str:
        label = " ".join(words.replace(BREAK, " ").replace(CELL, " ").split())
        url = _absolute(href, self._base)
        if url is None or not label or self.writer.is_code:
            return words
        if label in {url, url.partition("://")[2], url.rstrip("/")}:
            return url
        lead, tail = " " * words[:1].isspace(), " " * words[-1:].isspace()
        return f"{lead}[{label.replace('[', '(').replace(']', ')')}]({url}){tail}"

    def _close_raised(self, _: Any) -> None:
        words = self.writer.take_span()
        if words is not None:
            self.writer.add(f"^{words.strip()}" if re.fullmatch(r"\s*[-+−]?\d+\s*", words) else words)

    def _close_code(self, _: Any) -> None:
        words = self.writer.take_span()
        if words is not None:
            mark = "" if self.writer.is_code or not words.strip() or "`" in words else "`"
            self.writer.add(f"{mark}{words}{mark}")

    _OPENERS: ClassVar[dict[str, Callable[["_Walker", Any], None]]] = {
        "a": lambda self, _: self.writer.open_span(),
        "sup": lambda self, _: self.writer.open_span(),
        "code": lambda self, _: self.writer.open_span(),
        "br": lambda self, _: self.writer.add_break(),
        "hr": lambda self, _: self.writer.flush(),
        "img": _image,
        "q": lambda self, _: self.writer.add("“"),
        "pre": lambda self, _: self.writer.open_code(),
        "blockquote": lambda self, _: self.writer.open_quote(),
        "ul": lambda self, _: self.writer.open_list(is_ordered=False),
        "ol": lambda self, _: self.writer.open_list(is_ordered=True),
        "li": lambda self, _: self.writer.open_item(),
        "tr": lambda self, _: self.writer.flush(),
        **dict.fromkeys(_HEADING_TAGS, lambda self, element: self.writer.open_heading(_HEADING_TAGS[element.tag])),
    }
    _CLOSERS: ClassVar[dict[str, Callable[["_Walker", Any], None]]] = {
        "a": _close_link,
        "sup": _close_raised,
        "code": _close_code,
        "q": lambda self, _: self.writer.add("”"),
        "pre": lambda self, _: self.writer.close_code(),
        "blockquote": lambda self, _: self.writer.close_quote(),
        "ul": lambda self, _: self.writer.close_list(),
        "ol": lambda self, _: self.writer.close_list(),
        "li": lambda self, _: self.writer.flush(),
        "td": lambda self, _: self.writer.add(CELL),
        "th": lambda self, _: self.writer.add(CELL),
        "tr": lambda self, _: self.writer.flush(kind="row"),
        **dict.fromkeys(_HEADING_TAGS, lambda self, _: self.writer.flush()),
    }


def _absolute(href: str, base: str | None) -> str | None:
    if not href or href.startswith("#"):
        return None
    try:
        url = urljoin(base, href) if base else href
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return None
    return url.replace("(", "%28").replace(")", "%29").replace(" ", "%20").replace("\n", "")
