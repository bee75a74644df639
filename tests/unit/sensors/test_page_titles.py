"""Titles of web pages: what of them is the page's own, and what is its site's."""

import pytest

from sensors.text.page_titles import Titles, page_title


@pytest.mark.parametrize(
    ("said", "title"),
    [
        (Titles(title="Nobody misses meetings | by R. Adeyemi | Platform"), "Nobody misses meetings"),
        (Titles(title="第七条地铁线路明年六月开通_都市新闻网"), "第七条地铁线路明年六月开通"),
        (Titles(title="snake_case_name in use"), "snake_case_name in use"),
        (Titles(title="The ferry – a history"), "The ferry – a history"),
        (Titles(title="The ferry - The Daily", sites=("Daily",)), "The ferry"),
        (Titles(title="The ferry - Tidejournal", sites=("https://www.tidejournal.example/a",)), "The ferry"),
        (Titles(title="Daily: The ferry", sites=("Daily",)), "Daily: The ferry"),
        (Titles(title="Daily » The ferry", sites=("Daily",)), "The ferry"),
        (Titles(title="Home | The port has ordered nine boats"), "Home | The port has ordered nine boats"),
        (Titles(title="Daily", heading="The ferry", sites=("Daily",)), "The ferry"),
        (Titles(title="The ferry", headline="Daily", sites=("Daily",)), "The ferry"),
        (Titles(title="A | B", heading="A | B"), "A | B"),
        (Titles(title="The ferry and the tide – Daily", headline="The ferry"), "The ferry and the tide"),
        (Titles(named="The ferry | Daily", title="x", headline="The ferry | Daily"), "The ferry | Daily"),
        (Titles(named="Daily", title="The ferry", sites=("Daily",)), "The ferry"),
        (Titles(named="Daily", sites=("Daily",)), "Daily"),
        (Titles(title="&lt;b&gt;Ferry&lt;/b&gt; &amp; tide"), "Ferry & tide"),
        (Titles(title="The ferry sails in May", heading="Tide News Online"), "The ferry sails in May"),
        (Titles(title="The ferry sails in May | Local | Daily", heading="Subscribe"), "The ferry sails in May"),
        (Titles(title="Tide News", heading="The ferry sails in May"), "The ferry sails in May"),
        (Titles(title="Go 2 - Tide News", heading="Go 2"), "Go 2"),
        (Titles(), ""),
    ],
)
def test_the_name_of_the_site_is_no_part_of_a_title(said: Titles, title: str) -> None:
    assert page_title(said) == title


def test_a_title_of_many_parts_takes_no_time() -> None:
    """Whoever writes the page writes its title."""
    assert page_title(Titles(title="a | " * 5000)).startswith("a")
