"""File names for posts: readable in any script, safe on any file system, unique by the item id."""

import unicodedata
from datetime import UTC, datetime

from daemon.publish.base import Post

_MAX_CHARACTERS = 60
_MAX_BYTES = 120


def slug_of(title: str, *, item_id: str) -> str:
    """Letters and digits of any script, joined by hyphens, ending in the item id: `solar-record-06c2r5x9k1v7q`."""
    words = _shorten(_words(title))
    return "-".join(part for part in (words, _words(item_id)) if part)


def stem_of(post: Post) -> str:
    """The post's file name without its ending: `2026-11-20-solar-record-06c2r5x9k1v7q`.

    A slug that did not come from `slug_of` is made safe here all the same.
    """
    item_id = _words(post.item_id)
    words = _shorten(_words(post.slug).removesuffix(item_id).strip("-"))
    return "-".join(part for part in (day_of(post.published_at), words, item_id) if part)


def day_of(at: float) -> str:
    """The UTC day, `2026-11-20`, of epoch seconds."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def _words(text: str) -> str:
    kept = (c if _belongs(c) else " " for c in unicodedata.normalize("NFKC", text).lower())
    return unicodedata.normalize("NFC", "-".join("".join(kept).split()))


def _belongs(character: str) -> bool:
    # Marks are kept: without its vowel signs a Hindi or Thai word is another word.
    return unicodedata.category(character)[0] in "LNM"


def _shorten(words: str) -> str:
    """At most 60 characters and 120 bytes (a file name has 255 bytes at most), cut between words where possible."""
    short = words[:_MAX_CHARACTERS].encode()[:_MAX_BYTES].decode(errors="ignore")
    if len(short) < len(words) and "-" in short and words[len(short)] != "-":
        short = short[: short.rindex("-")]
    return short.strip("-")
