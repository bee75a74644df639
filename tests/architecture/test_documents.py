"""The documents say what the code says."""

import re
from pathlib import Path

from daemon.blackboard.diagram import mermaid

ROOT = Path(__file__).parents[2]


def test_the_state_diagram_in_the_architecture_page_is_fresh() -> None:
    """The Mermaid block equals the one made from the table of transitions."""
    page = (ROOT / "daemon" / "ARCHITECTURE.md").read_text()
    blocks = re.findall(r"```mermaid\n(.*?)\n```", page, re.DOTALL)
    assert mermaid() in blocks, "run: python -m daemon.blackboard.diagram"


def test_every_dependency_has_its_reason() -> None:
    """Each package named in pyproject.toml is named in DECISIONS.md."""
    project = (ROOT / "pyproject.toml").read_text()
    names = set(re.findall(r'^\s+"([a-z0-9-]+)>=', project, re.MULTILINE)) - {"hatchling"}
    names |= set(re.findall(r'\["([a-z0-9-]+)>=', project)) - {"hatchling"}
    decisions = (ROOT / "daemon" / "DECISIONS.md").read_text()
    assert sorted(name for name in names if f"`{name}`" not in decisions) == []


def test_no_lock_file_names_an_index() -> None:
    """A lock file holds names and versions, no address."""
    for lock in (ROOT / "requirements.lock", ROOT / "bench" / "requirements.lock"):
        assert "://" not in lock.read_text()
