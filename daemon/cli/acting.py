"""Acting on the board: through the daemon when one runs, else as the board's writer ourselves.

The same command works in both cases, and there is never a second writer.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from daemon.core.errors import ConfigError, WriterLockedError

if TYPE_CHECKING:
    from daemon.blackboard.engine import Engine
    from daemon.cli.own import OwnActions
    from daemon.core.events import Emitter
    from daemon.core.settings.models import Settings
    from daemon.runtime.remote import RemoteActions

T = TypeVar("T")


def act(settings: "Settings", what: Callable[["OwnActions | RemoteActions"], Awaitable[T]], *, by: str = "cli") -> T:
    """Do one thing to the board of `settings.home`, wherever its writer is; `by` stands in the events."""

    async def done() -> T:
        async with actions_for(settings, by=by) as actions:
            return await what(actions)

    return asyncio.run(done())


def try_source(settings: "Settings", address: str, *, by: str = "cli") -> dict[str, Any]:
    """What stands at an address: as the daemon finds it, else as we do. That takes no board and no lock."""
    from daemon.blackboard import read_holder

    holder = read_holder(settings.home)
    if holder is not None and holder.address is not None:
        return act(settings, lambda actions: actions.try_source(address), by=by)
    from daemon.api.trying import try_source as look
    from daemon.blackboard.reading import BoardReader
    from daemon.cli.invocation import BOARD_FILE

    return asyncio.run(look(address, settings=settings, reader=BoardReader(settings.home / BOARD_FILE)))


def what_follows(settings: "Settings", *, changed: int) -> str:
    """Who goes on with what was just put to work: nothing to say while a daemon runs, or when nothing was changed."""
    from daemon.blackboard import read_holder

    if not changed or read_holder(settings.home) is not None:
        return ""
    return "  The next davidagent once or run goes on with it."


@asynccontextmanager
async def actions_for(settings: "Settings", *, by: str = "cli") -> AsyncIterator["OwnActions | RemoteActions"]:
    """A person's verbs: the daemon's, or our own for as long as we hold the writer's lock.

    Raises `WriterLockedError` when another command is the writer: it has no API to ask.
    """
    async with AsyncExitStack() as stack:
        engine, address = await _writer(settings, stack)
        if engine is None:
            yield await stack.enter_async_context(_daemon_actions(settings, address=address, by=by))
            return
        from daemon.cli.own import OwnActions

        yield OwnActions(engine, settings=settings, by=by)


async def _writer(settings: "Settings", stack: AsyncExitStack) -> tuple["Engine | None", str]:
    """The board's engine, when we can be its writer, else the address of who is."""
    from daemon.app import open_engine
    from daemon.blackboard import read_holder

    holder = read_holder(settings.home)
    if holder is None:
        try:
            return await stack.enter_async_context(open_engine(settings, emitter=_patient_emitter())), ""
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


def _patient_emitter() -> "Emitter":
    """Says on a terminal what would else look like a command that hangs."""
    from daemon.cli.output import warn
    from daemon.core.events import Emitter

    emitter = Emitter()
    emitter.listen(lambda event: warn(upgrade_words(event.data)) if event.type == "board_migrating" else None)
    return emitter


def upgrade_words(told: Mapping[str, Any]) -> str:
    """What `board_migrating` tells, as a sentence."""
    size, seconds = told["gigabytes"], told["about_seconds"]
    return f"bringing the board forward to schema {told['to']} ({size:.1f} GB); this takes about {seconds:.0f} s"


@asynccontextmanager
async def _daemon_actions(settings: "Settings", *, address: str, by: str) -> AsyncIterator["RemoteActions"]:
    from daemon.cli.output import warn
    from daemon.runtime.access import read_token
    from daemon.runtime.remote import Patience, RemoteActions

    token = read_token(settings)
    if token is None:
        raise ConfigError(f"the daemon at {address} wants a token, and there is none in {settings.home}")
    async with RemoteActions(address, token=token, patience=Patience(tell=warn), via=by) as remote:
        yield remote
