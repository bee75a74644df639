"""All settings, as frozen models with their defaults. The order and names are those of the YAML file."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from daemon.core.settings.api_models import ApiSettings, EventStreamSettings, LimitSettings
from daemon.core.settings.level_models import LevelSettings, SilenceSettings, TroubleSettings
from daemon.core.settings.llm_models import (
    BatchSettings,
    CircuitBreakerSettings,
    EchelonSettings,
    FallbackSettings,
    GroupSettings,
    HedgeSettings,
    LlmSettings,
    ModelSettings,
    PoolSettings,
    PriceSettings,
    RetrySettings,
    RoleSettings,
    StreamSettings,
)
from daemon.core.settings.sensor_models import (
    FolderSettings,
    FullTextSettings,
    SensorSettings,
    SourceSettings,
    WebhookSettings,
    XPriceSettings,
    XSettings,
)
from daemon.core.settings.values import Seconds, Section

__all__ = [
    "SHORTEST_EVERY_SECONDS",
    "ApiSettings",
    "AtomSettings",
    "BatchSettings",
    "BlackboardSettings",
    "BudgetSettings",
    "BurnSettings",
    "ChaosSettings",
    "CircuitBreakerSettings",
    "DashboardSettings",
    "EchelonSettings",
    "EventStreamSettings",
    "FallbackSettings",
    "FeedbackSettings",
    "FolderSettings",
    "FullTextSettings",
    "GroupSettings",
    "HedgeSettings",
    "HtmlSettings",
    "LevelSettings",
    "LimitSettings",
    "LlmSettings",
    "LogSettings",
    "MarkdownSettings",
    "MemorySettings",
    "ModelSettings",
    "PoolSettings",
    "PriceSettings",
    "PublishSettings",
    "RetrySettings",
    "ReviewSettings",
    "RoleSettings",
    "Section",
    "SensorSettings",
    "Settings",
    "ShutdownSettings",
    "SilenceSettings",
    "SourceSettings",
    "StreamSettings",
    "TroubleSettings",
    "WebhookSettings",
    "WorkerSettings",
    "XPriceSettings",
    "XSettings",
]

SHORTEST_EVERY_SECONDS = 1.0
"""A source that is read more often than that would be read without a pause."""


class BurnSettings(Section):
    """The burn-rate breaker: the last minute against `factor` times the moving average of the last hour."""

    enabled: bool = True
    factor: float = Field(default=3.0, gt=1)
    minimum_tokens: int = Field(default=1_000_000, ge=0)
    """Tokens a minute (cached ones not counted) below which it never trips."""
    minimum_usd: float | None = Field(default=None, ge=0)
    """Dollars a minute below which it never trips; None: a fifth of `daily_usd` (2.00 without that), 0.05 at least."""
    cool_down: Seconds = 300.0


class BudgetSettings(Section):
    """Upper bounds in US dollars; None: no bound. `currency` holds exchange rates from one dollar."""

    daily_usd: float | None = Field(default=5.0, ge=0)
    monthly_usd: float | None = Field(default=100.0, ge=0)
    per_item_usd: float | None = Field(default=0.25, ge=0)
    per_brain_daily_usd: dict[Literal["left", "right", "memory", "sensor"], Annotated[float, Field(ge=0)]] = Field(
        default_factory=dict
    )
    burn: BurnSettings = BurnSettings()
    currency: dict[str, float] = Field(default_factory=lambda: {"CNY": 7.25})


class ReviewSettings(Section):
    """How strict the check is."""

    max_rounds: int = Field(default=2, ge=0)
    approval: Literal["none", "all"] = "none"


class FeedbackSettings(Section):
    """What is made of what people say of posts."""

    examples: int = Field(default=4, ge=0, le=20)
    """How many of their corrections and praises a prompt shows; 0: none."""
    hold_below: float = Field(default=0.25, ge=0, le=1)
    """Posts of a source that is trusted less wait for approval: (up + 1) / (up + down + 2); 0: never."""
    hold_after: int = Field(default=5, ge=1)
    """So many verdicts on its items must there be before."""


class MemorySettings(Section):
    """The vector store."""

    mode: Literal["embedded", "http", "off"] = "embedded"
    url: str | None = None
    recall: int = Field(default=5, ge=0, le=50)
    timeout: Seconds = 2.0
    embeddings: Literal["wordllama", "gemini"] = "wordllama"


class MarkdownSettings(Section):
    """The Markdown sink."""

    dir: Path = Path("posts")


class HtmlSettings(Section):
    """The HTML sink; pages stand beside the Atom feed."""

    dir: Path = Path("site")


class AtomSettings(Section):
    """The Atom feed."""

    title: str = "DavidAgent"
    limit: int = Field(default=50, ge=1)
    author: str = "DavidAgent"
    base_url: str | None = None
    """Where the posts are served from; without it the feed links to the sources."""


class PublishSettings(Section):
    """Where posts go. A sink set to null (`false`) is off."""

    markdown: MarkdownSettings | None = MarkdownSettings()
    html: HtmlSettings | None = HtmlSettings()
    atom: AtomSettings | None = AtomSettings()
    notify: tuple[SecretStr, ...] = ()


class DashboardSettings(Section):
    """The dashboard's listener."""

    host: str = "127.0.0.1"
    port: int = Field(default=8788, ge=0, le=65535)


class BlackboardSettings(Section):
    """The database."""

    synchronous: Literal["full", "normal"] = "full"
    lease: Seconds = Field(default=60.0, ge=0.3)


class WorkerSettings(Section):
    """The worker: how many items are in hand at once, and how long one step may take at most."""

    slots: int | None = Field(default=None, ge=1)
    """None: ten for each request that may be under way, and no fewer than 16; so no request waits for an item."""
    step_timeout: Seconds = 900.0
    max_rescues: int = Field(default=20, ge=1)


class ShutdownSettings(Section):
    """The soft stop."""

    grace_seconds: Seconds = 20.0


class ChaosSettings(Section):
    """Faults on purpose, at the providers' edge. Shares are between 0 and 1, and of all calls."""

    enabled: bool = False
    seed: int = 1
    latency_share: float = Field(default=1.0, ge=0, le=1)
    latency: tuple[Seconds, Seconds] = (0.5, 3.0)
    """Shortest and longest extra wait."""
    network_errors: float = Field(default=0.1, ge=0, le=1)
    rate_limits: float = Field(default=0.05, ge=0, le=1)
    retry_after: Seconds = 2.0
    """What a 429 on purpose asks for."""
    garbage: float = Field(default=0.02, ge=0, le=1)
    truncated: float = Field(default=0.02, ge=0, le=1)
    memory_down: bool = False


class LogSettings(Section):
    """What is logged, to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "text", "json"] = "auto"


class Settings(Section):
    """The whole configuration. Paths are absolute after loading."""

    home: Path = Path("data")
    language: str = "source"
    sources: tuple[SourceSettings, ...] = ()
    sensors: SensorSettings = SensorSettings()
    llm: LlmSettings = LlmSettings()
    budget: BudgetSettings = BudgetSettings()
    review: ReviewSettings = ReviewSettings()
    feedback: FeedbackSettings = FeedbackSettings()
    memory: MemorySettings = MemorySettings()
    publish: PublishSettings = PublishSettings()
    api: ApiSettings = ApiSettings()
    levels: LevelSettings = LevelSettings()
    dashboard: DashboardSettings = DashboardSettings()
    blackboard: BlackboardSettings = BlackboardSettings()
    worker: WorkerSettings = WorkerSettings()
    shutdown: ShutdownSettings = ShutdownSettings()
    chaos: ChaosSettings = ChaosSettings()
    log: LogSettings = LogSettings()
