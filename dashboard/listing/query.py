"""What is looked for, as the address says it: `?state=HELD&source=3&tag=ai&q=tide&seen=day&sort=dearest&at=…`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from daemon.blackboard.reading.desk_items import ItemFilter, Order, read_place
from daemon.blackboard.states import State
from dashboard.addresses import AddressQuery, is_number, is_place

SINCE: Final[Mapping[str, float | None]] = {
    "any": None,
    "hour": 3600.0,
    "day": 86_400.0,
    "week": 604_800.0,
    "month": 2_592_000.0,
}
"""How far back to look, in seconds."""
SORTS: Final = tuple(Order)


@dataclass(frozen=True, slots=True)
class Query(AddressQuery):
    """A filter and a place in what it finds. The values are those of the address; empty means: not asked for."""

    q: str = ""
    state: str = ""
    source: str = ""
    tag: str = ""
    seen: str = "any"
    sort: str = Order.NEWEST
    at: str = ""
    """The cursor of the page; empty for the first."""

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Self:
        """From an address; what it says that cannot be meant is left out."""
        told = cls.told(parameters)
        told["state"] = told["state"] if told["state"] in set(State) else ""
        told["source"] = told["source"] if is_number(told["source"]) else ""
        told["seen"] = told["seen"] if told["seen"] in SINCE else "any"
        told["sort"] = told["sort"] if told["sort"] in set(SORTS) else Order.NEWEST
        told["at"] = told["at"] if is_place(told["at"], read=read_place) else ""
        return cls(**told)

    def filter(self, *, now: float) -> ItemFilter:
        """As the read side takes it."""
        back = SINCE[self.seen]
        return ItemFilter(
            state=State(self.state) if self.state else None,
            source_id=int(self.source) if self.source else None,
            tag=self.tag or None,
            search=self.q or None,
            since=None if back is None else now - back,
        )

    @property
    def is_filter(self) -> bool:
        """Not everything is asked for."""
        return bool(self.q or self.state or self.source or self.tag or self.seen != "any")
