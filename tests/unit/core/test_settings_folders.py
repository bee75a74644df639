"""Groups and pools in files of their own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from daemon.core.errors import ConfigError
from daemon.core.settings import LoadedSettings, Settings, dump_settings, load_settings

MODELS = """
  models:
    openai-gpt4: {provider: openai, model: gpt-4, api_key: k}
    anthropic-claude-3-opus: {provider: anthropic, model: claude-3-opus-latest, api_key: k}
    openai-gpt4-turbo: {provider: openai, model: gpt-4-turbo, api_key: k}
    anthropic-claude-3-sonnet: {provider: anthropic, model: claude-3-sonnet, api_key: k}
"""
ROLES = "  roles: {extract: thinking_group, draft: thinking_pool, review: thinking_group}\n"
FOLDERS = f"llm:{MODELS}{ROLES}  groups_dir: configs/llms/groups\n  pools_dir: configs/llms/polling_pools\n"

THINKING_GROUP = """\
# configs/llms/groups/thinking_group.yaml
name: "thinking_group"
description: "思考任务组 - 适用于需要深度思考的分析任务"

# 层级配置
echelon1:
  models: ["openai-gpt4", "anthropic-claude-3-opus"]
  concurrency_limit: 3
  rpm_limit: 30
  priority: 1
  timeout: 120
  max_retries: 5

echelon2:
  models: ["openai-gpt4-turbo", "anthropic-claude-3-sonnet"]
  concurrency_limit: 8
  rpm_limit: 80
  priority: 2
  timeout: 90
  max_retries: 4

# 降级配置（新增）
fallback_config:
  strategy: "echelon_down"  # 层级降级
  fallback_groups: ["thinking_group.echelon2", "thinking_group.echelon3"]
  max_attempts: 3
  retry_delay: 1.0
  circuit_breaker:
    failure_threshold: 5
    recovery_time: 60
    half_open_requests: 1
"""
THINKING_POOL = """\
# configs/llms/polling_pools/thinking_pool.yaml
name: "thinking_pool"
description: "思考任务专用轮询池"
task_groups: ["thinking_group"]  # 只包含思考任务组
rotation_strategy: "round_robin"
health_check_interval: 60
failure_threshold: 2
recovery_time: 120

# 轮询池专用降级策略
fallback_strategy: "instance_rotation"  # 直接从池中旋转实例
max_instance_attempts: 2  # 每个实例最多尝试2次
"""
GROUP = "echelon1: {models: [offline]}\n"
OFFLINE = "llm: {groups_dir: groups, roles: {extract: one, draft: one, review: one}}"


def _load(folder: Path, files: Mapping[str, str], *, environ: Mapping[str, str] | None = None) -> LoadedSettings:
    """Load `davidagent.yaml` after writing the files, by their names."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return load_settings(environ=environ or {}, cwd=folder)


def _problems(folder: Path, files: Mapping[str, str]) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        _load(folder, files)
    return caught.value.problems


def _in_place(text: str) -> str:
    return "".join(f"      {line}\n" for line in text.splitlines())


@pytest.fixture(params=["inline", "files"])
def documented(request: pytest.FixtureRequest, tmp_path: Path) -> LoadedSettings:
    """The user's two examples as they are written, inline and as files."""
    if request.param == "inline":
        groups = f"  groups:\n    thinking_group:\n{_in_place(THINKING_GROUP)}"
        pools = f"  pools:\n    thinking_pool:\n{_in_place(THINKING_POOL)}"
        return _load(tmp_path, {"davidagent.yaml": f"llm:{MODELS}{ROLES}{groups}{pools}"})
    files = {
        "davidagent.yaml": FOLDERS,
        "configs/llms/groups/thinking_group.yaml": THINKING_GROUP,
        "configs/llms/polling_pools/thinking_pool.yaml": THINKING_POOL,
    }
    return _load(tmp_path, files)


def test_the_documented_group_loads_key_by_key(documented: LoadedSettings) -> None:
    group = documented.settings.llm.groups["thinking_group"]
    assert group.model_dump() == {
        "name": "thinking_group",
        "description": "思考任务组 - 适用于需要深度思考的分析任务",
        "echelons": {
            "echelon1": {
                "models": ("openai-gpt4", "anthropic-claude-3-opus"),
                "concurrency_limit": 3,
                "rpm_limit": 30,
                "priority": 1,
                "timeout": 120.0,
                "max_retries": 5,
            },
            "echelon2": {
                "models": ("openai-gpt4-turbo", "anthropic-claude-3-sonnet"),
                "concurrency_limit": 8,
                "rpm_limit": 80,
                "priority": 2,
                "timeout": 90.0,
                "max_retries": 4,
            },
        },
        "fallback_config": {
            "strategy": "echelon_down",
            "fallback_groups": ("thinking_group.echelon2", "thinking_group.echelon3"),
            "max_attempts": 3,
            "retry_delay": 1.0,
            "circuit_breaker": {"failure_threshold": 5, "recovery_time": 60.0, "half_open_requests": 1},
        },
    }


def test_the_documented_pool_loads_key_by_key(documented: LoadedSettings) -> None:
    assert documented.settings.llm.pools["thinking_pool"].model_dump() == {
        "name": "thinking_pool",
        "description": "思考任务专用轮询池",
        "task_groups": ("thinking_group",),
        "rotation_strategy": "round_robin",
        "weights": {},
        "health_check_interval": 60.0,
        "failure_threshold": 2,
        "recovery_time": 120.0,
        "fallback_strategy": "instance_rotation",
        "max_instance_attempts": 2,
    }


def test_the_documented_echelon_that_is_not_there_is_a_warning(documented: LoadedSettings) -> None:
    (warning,) = documented.warnings
    place, _, sentence = warning.partition(": ")
    assert sentence == (
        "llm.groups.thinking_group.fallback_config.fallback_groups: thinking_group has no echelon3; it is passed over"
    )
    own = "configs/llms/groups/thinking_group.yaml:25"
    assert place == (own if documented.own_files else "davidagent.yaml:34")


def test_the_dump_holds_what_came_from_folders_and_loads_alone(documented: LoadedSettings, tmp_path: Path) -> None:
    dumped = dump_settings(documented.settings)
    (tmp_path / "elsewhere").mkdir()
    again = tmp_path / "elsewhere" / "davidagent.yaml"
    again.write_text(dumped, encoding="utf-8")
    reloaded = load_settings(config=again, environ={}, cwd=tmp_path).settings
    assert reloaded.llm.groups == documented.settings.llm.groups
    assert reloaded.llm.pools == documented.settings.llm.pools
    assert dump_settings(reloaded) == dumped


def test_a_file_without_a_name_is_called_as_the_file(tmp_path: Path) -> None:
    loaded = _load(tmp_path, {"davidagent.yaml": OFFLINE, "groups/one.yml": GROUP, "groups/notes.txt": "nothing"})
    assert [(name, group.name) for name, group in loaded.settings.llm.groups.items()] == [("one", "one")]
    assert (loaded.own_files, loaded.warnings) == ((tmp_path / "groups" / "one.yml",), ())
    assert loaded.settings.llm.groups_dir == tmp_path / "groups"


def test_inline_groups_and_files_go_together(tmp_path: Path) -> None:
    text = "llm: {groups_dir: groups, groups: {left: {echelon1: {models: [offline]}}}, roles: {draft: one}}"
    loaded = _load(tmp_path, {"davidagent.yaml": text, "groups/one.yaml": GROUP})
    assert set(loaded.settings.llm.groups) == {"left", "one"}


def test_folders_start_from_the_configurations_folder_and_those_of_variables_from_the_working_directory(
    tmp_path: Path,
) -> None:
    (tmp_path / "here" / "groups").mkdir(parents=True)
    (tmp_path / "here" / "groups" / "two.yaml").write_text(GROUP)
    files = {"etc/desk.yaml": OFFLINE, "etc/groups/one.yaml": GROUP}
    _written(tmp_path, files)
    config = tmp_path / "etc" / "desk.yaml"
    assert set(load_settings(config=config, environ={}, cwd=tmp_path).settings.llm.groups) == {"one"}
    environ = {"DAVIDAGENT_LLM__GROUPS_DIR": "here/groups"}
    overrides = {"llm.roles.extract": "two", "llm.roles.draft": "two", "llm.roles.review": "two"}
    loaded = load_settings(config=config, environ=environ, cwd=tmp_path, overrides=overrides)
    assert set(loaded.settings.llm.groups) == {"two"}


def _written(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def test_variables_of_the_environment_win_over_a_file_and_are_replaced_in_it(tmp_path: Path) -> None:
    group = "echelon1: {models: ['${WHICH}'], timeout: 30}\ndescription: ${ABOUT:-nothing}\n"
    environ = {"WHICH": "offline", "DAVIDAGENT_LLM__GROUPS__ONE__ECHELON1__TIMEOUT": "40s"}
    loaded = _load(tmp_path, {"davidagent.yaml": OFFLINE, "groups/one.yaml": group}, environ=environ)
    one = loaded.settings.llm.groups["one"]
    assert (one.echelons["echelon1"].models, one.echelons["echelon1"].timeout) == (("offline",), 40.0)
    assert one.description == "nothing"


def test_a_pool_can_play_a_role_without_groups_of_ones_own(tmp_path: Path) -> None:
    text = "llm: {pools: {quick: {task_groups: [left]}}, roles: {extract: quick}}"
    loaded = _load(tmp_path, {"davidagent.yaml": text}, environ={"GEMINI_API_KEY": "key-of-a-vendor"})
    assert set(loaded.settings.llm.groups) == {"left", "right"}


ONE_OF_THEM = "remove one of them, or give it another name"
MISTAKES: dict[str, tuple[dict[str, str], str]] = {
    "unknown key": (
        {"groups/one.yaml": "name: one\nechelon1:\n  models: [offline]\n  time_out: 3\n"},
        "groups/one.yaml:4: llm.groups.one.echelon1.time_out: unknown key; did you mean timeout?",
    ),
    "wrong value": (
        {"groups/one.yaml": f"{GROUP}fallback_config:\n  strategy: echelon_dwon\n"},
        (
            "groups/one.yaml:3: llm.groups.one.fallback_config.strategy: "
            "'echelon_dwon' is not possible; did you mean echelon_down?"
        ),
    ),
    "no such model": (
        {"groups/one.yaml": "echelon1:\n  models: [offlin]\n"},
        "groups/one.yaml:2: llm.groups.one.echelon1.models: there is no model offlin; did you mean offline?",
    ),
    "nothing in it": (
        {"groups/one.yaml": "# later\n"},
        "groups/one.yaml:1: llm.groups.one: a group needs at least one echelon: echelon1: {models: [offline]}",
    ),
    "a list": (
        {"groups/one.yaml": GROUP, "groups/two.yaml": "- one\n"},
        "groups/two.yaml:1: the file must hold `key: value` lines, not a list or a single value",
    ),
    "not YAML": (
        {"groups/one.yaml": GROUP, "groups/two.yaml": "a: [1\nb: 2\n"},
        "groups/two.yaml:2:2: not valid YAML: expected ',' or ']', but got ':' (while parsing a flow sequence)",
    ),
    "a key twice": (
        {"groups/one.yaml": f"{GROUP}description: a\ndescription: b\n"},
        "groups/one.yaml:3: llm.groups.one.description: the key stands here twice, on lines 2 and 3; keep one",
    ),
    "a variable that is not set": (
        {"groups/one.yaml": f"{GROUP}description: ${{ABOUT}}\n"},
        (
            "groups/one.yaml:2: llm.groups.one.description: the environment variable ABOUT is not set; "
            "set it, or write ${ABOUT:-} when it may be missing"
        ),
    ),
    "the name of another file": (
        {"groups/one.yaml": GROUP, "groups/two.yaml": f"{GROUP}name: one\n"},
        f"groups/two.yaml:2: llm.groups.one: stands in groups/one.yaml:1 too; {ONE_OF_THEM}",
    ),
    "a name that is no text": (
        {"groups/one.yaml": f"{GROUP}name: 5\n"},
        "groups/one.yaml:2: llm.groups.one.name: must be text; put it in quotes, not 5",
    ),
}


@pytest.mark.parametrize(("files", "line"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_file_names_that_file_and_its_line(tmp_path: Path, files: dict[str, str], line: str) -> None:
    """Where, which key, what, and what would be right."""
    assert _problems(tmp_path, {"davidagent.yaml": OFFLINE, **files}) == (line,)


def test_the_name_of_a_group_in_the_main_file_is_taken(tmp_path: Path) -> None:
    text = f"{OFFLINE[:-1]}, \n  groups: {{one: {{echelon1: {{models: [offline]}}}}}}}}"
    assert _problems(tmp_path, {"davidagent.yaml": text, "groups/one.yaml": GROUP}) == (
        f"groups/one.yaml:1: llm.groups.one: stands in davidagent.yaml:2 too; {ONE_OF_THEM}",
    )


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    _written(tmp_path, {"groups/one.yaml": GROUP})
    (tmp_path / "groups" / "two.yaml").write_bytes(b"name: \xff\xfe")
    assert _problems(tmp_path, {"davidagent.yaml": OFFLINE}) == (
        "groups/two.yaml: is not UTF-8 text; save it as UTF-8",
    )


def test_mistakes_of_several_files_come_file_by_file(tmp_path: Path) -> None:
    """The main file's first, whatever its lines are."""
    files = {
        "davidagent.yaml": f"{OFFLINE}\n\n\n\nhom: x\n",
        "groups/one.yaml": f"{GROUP}\n\nzebra: 1\n",
        "pools/a.yaml": "",
        "groups/b.yaml": f"a: 1\n{GROUP}",
    }
    assert [line.partition(": ")[0] for line in _problems(tmp_path, files)] == [
        "davidagent.yaml:5",
        "groups/b.yaml:1",
        "groups/one.yaml:4",
    ]


@pytest.mark.parametrize("kind", ["groups", "pools"])
def test_a_folder_that_is_not_there_is_an_error_with_both_ways_out(tmp_path: Path, kind: str) -> None:
    assert _problems(tmp_path, {"davidagent.yaml": f"llm: {{{kind}_dir: nowhere}}"}) == (
        f"davidagent.yaml:1: llm.{kind}_dir: there is no folder {tmp_path}/nowhere; make it, or remove the key",
    )


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    assert _problems(tmp_path, {"davidagent.yaml": "llm: {groups_dir: davidagent.yaml}"}) == (
        f"davidagent.yaml:1: llm.groups_dir: {tmp_path}/davidagent.yaml is a file; name a folder",
    )


def test_groups_and_pools_need_a_folder_each(tmp_path: Path) -> None:
    text = "llm: {groups_dir: both, pools_dir: both}"
    assert _problems(tmp_path, {"davidagent.yaml": text, "both/one.yaml": GROUP}) == (
        "davidagent.yaml:1: llm.pools_dir: is the folder of the groups too; give the pools one of their own",
    )


def test_an_empty_folder_is_a_warning(tmp_path: Path) -> None:
    loaded = _load(tmp_path, {"davidagent.yaml": "llm: {groups_dir: empty}", "empty/.hidden.yaml": "a: ["})
    assert loaded.warnings == (
        (
            f"davidagent.yaml:1: llm.groups_dir: {tmp_path}/empty has no YAML file, so it adds no groups; "
            "put each in a file of its own, or remove the key"
        ),
    )


@pytest.mark.parametrize("value", ["5", "[a]", "{a: b}"])
def test_a_folder_that_is_no_name_is_one_fault(tmp_path: Path, value: str) -> None:
    (problem,) = _problems(tmp_path, {"davidagent.yaml": f"llm: {{groups_dir: {value}}}"})
    assert problem.startswith("davidagent.yaml:1: llm.groups_dir: ")


# --- the old kind ----------------------------------------------------------------------------------------------------

ADVICE = "there is no global fallback, each group has its own; move it into them with: davidagent config migrate"


@pytest.mark.parametrize(
    ("text", "key"),
    [("global_fallback: {max_attempts: 3}", "global_fallback"), ("llm: {global_fallback: }", "llm.global_fallback")],
)
def test_a_global_fallback_is_an_error_that_names_the_command(tmp_path: Path, text: str, key: str) -> None:
    assert _problems(tmp_path, {"davidagent.yaml": text}) == (f"davidagent.yaml:1: {key}: {ADVICE}",)


@pytest.mark.parametrize(
    "place", ["global_fallback.yaml", "llms/groups/global_fallback.yml", "llms/global_fallback.yaml"]
)
def test_a_file_of_a_global_fallback_is_a_warning_that_names_the_command(tmp_path: Path, place: str) -> None:
    files = {"davidagent.yaml": OFFLINE.replace("groups_dir: ", "groups_dir: llms/"), "llms/groups/one.yaml": GROUP}
    loaded = _load(tmp_path, {**files, place: "max_attempts: ["})
    assert loaded.warnings == (f"{place}: is not read: {ADVICE}",)


def test_a_change_can_be_tried_before_it_is_written(tmp_path: Path) -> None:
    files = {"davidagent.yaml": OFFLINE, "groups/one.yaml": GROUP, "global_fallback.yaml": ""}
    _load(tmp_path, files)
    instead: Mapping[Path, Any] = {
        tmp_path / "groups" / "one.yaml": f"{GROUP}description: tried\n",
        tmp_path / "global_fallback.yaml": None,
    }
    tried = load_settings(environ={}, cwd=tmp_path, instead=instead)
    assert tried.settings.llm.groups["one"].description == "tried"
    assert tried.warnings == ()
    assert _is_as_before(load_settings(environ={}, cwd=tmp_path).settings)


def _is_as_before(settings: Settings) -> bool:
    return settings.llm.groups["one"].description == ""
