"""Settings of the HTTP face: who may come in, how often, and how events are sent."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from daemon.core.settings.values import Seconds, Section, network, origin, sendable

Network = Annotated[str, AfterValidator(network)]
Origin = Annotated[str, AfterValidator(origin)]
Token = Annotated[SecretStr, AfterValidator(sendable)]
Wait = Annotated[Seconds, Field(ge=0)]


class LimitSettings(Section):
    """How much is taken from callers; health, metrics and events are exempt."""

    max_concurrent: int = Field(default=100, ge=1)
    """Requests that are worked on at the same time."""
    queue_timeout: Seconds = Field(default=30.0, ge=0)
    """How long a request waits for a place; then it is refused with 503."""
    max_queue: int = Field(default=5000, ge=0)
    """Requests that may wait; the next one is refused with 503 at once."""
    posts_per_minute: int | None = Field(default=5, ge=1)
    """Items one client may post in any minute; then it is refused with 429. None: no bound."""


class EventStreamSettings(Section):
    """How events are sent to who listens."""

    max_clients: int = Field(default=5000, ge=1)
    """Streams at the same time; the next one is refused with 503."""
    buffer: int = Field(default=1000, ge=1)
    """Events a client may be behind before it is told to begin anew (`resync`)."""
    remembered: int = Field(default=10_000, ge=100)
    """The newest events are kept in memory, for those who come back."""
    ping: Seconds = Field(default=15.0, ge=0.1)
    """A silent stream gets a comment that often."""
    retry: tuple[Wait, Wait] = (1.0, 5.0)
    """Shortest and longest wait a client is asked for before it comes back; drawn for each."""
    stall_timeout: Seconds = Field(default=60.0, ge=0.1)
    """A client that takes nothing for so long is dropped."""


class ApiSettings(Section):
    """The HTTP listener."""

    host: str = "127.0.0.1"
    port: int = Field(default=8787, ge=0, le=65535)
    token: Token | None = None
    public_events: bool = False
    """The live page and the events are open to everybody, without anything private in them."""
    cors_origins: tuple[Origin, ...] = ()
    """Web pages of other origins that may use the API from a browser."""
    trusted_proxies: tuple[Network, ...] = ()
    """Addresses or networks whose `X-Forwarded-For` tells who the client is."""
    limits: LimitSettings = LimitSettings()
    events: EventStreamSettings = EventStreamSettings()
