"""What is wrong with a configuration, in one line each: where, which key, what, and what would be right."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, or, as a warning, doubtful."""

    path: KeyPath
    text: str
    is_warning: bool = False
    also: tuple[KeyPath, ...] = ()
    """Other keys the problem depends on: where one of them is faulty itself, this one is not said."""
    where: str | None = None
    """The place to name instead of the one the key comes from; empty: the text names it."""

    def depends_on(self, path: KeyPath) -> bool:
        """Whether it is about that key, something in it or something around it."""
        return any(ours[: len(path)] == path or path[: len(ours)] == ours for ours in (self.path, *self.also))


def dotted(path: KeyPath) -> str:
    """A path as a person writes it: `sources[2].rss`."""
    shown = ""
    for part in path:
        shown += f"[{part}]" if isinstance(part, int) else f".{part}" if shown else part
    return shown


def line_of(problem: Problem, *, origins: Mapping[KeyPath, str], otherwise: str) -> str:
    """The problem as one line. `origins` says where keys come from; the nearest enclosing key counts."""
    where = (origin_of(problem.path, origins) or otherwise) if problem.where is None else problem.where
    parts = (where, dotted(problem.path), " ".join(problem.text.split()))
    return ": ".join(part for part in parts if part)


def origin_of(path: KeyPath, origins: Mapping[KeyPath, str]) -> str | None:
    """Where the key, or the nearest key around it, was set; None when nowhere."""
    for length in range(len(path), 0, -1):
        if path[:length] in origins:
            return origins[path[:length]]
    return None


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that looks most like the word, or None."""
    by_lower = {candidate.lower(): candidate for candidate in candidates}
    close = difflib.get_close_matches(word.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def suggest(word: str, candidates: Iterable[str], *, kind: str) -> str:
    """`did you mean …?`, or, when nothing is near, the `kind` of things there are."""
    known = sorted(set(candidates))
    near = did_you_mean(word, known)
    if near is not None:
        return f"did you mean {near}?"
    return f"{kind}: {', '.join(known)}" if known else f"{kind}: none"
