"""What of a robots.txt is meant for us."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protego import Protego

from sensors.articles.robots_groups import rules_for

AGENT = "DavidAgent"
URLS = ("https://s.example/a", "https://s.example/a/b.pdf", "https://s.example/", "https://s.example/c?d=a")

LINES = st.sampled_from(
    [
        *("User-agent: *", "user-agent:DavidAgent", "User agent: other", "useragent davidagent*", "User-agent: David"),
        *("User-agent:", "User-agent: *bot", "User-agent: DavidAgentish", "# a comment", "", "Sitemap: /s.xml"),
        *("Disallow: /a", "Allow: /a/b", "disallow /c", "Disallow: /*.pdf$", "Disallow:", "Allow: /", "Disallow: /"),
        *("Host: s.example", "Crawl-delay: 3", "Unheard: of", "words", "Disallow: /a # why"),
    ]
)


@given(lines=st.lists(LINES, max_size=14))
def test_our_group_says_what_the_whole_file_says(lines: list[str]) -> None:
    """For every address, and for the pause."""
    whole = Protego.parse("\n".join(lines))
    ours = Protego.parse("\n".join(["User-agent: *", *rules_for(AGENT, "\n".join(lines))]))
    assert [ours.can_fetch(url, AGENT) for url in URLS] == [whole.can_fetch(url, AGENT) for url in URLS]
    assert ours.crawl_delay(AGENT) == whole.crawl_delay(AGENT)


@pytest.mark.parametrize("name", ["other-{}", "davidagent{}", "d*{}", "david" + "*" * 5 + "{}"])
def test_thousands_of_names_over_thousands_of_rules_cost_little(name: str) -> None:
    """The cost is that of its length, not of names times rules."""
    names = [f"User-agent: {name.format('*' * number if '*' in name else number)}" for number in range(3_000)]
    began = time.process_time()
    rules = rules_for(AGENT, "\n".join([*names, *(f"Disallow: /{number}" for number in range(3_000))]))
    assert len(rules) in (0, 3_000)
    assert time.process_time() - began < 2
