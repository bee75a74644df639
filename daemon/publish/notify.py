"""Posts as short messages to phones, chats and mailboxes, through apprise."""

import asyncio
import hashlib
import logging
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pydantic import SecretStr

from daemon.core.errors import OutcomeUnknownError, PublishError
from daemon.publish.base import Post
from daemon.publish.linkless import plain_line

_TIMEOUT_SECONDS = 15.0
_AT_ONCE = 2
_UNREACHED = re.compile(
    r"Failed to establish a new connection|NameResolutionError|ConnectTimeout|Connection refused|ProxyError"
    r"|SSLCertVerificationError|No route to host|Network is unreachable|Max retries exceeded.*connect timeout",
    re.IGNORECASE,
)
"""Connection faults before anything was sent."""
_UNCLEAR = re.compile(r"Socket Exception|Connection error|error=50[24]\b|timed out", re.IGNORECASE)
"""Faults after which the message may be on its way."""


class NotifySink:
    """One address that gets a message per post. A message cannot be looked up, and not be taken back.

    One sink per address, because two addresses behind one outcome could only be sent to again together. The name holds
    a fingerprint of the address, so that the board tells them apart without keeping their secrets.
    """

    can_look_up = False

    def __init__(self, url: SecretStr, *, timeout: float = _TIMEOUT_SECONDS) -> None:
        self._url = url
        self._timeout = timeout
        # Not the event loop's own few threads: a service that does not answer would hold up all who wait for one.
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="notify")
        self._scheme = url.get_secret_value().partition(":")[0][:32]
        self.name = f"notify-{self._scheme}-{hashlib.sha256(url.get_secret_value().encode()).hexdigest()[:8]}"

    async def look_up(self, post: Post, *, key: str) -> str | None:  # noqa: ARG002 - there is nowhere to look
        """None: there is nowhere to look."""
        return None

    async def send(self, post: Post, *, key: str) -> str:  # noqa: ARG002 - the other side knows no keys
        """Send the message. Raises `PublishError` or `OutcomeUnknownError`, without the address's secrets.

        Cancelling leaves the outcome unknown: the thread that sends goes on.
        """
        await asyncio.get_running_loop().run_in_executor(self._threads, self._send, post)
        return self.name

    async def flush(self) -> None:
        """Nothing is ever put off."""

    async def close(self) -> None:
        """Start no send any more; one that runs ends by its time limit."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _send(self, post: Post) -> None:
        apprise = _apprise()
        messenger = apprise.Apprise(asset=apprise.AppriseAsset(allow_templates=False))
        service = apprise.Apprise.instantiate(self._url.get_secret_value(), asset=messenger.asset)
        if service is None:
            raise PublishError(f"{self.name}: apprise does not understand this address")
        # The socket gives up before apprise does, so that no thread of its pool is left behind.
        service.socket_read_timeout = self._timeout
        messenger.add(service)
        result = messenger.notify(
            title=post.title,
            body=message_text(post),
            body_format="text",
            interpret_escapes=False,
            timeout=self._timeout * 2,
            log_level=logging.DEBUG,
        )
        if not result:
            raise self._failure(result, is_timeout=result.status == apprise.AppriseResultStatus.TIMEOUT)

    def _failure(self, result: Any, *, is_timeout: bool) -> PublishError:
        log = [(entry.level, plain_line(str(entry.message))) for entry in result.logs()]
        # Only these lines are repeated: the finer ones hold whole addresses, with their keys.
        said = next((line for level, line in log if level in {"WARNING", "ERROR"}), "no reason given").rstrip(".")
        is_unreached = any(_UNREACHED.search(line) for _, line in log)
        is_unclear = any(_UNCLEAR.search(line) for _, line in log)
        if is_timeout or (is_unclear and not is_unreached):
            return OutcomeUnknownError(f"{self.name}: the message may have been sent ({said})")
        return PublishError(f"{self.name}: the message was not taken ({said})")


def notify_sinks(urls: Sequence[SecretStr]) -> list[NotifySink]:
    """A sink per address, each address once."""
    sinks = {sink.name: sink for sink in map(NotifySink, urls)}
    return list(sinks.values())


def message_text(post: Post) -> str:
    """The summary and the link to the source."""
    return "\n\n".join(part for part in (post.summary, post.link) if part) or post.title


def _apprise() -> Any:
    try:
        import apprise
    except ImportError as error:
        raise PublishError("the apprise package is not installed; install davidagent[notify]") from error
    # Apprise answers only True or False; why, and whether anything was sent, stands in its debug log, which we read
    # and nobody else may see: it holds whole addresses, with their keys.
    log = logging.getLogger("apprise")
    log.setLevel(logging.DEBUG)
    log.propagate = False
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # the same: it logs every path it asks for
    return apprise
