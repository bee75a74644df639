"""The settings of models, groups, pools and the gate, as frozen models with their defaults."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from daemon.core.settings.values import Seconds, Section


class PriceSettings(Section):
    """A person's own price, in USD for a million tokens; wins over the price table."""

    input_mtok: float = Field(ge=0)
    output_mtok: float = Field(ge=0)
    cache_read_mtok: float | None = Field(default=None, ge=0)
    cache_write_mtok: float | None = Field(default=None, ge=0)


class ModelSettings(Section):
    """One model at one endpoint."""

    provider: Literal["anthropic", "gemini", "openai", "offline"]
    model: str = ""
    api_key: SecretStr | None = None
    base_url: str | None = None
    price: PriceSettings | None = None
    max_tokens: int = Field(default=4096, ge=1)
    structured_output: Literal["auto", "schema", "tool", "json"] = "auto"
    """How the answer's form is asked for; `auto` starts with the best and learns what the server refuses."""


class EchelonSettings(Section):
    """One tier of a group: its models are tried in order."""

    models: tuple[str, ...] = Field(min_length=1)
    concurrency_limit: int | None = Field(default=None, ge=1)
    rpm_limit: int | None = Field(default=None, ge=1)
    priority: int | None = None
    timeout: Seconds = 60.0
    max_retries: int | None = Field(default=None, ge=0)


class CircuitBreakerSettings(Section):
    """When an endpoint is left alone, and for how long (seconds)."""

    failure_threshold: int = Field(default=5, ge=1)
    recovery_time: Seconds = 60.0
    half_open_requests: int = Field(default=1, ge=1)


class FallbackSettings(Section):
    """What happens when an echelon fails."""

    strategy: Literal["echelon_down", "task_group_switch", "provider_failover"] = "echelon_down"
    fallback_groups: tuple[str, ...] = ()
    max_attempts: int | None = Field(default=None, ge=1)
    """Requests of one step over all echelons, pools and hedges; None: one more than `llm.retry` has delays."""
    retry_delay: Seconds = 0.0
    """Before the next echelon is asked, when a request was sent and failed."""
    circuit_breaker: CircuitBreakerSettings = CircuitBreakerSettings()


class GroupSettings(Section):
    """A task group: ordered echelons `echelon1`, `echelon2`, … (collected by the loader) and its fallback."""

    name: str = ""
    description: str = ""
    echelons: dict[str, EchelonSettings] = Field(default_factory=dict)
    fallback_config: FallbackSettings = FallbackSettings()

    def ordered(self) -> list[EchelonSettings]:
        """The echelons, by priority, then by number."""
        numbered = sorted(self.echelons.items(), key=lambda pair: int(pair[0].removeprefix("echelon")))
        return [
            e for _, e in sorted(numbered, key=lambda pair: pair[1].priority or int(pair[0].removeprefix("echelon")))
        ]


class PoolSettings(Section):
    """A polling pool: interchangeable instances for single-turn calls, the models of its task group (seconds)."""

    name: str = ""
    description: str = ""
    task_groups: tuple[str, ...] = Field(min_length=1)
    """One kind of task: a group (`thinking_group`), or echelons of one (`thinking_group.echelon1`)."""
    rotation_strategy: Literal["round_robin", "least_recently_used", "weighted"] = "round_robin"
    weights: dict[str, float] = Field(default_factory=dict)
    """For `weighted`: by model name; 1 for those that are not named."""
    health_check_interval: Seconds = 60.0
    """After a failed probe, the time to the next one."""
    failure_threshold: int = Field(default=2, ge=1)
    """Failures in a row that take an instance out of the rotation."""
    recovery_time: Seconds = 120.0
    """How long it stays out before it is probed."""
    fallback_strategy: Literal["instance_rotation", "simple_retry"] = "instance_rotation"
    max_instance_attempts: int = Field(default=2, ge=1)


class RoleSettings(Section):
    """Which group (or pool) does which task."""

    extract: str = "left"
    draft: str = "right"
    review: str = "left"


class RetrySettings(Section):
    """The backoff of model calls: seconds before each retry, and the share of random extra."""

    delays: tuple[Seconds, ...] = (2.0, 4.0, 8.0)
    jitter: float = Field(default=0.1, ge=0, le=1)
    retry_after_cap: Seconds = 120.0
    token_ratio: float = Field(default=0.1, ge=0, le=1)
    """Retries a provider may get for each first request: an outage multiplies the load by at most 1.1."""
    token_reserve: int = Field(default=10, ge=1)
    """Retries a provider may get before its first requests have paid for them."""


class StreamSettings(Section):
    """How answers are streamed, and when a stream is given up. The total limit is the echelon's `timeout`."""

    enabled: bool = True
    first_token: Seconds = 45.0
    stall: Seconds = 5.0
    """The longest time between two chunks."""
    minimum_rate: float = Field(default=8.0, ge=0)
    """Characters a second, measured over `rate_window`; 0: no minimum."""
    rate_window: Seconds = 20.0


class HedgeSettings(Section):
    """A second request to the next model when the first is slow."""

    enabled: bool = False
    after: Seconds | None = None
    """A fixed delay; None: the observed `percentile`, but no less than twice the median."""
    percentile: float = Field(default=0.95, gt=0.5, lt=1)
    minimum_samples: int = Field(default=20, ge=1)
    max_share: float = Field(default=0.05, gt=0, le=1)
    """The share of calls that may be hedged."""


class BatchSettings(Section):
    """The providers' batch interface, for the steps of sources with `urgency: low`."""

    enabled: bool = False
    collect: Seconds = 30.0
    """How long requests are gathered before a batch is sent."""
    max_requests: int = Field(default=500, ge=1)
    poll: Seconds = 60.0
    max_wait: Seconds = 24 * 3600.0
    """After that the batch is given up and its steps are asked for one by one."""


class LlmSettings(Section):
    """Models, groups, pools and the gate."""

    max_concurrency: int = Field(default=3, ge=1)
    models: dict[str, ModelSettings] = Field(default_factory=dict)
    groups: dict[str, GroupSettings] = Field(default_factory=dict)
    groups_dir: Path | None = None
    """A folder with a YAML file for each group; they join `groups`."""
    pools: dict[str, PoolSettings] = Field(default_factory=dict)
    pools_dir: Path | None = None
    """A folder with a YAML file for each polling pool; they join `pools`."""
    roles: RoleSettings = RoleSettings()
    retry: RetrySettings = RetrySettings()
    stream: StreamSettings = StreamSettings()
    hedge: HedgeSettings = HedgeSettings()
    batch: BatchSettings = BatchSettings()
    keep_prompts_days: int = Field(default=30, ge=0, le=36_500)
    """How long it is kept what the models were asked; 0 keeps none."""
