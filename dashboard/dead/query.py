"""Which dead letters are looked at, as the address says it: `?group=…&step=DRAFTING&source=3&q=tide`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from daemon.blackboard.reading.desk_dead_letters import Filter
from daemon.blackboard.states import State, Verb, sources
from dashboard.addresses import AddressQuery, is_number

STEPS = tuple(state for state in State if state in sources(Verb.BURY, by="worker"))
"""The states something can die in, in the order of the work."""


@dataclass(frozen=True, slots=True)
class Query(AddressQuery):
    """A filter; the values are those of the address, empty means: not asked for."""

    q: str = ""
    group: str = ""
    step: str = ""
    source: str = ""

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Self:
        """From an address; what it says that cannot be meant is left out."""
        told = cls.told(parameters)
        told["step"] = told["step"] if told["step"] in STEPS else ""
        told["source"] = told["source"] if is_number(told["source"]) else ""
        return cls(**told)

    def filter(self) -> Filter:
        """As the read side takes it."""
        return Filter(
            group=self.group or None,
            step=State(self.step) if self.step else None,
            source_id=int(self.source) if self.source else None,
            search=self.q or None,
        )

    @property
    def is_group_alone(self) -> bool:
        """Nothing but a group is named."""
        return self == Query(group=self.group)
