"""The one place that names concrete parts: engine, brains, sensors, sinks, memory."""

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from brains.base import Brain
from brains.left_brain import LeftBrain
from brains.llm.base import Gateway
from brains.llm.degrading import Degrading
from brains.llm.gateway import EchelonGateway
from brains.memory.base import Memory
from brains.memory.building import build_memory
from brains.memory.resting import RestingMemory
from brains.right_brain import RightBrain
from daemon.app.board import open_engine
from daemon.app.economy import ModelSide, open_model_side
from daemon.app.senses import new_source, open_senses
from daemon.blackboard import SqliteEngine
from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.published import known_cost, recent_posts
from daemon.blackboard.records import Claim
from daemon.blackboard.states import Step
from daemon.core.clock import Clock, SystemClock
from daemon.core.events import Emitter
from daemon.core.logs import log_events
from daemon.core.settings.models import Settings
from daemon.publish.atom import AtomSink
from daemon.publish.base import Post, Sink
from daemon.publish.compose import compose_post, post_content, post_from_content
from daemon.publish.locations import ATOM_FILE, atom_file
from daemon.publish.markdown import MarkdownSink
from daemon.publish.notify import notify_sinks
from daemon.publish.pages import HtmlSink
from daemon.resilience.levels import CurrentLevel, Level
from daemon.resilience.retrying import RetryPolicy
from daemon.runtime.access import open_access
from daemon.runtime.article_reading import ArticleReading
from daemon.runtime.clock_watch import ClockWatch
from daemon.runtime.condition import Parts
from daemon.runtime.desk import Desk
from daemon.runtime.health import Monitor
from daemon.runtime.leases import LeaseKeeper, Rescuer
from daemon.runtime.lessons import BoardLessons, SourceTrust
from daemon.runtime.levels import LevelKeeper, free_bytes
from daemon.runtime.publisher import Publisher
from daemon.runtime.recorder import Recorder
from daemon.runtime.remembered import load_posts
from daemon.runtime.remembering import Remembering
from daemon.runtime.sensing import Sensing
from daemon.runtime.steps import StepRunner
from daemon.runtime.supervisor import Supervisor
from daemon.runtime.worker import Worker
from sensors.articles.reader import ArticleReader
from sensors.senses import Senses

_LEAST_SLOTS = 16
_SLOTS_FOR_EACH_REQUEST = 10
"""Enough items in hand that the gate is never idle, also when the board is nearly drained."""
NO_MODEL = "grounding"
"""What stands for the model of a review that no model took part in."""


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[Desk]:
    """The whole program, put together but not started; what was started is stopped softly at the end."""
    emitter = Emitter()
    emitter.listen(log_events)
    async with open_engine(settings, emitter=emitter) as engine:
        await engine.sync_sources([new_source(source) for source in settings.sources])
        desk = _assemble(settings, engine=engine, emitter=emitter)
        try:
            yield desk
        finally:
            await desk.stop(grace_seconds=settings.shutdown.grace_seconds)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every part stands on."""

    settings: Settings
    engine: SqliteEngine
    emitter: Emitter
    recorder: Recorder
    reader: BoardReader
    clock: Clock
    clock_watch: ClockWatch
    rng: random.Random
    worker_id: str
    level: CurrentLevel
    degrading: Degrading


def _assemble(settings: Settings, *, engine: SqliteEngine, emitter: Emitter) -> Desk:
    ground = _ground(settings, engine=engine, emitter=emitter)
    models = open_model_side(
        settings,
        engine=engine,
        clock=ground.clock,
        rng=ground.rng,
        emit=ground.recorder.emit,
        degrading=ground.degrading,
    )
    memory = _memory(ground, models=models)
    gateway = models.gateway
    publisher = _publisher(ground)
    worker = _worker(ground, gateway=gateway, memory=memory, publisher=publisher)
    leases = _leases(ground, worker=worker)
    senses = open_senses(settings, clock=ground.clock, rng=ground.rng, readings=models.readings)
    supervisor, levels = Supervisor(emit=ground.recorder.emit, clock=ground.clock), _levels(ground, gateway=gateway)
    parts = Parts(memory, models.gate, worker, models.economy, supervisor, levels)
    return Desk(
        settings=settings,
        access=open_access(settings),
        clock=ground.clock,
        clock_watch=ground.clock_watch,
        emitter=emitter,
        engine=engine,
        reader=ground.reader,
        recorder=ground.recorder,
        memory=memory,
        gateway=gateway,
        gate=models.gate,
        economy=models.economy,
        levels=levels,
        publisher=publisher,
        senses=senses,
        worker=worker,
        sensing=_sensing(ground, senses=senses),
        articles=_articles(ground, senses=senses),
        remembering=_remembering(ground, memory=memory),
        leases=leases,
        rescuer=_rescuer(ground, leases=leases),
        supervisor=supervisor,
        monitor=_monitor(ground, parts),
    )


def _ground(settings: Settings, *, engine: SqliteEngine, emitter: Emitter) -> _Ground:
    level, clock = CurrentLevel(), SystemClock()
    longest = settings.sensors.full_text.max_wait
    return _Ground(
        settings=settings,
        engine=engine,
        emitter=emitter,
        recorder=Recorder(engine=engine, emitter=emitter),
        reader=BoardReader(engine.path),
        clock=clock,
        clock_watch=ClockWatch(engine=engine, clock=clock, article_seconds=longest),
        rng=random.SystemRandom(),
        worker_id=uuid.uuid4().hex,
        level=level,
        degrading=Degrading(settings.levels, level),
    )


def _levels(ground: _Ground, *, gateway: EchelonGateway) -> LevelKeeper:
    return LevelKeeper(
        ground.settings.levels,
        current=ground.level,
        answering=gateway,
        engine=ground.engine,
        emit=ground.recorder.emit,
        clock=ground.clock,
        free_disk=partial(free_bytes, ground.settings.home),
    )


def _memory(ground: _Ground, *, models: ModelSide) -> Memory:
    memory = build_memory(
        ground.settings.memory,
        home=ground.settings.home,
        clock=ground.clock,
        emit=ground.recorder.emit,
        embeddings=models.embeddings,
        is_down=lambda: models.chaos.is_memory_down,
    )
    return RestingMemory(memory, is_resting=lambda: ground.level() >= Level.L2)


def _monitor(ground: _Ground, parts: Parts) -> Monitor:
    return Monitor(
        settings=ground.settings,
        clock=ground.clock,
        reader=ground.reader,
        emitter=ground.emitter,
        condition=parts.condition,
    )


def _worker(ground: _Ground, *, gateway: Gateway, memory: Memory, publisher: Publisher) -> Worker:
    settings = ground.settings
    steps = StepRunner(
        engine=ground.engine,
        brains=_brains(ground, gateway=gateway, memory=memory),
        publisher=publisher,
        review=settings.review,
        clock=ground.clock,
        why_hold=SourceTrust(ground.engine.path, settings=settings.feedback, emitter=ground.emitter).why_hold,
    )
    return Worker(
        engine=ground.engine,
        steps=steps,
        emitter=ground.emitter,
        emit=ground.recorder.emit,
        clock=ground.clock,
        worker_id=ground.worker_id,
        slots=settings.worker.slots or max(_LEAST_SLOTS, _SLOTS_FOR_EACH_REQUEST * settings.llm.max_concurrency),
        lease_seconds=settings.blackboard.lease,
        step_timeout=settings.worker.step_timeout,
        ready_at=lambda step: 0.0 if step is Step.PUBLISH else gateway.ready_at(step),
        is_probing=lambda step: step is not Step.PUBLISH and gateway.is_probing(step),
        is_resting=lambda: ground.level() is Level.L3,
        patience=lambda: ground.degrading.patience,
        look_at_clock=ground.clock_watch.look,
    )


def _sensing(ground: _Ground, *, senses: Senses) -> Sensing:
    return Sensing(
        engine=ground.engine,
        sensors=senses,
        emitter=ground.emitter,
        emit=ground.recorder.emit,
        clock=ground.clock,
        concurrency=ground.settings.sensors.concurrency,
        per_host=ground.settings.sensors.per_host,
    )


def _articles(ground: _Ground, *, senses: Senses) -> ArticleReading:
    return ArticleReading(
        engine=ground.engine,
        reader=ArticleReader(senses.context),
        emitter=ground.emitter,
        clock=ground.clock,
        rng=ground.rng,
        settings=ground.settings.sensors.full_text,
        look_at_clock=ground.clock_watch.look,
    )


def _remembering(ground: _Ground, *, memory: Memory) -> Remembering:
    return Remembering(
        engine=ground.engine,
        memory=memory,
        load_posts=load_posts(ground.engine.path),
        emitter=ground.emitter,
        clock=ground.clock,
    )


def _leases(ground: _Ground, *, worker: Worker) -> LeaseKeeper:
    return LeaseKeeper(
        engine=ground.engine,
        in_hand=lambda: worker.in_hand,
        on_lost=worker.drop,
        lease_seconds=ground.settings.blackboard.lease,
        clock=ground.clock,
    )


def _rescuer(ground: _Ground, *, leases: LeaseKeeper) -> Rescuer:
    return Rescuer(
        engine=ground.engine,
        worker_id=ground.worker_id,
        lease_seconds=ground.settings.blackboard.lease,
        max_rescues=ground.settings.worker.max_rescues,
        clock=ground.clock,
        renew=leases.renew,
    )


def _brains(ground: _Ground, *, gateway: Gateway, memory: Memory) -> Mapping[Step, Brain]:
    settings = ground.settings
    lessons = BoardLessons(
        ground.engine.path,
        settings=settings.feedback,
        emitter=ground.emitter,
        emit=ground.recorder.emit,
        clock=ground.clock,
    )
    left = LeftBrain(gateway, lessons=lessons)
    right = RightBrain(gateway, memory, language=settings.language, recall=settings.memory.recall, lessons=lessons)
    return {Step.EXTRACT: left, Step.DRAFT: right, Step.REVIEW: left}


def _publisher(ground: _Ground) -> Publisher:
    retry = ground.settings.llm.retry
    return Publisher(
        _sinks(ground.settings, reader=ground.reader, clock=ground.clock),
        engine=ground.engine,
        compose=partial(_compose, ground.engine.path),
        to_content=post_content,
        policy=RetryPolicy(delays=retry.delays, jitter=retry.jitter),
        clock=ground.clock,
        rng=ground.rng,
    )


def _sinks(settings: Settings, *, reader: BoardReader, clock: Clock) -> Sequence[Sink]:
    wanted, sinks = settings.publish, list[Sink]()
    if wanted.markdown:
        sinks.append(MarkdownSink(wanted.markdown.dir))
    title = wanted.atom.title if wanted.atom else "DavidAgent"
    if wanted.html:
        sinks.append(HtmlSink(wanted.html.dir, clock=clock, title=title, feed=ATOM_FILE if wanted.atom else None))
    if wanted.atom:
        sinks.append(
            AtomSink(
                atom_file(settings),
                settings=wanted.atom,
                recent=lambda limit: [post_from_content(c) for c in recent_posts(reader.path, limit=limit)],
                clock=clock,
            )
        )
    return [*sinks, *notify_sinks(wanted.notify)]


async def _compose(board: Path, claim: Claim, published_at: float) -> Post:
    cost_micro = await asyncio.to_thread(known_cost, board, claim.item.id)
    return compose_post(
        claim.item,
        claim.observation,
        claim.artifacts,
        published_at=published_at,
        models=[artifact.model for artifact in claim.artifacts if artifact.model and artifact.model != NO_MODEL],
        cost_micro=cost_micro,
    )
