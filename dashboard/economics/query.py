"""What of the costs is looked at, as the address says it: `?days=30&by=model&show=calls&with=openai/gpt-5`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from daemon.blackboard.reading.desk_costs import By

HOURS: Final[Mapping[int, int]] = {1: 24, 2: 48}
"""For so many days the trend goes by the hour, over so many of them."""
DAYS: Final = (1, 2, 7, 30, 90, 365)
SHOWN: Final[Mapping[str, str]] = {
    "cost": "cost_usd",
    "calls": "calls",
    "in": "prompt_tokens",
    "out": "completion_tokens",
}
"""What the bars of the trend are, and the figure of the ledger that stands for it."""
MOST_MODELS: Final = 12
_USUAL_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Query:
    """Whole days (UTC), today among them; what the trend is made of; models to compare with."""

    days: int = _USUAL_DAYS
    by: By = By.BRAIN
    show: str = "cost"
    models: tuple[str, ...] = ()

    @classmethod
    def of(cls, parameters: Mapping[str, Sequence[str]]) -> Self:
        """From an address, whose values come as lists; what it says that cannot be meant is left out."""
        told = {name: values[-1] for name, values in parameters.items() if values}
        days, by, show = told.get("days", ""), told.get("by", ""), told.get("show", "")
        return cls(
            days=int(days) if days in {str(one) for one in DAYS} else _USUAL_DAYS,
            by=By(by) if by in set(By) else By.BRAIN,
            show=show if show in SHOWN else "cost",
            models=tuple(dict.fromkeys(parameters.get("with", ())))[:MOST_MODELS],
        )

    def parameters(self) -> dict[str, str | list[str]]:
        """As an address says it; what is usual is not said."""
        usual = Query()
        told = {"days": str(self.days), "by": self.by.value, "show": self.show}
        changed = {name: value for name, value in told.items() if getattr(self, name) != getattr(usual, name)}
        return changed | ({"with": list(self.models)} if self.models else {})

    def with_(self, **changes: Any) -> "Query":
        """Another look."""
        return replace(self, **changes)

    @property
    def measure(self) -> str:
        """The figure of the ledger that the bars show."""
        return SHOWN[self.show]
