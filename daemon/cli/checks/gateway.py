"""The way to the models: breakers that refuse calls, and faults that are made on purpose."""

import time
from collections.abc import Iterator, Mapping

from daemon.blackboard.reading.status import breakers_of
from daemon.cli.breakers import in_words, open_ones
from daemon.cli.checks.check import Check, note
from daemon.cli.output import moment
from daemon.core.chaos import chaos_state
from daemon.core.clock import iso
from daemon.core.settings.models import ChaosSettings

_BREAKER_ADVICE = "its calls go to others or wait, and it closes by itself when a probe is answered; look at the reason"


def check_breakers(controls: Mapping[str, str], *, is_left: bool) -> Iterator[Check]:
    """No breaker is open; `is_left`: they stand as a process that has ended left them."""
    for one in open_ones(breakers_of(controls)):
        words = in_words(one, now=time.time(), is_left=is_left)
        yield note("breaker", f"{words}, as the daemon left it" if is_left else words, advice=_BREAKER_ADVICE)


def check_chaos(configured: ChaosSettings, *, control: str | None) -> Iterator[Check]:
    """No faults are made on purpose."""
    state = chaos_state(configured, control, now=time.time())
    if state.is_on:
        until = f" until {moment(iso(state.until))}" if state.until else ""
        by = "the configuration" if state.origin == "configuration" else "a switch"
        yield note("chaos", f"calls fail on purpose{until}, by {by}: {state.in_words}", advice="davidagent chaos off")
