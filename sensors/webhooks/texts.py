"""A delivery that is a text and nothing else."""

import re

from sensors.text.cleaning import clean, clean_plain, clean_title, title_from
from sensors.text.page_titles import Titles, page_title
from sensors.web.markup import first_heading
from sensors.web.sniffing import title_of
from sensors.webhooks.fields import Told

_HTML = ("text/html", "application/xhtml+xml")
_HEADING = re.compile(r"#{1,3}\s+(\S[^\n]{0,300}?)\s*#*(?:\n|$)")


def told_of_text(text: str, *, kind: str) -> Told:
    """What a text tells: its first heading or its first words are the title. `kind` is its content type."""
    if kind in _HTML:
        return _told_of_html(text)
    words = clean_plain(text) if kind == "text/plain" else clean(text).text
    heading = _HEADING.match(words)
    rest = words[heading.end() :].strip() if heading else words
    title = clean_title(heading[1]) if heading else clean_title(title_from(words))
    return Told(title=title, text=rest or words)


def _told_of_html(html: str) -> Told:
    words = clean(html).text
    title = page_title(Titles(title=title_of(html), heading=first_heading(html))) or clean_title(title_from(words))
    return Told(title=title, text=words)
