"""What the live views are told of an artifact."""

from typing import Any

import pytest

from daemon.blackboard.records import NewArtifact
from daemon.runtime.gists import gist_of, with_gists

KNOWLEDGE = {
    "gist": "A bridge was closed.",
    "claims": [{"statement": f"Fact {number}.", "evidence": "…"} for number in range(5)],
    "entities": [{"name": "Anna Berg", "kind": "person"}],
    "numbers": [],
    "topics": ["bridges", "repairs", "towns", "money"],
}


def test_of_knowledge_the_counts_and_the_first_findings() -> None:
    gist = gist_of("knowledge", KNOWLEDGE)
    assert (gist["claims"], gist["entities"], gist["numbers"], gist["quotes"]) == (5, 1, 0, 0)
    assert gist["found"] == ["Fact 0.", "Fact 1.", "Fact 2."]
    assert (gist["names"], gist["topics"]) == (["Anna Berg"], ["bridges", "repairs", "towns"])


def test_of_a_draft_its_title_and_length_but_not_its_text() -> None:
    gist = gist_of("draft", {"title": "Closed\n bridge", "body": "x" * 900, "summary": "s"})
    assert gist == {"title": "Closed bridge", "characters": 900}


def test_of_a_review_what_it_looked_at() -> None:
    gist = gist_of("review", {"passed": False, "faults": [{}, {}], "sentences_checked": 9, "judged_by": "grounding"})
    assert gist == {"passed": False, "faults": 2, "sentences": 9, "judged_by": "grounding"}


def test_of_a_post_where_it_is_and_what_it_says() -> None:
    content = {"title": "T", "slug": "t", "language": "en", "cost_usd": 0.1, "summary": "S", "body": "long"}
    assert gist_of("post", content) == {"title": "T", "slug": "t", "language": "en", "cost_usd": 0.1, "summary": "S"}


@pytest.mark.parametrize("content", [{}, {"claims": None, "title": None, "faults": None, "summary": None}])
@pytest.mark.parametrize("kind", ["knowledge", "draft", "review", "post", "other"])
def test_an_odd_artifact_has_a_gist_all_the_same(kind: str, content: dict[str, Any]) -> None:
    assert isinstance(gist_of(kind, content), dict)


def test_a_gist_is_short_and_scrubbed() -> None:
    """It goes to every screen."""
    gist = gist_of("draft", {"title": "Write to anna.berg@example.org " + "x" * 500})
    assert "anna.berg@example.org" not in gist["title"]
    assert len(gist["title"]) <= 200


def test_the_artifact_itself_stays_as_it_was() -> None:
    (one,) = with_gists([NewArtifact("knowledge", KNOWLEDGE, "m")])
    assert (one.kind, one.content, one.model) == ("knowledge", KNOWLEDGE, "m")
    assert one.gist["claims"] == 5
