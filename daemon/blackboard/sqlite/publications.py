"""Posts at sinks: the intent before, the outcome after.

`intent` that is found again and `unknown` mean: it may be there, look before sending. `failed` means: it is certainly
not there; the next intent is as good as new. A person who approves an item turns the first two into the last.
"""

from daemon.blackboard.queries import load_queries
from daemon.blackboard.records import Claim, Publication, PublicationStatus
from daemon.blackboard.sqlite import rows
from daemon.blackboard.sqlite.ending import require_claim
from daemon.blackboard.sqlite.rows import Row
from daemon.blackboard.sqlite.transaction import Transaction
from daemon.core.errors import NotFoundError

_PUBLICATIONS = load_queries("publications")


def intend(transaction: Transaction, *, claim: Claim, sink: str, key: str) -> Publication:
    """Enter the intent, or answer the one that is there."""
    require_claim(transaction, claim)
    before = _find(transaction, key)
    if before is not None and before[3] != PublicationStatus.FAILED:
        return rows.publication(before, is_new=False)
    parameters = {"item_id": claim.item.id, "sink": sink, "key": key, "epoch": claim.item.epoch, "now": transaction.now}
    transaction.execute(_PUBLICATIONS["insert_intent" if before is None else "intend_again"], parameters)
    transaction.emit(
        "publication_intended", item_id=claim.item.id, data={"sink": sink, "key": key, "is_again": before is not None}
    )
    return rows.publication(_require(transaction, key), is_new=True)


def settle(
    transaction: Transaction, *, claim: Claim, key: str, status: PublicationStatus, location: str | None
) -> None:
    """Enter what became of it; what is done stays done."""
    require_claim(transaction, claim)
    found = _require(transaction, key)
    parameters = {
        "key": key,
        "status": status.value,
        "epoch": claim.item.epoch,
        "location": location,
        "now": transaction.now,
    }
    if transaction.execute(_PUBLICATIONS["settle_publication"], parameters).rowcount:
        data = {"sink": found[1], "key": key, "status": status.value, "location": location}
        transaction.emit("publication_settled", item_id=claim.item.id, data=data)


def _find(transaction: Transaction, key: str) -> Row | None:
    row: Row | None = transaction.execute(_PUBLICATIONS["find_publication"], {"key": key}).fetchone()
    return row


def _require(transaction: Transaction, key: str) -> Row:
    found = _find(transaction, key)
    if found is None:
        raise NotFoundError(f"there is no publication {key}")
    return found
