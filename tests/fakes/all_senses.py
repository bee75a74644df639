"""A small world outside that a desk watches with all of its senses, and that goes on while the desk is dead."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests.fakes.feed_server import FeedServer, Reply
from tests.fakes.feeds import item, rss
from tests.fakes.hooks import Sender, configured
from tests.fakes.x_server import TOKEN, XServer

FEEDS = 8
TICK_SECONDS = 0.2
FEW_READS = 40
_ACKNOWLEDGED = (200, 202)
_FAULTS = ("500", "429", "cut", "broken", "silent", "gone")


def story(token: str) -> str:
    """The text of one thing that is told, long enough to be known by."""
    return f"The council of {token} has opened its bridge on Tuesday, after {len(token) + 20} months. " * 3


class GrowingFeeds(FeedServer):
    """Feeds that only grow; each tells its `faults` first, one a request."""

    def __init__(self) -> None:
        super().__init__(at="0.0.0.0")  # noqa: S104 - every feed is at a loopback address of its own
        self.tokens: dict[str, list[str]] = {f"/feed{number}": [] for number in range(FEEDS)}
        self.faults: dict[str, list[str]] = {path: [] for path in self.tokens}

    def address(self, path: str) -> str:
        """On a host of its own, so that no feed waits for another."""
        return self.url(path, host=f"127.0.1.{path.removeprefix('/feed')}")

    def grow(self, path: str) -> None:
        tokens = self.tokens[path]
        tokens.append(f"feed-{path.removeprefix('/feed')}-{len(tokens)}")

    def _next(self, path: str) -> Reply:
        tokens, faults = self.tokens[path], self.faults[path]
        body, tag = rss(*_items(tokens)), {"ETag": f'"{len(tokens)}"'}
        fault = faults.pop(0) if faults else None
        if fault is None:
            is_known = self.asked[-1].headers.get("if-none-match") == tag["ETag"]
            return Reply(status=304, headers=tag) if is_known else Reply(body, headers=tag)
        return {
            "500": Reply(b"", status=500),
            "429": Reply(b"", status=429, headers={"Retry-After": "2"}),
            "cut": Reply(body, headers=tag, cut_after=len(body) // 2),
            # Whole on the wire, and with the tag of the whole; it ends after an entry or within one.
            "broken": Reply(body[: body.rindex(b"</item>", 0, len(body) - 40) + len(tokens) % 9], headers=tag),
            "silent": Reply(raw=b""),
            "gone": Reply(b"", status=404),
        }[fault]


def _items(tokens: list[str]) -> Iterator[str]:
    for token in reversed(tokens):
        number = int(token.rpartition("-")[2])
        entry = item(number, text=story(token), guid=token)
        yield entry.replace(f"Entry {number}<", f"About {token}<").replace(f"org/{number}<", f"org/{token}<")


@dataclass
class Outside:
    """Open it with `outside_world`. What it has told is in the servers, `files` and `acknowledged`."""

    rng: random.Random
    feeds: GrowingFeeds
    x: XServer
    folder: Path
    client: httpx2.AsyncClient
    files: list[str] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)
    deliveries: int = 0

    def sources(self) -> list[dict[str, Any]]:
        """All of it, as a configuration names it."""
        feeds = [{"rss": self.feeds.address(path), "every": 1} for path in self.feeds.tokens]
        accounts = [
            {"x": "@alpha", "every": 1, "daily_reads": 5000, "daily_usd": 100},
            {"x": "@beta", "every": 1, "daily_reads": FEW_READS, "daily_usd": 100},
        ]
        return [*feeds, *accounts, configured(), {"folder": str(self.folder), "every": 1}]

    def sensors(self) -> dict[str, Any]:
        """The settings that lead there."""
        return {
            "allow_hosts": ["127.0.0.0/8"],
            "timeout": 5,
            "x": {"bearer_token": TOKEN, "base_url": self.x.url("").rstrip("/"), "thread_wait": 1},
            "webhooks": {"per_minute": 100_000},
            "folders": {"settle": 0.2},
        }

    async def live(self, address: str, *, seconds: float) -> None:
        """Go on for so long; a sender waits for no answer that does not come at once."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._go_on()
            await self.deliver(address, patience=0.1)
            await asyncio.sleep(TICK_SECONDS)

    def _go_on(self) -> None:
        for path in self.feeds.tokens:
            if self.rng.random() < 0.3:
                self.feeds.grow(path)
            if self.rng.random() < 0.05 and not self.feeds.faults[path]:
                self.feeds.faults[path] = [self.rng.choice(_FAULTS)]
        for account in ("alpha", "beta"):
            if self.rng.random() < 0.3:
                self._post(account)
        if self.rng.random() < 0.05:
            self.x.faults.append(self.rng.choice([Reply(b"", status=503), Reply(b'{"da'), Reply(raw=b"")]))
        self._write_file()
        self.deliveries += 1

    def _post(self, account: str) -> None:
        first = self.x.post(account, f"Post {len(self.x.posts)} of {account}. {story(account)}", at=time.time())
        thread = [first]
        if self.rng.random() < 0.3:
            thread.append(self.x.post(account, story("the thread"), at=time.time(), reply_to=first))
        if account == "alpha":
            self.posts += thread

    def _write_file(self) -> None:
        token = f"file-{len(self.files)}"
        being_written = self.folder / f".{token}"
        being_written.write_text(f"# About {token}\n\n{story(token)}\n")
        being_written.rename(self.folder / f"{token}.md")
        self.files.append(token)

    async def deliver(self, address: str, *, patience: float) -> None:
        """Send what is not acknowledged yet, some of it at least."""
        missing = [name for name in self.delivered() if name not in self.acknowledged]
        for token in missing[:10]:
            body = {"title": f"About {token}", "text": story(token)}
            with suppress(httpx2.TransportError, TimeoutError):
                sender = Sender(self.client, at=time.time())
                sender.client.base_url = httpx2.URL(address)
                answer = await asyncio.wait_for(sender.send(body, id_=f"msg_{token}"), patience)
                if answer.status_code in _ACKNOWLEDGED:
                    (told,) = answer.json()["items"]
                    assert self.acknowledged.setdefault(token, told["id"]) == told["id"]

    def delivered(self) -> list[str]:
        """The names of all deliveries that there are."""
        return [f"delivery-{number}" for number in range(self.deliveries)]

    def heal(self) -> None:
        """From now on everything answers as it should."""
        for faults in self.feeds.faults.values():
            faults.clear()
        self.x.faults.clear()

    def tokens(self) -> list[str]:
        """What is an item each: entries, deliveries and files."""
        entries = [token for tokens in self.feeds.tokens.values() for token in tokens]
        return [*entries, *self.delivered(), *self.files]


@asynccontextmanager
async def outside_world(folder: Path, *, rng: random.Random) -> AsyncIterator[Outside]:
    """The servers, and two accounts of X. `folder` is there, and empty."""
    async with AsyncExitStack() as rest:
        feeds = await rest.enter_async_context(GrowingFeeds())
        x = await rest.enter_async_context(XServer(now=time.time))
        client = await rest.enter_async_context(httpx2.AsyncClient(trust_env=False, timeout=20))
        for path in feeds.tokens:
            feeds.grow(path)
            feeds.grow(path)
        for account in ("alpha", "beta"):
            x.account(account)
        yield Outside(rng=rng, feeds=feeds, x=x, folder=folder, client=client)
