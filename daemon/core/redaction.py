"""Hides secrets and personal data in everything that leaves the process: logs, failures, snapshots, error texts.

Ids, UUIDs, ordinary URLs, times, amounts and token counts stay readable. What cannot be scrubbed becomes a marker and
is never shown. What is content is not scrubbed: an observation's text, an artifact, a stored answer, a post. It is the
material the desk works with, and a phone number in a news item may be the news.
"""

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from daemon.core.secret_shapes import (
    AROUND_URLS,
    EVERYWHERE,
    HIDDEN,
    IN_URLS,
    SENSITIVE_KEY,
    SENSITIVE_PARAMETER,
    URL,
    Shapes,
)

__all__ = [
    "HIDDEN",
    "UNSCRUBBABLE",
    "Scrubber",
    "register_secrets",
    "scrub",
    "scrub_text",
    "secrets_in",
    "without_known_secrets",
]

UNSCRUBBABLE: Final = "[hidden: could not be scrubbed]"

_SHORTEST_SECRET = 6
_SHORTEST_URL_PART = 16
_DEEPEST = 12


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

    def without_known(self, text: str) -> str:
        """Content with nothing hidden but the values it was told are secrets."""
        return self._known_pattern.sub(HIDDEN, text) if self._known_pattern is not None else text

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
        if isinstance(entry, str | bytes) and entry and SENSITIVE_KEY.fullmatch(str(key)):
            return HIDDEN
        return self._value(entry, depth=depth)

    def _text(self, text: str) -> str:
        if self._known_pattern is not None:
            text = self._known_pattern.sub(HIDDEN, text)
        text = _hidden(text, EVERYWHERE)
        pieces, end = [], 0
        for found in URL.finditer(text):
            pieces += [_hidden(text[end : found.start()], AROUND_URLS), _hidden(found[0], IN_URLS)]
            end = found.end()
        return "".join([*pieces, _hidden(text[end:], AROUND_URLS)])


def secrets_in(address: str) -> list[str]:
    """What is secret in a URL that is not one as a whole: its login, and the parameters that are called so."""
    parts = _split(address)
    if parts is None:
        return []
    login = parts.password or parts.username
    parameters = [value for name, value in parse_qsl(parts.query) if SENSITIVE_PARAMETER.fullmatch(name)]
    return [unquote(login), *parameters] if login else parameters


def _split(address: str) -> SplitResult | None:
    """The parts of a URL, also of one that another word stands before (`kind:https://…`); None for what is none."""
    found = URL.search(address)
    try:
        return urlsplit(address[found.start() if found else 0 :]) if "://" in address else None
    except ValueError:
        return None


def _hidden(text: str, shapes: Shapes) -> str:
    for pattern, replacement in shapes:
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
    if parts := _split(secret):
        forms |= {part for part in (parts.username, parts.password) if part}
        # Messengers also keep a token where the host would be.
        telling = [parts.netloc, *parts.path.split("/"), *(value for _, value in parse_qsl(parts.query))]
        forms |= {part for part in telling if len(part) >= _SHORTEST_URL_PART and "." not in part}
    return forms


_PROCESS = Scrubber()

register_secrets = _PROCESS.register
scrub = _PROCESS.scrub
scrub_text = _PROCESS.text
without_known_secrets = _PROCESS.without_known
