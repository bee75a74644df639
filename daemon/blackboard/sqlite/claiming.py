"""Taking items, keeping them, and taking them back from workers that are gone."""

from collections.abc import Collection, Sequence
from typing import Any

from daemon.blackboard.queries import load_queries
from daemon.blackboard.records import Artifact, Claim, Failure
from daemon.blackboard.sqlite import rows
from daemon.blackboard.sqlite.ending import failure_data, guard
from daemon.blackboard.sqlite.rows import Row, to_json
from daemon.blackboard.sqlite.transaction import Transaction
from daemon.blackboard.states import STEP_OF, State, Step

_ITEMS = load_queries("items")


def claim(
    transaction: Transaction, *, worker_id: str, steps: Collection[Step], limit: int, lease_seconds: float
) -> list[Claim]:
    """Take up to `limit` available items."""
    return _claimed(
        transaction, "find_available", worker_id=worker_id, steps=steps, limit=limit, lease_seconds=lease_seconds
    )


def claim_chosen(
    transaction: Transaction, *, worker_id: str, steps: Collection[Step], limit: int, lease_seconds: float
) -> list[Claim]:
    """Take up to `limit` of those that a person has chosen a model for."""
    return _claimed(
        transaction, "find_chosen", worker_id=worker_id, steps=steps, limit=limit, lease_seconds=lease_seconds
    )


def _claimed(
    transaction: Transaction, query: str, *, worker_id: str, steps: Collection[Step], limit: int, lease_seconds: float
) -> list[Claim]:
    wanted = {**_limits(steps, limit), "limit": limit, "now": transaction.now}
    found = transaction.execute(_ITEMS[query], wanted).fetchall()
    if not found:
        return []
    lease_until = transaction.now + lease_seconds
    _take(transaction, found, worker_id=worker_id, lease_until=lease_until)
    artifacts = _artifacts(transaction, [row[1] for row in found if row[2] != "QUEUED"])
    return [_claim(row, artifacts, worker_id=worker_id, lease_until=lease_until, now=transaction.now) for row in found]


def heartbeat(transaction: Transaction, *, claims: Sequence[Claim], lease_seconds: float) -> frozenset[str]:
    """Renew leases; answers the items whose claim is lost. No event: it happens all the time."""
    until = transaction.now + lease_seconds
    return frozenset(
        one.item.id
        for one in claims
        if transaction.execute(_ITEMS["renew_lease"], {"lease_until": until, **guard(one)}).rowcount == 0
    )


def rescue(transaction: Transaction, *, worker_id: str | None, max_rescues: int) -> list[str]:
    """Free claims whose lease is over, and every claim of another worker when `worker_id` is given."""
    stale = transaction.execute(
        _ITEMS["find_stale_claims"], {"now": transaction.now, "worker_id": worker_id}
    ).fetchall()
    for row in stale:
        if row[4] >= max_rescues:
            _bury_rescued(transaction, row)
        else:
            _rescue(transaction, row)
    return [row[0] for row in stale]


def next_available_at(transaction: Transaction, *, steps: Collection[Step]) -> float | None:
    """When the next unclaimed item of these steps may be claimed."""
    found: float | None = transaction.execute(_ITEMS["next_available_at"], _limits(steps, 1)).fetchone()[0]
    return found


def _limits(steps: Collection[Step], limit: int) -> dict[str, Any]:
    """How many items each branch of a query may look at: none for a step that is not wanted."""
    return {step.value: limit if step in steps else 0 for step in Step}


def _take(transaction: Transaction, found: list[Row], *, worker_id: str, lease_until: float) -> None:
    data = {"by": worker_id}
    queued: list[dict[str, Any]] = []
    begun: list[dict[str, Any]] = []
    for row in found:
        is_queued = row[2] == "QUEUED"
        (queued if is_queued else begun).append(
            {"row": row[0], "worker_id": worker_id, "lease_until": lease_until, "now": transaction.now}
        )
        to = State.INGESTING.value if is_queued else row[2]
        # The first claim names the item, for who was not there when it was posted.
        said = {**data, "title": row[3]} if is_queued else data
        transaction.emit("item_claimed", item_id=row[1], from_state=row[2], to_state=to, data=said)
    if queued:
        transaction.executemany(_ITEMS["claim_queued"], queued)
    if begun:
        transaction.executemany(_ITEMS["claim_again"], begun)


def _artifacts(transaction: Transaction, ids: list[str]) -> dict[str, list[Artifact]]:
    found: dict[str, list[Artifact]] = {}
    if ids:
        transaction.bring_in()
        for row in transaction.execute(_ITEMS["artifacts_of_claimed"], {"ids": to_json(ids)}):
            found.setdefault(row[1], []).append(rows.artifact(row))
    return found


def _claim(row: Row, artifacts: dict[str, list[Artifact]], *, worker_id: str, lease_until: float, now: float) -> Claim:
    item = rows.claimed_item(row, worker_id=worker_id, lease_until=lease_until, now=now)
    return Claim(
        item=item,
        worker_id=worker_id,
        observation=rows.claimed_observation(row, item),
        artifacts=tuple(artifacts.get(item.id, ())),
    )


def _rescue(transaction: Transaction, row: Row) -> None:
    item_id, state, epoch, worker_id, rescues = row
    transaction.execute(
        _ITEMS["rescue_item"],
        {"id": item_id, "state": state, "epoch": epoch, "worker_id": worker_id, "now": transaction.now},
    )
    transaction.emit(
        "item_rescued",
        item_id=item_id,
        from_state=state,
        to_state=state,
        data={"from_worker": worker_id, "rescues": rescues + 1},
    )


def _bury_rescued(transaction: Transaction, row: Row) -> None:
    item_id, state, epoch, worker_id, rescues = row
    step = STEP_OF[State(state)].value
    failure = Failure(
        error_class="NeverEndedError",
        message=f"the {step} step was begun {rescues + 1} times and never ended; it may be what stops the process",
        traceback="",
        remedy="final",
        group=f"NeverEndedError:{step}",
    )
    transaction.execute(
        _ITEMS["bury_item"],
        {
            "id": item_id,
            "state": state,
            "epoch": epoch,
            "worker_id": worker_id,
            "now": transaction.now,
            "error": failure.message,
            "failure_group": failure.group,
        },
    )
    transaction.emit(
        "item_buried",
        item_id=item_id,
        from_state=state,
        to_state=State.DEAD_LETTER,
        data={"failure": failure_data(failure), "from_worker": worker_id, "rescues": rescues},
    )
