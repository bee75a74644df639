"""Hides secrets and personal data in everything that leaves the process: logs, failures, snapshots, error texts.

Ids, UUIDs, ordinary URLs and token counts stay readable. What cannot be scrubbed becomes a marker and is never shown.
"""

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote, urlsplit

HIDDEN: Final = "***"
UNSCRUBBABLE: Final = "[hidden: could not be scrubbed]"

_SHORTEST_SECRET = 6
_SHORTEST_URL_PART = 16
_DEEPEST = 12

_SENSITIVE = (
    r"(?:api[_-]?key|access[_-]?key(?:[_-]?id)?|secret(?:[_-]?key)?|client[_-]?secret|private[_-]?key|"
    r"(?:access|refresh|id|auth|session|bearer|api)?[_-]?token|password|passwd|passphrase|pwd|"
    r"(?:proxy-)?authorization|(?:set-)?cookie|credentials?|x-goog-api-key|signature|sig|auth)"
)
_SENSITIVE_KEY = re.compile(rf"(?:.*[_.-])?{_SENSITIVE}", re.IGNORECASE)

_PATTERNS: Final = (
    # https://user:password@host
    (re.compile(r"(?P<keep>\b[a-z][a-z0-9+.-]{1,20}://)[^\s/?#@'\"<>]{1,512}@", re.IGNORECASE), rf"\g<keep>{HIDDEN}@"),
    # ?key=…&token=…
    (
        re.compile(rf"(?P<keep>[?&;](?:[\w-]{{0,40}}[_-])?(?:{_SENSITIVE}|key)=)[^\s&#'\"<>;]+", re.IGNORECASE),
        rf"\g<keep>{HIDDEN}",
    ),
    # Authorization: Bearer …
    (
        re.compile(r"(?P<keep>\b(?:bearer|basic|digest)\s+)(?=[^\s'\",]*[\d._~+/=-])[\w.~+/=-]{8,}", re.IGNORECASE),
        rf"\g<keep>{HIDDEN}",
    ),
    # "api_key": "…", password=…, but not a sentence after a colon.
    (
        re.compile(
            rf"(?P<keep>(?<![?&;\w])(?:[\w-]{{0,40}}[_-])?{_SENSITIVE}['\"]?\s{{0,3}}[=:]\s{{0,3}}['\"]?)"
            r"(?!\*\*\*|(?:bearer|basic|digest)\s|(?-i:[a-z]{1,12} [a-z]))[^\s'\",;&)}\]]{4,}",
            re.IGNORECASE,
        ),
        rf"\g<keep>{HIDDEN}",
    ),
    # A whole line of cookies.
    (re.compile(r"(?P<keep>\bcookie['\"]?:\s{0,3})(?=[^\n]{0,200}=)[^\n]+", re.IGNORECASE), rf"\g<keep>{HIDDEN}"),
    # The shapes of well-known keys.
    (
        re.compile(
            r"\b(?:sk|pk|rk)[-_][\w-]{16,}|\bAIza[\w-]{30,}|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|"
            r"\bxox[abeoprs]-[\w-]{10,}|\bAKIA[0-9A-Z]{16}\b|\bya29\.[\w-]{20,}|\bhf_\w{20,}|"
            r"\btk_\w{20,}|\b\d{8,10}:[\w-]{35}\b|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
        ),
        HIDDEN,
    ),
    (
        re.compile(
            r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)", re.DOTALL
        ),
        HIDDEN,
    ),
    (re.compile(r"(?<![\w.+@/-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"), "[mail]"),
    # +49 30 1234567, (555) 123-4567, 555-123-4567, 030/1234567, 13812345678: never a part of a longer id or number.
    (
        re.compile(
            r"(?<![\w.+/=-])(?:\+\d(?:[ ().-]{0,2}\d){7,14}|\(\d{3}\) ?\d{3}-\d{4}|\d{3}[-. ]\d{3}[-. ]\d{4}|"
            r"0\d{2,4}[/ -]\d{5,8}|1[3-9]\d{9})(?![\w-]|\.\d)"
        ),
        "[phone]",
    ),
)


class Scrubber:
    """Scrubs with the patterns above, and hides every value it was told is a secret."""

    def __init__(self) -> None:
        self._known: frozenset[str] = frozenset()
        self._known_pattern: re.Pattern[str] | None = None

    def register(self, secrets: Iterable[str]) -> None:
        """Hide these values from now on, also as a part of a URL. Very short ones are left out."""
        fresh = {form for secret in secrets for form in _forms(secret) if len(form) >= _SHORTEST_SECRET}
        if fresh <= self._known:
            return
        self._known |= fresh
        longest_first = sorted(self._known, key=len, reverse=True)
        self._known_pattern = re.compile("|".join(re.escape(secret) for secret in longest_first))

    def scrub(self, value: Any) -> Any:
        """The same shape with everything secret hidden: strings, mappings, sequences; other objects become text.

        Never raises: what cannot be scrubbed comes back as a marker.
        """
        try:
            return self._value(value, depth=0)
        except Exception:  # noqa: BLE001 (fails closed: whatever went wrong, the value is not shown)
            return UNSCRUBBABLE

    def text(self, text: str) -> str:
        """Scrub one string. Never raises."""
        try:
            return self._text(text)
        except Exception:  # noqa: BLE001 (fails closed)
            return UNSCRUBBABLE

    def _value(self, value: Any, *, depth: int) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if depth > _DEEPEST:
            return UNSCRUBBABLE
        if isinstance(value, Mapping):
            return {self._text(str(key)): self._entry(key, entry, depth=depth + 1) for key, entry in value.items()}
        if isinstance(value, list | tuple | AbstractSet):
            return [self._value(entry, depth=depth + 1) for entry in value]
        return self._text(_as_text(value))

    def _entry(self, key: object, entry: Any, *, depth: int) -> Any:
        if isinstance(entry, str | bytes) and entry and _SENSITIVE_KEY.fullmatch(str(key)):
            return HIDDEN
        return self._value(entry, depth=depth)

    def _text(self, text: str) -> str:
        if self._known_pattern is not None:
            text = self._known_pattern.sub(HIDDEN, text)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"
    return str(value) if isinstance(value, PurePath) else repr(value)


def _forms(secret: str) -> set[str]:
    """A secret as it may appear; of a URL that is a secret as a whole, also its telling parts."""
    forms = {secret, quote(secret, safe="")}
    if "://" in secret:
        parts = urlsplit(secret)
        forms |= {part for part in (parts.username, parts.password) if part}
        forms |= {part for part in parts.path.split("/") if len(part) >= _SHORTEST_URL_PART}
    return forms


_PROCESS = Scrubber()

register_secrets = _PROCESS.register
scrub = _PROCESS.scrub
scrub_text = _PROCESS.text
