"""The sensor for X: accounts (`@name`) and recent searches (`search:query`)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from daemon.blackboard.budgets import MICRO
from daemon.blackboard.records import FetchState, Source
from daemon.core.errors import BudgetExceededError, DavidAgentError, OutsideError, WaitError
from sensors.base import Sighting
from sensors.context import SensorContext
from sensors.fetch_states import failed, planned, succeeded, unforeseen
from sensors.readings import bounds_of
from sensors.schedule import JITTER, Plan, Rhythm, after_failure, after_success, span
from sensors.x.client import XClient
from sensors.x.memory import Memory, extra_with, memory_in
from sensors.x.observing import observation_of
from sensors.x.paid import ClosedWindowError, PaidRequests, Spent
from sensors.x.problems import UnknownAccountError
from sensors.x.reading import Haul, PostReader
from sensors.x.requests import Search, Timeline, asks_for_replies, search_words
from sensors.x.threads import Threads, choose, join, left_aside

_MORE_SECONDS = 60.0
_SET_ASIDE_SECONDS = 60.0
"""Money that is only set aside for requests under way comes back soon."""
_MOST_JITTER_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class _Poll:
    """One poll, as far as it came."""

    memory: Memory
    haul: Haul
    aside: int = 0


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a poll answered, and what the board kept of the source before it."""

    before: Mapping[str, Any]
    sighting: Sighting


class XSensor:
    """Reads accounts and searches of X within their budgets."""

    kind = "x"

    def __init__(self, context: SensorContext) -> None:
        self._settings = context.settings
        self._clock = context.clock
        self._rng = context.rng
        self._client = XClient(context.settings, clock=context.clock)
        requests = PaidRequests(
            self._client, readings=context.readings, price=context.settings.x.price, clock=context.clock
        )
        self._reader = PostReader(requests, settings=context.settings.x)
        self._answers: dict[int, _Answer] = {}

    async def poll(self, source: Source) -> Sighting:
        """Look once. Cancellation passes; anything else becomes a failed sighting."""
        last = self._answers.pop(source.id, None)
        if last is not None and last.before == source.fetch.extra:
            # The board did not take it, and it was paid for all the same.
            sighting = last.sighting
        else:
            sighting = await self._polled(source)
        if sighting.fetch.extra != source.fetch.extra:
            self._answers[source.id] = _Answer(source.fetch.extra, sighting)
        return sighting

    async def _polled(self, source: Source) -> Sighting:
        memory = memory_in(source.fetch.extra)
        try:
            return self._told(source, await self._look(source, memory))
        except DavidAgentError as error:
            return self._told(source, _Poll(memory, Haul(stopped=error)))
        except Exception as error:  # noqa: BLE001 - the contract: a sensor's fault is its source's failed poll
            return self._told(source, _Poll(memory, Haul(stopped=OutsideError(unforeseen(source.address, error)))))

    async def close(self) -> None:
        """Close the connections to X."""
        await self._client.close()

    async def _look(self, source: Source, memory: Memory) -> _Poll:
        """Read what is new, and choose what of it is told. A budget that is too small is said before it is spent."""
        self._client.check()
        spent = Spent()
        words = search_words(source.address)
        what: Timeline | Search = Timeline("") if words is None else Search(words)
        self._reader.scope(source, what)
        if isinstance(what, Timeline):
            memory = await self._with_account(source, memory, spent=spent)
            what = Timeline(memory.account.id if memory.account else "")
        haul, memory = await self._reader.read(source, what, memory=memory, spent=spent)
        chosen = choose(
            haul.pages,
            account=memory.account,
            aside=memory.aside,
            has_replies=words is not None and asks_for_replies(words),
            now=self._clock.now(),
        )
        aside = (*memory.aside, *chosen.aside)
        # The newest page came first: what it answers may just have been seen to be a reply to another.
        later = left_aside((*memory.waiting, *chosen.parts), aside=aside)
        memory = memory.model_copy(update={"waiting": later.parts, "aside": (*aside, *later.aside)})
        return _Poll(memory, haul, aside=len(chosen.aside) + len(later.aside))

    async def _with_account(self, source: Source, memory: Memory, *, spent: Spent) -> Memory:
        if memory.account is not None:
            return memory
        account = await self._reader.account(source, name=source.address.removeprefix("@"), spent=spent)
        return memory.model_copy(update={"account": account})

    def _told(self, source: Source, poll: _Poll) -> Sighting:
        """The sighting: what is whole is told, whatever ended the poll; nothing that was read and paid for is lost."""
        now = self._clock.now()
        unread = poll.memory.unread if poll.haul.is_more else None
        threads = join(
            poll.memory.waiting,
            now=now,
            wait=self._settings.x.thread_wait,
            unread_until=unread.until_id if unread else None,
        )
        memory = poll.memory.model_copy(update={"waiting": threads.waiting})
        if isinstance(poll.haul.stopped, UnknownAccountError):
            memory = memory.model_copy(update={"account": None})
        fetch = replace(source.fetch, extra=extra_with(source.fetch.extra, memory))
        observations = [observation_of(thread, tags=source.tags) for thread in threads.whole]
        sighting = self._outcome(source, poll, replace(fetch, last_item_at=_newest(fetch, poll)), now=now)
        fetch = self._waiting_for_threads(sighting.fetch, threads, now=now)
        detail = {**_detail(poll, threads), "next": fetch.next_fetch_reason}
        return replace(sighting, fetch=fetch, observations=observations, detail=detail)

    def _outcome(self, source: Source, poll: _Poll, fetch: FetchState, *, now: float) -> Sighting:
        stopped, pages = poll.haul.stopped, poll.haul.pages
        entries = sum(len(page.posts) + page.unreadable for page in pages)
        if stopped is None or pages:
            fetch = planned(succeeded(fetch, now=now), self._plan(source, poll, now=now))
            more_at = fetch.next_fetch_at if poll.haul.is_more else None
            return Sighting(fetch=fetch, outcome="read" if entries else "unchanged", entries=entries, more_at=more_at)
        if isinstance(stopped, WaitError):
            fetch = planned(fetch, self._plan(source, poll, now=now))
            return Sighting(fetch=fetch, outcome="waiting")
        plan = self._after_failure(source, stopped, errors_in_row=fetch.errors_in_row + 1, now=now)
        return failed(fetch, str(stopped), plan=plan, now=now)

    def _plan(self, source: Source, poll: _Poll, *, now: float) -> Plan:
        """When to come again after a poll that read something, or was not allowed to."""
        stopped = poll.haul.stopped
        if isinstance(stopped, WaitError):
            return self._after_wait(source, stopped, now=now)
        if stopped is not None:
            return self._after_failure(source, stopped, errors_in_row=1, now=now)
        if poll.haul.is_more:
            # Pages without posts bring nobody further, so they are not asked for at once again.
            wait = 0.0 if any(page.oldest_id for page in poll.haul.pages) else _MORE_SECONDS
            return Plan(at=now + wait, interval_seconds=wait, reason="there is more to read")
        return after_success(self._rhythm(source), floors=(), now=now, rng=self._rng)

    def _after_wait(self, source: Source, stopped: WaitError, *, now: float) -> Plan:
        shortage = stopped.shortage if isinstance(stopped, BudgetExceededError) else None
        every = source.every_seconds or self._settings.x.every
        until = now + every if stopped.until is None else stopped.until
        if shortage is not None and not shortage.is_for_good:
            until = now + _SET_ASIDE_SECONDS
        jitter = min(_MOST_JITTER_SECONDS, JITTER * every) * self._rng.random()
        reason = f"{self._shortage(source, stopped)}; it goes on at {_clock_time(until, now=now)} UTC"
        return Plan(at=until + jitter, interval_seconds=max(0.0, until - now), reason=reason)

    def _shortage(self, source: Source, stopped: WaitError) -> str:
        reads, micro = bounds_of(source, daily_reads=self._settings.x.daily_reads, daily_usd=self._settings.x.daily_usd)
        if isinstance(stopped, ClosedWindowError):
            return "X takes no more requests for now"
        if "(daily_reads)" in str(stopped):
            return f"its {reads} reads of today are used up"
        if "(daily_usd)" in str(stopped):
            return f"its {micro / MICRO:.2f} USD of today are used up"
        return "the budget leaves no room for reading"

    def _after_failure(self, source: Source, error: DavidAgentError, *, errors_in_row: int, now: float) -> Plan:
        retry_after = error.retry_after if isinstance(error, OutsideError) else None
        return after_failure(
            self._rhythm(source), errors_in_row=errors_in_row, retry_after=retry_after, now=now, rng=self._rng
        )

    def _rhythm(self, source: Source) -> Rhythm:
        return Rhythm(
            default_seconds=self._settings.x.every, wish_seconds=source.every_seconds, default_name="sensors.x.every"
        )

    def _waiting_for_threads(self, fetch: FetchState, threads: Threads, *, now: float) -> FetchState:
        """Come again when a thread is whole, if that is sooner."""
        if threads.ready_at is None or threads.ready_at >= fetch.next_fetch_at:
            return fetch
        at = max(threads.ready_at, now)
        reason = f"a post waits {span(self._settings.x.thread_wait)} for the rest of its thread"
        return replace(fetch, next_fetch_at=at, next_fetch_reason=reason)


def _newest(fetch: FetchState, poll: _Poll) -> float | None:
    found = [at for at in (fetch.last_item_at, *(part.at for part in poll.memory.waiting)) if at is not None]
    return max(found, default=None)


def _detail(poll: _Poll, threads: Threads) -> dict[str, Any]:
    haul, pages = poll.haul, poll.haul.pages
    stopped = str(haul.stopped) if haul.stopped is not None and pages else None
    told = {
        "requests": haul.spent.requests,
        "reads": haul.spent.reads,
        "usd": haul.spent.micro / MICRO,
        "replies_left_out": poll.aside,
        "waiting_for_thread": len(threads.waiting),
        "unreadable": sum(page.unreadable for page in pages),
        "missing": sum(len(page.problems) for page in pages),
        "ended_early": stopped,
        "out_of_reach": haul.is_out_of_reach,
        "is_unread": poll.memory.unread is not None,
    }
    return {name: value for name, value in told.items() if value}


def _clock_time(at: float, *, now: float) -> str:
    """The time of day; with its date when that is not within a day."""
    form = "%H:%M" if at - now <= 86_400 else "%Y-%m-%d %H:%M"  # noqa: PLR2004 - seconds of a day
    return datetime.fromtimestamp(at, UTC).strftime(form)
