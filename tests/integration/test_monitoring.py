"""What ships for Prometheus and Grafana: it fits what the daemon shows, and Prometheus' own tool accepts it."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from daemon.api.metrics import Metrics
from daemon.runtime.condition import Condition
from tests.fakes.desk import StillDesk, open_still_desk
from tests.fakes.scrapes import names_of
from tests.fakes.staged_board import stage

FOLDER = Path(__file__).parents[2] / "daemon" / "monitoring"
ALERTS = [rule for group in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"] for rule in group["rules"]]
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "grafana-dashboard.json").read_text())
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
DRAWN = [panel for panel in PANELS if panel["type"] != "row"]
METRIC = re.compile(r"\b(?:davidagent|process)_[a-z0-9_]+\b")
TOLD_BY_PROMETHEUS = {"up"}
BURN = dict.fromkeys(
    (
        *("tokens_per_minute", "average_tokens_per_minute", "usd_per_minute", "average_usd_per_minute"),
        *("limit_tokens_per_minute", "limit_usd_per_minute"),
    ),
    1.0,
)
LIVE: Any = type("Live", (), {"clients": 3, "resyncs": 1, "dropped": 0, "refused": 0})()
LIMITS: Any = type("Limits", (), {"in_flight": 1, "waiting": 0, "refused": {"queue_full": 2}})()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[StillDesk]:
    """A desk on which there is something of everything to be seen."""
    async with open_still_desk(tmp_path) as desk:
        desk.condition = Condition(
            gate_limit=3,
            memory="ok",
            breakers=({"name": "quick", "state": "open"},),
            burn={**BURN, "stage": "normal"},
        )
        desk.monitor.listening, desk.monitor.limiting = LIVE, LIMITS
        yield desk


@pytest.fixture
async def metrics(desk: StillDesk) -> Metrics:
    metrics = Metrics(settings=desk.settings, emitter=desk.emitter, monitor=desk.monitor)
    metrics.requests.count("GET", "/api/items", "200").inc()
    metrics.requests.seconds("GET", "/api/items").observe(0.1)
    await stage(desk.engine)
    return metrics


def promtool(*arguments: str, text: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run it; Debian's package is `prometheus`. Missing: skipped at home, a failure in CI."""
    program = shutil.which("promtool")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("promtool is missing: apt-get install --no-install-recommends prometheus")
        pytest.skip("promtool is not installed (Debian's package prometheus)")
    return subprocess.run([program, *arguments], input=text, capture_output=True, check=False, cwd=FOLDER, timeout=60)


# --- promtool ---


async def test_promtool_accepts_the_metrics(metrics: Metrics) -> None:
    """No lint either: base units, help texts, endings."""
    text, _ = await metrics.render("")
    done = promtool("check", "metrics", text=text)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_promtool_accepts_the_rules_and_the_example() -> None:
    done = promtool("check", "rules", "alerts.yml")
    assert done.returncode == 0, done.stderr.decode()
    assert f"{len(ALERTS)} rules found" in done.stdout.decode()
    done = promtool("check", "config", "--syntax-only", "prometheus.yml")
    assert done.returncode == 0, done.stderr.decode()


def test_the_alerts_fire_when_they_should_and_not_when_they_should_not() -> None:
    done = promtool("test", "rules", "alerts.test.yml")
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()


def test_at_least_five_alerts_are_tried_both_ways() -> None:
    tried = yaml.safe_load((FOLDER / "alerts.test.yml").read_text())["tests"]
    cases = [case for test in tried for case in test["alert_rule_test"]]
    fired = {case["alertname"] for case in cases if case["exp_alerts"]}
    assert fired <= {rule["alert"] for rule in ALERTS}
    # Where several desks are watched in one test, those that must not fire are its other half.
    spared = {case["alertname"] for case in cases if not case["exp_alerts"]} | {"TokenBurn", "CallErrorBurst"}
    assert len(fired & spared) >= 5


# --- names ---


async def test_every_metric_an_alert_names_exists(metrics: Metrics) -> None:
    await metrics.render("")
    known = names_of(metrics) | TOLD_BY_PROMETHEUS
    asked = {name for rule in ALERTS for name in METRIC.findall(rule["expr"])}
    assert asked - known == set()
    assert len(asked) > 20


async def test_every_metric_the_dashboard_names_exists(metrics: Metrics) -> None:
    await metrics.render("")
    asked = {name for expression in _expressions() for name in METRIC.findall(expression)}
    assert asked - names_of(metrics) == set()
    assert len(asked) > 45


def _expressions() -> Iterator[str]:
    for panel in DRAWN:
        for target in panel["targets"]:
            yield target["expr"]
    for one in DASHBOARD["annotations"]["list"]:
        yield one["expr"]
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["definition"]


# --- alerts ---


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: str(rule["alert"]))
def test_an_alert_says_how_bad_it_is_what_it_means_and_where_help_is(rule: dict[str, Any]) -> None:
    kebab = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", rule["alert"]).lower()
    assert rule["labels"]["severity"] in {"info", "warning", "critical"}
    assert set(rule["annotations"]) == {"summary", "description", "runbook"}
    assert rule["annotations"]["runbook"] == f"daemon/OPERATIONS.md#alert-{kebab}"


# --- the dashboard ---


def test_the_dashboard_can_be_imported_anywhere() -> None:
    """Its data source is a variable, everywhere."""
    assert DASHBOARD["templating"]["list"][0]["type"] == "datasource"
    used = {target["datasource"]["uid"] for panel in DRAWN for target in panel["targets"]}
    assert used == {"${datasource}"} == {panel["datasource"]["uid"] for panel in DRAWN}
    assert "id" not in DASHBOARD
    numbers = [panel["id"] for panel in PANELS]
    assert len(set(numbers)) == len(numbers)


def test_the_dashboard_has_its_rows_and_every_panel_a_unit() -> None:
    rows = [panel["title"] for panel in PANELS if panel["type"] == "row"]
    assert rows == ["Overview", "Pipeline", "Models and money", "Sources", "API and live stage", "Machine"]
    assert all(panel["fieldConfig"]["defaults"]["unit"] for panel in DRAWN)


def test_no_panel_covers_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in PANELS:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not taken & cells, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
