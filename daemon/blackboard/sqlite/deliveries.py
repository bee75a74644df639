"""What others send us: posted at once, with the word that their source was heard from."""

from collections.abc import Mapping, Sequence
from typing import Any

from daemon.blackboard.queries import load_queries
from daemon.blackboard.records import Observation, Posted, Source
from daemon.blackboard.sqlite.posting import post
from daemon.blackboard.sqlite.sources import find_source
from daemon.blackboard.sqlite.transaction import Transaction
from daemon.core.errors import NotFoundError

_SENSES = load_queries("senses")


def source_at(transaction: Transaction, *, address: str) -> Source | None:
    """The source with this address, if it has not been removed."""
    row = transaction.execute(_SENSES["source_at"], {"address": address}).fetchone()
    return None if row is None else find_source(transaction, row[0])


def record_delivery(
    transaction: Transaction, *, source_id: int, observations: Sequence[Observation], event: Mapping[str, Any]
) -> list[Posted]:
    """Post what came and note that the source lives."""
    if transaction.execute(_SENSES["reader_of"], {"id": source_id}).fetchone() is None:
        raise NotFoundError(f"there is no source {source_id}")
    posted = post(transaction, observations=observations, source_id=source_id, by="sensor", is_delivered=True)
    new = sum(one.is_new for one in posted)
    transaction.execute(_SENSES["note_delivery"], {"id": source_id, "new": new, "now": transaction.now})
    data = {**event, "source_id": source_id, "new": new, "known": len(posted) - new}
    transaction.emit("hook_delivered", data=data)
    return posted
