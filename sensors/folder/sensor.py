"""The sensor for watched folders: every file that is new or changed becomes an item."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from daemon.blackboard.records import Identity, Observation, Source
from daemon.core.errors import DavidAgentError, SensorError
from sensors.base import Sighting
from sensors.context import SensorContext
from sensors.fetch_states import failed, planned, succeeded, unforeseen
from sensors.folder.file_kinds import ending_of, job_kind
from sensors.folder.fingerprints import short_hash
from sensors.folder.memory import FolderMemory, newly_left_out
from sensors.folder.opening import ChangingError, Content, DiskError, read_content
from sensors.folder.walking import Found, Listing, shown, walk
from sensors.identity import canonical_link
from sensors.parsers.jobs import ParseJob
from sensors.parsers.pool import ParserDownError
from sensors.schedule import Plan, Rhythm, after_failure, after_success

FILES_A_LOOK: Final = 32
"""More files wait for the next look, which comes at once, so that what is held in memory has a bound."""
SECONDS_A_LOOK: Final = 30.0
LONGEST_WAIT_SECONDS: Final = 600.0
"""Between two tries of a folder that cannot be read: it costs nothing, and a disk may come back any time."""


@dataclass(slots=True)
class _Look:
    """One look at a folder, under way."""

    source: Source
    folder: Path
    now: float
    until: float
    memory: FolderMemory
    listing: Listing
    observations: list[Observation] = field(default_factory=list)
    taken: int = 0
    more_at: float | None = None

    def come_again(self, at: float) -> None:
        """Something is left that can be had then."""
        self.more_at = at if self.more_at is None else min(at, self.more_at)


class FolderSensor:
    """Reads the files of folders, a few dozen a look; never writes to a folder."""

    kind = "folder"

    def __init__(self, context: SensorContext) -> None:
        """`settings.folders` of the context say how; files are parsed by its pool."""
        self._settings = context.settings.folders
        self._parse_seconds = context.settings.parse_timeout
        self._clock = context.clock
        self._rng = context.rng
        self._parsers = context.parsers

    async def poll(self, source: Source) -> Sighting:
        """Look once. Cancellation passes; anything else becomes a failed sighting."""
        try:
            return await self._look(source)
        except DavidAgentError as error:
            return self._failed(source, str(error))
        except Exception as error:  # noqa: BLE001 - the contract: a sensor's fault is its source's failed poll
            return self._failed(source, unforeseen(source.address, error))

    async def close(self) -> None:
        """It has opened nothing that stays open."""

    async def _look(self, source: Source) -> Sighting:
        # With thousands of files, also comparing them with what is remembered is more than the event loop has time for.
        look, files = await asyncio.to_thread(self._compare, source)
        await self._take(look, files)
        return await asyncio.to_thread(self._sighting, look)

    def _compare(self, source: Source) -> tuple[_Look, list[Found]]:
        """What the folder has, and what of it is to be read now."""
        folder, limits = Path(source.address).expanduser(), self._settings
        listing = walk(folder, max_files=limits.max_files, max_file=limits.max_file)
        memory = FolderMemory.of(source.fetch.extra)
        memory.forget_what_is_gone(listing)
        look = _Look(
            source=source,
            folder=folder,
            now=self._clock.now(),
            until=self._clock.monotonic() + SECONDS_A_LOOK,
            memory=memory,
            listing=listing,
        )
        return look, self._settled(look)

    def _settled(self, look: _Look) -> list[Found]:
        """New and changed files that nobody writes to any more, the oldest first; for the others it comes again."""
        settle, memory = self._settings.settle, look.memory
        since_last = look.now - (look.source.fetch.last_success_at or look.now)
        still_ahead: set[bytes] = set()
        settled = []
        for file in look.listing.files:
            if file.fingerprint in memory.seen:
                continue
            age = look.now - file.modified_at
            is_ahead = age < 0
            if is_ahead:
                # The clock was set back, or the file was: its time says nothing, so it has to be seen twice the same.
                still_ahead.add(file.fingerprint)
                age = since_last if file.fingerprint in memory.waiting else 0.0
            if age < settle:
                look.come_again(look.now + settle - max(age, 0.0))
            else:
                settled.append(file)
        memory.waiting = still_ahead - {file.fingerprint for file in settled}
        return sorted(settled, key=lambda file: (file.modified_at, file.name))

    async def _take(self, look: _Look, files: Sequence[Found]) -> None:
        for file in files:
            if look.taken >= FILES_A_LOOK or self._clock.monotonic() > look.until:
                look.come_again(look.now)
                return
            try:
                await self._take_one(look, file)
            except ChangingError:
                look.come_again(look.now + max(self._settings.settle, 1.0))
            except ParserDownError:
                # Not the file's fault. What was read before it is kept; with nothing read, the look has failed.
                if not look.taken:
                    raise
                look.come_again(look.now)
                return

    async def _take_one(self, look: _Look, file: Found) -> None:
        name, memory = shown(file.name), look.memory
        try:
            content = await asyncio.to_thread(
                read_content, look.folder, file.name, limit=self._settings.max_file, seen=file.fingerprint
            )
            observations = await self._parse(look, file, content)
        except (ChangingError, ParserDownError):
            raise
        except DiskError as error:
            # It may recover, so the file is tried again at every look.
            look.listing.left_out[name] = str(error)
            return
        except SensorError as error:
            # Until it is changed, another try would end the same.
            memory.give_up(file, why=str(error))
        else:
            look.observations += [_named(one, content, name=name, memory=memory) for one in observations]
        memory.seen.add(file.fingerprint)
        look.taken += 1

    async def _parse(self, look: _Look, file: Found, content: Content) -> tuple[Observation, ...]:
        job = ParseJob(
            url="",
            content_type="",
            now=look.now,
            tags=look.source.tags,
            seconds=self._parse_seconds,
            kind=job_kind(ending_of(file.name.rpartition("/")[2]), content.body),
            facts={"name": shown(file.name), "modified_at": file.modified_at},
        )
        return (await self._parsers.extract(content.body, job=job)).observations

    def _sighting(self, look: _Look) -> Sighting:
        fetch = succeeded(look.source.fetch, now=look.now)
        fetch = replace(
            planned(fetch, self._plan(look)),
            last_item_at=look.now if look.observations else fetch.last_item_at,
            extra=look.memory.kept(look.listing, before=look.source.fetch.extra),
        )
        detail: dict[str, object] = {"files": len(look.listing.files), "next": fetch.next_fetch_reason}
        if news := newly_left_out(fetch.extra, before=look.source.fetch.extra):
            detail["left_out"] = news
        return Sighting(
            fetch=fetch,
            observations=tuple(look.observations),
            outcome="read" if look.taken else "unchanged",
            entries=look.taken,
            more_at=look.more_at,
            detail=detail,
        )

    def _plan(self, look: _Look) -> Plan:
        plan = after_success(self._rhythm(look.source), floors=(), now=look.now, rng=self._rng)
        if look.more_at is None or look.more_at >= plan.at:
            return plan
        more = "more files wait" if look.more_at <= look.now else "a file may still be written"
        return replace(plan, at=look.more_at, reason=more)

    def _rhythm(self, source: Source) -> Rhythm:
        return Rhythm(
            default_seconds=self._settings.every,
            wish_seconds=source.every_seconds,
            default_name="sensors.folders.every",
            jitter=0.0,
        )

    def _failed(self, source: Source, words: str) -> Sighting:
        now, rhythm = self._clock.now(), self._rhythm(source)
        plan = after_failure(
            rhythm,
            errors_in_row=source.fetch.errors_in_row + 1,
            retry_after=None,
            now=now,
            rng=self._rng,
            longest=max(rhythm.wish_seconds or rhythm.default_seconds, LONGEST_WAIT_SECONDS),
        )
        return failed(source.fetch, words, plan=plan, now=now)


def _named(one: Observation, content: Content, *, name: str, memory: FolderMemory) -> Observation:
    """The observation with its file's name and the hash of its content, by which the file is known when it is moved.

    A link tells that a feed told the same story. It does not make two files of one folder the same: two notes on one
    page are two notes, and a changed file is news.
    """
    keys = tuple(key for key in one.identities if _is_new_link(key, url=one.url, memory=memory))
    content_key = Identity(f"file:{content.digest[:40]}", is_global=False)
    return replace(one, identities=(content_key, *keys), extra={**one.extra, "file": name})


def _is_new_link(key: Identity, *, url: str | None, memory: FolderMemory) -> bool:
    canonical = canonical_link(url) if url else None
    if canonical is None or not key.key.startswith("link:"):
        return True
    link = short_hash(canonical.encode())
    is_new = link not in memory.links
    memory.links.add(link)
    return is_new
