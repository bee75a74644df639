"""A person's verbs through the running daemon's API."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self, Unpack
from urllib.parse import quote

import httpx2

from daemon.blackboard.budgets import BRAIN_PREFIX
from daemon.core.errors import (
    AnswerLostError,
    CallTimeoutError,
    ConfigError,
    ConnectionFaultError,
    DavidAgentError,
    NotFoundError,
    RateLimitedError,
    UsageError,
    WrongStateError,
)
from daemon.core.hooks import hook_name
from sensors.secret_addresses import public_address
from sensors.wishes import SourceWishes

Document = dict[str, Any]

TIMEOUT_SECONDS = 60.0
PATIENCE_SECONDS = 60.0
"""How long a daemon that is busy is asked again."""
_BACKUP_TIMEOUT_SECONDS = 3600.0
_TRIAL_TIMEOUT_SECONDS = 300.0
"""The daemon has limits of its own for a slow server, and others may be before us."""
_ASKED_AGAIN = 2
_UNAUTHORIZED = 401
_BUSY = frozenset({429, 503})
_FIRST_ERROR = 400

_ERROR_OF: Mapping[int, type[DavidAgentError]] = {
    404: NotFoundError,
    409: WrongStateError,
    422: UsageError,
}


class Patience:
    """What is left of the time that one command waits for a daemon that is busy. It says so once."""

    def __init__(
        self,
        *,
        seconds: float = PATIENCE_SECONDS,
        tell: Callable[[str], None] = lambda _: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._left = seconds
        self._tell = tell
        self._sleep = sleep
        self._has_told = False

    def lasts(self, seconds: float) -> bool:
        """So long it may wait."""
        return seconds <= self._left

    async def wait(self, seconds: float, *, why: str) -> None:
        """Wait, and use so much of it up."""
        if not self._has_told:
            self._tell(f"waiting, at most {self._left:.0f} s: {why}")
        self._has_told = True
        self._left -= seconds
        await self._sleep(seconds)


class RemoteActions:
    """The same verbs as `BoardActions`, done by the daemon at `address`; use it as an async context manager."""

    def __init__(
        self,
        address: str,
        *,
        token: str,
        timeout: float = TIMEOUT_SECONDS,
        patience: Patience | None = None,
        via: str = "cli",
    ) -> None:
        """`patience`: how it waits for a daemon that is busy; without, not at all. `via` is `by` in the events."""
        self._address = address
        self._timeout = timeout
        self._patience = patience or Patience(seconds=0.0)
        # The daemon is on this machine: no proxy of the environment may stand between.
        self._client = httpx2.AsyncClient(
            base_url=address,
            headers={"Authorization": f"Bearer {token}", "DavidAgent-Client": via},
            timeout=timeout,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    # --- items ---

    async def post(self, *, url: str | None, text: str | None, title: str | None) -> Document:
        """Put a person's item on the board. When its answer is lost it is asked again, under the same key."""
        body, key = {"url": url, "text": text, "title": title}, {"Idempotency-Key": uuid.uuid4().hex}
        document: Document
        for _ in range(_ASKED_AGAIN):
            with suppress(AnswerLostError):
                document = await self._ask("POST", "/api/items", body=body, headers=key)
                return document
        document = await self._ask("POST", "/api/items", body=body, headers=key)
        return document

    async def retry(
        self,
        *,
        ids: Sequence[str] | None = None,
        group: str | None = None,
        model: str | None = None,
        dry_run: bool = False,
    ) -> Document:
        """Revive dead letters, or say what that would be."""
        which: Document = (
            {"ids": list(ids)} if ids is not None else {"all": True} if group is None else {"group": group}
        )
        way = {"model": model, "dry_run": dry_run}
        return await self._send("POST", "/api/dead-letters/retry", body=which | way)

    async def edit(
        self, item_id: str, *, title: str | None = None, text: str | None = None, model: str | None = None
    ) -> Document:
        """Send a dead letter through all steps again, saying something else."""
        body = {"title": title, "text": text, "model": model}
        return await self._send("POST", f"/api/items/{quote(item_id, safe='')}/edit", body=body)

    async def approve(self, ids: Sequence[str]) -> Document:
        """Publish held items."""
        return await self._decide("approve", ids, reason=None)

    async def reject(self, ids: Sequence[str], *, reason: str) -> Document:
        """Send held items back to be written anew."""
        return await self._decide("reject", ids, reason=reason)

    async def discard(self, ids: Sequence[str], *, reason: str) -> Document:
        """Drop held items and dead letters."""
        return await self._decide("discard", ids, reason=reason)

    async def give_feedback(self, item_id: str, *, verdict: str, about: str = "post", **words: str) -> Document:
        """Judge a post, or a sentence or claim of it."""
        body = {"verdict": verdict, "about": about, **words}
        return await self._send("POST", f"/api/items/{quote(item_id, safe='')}/feedback", body=body)

    async def withdraw_feedback(self, number: int) -> Document:
        """Take a verdict back."""
        return await self._send("DELETE", f"/api/feedback/{number}")

    # --- sources ---

    async def add_source(
        self, address: str, *, discover: bool = False, all_feeds: bool = False, **wishes: Unpack[SourceWishes]
    ) -> Document:
        """Add a source."""
        body: Document = {"address": address, "discover": discover, "all_feeds": all_feeds, **wishes}
        body |= {"every": body.pop("every_seconds", None), "tags": list(wishes.get("tags") or ())}
        timeout = _TRIAL_TIMEOUT_SECONDS if discover else None
        document: Document = await self._ask("POST", "/api/sources", body=body, timeout=timeout)
        return document

    async def try_source(self, address: str) -> Document:
        """Look at an address once, keeping nothing."""
        document: Document = await self._ask(
            "POST", "/api/sources/test", body={"address": address}, timeout=_TRIAL_TIMEOUT_SECONDS
        )
        return document

    async def import_sources(self, opml: str) -> Document:
        """Add every feed of an OPML document."""
        return await self._send("POST", "/api/sources/import", body={"opml": opml})

    async def enable_source(self, wanted: str, *, is_enabled: bool) -> Document:
        """Switch a source on or off."""
        verb = "enable" if is_enabled else "disable"
        return await self._send("POST", f"/api/sources/{await self._source_id(wanted)}/{verb}")

    async def remove_source(self, wanted: str) -> Document:
        """Remove a source that was added."""
        return await self._send("DELETE", f"/api/sources/{await self._source_id(wanted)}")

    async def rotate_hook(self, name: str) -> Document:
        """Have a new secret made for a webhook."""
        return await self._send("POST", f"/api/hooks/{quote(hook_name(name), safe='')}/rotate")

    # --- the rest ---

    async def memory_status(self) -> Document:
        """How the memory is."""
        return await self._send("GET", "/api/memory")

    async def search_memory(self, text: str, *, limit: int) -> list[Document]:
        """What is nearest in meaning."""
        found: list[Document] = await self._ask("GET", "/api/memory/search", query={"q": text, "limit": limit})
        return found

    async def rebuild_memory(self) -> Document:
        """Have the memory filled anew."""
        return await self._send("POST", "/api/memory/rebuild")

    async def backup(self, path: Path) -> Document:
        """Copy the board to a new file."""
        document: Document = await self._ask(
            "POST", "/api/backup", body={"path": str(path)}, timeout=_BACKUP_TIMEOUT_SECONDS
        )
        return document

    async def pause(self, *, is_paused: bool) -> Document:
        """Stop or go on claiming work."""
        return await self._send("POST", f"/api/admin/{'pause' if is_paused else 'resume'}")

    async def budget(self) -> Document:
        """Caps, what stands against them, how fast it goes."""
        return await self._send("GET", "/api/budget")

    async def raise_budget(self, caps: Mapping[str, float]) -> Document:
        """Set caps for their running period."""
        brains = {
            scope.removeprefix(BRAIN_PREFIX): usd for scope, usd in caps.items() if scope.startswith(BRAIN_PREFIX)
        }
        body = {"daily_usd": caps.get("day"), "monthly_usd": caps.get("month"), "per_brain_daily_usd": brains}
        return await self._send("POST", "/api/budget", body=body)

    async def reset_budget(self) -> Document:
        """Let the configured caps hold again."""
        return await self._send("POST", "/api/budget/reset")

    async def chaos_status(self) -> Document:
        """Whether faults are made on purpose."""
        return await self._send("GET", "/api/chaos")

    async def chaos_on(self, faults: Mapping[str, Any], *, for_seconds: float | None) -> Document:
        """Make faults on purpose."""
        return await self._send("POST", "/api/chaos/on", body={**faults, "for": for_seconds})

    async def chaos_off(self) -> Document:
        """Make none any more."""
        return await self._send("POST", "/api/chaos/off")

    async def reset_breaker(self, name: str) -> Document:
        """Close a breaker."""
        return await self._send("POST", f"/api/breakers/{quote(name, safe='')}/reset")

    async def rotate_token(self) -> Document:
        """Have a new token made; this connection's is the old one."""
        return await self._send("POST", "/api/admin/token/rotate")

    async def level_status(self) -> Document:
        """Which level of degradation holds, and why."""
        return await self._send("GET", "/api/admin/level")

    async def set_level(self, wanted: str, *, for_seconds: float | None, why: str) -> Document:
        """Set the level by hand, or leave it to the rules."""
        return await self._send("POST", "/api/admin/level", body={"level": wanted, "for": for_seconds, "why": why})

    async def _decide(self, verb: str, ids: Sequence[str], *, reason: str | None) -> Document:
        return await self._send("POST", "/api/items/decisions", body={"verb": verb, "ids": list(ids), "reason": reason})

    async def _source_id(self, wanted: str) -> int:
        known, named = await self._ask("GET", "/api/sources"), public_address(wanted)
        for one in known:
            if named in (str(one["id"]), one["address"]) or wanted.casefold() == one["name"].casefold():
                return int(one["id"])
        raise NotFoundError(f"there is no source {wanted}")

    async def _send(self, method: str, path: str, *, body: Document | None = None) -> Document:
        document: Document = await self._ask(method, path, body=body)
        return document

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        body: Document | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Any:
        request = self._client.build_request(
            method, path, json=body, params=query, headers=headers, timeout=timeout or self._timeout
        )
        response = await self._answer(request)
        while (wait_seconds := _asked_to_wait(response)) and self._patience.lasts(wait_seconds):
            await self._patience.wait(wait_seconds, why=_detail(response))
            response = await self._answer(request)
        if response.status_code >= _FIRST_ERROR:
            raise self._error(response)
        return response.json()

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        try:
            return await self._client.send(request)
        except httpx2.TimeoutException as error:
            seconds = request.extensions["timeout"]["read"]
            raise CallTimeoutError(f"the daemon at {self._address} did not answer within {seconds:g} s") from error
        except (httpx2.ReadError, httpx2.RemoteProtocolError) as error:
            raise AnswerLostError(f"the daemon at {self._address} hung up before it answered") from error
        except httpx2.TransportError as error:
            raise ConnectionFaultError(f"the daemon at {self._address} cannot be reached: {error}") from error

    def _error(self, response: httpx2.Response) -> DavidAgentError:
        if response.status_code == _UNAUTHORIZED:
            return ConfigError(f"the daemon at {self._address} does not accept the token of this home")
        detail = _detail(response)
        if _asked_to_wait(response):
            return RateLimitedError(f"the daemon at {self._address} takes no more just now: {detail}")
        return _ERROR_OF.get(response.status_code, DavidAgentError)(detail)


def _asked_to_wait(response: httpx2.Response) -> float:
    """Seconds after which what was refused, and not done, may be sent again; 0 for every other answer."""
    asked = response.headers.get("retry-after", "")
    is_refused = response.status_code in _BUSY and asked.isascii() and asked.isdigit()
    return max(1.0, float(asked)) if is_refused else 0.0


def _detail(response: httpx2.Response) -> str:
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"the daemon answered {response.status_code}"
