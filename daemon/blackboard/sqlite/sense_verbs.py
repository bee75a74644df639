"""The engine's verbs for the senses, each handed to the writer."""

from collections.abc import Mapping, Sequence
from typing import Any

from daemon.blackboard.records import Observation, Posted, Source
from daemon.blackboard.senses import Article, AwaitedArticle, NewReading, Reading, ReadingEnd
from daemon.blackboard.sqlite import articles, clock_jumps, deliveries, readings
from daemon.blackboard.sqlite.writer import GroupWriter


class SenseVerbs:
    """Readings that cost money, deliveries, and articles."""

    _writer: GroupWriter

    async def begin_reading(self, new: NewReading, *, caps: Mapping[str, int]) -> Reading:
        """Set aside what a reading may bring. Raises `BudgetExceededError` and `NotFoundError`."""
        return await self._writer.run(readings.begin_reading, new=new, caps=caps)

    async def settle_reading(self, reading: Reading, end: ReadingEnd) -> None:
        """Enter how it ended. Raises `NotFoundError` for what was never begun."""
        await self._writer.run(readings.settle_reading, reading=reading, end=end)

    async def source_at(self, address: str) -> Source | None:
        """The source with this address, if it has not been removed."""
        return await self._writer.run(deliveries.source_at, address=address)

    async def record_delivery(
        self, source_id: int, *, observations: Sequence[Observation], event: Mapping[str, Any]
    ) -> list[Posted]:
        """Post what somebody sent. Raises `NotFoundError`."""
        return await self._writer.run(
            deliveries.record_delivery, source_id=source_id, observations=observations, event=event
        )

    async def awaited_articles(self, *, limit: int, after: str = "") -> list[AwaitedArticle]:
        """Items that wait for their article, oldest first, after this id."""
        return await self._writer.run(articles.awaited_articles, limit=limit, after=after)

    async def await_anew(self, *, within: float) -> int:
        """Let what has waited in vain wait anew; answers how many items that are."""
        return await self._writer.run(articles.await_anew, within=within)

    async def await_longer(self, *, seconds: float, within: float) -> int:
        """Let what waits for its article wait on; answers how many items that are."""
        return await self._writer.run(clock_jumps.await_longer, seconds=seconds, within=within)

    async def settle_article(self, item_id: str, article: Article) -> bool:
        """Keep what became of its article; False when the item waits no more."""
        return await self._writer.run(articles.settle_article, item_id=item_id, article=article)
