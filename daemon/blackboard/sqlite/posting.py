"""Items coming in: what is known already, and what becomes a new item."""

from collections.abc import Callable, Sequence
from typing import Any

from daemon.blackboard.queries import load_queries
from daemon.blackboard.records import Identity, Observation, Posted
from daemon.blackboard.senses import ARTICLE
from daemon.blackboard.sqlite.rows import to_json
from daemon.blackboard.sqlite.tellings import says_more, stand_for
from daemon.blackboard.sqlite.transaction import Transaction
from daemon.blackboard.states import State
from daemon.core.errors import NotFoundError

_ITEMS = load_queries("items")
_IDENTITIES = load_queries("identities")
_SOURCES = load_queries("sources")

LINK = "link:"
EVERYWHERE = 0
"""The scope of keys that mean the same in every source; also the teller of what no source told."""


def post(
    transaction: Transaction,
    *,
    observations: Sequence[Observation],
    source_id: int | None,
    by: str,
    is_delivered: bool = False,
) -> list[Posted]:
    """Put observations on the board; one answer each, in order.

    `is_delivered`: their source gives each thing a name of its own and may send many with one link, such as the builds
    of a project; a link tells of them only what another source has told.
    """
    if source_id is not None and transaction.execute(_SOURCES["standing_of"], {"id": source_id}).fetchone() is None:
        raise NotFoundError(f"there is no source {source_id}")
    posting = _Posting(transaction, source_id=source_id, by=by, is_delivered=is_delivered)
    posting.load([identity.key for seen in observations for identity in seen.identities])
    answers = [posting.take(seen) for seen in observations]
    posting.write()
    return answers


class _Posting:
    """One batch of observations of one source: what is known is read once, what is new is written once."""

    def __init__(self, transaction: Transaction, *, source_id: int | None, by: str, is_delivered: bool) -> None:
        self._transaction = transaction
        self._is_delivered = is_delivered
        self._source_id = source_id
        self._scope = source_id or EVERYWHERE
        self._by = by
        self._known: dict[tuple[str, int], tuple[int, str]] = {}
        self._items: list[dict[str, Any]] = []
        self._observations: list[dict[str, Any]] = []
        self._keys: list[dict[str, Any]] = []
        self._taken: list[dict[str, Any]] = []

    def load(self, keys: list[str]) -> None:
        """Read who told these keys before."""
        if keys:
            wanted = {"keys": to_json(keys), "scope": self._scope}
            rows = self._transaction.execute(_IDENTITIES["find_known"], wanted)
            self._known = {(key, scope): (teller, item_id) for key, scope, teller, item_id in rows}

    def take(self, seen: Observation) -> Posted:
        """Decide about one observation; keys it brings are learned in any case."""
        own = self._told_here(seen.identities)
        is_by_hand = self._scope == EVERYWHERE
        if own and not (is_by_hand and says_more(self._transaction, seen, than=own)):
            self._learn(seen.identities, own)
            return Posted(own, is_new=False)
        elsewhere = own or self._told_elsewhere(seen.identities)
        item_id = self._transaction.ids()
        if elsewhere and says_more(self._transaction, seen, than=elsewhere):
            self._take_over(seen.identities, item_id, slight=elsewhere)
            elsewhere = None
        self._add(seen, item_id=item_id, duplicate_of=elsewhere)
        self._learn(seen.identities, item_id)
        return Posted(item_id, is_new=True, duplicate_of=elsewhere)

    def write(self) -> None:
        """Write what `take` decided."""
        self._transaction.executemany(_ITEMS["insert_item"], self._items)
        self._transaction.executemany(_ITEMS["insert_observation"], self._observations)
        self._transaction.executemany(_IDENTITIES["insert_identity"], self._keys)
        self._transaction.executemany(_IDENTITIES["take_over_identity"], self._taken)

    def _told_here(self, identities: Sequence[Identity]) -> str | None:
        """The item as this source told it; for what no source posts: as anyone told it."""

        def here(identity: Identity) -> str | None:
            if self._is_delivered and identity.key.startswith(LINK):
                return None
            first = self._first(identity)
            own = self._known.get((identity.key, self._scope))
            return own[1] if own else first[1] if first and first[0] == self._scope else None

        return _known_by(identities, here)

    def _told_elsewhere(self, identities: Sequence[Identity]) -> str | None:
        def elsewhere(identity: Identity) -> str | None:
            first = self._first(identity)
            return first[1] if first and first[0] != self._scope else None

        return _known_by(identities, elsewhere)

    def _first(self, identity: Identity) -> tuple[int, str] | None:
        """Who told a global key first, and of which item."""
        return self._known.get((identity.key, EVERYWHERE)) if identity.is_global else None

    def _learn(self, identities: Sequence[Identity], item_id: str) -> None:
        """Remember the keys; a global key that another source told first is kept in this source's scope too."""
        for identity in identities:
            first = self._first(identity)
            if (identity.key, self._scope) in self._known or (first and first[0] == self._scope):
                continue
            scope = EVERYWHERE if identity.is_global and first is None else self._scope
            self._known[identity.key, scope] = (self._scope, item_id)
            self._keep_key(identity.key, scope=scope, teller=self._scope, item_id=item_id)

    def _take_over(self, identities: Sequence[Identity], item_id: str, *, slight: str) -> None:
        """From now on, what everybody knows the slight item by leads to this one; its own source still knows it."""
        for identity in identities:
            first = self._first(identity)
            if first is None or first[1] != slight:
                continue
            self._known[identity.key, EVERYWHERE] = (self._scope, item_id)
            self._taken.append({"key": identity.key, "source_id": self._scope, "item_id": item_id})
            if first[0] != EVERYWHERE:
                self._keep_key(identity.key, scope=first[0], teller=first[0], item_id=slight)
        stand_for(self._transaction, item_id=item_id, slight=slight)

    def _keep_key(self, key: str, *, scope: int, teller: int, item_id: str) -> None:
        row = {"key": key, "scope": scope, "source_id": teller, "item_id": item_id, "now": self._transaction.now}
        self._keys.append(row)

    def _wait(self, seen: Observation, *, is_duplicate: bool) -> dict[str, Any]:
        """When it may be claimed: at once, or when its article has been fetched; a duplicate needs none."""
        if seen.article_within is None or seen.url is None or is_duplicate:
            return {"available_at": self._transaction.now, "waits_for": None}
        return {"available_at": self._transaction.now + seen.article_within, "waits_for": ARTICLE}

    def _add(self, seen: Observation, *, item_id: str, duplicate_of: str | None) -> None:
        self._items.append(
            {
                "id": item_id,
                "title": seen.title,
                "url": seen.url,
                "source_id": self._source_id,
                "tags": to_json(seen.tags),
                "duplicate_of": duplicate_of,
                **self._wait(seen, is_duplicate=duplicate_of is not None),
                "now": self._transaction.now,
            }
        )
        self._observations.append(
            {
                "item_id": item_id,
                "text": seen.text,
                "author": seen.author,
                "published_at": seen.published_at,
                "language": seen.language,
                "extra": to_json(dict(seen.extra)),
            }
        )
        data: dict[str, Any] = {"by": self._by, "title": seen.title, "source_id": self._source_id}
        if duplicate_of:
            data["duplicate_of"] = duplicate_of
        if self._items[-1]["waits_for"]:
            data["waits_for"] = self._items[-1]["waits_for"]
        self._transaction.emit("item_posted", item_id=item_id, to_state=State.QUEUED, data=data)


def _known_by(identities: Sequence[Identity], told: Callable[[Identity], str | None]) -> str | None:
    """The item that any key tells, or the keys of all parts together: with one part more it is something else."""
    whole = next((item for one in identities if not one.is_part and (item := told(one))), None)
    parts = [told(one) for one in identities if one.is_part]
    return whole or (parts[0] if all(parts) and parts else None)
