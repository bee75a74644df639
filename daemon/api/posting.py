"""What a person hands in, as the board takes it: an item, a source, a list of sources."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from daemon.api.pages import fetch_page
from daemon.blackboard.records import Observation
from daemon.core.errors import UsageError
from daemon.core.settings.models import Settings

if TYPE_CHECKING:
    from sensors.web.fetching import Fetcher

MAX_TEXT_CHARACTERS = 500_000
_LONGEST_TITLE = 200


async def observe(
    url: str | None,
    *,
    text: str | None,
    title: str | None,
    settings: Settings,
    fetcher: "Fetcher | None" = None,
) -> Observation:
    """An observation of a text, or of the page at `url` when there is no text, fetched by `fetcher` or one of its own.

    Raises `UsageError` for what is no URL or has no text, `OutsideError` when the page cannot be had.
    """
    from sensors.identity import Named, clean_link, identities
    from sensors.text.cleaning import clean, clean_title, title_from
    from sensors.text.languages import guess_language

    link = None if url is None else clean_link(url)
    if url is not None and link is None:
        raise UsageError(f"{url!r} is not a web address; write it like https://example.org/page")
    body, page = clean((text or "")[:MAX_TEXT_CHARACTERS]).text, None
    if not body and link is not None:
        page = await fetch_page(link, settings=settings.sensors, fetcher=fetcher)
        link, body = clean_link(page.url) or link, page.text
    if not body:
        raise UsageError("there is no text to post")
    headline = clean_title(title) or (page.title if page else "") or title_from(body)
    (keys,) = identities([Named(guid=None, link=link, title=headline, text=body)])
    return Observation(
        title=headline[:_LONGEST_TITLE],
        text=body,
        url=link,
        identities=keys,
        author=page.author if page else None,
        published_at=page.published_at if page else None,
        language=guess_language(body),
    )


def reworded(title: str | None, text: str | None) -> tuple[str | None, str | None]:
    """What an edited item is to say, cleaned as what is posted is; None stays None. Raises `UsageError` for nothing."""
    from sensors.text.cleaning import clean, clean_title

    headline = None if title is None else clean_title(title)[:_LONGEST_TITLE]
    body = None if text is None else clean(text[:MAX_TEXT_CHARACTERS]).text
    if headline == "" or body == "":
        raise UsageError("an item needs a title and a text: leave out what is to stay as it is")
    return headline, body


def opml_text(sources: Iterable[Mapping[str, Any]]) -> str:
    """The feeds among these sources (as `BoardReader.sources` answers them) as an OPML document."""
    from sensors.feeds.opml import write_opml

    return write_opml(sources)
