"""Random verbs by three workers, with crashes between any two, on a real file: the invariants hold."""

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from daemon.blackboard.records import CallKind, CallStatus, Claim, NewSource, PublicationStatus, Settlement
from daemon.blackboard.sqlite.transaction import Transaction
from daemon.blackboard.states import FINAL, TRANSITIONS, State
from daemon.core.errors import BudgetExceededError, LostClaimError, WrongStateError
from tests.fakes.boards import WAY, Board, artifact, call, failure, open_for_test, seen

T = TypeVar("T")
Facts = dict[str, list[tuple[Any, ...]]]

WAITS = st.sampled_from(["batch", "budget"])
WORKERS = st.sampled_from(["w1", "w2", "w3"])
ENDINGS = st.sampled_from(["advance", "reject", "hold", "discard", "bury", "release", "snooze"])
NAMES = st.sampled_from([f"n{i}" for i in range(8)])
SETTLED = [CallStatus.OK, CallStatus.ERROR, CallStatus.UNCONFIRMED]
LIMIT = 3
"""A step is buried at this attempt, as the retry policy would."""
CAP = 500
ARROWS = {(t.source, t.target) for t in TRANSITIONS}
EVENTS = {
    *("item_posted", "item_claimed", "item_advanced", "item_rejected", "item_held", "item_discarded", "item_buried"),
    *("item_revived", "item_approved", "item_released", "item_snoozed", "item_rescued", "attempt_failed"),
    *("call_unconfirmed", "publication_intended", "publication_settled"),
    *("batch_opened", "batch_sent", "batch_ended", "items_woken", "item_edited"),
}
SUITS = {"reject": {State.REVIEWING}, "hold": {State.REVIEWING}, "discard": {State.INGESTING}}
STAYS = {"item_claimed", "item_released", "item_snoozed", "item_rescued", "attempt_failed"}


class BoardMachine(RuleBasedStateMachine):
    """What the workers believe (`claims`) beside what is on the board."""

    reached: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp())
        self.claims: dict[str, list[Claim]] = {"w1": [], "w2": [], "w3": []}
        self.posted: set[str] = set()
        self.sent: list[str] = []
        """Idempotency keys, once for each time a sink was really touched without a person's word."""
        self.calls: list[int] = []
        self.batched: list[int] = []
        """Calls that wait for a batch and are in none."""
        self.boots = 1

    def do(self, work: Awaitable[T]) -> T:
        return self.loop.run_until_complete(work)

    @initialize()
    def open(self) -> None:
        self.board: Board = self.do(open_for_test(self.folder / "home", synchronous="normal"))
        for name in ("a", "b"):
            self.do(self.board.engine.add_source(NewSource("rss", f"https://{name}.example"), by="t"))
        # Something to work on from the start, so that also what is rare comes about.
        self.post([f"first {number}" for number in range(6)], None)

    def teardown(self) -> None:
        self.reached.update(row[0] for row in self.do(self.board.rows("SELECT type FROM events")))
        self.reached.update({"sent": len(self.sent), "crash": self.boots - 1})
        self.do(self.board.engine.close())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        shutil.rmtree(self.folder)

    # --- what happens ---

    @rule(names=st.lists(NAMES, min_size=1, max_size=4), source=st.sampled_from([None, 1, 2]))
    def post(self, names: list[str], source: int | None) -> None:
        posted = self.do(self.board.engine.post([seen(name) for name in names], source_id=source, by="t"))
        fresh = [one.item_id for one in posted if one.is_new]
        assert not self.posted & set(fresh)
        assert {one.item_id for one in posted} <= self.posted | set(fresh)
        self.posted |= set(fresh)

    @rule(worker=WORKERS, limit=st.integers(1, 4))
    def claim(self, worker: str, limit: int) -> None:
        got = self.do(self.board.claim(worker=worker, limit=limit))
        assert len(got) <= limit
        for claim in got:
            held = (claim.item.state, claim.item.epoch, worker)
            assert self.do(self.board.item(claim.item.id, "state, epoch, claimed_by")) == held
        self.claims[worker] += got

    @rule(worker=WORKERS, verb=ENDINGS)
    def end(self, worker: str, verb: str) -> None:
        if not self.claims[worker]:
            self.claim(worker, 1)
        in_hand = self.claims[worker]
        allowed = SUITS.get(verb, set(State))
        claim = next((one for one in in_hand if one.item.state in allowed), in_hand[-1] if in_hand else None)
        if claim is None:
            return
        in_hand.remove(claim)
        state = claim.item.state
        verb = verb if state in allowed else "advance"
        if verb == "advance" and state is State.PUBLISHING:
            self._publish(claim)
        else:
            self._guarded(claim, self._ending(verb, claim))

    @rule(worker=WORKERS, state=st.sampled_from(WAY), verb=ENDINGS)
    def bring_far(self, worker: str, state: State, verb: str) -> None:
        """A worker doing well up to a state, and then something else happens."""
        self._go_to(worker, state)
        self.end(worker, verb)

    def _go_to(self, worker: str, state: State) -> None:
        self.claim(worker, 1)
        for _ in WAY:
            if self.claims[worker] and all(claim.item.state is not state for claim in self.claims[worker]):
                self.end(worker, "advance")
                self.claim(worker, 1)

    def _ending(self, verb: str, claim: Claim) -> Awaitable[object]:
        engine, now = self.board.engine, self.board.clock.now()
        return {
            "advance": lambda: engine.advance(claim, artifacts=[artifact()]),
            "reject": lambda: engine.reject(claim, reasons=["r"]),
            "hold": lambda: engine.hold(claim, reason="r"),
            "discard": lambda: engine.discard(claim, reason="r"),
            "bury": lambda: engine.bury(claim, failure=failure()),
            "release": lambda: engine.release(claim),
            "snooze": lambda: engine.snooze(claim, until=now + 10, reason="r", waits_for="budget"),
        }[verb]()

    def _publish(self, claim: Claim) -> None:
        """As the publisher does it: intent, send, outcome, end; one of them may find the claim lost."""
        engine, key = self.board.engine, claim.item.id
        intent = self._guarded(claim, engine.intend(claim, sink="s", key=key))
        if intent is None:
            return
        if intent.is_new:
            self.sent.append(key)
        elif intent.status is not PublicationStatus.DONE:
            self._guarded(claim, engine.hold(claim, reason="outcome unknown"))
            return
        self._guarded(claim, engine.settle_publication(claim, key=key, status=PublicationStatus.DONE))
        self._guarded(claim, engine.advance(claim))

    @rule(worker=WORKERS)
    def intend_and_stop(self, worker: str) -> None:
        """The worker touches the sink, never reports, and is taken for dead."""
        self._go_to(worker, State.PUBLISHING)
        for claim in [one for one in self.claims[worker] if one.item.state is State.PUBLISHING][:1]:
            self.claims[worker].remove(claim)
            intent = self._guarded(claim, self.board.engine.intend(claim, sink="s", key=claim.item.id))
            if intent is not None and intent.is_new:
                self.sent.append(claim.item.id)
            self.let_time_pass(61)
            self.rescue(None)

    @rule(times=st.integers(1, 4))
    def hang(self, times: int) -> None:
        """A step that never ends, however often it is begun."""
        for _ in range(times):
            self.claim("w3", 1)
            self.let_time_pass(61)
            self.rescue(None)

    @rule(worker=WORKERS)
    def fail_an_attempt(self, worker: str) -> None:
        if not self.claims[worker]:
            self.claim(worker, 1)
        if not self.claims[worker]:
            return
        claim = self.claims[worker][0]
        ((attempts,),) = self.do(self.board.rows("SELECT attempts FROM items WHERE id = ?", claim.item.id))
        if attempts >= LIMIT:
            self._guarded(self.claims[worker].pop(0), self.board.engine.bury(claim, failure=failure()))
        else:
            retry_at = self.board.clock.now() + 2
            recording = self.board.engine.record_attempt(
                claim, failure=failure(), attempt=attempts + 1, retry_at=retry_at
            )
            self._guarded(claim, recording)

    def _guarded(self, claim: Claim, work: Awaitable[T]) -> T | None:
        """A verb under a claim succeeds exactly when the claim is the one on the board."""
        held = (claim.item.state, claim.item.epoch, claim.worker_id)
        before = self.do(self.board.item(claim.item.id, "state, epoch, claimed_by")) == held
        try:
            answer = self.do(work)
        except LostClaimError:
            assert not before
            return None
        assert before
        return answer

    @rule(seconds=st.sampled_from([1, 15, 61]))
    def let_time_pass(self, seconds: int) -> None:
        self.board.clock.set(self.board.clock.now() + seconds)

    @rule(worker=WORKERS)
    def heartbeat(self, worker: str) -> None:
        lost = self.do(self.board.engine.heartbeat(self.claims[worker], lease_seconds=60))
        self.claims[worker] = [claim for claim in self.claims[worker] if claim.item.id not in lost]

    @rule(worker=st.one_of(st.none(), WORKERS))
    def rescue(self, worker: str | None) -> None:
        self.do(self.board.engine.rescue(worker_id=worker, max_rescues=2))

    @rule(verb=st.sampled_from(["revive", "approve", "send_back", "dismiss"]))
    def decide(self, verb: str) -> None:
        self.bring_far("w1", State.REVIEWING, "bury" if verb == "revive" else "hold")
        engine = self.board.engine
        ids = [
            row[0] for row in self.do(self.board.rows("SELECT id FROM items WHERE state IN ('HELD', 'DEAD_LETTER')"))
        ]
        if verb == "approve":
            approved = self.do(engine.approve(ids, by="p"))
            # The person has looked: what was sent without an outcome may be sent once more.
            self.sent = [key for key in self.sent if key not in approved or self._is_done(key)]
        elif verb == "revive":
            self.do(engine.revive(by="p"))
        elif verb == "send_back":
            checked = self.do(self.board.rows("SELECT id FROM items WHERE held_in = 'REVIEWING'"))
            self.do(engine.send_back([row[0] for row in checked], reason="r", by="p"))
        else:
            self.do(engine.dismiss(ids[:1], reason="r", by="p"))

    @rule(worker=WORKERS, state=st.sampled_from(WAY))
    def edit(self, worker: str, state: State) -> None:
        """A person words the oldest dead letter anew; what may be at a sink is refused, and stays what it is."""
        self.bring_far(worker, state, "bury")
        dead = "SELECT id, state FROM items WHERE state = 'DEAD_LETTER' ORDER BY id LIMIT 1"
        for item_id, before in self.do(self.board.rows(dead)):
            places = "SELECT count(*) FROM publications WHERE item_id = ? AND status <> 'failed'"
            ((sent,),) = self.do(self.board.rows(places, item_id))
            try:
                assert self.do(self.board.engine.edit(item_id, title="anew", text=None, model="m", by="p"))
            except WrongStateError:
                assert sent
                assert self.do(self.board.item(item_id, "state")) == (before,)
            else:
                assert not sent
                assert self.do(self.board.item(item_id, "state, model")) == ("QUEUED", "m")

    def _is_done(self, key: str) -> bool:
        return self.do(self.board.rows("SELECT status FROM publications WHERE key = ?", key)) == [("done",)]

    @rule(reserved=st.integers(0, 200), status=st.sampled_from([None, *SETTLED]))
    def call(self, reserved: int, status: CallStatus | None) -> None:
        """A model call; without a status it is settled later, or never."""
        if not self.posted:
            self.post(["n0"], None)
        try:
            new = call(min(self.posted), reserved=reserved)
            self.calls.append(self.do(self.board.engine.begin_call(new, caps={"day": CAP})))
        except BudgetExceededError:
            return
        if status:
            self.settle(status)

    @rule(status=st.sampled_from(SETTLED))
    def settle(self, status: CallStatus) -> None:
        if self.calls:
            cost = {CallStatus.OK: 1, CallStatus.ERROR: 0}.get(status)
            self.do(self.board.engine.settle_call(self.calls.pop(0), Settlement(status, cost_micro=cost)))

    @rule(worker=WORKERS, reserved=st.integers(0, 200))
    def call_in_a_batch(self, worker: str, reserved: int) -> None:
        """A step books its request for the next batch and waits for it."""
        self.claim(worker, 1)
        if not self.claims[worker]:
            return
        claim = self.claims[worker].pop()
        try:
            new = call(claim.item.id, reserved=reserved, kind=CallKind.BATCH)
            self.batched.append(self.do(self.board.engine.begin_call(new, caps={"brain": CAP})))
        except BudgetExceededError:
            pass
        until = self.board.clock.now() + 100
        self._guarded(claim, self.board.engine.snooze(claim, until=until, reason="r", waits_for="batch"))

    @rule(is_sent=st.booleans())
    def send_a_batch(self, *, is_sent: bool) -> None:
        """All that wait; the process may stop before it knows that the provider has it."""
        if self.batched:
            batch = self.do(self.board.engine.open_batch(endpoint="m", call_ids=self.batched))
            self.batched.clear()
            if is_sent:
                self.do(self.board.engine.batch_sent(batch, vendor_id=f"v{batch}", next_poll_at=1.0))

    @rule(answered=st.integers(0, 2))
    def end_a_batch(self, answered: int) -> None:
        """Some of its calls were answered, the others cost nothing."""
        if not self.do(self.board.engine.open_batches()):
            self.call_in_a_batch("w1", 10)
            self.send_a_batch(is_sent=True)
        for batch in [one for one in self.do(self.board.engine.open_batches()) if one.vendor_id][:1]:
            for one in batch.calls[:answered]:
                self.do(self.board.engine.settle_call(one.call_id, Settlement(CallStatus.OK, cost_micro=2)))
            assert set(self.do(self.board.engine.end_batch(batch.id))) >= {one.item_id for one in batch.calls}

    @rule(waits_for=WAITS)
    def wake(self, waits_for: str) -> None:
        waiting = f"SELECT count(*) FROM items WHERE waits_for = '{waits_for}' AND available_at > ?"
        ((count,),) = self.do(self.board.rows(waiting, self.board.clock.now()))
        assert self.do(self.board.engine.wake(waits_for=waits_for)) == count
        assert self.do(self.board.rows(waiting, self.board.clock.now())) == [(0,)]

    @rule()
    def crash(self) -> None:
        """The process is gone between two verbs; its workers are forgotten, or come back late and know it not."""
        self.boots += 1
        self.board = self.do(self.board.crash(boot_id=f"b{self.boots}", synchronous="normal"))
        self.do(self.board.engine.rescue(worker_id="new process", max_rescues=2))
        self.do(self.board.engine.recover_batches())
        self.batched.clear()

    # --- what always holds ---

    @invariant()
    def all_is_well(self) -> None:
        """One look at the board after each rule, and every promise held against it."""
        facts = self.do(self.board.engine._writer.run(_look))
        self.reached.update(row[1] for row in facts["items"])
        self._no_item_is_lost_and_none_made_up(facts)
        self._attempts_and_rescues_stay_under_their_limits(facts)
        self._nothing_is_sent_twice_without_a_persons_word(facts)
        self._one_claim_at_most_is_good(facts)
        self._the_events_tell_the_whole_story(facts)
        self._the_ledger_adds_up_and_stays_under_its_cap(facts)
        self._whoever_waits_is_in_nobodys_hands(facts)
        self._a_call_waits_in_an_open_batch_or_for_the_next(facts)

    def _no_item_is_lost_and_none_made_up(self, facts: Facts) -> None:
        assert {row[0] for row in facts["items"]} == self.posted

    def _attempts_and_rescues_stay_under_their_limits(self, facts: Facts) -> None:
        assert all(attempts <= LIMIT and rescues <= 2 for *_, attempts, rescues in facts["items"])

    def _nothing_is_sent_twice_without_a_persons_word(self, facts: Facts) -> None:
        assert len(self.sent) == len(set(self.sent))
        done = {item_id for item_id, status in facts["publications"] if status == "done"}
        published = {item_id for item_id, state, *_ in facts["items"] if state == "PUBLISHED"}
        assert published <= done <= set(self.sent)

    def _one_claim_at_most_is_good(self, facts: Facts) -> None:
        owner = {(item_id, epoch): worker for item_id, _, _, epoch, worker, *_ in facts["items"]}
        everyone = [claim for claims in self.claims.values() for claim in claims]
        good = [c.item.id for c in everyone if owner.get((c.item.id, c.item.epoch)) == c.worker_id]
        assert len(good) == len(set(good))

    def _the_events_tell_the_whole_story(self, facts: Facts) -> None:
        """Without a gap; replayed, they give every item's state, along arrows only, and every round."""
        told: dict[str, str] = {}
        rounds: dict[str, int] = {}
        assert [row[0] for row in facts["events"]] == list(range(1, len(facts["events"]) + 1))
        for _, type_, item_id, before, after in facts["events"]:
            if after is None:
                continue
            assert told.get(item_id) == before
            assert before not in FINAL
            assert (before, after) in ARROWS or type_ == "item_posted" or (type_ in STAYS and before == after)
            told[item_id] = after
            rounds[item_id] = rounds.get(item_id, 0) + (type_ == "item_rejected")
        assert told == {item_id: state for item_id, state, *_ in facts["items"]}
        assert rounds == {item_id: round_ for item_id, _, round_, *_ in facts["items"]}

    def _the_ledger_adds_up_and_stays_under_its_cap(self, facts: Facts) -> None:
        ((by_calls, by_items),) = facts["money"]
        days = [row[0] for row in facts["days"]]
        assert by_calls == by_items == sum(days)
        assert facts["brains"] == facts["days"]
        assert all(0 <= day <= CAP for day in days)

    def _whoever_waits_is_in_nobodys_hands(self, facts: Facts) -> None:
        assert all(state in WAY and worker is None for state, worker in facts["waiting"])

    def _a_call_waits_in_an_open_batch_or_for_the_next(self, facts: Facts) -> None:
        assert {batch for _, batch in facts["batched"] if batch is not None} <= {row[0] for row in facts["batches"]}
        assert [call_id for call_id, batch in facts["batched"] if batch is None] == self.batched


def _look(transaction: Transaction) -> Facts:
    charged = "sum(CASE WHEN status IN ('sent', 'unconfirmed', 'batched') THEN reserved_micro ELSE cost_micro END)"
    queries = {
        "items": "SELECT id, state, round, epoch, claimed_by, attempts, rescues FROM items",
        "publications": "SELECT item_id, status FROM publications",
        "events": "SELECT id, type, item_id, from_state, to_state FROM events ORDER BY id",
        "money": f"SELECT (SELECT coalesce({charged}, 0) FROM calls), (SELECT coalesce(sum(cost_micro), 0) FROM items)",
        "days": "SELECT charged_micro FROM spending WHERE scope = 'day'",
        "brains": "SELECT charged_micro FROM spending WHERE scope = 'brain:left'",
        "waiting": "SELECT state, claimed_by FROM items WHERE waits_for IS NOT NULL",
        "batched": "SELECT id, batch_id FROM calls WHERE status = 'batched' ORDER BY id",
        "batches": "SELECT id FROM batches WHERE status <> 'ended'",
    }
    return {name: transaction.execute(query).fetchall() for name, query in queries.items()}


def test_the_invariants_hold_whatever_happens() -> None:
    """And the random walks went everywhere, so that the invariants had something to hold."""
    how = settings(
        max_examples=60,
        stateful_step_count=50,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    run_state_machine_as_test(BoardMachine, settings=how)  # type: ignore[no-untyped-call]
    everywhere = {*State, *EVENTS, "sent", "crash"}
    assert {what for what in everywhere if BoardMachine.reached[what] == 0} == set()
