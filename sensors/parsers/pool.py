"""Parsing in child processes: the event loop never waits for a parser, and a parser that hangs is killed."""

import asyncio
import contextlib
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemon.blackboard.records import Observation
from daemon.core.errors import SensorError
from sensors.parsers.jobs import LENGTH, Extract, ParsedFeed, ParseJob, decode_feed, decode_part, encode_job
from sensors.parsers.limits import Limit, within

START_SECONDS = 60.0
_ROOT = Path(__file__).resolve().parents[2]
# The child reads hostile documents; it gets none of the daemon's environment, which may hold keys.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "LD_LIBRARY_PATH")


# A pipe takes no more at once; and what it does not take, asyncio copies as a whole.
_PIECE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came back."""

    head: Mapping[str, Any]
    observations: tuple[Observation, ...]
    rows: tuple[Any, ...]


class ParserDownError(SensorError):
    """No process for the parser can be started; it is not the document's fault."""


class _IdleEndError(Exception):
    """The child had ended before it read the job."""


class ParsePool:
    """At most `size` child processes, started when needed; each parses one document at a time.

    `timeout_seconds` is what one document may take of a processor. The processes end by themselves when idle for two
    minutes.
    """

    def __init__(self, *, timeout_seconds: float, size: int = 2) -> None:
        self._timeout_seconds = timeout_seconds
        self._room = asyncio.Semaphore(size)
        self._idle: list[Process] = []
        self._busy: set[Process] = set()

    async def parse(self, body: bytes, *, job: ParseJob) -> ParsedFeed:
        """Parse and clean one feed.

        Raises `SensorError` when it is no feed, takes too long, or crashes the parser. Cancellation kills the child.
        """
        limit = Limit(self._timeout_seconds, "sensors.parse_timeout")
        answer = await self._answer(body, job, limit=limit)
        return decode_feed(answer.head, answer.observations)

    async def extract(self, body: bytes, *, job: ParseJob, setting: str = "sensors.parse_timeout") -> Extract:
        """Do a job of another kind than a feed, within `job.seconds`; `setting` is where these come from.

        Raises `SensorError` like `parse`.
        """
        answer = await self._answer(body, job, limit=Limit(job.seconds, setting))
        return Extract(facts=answer.head["facts"], observations=answer.observations, rows=answer.rows)

    async def _answer(self, body: bytes, job: ParseJob, *, limit: Limit) -> _Answer:
        async with self._room:
            for _ in range(3):
                with contextlib.suppress(_IdleEndError):
                    return await self._answer_once(body, job, limit=limit)
            raise ParserDownError("the parser's process ends as soon as it is started")

    async def close(self) -> None:
        """End all child processes."""
        processes = [*self._idle, *self._busy]
        self._idle.clear()
        for process in processes:
            await _end(process)

    async def _idle_one(self) -> Process | None:
        """An idle process that still lives; None when there is none."""
        while self._idle:
            process = self._idle.pop()
            if process.returncode is None:
                return process
            await _end(process)
        return None

    async def _answer_once(self, body: bytes, job: ParseJob, *, limit: Limit) -> _Answer:
        process = await self._idle_one() or await _start()
        self._busy.add(process)
        is_sound = False
        try:
            answer = await within(limit, _converse(process, job, body), pid=process.pid)
            is_sound = True
        except TimeoutError as error:
            words = f"{limit.seconds:g} s ({limit.setting})"
            raise SensorError(f"the document takes longer to parse than {words}; its parser was stopped") from error
        finally:
            self._busy.discard(process)
            if is_sound:
                self._idle.append(process)
            else:
                await _end(process)
        if "error" in answer.head:
            raise SensorError(str(answer.head["error"]))
        return answer


async def _start() -> Process:
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "sensors.parsers.worker",
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env={**environment, "PYTHONPATH": str(_ROOT)},
    )
    try:
        async with asyncio.timeout(START_SECONDS):
            await _read_frame(process)
    except (TimeoutError, _IdleEndError) as error:
        await _end(process)
        raise ParserDownError("the parser's process could not be started") from error
    except asyncio.CancelledError:
        await _end(process)
        raise
    return process


async def _converse(process: Process, job: ParseJob, body: bytes) -> _Answer:
    """Ask, and read the answer; an `error` in its head says why there is none."""
    if process.stdin is None:
        raise _IdleEndError
    is_first = True
    try:
        await _ask(process.stdin, job, body)
        head = json.loads(await _read_frame(process))
        is_first = False
        observations, rows = list[Observation](), list[Any]()
        while data := await _read_frame(process):
            part = decode_part(data)
            if isinstance(part, Observation):
                observations.append(part)
            else:
                rows += part
            await asyncio.sleep(0)
    except (ConnectionError, _IdleEndError) as error:
        code = await process.wait()
        if is_first and code == 0:
            raise _IdleEndError from error
        raise SensorError(f"the document crashes the parser (exit code {code})") from error
    return _Answer(head, tuple(observations), tuple(rows))


async def _ask(pipe: asyncio.StreamWriter, job: ParseJob, body: bytes) -> None:
    """In pieces, each of which waits until the pipe has taken the one before."""
    pipe.write(encode_job(job, size=len(body)))
    rest = memoryview(body)
    for start in range(0, len(body), _PIECE_BYTES):
        pipe.write(rest[start : start + _PIECE_BYTES])
        await pipe.drain()
    await pipe.drain()


async def _read_frame(process: Process) -> bytes:
    if process.stdout is None:
        raise _IdleEndError
    try:
        header = await process.stdout.readexactly(LENGTH.size)
        return await process.stdout.readexactly(LENGTH.unpack(header)[0])
    except asyncio.IncompleteReadError as error:
        raise _IdleEndError from error


async def _end(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    # Reads what is left and closes the pipes, so that nothing of it outlives the event loop.
    with contextlib.suppress(ConnectionError):
        await process.communicate()
