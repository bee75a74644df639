"""`davidagent dashboard` and the process it starts."""

import json
import socket
from io import StringIO
from pathlib import Path

import pytest

from daemon.blackboard.reading import BoardReader
from daemon.cli.dashboard import address_of, dashboard_command, environment_of, running_dashboard
from daemon.core.errors import DavidAgentError
from daemon.core.settings.loading import LoadedSettings, load_settings
from daemon.core.settings.models import DashboardSettings, Settings
from tests.fakes.processes import free_port
from tests.integration.cli.conftest import Command


def loaded(home: Path, *, port: int) -> LoadedSettings:
    """Settings without a file."""
    return LoadedSettings(Settings(home=home, dashboard=DashboardSettings(port=port)), None)


def test_the_dashboards_process_ends_with_its_user(tmp_path: Path) -> None:
    with running_dashboard(loaded(tmp_path, port=free_port())) as process:
        assert process.poll() is None
    assert process.returncode is not None


def test_it_serves_our_page_and_opens_watches_and_sends_nothing() -> None:
    command = dashboard_command(Settings())
    assert command[1:4] == ["-m", "dashboard.serving", "run"]
    assert Path(command[4]).parts[-2:] == ("dashboard", "app.py")
    options = dict(zip(command[5::2], command[6::2], strict=True))
    assert (options["--server.address"], options["--server.port"]) == ("127.0.0.1", "8788")
    assert options["--server.headless"] == "true"
    assert options["--browser.gatherUsageStats"] == options["--server.enableAgentApi"] == "false"
    assert options["--client.showErrorDetails"] == options["--server.fileWatcherType"] == "none"


def test_no_page_can_be_reached_around_the_door() -> None:
    """Streamlit runs the scripts of a folder named `pages` beside the main one by themselves."""
    assert not (Path(dashboard_command(Settings())[4]).parent / "pages").exists()


def test_every_option_is_one_that_streamlit_knows() -> None:
    from streamlit import config

    options = [part.removeprefix("--") for part in dashboard_command(Settings())[5::2]]
    assert [one for one in options if one not in config.get_config_options()] == []


def test_the_page_finds_the_settings_of_the_command(tmp_path: Path) -> None:
    """The file and the home travel in the environment, whole, wherever the page starts."""
    config = tmp_path / "one.yaml"
    config.write_text("home: somewhere\napi: {port: 9001}\n")
    told = load_settings(environ={}, cwd=tmp_path, config=config)
    found = load_settings(environ=environment_of(told), cwd=Path("/"))
    assert found.settings == told.settings
    assert found.path == config


def test_a_port_that_is_taken_is_one_sentence_and_nothing_starts(tmp_path: Path, davidagent: Command) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        sentence = f"cannot listen on 127.0.0.1, port {port}.*another dashboard"
        with pytest.raises(DavidAgentError, match=sentence), running_dashboard(loaded(tmp_path, port=port)):
            pytest.fail("it was started")
        (tmp_path / "davidagent.yaml").write_text(f"dashboard: {{port: {port}}}\n")
        said = davidagent("run", "--dashboard")
    assert (said.code, said.out) == (1, "")
    assert f"port {port}" in said.err


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8788"),
        ("0.0.0.0", "http://127.0.0.1:8788"),  # noqa: S104 - that is the case
        ("::1", "http://[::1]:8788"),
        ("desk.example", "http://desk.example:8788"),
    ],
)
def test_it_says_where_a_browser_finds_it(host: str, address: str) -> None:
    assert address_of(DashboardSettings(host=host)) == address


def test_an_errand_is_done_under_the_name_of_who_sent_it(
    home: Path, davidagent: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"method": "pause", "options": {"is_paused": True}, "by": "dashboard"}
    monkeypatch.setattr("sys.stdin", StringIO(json.dumps(told)))
    done = davidagent("errand")
    assert done.document == {"paused": True}
    (event,) = BoardReader(home / "blackboard.db").events(after=0)
    assert (event["type"], event["data"]["by"]) == ("control_set", "dashboard")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("{", "JSON on standard input"),
        ("[]", "JSON object"),
        ('{"method": "rotate_token"}', "no errand 'rotate_token'"),
        ('{"method": "__class__"}', "no errand '__class__'"),
    ],
)
def test_an_errand_that_is_none_is_exit_code_2(
    davidagent: Command, told: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(told))
    said = davidagent("errand")
    assert (said.code, said.out) == (2, "")
    assert words in said.err


def test_an_errand_is_for_programs_and_not_in_the_help(davidagent: Command) -> None:
    assert "errand" not in davidagent("--help").out
