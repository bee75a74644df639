"""How one article is fetched: by the site's rules, with the guards of feeds, and with an outcome in words."""

import pytest

from daemon.blackboard.senses import ArticleOutcome
from daemon.core.errors import ConnectionFaultError, TransientError
from sensors.articles.robots import AWAY_SECONDS, LONGEST_DELAY_SECONDS, ForbiddenError, RobotsAwayError
from tests.fakes.article_pages.news import NEWS_SITE
from tests.fakes.article_site import FREE, HTML, PAGE, ReadSite, awaited, story
from tests.fakes.clock import ManualClock
from tests.fakes.feed_server import FeedServer, Reply, redirect

ROBOTS = "/robots.txt"


def rules(text: str) -> Reply:
    """A robots.txt."""
    return Reply(text.encode(), headers={"Content-Type": "text/plain"})


class TestRead:
    async def test_an_article_is_fetched_read_and_told_with_its_facts(
        self, server: FeedServer, clock: ManualClock
    ) -> None:
        """Asked for as a page, under our name, without cookies; its text, author and date come back."""
        async with ReadSite(clock) as reader:
            article = await reader.read(awaited(story(server)))
        assert article.outcome is ArticleOutcome.READ
        assert NEWS_SITE.wanted[0] in (article.text or "")
        assert (article.author, article.language) == ("Lena Hart, Omar Said", "en")
        asked = server.asked_for("/story")[0].headers
        assert asked["accept"].startswith("text/html")
        assert asked["user-agent"].startswith("DavidAgent/")
        assert "cookie" not in asked

    async def test_a_text_file_and_a_damaged_paper_have_their_outcome(
        self, server: FeedServer, clock: ManualClock
    ) -> None:
        """Plain text is read; a PDF goes to the reader of PDFs, which says what is wrong with it."""
        lines = "\n\n".join(NEWS_SITE.wanted).encode()
        server.on("/plain", Reply(lines, headers={"Content-Type": "text/plain"}))
        server.on("/paper", Reply(b"%PDF-1.7 nothing", headers={"Content-Type": "application/pdf"}))
        async with ReadSite(clock) as reader:
            plain = await reader.read(awaited(server.url("/plain")))
            paper = await reader.read(awaited(server.url("/paper")))
        assert plain.outcome is ArticleOutcome.READ
        assert paper.outcome is ArticleOutcome.NO_TEXT
        assert "PDF" in paper.note

    @pytest.mark.parametrize("status", [503, 403])
    async def test_a_server_that_talks_without_end_fills_no_note(
        self, server: FeedServer, clock: ManualClock, status: int
    ) -> None:
        """Of the words beside its status a few are enough; who shows the note takes it apart."""
        words = "; there is no time left to try again" * 1_700
        server.on("/loud", Reply(raw=f"HTTP/1.1 {status} x{words}\r\nContent-Length: 0\r\n\r\n".encode()))
        async with ReadSite(clock) as reader:
            try:
                note = (await reader.read(awaited(server.url("/loud")))).note
            except TransientError as error:
                note = str(error)
        assert len(note) < 500

    async def test_a_page_that_takes_too_long_to_read_costs_only_itself(
        self, server: FeedServer, clock: ManualClock
    ) -> None:
        """The child is stopped after `full_text.timeout`, and the next page is read by another one."""
        deep = b"<html><body>" + b"<div><p>one two three four" * 30_000
        server.on("/deep", Reply(deep, headers=HTML))
        async with ReadSite(clock, timeout=0.001) as reader:
            article = await reader.read(awaited(server.url("/deep")))
        assert article.outcome is ArticleOutcome.NO_TEXT
        assert "sensors.full_text.timeout" in article.note


class TestRefused:
    @pytest.mark.parametrize(
        ("reply", "outcome", "words"),
        [
            (Reply(status=404), ArticleOutcome.UNREACHABLE, "404"),
            (Reply(status=410), ArticleOutcome.UNREACHABLE, "410"),
            (Reply(status=401), ArticleOutcome.CONSENT, "401"),
            (Reply(status=402), ArticleOutcome.PAYWALL, "402"),
            (Reply(status=403, headers={"cf-mitigated": "challenge"}), ArticleOutcome.CHALLENGE, "challenge"),
            (Reply(b"Just a moment...", status=503), ArticleOutcome.CHALLENGE, "challenge"),
            (redirect("http://10.0.0.8/inside"), ArticleOutcome.UNREACHABLE, "not a public address"),
            (redirect("file:///etc/passwd"), ArticleOutcome.UNREACHABLE, "only http and https"),
            (redirect("/story"), ArticleOutcome.UNREACHABLE, "circle"),
            (Reply(b"x" * 70_000, headers=HTML), ArticleOutcome.UNREACHABLE, "sensors.full_text.max_body"),
            (Reply(b"x" * 70_000, headers=HTML, is_chunked=True), ArticleOutcome.UNREACHABLE, "full_text.max_body"),
        ],
    )
    async def test_a_refusal_for_good_is_an_outcome(
        self, server: FeedServer, clock: ManualClock, reply: Reply, outcome: ArticleOutcome, words: str
    ) -> None:
        """It is told at once, and not tried again."""
        server.on("/story", reply)
        async with ReadSite(clock, max_body=65_536) as reader:
            article = await reader.read(awaited(server.url("/story")))
        assert (article.outcome, article.text) == (outcome, None)
        assert words in article.note

    async def test_a_token_of_a_redirect_is_told_nowhere(self, server: FeedServer, clock: ManualClock) -> None:
        """It opens a page, and the note stands on the board."""
        server.on("/go", redirect("/end?access_token=opensesame-42"))
        server.on("/end?access_token=opensesame-42", Reply(b"gone", status=404))
        async with ReadSite(clock, respect_robots=False) as reader:
            article = await reader.read(awaited(server.url("/go")))
        assert "/end?access_token=*** answered 404" in article.note
        assert "opensesame" not in repr(article)

    async def test_a_private_address_is_refused(self, server: FeedServer, clock: ManualClock) -> None:
        """The link of an entry leads to no host of ours, and robots.txt is not asked for there either."""
        async with ReadSite(clock, allow=()) as reader:
            article = await reader.read(awaited(server.url("/story")))
        assert "not a public address" in article.note
        assert server.asked == []

    @pytest.mark.parametrize("is_led", [False, True])
    async def test_a_feed_of_the_public_web_names_no_page_of_ours(
        self, server: FeedServer, clock: ManualClock, *, is_led: bool
    ) -> None:
        """What a person opened to feeds of the own network stays closed to the links of all others."""
        link = server.url("/led") if is_led else story(server)
        server.on("/led", redirect(story(server)))
        async with ReadSite(clock) as reader:
            told = await reader.read(awaited(link, source_address="https://public.example/feed"))
            assert server.asked == []
            ours = await reader.read(awaited(link, source_address=server.url("/feed")))
        assert told.outcome is ArticleOutcome.UNREACHABLE
        assert "not to feeds of the public web" in told.note
        assert ours.outcome is ArticleOutcome.READ

    @pytest.mark.parametrize("status", [500, 503, 429, 408])
    async def test_a_fault_that_may_pass_is_raised(self, server: FeedServer, clock: ManualClock, status: int) -> None:
        """So that whoever asked can try again."""
        server.on("/story", Reply(status=status, headers={"Retry-After": "77"}))
        async with ReadSite(clock) as reader:
            with pytest.raises(TransientError) as raised:
                await reader.read(awaited(server.url("/story")))
        assert raised.value.retry_after == (77.0 if status in {503, 429} else None)

    async def test_a_dead_server_is_a_fault_that_may_pass(self, clock: ManualClock) -> None:
        """Nobody listens there: not even its rules can be had."""
        async with FeedServer() as gone:
            url = gone.url("/story")
        async with ReadSite(clock, respect_robots=False) as reader:
            with pytest.raises(ConnectionFaultError):
                await reader.read(awaited(url))


class TestRobots:
    @pytest.mark.parametrize(
        ("text", "is_allowed"),
        [
            ("User-agent: *\nDisallow: /story", False),
            ("User-agent: DavidAgent\nDisallow: /\n\nUser-agent: *\nAllow: /", False),
            ("User-agent: davidagent\nAllow: /\n\nUser-agent: *\nDisallow: /", True),
            ("User-agent: GPTBot\nDisallow: /", True),
            ("User-agent: *\nDisallow: /*.pdf$\nDisallow: /private/", True),
            ("User-agent: *\nDisallow: /\nAllow: /story", True),
            ("", True),
            ("<!doctype html><html><body>Disallow: everything</body></html>", True),
        ],
    )
    async def test_the_rules_for_our_name_hold(
        self, server: FeedServer, clock: ManualClock, text: str, *, is_allowed: bool
    ) -> None:
        """The group with our name, else the one for all; the longest rule wins."""
        server.on(ROBOTS, rules(text))
        site = ReadSite(clock)
        async with site as reader:
            try:
                await reader._robots.check(server.url("/story"))
            except ForbiddenError:
                assert not is_allowed
            else:
                assert is_allowed

    async def test_what_is_forbidden_is_not_asked_for(self, server: FeedServer, clock: ManualClock) -> None:
        """The outcome says that it was the site's wish."""
        server.on(ROBOTS, rules("User-agent: *\nDisallow: /"))
        story(server)
        async with ReadSite(clock) as reader:
            article = await reader.read(awaited(server.url("/story")))
        assert article.outcome is ArticleOutcome.FORBIDDEN
        assert server.asked_for("/story") == []

    async def test_a_redirect_is_followed_only_where_the_other_site_allows_it(
        self, server: FeedServer, clock: ManualClock
    ) -> None:
        """The rules of every site on the way are asked for."""
        async with FeedServer() as other:
            other.on(ROBOTS, rules("User-agent: *\nDisallow: /story"))
            server.on("/go", redirect(other.url("/story", host="localhost")))
            async with ReadSite(clock) as reader:
                article = await reader.read(awaited(server.url("/go")))
            assert [one.path for one in other.asked] == [ROBOTS]
        assert article.outcome is ArticleOutcome.FORBIDDEN

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
    async def test_a_site_without_rules_allows_everything(
        self, server: FeedServer, clock: ManualClock, status: int
    ) -> None:
        """Any 4xx of robots.txt means that there are none (RFC 9309, 2.3.1.3)."""
        server.on(ROBOTS, Reply(status=status))
        async with ReadSite(clock) as reader:
            await reader._robots.check(server.url("/story"))

    @pytest.mark.parametrize("status", [500, 502, 503, 429])
    async def test_a_site_whose_rules_cannot_be_had_is_not_asked_now(
        self, server: FeedServer, clock: ManualClock, status: int
    ) -> None:
        """They are asked for again after a while, and then hold."""
        server.on(ROBOTS, Reply(status=status), FREE)
        async with ReadSite(clock) as reader:
            with pytest.raises(RobotsAwayError) as away:
                await reader._robots.check(server.url("/story"))
            with pytest.raises(RobotsAwayError):
                await reader._robots.check(server.url("/story"))
            assert len(server.asked_for(ROBOTS)) == 1
            assert away.value.retry_after == AWAY_SECONDS
            clock.set(clock.now() + AWAY_SECONDS)
            await reader._robots.check(server.url("/story"))

    async def test_rules_are_kept_for_a_day_and_led_to_by_redirects(
        self, server: FeedServer, clock: ManualClock
    ) -> None:
        """One question a day and site, however many articles."""
        server.on(ROBOTS, redirect("/rules"))
        server.on("/rules", rules("User-agent: *\nDisallow: /private"))
        async with ReadSite(clock) as reader:
            for path in ("/a", "/b", "/c"):
                await reader._robots.check(server.url(path))
            assert len(server.asked_for(ROBOTS)) == 1
            clock.set(clock.now() + 86_400)
            with pytest.raises(ForbiddenError):
                await reader._robots.check(server.url("/private/x"))
            assert len(server.asked_for(ROBOTS)) == 2

    async def test_a_crawl_delay_is_kept_to_up_to_a_bound(self, server: FeedServer, clock: ManualClock) -> None:
        """Where it is longer than our own pause; an hour would mean never."""
        server.on(ROBOTS, rules("User-agent: *\nCrawl-delay: 7"), rules("User-agent: *\nCrawl-delay: 3600"))
        async with ReadSite(clock, per_host_pause=2.0) as reader:
            url = server.url("/story")
            assert reader.pause(url) == 2.0
            await reader._robots.check(url)
            assert reader.pause(url) == 7.0
            clock.set(clock.now() + 86_400)
            await reader._robots.check(url)
            assert reader.pause(url) == LONGEST_DELAY_SECONDS

    async def test_rules_beyond_all_measure_close_the_site(self, server: FeedServer, clock: ManualClock) -> None:
        """What they say is not known, so nothing is taken."""
        server.on(ROBOTS, rules("Disallow: /x\n" * 60_000))
        async with ReadSite(clock) as reader:
            with pytest.raises(ForbiddenError):
                await reader._robots.check(server.url("/story"))

    async def test_the_rules_kept_are_bounded(self, server: FeedServer, clock: ManualClock) -> None:
        """The sites that were not asked for the longest time are forgotten first."""
        long = "User-agent: *\n" + "Disallow: /private/of/somebody\n" * 12_000
        server.on(ROBOTS, rules(long))
        async with ReadSite(clock, allow=("127.0.0.0/8",)) as reader:
            for number in range(1, 31):
                await reader._robots.check(f"http://127.0.0.1:{server.port}/story")
                reader._robots._kept[f"http://site-{number}.example"] = reader._robots._kept.pop(
                    f"http://127.0.0.1:{server.port}"
                )
            assert reader._robots.kept_bytes < 33 * 1024 * 1024
            assert "http://site-1.example" not in reader._robots._kept

    async def test_a_site_is_not_asked_when_its_rules_do_not_matter(
        self, server: FeedServer, clock: ManualClock
    ) -> None:
        """`respect_robots: false` switches it off."""
        server.on(ROBOTS, rules("User-agent: *\nDisallow: /\nCrawl-delay: 30"))
        server.on("/story", Reply(PAGE, headers=HTML))
        async with ReadSite(clock, respect_robots=False, per_host_pause=1.0) as reader:
            article = await reader.read(awaited(server.url("/story")))
            assert reader.pause(server.url("/story")) == 1.0
        assert article.outcome is ArticleOutcome.READ
        assert server.asked_for(ROBOTS) == []
