"""Which sources are looked at and in which order, as the address says it: `?q=tide&state=late&tag=ai&sort=name`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from dashboard.addresses import AddressQuery
from dashboard.sourcing.condition import COLORS, condition_of

Document = Mapping[str, Any]

STATES: Final = tuple(COLORS)
_ORDER: Final = {name: place for place, name in enumerate(COLORS)}


def _name(one: Document) -> tuple[str, int]:
    return str(one["name"]).casefold(), one["id"]


def _backwards(at: str | None) -> tuple[bool, tuple[int, ...]]:
    """The newest first, what never was last; ISO times of one zone sort like text."""
    return at is None, tuple(-ord(letter) for letter in at or "")


SORTS: Final[Mapping[str, Callable[[Document], Any]]] = {
    "need": lambda one: (_ORDER[condition_of(one)], _name(one)),
    "name": _name,
    "newest": lambda one: (_backwards(one["last_item_at"]), _name(one)),
    "items": lambda one: (-one["items"], _name(one)),
    "published": lambda one: (-one["published"], _name(one)),
    "cost": lambda one: (-one["cost_usd"], _name(one)),
}
"""What to sort by; what needs a person comes first."""


@dataclass(frozen=True, slots=True)
class Query(AddressQuery):
    """A filter and an order; the values are those of the address, empty means: not asked for."""

    q: str = ""
    state: str = ""
    tag: str = ""
    sort: str = "need"

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Self:
        """From an address; what it says that cannot be meant is left out."""
        told = cls.told(parameters)
        told["state"] = told["state"] if told["state"] in STATES else ""
        told["sort"] = told["sort"] if told["sort"] in SORTS else "need"
        return cls(**told)

    @property
    def is_filter(self) -> bool:
        """Not every source is asked for."""
        return bool(self.q or self.state or self.tag)

    def of_all(self, sources: Iterable[Document]) -> list[Document]:
        """Those that fit, in this order."""
        return sorted((one for one in sources if self._fits(one)), key=SORTS[self.sort])

    def _fits(self, one: Document) -> bool:
        if self.state and condition_of(one) != self.state:
            return False
        if self.tag and self.tag not in one["tags"]:
            return False
        words = " ".join([one["name"], one["address"], *one["tags"]]).casefold()
        return all(word in words for word in self.q.casefold().split())
