"""The dashboard's actions: through a real daemon's API, and by a command of our own when none runs."""

import asyncio
import json
from pathlib import Path

import pytest

from daemon.blackboard.reading import BoardReader
from daemon.blackboard.sqlite.lock import Holder, WriterLock
from dashboard.acting import VERBS, act
from dashboard.saying import sentence
from tests.fakes.dashboard import point_at
from tests.fakes.served_desk import serve_still_desk
from tests.fakes.staged_board import Staged, opened, stage

pytestmark = pytest.mark.soak


def staged_at(home: Path) -> Staged:
    """A board with an item in every place, and nobody who writes to it."""

    async def made() -> Staged:
        async with opened(home) as engine:
            return await stage(engine)

    return asyncio.run(made())


def last_event(home: Path) -> tuple[str, str]:
    """What was done last, and through whom."""
    event = BoardReader(home / "blackboard.db").events(after=0)[-1]
    return event["type"], event["data"]["by"]


def test_with_a_daemon_its_api_acts_and_the_event_says_dashboard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each answer is the API's own, each second click changes nothing, and no child process is started."""
    with serve_still_desk(tmp_path) as served:
        point_at(tmp_path, monkeypatch=monkeypatch)
        lock = tmp_path / "blackboard.lock"
        _tell_address(lock, served.address)
        monkeypatch.setattr("sys.executable", "/nowhere")
        retried = act("retry", [served.staged.dead])
        assert retried.document == {"revived": 1}
        assert last_event(tmp_path) == ("item_revived", "dashboard")
        assert act("retry", [served.staged.dead]).document == {"revived": 0}
        assert act("approve", [served.staged.held]).document == {"approved": 1}
        assert act("pause").document == {"paused": True}
        assert last_event(tmp_path) == ("control_set", "dashboard")
        assert act("level", "L2", for_seconds=600.0, why="on stage").document["by"] == "dashboard"
        assert act("budget_raise", {"day": 8.0}).document["scopes"][0]["cap_usd"] == 8.0


def test_a_breaker_is_closed_by_the_daemon_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second click finds it closed; without a daemon there is none to close."""
    with serve_still_desk(tmp_path) as served:
        point_at(tmp_path, monkeypatch=monkeypatch)
        _tell_address(tmp_path / "blackboard.lock", served.address)
        served.desk.ill.open("vendor/*m*")
        done = act("breaker_reset", "vendor/*m*")
        assert done.document["state"] == "closed"
        assert sentence(done) == r"vendor/\*m\* is asked again. What waited for it goes on."
        assert last_event(tmp_path) == ("breaker_reset", "dashboard")
        assert sentence(act("breaker_reset", "vendor/*m*")) == "Nothing to do: it is asked again already."
    done = act("breaker_reset", "vendor/*m*")
    assert done.error is not None
    assert done.error.startswith("no daemon is running, so there is no breaker to reset;")


def test_a_daemon_that_refuses_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_still_desk(tmp_path) as served:
        point_at(tmp_path, monkeypatch=monkeypatch)
        _tell_address(tmp_path / "blackboard.lock", served.address)
        (tmp_path / "api.token").write_text("a-wrong-one\n")
        done = act("pause")
    assert done.error is not None
    assert "does not accept the token" in done.error
    assert sentence(done).startswith("Not done: ")


def test_without_a_daemon_a_command_of_ours_acts_and_leaves_the_same_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged = staged_at(tmp_path)
    point_at(tmp_path, monkeypatch=monkeypatch)
    assert act("retry", group="BadKeyError|openai.py|api.example").document == {"revived": 1}
    assert last_event(tmp_path) == ("item_revived", "dashboard")
    assert BoardReader(tmp_path / "blackboard.db").states_of([staged.dead]) == {staged.dead: "INGESTING"}
    assert sentence(act("retry", is_all=True)) == "Nothing to retry: none of these is a dead letter any more."


def test_a_long_text_passes_without_a_daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than a command line may be."""
    point_at(tmp_path, monkeypatch=monkeypatch)
    done = act("post", text="Sehr lang. 很长。" * 40_000, title="Long")
    assert done.error is None
    assert sentence(done) == f"Posted as {done.document['id']}."


def test_a_command_that_refuses_is_one_sentence_without_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged_at(tmp_path)
    point_at(tmp_path, monkeypatch=monkeypatch)
    done = act("backup", str(tmp_path / "blackboard.db"))
    assert done.error is not None
    assert "davidagent:" not in done.error
    assert "\n" not in done.error


def test_while_another_command_writes_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    staged_at(tmp_path)
    point_at(tmp_path, monkeypatch=monkeypatch)
    lock = WriterLock.take(tmp_path, Holder(pid=4711))
    try:
        done = act("pause")
    finally:
        lock.free()
    assert done.error is not None
    assert "process 4711" in done.error


@pytest.mark.parametrize("wrong", [{}, {"ids": ["a"], "is_all": True}, {"group": "g", "is_all": True}])
def test_a_retry_says_which(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="say which"):
        VERBS["retry"](**wrong)


def _tell_address(lock: Path, address: str) -> None:
    """The desk of these tests holds its own lock; only the address is missing in it."""
    text = json.loads(lock.read_text())
    lock.write_bytes(json.dumps(text | {"address": address}).encode().ljust(1024))
