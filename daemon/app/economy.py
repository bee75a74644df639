"""The way to the models, put together: ledger, gate, pace of spending, hedges, batches, chaos, gateway, embeddings."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from brains.llm.batch.economy import BatchEconomy
from brains.llm.burn import BurnRate
from brains.llm.chaos import Chaos
from brains.llm.degrading import Degrading
from brains.llm.embedding import BookedEmbeddings
from brains.llm.embedding_models import build_embeddings
from brains.llm.gateway import EchelonGateway, build_gateway
from brains.llm.groups import Endpoint
from brains.llm.hedging import Hedger
from daemon.blackboard.engine import Engine
from daemon.core.clock import Clock
from daemon.core.events import Listener
from daemon.core.settings.models import Settings
from daemon.resilience.breaker import Breaker
from daemon.resilience.gate import Gate
from daemon.runtime.bookkeeping import BoardLedger
from daemon.runtime.economy import Economy
from daemon.runtime.paid_readings import BoardReadings


@dataclass(frozen=True, slots=True)
class ModelSide:
    """The gateway, what stands around it, and the embeddings when a provider makes them."""

    gateway: EchelonGateway
    economy: Economy
    gate: Gate
    chaos: Chaos
    embeddings: BookedEmbeddings | None
    readings: BoardReadings
    """For the sensors, within the same budget."""


def open_model_side(
    settings: Settings,
    *,
    engine: Engine,
    clock: Clock,
    rng: random.Random,
    emit: Listener,
    degrading: Degrading | None = None,
) -> ModelSide:
    """Build it all; nothing is started. Raises `ConfigError` for models, keys, SDKs or groups that are missing."""
    gate = Gate(settings.llm.max_concurrency)
    ledger = BoardLedger(
        engine=engine, budget=settings.budget, now=clock.now, keep_prompts_days=settings.llm.keep_prompts_days
    )
    burn = BurnRate(settings.budget.burn, daily_usd=settings.budget.daily_usd, clock=clock, emit=emit)
    chaos = Chaos(settings.chaos, clock=clock, emit=emit)

    def open_batches(endpoints: Mapping[str, Endpoint], breakers: Mapping[str, Breaker]) -> BatchEconomy:
        return BatchEconomy(
            settings.llm.batch,
            ledger=ledger,
            endpoints=endpoints,
            gate=gate,
            breakers=breakers,
            clock=clock,
            emit=emit,
        )

    gateway = build_gateway(
        settings.llm,
        ledger=ledger,
        gate=gate,
        clock=clock,
        rng=rng,
        emit=emit,
        hedger=Hedger(settings.llm.hedge, clock=clock, emit=emit),
        burn=burn,
        batch=open_batches,
        wrap=chaos.wrap,
        degrading=degrading,
    )
    embeddings = build_embeddings(
        settings.memory, settings.llm, ledger=ledger, gate=gate, clock=clock, rng=rng, emit=emit
    )
    economy = Economy(engine=engine, gateway=gateway, ledger=ledger, burn=burn, chaos=chaos, clock=clock)
    readings = BoardReadings(engine, caps=ledger.caps, exhaustion=ledger.exhaustion)
    return ModelSide(gateway, economy, gate, chaos, embeddings, readings)
