"""The memory behind its guards: a thread, a time limit, a breaker. When it fails, work goes on and says so."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from brains.llm.embedding import Purpose
from brains.memory.base import Recall, Remembered
from brains.memory.lane import BlockingLane
from brains.memory.store import Embeddings, RemoteEmbeddings, Store
from daemon.core.clock import Clock
from daemon.core.errors import (
    BrainError,
    BreakerOpenError,
    CallTimeoutError,
    OutsideError,
    ServerFaultError,
    TransientError,
    WaitError,
)
from daemon.core.events import Event, Listener
from daemon.core.redaction import scrub_text
from daemon.resilience.breaker import Breaker

_OPENING_SECONDS = 60.0
"""Loading packages and a large index may take a while, once; recall does not wait that long for it."""
_WRITING_FACTOR = 5.0
"""Writing and a person's search may take this many times as long as a recall."""

Result = TypeVar("Result")
Vectors = list[list[float]]

_STORE, _EMBEDDINGS = "store", "embeddings"
"""The two parts that may fail, each by itself."""


class GuardedMemory:
    """A vector store that may be slow, dead or missing. Use it from one event loop.

    `open_store` blocks (it loads packages, opens files or connects); it runs in the thread, at the first use and after
    every fault, never on the event loop. Embeddings of this process are made in that thread too; those of a provider
    are asked for before it is entered, and belong to this memory: they are closed with it. `timeout` is in seconds.
    Emits `memory_degraded` and `memory_restored`, once per change; `degraded_at` is when it was degraded, in epoch
    seconds, None while it is not.
    """

    def __init__(
        self,
        mode: str,
        *,
        open_store: Callable[[], Store],
        embeddings: Embeddings | RemoteEmbeddings,
        timeout: float,
        breaker: Breaker,
        clock: Clock,
        emit: Listener,
        release: Callable[[], None] = lambda: None,
    ) -> None:
        self.mode = mode
        self.model: str | None = embeddings.name
        self._open_store = open_store
        self._embeddings = embeddings
        self._timeout = timeout
        self._breaker = breaker
        self._clock = clock
        self._emit = emit
        self._release = release
        self._lane = BlockingLane("memory")
        self._store: Store | None = None
        self._opening: asyncio.Task[Store | OutsideError] | None = None
        self._is_opening_slow = False
        self._reasons: dict[str, str] = {}
        self.degraded_at: float | None = None
        self._dropped: list[Store] = []

    async def recall(self, text: str, *, limit: int, exclude: str | None = None) -> Recall:
        """What is nearest in meaning, or nothing within `timeout` seconds. Never raises for a store that is down."""
        if limit < 1 or not text.strip():
            return Recall()
        try:
            found = await self._nearest(text, limit=limit + (exclude is not None), timeout=self._timeout)
        except OutsideError:
            return Recall(is_degraded=True)
        return Recall(tuple(post for post in found if post.item_id != exclude)[:limit])

    async def remember(self, posts: Sequence[Remembered]) -> bool:
        """Take them in by item id; False when the store is down, or its vectors cannot be had or paid now.

        What means nothing to the model is passed over.
        """
        texts = [f"{post.title}\n\n{post.text}".strip() for post in posts]
        timeout = self._timeout * _WRITING_FACTOR

        def put(store: Store, ready: Vectors | None) -> None:
            vectors = self._embed(texts) if ready is None else ready
            known = [(post, vector) for post, vector in zip(posts, vectors, strict=True) if any(vector)]
            store.put([post for post, _ in known], [vector for _, vector in known])

        try:
            ready = await self._ahead(texts, purpose=Purpose.DOCUMENT, timeout=timeout)
            await self._call(lambda store: put(store, ready), timeout=timeout)
        except OutsideError:
            return False
        return True

    async def search(self, text: str, *, limit: int) -> Sequence[Remembered]:
        """For a person: the nearest posts. Raises `OutsideError` when the store is down."""
        return await self._nearest(text, limit=limit, timeout=self._timeout * _WRITING_FACTOR)

    async def clear(self) -> None:
        """Forget everything. Raises `OutsideError` when the store is down."""
        await self._call(lambda store: store.clear(), timeout=self._timeout * _WRITING_FACTOR)

    async def size(self) -> int:
        """How many posts it holds. Raises `OutsideError` when the store is down."""
        return await self._call(lambda store: store.count(), timeout=self._timeout * _WRITING_FACTOR)

    def status(self) -> str:
        """`ok` or `degraded`."""
        return "degraded" if self._reasons else "ok"

    @property
    def reason(self) -> str | None:
        """Why it is degraded, in one line; None when it is not."""
        return "; ".join(self._reasons.values()) or None

    async def close(self) -> None:
        """Close the store; waits for it no longer than `timeout`."""
        if self._opening is not None:
            await asyncio.wait({self._opening}, timeout=self._timeout)
            self._opening.cancel()
        self._drop(self._store)
        try:
            await self._lane.run(self._close_dropped, timeout=self._timeout)
        except OutsideError:
            # The lane is stuck. This thread may stick too, but it keeps nobody waiting.
            threading.Thread(target=self._close_dropped, daemon=True).start()
        self._lane.close()
        self._release()
        if self._embeddings.is_remote:
            await self._embeddings.close()

    # --- inside ---

    async def _nearest(self, text: str, *, limit: int, timeout: float) -> list[Remembered]:
        started = self._clock.monotonic()
        ready = await self._ahead([text], purpose=Purpose.QUERY, timeout=timeout)

        def ask(store: Store) -> list[Remembered]:
            (vector,) = self._embed([text]) if ready is None else ready
            return store.nearest(vector, limit=limit) if any(vector) else []

        rest = max(timeout - (self._clock.monotonic() - started), timeout / 10)
        return await self._call(ask, timeout=rest)

    async def _ahead(self, texts: Sequence[str], *, purpose: Purpose, timeout: float) -> Vectors | None:
        """The vectors that a provider makes; None when they are made in the thread. Nothing is paid for a dead store.

        Why there are none (no answer in time, no money left) is said, as a fault of the store is.
        """
        if not self._embeddings.is_remote:
            return None
        if (until := self._breaker.ready_at()) > self._clock.now():
            raise BreakerOpenError("the memory is left alone for a while", endpoint="memory", until=until)
        try:
            async with asyncio.timeout(timeout):
                vectors = await self._embeddings.vectors(texts, purpose=purpose, timeout=timeout)
        except TimeoutError as error:
            late = CallTimeoutError("the embeddings did not come in time", endpoint="memory")
            self._degrade(_EMBEDDINGS, str(late))
            raise late from error
        except OutsideError as error:
            self._degrade(_EMBEDDINGS, str(error))
            raise
        self._restore(_EMBEDDINGS)
        return vectors

    def _embed(self, texts: Sequence[str]) -> Vectors:
        assert not self._embeddings.is_remote  # noqa: S101 - their vectors are made ahead
        try:
            return self._embeddings.embed(texts)
        except BrainError as error:
            raise ServerFaultError(str(error), endpoint="memory") from error

    async def _call(self, work: Callable[[Store], Result], *, timeout: float) -> Result:
        """Do it in the thread, on the open store, past the breaker; a fault closes the store, to be opened anew."""
        with self._breaker.guard():
            started = self._clock.monotonic()
            store = await self._opened(timeout)
            rest = max(timeout - (self._clock.monotonic() - started), timeout / 10)
            try:
                result = await self._lane.run(lambda: work(store), timeout=rest)
            except TransientError as error:
                self._drop(store)
                self._degrade(_STORE, str(error))
                raise
        self._restore(_STORE)
        return result

    async def _opened(self, timeout: float) -> Store:
        """The open store. Raises why it cannot be opened, or `WaitError` when that is not known in time."""
        if self._store is not None:
            return self._store
        if self._opening is None or self._opening.done():
            self._is_opening_slow = False
            self._opening = asyncio.create_task(self._open())
        # One recall finds out that opening takes its time; the next ones do not wait for it.
        patience = 0.0 if self._is_opening_slow and timeout <= self._timeout else timeout
        opening = self._opening  # by the time this one is over, somebody else may have begun another
        done, _ = await asyncio.wait({opening}, timeout=patience)
        if not done:
            self._is_opening_slow = True
            raise WaitError("the memory is still being opened", endpoint="memory")
        outcome = opening.result()
        if isinstance(outcome, OutsideError):
            raise outcome
        return outcome

    async def _open(self) -> Store | OutsideError:
        try:
            self._store = await self._lane.run(self._reopened, timeout=_OPENING_SECONDS)
        except (OutsideError, BrainError) as failure:
            error = failure if isinstance(failure, OutsideError) else ServerFaultError(str(failure), endpoint="memory")
            self._breaker.failed(error)  # also when nobody waits for it any more
            self._degrade(_STORE, str(error))
            return error
        return self._store

    def _drop(self, store: Store | None) -> None:
        """Forget the store, to be closed before the next one is opened. It may be stuck just now."""
        if store is not None and store is self._store:
            self._store = None
            self._dropped.append(store)

    def _close_dropped(self) -> None:
        while self._dropped:
            self._dropped.pop().close()

    def _reopened(self) -> Store:
        self._close_dropped()
        return self._open_store()

    def _degrade(self, part: str, reason: str) -> None:
        reason = scrub_text(reason)
        if not self._reasons:
            self.degraded_at = self._clock.now()
            self._say("memory_degraded", reason=reason)
        self._reasons[part] = reason

    def _restore(self, part: str) -> None:
        if self._reasons.pop(part, None) is not None and not self._reasons:
            self.degraded_at = None
            self._say("memory_restored")

    def _say(self, type_: str, **data: str) -> None:
        self._emit(Event(type=type_, at=self._clock.now(), data={"mode": self.mode, **data}))
