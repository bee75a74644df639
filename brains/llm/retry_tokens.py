"""Retries cost tokens, which first requests pay for: so an outage multiplies a provider's load by a tenth at most."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from daemon.core.clock import Clock
from daemon.core.errors import RetryTokensError, WaitError

SECONDS_FOR_A_TOKEN = 10.0
"""A bucket gains one token in this time, so that a quiet desk can always retry."""

_ALMOST = 1e-6
"""Ten times a tenth is a little less than one, as computers count."""

_STEPS_KEPT = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class RetryTokens:
    """A bucket for each provider, known by name and address.

    A step's first request to a provider adds `ratio` of a token, each further one takes a whole token. A bucket starts
    with `reserve` tokens and holds no more.
    """

    def __init__(self, *, ratio: float, reserve: int, clock: Clock) -> None:
        self._ratio = ratio
        self._reserve = float(reserve)
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def left(self, provider: str) -> float:
        """How many tokens there are now."""
        return self._filled(provider).tokens

    def require(self, provider: str) -> None:
        """Raise `RetryTokensError` when there is no token; `until` is when there will be one."""
        missing = 1.0 - self._filled(provider).tokens
        if missing > _ALMOST:
            until = self._clock.now() + missing * SECONDS_FOR_A_TOKEN
            text = (
                f"{provider} has had its share of retries; the next is allowed in {missing * SECONDS_FOR_A_TOKEN:.0f} s"
            )
            raise RetryTokensError(text, endpoint=provider, until=until)

    def refill(self, provider: str) -> None:
        """A person says that it is well: its bucket is full again."""
        self._buckets.pop(provider, None)

    @contextmanager
    def request(self, provider: str, *, asked: set[str]) -> Iterator[None]:
        """Send one request of a step inside. `asked` are the providers it has asked; this one is added.

        Raises `RetryTokensError`. What is not sent after all (`WaitError`) is taken back.
        """
        is_retry = provider in asked
        if is_retry:
            self.require(provider)
        change = self._add(provider, -1.0 if is_retry else self._ratio)
        asked.add(provider)
        try:
            yield
        except WaitError:
            self._add(provider, -change)
            if not is_retry:
                asked.discard(provider)
            raise

    def _add(self, provider: str, tokens: float) -> float:
        """Answers how many that are: a full bucket takes none."""
        bucket = self._filled(provider)
        before, bucket.tokens = bucket.tokens, min(self._reserve, max(0.0, bucket.tokens + tokens))
        return bucket.tokens - before

    def _filled(self, provider: str) -> _Bucket:
        now = self._clock.monotonic()
        bucket = self._buckets.setdefault(provider, _Bucket(self._reserve, now))
        gained = (now - bucket.filled_at) / SECONDS_FOR_A_TOKEN
        bucket.tokens, bucket.filled_at = min(self._reserve, bucket.tokens + gained), now
        return bucket


class AskedProviders:
    """Which providers each step has asked, also when it was put back meanwhile: its next request there is a retry."""

    def __init__(self) -> None:
        self._by_step: OrderedDict[tuple[str, str, int], set[str]] = OrderedDict()

    def of(self, step: tuple[str, str, int]) -> set[str] | None:
        """The providers this step has asked; None when nothing is known of it."""
        return self._by_step.get(step)

    def keep(self, step: tuple[str, str, int], asked: set[str]) -> None:
        """The step is put back. What was put back longest ago is forgotten first, when it is too many."""
        if asked:
            self._by_step[step] = asked
            self._by_step.move_to_end(step)
        if len(self._by_step) > _STEPS_KEPT:
            self._by_step.popitem(last=False)

    def forget(self, step: tuple[str, str, int]) -> None:
        """The step is over."""
        self._by_step.pop(step, None)
