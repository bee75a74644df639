"""What X says when it gives no posts, and what becomes of it: words, remedies, waits; the token stands nowhere."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from sensors.remedies import ailment_of
from tests.fakes.feed_server import Reply
from tests.fakes.x_desk import XDesk, x_desk
from tests.fakes.x_server import PROBLEM, TOKEN, Window, problem

HOUR, DAY = 3600.0, 86_400.0
RICH: dict[str, Any] = {"daily_reads": 10_000, "daily_usd": 1000.0}
CREDITS = problem(
    402, "CreditsDepleted", "Your enrolled account [1] does not have any credits.", kind=f"{PROBLEM}credits"
)
SPEND_CAP = problem(
    403, "SpendCapReached", "Your enrolled account [1] has reached its spend cap.", kind=f"{PROBLEM}credits"
)
USAGE_CAP = problem(429, "UsageCapExceeded", "Usage cap exceeded: Monthly product cap", kind=f"{PROBLEM}usage-capped")


@dataclass(frozen=True)
class Ill:
    """What X answers, what ails the source by that, and words of the sentence."""

    reply: Reply
    ailment: str
    words: str


ILL = (
    Ill(problem(401, "Unauthorized", "Unauthorized"), "x_token", "X answered 401: it does not take the bearer token"),
    Ill(CREDITS, "x_credits", "X answered 402: this X account's credits or its spending limit are used up"),
    Ill(SPEND_CAP, "x_credits", "X answered 403: this X account's credits or its spending limit are used up"),
    Ill(USAGE_CAP, "x_credits", "X answered 429: the posts that this X account may read are used up"),
    Ill(problem(403, "Forbidden", "Your app is not enrolled."), "refused", "X answered 403: Your app is not enrolled."),
    Ill(problem(404, "Not Found", "Not Found"), "x_account", "X knows no account @alice"),
    Ill(Reply(b"", status=429), "too_many", "X answered 429: too many requests for now"),
    Ill(problem(503, "Service Unavailable", "Over capacity"), "server", "X answered 503: Over capacity"),
    Ill(Reply(b"<html>Bad gateway", status=502), "server", "X answered 502"),
    Ill(Reply(b"", status=302, headers={"Location": "http://127.0.0.1:1/"}), "other", "X answered 302"),
    Ill(Reply(b'{"data": {"id": "12"', cut_after=9), "broken", "broke off its answer"),
    Ill(Reply(b"hello"), "broken", "something that is no JSON"),
    Ill(Reply(b"[]"), "broken", "something that is no JSON"),
    Ill(Reply(b'{"errors": [{"title": "Odd"}]}'), "other", "X says nothing of @alice"),
    Ill(Reply(b"{}", drip_seconds=60), "slow", "did not answer in full within 3 s (sensors.timeout)"),
    Ill(Reply(b" " * 70_000), "too_large", "larger than 65,536 bytes (sensors.max_body)"),
    Ill(Reply(b"{}", headers={"Content-Encoding": "br"}), "broken", "packed as 'br'"),
)


@pytest.mark.parametrize("ill", ILL, ids=lambda one: f"{one.ailment}: {one.words[:40]}")
async def test_what_x_refuses_is_told_in_words_with_what_would_help(tmp_path: Path, ill: Ill) -> None:
    """At the first request of a source, which asks who the account is; it comes again later, and nothing is lost."""
    async with x_desk(tmp_path, "@alice", timeout=3, max_body=65_536, **RICH) as desk:
        desk.server.post("alice", "Still there.")
        desk.server.faults = [ill.reply]
        found = await desk.poll("@alice")
        assert found.outcome == "failed"
        assert ill.words in str(found.error)
        assert ailment_of(str(found.error)).name == ill.ailment
        fetch = (await desk.source("@alice")).fetch
        assert (fetch.errors_in_row, fetch.last_error) == (1, found.error)
        desk.clock.set(fetch.next_fetch_at)
        assert (await desk.poll("@alice")).new == 1
        assert (await desk.source("@alice")).fetch.errors_in_row == 0


@pytest.mark.parametrize(
    ("trouble", "ailment", "words"),
    [
        ("suspended", "x_suspended", "the account @alice is suspended"),
        ("protected", "x_protected", "the posts of @alice are protected"),
    ],
)
async def test_an_account_that_nobody_may_read(tmp_path: Path, trouble: str, ailment: str, words: str) -> None:
    async with x_desk(tmp_path, "@alice", **RICH) as desk:
        desk.server.account("alice", problem=trouble)
        found = await desk.poll("@alice")
        assert str(found.error).startswith(words)
        assert ailment_of(str(found.error)).name == ailment


async def test_an_account_that_x_does_not_know(tmp_path: Path) -> None:
    async with x_desk(tmp_path, "@nobody", **RICH) as desk:
        error = str((await desk.poll("@nobody")).error)
        assert error == "X knows no account @nobody: Could not find user with username: [nobody]."
        assert ailment_of(error).name == "x_account"
        assert await desk.charged() == (0, 0)


async def test_a_search_that_x_refuses_is_told_with_its_reason(tmp_path: Path) -> None:
    async with x_desk(tmp_path, "search:((", **RICH) as desk:
        error = str((await desk.poll("search:((")).error)
        assert "no viable alternative at input '(('" in error
        assert ailment_of(error).name == "x_query"


async def test_without_a_token_it_says_what_would_help_and_asks_nothing(tmp_path: Path) -> None:
    async with x_desk(tmp_path, "@alice", token=None) as desk:
        error = str((await desk.poll("@alice")).error)
        assert "sensors.x.bearer_token" in error
        assert "mirror" in error
        assert ailment_of(error).name == "x_token"
        assert desk.server.asked == []


async def test_a_429_is_waited_out_by_all_sources_of_its_kind(tmp_path: Path) -> None:
    """Until the time X names; searches have a limit of their own."""
    async with x_desk(tmp_path, "@alice", "@bob", "search:tide", **RICH) as desk:
        for name in ("alice", "bob"):
            desk.server.post(name, "tide one")
            await desk.poll(f"@{name}")
        reset = int(desk.clock.now()) + 700
        headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(reset)}
        desk.server.faults = [problem(429, "Too Many Requests", "Too Many Requests", headers=headers)]
        refused = await desk.poll("@alice")
        assert refused.outcome == "failed"
        assert 900 <= desk.last.fetch.next_fetch_at - desk.clock.now() <= 990
        asked = len(desk.server.asked)
        assert (await desk.poll("@bob")).outcome == "waiting"
        assert reset <= desk.last.fetch.next_fetch_at <= reset + 90
        assert str(desk.last.fetch.next_fetch_reason).startswith("X takes no more requests for now; it goes on at ")
        assert desk.last.fetch.errors_in_row == 0
        assert len(desk.server.asked) == asked
        assert (await desk.poll("search:tide")).outcome == "read"
        assert len(desk.server.asked) == asked + 1
        desk.clock.set(float(reset))
        assert (await desk.poll("@bob")).outcome == "unchanged"


async def test_a_long_429_is_believed_when_it_is_longer_than_the_own_wait(tmp_path: Path) -> None:
    """But not beyond a day, whatever X says."""
    async with x_desk(tmp_path, "@alice", "@bob", **RICH) as desk:
        for name, reset in (("alice", 5 * HOUR), ("bob", 900 * DAY)):
            headers = {"x-rate-limit-reset": str(int(desk.clock.now() + reset))}
            desk.server.faults = [problem(429, "Too Many Requests", "Too Many Requests", headers=headers)]
            await desk.poll(f"@{name}")
            wait = desk.last.fetch.next_fetch_at - desk.clock.now()
            assert min(reset, DAY) - 1 <= wait <= min(reset, DAY) * 1.1
            desk.later(DAY)


async def test_the_last_request_of_a_window_closes_it(tmp_path: Path) -> None:
    """Nobody runs into the 429: what was read is told, the rest waits for the window."""
    async with x_desk(tmp_path, "@alice", "@bob", **RICH) as desk:
        desk.server.post("alice", "tide one")
        await desk.poll("@alice")
        desk.later(HOUR)
        desk.server.windows["timeline"] = Window(limit=1)
        for n in range(15):
            desk.server.post("alice", f"tide {n} of them")
        assert (await desk.poll("@alice")).new == 10
        assert (await desk.poll("@bob")).outcome != "read"
        desk.later(900)
        assert (await desk.poll("@alice")).new == 5
        assert all("429" not in str(one.error) for one in desk.watcher.sightings)


@pytest.mark.parametrize("address", ["@../tweets/search/recent?query=a", "@a/b c", "@", "@名"])
async def test_a_name_that_would_lead_elsewhere_is_never_sent(tmp_path: Path, address: str) -> None:
    async with x_desk(tmp_path, address, **RICH) as desk:
        error = str((await desk.poll(address)).error)
        assert "is no account of X" in error
        assert ailment_of(error).name == "x_account"
        assert desk.server.asked == []


async def test_posts_without_the_form_of_one_are_counted_and_hide_no_other(tmp_path: Path) -> None:
    """As is what X could not tell: a quoted post that was deleted."""
    async with x_desk(tmp_path, "@alice", **RICH) as desk:
        desk.server.post("alice", "A sound one.", quote="12345")
        odd = desk.server.post("alice", "An odd one.")
        desk.server.posts[odd]["text"] = 7
        found = await desk.poll("@alice")
        assert (found.entries, found.new) == (2, 1)
        assert (desk.last.detail["unreadable"], desk.last.detail["missing"]) == (1, 1)


async def test_the_token_stands_nowhere(tmp_path: Path) -> None:
    """Not on the board, in events, in logs; not even when X sends it back."""
    async with x_desk(tmp_path, "@alice", **RICH) as desk:
        desk.server.faults = [problem(403, "Forbidden", f"Bearer {TOKEN} is not enrolled")]
        with structlog.testing.capture_logs() as logs:
            await desk.poll("@alice")
            desk.server.post("alice", "tide")
            await desk.poll("@alice")
        assert desk.server.asked[0].headers["authorization"] == f"Bearer {TOKEN}"
        told = json.dumps([str(logs), str(desk.board.told), str(desk.watcher.sightings), await _board(desk)])
        assert "is not enrolled" in told
        assert TOKEN not in told


async def _board(desk: XDesk) -> str:
    sources = await desk.board.rows("SELECT * FROM sources")
    calls = await desk.board.rows("SELECT * FROM calls")
    events = await desk.board.rows("SELECT * FROM events")
    return f"{sources}{calls}{events}"
