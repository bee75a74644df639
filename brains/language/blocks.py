"""The Markdown-like text of an observation as blocks of plain text, and plain text back as safe Markdown.

`plain_text` defines what "verbatim" means everywhere: a sentence is verbatim when, white space aside, it occurs in the
plain text of the source.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_FENCE: Final = re.compile(r"^\s{0,3}(```+|~~~+)")
_HEADING: Final = re.compile(r"^\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$")
_RULE: Final = re.compile(r"^\s{0,3}([-*_=])(?:\s*\1){2,}\s*$")
_ITEM: Final = re.compile(r"^\s*(?:[-*+•·▪●]|\(?\d{1,3}[.)])\s+(?=\S)")
_QUOTED: Final = re.compile(r"^\s{0,3}>\s?")
_TABLE_ROW: Final = re.compile(r"^\s*\|.*\|\s*$|^[^|\n]{0,120}\s\|\s[^|\n]{0,120}(?:\s\|\s[^|\n]*)*$")
_INLINE: Final = (
    (re.compile(r"!\[([^\[\]]{0,300})\]\([^()\s]{0,2000}(?:\s+\"[^\"]{0,300}\")?\)"), ""),
    (re.compile(r"\[([^\[\]]{0,500})\]\((?:[^()\s]|\([^()\s]{0,200}\)){0,2000}(?:\s+\"[^\"]{0,300}\")?\)"), r"\1"),
    (re.compile(r"\[\^[\w-]{1,20}\]"), ""),
    (re.compile(r"<((?:https?://|mailto:)[^\s<>]{1,2000})>"), r"\1"),
    (re.compile(r"(?<![\\`])`{1,2}([^`\n]{1,300})`{1,2}"), r"\1"),
    (re.compile(r"(?<![\\*])\*\*(?=[^\s*])([^*\n]{1,500}?)(?<=\S)\*\*(?!\*)"), r"\1"),
    (re.compile(r"(?<![\\*\w])\*{1,3}(?=\S)([^*\n]{1,500}?)(?<=\S)\*{1,3}(?!\w)"), r"\1"),
    (re.compile(r"(?<![\\\w])_{1,3}(?=\S)([^_\n]{1,500}?)(?<=\S)_{1,3}(?!\w)"), r"\1"),
    (re.compile(r"~~(?=\S)([^~\n]{1,500})~~"), r"\1"),
    (
        re.compile(
            r"(?<!\\)</?(?:br|p|b|i|em|strong|span|div|a|img|small|sup|sub|u|font)\b[^<>]{0,500}>", re.IGNORECASE
        ),
        " ",
    ),
)
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_LINK: Final = re.compile(r"(?<!!)\[([^\[\]]{1,500})\]\([^()\s]{1,2000}\)")
_SPECIAL: Final = re.compile(r"\\(?=[!-/:-@\[-`{-~])|`|\*(?=\S)|(?<=\S)\*|<(?=[A-Za-z/!?])|(?<=\])[(:]|~(?=~)|(?<=~)~")
_EDGE_UNDERSCORE: Final = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_LINE_START: Final = re.compile(r"^(\s*)(#{1,6}\s|>|[-+]\s|~~~|\|)")
_NUMBERED_START: Final = re.compile(r"^(\s*\d{1,9})([.)]\s)")
_INVISIBLE: Final = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffc\U000e0000-\U000e007f]")
_SPACES: Final = re.compile(r"[^\S\n]+")


class BlockKind(StrEnum):
    """What a block of text is."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    ITEM = "item"
    QUOTE = "quote"
    CODE = "code"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a heading, one list item, a block quote, or something that is no prose (code, table).

    `text` is plain; line ends inside it are kept. `link_share` is how much of it was link text, 0 to 1.
    """

    kind: BlockKind
    text: str
    link_share: float = 0.0


def read_blocks(text: str) -> list[Block]:
    """The blocks of a Markdown-like text, in order, empty ones left out."""
    clean = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n"))
    blocks = (_finish(kind, lines) for kind, lines in _gather(clean.split("\n")))
    return [block for block in blocks if block.text]


def plain_text(text: str) -> str:
    """The words a reader sees, without Markdown; code and tables included; one block per line group."""
    return "\n\n".join(block.text for block in read_blocks(text))


def squeeze(text: str) -> str:
    """The text with every run of white space as one space: two texts are the same words when this is equal."""
    return " ".join(text.split())


def as_markdown(plain: str) -> str:
    """Plain text that a Markdown reader shows exactly as it is: what would be markup is escaped."""
    escaped = _SPECIAL.sub(r"\\\g<0>", plain)
    escaped = _EDGE_UNDERSCORE.sub(r"\\_", escaped)
    escaped = _LINE_START.sub(r"\1\\\2", escaped)
    return _NUMBERED_START.sub(r"\1\\\2", escaped)


def _gather(lines: list[str]) -> Iterator[tuple[BlockKind, list[str]]]:
    """Group lines into blocks; the closing yield hands over the last one."""
    kind, current, fence = BlockKind.PARAGRAPH, list[str](), ""
    for line in lines:
        if fence:
            if line.strip().startswith(fence):
                yield BlockKind.CODE, current
                kind, current, fence = BlockKind.PARAGRAPH, [], ""
            else:
                current.append(line)
            continue
        opened = _FENCE.match(line)
        line_kind, content = (BlockKind.CODE, "") if opened else _classify(line, inside=kind if current else None)
        if opened or not content.strip() or line_kind != kind or line_kind in _SINGLE or _ITEM.match(line):
            if current:
                yield kind, current
            current = []
        fence = opened.group(1)[:3] if opened else ""
        kind = line_kind
        if content.strip():
            current.append(content)
    if current:
        yield (BlockKind.CODE if fence else kind), current


_SINGLE: Final = frozenset({BlockKind.HEADING})


def _classify(line: str, *, inside: BlockKind | None) -> tuple[BlockKind, str]:
    """The kind of a line outside fences, and the line without its marker."""
    if _RULE.match(line):
        return BlockKind.PARAGRAPH, ""
    if heading := _HEADING.match(line):
        return BlockKind.HEADING, heading.group(1)
    if _QUOTED.match(line):
        return BlockKind.QUOTE, _QUOTED.sub("", line)
    if _TABLE_ROW.match(line):
        return BlockKind.TABLE, line
    if _ITEM.match(line):
        return BlockKind.ITEM, _ITEM.sub("", line)
    return (BlockKind.ITEM if inside is BlockKind.ITEM else BlockKind.PARAGRAPH), line


def _finish(kind: BlockKind, lines: list[str]) -> Block:
    raw = "\n".join(lines).strip("\n")
    if kind is BlockKind.CODE:
        return Block(kind=kind, text=raw)
    linked = sum(len(match.group(1)) for match in _LINK.finditer(raw))
    text = _plain_inline(raw)
    return Block(kind=kind, text=text, link_share=min(1.0, linked / max(1, len(text))))


def _plain_inline(raw: str) -> str:
    text = raw
    for pattern, replacement in _INLINE:
        text = pattern.sub(replacement, text)
    text = _ESCAPED.sub(r"\1", text)
    return "\n".join(_SPACES.sub(" ", line).strip() for line in text.split("\n")).strip()
