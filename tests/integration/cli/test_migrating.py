"""`davidagent config migrate`: the change is shown, made when told to, and never made twice."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from daemon.core.settings import load_settings
from tests.integration.cli.conftest import Command

DESK = """\
# my desk
llm:
  groups_dir: groups
  roles: {extract: left, draft: right, review: thinking_group}
  groups:
    left:            # reads
        echelon1: {models: [offline]}
    right: {echelon1: {models: [offline]}}   # me

# the end
budget: {daily_usd: 5.00}
"""
THINKING = """\
name: "thinking_group"   # the user's word

echelon1:
  models: ["offline"]
echelon2:
  models: ["offline"]
"""
OWN = "echelon1: {models: [offline]}\nfallback_config: {max_attempts: 2}   # mine\n"
OLD = """\
global_fallback:
  enabled: true
  strategy: "echelon_down"
  fallback_groups: ["thinking_group.echelon2", "left.echelon1", "gone"]
  fallback_models: [quick, writer]
  max_attempts: 3
  retry_delay: 1.0
  circuit_breaker: {failure_threshold: 5, recovery_time: 60, half_open_requests: 1, window: 10}
  zebra: 1
"""
FILES = {
    "davidagent.yaml": DESK,
    "groups/thinking_group.yaml": THINKING,
    "groups/own.yaml": OWN,
    "global_fallback.yaml": OLD,
}
NOTES = [
    "fallback_groups: there is no gone, so no group falls back to it",
    (
        "fallback_models: quick, writer: a fallback_config names groups, not models; "
        "put them in a last echelon of the groups that need them"
    ),
    "circuit_breaker.window: a group's fallback_config has no such key; it is not carried over",
    "zebra: a group's fallback_config has no such key; it is not carried over",
    "left: fallback_groups: left.echelon1 is left out: it is the group's only echelon",
    "own: has a fallback_config of its own, which stays as it is",
]
ADDED_TO_THINKING = """\
fallback_config:
  strategy: echelon_down
  fallback_groups: [thinking_group.echelon2, left.echelon1]
  max_attempts: 3
  retry_delay: 1.0
  circuit_breaker:
    failure_threshold: 5
    recovery_time: 60
    half_open_requests: 1
"""
ADDED_TO_LEFT = """\
        fallback_config:
          strategy: echelon_down
          fallback_groups: [thinking_group.echelon2]
          max_attempts: 3
          retry_delay: 1.0
          circuit_breaker:
            failure_threshold: 5
            recovery_time: 60
            half_open_requests: 1
"""
IN_RIGHT = """\
    right: {echelon1: {models: [offline]},
            fallback_config: {strategy: echelon_down, fallback_groups: [thinking_group.echelon2, left.echelon1],
                              max_attempts: 3, retry_delay: 1.0,
                              circuit_breaker: {failure_threshold: 5, recovery_time: 60, half_open_requests: 1}}}   # me
"""


def _written(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def _on_disk(folder: Path) -> dict[str, str]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes().decode() for path in paths}


@pytest.fixture
def desk(home: Path) -> Path:
    """A configuration with groups in it and beside it, and an old global fallback."""
    _written(home.parent, FILES)
    return home.parent


def test_the_change_is_shown_and_nothing_is_written(davidagent: Command, desk: Path) -> None:
    said = davidagent("config", "migrate")
    assert said.code == 0
    assert said.out.startswith("--- davidagent.yaml\n+++ davidagent.yaml\n@@ ")
    assert "\n--- groups/thinking_group.yaml\n" in said.out
    added = [line[1:] for line in said.out.splitlines() if line.startswith("+") and not line.startswith("+++")]
    assert added == [*ADDED_TO_LEFT.splitlines(), *IN_RIGHT.splitlines(), *ADDED_TO_THINKING.splitlines()]
    assert said.out.endswith("Nothing is written yet. To do it: davidagent config migrate --write\n")
    assert said.err.splitlines() == [f"davidagent: {note}" for note in NOTES]
    assert _on_disk(desk) == FILES


def test_write_changes_the_files_and_keeps_the_old_ones(davidagent: Command, desk: Path) -> None:
    """Comments, order and layout survive; the group with a fallback of its own is not touched."""
    (desk / "davidagent.yaml").chmod(0o640)
    said = davidagent("config", "migrate", "--write")
    assert said.code == 0
    assert said.out.splitlines()[-3:] == [
        "davidagent.yaml is changed; davidagent.yaml.bak is what it was.",
        "groups/thinking_group.yaml is changed; groups/thinking_group.yaml.bak is what it was.",
        "global_fallback.yaml is called global_fallback.yaml.migrated now.",
    ]
    changed = DESK.replace("[offline]}\n    right", f"[offline]}}\n{ADDED_TO_LEFT}    right")
    assert _on_disk(desk) == {
        "davidagent.yaml": changed.replace("    right: {echelon1: {models: [offline]}}   # me\n", IN_RIGHT),
        "davidagent.yaml.bak": DESK,
        "groups/thinking_group.yaml": THINKING + ADDED_TO_THINKING,
        "groups/thinking_group.yaml.bak": THINKING,
        "groups/own.yaml": OWN,
        "global_fallback.yaml.migrated": OLD,
    }
    assert {oct((desk / name).stat().st_mode)[-3:] for name in ("davidagent.yaml", "davidagent.yaml.bak")} == {"640"}
    groups = load_settings(environ={}, cwd=desk).settings.llm.groups
    assert {name: group.fallback_config.max_attempts for name, group in groups.items()} == {
        "left": 3,
        "right": 3,
        "thinking_group": 3,
        "own": 2,
    }


def test_a_second_run_has_nothing_to_do(davidagent: Command, desk: Path) -> None:
    davidagent("config", "migrate", "--write")
    before = _on_disk(desk)
    for options in ((), ("--write",), ("--from", "global_fallback.yaml")):
        said = davidagent("config", "migrate", *options)
        assert (said.code, said.out) == (0, "There is no global fallback, so there is nothing to do.\n")
    assert davidagent("config", "migrate", "--json").document["from"] is None
    assert _on_disk(desk) == before


def test_the_check_counts_the_files_of_groups(davidagent: Command, desk: Path) -> None:
    said = davidagent("config", "check")
    where = desk / "davidagent.yaml"
    assert said.out == f"{where}, with 2 files of groups and pools, is fine, with 1 warning.\n"
    assert said.err.startswith("davidagent: global_fallback.yaml: is not read: there is no global fallback, ")


def test_json_says_the_same(davidagent: Command, desk: Path) -> None:
    shown = davidagent("config", "migrate", "--json").document
    assert shown["from"] == "global_fallback.yaml"
    assert [change["path"] for change in shown["changes"]] == [
        str(desk / "davidagent.yaml"),
        str(desk / "groups" / "thinking_group.yaml"),
    ]
    assert shown["changes"][1]["diff"].startswith("--- groups/thinking_group.yaml\n")
    assert (shown["notes"], shown["warnings"]) == (NOTES, [])
    assert (shown["written"], shown["kept"]) == (False, [])
    assert shown["retired"] == str(desk / "global_fallback.yaml.migrated")
    done = davidagent("config", "migrate", "--write", "--json").document
    assert (done["written"], done["kept"][0]) == (True, str(desk / "davidagent.yaml.bak"))


def test_an_older_copy_is_not_overwritten(davidagent: Command, desk: Path) -> None:
    _written(desk, {"davidagent.yaml.bak": "older"})
    davidagent("config", "migrate", "--write")
    assert ((desk / "davidagent.yaml.bak").read_text(), (desk / "davidagent.yaml.bak2").read_text()) == ("older", DESK)


@pytest.mark.parametrize("place", ["at the top", "under llm", "alone under llm"])
def test_an_inline_key_is_moved_too(davidagent: Command, home: Path, place: str) -> None:
    """Then the configuration loads again."""
    inline = "global_fallback:   # for all\n  max_attempts: 4\n"
    group = "groups: {left: {echelon1: {models: [offline]}}, right: {echelon1: {models: [offline]}}}\n"
    nested = "".join(f"  {line}\n" for line in inline.splitlines())
    texts = {
        "at the top": f"# mine\n{inline}llm:\n  {group}log: {{level: info}}\n",
        "under llm": f"# mine\nllm:\n{nested}  {group}log: {{level: info}}\n",
        "alone under llm": f"# mine\nllm:\n{nested}  groups_dir: groups\nlog: {{level: info}}\n",
    }
    desk = home.parent
    one = "echelon1: {models: [offline]}\n"
    _written(desk, {"davidagent.yaml": texts[place], "groups/left.yaml": one, "groups/right.yaml": one})
    assert davidagent("config", "check").code == 2
    said = davidagent("config", "migrate", "--write")
    assert (said.code, said.err) == (0, "")
    text = (desk / "davidagent.yaml").read_text()
    assert "global_fallback" not in text
    assert text.startswith("# mine\n")
    groups = load_settings(environ={}, cwd=desk).settings.llm.groups
    assert [groups[name].fallback_config.max_attempts for name in ("left", "right")] == [4, 4]
    assert davidagent("config", "migrate").out.startswith("There is no global fallback")


def test_a_file_elsewhere_is_named(davidagent: Command, desk: Path) -> None:
    (desk / "global_fallback.yaml").rename(desk / "old.yaml")
    assert davidagent("config", "migrate").out.startswith("There is no global fallback")
    said = davidagent("config", "migrate", "--from", "old.yaml")
    assert said.out.endswith("To do it: davidagent config migrate --from old.yaml --write\n")
    davidagent("config", "migrate", "--from", "old.yaml", "--write")
    assert (desk / "old.yaml.migrated").read_text() == OLD


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("enabled: false\nmax_attempts: 3\n", ["enabled: false: it was off, so no group takes anything over"]),
        ("max_attempts: many\n", ["max_attempts: must be a whole number, not 'many'; it is not carried over"]),
        (
            "fallback:\n  strategy: echelon_dwon\nname: x\n",
            [
                "name: a group's fallback_config has no such key; it is not carried over",
                "strategy: 'echelon_dwon' is not possible; did you mean echelon_down?; it is not carried over",
            ],
        ),
        ("", []),
    ],
)
def test_what_cannot_be_taken_over_is_said_and_the_file_retires(
    davidagent: Command, desk: Path, text: str, sentences: list[str]
) -> None:
    _written(desk, {"global_fallback.yaml": text})
    said = davidagent("config", "migrate", "--write", "--json").document
    assert (said["notes"], said["changes"]) == (sentences, [])
    assert (desk / "davidagent.yaml").read_text() == DESK
    assert (desk / "global_fallback.yaml.migrated").read_text() == text


REFUSED = {
    "no configuration": (
        {},
        (),
        "davidagent: there is no configuration file to change; name one with --config\n",
    ),
    "no such file": (
        FILES,
        ("--from", "nowhere.yaml"),
        "davidagent: --from: there is no file {folder}/nowhere.yaml\n",
    ),
    "two of them": (
        {**FILES, "groups/global_fallback.yaml": ""},
        (),
        (
            "davidagent: there are 2 global fallbacks: global_fallback.yaml and groups/global_fallback.yaml; "
            "keep the one that is meant\n"
        ),
    ),
    "one beside a key": (
        {**FILES, "davidagent.yaml": f"{DESK}global_fallback: {{}}\n"},
        (),
        (
            "davidagent: there are 2 global fallbacks: davidagent.yaml: global_fallback and global_fallback.yaml; "
            "keep the one that is meant\n"
        ),
    ),
    "no group to move it into": (
        {"davidagent.yaml": "log: {level: info}\n", "global_fallback.yaml": OLD},
        (),
        (
            "davidagent: davidagent.yaml: no group is written, so there is nothing to move the fallback into; "
            "write llm.groups first\n"
        ),
    ),
    "an earlier one that was moved": (
        {**FILES, "global_fallback.yaml.migrated": ""},
        (),
        "davidagent: global_fallback.yaml.migrated is there already; move it away first\n",
    ),
    "a result that would not load": (
        {**FILES, "global_fallback.yaml": "retry_delay: -1\n", "groups/own.yaml": f"{OWN}zebra: 1\n"},
        (),
        (
            "davidagent: the result would not load, so nothing is written:\n"
            "davidagent: davidagent.yaml:9: llm.groups.left.fallback_config.retry_delay: must be 0 seconds or more\n"
            "davidagent: davidagent.yaml:11: llm.groups.right.fallback_config.retry_delay: must be 0 seconds or more\n"
            "davidagent: groups/own.yaml:3: llm.groups.own.zebra: unknown key; "
            "the keys here are: description, echelon1, echelon2, echelon3, fallback_config, name\n"
            "davidagent: groups/thinking_group.yaml:8: llm.groups.thinking_group.fallback_config.retry_delay: "
            "must be 0 seconds or more\n"
        ),
    ),
    "groups that share their lines": (
        {
            **FILES,
            "davidagent.yaml": DESK.replace("left: ", "left: &e").replace("{echelon1: {models: [offline]}}", "*e"),
            "global_fallback.yaml": "max_attempts: 3\n",
        },
        (),
        (
            "davidagent: davidagent.yaml: cannot be changed at one place alone; "
            "take apart by hand what groups share by anchors, and try again\n"
        ),
    ),
}


@pytest.mark.parametrize(("files", "options", "sentences"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    davidagent: Command, home: Path, files: dict[str, str], options: tuple[str, ...], sentences: str
) -> None:
    """Wrong use or configuration: exit code 2."""
    _written(home.parent, files)
    said = davidagent("config", "migrate", "--write", *options)
    assert (said.code, said.out, said.err) == (2, "", sentences.format(folder=home.parent))
    assert _on_disk(home.parent) == files


def test_a_disk_that_refuses_leaves_everything_as_it_was(davidagent: Command, desk: Path) -> None:
    """A folder stands where the new text would be written first."""
    (desk / ".davidagent.yaml.tmp").mkdir()
    said = davidagent("config", "migrate", "--write")
    assert said.code == 1
    assert {name: _on_disk(desk)[name] for name in FILES} == FILES


def test_no_secret_stands_in_the_diff(davidagent: Command, desk: Path) -> None:
    """The lines around a change are shown, and a key may be among them."""
    models = "  models: {a: {provider: gemini, model: m, api_key: CANARY-99}}\n"
    _written(desk, {"davidagent.yaml": DESK.replace("# me\n", f"# me\n{models}")})
    said = davidagent("config", "migrate")
    assert "api_key: ***" in said.out
    assert "CANARY" not in said.out + said.err + davidagent("config", "migrate", "--json").out


def test_line_ends_of_another_system_stay(davidagent: Command, desk: Path) -> None:
    (desk / "groups" / "thinking_group.yaml").write_bytes(THINKING.replace("\n", "\r\n").encode())
    assert davidagent("config", "migrate", "--write").code == 0
    assert _on_disk(desk)["groups/thinking_group.yaml"] == (THINKING + ADDED_TO_THINKING).replace("\n", "\r\n")


def test_a_link_stays_a_link(davidagent: Command, desk: Path) -> None:
    real = desk / "real.yaml"
    (desk / "davidagent.yaml").rename(real)
    (desk / "davidagent.yaml").symlink_to(real)
    assert davidagent("config", "migrate", "--write").code == 0
    assert (desk / "davidagent.yaml").is_symlink()
    assert "fallback_config" in real.read_text()
    assert (desk / "real.yaml.bak").read_text() == DESK
