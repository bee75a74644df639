"""The sensor for feeds: RSS, Atom, RDF and JSON Feed, from the web or from a local file."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from daemon.blackboard.records import FetchState, Source
from daemon.core.errors import DavidAgentError, OutsideError, SensorError
from sensors.base import Sighting
from sensors.context import SensorContext
from sensors.feeds.local_files import local_path, read_file
from sensors.feeds.wanting import with_articles
from sensors.fetch_states import failed, planned, succeeded, unforeseen, with_error
from sensors.parsers.jobs import ParsedFeed, ParseJob
from sensors.schedule import Rhythm, after_failure, after_success, gap_of
from sensors.secret_addresses import public_address
from sensors.web.fetching import Fetched
from sensors.web.headers import Floor, Validators, freshness, validators

MOVES_UNTIL_BELIEVED = 3
"""A permanent redirect changes the source's address when it was seen so many times in a row, with a feed behind it."""
_GONE, _NOT_MODIFIED = 410, 304
_LARGE_BODY_BYTES = 1024 * 1024
_MOST_CHANGES = 20


class RssSensor:
    """Reads feeds politely."""

    kind = "rss"

    def __init__(self, context: SensorContext) -> None:
        """`settings.every` of the context is the default interval."""
        self._settings = context.settings
        self._clock = context.clock
        self._rng = context.rng
        self._reveal = context.reveal
        self._fetcher = context.fetcher
        self._parsers = context.parsers

    async def poll(self, source: Source) -> Sighting:
        """Look once. Cancellation passes; anything else becomes a failed sighting."""
        try:
            return await self._look(source)
        except OutsideError as error:
            if error.status == _GONE:
                return self._gone(source, error)
            return self._failed(source, str(error), retry_after=error.retry_after)
        except DavidAgentError as error:
            return self._failed(source, str(error))
        except Exception as error:  # noqa: BLE001 - the contract: a sensor's fault is its source's failed poll
            return self._failed(source, unforeseen(source.address, error))

    async def close(self) -> None:
        """It has opened nothing itself."""

    async def _look(self, source: Source) -> Sighting:
        fetched = await self._fetch(source)
        known = source.fetch.body_hash
        if fetched.status == _NOT_MODIFIED:
            if known is None:
                raise SensorError(f"{fetched.url} says that nothing has changed (304), but was never read")
            return self._unchanged(source, fetched, body_hash=known)
        body_hash = await _hash(fetched.body)
        if body_hash == known:
            return self._unchanged(source, fetched, body_hash=known)
        return self._read(source, fetched, await self._parse(source, fetched), body_hash=body_hash)

    async def _fetch(self, source: Source) -> Fetched:
        fetch = source.fetch
        known = Validators(etag=fetch.etag, last_modified=fetch.last_modified)
        path = local_path(source.address)
        if path is not None:
            return await read_file(path, validators=known, limit=self._settings.max_body)
        return await self._fetcher.fetch(
            self._reveal(source.address), validators=known, validated_url=_string(fetch.extra.get("final_url"))
        )

    async def _parse(self, source: Source, fetched: Fetched) -> ParsedFeed:
        job = ParseJob(
            # A base for links, and the address of an entry without one: so without what is secret in it.
            url=public_address(fetched.url),
            content_type=fetched.headers.get("content-type", ""),
            now=self._clock.now(),
            tags=source.tags,
            seconds=self._settings.parse_timeout,
        )
        try:
            return await self._parsers.parse(fetched.body, job=job)
        except SensorError as error:
            raise SensorError(f"{fetched.url}: {error}") from error

    def _read(self, source: Source, fetched: Fetched, parsed: ParsedFeed, *, body_hash: str) -> Sighting:
        now = self._clock.now()
        learnt = _learn(source.fetch, parsed, now=now)
        fetch = self._succeeded(source, fetched, learnt=learnt, now=now)
        kept = validators(fetched.headers)
        if parsed.is_broken_off:
            # What was cut off must be read next time: so nothing may make the next answer look unchanged.
            fetch = replace(fetch, etag=None, last_modified=None, body_hash=None)
        else:
            fetch = replace(fetch, etag=kept.etag, last_modified=kept.last_modified, body_hash=body_hash)
        return Sighting(
            fetch=fetch,
            observations=with_articles(parsed.observations, source=source, settings=self._settings.full_text),
            outcome="read",
            entries=parsed.entries,
            moved_to=_believed(fetch),
            detail={**(parsed.detail or {}), "bytes": len(fetched.body), "next": fetch.next_fetch_reason},
        )

    def _unchanged(self, source: Source, fetched: Fetched, *, body_hash: str) -> Sighting:
        now = self._clock.now()
        old = source.fetch
        learnt = _Learnt(extra=old.extra, last_item_at=old.last_item_at)
        fetch = self._succeeded(source, fetched, learnt=learnt, now=now)
        kept = validators(fetched.headers)
        is_silent = fetched.status == _NOT_MODIFIED and fetched.headers.get("expires", "").strip() != "0"
        fetch = replace(
            fetch,
            etag=kept.etag or (old.etag if is_silent else None),
            last_modified=kept.last_modified or (old.last_modified if is_silent else None),
            body_hash=body_hash,
        )
        detail = {"status": fetched.status, "next": fetch.next_fetch_reason}
        return Sighting(fetch=fetch, outcome="unchanged", moved_to=_believed(fetch), detail=detail)

    def _succeeded(self, source: Source, fetched: Fetched, *, learnt: "_Learnt", now: float) -> FetchState:
        fetch = replace(source.fetch, last_item_at=learnt.last_item_at, extra=learnt.extra)
        floors = _floors(fetched, learnt.extra, now=now)
        plan = after_success(self._rhythm(source, fetch, now=now), floors=floors, now=now, rng=self._rng)
        # An address with a login or a token in it never goes to the board; then the move is made anew at each poll.
        moved_to = _without_secrets(fetched.moved_to)
        is_same_move = moved_to is not None and moved_to == fetch.moved_to
        moves = 0 if moved_to is None else 1
        return replace(
            planned(succeeded(fetch, now=now), plan),
            moved_to=moved_to,
            moved_count=fetch.moved_count + 1 if is_same_move else moves,
            extra={**learnt.extra, "final_url": _without_secrets(fetched.url)},
        )

    def _failed(self, source: Source, words: str, *, retry_after: float | None = None) -> Sighting:
        fetch, now = source.fetch, self._clock.now()
        plan = after_failure(
            self._rhythm(source, fetch, now=now),
            errors_in_row=fetch.errors_in_row + 1,
            retry_after=retry_after,
            now=now,
            rng=self._rng,
        )
        return failed(fetch, words, plan=plan, now=now)

    def _gone(self, source: Source, error: OutsideError) -> Sighting:
        fetch = with_error(source.fetch, str(error), now=self._clock.now())
        fetch = replace(fetch, is_gone=True, next_fetch_reason="gone for good (410); enable the source to try it again")
        return Sighting(fetch=fetch, outcome="gone", error=fetch.last_error)

    def _rhythm(self, source: Source, fetch: FetchState, *, now: float) -> Rhythm:
        return Rhythm(
            default_seconds=self._settings.every,
            wish_seconds=source.every_seconds,
            gap_seconds=_number(fetch.extra.get("gap_seconds")),
            quiet_seconds=None if fetch.last_item_at is None else max(0.0, now - fetch.last_item_at),
        )


@dataclass(frozen=True, slots=True)
class _Learnt:
    """What a reading adds to what is known of the source."""

    extra: Mapping[str, Any]
    last_item_at: float | None


def _learn(fetch: FetchState, parsed: ParsedFeed, *, now: float) -> _Learnt:
    extra = dict(fetch.extra)
    before = extra.get("keys_hash")
    changes = [at for at in extra.get("changes", ()) if isinstance(at, int | float)]
    last_item_at = fetch.last_item_at
    if before is None:
        last_item_at = parsed.dated_at[0] if parsed.dated_at else now
    elif before != parsed.keys_hash:
        last_item_at = now
        changes = [*changes, now][-_MOST_CHANGES:]
    gap = gap_of(parsed.dated_at, now=now)
    extra.update(
        keys_hash=parsed.keys_hash,
        changes=changes,
        # Without dates, the times at which entries came or went tell the rhythm.
        gap_seconds=gap if gap is not None else gap_of(changes, now=now),
        ttl_seconds=parsed.ttl_seconds,
        title=parsed.title,
        home=parsed.home,
    )
    return _Learnt(extra=extra, last_item_at=last_item_at)


def _floors(fetched: Fetched, extra: Mapping[str, Any], *, now: float) -> list[Floor]:
    if fetched.url.startswith("file:"):
        return []
    ttl = _number(extra.get("ttl_seconds"))
    floors = [freshness(fetched.headers, now=now), Floor(ttl, "ttl of the feed") if ttl else None]
    return [floor for floor in floors if floor is not None]


def _believed(fetch: FetchState) -> str | None:
    return fetch.moved_to if fetch.moved_count >= MOVES_UNTIL_BELIEVED else None


def _without_secrets(address: str | None) -> str | None:
    return address if address is None or public_address(address) == address else None


async def _hash(body: bytes) -> str:
    if len(body) < _LARGE_BODY_BYTES:
        return hashlib.sha256(body).hexdigest()
    return await asyncio.to_thread(lambda: hashlib.sha256(body).hexdigest())


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None
