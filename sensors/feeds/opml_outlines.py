"""The outlines of an OPML document: by expat where it is sound, by libxml2's repairs where it is not."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Final
from xml.parsers import expat

MOST_TOLD = 50
"""Lost feeds that are named one by one."""
_DECLARATION = re.compile(r"<\?xml[^>]{0,400}\?>", re.IGNORECASE)
_DOCTYPE_START = re.compile(r"<!DOCTYPE\b", re.IGNORECASE)
_DOCTYPE = re.compile(r"<!DOCTYPE[^>\[]{0,2000}(?:\[[^\]]{0,100000}\]\s*)?>", re.IGNORECASE)
_BARE_AMPERSAND = re.compile(r"&(?!#\d{1,7};|#x[0-9a-fA-F]{1,6};|(?:amp|lt|gt|quot|apos);)")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ADDRESS = re.compile(
    r"""(?:xml_?url|xmluri|feed_?url|rss_?url)\s*=\s*(?:"([^"<>]{0,4096})|'([^'<>]{0,4096})|([^\s"'<>]{1,4096}))""",
    re.IGNORECASE,
)
ADDRESS_FIELDS: Final = ("xmlurl", "xml_url", "xmluri", "feedurl", "feed_url", "rssurl", "rss_url")
"""What writers call the address of a feed, the usual name first."""
_MOST_FOLDERS = 20
"""Around one outline; those further in say nothing that a tag could hold."""


@dataclass(frozen=True, slots=True)
class Outline:
    """One outline: its attributes by their names in lower case, and the names of the outlines around it."""

    fields: Mapping[str, str]
    folders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lost:
    """The address of a feed that the document names, and that no reader could make out."""

    line: int
    address: str


@dataclass(slots=True)
class Outlines:
    """Gathers outlines while a parser walks: a target as lxml wants it, and the handlers of expat.

    An outline that is no feed is a folder for what it holds.
    """

    found: list[Outline] = field(default_factory=list)
    is_opml: bool = False
    _open: list[tuple[str, ...]] = field(default_factory=list)
    """The folders for what each open outline holds."""

    def start(self, name: str, attributes: Mapping[str, Any]) -> None:
        """An element begins."""
        tag = _local(name)
        self.is_opml = self.is_opml or tag == "opml"
        if tag != "outline":
            return
        fields: dict[str, str] = {}
        for key, value in attributes.items():
            fields.setdefault(_local(key), str(value))
        folders = self._open[-1] if self._open else ()
        self.found.append(Outline(fields, folders))
        name = "" if _is_feed(fields) else _name_in(fields)
        self._open.append((*folders, name) if name and len(folders) < _MOST_FOLDERS else folders)

    def end(self, name: str) -> None:
        """An element ends."""
        if _local(name) == "outline" and self._open:
            self._open.pop()

    def close(self) -> "Outlines":
        """The document has ended."""
        return self


class _Repaired(Outlines):
    """Outlines as libxml2 tells them: where it resolves no entities, an ampersand is `&#38;` to its target."""

    __slots__ = ()

    def start(self, name: str, attributes: Mapping[str, Any]) -> None:
        """An element begins."""
        Outlines.start(self, name, {key: value.replace("&#38;", "&") for key, value in attributes.items()})


@dataclass(frozen=True, slots=True)
class Document:
    """What was read. `fault` is where and why the document is not well-formed; feeds may be lost without one, too."""

    outlines: Outlines
    fault: str | None = None
    lost: tuple[Lost, ...] = ()


def read_document(text: str) -> Document:
    """Read a document; never raises for what it is. No declaration of its own is obeyed, nothing else is opened."""
    text = _without_declarations(_ILLEGAL.sub("", text.lstrip("\ufeff \t\r\n")))
    xml = _BARE_AMPERSAND.sub("&amp;", text)
    outlines = Outlines()
    parser = expat.ParserCreate(encoding="utf-8")
    parser.StartElementHandler, parser.EndElementHandler = outlines.start, outlines.end
    try:
        parser.Parse(xml.encode("utf-8"), True)
    except expat.ExpatError as error:
        return _mended(xml, before=outlines, fault=f"line {error.lineno}: {expat.ErrorString(error.code)}")
    return Document(outlines, lost=tuple(_lost(xml, outlines)))


def address_in(fields: Mapping[str, str]) -> str:
    """The address of a feed as writers name it; empty for an outline that is none."""
    for name in ADDRESS_FIELDS:
        if fields.get(name, "").strip():
            return fields[name].strip()
    return fields.get("url", "").strip() if _has_feed_type(fields) else ""


def _is_feed(fields: Mapping[str, str]) -> bool:
    """Also one whose address was lost: it is no folder for what comes after it."""
    return _has_feed_type(fields) or bool(address_in(fields))


def _has_feed_type(fields: Mapping[str, str]) -> bool:
    return fields.get("type", "").strip().lower() in {"rss", "atom", "feed", "rdf", "rss2"}


def _mended(xml: str, *, before: Outlines, fault: str) -> Document:
    """Read on after faults; what stands before the first is never worse than expat had it."""
    mended = _recovered(xml)
    outlines = mended if len(mended.found) >= len(before.found) else before
    outlines.is_opml = outlines.is_opml or before.is_opml
    return Document(outlines, fault, tuple(_lost(xml, outlines)))


def _recovered(xml: str) -> Outlines:
    from lxml import etree  # type: ignore[import-untyped]

    outlines = _Repaired()
    parser = etree.XMLParser(
        target=outlines, recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        parser.feed(xml.encode("utf-8"))
        parser.close()
    except etree.LxmlError:
        # Beyond repair from here on; what came before is in the outlines.
        return outlines
    return outlines


def _lost(xml: str, outlines: Outlines) -> Iterator[Lost]:
    """The addresses that stand in the text, and in no outline."""
    known = {" ".join(address_in(one.fields).split()) for one in outlines.found}
    bare = _without_comments(xml)
    line, counted = 1, 0
    for mention in _ADDRESS.finditer(bare):
        address = " ".join(unescape("".join(filter(None, mention.groups()))).split())
        if address and address not in known:
            line += bare.count("\n", counted, mention.start())
            counted = mention.start()
            yield Lost(line, address)


def _without_declarations(text: str) -> str:
    """Without what it says of itself; the lines keep their numbers."""
    text = _DECLARATION.sub(_lines_of, text)
    start = _DOCTYPE_START.search(text)
    doctype = _DOCTYPE.match(text, start.start()) if start else None
    return text if doctype is None else f"{text[: doctype.start()]}{_lines_of(doctype)}{text[doctype.end() :]}"


def _without_comments(text: str) -> str:
    """What a comment names is no feed; the lines keep their numbers."""
    kept, position = [], 0
    while (start := text.find("<!--", position)) >= 0 and (end := text.find("-->", start)) >= 0:
        kept += [text[position:start], "\n" * text.count("\n", start, end)]
        position = end + 3
    return "".join([*kept, text[position:]])


def _lines_of(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")


def _local(name: str) -> str:
    """A name without its namespace, in lower case: `{uri}xmlUrl` and `ns:xmlUrl` are `xmlurl`."""
    return name.rpartition("}")[2].rpartition(":")[2].lower()


def _name_in(fields: Mapping[str, str]) -> str:
    return " ".join((fields.get("title") or fields.get("text") or "").split())
