"""The child process that parses: reads jobs from standard input, writes answers to standard output.

It may be killed at any time. It ends by itself when its input ends, when it has had nothing to do for a while, and when
a job takes far longer than it may (its parent is gone, then, or it would have been killed).
"""

import os
import resource
import select
import signal
import sys

from daemon.core.errors import DavidAgentError
from sensors.parsers.jobs import (
    FEED,
    LENGTH,
    MOST_BY_THE_CLOCK,
    ParseJob,
    decode_job,
    encode_answer,
    encode_error,
    frame,
)
from sensors.parsers.kinds import work_of

IDLE_SECONDS = 120.0
NICENESS = 10
MEMORY_BYTES = 2 * 1024**3
READY = b"ready"
_GRACE_SECONDS = 10
_SMALL_FEED = b"""<rss version="2.0"><channel><title>Start</title><item><guid>1</guid><title>First</title>
<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>
<description>&lt;p&gt;Text&lt;/p&gt;</description></item></channel></rss>"""


def main() -> None:
    """Serve until there is nothing left to do."""
    # Where processors are few, the daemon's event loop goes first.
    os.nice(NICENESS)
    _limit_memory()
    _warm_up()
    _write(frame(READY))
    while _has_input():
        job_frame = _read_frame()
        if job_frame is None:
            return
        body = _read_frame()
        if body is None:
            return
        _serve(job_frame, body)


def _serve(job_frame: bytes, body: bytes) -> None:
    job = decode_job(job_frame)
    # The default actions of SIGPROF and SIGALRM end the process also while C code runs.
    signal.setitimer(signal.ITIMER_PROF, job.seconds + _GRACE_SECONDS)
    signal.setitimer(signal.ITIMER_REAL, job.seconds * MOST_BY_THE_CLOCK + _GRACE_SECONDS)
    try:
        for part in encode_answer(work_of(job.kind)(body, job)):
            _write(part)
    except DavidAgentError as error:
        _write(encode_error(str(error)))
    except (MemoryError, RecursionError) as error:
        _write(encode_error(f"the document is too much for the parser ({type(error).__name__})"))
    except Exception as error:  # noqa: BLE001 - outermost loop: the parent makes it the source's failure
        _write(encode_error(f"the parser failed: {type(error).__name__}: {str(error)[:200]}"))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _limit_memory() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY or most > MEMORY_BYTES:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, most))


def _warm_up() -> None:
    """Read a feed before the first one's time runs, as its libraries load and compile what dates and markup need."""
    work_of(FEED)(_SMALL_FEED, ParseJob(url="http://localhost/", content_type="", now=0.0))


def _has_input() -> bool:
    ready, _, _ = select.select([sys.stdin.fileno()], [], [], IDLE_SECONDS)
    return bool(ready)


def _read_frame() -> bytes | None:
    header = _read_exactly(LENGTH.size)
    return None if header is None else _read_exactly(LENGTH.unpack(header)[0])


def _read_exactly(size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        part = os.read(sys.stdin.fileno(), min(size - len(data), 1 << 20))
        if not part:
            return None
        data += part
    return bytes(data)


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(sys.stdout.fileno(), view) :]


if __name__ == "__main__":
    try:
        main()
    except (BrokenPipeError, KeyboardInterrupt):
        sys.exit(0)
