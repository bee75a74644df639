"""Making the XML of a feed safe and sound before any parser sees it.

The DOCTYPE goes away whole: no entity is ever defined (billion laughs) or fetched (XXE). What keeps documents of this
world from being well-formed is then put right where that cannot change what they say; every scan here is linear.
"""

import re
from dataclasses import dataclass
from html.entities import html5
from xml.parsers import expat

from daemon.core.errors import SensorError

_START = re.compile(r"<\?xml[\s?]|<(?:\w+:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)
_ANY_ROOT = re.compile(r"<(?:\w+:)?(\w+)[\s/>]")
_DECLARATION = re.compile(r"<\?xml[^>]{0,400}\?+>")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_AMPERSAND = re.compile(r"&(#\d{1,8};|#[xX][0-9a-fA-F]{1,7};|[A-Za-z][A-Za-z0-9]{1,31};)?")
_XML_ENTITIES = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})
_ENTRY_START = re.compile(r"<(?:rss:|atom:|a:)?(?:item|entry)(?=[\s>/])", re.IGNORECASE)
_ENTRY_END = re.compile(r"</(?:rss:|atom:|a:)?(?:item|entry)\s*>", re.IGNORECASE)
_ROOT = re.compile(r"<((?:\w+:)?(?:rss|feed|rdf))[\s>]", re.IGNORECASE)
_PASSAGES = (("<![CDATA[", "]]>"), ("<!--", "-->"))


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document ready for a parser."""

    xml: bytes
    """UTF-8, without declaration and DOCTYPE."""
    entries: int
    """How many entries begin in it, by their tags."""
    fault: str | None = None
    """Why it is not well-formed; None when it is."""
    is_broken_off: bool = False
    """It ended with its root open: an entry that was torn is left out, and others may be missing without a trace."""


def prepare(text: str) -> Prepared:
    """Clean a document. Raises `SensorError` when it is no feed, or breaks off before its first entry ends."""
    start = _START.search(text[: 64 * 1024])
    if start is None:
        raise SensorError(f"got no feed: the document begins with {text.strip()[:60]!r}")
    if _ROOT.search(text, start.start()) is None:
        raise SensorError(_other_xml(text[start.start() :]))
    declaration = _DECLARATION.match(text, start.start())
    text = _without_doctype(text[declaration.end() if declaration else start.start() :])
    text, is_broken_off = _closed(_ILLEGAL.sub("", text))
    fault = _fault(text)
    if fault is not None:
        repaired = _with_sound_entities(text)
        text, fault = (repaired, None) if _fault(repaired) is None else (text, fault)
    bare = "".join(passage for passage, is_text in passages(text) if is_text)
    return Prepared(
        xml=text.encode("utf-8"),
        entries=len(_ENTRY_START.findall(bare)),
        fault=fault,
        is_broken_off=is_broken_off,
    )


def passages(text: str) -> list[tuple[str, bool]]:
    """The document in pieces, in order: markup (True), and CDATA sections and comments whole (False)."""
    pieces: list[tuple[str, bool]] = []
    position = 0
    nearest = {opening: text.find(opening) for opening, _ in _PASSAGES}
    while True:
        begin, opening, closing = min(
            ((nearest[o], o, c) for o, c in _PASSAGES if nearest[o] >= 0), default=(-1, "", "")
        )
        end = text.find(closing, begin + len(opening)) if begin >= 0 else -1
        if end < 0:
            pieces.append((text[position:], True))
            return pieces
        end += len(closing)
        pieces += [(text[position:begin], True), (text[begin:end], False)]
        position = end
        for other, found in nearest.items():
            if 0 <= found < position:
                nearest[other] = text.find(other, position)


def _other_xml(text: str) -> str:
    root = _ANY_ROOT.search(text)
    name = root[1].lower() if root else ""
    kind = {
        "opml": "an OPML list of feeds, not a feed; import it instead",
        "urlset": "a sitemap, not a feed",
        "sitemapindex": "a sitemap, not a feed",
        "html": "a web page, not a feed",
        "error": "an error message in XML, not a feed",
    }.get(name)
    return f"got {kind}" if kind else f"got XML that is no feed: its root is <{name[:40]}>"


def _without_doctype(text: str) -> str:
    """Without the DOCTYPE and its internal subset, and without what is declared in it."""
    start = text[: 64 * 1024].lower().find("<!doctype")
    root = _ROOT.search(text)
    if start < 0 or (root is not None and root.start() < start):
        return text
    # A subset ends with "]" and ">"; quotes and comments in it may hold anything, so the root is what counts.
    return text[:start] + (text[root.start() :] if root is not None else "")


def _closed(text: str) -> tuple[str, bool]:
    """A document that ends without closing its root, closed after its last whole entry."""
    root = _ROOT.search(text)
    if root is None or re.search(rf"</{re.escape(root[1])}\s*>", text[-20_000:], re.IGNORECASE):
        return text, False
    ends = [found.end() for found in _ENTRY_END.finditer(text)]
    if not ends and _ENTRY_START.search(text) is not None:
        raise SensorError("the document breaks off before its first entry ends")
    kept = text[: ends[-1]] if ends else text[: text.rfind(">") + 1]
    is_in_channel = "<channel" in kept.lower() and "</channel" not in kept.lower()
    return f"{kept}{'</channel>' if is_in_channel else ''}</{root[1]}>", True


def _fault(text: str) -> str | None:
    parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
    try:
        parser.Parse(text.encode("utf-8"), True)
    except expat.ExpatError as error:
        return str(error)
    return None


def _with_sound_entities(text: str) -> str:
    return "".join(_AMPERSAND.sub(_sound, passage) if is_text else passage for passage, is_text in passages(text))


def _sound(match: re.Match[str]) -> str:
    name = match[1]
    if name is None:
        return "&amp;"
    if name in _XML_ENTITIES:
        return match[0]
    if name.startswith("#"):
        return match[0] if _is_character(name[1:-1]) else ""
    characters = html5.get(name)
    return f"&amp;{name}" if characters is None else "".join(f"&#{ord(one)};" for one in characters)


def _is_character(digits: str) -> bool:
    code = int(digits[1:], 16) if digits[:1] in "xX" else int(digits)
    return code < 0x110000 and (code in {9, 10, 13} or (code >= 0x20 and not _ILLEGAL.match(chr(code))))  # noqa: PLR2004
