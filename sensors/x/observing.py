"""A thread, or a single post, as the observation that goes to the board."""

import re
from collections.abc import Sequence

from daemon.blackboard.records import Identity, Observation
from sensors.identity import Named, canonical_link, identities
from sensors.text.characters import visible
from sensors.text.cleaning import MOST_TEXT_CHARS, title_from
from sensors.x.texts import Part, link_to

_NUMBER = re.compile(r"(?:🧵\s*)?\(?(\d{1,3})\s?/\s?(?:\d{1,3}|n)?\)?[.:]?(?=\s)\s+", re.IGNORECASE)
_FEWEST_COUNTED = 2


def observation_of(thread: Sequence[Part], *, tags: tuple[str, ...]) -> Observation:
    """One item: the parts in order, known by the address of the first."""
    thread = _without_numbers(thread)
    first = thread[0]
    continues = _continued(first)
    words = "\n\n".join(_without_own_name(part) if at else part.text for at, part in enumerate(thread))
    words = (
        words if continues is None else f"{'In reply to' if first.is_answer else 'Continues'} {continues}\n\n{words}"
    )
    title = visible(first.title)
    return Observation(
        title=title,
        text=words[:MOST_TEXT_CHARS],
        url=first.url,
        identities=_identities(thread, title=title, text=words),
        author=first.author,
        published_at=first.at,
        language=first.language,
        tags=tags,
        extra=_extra(thread, continues=continues, is_cut=len(words) > MOST_TEXT_CHARS),
    )


def _without_numbers(thread: Sequence[Part]) -> Sequence[Part]:
    """The parts without the numbers that their author gave them ("2/", "3/5"), where they count them in order."""
    found = [_NUMBER.match(part.text) for part in thread]
    counted = [int(one[1]) - at for at, one in enumerate(found) if one]
    if len(counted) < _FEWEST_COUNTED or len(set(counted)) > 1:
        return thread
    texts = [part.text[one.end() :] if one else part.text for part, one in zip(thread, found, strict=True)]
    titles = [title_from(text) if one else part.title for part, one, text in zip(thread, found, texts, strict=True)]
    return [
        part.model_copy(update={"text": text, "title": title or part.title})
        for part, text, title in zip(thread, texts, titles, strict=True)
    ]


def _continued(first: Part) -> str | None:
    """The beginning of its thread that was told before, or lies before the first look; or what it is a reply to."""
    is_beginning = first.reposted_by is not None or first.conversation in {first.id, first.first_id}
    return None if is_beginning else link_to(None if first.is_answer else first.username, first.conversation)


def _without_own_name(part: Part) -> str:
    """Some programs begin each part of a thread with the author's own name, as replies begin."""
    return re.sub(rf"\A(?:@{re.escape(part.username)}\s+)+", "", part.text, flags=re.IGNORECASE)


def _identities(thread: Sequence[Part], *, title: str, text: str) -> tuple[Identity, ...]:
    first, *rest = thread
    (keys,) = identities([Named(guid=first.url, link=first.url, title=title, text=text)])
    if rest:
        # One of its posts, told alone, is no thread; all of them, told one by one, are.
        parts = (f"link:{canonical_link(link_to(part.username, part.first_id))}" for part in thread)
        texts = [key for key in keys if key.key.startswith("text:")]
        return (*texts, *(Identity(part, is_global=True, is_part=True) for part in dict.fromkeys(parts)))
    owner = first.url.split("/")[3]
    links = [link_to(owner, first.first_id), first.url.replace("//x.com/", "//twitter.com/", 1)]
    if first.reposted_by is not None and first.username:
        links.append(link_to(first.username, first.id))
    more = [Identity(f"link:{canonical_link(link)}", is_global=True) for link in links if "/i/web/" not in link]
    return tuple(dict.fromkeys((*keys, *more)))


def _extra(thread: Sequence[Part], *, continues: str | None, is_cut: bool) -> dict[str, object]:
    first = thread[0]
    extra = {
        "posts": [part.id for part in thread] if len(thread) > 1 else None,
        "continues": continues,
        "reposted_by": first.reposted_by,
        "quotes": [part.quotes for part in thread if part.quotes] or None,
        "text_cut_at": MOST_TEXT_CHARS if is_cut else None,
    }
    return {name: value for name, value in extra.items() if value is not None}
