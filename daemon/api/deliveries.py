"""Deliveries to webhooks: who may come in, how much and how often, and onto the board before the answer.

Nothing of a body is read before its head is found whole and fresh, and nothing of it is looked at before its signature
is found right; then it is parsed in another process. Only a signed delivery counts against its webhook's minute, so
that no stranger can use it up.
"""

import math
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import Final

from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect

from daemon.api.callers import caller_in
from daemon.api.desk import Desk
from daemon.api.known_hooks import SHARE_OF_ONE, Hook, KnownHooks, Room
from daemon.api.limits import brings_body
from daemon.api.windows import MINUTE_SECONDS, MovingWindow
from daemon.blackboard.records import Observation, Posted
from daemon.core.errors import (
    BlackboardError,
    DeliveryError,
    IncompleteDeliveryError,
    NotFoundError,
    SensorError,
    UnsignedDeliveryError,
)
from daemon.core.events import Event
from sensors.parsers.jobs import ParseJob
from sensors.webhooks.hook_secrets import open_hook_secrets
from sensors.webhooks.payloads import JOB
from sensors.webhooks.signing import DeliveryHead, SignatureCheck, check_time, read_head

BODIES_AT_ONCE: Final = 32
"""So many of the longest bodies have room at the same time."""
_COME_BACK_SECONDS = 10
_CHALLENGE: Final = {"WWW-Authenticate": "StandardWebhooks"}
_STATUS: Final[Mapping[type[SensorError], HTTPStatus]] = {
    IncompleteDeliveryError: HTTPStatus.BAD_REQUEST,
    UnsignedDeliveryError: HTTPStatus.UNAUTHORIZED,
    SensorError: HTTPStatus.UNPROCESSABLE_ENTITY,
}


class HookDoor:
    """Takes deliveries in; one for the whole API."""

    def __init__(self, desk: Desk) -> None:
        wanted = desk.settings.sensors.webhooks
        self._desk = desk
        self._wanted = wanted
        self._hooks = KnownHooks(desk.reader, emitter=desk.emitter)
        self._secrets = open_hook_secrets(desk.settings)
        self._minutes = MovingWindow(wanted.per_minute, now=desk.clock.monotonic)
        self._room = Room(max(BODIES_AT_ONCE, SHARE_OF_ONE) * wanted.max_body)
        self._told_at: dict[tuple[str, int], float] = {}

    async def take(self, name: str, request: Request) -> list[Posted]:
        """Put one delivery on the board: its items are committed when this returns.

        Raises `HTTPException` in words for the sender, in which nothing of ours is told.
        """
        hook = await self._hook(name, request)
        try:
            return await self._take(hook, request)
        except HTTPException as refusal:
            self._tell(hook, refusal)
            raise

    async def _hook(self, name: str, request: Request) -> Hook:
        try:
            hook = await self._hooks.get(name)
        except BlackboardError as error:
            raise _refusal(HTTPStatus.SERVICE_UNAVAILABLE, "the board cannot be read now", request=request) from error
        if hook is None:
            raise _no_hook(request)
        return hook

    async def _take(self, hook: Hook, request: Request) -> list[Posted]:
        try:
            head = read_head(request.headers)
            check_time(head, now=self._desk.clock.now(), tolerance=self._wanted.tolerance)
        except DeliveryError as error:
            raise _refused(error, request=request) from error
        with self._room.enter(caller_in(request.scope).identity) as held:
            body = bytearray()
            check = self._check(hook, head, request)
            async for piece in _pieces(request):
                if not held.add(len(piece)):
                    why = "too much is on its way to us at the moment; send it again later"
                    raise _refusal(HTTPStatus.SERVICE_UNAVAILABLE, why, request=request)
                check.add(piece)
                body += piece
            try:
                check.finish()
            except DeliveryError as error:
                raise _refused(error) from error
            return await self._counted(hook, head, body=bytes(body), content_type=_content_type(request))

    def _check(self, hook: Hook, head: DeliveryHead, request: Request) -> SignatureCheck:
        try:
            secrets = self._secrets.holding(hook.name, now=self._desk.clock.now())
        except SensorError as error:
            why = "the secret of this webhook cannot be read at the moment"
            raise _refusal(HTTPStatus.SERVICE_UNAVAILABLE, why, request=request) from error
        return SignatureCheck(head, secrets=secrets)

    async def _counted(self, hook: Hook, head: DeliveryHead, *, body: bytes, content_type: str) -> list[Posted]:
        wait_seconds = self._minutes.enter(hook.name)
        if wait_seconds > 0:
            raise self._too_many(wait_seconds)
        counts = True
        try:
            observations = await self._read(hook, head, body=body, content_type=content_type)
            counts = False
            posted = await self._record(hook, observations)
            counts = True
        finally:
            self._minutes.leave(hook.name, counts=counts)
        self._desk.wake()
        return posted

    async def _read(self, hook: Hook, head: DeliveryHead, *, body: bytes, content_type: str) -> tuple[Observation, ...]:
        job = ParseJob(
            url="",
            content_type=content_type,
            now=self._desk.clock.now(),
            tags=hook.tags,
            seconds=self._desk.settings.sensors.parse_timeout,
            kind=JOB,
            facts={"id": head.id},
        )
        try:
            return (await self._desk.parsers.extract(body, job=job)).observations
        except SensorError as error:
            raise _refused(error) from error

    async def _record(self, hook: Hook, observations: tuple[Observation, ...]) -> list[Posted]:
        try:
            return await self._desk.engine.record_delivery(
                hook.source_id, observations=observations, event={"hook": hook.name}
            )
        except NotFoundError as error:
            raise _no_hook() from error
        except BlackboardError as error:
            why = "the board cannot take it now, and has nothing of it; send it again later"
            raise _refusal(HTTPStatus.SERVICE_UNAVAILABLE, why) from error

    def _too_many(self, wait_seconds: float) -> HTTPException:
        seconds = math.ceil(wait_seconds)
        most = self._wanted.per_minute
        why = f"{most} deliveries a minute are taken here (sensors.webhooks.per_minute); send it again in {seconds} s"
        return _refusal(HTTPStatus.TOO_MANY_REQUESTS, why, seconds=seconds)

    def _tell(self, hook: Hook, refusal: HTTPException) -> None:
        """Say why in the log, for one kind of refusal of one webhook once a minute: strangers can do it all day."""
        now, key = self._desk.clock.monotonic(), (hook.name, refusal.status_code)
        if now - self._told_at.get(key, -MINUTE_SECONDS) < MINUTE_SECONDS:
            return
        self._told_at[key] = now
        data = {"source_id": hook.source_id, "hook": hook.name, "status": refusal.status_code, "why": refusal.detail}
        cause = refusal.__cause__
        if isinstance(cause, BlackboardError | SensorError) and str(cause) != refusal.detail:
            data["error"] = str(cause)
        self._desk.emitter.emit(Event(type="hook_refused", at=self._desk.clock.now(), data=data))


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    try:
        async for piece in request.stream():
            yield piece
    except ClientDisconnect as error:
        raise _refusal(HTTPStatus.BAD_REQUEST, "the body broke off") from error


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "")[:200]


def _no_hook(request: Request | None = None) -> HTTPException:
    return _refusal(HTTPStatus.NOT_FOUND, "there is no webhook of this name", request=request)


def _refused(error: SensorError, *, request: Request | None = None) -> HTTPException:
    status = next(status for kind, status in _STATUS.items() if isinstance(error, kind))
    return _refusal(status, str(error), request=request)


def _refusal(
    status: HTTPStatus, why: str, *, request: Request | None = None, seconds: int = _COME_BACK_SECONDS
) -> HTTPException:
    """`request`: one whose body was not read to its end; its connection is closed then."""
    headers: dict[str, str] = {}
    if status is HTTPStatus.UNAUTHORIZED:
        headers |= _CHALLENGE
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        headers["Retry-After"] = str(seconds)
    if request is not None and brings_body(request.scope):
        headers["Connection"] = "close"
    return HTTPException(status, detail=why, headers=headers or None)
