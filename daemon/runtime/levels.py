"""Keeps the level of degradation: gathers the signs, asks the ladder, heeds a person's choice, and tells of changes."""

import asyncio
import json
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from daemon.blackboard.engine import Engine
from daemon.blackboard.senses import READER
from daemon.core.clock import Clock, iso
from daemon.core.errors import BlackboardError
from daemon.core.events import Event, Listener
from daemon.core.settings.level_models import LevelSettings
from daemon.resilience.chosen_level import AUTO, LEVEL_SET, LEVEL_TOLD, ChosenLevel, chosen_level
from daemon.resilience.levels import CurrentLevel, Ladder, Level, Signs
from daemon.resilience.window import Window

LEVEL: Final = "level"
LADDER: Final = "ladder"
"""The vital sign from which the next process learns where the ladder stood."""
LOOK_SECONDS = 1.0
_DISK_LOOK_SECONDS = 5.0
_MOST_CALLS = 100_000
"""Calls in the window: some megabytes at the most."""

_FAULTS: Final = frozenset(
    {
        "AnswerLostError",
        "BrokenStreamError",
        "CallTimeoutError",
        "ConnectionFaultError",
        "RateLimitedError",
        "ServerFaultError",
        "SlowStreamError",
        "TransientError",
    }
)
"""What an endpoint did to a call. A 429 is among them: what a level does about it, fewer calls, is what it asks for."""
_ANSWERS: Final = frozenset(
    {
        "BadRequestError",
        "ContextTooLongError",
        "LoopingStreamError",
        "MalformedAnswerError",
        "PaidRefusalError",
        "RefusedError",
        "UnusableAnswerError",
    }
)
"""The endpoint answered. All else (a refused key, an unknown model, a cancelled call) says nothing of how it is."""
_LOCAL: Final = frozenset({"offline"})
_NO_BRAIN: Final = frozenset({"memory", READER})
"""What a level would not help: embeddings, and readings of sources."""


class Answering(Protocol):
    """Tells who can be asked (`EchelonGateway`)."""

    def silent_tasks(self) -> tuple[str, ...]:
        """All tasks, when nobody can answer any of them now; else none."""
        ...

    def is_first_choice_away(self) -> bool:
        """Whether a model that is asked first is left alone for now."""
        ...


class LevelKeeper:
    """The level that holds: a person's choice while it lasts, else what the rules say.

    Without `levels.enabled` the rules are not asked. `level_changed` has `level`, `before`, `reason`, `by` (`auto`, or
    the program a person used) and `until` (ISO, None: no end).
    """

    def __init__(
        self,
        settings: LevelSettings,
        *,
        current: CurrentLevel,
        answering: Answering,
        engine: Engine,
        emit: Listener,
        clock: Clock,
        free_disk: Callable[[], int | None],
    ) -> None:
        self._settings = settings
        self._current = current
        self._answering = answering
        self._engine = engine
        self._tell = emit
        self._clock = clock
        self._free_disk = free_disk
        self._ladder = Ladder(settings, clock=clock)
        self._window = Window(settings.window, most=_MOST_CALLS)
        self._chosen: ChosenLevel | None = None
        self._since = clock.now()
        self._free: int | None = None
        self._disk_looked_at: float | None = None
        self._is_by_hand = False
        """A person had set the level that was told last."""
        self._kept: Mapping[str, str] = {}
        """The vital signs as they stand on the board."""

    @property
    def level(self) -> Level:
        """The level that holds now."""
        return self._current.value

    def document(self) -> dict[str, Any]:
        """`{"level", "since", "reason", "by", "until", "automatic", "leaves_at"}`; times are ISO, None: no time.

        `automatic` is what the rules say; `leaves_at` the earliest time at which the level may end by itself.
        """
        chosen, ladder = self._chosen, self._ladder
        until = chosen.until if chosen else None
        return {
            "level": self.level.value,
            "since": iso(self._since),
            "reason": chosen.reason if chosen else ladder.reason,
            "by": chosen.by if chosen else AUTO,
            "until": iso(until),
            "automatic": ladder.level.value,
            "leaves_at": iso(until if chosen else self._leaves_at()),
        }

    def vital_signs(self) -> dict[str, str]:
        """What is written on the board for readers, and for the next start."""
        return {
            LEVEL: self.level.value,
            LEVEL_TOLD: json.dumps(self.document()),
            LADDER: json.dumps(self._ladder.snapshot()),
        }

    async def start(self) -> None:
        """Go on where the former process was. Call it before any work is taken up.

        The rules' level is taken up only within its shortest stay: after that it says nothing of now, and the breakers,
        which are restored as well, lead back to it in no time if nothing is better.
        """
        before = await self._engine.get_control(LEVEL)
        with suppress(KeyError, TypeError, ValueError):
            if self._settings.enabled:
                self._ladder.restore(json.loads(await self._engine.get_control(LADDER) or "{}"))
        with suppress(KeyError, TypeError, ValueError):
            told = json.loads(await self._engine.get_control(LEVEL_TOLD) or "{}")
            self._since = datetime.fromisoformat(told["since"]).timestamp()
        self._current.value = Level(before) if before in tuple(Level) else Level.L0
        # Told only after a look: a disk that is still full is no change.
        self._chosen = chosen_level(await self._engine.get_control(LEVEL_SET), now=self._clock.now())
        await self.look()

    async def run(self) -> None:
        """Look every second until cancelled."""
        while True:
            await self._clock.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Gather the signs, take the step they ask for, and keep it."""
        await self._look_at_disk()
        if self._settings.enabled:
            self._ladder.look(self._signs())
        self._settle()
        await self._keep()

    def on_event(self, event: Event) -> None:
        """Listen to how calls end, and to a person's choice."""
        if event.type == "call_settled":
            self._count(event.data)
        elif event.type == "control_set" and event.data.get("key") == LEVEL_SET:
            self._choose(event.data.get("value"))
        elif event.type == "breaker_reset":
            self._ladder.end_stay()

    # --- inside ---

    def _choose(self, control: str | None) -> None:
        self._chosen = chosen_level(control, now=self._clock.now())
        self._settle()

    def _settle(self) -> None:
        """Let the level be what it must be now, and tell of it when it was another."""
        if self._chosen and not self._chosen.holds(now=self._clock.now()):
            self._chosen = None
        before, level = self.level, self._chosen.level if self._chosen else self._ladder.level
        was_by_hand, self._is_by_hand = self._is_by_hand, self._chosen is not None
        if level is before:
            return
        self._current.value, self._since = level, self._clock.now()
        found = self.document()
        data = {"level": level.value, "before": before.value, **{key: found[key] for key in ("reason", "by", "until")}}
        if was_by_hand and not self._is_by_hand:
            data["reason"] = f"the rules decide again: {data['reason']}"
        self._tell(Event(type="level_changed", at=self._since, data=data))

    async def _keep(self) -> None:
        """Write what has changed; a board that takes nothing now is tried again at the next look."""
        for key, sign in self.vital_signs().items():
            if self._kept.get(key) != sign:
                with suppress(BlackboardError):
                    await self._engine.write_vital(key, sign)
                    self._kept = {**self._kept, key: sign}

    async def _look_at_disk(self) -> None:
        now = self._clock.monotonic()
        if self._disk_looked_at is None or now - self._disk_looked_at >= _DISK_LOOK_SECONDS:
            self._disk_looked_at = now
            self._free = await asyncio.to_thread(self._free_disk)

    def _signs(self) -> Signs:
        calls, faults = self._window.counts(at=self._clock.monotonic())
        return Signs(
            calls=calls,
            faults=faults,
            silent=self._answering.silent_tasks(),
            is_first_choice_away=self._answering.is_first_choice_away(),
            free_disk=self._free,
        )

    def _leaves_at(self) -> float | None:
        return self._ladder.leaves_at() if self._settings.enabled else None

    def _count(self, data: Mapping[str, Any]) -> None:
        """One call more, when it says how its provider is: no local one, none of a batch, none but a brain's."""
        fault, is_ok = data.get("fault"), data.get("status") == "ok"
        is_of_use = data.get("call_id") is not None and data.get("provider") not in _LOCAL
        if not is_of_use or data.get("kind") == "batch" or data.get("brain") in _NO_BRAIN:
            return
        if is_ok or fault in _FAULTS | _ANSWERS:
            self._window.add(at=self._clock.monotonic(), is_failure=fault in _FAULTS)


def free_bytes(folder: Path) -> int | None:
    """The space left for us on the disk of a folder; None when it cannot be told. Blocks."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
