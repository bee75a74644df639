"""Browsers of the dashboard without a browser: sessions over Streamlit's own websocket, refreshed as it tells them to.

A viewer costs the dashboard what a browser costs it, and the machine hardly anything, as one on another machine would.
As a program it looks until somebody ends it: `python -m bench.dashboard_viewers ORIGIN --viewers 3 [--walk SECONDS]`.
"""

import argparse
import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState, ContextInfo
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

Page = tuple[str, Mapping[str, str]]
"""A page's address (empty for the first page) and its query."""
PAGES: Final[Sequence[Page]] = (
    ("", {}),
    ("items", {}),
    ("items", {"sort": "changed"}),
    ("items", {"sort": "dearest", "seen": "week"}),
    ("items", {"q": "glacier"}),
    ("items", {"source": "7"}),
    ("dead-letters", {}),
    ("economics", {}),
    ("feedback", {}),
    ("sources", {}),
    ("memory", {}),
    ("control", {}),
)
_PATIENCE_SECONDS: Final = 60.0
_LARGEST_BYTES: Final = 64 * 1024 * 1024


class Viewer:
    """One session. Not safe to be used twice at the same time."""

    def __init__(self, socket: ClientConnection, *, origin: str) -> None:
        self._socket = socket
        self._origin = origin
        self._page: Page = ("", {})
        self._script = ""
        self.rhythm: dict[str, float] = {}
        """The parts of the page that refresh, and how often, in seconds."""
        self.faults: list[str] = []
        """What went wrong on the pages, as far as Streamlit tells it."""

    async def open(self, page: Page) -> float:
        """Open a page; answers the seconds until its script had ended."""
        self._page, self._script = page, ""
        return await self._run()

    async def refresh(self, part: str) -> float:
        """Draw a part anew; answers the seconds."""
        return await self._run(part=part)

    async def look(self, seconds: float) -> None:
        """Keep the page open, each part refreshed as often as it asks for."""
        until = time.monotonic() + seconds
        due = {part: time.monotonic() + every for part, every in self.rhythm.items()}
        while due and (soonest := min(due, key=due.__getitem__)) and due[soonest] < until:
            await asyncio.sleep(max(0.0, due[soonest] - time.monotonic()))
            if soonest in self.rhythm:
                await self.refresh(soonest)
            now = time.monotonic()
            due = {
                part: max(now, due.get(part, now) + every) if part == soonest else due.get(part, now + every)
                for part, every in self.rhythm.items()
            }
        await asyncio.sleep(max(0.0, until - time.monotonic()))

    async def _run(self, *, part: str = "") -> float:
        started = time.perf_counter()
        await self._socket.send(self._asked(part=part))
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not self._is_end(await self._told()):
                pass
        return time.perf_counter() - started

    async def _told(self) -> ForwardMsg:
        told = await self._socket.recv()
        assert isinstance(told, bytes)
        return ForwardMsg.FromString(told)

    def _asked(self, *, part: str) -> bytes:
        path, query = self._page
        state = ClientState(
            query_string=urlencode(query),
            page_name=path,
            page_script_hash=self._script,
            fragment_id=part,
            is_auto_rerun=bool(part),
            context_info=ContextInfo(timezone="Asia/Shanghai", timezone_offset=-480, locale="en-US", url=self._origin),
        )
        return BackMsg(rerun_script=state).SerializeToString()

    def _is_end(self, told: ForwardMsg) -> bool:
        kind = told.WhichOneof("type")
        if kind == "new_session":
            self._script = told.new_session.page_script_hash
            if not told.metadata.run.fragment_ids:
                self.rhythm.clear()
        elif kind == "auto_rerun":
            self.rhythm[told.auto_rerun.fragment_id] = told.auto_rerun.interval
        elif kind == "stop_auto_rerun":
            for part in told.stop_auto_rerun.fragment_ids:
                self.rhythm.pop(part, None)
        elif kind == "delta":
            self._note(told)
        elif kind == "page_not_found":
            self.faults.append(f"no page {told.page_not_found.page_name}")
        # A run that ends because another was asked for is followed by that one.
        return kind == "script_finished" and told.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN

    def _note(self, told: ForwardMsg) -> None:
        if told.delta.WhichOneof("type") == "new_element" and told.delta.new_element.HasField("exception"):
            self.faults.append(told.delta.new_element.exception.message)


@asynccontextmanager
async def viewer(origin: str) -> AsyncIterator[Viewer]:
    """Somebody who has come to the dashboard at `origin` (`http://127.0.0.1:8788`), with no page opened yet."""
    address = f"{origin.replace('http', 'ws', 1)}/_stcore/stream"
    async with connect(
        address, origin=origin, subprotocols=["streamlit"], max_size=_LARGEST_BYTES, compression=None, proxy=None
    ) as socket:
        yield Viewer(socket, origin=origin)


async def _stay(origin: str) -> None:
    async with viewer(origin) as one:
        await one.open(PAGES[0])
        print("open", flush=True)
        while True:
            await one.look(3600.0)


async def _walk(origin: str, *, every: float) -> None:
    """Open one page after the other."""
    async with viewer(origin) as one:
        await one.open(PAGES[0])
        print("open", flush=True)
        while True:
            for page in PAGES:
                await one.open(page)
                await one.look(every)


async def _all(ways: Sequence[Callable[[], Awaitable[None]]]) -> None:
    async with asyncio.TaskGroup() as group:
        for way in ways:
            group.create_task(_as_task(way))


async def _as_task(way: Callable[[], Awaitable[None]]) -> None:
    await way()


def main() -> None:
    """Look until somebody ends it; a line `open` for each viewer that has seen the first page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("origin")
    parser.add_argument("--viewers", type=int, default=1)
    parser.add_argument("--walk", type=float, help="open another page every so many seconds")
    options = parser.parse_args()
    way: Any = _stay if options.walk is None else lambda origin: _walk(origin, every=options.walk)
    asyncio.run(_all([lambda: way(options.origin)] * options.viewers))


if __name__ == "__main__":
    main()
