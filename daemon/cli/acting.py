"""Acting on the board: through the daemon when one runs, else as the board's writer ourselves.

The same command works in both cases, and there is never a second writer.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from daemon.core.errors import ConfigError, WriterLockedError

if TYPE_CHECKING:
    from daemon.blackboard.engine import Engine
    from daemon.cli.own import OwnActions
    from daemon.cli.remote import RemoteActions
    from daemon.core.settings.models import Settings

T = TypeVar("T")


def act(settings: "Settings", what: Callable[["OwnActions | RemoteActions"], Awaitable[T]]) -> T:
    """Do one thing to the board of `settings.home`, wherever its writer is."""

    async def done() -> T:
        async with actions_for(settings) as actions:
            return await what(actions)

    return asyncio.run(done())


@asynccontextmanager
async def actions_for(settings: "Settings") -> AsyncIterator["OwnActions | RemoteActions"]:
    """A person's verbs: the daemon's, or our own for as long as we hold the writer's lock.

    Raises `WriterLockedError` when another command is the writer: it has no API to ask.
    """
    engine, address = await _writer(settings)
    if engine is None:
        async with _daemon_actions(settings, address=address) as remote:
            yield remote
        return
    from daemon.cli.own import OwnActions

    try:
        yield OwnActions(engine, settings=settings)
    finally:
        await engine.close()


async def _writer(settings: "Settings") -> tuple["Engine | None", str]:
    """The board's engine, when we can be its writer, else the address of who is."""
    from daemon.blackboard import read_holder
    from daemon.cli.own import open_own_engine

    holder = read_holder(settings.home)
    if holder is None:
        try:
            return await open_own_engine(settings), ""
        except WriterLockedError as error:
            # A daemon has started between the look and the try.
            pid, address = error.pid, error.address
    else:
        pid, address = holder.pid, holder.address
    if address is None:
        raise WriterLockedError(
            f"another davidagent (process {pid}) is working on the board in {settings.home}; try again when it is done"
        )
    return None, address


def rebuild_memory(settings: "Settings") -> dict[str, Any]:
    """Fill the memory anew: the daemon in the background, or we ourselves, to the end."""
    return asyncio.run(_rebuild_memory(settings))


async def _rebuild_memory(settings: "Settings") -> dict[str, Any]:
    from daemon.blackboard import read_holder
    from daemon.cli.own import rebuild_own_memory

    holder = read_holder(settings.home)
    if holder is None or holder.address is None:
        return await rebuild_own_memory(settings)
    async with _daemon_actions(settings, address=holder.address) as remote:
        return await remote.rebuild_memory()


@asynccontextmanager
async def _daemon_actions(settings: "Settings", *, address: str) -> AsyncIterator["RemoteActions"]:
    from daemon.api.access import read_token
    from daemon.cli.remote import RemoteActions

    token = read_token(settings)
    if token is None:
        raise ConfigError(f"the daemon at {address} wants a token, and there is none in {settings.home}")
    async with RemoteActions(address, token=token) as remote:
        yield remote
