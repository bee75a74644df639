"""The worker on a real board."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from brains.base import Discarded, Outcome, Rejected
from daemon.blackboard.failures import describe_failure
from daemon.blackboard.records import Claim
from daemon.blackboard.states import Step
from daemon.core.errors import BadKeyError, BreakerOpenError, BudgetExceededError
from daemon.core.settings.models import ReviewSettings
from daemon.runtime.worker import Worker
from tests.fakes.parts import HangingBrain, RecordingSink, ScriptedBrain, passing
from tests.fakes.runtime_bench import Bench
from tests.fakes.waiting import until


async def run_until(worker: Worker, is_so: Callable[[], bool]) -> None:
    """Run a worker until a fact holds, then stop it."""
    running = asyncio.create_task(worker.run())
    try:
        await until(is_so)
    finally:
        await worker.stop(grace_seconds=0)
        await running


def raising(error: Exception, *, title: str) -> Callable[[Claim], Outcome]:
    """A script that fails for one item and passes the others."""

    def script(claim: Claim) -> Outcome:
        if claim.item.title == title:
            raise error
        return passing(claim)

    return script


async def test_it_leads_every_item_to_its_end(bench: Bench) -> None:
    """Thirty items go through all four steps and reach the sink once each."""
    await bench.post(30)
    sink = RecordingSink()
    await run_until(bench.worker(bench.steps(ScriptedBrain(), sink)), bench.is_drained)
    assert bench.reader.counts()["PUBLISHED"] == 30
    assert len({post.item_id for post in sink.sent}) == len(sink.sent) == 30


async def test_it_never_has_more_in_hand_than_its_slots(bench: Bench) -> None:
    """Four slots, thirty items: at most four steps at once, and four are reached."""
    await bench.post(30)
    brain = ScriptedBrain()
    await run_until(bench.worker(bench.steps(brain)), bench.is_drained)
    assert brain.most_running == 4


async def test_what_is_nearest_to_its_end_goes_first(bench: Bench) -> None:
    """With one slot, the first item is published before the second is looked at."""
    first, second = await bench.post(2)
    await run_until(bench.worker(bench.steps(ScriptedBrain()), slots=1), bench.is_drained)
    order = [event.item_id for event in bench.events if event.type == "item_claimed"]
    assert order == [first] * 4 + [second] * 4


@pytest.mark.parametrize("error", [BadKeyError("no"), KeyError("a bug of ours"), RecursionError("deep")])
async def test_one_bad_item_never_blocks_the_others(bench: Bench, error: Exception) -> None:
    """An item whose step fails for good is a dead letter with its traceback; all others are published."""
    ids = await bench.post(10)
    brain = ScriptedBrain(raising(error, title="Item 3"))
    await run_until(bench.worker(bench.steps(brain)), bench.is_drained)
    assert (bench.reader.counts()["PUBLISHED"], bench.reader.counts()["DEAD_LETTER"]) == (9, 1)
    dead = bench.reader.item(ids[3])
    buried = next(event for event in dead["events"] if event["type"] == "item_buried")
    assert type(error).__name__ in buried["data"]["failure"]["traceback"]
    assert dead["item"]["died_in"] == "INGESTING"


async def test_an_item_whose_failure_cannot_be_encoded_is_buried_like_any_other(bench: Bench) -> None:
    """An error text with half a character in it neither keeps its item from its end nor touches the others."""
    await bench.post(4)
    brain = ScriptedBrain(raising(BadKeyError("refused: \ud83d"), title="Item 1"))
    await run_until(bench.worker(bench.steps(brain)), bench.is_drained)
    assert (bench.reader.counts()["PUBLISHED"], bench.reader.counts()["DEAD_LETTER"]) == (3, 1)


@pytest.mark.parametrize("kind", [BreakerOpenError, BudgetExceededError])
async def test_waiting_uses_up_no_attempt(bench: Bench, kind: type[BreakerOpenError]) -> None:
    """An open breaker or an empty budget snoozes the item until then; afterwards it goes on with no attempt used."""
    (item_id,) = await bench.post()
    waits = [kind("not now", until=bench.clock.now() + 0.6)]

    def script(claim: Claim) -> Outcome:
        if waits:
            raise waits.pop()
        return passing(claim)

    await run_until(bench.worker(bench.steps(ScriptedBrain(script))), bench.is_drained)
    history = bench.reader.item(item_id)["events"]
    assert "item_snoozed" in [event["type"] for event in history]
    assert "attempt_failed" not in [event["type"] for event in history]
    assert bench.reader.counts()["PUBLISHED"] == 1


async def test_a_wait_without_end_is_for_a_person(bench: Bench) -> None:
    """The item's own budget never comes back by waiting: the item is a dead letter."""
    await bench.post()
    brain = ScriptedBrain(raising(BudgetExceededError("over the item's budget"), title="Item 0"))
    await run_until(bench.worker(bench.steps(brain)), bench.is_drained)
    assert bench.states() == {"DEAD_LETTER"}


async def test_a_step_that_takes_too_long_is_buried(bench: Bench) -> None:
    """A brain that never answers is cut off at the step's time limit, and its slot is free again."""
    await bench.post()
    await run_until(bench.worker(bench.steps(HangingBrain()), step_timeout=0.05), bench.is_drained)
    (item,) = bench.reader.items()
    assert item["state"] == "DEAD_LETTER"
    assert "took longer than 0.05 s" in item["error"]


async def test_a_soft_stop_releases_what_runs_and_uses_up_no_attempt(bench: Bench) -> None:
    """A step that is still running when the grace time is over is cancelled and its item is free at once."""
    await bench.post()
    brain = HangingBrain()
    worker = bench.worker(bench.steps(brain))
    running = asyncio.create_task(worker.run())
    await brain.has_begun.wait()
    await worker.stop(grace_seconds=0.01)
    await running
    claim = await bench.claim("w2")
    assert (claim.item.attempts, claim.item.rescues) == (0, 0)
    assert "item_released" in bench.types()


async def test_a_stop_waits_for_a_claim_that_is_on_its_way_and_gives_it_back(bench: Bench) -> None:
    """Whatever ends the loop right after the stop: else the items were held by nobody until their leases end."""
    await bench.post()
    is_asked, may_go = asyncio.Event(), asyncio.Event()

    class SlowBoard:
        release = bench.engine.release
        next_available_at = bench.engine.next_available_at

        async def claim(self, **asked: Any) -> list[Claim]:
            is_asked.set()
            await may_go.wait()
            return await bench.engine.claim(**asked)

    worker = bench.worker(bench.steps(ScriptedBrain()), engine=SlowBoard())
    running = asyncio.create_task(worker.run())
    await is_asked.wait()
    stopping = asyncio.create_task(worker.stop(grace_seconds=0))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not stopping.done()
    may_go.set()
    await stopping
    running.cancel()
    await asyncio.wait([running])
    claim = await bench.claim("w2")
    assert (claim.item.attempts, claim.item.rescues) == (0, 0)


async def test_a_soft_stop_lets_running_steps_finish(bench: Bench) -> None:
    """Within the grace time a step ends as if nothing had happened; nothing new is claimed."""
    await bench.post(2)
    go = asyncio.Event()

    class SlowBrain(ScriptedBrain):
        async def run(self, claim: Claim, context: object) -> Outcome:  # type: ignore[override]
            self.seen.append(claim)
            await go.wait()
            return passing(claim)

    brain = SlowBrain()
    worker = bench.worker(bench.steps(brain), slots=1)
    running = asyncio.create_task(worker.run())
    await until(lambda: bool(brain.seen))
    stopping = asyncio.create_task(worker.stop(grace_seconds=5))
    await asyncio.sleep(0)
    go.set()
    await stopping
    await running
    assert bench.states() == {"DRAFTING", "QUEUED"}
    assert len(brain.seen) == 1


async def test_a_lost_claim_changes_nothing(bench: Bench) -> None:
    """A step whose claim was lost is dropped: the board is not touched by it, the new owner goes on."""
    await bench.post()
    brain = HangingBrain()
    worker = bench.worker(bench.steps(brain), lease_seconds=0.3)
    running = asyncio.create_task(worker.run())
    await brain.has_begun.wait()
    (item_id,) = worker.in_hand
    worker.pause(is_paused=True)
    await bench.engine.rescue(worker_id="somebody else", max_rescues=5)
    claim = await bench.claim("w2")
    worker.drop(item_id)
    await until(lambda: not worker.in_hand)
    assert "item_released" not in bench.types()
    await bench.engine.heartbeat([claim], lease_seconds=60)
    await worker.stop(grace_seconds=0)
    await running


async def test_a_late_worker_is_told_and_does_no_harm(bench: Bench) -> None:
    """A step that ends after its item was rescued and done by another raises nothing and changes nothing."""
    await bench.post()
    stale = await bench.claim("w1")
    await bench.engine.rescue(worker_id="w2", max_rescues=5)
    fresh = await bench.claim("w2")
    steps = bench.steps(ScriptedBrain())
    await steps.run(fresh)
    worker = bench.worker(steps)
    await worker._work(stale)
    assert bench.states() == {"DRAFTING"}
    assert "claim_lost" in bench.types()


async def test_a_paused_worker_claims_nothing(bench: Bench) -> None:
    """While paused, items stay queued; afterwards they are done."""
    await bench.post(3)
    worker = bench.worker(bench.steps(ScriptedBrain()))
    worker.pause(is_paused=True)
    running = asyncio.create_task(worker.run())
    await worker.idle.wait()
    assert bench.states() == {"QUEUED"}
    worker.pause(is_paused=False)
    await until(bench.is_drained)
    await worker.stop(grace_seconds=0)
    await running
    assert bench.states() == {"PUBLISHED"}


async def test_a_step_nobody_can_serve_is_not_claimed(bench: Bench) -> None:
    """While every endpoint of a step is away, its items lie on the board unclaimed, and other steps go on."""
    await bench.post(3)
    later = bench.clock.now() + 3600
    worker = bench.worker(bench.steps(ScriptedBrain()), ready_at=lambda step: later if step is Step.DRAFT else 0.0)
    await run_until(worker, lambda: bench.states() == {"DRAFTING"})
    assert [event.to_state for event in bench.events if event.type == "item_claimed"] == ["INGESTING"] * 3


async def test_while_an_endpoint_is_probed_one_item_finds_out_and_the_others_lie(bench: Bench) -> None:
    """A long outage must not claim and put back the whole backlog at every probe."""
    await bench.post(30)
    brain = HangingBrain()
    worker = bench.worker(bench.steps(brain), is_probing=lambda step: step is Step.EXTRACT)
    running = asyncio.create_task(worker.run())
    await brain.has_begun.wait()
    worker.stir()
    await asyncio.sleep(0.05)
    assert len(worker.in_hand) == 1
    await worker.stop(grace_seconds=0)
    await running


async def test_personal_data_in_a_reason_is_not_on_the_board(bench: Bench) -> None:
    """A sentence of a draft that is quoted as the reason may hold some."""
    (item_id,) = await bench.post()

    def script(claim: Claim) -> Outcome:
        quoted = "“Write to jane.doe@example.org or call +49 30 1234567890.”: a post has no address"
        return Rejected([quoted]) if claim.step is Step.REVIEW else passing(claim)

    worker = bench.worker(bench.steps(ScriptedBrain(script), review=ReviewSettings(max_rounds=1)))
    await run_until(worker, bench.is_drained)
    told = str([event.data for event in bench.events]) + str(bench.reader.item(item_id)["item"]["reason"])
    assert "Write to [mail] or call [phone]" in told
    assert "jane.doe" not in told
    assert "1234567890" not in told


async def test_rejections_are_bounded(bench: Bench) -> None:
    """A draft that never passes is written anew `max_rounds` times, then a person gets it, with the reasons."""
    (item_id,) = await bench.post()

    def script(claim: Claim) -> Outcome:
        return Rejected(["the number is wrong"]) if claim.step is Step.REVIEW else passing(claim)

    worker = bench.worker(bench.steps(ScriptedBrain(script), review=ReviewSettings(max_rounds=2)))
    await run_until(worker, bench.is_drained)
    item = bench.reader.item(item_id)
    assert item["item"]["state"] == "HELD"
    assert "the number is wrong" in item["item"]["reason"]
    assert [artifact["round"] for artifact in item["artifacts"] if artifact["kind"] == "draft"] == [0, 1, 2]


async def test_with_approval_every_post_waits_for_a_person(bench: Bench) -> None:
    """`approval: all` holds a checked draft; approve publishes it."""
    (item_id,) = await bench.post()
    sink = RecordingSink()
    steps = bench.steps(ScriptedBrain(), sink, review=ReviewSettings(approval="all"))
    await run_until(bench.worker(steps), bench.is_drained)
    assert (bench.states(), sink.sent) == ({"HELD"}, [])
    await bench.engine.approve([item_id], by="test")
    await run_until(bench.worker(steps), bench.is_drained)
    assert bench.states() == {"PUBLISHED"}
    assert len(sink.sent) == 1


async def test_a_discarded_item_keeps_its_reason(bench: Bench) -> None:
    """The left brain's reason stands on the board."""
    await bench.post()
    brain = ScriptedBrain(lambda _: Discarded("too little text"))
    await run_until(bench.worker(bench.steps(brain)), bench.is_drained)
    (item,) = bench.reader.items()
    shown = bench.reader.item(item["id"])["item"]
    assert (shown["state"], shown["reason"]) == ("DISCARDED", "too little text")


async def test_work_that_arrives_later_is_seen_at_once(bench: Bench) -> None:
    """An idle worker wakes up by the event of a new item, not by its poll."""
    worker = bench.worker(bench.steps(ScriptedBrain()))
    running = asyncio.create_task(worker.run())
    await worker.idle.wait()
    before = bench.clock.monotonic()
    await bench.post(1)
    await until(bench.is_drained)
    assert bench.clock.monotonic() - before < 4
    await worker.stop(grace_seconds=0)
    await running


async def test_what_a_model_was_chosen_for_is_done_while_the_usual_ones_are_away(bench: Bench) -> None:
    """The rest of the backlog lies where it is, and is not looked at."""
    chosen, other = await bench.post(2)
    for claim in await bench.engine.claim(worker_id="w0", steps=list(Step), limit=2, lease_seconds=60):
        await bench.engine.bury(claim, failure=describe_failure(BadKeyError("refused")))
    await bench.engine.revive(ids=[chosen], model="spare", by="p")
    await bench.engine.revive(by="p")
    brain = ScriptedBrain()
    away = {Step.EXTRACT: 4e9, Step.DRAFT: 4e9}
    probing = {Step.REVIEW}
    worker = bench.worker(
        bench.steps(brain),
        ready_at=lambda step: away.get(step, 0.0),
        is_probing=lambda step: step in probing,
    )
    await run_until(worker, lambda: bench.reader.item(chosen)["item"]["state"] == "PUBLISHED")
    assert {claim.item.id for claim in brain.seen} == {chosen}
    assert {claim.item.model for claim in brain.seen} == {"spare"}
    assert bench.reader.item(other)["item"]["state"] == "INGESTING"
