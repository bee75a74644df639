"""A dead letter that a person words anew, and sends back to the beginning."""

from typing import Any

from daemon.blackboard.queries import load_queries
from daemon.blackboard.sqlite.people import require_known
from daemon.blackboard.sqlite.transaction import Transaction
from daemon.blackboard.states import State
from daemon.core.errors import WrongStateError

_PEOPLE = load_queries("people")


def edit(
    transaction: Transaction, *, item_id: str, title: str | None, text: str | None, model: str | None, by: str
) -> bool:
    """Keep what it said, enter what it says now, and queue it; False when it is no dead letter."""
    require_known(transaction, [item_id])
    row = transaction.execute(_PEOPLE["dead_letter_now"], {"id": item_id}).fetchone()
    if row is None:
        return False
    _require_unpublished(transaction, item_id)
    before, after = (row[0], row[1]), (row[0] if title is None else title, row[1] if text is None else text)
    if before != after:
        _reword(transaction, item_id, before=before, after=after, by=by)
    transaction.execute(
        _PEOPLE["edit_item"], {"id": item_id, "title": after[0], "model": model, "now": transaction.now}
    )
    data = {"by": by, "group": row[2], **_told(before, after), **({"model": model} if model else {})}
    transaction.emit("item_edited", item_id=item_id, from_state=State.DEAD_LETTER, to_state=State.QUEUED, data=data)
    return True


def _require_unpublished(transaction: Transaction, item_id: str) -> None:
    """Of a post that was sent, or may have been, another one would come beside it."""
    places = [row[0] for row in transaction.execute(_PEOPLE["places_of"], {"id": item_id})]
    if places:
        where = ", ".join(places)
        raise WrongStateError(
            f"item {item_id} is, or may be, published already ({where}), and edited it could be there twice: "
            "retry it as it is"
        )


def _reword(
    transaction: Transaction, item_id: str, *, before: tuple[str, str], after: tuple[str, str], by: str
) -> None:
    kept = {"id": item_id, "title": before[0], "text": before[1], "by": by, "now": transaction.now}
    transaction.execute(_PEOPLE["keep_words"], kept)
    transaction.execute(_PEOPLE["edit_observation"], {"id": item_id, "text": after[1]})


def _told(before: tuple[str, str], after: tuple[str, str]) -> dict[str, Any]:
    renamed = {"title_before": before[0]} if before[0] != after[0] else {}
    return {**renamed, "chars_before": len(before[1]), "chars_after": len(after[1])}
