"""Work in a thread of its own, which neither anybody else's work nor the end of the process waits for."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

_T = TypeVar("_T")


async def in_own_thread(work: Callable[[], _T], *, name: str) -> _T:
    """What `work` answers or raises. Cancellation passes at once; the thread is left to itself then.

    In the event loop's few threads, work that hangs would hold up everything else that waits for one, and the end of
    the process.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[_T] = loop.create_future()

    def run() -> None:
        try:
            end = partial(_settle, answer, found=work())
        except Exception as error:  # noqa: BLE001 - it is raised where the answer is awaited
            end = partial(_settle, answer, error=error)
        # A loop that has ended waits for no answer.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(end)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await answer


def _settle(answer: "asyncio.Future[_T]", *, found: _T | None = None, error: Exception | None = None) -> None:
    if answer.done():
        return
    if error is not None:
        answer.set_exception(error)
    else:
        answer.set_result(found)  # type: ignore[arg-type]  # without an error there is an answer, which may be None
