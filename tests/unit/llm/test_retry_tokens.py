"""The buckets that keep an outage from multiplying the load."""

import pytest

from brains.llm.retry_tokens import AskedProviders, RetryTokens
from daemon.core.errors import BudgetExceededError, RetryTokensError, ServerFaultError
from tests.fakes.clock import InstantClock


def tokens(clock: InstantClock, *, ratio: float = 0.1, reserve: int = 2) -> RetryTokens:
    return RetryTokens(ratio=ratio, reserve=reserve, clock=clock)


def send(bucket: RetryTokens, *, asked: set[str], error: Exception | None = None) -> None:
    with bucket.request("openai", asked=asked):
        if error is not None:
            raise error


def test_a_first_request_pays_a_tenth_and_a_retry_takes_one() -> None:
    """No more than the reserve is ever held."""
    bucket, asked = tokens(InstantClock()), set[str]()
    send(bucket, asked=asked)
    assert (bucket.left("openai"), asked) == (2.0, {"openai"})
    send(bucket, asked=asked)
    assert bucket.left("openai") == 1.0
    send(bucket, asked=set())
    assert bucket.left("openai") == pytest.approx(1.1)
    assert bucket.left("anthropic") == 2.0


def test_without_a_token_nothing_is_sent_and_it_says_when_there_will_be_one() -> None:
    clock = InstantClock()
    bucket, asked = tokens(clock, reserve=1), {"openai"}
    send(bucket, asked=asked)
    with pytest.raises(RetryTokensError, match="its share of retries") as caught:
        send(bucket, asked=asked)
    assert (caught.value.until, caught.value.waits_for) == (clock.now() + 10, "breaker")
    clock.set(clock.now() + 10)
    send(bucket, asked=asked)


def test_ten_first_requests_pay_for_one_retry() -> None:
    """Ten tenths are a whole, as computers count too."""
    bucket = tokens(InstantClock(), reserve=1)
    send(bucket, asked={"openai"})
    for _ in range(10):
        send(bucket, asked=set())
    send(bucket, asked={"openai"})


def test_an_outage_multiplies_the_load_by_a_tenth_at_most() -> None:
    """Of a thousand steps that would all retry three times, the reserve and a hundred retries are sent."""
    bucket, sent = tokens(InstantClock(), reserve=10), 0
    for _ in range(1000):
        asked = set[str]()
        for _ in range(4):
            try:
                send(bucket, asked=asked)
            except RetryTokensError:
                break
            sent += 1
    assert 1100 <= sent <= 1100 + 10


def test_what_was_not_sent_after_all_is_taken_back() -> None:
    """Neither paid nor taken, and not asked yet."""
    bucket, asked = tokens(InstantClock(), reserve=5), set[str]()
    send(bucket, asked={"openai"})
    with pytest.raises(BudgetExceededError):
        send(bucket, asked=asked, error=BudgetExceededError())
    assert (bucket.left("openai"), asked) == (pytest.approx(4.0), set())
    with pytest.raises(BudgetExceededError):
        send(bucket, asked={"openai"}, error=BudgetExceededError())
    assert bucket.left("openai") == pytest.approx(4.0)
    with pytest.raises(ServerFaultError):
        send(bucket, asked={"openai"}, error=ServerFaultError())
    assert bucket.left("openai") == pytest.approx(3.0)
    for _ in range(40):
        with pytest.raises(BudgetExceededError):
            send(bucket, asked=set(), error=BudgetExceededError())
    assert bucket.left("openai") == pytest.approx(3.0)
    full = tokens(InstantClock())
    for _ in range(40):
        with pytest.raises(BudgetExceededError):
            send(full, asked=set(), error=BudgetExceededError())
    assert full.left("openai") == 2.0


def test_a_step_that_was_put_back_is_known_again_until_it_is_over() -> None:
    """So its next request to the same provider is a retry; what asked nobody is not kept."""
    kept, step = AskedProviders(), ("item", "draft", 0)
    kept.keep(step, set())
    assert kept.of(step) is None
    kept.keep(step, {"openai"})
    assert kept.of(step) == {"openai"}
    kept.forget(step)
    assert kept.of(step) is None
    for number in range(10_001):
        kept.keep((f"item{number}", "draft", 0), {"openai"})
    assert (kept.of(("item0", "draft", 0)), kept.of(("item1", "draft", 0))) == (None, {"openai"})


def test_a_refilled_bucket_allows_retries_at_once() -> None:
    """That of another provider stays as it is."""
    bucket = tokens(InstantClock())
    for provider in ("openai", "anthropic"):
        for _ in range(2):
            with bucket.request(provider, asked={provider}):
                pass
    bucket.refill("openai")
    assert (bucket.left("openai"), bucket.left("anthropic")) == (2.0, 0.0)
