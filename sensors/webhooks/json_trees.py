"""JSON from others: read without believing in its numbers, and written as lines for a person."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from daemon.core.errors import UnreadableDeliveryError
from daemon.core.redaction import HIDDEN
from daemon.core.secret_shapes import SENSITIVE_KEY
from daemon.core.texts import writable
from sensors.text.cleaning import clean, clean_plain, title_from

DEEPEST: Final = 30
_MOST_LINES = 400
_LONGEST_VALUE = 2_000
_LONGEST_KEY = 80
_FEWEST_WORDS = 4


class Numeral(str):
    """A number as it is written."""

    __slots__ = ()


def parse_json(text: str) -> Any:
    """The value of a JSON text, its numbers as they are written, NaN and Infinity as nothing.

    Of a key that stands twice, the last counts. Raises `UnreadableDeliveryError`.
    """
    try:
        value = json.loads(text, parse_int=Numeral, parse_float=Numeral, parse_constant=lambda _: None)
    except RecursionError as error:
        raise UnreadableDeliveryError("the JSON is nested too deeply") from error
    except ValueError as error:
        raise UnreadableDeliveryError(f"the JSON cannot be read: {str(error)[:200]}") from error
    if _is_deeper(value, DEEPEST):
        raise UnreadableDeliveryError(f"the JSON is nested more than {DEEPEST} deep")
    return _sound(value)


def nested(value: Any) -> list[Any]:
    """A list as it is, anything else as a list of one."""
    return value if isinstance(value, list) else [value]


def lines_of(value: Any, *, without: frozenset[str] = frozenset()) -> str:
    """An object as `key: value` lines, inner keys as `outer.inner`; what is secret by its key is not told.

    Nothing is left out in silence: where it ends early, the last line says so.
    """
    lines: list[str] = []
    for path, scalar in _leaves(value, path=(), without=without):
        if len(lines) == _MOST_LINES:
            lines.append("…")
            break
        if words := _shown(scalar):
            lines.append(f"{'.'.join(path)}: {words}" if path else words)
    return clean_plain("\n".join(lines))


def sentence_in(value: Any) -> str:
    """The first of its texts that has several words, shortened to a title; empty without one."""
    texts = (_shown(one) for _, one in _leaves(value, path=(), without=frozenset()) if isinstance(one, str))
    return next((title_from(words) for words in texts if len(words.split()) >= _FEWEST_WORDS), "")


def _leaves(value: Any, *, path: tuple[str, ...], without: frozenset[str]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if path or key not in without:
                yield from _entry(key, inner, path=path, without=without)
    elif isinstance(value, list):
        if all(not isinstance(one, Mapping | list) for one in value):
            words = ", ".join(_shown(one) for one in value if _is_told(one))
            yield from [(path, words)] if words else []
        else:
            for number, one in enumerate(value, start=1):
                yield from _leaves(one, path=(*path, str(number)), without=without)
    elif _is_told(value):
        yield path, value


def _entry(
    key: str, inner: Any, *, path: tuple[str, ...], without: frozenset[str]
) -> Iterator[tuple[tuple[str, ...], Any]]:
    inside = (*path, " ".join(key.split())[:_LONGEST_KEY])
    if isinstance(inner, str) and inner and SENSITIVE_KEY.fullmatch(key):
        yield inside, HIDDEN
    else:
        yield from _leaves(inner, path=inside, without=without)


def _is_told(value: Any) -> bool:
    return value is not None and value != ""


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    words = " ".join(clean(str(value)[: _LONGEST_VALUE * 10]).text.split())
    return words if len(words) <= _LONGEST_VALUE else f"{words[:_LONGEST_VALUE]}…"


def _sound(value: Any) -> Any:
    """The same without halves of characters, which JSON can name."""
    if isinstance(value, str):
        return writable(value)
    if isinstance(value, list):
        return [_sound(one) for one in value]
    if isinstance(value, dict):
        return {writable(key): _sound(one) for key, one in value.items()}
    return value


def _is_deeper(value: Any, most: int) -> bool:
    """Level by level, so that no depth of it is too deep to be found."""
    level = [value]
    for _ in range(most):
        level = [inner for one in level if isinstance(one, dict | list) for inner in _inner(one)]
        if not level:
            return False
    return True


def _inner(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value
