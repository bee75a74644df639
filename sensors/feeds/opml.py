"""OPML in and out: folders are tags. A faulty file loads as far as it goes, and says what was left."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import quoteattr

from daemon.blackboard.records import NewSource
from daemon.core.redaction import HIDDEN
from sensors.feeds.opml_outlines import ADDRESS_FIELDS, MOST_TOLD, Document, Outline, address_in, read_document
from sensors.identity import canonical_link
from sensors.text.characters import visible
from sensors.text.charsets import decode

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SEPARATORS = re.compile("[,/]")
"""Of the parts of a category."""
_NAME_CHARS = 200
_MOST_TAGS = 100
"""Of one source; a list that names one feed in ten thousand folders says nothing with them."""
_READ = frozenset({*ADDRESS_FIELDS, "title", "text", "type", "url", "category"})


@dataclass(frozen=True, slots=True)
class Imported:
    """The sources of an OPML file, in its order, and what could not be taken, one sentence each.

    Every feed that the file names is a source, one of the `doubles` of a source, or named in a problem.
    """

    sources: tuple[NewSource, ...]
    problems: tuple[str, ...] = ()
    doubles: int = 0
    """Feeds that the file names again; they add their tags."""


def read_opml(data: bytes | str) -> Imported:
    """Read an OPML file. Never raises: what cannot be read is among the problems."""
    document = read_document(data if isinstance(data, str) else decode(data)[0])
    reader = _Reader()
    for outline in document.outlines.found:
        reader.add(outline)
    problems = [*reader.problems, *_faults(document)]
    if not document.outlines.is_opml:
        problems.append("this is no OPML file: it has no <opml> element")
    return Imported(tuple(reader.sources.values()), tuple(problems), reader.doubles)


def _faults(document: Document) -> Iterator[str]:
    """Where it is not well-formed, and which feeds could not be made out."""
    lost = len(document.lost)
    cost = "1 feed could not be read" if lost == 1 else f"{lost:,} feeds could not be read"
    if document.fault is not None:
        cost = cost if lost else "every feed in it was read all the same"
        yield f"the file is faulty at {document.fault}; {cost}"
    elif lost:
        yield f"{cost}: what names them is no outline"
    for one in document.lost[:MOST_TOLD]:
        yield f"line {one.line}: {one.address[:200]!r} was not read"
    if lost > MOST_TOLD:
        yield f"and {lost - MOST_TOLD:,} more, the last at line {document.lost[-1].line}"


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
    """Makes sources of outlines."""

    sources: dict[str, NewSource] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    doubles: int = 0

    def add(self, outline: Outline) -> None:
        """Take an outline, if it is a feed."""
        fields = {key: visible(value).strip() for key, value in outline.fields.items() if key in _READ}
        given = address_in(fields)
        if not given:
            return
        name = " ".join((fields.get("title") or fields.get("text") or "").split())[:_NAME_CHARS]
        address = web_address(given)
        key = canonical_link(address) if address else None
        if address is None or key is None:
            self.problems.append(f"{name or 'a feed'}: {given[:200]!r} is no web address")
            return
        folders = (" ".join(visible(folder).split())[:_NAME_CHARS] for folder in outline.folders)
        tags = tuple(dict.fromkeys([*filter(None, folders), *_categories(fields)]))
        known = self.sources.get(key)
        if known is not None:
            # The same feed in two folders is one source with both tags.
            self.doubles += 1
            tags = tuple(dict.fromkeys([*known.tags, *tags]))
        self.sources[key] = NewSource(
            kind="rss",
            address=known.address if known else address,
            name=(known.name if known else name) or None,
            tags=tags[:_MOST_TAGS],
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
