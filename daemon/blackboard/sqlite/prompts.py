"""Keeping what the models were asked, in the transaction that enters the call, for as long as the settings say.

Attempts, and items with the same text, mostly send the same under the same request hash: it is kept once, under the
hash. A request is known again without what may differ (what was recalled, the code of an envelope), so what another
call sends under the same hash may be another text; that one, and every repair, is kept under a key of the call's own.
"""

from daemon.blackboard.prompts import Prompt, own_key
from daemon.blackboard.queries import load_queries
from daemon.blackboard.records import CallKind, NewCall
from daemon.blackboard.sqlite.transaction import Transaction
from daemon.core.texts import writable

_PROMPTS = load_queries("prompts")

FORGOTTEN_AT_ONCE = 4
"""Old prompts to a call: more than one, so that they become fewer, and few, for each may be long."""


def keep(transaction: Transaction, *, call: NewCall, call_id: int, seconds: float) -> None:
    """Keep what a call is about to send, unless it is kept already; `seconds` 0 keeps nothing."""
    if seconds > 0 and call.asked is not None:
        _keep(transaction, call.asked, call=call, call_id=call_id)
    _forget(transaction, since=transaction.now - seconds)


def _keep(transaction: Transaction, asked: Prompt, *, call: NewCall, call_id: int) -> None:
    key, prompt = call.request_hash, writable(asked.prompt)
    known = transaction.execute(_PROMPTS["find_prompt"], {"key": key}).fetchone()
    if call.kind is CallKind.REPAIR or known is not None:
        if known == (asked.system_hash, prompt):
            return
        key = own_key(key, call_id=call_id)
    transaction.execute(_PROMPTS["keep_system"], {"hash": asked.system_hash, "text": writable(asked.system)})
    kept = {"key": key, "hash": asked.system_hash, "prompt": prompt, "now": transaction.now}
    transaction.execute(_PROMPTS["keep_prompt"], kept)


def _forget(transaction: Transaction, *, since: float) -> None:
    old = {"since": since, "limit": FORGOTTEN_AT_ONCE}
    for system_id in {row[0] for row in transaction.execute(_PROMPTS["forget_old_prompts"], old).fetchall()}:
        transaction.execute(_PROMPTS["forget_system"], {"id": system_id})
