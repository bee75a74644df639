"""One request to X: its time, its size, its rate limits, and its answer as JSON or as an error of ours."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from daemon.core.clock import Clock
from daemon.core.errors import AnswerLostError, CallTimeoutError, ConnectionFaultError, PermanentError, TransientError
from daemon.core.settings.models import SensorSettings
from daemon.core.texts import first_line
from sensors.web.bodies import read_body
from sensors.web.headers import http_date, retry_after
from sensors.web.hosts import HostSlots
from sensors.x.problems import NoTokenError, refusal
from sensors.x.windows import RateWindows

if TYPE_CHECKING:
    import httpx2

_OK, _TOO_MANY, _SERVER_FAULT = 200, 429, 500


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. `endpoint` is the name under which X limits it."""

    endpoint: str
    path: str
    query: Mapping[str, str]


class XClient:
    """Asks X; one for all sources, so that its limits hold over all of them.

    It neither follows redirects nor takes proxies from the environment, and keeps the token to itself.
    """

    def __init__(self, settings: SensorSettings, *, clock: Clock) -> None:
        self.windows = RateWindows(clock)
        self._settings = settings
        self._now = clock.now
        self._ahead = 0.0
        self._slots = HostSlots(settings.per_host)
        self._client: httpx2.AsyncClient | None = None
        self._opening = asyncio.Lock()

    def slot(self) -> AbstractAsyncContextManager[None]:
        """Held while asking: at most `sensors.per_host` are. Entering waits; cancellation passes."""
        return self._slots.slot(self._host())

    def now(self) -> float:
        """Epoch seconds by our clock, or by X's as its last answer told it when ours is ahead.

        A cursor that a fast clock made would pass over what is posted until then.
        """
        return self._now() - self._ahead

    def check(self) -> None:
        """Raises `NoTokenError` without a token."""
        if self._settings.x.bearer_token is None:
            raise NoTokenError

    async def get(self, request: Request) -> Mapping[str, Any]:
        """The JSON of a 200.

        Raises `OutsideError` with `status` when X answered something else, `ConnectionFaultError` when nothing was
        sent, and `CallTimeoutError` or `AnswerLostError` when it is not known what the request brought.
        """
        client = await self._opened()

        import httpx2

        try:
            async with (
                asyncio.timeout(self._settings.timeout),
                client.stream("GET", request.path, params=dict(request.query)) as response,
            ):
                return await self._read(response, request)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.UnsupportedProtocol) as error:
            raise ConnectionFaultError(f"no connection to {self._host()}: {first_line(error)}", endpoint="x") from error
        except (TimeoutError, httpx2.TimeoutException) as error:
            limit = f"{self._settings.timeout:g} s (sensors.timeout)"
            raise CallTimeoutError(f"{self._host()} did not answer in full within {limit}", endpoint="x") from error
        except httpx2.HTTPError as error:
            raise AnswerLostError(f"{self._host()} broke off its answer: {first_line(error)}", endpoint="x") from error

    async def close(self) -> None:
        """Close every connection. A second call does nothing."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _read(self, response: "httpx2.Response", request: Request) -> Mapping[str, Any]:
        self.windows.note(request.endpoint, response.headers, status=response.status_code)
        told = http_date(response.headers.get("date", ""))
        self._ahead = 0.0 if told is None else max(0.0, self._now() - told)
        body = await self._body(response)
        if response.status_code == _OK:
            found = _json(body)
            if found is None:
                raise AnswerLostError(f"{self._host()} answered 200 with something that is no JSON", endpoint="x")
            return found
        wait = self._wait(request, response)
        raise refusal(response.status_code, _json(body) or {}, retry_after=wait)

    async def _body(self, response: "httpx2.Response") -> bytes:
        encoding = response.headers.get("content-encoding", "")
        try:
            return await read_body(response.aiter_raw(), encoding=encoding, limit=self._settings.max_body)
        except (PermanentError, TransientError) as error:
            if response.status_code != _OK:
                return b""
            raise AnswerLostError(f"{self._host()}: {error}", endpoint="x") from error

    def _wait(self, request: Request, response: "httpx2.Response") -> float | None:
        if response.status_code == _TOO_MANY:
            return self.windows.wait(request.endpoint)
        return retry_after(response.headers, now=self._now()) if response.status_code >= _SERVER_FAULT else None

    async def _opened(self) -> "httpx2.AsyncClient":
        token = self._settings.x.bearer_token
        if token is None:
            raise NoTokenError
        async with self._opening:
            if self._client is None:
                # Loading the library and the certificates takes a quarter of a second, which nobody shall wait for.
                self._client = await asyncio.to_thread(
                    _client, base_url=self._settings.x.base_url, timeout=self._settings.timeout, token=token
                )
            return self._client

    def _host(self) -> str:
        # Where a proxy stands between, its login may be in the address.
        return urlsplit(self._settings.x.base_url).netloc.rpartition("@")[2] or "X"


def _client(*, base_url: str, timeout: float, token: SecretStr) -> "httpx2.AsyncClient":
    import httpx2

    return httpx2.AsyncClient(
        base_url=base_url,
        timeout=timeout,
        follow_redirects=False,
        trust_env=False,
        headers={
            "Authorization": f"Bearer {token.get_secret_value()}",
            "User-Agent": f"DavidAgent/{version('davidagent')}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
        },
    )


def _json(body: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
