"""Commands that change the board, without a daemon and through one."""

import asyncio
from pathlib import Path

import pytest

from daemon.api.server import ApiServer
from daemon.blackboard.reading import BoardReader
from daemon.blackboard.states import Step
from daemon.core.settings.models import Settings
from daemon.runtime.access import open_access
from tests.fakes.desk import open_still_desk
from tests.fakes.staged_board import FAILURE, Staged, opened, stage
from tests.integration.cli.conftest import Command, in_a_process


def test_a_posted_text_is_on_the_board_once(davidagent: Command) -> None:
    first = davidagent("post", "--text", "A note of some length.", "--title", "Note", "--json").document
    again = davidagent("post", "--text", "A note of some length.", "--title", "Note", "--json").document
    assert first == {"id": first["id"], "new": True, "state": "QUEUED"}
    assert again == {"id": first["id"], "new": False, "state": "QUEUED"}
    assert davidagent("items", "--json").document[0]["title"] == "Note"


def test_a_url_with_text_is_not_fetched(davidagent: Command) -> None:
    davidagent("post", "http://127.0.0.1:9/page", "--text", "The text of that page.")
    (item,) = davidagent("items", "--json").document
    assert item["url"] == "http://127.0.0.1:9/page"


def test_a_private_address_is_not_fetched(davidagent: Command) -> None:
    said = davidagent("post", "http://127.0.0.1:9/page")
    assert said.code == 1
    assert "sensors.allow_hosts" in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [(), ("-", "--text", "x"), ("not a url",)])
def test_a_post_that_makes_no_sense_is_exit_code_2(davidagent: Command, arguments: tuple[str, ...]) -> None:
    assert davidagent("post", *arguments).code == 2


def test_retry_all_revives_once(davidagent: Command, staged: Staged) -> None:
    assert davidagent("retry", "--all", "--json").document == {"revived": 1}
    assert davidagent("retry", "--all", "--json").document == {"revived": 0}


def test_retry_takes_ids_and_groups(davidagent: Command, staged: Staged) -> None:
    assert davidagent("retry", "--group", "another", "--json").document == {"revived": 0}
    assert davidagent("retry", staged.dead, "--json").document == {"revived": 1}


def test_a_dry_run_says_what_a_retry_would_be(davidagent: Command, staged: Staged) -> None:
    plan = davidagent("retry", "--all", "--dry-run", "--model", "offline", "--json").document
    assert (plan["would_revive"], plan["groups"], plan["model"], plan["likely_usd"]) == (1, 1, "offline", 0.0)
    said = davidagent("retry", staged.dead, "--dry-run").out
    assert "1 dead letter of 1 failure would be revived; nothing was changed." in said
    assert davidagent("status", "--json").document["states"]["DEAD_LETTER"] == 1


def test_retry_takes_a_model_of_the_configuration(davidagent: Command, staged: Staged) -> None:
    said = davidagent("retry", "--all", "--model", "nothing")
    assert (said.code, "there is no model nothing in llm.models; there are offline" in said.err) == (2, True)
    assert davidagent("retry", "--all", "--model", "offline", "--json").document == {"revived": 1}
    assert davidagent("show", staged.dead, "--json").document["item"]["model"] == "offline"


def test_what_is_retried_with_a_model_is_done_by_it_alone(davidagent: Command, staged: Staged, tmp_path: Path) -> None:
    """The configured one cannot be reached at all, and is not asked."""
    closed = "{provider: openai, model: m, base_url: 'http://127.0.0.1:9/v1', api_key: k}"
    echelon = "echelon1: {models: [away]}"
    (tmp_path / "davidagent.yaml").write_text(
        f"llm: {{models: {{away: {closed}}}, groups: {{left: {{{echelon}}}, right: {{{echelon}}}}}}}\n"
        "memory: {mode: 'off'}\n"
    )
    davidagent("discard", staged.held)
    asyncio.run(_bury_all_but(staged.dead, home=tmp_path / "home"))
    words = "The harbour of Marrow Bay opened a second pier on Tuesday. It cost 4.2 million euros, the office said."
    (tmp_path / "words.txt").write_text(words, "utf-8")
    assert davidagent("edit", staged.dead, "--text", "words.txt", "--model", "offline").code == 0
    assert davidagent("once").code == 0
    shown = davidagent("show", staged.dead, "--json").document
    assert shown["item"]["state"] == "PUBLISHED", shown["item"]["error"]
    assert {call["provider"] for call in shown["calls"]} == {"offline"}


async def _bury_all_but(item_id: str, *, home: Path) -> None:
    async with opened(home) as engine:
        for claim in await engine.claim(worker_id="w", steps=list(Step), limit=9, lease_seconds=60):
            assert claim.item.id != item_id
            await engine.bury(claim, failure=FAILURE)


def test_an_edited_dead_letter_begins_anew(davidagent: Command, staged: Staged, tmp_path: Path) -> None:
    """Once; what it said before is shown with it."""
    (tmp_path / "words.txt").write_text("Other words, in a file of their own.", "utf-8")
    edit = ("edit", staged.dead, "--title", "The ferry", "--text", str(tmp_path / "words.txt"))
    assert davidagent(*edit).out == "Edited, and begun anew.  The next davidagent once or run goes on with it.\n"
    assert davidagent(*edit, "--json").document == {"edited": 0}
    item = davidagent("show", staged.dead, "--json").document["item"]
    assert (item["state"], item["title"], item["text"]) == (
        "QUEUED",
        "The ferry",
        "Other words, in a file of their own.",
    )
    assert [one["title"] for one in item["edits"]] == ["Title of dead"]
    assert davidagent("edit", staged.held, "--title", "x").code == 1


@pytest.mark.parametrize("arguments", [(), ("--text", "no-such-file"), ("--title", " ")])
def test_an_edit_must_be_told_what(davidagent: Command, staged: Staged, arguments: tuple[str, ...]) -> None:
    assert davidagent("edit", staged.dead, *arguments).code == 2


def test_without_a_daemon_it_is_said_who_goes_on(davidagent: Command, staged: Staged) -> None:
    """Only when something was put to work."""
    assert davidagent("retry", "--all").out == (
        "1 dead letter revived.  The next davidagent once or run goes on with it.\n"
    )
    assert davidagent("retry", "--all").out == "0 dead letters revived.\n"


def test_a_pause_lasts_until_resume(davidagent: Command, staged: Staged) -> None:
    assert davidagent("pause", "--json").document == {"paused": True}
    assert davidagent("status", "--json").document["paused"] is True
    assert "davidagent resume" in davidagent("status").out
    assert davidagent("resume", "--json").document == {"paused": False}
    assert davidagent("status", "--json").document["paused"] is False


@pytest.mark.parametrize("arguments", [(), ("x", "--all"), ("--all", "--group", "g")])
def test_retry_must_be_told_exactly_what(davidagent: Command, arguments: tuple[str, ...]) -> None:
    assert davidagent("retry", *arguments).code == 2


def test_approve_decides_a_held_item(davidagent: Command, staged: Staged) -> None:
    assert davidagent("approve", staged.held, "--json").document == {"approved": 1}
    assert davidagent("approve", staged.held, "--json").document == {"approved": 0}


def test_reject_sends_a_held_item_back(davidagent: Command, staged: Staged) -> None:
    assert davidagent("reject", staged.held, "--why", "wrong date", "--json").document == {"rejected": 1}
    assert davidagent("items", "--state", "DRAFTING", "--json").document[0]["id"] == staged.held


def test_discard_keeps_the_reason(davidagent: Command, staged: Staged) -> None:
    done = davidagent("discard", staged.held, staged.dead, "--why", "not ours", "--json").document
    assert done == {"discarded": 2}
    assert davidagent("show", staged.dead, "--json").document["item"]["reason"] == "not ours"


def test_one_wrong_id_changes_nothing(davidagent: Command, staged: Staged) -> None:
    said = davidagent("discard", staged.held, staged.queued)
    assert said.code == 1
    assert f"item {staged.queued} is QUEUED" in said.err
    assert davidagent("status", "--json").document["states"]["HELD"] == 1


def test_sources_live_through_their_verbs(davidagent: Command) -> None:
    added = davidagent(
        "sources", "add", "https://a.example/feed", "--as-is", "--name", "A", "--every", "30m", "--json"
    ).document
    assert (added["name"], added["every_seconds"]) == ("A", 1800.0)
    assert davidagent("sources", "disable", "a", "--json").document["enabled"] is False
    assert davidagent("sources", "enable", "1", "--json").document["enabled"] is True
    assert [one["id"] for one in davidagent("sources", "--json").document] == [1]
    assert "https://a.example/feed" in davidagent("sources", "list").out
    assert davidagent("sources", "remove", "https://a.example/feed", "--json").code == 0
    assert davidagent("sources", "list", "--json").document == []


def test_sources_of_the_configuration_are_told_before_the_first_run(davidagent: Command, tmp_path: Path) -> None:
    (tmp_path / "davidagent.yaml").write_text("sources: [{rss: 'https://a.example/feed'}]\n")
    assert "1 source of the configuration" in davidagent("sources").out


def test_opml_goes_out_and_in_again(davidagent: Command, tmp_path: Path) -> None:
    davidagent("sources", "add", "https://a.example/feed", "--as-is", "--name", "A & B", "--tag", "ai")
    opml = davidagent("sources", "export").out
    file = tmp_path / "feeds.opml"
    file.write_text(opml, "utf-8")
    davidagent("sources", "remove", "1")
    assert davidagent("sources", "import", str(file), "--json").document == {"added": 1, "known": 0, "problems": []}
    (source,) = davidagent("sources", "--json").document
    assert (source["name"], source["tags"]) == ("A & B", ["ai"])


def test_without_a_board_there_is_nothing_to_copy(davidagent: Command, home: Path, tmp_path: Path) -> None:
    said = davidagent("backup", str(tmp_path / "copy.db"))
    assert said.code == 1
    assert "there is no board" in said.err
    assert not (tmp_path / "copy.db").exists()
    assert not home.exists()


def test_a_backup_is_a_whole_board(davidagent: Command, staged: Staged, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    assert davidagent("backup", str(target)).code == 0
    assert BoardReader(target).counts()["DEAD_LETTER"] == 1
    assert davidagent("backup", str(target)).code == 2


def test_a_memory_that_is_off_says_so(davidagent: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAVIDAGENT_MEMORY__MODE", "off")
    assert davidagent("memory", "--json").document["status"] == "off"
    assert davidagent("memory", "search", "x").code == 2


@pytest.mark.soak
async def test_every_verb_goes_through_a_running_daemon(tmp_path: Path) -> None:
    """The board's lock is held here, so a command that wrote itself would fail."""
    access = open_access(Settings(home=tmp_path))
    async with open_still_desk(tmp_path) as desk:
        desk.access = access
        staged = await stage(desk.engine)
        server = ApiServer(desk, host="127.0.0.1", port=0)
        desk.engine.set_address(await server.start())
        for arguments, answer in (
            (("retry", staged.dead, "--dry-run"), None),
            (("edit", staged.dead, "--title", "Anew"), {"edited": 1}),
            (("retry", staged.dead), {"revived": 0}),
            (("retry", "--all"), {"revived": 0}),
            (("retry", "--group", "none"), {"revived": 0}),
            (("reject", staged.held, "--why", "wrong"), {"rejected": 1}),
            (("pause",), {"paused": True}),
            (("resume",), {"paused": False}),
            (("backup", str(tmp_path / "copy.db")), None),
            (("post", "--text", "Through the daemon."), None),
            (("sources", "add", "https://b.example/feed", "--as-is", "--name", "B"), None),
            (("sources", "disable", "b"), None),
            (("sources", "remove", "B"), {"removed": "https://b.example/feed"}),
            (("memory", "status"), None),
            (("memory", "rebuild"), {"to_remember": 1}),
        ):
            said = await in_a_process(*arguments, "--json", home=tmp_path)
            assert said.code == 0, said.err
            assert answer is None or said.document == answer
        memory = (await in_a_process("memory", "--json", home=tmp_path)).document
        assert (memory["status"], memory["size"], memory["waiting"]) == ("off", 0, 1)
        running = (await in_a_process("status", "--json", home=tmp_path)).document["daemon"]
        unknown = await in_a_process("approve", "nope", home=tmp_path)
        await server.stop()
        assert running["running"] is True
        assert running["address"] == server.address
        assert (unknown.code, unknown.err) == (1, "davidagent: there is no item nope\n")
        assert {one["address"] for one in desk.reader.sources()} == {"https://example.org/feed.xml"}


@pytest.mark.parametrize(("has_token", "words"), [(True, "does not accept the token"), (False, "there is none in")])
async def test_a_wrong_token_is_said_in_one_line(tmp_path: Path, words: str, *, has_token: bool) -> None:
    if has_token:
        open_access(Settings(home=tmp_path))
    async with open_still_desk(tmp_path) as desk:
        server = ApiServer(desk, host="127.0.0.1", port=0)
        desk.engine.set_address(await server.start())
        said = await in_a_process("retry", "--all", home=tmp_path)
        await server.stop()
    assert said.code == 2
    assert words in said.err
    assert said.err.count("\n") == 1


async def test_while_another_command_works_acting_waits_for_nobody(tmp_path: Path) -> None:
    async with opened(tmp_path):
        acting = await in_a_process("retry", "--all", home=tmp_path)
        looking = await in_a_process("items", "--json", home=tmp_path)
    assert acting.code == 1
    assert "try again when it is done" in acting.err
    assert (looking.code, looking.document) == (0, [])
