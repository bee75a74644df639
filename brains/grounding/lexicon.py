"""Tells an ordinary word from a name, where a capital letter only marks the start of a sentence or a title.

The list of ordinary words is the vocabulary that the embedding package carries (its tokenizer knows the commonest
words in lower case). Without that file nothing is known, and no sentence is faulted for its first word.
"""

import json
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_FILE = "tokenizers/l2_supercat_tokenizer_config.json"
_WORD_START = "▁"
_ENDING_LIST = """
    ings ing edly ied ies ed ers er ors or ists ist ians ian ly ments ment ness less ful able ible al ial es s y d
    r ally ization isation ise ize ised ized ising izing ity ive ous ic ics ish ward wards ship ships hood
    """
_ENDINGS = tuple(_ENDING_LIST.split())
_TYPICAL = re.compile(
    r"(?:tions?|sions?|ments?|ness|ities|ity|ists?|ologists?|ographers?|ians|ings?|ingly|edly|fully|ally|ously|ively|ables?|"
    r"ibles?|ances?|ences?|graphs?|meters?|metres?|ographies|archives?|workers?|makers?|holders?|owners?|keepers?|drivers?|"
    r"engineers?|researchers?|analysts?|turbines?|batteries|battery|wards?|wide|like|based|ships?)$"
)
_PREFIXES = re.compile(
    r"^(?:un|re|pre|non|over|under|inter|multi|micro|anti|out|sub|co|semi|mid|super|bio|geo|photo|hydro)"
)
_SHORTEST_STEM = 3


def is_ordinary(word: str) -> bool | None:
    """Whether the word is an ordinary one, in any form; None when there is no vocabulary to ask."""
    known = _vocabulary()
    if not known:
        return None
    low = word.casefold()
    return bool(low in known or _TYPICAL.search(low) or any(form in known for form in _stems(low)))


def _stems(low: str) -> list[str]:
    bases = [low, re.sub(_PREFIXES, "", low)]
    stems = [b.removesuffix(e) for b in bases for e in _ENDINGS if b.endswith(e) and len(b) - len(e) >= _SHORTEST_STEM]
    doubled = [s[:-1] for s in stems if len(s) > _SHORTEST_STEM and s[-1] == s[-2]]
    return [*bases[1:], *stems, *(s + "e" for s in stems), *(s + "y" for s in stems), *doubled]


@cache
def _vocabulary() -> frozenset[str]:
    spec = find_spec("wordllama")
    folder = spec.submodule_search_locations[0] if spec and spec.submodule_search_locations else None
    path = Path(folder or ".") / _FILE
    if not path.is_file():
        return frozenset()
    entries = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
    return frozenset(
        e[1:] for e in entries if e.startswith(_WORD_START) and e[1:].islower() and len(e) > _SHORTEST_STEM
    )
