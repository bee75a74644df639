"""Secrets of webhooks that a person adds: made by us, told once, changed without a gap."""

import stat
import time
from pathlib import Path

import httpx2
import pytest

from daemon.core.redaction import scrub_text
from sensors.secret_file import SECRETS_FILE
from sensors.webhooks.hook_secrets import FORMER_HOLDS_SECONDS
from tests.fakes.desk import StillDesk, open_still_desk
from tests.fakes.hooks import OTHER_SECRET, SECRET, Sender, configured, put_hook

MARGIN_SECONDS = 120.0


async def add(api: httpx2.AsyncClient, name: str = "builds") -> dict[str, str]:
    answer = await api.post("/api/sources", json={"address": f"webhook:{name}"})
    assert answer.status_code == 201, answer.text
    document: dict[str, str] = answer.json()
    return document


async def test_an_added_webhook_is_told_its_secret_once(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    """And what is signed with it is taken; it stands in a file of its owner alone, and on no page and in no event."""
    added = await add(api)
    secret = added["secret"]
    assert (added["hook"], len(secret)) == ("/hooks/builds", 6 + 44)
    assert (await Sender(api, at=desk.clock.now(), secret=secret).send()).status_code == 202
    assert (await add(api))["secret"] is None
    kept = desk.settings.home / SECRETS_FILE
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert secret in kept.read_text()
    for path in ("/api/sources", "/api/hooks", "/api/events/poll", "/api/admin/stats"):
        assert secret not in (await api.get(path)).text
    assert scrub_text(f"it said {secret}") == "it said ***"
    assert not [one for one in desk.reader.events(after=0) if secret in str(one)]


async def test_a_rotated_secret_is_good_at_once_and_the_former_for_a_day(
    desk: StillDesk, api: httpx2.AsyncClient
) -> None:
    """Then it opens nothing."""
    await desk.clock.advance(time.time() - desk.clock.now())
    former = (await add(api))["secret"]
    answer = (await api.post("/api/hooks/builds/rotate")).json()
    assert answer["secret"] != former
    assert (answer["name"], answer["hook"]) == ("builds", "/hooks/builds")

    async def sent(secret: str, id_: str) -> int:
        return (await Sender(api, at=desk.clock.now(), secret=secret).send({"text": id_}, id_=id_)).status_code

    assert [await sent(secret, "a") for secret in (former, answer["secret"])] == [202, 200]
    await desk.clock.advance(FORMER_HOLDS_SECONDS - MARGIN_SECONDS)
    assert [await sent(secret, "b") for secret in (former, answer["secret"])] == [202, 200]
    await desk.clock.advance(2 * MARGIN_SECONDS)
    assert [await sent(secret, "c") for secret in (former, answer["secret"])] == [401, 202]


async def test_after_a_lost_secret_no_former_one_is_promised(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    await add(api)
    (desk.settings.home / SECRETS_FILE).unlink()
    assert (await api.post("/api/hooks/builds/rotate")).json()["former_until"] is None


async def test_who_changed_a_secret_is_told_and_the_secret_is_not(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    added = await add(api)
    await api.post("/api/hooks/builds/rotate", headers={"DavidAgent-Client": "dashboard"})
    (event,) = [one for one in desk.reader.events(after=0) if one["type"] == "hook_rotated"]
    assert event["data"] == {"source_id": int(added["id"]), "hook": "builds", "by": "dashboard"}


async def test_a_secret_of_the_configuration_is_changed_there(tmp_path: Path, api: httpx2.AsyncClient) -> None:
    async with open_still_desk(tmp_path / "own", sources=[configured()]) as desk:
        await put_hook(desk)
        api._transport.app.state.desk = desk  # type: ignore[attr-defined]
        answer = await api.post("/api/hooks/builds/rotate")
    assert answer.status_code == 422
    assert "stands in the configuration: make it a list there, the new one first" in answer.json()["detail"]
    assert not (tmp_path / "own" / SECRETS_FILE).exists()


async def test_what_is_no_webhook_has_no_secret(api: httpx2.AsyncClient) -> None:
    assert (await api.post("/api/hooks/nope/rotate")).status_code == 404
    assert (await api.get("/api/hooks")).json() == []


async def test_a_removed_webhook_is_gone_and_comes_back_with_another_secret(
    desk: StillDesk, api: httpx2.AsyncClient
) -> None:
    first = await add(api)
    await api.delete(f"/api/sources/{first['id']}")
    assert (await Sender(api, at=desk.clock.now(), secret=first["secret"]).send()).status_code == 404
    assert first["secret"] not in (desk.settings.home / SECRETS_FILE).read_text()
    second = await add(api)
    assert second["secret"] not in (None, first["secret"])
    assert (await Sender(api, at=desk.clock.now(), secret=first["secret"]).send()).status_code == 401
    assert (await Sender(api, at=desk.clock.now(), secret=second["secret"]).send()).status_code == 202


async def test_the_list_tells_what_was_last_delivered(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    """Not yet anything of one that is new."""
    secret = (await add(api))["secret"]
    (before,) = (await api.get("/api/hooks")).json()
    assert (before["last_delivery_at"], before["items_today"], before["origin"]) == (None, 0, "added")
    await Sender(api, at=desk.clock.now(), secret=secret).send([{"text": "One."}, {"text": "Two."}])
    (after,) = (await api.get("/api/hooks")).json()
    assert (after["last_delivery_at"] is not None, after["items_today"]) == (True, 2)


@pytest.mark.parametrize("secret", [SECRET, OTHER_SECRET])
async def test_a_webhook_whose_secret_is_lost_opens_to_nobody(
    desk: StillDesk, api: httpx2.AsyncClient, secret: str
) -> None:
    """As after a restored board without its file: also an empty key is none."""
    await put_hook(desk)
    assert (await Sender(api, at=desk.clock.now(), secret=secret).send()).status_code == 401


async def test_a_file_that_cannot_be_read_is_our_fault_and_passes(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    """The sender is asked to come again, and is not told where the file lies."""
    await put_hook(desk)
    (desk.settings.home / SECRETS_FILE).write_text("not json")
    answer = await Sender(api, at=desk.clock.now()).send()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert str(desk.settings.home) not in answer.text


async def test_a_removed_feed_leaves_no_login_behind(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    """It was kept beside the board for as long as the source was there."""
    address = "https://reader:opensesame-42@feeds.example/mine"
    added = await api.post("/api/sources", json={"address": address, "discover": False})
    kept = desk.settings.home / SECRETS_FILE
    assert "opensesame-42" in kept.read_text()
    await api.delete(f"/api/sources/{added.json()['id']}")
    assert "opensesame-42" not in kept.read_text()
