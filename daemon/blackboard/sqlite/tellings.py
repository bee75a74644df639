"""Which of two tellings of one story stands: the first one, unless it says next to nothing and the other says more."""

import re
from dataclasses import dataclass
from typing import Final

from daemon.blackboard.queries import load_queries
from daemon.blackboard.records import Observation
from daemon.blackboard.sqlite.transaction import Transaction
from daemon.blackboard.states import State

_IDENTITIES = load_queries("identities")

SLIGHT: Final = 160
"""Letters of a telling that may well be judged to say too little, and hardly ever to say all."""
_TIMES, _LETTERS = 2, 40
"""So much more a fuller telling has: at least twice as many letters, and a few words."""
_DENSE: Final = 3
"""A sign of Chinese, Japanese or Korean says about as much as three letters."""
_LINK = re.compile(r"https?://\S+")
_FIRST_DENSE: Final = "\u2e80"


@dataclass(frozen=True, slots=True)
class _Told:
    """What the board has of a story."""

    state: State
    is_duplicate: bool
    is_awaited: bool
    is_judged: bool
    """It was discarded for what it says, not by a person."""
    text: str


def says_more(transaction: Transaction, seen: Observation, *, than: str) -> bool:
    """Whether an observation is to be told although this item tells the same story.

    An item that was discarded for what it says stands for none that says more. Nor does one that waits for its first
    claim and is so short that it may well be discarded.
    """
    told = _told(transaction, than)
    if told is None or told.is_duplicate or told.is_awaited:
        return False
    length = _letters(told.text)
    is_slight = told.is_judged or (told.state in {State.QUEUED, State.INGESTING} and length <= SLIGHT)
    return is_slight and _letters(seen.text) >= _TIMES * length + _LETTERS


def stand_for(transaction: Transaction, *, item_id: str, slight: str) -> None:
    """The item is told in the place of a slight one, which, if nobody has taken it up yet, is a duplicate now."""
    transaction.execute(_IDENTITIES["make_duplicate"], {"id": slight, "duplicate_of": item_id})


def _told(transaction: Transaction, item_id: str) -> _Told | None:
    row = transaction.execute(_IDENTITIES["telling"], {"id": item_id}).fetchone()
    if row is None:
        return None
    state, duplicate_of, waits_for, is_judged, text = row
    return _Told(State(state), duplicate_of is not None, waits_for == "article", bool(is_judged), text)


def _letters(text: str) -> int:
    """How much a text says, in letters; its links say nothing."""
    signs = (sign for sign in _LINK.sub(" ", text) if sign.isalnum())
    return sum(_DENSE if sign >= _FIRST_DENSE else 1 for sign in signs)
