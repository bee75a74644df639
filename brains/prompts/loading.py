"""Reads a prompt file: `name.vN.md` with a `# System` part (stable, cacheable) and a `# Task` part (filled in)."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from daemon.core.errors import BrainError

_FOLDER = Path(__file__).parent
_FILE = re.compile(r"(?P<name>[a-z]+)\.v(?P<number>\d+)\.md")
_PLACE = re.compile(r"\{\{([a-z_]+)\}\}")
_HASH_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt. `version` names the file and the hash of its content: `extract.v1+0f3a…`."""

    version: str
    system: str
    task: str

    def fill(self, values: Mapping[str, str]) -> str:
        """The task with every `{{place}}` filled, in one pass: a value that looks like a place stays as it is.

        Raises `BrainError` for a place without a value.
        """

        def put(match: re.Match[str]) -> str:
            if match[1] not in values:
                raise BrainError(f"the prompt {self.version} needs a value for {match[1]}")
            return values[match[1]]

        return _PLACE.sub(put, self.task)


@cache
def load_prompt(name: str) -> Prompt:
    """The newest version of a prompt. Raises `BrainError` when there is none, or when it has not the two parts."""
    found = [
        (int(m["number"]), path) for path in _FOLDER.iterdir() if (m := _FILE.fullmatch(path.name)) if m["name"] == name
    ]
    if not found:
        raise BrainError(f"there is no prompt named {name}")
    return parse_prompt(max(found)[1])


def parse_prompt(path: Path) -> Prompt:
    """The prompt in a file. Raises `BrainError` when a part is missing."""
    text = path.read_text(encoding="utf-8")
    parts = re.fullmatch(r"# System\n(?P<system>.*)\n# Task\n(?P<task>.*)", text, flags=re.DOTALL)
    if not parts:
        raise BrainError(f"{path.name} needs a part '# System' and then a part '# Task'")
    digest = hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]
    return Prompt(f"{path.name.removesuffix('.md')}+{digest}", parts["system"].strip(), parts["task"].strip())
