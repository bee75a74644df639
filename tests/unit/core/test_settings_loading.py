import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from daemon.core.errors import ConfigError
from daemon.core.redaction import scrub_text
from daemon.core.settings import LoadedSettings, Settings, dump_settings, load_settings
from daemon.core.settings.defaults import QUICK_ORDER
from daemon.core.settings.sensor_models import KIND_KEYS

ROOT = Path(__file__).parents[3]
KEYS = {
    "GEMINI_API_KEY": "AIzaTESTTESTTEST",
    "ANTHROPIC_API_KEY": "sk-ant-TESTTEST",
    "DASHSCOPE_API_KEY": "ds-TESTTEST",
}

DESIGN = """
home: data
language: source
sources:
  - {rss: "https://example.org/feed.xml", name: Example, every: 30m, tags: [ai], enabled: true}
  - {x: "@example", every: 15m, daily_reads: 200}
sensors: {per_host: 1, timeout: 20s, max_body: 15MiB, allow_hosts: []}
llm:
  max_concurrency: 3
  models:
    quick: {provider: gemini, model: gemini-3.8-flash, api_key: "${GEMINI_API_KEY}"}
    writer: {provider: anthropic, model: claude-sonnet-5-5, api_key: "${ANTHROPIC_API_KEY}", base_url: null}
    qwen: {provider: openai, model: qwen-plus, base_url: "https://qwen.example/v1", api_key: "${DASHSCOPE_API_KEY}",
           price: {input_mtok: 0.4, output_mtok: 1.2}}
    offline: {provider: offline}
  groups:
    left:
      echelon1: {models: [quick], concurrency_limit: 3, rpm_limit: 60, priority: 1, timeout: 60, max_retries: 3}
      echelon2: {models: [offline], priority: 2}
      fallback_config: {strategy: echelon_down, fallback_groups: [left.echelon2], max_attempts: 3, retry_delay: 1.0,
                        circuit_breaker: {failure_threshold: 5, recovery_time: 60, half_open_requests: 1}}
    right: {echelon1: {models: [writer, qwen]}}
  roles: {extract: left, draft: right, review: left}
  retry: {delays: [2, 4, 8], jitter: 0.1}
budget: {daily_usd: 5.00, monthly_usd: 100.00, per_item_usd: 0.25, currency: {CNY: 7.25}}
review: {max_rounds: 2, approval: none}
memory: {mode: embedded, url: null, recall: 5, timeout: 2s}
publish: {markdown: {dir: posts}, atom: {title: Desk, limit: 50}, notify: ["ntfy://topic"]}
api: {host: 127.0.0.1, port: 8787, token: null, public_events: false}
dashboard: {host: 127.0.0.1, port: 8788}
blackboard: {synchronous: full, lease: 60s}
chaos: {enabled: false, seed: 1}
"""

THINKING_GROUP = """
llm:
  models:
    openai-gpt4: {provider: openai, model: gpt-4, api_key: k}
    anthropic-claude-3-opus: {provider: anthropic, model: claude-3-opus-latest, api_key: k}
    openai-gpt4-turbo: {provider: openai, model: gpt-4-turbo, api_key: k}
    anthropic-claude-3-sonnet: {provider: anthropic, model: claude-3-sonnet, api_key: k}
  roles: {extract: thinking_group, draft: thinking_group, review: thinking_group}
  groups:
    thinking_group:
      name: "thinking_group"
      description: "思考任务组 - 适用于需要深度思考的分析任务"
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


def _load(
    folder: Path, text: str | None = None, *, environ: Mapping[str, str] | None = None, **flags: Any
) -> LoadedSettings:
    if text is not None:
        (folder / "davidagent.yaml").write_text(text, encoding="utf-8")
    return load_settings(environ=environ or {}, cwd=folder, overrides=flags)


# --- where it comes from ---------------------------------------------------------------------------------------------


def test_no_file_at_all_is_fine(tmp_path: Path) -> None:
    loaded = _load(tmp_path)
    assert (loaded.path, loaded.warnings) == (None, ())
    assert loaded.settings.home == tmp_path / "data"
    assert loaded.settings.publish.markdown is not None
    assert loaded.settings.publish.markdown.dir == tmp_path / "data" / "posts"


def test_the_documented_configuration_loads_key_by_key(tmp_path: Path) -> None:
    settings = _load(tmp_path, DESIGN, environ=KEYS).settings
    left = settings.llm.groups["left"]
    assert (settings.sources[0].every, settings.sources[1].daily_reads) == (1800.0, 200)
    assert settings.sensors.max_body == 15 * 1024 * 1024
    assert settings.llm.models["quick"].api_key.get_secret_value() == "AIzaTESTTESTTEST"
    assert [echelon.models for echelon in left.ordered()] == [("quick",), ("offline",)]
    assert (left.echelons["echelon1"].rpm_limit, left.echelons["echelon1"].max_retries) == (60, 3)
    assert left.fallback_config.circuit_breaker.recovery_time == 60.0
    assert settings.llm.groups["right"].echelons["echelon1"].models == ("writer", "qwen")
    assert settings.llm.models["qwen"].price.output_mtok == 1.2
    assert settings.publish.atom.title == "Desk"


def test_a_task_group_with_all_its_keys_loads_and_a_missing_echelon_is_said(tmp_path: Path) -> None:
    loaded = _load(tmp_path, THINKING_GROUP)
    group = loaded.settings.llm.groups["thinking_group"]
    assert [(e.concurrency_limit, e.timeout, e.max_retries) for e in group.ordered()] == [(3, 120.0, 5), (8, 90.0, 4)]
    assert (group.name, group.fallback_config.max_attempts) == ("thinking_group", 3)
    assert [line.split(": ", 2)[2] for line in loaded.warnings] == [
        "thinking_group has no echelon3; it is passed over",
    ]


def test_the_named_file_wins_over_all_others(tmp_path: Path) -> None:
    named, variable = tmp_path / "a.yaml", tmp_path / "b.yaml"
    named.write_text("language: de", encoding="utf-8")
    variable.write_text("language: fr", encoding="utf-8")
    environ = {"DAVIDAGENT_CONFIG": str(variable)}
    (tmp_path / "davidagent.yaml").write_text("language: zh", encoding="utf-8")
    chosen = load_settings(config=named, environ=environ, cwd=tmp_path)
    assert (chosen.settings.language, chosen.path) == ("de", named)
    assert load_settings(environ=environ, cwd=tmp_path).settings.language == "fr"
    assert load_settings(environ={}, cwd=tmp_path).settings.language == "zh"


def test_the_users_own_file_is_the_last_place(tmp_path: Path) -> None:
    folder = tmp_path / ".config" / "davidagent"
    folder.mkdir(parents=True)
    (folder / "davidagent.yaml").write_text("language: en", encoding="utf-8")
    loaded = load_settings(environ={"HOME": str(tmp_path)}, cwd=tmp_path)
    assert (loaded.path, loaded.settings.home) == (folder / "davidagent.yaml", folder / "data")


@pytest.mark.parametrize("how", ["flag", "variable"])
def test_a_named_file_that_is_not_there_is_an_error(tmp_path: Path, how: str) -> None:
    config = Path("none.yaml") if how == "flag" else None
    environ = {} if how == "flag" else {"DAVIDAGENT_CONFIG": "none.yaml"}
    with pytest.raises(ConfigError, match=r"there is no file .*none\.yaml"):
        load_settings(config=config, environ=environ, cwd=tmp_path)


def test_flags_win_over_environment_over_file_over_defaults(tmp_path: Path) -> None:
    text = "api: {port: 1001, host: localhost}\nllm: {max_concurrency: 7}\nlog: {level: debug}"
    environ = {"DAVIDAGENT_API__PORT": "1002", "DAVIDAGENT_LLM__MAX_CONCURRENCY": "8"}
    flags = {"api.port": 1003, "dashboard": {"port": 1004}, "log.level": None}
    (tmp_path / "davidagent.yaml").write_text(text, encoding="utf-8")
    settings = load_settings(environ=environ, cwd=tmp_path, overrides=flags).settings
    assert (settings.api.port, settings.dashboard.port, settings.api.host) == (1003, 1004, "localhost")
    assert (settings.llm.max_concurrency, settings.log.level, settings.review.max_rounds) == (8, "debug", 2)


def test_the_environment_sets_lists_nothing_and_keys_in_capitals(tmp_path: Path) -> None:
    environ = {
        "DAVIDAGENT_SENSORS__ALLOW_HOSTS": "[wiki.intranet, localhost]",
        "DAVIDAGENT_BUDGET__DAILY_USD": "null",
        "DAVIDAGENT_BUDGET__CURRENCY__CNY": "7.0",
        "DAVIDAGENT_REVIEW__APPROVAL": "all",
    }
    settings = _load(tmp_path, "budget: {currency: {CNY: 7.25}}", environ=environ).settings
    assert settings.sensors.allow_hosts == ("wiki.intranet", "localhost")
    assert (settings.budget.daily_usd, settings.budget.currency) == (None, {"CNY": 7.0})
    assert settings.review.approval == "all"


def test_home_starts_from_the_file_but_from_the_working_directory_when_a_flag_sets_it(tmp_path: Path) -> None:
    config = tmp_path / "etc" / "desk.yaml"
    config.parent.mkdir()
    config.write_text("home: kept", encoding="utf-8")
    assert load_settings(config=config, environ={}, cwd=tmp_path).settings.home == tmp_path / "etc" / "kept"
    flagged = load_settings(config=config, environ={}, cwd=tmp_path, overrides={"home": Path("here")})
    assert flagged.settings.home == tmp_path / "here"
    environ = {"DAVIDAGENT_HOME": "~/there", "HOME": "/home/someone"}
    assert load_settings(config=config, environ=environ, cwd=tmp_path).settings.home == Path("/home/someone/there")


def test_a_feed_may_be_a_file_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text("<rss/>", encoding="utf-8")
    loaded = _load(tmp_path, "sources: [{rss: feed.xml}, {rss: 'https://example.org/f'}]")
    assert [source.rss for source in loaded.settings.sources] == [str(tmp_path / "feed.xml"), "https://example.org/f"]


# --- what is replaced ------------------------------------------------------------------------------------------------


def test_references_are_replaced_from_the_environment(tmp_path: Path) -> None:
    text = "publish: {atom: {title: 'Desk of ${WHO:-nobody} and ${OTHER:-nobody} for $${X}'}}"
    assert (
        _load(tmp_path, text, environ={"WHO": "David"}).settings.publish.atom.title
        == "Desk of David and nobody for ${X}"
    )


def test_a_value_that_becomes_empty_counts_as_not_written(tmp_path: Path) -> None:
    settings = _load(
        tmp_path, "language: '${L:-}'\npublish: {notify: ['${N:-}', 'ntfy://x']}\napi: {token: '${T:-}'}"
    ).settings
    assert (settings.language, len(settings.publish.notify), settings.api.token) == ("source", 1, None)


def test_a_variable_that_is_not_set_is_an_error_with_both_ways_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, "\napi: {token: '${DESK_TOKEN}'}")
    assert caught.value.problems == (
        (
            "davidagent.yaml:2: api.token: the environment variable DESK_TOKEN is not set; "
            "set it, or write ${DESK_TOKEN:-} when it may be missing"
        ),
    )


@pytest.mark.parametrize("word", ["off", "false", "no"])
def test_off_is_a_word_and_not_the_opposite_of_true(tmp_path: Path, word: str) -> None:
    """YAML 1.1 would read `mode: off` as `mode: false`."""
    assert _load(tmp_path, "memory: {mode: off}").settings.memory.mode == "off"
    assert _load(tmp_path, f"api: {{public_events: {word}}}").settings.api.public_events is False


def test_a_sink_can_be_turned_off(tmp_path: Path) -> None:
    publish = _load(tmp_path, "publish: {markdown: false, html: off, atom: true}").settings.publish
    assert (publish.markdown, publish.html) == (None, None)
    assert publish.atom is not None


def test_anchors_and_merge_keys_work(tmp_path: Path) -> None:
    text = "sensors: &s {timeout: 5s}\nmemory: {<<: {recall: 3}, mode: off}\n"
    settings = _load(tmp_path, text).settings
    assert (settings.sensors.timeout, settings.memory.recall, settings.memory.mode) == (5.0, 3, "off")


# --- models by default -----------------------------------------------------------------------------------------------


def test_without_keys_the_offline_brain_does_everything(tmp_path: Path) -> None:
    llm = _load(tmp_path).settings.llm
    assert list(llm.models) == ["offline"]
    assert {name: [e.models for e in group.ordered()] for name, group in llm.groups.items()} == {
        "left": [("offline",)],
        "right": [("offline",)],
    }


@pytest.mark.parametrize("vendor", QUICK_ORDER, ids=lambda vendor: vendor.name)
def test_one_key_chooses_a_quick_and_a_strong_model_with_offline_last(tmp_path: Path, vendor: Any) -> None:
    llm = _load(tmp_path, environ={vendor.key_names[-1]: "key-of-a-vendor"}).settings.llm
    left, right = llm.groups["left"].ordered(), llm.groups["right"].ordered()
    assert [llm.models[e.models[0]].model for e in left] == [vendor.quick, ""]
    assert [llm.models[e.models[0]].model for e in right] == [vendor.strong, ""]
    assert left[-1].models == right[-1].models == ("offline",)
    assert llm.models[left[0].models[0]].api_key.get_secret_value() == "key-of-a-vendor"


def test_several_keys_give_an_echelon_each(tmp_path: Path) -> None:
    llm = _load(tmp_path, environ=KEYS).settings.llm
    assert [e.models for e in llm.groups["left"].ordered()] == [
        ("gemini-quick",),
        ("anthropic-quick",),
        ("qwen-quick",),
        ("offline",),
    ]
    assert llm.groups["right"].ordered()[0].models == ("anthropic-strong",)


@pytest.mark.parametrize("vendor", QUICK_ORDER, ids=lambda vendor: vendor.name)
def test_every_default_model_has_a_price(vendor: Any) -> None:
    """The installed price table knows it at that vendor, or it brings its own."""
    from genai_prices import Usage, calc_price

    for model in (vendor.quick, vendor.strong):
        if vendor.price is not None:
            assert min(vendor.price) > 0
            continue
        provider = {"gemini": "google"}.get(vendor.name, vendor.name)
        priced = calc_price(Usage(input_tokens=1000, output_tokens=1000), model, provider_id=provider)
        assert priced.total_price > 0
        assert not priced.model.deprecated


def test_a_model_without_a_key_gets_the_usual_one(tmp_path: Path) -> None:
    text = """
llm:
  models:
    a: {provider: anthropic, model: m}
    d: {provider: openai, model: m, base_url: "https://api.deepseek.com/v1"}
    own: {provider: openai, model: m, base_url: "http://127.0.0.1:11434/v1"}
    o: {provider: openai, model: m}
"""
    loaded = _load(tmp_path, text, environ={"ANTHROPIC_API_KEY": "key-a", "DEEPSEEK_API_KEY": "key-d"})
    keys = {
        name: model.api_key and model.api_key.get_secret_value() for name, model in loaded.settings.llm.models.items()
    }
    assert keys == {"a": "key-a", "d": "key-d", "own": None, "o": None, "offline": None}
    assert loaded.warnings == (
        (
            "davidagent.yaml:7: llm.models.o: has no key, so every call to it will be refused; "
            "set OPENAI_API_KEY, or its api_key"
        ),
    )


def test_models_without_groups_are_used_in_their_order(tmp_path: Path) -> None:
    text = "llm: {models: {b: {provider: gemini, model: m, api_key: k}, a: {provider: gemini, model: n, api_key: k}}}"
    llm = _load(tmp_path, text).settings.llm
    assert [e.models for e in llm.groups["right"].ordered()] == [("b", "a"), ("offline",)]


def test_every_role_has_its_group(tmp_path: Path) -> None:
    llm = _load(tmp_path, "llm: {roles: {extract: one, draft: two, review: three}}").settings.llm
    assert set(llm.groups) == {"one", "two", "three"}


# --- what is shown ---------------------------------------------------------------------------------------------------


def test_the_dump_hides_secrets_and_loads_again(tmp_path: Path) -> None:
    text = DESIGN.replace("https://example.org/feed.xml", "https://me:hunter2@example.org/feed.xml?token=canary99")
    settings = _load(tmp_path, text, environ=KEYS, **{"api.token": "CANARY-TOKEN"}).settings
    dumped = dump_settings(settings)
    for secret in (*KEYS.values(), "CANARY-TOKEN", "hunter2", "canary99", "ntfy://topic"):
        assert secret not in dumped
    again = tmp_path / "again.yaml"
    again.write_text(dumped, encoding="utf-8")
    reloaded = load_settings(config=again, environ={}, cwd=tmp_path).settings
    assert dump_settings(reloaded) == dumped
    assert "CANARY" not in repr(settings)


def test_a_loaded_secret_is_hidden_everywhere_from_then_on(tmp_path: Path) -> None:
    _load(tmp_path, environ={"DAVIDAGENT_API__TOKEN": "plain word of mine"})
    assert scrub_text("it was plain word of mine, I think") == "it was ***, I think"


# --- the example -----------------------------------------------------------------------------------------------------


def test_an_items_bound_that_nobody_wrote_follows_the_days(tmp_path: Path) -> None:
    """`daily_usd: 0.10` alone works; a bound that was written is checked."""
    (tmp_path / "davidagent.yaml").write_text("budget: {daily_usd: 0.10}")
    assert load_settings(environ={}, cwd=tmp_path).settings.budget.per_item_usd == 0.10


def test_the_example_holds_the_defaults(tmp_path: Path) -> None:
    example = load_settings(config=ROOT / "davidagent.example.yaml", environ={}, cwd=tmp_path)
    assert example.settings == load_settings(environ={}, cwd=ROOT).settings
    assert example.warnings == ()


def test_what_the_example_has_in_comments_works_too(tmp_path: Path) -> None:
    text = (ROOT / "davidagent.example.yaml").read_text(encoding="utf-8")
    live = re.sub(r"(?m)^( *)# (?=sources:|models:|groups:|pools:| {2}\S| {3,}\S)", r"\1", text)
    (tmp_path / "inbox").mkdir()
    secret = "whsec_" + "c2VjcmV0" * 4
    settings = _load(tmp_path, live, environ={**KEYS, "BUILDS_SECRET": secret}).settings
    kinds = ["rss", "rss", "x", "x", "x", "folder", "webhook", "kind", "rss", "rss"]
    assert [next(key for key in KIND_KEYS if getattr(one, key) is not None) for one in settings.sources] == kinds
    assert [(source.vip, source.urgency) for source in settings.sources[-2:]] == [(True, "normal"), (False, "low")]
    assert settings.sources[5].folder == tmp_path / "inbox"
    assert [one.get_secret_value() for one in settings.sources[6].secrets] == [secret]
    assert settings.llm.pools["writers"].weights == {"writer": 2, "qwen": 1}
    assert set(settings.llm.models) == {"quick", "writer", "qwen", "offline"}
    assert settings.llm.groups["left"].fallback_config.fallback_groups == ("left.echelon2",)


def test_the_example_shows_every_setting() -> None:
    shown = set(re.findall(r"\b([a-z_][a-z_0-9]*):", (ROOT / "davidagent.example.yaml").read_text(encoding="utf-8")))
    assert _keys(Settings) - shown == {"name", "description", "echelons"} - shown


def _keys(model: type[BaseModel]) -> set[str]:
    found = set(model.model_fields)
    for field in model.model_fields.values():
        for inner in _models_in(field.annotation):
            found |= _keys(inner)
    return found


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type):
        return [annotation] if issubclass(annotation, BaseModel) else []
    return [found for argument in getattr(annotation, "__args__", ()) for found in _models_in(argument)]


def test_the_dump_is_yaml(tmp_path: Path) -> None:
    assert yaml.safe_load(dump_settings(_load(tmp_path).settings))["memory"]["mode"] == "embedded"


def test_the_key_of_x_is_found_in_the_environment(tmp_path: Path) -> None:
    settings = _load(tmp_path, "sensors: {x: {daily_reads: 5}}", environ={"X_BEARER_TOKEN": " token-of-x "}).settings
    token = settings.sensors.x.bearer_token
    assert (settings.sensors.x.daily_reads, token and token.get_secret_value()) == (5, "token-of-x")
