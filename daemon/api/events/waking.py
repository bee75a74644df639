"""One wake-up for all who wait for something new, in slices, so that the rest of the program has its turn in between.

Who waits is woken only for what it asked for. When it is, it is told up to which id nothing was for it, so that nobody
reads what passed by.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from daemon.api.events.encoding import Told
from daemon.api.events.selection import Selection

SLICE = 100
"""How many are woken in one turn of the event loop: at some 15 microseconds each, the others wait about 1.5 ms."""
LONGEST_RUN_SECONDS = 0.1
"""After so much work without a break, nobody is woken for a while: the loop has other work, too."""
REST = 0.25
"""That while, as a share of the run; what comes meanwhile is told to everybody in one piece."""

Waiter = asyncio.Future[int]
Push = Callable[[int], bool]
"""Sends what is new without waking who waits for it; given an id up to which nothing was. False: it must be woken."""


class _Group:
    """Those who wait for the same. It is there only while somebody waits in it."""

    __slots__ = ("is_due", "quiet", "waiting")

    def __init__(self) -> None:
        self.waiting: dict[Waiter, Push | None] = {}
        self.is_due = False
        self.quiet = 0
        """Of the events that came while they wait, those up to this id are not for them."""


class WakeUp:
    """Wakes who waits. Of things that happen in one turn of the loop, everybody is woken once."""

    def __init__(self, *, worked: Callable[[], float] = time.thread_time) -> None:
        """`worked` tells how long this thread has worked, in seconds: what others take of the machine is no work."""
        self._worked = worked
        self._groups: dict[Selection, _Group] = {}
        self._due: list[Selection] = []
        self._being_woken: deque[tuple[Waiter, Push | None, Selection, int]] = deque()
        self._is_busy = False
        self._began = 0.0

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(len(group.waiting) for group in self._groups.values())

    def waiter(self, selection: Selection, *, push: Push | None = None) -> Waiter:
        """Done at the next event of the selection, with an id up to which nothing was for it since it waits.

        Only for who knows everything up to the newest event. One who stops waiting says so with `forget`. While `push`
        sends what is new, it waits on.
        """
        waiter: Waiter = asyncio.get_running_loop().create_future()
        self._seat(waiter, push, selection)
        return waiter

    def _seat(self, waiter: Waiter, push: Push | None, selection: Selection) -> None:
        group = self._groups.get(selection)
        if group is None:
            group = self._groups[selection] = _Group()
        group.waiting[waiter] = push

    def forget(self, waiter: Waiter, selection: Selection) -> None:
        """Nobody waits for it any more."""
        group = self._groups.get(selection)
        if group is not None and waiter in group.waiting:
            del group.waiting[waiter]
            if not group.waiting:
                del self._groups[selection]

    def nudge(self, waiter: Waiter, selection: Selection) -> None:
        """Wake one, for no event."""
        group = self._groups.get(selection)
        is_quiet = group is not None and waiter in group.waiting and not group.is_due
        if not waiter.done():
            waiter.set_result(group.quiet if group is not None and is_quiet else 0)

    def tell(self, one: Told) -> None:
        """An event came: soon wake those it is for."""
        for selection, group in self._groups.items():
            if group.is_due:
                continue
            if selection.frame_of(one) is None:
                group.quiet = one.id
            else:
                self._make_due(selection, group)

    def tell_all(self) -> None:
        """Soon wake everybody."""
        for selection, group in self._groups.items():
            if not group.is_due:
                self._make_due(selection, group)

    def _make_due(self, selection: Selection, group: _Group) -> None:
        group.is_due = True
        self._due.append(selection)
        if not self._is_busy:
            self._is_busy = True
            asyncio.get_running_loop().call_soon(self._begin)

    def _begin(self) -> None:
        self._began = self._worked()
        self._wake_some()

    def _wake_some(self) -> None:
        loop, waiting = asyncio.get_running_loop(), self._being_woken
        is_long = self._worked() - self._began > LONGEST_RUN_SECONDS
        if not is_long:
            # Those that were woken first may wait for the next event already: they go on at the end of the line.
            self._line_up()
        for _ in range(min(SLICE, len(waiting))):
            waiter, push, selection, quiet = waiting.popleft()
            if waiter.done():
                continue
            if push is not None and push(quiet):
                self._seat(waiter, push, selection)
            else:
                waiter.set_result(quiet)
        if waiting or (self._due and not is_long):
            loop.call_soon(self._wake_some)
        elif is_long:
            loop.call_later((self._worked() - self._began) * REST, self._end)
        else:
            self._end()

    def _line_up(self) -> None:
        for selection in self._due:
            group = self._groups.get(selection)
            if group is not None and group.is_due:
                del self._groups[selection]
                self._being_woken.extend(
                    (waiter, push, selection, group.quiet) for waiter, push in group.waiting.items()
                )
        self._due.clear()

    def _end(self) -> None:
        self._is_busy = False
        if self._due:
            self._is_busy = True
            self._begin()
