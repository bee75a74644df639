"""The sensor of sensors/README.md, built, installed and run by the real command: the page stays true."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from tests.fakes.feed_server import FeedServer, Reply
from tests.fakes.packages import wheel_of_the_readme
from tests.integration.cli.conftest import in_a_process

pytestmark = pytest.mark.soak

TEXT = (
    "The river at the bridge rose to 4.12 metres on Friday morning, the highest level since 1999. The ferry is closed"
    " until Monday, the river office said. About 300 people were asked to leave their houses near the harbour."
)
FERRY = (
    "The <b>ferry</b> between the two harbours will not run before 23 November 2026, as both of its landings stand"
    " under water. Its 40 commuters are taken over the bridge by bus, at 7:15 and at 17:40, the harbour master said."
)
MESSAGES = {
    "messages": [
        {"id": 1, "title": "High water at the bridge", "html": f"<p>{TEXT}</p>", "url": "https://river.example/1"},
        {"id": 2, "title": "Ferry closed", "html": f"<p>{FERRY}</p>"},
    ]
}


async def installed(folder: Path) -> dict[str, str]:
    """The example in a folder, by the real installer; answers the environment that finds it."""
    await asyncio.to_thread(folder.mkdir)
    wheel = await asyncio.to_thread(wheel_of_the_readme, folder.parent)
    installing = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--disable-pip-version-check"),
        *("--target", str(folder), str(wheel)),
    )
    assert await installing.wait() == 0
    return {"PYTHONPATH": str(folder)}


async def test_the_example_of_the_readme_works_as_it_stands(tmp_path: Path) -> None:
    """Installed from a wheel: doctor lists it, once reads and publishes, the second time nothing has changed."""
    environment = await installed(tmp_path / "packages")
    home, config = tmp_path / "home", tmp_path / "davidagent.yaml"
    body = json.dumps(MESSAGES).encode()
    async with FeedServer() as river:
        river.on("/bridge.json", Reply(body, headers={"ETag": '"1"'}), Reply(status=304))
        config.write_text(
            "memory: {mode: off}\napi: {port: 0}\nsensors: {allow_hosts: ['127.0.0.1']}\n"
            f"sources: [{{kind: gauges, address: bridge, options: {{server: '{river.url('')}'}}, tags: [river]}}]\n"
        )
        options = ("--config", str(config))
        first = await in_a_process(*options, "once", "--json", "--strict", home=home, **environment)
        assert first.code == 0, first.err
        assert first.document["published"] == 2
        assert first.document["failed_sources"] == {}
        second = await in_a_process(*options, "once", "--json", home=home, **environment)
        assert (second.code, second.document["published"]) == (0, 0)
        assert river.asked[1].headers["if-none-match"] == '"1"'
    items = (await in_a_process(*options, "items", "--json", home=home, **environment)).document
    assert {item["title"] for item in items} == {"High water at the bridge", "Ferry closed"}
    doctor = await in_a_process(*options, "doctor", home=home, **environment)
    assert "gauges, added by davidagent-gauges 1.0" in doctor.out
    checked = await in_a_process(*options, "config", "check", "--json", home=home, **environment)
    assert checked.document["warnings"] == []


async def test_without_the_package_the_kind_is_missed(tmp_path: Path) -> None:
    """The check of the configuration warns, doctor says what is wrong, and once fails that source alone."""
    home, config = tmp_path / "home", tmp_path / "davidagent.yaml"
    feed = Path(__file__).parents[3] / "data" / "samples"
    sample = min(feed.glob("*.xml"))
    config.write_text(
        "memory: {mode: off}\napi: {port: 0}\n"
        f"sources: [{{kind: gauges, address: bridge, name: Bridge}}, {{rss: '{sample}'}}]\n"
    )
    options = ("--config", str(config))
    checked = await in_a_process(*options, "config", "check", "--json", home=home)
    assert "no installed package adds it" in " ".join(checked.document["warnings"])
    doctor = await in_a_process(*options, "doctor", home=home)
    assert doctor.code == 1
    assert "no sensor for sources of kind 'gauges'" in doctor.out
    once = await in_a_process(*options, "once", "--json", home=home)
    assert list(once.document["failed_sources"]) == ["Bridge"]
    assert once.document["published"] > 0
