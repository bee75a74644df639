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


def test_the_chinese_readme_says_the_same_commands() -> None:
    """Every block of code without its comments, every link, every setting and command named in a sentence."""
    english, chinese = ((ROOT / name).read_text() for name in ("README.md", "README.zh-CN.md"))
    assert _commands(chinese) == _commands(english)
    assert _links(chinese) == _links(english)
    assert _named(chinese) == _named(english)
    assert chinese.count("\n#") == english.count("\n#")


def _commands(page: str) -> list[str]:
    blocks = re.findall(r"```(?:sh|yaml)\n(.*?)```", page, re.DOTALL)
    return [re.split(r"\s+#\s", line)[0].rstrip() for block in blocks for line in block.splitlines()]


def _links(page: str) -> set[str]:
    return {link for link in re.findall(r"\]\(([^)]+)\)", page) if not link.startswith("README")}


def _named(page: str) -> set[str]:
    prose = re.sub(r"```.*?```", "", page, flags=re.DOTALL)
    return set(re.findall(r"`([^`\n]+)`", prose))
