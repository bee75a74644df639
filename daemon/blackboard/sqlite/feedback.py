"""What a person says of an item. All is looked up before anything is written, so what is refused costs nothing."""

import json
from collections.abc import Iterable
from typing import Any

from daemon.blackboard.feedback import About, Feedback, NewFeedback, as_kept, bare
from daemon.blackboard.queries import load_queries
from daemon.blackboard.sqlite.rows import Row
from daemon.blackboard.sqlite.transaction import Transaction
from daemon.core.errors import NotFoundError, UsageError, WrongStateError
from daemon.core.redaction import scrub_text

_FEEDBACK = load_queries("feedback")
_READABLE = ("title", "summary", "body")


def give(transaction: Transaction, *, new: NewFeedback, by: str) -> Feedback:
    """Keep a verdict; the same again changes nothing, another one of the same passage replaces it."""
    kept = as_kept(new)
    title = _title(transaction, kept)
    _check_passage(transaction, kept)
    same = transaction.execute(_FEEDBACK["find_same"], _values(kept)).fetchone()
    if same is not None and _says_the_same(same, kept):
        return _record(kept, number=same[0], title=title, by=same[4], at=same[5])
    values = _values(kept) | {"by": by, "now": transaction.now}
    (number,) = transaction.execute(_FEEDBACK["keep_feedback"], values).fetchone()
    data = _told(kept) | {"id": number, "before": _before(same), "by": by}
    transaction.emit("feedback_given", item_id=kept.item_id, data=data)
    return _record(kept, number=number, title=title, by=by, at=transaction.now)


def withdraw(transaction: Transaction, *, number: int, by: str) -> bool:
    """Take a verdict back; False when it is gone already, or never was."""
    row = transaction.execute(_FEEDBACK["find_feedback"], {"id": number}).fetchone()
    if row is None:
        return False
    transaction.execute(_FEEDBACK["drop_feedback"], {"id": number})
    about = dict(zip(("about", "passage", "verdict", "reason", "corrected"), row[2:], strict=True))
    about["passage"] = scrub_text(about["passage"])
    transaction.emit("feedback_withdrawn", item_id=row[1], data={**about, "id": number, "by": by})
    return True


def _title(transaction: Transaction, new: NewFeedback) -> str:
    row = transaction.execute(_FEEDBACK["find_item"], {"item_id": new.item_id}).fetchone()
    if row is None:
        raise NotFoundError(f"there is no item {new.item_id}")
    return str(row[0])


def _check_passage(transaction: Transaction, new: NewFeedback) -> None:
    """What is judged must be there to be read: a post or draft, a sentence in it, a claim of the knowledge."""
    if new.about is About.CLAIM:
        _check_claim(new, knowledge=_newest(transaction, new.item_id, kinds=("knowledge",)))
        return
    text = _newest(transaction, new.item_id, kinds=("post", "draft"))
    if text is None:
        raise WrongStateError(f"item {new.item_id} has no draft yet that could be judged")
    if new.about is About.SENTENCE and bare(new.passage) not in bare(_whole(text)):
        raise UsageError(f"this sentence does not stand in the newest post or draft of item {new.item_id}")


def _check_claim(new: NewFeedback, *, knowledge: dict[str, Any] | None) -> None:
    if knowledge is None:
        raise WrongStateError(f"item {new.item_id} has no knowledge yet whose claims could be judged")
    if bare(new.passage) not in {bare(claim) for claim in _claims(knowledge)}:
        raise UsageError(f"this is no claim of the knowledge of item {new.item_id}")


def _newest(transaction: Transaction, item_id: str, *, kinds: Iterable[str]) -> dict[str, Any] | None:
    """The newest artifact of the first kind that there is one of."""
    transaction.bring_in()
    for kind in kinds:
        row = transaction.execute(_FEEDBACK["newest_artifact"], {"item_id": item_id, "kind": kind}).fetchone()
        if row is not None:
            content: dict[str, Any] = json.loads(row[0])
            return content
    return None


def _whole(text: dict[str, Any]) -> str:
    return "\n".join(str(text.get(part) or "") for part in _READABLE)


def _claims(knowledge: dict[str, Any]) -> Iterable[str]:
    return (str(claim.get("statement") or "") for claim in knowledge.get("claims") or ())


def _values(new: NewFeedback) -> dict[str, Any]:
    return {
        "item_id": new.item_id,
        "about": new.about.value,
        "passage": new.passage,
        "verdict": new.verdict.value,
        "reason": new.reason,
        "corrected": new.corrected,
    }


def _says_the_same(row: Row, new: NewFeedback) -> bool:
    return tuple(row[1:4]) == (new.verdict.value, new.reason, new.corrected)


def _before(row: Row | None) -> dict[str, Any] | None:
    """What was said of the same before, for the history."""
    return None if row is None else {"verdict": row[1], "reason": row[2], "corrected": row[3], "by": row[4]}


def _told(new: NewFeedback) -> dict[str, Any]:
    """What the event says; a passage of a post may hold what must not leave in logs and streams."""
    told = {key: value for key, value in _values(new).items() if key != "item_id"}
    return told | {"passage": scrub_text(new.passage)}


def _record(new: NewFeedback, *, number: int, title: str, by: str, at: float) -> Feedback:
    return Feedback(
        id=number,
        item_id=new.item_id,
        title=title,
        about=new.about,
        passage=new.passage,
        verdict=new.verdict,
        reason=new.reason,
        corrected=new.corrected,
        by=by,
        at=at,
    )
