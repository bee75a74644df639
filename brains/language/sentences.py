"""Where sentences end, in languages with and without spaces; a quotation is never torn apart."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from brains.language.detection import guess_language, uses_spaces
from brains.language.quotation import quote_spans

_ABBREVIATED: Final = """
    mr mrs ms dr prof st sr jr vs etc inc ltd co corp e.g i.e cf al fig figs eq no nos vol pp p ed eds approx
    est dept gov sen rep gen col lt sgt capt hon rev jan feb mar apr jun jul aug sep sept oct nov dec mt ft
    messrs u.s u.k u.n a.m p.m ph.d b.sc m.sc d.c vs viz z.b d.h u.a u.ä usw bzw ca evtl ggf inkl nr str tel abs
    art bd dipl ing hrsg jh max min mio mrd o.ä s.o s.u sog u.u v.a vgl zzgl i.d.r z.t m mm mme mlle av env p.ex
    sra srta ud uds ee.uu núm pág sig dott sig.ra ecc
    """
_OPENING: Final = """
    the a an it this that these those in on at but and he she they we i you there when while after before for as
    if its his her their our my what who how why however meanwhile still yet so das der die ein eine es er sie
    wir
    """
_ABBREVIATIONS: Final = frozenset(_ABBREVIATED.split())
_OPENERS: Final = frozenset(_OPENING.split())
"""Words a sentence starts with: an abbreviation before one of them ends its sentence."""
_MAY_END: Final = frozenset(
    {"etc", "inc", "ltd", "co", "corp", "usw", "u.s", "u.k", "a.m", "p.m", "jr", "sr", "ecc", "al"}
)
_SPACED_END: Final = re.compile(r"(?:[.!?…]+|[。！？]+)[\"'”’»)\]]*(?=\s)")
_CJK_END: Final = re.compile(r"(?:[。！？!?…]+|\.(?=\s|$))[”’」』）》\"]*")
_LAST_TOKEN: Final = re.compile(r"(\S+)$")
_SAID_AFTER: Final = re.compile(
    r"^\s*(?:[^\W\d_]+(?:['’.-][^\W\d_]+)*\s+){0,4}?(?:said|says|added|asked|replied|wrote|recalled|explained|told|noted)\b"
    r"|^\s*(?:sagte?|erklärte?|meinte?|fragte?|schrieb|berichtete?|ergänzte?)\b"
)
_CJK_SAID_AFTER: Final = re.compile(
    r"^[^，。！？：“”]{0,14}?(?:说|表示|称|介绍|指出|认为|坦言|回忆|强调|補充|补充|写道|問|问道)|^(?:と|って)"
)
_BRACKETS: Final = re.compile(r"\([^()\n]{1,250}\)|（[^（）\n]{1,250}）")
_REACH: Final = 80
"""Characters on either side of a mark that decide whether it ends a sentence."""
_EXCLAMATION: Final = 2
"""So few words with a mark ("Wow!", "For try! Swift …") belong to what follows."""
_WRAPPED_FROM: Final = 50
"""A line of at least this many characters without an end of sentence was wrapped, not ended, by its line end."""
_NAMED_WITH_MARK: Final = re.compile(r"\b(?:the|an?|our|my|this)\s+[a-z]+$", re.IGNORECASE)
"""A name may have a mark in it ("the try! Swift app"); a sentence that ends so is joined to the next one."""
_ENDED: Final = re.compile(r"[.!?…。！？:：;；][\"'”’»)\]」』）]*$")


def split_sentences(text: str, *, language: str | None = None) -> list[str]:
    """The sentences of plain text, in order, every character but white space kept. `language` is guessed when None."""
    code = language or guess_language(text)
    return [
        sentence for line in _unwrap(text, spaced=uses_spaces(code)) for sentence in _split_line(line, language=code)
    ]


def is_ended(sentence: str) -> bool:
    """Whether it ends with a mark; a heading, a list item or a caption often does not."""
    return _ENDED.search(sentence) is not None


def _unwrap(text: str, *, spaced: bool) -> list[str]:
    """Lines that stand for themselves; what was only wrapped is joined again."""
    joined: list[str] = []
    is_open = False
    for line in text.split("\n"):
        stripped = line.strip()
        if is_open and stripped:
            joined[-1] = f"{joined[-1]} {stripped}"
        elif stripped:
            joined.append(stripped)
        is_open = bool(stripped) and spaced and _was_wrapped(stripped)
    return joined


def _was_wrapped(line: str) -> bool:
    return len(line) >= _WRAPPED_FROM and not _ENDED.search(line)


def _split_line(line: str, *, language: str) -> Iterator[str]:
    pattern = _SPACED_END if uses_spaces(language) else _CJK_END
    closed = _closed_spans(line)
    start = 0
    for match in pattern.finditer(line):
        piece = line[start : match.end()]
        if _is_inside(match.end(), closed) or not _ends_here(line, match=match, language=language):
            continue
        if match.group()[0] in "!?" and len(piece.split()) <= _EXCLAMATION and uses_spaces(language):
            continue
        yield piece.strip()
        start = match.end()
    if rest := line[start:].strip():
        yield rest


def _closed_spans(line: str) -> list[tuple[int, int]]:
    """Quotations and brackets, in order and none inside another."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted([*quote_spans(line), *(match.span() for match in _BRACKETS.finditer(line))]):
        if not spans or start >= spans[-1][1]:
            spans.append((start, end))
    return spans


def _is_inside(position: int, spans: list[tuple[int, int]]) -> bool:
    at = bisect_left(spans, (position, -1)) - 1
    return at >= 0 and spans[at][0] < position < spans[at][1]


def _ends_here(line: str, *, match: re.Match[str], language: str) -> bool:
    after = line[match.end() : match.end() + _REACH]
    if not uses_spaces(language):
        return not (_is_closing(match.group()) and _CJK_SAID_AFTER.match(after))
    follower = after.lstrip()
    if follower.removeprefix("(")[:1].islower() or (_is_closing(match.group()) and _SAID_AFTER.match(after)):
        return False
    before = line[max(0, match.start() - _REACH) : match.start()]
    if match.group() == "!" and _NAMED_WITH_MARK.search(before):
        return False
    return match.group()[0] != "." or _full_stop_ends(before, follower=follower, language=language)


def _is_closing(mark: str) -> bool:
    return mark[-1] in "\"'”’»」』"


def _full_stop_ends(before: str, *, follower: str, language: str) -> bool:
    token_match = _LAST_TOKEN.search(before)
    token = token_match.group(1).lstrip("([„“\"'«") if token_match else ""
    if language == "de" and token.isdigit() and len(token) <= 2:  # noqa: PLR2004 - an ordinal: 12. November
        return False
    if re.fullmatch(r"[A-Z]", token):
        # A single capital is an initial ("J. Smith"), except where it plainly ends ("vitamin C. The").
        return _first_word(follower) in {"the", "it", "this", "these", "in", "but", "and", "a"}
    folded = token.casefold()
    if folded in _MAY_END:
        return follower[:1].isupper() and _first_word(follower) in _OPENERS
    return folded not in _ABBREVIATIONS


def _first_word(text: str) -> str:
    return text.partition(" ")[0].casefold()
