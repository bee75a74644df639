"""How webhooks are named: their kind, their address on the board, and the path where they are sent to."""

from typing import Final

KIND: Final = "webhook"
"""The kind of source that nobody polls: it is told."""
PREFIX: Final = "webhook:"
"""Of its address on the board and on the command line."""
PATH: Final = "/hooks/"
"""Under which the API takes deliveries."""


def hook_name(address: str) -> str:
    """`builds` of `webhook:builds`; a name alone is one already."""
    return address.removeprefix(PREFIX)


def hook_address(name: str) -> str:
    """`webhook:builds`, as it stands on the board."""
    return f"{PREFIX}{name}"


def hook_path(name: str) -> str:
    """`/hooks/builds`, where its deliveries go."""
    return f"{PATH}{name}"
