"""Settings of the senses: what is watched, and how it is read."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr

from daemon.core.settings.values import Bytes, Seconds, Section

_Span = Annotated[Seconds, Field(gt=0, allow_inf_nan=False)]
_Pause = Annotated[Seconds, Field(ge=0, allow_inf_nan=False)]
_Size = Annotated[Bytes, Field(ge=1)]
_Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]

KIND_KEYS = ("rss", "x", "folder", "webhook", "kind")
"""Exactly one of these says what a source is."""


class SourceSettings(Section):
    """One source: exactly one of `rss`, `x`, `folder`, `webhook` and `kind` names it."""

    rss: str | None = None
    """A feed's address, or a feed file."""
    x: str | None = None
    """`@account`, or `search:` and a query of X."""
    mirror: str | None = None
    """For `x` without a key: a feed that mirrors the account; it is read in its place, by the sensor of feeds."""
    folder: Path | None = None
    """A folder whose files become items."""
    webhook: str | None = None
    """The name under which `POST /hooks/NAME` takes what others send."""
    secret: SecretStr | tuple[SecretStr, ...] | None = None
    """Of a webhook: what it is signed with (`whsec_…`); several while the key is changed."""
    kind: str | None = None
    """The kind that an installed package adds (entry-point group `davidagent.sensors`)."""
    address: str | None = None
    """With `kind`: what that sensor is to read."""
    options: dict[str, Any] = Field(default_factory=dict)
    """With `kind`: whatever else that sensor wants to know."""
    name: str | None = None
    every: Seconds | None = None
    tags: tuple[str, ...] = ()
    enabled: bool = True
    daily_reads: int | None = Field(default=None, ge=1)
    """Of `x`: posts that may be read in a day (UTC); None: `sensors.x.daily_reads`."""
    daily_usd: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Of `x`: dollars that reading may cost in a day (UTC); None: `sensors.x.daily_usd`."""
    full_text: bool | None = None
    """Fetch the article behind each entry; None: where the entry's text is short (`sensors.full_text.shorter_than`)."""
    vip: bool = False
    """Its items pass the burn-rate breaker."""
    urgency: Literal["normal", "low"] = "normal"
    """`low`: its steps may go through the providers' batch interface, where that is on."""

    @property
    def feed(self) -> str | None:
        """The address of the feed that is read: its own, or the one that mirrors an account."""
        return self.rss or self.mirror

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """The secrets of a webhook, the newest first."""
        if self.secret is None:
            return ()
        return self.secret if isinstance(self.secret, tuple) else (self.secret,)


class FullTextSettings(Section):
    """How the articles behind short entries are fetched."""

    shorter_than: int = Field(default=0, ge=0)
    """Entries with fewer characters have their article fetched; 0: only those of sources with `full_text: true`."""
    per_host_pause: _Pause = 1.0
    """From one article to the next of the same host, at least; a longer `Crawl-delay` wins."""
    concurrency: int = Field(default=4, ge=1)
    """Articles fetched at once, over all hosts."""
    timeout: _Span = 20.0
    """What taking the article out of its page may take."""
    max_wait: _Span = 1800.0
    """An item waits no longer for its article; then it goes on with what the feed gave."""
    max_body: _Size = 5 * 1024 * 1024
    respect_robots: bool = True
    """Ask the site's robots.txt; what a person posts by hand is fetched all the same."""


class XPriceSettings(Section):
    """What X takes for each thing that an answer holds, in dollars."""

    post_usd: _Price = 0.005
    user_usd: _Price = 0.010
    media_usd: _Price = 0.005


class XSettings(Section):
    """How X is read: API v2, paid for by what is read."""

    bearer_token: SecretStr | None = None
    base_url: str = "https://api.x.com"
    price: XPriceSettings = XPriceSettings()
    every: _Span = Field(default=900.0, ge=1)
    """For accounts and searches without an interval of their own."""
    daily_reads: int = Field(default=100, ge=1)
    """Posts that may be read of one source in a day (UTC)."""
    daily_usd: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    """Dollars that one source may cost in a day (UTC)."""
    first_reads: int = Field(default=20, ge=1)
    """Posts that the first look at a source reads."""
    thread_wait: _Pause = 120.0
    """A post younger than that waits for the rest of its thread."""


class WebhookSettings(Section):
    """What is taken from those who send."""

    max_body: _Size = 1024 * 1024
    per_minute: int = Field(default=60, ge=1)
    """Deliveries of one webhook in any minute; beyond, 429."""
    tolerance: _Span = 300.0
    """How far the time in a delivery may be from ours."""


class FolderSettings(Section):
    """How watched folders are read."""

    every: _Span = Field(default=15.0, ge=1)
    max_file: _Size = 10 * 1024 * 1024
    max_files: int = Field(default=10_000, ge=1)
    """A folder with more is not read at all, and says so."""
    settle: _Pause = 2.0
    """A file that was changed less long ago may still be written, and is left for the next look."""


class SensorSettings(Section):
    """How sources are read."""

    per_host: int = Field(default=1, ge=1)
    timeout: _Span = 20.0
    max_body: _Size = 15 * 1024 * 1024
    allow_hosts: tuple[str, ...] = ()
    every: _Span = 3600.0
    concurrency: int = Field(default=16, ge=1)
    parse_timeout: _Span = 20.0
    full_text: FullTextSettings = FullTextSettings()
    x: XSettings = XSettings()
    webhooks: WebhookSettings = WebhookSettings()
    folders: FolderSettings = FolderSettings()
