"""Normal forms: the same words in another writing compare equal; different words never do."""

import re
import unicodedata
from functools import lru_cache

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»「」『』〝〞＂", '"') | dict.fromkeys("‘’‚‛‹›`´′", "'"))
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"))
_SPACE_NEAR_CJK = re.compile(f"(?<=[{CJK}]) (?=\\S)|(?<=\\S) (?=[{CJK}])")
_MARKDOWN_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")
_MARKDOWN_MARKS = re.compile(r"(?m)^\s{0,3}(?:#{1,6}|>|[-*+•]|\d{1,3}[.)])\s+|\*+|`+|~~|(?<!\w)_+|_+(?!\w)")
_SPACE = re.compile(r"\s+")
_LONGEST_KEPT = 1000
_ENDS = " \t\n.,;:!?\"'()[]。，；：！？、…-"


def plain(text: str) -> str:
    """One writing for characters: NFKC, straight quotation marks, one kind of dash. Case, lines and spaces stay."""
    # NFKC first: it turns wide forms into ASCII. The primes and the single quotes are folded after it.
    return unicodedata.normalize("NFKC", text.translate(_QUOTES)).translate(_QUOTES).translate(_DASHES)


def fold(text: str) -> str:
    """The form in which texts are searched: plain, lower case, no Markdown marks, single spaces, none beside CJK."""
    # Sentences are folded again and again; whole documents are not, and a few hundred of them are a lot of memory.
    return _fold_once(text) if len(text) <= _LONGEST_KEPT else _folded(text)


@lru_cache(maxsize=512)
def _fold_once(text: str) -> str:
    return _folded(text)


def _folded(text: str) -> str:
    text = _MARKDOWN_LINK.sub(r"\1", text)
    text = _MARKDOWN_MARKS.sub("", text)
    return _SPACE_NEAR_CJK.sub("", _SPACE.sub(" ", plain(text).casefold())).strip()


def core(text: str) -> str:
    """Folded, without the punctuation around it."""
    return fold(text).strip(_ENDS)


def bare(word: str) -> str:
    """A word for comparing names: lower case, without accents and possessive."""
    decomposed = unicodedata.normalize("NFKD", plain(word).casefold())
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return re.sub(r"'s?$", "", letters)


def contains(haystack: str, needle: str) -> bool:
    """Whether the folded `haystack` has the folded `needle`, not as a part of longer words or numbers."""
    return find(haystack, needle) >= 0


def find(haystack: str, needle: str) -> int:
    """Where the folded `needle` begins as whole words; -1 when it does not occur."""
    if not needle:
        return -1
    at = haystack.find(needle)
    while at >= 0 and not _stands_alone(haystack, at, at + len(needle)):
        at = haystack.find(needle, at + 1)
    return at


def _stands_alone(text: str, start: int, end: int) -> bool:
    return not (_joins(text[start - 1 : start], text[start]) or _joins(text[end - 1], text[end : end + 1]))


def _joins(left: str, right: str) -> bool:
    """Whether two neighbouring characters belong to one word or number. CJK has no word borders."""
    if not left or not right or is_cjk(left) or is_cjk(right):
        return False
    return left.isalnum() and right.isalnum()


def is_cjk(text: str) -> bool:
    """Whether any character is Chinese or Japanese."""
    return re.search(f"[{CJK}]", text) is not None
