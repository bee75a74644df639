"""The budget as a person sees and changes it."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from daemon.blackboard import read_holder
from daemon.blackboard.budgets import BRAIN_PREFIX, CONTROL, Override, read_override, with_cap, write_override
from daemon.blackboard.engine import Engine
from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.budget import Accounts, budget_document, read_accounts
from daemon.core.errors import UsageError
from daemon.core.settings.models import BudgetSettings

Document = dict[str, Any]

WAITS_FOR = "budget"


def accounts_of(reader: BoardReader, *, now: float) -> Accounts:
    """What stands on the board, also when there is none yet."""
    if not reader.exists:
        return Accounts(now)
    holder = read_holder(reader.path.parent)
    return read_accounts(reader.path, now=now, is_running=holder is not None and holder.address is not None)


def budget_report(reader: BoardReader, *, budget: BudgetSettings, now: float) -> Document:
    """The whole document of `reading.budget`."""
    return budget_document(accounts_of(reader, now=now), budget=budget)


class BudgetSwitch:
    """Caps set for a while. Every verb answers the budget as it then is, with what it did.

    `changed` says whether anything was; `woken` how many items may go on; `warnings` what a person should know.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        reader: BoardReader,
        budget: BudgetSettings,
        by: str,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._engine = engine
        self._reader = reader
        self._budget = budget
        self._by = by
        self._now = now

    async def report(self) -> Document:
        """The budget."""
        return await asyncio.to_thread(budget_report, self._reader, budget=self._budget, now=self._now())

    async def set_caps(self, caps: Mapping[str, float]) -> Document:
        """Set caps (dollars by scope: `day`, `month`, `brain:left`) for their running period.

        What waits for the budget goes on. Raises `UsageError` for an amount that is none.
        """
        override = await self._override()
        for scope, usd in caps.items():
            override = _with(override, scope=scope, usd=usd, at=self._now())
        return await self._kept(write_override(override), scopes=caps)

    async def reset(self) -> Document:
        """Let the configured caps hold."""
        return await self._kept(None, scopes=await self._override())

    async def _override(self) -> Override:
        return read_override(await self._engine.get_control(CONTROL))

    async def _kept(self, text: str | None, *, scopes: Mapping[str, Any]) -> Document:
        is_changed = await self._engine.get_control(CONTROL) != text
        await self._engine.set_control(CONTROL, text, by=self._by)
        # Also when nothing was changed: whoever still waits looks again, and finds what holds.
        woken = await self._engine.wake(waits_for=WAITS_FOR)
        report = await self.report()
        warnings = [said for one in report["scopes"] if one["scope"] in scopes and (said := _warning(one))]
        return report | {"changed": is_changed, "woken": woken, "warnings": warnings}


def scope_name(scope: str) -> str:
    """A scope as a person reads it."""
    brain = scope.removeprefix(BRAIN_PREFIX)
    return f"the {brain} brain's day" if scope.startswith(BRAIN_PREFIX) else f"the {scope}"


def _with(override: Override, *, scope: str, usd: float, at: float) -> Override:
    try:
        return with_cap(override, scope=scope, usd=usd, at=at)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _warning(scope: Document) -> str | None:
    """A cap below what is charged already stops all paid work."""
    charged = scope["spent_usd"] + scope["set_aside_usd"] + scope["unconfirmed_usd"]
    if scope["cap_usd"] is None or scope["cap_usd"] > charged:
        return None
    return (
        f"{scope_name(scope['scope'])} has ${charged:.4f} charged already, and ${scope['cap_usd']:.4f} is its cap: "
        f"paid work waits until {scope['ends_at']}"
    )
