"""What items wait for, in words, and what a person can do about it."""

from collections.abc import Mapping, Sequence

from daemon.cli.output import clean, count

_FOR = {
    "breaker": "for a provider that is ill, and {go} on when it answers again",
    "burn": "until money goes slower, and {go} on then: davidagent budget says how fast",
    "batch": "for the answers of a batch at the provider",
    "turn": "for a limit of requests, and {go} on when there is room",
}
_OPTIONS = {"day": "--daily USD", "month": "--monthly USD"}


def wait_lines(waiting: Mapping[str, int], *, short_of: Sequence[str]) -> list[str]:
    """A line for each thing that items wait for, the budget first; `short_of`: the scopes with the least left."""
    lines = []
    if number := waiting.get("budget"):
        lines.append(f"{_items(number)} for the budget: {raise_command(short_of) or 'see davidagent budget'}")
    for what, number in sorted(waiting.items()):
        if what != "budget":
            words = _FOR.get(what, f"for {clean(what)}").format(go="goes" if number == 1 else "go")
            lines.append(f"{_items(number)} {words}")
    return lines


def raise_command(short_of: Sequence[str]) -> str:
    """The command that raises the caps of these scopes; nothing for none."""
    options = [_OPTIONS.get(scope) or f"--brain {scope.removeprefix('brain:')}=USD" for scope in short_of]
    return f"davidagent budget raise {' '.join(options)}" if options else ""


def _items(number: int) -> str:
    return f"{count(number, 'item')} {'waits' if number == 1 else 'wait'}"
