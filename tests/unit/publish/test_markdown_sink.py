import os
import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from daemon.core.errors import PublishError
from daemon.publish.base import CheckedClaim
from daemon.publish.files import write_atomically
from daemon.publish.markdown import MarkdownSink, markdown_document
from tests.fakes.posts import AT, ITEM_ID, a_post

NAME = f"2026-11-18-solar-record-{ITEM_ID}.md"


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A folder that this process, made a nobody if it is root, may read but not write."""
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        if user == 0:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            os.seteuid(user)
            folder.chmod(0o755)


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def edit(path: str) -> None:
    Path(path).write_text("edited")


def split(document: str) -> tuple[dict[str, Any], str]:
    _, matter, body = document.split("---\n", 2)
    return yaml.safe_load(matter), body


def test_the_front_matter_reads_back() -> None:
    """All that Hugo and Obsidian are told, with its types."""
    matter, body = split(markdown_document(a_post()))
    assert matter["date"] == datetime.fromtimestamp(AT, UTC)
    assert (matter["title"], matter["source"], matter["language"]) == ("Solar farms set a record", "Grid Weekly", "en")
    assert matter["link"] == "https://example.org/solar?x=1&y=2"
    assert (matter["item_id"], matter["models"], matter["cost_usd"]) == (ITEM_ID, ["claude-sonnet-5-5"], 0.0123)
    assert matter["description"] == "Almost half of the midday load came from the sun."
    assert matter["tags"] == ["energy", "solar-power"]
    assert matter["digest"] is False
    assert matter["evidence"] == [
        {"sentence": "Solar plants delivered 47.3% of the load.", "source": "solar delivered 47.3 % of load"}
    ]
    assert body.rstrip().endswith("Source: [Grid Weekly](<https://example.org/solar?x=1&y=2>)")


@pytest.mark.parametrize(
    "text",
    [
        "quotes \" and ' here",
        "colon: and # hash",
        "- starts like a list",
        "---",
        "emoji 🎉 and 中文",
        "yes",
        "null",
        "2026-11-18",
        "06e2345678901",
        "1_000",
        "{{ x }} [y] &z *a !b %c @d `e",
        "tab\there \u2028 \x07 \u00a0 end ",
        "=",
        "<<",
    ],
)
def test_any_text_survives_the_front_matter(text: str) -> None:
    """As title, source, tag-like model name and evidence."""
    post = a_post(title=text, source=text, models=(text,), claims=(CheckedClaim(text, text),))
    matter, _ = split(markdown_document(post))
    assert (matter["title"], matter["source"], matter["models"]) == (text, text, [text])
    assert matter["evidence"] == [{"sentence": text, "source": text}]


def test_an_id_that_looks_like_a_number_is_quoted() -> None:
    """Hugo's YAML would read 06e2345678901 as infinity."""
    assert '\nitem_id: "06e2345678901"\n' in markdown_document(a_post(item_id="06e2345678901"))


def test_tags_are_as_obsidian_takes_them() -> None:
    """No blanks, no marks, not only digits."""
    matter, _ = split(markdown_document(a_post(tags=("AI & law", "2026", "芯片", "c++"))))
    assert matter["tags"] == ["AI--law", "2026-", "芯片", "c"]


def test_a_digest_says_so_in_the_language_of_the_post() -> None:
    """In the front matter and under the text."""
    matter, body = split(markdown_document(a_post(is_digest=True, language="zh-CN")))
    assert matter["digest_label"] == "自动生成的摘要，未使用语言模型"
    assert "*自动生成的摘要，未使用语言模型*\n\n来源：[Grid Weekly]" in body


def test_an_unknown_cost_is_null() -> None:
    """Not left out and not zero."""
    assert split(markdown_document(a_post(cost_usd=None)))[0]["cost_usd"] is None


def test_a_source_name_cannot_make_markup() -> None:
    """It comes from the feed."""
    _, body = split(markdown_document(a_post(source="a](javascript:x)[<b>")))
    assert "[a\\](javascript:x)\\[\\<b\\>](<https://example.org" in body


@pytest.mark.parametrize(
    ("link", "source", "ending"),
    [
        (None, "A person", "Source: A person\n"),
        ("https://x.example/_a_", None, "Source: [https://x.example/\\_a\\_](<https://x.example/_a_>)\n"),
        (None, None, "Ana Ruiz.\n"),
    ],
)
def test_the_closing_line_says_what_is_known(link: str | None, source: str | None, ending: str) -> None:
    """A posted text may have neither name nor link."""
    assert markdown_document(a_post(link=link, source=source)).endswith(ending)


@pytest.mark.parametrize(
    ("source", "author", "is_named"),
    [
        ("@alice", "Bob Stone (@bob)", True),
        ("@alice", "Alice Gray (@Alice)", False),
        ("@alice", "Alice Bell (@alicebell)", True),
        ("@alice", None, False),
        ("Grid Weekly", "Ana Ruiz", False),
    ],
)
def test_another_author_than_the_source_names_is_named(source: str, author: str | None, *, is_named: bool) -> None:
    """What an account passed on is not its own."""
    _, body = split(markdown_document(a_post(source=source, author=author, language="en")))
    assert body.endswith(f"\n\nAuthor: {author}\n") is is_named


async def test_sending_twice_makes_one_file(tmp_path: Path) -> None:
    """The second time answers the same path and leaves what a person changed."""
    sink = MarkdownSink(tmp_path / "posts")
    path = await sink.send(a_post(), key="k")
    edit(path)
    assert await sink.send(a_post(), key="k") == path == str(tmp_path / "posts" / NAME)
    assert files(tmp_path / "posts") == {NAME: "edited"}


async def test_a_post_is_found_once_it_is_there(tmp_path: Path) -> None:
    """Before: None; after: its path; also by another sink object, as after a restart."""
    assert await MarkdownSink(tmp_path).look_up(a_post(), key="k") is None
    path = await MarkdownSink(tmp_path).send(a_post(), key="k")
    assert await MarkdownSink(tmp_path).look_up(a_post(), key="k") == path


async def test_what_a_crash_left_before_the_rename_is_overwritten(tmp_path: Path) -> None:
    """The half-written temporary file is not the post, and does not stay."""
    (tmp_path / f".{NAME}.tmp").write_text("half")
    sink = MarkdownSink(tmp_path)
    assert await sink.look_up(a_post(), key="k") is None
    await sink.send(a_post(), key="k")
    assert files(tmp_path) == {NAME: markdown_document(a_post())}


async def test_a_hostile_slug_stays_in_the_folder(tmp_path: Path) -> None:
    """No path leads out of it."""
    folder = tmp_path / "posts"
    path = await MarkdownSink(folder).send(a_post(slug="../../escape", title="../../escape"), key="k")
    assert Path(path).parent == folder
    assert files(tmp_path) == {}


async def test_a_folder_that_is_a_file_is_refused_in_one_line(tmp_path: Path) -> None:
    """The error names the path and the reason."""
    (tmp_path / "posts").write_text("")
    sink = MarkdownSink(tmp_path / "posts")
    assert await sink.look_up(a_post(), key="k") is None
    with pytest.raises(PublishError, match=r"posts.* cannot be written: (not a directory|file exists)") as caught:
        await sink.send(a_post(), key="k")
    assert "\n" not in str(caught.value)


def test_a_read_only_folder_is_refused_in_one_line(read_only: Path) -> None:
    """The error names the path and the reason; nothing is left behind."""
    with pytest.raises(PublishError, match=r"post\.md cannot be written: permission denied"):
        write_atomically(read_only / "post.md", "text")
    assert files(read_only) == {}


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    """Neither the file nor the temporary one; the old content stays."""
    path = tmp_path / "post.md"
    write_atomically(path, "old")
    with _no_space(), pytest.raises(PublishError, match=r"post\.md cannot be written: file too large"):
        write_atomically(path, "new" * 10_000)
    assert files(tmp_path) == {"post.md": "old"}


@contextmanager
def _no_space() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_post_says_of_when_its_source_is() -> None:
    """The day stands beside the link, and the exact time in the front matter; without one, neither."""
    day = datetime(2026, 10, 3, 7, 30, tzinfo=UTC)
    matter, body = split(markdown_document(a_post(source_date=day.timestamp())))
    assert matter["source_date"] == day
    assert body.rstrip().endswith("Source: [Grid Weekly](<https://example.org/solar?x=1&y=2>) (3 October 2026)")
    assert "source_date" not in split(markdown_document(a_post()))[0]
