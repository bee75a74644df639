"""Settings of the degradation ladder: when each level is entered and left."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationInfo, field_validator

from daemon.core.settings.values import Bytes, Seconds, Section


class TroubleSettings(Section):
    """One level that is entered because calls fail: time-outs, connections, overload, not what a caller did wrong."""

    enter: float = Field(gt=0, le=1)
    """Share of the calls in the window that failed, at which the level is entered."""
    leave: float = Field(ge=0, lt=1)
    """Share at or below which it may be left."""
    least_faults: int = Field(ge=1)
    """Fewer failed calls in the window than that never enter it."""
    dwell: Seconds = Field(ge=0)
    """The shortest stay."""


class SilenceSettings(Section):
    """L3: nothing answers, or the disk is nearly full."""

    after: Seconds = Field(default=15.0, ge=0)
    """How long nothing must have been able to answer."""
    free_disk: Bytes = Field(default=500 * 1024 * 1024, ge=0)
    """Less free space than that under `home` enters the level; twice as much leaves it."""
    dwell: Seconds = Field(default=30.0, ge=0)
    """The shortest stay."""


class LevelSettings(Section):
    """The degradation ladder, L0 normal to L3 ingest only."""

    enabled: bool = True
    """Whether the level changes by itself; a person can set it in any case."""
    window: Seconds = Field(default=300.0, gt=0)
    """The calls of that long are looked at."""
    l1: TroubleSettings = TroubleSettings(enter=0.1, leave=0.05, least_faults=3, dwell=120.0)
    l2: TroubleSettings = TroubleSettings(enter=0.4, leave=0.2, least_faults=8, dwell=180.0)
    l3: SilenceSettings = SilenceSettings()
    longer_timeouts: float = Field(default=2.0, ge=1, le=100)
    """From L1 on, time-outs of calls are this many times as long."""
    reuse_answers: Seconds = Field(default=86_400.0, ge=0)
    """From L1 on, an answer to the same request may be reused, of another item too, when it is not older than that."""
    cheap_models: tuple[str, ...] = ()
    """The models of L2, in this order where a group has them; empty: the cheapest of each group. `offline` stays."""

    @field_validator("l1", "l2", mode="before")
    @classmethod
    def _keep_defaults(cls, value: Any, info: ValidationInfo) -> Any:
        """Who writes only a `dwell` means the other rules as they are."""
        default = cls.model_fields[info.field_name or ""].default
        return {**default.model_dump(), **value} if isinstance(value, Mapping) else value
