"""Each real SDK against the fake provider, whole and streamed: answers, usage, faults, cancellation, prompt caches."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from brains.llm.base import PaidRefusalError, Provider, UnusableAnswerError
from brains.llm.providers.anthropic import AnthropicProvider
from brains.llm.providers.gemini import GeminiProvider
from brains.llm.providers.openai import OpenAIProvider
from brains.schemas import Draft, Judgement, Knowledge
from daemon.blackboard.records import Usage
from daemon.core.errors import (
    AnswerLostError,
    BadKeyError,
    BadRequestError,
    CallTimeoutError,
    ConnectionFaultError,
    ContextTooLongError,
    OutsideError,
    RateLimitedError,
    ServerFaultError,
    TransientError,
    UnknownModelError,
)
from daemon.core.settings.models import StreamSettings
from tests.fakes.llm import VENDORS, extract_request
from tests.fakes.provider_server import ANTHROPIC, GEMINI, OPENAI, FakeProviderServer, Fault, Rule, Stats

KEY = "sk-very-secret-4711"
FORMS = [
    (ANTHROPIC, "schema"),
    (ANTHROPIC, "tool"),
    (GEMINI, "auto"),
    (OPENAI, "schema"),
    (OPENAI, "tool"),
    (OPENAI, "json"),
]
FAULTS = {
    Fault.RESET: AnswerLostError,
    Fault.GARBAGE_BODY: AnswerLostError,
    Fault.GARBAGE_DOCUMENT: AnswerLostError,
    Fault.CUT_OFF: UnusableAnswerError,
    Fault.EMPTY: UnusableAnswerError,
    Fault.REFUSAL: PaidRefusalError,
    Fault.BAD_KEY: BadKeyError,
    Fault.UNKNOWN_MODEL: UnknownModelError,
    Fault.TOO_LONG: ContextTooLongError,
    Fault.BAD_REQUEST: BadRequestError,
}
STATUSES = {
    402: BadKeyError,
    403: BadKeyError,
    408: TransientError,
    409: TransientError,
    413: ContextTooLongError,
    418: BadRequestError,
    422: BadRequestError,
    425: TransientError,
    429: RateLimitedError,
    500: ServerFaultError,
    502: ServerFaultError,
    503: ServerFaultError,
    504: ServerFaultError,
    529: ServerFaultError,
}


def build(vendor: str, base_url: str, *, form: str = "auto") -> Provider:
    """The vendor's provider, at that address."""
    if vendor == GEMINI:
        return GeminiProvider(api_key=KEY, base_url=base_url)
    kind = AnthropicProvider if vendor == ANTHROPIC else OpenAIProvider
    return kind(api_key=KEY, base_url=base_url, structured_output=form)


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer() as running:
        yield running


@pytest.fixture(params=[None, StreamSettings()], ids=["whole", "stream"])
def stream(request: pytest.FixtureRequest) -> StreamSettings | None:
    """Both ways an answer may come."""
    limits: StreamSettings | None = request.param
    return limits


@pytest.fixture(params=VENDORS)
async def provider(request: pytest.FixtureRequest, server: FakeProviderServer) -> AsyncIterator[Provider]:
    """Each vendor's provider in turn."""
    built = build(request.param, server.base_url(request.param))
    yield built
    await built.close()


async def fails(provider: Provider, *, stream: StreamSettings | None, timeout: float = 15.0) -> OutsideError:
    """The error that a request ends with."""
    with pytest.raises(OutsideError) as caught:
        await provider.complete(extract_request(), model="model-1", timeout=timeout, stream=stream)
    return caught.value


def all_tokens(stats: Stats) -> Usage:
    """What the server gave out, in our words."""
    given = stats.tokens
    return Usage(given.prompt, given.completion, given.cached, given.cache_write, given.reasoning)


@pytest.mark.parametrize(("vendor", "form"), FORMS)
@pytest.mark.parametrize("shape", [Knowledge, Draft, Judgement])
async def test_an_answer_has_the_shape_in_every_form(
    server: FakeProviderServer, vendor: str, form: str, shape: type, stream: StreamSettings | None
) -> None:
    """All three shapes come back valid, whichever way they are asked for."""
    provider = build(vendor, server.base_url(vendor), form=form)
    answer = await provider.complete(extract_request(schema=shape), model="model-1", timeout=5, stream=stream)
    assert shape.model_validate_json(answer.text)
    assert answer.model == "model-1"
    await provider.close()


async def test_usage_is_the_servers_to_the_token(
    provider: Provider, server: FakeProviderServer, stream: StreamSettings | None
) -> None:
    """Input with the cached, output with the reasoning tokens; also the cache writes of Anthropic."""
    long_system = extract_request(system="A rule that is long enough to be cached. " * 120)
    answers = [await provider.complete(long_system, model="model-1", timeout=5, stream=stream) for _ in range(3)]
    names = Usage.__dataclass_fields__
    total = Usage(**{name: sum(getattr(answer.usage, name) for answer in answers) for name in names})
    assert total == all_tokens(server.stats)
    assert total.cached_tokens > 0
    assert total.reasoning_tokens > 0
    assert (total.cache_write_tokens > 0) == (provider.name == ANTHROPIC)


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_becomes_our_error(
    provider: Provider, server: FakeProviderServer, fault: Fault, stream: StreamSettings | None
) -> None:
    """One request, our class, the vendor's error as its cause where there is one, the endpoint named, no key told."""
    server.rules.append(Rule(fault=fault))
    error = await fails(provider, stream=stream)
    assert type(error) is FAULTS[fault]
    assert error.endpoint == f"{provider.name}:model-1"
    assert KEY not in str(error)
    assert len(server.stats.log) == 1


async def test_a_status_becomes_our_error(
    provider: Provider, server: FakeProviderServer, stream: StreamSettings | None
) -> None:
    """Every status has its class, and the wait the vendor asked for; the SDK sends nothing twice."""
    for sent, (status, kind) in enumerate(STATUSES.items(), start=1):
        server.rules[:] = [Rule(fault=Fault.STATUS, status=status, retry_after=17)]
        error = await fails(provider, stream=stream)
        assert type(error) is kind, status
        assert (error.status, error.retry_after) == (status, 17)
        assert error.__cause__ is not None
        assert len(server.stats.log) == sent


async def test_a_paid_answer_that_is_useless_carries_its_usage(
    provider: Provider, server: FakeProviderServer, stream: StreamSettings | None
) -> None:
    """Cut off, empty and refused answers tell what they cost."""
    for fault in (Fault.CUT_OFF, Fault.EMPTY, Fault.REFUSAL):
        server.rules[:] = [Rule(fault=fault)]
        error = await fails(provider, stream=stream)
        assert isinstance(error, UnusableAnswerError | PaidRefusalError)
        last = server.stats.log[-1].tokens
        assert (error.answer.usage.input_tokens, error.answer.usage.output_tokens) == (last.prompt, last.completion)


async def test_a_hanging_server_is_given_up_in_time(
    provider: Provider, server: FakeProviderServer, stream: StreamSettings | None
) -> None:
    """The limit is ours, and the request is closed."""
    server.rules.append(Rule(fault=Fault.HANG))
    assert type(await fails(provider, stream=stream, timeout=0.2)) is CallTimeoutError
    await server.until(lambda stats: stats.count("aborted") == 1)


async def test_cancelling_closes_the_request(
    provider: Provider, server: FakeProviderServer, stream: StreamSettings | None
) -> None:
    """The server sees the client go away."""
    server.rules.append(Rule(fault=Fault.HANG))
    asking = asyncio.create_task(provider.complete(extract_request(), model="model-1", timeout=30, stream=stream))
    await server.until(lambda stats: stats.in_flight == 1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await server.until(lambda stats: stats.count("aborted") == 1 and stats.in_flight == 0)


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_closed_port_is_a_connection_fault(vendor: str, stream: StreamSettings | None) -> None:
    """Nothing was sent, and that is known."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        provider = build(vendor, f"http://127.0.0.1:{closed.getsockname()[1]}")
        error = await fails(provider, stream=stream)
    assert type(error) is ConnectionFaultError
    assert error.__cause__ is not None
    await provider.close()


@pytest.mark.parametrize(
    ("vendor", "fault"),
    [(OPENAI, Fault.NO_SCHEMA), (OPENAI, Fault.NO_TEMPERATURE), (OPENAI, Fault.OLD_LIMIT), (ANTHROPIC, Fault.NO_TOOLS)],
)
async def test_what_a_server_does_not_know_is_learned(
    server: FakeProviderServer, vendor: str, fault: Fault, stream: StreamSettings | None
) -> None:
    """The first request is refused and sent in another way; the second goes right at once."""
    server.rules.append(Rule(fault=fault))
    provider = build(vendor, server.base_url(vendor))
    for expected in (2, 3):
        await provider.complete(extract_request(), model="model-1", timeout=5, stream=stream)
        assert len(server.stats.log) == expected
    await provider.close()


async def test_a_server_without_schemas_and_tools_gets_the_schema_in_words(
    server: FakeProviderServer, stream: StreamSettings | None
) -> None:
    """The last form is a JSON object whose schema stands in the prompt."""
    server.rules += [Rule(fault=Fault.NO_SCHEMA), Rule(fault=Fault.NO_TOOLS)]
    provider = build(OPENAI, server.base_url(OPENAI))
    answer = await provider.complete(extract_request(), model="model-1", timeout=5, stream=stream)
    assert Knowledge.model_validate_json(answer.text).claims
    await provider.close()
