"""What the doctor finds."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from daemon.cli.checks.machine import has_wal_reset_fault
from tests.fakes.staged_board import Staged
from tests.integration.cli.conftest import Command


def findings(davidagent: Command, name: str) -> list[dict[str, Any]]:
    return [check for check in davidagent("doctor", "--json").document["checks"] if check["name"] == name]


def test_a_fresh_machine_is_well(davidagent: Command) -> None:
    said = davidagent("doctor", "--json")
    wrong = [check for check in said.document["checks"] if check["status"] == "wrong" and check["name"] != "port"]
    assert wrong == []
    names = {check["name"] for check in said.document["checks"]}
    assert {"python", "sqlite", "config", "home", "disk", "daemon", "board", "models", "memory"} <= names


def test_sqlite_is_named_with_its_source(davidagent: Command) -> None:
    (check,) = findings(davidagent, "sqlite")
    assert sqlite3.sqlite_version in check["detail"]
    assert "source 20" in check["detail"]


@pytest.mark.parametrize(
    ("version", "has_fault"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 0), False),
    ],
)
def test_the_versions_with_the_wal_fault_are_known(version: tuple[int, ...], *, has_fault: bool) -> None:
    assert has_wal_reset_fault(version) is has_fault


def test_a_damaged_board_is_wrong_and_says_what_to_do(davidagent: Command, home: Path) -> None:
    home.mkdir()
    (home / "blackboard.db").write_bytes(b"no database" * 1000)
    said = davidagent("doctor")
    assert said.code == 1
    assert "WRONG" in said.out
    (check,) = findings(davidagent, "board")
    assert check["status"] == "wrong"
    assert check["advice"]


def test_a_home_that_cannot_be_written_is_wrong(davidagent: Command, home: Path) -> None:
    home.write_text("a file where the folder should be")
    (check,) = findings(davidagent, "config")
    assert check["status"] == "wrong"
    assert "is a file; name a folder" in check["detail"]


def test_work_that_waits_for_a_person_is_noted(davidagent: Command, staged: Staged) -> None:
    details = {check["detail"] for check in findings(davidagent, "work")}
    assert {"1 dead letter", "1 item held for you"} <= details


def test_a_model_without_key_is_wrong_when_its_role_has_no_other(davidagent: Command, tmp_path: Path) -> None:
    (tmp_path / "davidagent.yaml").write_text(
        "llm:\n"
        "  models: {w: {provider: openai, model: m}, offline: {provider: offline}}\n"
        "  groups:\n"
        "    left: {echelon1: {models: [w]}, echelon2: {models: [offline]}}\n"
        "    right: {echelon1: {models: [w]}}\n"
    )
    said = davidagent("doctor", "--json")
    if said.code == 2:
        pytest.skip("the configuration refuses it before the doctor is asked")
    by_role = {check["detail"].partition(":")[0]: check for check in findings(davidagent, "models")}
    assert by_role["draft"]["status"] == "wrong"
    assert "no api_key" in by_role["draft"]["advice"]
    assert by_role["extract"]["status"] == "note"


def test_a_faulty_configuration_is_a_finding_and_not_the_end(davidagent: Command, tmp_path: Path) -> None:
    (tmp_path / "davidagent.yaml").write_text("nonsense: 1\n")
    said = davidagent("doctor", "--json")
    assert said.code == 1
    assert [check["status"] for check in said.document["checks"] if check["name"] == "config"] == ["wrong"]


def test_a_port_in_use_is_wrong(davidagent: Command, tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        (tmp_path / "davidagent.yaml").write_text(f"api: {{port: {taken.getsockname()[1]}}}\n")
        (check,) = findings(davidagent, "port")
    assert check["status"] == "wrong"
