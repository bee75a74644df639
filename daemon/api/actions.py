"""What a person can do to the board, checked and said in plain words.

The API does these for its callers; the command line does the same ones itself when no daemon runs.
"""

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from daemon.api.adding import is_web, source_from_address
from daemon.api.discovering import discovery_document, find_feed
from daemon.api.hooking import HookSwitch
from daemon.api.importing import feed_list, in_pieces
from daemon.api.judging import FeedbackSwitch
from daemon.api.posting import observe
from daemon.api.reviving import Revivals
from daemon.api.spending import BudgetSwitch
from daemon.api.switching import ChaosSwitch
from daemon.api.trying import try_source
from daemon.api.turns import Turns
from daemon.blackboard.engine import Engine
from daemon.blackboard.keys import PostKey, post_key
from daemon.blackboard.reading import BoardReader
from daemon.blackboard.records import NewSource, Posted
from daemon.blackboard.states import State, Verb, sources
from daemon.core.errors import NotFoundError, UsageError, WrongStateError
from daemon.core.settings.models import Settings
from daemon.runtime.source_facts import source_facts
from sensors.secret_addresses import SecretAddresses, public_address
from sensors.wishes import SourceWishes

if TYPE_CHECKING:
    from sensors.web.fetching import Fetcher

Document = dict[str, Any]

_TRIAL = "the trial of a source"
_LIST = "the reading of a list"
_APPROVED = frozenset({State.PUBLISHING, State.PUBLISHED})
_SENT_BACK = frozenset({State.DRAFTING, State.REVIEWING})
_DISMISSED = frozenset({State.DISCARDED})


class BoardActions:
    """A person's verbs. All are idempotent: what is done already is passed over, and counts as zero.

    An id that is not on the board raises `NotFoundError`, an item for which the verb makes no sense
    `WrongStateError`; nothing is changed then. `by` is kept in the events. `turns` are those of all who act at once.
    `fetcher` is the running daemon's, whose limits per host hold over its polls and a person's wishes together.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        reader: BoardReader,
        settings: Settings,
        by: str,
        wake: Callable[[], None] = lambda: None,
        turns: Turns | None = None,
        fetcher: "Fetcher | None" = None,
    ) -> None:
        self._engine = engine
        self._reader = reader
        self._settings = settings
        self._by = by
        self._wake = wake
        self._turns = turns or Turns()
        self._fetcher = fetcher

    # --- items ---

    async def post(self, *, url: str | None, text: str | None, title: str | None, key: str | None = None) -> Document:
        """Put a person's item on the board; without text, the page at `url` is fetched: `{"id", "new", "state"}`.

        The same again under the same `key` is the item of before, and nothing is fetched; something else under it
        raises `KeyReusedError`.
        """
        if key is None:
            return await self._post(None, url=url, text=text, title=title)
        known = post_key(key, url=url, text=text, title=title)
        async with self._turns.of(key):
            if (item_id := await self._engine.find_posted(known)) is not None:
                return await self._posted(Posted(item_id, is_new=False))
            return await self._post(known, url=url, text=text, title=title)

    async def retry(
        self,
        *,
        ids: Sequence[str] | None = None,
        group: str | None = None,
        model: str | None = None,
        dry_run: bool = False,
    ) -> Document:
        """Revive these dead letters, those of a group, or all: `{"revived": n}`; see `Revivals`."""
        if ids is not None:
            await self._states(ids)
        return await self._revivals.retry(ids=ids, group=group, model=model, dry_run=dry_run)

    async def edit(
        self, item_id: str, *, title: str | None = None, text: str | None = None, model: str | None = None
    ) -> Document:
        """Send a dead letter through all steps again, with another title, text or model: `{"edited": 1}`."""
        return await self._revivals.edit(item_id, title=title, text=text, model=model)

    async def approve(self, ids: Sequence[str]) -> Document:
        """Publish held items: `{"approved": n}`."""
        await self._check(ids, verb=Verb.APPROVE, done=_APPROVED)
        approved = await self._engine.approve(ids, by=self._by)
        self._wake()
        return {"approved": len(approved)}

    async def reject(self, ids: Sequence[str], *, reason: str) -> Document:
        """Send held items back to be written anew, with the reason: `{"rejected": n}`."""
        await self._check(ids, verb=Verb.REJECT, done=_SENT_BACK)
        rejected = await self._engine.send_back(ids, reason=reason, by=self._by)
        self._wake()
        return {"rejected": len(rejected)}

    async def discard(self, ids: Sequence[str], *, reason: str) -> Document:
        """Drop held items and dead letters: `{"discarded": n}`."""
        await self._check(ids, verb=Verb.DISCARD, done=_DISMISSED)
        return {"discarded": len(await self._engine.dismiss(ids, reason=reason, by=self._by))}

    async def give_feedback(self, item_id: str, *, verdict: str, about: str = "post", **words: str) -> Document:
        """Judge a post, or a sentence or claim of it; `words`: passage, reason, corrected. The verdict as it stands."""
        return await self._feedback.give(item_id, verdict=verdict, about=about, **words)

    async def withdraw_feedback(self, number: int) -> Document:
        """Take a verdict back: `{"withdrawn": n}`."""
        return await self._feedback.withdraw(number)

    # --- sources ---

    async def add_source(
        self, address: str, *, discover: bool = False, all_feeds: bool = False, **wishes: Unpack[SourceWishes]
    ) -> Document:
        """Add a source by what a person calls it (see `adding`); one that is there already is answered as it is.

        With `discover`, an address on the web is looked at first: the feed that it leads to becomes the source, with
        `all_feeds` its page's others too. The source as it stands on the board, with `discovery`: see
        `AddedSourceAnswer`. Raises `NoFeedError` when it leads to none.
        """
        new = source_from_address(address, **wishes)
        if not discover or not is_web(new.address) or await self._engine.source_at(public_address(new.address)):
            return await self._added(new) | {"discovery": None}
        async with self._turns.of(_TRIAL):
            found = await find_feed(new.address, settings=self._settings, fetcher=self._fetcher)
        told = await self._added(replace(new, address=found.address, name=new.name or found.title or None))
        others = [
            (await self._added(replace(new, address=one.address, name=one.title or None)))["id"] if all_feeds else None
            for one in found.others
        ]
        return told | {"discovery": discovery_document(found, asked=new.address, added=others)}

    async def try_source(self, address: str) -> Document:
        """Look at an address once, keeping nothing: see `trying.try_source`. One at a time, for all who ask."""
        async with self._turns.of(_TRIAL):
            return await try_source(address, settings=self._settings, reader=self._reader, fetcher=self._fetcher)

    async def import_sources(self, opml: str) -> Document:
        """Add every feed of an OPML document: `{"added": n, "known": n, "problems": […]}`.

        What the document names twice is known the second time.
        """
        board = [one["address"] for one in await asyncio.to_thread(self._reader.sources)]
        async with self._turns.of(_LIST):
            found = await feed_list(opml, known=board, seconds=self._settings.sensors.parse_timeout)
        SecretAddresses(self._settings.home).keep_all(found.secret)
        await in_pieces(found.fresh, partial(self._engine.add_source, by=self._by))
        self._wake()
        return {"added": len(found.fresh), "known": found.known, "problems": list(found.problems)}

    async def enable_source(self, wanted: str, *, is_enabled: bool) -> Document:
        """Switch a source (by id, address or name) on or off: the source as it stands on the board."""
        source_id = await asyncio.to_thread(self._reader.source_id, public_address(wanted))
        await self._engine.set_source_enabled(source_id, is_enabled=is_enabled, by=self._by)
        self._wake()
        return await self._source(source_id)

    async def remove_source(self, wanted: str) -> Document:
        """Remove a source that was added; its items stay: `{"removed": address}`."""
        source_id = await asyncio.to_thread(self._reader.source_id, public_address(wanted))
        source = await self._source(source_id)
        if source["origin"] == "config":
            raise UsageError(f"{source['name']} comes from the configuration file: remove it there, or disable it")
        await self._engine.remove_source(source_id, by=self._by)
        self._hooks.forget(source["address"])
        SecretAddresses(self._settings.home).forget(source["address"])
        return {"removed": source["address"]}

    async def rotate_hook(self, name: str) -> Document:
        """Make a new secret for a webhook, told this once: see `HookSwitch.rotate`."""
        return await self._hooks.rotate(name, now=time.time())

    # --- the rest ---

    async def backup(self, path: Path) -> Document:
        """Copy the board to a new file: `{"path", "bytes"}`."""
        await asyncio.to_thread(_check_target, path)
        await self._engine.backup(path)
        copy = {"path": str(path), "bytes": await asyncio.to_thread(os.path.getsize, path)}
        await self._engine.record_event("board_copied", data={**copy, "by": self._by})
        return copy

    async def rebuilt_memory(self, to_remember: int) -> Document:
        """Tell that the memory was emptied, and is filled again with so many posts: `{"to_remember"}`."""
        await self._engine.record_event("memory_rebuilt", data={"to_remember": to_remember, "by": self._by})
        return {"to_remember": to_remember}

    async def pause(self, *, is_paused: bool) -> Document:
        """Stop or go on claiming work: `{"paused": …}`."""
        await self._engine.set_control("paused", "1" if is_paused else None, by=self._by)
        self._wake()
        return {"paused": is_paused}

    async def budget(self) -> Document:
        """Caps, what stands against them, how fast it goes: see `reading.budget`."""
        return await self._budget.report()

    async def raise_budget(self, caps: Mapping[str, float]) -> Document:
        """Set caps (dollars by scope) for their running period; what waits for the budget goes on."""
        done = await self._budget.set_caps(caps)
        self._wake()
        return done

    async def reset_budget(self) -> Document:
        """Let the configured caps hold again."""
        done = await self._budget.reset()
        self._wake()
        return done

    async def chaos_status(self) -> Document:
        """Whether faults are made on purpose: `{"on", "set_by", "until", "faults"}`."""
        return await self._chaos.status(now=time.time())

    async def chaos_on(self, faults: Mapping[str, Any], *, for_seconds: float | None) -> Document:
        """Make faults on purpose, with these settings over the configured ones."""
        return await self._chaos.turn_on(faults, for_seconds=for_seconds, now=time.time())

    async def chaos_off(self) -> Document:
        """Make none any more."""
        return await self._chaos.turn_off(now=time.time())

    async def _post(self, key: PostKey | None, *, url: str | None, text: str | None, title: str | None) -> Document:
        observation = await observe(url, text=text, title=title, settings=self._settings, fetcher=self._fetcher)
        (posted,) = await self._engine.post([observation], source_id=None, by=self._by, key=key)
        self._wake()
        return await self._posted(posted)

    async def _posted(self, posted: Posted) -> Document:
        if posted.is_new:
            return {"id": posted.item_id, "new": True, "state": State.QUEUED.value}
        states = await asyncio.to_thread(self._reader.states_of, [posted.item_id])
        state = states.get(posted.item_id)
        return {"id": posted.item_id, "new": posted.is_new, "state": state.value if state else None}

    @property
    def _revivals(self) -> Revivals:
        return Revivals(self._engine, reader=self._reader, settings=self._settings, by=self._by, wake=self._wake)

    @property
    def _budget(self) -> BudgetSwitch:
        return BudgetSwitch(self._engine, reader=self._reader, budget=self._settings.budget, by=self._by)

    @property
    def _hooks(self) -> HookSwitch:
        return HookSwitch(self._engine, settings=self._settings, by=self._by)

    @property
    def _feedback(self) -> FeedbackSwitch:
        return FeedbackSwitch(self._engine, by=self._by)

    @property
    def _chaos(self) -> ChaosSwitch:
        return ChaosSwitch(self._engine, configured=self._settings.chaos, by=self._by)

    async def _states(self, ids: Sequence[str]) -> dict[str, State]:
        states = await asyncio.to_thread(self._reader.states_of, ids)
        if missing := [one for one in ids if one not in states]:
            raise NotFoundError(f"there is no item {', '.join(missing)}")
        return states

    async def _check(self, ids: Sequence[str], *, verb: Verb, done: frozenset[State]) -> None:
        allowed = sources(verb, by="person")
        for item_id, state in (await self._states(ids)).items():
            if state not in allowed | done:
                wanted = " or ".join(sorted(allowed))
                raise WrongStateError(f"item {item_id} is {state}; {verb} needs {wanted}")

    async def _added(self, new: NewSource) -> Document:
        # Two who add the same webhook at once must not be told two secrets, of which one is good.
        async with self._turns.of(new.address):
            is_new = await self._engine.source_at(public_address(new.address)) is None
            told_once = await self._hooks.begin(new)
            added = await self._engine.add_source(self._without_secrets(new), by=self._by)
        self._wake()
        return await self._source(added.id) | told_once | {"is_new": is_new}

    def _without_secrets(self, source: NewSource) -> NewSource:
        """The source as it may stand on the board; what is secret in its address is kept beside it."""
        return replace(source, address=SecretAddresses(self._settings.home).keep(source.address))

    async def _source(self, source_id: int) -> Document:
        for one in await asyncio.to_thread(self._reader.sources):
            if one["id"] == source_id:
                return source_facts([one], settings=self._settings)[0]
        raise NotFoundError(f"source {source_id} has been removed")


def _check_target(path: Path) -> None:
    if path.exists():
        raise UsageError(f"{path} is there already; a backup never overwrites")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}")
