from pathlib import Path

import pytest

from daemon.core.errors import ConfigError
from daemon.core.settings import load_settings


def _problems(folder: Path, text: str, **variables: str) -> tuple[str, ...]:
    (folder / "davidagent.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings(environ=variables, cwd=folder)
    return caught.value.problems


def _warnings(folder: Path, text: str) -> tuple[str, ...]:
    (folder / "davidagent.yaml").write_text(text, encoding="utf-8")
    return load_settings(environ={}, cwd=folder).warnings


GROUP = "llm: {groups: {left: {echelon1: {models: [offline]}}, right: {echelon1: {models: [offline]}}}}"

TOKEN = "must be letters, digits and signs of ASCII, with no space around them; null: one is made"

SINGLE = {
    "unknown section": ("memroy: {}", "1: memroy: unknown key; did you mean memory?"),
    "unknown key": ("memory: {recal: 3}", "1: memory.recal: unknown key; did you mean recall?"),
    "key in the wrong place": ("daily_usd: 3", "1: daily_usd: unknown key; did you mean budget.daily_usd?"),
    "key unlike any other": (
        "log: {zebra: 1}",
        "1: log.zebra: unknown key; the keys here are: format, level",
    ),
    "unknown key in a model": (
        "llm: {models: {a: {provider: offline, modle: x}}}",
        "1: llm.models.a.modle: unknown key; did you mean model?",
    ),
    "unknown key in a sink": ("publish: {atom: {titel: x}}", "1: publish.atom.titel: unknown key; did you mean title?"),
    "misspelt echelon": (
        GROUP.replace("{left: {echelon1", "{left: {echelon1: {models: [offline]}, echelonn2"),
        "1: llm.groups.left.echelonn2: unknown key; did you mean echelon2?",
    ),
    "choice": ("memory: {mode: htpp}", "1: memory.mode: 'htpp' is not possible; did you mean http?"),
    "choice unlike any": (
        "review: {approval: 17}",
        "1: review.approval: 17 is not possible; it can be: all, none",
    ),
    "too small": ("llm: {max_concurrency: 0}", "1: llm.max_concurrency: 0 is out of bounds; it must be 1 or more"),
    "a source without a pause": (
        "sources: [{rss: https://a.example/f, every: 0s}]",
        "1: sources[0].every: must be 1 second or more",
    ),
    "too large": ("api: {port: 70000}", "1: api.port: 70000 is out of bounds; it must be 65535 or less"),
    "a pause before now": (
        "api: {events: {retry: [-1, 1]}}",
        "1: api.events.retry[0]: -1 is out of bounds; it must be 0 or more",
    ),
    "a watch without rest": (
        "api: {events: {stall_timeout: 0.001}}",
        "1: api.events.stall_timeout: 0.001 is out of bounds; it must be 0.1 or more",
    ),
    "an empty token": ('api: {token: ""}', f"1: api.token: {TOKEN}"),
    "a blank token": ('api: {token: "  "}', f"1: api.token: {TOKEN}"),
    "a token that no header can hold": ("api: {token: schlüssel}", f"1: api.token: {TOKEN}"),
    "patience without end": (
        "levels: {longer_timeouts: 1e300}",
        "1: levels.longer_timeouts: 1e+300 is out of bounds; it must be 100 or less",
    ),
    "not a number": ("api: {port: many}", "1: api.port: must be a whole number, not 'many'"),
    "not a switch": ("api: {public_events: perhaps}", "1: api.public_events: must be true or false, not 'perhaps'"),
    "not text": ("language: 5", "1: language: must be text; put it in quotes, not 5"),
    "not a list": (
        "sensors: {allow_hosts: localhost}",
        "1: sensors.allow_hosts: must be a list, such as [a, b], not 'localhost'",
    ),
    "not a section": ("sensors: 5", "1: sensors: must be a section with keys of its own, not 5"),
    "not a section of models": (
        "llm: {models: 5}",
        "1: llm.models: must be a section with keys of its own, not 5",
    ),
    "not a section at all": ("llm: 5", "1: llm: must be a section with keys of its own, not 5"),
    "not a group": (
        GROUP.replace("left: {echelon1: {models: [offline]}}", "left: 5"),
        "1: llm.groups.left: must be a section with keys of its own, not 5",
    ),
    "not a source": ("sources: [5]", "1: sources[0]: must be a section with keys of its own, not 5"),
    "nothing where a section must be": ("budget:", "1: budget: must be a section with keys of its own, not nothing"),
    "a section where text must be": ("language: {a: 1}", "1: language: must be text; put it in quotes, not a section"),
    "missing": ("llm: {models: {a: {model: x}}}", "1: llm.models.a.provider: is missing"),
    "empty": (
        GROUP.replace("left: {echelon1: {models: [offline]}}", "left: {echelon1: {models: []}}"),
        "1: llm.groups.left.echelon1.models: must not be empty",
    ),
    "span": (
        "memory: {timeout: soon}",
        "1: memory.timeout: 'soon' is not a span of time; write it like 20s, 30m, 1h30m or 2d",
    ),
    "size": ("sensors: {max_body: big}", "1: sensors.max_body: 'big' is not a size; write it like 15MiB or 500kB"),
    "secret of the wrong type": ("api: {token: 12345678}", "1: api.token: must be text; put it in quotes, not ***"),
    "language": ("language: English", "1: language: 'English' is not a language code; write source, en, zh, de, …"),
    "no such model": (
        GROUP.replace("left: {echelon1: {models: [offline]", "left: {echelon1: {models: [offlin]"),
        "1: llm.groups.left.echelon1.models: there is no model offlin; did you mean offline?",
    ),
    "no such group": (
        GROUP.replace("llm: {", "llm: {roles: {draft: rihgt}, "),
        "1: llm.roles.draft: there is no group rihgt; did you mean right?",
    ),
    "group without echelons": (
        GROUP.replace("left: {echelon1: {models: [offline]}}", "left: {}"),
        "1: llm.groups.left: a group needs at least one echelon: echelon1: {models: [offline]}",
    ),
    "echelons by another name": (
        GROUP.replace("left: {echelon1: {models: [offline]}}", "left: {echelons: {first: {models: [offline]}}}"),
        "1: llm.groups.left.first: echelons are named echelon1, echelon2, …",
    ),
    "no such fallback": (
        GROUP.replace("left: {", "left: {fallback_config: {fallback_groups: [rigth.echelon1]}, "),
        "1: llm.groups.left.fallback_config.fallback_groups: there is no group rigth; did you mean right.echelon1?",
    ),
    "call longer than its step": (
        GROUP.replace("[offline]}}, right", "[offline], timeout: 20m}}, right"),
        (
            "1: llm.groups.left.echelon1.timeout: "
            "1200 s is longer than a whole step may take; at most 900 s (worker.step_timeout)"
        ),
    ),
    "no time for a call": (
        GROUP.replace("[offline]}}, right", "[offline], timeout: 0}}, right"),
        "1: llm.groups.left.echelon1.timeout: must be more than 0 seconds",
    ),
    "model without a name": (
        "llm: {models: {a: {provider: gemini, api_key: kkkk}}}",
        "1: llm.models.a.model: is missing; which model of gemini should be asked?",
    ),
    "address of a model": (
        "llm: {models: {a: {provider: openai, model: m, base_url: 'localhost:1'}}}",
        "1: llm.models.a.base_url: must be an address that starts with https:// or http://",
    ),
    "negative backoff": ("llm: {retry: {delays: [2, -4]}}", "1: llm.retry.delays: waits are 0 seconds or more"),
    "negative cap": ("llm: {retry: {retry_after_cap: -4}}", "1: llm.retry.retry_after_cap: must be 0 seconds or more"),
    "budget of a day over that of a month": (
        "budget: {daily_usd: 200}",
        "1: budget.daily_usd: 200 is more than budget.monthly_usd, which is 100; at most that",
    ),
    "budget of an item over that of a month": (
        "budget: {per_item_usd: 200, daily_usd: null}",
        "1: budget.per_item_usd: 200 is more than budget.monthly_usd, which is 100; at most that",
    ),
    "exchange rate": (
        "budget: {currency: {CNY: 0}}",
        "1: budget.currency.CNY: one dollar must be worth more than 0 of it",
    ),
    "memory server without address": (
        "memory: {mode: http}",
        "1: memory.url: mode http needs the address of a Chroma server, such as http://127.0.0.1:8000",
    ),
    "memory server with half an address": (
        "memory: {mode: http, url: 'localhost:8000'}",
        "1: memory.url: must be an address that starts with https:// or http://",
    ),
    "memory server with a broken address": (
        "memory: {mode: http, url: 'http://[::1'}",
        "1: memory.url: must be an address that starts with https:// or http://",
    ),
    "embeddings without a key": (
        "memory: {embeddings: gemini}",
        "1: memory.embeddings: gemini needs a model of the provider gemini with a key in llm.models",
    ),
    "no time at all": ("sensors: {timeout: 0}", "1: sensors.timeout: 0 is out of bounds; it must be more than 0"),
    "negative grace": ("shutdown: {grace_seconds: -1}", "1: shutdown.grace_seconds: must be 0 seconds or more"),
    "one port for two": (
        "dashboard: {port: 8787}",
        "1: dashboard.port: 8787 is the port of the API too; choose another",
    ),
    "source of two kinds": (
        "sources: [{rss: 'https://a.example/f', x: '@a'}]",
        "1: sources[0]: a source has exactly one of rss, x, folder, webhook and kind",
    ),
    "source of no kind": (
        "sources:\n  - name: nothing",
        "2: sources[0]: a source has exactly one of rss, x, folder, webhook and kind",
    ),
    "source twice": (
        "sources:\n  - rss: https://a.example/f\n  - rss: https://b.example/f\n  - rss: https://a.example/f",
        "4: sources[2]: is the same as sources[0]; remove one of them",
    ),
    "account twice": (
        "sources: [{x: '@Ann'}, {x: ann}]",
        "1: sources[1]: is the same as sources[0]; remove one of them",
    ),
    "not an account": (
        "sources: [{x: 'a b'}]",
        "1: sources[0].x: 'a b' is neither an account ('@example') nor a search ('search:llm lang:en')",
    ),
    "search for nothing": (
        "sources: [{x: 'search: '}]",
        "1: sources[0].x: a search needs a query, such as 'search:llm lang:en'",
    ),
    "mirror that is no address": (
        "sources: [{x: '@a', mirror: rsshub}]",
        "1: sources[0].mirror: must be an address that starts with https:// or http://",
    ),
    "no folder": (
        "sources: [{folder: nowhere/}]",
        "1: sources[0].folder: 'nowhere/' is no folder that exists; make it, or name another",
    ),
    "webhook without a secret": (
        "sources: [{webhook: builds}]",
        "1: sources[0]: a webhook needs a secret: 24 to 64 random bytes as base64, as Standard Webhooks has it",
    ),
    "webhook with a weak secret": (
        "sources: [{webhook: builds, secret: whsec_c2hvcnQ=}]",
        "1: sources[0].secret: must be whsec_ and 24 to 64 bytes as base64, or a list of such",
    ),
    "kind of ours": (
        "sources: [{kind: rss, address: a}]",
        "1: sources[0].kind: 'rss' is no kind that a package can add, such as hackernews",
    ),
    "kind without an address": (
        "sources: [{kind: hackernews}]",
        "1: sources[0]: a source with a kind needs an address: what its sensor is to read",
    ),
    "address of X that is none": (
        "sensors: {x: {base_url: x.com}}",
        "1: sensors.x.base_url: must be an address that starts with https:// or http://",
    ),
    "not a file": (
        "sources: [{rss: example.org/feed}]",
        "1: sources[0].rss: 'example.org/feed' is neither an address (https://…) nor a file that exists",
    ),
    "other protocol": (
        "sources: [{rss: 'gopher://a.example/f'}]",
        "1: sources[0].rss: gopher:// cannot be read; it can be https://, http:// or the name of a file",
    ),
    "address without a host": ("sources: [{rss: 'https:///f'}]", "1: sources[0].rss: the address has no host"),
    "broken address": ("sources: [{rss: 'https://[::1/f'}]", "1: sources[0].rss: the address has no host"),
    "key twice": (
        "api:\n  port: 1\n  port: 2",
        "3: api.port: the key stands here twice, on lines 2 and 3; keep one",
    ),
    "not YAML": (
        "a: [1\nb: 2",
        "2:2: not valid YAML: expected ',' or ']', but got ':' (while parsing a flow sequence)",
    ),
    "tab": (
        "a:\n\tb: 2",
        (
            r"2:1: not valid YAML: found character '\t' that cannot start any token "
            "(while scanning for the next token); indent with spaces, not tabs"
        ),
    ),
    "two documents": (
        "a: 1\n---\nb: 2",
        "2:1: not valid YAML: but found another document (expected a single document in the stream)",
    ),
    "a list": ("- a", "1: the file must hold `key: value` lines, not a list or a single value"),
    "an anchor in itself": ("a: &x [*x]", "1:4: not valid YAML: an anchor that contains itself"),
    "code": (
        "a: !!python/name:os.system ls",
        "1:4: not valid YAML: could not determine a constructor for the tag 'tag:yaml.org,2002:python/name:os.system'",
    ),
}


@pytest.mark.parametrize(("text", "line"), SINGLE.values(), ids=SINGLE)
def test_one_fault_gives_one_line(tmp_path: Path, text: str, line: str) -> None:
    """Where, which key, what, and what would be right."""
    assert _problems(tmp_path, text) == (f"davidagent.yaml:{line}",)


def test_all_faults_are_said_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """\
hom: data
sources:
  - {rss: "https://a.example/f", evry: 30m}
  - {rss: "https://a.example/f"}
llm:
  models:
    quick: {provider: gemni, model: x}
  groups:
    left: {echelon1: {models: [quick, quik]}}
    right: {echelon1: {models: [offline], timeout: 0}}
budget: {per_item_usd: x, daily_usd: 101}
memory: {mode: http}
"""
    assert _problems(tmp_path, text, DAVIDAGENT_API__PRT="1") == (
        "environment DAVIDAGENT_API__PRT: api.prt: unknown key; did you mean port?",
        "davidagent.yaml:1: hom: unknown key; did you mean home?",
        "davidagent.yaml:3: sources[0].evry: unknown key; did you mean every?",
        "davidagent.yaml:4: sources[1]: is the same as sources[0]; remove one of them",
        "davidagent.yaml:7: llm.models.quick.provider: 'gemni' is not possible; did you mean gemini?",
        "davidagent.yaml:9: llm.groups.left.echelon1.models: there is no model quik; did you mean quick?",
        "davidagent.yaml:10: llm.groups.right.echelon1.timeout: must be more than 0 seconds",
        "davidagent.yaml:11: budget.per_item_usd: must be a number, not 'x'",
        "davidagent.yaml:11: budget.daily_usd: 101 is more than budget.monthly_usd, which is 100; at most that",
        "davidagent.yaml:12: memory.url: mode http needs the address of a Chroma server, such as http://127.0.0.1:8000",
    )


def test_a_faulty_key_causes_no_second_complaint(tmp_path: Path) -> None:
    """The daily bound is compared with the month's only when the month's can be read."""
    text = "budget: {daily_usd: 200, monthly_usd: lots}"
    assert _problems(tmp_path, text) == ("davidagent.yaml:1: budget.monthly_usd: must be a number, not 'lots'",)


def test_an_unknown_variable_is_an_error_too(tmp_path: Path) -> None:
    assert _problems(tmp_path, "", DAVIDAGENT_LMM__X="1") == (
        "environment DAVIDAGENT_LMM__X: lmm: unknown key; did you mean llm?",
    )


def test_a_list_in_a_variable_that_is_no_list_is_said(tmp_path: Path) -> None:
    assert _problems(tmp_path, "", DAVIDAGENT_SENSORS__ALLOW_HOSTS="[a") == (
        "environment DAVIDAGENT_SENSORS__ALLOW_HOSTS: sensors.allow_hosts: must be a list, such as [a, b], not '[a'",
    )


def test_a_flag_is_named_as_such(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^command line: api\.port: -1 is out of bounds; it must be 0 or more$"):
        load_settings(environ={}, cwd=tmp_path, overrides={"api.port": -1})


def test_no_secret_stands_in_a_problem(tmp_path: Path) -> None:
    text = "llm: {models: {a: {provider: openai, model: m, api_key: [CANARY]}}}\nsources: [{rss: 'ftp://u:CANARY@h/f'}]"
    assert "CANARY" not in "\n".join(_problems(tmp_path, text))


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "davidagent.yaml").write_bytes(b"home: \xff\xfe")
    with pytest.raises(ConfigError, match=r"^davidagent\.yaml: is not UTF-8 text"):
        load_settings(environ={}, cwd=tmp_path)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that cannot be read, even by root")
def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^/proc/self/mem: cannot be read: "):
        load_settings(config=Path("/proc/self/mem"), environ={}, cwd=tmp_path)


def test_control_characters_are_said(tmp_path: Path) -> None:
    assert _problems(tmp_path, "a: \x07")[0].startswith("davidagent.yaml: not valid YAML: unacceptable character")


def test_a_file_of_comments_is_an_empty_one(tmp_path: Path) -> None:
    assert _warnings(tmp_path, "# nothing\n") == ()
    assert _warnings(tmp_path, "---\n~\n") == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("memory: {mode: off, url: 'http://127.0.0.1:1'}", "memory.url: is not used while memory.mode is off"),
        ("blackboard: {lease: 1s}", "blackboard.lease: 1 s means a heartbeat every 0.3 s"),
        ("api: {host: 0.0.0.0}", "api.host: 0.0.0.0 can be reached from other machines"),
        ("api: {host: '::'}", "api.host: :: can be reached from other machines"),
        ("api: {host: desk.example}", "plain HTTP carries it readable; put a proxy with TLS before it"),
        ("sources: [{rss: 'https://a.example/', daily_reads: 5}]", "sources[0].daily_reads: only X sources have it"),
    ],
)
def test_what_is_doubtful_is_a_warning(tmp_path: Path, text: str, words: str) -> None:
    assert [words in line for line in _warnings(tmp_path, text)] == [True]


def test_what_the_public_sees_is_a_warning_of_its_own(tmp_path: Path) -> None:
    host, public = _warnings(tmp_path, "api: {host: 0.0.0.0, public_events: true}")
    assert "can be reached from other machines" in host
    assert "sees, without a token, the live page and the events" in public


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_this_machine_alone_is_no_exposure(tmp_path: Path, host: str) -> None:
    assert _warnings(tmp_path, f"api: {{host: '{host}', public_events: true}}") == ()
