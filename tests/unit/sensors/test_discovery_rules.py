"""From the address of a page to its feed, by the rules of sites and by what pages let see."""

import pytest

from sensors.discovery.choice import choose
from sensors.discovery.pages import feeds_by_page, usual_feeds
from sensors.discovery.rules import feeds_by_rule, names_a_feed
from sensors.web.announced import Announced

CHANNEL = "UC" + "a-_9" * 5 + "xy"
FEED_OF_CHANNEL = f"https://www.youtube.com/feeds/videos.xml?channel_id={CHANNEL}"


@pytest.mark.parametrize(
    ("given", "feeds"),
    [
        (f"https://www.youtube.com/channel/{CHANNEL}/videos", [FEED_OF_CHANNEL]),
        (f"http://m.youtube.com/channel/{CHANNEL}", [FEED_OF_CHANNEL]),
        (
            "https://youtube.com/playlist?list=PLabc&si=x",
            ["https://www.youtube.com/feeds/videos.xml?playlist_id=PLabc"],
        ),
        ("https://www.youtube.com/@handle", []),
        ("https://www.youtube.com/c/name", []),
        ("https://www.youtube.com/watch?v=abc", []),
        (
            "https://github.com/owner/name",
            [f"https://github.com/owner/name/{feed}.atom" for feed in ("releases", "tags", "commits")],
        ),
        (
            "https://www.github.com/owner/name.git/",
            [f"https://www.github.com/owner/name/{feed}.atom" for feed in ("releases", "tags", "commits")],
        ),
        ("https://github.com/owner/name/tags", ["https://github.com/owner/name/tags.atom"]),
        ("https://github.com/owner/name/commits", ["https://github.com/owner/name/commits.atom"]),
        ("https://github.com/owner/name/commits/a/b", ["https://github.com/owner/name/commits/a/b.atom"]),
        ("https://github.com/owner/name/wiki/Home", ["https://github.com/owner/name/wiki.atom"]),
        ("https://github.com/owner/name/issues/5", []),
        ("https://github.com/owner", ["https://github.com/owner.atom"]),
        ("https://github.com/topics/rss", []),
        ("https://github.com/", []),
        (
            "https://gitlab.com/group/sub/name",
            ["https://gitlab.com/group/sub/name/-/tags?format=atom", "https://gitlab.com/group/sub/name.atom"],
        ),
        ("https://gitlab.com/a/b/-/commits/main", ["https://gitlab.com/a/b/-/commits/main?format=atom"]),
        ("https://gitlab.com/someone", ["https://gitlab.com/someone.atom"]),
        (
            "https://codeberg.org/a/b",
            ["https://codeberg.org/a/b/releases.rss", "https://codeberg.org/a/b.rss"],
        ),
        ("https://old.reddit.com/r/python/top/?t=week", ["https://www.reddit.com/r/python/top/.rss?t=week"]),
        ("https://reddit.com/user/someone", ["https://www.reddit.com/user/someone/.rss"]),
        ("https://www.reddit.com/", ["https://www.reddit.com/.rss"]),
        ("https://www.reddit.com/settings", []),
        ("https://bsky.app/profile/a.bsky.social/post/3k", ["https://bsky.app/profile/a.bsky.social/rss"]),
        (
            "https://stackoverflow.com/questions/tagged/python",
            ["https://stackoverflow.com/feeds/tag?tagnames=python&sort=newest"],
        ),
        ("https://unix.stackexchange.com/questions/7/how", ["https://unix.stackexchange.com/feeds/question/7"]),
        ("https://serverfault.com/users/9/me", ["https://serverfault.com/feeds/user/9"]),
        ("https://name.substack.com/p/some-post", ["https://name.substack.com/feed"]),
        ("https://open.substack.com/pub/name/p/some-post", ["https://name.substack.com/feed"]),
        ("https://substack.com/@name", []),
        ("https://medium.com/@me/a-story-1a2b", ["https://medium.com/feed/@me"]),
        ("https://medium.com/tag/python", ["https://medium.com/feed/tag/python"]),
        ("https://me.medium.com/about", ["https://me.medium.com/feed"]),
        ("https://medium.com/search", []),
        ("https://name.tumblr.com/post/1/x", ["https://name.tumblr.com/rss"]),
        ("https://name.tumblr.com/tagged/cats", ["https://name.tumblr.com/tagged/cats/rss"]),
        ("https://www.tumblr.com/name/1/x", ["https://name.tumblr.com/rss"]),
        ("https://www.tumblr.com/explore", []),
        ("https://name.wordpress.com/2024/01/x/", ["https://name.wordpress.com/feed/"]),
        ("https://name.wordpress.com/tag/cats/", ["https://name.wordpress.com/tag/cats/feed/"]),
        ("https://name.blogspot.com/2024/01/x.html", ["https://name.blogspot.com/feeds/posts/default"]),
        ("http://github.com:8080/owner", ["http://github.com:8080/owner.atom"]),
        ("https://github.com.evil.example/owner", []),
        ("https://notgithub.com/owner", []),
        ("https://example.org/", []),
        ("https://github.com:99999/owner", []),
        ("ftp://github.com/owner", []),
        ("/home/me/feed.xml", []),
    ],
)
def test_a_page_of_a_known_site_has_its_feed_by_rule(given: str, feeds: list[str]) -> None:
    assert list(feeds_by_rule(given)) == feeds


@pytest.mark.parametrize(
    "given",
    [
        FEED_OF_CHANNEL,
        "https://github.com/owner/name/releases.atom",
        "https://www.reddit.com/r/python/.rss",
        "https://name.substack.com/feed",
        "https://medium.com/feed/@me",
        "https://name.tumblr.com/rss",
        "https://name.blogspot.com/feeds/posts/default",
        "https://stackoverflow.com/feeds/tag/python",
    ],
)
def test_a_feed_of_a_known_site_is_left_as_it_is(given: str) -> None:
    assert names_a_feed(given)
    assert feeds_by_rule(given) == ()


@pytest.mark.parametrize(
    "page",
    [
        f'<link rel="canonical" href="https://www.youtube.com/channel/{CHANNEL}">',
        f'<meta itemprop="identifier" content="{CHANNEL}">',
        f'<meta itemprop="channelId" content="{CHANNEL}">',
        "<script>" + "x" * 300_000 + f'"externalId":"{CHANNEL}","channelId":"UC{"z" * 22}"',
        f'{{"channelId" : "{CHANNEL}"}}',
    ],
)
def test_the_page_of_a_video_or_handle_names_its_channel(page: str) -> None:
    """Wherever on the page; a page elsewhere that says the same names none."""
    assert feeds_by_page(page, url="https://www.youtube.com/@handle") == [FEED_OF_CHANNEL]
    assert feeds_by_page(page, url="https://example.org/@handle/")[0] == "https://example.org/@handle.rss"
    assert FEED_OF_CHANNEL not in feeds_by_page(page, url="https://example.org/")


@pytest.mark.parametrize(
    ("url", "feed"),
    [
        ("https://social.example/@me", "https://social.example/@me.rss"),
        ("https://social.example/@me/1142", "https://social.example/@me.rss"),
        ("https://social.example/users/me", "https://social.example/@me.rss"),
        ("https://social.example/@me@other.example", "https://other.example/@me.rss"),
    ],
)
def test_an_account_of_the_fediverse_has_a_feed(url: str, feed: str) -> None:
    """One that is shown elsewhere has it at its own host."""
    assert feeds_by_page("<html>", url=url) == [feed]


@pytest.mark.parametrize(
    ("path", "feed"),
    [
        ("/", "/latest.rss"),
        ("/t/some-topic/12/3", "/t/some-topic/12.rss"),
        ("/c/news/5", "/c/news/5.rss"),
        ("/tag/x", "/tag/x.rss"),
    ],
)
def test_a_forum_of_discourse_has_a_feed_for_each_part(path: str, feed: str) -> None:
    page = '<meta name="generator" content="Discourse 3.4.0 - https://github.com/discourse/discourse">'
    assert feeds_by_page(page, url=f"https://forum.example{path}")[0] == f"https://forum.example{feed}"


def test_links_to_feeds_of_the_same_site_are_seen() -> None:
    """Three at most, none of other sites, none that is no address."""
    links = ("/about", "feed.xml", "https://feeds.example.org/main", "https://other.example/feed", "http://[x/feed")
    page = "".join(f'<a class="x" href="{link}">RSS</a>' for link in links) + "<a href='/a/b.atom'>" * 2
    assert feeds_by_page(page, url="https://www.example.org/blog/") == [
        "https://www.example.org/blog/feed.xml",
        "https://www.example.org/a/b.atom",
    ]
    assert len(feeds_by_page("".join(f'<a href="/{n}.rss">' for n in range(9)), url="https://x.example/")) == 3


def test_usual_places_are_few_and_begin_under_the_section() -> None:
    under = usual_feeds("https://example.org/blog/")
    assert under[:2] == ["https://example.org/blog/feed", "https://example.org/blog/feed.xml"]
    assert "https://example.org/atom.xml" in under
    assert len(under) <= 12
    assert usual_feeds("https://example.org/page.html")[0] == "https://example.org/feed"


def announced(*feeds: tuple[str, str], told: str = "RSS") -> list[Announced]:
    return [Announced(f"https://example.org{path}", title, told) for path, title in feeds]


def test_the_main_feed_is_no_comments_no_category_and_no_double() -> None:
    """As WordPress announces them, in the worst order."""
    feeds = announced(
        ("/comments/feed/", "My blog » Comments Feed"),
        ("/category/cats/feed/", "My blog » Cats Category Feed"),
        ("/feed/", "My blog » Feed"),
    )
    json = Announced("https://example.org/feed/json/", "My blog » JSON Feed", "JSON Feed")
    choice = choose([json, *feeds], title="My blog | Just another site", url="https://example.org/")
    assert choice.ranked[0] == feeds[2]
    assert choice.others(choice.ranked[0]) == (feeds[1], feeds[0])


def test_the_feed_called_like_the_site_comes_first() -> None:
    feeds = announced(("/sports.xml", "Sports"), ("/all.xml", "The Daily - RSS"), ("/arts.xml", "Arts"))
    choice = choose(feeds, title="The Daily", url="https://example.org/")
    assert [one.address for one in choice.ranked] == [feeds[1].address, feeds[0].address, feeds[2].address]


def test_a_section_that_was_asked_for_has_its_own_feed() -> None:
    feeds = announced(("/feed/", "Site » Feed"), ("/tag/cats/feed/", "Site » cats Tag Feed"))
    assert choose(feeds, title="cats – Site", url="https://example.org/tag/cats/").ranked[0] == feeds[1]
    assert choose(feeds, title="Site", url="https://example.org/").ranked[0] == feeds[0]


def test_the_same_in_another_format_is_told_by_its_address_where_no_title_tells() -> None:
    rss, other = announced(("/rss.xml", "RSS 2.0"), ("/news/rss.xml", ""))
    atom = Announced("https://example.org/atom.xml", "Atom", "Atom")
    choice = choose([rss, atom, other], title="Site", url="https://example.org/")
    assert choice.others(rss) == (other,)


def test_nothing_announced_is_nothing_chosen() -> None:
    assert choose([], title="", url="https://example.org/").ranked == ()
