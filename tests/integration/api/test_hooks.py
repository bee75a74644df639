"""Deliveries to webhooks, signed by the public package, against the real API and the real board."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from daemon.api.app import create_app
from daemon.api.server import ApiServer
from daemon.blackboard.records import Identity, NewSource
from daemon.blackboard.states import State
from tests.fakes.boards import seen
from tests.fakes.desk import StillDesk, open_still_desk
from tests.fakes.hooks import OTHER_SECRET, SECRET, STORY, Sender, configured, put_hook

LONG = "The same long text, word for word, is the same thing under whatever name it is sent. " * 4
HOOKS = {"max_body": 20_000, "per_minute": 60}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[StillDesk]:
    """A desk with one webhook of the configuration."""
    settings = {"sources": [configured()], "sensors": {"webhooks": HOOKS}}
    async with open_still_desk(tmp_path, **settings) as desk:
        await put_hook(desk, tags=("ci",))
        yield desk


@pytest.fixture
async def sender(desk: StillDesk) -> AsyncIterator[Sender]:
    """Somebody with the secret, who has no token."""
    server = ApiServer(desk, host="127.0.0.1", port=0)
    async with httpx2.AsyncClient(base_url=await server.start(), trust_env=False) as client:
        yield Sender(client, at=desk.clock.now())
    await server.stop()


def problem_of(answer: httpx2.Response) -> tuple[int, str]:
    """The status and the sentence of a problem document."""
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    return answer.status_code, problem["detail"]


async def test_a_delivery_is_an_item_before_it_is_acknowledged(desk: StillDesk, sender: Sender) -> None:
    """Whole, with where it is from, queued and untouched; and whoever works is told."""
    answer = await sender.send()
    assert answer.status_code == 202
    (told,) = answer.json()["items"]
    assert told["new"]
    document = desk.reader.item(told["id"])
    assert document["item"]["state"] == State.QUEUED
    assert document["item"]["title"] == "A bridge is open"
    assert document["item"]["url"] == "https://a.example/b"
    assert document["item"]["source"] == "builds"
    assert desk.wakes == 1
    (event,) = [one for one in desk.reader.events(after=0) if one["type"] == "hook_delivered"]
    assert {key: event["data"][key] for key in ("new", "known", "hook")} == {"new": 1, "known": 0, "hook": "builds"}


async def test_the_same_delivery_again_is_the_same_item_for_ever(desk: StillDesk, sender: Sender) -> None:
    """Also with another body, and after a restart."""
    first = (await sender.send()).json()["items"][0]["id"]
    for body in (STORY, {"text": "Something else altogether."}):
        again = await sender.send(body)
        assert (again.status_code, again.json()) == (200, {"items": [{"id": first, "new": False}]})
    transport = httpx2.ASGITransport(app=create_app(desk))
    async with httpx2.AsyncClient(transport=transport, base_url="http://desk") as client:
        later = await Sender(client, at=desk.clock.now()).send()
    assert later.json()["items"] == [{"id": first, "new": False}]
    assert desk.reader.counts()[State.QUEUED] == 1


async def test_fifty_at_once_under_one_id_are_one_item(desk: StillDesk, sender: Sender) -> None:
    answers = await asyncio.gather(*(sender.send() for _ in range(50)))
    assert sorted({one.status_code for one in answers}) == [200, 202]
    assert sum(one.json()["items"][0]["new"] for one in answers) == 1
    assert len({one.json()["items"][0]["id"] for one in answers}) == 1
    assert desk.reader.counts()[State.QUEUED] == 1


async def test_two_deliveries_that_say_the_same_are_two_items(sender: Sender) -> None:
    """What is the same is the sender's to say, by the id."""
    answers = [await sender.send({"text": "Build passed"}, id_=name) for name in ("a", "b")]
    assert [one.status_code for one in answers] == [202, 202]


async def test_one_link_may_come_with_many_deliveries(desk: StillDesk, sender: Sender) -> None:
    """The builds of a project are not one build; what another source told first is a duplicate all the same."""
    known = seen("https://ci.example/a", identities=(Identity("link:ci.example/a", is_global=True),))
    feed = await desk.engine.add_source(NewSource(kind="rss", address="https://ci.example/feed"), by="tester")
    (told,) = await desk.engine.post([known], source_id=feed.id, by="sensor")
    for number, page in enumerate(("a", "a", "b", "b")):
        body = {"title": f"Build {number} failed", "url": f"https://ci.example/{page}"}
        answer = (await sender.send(body, id_=f"build-{number}")).json()["items"][0]
        assert answer["new"]
        duplicate_of = desk.reader.item(answer["id"])["item"]["duplicate_of"]
        assert duplicate_of == (told.item_id if page == "a" else None)
    again = await sender.send({"text": LONG}, id_="x"), await sender.send({"text": LONG}, id_="y")
    assert [one.status_code for one in again] == [202, 200]


async def test_a_list_is_an_item_each(desk: StillDesk, sender: Sender) -> None:
    """Under the id of the delivery; what is new of it is told for each."""
    answer = await sender.send([{"text": "The first."}, {"text": "The second."}])
    assert [one["new"] for one in answer.json()["items"]] == [True, True]
    again = await sender.send([{"text": "The first."}, {"text": "The second."}, {"text": "The third."}])
    assert [one["new"] for one in again.json()["items"]] == [False, False, True]
    assert again.status_code == 202


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
async def test_a_missing_header_is_named(sender: Sender, name: str) -> None:
    status, detail = problem_of(await sender.send(**{name.replace("-", "_"): None}))
    assert status == 400
    assert name in detail


@pytest.mark.parametrize(
    "signature",
    [
        "v1,",
        "v1",
        "nonsense",
        "v1,***",
        "v2,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
        "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    ],
)
async def test_a_wrong_signature_opens_nothing(desk: StillDesk, sender: Sender, signature: str) -> None:
    before = desk.reader.last_event_id()
    answer = await sender.send(webhook_signature=signature)
    assert problem_of(answer)[0] == 401
    assert answer.headers["www-authenticate"] == "StandardWebhooks"
    assert desk.reader.last_event_id() == before


async def test_what_was_signed_is_what_counts(sender: Sender) -> None:
    """Another id, time, body, or webhook is not what was signed."""
    for changed in ({"webhook_id": "msg_2"}, {"webhook_timestamp": str(int(sender.at) + 1)}):
        assert problem_of(await sender.send(**changed))[0] == 401
    headers = sender.signed('{"text":"a"}')
    answer = await sender.client.post("/hooks/builds", content=b'{"text":"b"}', headers=headers)
    assert problem_of(answer)[0] == 401
    assert problem_of(await Sender(sender.client, at=sender.at, secret=OTHER_SECRET).send())[0] == 401


async def test_one_right_signature_among_others_is_enough(sender: Sender) -> None:
    """Unknown versions are passed over, as the scheme asks for."""
    right = sender.signed('"x"')["webhook-signature"]
    wrong = "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="
    answer = await sender.send('"x"', webhook_signature=f"v1a,xyz {wrong} v9 {right}")
    assert answer.status_code == 202


@pytest.mark.parametrize("seconds", [-301, 301])
async def test_a_stale_delivery_is_refused_with_words(sender: Sender, seconds: float) -> None:
    status, detail = problem_of(await sender.send(at=sender.at + seconds))
    assert status == 401
    assert "301 s" in detail
    assert "clock" in detail


@pytest.mark.parametrize("seconds", [-300, 300])
async def test_five_minutes_either_way_are_allowed(sender: Sender, seconds: float) -> None:
    assert (await sender.send(at=sender.at + seconds)).status_code == 202


async def test_what_is_unknown_or_disabled_is_not_there(desk: StillDesk, sender: Sender) -> None:
    """And is again as soon as it is enabled."""
    for name in ("other", "Builds", "%2fbuilds", "a" * 300, "b\u00fccher"):
        assert (await Sender(sender.client, at=sender.at, name=name).send()).status_code == 404
    source = await desk.engine.source_at("webhook:builds")
    assert source is not None
    await desk.engine.set_source_enabled(source.id, is_enabled=False, by="tester")
    assert problem_of(await sender.send())[0] == 404
    await desk.engine.set_source_enabled(source.id, is_enabled=True, by="tester")
    assert (await sender.send()).status_code == 202


async def test_a_body_that_is_too_long_is_refused(sender: Sender) -> None:
    """By its length when it is told, else while it is read; the right signature does not help."""
    body = '{"text": "' + "x" * 20_000 + '"}'
    assert problem_of(await sender.send(body))[0] == 413

    async def pieces() -> AsyncIterator[bytes]:
        yield body.encode()

    answer = await sender.client.post("/hooks/builds", content=pieces(), headers=sender.signed(body))
    assert problem_of(answer)[0] == 413


async def test_the_longest_body_is_taken(sender: Sender) -> None:
    """From a stranger, who may send far less elsewhere."""
    body = '{"text": "' + "x" * (20_000 - 12) + '"}'
    assert len(body) == 20_000
    assert (await sender.send(body)).status_code == 202


async def test_what_is_signed_but_says_nothing_is_refused_with_what_is_expected(sender: Sender) -> None:
    for body in ("{}", "[]", "null", "", '{"title": "   "}', '{"broken": '):
        status, detail = problem_of(await sender.send(body))
        assert status == 422, body
        assert "JSON" in detail
    picture = await sender.send("JFIF", content_type="image/jpeg")
    assert problem_of(picture)[0] == 422
    many = await sender.send([{"text": str(number)} for number in range(101)])
    assert "100" in problem_of(many)[1]


@pytest.mark.parametrize(
    ("content_type", "body", "title"),
    [
        ("text/plain; charset=utf-8", "The ferry is late.\n\nIt comes at noon.", "The ferry is late."),
        ("text/markdown", "# The ferry\n\nIt is late.", "The ferry"),
        ("text/html", "<title>The ferry</title><p>It is late.</p><script>x()</script>", "The ferry"),
        ("application/x-www-form-urlencoded", "title=The+ferry&text=It+is+late.", "The ferry"),
        ("application/vnd.blog+json", '{"headline": "The ferry", "summary": "It is late."}', "The ferry"),
        ("application/octet-stream", '{"subject": "The ferry", "body": "It is late."}', "The ferry"),
    ],
)
async def test_texts_and_forms_are_taken_too(
    desk: StillDesk, sender: Sender, content_type: str, body: str, title: str
) -> None:
    answer = await sender.send(body, content_type=content_type)
    assert answer.status_code == 202, answer.text
    assert desk.reader.item(answer.json()["items"][0]["id"])["item"]["title"] == title


async def test_nothing_else_is_needed_and_nothing_is_in_the_way(sender: Sender) -> None:
    """Neither cookies nor an origin nor somebody else's authorization."""
    odd = {"cookie": "davidagent_pass=x", "origin": "https://evil.example", "authorization": "Bearer of-the-sender"}
    assert (await sender.send(**odd)).status_code == 202
    assert (await sender.client.get("/hooks/builds")).status_code == 405


async def test_while_paused_it_is_taken_all_the_same(desk: StillDesk, sender: Sender) -> None:
    await desk.engine.set_control("paused", "1", by="tester")
    assert (await sender.send()).status_code == 202


@pytest.mark.parametrize("secret", [SECRET, OTHER_SECRET])
async def test_while_the_key_is_changed_both_are_good(tmp_path: Path, secret: str) -> None:
    """Those of the configuration, the newest first."""
    async with open_still_desk(tmp_path, sources=[configured("builds", OTHER_SECRET, SECRET)]) as desk:
        await put_hook(desk)
        transport = httpx2.ASGITransport(app=create_app(desk))
        async with httpx2.AsyncClient(transport=transport, base_url="http://desk") as client:
            assert (await Sender(client, at=desk.clock.now(), secret=secret).send()).status_code == 202
