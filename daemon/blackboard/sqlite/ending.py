"""The verbs of a worker that hold a claim: those that end it, and the counting of attempts."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from daemon.blackboard.queries import load_queries
from daemon.blackboard.records import Claim, Failure, NewArtifact, SettledCall
from daemon.blackboard.sqlite.ledger import enter_settled
from daemon.blackboard.sqlite.rows import to_json
from daemon.blackboard.sqlite.telling import made
from daemon.blackboard.sqlite.transaction import Transaction
from daemon.blackboard.sqlite.waking import has_ended_meanwhile
from daemon.blackboard.states import FINAL, State, Verb, targets
from daemon.core.errors import LostClaimError, WrongStateError

_ITEMS = load_queries("items")
_INSERT_ARTIFACT = _ITEMS["insert_artifact"]
_NEXT = {state: next(iter(targets(Verb.ADVANCE, state))) for state in State if targets(Verb.ADVANCE, state)}


def advance(
    transaction: Transaction, *, claim: Claim, artifacts: Sequence[NewArtifact], calls: Sequence[SettledCall]
) -> State:
    """To the next state."""
    to = _NEXT[claim.item.state]
    query = "finish_item" if to in FINAL else "advance_item"
    _change(transaction, query, claim, to=to.value, reason=None)
    _keep(transaction, claim, artifacts=artifacts, calls=calls)
    _tell(transaction, "item_advanced", claim, to=to, data=made(artifacts))
    return to


def reject(
    transaction: Transaction,
    *,
    claim: Claim,
    reasons: Sequence[str],
    artifacts: Sequence[NewArtifact],
    calls: Sequence[SettledCall],
) -> None:
    """Back to DRAFTING; the reasons stand in the event and, a line each, in the item's `reason`."""
    _allow(claim, Verb.REJECT, State.DRAFTING)
    _change(transaction, "reject_item", claim, reason="\n".join(reasons))
    _keep(transaction, claim, artifacts=artifacts, calls=calls)
    data = {"reasons": list(reasons), "round": claim.item.round + 1, **made(artifacts)}
    _tell(transaction, "item_rejected", claim, to=State.DRAFTING, data=data)


def hold(
    transaction: Transaction,
    *,
    claim: Claim,
    reason: str,
    artifacts: Sequence[NewArtifact],
    calls: Sequence[SettledCall],
) -> None:
    """To a person."""
    _allow(claim, Verb.HOLD, State.HELD)
    _change(transaction, "hold_item", claim, reason=reason)
    _keep(transaction, claim, artifacts=artifacts, calls=calls)
    _tell(transaction, "item_held", claim, to=State.HELD, data={"reason": reason, **made(artifacts)})


def discard(
    transaction: Transaction,
    *,
    claim: Claim,
    reason: str,
    artifacts: Sequence[NewArtifact],
    calls: Sequence[SettledCall],
) -> None:
    """To nobody."""
    _allow(claim, Verb.DISCARD, State.DISCARDED)
    _change(transaction, "finish_item", claim, to=State.DISCARDED.value, reason=reason)
    _keep(transaction, claim, artifacts=artifacts, calls=calls)
    _tell(transaction, "item_discarded", claim, to=State.DISCARDED, data={"reason": reason})


def bury(transaction: Transaction, *, claim: Claim, failure: Failure, calls: Sequence[SettledCall]) -> None:
    """To DEAD_LETTER."""
    _change(transaction, "bury_item", claim, error=failure.message, failure_group=failure.group)
    _keep(transaction, claim, artifacts=(), calls=calls)
    _tell(transaction, "item_buried", claim, to=State.DEAD_LETTER, data={"failure": failure_data(failure)})


def release(transaction: Transaction, *, claim: Claim) -> None:
    """Back unworked."""
    _change(transaction, "release_item", claim)
    _tell(transaction, "item_released", claim, to=claim.item.state)


def snooze(transaction: Transaction, *, claim: Claim, until: float, reason: str, waits_for: str) -> None:
    """Not before a time; at once, when the batch it is to wait for has ended meanwhile."""
    if has_ended_meanwhile(transaction, item_id=claim.item.id, waits_for=waits_for):
        until = transaction.now
    _change(transaction, "snooze_item", claim, until=until, reason=reason, waits_for=waits_for)
    data = {"until": until, "reason": reason, "waits_for": waits_for}
    _tell(transaction, "item_snoozed", claim, to=claim.item.state, data=data)


def record_attempt(
    transaction: Transaction, *, claim: Claim, failure: Failure, attempt: int, retry_at: float | None
) -> None:
    """Count a failed request; the claim goes on."""
    _change(transaction, "record_attempt", claim, attempt=attempt, retry_at=retry_at, error=failure.message)
    data = {"failure": failure_data(failure), "attempt": attempt, "retry_at": retry_at}
    _tell(transaction, "attempt_failed", claim, to=claim.item.state, data=data)


def failure_data(failure: Failure) -> dict[str, Any]:
    """A failure as events carry it."""
    return asdict(failure)


def guard(claim: Claim) -> dict[str, Any]:
    """What every write under a claim names in its WHERE."""
    item = claim.item
    return {"id": item.id, "state": item.state.value, "epoch": item.epoch, "worker_id": claim.worker_id}


def require_claim(transaction: Transaction, claim: Claim) -> None:
    """Raises `LostClaimError` when the claim is no longer held."""
    if transaction.execute(_ITEMS["check_claim"], guard(claim)).fetchone() is None:
        raise _lost(claim)


def _allow(claim: Claim, verb: Verb, to: State) -> None:
    """A verb that the table of transitions does not know there is a fault of the caller, and is said so."""
    if to not in targets(verb, claim.item.state):
        raise WrongStateError(f"{verb} is not possible in {claim.item.state}")


def _change(transaction: Transaction, query: str, claim: Claim, **values: Any) -> None:
    parameters = guard(claim)
    parameters["now"] = transaction.now
    parameters.update(values)
    if transaction.execute(_ITEMS[query], parameters).rowcount == 0:
        raise _lost(claim)


def _lost(claim: Claim) -> LostClaimError:
    return LostClaimError(
        f"the claim of {claim.worker_id} on {claim.item.id} (epoch {claim.item.epoch}) is no longer valid"
    )


def _keep(
    transaction: Transaction, claim: Claim, *, artifacts: Sequence[NewArtifact], calls: Sequence[SettledCall]
) -> None:
    item = claim.item
    for one in artifacts:
        row = (item.id, one.kind, item.round, one.model, to_json(one.content), transaction.now)
        transaction.insert(_INSERT_ARTIFACT, row)
    for call in calls:
        enter_settled(transaction, call)


def _tell(transaction: Transaction, type_: str, claim: Claim, *, to: State, data: dict[str, Any] | None = None) -> None:
    transaction.emit(type_, item_id=claim.item.id, from_state=claim.item.state.value, to_state=to.value, data=data)
