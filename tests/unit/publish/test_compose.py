import json
from typing import Any

import pytest

from daemon.core.errors import PublishError
from daemon.publish.base import Post
from daemon.publish.compose import compose_post, post_content, post_from_content
from tests.fakes.posts import AT, ITEM_ID, a_draft, an_artifact, an_item, an_observation

REVIEW = an_artifact(
    "review", {"passed": True, "evidence": [{"sentence": "It was 47.3%.", "source": "47.3 % of load"}]}, number=9
)


def composed(*, item: Any = None, observation: Any = None, **draft: Any) -> Post:
    return compose_post(
        item or an_item(),
        observation or an_observation(),
        [a_draft(**draft), REVIEW],
        published_at=AT,
        models=["claude-sonnet-5-5", "gemini-3.8-flash", "claude-sonnet-5-5"],
        cost_micro=12_300,
    )


def test_a_post_is_made_from_the_records_alone() -> None:
    """Every field comes from item, observation, newest draft and newest review."""
    post = composed()
    assert (post.title, post.link, post.source) == (
        "Solar farms set a record",
        "https://example.org/solar",
        "Grid Weekly",
    )
    assert (post.cost_usd, post.language, post.author, post.is_digest) == (0.0123, "en", "Jane Doe", False)
    assert post.models == ("claude-sonnet-5-5", "gemini-3.8-flash")
    assert [(c.sentence, c.source) for c in post.claims] == [("It was 47.3%.", "47.3 % of load")]


def test_composing_twice_gives_the_same_post() -> None:
    """Nothing but the records goes in."""
    assert composed() == composed()


def test_the_newest_draft_and_review_count() -> None:
    """A rejected draft of an earlier round is not published."""
    old = an_artifact("review", {"passed": False, "evidence": [{"sentence": "old", "source": "old"}]}, number=2)
    artifacts = [a_draft(title="First"), old, a_draft(title="Second", number=3), REVIEW]
    post = compose_post(an_item(), an_observation(), artifacts, published_at=AT, models=[])
    assert post.title == "Second"
    assert [c.sentence for c in post.claims] == ["It was 47.3%."]


def test_an_item_without_a_draft_cannot_be_composed() -> None:
    """It says which item."""
    with pytest.raises(PublishError, match=ITEM_ID):
        compose_post(an_item(), an_observation(), [], published_at=AT, models=[])


def test_a_post_of_the_offline_provider_is_a_digest() -> None:
    """The draft names its provider."""
    assert composed(provider="offline").is_digest


def test_an_unknown_price_makes_an_unknown_cost() -> None:
    """None, not zero."""
    post = compose_post(an_item(), an_observation(), [a_draft()], published_at=AT, models=["local"], cost_micro=None)
    assert post.cost_usd is None


def test_tags_are_merged_in_order_without_repeats() -> None:
    """The item's first, then the draft's topics; the first spelling wins."""
    assert composed(topics=["ENERGY", "solar power", "#grid", "x" * 41, " "]).tags == ("energy", "solar power", "grid")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://example.org/x",
        "https://",
        "https://[::1/x",
        "https://example.org/" + "x" * 2000,
        None,
    ],
)
def test_a_link_that_is_no_web_address_is_left_out(url: str | None) -> None:
    """Only http and https with a host are links."""
    assert composed(item=an_item(url=url)).link is None


def test_an_unusual_link_is_encoded() -> None:
    """What comes out fits into Markdown, HTML and XML as it is."""
    link = composed(item=an_item(url='https://example.org/a b(c)"<d>?q=1&r=中')).link
    assert link == "https://example.org/a%20b%28c%29%22%3Cd%3E?q=1&r=%E4%B8%AD"


@pytest.mark.parametrize(
    ("name", "url", "source"),
    [
        ("Grid Weekly", "https://www.example.org/a", "Grid Weekly"),
        ("/home/me/feeds/sample.xml", "https://www.example.org/a", "example.org"),
        ("https://example.org/feed.xml", "https://blog.example.org/a", "blog.example.org"),
        (None, "https://example.org/a", "example.org"),
        (None, None, None),
    ],
)
def test_a_source_without_a_name_is_called_by_its_host(name: str | None, url: str | None, source: str | None) -> None:
    """A post does not tell the paths of the machine it was made on."""
    assert composed(item=an_item(source=name, url=url)).source == source


def test_links_of_the_model_are_stripped_and_the_records_own_stays() -> None:
    """Also when they look alike."""
    body = "See [this](https://example.org/solar) and [that](https://example.org/solar.evil)."
    assert composed(body=body).body == "See [this](https://example.org/solar) and that."


def test_an_empty_title_falls_back_to_the_items() -> None:
    """And to a word of the language when that is empty too."""
    assert composed(title="<b></b>").title == "Solar record"
    nameless = composed(item=an_item(title=""), observation=an_observation(title=""), title="", language="zh")
    assert (nameless.title, nameless.slug) == ("无标题", f"无标题-{ITEM_ID}")


def test_a_language_that_is_no_tag_is_passed_over() -> None:
    """The observation's guess is next; `und` means that nobody knows."""
    assert composed(language='en" onload="x').language == "en"
    assert composed(language="", observation=an_observation(language=None)).language == "und"


def test_evidence_is_kept_verbatim() -> None:
    """It is what the source says, angle brackets and addresses and all; only hidden characters go."""
    said = "Vec<T> at https://example.org\u200b is <b>new</b>"
    review = an_artifact("review", {"evidence": [{"sentence": "s", "source": said}, {"sentence": "", "source": "x"}]})
    post = compose_post(an_item(), an_observation(), [a_draft(), review], published_at=AT, models=[])
    assert [c.source for c in post.claims] == ["Vec<T> at https://example.org is <b>new</b>"]


def test_the_content_of_a_post_makes_the_post_again() -> None:
    """Through JSON, as the board keeps it."""
    post = composed()
    assert post_from_content(json.loads(json.dumps(post_content(post)))) == post


def test_content_that_is_no_post_is_refused() -> None:
    """With our own error."""
    with pytest.raises(PublishError, match="cannot be read"):
        post_from_content({"title": "x"})
