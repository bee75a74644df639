"""OPML in and out: folders are tags. A faulty file loads as far as it goes, and says what was left."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from daemon.blackboard.records import NewSource
from daemon.core.redaction import HIDDEN
from sensors.characters import visible
from sensors.charsets import decode
from sensors.identity import canonical_link

_DECLARATION = re.compile(r"<\?xml[^>]{0,400}\?>|<!DOCTYPE[^>\[]{0,2000}(?:\[[^\]]{0,100000}\]\s*)?>", re.IGNORECASE)
_BARE_AMPERSAND = re.compile(r"&(?!#\d{1,7};|#x[0-9a-fA-F]{1,6};|(?:amp|lt|gt|quot|apos);)")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FEED_ATTRIBUTE = re.compile(rb"\sxmlUrl\s*=", re.IGNORECASE)
_SEPARATORS = re.compile("[,/]")
"""Of the parts of a category."""
_NAME_CHARS = 200


@dataclass(frozen=True, slots=True)
class Imported:
    """The sources of an OPML file, in its order, and what could not be taken, one sentence each."""

    sources: tuple[NewSource, ...]
    problems: tuple[str, ...] = ()


def read_opml(data: bytes | str) -> Imported:
    """Read an OPML file. Never raises: what cannot be read is among the problems."""
    text = data if isinstance(data, str) else decode(data)[0]
    text = _ILLEGAL.sub("", _DECLARATION.sub("", text.lstrip("\ufeff \t\r\n")))
    xml = _BARE_AMPERSAND.sub("&amp;", text).encode("utf-8")
    reader = _Reader()
    parser = expat.ParserCreate(encoding="utf-8")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        left = len(_FEED_ATTRIBUTE.findall(xml[max(0, parser.ErrorByteIndex) :]))
        feeds = "1 feed after it was" if left == 1 else f"{left} feeds after it were"
        reader.problems.append(f"the file is faulty at line {error.lineno}: {error}; {feeds} not read")
    if not reader.is_opml:
        reader.problems.append("this is no OPML file: it has no <opml> element")
    return Imported(sources=tuple(reader.sources.values()), problems=tuple(reader.problems))


def write_opml(sources: Iterable[Mapping[str, Any]], *, title: str = "DavidAgent", at: float | None = None) -> str:
    """An OPML 2.0 document of the feeds among `sources`; the first tag is the folder, all tags are the category.

    Of each source the keys `kind`, `address`, `name` and `tags` are read. `at`: when it was made, in epoch seconds.
    Feeds whose address has a login or a token are left out (`kept_back`), which a comment says: without it the address
    leads nowhere, and with it, it would be told to whoever reads the file.
    """
    every = list(sources)
    private = kept_back(every)
    folders: dict[str, list[str]] = {}
    for source in every:
        if source["kind"] == "rss" and HIDDEN not in source["address"]:
            for folder in _folders(source["tags"]):
                folders.setdefault(folder, []).append(_outline(source))
    created = format_datetime(datetime.fromtimestamp(at, UTC), usegmt=True) if at is not None else None
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        "  <head>",
        f"    <title>{_escaped(title)}</title>",
        *([f"    <dateCreated>{created}</dateCreated>"] if created else []),
        "  </head>",
        *([f"  <!-- {_comment(private)} -->"] if private else []),
        "  <body>",
    ]
    for folder, outlines in folders.items():
        lines += _foldered(folder, outlines)
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def kept_back(sources: Iterable[Mapping[str, Any]]) -> list[str]:
    """The names of the feeds that do not go out, because their addresses have a login or a token."""
    return [one["name"] for one in sources if one["kind"] == "rss" and HIDDEN in one["address"]]


@dataclass(slots=True)
class _Reader:
    """Gathers sources while the parser walks; `folders` has an entry per open outline, None for a feed's own."""

    sources: dict[str, NewSource] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    folders: list[str | None] = field(default_factory=list)
    is_opml: bool = False

    def start(self, name: str, attributes: dict[str, Any]) -> None:
        tag = name.lower().rpartition(":")[2]
        self.is_opml = self.is_opml or tag == "opml"
        if tag != "outline":
            return
        fields = {key.lower(): visible(str(value)).strip() for key, value in attributes.items()}
        name = " ".join((fields.get("title") or fields.get("text") or "").split())[:_NAME_CHARS]
        address = fields.get("xmlurl", "")
        self.folders.append(None if address else name)
        if address:
            self._add(address, name, fields)

    def end(self, name: str) -> None:
        if name.lower().rpartition(":")[2] == "outline" and self.folders:
            self.folders.pop()

    def _add(self, given: str, name: str, fields: dict[str, str]) -> None:
        address = web_address(given)
        key = canonical_link(address) if address else None
        if address is None or key is None:
            self.problems.append(f"{name or 'a feed'}: {given[:200]!r} is no web address")
            return
        tags = tuple(dict.fromkeys([*(folder for folder in self.folders if folder), *_categories(fields)]))
        known = self.sources.get(key)
        if known is not None:
            # The same feed in two folders is one source with both tags.
            tags = tuple(dict.fromkeys([*known.tags, *tags]))
        self.sources[key] = NewSource(
            kind="rss",
            address=known.address if known else address,
            name=(known.name if known else name) or None,
            tags=tags,
        )


def web_address(given: str) -> str | None:
    """An http or https address, also for the `feed:` forms that readers write; None for anything else."""
    address = given.strip()
    lower = address.lower()
    if lower.startswith(("feed:http://", "feed:https://")):
        address = address[5:]
    elif lower.startswith("feed://"):
        address = f"http://{address[7:]}"
    return address if address.lower().startswith(("http://", "https://")) else None


def _categories(fields: dict[str, str]) -> list[str]:
    names = (part for category in fields.get("category", "").split(",") for part in category.split("/"))
    return [name.strip() for name in names if name.strip()]


def _foldered(folder: str, outlines: list[str]) -> list[str]:
    if not folder:
        return [f"    {outline}" for outline in outlines]
    name = _attribute(folder)
    return [f"    <outline text={name} title={name}>", *(f"      {outline}" for outline in outlines), "    </outline>"]


def _folders(tags: Iterable[str]) -> list[str]:
    """The folder of the first tag, and one for each that a category cannot say."""
    first, *others = [*tags, ""]
    return [first, *(tag for tag in others if _SEPARATORS.search(tag))]


def _comment(names: list[str]) -> str:
    """Two hyphens would end it."""
    told = re.sub("-+", "-", _escaped(", ".join(names)))
    return f"Left out, because their addresses have a login or a token: {told}."


def _outline(source: Mapping[str, Any]) -> str:
    address, tags = source["address"], source["tags"]
    name = _attribute(source["name"] or address)
    plain = [tag for tag in tags if not _SEPARATORS.search(tag)]
    category = f" category={_attribute(','.join(plain))}" if plain else ""
    return f'<outline type="rss" text={name} title={name} xmlUrl={_attribute(address)}{category}/>'


def _attribute(text: str) -> str:
    return quoteattr(_ILLEGAL.sub("", text))


def _escaped(text: str) -> str:
    return _ILLEGAL.sub("", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
