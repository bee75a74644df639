"""`run`, `once` and fetching a page, as real processes on the loopback network."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import httpx2
import pytest

from daemon.blackboard import read_holder
from daemon.core.settings.models import Settings
from daemon.runtime.access import read_token
from tests.fakes.feed_server import FeedServer, Reply
from tests.fakes.staged_board import opened
from tests.integration.cli.conftest import in_a_process

pytestmark = pytest.mark.soak  # the real command, again and again


SENTENCES = (
    "The plant in Lyon opened on 3 March 2026. It recycles 12,000 tonnes of batteries a year, said the director. "
    "The city paid 40 million euros for the building. Nearly 200 people work there, and the first grid batteries left "
    "the plant in April. The regional council expects the plant to pay for itself within nine years."
)
FEED = f"""<?xml version="1.0"?><rss version="2.0"><channel><title>Lab</title><link>https://lab.example</link>
<item><title>Battery plant opens</title><guid>1</guid><link>https://lab.example/1</link>
<description>{SENTENCES}</description></item></channel></rss>"""
PAGE = f"<html><head><title>The plant</title></head><body><article><p>{SENTENCES}</p></article></body></html>"
SETTINGS = "memory: {mode: off}\napi: {port: 0}\nlog: {format: json}\nsensors: {allow_hosts: ['127.0.0.1']}\n"


def configured(folder: Path, *, feed: str | None = None) -> tuple[str, ...]:
    """The options that name a configuration with this feed."""
    file = folder / "davidagent.yaml"
    file.write_text(SETTINGS + (f"sources: [{{rss: '{feed}', name: Lab}}]\n" if feed else ""))
    return ("--config", str(file))


async def test_once_works_a_feed_off_and_the_second_time_finds_nothing_new(tmp_path: Path) -> None:
    feed = tmp_path / "feed.xml"
    feed.write_text(FEED)
    options = configured(tmp_path, feed=str(feed))
    first = await in_a_process(*options, "once", "--json", "--strict", home=tmp_path)
    assert first.code == 0, first.err
    assert (first.document["published"], first.document["waiting"]) == (1, 0)
    (post,) = first.document["posts"]
    assert Path(post["path"]) in set((tmp_path / "posts").iterdir())
    second = await in_a_process(*options, "once", home=tmp_path)
    assert (second.code, second.out.split(";")[0]) == (0, "nothing new")


async def test_once_names_a_source_that_could_not_be_read(tmp_path: Path) -> None:
    async with FeedServer() as web:
        options = configured(tmp_path, feed=web.url("/missing.xml"))
        said = await in_a_process(*options, "once", "--json", home=tmp_path)
    assert said.document["published"] == 0
    assert "Lab" in said.document["failed_sources"]
    assert said.err.count("answered 404") == 1
    assert "davidagent: Lab: " in said.err
    assert "reading the sources: 0 of 1" in said.err


async def test_once_says_in_one_line_that_the_machine_reaches_nobody(tmp_path: Path) -> None:
    """Four sites that nobody can reach are one fact for a person, and four for a program."""
    four = ", ".join(f"{{rss: 'http://{name}.invalid/feed'}}" for name in "abcd")
    (tmp_path / "davidagent.yaml").write_text(f"{SETTINGS}sources: [{four}]\n")
    said = await in_a_process("--config", str(tmp_path / "davidagent.yaml"), "once", "--json", home=tmp_path)
    assert said.document["network"].startswith("this machine reaches no host since ")
    assert len(said.document["failed_sources"]) == 4
    assert said.err.count("reaches no host") == 1
    assert "network_lost" not in said.err
    assert "a.invalid: " not in said.err


async def test_sources_of_one_name_fail_each_for_itself(tmp_path: Path) -> None:
    async with FeedServer() as web:
        both = ", ".join(f"{{rss: '{web.url(path)}', name: Lab}}" for path in ("/a.xml", "/b.xml"))
        (tmp_path / "davidagent.yaml").write_text(f"{SETTINGS}sources: [{both}]\n")
        options = ("--config", str(tmp_path / "davidagent.yaml"))
        said = await in_a_process(*options, "once", "--json", home=tmp_path)
    assert set(said.document["failed_sources"]) == {"Lab", "Lab (2)"}


async def test_once_leaves_the_items_of_a_paused_desk_and_says_so(tmp_path: Path) -> None:
    feed = tmp_path / "feed.xml"
    feed.write_text(FEED)
    options = configured(tmp_path, feed=str(feed))
    await in_a_process(*options, "pause", home=tmp_path)
    paused = await in_a_process(*options, "once", "--json", home=tmp_path)
    assert paused.code == 1
    assert (paused.document["published"], paused.document["waiting"]) == (0, 1)
    assert "davidagent resume" in paused.err
    await in_a_process(*options, "resume", home=tmp_path)
    assert (await in_a_process(*options, "once", "--json", home=tmp_path)).document["published"] == 1


async def test_a_page_is_fetched_and_posted_once(tmp_path: Path) -> None:
    options = configured(tmp_path)
    async with FeedServer() as web:
        url = web.on("/plant", Reply(PAGE.encode(), headers={"Content-Type": "text/html; charset=utf-8"}))
        first = await in_a_process(*options, "post", url, "--json", home=tmp_path)
        again = await in_a_process(*options, "post", url, "--json", home=tmp_path)
    assert first.code == 0, first.err
    assert first.document["new"] is True
    assert again.document == first.document | {"new": False}
    shown = await in_a_process("show", first.document["id"], "--json", home=tmp_path)
    assert shown.document["item"]["title"] == "The plant"
    assert shown.document["item"]["text"] == SENTENCES


async def test_a_page_that_is_not_there_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    options = configured(tmp_path)
    async with FeedServer() as web:
        said = await in_a_process(*options, "post", web.url("/nothing"), home=tmp_path)
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "404" in said.err


async def test_the_daemon_serves_until_sigterm_and_then_ends_well(tmp_path: Path) -> None:
    options = configured(tmp_path)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "daemon", "--home", str(tmp_path), *options, "run"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[3],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
    )
    assert process.stderr is not None
    async with asyncio.timeout(60):
        while b"daemon_started" not in (line := await process.stderr.readline()):
            # Of a daemon that has ended, lines without end would be read, and no time limit would be looked at.
            assert line, "the daemon ended before it had started"
    holder = read_holder(tmp_path)
    assert holder is not None
    assert holder.address is not None
    token = read_token(Settings(home=tmp_path))
    async with httpx2.AsyncClient(base_url=holder.address, trust_env=False) as client:
        health = await client.get("/api/health/detailed", headers={"Authorization": f"Bearer {token}"})
    second = await in_a_process(*options, "run", home=tmp_path)
    status = await in_a_process("status", "--json", home=tmp_path)
    process.send_signal(signal.SIGTERM)
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    assert health.json()["status"] == "healthy"
    assert second.code == 1
    assert f"process {holder.pid}" in second.err
    assert status.document["daemon"]["running"] is True
    assert status.document["daemon"]["pid"] == process.pid
    assert (process.returncode, out) == (0, b"")
    assert read_holder(tmp_path) is None


async def test_a_port_in_use_is_wrong_configuration(tmp_path: Path) -> None:
    async with FeedServer() as taken:
        port = taken.port
        (tmp_path / "davidagent.yaml").write_text(f"memory: {{mode: off}}\napi: {{port: {port}}}\n")
        options = ("--config", str(tmp_path / "davidagent.yaml"))
        said = await in_a_process(*options, "run", home=tmp_path)
    assert (said.code, said.out) == (2, "")
    assert said.err.endswith(
        f"davidagent: api.port: 127.0.0.1:{port} is in use by another program; set another port, or 0 for a free one\n"
    )


async def test_reading_commands_need_no_lock(tmp_path: Path) -> None:
    async with opened(tmp_path):
        for command in (("status",), ("items",), ("costs",), ("sources",), ("groups",), ("doctor",)):
            assert (await in_a_process(*command, "--json", home=tmp_path)).code == 0
