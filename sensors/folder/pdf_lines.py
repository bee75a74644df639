"""Lines of PDF pages to paragraphs: running heads and page numbers left out, hyphenated words joined."""

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, where it begins (points from the lower left corner) and the size of its letters."""

    text: str
    x: float
    y: float
    size: float


_EDGE_LINES: Final = 2
_LEAST_PAGES: Final = 3
_REPEATED_SHARE: Final = 0.4
"""Books have other heads on left and right pages, so half of the pages is most of them."""
_PAGE_NUMBER = re.compile(r"\A\d+(?!\w)|(?<![\w.,])\d+(?: ?(?:/|of|von|de|sur) ?\d+)?[-–—. ]*\Z")
"""Where a line begins or ends with it; a number within a line may tell one line from another."""
_NAMED_NUMBER = re.compile(r"(?:page|seite|p\.|第)\s*(\d{1,5})\s*(?:页|頁|(?:/|of|von)\s*\d{1,5})?", re.IGNORECASE)
_ALONE = re.compile(r"[-–—|. ]*(?:\d{1,5}|[ivxlc]{1,7})[-–—|. ]*", re.IGNORECASE)
_MUCH_LONGER: Final = 1.6
_BULLET = re.compile(r"[•◦▪‣∙·●○■–*-]\s|\(?\d{1,2}[.)]\s")
_ENDS = re.compile(r"[.!?:;。！？：；…][\"'”’»)\]]*$")
_HYPHEN = re.compile(r"([^\W\d_]+)[-\u2010\u00ad]$")
_FIRST_WORD = re.compile(r"[^\W\d_]+")
_EAST_ASIAN = re.compile("[\u3000-\u30ff\u3400-\u9fff\uac00-\ud7af\uff00-\uffef]")
_LIGATURES = str.maketrans(
    {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
)


def paragraphs(pages: Sequence[Sequence[Line]]) -> list[str]:
    """The paragraphs of all pages, in order; one that goes on over a page's end is one."""
    repeated = _running(pages)
    kept = [
        [line for line in page if (_edge_key(line), line) not in repeated and not _counts(line, page, number=number)]
        for number, page in enumerate(pages, start=1)
    ]
    if not any(kept):
        # Nothing but lines that repeat: then they are what the document says.
        kept = [list(page) for page in pages]
    words = _words(line for page in kept for line in page)
    found: list[str] = []
    last: Line | None = None
    for page in kept:
        leading = _leading(page)
        for line in page:
            is_below_heading = len(found) == 1 and last is not None and _is_heading(found[0], last, line)
            if last is not None and not is_below_heading and not _begins_paragraph(last, line, leading=leading):
                found[-1] = _joined(found[-1], line.text, words=words)
            else:
                found.append(line.text)
            last = line
    return [text.translate(_LIGATURES) for text in found]


def body_size(pages: Sequence[Sequence[Line]]) -> float:
    """The size that most letters have; 0 without any."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page:
            sizes[round(line.size, 1)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _edge_key(line: Line) -> str:
    text = " ".join(line.text.split()).casefold()
    return "#" if _ALONE.fullmatch(text) else _PAGE_NUMBER.sub("#", text)


def _counts(line: Line, page: Sequence[Line], *, number: int) -> bool:
    """Whether it only names the page, at its edge; that is certain also where there are too few pages to compare."""
    found = _NAMED_NUMBER.fullmatch(line.text.strip())
    return found is not None and int(found[1]) == number and line in _edges(page)


def _edges(page: Sequence[Line]) -> list[Line]:
    """The lines at the top and at the bottom of a page, wherever they stand in its order."""
    by_height = sorted(page, key=lambda line: -line.y)
    return [*by_height[:_EDGE_LINES], *by_height[_EDGE_LINES:][-_EDGE_LINES:]]


def _running(pages: Sequence[Sequence[Line]]) -> set[tuple[str, Line]]:
    """Lines at the edges that stand on most pages, with other numbers at most; and page numbers that stand alone."""
    edges = [_edges(page) for page in pages]
    counts = Counter(key for page in edges for key in {_edge_key(line) for line in page})
    least = max(_LEAST_PAGES, _REPEATED_SHARE * len(pages))
    common = {key for key, count in counts.items() if count >= least or (key == "#" and count > 1)}
    return {(key, line) for page in edges for line in page if (key := _edge_key(line)) in common}


def _leading(page: Sequence[Line]) -> float:
    """The usual distance from one line to the next, in sizes of letters."""
    gaps = [(a.y - b.y) / a.size for a, b in pairwise(page) if a.size > 0 and 0 < a.y - b.y < 3 * a.size]
    return statistics.median_low([round(gap, 2) for gap in gaps]) if gaps else 1.2


def _is_heading(text: str, first: Line, line: Line) -> bool:
    """A document's first line that ran out of words, not of room: the one below is much longer, and begins anew."""
    is_anew = line.text[0].isupper() or line.text[0].isdigit() or bool(_EAST_ASIAN.match(line.text))
    is_short = len(line.text) > _MUCH_LONGER * len(first.text)
    return text == first.text and is_anew and is_short and not _ENDS.search(first.text)


def _begins_paragraph(last: Line, line: Line, *, leading: float) -> bool:
    size = max(last.size, 1.0)
    if abs(last.size - line.size) > size * 0.1 or _BULLET.match(line.text):
        return True
    gap = (last.y - line.y) / size
    if gap < 0 or gap > 4 * leading:
        # The next column or page: the paragraph goes on there unless it has come to an end.
        return bool(_ENDS.search(last.text))
    is_indented = line.x > last.x + size * 0.8 and bool(_ENDS.search(last.text))
    return gap > leading * 1.15 or is_indented


def _joined(text: str, line: str, *, words: frozenset[str]) -> str:
    hyphen, first = _HYPHEN.search(text), _FIRST_WORD.match(line)
    if hyphen and first and first[0][0].islower():
        # `open-` and `source` stay apart by a hyphen when the document writes `open-source` elsewhere.
        is_compound = f"{hyphen[1]}-{first[0]}".casefold() in words
        return text[: hyphen.end(1)] + ("-" if is_compound else "") + line
    if text and line and _EAST_ASIAN.match(text[-1]) and _EAST_ASIAN.match(line[0]):
        return text + line
    return f"{text} {line}"


def _words(lines: Iterable[Line]) -> frozenset[str]:
    """The compounds that the document writes within a line."""
    return frozenset(word.casefold() for line in lines for word in re.findall(r"[^\W\d_]+-[^\W\d_]+", line.text))
