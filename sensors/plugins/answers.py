"""What the sensor of a package answered, looked over before it reaches the board: forms, times, hidden characters."""

import hashlib
import json
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from daemon.blackboard.records import FetchState, Identity, Observation, Source
from daemon.core.errors import SensorError
from daemon.core.settings.sensor_models import SensorSettings
from sensors.base import Sighting
from sensors.fetch_states import failed, planned, succeeded
from sensors.identity import Named, clean_link, identities
from sensors.schedule import Plan, Rhythm, after_failure, after_success
from sensors.text.characters import visible
from sensors.text.cleaning import MOST_TEXT_CHARS, clean_title, title_from
from sensors.text.dates import believable
from sensors.text.languages import primary

MOST_OBSERVATIONS = 10_000
_OUTCOMES = frozenset({"read", "unchanged", "waiting", "failed", "gone"})
_KEYS = "keys_hash"
_MOST_JSON_CHARS = 1_000_000
_LONGEST_KEY, _LONGEST_NAME = 400, 200
_MOST_TAGS, _TAG_CHARS = 20, 60


@dataclass(frozen=True, slots=True)
class Asked:
    """A poll: the source, and what its next one is planned with. `now` is in epoch seconds."""

    source: Source
    settings: SensorSettings
    now: float
    rng: random.Random = field(repr=False)

    @property
    def rhythm(self) -> Rhythm:
        """The source's own interval, else the default of all sources."""
        return Rhythm(default_seconds=self.settings.every, wish_seconds=self.source.every_seconds)


def failed_sighting(
    error: str, *, asked: Asked, fetch: FetchState | None = None, retry_after: float | None = None
) -> Sighting:
    """The poll failed, in words; the next one comes later with every failure in a row, if `fetch` does not say when.

    `retry_after` are the seconds that the other side asked for.
    """
    before = asked.source.fetch.errors_in_row
    plan = after_failure(asked.rhythm, errors_in_row=before + 1, retry_after=retry_after, now=asked.now, rng=asked.rng)
    fetch = replace(fetch or asked.source.fetch, errors_in_row=before)
    return failed(fetch, error, plan=_own_plan(fetch, asked=asked) or plan, now=asked.now)


def sound_sighting(answer: object, *, asked: Asked, package: str) -> Sighting:
    """The sighting as it may be kept: what is missing is added, what is wrong is refused.

    Without a next time that is still to come, one is planned; without identities, an observation gets those of its
    link and text. Raises `SensorError` for what is no sighting.
    """
    if not isinstance(answer, Sighting) or not isinstance(answer.fetch, FetchState):
        raise SensorError(f"the package {package} answered {type(answer).__name__}, which is no Sighting")
    if answer.outcome not in _OUTCOMES:
        raise SensorError(
            f"the package {package} answered the outcome {answer.outcome!r}; there are {', '.join(sorted(_OUTCOMES))}"
        )
    fetch = replace(answer.fetch, extra=_json(answer.fetch.extra, what="fetch.extra", package=package))
    if answer.outcome == "failed":
        return failed_sighting(str(answer.error or fetch.last_error or "failed"), asked=asked, fetch=fetch)
    if not isinstance(answer.observations, Sequence) or len(answer.observations) > MOST_OBSERVATIONS:
        raise SensorError(f"the package {package} answered no sequence of at most {MOST_OBSERVATIONS:,} observations")
    observations = tuple(_sound(one, package=package, now=asked.now) for one in answer.observations)
    fetch = _with_newest(fetch, observations, asked=asked)
    return Sighting(
        fetch=_after(answer.outcome, fetch, asked=asked),
        observations=observations,
        outcome=answer.outcome,
        entries=int(answer.entries) or len(answer.observations),
        moved_to=_moved_to(answer.moved_to, kind=asked.source.kind),
        more_at=_number(answer.more_at),
        detail=_json(answer.detail, what="detail", package=package),
    )


def _after(outcome: str, fetch: FetchState, *, asked: Asked) -> FetchState:
    plan = after_success(asked.rhythm, floors=(), now=asked.now, rng=asked.rng)
    fetch = planned(fetch, _own_plan(fetch, asked=asked) or plan)
    if outcome == "waiting":
        return fetch
    if outcome == "gone":
        return replace(fetch, last_fetch_at=asked.now, is_gone=True)
    return succeeded(fetch, now=asked.now)


def _own_plan(fetch: FetchState, *, asked: Asked) -> Plan | None:
    """That of the package's sensor, if it made one."""
    at = _number(fetch.next_fetch_at)
    if at is None or at <= asked.now or at == asked.source.fetch.next_fetch_at:
        return None
    return Plan(
        at=at,
        interval_seconds=fetch.interval_seconds or at - asked.now,
        reason=fetch.next_fetch_reason or "as its sensor says",
    )


def _with_newest(fetch: FetchState, observations: Sequence[Observation], *, asked: Asked) -> FetchState:
    """When something new was there last: when the keys of what is there are others than at the look before."""
    keys = sorted(key.key for one in observations for key in one.identities)
    digest = hashlib.sha256("\n".join(keys).encode()).hexdigest()[:32]
    if not keys or fetch.extra.get(_KEYS) == digest:
        return fetch
    return replace(fetch, last_item_at=asked.now, extra={**fetch.extra, _KEYS: digest})


def _sound(one: object, *, package: str, now: float) -> Observation:
    if not isinstance(one, Observation) or not isinstance(one.title, str) or not isinstance(one.text, str):
        raise SensorError(f"the package {package} answered {type(one).__name__} among its observations")
    text = visible(one.text).strip()
    title = clean_title(one.title) or title_from(text)
    if not title:
        raise SensorError(f"the package {package} answered an observation without a title and without a text")
    url = clean_link(one.url) if isinstance(one.url, str) else None
    extra = _json(one.extra, what="extra", package=package)
    return Observation(
        title=title,
        text=text[:MOST_TEXT_CHARS],
        url=url,
        identities=_keys(one.identities, package=package) or _usual_keys(title, text, url),
        author=visible(str(one.author)).strip()[:_LONGEST_NAME] or None if one.author else None,
        published_at=believable(_number(one.published_at), now=now),
        language=primary(str(one.language)) if one.language else None,
        tags=_tags(one.tags),
        extra=extra if len(text) <= MOST_TEXT_CHARS else {**extra, "text_cut_at": MOST_TEXT_CHARS},
        article_within=_number(one.article_within),
    )


def _moved_to(address: object, *, kind: str) -> str | None:
    """Addresses on the board begin with the kind, so that they are told apart."""
    return visible(address) if isinstance(address, str) and address.startswith(f"{kind}:") else None


def _keys(found: object, *, package: str) -> tuple[Identity, ...]:
    keys = tuple(found) if isinstance(found, Sequence) else ()
    if any(not isinstance(key, Identity) or not isinstance(key.key, str) or not key.key for key in keys):
        raise SensorError(f"the package {package} answered identities of which some have no key")
    return tuple(
        Identity(visible(key.key)[:_LONGEST_KEY], is_global=bool(key.is_global), is_part=bool(key.is_part))
        for key in keys
    )


def _usual_keys(title: str, text: str, url: str | None) -> tuple[Identity, ...]:
    (keys,) = identities([Named(guid=None, link=url, title=title, text=text)])
    return keys


def _tags(tags: object) -> tuple[str, ...]:
    found = tags if isinstance(tags, Sequence) and not isinstance(tags, str) else ()
    tidy = (" ".join(visible(str(tag)).split())[:_TAG_CHARS] for tag in found)
    return tuple(dict.fromkeys(tag for tag in tidy if tag))[:_MOST_TAGS]


def _json(facts: Mapping[str, Any], *, what: str, package: str) -> dict[str, Any]:
    try:
        text = json.dumps(dict(facts), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise SensorError(f"the package {package} answered {what} that is not fit for JSON: {error}") from error
    if len(text) > _MOST_JSON_CHARS:
        raise SensorError(
            f"the package {package} answered {what} of {len(text):,} characters; at most {_MOST_JSON_CHARS:,} are kept"
        )
    known: dict[str, Any] = json.loads(text)
    return known


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if is_number and isinstance(value, int | float) else None
