"""Under what a caller posts, so that it may send the same again when the answer was lost."""

import hashlib
import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PostKey:
    """A key, and what was posted under it."""

    text: str
    """The caller's own; unique among its posts of the last seven days."""
    fingerprint: str
    """Of what is posted; the same key with another one is refused."""


def post_key(key: str, *, url: str | None, text: str | None, title: str | None) -> PostKey:
    """The key of a post that asks for this."""
    asked = json.dumps([url, text, title], ensure_ascii=False).encode("utf-8", "surrogatepass")
    return PostKey(key, hashlib.sha256(asked).hexdigest())
