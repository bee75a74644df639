"""`davidagent hooks`, with and without a daemon."""

from pathlib import Path

from daemon.api.server import ApiServer
from daemon.core.settings.listed import is_webhook_secret
from daemon.core.settings.models import Settings
from daemon.runtime.access import open_access
from sensors.webhooks.hook_secrets import HookSecrets
from tests.fakes.desk import open_still_desk
from tests.fakes.hooks import SECRET
from tests.fakes.processes import write_config
from tests.integration.cli.conftest import Command, in_a_process


def test_where_there_are_none_it_is_said_how_to_have_one(davidagent: Command) -> None:
    assert "davidagent sources add webhook:NAME" in davidagent("hooks").out
    assert davidagent("hooks", "list", "--json").document == []


def test_an_added_webhook_is_listed_and_its_secret_is_not(davidagent: Command, home: Path) -> None:
    secret = davidagent("sources", "add", "webhook:builds", "--json").document["secret"]
    assert is_webhook_secret(secret)
    (listed,) = davidagent("hooks", "--json").document
    assert (listed["name"], listed["hook"], listed["enabled"]) == ("builds", "/hooks/builds", True)
    assert (listed["last_delivery_at"], listed["items_today"], listed["origin"]) == (None, 0, "added")
    for words in (("hooks",), ("hooks", "--json"), ("sources",), ("sources", "--json")):
        assert secret not in davidagent(*words).out
    heading, row = davidagent("hooks", "list").out.splitlines()
    assert heading.split() == ["name", "path", "enabled", "last", "delivery", "items", "today", "source"]
    assert row.split() == ["builds", "/hooks/builds", "yes", "never", "0", "1"]
    assert HookSecrets(home).holding("builds", now=0.0) == (secret,)


def test_rotate_tells_the_new_secret_once(davidagent: Command, home: Path) -> None:
    """By its name, as it stands in addresses or alone; the former one is still good."""
    first = davidagent("sources", "add", "webhook:builds", "--json").document["secret"]
    second = davidagent("hooks", "rotate", "builds", "--json").document
    third = davidagent("hooks", "rotate", "webhook:builds").out.splitlines()[0]
    assert (second["name"], second["hook"]) == ("builds", "/hooks/builds")
    assert HookSecrets(home).holding("builds", now=0.0) == (third, second["secret"], first)


def test_where_the_former_secret_is_lost_nothing_is_promised_of_it(davidagent: Command, home: Path) -> None:
    """The doctor says what helps, and no trying that could be ended."""
    davidagent("sources", "add", "webhook:builds")
    (home / "sources.secret.json").unlink()
    ailing = next(line for line in davidagent("doctor").out.splitlines() if "hooks rotate" in line)
    assert "ends the trying" not in ailing
    assert "none before it holds any more" in davidagent("hooks", "rotate", "builds").out


def test_what_is_no_webhook_of_ours_is_said(davidagent: Command) -> None:
    davidagent("sources", "add", "webhook:builds")
    said = davidagent("hooks", "rotate", "other")
    assert (said.code, "there is no webhook other" in said.err) == (1, True)


def test_one_of_the_configuration_is_changed_there(davidagent: Command, tmp_path: Path) -> None:
    write_config(tmp_path, {"sources": [{"webhook": "builds", "secret": SECRET}], "memory": {"mode": "off"}})
    davidagent("once")
    (listed,) = davidagent("hooks", "--json").document
    assert listed["origin"] == "config"
    said = davidagent("hooks", "rotate", "builds")
    assert (said.code, SECRET in said.out + said.err) == (2, False)
    assert "stands in the configuration" in said.err


async def test_a_running_daemon_makes_it_and_takes_it_at_once(tmp_path: Path) -> None:
    async with open_still_desk(tmp_path) as desk:
        desk.access = open_access(Settings(home=tmp_path))
        server = ApiServer(desk, host="127.0.0.1", port=0)
        desk.engine.set_address(await server.start())
        added = await in_a_process("sources", "add", "webhook:builds", "--json", home=tmp_path)
        rotated = await in_a_process("hooks", "rotate", "builds", "--json", home=tmp_path)
        await server.stop()
        events = desk.reader.events(after=0, limit=100)
    secrets = [rotated.document["secret"], added.document["secret"]]
    assert HookSecrets(tmp_path).holding("builds", now=0.0) == tuple(secrets)
    assert [one["data"]["by"] for one in events if one["type"] == "hook_rotated"] == ["cli"]
