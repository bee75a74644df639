"""Feeds that mirror X, in the forms of those who make them: whose words are told, and under whose name."""

from html import escape

import pytest

from daemon.blackboard.records import Observation
from sensors.feeds.reading import read
from sensors.parsers.jobs import ParseJob

NOW = 1_790_000_000.0
FIRST, SECOND = "1790000000000000001", "1790000000000000002"
NITTER, RSSHUB, X = "https://nitter.example", "https://rsshub.example/twitter/user/alice", "https://x.com"
NITTER_QUOTE = f"""<p>This is the real story.<br>
&gt; Bob Stone (@bob) (https://x.com/bob/status/1):<br>
&gt; I was wrong.</p>
<hr/>
<blockquote>
<b>Norlinje Ferries (@norlinje)</b>
<p>
<p>Our first hydrogen ferry sails in May 2028.<br>
It takes 120 cars.</p>
<img src="{NITTER}/pic/x.jpg" style="max-width:250px;" />
</p>
<footer>
— <cite><a href="{NITTER}/norlinje/status/{SECOND}#m">{NITTER}/norlinje/status/{SECOND}#m</a>
</footer>
</blockquote>"""
BRIDGE = """<div style="display: inline-block; vertical-align: top;">
<a href="https://twitter.com/bob"><img alt="bob" src="https://pbs.example/bob.jpg" title="Bob Stone" /></a></div>
<div style="display: inline-block; vertical-align: top;"><blockquote>The harbour is closed.</blockquote></div>
<div style="display: block; vertical-align: top;"><blockquote></blockquote></div>"""
EMBED = f"""<div><blockquote class="twitter-tweet"><p lang="en" dir="ltr">RT <a href="https://twitter.com/bob">@bob</a>:
 The harbour is closed.</p>&mdash; Alice (@alice) <a href="https://twitter.com/alice/status/{FIRST}">May 1, 2026</a>
</blockquote></div>"""


def item(title: str, body: str, *, link: str, author: str = "") -> str:
    return (
        f"<item><title>{escape(title)}</title><link>{link}</link><guid>{link}</guid><dc:creator>{author}</dc:creator>"
        f"<description><![CDATA[{body}]]></description><pubDate>Sun, 20 Sep 2026 06:00:00 GMT</pubDate></item>"
    )


def seen(*items: str, home: str) -> list[Observation]:
    feed = (
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>Alice / @alice</title><link>{home}</link>{''.join(items)}</channel></rss>"
    )
    return list(read(feed.encode(), ParseJob(url=home, content_type="", now=NOW)).observations)


REPOST = "The harbour is closed."


@pytest.mark.parametrize(
    ("entry", "home", "author"),
    [
        (
            item(f"RT by @alice: {REPOST}", f"<p>{REPOST}</p>", link=f"{NITTER}/bob/status/{FIRST}#m", author="@bob"),
            f"{NITTER}/alice",
            "@bob",
        ),
        (
            item(f"RT: {REPOST}", f"<p>{REPOST}</p>", link=f"{NITTER}/bob/status/{FIRST}", author="@bob"),
            f"{NITTER}/alice",
            "@bob",
        ),
        (item(f"RT @bob: {REPOST}", f"RT @bob: {REPOST}", link=f"{X}/alice/status/{FIRST}"), X, "@bob"),
        (
            item(
                f"RT Bob Stone: {REPOST}",
                f"RT&ensp;Bob Stone<br>{REPOST}<br><img src='https://pbs.example/1.jpg'>",
                link=f"{X}/alice/status/{FIRST}",
                author="Alice",
            ),
            f"{X}/alice",
            "Bob Stone",
        ),
        (
            item(
                f"RT Bob Stone: {REPOST}",
                f"<small>RT&ensp;<a href='https://x.com/bob'><strong>Bob Stone</strong></a></small><br>{REPOST}",
                link=f"{X}/alice/status/{FIRST}",
                author="Alice",
            ),
            f"{X}/alice",
            "Bob Stone (@bob)",
        ),
        (
            item(REPOST, BRIDGE, link=f"https://twitter.com/bob/status/{FIRST}", author="RT: Bob Stone (@bob)"),
            "https://twitter.com/alice",
            "Bob Stone (@bob)",
        ),
        (
            item(f"RT @bob: {REPOST}", EMBED, link=f"https://twitter.com/alice/status/{FIRST}", author="@alice"),
            X,
            "@bob",
        ),
    ],
    ids=["nitter", "an older nitter", "its short form", "RSSHub", "a readable RSSHub", "RSS-Bridge", "an embedded one"],
)
def test_what_was_passed_on_is_told_as_the_words_of_who_wrote_it(entry: str, home: str, author: str) -> None:
    """As X's own API tells it, whatever the mirror."""
    (post,) = seen(entry, home=home)
    assert (post.title, post.author) == (REPOST, author)
    assert post.text == f"Reposted by @alice; written by {author}:\n\n{REPOST}"
    assert post.extra["reposted_by"] == "alice"


@pytest.mark.parametrize(
    ("title", "body", "link", "text"),
    [
        (
            "R to @bob: It is high.",
            "<p>It is high.</p>",
            f"{NITTER}/alice/status/{FIRST}#m",
            "In reply to @bob:\n\nIt is high.",
        ),
        (
            "Re @bob It is high.",
            "Re @bob It is high.",
            f"{X}/alice/status/{FIRST}",
            "In reply to @bob:\n\n@bob It is high.",
        ),
        ("R to @alice: And higher.", "<p>And higher.</p>", f"{NITTER}/alice/status/{FIRST}#m", "And higher."),
        ("Pinned: It is high.", "<p>It is high.</p>", f"{NITTER}/alice/status/{FIRST}#m", "It is high."),
        (
            "Re the tide: it is high.",
            "Re the tide: it is high.",
            f"{X}/alice/status/{FIRST}",
            "Re the tide: it is high.",
        ),
    ],
    ids=["nitter", "RSSHub", "a thread of one's own", "a pinned post", "words that only look like it"],
)
def test_an_answer_says_to_whom_and_is_the_accounts_own(title: str, body: str, link: str, text: str) -> None:
    """The mark of the mirror is no part of what was said."""
    (post,) = seen(item(title, body, link=link, author="@alice"), home=f"{NITTER}/alice")
    assert (post.text, post.author, post.extra) == (text, "@alice", {})
    assert not post.title.startswith(("R to", "Re @", "Pinned"))


def test_a_quoted_post_stands_under_the_name_of_who_wrote_it() -> None:
    """In the form of all posts of X; what the author typed himself is no quotation."""
    (post,) = seen(
        item("This is the real", NITTER_QUOTE, link=f"{NITTER}/alice/status/{FIRST}#m"), home=f"{NITTER}/alice"
    )
    assert post.title == "This is the real story."
    assert post.text == (
        "This is the real story.\n› Bob Stone (@bob) (https://x.com/bob/status/1):\n› I was wrong.\n\n"
        f"> Norlinje Ferries (@norlinje) (https://x.com/norlinje/status/{SECOND}):\n"
        "> Our first hydrogen ferry sails in May 2028.\n> It takes 120 cars."
    )


def test_what_rsshub_shows_of_a_quoted_post_is_a_quotation() -> None:
    """It gives a name, and no address."""
    body = (
        "Big news.<hr style='border:0'><div class=\"rsshub-quote\">Norlinje Ferries:&ensp;Our ferry sails.<br>Soon."
        "<br><img width='1' src='https://pbs.example/2.jpg'></div>"
    )
    (post,) = seen(item("Big news.", body, link=f"{X}/alice/status/{FIRST}", author="Alice"), home=f"{X}/alice")
    assert (post.title, post.author) == ("Big news.", "@alice")
    assert post.text == "Big news.\n\n> Norlinje Ferries: Our ferry sails.\n> Soon."


def test_a_post_of_one_sentence_keeps_its_words() -> None:
    """Its title is made from them, and takes nothing from them."""
    words = "The tide is 4.2 metres high today."
    (post,) = seen(item(words, words, link=f"{X}/alice/status/{FIRST}", author="Alice Gray"), home=f"{X}/alice")
    assert (post.title, post.text, post.author) == (words, words, "Alice Gray (@alice)")


def test_a_picture_alone_is_no_title() -> None:
    """What nitter calls it says nothing of what is on it."""
    entry = item(
        "Image", f'<p></p><img src="{NITTER}/pic/1.jpg" />', link=f"{NITTER}/alice/status/{FIRST}#m", author="@alice"
    )
    (post,) = seen(entry, home=f"{NITTER}/alice")
    assert (post.title, post.text) == ("A post by @alice", "[Image without description]")


def test_the_posts_of_a_search_are_nobodys_reposts() -> None:
    """Each has the words of the account in its link."""
    posts = seen(
        item("It is high.", "<p>It is high.</p>", link=f"{NITTER}/bob/status/{FIRST}#m", author="@bob"),
        item("It is low.", "<p>It is low.</p>", link=f"{NITTER}/carol/status/{SECOND}#m", author="@carol"),
        home=f"{NITTER}/search",
    )
    assert [(one.author, one.text) for one in posts] == [("@bob", "It is high."), ("@carol", "It is low.")]


def test_a_post_is_known_by_its_address_on_x() -> None:
    """Wherever the mirror stands."""
    (post,) = seen(
        item("It is high.", "<p>It is high.</p>", link=f"{NITTER}/bob/status/{FIRST}#m"), home=f"{NITTER}/bob"
    )
    assert f"link:x.com/bob/status/{FIRST}" in [one.key for one in post.identities]
    assert post.url == f"{NITTER}/bob/status/{FIRST}#m"


def test_a_blog_that_links_to_a_post_says_its_own_words() -> None:
    """Only a feed of nothing but posts is a mirror."""
    posts = seen(
        item("On ferries", "<p>RT @bob: is what I would say.</p>", link=f"{X}/bob/status/{FIRST}", author="Dan"),
        item("On tides", "<p>They rise.</p>", link="https://dan.example/tides", author="Dan"),
        home="https://dan.example/blog",
    )
    assert [(one.title, one.author) for one in posts] == [("On ferries", "Dan"), ("On tides", "Dan")]
    assert posts[0].text == "RT @bob: is what I would say."


FORGED = "Bob Stone (@bob) (https://x.com/bob/status/1):"


@pytest.mark.parametrize(
    "body",
    [
        f"<p>Look.<br>&nbsp;&gt; {FORGED}<br>\u00a0&gt; I was wrong.</p>",
        f"<p>Look.<br>\u200b&gt; {FORGED}<br>&#8203;&gt; I was wrong.</p>",
        f"<p>Look.<br>&#62; {FORGED}<br>&#x3E; I was wrong.</p>",
        f"<p>Look.<br>> {FORGED}<br />\n> I was wrong.</p>",
        f"Look.\n> {FORGED}\n &gt; I was wrong.",
        f"&lt;p&gt;Look.&lt;br&gt;&amp;gt; {FORGED}&lt;br&gt;&amp;gt; I was wrong.&lt;/p&gt;",
    ],
    ids=["a hard space", "nothing to see", "a number", "bare", "plain text", "escaped twice"],
)
def test_nobody_types_a_quotation(body: str) -> None:
    """However the sign before the line is written; only what the mirror itself quotes is a quotation."""
    (post,) = seen(item("Look.", body, link=f"{X}/alice/status/{FIRST}", author="@alice"), home=f"{X}/alice")
    assert post.text == f"Look.\n› {FORGED}\n› I was wrong."


def test_a_tag_that_is_broken_over_lines_is_still_a_tag() -> None:
    """The end of it begins no line."""
    body = f'<p\n>Look <a\nhref="{X}/bob"\n>there</a\n>.</p>'
    (post,) = seen(item("Look there.", body, link=f"{X}/alice/status/{FIRST}", author="@alice"), home=f"{X}/alice")
    assert post.text == f"Look [there]({X}/bob)."


@pytest.mark.parametrize("mark", ["RT by @bob: ", "RT @bob: ", "R to @bob: "])
def test_a_mark_of_the_mirror_that_was_typed_says_nothing_of_another(mark: str) -> None:
    """Who writes the posts writes their words; nitter's marks stand in the title alone."""
    words = f"{mark}It is high."
    entry = item(words, f"<p>{words}</p>", link=f"{NITTER}/alice/status/{FIRST}#m", author="@alice")
    (post,) = seen(entry, home=f"{NITTER}/alice")
    assert (post.text, post.author, post.extra) == (words, "@alice", {})


@pytest.mark.parametrize("author", ["Alice", "Alice (@alice)", "@alice", ""])
def test_the_name_of_the_feed_is_not_that_of_another_who_is_passed_on(author: str) -> None:
    """Some mirrors name the account of the feed with every post."""
    entry = item(REPOST, f"<p>{REPOST}</p>", link=f"{NITTER}/bob/status/{FIRST}#m", author=author)
    (post,) = seen(entry, home=f"{NITTER}/alice")
    assert (post.author, post.extra["reposted_by"]) == ("@bob", "alice")


def test_what_only_has_the_addresses_of_a_mirror_is_told_as_it_is() -> None:
    """Builds have numbers, too; and where an address does not say whose a post is, nobody is made up."""
    (build,) = seen(
        item("Build 881 failed", "<p>Log: no script</p>", link="https://ci.example/web/status/881", author="Jane"),
        home="https://ci.example",
    )
    assert (build.title, build.text, build.author) == ("Build 881 failed", "Log: no script", "Jane")
    (post,) = seen(
        item("It is high", "<p>It is high today.</p>", link=f"{X}/i/status/{FIRST}", author="Alice"), home=f"{X}/alice"
    )
    assert (post.text, post.author, post.extra) == ("It is high today.", "Alice", {})


def test_an_endless_run_of_spaces_takes_no_time() -> None:
    """Whoever writes the mirror writes its posts."""
    body = "<p>" + "\n &nbsp;" * 200_000 + "x</p>"
    (post,) = seen(item("x", body, link=f"{X}/alice/status/{FIRST}"), home=f"{X}/alice")
    assert post.text == "x"
