"""What was delivered, as observations. It runs in the parser's process: a sender may be careless, or somebody else.

JSON as Standard Webhooks recommends it (`{"type", "timestamp", "data"}`), any other object, a list of such, a form, or
a text: plain, Markdown or HTML.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from daemon.blackboard.records import Identity, Observation
from daemon.core.errors import UnreadableDeliveryError
from sensors.identity import Named, identities
from sensors.parsers.jobs import Extract, ParseJob
from sensors.text.charsets import decode
from sensors.text.cleaning import MOST_TEXT_CHARS
from sensors.text.languages import guess_language
from sensors.web.headers import media_type
from sensors.webhooks.fields import Told, has_text, told_of
from sensors.webhooks.json_trees import nested, parse_json
from sensors.webhooks.texts import told_of_text

JOB: Final = "delivery"
"""The kind of job in the parser's process; its fact `id` is the delivery's own."""
MOST_ENTRIES: Final = 100
EXPECTED: Final = (
    "expected is JSON with a title or a text in it, a list of such (100 at most), a form, or a text as text/plain, "
    "text/markdown or text/html"
)
_MOST_FORM_FIELDS = 500
_FORM = "application/x-www-form-urlencoded"
_TEXTS = frozenset({"text/plain", "text/markdown", "text/x-markdown", "text/html", "application/xhtml+xml"})
_LISTS = ("data", "items", "entries", "posts", "articles")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One thing that was delivered, and its place in the delivery."""

    number: int
    told: Told


def read_delivery(body: bytes, job: ParseJob) -> Extract:
    """The observations of one delivery. Raises `UnreadableDeliveryError` when there is nothing to be read in it."""
    entries = [one for one in _entries(body, job) if one.told.is_anything]
    if not entries:
        raise UnreadableDeliveryError(f"there are no words in it; {EXPECTED}")
    keys = _keys(entries, delivery=str(job.facts["id"]))
    observations = [_observation(one.told, key, job=job) for one, key in zip(entries, keys, strict=True)]
    return Extract(observations=tuple(observations))


def _entries(body: bytes, job: ParseJob) -> list[_Entry]:
    kind = media_type(job.content_type)
    if kind == _FORM:
        return _of_value(_form(body, job), job=job)
    text = _text(body, job)
    if kind in _TEXTS:
        return [_Entry(0, told_of_text(text, kind=kind))]
    if kind.endswith(("/json", "+json")) or text.lstrip()[:1] in ("{", "["):
        return _of_value(parse_json(text), job=job)
    if kind and not kind.startswith("text/") and kind != "application/octet-stream":
        raise UnreadableDeliveryError(f"the content type {kind[:100]} cannot be read; {EXPECTED}")
    return [_Entry(0, told_of_text(text, kind="text/plain"))]


def _text(body: bytes, job: ParseJob) -> str:
    if b"\0" in body and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableDeliveryError(f"this is no text; {EXPECTED}")
    return decode(body, content_type=job.content_type)[0]


def _of_value(value: Any, *, job: ParseJob) -> list[_Entry]:
    several, around = _several(value)
    if len(several) > MOST_ENTRIES:
        raise UnreadableDeliveryError(f"{len(several)} entries in one delivery; {MOST_ENTRIES} are allowed")
    return [_Entry(number, told_of(one, around=around, now=job.now)) for number, one in enumerate(several)]


def _several(value: Any) -> tuple[list[Any], dict[str, Any]]:
    """The entries, and the object whose list they stand in."""
    if isinstance(value, list):
        return value, {}
    if isinstance(value, dict) and not has_text(value):
        for key in _LISTS:
            inner = value.get(key)
            if isinstance(inner, list) and any(isinstance(one, dict) for one in inner):
                return inner, value
    return [value], {}


def _form(body: bytes, job: ParseJob) -> Any:
    """A form as an object; of one that carries JSON in its field `payload`, that."""
    try:
        pairs = parse_qsl(_text(body, job), keep_blank_values=True, max_num_fields=_MOST_FORM_FIELDS)
    except ValueError as error:
        raise UnreadableDeliveryError(f"the form has more than {_MOST_FORM_FIELDS} fields") from error
    form: dict[str, Any] = {}
    for name, value in pairs:
        if name in form:
            form[name] = [*nested(form[name]), value]
        else:
            form[name] = value
    carried = form.get("payload")
    if isinstance(carried, str) and carried.lstrip()[:1] in ("{", "["):
        return parse_json(carried)
    return form


def _keys(entries: Sequence[_Entry], *, delivery: str) -> list[tuple[Identity, ...]]:
    """By what each entry is known again. The delivery's id is its sender's own word, also where it looks like a URL."""
    named = [
        Named(
            guid=f"{delivery}#{one.number + 1}" if one.number else delivery,
            link=one.told.link if _names_a_page(one.told.link) else None,
            title=one.told.title,
            text=one.told.text,
        )
        for one in entries
    ]
    return [
        tuple(replace(key, is_global=key.is_global and not key.key.startswith("guid:")) for key in keys)
        for keys in identities(named)
    ]


def _names_a_page(link: str | None) -> bool:
    """Not the front page of a site: many things that have nothing to do with each other come with that."""
    if link is None:
        return False
    parts = urlsplit(link)
    return bool(parts.path.strip("/") or parts.query or parts.fragment)


def _observation(told: Told, keys: tuple[Identity, ...], *, job: ParseJob) -> Observation:
    extra = {"delivery": job.facts["id"]} | ({"type": told.type} if told.type else {})
    if len(told.text) > MOST_TEXT_CHARS:
        extra["text_cut_at"] = MOST_TEXT_CHARS
    return Observation(
        title=told.title,
        text=told.text[:MOST_TEXT_CHARS],
        url=told.link,
        identities=keys,
        author=told.author,
        published_at=told.published_at,
        language=told.language or guess_language(f"{told.title}\n{told.text[:8000]}"),
        tags=tuple(dict.fromkeys([*job.tags, *told.tags])),
        extra=extra,
    )
