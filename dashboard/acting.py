"""A person's verbs, done by the daemon when one runs, else by a command of our own that is the writer for a moment.

So this process never writes to the board itself.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Unpack

from daemon.blackboard import read_holder
from daemon.core.errors import ConfigError, DavidAgentError
from daemon.runtime.access import read_token
from daemon.runtime.remote import Patience, RemoteActions
from dashboard.desk import Desk, desk
from sensors.wishes import SourceWishes

VIA: Final = "dashboard"
PATIENCE_SECONDS: Final = 5.0
LONGEST_SECONDS: Final = 3600.0
"""A backup of a large board, or the memory filled anew, takes its time."""
_SAYS: Final = "davidagent: "


@dataclass(frozen=True, slots=True)
class Errand:
    """A method of `RemoteActions` and what it is called with; all of it can be written as JSON."""

    method: str
    arguments: Sequence[Any] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an action: the answer of whoever did it, or one sentence that says why not."""

    verb: str
    document: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None

    @property
    def is_done(self) -> bool:
        """It was done, or there was nothing to do."""
        return self.error is None


def act(verb: str, *arguments: Any, **options: Any) -> Done:
    """Do one of `VERBS`. Never raises what failed outside: it is the error of what comes back."""
    errand = VERBS[verb](*arguments, **options)
    try:
        return Done(verb, sent(errand, on=desk()))
    except (DavidAgentError, OSError) as error:
        return Done(verb, error=str(error))


def sent(errand: Errand, *, on: Desk) -> Any:
    """Have it done, by whoever may; answers what came of it. Raises `DavidAgentError` and `OSError`."""
    holder = read_holder(on.settings.home)
    if holder is not None and holder.address is not None:
        return asyncio.run(_by_daemon(errand, on=on, address=holder.address))
    # Without an address: a command is at work there, or a daemon is just starting; ours says so.
    return _by_command(errand, on=on)


async def _by_daemon(errand: Errand, *, on: Desk, address: str) -> Any:
    token = read_token(on.settings)
    if token is None:
        raise ConfigError(f"the daemon at {address} wants a token, and there is none in {on.settings.home}")
    async with RemoteActions(address, token=token, patience=Patience(seconds=PATIENCE_SECONDS), via=VIA) as remote:
        return await getattr(remote, errand.method)(*errand.arguments, **errand.options)


def _by_command(errand: Errand, *, on: Desk) -> Any:
    """`davidagent errand`: what is asked for travels on standard input, where no text is too long."""
    config = ["--config", str(on.config)] if on.config else []
    command = [sys.executable, "-m", "daemon", *config, "--home", str(on.settings.home), "errand"]
    told = {"method": errand.method, "arguments": list(errand.arguments), "options": dict(errand.options), "by": VIA}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and our own command
            command, input=json.dumps(told), capture_output=True, text=True, check=False, timeout=LONGEST_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise DavidAgentError(f"{errand.method} was not done within {LONGEST_SECONDS:.0f} s") from error
    if done.returncode:
        raise DavidAgentError(_last_sentence(done.stderr))
    return json.loads(done.stdout)


def _last_sentence(said: str) -> str:
    lines = [line.removeprefix(_SAYS) for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else "the command ended without a word"


def _retry(
    ids: Sequence[str] | None = None, *, group: str | None = None, is_all: bool = False, model: str | None = None
) -> Errand:
    """Dead letters back to work, with a model of their own: these, those of one group, or every one."""
    if sum((bool(ids), is_all, group is not None)) != 1:
        raise ValueError("say which: ids, a group, or all")
    return Errand("retry", options={"ids": list(ids) if ids else None, "group": group, "model": model})


def _edit(item_id: str, *, title: str | None = None, text: str | None = None, model: str | None = None) -> Errand:
    """A dead letter from the beginning, saying something else; None: as it is."""
    return Errand("edit", [item_id], {"title": title, "text": text, "model": model})


def _level(wanted: str, *, for_seconds: float | None = None, why: str = "") -> Errand:
    return Errand("set_level", [wanted], {"for_seconds": for_seconds, "why": why})


def _give_feedback(item_id: str, verdict: str, **words: str) -> Errand:
    """A verdict; `words` are about, passage, reason and corrected."""
    return Errand("give_feedback", [item_id], {"verdict": verdict, **words})


def _add_source(address: str, *, as_is: bool = False, **wishes: Unpack[SourceWishes]) -> Errand:
    """A source; of an address on the web, the feed that it leads to, unless it is to be taken as it is."""
    return Errand("add_source", [address], {**wishes, "tags": list(wishes.get("tags") or ()), "discover": not as_is})


VERBS: Final[Mapping[str, Callable[..., Errand]]] = {
    "post": lambda url=None, text=None, title=None: Errand("post", (), {"url": url, "text": text, "title": title}),
    "retry": _retry,
    "edit": _edit,
    "approve": lambda ids: Errand("approve", [list(ids)]),
    "reject": lambda ids, reason: Errand("reject", [list(ids)], {"reason": reason}),
    "discard": lambda ids, reason: Errand("discard", [list(ids)], {"reason": reason}),
    "feedback_give": _give_feedback,
    "feedback_withdraw": lambda number: Errand("withdraw_feedback", [number]),
    "pause": lambda: Errand("pause", (), {"is_paused": True}),
    "resume": lambda: Errand("pause", (), {"is_paused": False}),
    "level": _level,
    "budget_raise": lambda caps: Errand("raise_budget", [dict(caps)]),
    "budget_reset": lambda: Errand("reset_budget"),
    "chaos_on": lambda faults, for_seconds=None: Errand("chaos_on", [dict(faults)], {"for_seconds": for_seconds}),
    "chaos_off": lambda: Errand("chaos_off"),
    "breaker_reset": lambda name: Errand("reset_breaker", [name]),
    "source_add": _add_source,
    "source_test": lambda address: Errand("try_source", [address]),
    "source_enable": lambda wanted: Errand("enable_source", [wanted], {"is_enabled": True}),
    "source_disable": lambda wanted: Errand("enable_source", [wanted], {"is_enabled": False}),
    "source_remove": lambda wanted: Errand("remove_source", [wanted]),
    "hook_rotate": lambda name: Errand("rotate_hook", [name]),
    "source_import": lambda opml: Errand("import_sources", [opml]),
    "memory_rebuild": lambda: Errand("rebuild_memory"),
    "backup": lambda path: Errand("backup", [str(path)]),
}
"""What a person can do here. `retry` and `discard` take the same names as the commands of the same name."""
