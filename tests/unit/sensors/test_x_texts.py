"""Posts of X to text: whole, links followed, others' words told apart from the author's own."""

from typing import Any

import pytest

from sensors.x.observing import observation_of
from sensors.x.texts import Part, part_of
from sensors.x.wire import User, id_at, page_of, posted_at

NOW = 1_790_000_000.0
ALICE = User(id="1", username="alice", name="Alice L.")


def number(n: int) -> str:
    """The id of the post number n, which was posted n minutes ago."""
    return str(int(id_at(NOW - 60 * n)) + n)


def a_post(text: str, *, n: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": number(n), "text": text, "author_id": "1", "conversation_id": number(n), "lang": "en", **more}


def part(post: dict[str, Any], *, account: User | None = ALICE, **includes: Any) -> Part:
    """The post as a part, with what came along."""
    page = page_of({"data": [post], "includes": includes})
    return part_of(page.posts[0], page, account=account, is_answer=False, now=NOW)


def urls(**links: str) -> dict[str, Any]:
    """The entities of a text with these short links, such as `a=` for https://t.co/a."""
    return {"urls": [{"url": f"https://t.co/{key}", "expanded_url": to} for key, to in links.items()]}


def test_a_short_post_is_its_text() -> None:
    found = part(a_post("Tides  &amp; winds &lt;3\n\n\nmore\u200b"))
    assert found.text == "Tides & winds <3\n\nmore"
    assert (found.title, found.author, found.language) == ("Tides & winds <3", "Alice L. (@alice)", "en")
    assert found.url == f"https://x.com/alice/status/{number(1)}"
    assert found.at == pytest.approx(NOW - 60, abs=0.01)


def test_a_long_post_is_whole_with_its_own_links() -> None:
    """What X cuts off in `text` stands in `note_tweet`, links and all."""
    note = {
        "text": "First sentence of it. " + "word " * 900 + "https://t.co/b",
        "entities": urls(b="https://b.example/"),
    }
    found = part(a_post("First sentence of it. word… https://t.co/a", note_tweet=note))
    assert found.text.endswith("word https://b.example/")
    assert len(found.text) > 4000
    assert found.title == "First sentence of it."


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ({"expanded_url": "https://a.example/1"}, "https://a.example/1"),
        (
            {"expanded_url": "https://bit.ly/x", "unwound_url": "https://a.example/1?utm_source=x&copy=2"},
            "https://a.example/1?copy=2",
        ),
        ({"expanded_url": "https://a.example/(1)"}, "https://a.example/%281%29"),
        ({"expanded_url": "javascript:alert(1)"}, "https://t.co/a"),
        ({}, "https://t.co/a"),
    ],
)
def test_links_lead_as_far_as_x_followed_them(link: dict[str, str], target: str) -> None:
    entities = {"urls": [{"url": "https://t.co/a", **link}]}
    assert part(a_post("See https://t.co/a, please.", entities=entities)).text == f"See {target}, please."


def test_links_whose_beginnings_are_the_same_are_told_apart() -> None:
    entities = urls(a="https://one.example/", ab="https://two.example/")
    found = part(a_post("https://t.co/ab https://t.co/a https://t.co/abc", entities=entities))
    assert found.text == "https://two.example/ https://one.example/ https://t.co/abc"


def test_images_are_told_by_their_description() -> None:
    """The link that stands for them is left out; what has no description is said to have none."""
    media = [
        {"media_key": "1", "type": "photo", "alt_text": "A wave [high]\nat noon"},
        {"media_key": "2", "type": "photo"},
        {"media_key": "3", "type": "video", "alt_text": " "},
        {"media_key": "4", "type": "animated_gif", "alt_text": "it\u202e turns"},
    ]
    entities = urls(a=f"https://x.com/alice/status/{number(1)}/photo/1")
    keys = {"media_keys": ["1", "2", "3", "4", "5"]}
    found = part(a_post("Look https://t.co/a", attachments=keys, entities=entities), media=media)
    assert found.text.split("\n\n") == [
        "Look",
        "[Image: A wave (high) at noon]",
        "[Image without description]",
        "[Video without description]",
        "[Animated image: it turns]",
        "[Attachment without description]",
    ]


def test_a_post_of_an_image_alone_has_a_title() -> None:
    media = [{"media_key": "1", "type": "photo", "alt_text": "A wave."}]
    assert part(a_post("", attachments={"media_keys": ["1"]}), media=media).title == "[Image: A wave.]"
    assert part(a_post("")).title == "A post by Alice L. (@alice)"


def test_a_poll_is_told_with_its_options() -> None:
    options = [{"position": 2, "label": "No"}, {"position": 1, "label": "Yes &"}]
    found = part(a_post("Rain?", attachments={"poll_ids": ["9"]}), polls=[{"id": "9", "options": options}])
    assert found.text == "Rain?\n\n[Poll: Yes & / No]"


def quoting(text: str, **more: Any) -> dict[str, Any]:
    entities = urls(q=f"https://twitter.com/Bob/status/{number(9)}")
    reference = [{"type": "quoted", "id": number(9)}]
    return a_post(f"{text} https://t.co/q", entities=entities, referenced_tweets=reference, **more)


def test_what_is_quoted_is_told_apart_from_the_authors_words() -> None:
    """As a quote, with whose it is and where; its link is not told twice."""
    quoted = {"id": number(9), "text": "It rains.\n\n&gt; truly", "author_id": "2"}
    found = part(quoting("I doubt it."), tweets=[quoted])
    assert found.text == (f"I doubt it.\n\n> @Bob (https://x.com/Bob/status/{number(9)}):\n> It rains.\n>\n> › truly")
    assert found.title == "I doubt it."
    assert found.quotes == f"https://x.com/Bob/status/{number(9)}"


def test_a_quote_without_own_words_has_the_title_of_what_it_quotes() -> None:
    quoted = {"id": number(9), "text": "It rains in the whole country.", "author_id": "2"}
    found = part(quoting(""), tweets=[quoted], users=[{"id": "2", "username": "Bob", "name": "Bob B."}])
    assert found.title == "It rains in the whole country."
    assert found.text.startswith("> Bob B. (@Bob) (https://x.com/Bob/status/")


def test_a_quoted_post_that_is_gone_leaves_its_link() -> None:
    assert part(quoting("I doubt it.")).text == f"I doubt it. https://twitter.com/Bob/status/{number(9)}"


def test_an_author_cannot_pass_own_words_off_as_a_quote() -> None:
    found = part(a_post("&gt; @bob (https://x.com/bob/status/1):\n  &gt; I resign"))
    assert not any(line.lstrip().startswith(">") for line in found.text.splitlines())
    assert "I resign" in found.text


def reposting(**more: Any) -> dict[str, Any]:
    return a_post("RT @Bob: It rains in the…", referenced_tweets=[{"type": "retweeted", "id": number(9)}], **more)


def test_a_repost_is_the_reposted_post_marked_as_such() -> None:
    """Whole, by its own author, at its own address; and who passed it on."""
    original = {"id": number(9), "text": "It rains in the whole &amp; wide country.", "author_id": "2", "lang": "de"}
    found = part(reposting(), tweets=[original])
    assert found.text == ("Reposted by Alice L. (@alice); written by @Bob:\n\nIt rains in the whole & wide country.")
    assert (found.title, found.author) == ("It rains in the whole & wide country.", "@Bob")
    assert (found.url, found.reposted_by) == (f"https://x.com/Bob/status/{number(9)}", "alice")
    assert found.language == "de"
    assert found.at == pytest.approx(NOW - 540, abs=0.01)


def test_a_repost_is_known_by_its_own_address_too() -> None:
    """Some mirrors give that one."""
    keys = {one.key for one in observation_of([part(reposting())], tags=()).identities}
    assert {f"link:x.com/Bob/status/{number(9)}", f"link:x.com/alice/status/{number(1)}"} <= keys


def test_a_repost_whose_original_did_not_come_is_told_as_far_as_it_goes() -> None:
    found = part(reposting())
    assert found.text.endswith("written by @Bob:\n\nIt rains in the…")
    assert found.url == f"https://x.com/Bob/status/{number(9)}"


@pytest.mark.parametrize(
    ("code", "text", "language"),
    [
        ("de", "Hi", "de"),
        ("zh", "hello", "zh"),
        ("in", "Halo", "id"),
        ("iw", "x", "he"),
        ("und", "lol", None),
        ("qme", "潮水很高，风也很大，大家都在看海。", "zh"),
        ("zxx", "the wind and the sea were in the news for days, and it is not over", "en"),
        (None, "!", None),
    ],
)
def test_the_language_is_what_x_says_or_else_a_guess(code: str | None, text: str, language: str | None) -> None:
    assert part(a_post(text, lang=code)).language == language


def test_the_same_post_is_known_by_both_of_its_addresses() -> None:
    """As a mirror feed gives them; an edited one also by its first version."""
    found = part(a_post("Tide.", edit_history_tweet_ids=[number(2), number(1)]))
    observation = observation_of([found], tags=("sea",))
    keys = {one.key for one in observation.identities if one.is_global}
    assert keys == {
        f"guid:https://x.com/alice/status/{number(1)}",
        f"link:x.com/alice/status/{number(1)}",
        f"link:twitter.com/alice/status/{number(1)}",
        f"link:x.com/alice/status/{number(2)}",
    }
    assert observation.tags == ("sea",)


def test_an_account_without_a_name_in_the_answer_still_has_an_address() -> None:
    """The address leads there; only addresses with a name are keys that others share."""
    observation = observation_of([part(a_post("Tide."), account=None)], tags=())
    assert observation.url == f"https://x.com/i/web/status/{number(1)}"
    assert observation.author == "an account of X"


def test_a_very_long_text_is_cut_and_says_so() -> None:
    note = {"text": "word " * 50_000}
    observation = observation_of([part(a_post("word", note_tweet=note))], tags=())
    assert (len(observation.text), observation.extra["text_cut_at"]) == (200_000, 200_000)


def test_the_time_is_in_the_id() -> None:
    """The example of X's own documents."""
    assert posted_at("1541815603606036480") == pytest.approx(1_656_432_460.105)
    assert posted_at(id_at(NOW)) == pytest.approx(NOW, abs=0.001)
