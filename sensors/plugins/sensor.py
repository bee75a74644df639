"""A sensor of another package, as we run it: loaded when wanted, cut off when it hangs, never believed blindly.

Whatever it does is its source's failure. Only a sensor that blocks the event loop is beyond this: the loop's own watch
(`daemon/runtime/loop_watch.py`) tells of it.
"""

import asyncio
import copy
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from daemon.blackboard.records import Source
from daemon.core.errors import DavidAgentError, OutsideError, SensorError
from sensors.base import Sensor, SensorFactory, Sighting
from sensors.context import SensorContext
from sensors.own_thread import in_own_thread
from sensors.plugins.answers import Asked, failed_sighting, sound_sighting
from sensors.plugins.installed import build_sensor, load_factory
from sensors.secret_addresses import public_address

POLL_SECONDS = 120.0
_GRACE_SECONDS = 5.0


class PluginSensor:
    """The sensor of one kind that a package adds. `poll_seconds` is what one poll may take.

    It gets its sources with what is secret in them: the board has neither logins in addresses nor secrets in options.
    """

    def __init__(
        self,
        kind: str,
        context: SensorContext,
        *,
        options: Mapping[str, Mapping[str, Any]] | None = None,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self.kind = kind
        self._context = context
        self._options = options or {}
        self._poll_seconds = poll_seconds
        self._loading: asyncio.Task[tuple[SensorFactory, str]] | None = None
        self._sensor: Sensor | None = None
        self._package = ""
        self._polls: dict[int, asyncio.Task[object]] = {}

    async def poll(self, source: Source) -> Sighting:
        """Look once. Cancellation passes; anything else becomes a failed sighting."""
        context = self._context
        asked = Asked(source, settings=context.settings, now=context.clock.now(), rng=context.rng)
        try:
            answer = await self._bounded(source)
            # Ten thousand observations take half a second.
            sighting = await asyncio.to_thread(sound_sighting, answer, asked=asked, package=self._package)
            return _without_login(sighting)
        except OutsideError as error:
            return failed_sighting(str(error), asked=asked, retry_after=error.retry_after)
        except DavidAgentError as error:
            return failed_sighting(str(error), asked=asked)
        except Exception as error:  # noqa: BLE001 - the contract: a sensor's fault is its source's failed poll
            words = f"the package {self._package or self.kind} failed: {type(error).__name__}: {error}"
            return failed_sighting(words, asked=asked)

    async def close(self) -> None:
        """End the polls that hang, and close the package's sensor, if it was ever loaded."""
        await _cancelled(*self._polls.values())
        if self._sensor is not None:
            closing = asyncio.ensure_future(_guarded(self._sensor.close()))
            await asyncio.wait({closing}, timeout=_GRACE_SECONDS)
            if not closing.done():
                await _cancelled(closing)
            elif (error := closing.exception()) is not None:
                raise SensorError(f"the package {self._package} cannot be closed: {error}") from error

    async def _bounded(self, source: Source) -> object:
        """Its answer, within the time limit; a poll that does not even end when it is cancelled is left behind."""
        if source.id in self._polls:
            raise SensorError(f"the package {self._package} still hangs in the poll before")
        task = asyncio.ensure_future(_guarded(self._ask(source)))
        self._polls[source.id] = task
        task.add_done_callback(lambda _: self._polls.pop(source.id, None))
        try:
            done, _ = await asyncio.wait({task}, timeout=self._poll_seconds)
        except asyncio.CancelledError:
            await _cancelled(task)
            raise
        if done and not task.cancelled():
            return task.result()
        await _cancelled(task)
        limit = f"did not answer within {self._poll_seconds:g} s and was cut off"
        raise SensorError(f"the package {self._package or self.kind} {'gave up its poll' if done else limit}")

    async def _ask(self, source: Source) -> object:
        sensor = self._sensor or await self._loaded()
        return await sensor.poll(self._revealed(source))

    def _revealed(self, source: Source) -> Source:
        """As the package needs it. Raises `SensorError` when what is secret in its address is not known here."""
        settings = dict(source.settings)
        if source.address in self._options:
            settings["options"] = copy.deepcopy(dict(self._options[source.address]))
        return replace(source, address=self._context.reveal(source.address), settings=settings)

    async def _load(self) -> tuple[SensorFactory, str]:
        # An import that hangs must not keep the process from ending.
        return await in_own_thread(partial(load_factory, self.kind), name=f"import-{self.kind}")

    async def _loaded(self) -> Sensor:
        """The package's sensor; its import happens once, in a thread, however many sources wait for it."""
        if self._loading is None:
            self._loading = asyncio.ensure_future(self._load())
            self._loading.add_done_callback(_seen)
        loading = self._loading
        try:
            factory, self._package = await asyncio.shield(loading)
            if self._sensor is None:
                self._sensor = build_sensor(factory, self._context, kind=self.kind, package=self._package)
        finally:
            if loading.done() and self._loading is loading:
                self._loading = None
        return self._sensor


def _without_login(sighting: Sighting) -> Sighting:
    """An address with a login or a token in it never goes to the board; such a move is not kept."""
    moved_to = sighting.moved_to
    return sighting if moved_to is None or public_address(moved_to) == moved_to else replace(sighting, moved_to=None)


async def _guarded(answer: Awaitable[object]) -> object:
    try:
        return await answer
    except (Exception, asyncio.CancelledError, GeneratorExit):
        raise
    except BaseException as error:
        # SystemExit and KeyboardInterrupt would end the whole program from within a task; others pass every handler.
        raise RuntimeError(f"it wanted to end the program ({type(error).__name__} {error})") from error


async def _cancelled(*tasks: asyncio.Future[object]) -> None:
    """Cancel them, and wait a moment for all of them together."""
    for task in tasks:
        task.cancel()
        task.add_done_callback(_seen)
    if tasks:
        await asyncio.wait(tasks, timeout=_GRACE_SECONDS)


def _seen(task: asyncio.Future[Any]) -> None:
    """Nobody waits for it any more: its failure is no news."""
    if not task.cancelled():
        task.exception()
