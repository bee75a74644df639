"""Dead letters back to work: as they are, with another model, or saying something else."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from daemon.api.posting import reworded
from daemon.blackboard.engine import Engine
from daemon.blackboard.reading import BoardReader
from daemon.blackboard.reading.desk_letters import Meant
from daemon.blackboard.states import State
from daemon.core.errors import UsageError, WrongStateError
from daemon.core.settings.models import Settings
from daemon.runtime.reviving import require_model, retry_plan

Document = dict[str, Any]


class Revivals:
    """A person's verbs on dead letters. A model is one of `llm.models`; an unknown one raises `UsageError`."""

    def __init__(
        self, engine: Engine, *, reader: BoardReader, settings: Settings, by: str, wake: Callable[[], None]
    ) -> None:
        self._engine = engine
        self._reader = reader
        self._settings = settings
        self._by = by
        self._wake = wake

    async def retry(
        self, *, ids: Sequence[str] | None, group: str | None, model: str | None, dry_run: bool
    ) -> Document:
        """Revive these, those of a group, or all: `{"revived": n}`.

        With `dry_run` nothing is changed, and the answer is what it would be: see `runtime.reviving.retry_plan`.
        """
        require_model(model, settings=self._settings)
        if dry_run:
            meant, now = Meant(ids=ids, group=group), time.time()
            return await asyncio.to_thread(
                retry_plan, self._reader.path, meant, settings=self._settings, model=model, now=now
            )
        revived = await self._engine.revive(ids=ids, group=group, model=model, by=self._by)
        self._wake()
        return {"revived": len(revived)}

    async def edit(self, item_id: str, *, title: str | None, text: str | None, model: str | None) -> Document:
        """Change what is not None and begin anew: `{"edited": 1}`; 0 when that was done already.

        Raises `WrongStateError` for what is no dead letter, or may be published somewhere.
        """
        if title is None and text is None and model is None:
            raise UsageError("say what is to be changed: the title, the text, or the model")
        require_model(model, settings=self._settings)
        title, text = await asyncio.to_thread(reworded, title, text)
        if not await self._engine.edit(item_id, title=title, text=text, model=model, by=self._by):
            await self._require_done(item_id, title=title, text=text, model=model)
            return {"edited": 0}
        self._wake()
        return {"edited": 1}

    async def _require_done(self, item_id: str, **wanted: str | None) -> None:
        """It says already what it should: the answer to the first try was lost, or it was a double click."""
        item = (await asyncio.to_thread(self._reader.item, item_id))["item"]
        is_same = all(value is None or item[name] == value for name, value in wanted.items())
        if not is_same or item["model"] != wanted["model"]:
            raise WrongStateError(f"item {item_id} is {item['state']}; edit needs {State.DEAD_LETTER}")
