"""Posting under a key: the same again is the item of then, over restarts too."""

from daemon.blackboard.keys import PostKey
from daemon.blackboard.queries import load_queries
from daemon.blackboard.records import Observation, Posted
from daemon.blackboard.sqlite.posting import post as post_all
from daemon.blackboard.sqlite.transaction import Transaction
from daemon.core.errors import KeyReusedError

_KEYS = load_queries("post_keys")

KEPT_SECONDS = 7 * 86_400.0
FORGOTTEN_AT_ONCE = 100
"""Old keys to a post: more than one, so that they become fewer, and few, so that nobody waits for it."""


def find(transaction: Transaction, *, key: PostKey) -> str | None:
    """The item that was posted under this key. Raises `KeyReusedError` when it was used for something else."""
    since = transaction.now - KEPT_SECONDS
    row = transaction.execute(_KEYS["find_key"], {"key": key.text, "since": since}).fetchone()
    if row is None:
        return None
    if row[0] != key.fingerprint:
        raise KeyReusedError(
            f"the Idempotency-Key {key.text!r} was used for another post before (item {row[1]}): "
            "a new post needs a new key"
        )
    return str(row[1])


def post(transaction: Transaction, *, observation: Observation, source_id: int | None, by: str, key: PostKey) -> Posted:
    """Post one observation and keep the key with it; nothing, when it was posted under this key before."""
    if (item_id := find(transaction, key=key)) is not None:
        return Posted(item_id, is_new=False)
    (posted,) = post_all(transaction, observations=[observation], source_id=source_id, by=by)
    kept = {"key": key.text, "fingerprint": key.fingerprint, "item_id": posted.item_id, "now": transaction.now}
    transaction.execute(_KEYS["keep_key"], kept)
    transaction.execute(_KEYS["forget_old_keys"], {"since": transaction.now - KEPT_SECONDS, "limit": FORGOTTEN_AT_ONCE})
    return posted
