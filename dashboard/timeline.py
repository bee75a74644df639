"""The events of an item in words."""

from collections.abc import Callable, Mapping
from typing import Any

from daemon.blackboard.senses import ArticleOutcome
from daemon.blackboard.states import State
from dashboard.endings import ending_words
from dashboard.failures import failure_words
from dashboard.figures import clock, number, usd
from dashboard.texts import has, t

Document = Mapping[str, Any]
Words = Callable[[Document], str]

QUIET = frozenset({"item_claimed", "call_settled", "publication_intended"})
"""Calls, and what only announces the next event: belongs to the whole story; without these it is told in short."""
_ANSWERED = "ok"
_TOLD_OF: Mapping[str, frozenset[str]] = {
    "knowledge": frozenset({"claims", "entities"}),
    "draft": frozenset({"title", "characters"}),
    "review": frozenset({"passed", "sentences", "faults"}),
    "post": frozenset({"title"}),
}
"""What the event of a step must carry to be told of what was made."""
_SHOWN = frozenset({"claims", "entities", "title", "characters", "sentences", "faults"})
_BIG = 1_000_000


def sentence(event: Document) -> str:
    """One event in one sentence. What cannot be told in words of its own is named by its type."""
    told = _WORDS.get(event["type"], _plainly)(event)
    made = [_made(one) for one in event["data"].get("made") or ()]
    return " · ".join([told, *filter(None, made)])


def who(by: object) -> str:
    """Who did something, in words; a name that is not known as it is."""
    key = f"timeline.by_{by}"
    return t(key) if has(key) else str(by or t("timeline.by_person"))


def state_word(state: object) -> str:
    """A state in the words of the pages."""
    key = f"state.{state}"
    return t(key) if has(key) else str(state or "")


def publication_word(status: object) -> str:
    """What became of a post at a sink, in words."""
    key = f"publication.{status}"
    return t(key) if has(key) else str(status or "–")


def _plainly(event: Document) -> str:
    key = f"timeline.{event['type']}"
    if not has(key):
        return t("timeline.other", type=str(event["type"]).replace("_", " "))
    known = _Known(event["data"])
    return t(key, **known | {"error": failure_words(known["error"])})


class _Known(dict[str, Any]):
    """What an event carries; a word that an older version did not write is a dash."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        names = ("endpoint", "to_endpoint", "error", "sink", "model", "task", "status")
        super().__init__({name: data.get(name) or "–" for name in names})


def _posted(event: Document) -> str:
    return t("timeline.item_posted", by=who(event["data"].get("by")))


def _moved(event: Document) -> str:
    return t(f"timeline.{event['type']}", to=state_word(event["to"]))


def _by_person(event: Document) -> str:
    told = t(f"timeline.{event['type']}", by=who(event["data"].get("by")), to=state_word(event["to"]))
    return _with_model(told, event["data"])


def _edited(event: Document) -> str:
    data = event["data"]
    sizes = {"before": number(data.get("chars_before") or 0), "after": number(data.get("chars_after") or 0)}
    told = [t("timeline.item_edited", by=who(data.get("by")), **sizes)]
    if data.get("title_before"):
        told.append(t("timeline.was_called", title=data["title_before"]))
    return _with_model(" · ".join(told), data)


def _with_model(told: str, data: Mapping[str, Any]) -> str:
    return " · ".join([told, t("timeline.with_model", model=data["model"])]) if data.get("model") else told


def _rejected(event: Document) -> str:
    data = event["data"]
    reasons = "; ".join(str(one) for one in data.get("reasons") or ()) or "–"
    if event["from"] == State.HELD:
        return t("timeline.item_rejected_by", by=who(data.get("by")), reasons=reasons)
    return t("timeline.item_rejected", reasons=reasons)


def _ended(event: Document) -> str:
    data, key = event["data"], f"timeline.{event['type']}"
    reason = ending_words(str(data.get("reason") or "–"))
    return t(f"{key}_by", by=who(data["by"]), reason=reason) if data.get("by") else t(key, reason=reason)


def _failed(event: Document) -> str:
    data = event["data"]
    values = {"attempt": data.get("attempt", "–"), "error": failure_line(data)}
    if data.get("retry_at"):
        return t("timeline.attempt_failed_again", retry_at=clock(data["retry_at"]), **values)
    return t("timeline.attempt_failed", **values)


def _buried(event: Document) -> str:
    return t("timeline.item_buried", error=failure_line(event["data"]))


def failure_line(data: Mapping[str, Any]) -> str:
    """The failure an event carries, in one line: what failed, and its message."""
    failure = data.get("failure") or {}
    message = str(failure.get("message") or "").strip().partition("\n")[0]
    name = failure.get("error_class")
    return t("word.colon").join(filter(None, [failure_words(name) if name else "", message])) or "–"


def _snoozed(event: Document) -> str:
    data = event["data"]
    return t("timeline.item_snoozed", until=clock(data.get("until")), reason=data.get("reason") or "–")


def _published(event: Document) -> str:
    known = _Known(event["data"])
    return t("timeline.publication_settled", sink=known["sink"], status=publication_word(known["status"]))


def _settled(event: Document) -> str:
    data = event["data"]
    known = {"model": data.get("model") or "–", "task": data.get("task") or "–"}
    if data.get("status") != _ANSWERED:
        return t("timeline.call_failed", status=data.get("fault") or data.get("status") or "–", **known)
    return t(
        "timeline.call_settled",
        tokens_in=number(data.get("prompt_tokens") or 0),
        tokens_out=number(data.get("completion_tokens") or 0),
        cost=usd(data.get("cost_usd")),
        seconds=f"{(data.get('latency_ms') or 0) / 1000:.1f}",
        **known,
    )


def _article(event: Document) -> str:
    data = event["data"]
    return article_words(str(data.get("outcome")), characters=data.get("characters") or 0)


def article_words(outcome: str, *, characters: int) -> str:
    """What became of an article, in one sentence."""
    if outcome == ArticleOutcome.READ:
        return t("article.settled_read", characters=number(characters))
    return t("article.settled", why=article_outcome(outcome))


def article_outcome(outcome: str) -> str:
    """Why an article is there or not, in few words; one that is not known as it is."""
    key = f"article.{outcome}"
    return t(key) if outcome in set(ArticleOutcome) else outcome.replace("_", " ")


def _unconfirmed(event: Document) -> str:
    reserved = event["data"].get("reserved_micro")
    return t("timeline.call_unconfirmed", cost=usd(None if reserved is None else reserved / _BIG))


def _made(one: Mapping[str, Any]) -> str:
    """What a step made, as far as the event tells it."""
    kind = str(one.get("kind"))
    if not one.keys() >= _TOLD_OF.get(kind, frozenset({""})):
        return ""
    if kind == "review":
        kind = "review_passed" if one["passed"] else "review_failed"
    return t(f"timeline.made_{kind}", **{name: one[name] for name in _SHOWN & one.keys()})


def _judged(event: Document) -> str:
    """What a person thinks of it: the verdict, of what, why, and what it should say instead."""
    data = event["data"]
    about, verdict = (t(f"feedback.{data[key]}") for key in ("about", "verdict"))
    told = [t(f"timeline.{event['type']}", by=who(data.get("by")), verdict=verdict, about=about)]
    told += [f"“{data['passage']}”"] if data["passage"] else []
    told += [t(key, text=data[part]) for key, part in _SAID if data[part]]
    return " · ".join(told)


_SAID = (("feedback.why", "reason"), ("feedback.instead", "corrected"))
_WORDS: Mapping[str, Words] = {
    "item_posted": _posted,
    "item_claimed": _moved,
    "item_advanced": _moved,
    "item_rejected": _rejected,
    "item_held": _ended,
    "item_discarded": _ended,
    "item_buried": _buried,
    "item_snoozed": _snoozed,
    "item_revived": _by_person,
    "item_approved": _by_person,
    "item_edited": _edited,
    "attempt_failed": _failed,
    "feedback_given": _judged,
    "feedback_withdrawn": _judged,
    "publication_settled": _published,
    "call_settled": _settled,
    "article_settled": _article,
    "call_unconfirmed": _unconfirmed,
}
