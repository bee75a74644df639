"""The limits as a request meets them: let in, waiting, or refused; and what each leaves behind."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from daemon.api.callers import CALLER, Caller
from daemon.api.limiting import Limiter, LimitLayer
from daemon.core.settings.api_models import LimitSettings

KNOWN = Caller(is_known=True, address="127.0.0.1")
WHOLE: dict[str, Any] = {"type": "http.request", "body": b"", "more_body": False}
GONE = {"type": "http.disconnect"}


@dataclass
class Answer:
    """What one request came to."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def retry_after(self) -> int:
        return int(self.headers["retry-after"])


@dataclass
class House:
    """An application that holds its requests until they are let go, behind the limits."""

    limiter: Limiter
    status: int = 202
    fault: BaseException | None = None
    inside: int = 0
    most_inside: int = 0
    read: list[bytes] = field(default_factory=list)
    door: asyncio.Event = field(default_factory=asyncio.Event)

    async def app(self, _scope: Any, receive: Any, send: Any) -> None:
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        try:
            await self.door.wait()
            message = WHOLE | {"more_body": True}
            while message.get("more_body"):
                message = await receive()
                self.read.append(message.get("body", b""))
            if self.fault:
                raise self.fault
            await send({"type": "http.response.start", "status": self.status, "headers": []})
            await send({"type": "http.response.body", "body": b"done"})
        finally:
            self.inside -= 1

    async def ask(
        self,
        path: str = "/api/items",
        *,
        method: str = "POST",
        caller: Caller = KNOWN,
        receive: Callable[[], Any] | None = None,
    ) -> Answer:
        answer = Answer()

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            answer.body += message.get("body", b"")

        scope = {"type": "http", "method": method, "path": path, "headers": [], CALLER: caller}
        await LimitLayer(self.app, limiter=self.limiter)(scope, receive or client(), send)
        return answer

    def asking(self, path: str = "/api/items", **more: Any) -> asyncio.Task[Answer]:
        return asyncio.create_task(self.ask(path, **more))


def client(*messages: dict[str, Any], hangs_up: asyncio.Event | None = None) -> Callable[[], Any]:
    """The receiving end of a connection: these messages, then silence until it hangs up."""
    left = list(messages or (WHOLE,))

    async def receive() -> Any:
        if left:
            return left.pop(0)
        await (hangs_up or asyncio.Event()).wait()
        return GONE

    return receive


def house(**settings: Any) -> House:
    made = House(Limiter(LimitSettings(**settings), now=lambda: 0.0, rng=random.Random(1)))
    made.door.set()
    return made


@pytest.fixture
async def full() -> AsyncIterator[House]:
    """One place, which is taken until the door opens."""
    made = house(max_concurrent=1, max_queue=10, queue_timeout=30, posts_per_minute=None)
    made.door.clear()
    first = made.asking()
    await settled()
    yield made
    made.door.set()
    await first
    assert (made.limiter.places.taken, made.limiter.places.waiting) == (0, 0)


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


# --- posts a minute ---


async def test_the_sixth_post_of_a_minute_is_refused_and_told_when_to_come_back() -> None:
    made = house()
    assert [(await made.ask()).status for _ in range(5)] == [202] * 5
    answer = await made.ask()
    assert (answer.status, answer.retry_after) == (429, 60)
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.body) == {
        "type": "urn:davidagent:problem:too-many-posts",
        "title": "Too Many Requests",
        "status": 429,
        "detail": "a client may post 5 a minute (api.limits.posts_per_minute); there is room again in 60 s",
        "instance": "/api/items",
    }
    assert made.limiter.stats.refused["too_many_posts"] == 1


async def test_a_hundred_posts_at_once_are_no_way_around() -> None:
    made = house()
    made.door.clear()
    asked = [made.asking() for _ in range(100)]
    await settled()
    made.door.set()
    statuses = sorted([answer.status for answer in await asyncio.gather(*asked)])
    assert statuses == [202] * 5 + [429] * 95


@pytest.mark.parametrize("status", [200, 400, 401, 409, 413, 422, 500, 502, 503])
async def test_what_put_nothing_new_on_the_board_does_not_count(status: int) -> None:
    made = house()
    made.status = status
    assert [(await made.ask()).status for _ in range(20)] == [status] * 20
    made.status = 202
    assert [(await made.ask()).status for _ in range(6)] == [202] * 5 + [429]


async def test_a_fault_of_ours_does_not_count() -> None:
    made = house()
    made.fault = RuntimeError()
    for _ in range(10):
        with pytest.raises(RuntimeError):
            await made.ask()
    made.fault = None
    assert (await made.ask()).status == 202


async def test_who_breaks_off_while_it_is_worked_on_has_used_a_post_up() -> None:
    """Whether it came to the board is not known; breaking off must not be a way to post without end."""
    made = house()
    made.door.clear()
    asked = [made.asking() for _ in range(5)]
    await settled()
    for one in asked:
        one.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    assert (await made.ask()).status == 429
    assert made.limiter.places.taken == 0


async def test_who_never_got_a_place_has_used_nothing_up() -> None:
    made = house(max_concurrent=1, max_queue=0)
    made.door.clear()
    busy = made.asking("/api/costs", method="GET")
    await settled()
    assert [(await made.ask()).status for _ in range(20)] == [503] * 20
    made.door.set()
    await busy
    assert (await made.ask()).status == 202


async def test_strangers_are_told_apart_and_the_token_is_one() -> None:
    made = house(posts_per_minute=1)
    one, other = (Caller(is_known=False, address=f"203.0.113.{n}") for n in (1, 2))
    assert [(await made.ask(caller=caller)).status for caller in (one, other, one)] == [202, 202, 429]
    elsewhere = Caller(is_known=True, address="203.0.113.9")
    assert [(await made.ask(caller=caller)).status for caller in (KNOWN, elsewhere)] == [202, 429]


async def test_only_posts_of_items_are_counted() -> None:
    made = house(posts_per_minute=1)
    for method, path in (("GET", "/api/items"), ("POST", "/api/items/x/retry"), ("POST", "/api/sources")):
        assert [(await made.ask(path, method=method)).status for _ in range(3)] == [202] * 3


async def test_null_switches_it_off() -> None:
    made = house(posts_per_minute=None)
    assert {(await made.ask()).status for _ in range(100)} == {202}


# --- places ---


async def test_never_more_are_inside_than_there_are_places() -> None:
    made = house(max_concurrent=3, posts_per_minute=None)
    made.door.clear()
    asked = [made.asking() for _ in range(50)]
    await settled()
    assert (made.inside, made.limiter.stats.waiting, made.limiter.stats.in_flight) == (3, 47, 3)
    made.door.set()
    assert {answer.status for answer in await asyncio.gather(*asked)} == {202}
    assert (made.most_inside, made.limiter.places.taken) == (3, 0)


async def test_who_is_refused_gives_back_no_place(full: House) -> None:
    """The second fault of the sketch: what was never taken was released, and the house filled up beyond its size."""
    full.limiter.queue_timeout = 0.0
    assert [(await full.ask()).status for _ in range(20)] == [503] * 20
    assert full.limiter.places.taken == 1
    assert full.most_inside == 1


async def test_a_full_queue_and_a_long_wait_are_told_apart_and_say_when_to_come_back(full: House) -> None:
    full.limiter.queue_timeout = 0.01
    late = await full.ask()
    full.limiter.queue_timeout = 30
    waiting = [full.asking() for _ in range(10)]
    await settled()
    crowded = [await full.ask() for _ in range(20)]
    assert "api.limits.queue_timeout" in json.loads(late.body)["detail"]
    assert "api.limits.max_queue" in json.loads(crowded[0].body)["detail"]
    assert {answer.status for answer in (late, *crowded)} == {503}
    assert {1 <= answer.retry_after <= 10 for answer in (late, *crowded)} == {True}
    assert len({answer.retry_after for answer in crowded}) > 3
    assert full.limiter.stats.refused == {"too_many_posts": 0, "queue_full": 20, "time_up": 1}
    full.door.set()
    await asyncio.gather(*waiting)


@pytest.mark.parametrize("fault", [RuntimeError(), asyncio.CancelledError(), SystemExit()])
async def test_a_place_comes_back_whatever_happens_inside(fault: BaseException) -> None:
    made = house(max_concurrent=1, posts_per_minute=None)
    made.fault = fault
    with pytest.raises(type(fault)):
        await made.ask()
    made.fault = None
    assert (await made.ask()).status == 202


async def test_who_hangs_up_while_it_waits_leaves_the_queue(full: House) -> None:
    hangs_up = asyncio.Event()
    gone = full.asking(receive=client(hangs_up=hangs_up))
    await settled()
    assert full.limiter.stats.waiting == 1
    hangs_up.set()
    assert (await gone).status == 0
    assert (full.limiter.stats.waiting, full.limiter.stats.gone) == (0, 1)


async def test_who_is_cancelled_while_it_waits_leaves_the_queue(full: House) -> None:
    waiting = full.asking()
    await settled()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert full.limiter.stats.waiting == 0


@pytest.mark.parametrize("pieces", [1, 2, 5])
async def test_nothing_of_a_body_is_lost_by_waiting(full: House, pieces: int) -> None:
    messages = [
        {"type": "http.request", "body": bytes([65 + n]) * 40_000, "more_body": n < pieces - 1} for n in range(pieces)
    ]
    waiting = full.asking(receive=client(*messages))
    await settled()
    full.read.clear()
    full.door.set()
    assert (await waiting).status == 202
    assert b"".join(full.read) == b"".join(message["body"] for message in messages)


async def test_a_long_body_is_not_taken_in_while_it_waits(full: House) -> None:
    taken = 0

    async def endless() -> Any:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b"x" * 40_000, "more_body": taken < 100}

    waiting = full.asking(receive=endless)
    await settled()
    assert taken == 2
    full.door.set()
    assert (await waiting).status == 202


@pytest.mark.parametrize(
    "path",
    [
        *("/api/health", "/api/health/detailed", "/metrics", "/api/events", "/api/events/poll"),
        *("/live", "/live/page.js", "/api/live"),
    ],
)
async def test_what_keeps_an_eye_on_the_daemon_needs_no_place(full: House, path: str) -> None:
    looking = full.asking(path, method="GET")
    await settled()
    assert full.inside == 2
    full.door.set()
    assert (await looking).status == 202


@pytest.mark.parametrize("path", ["/api/healthy", "/api/events/1", "/livestock", "/api/items", "/", "/metrics/x"])
async def test_everything_else_needs_one(full: House, path: str) -> None:
    full.limiter.queue_timeout = 0.0
    assert (await full.ask(path, method="GET")).status == 503
