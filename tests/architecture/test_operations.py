"""The operator's handbook names only what there is: alerts, headings, commands, settings, files."""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
import typer
import typer.main
import yaml
from pydantic import BaseModel

from daemon.cli.program import app
from daemon.core.settings.models import Settings

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "daemon" / "monitoring" / "alerts.yml"
PAGE = (ROOT / "daemon" / "OPERATIONS.md").read_text()
FENCES = re.findall(r"^( *)```(\w*)\n(.*?)^ *```$", PAGE, re.DOTALL | re.MULTILINE)
PROSE = re.sub(r"^ *```.*?^ *```$", "", PAGE, flags=re.DOTALL | re.MULTILINE)
INLINE = [re.sub(r"\s+", " ", code) for code in re.findall(r"`([^`]+)`", PROSE)]
SHELL = "\n".join(line.strip() for _, kind, text in FENCES if kind == "sh" for line in text.splitlines())
FILES_LIKE_SETTINGS = {"blackboard.db", "blackboard.lock", "sources.secret.json"}
"""What has the name of a section before its dot and is a file."""


def _anchor(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _anchors() -> list[str]:
    return [_anchor(heading) for heading in re.findall(r"^#+ (.+)$", PROSE, re.MULTILINE)]


def _commands() -> list[str]:
    """Every command line of ours, without what the shell does with it."""
    begins = r"(?:^|sudo |\$\(|&& |; |watch -n 2 )davidagent (.+)"
    found = re.findall(begins, SHELL, re.MULTILINE)
    found += [match[1] for code in INLINE if (match := re.match(begins, code))]
    return sorted({re.split(r"[|;)]| && | > |  +#", line)[0].strip() for line in found} - {"…"})


def _walked(path: list[str]) -> None:
    """Go into the settings by these names, as far as they are ours; fails at one that is not there."""
    model: Any = Settings
    for name in path:
        if model is None:
            return
        assert name in model.model_fields, f"{'.'.join(path)}: there is no {name}"
        model = _section(model.model_fields[name].annotation)


def _section(annotation: Any) -> Any:
    """The section that a field holds; None for a plain value, and where names of a person's own begin."""
    origin = get_origin(annotation)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return None
    return next((one for one in (annotation, *get_args(annotation)) if _is_model(one)), None)


def _is_model(found: Any) -> bool:
    return isinstance(found, type) and issubclass(found, BaseModel)


def _paths(document: Any, *, before: tuple[str, ...] = ()) -> list[list[str]]:
    if not isinstance(document, dict):
        return [list(before)]
    return [path for key, value in document.items() for path in _paths(value, before=(*before, key))]


def _settings() -> list[list[str]]:
    """Every setting that is named: with dots, as an example in YAML, or as a variable."""
    tops = "|".join(Settings.model_fields)
    dotted = [re.match(rf"((?:{tops})(?:\.[a-z0-9_]+)+)(?=$|:)", code) for code in INLINE]
    named = [match[1].split(".") for match in dotted if match and match[1] not in FILES_LIKE_SETTINGS]
    examples = [text for _, kind, text in FENCES if kind == "yaml"]
    examples += [code for code in INLINE if re.match(rf"(?:{tops}): \{{", code)]
    written = [path for text in examples for path in _paths(yaml.safe_load(text))]
    variables = re.findall(r"DAVIDAGENT_([A-Z]+(?:__[A-Z_]+)+)", PAGE)
    return named + written + [variable.lower().split("__") for variable in variables]


def test_every_alert_has_its_part() -> None:
    """The anchor of each rule's `runbook` is a heading, and no heading speaks of an alert that is gone."""
    rules = [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
    wanted = {rule["annotations"]["runbook"].removeprefix("daemon/OPERATIONS.md#") for rule in rules}
    assert {anchor for anchor in _anchors() if anchor.startswith("alert-")} == wanted


def test_every_link_within_the_page_arrives() -> None:
    """What is behind a # is one of the headings, and no two headings are alike."""
    anchors = _anchors()
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) - set(anchors) == set()


@pytest.mark.parametrize("line", _commands())
def test_a_command_exists_with_its_options(line: str) -> None:
    """The program's own parser takes it."""
    command: Any = typer.main.get_command(app)
    context, name, words = None, "davidagent", shlex.split(line)
    while True:
        try:
            context = command.make_context(name, words, parent=context)
        except typer.Exit:
            return  # --version has said all
        words = [*getattr(context, "_protected_args", ()), *context.args]
        if not hasattr(command, "resolve_command") or not words:
            return
        name, command, words = command.resolve_command(context, words)


def test_the_commands_of_every_chapter_were_found() -> None:
    """Guards the test above against finding nothing."""
    assert {"status", "backup /var/lib/davidagent/copy.db", "budget raise --daily 8"} < set(_commands())


def test_every_setting_exists() -> None:
    """Each that is named, with dots, in YAML or as a variable, is a field of the settings."""
    found = _settings()
    assert len(found) > 20
    for path in found:
        _walked(path)


def test_every_file_of_the_repository_is_there() -> None:
    """A path below daemon/, bench/ or tests/ is one that exists."""
    named = set(re.findall(r"(?<![\w/.-])(?:/opt/davidagent/)?((?:daemon|bench|tests)/[\w./-]+[\w/])(?![\w*])", PAGE))
    assert len(named) > 5
    assert sorted(path for path in named if not (ROOT / path).exists()) == []
