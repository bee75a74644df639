"""The batch interfaces of the three vendors, as the fake provider has them beside single requests.

Requests within a batch follow the server's rules, as single ones do. Answers come in an order of their own. A batch is
worked on when it ends, and only then is anything charged. `GET` and `PUT /_batches` show and set the same from outside.
"""

import asyncio
import hashlib
import json
import random
import re
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from tests.fakes.provider_batch_wire import WRITERS, made_of
from tests.fakes.provider_http import HttpRequest, Responder
from tests.fakes.provider_wire import ANTHROPIC, GEMINI, OPENAI, Tokens, WireRequest

RUNNING, ENDED, FAILED, EXPIRED, CANCELLED = "running", "ended", "failed", "expired", "cancelled"
HANG, RESET, LOST = "hang", "reset", "lost"
"""Faults of an operation, beside error statuses: no answer, a reset before anything is done, and one after."""

_PATHS: tuple[tuple[str, str, re.Pattern[str], str], ...] = (
    (ANTHROPIC, "POST", re.compile(r"/messages/batches$"), "submit"),
    (ANTHROPIC, "GET", re.compile(r"/messages/batches/(?P<id>[\w-]+)$"), "look"),
    (ANTHROPIC, "GET", re.compile(r"/messages/batches/(?P<id>[\w-]+)/results$"), "results"),
    (ANTHROPIC, "POST", re.compile(r"/messages/batches/(?P<id>[\w-]+)/cancel$"), "cancel"),
    (OPENAI, "POST", re.compile(r"/files$"), "upload"),
    (OPENAI, "GET", re.compile(r"/files/(?P<id>[\w-]+)/content$"), "results"),
    (OPENAI, "POST", re.compile(r"/v1/batches$"), "submit"),
    (OPENAI, "GET", re.compile(r"/v1/batches/(?P<id>[\w-]+)$"), "look"),
    (OPENAI, "POST", re.compile(r"/v1/batches/(?P<id>[\w-]+)/cancel$"), "cancel"),
    (GEMINI, "POST", re.compile(r"/models/(?P<id>[^/:]+):batchGenerateContent$"), "submit"),
    (GEMINI, "GET", re.compile(r"/batches/(?P<id>[\w-]+)$"), "look"),
    (GEMINI, "POST", re.compile(r"/batches/(?P<id>[\w-]+):cancel$"), "cancel"),
)


@dataclass(frozen=True)
class Outcome:
    """What became of one request: a status and a document, and the tokens it was charged."""

    status: int
    body: Mapping[str, Any]
    tokens: Tokens


@dataclass
class FakeBatch:
    """One batch. `outcomes` holds what was worked on, by custom id, in the order the answers are given out."""

    id: str
    vendor: str
    made_at: float
    lines: Mapping[str, WireRequest]
    state: str = RUNNING
    is_cancelling: bool = False
    outcomes: dict[str, Outcome] = field(default_factory=dict)


@dataclass
class Conduct:
    """How batches go. `delay`: seconds until they end; `is_held`: they do not end before this is taken away.

    `ends_as`: ended, failed or expired. `answers`: how many requests of an expired or cancelled one were answered.
    `refusal`: the status of every batch path (the server has no such interface).
    """

    delay: float = 0.0
    is_held: bool = False
    ends_as: str = ENDED
    answers: int = 0
    refusal: int | None = None


class FakeBatches:
    """What a vendor keeps of batches. `faults` are used up in order, by operation (submit, look, results, …)."""

    def __init__(self, work: Callable[[WireRequest], Outcome], *, now: Callable[[], float]) -> None:
        self.conduct = Conduct()
        self.faults: dict[str, deque[int | str]] = {}
        self.asked: Counter[str] = Counter()
        self.batches: dict[str, FakeBatch] = {}
        self.paid: Counter[str] = Counter()
        """How often a charged answer was given to exactly this request, by the hash of its body."""
        self.tokens: list[Tokens] = []
        self._files: dict[str, bytes] = {}
        self._work = work
        self._now = now
        self._rng = random.Random(5)

    def fail(self, operation: str, *faults: int | str) -> None:
        """Let the next so many of these operations go wrong."""
        self.faults.setdefault(operation, deque()).extend(faults)

    def gone(self) -> None:
        """Forget all batches."""
        self.batches.clear()
        self._files.clear()

    async def handle(self, http: HttpRequest, respond: Responder) -> bool:
        """Answer one request to a batch path; False when the connection is over."""
        if http.path.startswith("/_"):
            await self._control(http, respond)
            return True
        vendor, operation, name = _route(http)
        self.asked[operation] += 1
        fault = self.faults[operation].popleft() if self.faults.get(operation) else self.conduct.refusal
        if fault in (HANG, RESET):
            return await self._break(fault, respond)
        if isinstance(fault, int):
            await respond.json(WRITERS[vendor].error(fault, "batches are not to be had"), status=fault)
            return True
        answer = self._do(vendor, operation, name, http)
        if fault == LOST:
            return await self._break(RESET, respond)
        await _give(answer, respond, vendor=vendor)
        return True

    def _do(self, vendor: str, operation: str, name: str, http: HttpRequest) -> Any:
        writer = WRITERS[vendor]
        match operation:
            case "upload":
                return self._keep_file(http)
            case "submit":
                return writer.batch(self._made(vendor, name, http), base=_base(http))
            case "results" if vendor == OPENAI:
                return self._files.get(name)
        batch = self.batches.get(name)
        if batch is None:
            return None
        if operation == "cancel":
            batch.is_cancelling = True
        self._carry_on(batch)
        return writer.results(batch) if operation == "results" else writer.batch(batch, base=_base(http))

    def _made(self, vendor: str, name: str, http: HttpRequest) -> FakeBatch:
        body = json.loads(http.body)
        lines = made_of(vendor, body, model=name, headers=http.headers, files=self._files)
        batch = FakeBatch(f"batch_{len(self.batches) + 1}", vendor, self._now(), lines)
        self.batches[batch.id] = batch
        return batch

    def _carry_on(self, batch: FakeBatch) -> None:
        """End what has come to its end, and charge it."""
        conduct = self.conduct
        is_over = batch.is_cancelling or (not conduct.is_held and self._now() >= batch.made_at + conduct.delay)
        if batch.state != RUNNING or not is_over:
            return
        batch.state = CANCELLED if batch.is_cancelling else conduct.ends_as
        names = list(batch.lines)
        turns = {ENDED: len(names), FAILED: 0}.get(batch.state, conduct.answers)
        for name in self._rng.sample(names[:turns], turns):
            outcome = self._work(batch.lines[name])
            batch.outcomes[name] = outcome
            if outcome.tokens != Tokens():
                self.tokens.append(outcome.tokens)
                self.paid[_hash(batch.lines[name])] += 1
        if batch.vendor == OPENAI:
            self._files |= WRITERS[OPENAI].files(batch)

    def _keep_file(self, http: HttpRequest) -> dict[str, Any]:
        name = f"file-{len(self._files) + 1}"
        self._files[name] = _uploaded(http)
        return {"id": name, "object": "file", "bytes": 1, "created_at": 0, "filename": "f", "purpose": "batch"}

    async def _break(self, fault: str, respond: Responder) -> bool:
        if fault == HANG:
            await asyncio.Event().wait()
        respond.reset()
        return False

    # --- from outside ---

    async def _control(self, http: HttpRequest, respond: Responder) -> None:
        if http.method == "PUT":
            self.conduct = Conduct(**json.loads(http.body))
        await respond.json(
            {
                "asked": self.asked,
                "batches": {batch.id: [batch.state, len(batch.lines)] for batch in self.batches.values()},
                "paid": self.paid,
                "tokens": {f.name: sum(getattr(tokens, f.name) for tokens in self.tokens) for f in fields(Tokens)},
            }
        )


def is_batch_path(http: HttpRequest) -> bool:
    """Whether a request is about batches."""
    return http.path == "/_batches" or _find(http) is not None


def _find(http: HttpRequest) -> tuple[str, str, str] | None:
    plain, is_google = http.path.partition("?")[0], "x-goog-api-key" in http.headers
    for vendor, method, pattern, operation in _PATHS:
        is_meant = http.method == method and (vendor == GEMINI) == is_google
        if is_meant and (match := pattern.search(plain)):
            return vendor, operation, match.groupdict().get("id", "")
    return None


def _route(http: HttpRequest) -> tuple[str, str, str]:
    found = _find(http)
    assert found is not None
    return found


def _base(http: HttpRequest) -> str:
    return f"http://{http.headers['host']}"


async def _give(answer: Any, respond: Responder, *, vendor: str) -> None:
    if answer is None:
        await respond.json(WRITERS[vendor].error(404, "there is no such batch"), status=404)
    elif isinstance(answer, bytes):
        await respond.body(answer, kind="application/jsonl")
    else:
        await respond.json(answer)


def _uploaded(http: HttpRequest) -> bytes:
    """The file in a form that was posted."""
    boundary = http.headers["content-type"].partition("boundary=")[2].strip('"').encode()
    for part in http.body.split(b"--" + boundary):
        head, found, body = part.partition(b"\r\n\r\n")
        if found and b'name="file"' in head:
            return body.removesuffix(b"\r\n")
    raise AssertionError("no file in the form")


def _hash(request: WireRequest) -> str:
    return hashlib.sha256(json.dumps(request.body, sort_keys=True).encode()).hexdigest()
