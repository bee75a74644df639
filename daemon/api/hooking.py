"""Webhooks as a person sees them: which there are, and a new secret for one."""

from pathlib import Path
from typing import Any

from daemon.blackboard.engine import Engine
from daemon.blackboard.reading.desk_sources import read_source_table
from daemon.blackboard.records import NewSource
from daemon.core.clock import iso
from daemon.core.errors import NotFoundError
from daemon.core.hooks import KIND, PREFIX, hook_address, hook_name, hook_path
from daemon.core.settings.models import Settings
from sensors.webhooks.hook_secrets import open_hook_secrets

Document = dict[str, Any]

HOOK_ROTATED = "hook_rotated"


def hook_documents(board: Path, *, now: float) -> list[Document]:
    """Every webhook and what it last brought: see `HookAnswer`. Raises what opening a board raises."""
    return [_document(one) for one in read_source_table(board, now=now, days=1) if one["kind"] == KIND]


class HookSwitch:
    """A person's verbs on webhooks; `by` stands in the events."""

    def __init__(self, engine: Engine, *, settings: Settings, by: str) -> None:
        self._engine = engine
        self._secrets = open_hook_secrets(settings)
        self._by = by

    async def begin(self, new: NewSource) -> Document:
        """Before a source is added: `{"secret"}`, made and kept for a webhook that is not there yet, else None."""
        if new.kind != KIND or await self._engine.source_at(new.address) is not None:
            return {"secret": None}
        return {"secret": self._secrets.begin(hook_name(new.address))}

    def forget(self, address: str) -> None:
        """After a source was removed: its secrets, if it was a webhook."""
        if address.startswith(PREFIX):
            self._secrets.forget(hook_name(address))

    async def rotate(self, wanted: str, *, now: float) -> Document:
        """A new secret, told this once: `{"name", "hook", "secret", "former_until"}`; the former one holds a day more.

        `former_until` is None where nothing is known of a former one.
        Raises `NotFoundError`, and `UsageError` for a webhook of the configuration.
        """
        name = hook_name(wanted)
        source = await self._engine.source_at(hook_address(name))
        if source is None:
            raise NotFoundError(f"there is no webhook {name}")
        rotated = self._secrets.rotate(name, now=now)
        await self._engine.record_event(HOOK_ROTATED, data={"source_id": source.id, "hook": name, "by": self._by})
        return {
            "name": name,
            "hook": hook_path(name),
            "secret": rotated.secret,
            "former_until": None if rotated.former_until is None else iso(rotated.former_until),
        }


def _document(source: Document) -> Document:
    name = hook_name(source["address"])
    return {
        "name": name,
        "hook": hook_path(name),
        "source_id": source["id"],
        "origin": source["origin"],
        "enabled": source["enabled"],
        "last_delivery_at": source["last_success_at"],
        "items_today": source["items"],
    }
