"""A board with the real API before it, at one address that outlives restarts."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from daemon.api.server import ApiServer
from daemon.blackboard.records import CallStatus, Claim, NewArtifact, NewCall, SettledCall, Settlement, Usage
from daemon.blackboard.states import State, Step
from daemon.runtime.gists import with_gists
from tests.fakes.desk import StillDesk, open_still_desk
from tests.fakes.staged_board import FAILURE, seen

KNOWLEDGE = {
    "gist": "The tide turned at noon.",
    "claims": [{"statement": "The tide turned at noon."}, {"statement": "Nobody was on the pier."}],
    "entities": [{"name": "Marrow Bay"}],
    "numbers": [{"text": "7"}],
    "topics": ["tides"],
}


class Stage:
    """Acts of the desk with real verbs, and the server they are seen through."""

    def __init__(self, desk: StillDesk) -> None:
        self.desk = desk
        self.address = ""
        self._port = 0
        self._server: ApiServer | None = None

    async def open(self) -> None:
        """Listen: on a free port the first time, on the same one later."""
        self._server = ApiServer(self.desk, host="127.0.0.1", port=self._port)
        self.address = await self._server.start()
        self._port = urlsplit(self.address).port or 0

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            await self._server.stop()
            self._server = None

    async def take_over(self, other: "Stage") -> None:
        """Go on at the address of another, which closes."""
        await other.close()
        self._port = other._port
        await self.open()

    # --- what happens on the board ---

    async def post(self, *titles: str) -> list[str]:
        """New items with these titles; answers their ids."""
        engine, posted = self.desk.engine, []
        for title in titles:
            (one,) = await engine.post([_titled(title)], source_id=None, by="sensor")
            posted.append(one.item_id)
        return posted

    async def claim(self, step: Step) -> Claim:
        """The next item of a step."""
        (claim,) = await self.desk.engine.claim(worker_id="w", steps={step}, limit=1, lease_seconds=60)
        return claim

    async def advance(self, claim: Claim, kind: str, content: dict[str, Any]) -> None:
        """End a step with an artifact and a paid call."""
        artifact = with_gists([NewArtifact(kind, content, "writer")])
        await self.desk.engine.advance(claim, artifacts=artifact, calls=[_paid(claim.item.id)])

    async def read(self) -> Claim:
        """Bring one item from QUEUED to DRAFTING."""
        claim = await self.claim(Step.EXTRACT)
        await self.advance(claim, "knowledge", KNOWLEDGE)
        return claim

    async def write(self, title: str) -> Claim:
        """Bring one item from DRAFTING to REVIEWING."""
        claim = await self.claim(Step.DRAFT)
        await self.advance(claim, "draft", {"title": title, "body": "Words."})
        return claim

    async def send_back(self, *reasons: str) -> Claim:
        """Bring one item from REVIEWING back to DRAFTING."""
        claim = await self.claim(Step.REVIEW)
        await self.desk.engine.reject(claim, reasons=reasons)
        return claim

    async def publish(self, title: str) -> Claim:
        """Bring one item from REVIEWING to PUBLISHED."""
        await self.advance(await self.claim(Step.REVIEW), "review", {"passed": True, "faults": []})
        claim = await self.claim(Step.PUBLISH)
        post = {"title": title, "slug": f"slug-{claim.item.id}", "summary": f"In short: {title}."}
        await self.advance(claim, "post", post)
        return claim

    async def whole_way(self, title: str) -> str:
        """One item from nowhere to PUBLISHED; answers its id."""
        (item_id,) = await self.post(title)
        await self.read()
        await self.write(title)
        await self.publish(title)
        return item_id

    async def bury(self) -> Claim:
        """Bring one item from QUEUED to DEAD_LETTER."""
        claim = await self.claim(Step.EXTRACT)
        await self.desk.engine.bury(claim, failure=FAILURE)
        return claim

    def counts(self) -> dict[str, int]:
        """Items by state, as the board has them."""
        found = self.desk.reader.counts()
        return {state.value: found[state] for state in State}


def _titled(title: str) -> Any:
    from dataclasses import replace

    name = "".join(c if c.isascii() and c.isalnum() else f"{ord(c):x}" for c in title)[:80]
    return replace(seen(name), title=title)


def _paid(item_id: str) -> SettledCall:
    call = NewCall(item_id, "left", "extract", "gemini", "quick", request_hash="h", fingerprint={})
    return SettledCall(call, Settlement(CallStatus.OK, Usage(input_tokens=100, output_tokens=20), cost_micro=1200))


@asynccontextmanager
async def open_stage(home: Path, *, titles: Sequence[str] = (), **api: Any) -> AsyncIterator[Stage]:
    """A stage that listens, with these items waiting; `api` are settings of that section."""
    async with AsyncExitStack() as rest:
        stage = Stage(await rest.enter_async_context(open_still_desk(home, api=api)))
        await stage.open()
        rest.push_async_callback(stage.close)
        await stage.post(*titles)
        yield stage
