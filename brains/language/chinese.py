"""Chinese words, by jieba's dictionary, loaded once when the first Chinese text comes.

jieba's own loading caches through a file of fixed name in the shared temporary folder, read with `marshal`: whoever may
write there could run code in the daemon. So the dictionary is read directly. jieba's part-of-speech module would cost
200 MB for tables we do not need; the tags of names in the dictionary, plus patterns, are enough.
"""

import threading
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

_LOCK: Final = threading.Lock()
_NAME_TAGS: Final = frozenset({"nr", "nrfg", "nrt", "ns", "nt", "nz"})
_THING_TAGS: Final = frozenset({"n", "vn", "an", "nz", "ns", "nt", "nr", "j", "l", "ng"})


@dataclass(frozen=True, slots=True)
class Lexicon:
    """jieba's segmenter, and the dictionary's tags of names and things."""

    tokenizer: Any
    tags: dict[str, str]


def segment(text: str) -> list[str]:
    """The words of a text, punctuation and spaces included, nothing lost."""
    return list(_lexicon().tokenizer.cut(text))


def name_tag(word: str) -> str | None:
    """`nr` person, `ns` place, `nt` organization, `nz` other name; None when the dictionary knows no such name."""
    tag = _lexicon().tags.get(word)
    if tag not in _NAME_TAGS:
        return None
    return "nr" if tag.startswith("nr") else tag


def is_known(word: str) -> bool:
    """Whether the dictionary has the word."""
    return bool(_lexicon().tokenizer.FREQ.get(word))


def names_a_thing(word: str) -> bool:
    """Whether the word is a noun, or unknown to the dictionary (mostly names and terms)."""
    tag = _lexicon().tags.get(word)
    return tag in _THING_TAGS or not is_known(word)


def _lexicon() -> Lexicon:
    with _LOCK:
        return _load()


@lru_cache(maxsize=1)
def _load() -> Lexicon:
    with warnings.catch_warnings():
        # jieba 0.42 has invalid escapes in its patterns and imports pkg_resources.
        warnings.simplefilter("ignore")
        import jieba
    jieba.setLogLevel(60)
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    # As one word it would hide the university's name.
    tokenizer.FREQ["大学教授"] = 0
    tokenizer.initialized = True
    return Lexicon(tokenizer=tokenizer, tags=_read_tags(tokenizer))


def _read_tags(tokenizer: Any) -> dict[str, str]:
    wanted = _NAME_TAGS | _THING_TAGS
    tags: dict[str, str] = {}
    with tokenizer.get_dict_file() as file:
        for line in file:
            word, _, tag = line.decode("utf-8").split()
            if tag in wanted:
                tags[word] = tag
    return tags
