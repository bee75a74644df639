"""Values of a form that is not ours, such as the options of a source, and what is secret in them.

That is known by its key, or is a login or a token in an address.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from daemon.core.redaction import HIDDEN, Scrubber, secrets_in
from daemon.core.secret_shapes import SENSITIVE_KEY

_SHAPES = Scrubber()
"""Knows no secret of this process: what is hidden must be the same in every one."""


def without_secrets(value: Any) -> Any:
    """The same shape with `***` for all that is secret."""
    if isinstance(value, Mapping):
        return {key: HIDDEN if is_secret(key, one) else without_secrets(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(one) for one in value]
    return _SHAPES.text(value) if isinstance(value, str) and "://" in value else value


def is_secret(key: object, value: Any) -> bool:
    """Whether a value is secret by its key, whatever form it has; what is empty or a switch is none."""
    return bool(value) and not isinstance(value, bool) and SENSITIVE_KEY.fullmatch(str(key)) is not None


def secrets_within(value: Any, *, is_known: bool = False) -> Iterator[str]:
    """The texts that are secret in it; all of them with `is_known`."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from secrets_within(one, is_known=is_known or is_secret(key, one))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from secrets_within(one, is_known=is_known)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield from [str(value)] if is_known else secrets_in(str(value))
