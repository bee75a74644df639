"""A reader of articles that answers what a test says, when the test says."""

import asyncio
from collections import defaultdict
from collections.abc import Callable

from daemon.blackboard.senses import Article, ArticleOutcome, AwaitedArticle
from daemon.core.clock import Clock

Answer = Article | Exception


def article(awaited: AwaitedArticle, *, text: str = "the whole article") -> Article:
    """A read article."""
    return Article(ArticleOutcome.READ, url=awaited.url, note="the whole article was read", text=text)


class ScriptedReader:
    """Answers with `answers` by address, in order, the last one for good; else with an article.

    `asked` lists address and time; `most_at_once` and `most_of_host` are the largest numbers that were under way.
    """

    def __init__(self, clock: Clock, *, pause: float = 1.0) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[tuple[str, float]] = []
        self.hold: asyncio.Event | None = None
        self.most_at_once = 0
        self.most_of_host = 0
        self.cancelled = 0
        self._clock = clock
        self._pause = pause
        self._under_way: dict[str, int] = defaultdict(int)

    async def read(self, awaited: AwaitedArticle) -> Article:
        """Answer as the script says."""
        host = awaited.url.split("/")[2]
        self.asked.append((awaited.url, self._clock.now()))
        self._under_way[host] += 1
        self.most_at_once = max(self.most_at_once, sum(self._under_way.values()))
        self.most_of_host = max(self.most_of_host, self._under_way[host])
        try:
            if self.hold is not None:
                await self.hold.wait()
            return self._answer(awaited)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self._under_way[host] -= 1

    def pause(self, url: str) -> float:
        """The same for every host."""
        del url
        return self._pause

    async def close(self) -> None:
        """Nothing is open."""

    def times(self, where: Callable[[str], bool] = lambda _: True) -> list[float]:
        """When the addresses were asked for that `where` picks."""
        return [at for url, at in self.asked if where(url)]

    def _answer(self, awaited: AwaitedArticle) -> Article:
        script = self.answers.get(awaited.url, [])
        answer = script.pop(0) if len(script) > 1 else script[0] if script else article(awaited)
        if isinstance(answer, Exception):
            raise answer
        return answer
