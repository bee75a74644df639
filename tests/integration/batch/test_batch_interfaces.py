"""Each vendor's batch interface through its real SDK."""

from collections.abc import AsyncIterator

import pytest

from brains.llm.base import PaidRefusalError, Provider, ProviderAnswer, UnusableAnswerError
from brains.llm.batch.base import (
    BatchGoneError,
    BatchProvider,
    BatchRequest,
    BatchState,
    LeftOutError,
    NoBatchesError,
)
from brains.llm.batch.building import batch_provider
from brains.llm.batch.office import Office, is_outcome_unknown
from brains.llm.chaos import ChaosProvider
from brains.llm.groups import Endpoint, build_providers
from brains.llm.providers.offline import OfflineProvider
from brains.schemas import Knowledge
from daemon.core.errors import (
    AnswerLostError,
    BadRequestError,
    CallTimeoutError,
    ConnectionFaultError,
    OutsideError,
    RateLimitedError,
    ServerFaultError,
)
from daemon.resilience.gate import Gate
from tests.fakes.llm import MODEL_OF, TEXT, VENDORS, extract_request, llm_settings, model
from tests.fakes.provider_batches import HANG, LOST, RESET, Conduct
from tests.fakes.provider_rules import Fault, Rule
from tests.fakes.provider_server import GEMINI, OPENAI, FakeProviderServer

WAIT = 10.0


class Bench:
    """One vendor's batch interface in front of the fake server."""

    def __init__(self, vendor: str, server: FakeProviderServer, provider: Provider) -> None:
        self.vendor = vendor
        self.server = server
        self.provider = provider
        interface = batch_provider(provider)
        assert interface is not None
        self.interface: BatchProvider = interface
        self.model = MODEL_OF[vendor]

    async def submit(self, *texts: str) -> str:
        requests = [BatchRequest(f"call-{n}-extract", extract_request(text)) for n, text in enumerate(texts, start=1)]
        return await self.interface.submit(requests, model=self.model, timeout=WAIT)

    def office(self, *, gate: Gate | None = None) -> Office:
        endpoint = Endpoint("only", self.provider, self.model, base_url=self.server.base_url(self.vendor))
        return Office(endpoint, self.interface, gate=gate or Gate(1), breaker=None)


@pytest.fixture(params=VENDORS)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with FakeProviderServer() as server:
        provider = build_providers(llm_settings({"only": model(server, request.param)}))["only"]
        yield Bench(request.param, server, provider)
        await provider.close()


async def test_a_batch_runs_ends_and_gives_each_request_its_own_answer(bench: Bench) -> None:
    """Submitted, looked at while it runs and when it is over; the answers come in another order, by their ids."""
    bench.server.batches.conduct = Conduct(is_held=True)
    texts = [f"{TEXT} Story {n}x cost {n}00 crowns in all." for n in range(1, 6)]
    vendor_id = await bench.submit(*texts)
    look = await bench.interface.look(vendor_id, model=bench.model, timeout=WAIT)
    assert (look.state, look.is_final) == (BatchState.RUNNING, False)
    bench.server.batches.conduct = Conduct()
    look = await bench.interface.look(vendor_id, model=bench.model, timeout=WAIT)
    assert look.state is BatchState.ENDED
    assert look.answered == (0 if bench.vendor == GEMINI else 5)
    results = await bench.interface.results(vendor_id, model=bench.model, timeout=WAIT)
    assert list(results) != sorted(results)
    for n in range(1, 6):
        answer = results[f"call-{n}-extract"]
        assert isinstance(answer, ProviderAnswer)
        knowledge = Knowledge.model_validate_json(answer.text)
        assert any(f"{n}00 crowns" in claim.evidence for claim in knowledge.claims)
        assert answer.usage.input_tokens > 0
        assert answer.usage.output_tokens > 0


async def test_a_request_of_a_batch_is_what_a_single_one_would_be(bench: Bench) -> None:
    """The same model, schema, system part and limit; the same tokens are charged, and none is streamed."""
    vendor_id = await bench.submit(TEXT)
    single = await bench.provider.complete(extract_request(), model=bench.model, timeout=WAIT)
    (batch,) = bench.server.batches.batches.values()
    (line,) = batch.lines.values()
    wanted = extract_request()
    assert (line.model, line.system, line.prompt) == (bench.model, wanted.system, wanted.prompt)
    assert line.limit == wanted.max_tokens
    assert not line.is_stream
    assert set(line.schema["properties"]) == set(Knowledge.model_fields)
    results = await bench.interface.results(vendor_id, model=bench.model, timeout=WAIT)
    answer = results["call-1-extract"]
    assert isinstance(answer, ProviderAnswer)
    assert answer.text == single.text
    assert answer.usage.input_tokens == single.usage.input_tokens


async def test_what_goes_wrong_with_single_requests_is_told_of_them_alone(bench: Bench) -> None:
    """An error status, a cut off answer, a refusal and an empty answer beside a good one."""
    bench.server.rules = [
        Rule(contains="Story 1x", fault=Fault.BAD_REQUEST),
        Rule(contains="Story 2x", fault=Fault.CUT_OFF),
        Rule(contains="Story 3x", fault=Fault.REFUSAL),
        Rule(contains="Story 4x", fault=Fault.STATUS, status=500),
    ]
    vendor_id = await bench.submit(*(f"{TEXT} Story {n}x has been told." for n in range(1, 6)))
    results = await bench.interface.results(vendor_id, model=bench.model, timeout=WAIT)
    kinds = [type(results[f"call-{n}-extract"]) for n in range(1, 6)]
    assert kinds == [BadRequestError, UnusableAnswerError, PaidRefusalError, ServerFaultError, ProviderAnswer]
    refused = results["call-3-extract"]
    assert isinstance(refused, PaidRefusalError)
    assert refused.answer.usage.input_tokens > 0


@pytest.mark.parametrize("ends_as", ["expired", "failed"])
async def test_requests_without_a_turn_are_left_out(bench: Bench, ends_as: str) -> None:
    """An expired batch gives what was answered before; one that failed as a whole gives nothing that was charged."""
    bench.server.batches.conduct = Conduct(ends_as=ends_as, answers=2)
    vendor_id = await bench.submit(*(f"{TEXT} Story {n}x has been told." for n in range(1, 6)))
    look = await bench.interface.look(vendor_id, model=bench.model, timeout=WAIT)
    assert look.is_final
    results = await bench.interface.results(vendor_id, model=bench.model, timeout=WAIT)
    answered = {name for name, result in results.items() if isinstance(result, ProviderAnswer)}
    assert answered == ({"call-1-extract", "call-2-extract"} if ends_as == "expired" else set())
    rest = [result for name, result in results.items() if name not in answered]
    assert all(isinstance(result, LeftOutError | ServerFaultError) for result in rest)


async def test_a_cancelled_batch_ends_and_keeps_what_was_answered(bench: Bench) -> None:
    """The end is asked for; what was answered before can be fetched."""
    bench.server.batches.conduct = Conduct(is_held=True, answers=1)
    vendor_id = await bench.submit(TEXT, f"{TEXT} Story 2x has been told.")
    await bench.interface.cancel(vendor_id, model=bench.model, timeout=WAIT)
    look = await bench.interface.look(vendor_id, model=bench.model, timeout=WAIT)
    assert look.is_final
    results = await bench.interface.results(vendor_id, model=bench.model, timeout=WAIT)
    assert isinstance(results["call-1-extract"], ProviderAnswer)
    assert not isinstance(results.get("call-2-extract"), ProviderAnswer)


@pytest.mark.parametrize(
    ("fault", "kind", "is_unknown"),
    [
        (429, RateLimitedError, False),
        (503, ServerFaultError, False),
        (RESET, AnswerLostError, True),
        (LOST, AnswerLostError, True),
        (HANG, CallTimeoutError, True),
    ],
)
async def test_faults_of_the_sending_are_told_as_what_they_are(
    bench: Bench, *, fault: int | str, kind: type[OutsideError], is_unknown: bool
) -> None:
    """What may have been taken is told from what was surely not."""
    bench.server.batches.fail("submit", fault)
    with pytest.raises(kind) as caught:
        await bench.interface.submit(
            [BatchRequest("call-1-extract", extract_request())], model=bench.model, timeout=0.3
        )
    assert is_outcome_unknown(caught.value) is is_unknown


async def test_a_file_that_is_lost_on_its_way_is_no_batch() -> None:
    """At OpenAI the requests go up first: whatever happens to them, nothing was begun."""
    async with FakeProviderServer() as server:
        provider = build_providers(llm_settings({"only": model(server, OPENAI)}))["only"]
        bench = Bench(OPENAI, server, provider)
        server.batches.fail("upload", LOST, HANG)
        for _ in range(2):
            with pytest.raises(ConnectionFaultError) as caught:
                await bench.interface.submit(
                    [BatchRequest("call-1-extract", extract_request())], model=bench.model, timeout=0.3
                )
            assert not is_outcome_unknown(caught.value)
        assert server.batches.batches == {}
        await provider.close()


@pytest.mark.parametrize("operation", ["look", "results"])
async def test_faults_of_looking_and_fetching_pass(bench: Bench, operation: str) -> None:
    """An outage while a batch is looked at or fetched is transient; afterwards everything is there."""
    vendor_id = await bench.submit(TEXT)
    first = "look" if bench.vendor == GEMINI else operation
    ask = bench.interface.look if operation == "look" else bench.interface.results
    bench.server.batches.fail(first, 503, RESET)
    with pytest.raises(ServerFaultError):
        await ask(vendor_id, model=bench.model, timeout=WAIT)
    with pytest.raises(AnswerLostError):
        await ask(vendor_id, model=bench.model, timeout=WAIT)
    assert await ask(vendor_id, model=bench.model, timeout=WAIT)


@pytest.mark.parametrize("status", [400, 403, 404, 405, 501])
async def test_a_server_without_batches_is_known_by_its_answer(bench: Bench, status: int) -> None:
    """A compatible server that says so in one way or another."""
    bench.server.batches.conduct = Conduct(refusal=status)
    with pytest.raises(NoBatchesError):
        await bench.office().submit([BatchRequest("call-1-extract", extract_request())])


async def test_a_batch_nobody_knows_is_gone(bench: Bench) -> None:
    """The provider has forgotten it."""
    vendor_id = await bench.submit(TEXT)
    bench.server.batches.gone()
    with pytest.raises(BatchGoneError):
        await bench.office().look(vendor_id)


async def test_each_operation_goes_through_the_gate(bench: Bench) -> None:
    """One slot for each, given back in any case."""
    gate = Gate(1)
    office = bench.office(gate=gate)
    vendor_id = await office.submit([BatchRequest("call-1-extract", extract_request())])
    await office.look(vendor_id)
    await office.results(vendor_id)
    bench.server.batches.fail("cancel", 500)
    with pytest.raises(ServerFaultError):
        await office.cancel(vendor_id)
    assert (gate.max_seen, gate.in_flight) == (1, 0)


async def test_a_local_provider_has_no_batches() -> None:
    """The offline brain answers at once, for nothing."""
    assert batch_provider(OfflineProvider()) is None


async def test_what_stands_around_a_provider_is_passed_by(bench: Bench) -> None:
    """A provider with faults on purpose around it has the same batch interface."""
    wrapped = ChaosProvider(bench.provider, chaos=None)  # type: ignore[arg-type]
    assert type(batch_provider(wrapped)) is type(bench.interface)
