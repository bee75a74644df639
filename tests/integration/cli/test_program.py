"""The program as a process: exit codes, purity of its output, help."""

import re
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Command, in_a_process

COMMANDS = (
    *("run", "once", "demo", "status", "items", "show", "post", "retry", "approve", "reject", "discard", "costs"),
    *("chaos", "chaos status", "chaos on", "chaos off", "token", "token show", "token rotate"),
    *("feedback", "feedback give", "feedback list", "feedback withdraw"),
    *("pause", "resume", "groups", "doctor", "backup", "dashboard", "sources", "memory", "config"),
    *("sources list", "sources add", "sources remove", "sources enable", "sources disable", "sources import"),
    *("sources export", "memory status", "memory search", "memory rebuild", "config check", "config show"),
    *("config migrate", "sources show", "sources test"),
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_a_sentence(davidagent: Command, command: str) -> None:
    said = davidagent(*command.split(), "--help")
    assert said.code == 0
    assert f"davidagent {command}" in said.out
    assert re.search(r"[A-Z][a-z]+ .{15,}", said.out)


@pytest.mark.parametrize("command", [name for name in COMMANDS if " " not in name])
def test_every_top_command_shows_an_example(davidagent: Command, command: str) -> None:
    assert "Examples:" in davidagent(command, "--help").out


async def test_wrong_use_is_exit_code_2_and_one_line(tmp_path: Path) -> None:
    said = await in_a_process("itemz", home=tmp_path)
    assert (said.code, said.out) == (2, "")
    assert said.err == "davidagent: No such command 'itemz'. Did you mean 'items'? (davidagent --help)\n"


def test_the_help_tells_a_newcomer_what_to_do_first(davidagent: Command) -> None:
    first_words = " ".join(davidagent("--help").out.split("Options")[0].split())
    assert first_words.endswith("New here? Start with: davidagent demo ╭─")


def test_a_switch_is_shown_without_a_type(davidagent: Command) -> None:
    for command in ("run", "sources", "sources add"):
        assert "<bool>" not in davidagent(*command.split(), "--help").out


@pytest.mark.parametrize(
    ("command", "shown"), [(("status",), "status"), (("sources", "add", "https://a.example/"), "sources add")]
)
def test_an_option_of_the_program_after_the_command_is_told_its_place(
    davidagent: Command, command: tuple[str, ...], shown: str
) -> None:
    said = davidagent(*command, "--home", "elsewhere")
    assert said.code == 2
    assert said.err == f"davidagent: --home goes before the command: davidagent --home … {shown}\n"


async def test_a_faulty_configuration_is_exit_code_2_with_a_line_for_each_problem(tmp_path: Path) -> None:
    file = tmp_path / "davidagent.yaml"
    file.write_text("langauge: en\nllm: {max_concurrency: 0}\n")
    said = await in_a_process("--config", str(file), "status", home=tmp_path)
    assert (said.code, said.out) == (2, "")
    assert said.err.count("davidagent: ") == said.err.count("\n") == 2
    assert "language" in said.err
    assert "Traceback" not in said.err


async def test_a_home_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    said = await in_a_process("status", home=tmp_path / "home")
    assert said.code == 2
    assert said.err.count("\n") == 1
    assert "is a file; name a folder" in said.err
    assert "Traceback" not in said.err


async def test_verbose_adds_the_traceback(tmp_path: Path) -> None:
    said = await in_a_process("--verbose", "show", "nope", home=tmp_path)
    assert said.code == 1
    assert "Traceback" in said.err


async def test_json_is_one_document_and_nothing_else(tmp_path: Path) -> None:
    """A configuration with a warning, so that there is something to keep off standard output."""
    posted = await in_a_process("post", "-", "--json", home=tmp_path, stdin="Ein Text, 一段文字。".encode())
    assert posted.document["new"] is True
    shown = await in_a_process("show", posted.document["id"], "--json", home=tmp_path, PYTHONIOENCODING="ascii")
    assert shown.document["item"]["text"].startswith("Ein Text, ")


async def test_a_reader_that_goes_away_is_no_traceback(tmp_path: Path) -> None:
    import asyncio
    import os
    import sys

    read, write = os.pipe()
    os.close(read)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "daemon", "--home", str(tmp_path), "status", "--json"),
        stdout=write,
        stderr=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    os.close(write)
    _, err = await process.communicate()
    assert process.returncode == 1
    assert b"Traceback" not in err


def test_the_version_is_that_of_the_distribution(davidagent: Command) -> None:
    from importlib.metadata import version

    assert davidagent("--version").out == f"davidagent {version('davidagent')}\n"


def test_config_check_names_the_file(davidagent: Command, tmp_path: Path) -> None:
    (tmp_path / "davidagent.yaml").write_text("language: en\n")
    checked = davidagent("config", "check", "--json").document
    assert checked["ok"] is True
    assert checked["path"].endswith("davidagent.yaml")


def test_config_check_lists_the_problems_as_json_too(davidagent: Command, tmp_path: Path) -> None:
    (tmp_path / "davidagent.yaml").write_text("nonsense: 1\n")
    said = davidagent("config", "check", "--json")
    assert said.code == 2
    assert said.document["ok"] is False
    assert "nonsense" in said.document["problems"][0]


def test_config_check_tells_a_person(davidagent: Command, tmp_path: Path) -> None:
    assert davidagent("config").out.startswith("No configuration file")
    (tmp_path / "davidagent.yaml").write_text("language: en\n")
    assert davidagent("config", "check").out.rstrip().endswith("davidagent.yaml is fine.")


def test_config_show_hides_secrets(davidagent: Command, tmp_path: Path) -> None:
    (tmp_path / "davidagent.yaml").write_text("api: {token: a-very-secret-token}\n")
    shown = davidagent("config", "show")
    assert "a-very-secret-token" not in shown.out
    assert "'***'" in shown.out
    assert davidagent("config", "show", "--json").document["api"]["token"] == "***"


def test_a_span_that_is_none_is_exit_code_2(davidagent: Command) -> None:
    assert davidagent("costs", "--since", "soon").code == 2
