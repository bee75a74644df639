"""The last screen of the demo, off a terminal."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from daemon.cli.invocation import program_name
from daemon.cli.last_screen import show_last_screen
from daemon.cli.running import report_document, summary_of
from daemon.runtime.reports import DemoReport, OnceReport

REPORT = DemoReport(
    published=2,
    discarded=1,
    held=1,
    dead=0,
    waiting=0,
    waits_for={},
    cost_usd=0.0,
    seconds=8.26,
    places=[("home", Path("/d mo")), ("posts (Markdown)", Path("/d mo/posts"))],
    posts=[("First post", Path("/d mo/posts/first.md")), ("第二篇", Path("/d mo/posts/second.md"))],
    home=Path("/d mo"),
)


def test_it_says_what_where_at_what_cost_and_what_next(capsys: pytest.CaptureFixture[str]) -> None:
    show_last_screen(REPORT)
    said = capsys.readouterr().out
    for words in (
        "2 posts published in 8.3 s for $0.00",
        "1 discarded",
        "First post  first.md",
        "第二篇      second.md",
        "posts (Markdown)  /d mo/posts",
        "davidagent --home '/d mo' status",
        "davidagent --home '/d mo' items --state HELD",
        "davidagent sources add URL",
    ):
        assert words in said


def test_a_report_as_json_has_every_count() -> None:
    document = report_document(REPORT)
    assert (document["published"], document["held"], document["cost_usd"]) == (2, 1, 0.0)
    assert document["posts"][0] == {"title": "First post", "path": "/d mo/posts/first.md"}


def test_paths_under_the_working_directory_are_short(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the commands to try next fit on a line, and can be typed."""
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "davidagent-demo"
    pages = home / "site" / "index.html"
    show_last_screen(replace(REPORT, home=home, places=[("home", home), ("pages (HTML)", pages)]))
    said = capsys.readouterr().out
    assert "open davidagent-demo/site/index.html in a browser" in said
    assert "davidagent --home davidagent-demo show ID" in said
    assert str(tmp_path) not in said


def test_the_program_is_named_as_the_shell_would_find_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name when that is this very program, else by its path from here."""
    program = tmp_path / ".venv" / "bin" / "davidagent"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(program), "demo"])
    monkeypatch.setenv("PATH", "/nowhere")
    assert program_name() == ".venv/bin/davidagent"
    monkeypatch.setenv("PATH", str(program.parent))
    assert program_name() == "davidagent"


def test_a_summary_names_only_what_happened() -> None:
    nothing = OnceReport(0, 0, 0, 0, waiting=0, waits_for={}, cost_usd=0.0, seconds=1.0)
    assert summary_of(nothing) == "nothing new; $0.00, 1.0 s"
    assert summary_of(REPORT) == "2 published, 1 discarded, 1 held; $0.00, 8.3 s"
    away = replace(nothing, failed_sources={"A": "no address", "B": "no answer"})
    assert summary_of(away) == "nothing new, 2 sources could not be read; $0.00, 1.0 s"
