"""How much text there is, and whether a page tells of what an entry tells of: by the words they share."""

import re

_HAN = "\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003134f"
_WIDE = re.compile(f"[{_HAN}\uac00-\ud7af]")
_WORD = re.compile(f"[^\\W\\d_{_HAN}]{{4,}}|[^\\W\\d_a-z{_HAN}]{{2,}}|\\d{{2,}}")
_RUN = re.compile(f"[{_HAN}]{{2,}}")
_WIDE_WEIGHT = 3
_ENTRY_CHARS = 2_000
_FEWEST_TERMS, _FEWEST_TITLE_TERMS = 5, 2
_TITLE_SHARE, _TEXT_SHARE = 0.5, 0.25


def weight(text: str) -> int:
    """How much a text says, in characters of the Latin alphabet: a Chinese one says as much as three."""
    return len(text) + (_WIDE_WEIGHT - 1) * len(_WIDE.findall(text))


def terms(text: str) -> frozenset[str]:
    """The words that tell texts apart: long ones and numbers; of Chinese and Japanese, each two characters."""
    text = text.casefold()
    pairs = (run[at : at + 2] for run in _RUN.findall(text) for at in range(len(run) - 1))
    return frozenset(_WORD.findall(text)) | frozenset(pairs)


def tells_of(page: str, *, title: str, text: str) -> bool:
    """Whether a page with these words can be what an entry with this title and text points to.

    Half of the title's words or a quarter of the text's are enough. An entry with hardly a word fits every page.
    """
    there = terms(page)
    title_terms, text_terms = terms(title), terms(text[:_ENTRY_CHARS])
    if len(title_terms) >= _FEWEST_TITLE_TERMS and _share(title_terms, there) >= _TITLE_SHARE:
        return True
    if len(text_terms) >= _FEWEST_TERMS:
        return _share(text_terms, there) >= _TEXT_SHARE
    return len(title_terms) < _FEWEST_TITLE_TERMS


def _share(wanted: frozenset[str], there: frozenset[str]) -> float:
    return len(wanted & there) / len(wanted)
