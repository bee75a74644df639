"""The three ways to run the program: as a daemon, once, and as a demo."""

import asyncio
import gc
import os
import signal
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from daemon.api.server import ApiServer
from daemon.app.assembly import open_desk
from daemon.app.reading import ReadingProgress
from daemon.blackboard.reading.published import locations_since, waits_for
from daemon.blackboard.sqlite.files import BOARD_NAME
from daemon.blackboard.states import LIVE, State
from daemon.core.clock import Clock, SystemClock, iso
from daemon.core.errors import ConfigError
from daemon.core.events import Event
from daemon.core.logs import configure_logging
from daemon.core.settings.exposure import exposure
from daemon.core.settings.loading import load_settings
from daemon.core.settings.models import Settings
from daemon.core.version import version
from daemon.publish.locations import atom_file
from daemon.resilience.levels import Level
from daemon.runtime.desk import PAUSED, Desk
from daemon.runtime.draining import Drain
from daemon.runtime.network import NETWORK, in_words, offline
from daemon.runtime.progress import Progress
from daemon.runtime.pulse import Pulse, systemd_notifier
from daemon.runtime.reports import DemoReport, OnceReport
from daemon.runtime.sensing import PollResult
from daemon.runtime.supervisor import Service

DEMO_FOLDER = "davidagent-demo"
_TOLD_BY_REPORT = frozenset({"source_polled", "network_lost", "network_back"})
_PACKAGE = Path(__file__).parents[1]
_SAMPLES = (_PACKAGE / "samples", _PACKAGE.parent / "data" / "samples")


async def run_daemon(settings: Settings, *, path: Path | None) -> int:
    """Run until SIGTERM or SIGINT; answers the exit code. `path` is the configuration file, for the log."""
    configure_logging(settings.log)
    notifier = systemd_notifier(os.environ)
    stop = _stop_signal()
    async with open_desk(settings) as desk, _listening(desk) as address:
        facts = {
            "pid": os.getpid(),
            "version": version(),
            "address": address,
            "config": str(path) if path else None,
            "started_at": iso(desk.clock.now()),
        }
        pulse = Pulse(
            engine=desk.engine,
            clock=desk.clock,
            notifier=notifier,
            vital_signs=lambda: _vital_signs(desk, facts),
            status_line=lambda: f"{len(desk.worker.in_hand)} items in hand, memory {desk.memory.status()}",
            on_beat=desk.monitor.beaten,
        )
        await desk.start_working()
        await pulse.beat()
        desk.supervisor.start(Service("sensing", desk.sensing.run))
        desk.supervisor.start(Service("pulse", pulse.run))
        desk.recorder.emit(Event(type="daemon_started", at=desk.clock.now(), data=facts))
        for warning in exposure(settings.api):
            told = {"address": address, "warning": warning}
            desk.recorder.emit(Event(type="api_exposed", at=desk.clock.now(), data=told))
        _spare_the_collector()
        notifier.notify("READY=1")
        await stop.wait()
        notifier.notify("STOPPING=1")
        desk.recorder.emit(Event(type="daemon_stopping", at=desk.clock.now(), data={"pid": os.getpid()}))
        await desk.supervisor.stop("sensing")
    return 0


@asynccontextmanager
async def _listening(desk: Desk) -> AsyncIterator[str]:
    """The API at the address it answers, to the end; from then on nobody is sent there any more."""
    server = ApiServer(desk, host=desk.settings.api.host, port=desk.settings.api.port)
    address = await server.start()
    try:
        desk.engine.set_address(address)
        yield address
    finally:
        desk.engine.set_address(None)
        await server.stop()


async def run_once(settings: Settings, *, strict: bool, patience: float | None, progress: Progress) -> OnceReport:
    """Poll every source once, work off the board, end. `strict` is the caller's: it looks at `dead`."""
    del strict
    configure_logging(settings.log, told_elsewhere=_TOLD_BY_REPORT)
    started, clock = time.time(), SystemClock()
    _end_softly_on_sigterm()
    async with open_desk(_bounded(settings)) as desk:
        before = await asyncio.to_thread(desk.reader.counts)
        sources = await asyncio.to_thread(desk.reader.sources)
        desk.emitter.listen(ReadingProgress(progress, counts=before, total=sum(one["enabled"] for one in sources)))
        await desk.start_working()
        polls = await desk.sensing.poll_all()
        waiting = await _drained(desk, progress=progress, clock=clock, patience=patience)
        await desk.publisher.flush()
        if not waiting:
            await desk.finish_remembering()
        return await asyncio.to_thread(_report, desk, before=before, started=started, polls=polls, waiting=waiting)


def _bounded(settings: Settings) -> Settings:
    """Who wants the board worked off now does not wait a day for half the price; what was sent before is fetched.

    Nor does such a run degrade by itself: it is over before that could end well. A level set by hand holds.
    """
    batch = settings.llm.batch.model_copy(update={"enabled": False})
    llm = settings.llm.model_copy(update={"batch": batch})
    levels = settings.levels.model_copy(update={"enabled": False})
    return settings.model_copy(update={"llm": llm, "levels": levels})


async def run_demo(home: Path | None, *, progress: Progress) -> DemoReport:
    """The main job on the sample feeds: offline brain, fresh home, no key, no network."""
    folder = home or _fresh_folder(Path.cwd())
    if (folder / BOARD_NAME).exists():
        raise ConfigError(f"{folder} has a board already; name a fresh folder with --home, or none")
    samples = next((path for path in _SAMPLES if path.is_dir()), None)
    if samples is None:
        raise ConfigError(f"the sample feeds are missing; they belong in {_SAMPLES[-1]}")
    folder.mkdir(parents=True, exist_ok=True)
    sources = [{"rss": str(feed), "tags": ["sample"]} for feed in sorted(samples.glob("*.xml"))]
    settings = load_settings(
        config=None,
        environ={},
        cwd=folder,
        overrides={"home": str(folder), "sources": sources, "log": {"level": "warning"}},
    ).settings
    report = await run_once(settings, strict=False, patience=None, progress=progress)
    return DemoReport(**{field: getattr(report, field) for field in OnceReport.__dataclass_fields__}, home=folder)


async def _drained(desk: Desk, *, progress: Progress, clock: Clock, patience: float | None) -> Mapping[str, int]:
    """Work off the board; what is left waits for the answered reasons. Paused, or in L3, it takes up nothing."""
    is_paused = await desk.engine.get_control(PAUSED) is not None
    if not is_paused and desk.levels.level is not Level.L3:
        if not await Drain(desk, progress=progress, clock=clock).run(patience=patience):
            return {}
        # What is in hand ends or is put back before it is counted, so that the report is what the board says.
        await desk.worker.stop(grace_seconds=desk.settings.shutdown.grace_seconds)
        return await asyncio.to_thread(waits_for, desk.reader.path)
    counts = await asyncio.to_thread(desk.reader.counts)
    left = sum(counts[state] for state in LIVE)
    why = "davidagent resume, for the desk is paused" if is_paused else "davidagent level auto, for L3 is set"
    return {why: left} if left else {}


def _end_softly_on_sigterm() -> None:
    """A scheduler's SIGTERM is to end a bounded run as Ctrl-C does, and that is what the event loop knows."""
    with suppress(NotImplementedError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, signal.raise_signal, signal.SIGINT)


def _spare_the_collector() -> None:
    """What was made at the start stays to the end: to walk through it again and again held everything for 0.1 s."""
    gc.collect()
    gc.freeze()


def _stop_signal() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT; a second one ends the process at once, which loses nothing either."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def on_signal() -> None:
        if stop.is_set():
            os._exit(130)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, on_signal)
    return stop


def _vital_signs(desk: Desk, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {**desk.vital_signs(), "daemon": {**facts, "heartbeat_at": desk.clock.now()}}


def _report(
    desk: Desk,
    *,
    before: Mapping[str, int],
    started: float,
    polls: Sequence[PollResult],
    waiting: Mapping[str, int],
) -> OnceReport:
    after = desk.reader.counts()
    grown = {state: after[state] - before[state] for state in after}
    settings, sign = desk.settings, offline(desk.reader.controls().get(NETWORK))
    places = [("home", settings.home)]
    if settings.publish.markdown:
        places.append(("posts (Markdown)", settings.publish.markdown.dir))
    if settings.publish.html:
        places.append(("pages (HTML)", settings.publish.html.dir / "index.html"))
    if settings.publish.atom:
        places.append(("feed (Atom)", atom_file(settings)))
    return OnceReport(
        published=grown[State.PUBLISHED],
        discarded=grown[State.DISCARDED],
        held=grown[State.HELD],
        dead=grown[State.DEAD_LETTER],
        waiting=sum(waiting.values()),
        waits_for=waiting,
        cost_usd=desk.reader.totals(since=started)["cost_usd"],
        seconds=time.time() - started,
        places=places,
        posts=[
            (title, Path(location))
            for title, location in locations_since(desk.reader.path, sink="markdown", since=started)
        ],
        failed_sources=_failed(polls),
        network=in_words(sign) if sign else None,
    )


def _failed(polls: Sequence[PollResult]) -> Mapping[str, str]:
    """Each source that could not be read, by a name of its own, and why."""
    failed: dict[str, str] = {}
    for poll in polls:
        if poll.error:
            alike = sum(name == poll.source or name.startswith(f"{poll.source} (") for name in failed)
            failed[f"{poll.source} ({alike + 1})" if alike else poll.source] = poll.error
    return failed


def _fresh_folder(parent: Path) -> Path:
    candidates = (parent / (f"{DEMO_FOLDER}-{number}" if number > 1 else DEMO_FOLDER) for number in range(1, 10_000))
    return next(folder for folder in candidates if not folder.exists())
