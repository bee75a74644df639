"""Thumbs on a post, a sentence or a claim: one click each. Why, and how it should read, can be said after it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import streamlit as st

from daemon.blackboard.feedback import LONGEST_CORRECTED, LONGEST_REASON, About, Verdict, bare
from dashboard.buttons import Call, action_button, last_done, once_done, outcome
from dashboard.figures import plain
from dashboard.item.story import cut
from dashboard.texts import t

Document = Mapping[str, Any]

ICONS: Final[Mapping[Verdict, str]] = {Verdict.UP: ":material/thumb_up:", Verdict.DOWN: ":material/thumb_down:"}
_LONGEST_NAME: Final = 120
_KEY_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class Subject:
    """What is judged; `passage` is empty for a post."""

    item_id: str
    about: About
    passage: str
    name: str
    """What a screen reader tells of it."""

    @property
    def key(self) -> str:
        """The same for the same subject, in characters that a style sheet may name."""
        digest = sha256(self.passage.encode()).hexdigest()[:_KEY_LENGTH]
        return f"{self.item_id}-{self.about}-{digest}"

    @property
    def slot(self) -> str:
        """Where the sentence on an action of it stands."""
        return f"feedback.{self.key}"

    def call(self, verdict: Verdict, *, reason: str = "", corrected: str = "") -> Call:
        """The action that says so."""
        told = {"about": self.about.value, "passage": self.passage, "verdict": verdict.value}
        return ("feedback_give", [self.item_id], {**told, "reason": reason, "corrected": corrected})


class Opinions:
    """What was said of one item, found by what it is about."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._found = {(one["about"], one["passage"]): one for one in documents}

    def of(self, subject: Subject) -> Document | None:
        """What was said of that; white space aside."""
        return self._found.get((subject.about, " ".join(subject.passage.split())))

    def others(self, subjects: Iterable[Subject]) -> list[Document]:
        """What was said of something else than these."""
        told = {id(one) for subject in subjects if (one := self.of(subject)) is not None}
        return [one for one in self._found.values() if id(one) not in told]


def judged(subject: Subject, *, opinion: Document | None, show: Callable[[], None]) -> None:
    """What `show` draws, with both thumbs beside it, the one that was given filled in, and a place to say more.

    That it was done is seen there, so only what failed is told in a sentence: nothing below may move under the next
    click.
    """
    words, buttons = st.columns([3, 1], gap="xsmall", vertical_alignment="center")
    with words, st.container(gap=None):
        show()
    with buttons, st.container(horizontal=True, horizontal_alignment="right", gap="xsmall", wrap=False):
        for verdict in Verdict:
            _thumb(subject, verdict=verdict, opinion=opinion)
        _more(subject, opinion=opinion)
    done = last_done(subject.slot)
    if done is not None and not done.is_done:
        outcome(subject.slot)


def told_of(opinion: Document) -> str:
    """A verdict with its reason and its correction, in one line."""
    parts = [t(f"feedback.{opinion['verdict']}")]
    parts += [plain(cut(opinion["reason"]))] if opinion["reason"] else []
    parts += [t("feedback.instead", text=plain(cut(opinion["corrected"])))] if opinion["corrected"] else []
    return "  ·  ".join(parts)


def withdraw_button(opinion: Document, *, slot: str) -> None:
    """Take back what was said; only that, and it can be said again."""
    key = f"{slot}.withdraw.{opinion['id']}"
    action_button(t("feedback.withdraw"), key=key, call=("feedback_withdraw", [opinion["id"]], {}), slot=slot)


def _thumb(subject: Subject, *, verdict: Verdict, opinion: Document | None) -> None:
    """The one that was given says the same again, which changes nothing; the other one replaces it."""
    given = opinion if opinion is not None and opinion["verdict"] == verdict else None
    said = (given["reason"], given["corrected"]) if given is not None else ("", "")
    words = t(f"feedback.{verdict}") if given is None else t("feedback.given", verdict=t(f"feedback.{verdict}"))
    action_button(
        # The style sheet hides what is emphasized: it is there for who hears the page.
        f"*{words}, {t(f'feedback.{subject.about}')}: {plain(cut(' '.join(subject.name.split()), _LONGEST_NAME))}*",
        key=f"thumb-{verdict}-{subject.key}",
        call=subject.call(verdict, reason=said[0], corrected=said[1]),
        slot=subject.slot,
        is_main=given is not None,
        icon=ICONS[verdict],
    )


def _more(subject: Subject, *, opinion: Document | None) -> None:
    """It is drawn before there is a verdict, too, so that nothing moves when one is given."""
    key = once_done(f"feedback.more.{subject.key}")
    with st.popover(t("feedback.say_more"), key=key, type="tertiary", disabled=opinion is None):
        if opinion is None:
            return
        call, slot = _said_in_full(subject, opinion=opinion, key=key), subject.slot
        with st.container(horizontal=True):
            action_button(t("feedback.save"), key=f"feedback.save.{subject.key}", call=call, slot=slot, is_main=True)
            withdraw_button(opinion, slot=slot)


def _said_in_full(subject: Subject, *, opinion: Document, key: str) -> Call:
    verdict, corrected = Verdict(opinion["verdict"]), ""
    reason = st.text_area(t("feedback.reason"), opinion["reason"], key=f"{key}.reason", max_chars=LONGEST_REASON)
    if verdict is Verdict.DOWN:
        label, longest = t(f"feedback.corrected_{subject.about}"), LONGEST_CORRECTED
        corrected = st.text_area(label, opinion["corrected"] or subject.passage, key=f"{key}.text", max_chars=longest)
    told = {"reason": (reason or "").strip(), "corrected": (corrected or "").strip()}
    if bare(told["corrected"]) == bare(subject.passage):
        told["corrected"] = ""
    return subject.call(verdict, **told)
