"""The verbs of a person. An item in another state is passed over; an unknown id is an error."""

from collections.abc import Callable, Sequence
from typing import Any

from daemon.blackboard.queries import load_queries
from daemon.blackboard.sqlite.rows import Row, to_json
from daemon.blackboard.sqlite.transaction import Transaction
from daemon.blackboard.states import State
from daemon.core.errors import NotFoundError, WrongStateError

_PEOPLE = load_queries("people")
_NAMED = 5


def dead_letters(transaction: Transaction, *, ids: Sequence[str] | None, group: str | None) -> list[str]:
    """Which dead letters are meant: these ids, else one failure group, else all."""
    if ids is not None:
        require_known(transaction, ids)
        return list(dict.fromkeys(ids))
    return [row[0] for row in transaction.execute(_PEOPLE["dead_letters"], {"failure_group": group})]


def revive(transaction: Transaction, *, ids: Sequence[str], model: str | None, by: str) -> list[str]:
    """Dead letters back to the state they died in, from now on with `model`, or as configured."""

    def change(row: Row) -> None:
        data = {"by": by, "group": row[3], **({"model": model} if model else {})}
        _change(transaction, "revive_item", row, to=row[2], type_="item_revived", data=data, model=model)

    return _each(transaction, ids, states={State.DEAD_LETTER}, change=change)


def approve(transaction: Transaction, *, ids: Sequence[str], by: str) -> list[str]:
    """Held items to PUBLISHING; what is unsettled at a sink counts as not there and will be sent."""
    require_known(transaction, ids)

    def change(row: Row) -> None:
        transaction.execute(_PEOPLE["resend_publications"], {"id": row[0], "now": transaction.now})
        _change(transaction, "approve_item", row, to=State.PUBLISHING, type_="item_approved", data={"by": by})

    return _each(transaction, ids, states={State.HELD}, change=change)


def send_back(transaction: Transaction, *, ids: Sequence[str], reason: str, by: str) -> list[str]:
    """Held items to DRAFTING, a round later. Raises `WrongStateError` for one that may be published already."""
    require_known(transaction, ids)
    _require_unpublished(transaction, ids)

    def change(row: Row) -> None:
        data = {"by": by, "reasons": [reason]}
        _change(transaction, "send_back_item", row, to=State.DRAFTING, type_="item_rejected", data=data, reason=reason)

    return _each(transaction, ids, states={State.HELD}, change=change)


def dismiss(transaction: Transaction, *, ids: Sequence[str], reason: str, by: str) -> list[str]:
    """Held items and dead letters to DISCARDED."""
    require_known(transaction, ids)

    def change(row: Row) -> None:
        data = {"by": by, "reason": reason}
        _change(transaction, "dismiss_item", row, to=State.DISCARDED, type_="item_discarded", data=data, reason=reason)

    return _each(transaction, ids, states={State.HELD, State.DEAD_LETTER}, change=change)


def require_known(transaction: Transaction, ids: Sequence[str]) -> None:
    """Raise `NotFoundError` with those that are not on the board."""
    unknown = [row[0] for row in transaction.execute(_PEOPLE["unknown_ids"], {"ids": to_json(list(ids))})]
    if unknown:
        raise NotFoundError(f"there is no item {', '.join(unknown[:_NAMED])}{' …' if len(unknown) > _NAMED else ''}")


def _require_unpublished(transaction: Transaction, ids: Sequence[str]) -> None:
    """A post that was held while it was sent is at some sinks; written anew, it would be there twice."""
    for item_id, state, came_from, _ in transaction.execute(_PEOPLE["in_waiting"], {"ids": to_json(list(ids))}):
        if state == State.HELD and came_from == State.PUBLISHING:
            raise WrongStateError(f"item {item_id} is published in part already: approve or discard it")


def _each(
    transaction: Transaction, ids: Sequence[str], *, states: set[State], change: Callable[[Row], None]
) -> list[str]:
    found = transaction.execute(_PEOPLE["in_waiting"], {"ids": to_json(list(ids))}).fetchall()
    meant = [row for row in found if row[1] in states]
    for row in meant:
        change(row)
    return [row[0] for row in meant]


def _change(
    transaction: Transaction, query: str, row: Row, *, to: str, type_: str, data: dict[str, Any], **values: Any
) -> None:
    transaction.execute(_PEOPLE[query], {"id": row[0], "now": transaction.now, **values})
    transaction.emit(type_, item_id=row[0], from_state=row[1], to_state=str(to), data=data)
