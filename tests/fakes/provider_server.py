"""A model provider of our own on the loopback: three vendors' wire formats, faults on demand, and exact counters.

In a test: `async with FakeProviderServer(rules=[Rule(fault=Fault.HANG)]) as server: …`; `server.base_url("openai")` is
for the SDK. As a process: `python -m tests.fakes.provider_server --port 0 --stats-file stats.json`; the file tells the
port. Any process can `GET /_stats`, and `GET`, `PUT` (all of them), `POST` (one more) or `DELETE` (healed) `/_rules`.
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import signal
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.fakes import provider_author
from tests.fakes.provider_batches import FakeBatches, Outcome, is_batch_path
from tests.fakes.provider_counting import TokenCount
from tests.fakes.provider_embeddings import EMBEDDING, answer_embedding, read_embedding, write_embedding
from tests.fakes.provider_errors import write_error
from tests.fakes.provider_http import HttpRequest, Responder, read_http
from tests.fakes.provider_rules import Fault, Rule, first_match
from tests.fakes.provider_stats import Entry, Stats
from tests.fakes.provider_streams import LOOPED, play
from tests.fakes.provider_wire import (
    ANTHROPIC,
    GEMINI,
    OPENAI,
    Tokens,
    WireAnswer,
    WireRequest,
    read_request,
    write_answer,
)

__all__ = ["ANTHROPIC", "GEMINI", "OPENAI", "FakeProviderServer", "Fault", "Rule", "Stats"]

_BROKEN = frozenset(
    {
        Fault.HANG,
        Fault.RESET,
        Fault.GARBAGE_BODY,
        Fault.GARBAGE_DOCUMENT,
        Fault.HALF_BODY,
        Fault.STALL,
        Fault.SLOW_START,
        Fault.DRIP,
        Fault.BROKEN_STREAM,
        Fault.GARBAGE_EVENT,
    }
)
"""Faults by which no whole answer comes."""
_WHOLE = frozenset({Fault.HANG, Fault.RESET, Fault.GARBAGE_BODY, Fault.GARBAGE_DOCUMENT})
"""Faults that come before a stream could begin."""
_FOREVER_SECONDS = 1e9
_DRIP_SECONDS = 0.02
_REQUESTS_KEPT = 200
_HTML = b"<!doctype html><html><body><h1>Please sign in to the network</h1></body></html>"


class FakeProviderServer:
    """`rules` may be changed at any time; `stats` holds the counters. `latency` is in seconds, for every answer."""

    def __init__(
        self,
        *,
        rules: Sequence[Rule] = (),
        latency: float = 0.0,
        port: int = 0,
        now: Callable[[], float] = time.time,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.rules = list(rules)
        self.latency = latency
        self.stats = Stats()
        self.requests: deque[WireRequest] = deque(maxlen=_REQUESTS_KEPT)
        """What was asked lately, oldest first."""
        self.batches = FakeBatches(self._work, now=now)
        self._port = port
        self._now = now
        self._on_change = on_change
        self._tokens = TokenCount()
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self._port, limit=64 * 1024 * 1024)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    @property
    def url(self) -> str:
        """The address without a path."""
        return f"http://127.0.0.1:{self._port}"

    def base_url(self, vendor: str) -> str:
        """What that vendor's SDK wants as base URL."""
        return f"{self.url}/v1" if vendor == OPENAI else self.url

    async def until(self, condition: Callable[[Stats], bool], *, timeout: float = 10.0) -> None:
        """Wait until the counters say so. Raises `TimeoutError`."""
        await self.stats.until(condition, timeout=timeout)

    def heal(self) -> None:
        """No faults any more."""
        self.rules.clear()

    # --- connections ---

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        self.stats.connections += 1
        try:
            while (request := await read_http(reader)) is not None:
                if not await self._handle(request, reader, Responder(writer, on_event=self.stats.event_sent)):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # The client went away, or the server is closing: either way this connection is over.
        finally:
            self._connections.discard(task)
            writer.close()

    async def _handle(self, http: HttpRequest, reader: asyncio.StreamReader, respond: Responder) -> bool:
        """Answer one request; False when the connection is over."""
        if is_batch_path(http):
            return await self.batches.handle(http, respond)
        if http.path.startswith("/_"):
            await self._control(http, respond)
            return True
        body = json.loads(http.body)
        request = read_request(http.path, http.headers, body) or read_embedding(http.path, http.headers, body)
        if request is None:
            await respond.json({"error": {"message": f"no such path: {http.path}"}}, status=404)
            return True
        self.requests.append(request)
        entry = self.stats.begin(request, body_hash=hashlib.sha256(http.body).hexdigest(), at=self._now())
        return await self._watched(request, entry, reader, respond)

    async def _watched(
        self, request: WireRequest, entry: Entry, reader: asyncio.StreamReader, respond: Responder
    ) -> bool:
        """Answer, and notice when the client goes away before."""
        answering = asyncio.ensure_future(self._answer(request, entry, respond))
        gone = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait([answering, gone], return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                return answering.result()
            return False
        finally:
            for task in (answering, gone):
                task.cancel()
            await asyncio.gather(answering, gone, return_exceptions=True)
            if entry.outcome == "open":
                self._end(entry, "aborted")

    async def _answer(self, request: WireRequest, entry: Entry, respond: Responder) -> bool:
        rule = first_match(self.rules, request)
        await asyncio.sleep(self.latency + rule.latency)
        if error := write_error(request, rule):
            await respond.json(error.body, status=error.status, headers=error.headers)
            self._end(entry, "failed", status=error.status)
            return True
        if request.is_stream and rule.fault is not Fault.IGNORES_STREAM and rule.fault not in _WHOLE:
            return await self._stream(request, rule, entry, respond)
        if rule.fault in _BROKEN:
            return await self._break(request, rule, entry, respond)
        answer = self._write(request, rule) if request.form != EMBEDDING else answer_embedding(request)
        document = write_embedding(request, answer) if request.form == EMBEDDING else write_answer(request, answer)
        await respond.json(document)
        self._end(entry, "answered", status=200, tokens=answer.tokens)
        return True

    async def _stream(self, request: WireRequest, rule: Rule, entry: Entry, respond: Responder) -> bool:
        answer = self._write(request, rule)
        if await play(request, answer, rule=rule, respond=respond):
            self._end(entry, "answered", status=200, tokens=answer.tokens)
            return True
        self._end(entry, "lost")
        return rule.fault is not Fault.HALF_BODY

    async def _break(self, request: WireRequest, rule: Rule, entry: Entry, respond: Responder) -> bool:
        """An answer that is none; whatever was charged for it is lost to the client."""
        match rule.fault:
            case Fault.HANG | Fault.SLOW_START:
                await asyncio.sleep(_FOREVER_SECONDS if rule.pause is None else rule.pause)
            case Fault.RESET:
                respond.reset()
            case Fault.GARBAGE_BODY | Fault.GARBAGE_EVENT:
                await respond.body(_HTML, kind="text/html")
            case Fault.GARBAGE_DOCUMENT:
                await respond.json({"hello": "world"})
            case Fault.DRIP:
                await respond.drip(self._whole(request), pause=rule.pause or _DRIP_SECONDS)
            case Fault.BROKEN_STREAM:
                whole = self._whole(request)
                await respond.body(whole[: len(whole) // 2])
            case _:
                whole = self._whole(request)
                await respond.body(whole[: len(whole) // 2], promised=len(whole))
        if rule.fault is Fault.STALL:
            await asyncio.sleep(_FOREVER_SECONDS)
        self._end(entry, "lost")
        return rule.fault in (Fault.GARBAGE_BODY, Fault.GARBAGE_DOCUMENT)

    def _whole(self, request: WireRequest) -> bytes:
        return json.dumps(write_answer(request, self._write(request, Rule()))).encode()

    # --- what is said, and counted ---

    def _work(self, request: WireRequest) -> Outcome:
        """One request of a batch."""
        rule = first_match(self.rules, request)
        if error := write_error(request, rule):
            return Outcome(error.status, error.body, Tokens())
        answer = self._write(request, rule)
        return Outcome(200, write_answer(request, answer), answer.tokens)

    def _write(self, request: WireRequest, rule: Rule) -> WireAnswer:
        text, finish = provider_author.write(request), "stop"
        match rule.fault:
            case Fault.BAD_JSON:
                text = '{"this is": not JSON'
            case Fault.WRONG_SHAPE:
                text = '{"unexpected": true}'
            case Fault.CUT_OFF:
                text, finish = text[: len(text) // 2], "length"
            case Fault.LOOP if not request.is_stream:
                text, finish = '{"language": "en", "gist": "' + LOOPED * 200, "length"
            case Fault.EMPTY:
                text = ""
            case Fault.REFUSAL:
                text, finish = "I cannot help with that.", "refusal"
        return WireAnswer(text, self._tokens.count(request, text), finish)

    def _end(self, entry: Entry, outcome: str, *, status: int | None = None, tokens: Tokens | None = None) -> None:
        self.stats.end(entry, outcome=outcome, at=self._now(), status=status, tokens=tokens or Tokens())
        self._on_change()

    # --- control ---

    async def _control(self, http: HttpRequest, respond: Responder) -> None:
        match (http.method, http.path.partition("?")[0]):
            case ("GET", "/_stats"):
                await respond.json(self.stats.as_dict(has_log="log=0" not in http.path))
                return
            case ("GET", "/_rules"):
                pass
            case ("PUT", "/_rules"):
                self.rules = [Rule.from_dict(rule) for rule in json.loads(http.body)]
            case ("POST", "/_rules"):
                self.rules.append(Rule.from_dict(json.loads(http.body)))
            case ("DELETE", "/_rules"):
                self.heal()
            case _:
                await respond.json({"error": "unknown control"}, status=404)
                return
        await respond.json([rule.as_dict() for rule in self.rules])


class _StatsFile:
    """Keeps the counters on disk, written whole, at most five times a second."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._is_due = False
        self.port = 0

    def changed(self, stats: Stats) -> None:
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_later(0.2, self.write, stats)

    def write(self, stats: Stats) -> None:
        self._is_due = False
        if self._path is None:
            return
        partial = self._path.with_suffix(".partial")
        partial.write_text(json.dumps({"port": self.port, **stats.as_dict()}))
        partial.replace(self._path)


async def _serve(arguments: argparse.Namespace) -> None:
    file = _StatsFile(arguments.stats_file)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    rules: list[dict[str, Any]] = json.loads(arguments.rules)
    server = FakeProviderServer(
        rules=[Rule.from_dict(rule) for rule in rules], latency=arguments.latency, port=arguments.port
    )
    server._on_change = lambda: file.changed(server.stats)
    async with server:
        file.port = server.port
        file.write(server.stats)
        print(server.port, flush=True)  # noqa: T201 - the parent process reads it
        await stopped.wait()
    file.write(server.stats)


def main() -> None:
    parser = argparse.ArgumentParser(description="A fake model provider on the loopback.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--rules", default="[]", help="rules as JSON")
    parser.add_argument("--stats-file", type=Path)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
