"""Planted secrets in a real daemon, and a search for them in everything that it leaves behind or says.

Keys by the environment, a key and personal data in the words of a provider, a login and a token in feeds' addresses, a
password in a messenger's address. What is content is not searched: no canary is planted there.
"""

import base64
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from daemon.blackboard.reading import BoardReader
from daemon.cli.program import run
from daemon.core.errors import BlackboardError
from sensors.secret_addresses import SECRETS_FILE
from tests.fakes.chroma_server import free_port
from tests.fakes.feeds import item, rss
from tests.fakes.processes import Daemon, command, provider_process, wait_for, write_config
from tests.fakes.secret_feeds import SecretFeeds, secret_feeds
from tests.fakes.stories import story

pytestmark = pytest.mark.soak

KEY = "sk-ant-api03-CANARYkey0123456789abcdef"
LOGIN = "CANARYlogin01"
TOKEN = "CANARYtoken02"
ADDED = "CANARYadded03"
NOTIFY = "CANARYnotify04"
BEARER = "CANARYbearer05"
MAIL = "canary.person@example.org"
PHONES = ("+86 138 0013 8000", "138 0013 8000", "13800138000", "+49 30 1234567")
CANARIES = re.compile(r"canary|1380013|138 0013|30 1234567", re.IGNORECASE)
ENVIRON = {
    "CANARY_MODEL_KEY": KEY,
    "CANARY_FEED_LOGIN": LOGIN,
    "CANARY_FEED_TOKEN": TOKEN,
    "CANARY_NOTIFY": NOTIFY,
}
STORIES = range(1, 8)
WORDS = {
    2: f"write to {MAIL} or call {PHONES[0]}; your key {KEY} is fine",
    3: f"Authorization: Bearer {BEARER}-0123456789 was refused; call {PHONES[2]}",
    4: f"the proxy https://{LOGIN}:{BEARER}@proxy.example/?access_token={BEARER} is away; phone: 1234567, {PHONES[3]}",
}
"""What the provider says of some stories, by their number."""


@dataclass
class Place:
    """A daemon's folder, and how to reach what stands around it."""

    folder: Path
    config: Path
    daemon: Daemon
    feeds: SecretFeeds
    captured: pytest.CaptureFixture[str]
    said: dict[str, str]
    """What was collected, by where it came from."""

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def reader(self) -> BoardReader:
        return BoardReader(self.home / "blackboard.db")

    def counts(self) -> dict[str, int]:
        try:
            return {state: count for state, count in self.reader.counts().items() if count}
        except BlackboardError:  # it is being made
            return {}

    def run(self, *arguments: str) -> None:
        """A command, with all it says."""
        self.captured.readouterr()
        run(["--config", str(self.config), *arguments])
        said = self.captured.readouterr()
        self.said[f"davidagent {' '.join(arguments)}"] = said.out + said.err


def configuration(place: Path, *, provider: str, feeds: SecretFeeds, log: str) -> Path:
    model = {
        "provider": "anthropic",
        "model": "claude-sonnet-5-5",
        "api_key": "${CANARY_MODEL_KEY}",
        "base_url": provider,
    }
    group = {
        "echelon1": {"models": ["only"], "timeout": 10},
        "fallback_config": {"circuit_breaker": {"failure_threshold": 1000}},
    }
    at = f"127.0.0.1:{feeds.port}"
    document: dict[str, Any] = {
        "home": "home",
        "sources": [
            {"rss": f"http://reader:${{CANARY_FEED_LOGIN}}@{at}/good", "name": "Login"},
            {"rss": f"http://{at}/moved?page=1&token=${{CANARY_FEED_TOKEN}}", "name": "Moved"},
            {"rss": f"http://reader:${{CANARY_FEED_LOGIN}}@{at}/bad?token=${{CANARY_FEED_TOKEN}}"},
        ],
        "sensors": {"allow_hosts": ["127.0.0.1"]},
        "llm": {
            "models": {"only": model},
            "groups": {"left": group, "right": group},
            "retry": {"delays": [0.05, 0.05, 0.05]},
        },
        "memory": {"mode": "off"},
        "publish": {
            "notify": [f"json://poster:${{CANARY_NOTIFY}}@127.0.0.1:{free_port()}/hook/${{CANARY_NOTIFY}}-path"]
        },
        "api": {"port": 0},
        "log": {"level": "debug", "format": log},
    }
    return write_config(place, document)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Place]:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    body = rss(*(item(number, text=story(number)) for number in STORIES))
    with secret_feeds({"/good": body, "/added": body}) as feeds, provider_process(tmp_path, latency=0.0) as provider:
        for number, words in WORDS.items():
            rule = {"contains": f"Story {number}x", "fault": "status", "message": words}
            rule |= {"status": 400} if number == 2 else {"status": 401} if number == 3 else {"status": 503}
            httpx2.post(f"{provider.url}/_rules", json=rule).raise_for_status()
        config = configuration(tmp_path, provider=provider.url, feeds=feeds, log="json")
        yield Place(tmp_path, config, Daemon(config), feeds, capsys, {})


@pytest.mark.slow
def test_no_planted_secret_is_found_anywhere(place: Place) -> None:
    """And ids, addresses without secrets and the reasons of failures stay readable."""
    place.daemon.start()
    wait_for(lambda: sum(place.counts().values()) >= len(STORIES) and not live(place))
    place.run("sources", "add", f"http://127.0.0.1:{place.feeds.port}/added?auth={ADDED}", "--json")
    wait_for(lambda: any(f"auth={ADDED}" in target for target, _ in place.feeds.asked))
    look(place)
    ask_the_api(place)
    assert place.daemon.stop()[0] == 0
    with_text_logs(place)
    place.run("show", place.reader.items()[0]["id"])
    place.said["the log"] = place.daemon.log
    nothing_is_found(place)
    the_rest_is_readable(place)
    the_prompts_are_kept(place)
    the_secrets_did_their_work(place)


def live(place: Place) -> bool:
    return bool({"QUEUED", "INGESTING", "DRAFTING", "REVIEWING", "PUBLISHING"} & set(place.counts()))


def look(place: Place) -> None:
    """Every command that shows something, and some that fail."""
    for words in (
        *("status", "items", "costs", "budget", "groups", "sources", "breakers", "chaos", "doctor"),
        *("config check", "memory status"),
    ):
        place.run(*words.split(), "--json")
        place.run(*words.split())
    place.run("config", "show")
    place.run("sources", "export")
    place.run("backup", str(place.folder / "copy.db"))
    for row in place.reader.items(limit=100):
        place.run("show", row["id"], "--json")
        for call in place.reader.item(row["id"])["calls"]:
            place.run("show", row["id"], "--call", str(call["id"]), "--json")
    place.run("sources", "remove", f"http://127.0.0.1:1/none?token={TOKEN}")
    place.run("post", f"http://reader:{LOGIN}@127.0.0.1:1/none?token={TOKEN}")
    place.run("--verbose", "post", f"http://reader:{LOGIN}@127.0.0.1:1/none?token={TOKEN}")


def all_events(api: httpx2.Client) -> str:
    """The stream from its beginning to what is the newest event now; it does not end by itself."""
    newest = api.get("/api/events/poll").json()["last_event_id"]
    said = ""
    with api.stream("GET", "/api/events", params={"last_event_id": 0}) as stream:
        for piece in stream.iter_text():
            said += piece
            if f"id: {newest}\n" in said and said.endswith("\n\n"):
                break
    return said


def ask_the_api(place: Place) -> None:
    """Every document that can be read, and problem documents."""
    status = json.loads(place.said["davidagent status --json"])
    headers = {"Authorization": f"Bearer {(place.home / 'api.token').read_text().strip()}"}
    with httpx2.Client(base_url=status["daemon"]["address"], headers=headers, timeout=30) as api:
        paths = [path for path, verbs in api.get("/openapi.json").json()["paths"].items() if "get" in verbs]
        assert len(paths) > 8
        place.said["/api/events"] = all_events(api)
        for path in set(paths) - {"/api/events"}:
            for row in place.reader.items(limit=100) if "{item_id}" in path else [{"id": ""}]:
                for call_id in calls_of(place, row["id"]) if "{call_id}" in path else [""]:
                    asked = path.replace("{item_id}", row["id"]).replace("{call_id}", call_id)
                    place.said[f"GET {asked}"] = api.get(asked, params={"q": "anything"}).text
        bad = {"url": f"http://reader:{LOGIN}@127.0.0.1:1/none?token={TOKEN}"}
        place.said["POST /api/items"] = api.post("/api/items", json=bad).text
        nonsense = {"address": f"ftp://reader:{LOGIN}@example.org/?token={TOKEN}"}
        place.said["POST /api/sources"] = api.post("/api/sources", json=nonsense).text
        place.said["a field too much"] = api.post("/api/items", json={"text": "x", f"{LOGIN}": TOKEN}).text


def calls_of(place: Place, item_id: str) -> list[str]:
    return [str(call["id"]) for call in place.reader.item(item_id)["calls"]]


def with_text_logs(place: Place) -> None:
    """A second run, with logs as text; what failed is tried again."""
    text = place.config.read_text().replace("format: json", "format: text")
    place.config.write_text(text)
    place.daemon.start()
    wait_for(lambda: '"running": true' in command("status", "--json", config=place.config).stdout)
    place.run("retry", "--all", "--json")
    wait_for(lambda: not live(place))
    assert place.daemon.stop()[0] == 0


def nothing_is_found(place: Place) -> None:
    places = place.said | columns(place.home / "blackboard.db") | columns(place.folder / "copy.db") | files(place)
    found = {where: finding(text) for where, text in places.items() if CANARIES.search(text)}
    assert found == {}
    assert len(places) > 100


def finding(text: str) -> list[str]:
    return [text[max(0, match.start() - 80) : match.end() + 40] for match in CANARIES.finditer(text)][:3]


def columns(board: Path) -> dict[str, str]:
    """Every column of every table."""
    found: dict[str, str] = {}
    with closing(sqlite3.connect(f"file:{board}?mode=ro", uri=True)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        assert {"items", "events", "calls", "prompts", "sources", "publications", "controls"} <= set(tables)
        for table in tables:
            rows = connection.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in rows.description]
            for number, row in enumerate(rows):
                found |= {f"{board.name} {table}.{n} {number}": str(v) for n, v in zip(names, row, strict=True) if v}
    return found


def files(place: Place) -> dict[str, str]:
    """Every file of the home, as it lies there, but for the one whose purpose it is to hold secrets."""
    found = {
        str(path.relative_to(place.folder)): path.read_bytes().decode("latin-1")
        for path in place.folder.rglob("*")
        if path.is_file() and path.name not in (SECRETS_FILE, place.config.name, "provider.json")
    }
    assert {"home/site/feed.atom", "copy.db", "home/blackboard.db"} <= set(found)
    assert any(name.startswith("home/posts/") for name in found)
    return found


def the_rest_is_readable(place: Place) -> None:
    """What a person needs: which item, which address, what went wrong."""
    items = {row["title"]: row for row in place.reader.items(limit=100)}
    assert len(items) == len(STORIES)
    for row in items.values():
        assert row["id"] in place.said["the log"]
        assert row["url"] in place.said[f"davidagent show {row['id']} --json"]
    refused = place.said[f"davidagent show {items['Entry 2']['id']} --json"]
    assert "write to [mail] or call [phone]; your key *** is fine" in refused
    addresses = [source["address"] for source in json.loads(place.said["davidagent sources --json"])]
    at = f"http://127.0.0.1:{place.feeds.port}"
    assert any(one.startswith(f"{at}/moved?page=1&token=***#") for one in addresses)
    assert any(one.startswith(f"{at.replace('//', '//***@')}/good#") for one in addresses)
    assert any(one.startswith(f"{at}/added?auth=***#") for one in addresses)
    assert f"{at}/bad?token=***" in place.said["davidagent sources --json"]


def the_prompts_are_kept(place: Place) -> None:
    """What the models were asked is on the board, and is told; it was searched as well then."""
    told = [text for where, text in place.said.items() if re.fullmatch(r"GET /api/items/\w+/calls/\d+", where)]
    prompts = [json.loads(text)["prompt"] for text in told]
    assert len(prompts) >= len(STORIES)
    assert all(any(story(number)[:40] in prompt for prompt in prompts) for number in STORIES)
    assert any(" prompts.prompt " in where for where in columns(place.home / "blackboard.db"))


def the_secrets_did_their_work(place: Place) -> None:
    """The logins went to the feeds, at their first and at later polls; else nothing would have been proved."""
    login = base64.b64encode(f"reader:{LOGIN}".encode()).decode()
    assert ("/good", f"Basic {login}") in place.feeds.asked
    assert (f"/good?page=1&token={TOKEN}", "") in place.feeds.asked
    assert oct((place.home / SECRETS_FILE).stat().st_mode)[-3:] == "600"
    assert ADDED in (place.home / SECRETS_FILE).read_text()
    dead = {row["title"] for row in place.reader.items(limit=100) if row["state"] == "DEAD_LETTER"}
    assert {"Entry 2", "Entry 3", "Entry 4"} <= dead
