"""Reading an account or a search page by page within its budget, so that nothing is lost and little is read twice.

X gives the newest posts first. The cursor may move on only when all down to the old cursor was read; what is left is
kept as a stretch, and read before anything newer at the next look. One look reads one page that has posts, so that
what was paid for is on the board before more is: whatever stops the process, at most a page is paid for twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from daemon.blackboard.budgets import MICRO
from daemon.blackboard.records import Source
from daemon.blackboard.senses import NewReading
from daemon.core.errors import DavidAgentError, OutsideError, PermanentError
from daemon.core.settings.sensor_models import XSettings
from sensors.readings import bounds_of
from sensors.x.memory import Memory, Stretch
from sensors.x.paid import PROVIDER, PaidRequests, Scope, Spent
from sensors.x.problems import OldCursorError, OldTokenError, TooSmallBudgetError, UnknownAccountError, account_problem
from sensors.x.requests import MOST_ENTRIES, Cut, Search, Timeline, account_request, scopes
from sensors.x.wire import Page, User, id_at, page_of, posted_at, problems_of, user_of

FIRST_PAGE = 10
"""Most looks find little, and what a page may bring at most is set aside while it is asked for."""
MOST_PAGES = 10
"""Of one look, when X gives pages without posts; the rest is read at the next one."""
MOST_CUTS = 3
"""X is asked no more often in one look with a newer cursor, in case it refuses that, too."""
_WEEK_SECONDS, _DAY_SECONDS, _MINUTE = 604_800.0, 86_400.0, 60.0
_NOT_FOUND = 404


@dataclass(slots=True)
class Haul:
    """What one look brought. `stopped` is why it ended early; None when there was nothing more."""

    pages: list[Page] = field(default_factory=list)
    spent: Spent = field(default_factory=Spent)
    stopped: DavidAgentError | None = None
    is_more: bool = False
    """It ended at the bound of one look: the rest can be read at once."""
    is_out_of_reach: bool = False
    """Some of what was unread is older than X looks back."""


@dataclass(slots=True)
class _Look:
    """One stretch that is being read, from its newest post down to `since_id`."""

    since_id: str | None
    until_id: str | None = None
    """All from here up was read."""
    newest_id: str | None = None
    limit: int | None = None
    """How many posts the first look at a source still reads."""
    is_last: bool = True
    """Nothing newer is left to be read after it."""
    token: str | None = None
    token_until_id: str | None = None
    """What the answer was asked with that gave the token: X wants it unchanged."""
    pages: int = 0
    is_over: bool = False
    has_lost_token: bool = False
    cuts: int = 0
    """How often its older end was given up, as X does not look back so far."""

    @property
    def cut(self) -> Cut:
        """What to ask for next."""
        if self.token is None:
            self.token_until_id = self.until_id
        return Cut(since_id=self.since_id, until_id=self.token_until_id, token=self.token)

    def take(self, page: Page) -> None:
        """Note how far it has come."""
        self.pages += 1
        self.token = page.next_token
        if page.oldest_id is not None:
            self.newest_id = self.newest_id or page.newest_id
            self.until_id = page.oldest_id
        if self.limit is not None:
            self.limit -= len(page.posts) + page.unreadable
        self.is_over = self.token is None or (self.limit is not None and self.limit <= 0)

    def leaves_more(self, page: Page) -> bool:
        """Whether this page is enough for now, and there is more to be read."""
        is_enough = page.oldest_id is not None or self.pages >= MOST_PAGES
        return is_enough and not (self.is_over and self.is_last)

    def wanted(self, least: int) -> int:
        """How many entries the next page is to have."""
        if self.limit is not None:
            return max(least, min(MOST_ENTRIES, self.limit))
        return max(least, FIRST_PAGE) if self.until_id is None and not self.pages else MOST_ENTRIES

    def without_token(self) -> bool:
        """Go on from the oldest post that was read; False when that was tried without coming any further."""
        if self.token is None or (self.has_lost_token and self.until_id == self.token_until_id):
            return False
        self.token, self.has_lost_token = None, True
        return True

    def within_reach(self, error: OldCursorError, *, now: float) -> bool:
        """Leave out what is too old for X; False when that is not what X complains of."""
        if error.parameter == "until_id":
            self.is_over = self.until_id is not None
            return self.is_over
        # What is old enough for X now is too old for it a moment later.
        named = id_at(posted_at(error.oldest) + _MINUTE) if error.oldest else None
        oldest = named or id_at(now - _WEEK_SECONDS + _MINUTE)
        if self.since_id is None or int(oldest) <= int(self.since_id) or self.cuts >= MOST_CUTS:
            return False
        self.since_id, self.token = oldest, None
        self.cuts += 1
        self.is_over = self.until_id is not None and int(self.until_id) <= int(oldest)
        return True


class PostReader:
    """Reads what is new of X sources."""

    def __init__(self, requests: PaidRequests, *, settings: XSettings) -> None:
        self._requests = requests
        self._settings = settings

    async def account(self, source: Source, *, name: str, spent: Spent) -> User:
        """Who the account is; costs one account. Raises `UnknownAccountError` and other `OutsideError`s."""
        reads, micro = self._bounds(source)
        cost = self._requests.micro(self._settings.price.user_usd)
        if cost > micro:
            raise TooSmallBudgetError(f"daily_usd of {micro / MICRO:g} does not pay for asking who @{name} is")
        request = account_request(name)
        new = NewReading(
            source.id,
            PROVIDER,
            "x-users",
            wanted=1,
            least=1,
            reads_each=0,
            micro_each=cost,
            daily_reads=reads,
            daily_micro=micro,
        )
        try:
            body = await self._requests.send(new, request=lambda _: request, spent=spent)
        except PermanentError as error:
            raise _missing(error, name=name) from error
        user = user_of(body)
        if user is None:
            raise account_problem(problems_of(body), name=name) or OutsideError(f"X says nothing of @{name}")
        return user

    async def read(
        self, source: Source, what: Timeline | Search, *, memory: Memory, spent: Spent
    ) -> tuple[Haul, Memory]:
        """The next page of what is new, within the budget, and how far all is read then; the haul has what ended it."""
        haul = Haul(spent=spent)
        for look in self._looks(memory):
            await self._follow(source, what, look=look, haul=haul)
            memory = _moved(memory, look, is_stopped=haul.stopped is not None, now=self._requests.now())
            if haul.stopped is not None or haul.is_more:
                break
        return haul, memory

    def scope(self, source: Source, what: Timeline | Search) -> Scope:
        """The most that may be asked for with each post within the source's bounds; raises `TooSmallBudgetError`."""
        reads, micro = self._bounds(source)
        for scope in scopes(has_author=what.has_author):
            each = scope.micro_each(self._settings.price)
            if what.least * scope.reads_each <= reads and what.least * each <= micro:
                return scope
        least = what.least * each / MICRO
        raise TooSmallBudgetError(
            f"X gives at least {what.least} posts at a time, which may cost {least:g} USD; the source may read {reads}"
            f" (daily_reads) for {micro / MICRO:g} USD (daily_usd) in a day"
        )

    def _bounds(self, source: Source) -> tuple[int, int]:
        return bounds_of(source, daily_reads=self._settings.daily_reads, daily_usd=self._settings.daily_usd)

    def _looks(self, memory: Memory) -> Iterable[_Look]:
        newest, unread = memory.since_id, memory.unread
        if unread is not None:
            newest = unread.newest_id
            yield _Look(
                since_id=unread.since_id,
                until_id=unread.until_id,
                newest_id=newest,
                limit=unread.left,
                is_last=False,
            )
        yield _Look(since_id=newest, limit=self._settings.first_reads if newest is None else None)

    async def _follow(self, source: Source, what: Timeline | Search, *, look: _Look, haul: Haul) -> None:
        """Read until a page has posts, down to its end, or to what ends it early."""
        while not look.is_over and not haul.is_more:
            try:
                page = await self._page(source, what, look=look, spent=haul.spent)
            except DavidAgentError as error:
                if not _goes_on(look, error, haul=haul, now=self._requests.now()):
                    haul.stopped = error
                    return
            else:
                look.take(page)
                haul.pages.append(page)
                haul.is_more = look.leaves_more(page)

    async def _page(self, source: Source, what: Timeline | Search, *, look: _Look, spent: Spent) -> Page:
        scope, cut = self.scope(source, what), look.cut
        reads, micro = self._bounds(source)
        new = NewReading(
            source.id,
            PROVIDER,
            "x-posts",
            wanted=look.wanted(what.least),
            least=what.least,
            reads_each=scope.reads_each,
            micro_each=scope.micro_each(self._settings.price),
            daily_reads=reads,
            daily_micro=micro,
        )
        name = source.address.removeprefix("@")
        try:
            body = await self._requests.send(
                new, request=lambda entries: what.request(entries, cut=cut, scope=scope), spent=spent
            )
        except PermanentError as error:
            raise (_missing(error, name=name) if isinstance(what, Timeline) else error) from error.__cause__
        page = page_of(body)
        problem = account_problem(page.problems, name=name)
        if isinstance(what, Timeline) and not page.posts and problem is not None:
            raise problem
        return page


def _missing(error: PermanentError, *, name: str) -> PermanentError:
    """A 404 of an account says that there is none."""
    return UnknownAccountError(f"X knows no account @{name}") if error.status == _NOT_FOUND else error


def _goes_on(look: _Look, error: DavidAgentError, *, haul: Haul, now: float) -> bool:
    """Whether the look can be asked for in another way, which it then is."""
    if isinstance(error, OldTokenError):
        return look.without_token()
    if isinstance(error, OldCursorError) and look.within_reach(error, now=now):
        haul.is_out_of_reach = True
        return True
    return False


def _moved(memory: Memory, look: _Look, *, is_stopped: bool, now: float) -> Memory:
    """How far all is read after this look."""
    since, newest = look.since_id, look.newest_id
    # The first look reads so many, and no more: what it was kept from is older than what was promised.
    if look.is_over or (look.limit is not None and is_stopped and newest is not None):
        # When nothing came, the cursor follows at a distance, or a search would lose it after a week.
        quiet = max(since or "0", id_at(now - _DAY_SECONDS), key=int)
        return memory.model_copy(update={"since_id": newest or quiet, "unread": None})
    if newest is None or look.until_id is None:
        return memory.model_copy(update={"since_id": since})
    unread = Stretch(since_id=since, until_id=look.until_id, newest_id=newest, left=look.limit)
    return memory.model_copy(update={"unread": unread})
