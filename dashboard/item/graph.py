"""What was extracted from an item as a small graph: the claims, and the names that stand in them."""

import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

MOST_CLAIMS = 8
MOST_NAMES = 12
_LINE = 34
_LONGEST_LABEL = 120
_INK = "#4a5568"
_ACCENT = "#0b6e99"
_HEAD = (
    "graph knowledge {",
    f'  graph [rankdir=LR, bgcolor="transparent", nodesep=0.18, ranksep=0.7, fontname="sans-serif", color="{_INK}"];',
    f'  node [fontname="sans-serif", fontsize=11, color="{_INK}", fontcolor="{_INK}", penwidth=0.8];',
    f'  edge [color="{_INK}", penwidth=0.8];',
)


def graph_of(knowledge: Mapping[str, Any]) -> str | None:
    """The graph in Graphviz's language; None when there is neither a claim nor a name to draw.

    At most `MOST_CLAIMS` claims and `MOST_NAMES` names: those that a shown claim names come first.
    """
    claims = _texts(knowledge.get("claims"), field="statement")[:MOST_CLAIMS]
    names = _names_for(_texts(knowledge.get("entities"), field="name"), claims=claims)
    if not claims and not names:
        return None
    lines = [*_HEAD, *_claim_nodes(claims), *_name_nodes(names), *_edges(claims, names), "}"]
    return "\n".join(lines)


def _names_for(names: Sequence[str], *, claims: Sequence[str]) -> list[str]:
    told = " ".join(claims).casefold()
    ordered = sorted(dict.fromkeys(names), key=lambda name: name.casefold() not in told)
    return ordered[:MOST_NAMES]


def _claim_nodes(claims: Sequence[str]) -> Iterator[str]:
    for number, claim in enumerate(claims):
        yield f"  c{number} [shape=box, style=rounded, label={_quoted(_wrapped(claim))}];"


def _name_nodes(names: Sequence[str]) -> Iterator[str]:
    for number, name in enumerate(names):
        yield f'  n{number} [shape=plaintext, fontcolor="{_ACCENT}", label={_quoted(_wrapped(name))}];'


def _edges(claims: Sequence[str], names: Sequence[str]) -> Iterator[str]:
    for n, name in enumerate(names):
        for c, claim in enumerate(claims):
            if name.casefold() in claim.casefold():
                yield f"  n{n} -- c{c};"


def _texts(entries: object, *, field: str) -> list[str]:
    """The texts of one field; what has another shape than knowledge should have is left out."""
    if not isinstance(entries, Iterable):
        return []
    found = (one.get(field) for one in entries if isinstance(one, Mapping))
    return [text for one in found if (text := " ".join(str(one or "").split()))]


def _wrapped(text: str) -> list[str]:
    short = text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1]}…"
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in short)
    width = _LINE // 2 if wide > len(short) // 2 else _LINE
    return textwrap.wrap(short, width)


def _quoted(lines: Sequence[str]) -> str:
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'
