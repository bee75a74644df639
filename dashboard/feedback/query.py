"""Which feedback is looked at, as the address says it: `?verdict=down&about=claim&source=3&at=…`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from daemon.blackboard.feedback import About, Verdict
from daemon.blackboard.reading.feedback import read_place
from dashboard.addresses import AddressQuery, is_number, is_place


@dataclass(frozen=True, slots=True)
class Query(AddressQuery):
    """A filter and a place in what it finds; the values are those of the address, empty means: not asked for."""

    verdict: str = ""
    about: str = ""
    source: str = ""
    at: str = ""
    """The cursor of the page; empty for the first."""

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Self:
        """From an address; what it says that cannot be meant is left out."""
        told = cls.told(parameters)
        told["verdict"] = told["verdict"] if told["verdict"] in set(Verdict) else ""
        told["about"] = told["about"] if told["about"] in set(About) else ""
        told["source"] = told["source"] if is_number(told["source"]) else ""
        told["at"] = told["at"] if is_place(told["at"], read=read_place) else ""
        return cls(**told)

    def wanted(self) -> dict[str, Any]:
        """As the read side takes it."""
        return {
            "verdict": Verdict(self.verdict) if self.verdict else None,
            "about": About(self.about) if self.about else None,
            "source_id": int(self.source) if self.source else None,
            "at": self.at or None,
        }

    @property
    def is_filter(self) -> bool:
        """Not everything is asked for."""
        return bool(self.verdict or self.about or self.source)
