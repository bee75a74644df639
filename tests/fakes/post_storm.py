"""Many people who post at the same moment, each over a connection of its own; and somebody who asks how it goes."""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from daemon.api.open_files import allow_open_files

ROOT = Path(__file__).parents[2]
CONNECTING_AT_ONCE = 200
PROBES_A_SECOND = 20


@dataclass(frozen=True)
class Posted:
    """What one post came to; `status` 0 when the connection ended without an answer."""

    number: int
    status: int
    retry_after: str | None = None
    document: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Storm:
    """All of them."""

    posts: Sequence[Posted]

    def with_status(self, status: int) -> list[Posted]:
        """Those that were answered so."""
        return [post for post in self.posts if post.status == status]

    @property
    def statuses(self) -> Counter[int]:
        """How many were answered how."""
        return Counter(post.status for post in self.posts)

    @property
    def accepted(self) -> set[str]:
        """The ids that were promised."""
        return {post.document["id"] for post in self.with_status(202)}


def title(number: int) -> str:
    """What a post is found by on the board."""
    return f"Note {number} of the storm"


async def storm(address: str, *, token: str, count: int, on_answer: Callable[[Posted], None] = lambda _: None) -> Storm:
    """Connect `count` times, then post over all connections in the same moment."""
    allow_open_files()
    start, limit = asyncio.Event(), asyncio.Semaphore(CONNECTING_AT_ONCE)
    ready = [asyncio.Event() for _ in range(count)]

    async def one(number: int) -> Posted:
        async with limit:
            connection = await asyncio.open_connection(urlsplit(address).hostname, urlsplit(address).port)
        ready[number].set()
        await start.wait()
        posted = await _post(connection, number=number, token=token)
        on_answer(posted)
        return posted

    tasks = [asyncio.create_task(one(number)) for number in range(count)]
    await asyncio.gather(*(one.wait() for one in ready))
    start.set()
    return Storm(await asyncio.gather(*tasks))


async def _post(connection: tuple[asyncio.StreamReader, asyncio.StreamWriter], *, number: int, token: str) -> Posted:
    reader, writer = connection
    body = json.dumps({"title": title(number), "text": f"Person number {number} says that the bridge is closed."})
    head = (
        f"POST /api/items HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    try:
        writer.write((head + body).encode())
        answer = await reader.read()
    except ConnectionError:
        answer = b""
    finally:
        writer.transport.abort()
    return _parsed(answer, number=number)


def _parsed(answer: bytes, *, number: int) -> Posted:
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found or not body:
        return Posted(number, 0)
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    try:
        document = json.loads(body)
    except ValueError:
        return Posted(number, 0)
    return Posted(number, int(first.split()[1]), headers.get("retry-after"), document)


@contextmanager
def probing(address: str) -> Iterator[list[float]]:
    """Asks `/api/health` 20 times a second from another process; the list has the milliseconds of each at the end."""
    found: list[float] = []
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.post_storm", address],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield found
    finally:
        out, _ = process.communicate()
        found.extend(json.loads(out))


def _probe(address: str) -> list[float]:
    """Until standard input is closed."""
    import select

    found, due = [], time.monotonic()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not select.select([sys.stdin], [], [], max(0.0, due - time.monotonic()))[0]:
        due = max(due + 1 / PROBES_A_SECOND, time.monotonic() - 1)
        found.append(_ask_health(address))
    return found


def _ask_health(address: str) -> float:
    parts = urlsplit(address)
    before = time.perf_counter()
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.request("GET", "/api/health")
        if connection.getresponse().status != 200:
            return float("inf")
    except OSError:
        return float("inf")
    finally:
        connection.close()
    return (time.perf_counter() - before) * 1000


def p99(milliseconds: Sequence[float]) -> float:
    """The time that one in a hundred takes longer than."""
    return sorted(milliseconds)[int(len(milliseconds) * 0.99)] if milliseconds else 0.0


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_probe(sys.argv[1])))
