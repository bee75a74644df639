"""Keeps the services running: one that ends by a fault is said so and started again, ever more slowly."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from daemon.blackboard.failures import describe_failure
from daemon.core.clock import Clock
from daemon.core.events import Event, Listener

RESTART_DELAYS = (1.0, 2.0, 5.0, 10.0, 30.0)
STEADY_AFTER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Service:
    """A long-lived part: `run` works until it is cancelled."""

    name: str
    run: Callable[[], Awaitable[None]]


class Supervisor:
    """Starts services, restarts those that fail, stops them in the reverse order."""

    def __init__(self, *, emit: Listener, clock: Clock) -> None:
        self._tell = emit
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._faults: dict[str, tuple[str, float]] = {}
        self._hopeless: set[str] = set()
        """Services that failed again and again, until the longest pause."""

    @property
    def faults(self) -> dict[str, str]:
        """The last fault of each service that has not run steadily since."""
        now = self._clock.monotonic()
        return {name: message for name, (message, steady_at) in self._faults.items() if now < steady_at}

    @property
    def lost(self) -> list[str]:
        """Services that have ended although nobody stopped them, and those that fail whenever they are started."""
        ended = {name for name, task in self._tasks.items() if task.done()}
        return sorted(ended | self._hopeless.intersection(self.faults))

    def start(self, service: Service) -> None:
        """Run a service from now on."""
        self._tasks[service.name] = asyncio.create_task(self._keep(service), name=service.name)

    async def stop(self, name: str) -> None:
        """End one service; one that is not there is fine."""
        task = self._tasks.pop(name, None)
        if task is None:
            return
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def stop_all(self) -> None:
        """End all services, the latest first."""
        for name in reversed(list(self._tasks)):
            await self.stop(name)

    async def _keep(self, service: Service) -> None:
        failures = 0
        while True:
            started = self._clock.monotonic()
            try:
                await service.run()
            except Exception as error:  # noqa: BLE001 - the outer loop of every service; said as an event below
                if self._clock.monotonic() - started > STEADY_AFTER_SECONDS:
                    failures = 0
                    self._hopeless.discard(service.name)
                delay = RESTART_DELAYS[min(failures, len(RESTART_DELAYS) - 1)]
                failures += 1
                if failures >= len(RESTART_DELAYS):
                    self._hopeless.add(service.name)
                self._say_failed(service, error, delay)
                await self._clock.sleep(delay)
            else:
                return

    def _say_failed(self, service: Service, error: Exception, delay: float) -> None:
        failure = describe_failure(error)
        steady_at = self._clock.monotonic() + delay + STEADY_AFTER_SECONDS
        self._faults[service.name] = (failure.message, steady_at)
        self._tell(
            Event(
                type="service_failed",
                at=self._clock.now(),
                data={
                    "service": service.name,
                    "error": failure.message,
                    "traceback": failure.traceback,
                    "restart_in": delay,
                },
            )
        )
