"""Each draft of an item: what the check said of every sentence of it, and what was remembered while it was written."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from dashboard.figures import moment, money, number, plain
from dashboard.item.drafts import SUPPORTED, UNCHECKED, WRONG, Attempt, Sentence, attempts_of
from dashboard.item.story import cut
from dashboard.texts import t

Document = Mapping[str, Any]

_VERDICTS: Final[Mapping[str, str]] = {
    SUPPORTED: "item.verdict_supported",
    WRONG: "item.verdict_wrong",
    UNCHECKED: "item.verdict_unchecked",
}
_REMEMBERED: Final = 300
_MILLI: Final = 1000


def show_drafts(rounds: Sequence[Document], *, currency: Mapping[str, float]) -> None:
    """Every draft, the newest first and open, with what its round took."""
    attempts = attempts_of([artifact for one in rounds for artifact in one["artifacts"]])
    if not attempts:
        st.info(t("item.no_drafts"))
    sums = {one["round"]: one for one in rounds}
    for number_of, attempt in reversed(list(enumerate(attempts, start=1))):
        label = f"{t('item.draft', number=number_of)}: {_fate(attempt)}"
        with st.expander(label, expanded=number_of == len(attempts)), st.container(key=f"draft-{number_of}"):
            _show(attempt, taken=_taken(sums[attempt.round], currency=currency))


def _taken(sums: Document, *, currency: Mapping[str, float]) -> str:
    """What the calls of a round took, those of reading and checking among them."""
    return t(
        "item.round_took",
        n=sums["calls"],
        tokens_in=number(sums["prompt_tokens"]),
        tokens_out=number(sums["completion_tokens"]),
        seconds=f"{sums['latency_ms'] / _MILLI:.1f}",
        cost=money(sums["cost_usd"], currency=currency),
    )


def _fate(attempt: Attempt) -> str:
    passed = attempt.has_passed
    if passed is None:
        return t("item.draft_unchecked")
    return t("item.draft_passed") if passed else t("item.draft_rejected")


def _show(attempt: Attempt, *, taken: str) -> None:
    draft = attempt.draft
    st.markdown(f"**{plain(draft['content'].get('title') or t('items.no_title'))}**")
    st.caption(" · ".join(_origins(attempt)))
    st.caption(plain(taken))
    if attempt.faults:
        st.markdown(f"**{t('item.faults')}**")
        st.markdown("\n".join(f"- {_fault(one)}" for one in attempt.faults))
    _show_sentences(attempt)
    _show_memories(attempt)
    st.markdown(f"**{t('item.draft_text')}**")
    st.code(str(draft["content"].get("body") or ""), language=None, wrap_lines=True)


def _origins(attempt: Attempt) -> list[str]:
    draft, review = attempt.draft, attempt.review
    told = [t("item.written_by", model=plain(draft["model"] or "–"), at=moment(draft["created_at"]))]
    if review is not None:
        judge = review["content"].get("judged_by") or "grounding"
        who = t("item.judge_grounding") if judge == "grounding" else plain(judge)
        told.append(t("item.checked_by", n=review["content"].get("sentences_checked", 0), judge=who))
    return told


def _fault(fault: Document) -> str:
    sentence, reason = plain(cut(str(fault.get("sentence") or ""))), plain(fault.get("reason") or "–")
    return f"{reason}  \n  “{sentence}”" if sentence else reason


def _show_sentences(attempt: Attempt) -> None:
    if attempt.review is None:
        return
    sentences = attempt.sentences()
    st.markdown(f"**{t('item.sentences')}**")
    st.table(
        {
            t("item.column_verdict"): [t(_VERDICTS[one.verdict]) for one in sentences],
            t("item.column_sentence"): [plain(cut(one.text)) for one in sentences],
            t("item.column_reason"): [plain(_told(one)) for one in sentences],
        },
        border="horizontal",
        hide_index=True,
    )


def _told(sentence: Sentence) -> str:
    if sentence.faults:
        return " · ".join(str(fault.get("reason") or "–") for fault in sentence.faults)
    return sentence.evidence or t("item.no_evidence")


def _show_memories(attempt: Attempt) -> None:
    st.markdown(f"**{t('item.memories')}** ({number(len(attempt.memories))})")
    if attempt.draft["content"].get("memory_degraded"):
        st.warning(t("item.memory_degraded"))
    elif not attempt.memories:
        st.caption(t("item.no_memories"))
    lines = (
        f"- **{plain(memory.get('title') or '–')}**  \n  {plain(cut(str(memory.get('text') or ''), _REMEMBERED))}"
        for memory in attempt.memories
    )
    st.markdown("\n".join(lines))
