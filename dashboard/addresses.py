"""What a page is asked for in its address: the part that all pages have in common."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Final, Self

from daemon.core.errors import UsageError

_LONGEST_NUMBER: Final = 18
"""Digits; with one more, SQLite may not take it for a number."""


@dataclass(frozen=True, slots=True)
class AddressQuery:
    """Base of what a page is filtered by: a text field for each name of the address, its default what is usual."""

    @classmethod
    def told(cls, parameters: Mapping[str, str]) -> dict[str, str]:
        """What an address says for each field; empty where it says nothing."""
        return {one.name: parameters.get(one.name, "").strip() for one in fields(cls)}

    def parameters(self) -> dict[str, str]:
        """As an address says it, without what is usual."""
        return {one.name: value for one in fields(self) if (value := getattr(self, one.name)) != one.default}

    def with_(self, **changes: str) -> Self:
        """Another filter, from its first page on."""
        first = {"at": ""} if any(one.name == "at" for one in fields(self)) else {}
        return replace(self, **{**first, **changes})


def is_number(told: str) -> bool:
    """The number of something on the board, or as long as one can be."""
    return told.isdecimal() and len(told) <= _LONGEST_NUMBER


def is_place(cursor: str, *, read: Callable[[str], object]) -> bool:
    """A cursor that the read side takes."""
    try:
        read(cursor)
    except UsageError:
        return False
    return True
