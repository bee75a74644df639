"""`davidagent sources add`, the list, and `sources show`: what is found, what is said of it, and what would help."""

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from daemon.blackboard.records import FetchState, NewSource
from daemon.core.clock import SystemClock
from sensors.secret_file import SECRETS_FILE
from sensors.webhooks.hook_secrets import HookSecrets
from tests.fakes.feed_server import FeedServer, Reply
from tests.fakes.feeds import item, rss
from tests.fakes.staged_board import opened
from tests.fakes.watched_sources import Watched, watch
from tests.integration.cli.conftest import Command, in_a_process

ALLOWED = {"DAVIDAGENT_SENSORS__ALLOW_HOSTS": '["127.0.0.1"]'}
FEED = rss(item(1), item(2), title="Tides\x1b[31m")


def announcing(*links: str) -> Reply:
    """A page that announces these."""
    tags = (f'<link rel=alternate type="application/rss+xml" href="{one}" title="{one[1:]}">' for one in links)
    return Reply(f"<html><head><title>feed</title>{''.join(tags)}</head></html>".encode())


@pytest.fixture
def watched(home: Path) -> Watched:
    return asyncio.run(watch(home))


async def test_a_site_is_added_by_its_feed_and_the_others_are_named(home: Path) -> None:
    """Each with the command that adds it; nothing of a feed's title drives the terminal."""
    async with FeedServer() as server:
        server.on("/feed", Reply(FEED))
        site = server.on("/", announcing("/feed", "/news", "/comments"))
        first = await in_a_process("sources", "add", site, home=home, **ALLOWED)
        feed, news, comments = (server.url(path) for path in ("/feed", "/news", "/comments"))
        everything = await in_a_process("sources", "add", site, "--all", home=home, **ALLOWED)
    assert (first.code, first.err) == (0, "")
    assert first.out.splitlines() == [
        "Tides[31m is source 1.",
        f"It is read at {feed} (RSS with 2 entries).",
        f"  davidagent sources add {news}  news",
        f"  davidagent sources add {comments}  comments",
        "These feeds of the site were not added; --all adds every one.",
    ]
    assert f"  source 2: {news}  news" in everything.out
    assert "--all" not in everything.out


async def test_an_address_that_leads_nowhere_is_refused_and_one_that_is_down_is_added(home: Path) -> None:
    async with FeedServer() as server:
        missing, down = server.on("/404", Reply(status=404)), server.on("/503", Reply(status=503))
        refused = await in_a_process("sources", "add", missing, home=home, **ALLOWED)
        passing = await in_a_process("sources", "add", down, home=home, **ALLOWED)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith("davidagent: no feed was found: ")
    assert refused.err.endswith("say so (--as-is).\n")
    assert (passing.code, passing.out) == (0, f"{down} is source 1.\n")
    assert "nobody could look whether it is a feed" in passing.err


def test_a_source_that_is_there_already_is_left_as_it_was(davidagent: Command, tmp_path: Path) -> None:
    """And that is said, as nothing of what was wished is done."""
    (tmp_path / "inbox").mkdir()
    assert davidagent("sources", "add", "inbox").out == "inbox is source 1.\n"
    again = davidagent("sources", "add", "inbox", "--every", "5m")
    assert again.out == "inbox is source 1 already; it is left as it was.\n"
    assert davidagent("sources", "--json").document[0]["every_seconds"] is None


def test_an_account_that_cannot_be_read_is_added_with_a_warning(davidagent: Command) -> None:
    """Without a token nothing is asked, so that it is said at once."""
    said = davidagent("sources", "add", "@tides")
    assert (said.code, said.out) == (0, "@tides is source 1.\n")
    assert "X_BEARER_TOKEN" in said.err


def test_a_webhook_is_told_with_its_whole_address(davidagent: Command) -> None:
    assert "http://127.0.0.1:8787/hooks/builds" in davidagent("sources", "add", "webhook:builds").out


def test_options_go_to_their_kind(davidagent: Command, tmp_path: Path) -> None:
    """And are refused elsewhere, in words."""
    added = davidagent("sources", "add", "@tides", "--daily-reads", "50", "--daily-usd", "0.25", "--json").document
    assert (added["kind"], added["reads"]["limit"], added["reads"]["usd_limit"]) == ("x", 50, 0.25)
    mirror = ("--mirror", "https://mirror.example/surf", "--as-is", "--full-text")
    mirrored = davidagent("sources", "add", "@surf", *mirror, "--json").document
    assert (mirrored["kind"], mirrored["name"], mirrored["full_text"]) == ("rss", "@surf", True)
    (tmp_path / "inbox").mkdir()
    folder = davidagent("sources", "add", "inbox", "--json").document
    assert (folder["kind"], folder["address"]) == ("folder", str(tmp_path / "inbox"))
    for wrong in (("inbox", "--daily-reads", "5"), ("@a", "--no-full-text"), ("https://a.example", "--as-is", "--all")):
        assert davidagent("sources", "add", *wrong).code == 2


def test_the_list_tells_what_cannot_be_read_from_what_has_nothing_new(davidagent: Command, watched: Watched) -> None:
    """In the columns, and below with what would help."""
    said = davidagent("sources")
    heading, *rows = said.out.splitlines()
    names = ("id", "name", "health", "freshness", "kind", "every", "read", "new item", "next", "trust", "reads")
    assert [heading.index(name) for name in names] == sorted(heading.index(name) for name in names)
    row = {int(line.split()[0]): line for line in rows}
    assert " failing  stale " in " ".join(row[watched.failing].split()).replace(" ", "  ")
    assert "gone" in row[watched.gone]
    assert "disabled" in row[watched.disabled]
    assert "Look for the feed's new address on the site" in said.err
    assert "2 of 8 sources cannot be read" in said.err


@pytest.mark.parametrize(
    ("which", "words"),
    [
        ("failing", "we cannot read it: 3 failures in a row"),
        ("gone", "gone for good, says its server"),
        ("late", "we are late: it should have been read by now"),
        ("new", "it was not read yet"),
        ("disabled", "switched off: it is not read"),
        ("ok", "it can be read"),
    ],
)
def test_one_source_is_told_in_words(davidagent: Command, watched: Watched, which: str, words: str) -> None:
    said = davidagent("sources", "show", str(getattr(watched, which)))
    assert said.code == 0
    assert said.out.splitlines()[0].partition(": ")[2].startswith(words)


def test_a_quiet_source_is_read_well(davidagent: Command, home: Path) -> None:
    """Nothing new for a day is no trouble, and is not told as one."""

    async def made() -> None:
        now = SystemClock().now()
        async with opened(home) as engine:
            source = await engine.add_source(NewSource("rss", "https://quiet.example/f", "Quiet"), by="test")
            fetch = FetchState(
                last_fetch_at=now, last_success_at=now, last_item_at=now - 9 * 86_400, next_fetch_at=now + 3600
            )
            await engine.record_fetch(source.id, fetch=fetch, observations=[], event={"outcome": "unchanged"})

    asyncio.run(made())
    first = davidagent("sources", "show", "quiet").out.splitlines()[0]
    assert first == "Quiet: it can be read, and has had nothing new for a day or more"


def test_everything_about_a_source_is_shown(davidagent: Command, watched: Watched) -> None:
    """Its times, its next fetch and why then, its failure and what would help, and what was told of it."""
    said = davidagent("sources", "show", str(watched.failing)).out
    for words in (
        "last success  20",
        "failures      3 in a row",
        "last error    https://missing.example/feed answered 404",
        "what helps    Look for the feed's new address on the site",
        "why then      3 failures in a row: next try after 1.5 h",
        "full text     fetched where entries are short",
        "source_polled    failed",
    ):
        assert words in said
    document = davidagent("sources", "show", str(watched.failing), "--json").document
    listed = {one["id"]: one for one in davidagent("sources", "--json").document}[watched.failing]
    assert {key: document["source"][key] for key in listed} == listed
    assert document["events"][0]["type"] == "source_polled"
    nobody = davidagent("sources", "show", "nobody")
    assert (nobody.code, nobody.err) == (1, "davidagent: there is no source nobody\n")


def test_a_board_that_is_not_there_has_no_source_to_show(davidagent: Command, home: Path) -> None:
    assert davidagent("sources", "show", "1").code == 1
    assert not home.exists()


def test_what_a_folder_left_out_and_what_a_webhook_waits_for_is_shown(davidagent: Command, home: Path) -> None:
    async def made() -> None:
        async with opened(home) as engine:
            folder = await engine.add_source(NewSource("folder", "/in", "In"), by="test")
            left_out = {f"{n}.bin": "no text" for n in range(22)}
            fetch = FetchState(last_fetch_at=1.0, last_success_at=1.0, extra={"left_out": left_out})
            await engine.record_fetch(folder.id, fetch=fetch, observations=[], event={"outcome": "read"})
            await engine.add_source(NewSource("webhook", "webhook:ci", "CI"), by="test")

    asyncio.run(made())
    HookSecrets(home).begin("ci")
    folder = davidagent("sources", "show", "In").out
    assert "22 files left out" in folder
    assert "  0.bin: no text" in folder
    assert "and 2 more" in folder
    hook = davidagent("sources", "show", "CI").out
    assert hook.splitlines()[0] == "CI: it waits for what is sent to it"
    assert "sent to       POST /hooks/ci" in hook
    assert "last delivery never" in hook
    assert "next fetch" not in hook
    (home / SECRETS_FILE).unlink()
    lost = davidagent("sources", "show", "CI").out
    assert lost.splitlines()[0].startswith("CI: nobody can send to it: what it is signed with")
    assert "davidagent hooks rotate" in davidagent("sources").err
    assert "source CI is failing" in " ".join(davidagent("doctor").out.split())


def test_a_machine_that_reaches_nobody_says_it_once(davidagent: Command, home: Path) -> None:
    """Neither the list nor the doctor says it of each source; what ails for another reason is still told."""
    fetch = FetchState(last_fetch_at=1.0, errors_in_row=1, next_fetch_at=9e9)

    async def made() -> None:
        async with opened(home) as engine:
            for name in ("a", "b", "c", "d"):
                why = "https://d.example answered 404" if name == "d" else f"the name {name}.example has no address (x)"
                source = await engine.add_source(NewSource("rss", f"https://{name}.example/f", name), by="test")
                failed = replace(fetch, last_error=why)
                await engine.record_fetch(source.id, fetch=failed, observations=[], event={"outcome": "failed"})
            sign = {"since": 1_790_000_000.0, "hosts": ["a.example", "b.example", "c.example"]}
            await engine.write_vital("network", json.dumps(sign))

    asyncio.run(made())
    said = davidagent("sources").err
    assert said.count("reaches no host") == 1
    assert "the name a.example" not in said
    assert "d.example answered 404" in said
    doctor = " ".join(davidagent("doctor").out.split())
    assert re.search(r"WRONG network this machine reaches no host since 2026-\d\d-\d\d \d\d:\d\d UTC \(", doctor)
    assert doctor.count("is failing") == 1


def test_the_reads_of_x_are_shown_with_their_forecast(davidagent: Command) -> None:
    davidagent("sources", "add", "@tides", "--daily-reads", "50", "--daily-usd", "0.25")
    said = davidagent("sources", "show", "@tides").out
    assert "reads today   0 of 50" in said
    assert "cost today    $0.00 of $0.2500" in said
    assert "a usual day   not known before the first reading" in said
    assert " 0/50 " in davidagent("sources").out


async def test_a_damaged_list_is_imported_as_far_as_it_goes(home: Path, tmp_path: Path) -> None:
    """What was left is named on standard error; the figures stay on standard output."""
    outline = '<outline text="{0}" xmlUrl="https://feed{0}.example/"/>\n'
    lost = '<outline text="a "b" c" xmlUrl="https://lost.example/"/>\n'
    file = tmp_path / "list.opml"
    file.write_text(f"<opml><body>{outline.format(1)}{lost}{outline.format(2)}{outline.format(2)}</body></opml>")
    said = await in_a_process("sources", "import", str(file), home=home)
    assert (said.code, said.out) == (0, "2 sources added, 1 known already.\n")
    assert "line 2: 'https://lost.example/' was not read" in said.err
