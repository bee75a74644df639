"""Writes blocks of text: paragraphs, quotes, lists, code; knows nothing of HTML."""

import re
from dataclasses import dataclass, field

from sensors.text.characters import visible

BREAK = "\x0e"
"""Stands for a line break inside a paragraph until the block is written."""
CELL = "\x0f"
"""Ends a table cell."""

_WHITE = re.compile(r"[ \t\n\r\f]+")
_INDENT = "  "
_DEEPEST = 6


@dataclass(slots=True)
class _Block:
    lines: list[str]
    kind: str
    quotes: int
    first: str = ""
    rest: str = ""


@dataclass(slots=True)
class _List:
    is_ordered: bool
    number: int = 0


@dataclass(slots=True)
class _Span:
    """An inline stretch whose words are wanted at its end; broken by a block that begins inside it."""

    start: int
    is_broken: bool = False


@dataclass(slots=True)
class BlockWriter:
    """Gathers inline text until a block ends, then keeps it with its marks."""

    _blocks: list[_Block] = field(default_factory=list)
    _inline: list[str] = field(default_factory=list)
    _spans: list[_Span] = field(default_factory=list)
    _lists: list[_List] = field(default_factory=list)
    _quotes: int = 0
    _codes: int = 0
    _heading: str = ""
    _marker: str = ""

    @property
    def is_code(self) -> bool:
        """Whether the text is inside a block of code, where white space counts."""
        return self._codes > 0

    def add(self, text: str) -> None:
        """More inline text."""
        self._inline.append(text)

    def add_break(self) -> None:
        """A line break inside the block."""
        self._inline.append("\n" if self.is_code else BREAK)

    def open_span(self) -> None:
        """Remember where an inline stretch begins."""
        self._spans.append(_Span(start=len(self._inline)))

    def take_span(self) -> str | None:
        """Take the words since the last `open_span` back out; None when a block began in between."""
        span = self._spans.pop()
        if span.is_broken:
            return None
        words = "".join(self._inline[span.start :])
        del self._inline[span.start :]
        return words

    def open_heading(self, mark: str) -> None:
        """The next block is a heading."""
        self.flush()
        self._heading = mark

    def open_quote(self) -> None:
        """What follows is quoted."""
        self.flush()
        self._quotes += 1

    def close_quote(self) -> None:
        """End of the quotation."""
        self.flush()
        self._quotes -= 1

    def open_list(self, *, is_ordered: bool) -> None:
        """A list begins."""
        self.flush()
        self._lists.append(_List(is_ordered=is_ordered))

    def close_list(self) -> None:
        """The innermost list ends."""
        self.flush()
        self._lists.pop()
        self._marker = ""

    def open_item(self) -> None:
        """The next block begins a list item."""
        self.flush()
        if not self._lists:
            self._marker = "- "
            return
        current = self._lists[-1]
        current.number += 1
        self._marker = f"{current.number}. " if current.is_ordered else "- "

    def open_code(self) -> None:
        """What follows is code; white space is kept."""
        self.flush()
        self._codes += 1

    def close_code(self) -> None:
        """The block of code ends."""
        if self._codes == 1:
            self._write_code()
        self._codes -= 1

    def flush(self, *, kind: str = "text") -> None:
        """End the block, if there is anything in it."""
        if self.is_code:
            self._inline.append("" if not self._inline or self._inline[-1].endswith("\n") else "\n")
            return
        lines = _lines("".join(self._inline))
        self._reset_inline()
        heading, self._heading = self._heading, ""
        if lines:
            lines[0] = heading + lines[0]
            self._keep(lines, kind="heading" if heading else kind)

    def text(self) -> str:
        """Everything written."""
        while self.is_code:
            self.close_code()
        self.flush()
        parts: list[str] = []
        for number, block in enumerate(self._blocks):
            before = self._blocks[number - 1] if number else None
            parts.append(_gap(before, block) + _laid_out(block))
        return "".join(parts).strip("\n")

    def _write_code(self) -> None:
        code = visible("".join(self._inline).replace(BREAK, "\n").replace(CELL, " ")).expandtabs(4).strip("\n").rstrip()
        self._reset_inline()
        if code.strip():
            fence = "````" if "```" in code else "```"
            self._keep([fence, *(line.rstrip() for line in code.split("\n")), fence], kind="code")

    def _keep(self, lines: list[str], *, kind: str) -> None:
        depth = min(len(self._lists), _DEEPEST)
        indent = _INDENT * max(0, depth - 1)
        hanging = indent + (_INDENT if depth else "")
        marker, self._marker = self._marker, ""
        if marker:
            self._blocks.append(_Block(lines, "item", self._quotes, first=indent + marker, rest=hanging))
        else:
            self._blocks.append(_Block(lines, kind, self._quotes, first=hanging, rest=hanging))

    def _reset_inline(self) -> None:
        self._inline.clear()
        for span in self._spans:
            span.is_broken = True


def _lines(inline: str) -> list[str]:
    if not inline.strip():
        return []
    lines = (_cells(_narrowed(visible_inline(line))) for line in inline.split(BREAK))
    return [line for line in lines if line]


def _narrowed(line: str) -> str:
    """White space of markup as one space, none at the ends. Wide spaces of other scripts stay."""
    return " ".join(line.split()) if line.isascii() else _WHITE.sub(" ", line).strip()


def visible_inline(line: str) -> str:
    """The visible characters of a piece of inline text; the marks of cells stay."""
    return CELL.join(visible(part) for part in line.split(CELL)) if CELL in line else visible(line)


def _cells(line: str) -> str:
    if CELL not in line:
        return line
    return " | ".join(cell for part in line.split(CELL) if (cell := part.strip()))


def _gap(before: _Block | None, block: _Block) -> str:
    if before is None:
        return ""
    if before.kind == block.kind and block.kind in {"item", "row"} and before.quotes == block.quotes:
        return "\n"
    shared = min(before.quotes, block.quotes)
    return f"\n{'> ' * shared}".rstrip(" ") + "\n"


def _laid_out(block: _Block) -> str:
    quote = "> " * block.quotes
    marks = [block.first, *([block.rest] * (len(block.lines) - 1))]
    return "\n".join((quote + mark + line).rstrip() for mark, line in zip(marks, block.lines, strict=True))
