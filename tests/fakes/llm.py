"""A gateway in front of the fake provider, ready for a test."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from brains.llm.base import CallContext, Ledger, ModelRequest, Provider, ProviderAnswer
from brains.llm.gateway import EchelonGateway
from brains.llm.groups import build_breakers, build_groups, build_providers
from brains.schemas import Knowledge
from daemon.blackboard.records import Usage
from daemon.core.clock import Clock
from daemon.core.events import Event
from daemon.core.settings.models import EchelonSettings, GroupSettings, LlmSettings, ModelSettings, StreamSettings
from daemon.resilience.attempts import LocalAttempts
from daemon.resilience.gate import Gate
from tests.fakes.clock import InstantClock
from tests.fakes.provider_server import ANTHROPIC, GEMINI, OPENAI, FakeProviderServer
from tests.fakes.recording_ledger import RecordingLedger

VENDORS = (ANTHROPIC, GEMINI, OPENAI)
MODEL_OF = {ANTHROPIC: "claude-sonnet-5-5", GEMINI: "gemini-3.8-flash", OPENAI: "gpt-5-mini"}

TEXT = (
    "Harbor Robotics opened a plant in Rotterdam on 3 March 2026. The plant employs 1,240 people. "
    "Its director Ana Sousa said that output will double within two years."
)


class LocalProvider:
    """An answer from this process."""

    name = "local"
    is_local = True

    async def complete(
        self, request: ModelRequest, *, model: str, timeout: float, stream: StreamSettings | None = None
    ) -> ProviderAnswer:
        return ProviderAnswer('{"language": "en", "gist": "made here"}', Usage(), model)

    async def close(self) -> None:
        pass


class Attempts(LocalAttempts):
    """Counts, and keeps the errors."""

    def __init__(self, used: int = 0) -> None:
        super().__init__()
        self._used = used
        self.errors: list[Exception] = []
        self.waits: list[float | None] = []

    async def failed(self, error: Exception, *, retry_in: float | None) -> None:
        await super().failed(error, retry_in=retry_in)
        self.errors.append(error)
        self.waits.append(retry_in)


def extract_request(text: str = TEXT, **changes: Any) -> ModelRequest:
    """A question for the left brain, in an envelope like the real one."""
    prompt = f"Record this item.\n\n<<<item 0123456789abcdef>>>\n{text}\n<<<end of item 0123456789abcdef>>>"
    values = {
        "task": "extract",
        "brain": "left",
        "system": "You record facts. " * 40,
        "prompt": prompt,
        "schema": Knowledge,
        "prompt_version": "extract.v1+test",
    }
    return ModelRequest(**{**values, **changes})


def context(item_id: str = "item1", *, attempts: Attempts | None = None) -> CallContext:
    """Of an item that was claimed before, by this process or a former one."""
    return CallContext(item_id=item_id, round=0, epoch=2, attempts=attempts or Attempts())


def model(server: FakeProviderServer, vendor: str, **changes: Any) -> ModelSettings:
    """A model of the fake server."""
    values = {
        "provider": vendor,
        "model": MODEL_OF[vendor],
        "api_key": "secret-key",
        "base_url": server.base_url(vendor),
    }
    return ModelSettings(**{**values, **changes})


def llm_settings(
    models: Mapping[str, ModelSettings], *, echelons: Sequence[Mapping[str, Any]] | None = None, **changes: Any
) -> LlmSettings:
    """All models in the one group `left` for all roles; one echelon each unless told."""
    tiers = echelons or [{"models": (name,)} for name in models]
    group = GroupSettings(echelons={f"echelon{n}": EchelonSettings(**tier) for n, tier in enumerate(tiers, start=1)})
    roles = {"extract": "left", "draft": "left", "review": "left"}
    return LlmSettings(models=dict(models), groups={"left": group}, roles=roles, **changes)


@dataclass
class Desk:
    """A gateway and all that stands around it."""

    gateway: EchelonGateway
    ledger: RecordingLedger
    gate: Gate
    clock: Clock
    events: list[Event] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.gateway.close()

    def told(self, type_: str) -> list[Mapping[str, Any]]:
        """The data of the events of that type."""
        return [event.data for event in self.events if event.type == type_]


def open_desk(settings: LlmSettings, *, ledger: Ledger | None = None, clock: Clock | None = None, **hooks: Any) -> Desk:
    """A gateway on a recording ledger; models of the provider `offline` are answered by `LocalProvider`.

    `hooks` are what may be put into the gateway: `hedger`, `burn`, `batches`.
    """
    clock, rng, events = clock or InstantClock(), random.Random(7), list[Event]()
    networked = {name: model for name, model in settings.models.items() if model.provider != "offline"}
    providers: dict[str, Provider] = dict(build_providers(_only(settings, networked)))
    providers |= {name: LocalProvider() for name in settings.models if name not in networked}
    groups = build_groups(settings, providers=providers)
    kept = ledger or RecordingLedger()
    gate = Gate(settings.max_concurrency)
    gateway = EchelonGateway(
        settings,
        providers=providers,
        ledger=kept,
        gate=gate,
        breakers=build_breakers(groups.values(), clock=clock, rng=rng),
        clock=clock,
        rng=rng,
        emit=events.append,
        **hooks,
    )
    return Desk(gateway, kept, gate, clock, events)  # type: ignore[arg-type]


def _only(settings: LlmSettings, models: Mapping[str, ModelSettings]) -> LlmSettings:
    """The settings with these models alone."""
    if not models:
        return LlmSettings()
    group = GroupSettings(echelons={"echelon1": EchelonSettings(models=tuple(models))})
    return settings.model_copy(update={"models": dict(models), "groups": {"left": group}, "pools": {}})
