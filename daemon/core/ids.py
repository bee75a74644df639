"""Short ids that sort by time: 13 characters of Crockford's base 32."""

import random
from collections.abc import Callable

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_RANDOM_BITS = 21
_LENGTH = 13

IdSource = Callable[[], str]


class TimeSortedIds:
    """An `IdSource`: 44 bits of milliseconds, then 21 random bits; within a millisecond it counts up.

    Ids of one process never repeat and always grow, also when the clock is set back.
    """

    def __init__(self, now: Callable[[], float], rng: random.Random) -> None:
        self._now = now
        self._rng = rng
        self._last = 0

    def __call__(self) -> str:
        """The next id, such as `06c2r5x9k1v7q`."""
        fresh = int(self._now() * 1000) << _RANDOM_BITS | self._rng.getrandbits(_RANDOM_BITS - 1)
        self._last = max(fresh, self._last + 1)
        return _encode(self._last)


def _encode(number: int) -> str:
    digits = []
    for _ in range(_LENGTH):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def lowest_id(at: float) -> str:
    """The lowest id that could be given at a time (epoch seconds): what was made before it has a lower one."""
    return _encode(max(0, int(at * 1000)) << _RANDOM_BITS)


def made_at(item_id: str) -> float:
    """When an id was given, in epoch seconds. Raises `ValueError` for what is none."""
    number = 0
    for digit in item_id:
        number = number * 32 + _ALPHABET.index(digit)
    return (number >> _RANDOM_BITS) / 1000
