"""Whether faults on purpose are on: the configuration decides, and over it a switch that a person set at run time.

The switch stands on the board under the control `CHAOS` as a JSON document: settings that differ from the configured
ones, and `until` (epoch seconds), after which it is as if it were not there.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import ValidationError

from daemon.core.clock import iso
from daemon.core.errors import UsageError
from daemon.core.settings.models import ChaosSettings

CHAOS: Final = "chaos"
_UNTIL: Final = "until"


@dataclass(frozen=True, slots=True)
class ChaosState:
    """What holds now. `until` is when the switch ends (epoch seconds); None: it has no end, or there is none."""

    settings: ChaosSettings
    origin: Literal["configuration", "switch"] = "configuration"
    until: float | None = None

    @property
    def is_on(self) -> bool:
        """Faults are made."""
        return self.settings.enabled

    @property
    def in_words(self) -> str:
        """What is done to the calls, for a person: `10% network errors, 0.5 to 3 s extra on every call`."""
        return ", ".join(_words(self.settings)) or "nothing"

    def document(self) -> dict[str, Any]:
        """`{"on", "set_by", "until", "faults"}`, JSON-ready."""
        faults = self.settings.model_dump(mode="json", exclude={"enabled"})
        return {"on": self.is_on, "set_by": self.origin, "until": iso(self.until), "faults": faults}


def chaos_state(configured: ChaosSettings, control: str | None, *, now: float) -> ChaosState:
    """What holds at `now`. A control that cannot be read counts as none: nothing goes wrong by mistake."""
    try:
        overrides, until = _read(control)
        if control is None or (until is not None and until <= now):
            return ChaosState(configured)
        return ChaosState(merged(configured, overrides), "switch", until)
    except UsageError:
        return ChaosState(configured)


def chaos_control(configured: ChaosSettings, overrides: Mapping[str, Any], *, until: float | None) -> str:
    """The control that puts `overrides` over the configuration until then. Raises `UsageError` naming what is wrong."""
    merged(configured, overrides)
    return json.dumps({**overrides, **({} if until is None else {_UNTIL: until})})


def merged(configured: ChaosSettings, overrides: Mapping[str, Any]) -> ChaosSettings:
    """The settings with some of them replaced. Raises `UsageError`."""
    try:
        return ChaosSettings.model_validate({**configured.model_dump(), **overrides})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"chaos {place}: {first['msg']}") from error


def _read(control: str | None) -> tuple[dict[str, Any], float | None]:
    if control is None:
        return {}, None
    try:
        document = json.loads(control)
        until = document.pop(_UNTIL, None)
        return document, None if until is None else float(until)
    except (ValueError, TypeError, AttributeError) as error:
        raise UsageError("the switch of chaos on the board cannot be read") from error


def _words(settings: ChaosSettings) -> list[str]:
    least, most = settings.latency
    shares = {
        f"{least:g} to {most:g} s extra": settings.latency_share,
        "network errors": settings.network_errors,
        "refusals (429)": settings.rate_limits,
        "garbage": settings.garbage,
        "truncated answers": settings.truncated,
    }
    words = [f"{share:.0%} {what}" for what, share in shares.items() if share]
    return [*words, "memory down"] if settings.memory_down else words
