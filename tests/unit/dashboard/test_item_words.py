"""What the page of an item makes of its documents: sentences with evidence, a graph, a story in words."""

from typing import Any

import pytest

from daemon.blackboard.senses import ArticleOutcome
from daemon.blackboard.states import State
from dashboard.item.drafts import SUPPORTED, UNCHECKED, WRONG, attempts_of
from dashboard.item.graph import MOST_CLAIMS, MOST_NAMES, graph_of
from dashboard.item.head import is_web_address
from dashboard.item.story import failures_of
from dashboard.listing.query import Query
from dashboard.texts import tables
from dashboard.timeline import sentence


def artifact(kind: str, number: int, **content: Any) -> dict[str, Any]:
    return {"kind": kind, "round": number, "model": "m", "content": content, "created_at": "2026-11-20T10:00:00Z"}


def event(type_: str, **data: Any) -> dict[str, Any]:
    return {"id": 1, "type": type_, "from": None, "to": "DRAFTING", "at": "2026-11-20T10:00:00Z", "data": data}


def test_each_draft_has_the_review_that_followed_it() -> None:
    made = [
        artifact("knowledge", 0),
        artifact("draft", 0, title="one"),
        artifact("review", 0, passed=False),
        artifact("draft", 1, title="two"),
    ]
    first, second = attempts_of(made)
    assert (first.has_passed, first.draft["content"]["title"]) == (False, "one")
    assert (second.has_passed, second.round) == (None, 1)


def test_a_sentence_has_its_evidence_or_what_is_wrong_with_it() -> None:
    fault = {"kind": "number", "sentence": "It cost nine.", "reason": "the source says ten"}
    whole = {"kind": "form", "sentence": "![x](y)", "reason": "an image"}
    review = artifact(
        "review",
        0,
        passed=False,
        faults=[fault, whole],
        evidence=[{"sentence": "“It opened.”", "source": "It opened on Monday."}],
    )
    draft = artifact("draft", 0, language="en", title="A bridge", summary="", body="> It opened.\n\nIt cost nine.")
    (attempt,) = attempts_of([draft, review])
    found = [(one.text, one.verdict, one.evidence) for one in attempt.sentences()]
    assert found == [
        ("![x](y)", WRONG, None),
        ("A bridge", UNCHECKED, None),
        ("It opened.", SUPPORTED, "It opened on Monday."),
        ("It cost nine.", WRONG, None),
    ]


def test_the_sentences_of_a_chinese_draft_are_told_apart() -> None:
    draft = artifact("draft", 0, language="zh", title="桥", summary="桥开了。很多人来了。", body="")
    assert [one.text for one in attempts_of([draft])[0].sentences()] == ["桥", "桥开了。", "很多人来了。"]


@pytest.mark.parametrize("content", [{}, {"faults": None, "evidence": None}, {"faults": [{}], "evidence": [{}]}])
def test_a_review_with_little_in_it_is_no_fault(content: dict[str, Any]) -> None:
    (attempt,) = attempts_of([artifact("draft", 0, title="x"), artifact("review", 0, **content)])
    assert [one.text for one in attempt.sentences() if one.text] == ["x"]


def test_a_claim_is_tied_to_the_names_in_it() -> None:
    told = {"claims": [{"statement": "Ada went to Rome."}], "entities": [{"name": "Rome"}, {"name": "Oslo"}]}
    drawn = graph_of(told)
    assert drawn is not None
    assert "n0 -- c0;" in drawn
    assert "n1 --" not in drawn


def test_nothing_of_a_source_is_taken_for_the_language_of_the_graph() -> None:
    drawn = graph_of({"claims": [{"statement": 'He said "no"; c1 [label=x] \\N'}], "entities": []})
    assert drawn is not None
    assert '\\"no\\"; c1 [label=x] \\\\N' in drawn


def test_a_graph_stays_small_and_keeps_the_names_that_claims_name() -> None:
    names = [{"name": f"Name{n:03}"} for n in range(100)]
    claims = [{"statement": f"Name{99 - n:03} did it."} for n in range(50)]
    drawn = graph_of({"claims": claims, "entities": names})
    assert drawn is not None
    assert drawn.count("shape=box") == MOST_CLAIMS
    assert drawn.count("shape=plaintext") == MOST_NAMES
    assert drawn.count(" -- ") == MOST_CLAIMS


@pytest.mark.parametrize("content", [{}, {"claims": None, "entities": 7}, {"claims": ["x"], "entities": [{}]}])
def test_without_claims_and_names_there_is_no_graph(content: dict[str, Any]) -> None:
    assert graph_of(content) is None


def test_failures_before_a_retry_belong_to_the_past() -> None:
    failed = {"failure": {"error_class": "X", "message": "m", "traceback": "t"}}
    events = [event("attempt_failed", **failed), event("item_revived"), event("item_buried", **failed)]
    assert [one["type"] for one in failures_of(events)] == ["item_buried"]


def test_every_type_of_event_is_told_in_words_whatever_it_carries() -> None:
    """An older version wrote less into its events; what is not there is a dash, never a fault."""
    told = (key for key in tables()["en"] if key.startswith("timeline.item_") and not key.endswith("_by"))
    types = {key.partition(".")[2] for key in told}
    for type_ in [*types, "attempt_failed", "call_settled", "call_unconfirmed", "echelon_fell", "something_new"]:
        assert sentence(event(type_))
    assert sentence(event("something_new")) == "something new"


def test_what_a_step_made_is_told_with_it() -> None:
    made = [{"kind": "knowledge", "claims": 3, "entities": 2, "gist": "g"}]
    assert sentence(event("item_advanced", made=made)) == "Done; next: Writing · 3 claims, 2 names"


def test_only_web_addresses_are_linked() -> None:
    assert is_web_address("https://example.org/x")
    assert not any(map(is_web_address, ("javascript:alert(1)", "file:///etc/passwd", "posts/x.md", None, "http://[")))


def test_an_address_is_read_back_as_it_was_written() -> None:
    query = Query(q="tide 潮", state=State.HELD, source="3", seen="day", sort="dearest", at="a:2.0:38f")
    assert Query.of(query.parameters()) == query
    assert Query().parameters() == {}


def test_another_filter_begins_at_its_first_page() -> None:
    assert Query(at="a:0.0:x", q="old").with_(q="new") == Query(q="new")


def test_what_became_of_an_article_is_told_in_words() -> None:
    """Each outcome; one of a later version by its name."""
    assert (
        sentence(event("article_settled", outcome="read", characters=4200)) == "Its article was read: 4,200 characters"
    )
    assert sentence(event("article_settled", outcome="paywall")) == (
        "Goes on without its article: it stands behind a paywall"
    )
    assert sentence(event("article_settled", outcome="of_tomorrow")) == "Goes on without its article: of tomorrow"
    assert [one for one in ArticleOutcome if f"article.{one}" not in tables()["zh"]] == []
