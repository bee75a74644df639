"""The gateway in front of the fake provider: booking, concurrency, costs, stored answers, repair, echelons."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal

import pytest
from genai_prices import Usage as TableUsage
from genai_prices import calc_price

from brains.llm.base import UnusableAnswerError
from brains.schemas import Knowledge
from daemon.blackboard.records import CallStatus
from daemon.core.errors import BadKeyError, BudgetExceededError, PermanentError
from daemon.core.settings.models import ModelSettings, PriceSettings
from tests.fakes.llm import MODEL_OF, VENDORS, context, extract_request, llm_settings, model, open_desk
from tests.fakes.provider_server import GEMINI, OPENAI, FakeProviderServer, Fault, Rule
from tests.fakes.recording_ledger import RecordingLedger

TABLE = {"anthropic": "anthropic", "gemini": "google", "openai": "openai"}
OFFLINE = ModelSettings(provider="offline")


@pytest.fixture
async def server() -> AsyncIterator[FakeProviderServer]:
    async with FakeProviderServer() as running:
        yield running


def texts(count: int) -> list[str]:
    return [
        f"Report number {n} says that {n * 37} boats passed the lock in May. It was a calm month." for n in range(count)
    ]


@pytest.mark.parametrize("vendor", VENDORS)
async def test_many_calls_are_a_steady_flow_and_booked_to_the_token(server: FakeProviderServer, vendor: str) -> None:
    """Never more than the limit at the server, and the limit is used; the ledger's sums equal the server's."""
    server.latency = 0.01
    settings = llm_settings({"m": model(server, vendor)}, max_concurrency=3)
    async with open_desk(settings) as desk:
        asked = (desk.gateway.ask(extract_request(text), context(f"item{n}")) for n, text in enumerate(texts(15)))
        answers = await asyncio.gather(*asked)
    assert [answer.value.claims[0].evidence for answer in answers] == [
        text.partition(". ")[0] + "." for text in texts(15)
    ]
    assert server.stats.max_in_flight == 3
    booked = [settled.usage for settled in desk.ledger.settlements.values()]
    given = server.stats.tokens
    assert sum(usage.input_tokens for usage in booked) == given.prompt
    assert sum(usage.output_tokens for usage in booked) == given.completion
    assert sum(usage.cached_tokens for usage in booked) == given.cached
    assert sum(usage.cache_write_tokens for usage in booked) == given.cache_write
    assert sum(usage.reasoning_tokens for usage in booked) == given.reasoning


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_call_costs_what_the_table_says_and_never_more_than_was_set_aside(
    server: FakeProviderServer, vendor: str
) -> None:
    """In whole micro-dollars, rounded up; the price is kept with the call."""
    async with open_desk(llm_settings({"m": model(server, vendor)})) as desk:
        await desk.gateway.ask(extract_request(system="Be exact. " * 800), context())
        await desk.gateway.ask(extract_request(system="Be exact. " * 800), context("item2"))
    for number, settled in desk.ledger.settlements.items():
        usage = TableUsage(
            input_tokens=settled.usage.input_tokens,
            output_tokens=settled.usage.output_tokens,
            cache_read_tokens=settled.usage.cached_tokens,
            cache_write_tokens=settled.usage.cache_write_tokens,
        )
        at = datetime.fromtimestamp(desk.clock.now(), UTC)
        dollars = calc_price(usage, MODEL_OF[vendor], provider_id=TABLE[vendor], genai_request_timestamp=at).total_price
        assert settled.cost_micro == int((dollars * 1_000_000).to_integral_value(ROUND_CEILING))
        reserved = desk.ledger.calls[number - 1].reserved_micro
        assert reserved is not None
        assert 0 < settled.cost_micro <= reserved
        assert settled.price is not None
        assert settled.price["source"].startswith("genai-prices ")


async def test_an_own_price_wins(server: FakeProviderServer) -> None:
    """The configuration's price is used, also for a model that the table knows."""
    price = PriceSettings(input_mtok=1000, output_mtok=2000)
    async with open_desk(llm_settings({"m": model(server, OPENAI, price=price)})) as desk:
        await desk.gateway.ask(extract_request(), context())
    settled = desk.ledger.settlements[1]
    usage = settled.usage
    expected = Decimal(usage.input_tokens) * 1000 + Decimal(usage.output_tokens) * 2000
    assert settled.cost_micro == expected
    assert settled.price == {
        "source": "configuration",
        "input_mtok": 1000.0,
        "output_mtok": 2000.0,
        "cache_read_mtok": 1000.0,
        "cache_write_mtok": 1000.0,
    }


async def test_an_unknown_model_has_tokens_but_no_cost_and_it_is_said_once(server: FakeProviderServer) -> None:
    """Nothing is invented: no reservation, no cost, one event."""
    async with open_desk(llm_settings({"m": model(server, OPENAI, model="house-model-9")})) as desk:
        for n, text in enumerate(texts(2)):
            await desk.gateway.ask(extract_request(text), context(f"item{n}"))
    assert [call.reserved_micro for call in desk.ledger.calls] == [None, None]
    assert all(s.cost_micro is None and s.usage.input_tokens > 0 for s in desk.ledger.settlements.values())
    assert [event["model"] for event in desk.told("price_unknown")] == ["house-model-9"]


async def test_a_call_is_booked_before_it_is_sent(server: FakeProviderServer) -> None:
    """When the entry is made the server has seen nothing; when it is settled, one request."""
    ledger = RecordingLedger(look=lambda: len(server.stats.log))
    async with open_desk(llm_settings({"m": model(server, OPENAI)}), ledger=ledger) as desk:
        await desk.gateway.ask(extract_request(), context())
    assert ledger.seen == [("begun", 0), (CallStatus.OK, 1)]
    call = ledger.calls[0]
    assert (call.item_id, call.brain, call.task, call.attempt) == ("item1", "left", "extract", 1)
    assert set(call.fingerprint) == {"code", "prompt", "model", "config", "memory"}


async def test_a_stored_answer_is_taken_instead_of_asking(server: FakeProviderServer) -> None:
    """A second gateway on the same ledger pays nothing; another item or another prompt is asked for."""
    settings = llm_settings({"m": model(server, GEMINI)})
    ledger = RecordingLedger()
    for _ in range(2):
        async with open_desk(settings, ledger=ledger) as desk:
            answer = await desk.gateway.ask(extract_request(), context())
        assert answer.value.claims
        assert (len(server.stats.log), len(ledger.calls)) == (1, 1)
    async with open_desk(settings, ledger=ledger) as desk:
        await desk.gateway.ask(extract_request(), context("item2"))
        await desk.gateway.ask(extract_request(texts(1)[0]), context())
    assert len(server.stats.log) == 3


async def test_the_answer_of_a_later_echelon_is_found_too(server: FakeProviderServer) -> None:
    """What the second echelon answered before a crash is not asked of the first again."""
    settings = llm_settings({"bad": model(server, OPENAI, model="bad-model"), "good": model(server, GEMINI)})
    server.rules.append(Rule(model="bad-model", fault=Fault.BAD_KEY))
    ledger = RecordingLedger()
    for _ in range(2):
        async with open_desk(settings, ledger=ledger) as desk:
            answer = await desk.gateway.ask(extract_request(), context())
        assert answer.provider == GEMINI
        assert len(server.stats.log) == 2


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("fault", [Fault.BAD_JSON, Fault.WRONG_SHAPE, Fault.CUT_OFF, Fault.EMPTY])
async def test_a_malformed_answer_is_repaired_once(server: FakeProviderServer, vendor: str, fault: Fault) -> None:
    """Both requests are paid and booked; the repair is the stored answer of the question."""
    server.rules.append(Rule(fault=fault, times=1))
    settings, ledger = llm_settings({"m": model(server, vendor)}), RecordingLedger()
    attempts = context()
    for _ in range(2):
        async with open_desk(settings, ledger=ledger) as desk:
            answer = await desk.gateway.ask(extract_request(), attempts)
        assert isinstance(answer.value, Knowledge)
    assert ledger.statuses() == ["malformed", "ok"]
    assert len(server.stats.log) == 2
    assert all(settled.cost_micro for settled in ledger.settlements.values())
    assert ledger.calls[1].fingerprint["prompt"].startswith("repair.v")
    assert sum(s.usage.input_tokens for s in ledger.settlements.values()) == server.stats.tokens.prompt
    assert attempts.attempts.used == 0


async def test_an_answer_that_stays_malformed_is_final(server: FakeProviderServer) -> None:
    """Two requests, then the error of the second, with the first as its cause."""
    server.rules.append(Rule(fault=Fault.WRONG_SHAPE))
    async with open_desk(llm_settings({"m": model(server, OPENAI)})) as desk:
        with pytest.raises(UnusableAnswerError, match="language: Field required") as caught:
            await desk.gateway.ask(extract_request(), context())
    assert isinstance(caught.value.__cause__, UnusableAnswerError)
    assert desk.ledger.statuses() == ["malformed", "malformed"]


async def test_a_permanent_fault_goes_to_the_next_echelon_and_says_so(server: FakeProviderServer) -> None:
    """One request at the first, the answer of the second, one event."""
    server.rules.append(Rule(model="bad-model", fault=Fault.UNKNOWN_MODEL))
    settings = llm_settings({"bad": model(server, OPENAI, model="bad-model"), "good": model(server, GEMINI)})
    async with open_desk(settings) as desk:
        answer = await desk.gateway.ask(extract_request(), context())
    assert (answer.provider, answer.model) == (GEMINI, MODEL_OF[GEMINI])
    fell = desk.told("echelon_fell")
    assert [(e["echelon"], e["to"], e["error"]) for e in fell] == [
        ("left.echelon1", "left.echelon2", "UnknownModelError")
    ]
    assert desk.ledger.statuses() == ["error", "ok"]
    assert desk.ledger.settlements[1].cost_micro == 0


async def test_the_last_fault_is_raised_with_a_note_of_the_others(server: FakeProviderServer) -> None:
    """Nothing that failed is left out of the traceback."""
    server.rules += [Rule(model="one", fault=Fault.UNKNOWN_MODEL), Rule(model="two", fault=Fault.BAD_KEY)]
    settings = llm_settings({n: model(server, OPENAI, model=n) for n in ("one", "two")})
    async with open_desk(settings) as desk:
        with pytest.raises(BadKeyError) as caught:
            await desk.gateway.ask(extract_request(), context())
    assert "openai:one: UnknownModelError" in caught.value.__notes__[0]


async def test_a_refusal_is_booked_with_its_tokens(server: FakeProviderServer) -> None:
    """What was charged for a refusal stands in the ledger, whatever became of it."""
    server.rules.append(Rule(fault=Fault.REFUSAL))
    async with open_desk(llm_settings({"m": model(server, GEMINI)})) as desk:
        with pytest.raises(PermanentError):
            await desk.gateway.ask(extract_request(), context())
    settled = desk.ledger.settlements[1]
    assert (settled.status, settled.usage.input_tokens) == (CallStatus.ERROR, server.stats.tokens.prompt)
    assert settled.cost_micro


async def test_a_local_endpoint_is_free_and_its_call_goes_with_the_answer() -> None:
    """No entry before, no gate, no attempt; one settled call to be kept with the step."""
    async with open_desk(llm_settings({"offline": OFFLINE})) as desk:
        answer = await desk.gateway.ask(extract_request(), context())
        assert desk.gateway.ready_at("extract") == 0
    assert desk.ledger.calls == []
    assert desk.gate.max_seen == 0
    assert [(c.settlement.status, c.settlement.cost_micro) for c in answer.calls] == [(CallStatus.OK, 0)]
    assert answer.value.gist == "made here"


async def test_a_used_up_day_makes_the_work_wait_though_a_free_endpoint_follows(server: FakeProviderServer) -> None:
    """Nothing is sent, nothing is quietly done worse."""
    ledger = RecordingLedger(caps={"day": 10})
    settings = llm_settings({"m": model(server, OPENAI), "offline": OFFLINE})
    async with open_desk(settings, ledger=ledger) as desk:
        with pytest.raises(BudgetExceededError) as caught:
            await desk.gateway.ask(extract_request(), context())
    assert caught.value.until == ledger.day_ends_at
    assert (server.stats.log, ledger.calls) == ([], [])


async def test_a_used_up_item_goes_on_with_what_is_free(server: FakeProviderServer) -> None:
    """Waiting would not help this item; without a free endpoint the error is final."""
    ledger = RecordingLedger(caps={"item": 10})
    models = {"m": model(server, OPENAI), "offline": OFFLINE}
    async with open_desk(llm_settings(models), ledger=ledger) as desk:
        assert (await desk.gateway.ask(extract_request(), context())).provider == "local"
    async with open_desk(llm_settings({"m": models["m"]}), ledger=ledger) as desk:
        with pytest.raises(BudgetExceededError) as caught:
            await desk.gateway.ask(extract_request(), context())
    assert caught.value.until is None
    assert server.stats.log == []


async def test_a_small_budget_is_never_exceeded_and_used_by_all_who_fit(server: FakeProviderServer) -> None:
    """Money set aside by calls under way is waited for: twenty calls fit where two reservations do."""
    price = PriceSettings(input_mtok=1, output_mtok=1)
    ledger = RecordingLedger()
    settings = llm_settings({"m": model(server, OPENAI, price=price, max_tokens=20_000)}, max_concurrency=8)
    async with open_desk(settings, ledger=ledger) as desk:
        await desk.gateway.ask(extract_request(), context())
        ledger.caps["day"] = (ledger.calls[0].reserved_micro or 0) * 2
        asked = (desk.gateway.ask(extract_request(text), context(f"item{n}")) for n, text in enumerate(texts(20)))
        await asyncio.gather(*asked)
    assert ledger.statuses() == ["ok"] * 21
    assert ledger.max_charged <= ledger.caps["day"]


@pytest.mark.parametrize("vendor", VENDORS)
async def test_the_configured_limit_of_tokens_wins(server: FakeProviderServer, vendor: str) -> None:
    """What a person sets for a model is what is asked for; else the request's own limit is."""
    for changes in ({"max_tokens": 9000}, {}):
        async with open_desk(llm_settings({"m": model(server, vendor, **changes)})) as desk:
            await desk.gateway.ask(extract_request(), context())
    assert [entry.limit for entry in server.stats.log] == [9000, 4096]


async def test_a_refused_connection_costs_nothing_and_a_lost_answer_stays_charged(server: FakeProviderServer) -> None:
    """What certainly was not sent is settled at zero; what may have been charged keeps its reservation."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        away = model(server, OPENAI, base_url=f"http://127.0.0.1:{closed.getsockname()[1]}")
        server.rules.append(Rule(fault=Fault.RESET))
        tiers = [
            {"models": ("away",), "max_retries": 0},
            {"models": ("lost",), "max_retries": 0},
            {"models": ("offline",)},
        ]
        settings = llm_settings({"away": away, "lost": model(server, GEMINI), "offline": OFFLINE}, echelons=tiers)
        async with open_desk(settings) as desk:
            await desk.gateway.ask(extract_request(), context())
    assert desk.ledger.statuses() == ["error", "unconfirmed"]
    assert [s.cost_micro for s in desk.ledger.settlements.values()] == [0, None]
    assert desk.ledger.charged() == desk.ledger.calls[1].reserved_micro
