"""The envelope: how text written by strangers travels inside a prompt.

It is cleaned of what a reader cannot see, of what looks like a marker or a chat template, and set between two marker
lines that carry a code. The code comes from `sha256(seed, item id, round, label)`: the item id is made after the text
arrived and holds random bits, so the text cannot know the code; and a step that starts again after a crash builds the
same prompt to the byte, so that its stored answer is found.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

_CODE_LENGTH = 16
_KEPT = 64
"""Texts whose clean form is kept: one step asks several times for that of the same text."""

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e"
    "\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
# Joiners shape Arabic, Indic scripts and emoji; between other letters they only hide words from a check.
_IDLE_JOINER = re.compile("(?<![\u0600-\u0dff\u2190-\u2bff\U0001f000-\U0001faff\ufe0f])[\u200c\u200d]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_LINE_ENDS = re.compile(r"\r\n?|\u0085")
_MARKER = re.compile(r"<{3,}|>{3,}")
_TEMPLATE = re.compile(
    r"<\|([^|<>\n]{0,40})\|>|<(/?(?:s|SYS|INST|system|assistant|user|human|source|data)(?:\s[^<>\n]{0,80})?)>"
)
_BRACKETED = re.compile(r"\[(/?(?:INST|SYS|SYSTEM))\]")


@dataclass(frozen=True, slots=True)
class Envelope:
    """Seals texts for one request. `seed` is no secret; it only keeps installations apart."""

    item_id: str
    round: int
    seed: str = "davidagent"

    def code(self, label: str) -> str:
        """The code of one kind of text in this request, 16 hexadecimal digits."""
        key = "\x1f".join((self.seed, self.item_id, str(self.round), label))
        return hashlib.sha256(key.encode()).hexdigest()[:_CODE_LENGTH]

    def seal(self, text: str, *, label: str) -> str:
        """The text between its two marker lines; `label` says what it is (`item`, `record`, …)."""
        code = self.code(label)
        return f"<<<{label} {code}>>>\n{disarm(text)}\n<<<end of {label} {code}>>>"


@lru_cache(maxsize=_KEPT)
def clean(text: str) -> str:
    r"""What a reader would see: no hidden, zero-width, direction or control characters, no HTML comments.

    Line ends become `\n`. This is also the text that evidence is looked up in.
    """
    text = _LINE_ENDS.sub("\n", _COMMENT.sub("", text))
    return _IDLE_JOINER.sub("", _INVISIBLE.sub("", _CONTROL.sub("", text))).strip()


@lru_cache(maxsize=_KEPT)
def disarm(text: str) -> str:
    """Clean, and make what looks like a marker or a chat template look like what it is: text."""
    text = _MARKER.sub(lambda m: ("‹" if m[0][0] == "<" else "›") * 3, clean(text))
    text = _TEMPLATE.sub(lambda m: f"‹{m[1] if m[1] is not None else m[2]}›", text)
    return _BRACKETED.sub(r"(\1)", text)
