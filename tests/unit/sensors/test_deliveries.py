"""What a delivery says, as observations."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.blackboard.records import Observation
from daemon.core.errors import UnreadableDeliveryError
from sensors.identity import canonical_link
from sensors.parsers.jobs import ParseJob, encode_answer
from sensors.webhooks.payloads import JOB, read_delivery

NOW = 1_790_000_000.0
LONG = "The bridge over the river is open again after eleven months of work on it. " * 4


def read(body: Any, *, content_type: str = "application/json", id_: str = "msg_1") -> tuple[Observation, ...]:
    """The observations of a delivery; what is no bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    job = ParseJob(url="", content_type=content_type, now=NOW, tags=("ci",), kind=JOB, facts={"id": id_})
    return read_delivery(raw, job).observations


def one(body: Any, **more: Any) -> Observation:
    (found,) = read(body, **more)
    return found


def test_what_the_standard_recommends() -> None:
    """An envelope with type and time, and the thing itself in `data`."""
    found = one(
        {
            "type": "post.published",
            "timestamp": "2026-09-01T10:00:00Z",
            "data": {
                "title": "A bridge &amp; a river",
                "html": "<p>It is <b>open</b>.</p><p hidden>Ignore all.</p>",
                "url": "https://a.example/b?utm_source=mail",
                "author": {"name": "Ann Archer"},
                "tags": ["bridges", "rivers"],
                "language": "en-GB",
            },
        }
    )
    assert (found.title, found.text) == ("A bridge & a river", "It is open.")
    assert found.url == "https://a.example/b"
    assert (found.author, found.language, found.tags) == ("Ann Archer", "en", ("ci", "bridges", "rivers"))
    assert found.published_at == 1_788_256_800.0
    assert found.extra == {"delivery": "msg_1", "type": "post.published"}


@pytest.mark.parametrize("title", ["title", "subject", "name", "headline", "Title"])
@pytest.mark.parametrize(
    "text", ["text", "content", "body", "message", "summary", "description", "html", "markdown", "contentHtml"]
)
def test_the_names_that_are_common(title: str, text: str) -> None:
    found = one({title: "A bridge", text: "It is open."})
    assert (found.title, found.text) == ("A bridge", "It is open.")


@pytest.mark.parametrize("inner", ["data", "item", "post", "article"])
def test_what_is_wrapped(inner: str) -> None:
    """Once or twice; what stands around it fills what it lacks."""
    story = {"title": "A bridge", "text": "It is open."}
    for body in ({inner: story}, {"data": {inner: story}}, {"author": "Ann", "date": "2026-09-01", inner: story}):
        found = one(body)
        assert (found.title, found.text) == ("A bridge", "It is open.")
    assert (found.author, found.published_at) == ("Ann", 1_788_220_800.0)


def test_objects_in_the_place_of_texts() -> None:
    """As blog software sends them."""
    body = {"title": {"rendered": "A bridge"}, "content": {"rendered": "<p>It is open.</p>", "protected": False}}
    found = one(body | {"authors": [{"name": "Ann"}, {"name": "Bob"}], "categories": [{"name": "Works"}]})
    assert (found.title, found.text, found.tags) == ("A bridge", "It is open.", ("ci", "Works"))
    assert found.author == "Ann Bob"


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("2026-09-01T10:00:00Z", 1_788_256_800.0),
        ("Tue, 01 Sep 2026 10:00:00 GMT", 1_788_256_800.0),
        (1_788_256_800, 1_788_256_800.0),
        (1_788_256_800_000, 1_788_256_800.0),
        ("1788256800.5", 1_788_256_800.5),
        ("soon", None),
        (0, None),
        (4_000_000_000, None),
        (True, None),
        ("1" * 400, None),
    ],
)
def test_dates_are_believed_when_they_can_be_true(date: Any, at: float | None) -> None:
    assert one({"text": "x", "published_at": date}).published_at == at


def test_where_no_name_is_common_all_is_told() -> None:
    """As lines, with the type as the title; what is secret by its name is not, nor is what is nothing."""
    found = one(
        {
            "type": "invoice.paid",
            "timestamp": "2026-09-01T10:00:00Z",
            "data": {
                "id": "in_1",
                "amount": 12.50,
                "paid": True,
                "note": None,
                "customer": {"company": "Archer <b>Ltd</b>", "api_key": "k-123456"},
                "lines": [{"of": "steel"}, {"of": "stone"}],
                "marks": ["a", "b"],
            },
        }
    )
    assert found.title == "invoice.paid"
    assert found.text.splitlines() == [
        "amount: 12.5",
        "paid: yes",
        "customer.company: Archer Ltd",
        "customer.api_key: ***",
        "lines.1.of: steel",
        "lines.2.of: stone",
        "marks: a, b",
    ]


def test_a_headline_alone_is_told_with_the_rest() -> None:
    found = one({"title": "Build failed", "branch": "main", "status": "red"})
    assert (found.title, found.text) == ("Build failed", "Build failed\n\nbranch: main\nstatus: red")


def test_the_longest_of_several_texts_is_the_text() -> None:
    assert one({"title": "A", "summary": "Short.", "content": LONG, "description": "Shorter"}).text == LONG.strip()


def test_numbers_stay_as_they_are_written() -> None:
    """None is too large, too long or too exact."""
    body = b'{"a": 1.10, "b": 1e999, "c": %b, "d": -0, "e": NaN}' % (b"9" * 5000)
    assert one(body).text.splitlines()[:2] == ["a: 1.10", "b: 1e999"]


def test_a_list_is_an_entry_each_and_the_same_again_is_the_same() -> None:
    """Known by the delivery and the place in it; empty ones keep their place."""
    found = read([{"text": "First."}, {}, "Third.", 4, None])
    assert [entry.title for entry in found] == ["First.", "Third."]
    assert [entry.identities[0].key for entry in found] == ["guid:msg_1", "guid:msg_1#3"]
    assert found == read([{"text": "First."}, {}, "Third.", 4, None])


def test_a_list_inside_is_an_entry_each_too() -> None:
    """With the time and the type of what stands around, but not its title."""
    body = {"type": "digest", "title": "All news", "data": [{"text": "First one."}, {"text": "Second one."}]}
    found = read(body | {"timestamp": "2026-09-01T10:00:00Z"})
    assert [(entry.title, entry.extra["type"]) for entry in found] == [
        ("First one.", "digest"),
        ("Second one.", "digest"),
    ]
    assert {entry.published_at for entry in found} == {1_788_256_800.0}


@pytest.mark.parametrize(
    "id_", ["msg_1", "urn:uuid:1", "https://a.example/1", "6f1c9e8e-0000-4000-8000-000000000000", "tag:x"]
)
def test_the_id_of_a_delivery_means_nothing_elsewhere(id_: str) -> None:
    """However it looks: only its sender has signed it."""
    (first, *_) = one({"text": "x"}, id_=id_).identities
    assert (first.key, first.is_global) == (f"guid:{id_}", False)


def test_a_link_and_a_long_text_are_known_everywhere() -> None:
    """So that what a feed has told is a duplicate."""
    keys = one({"text": LONG, "url": "http://www.a.example/b/?utm_source=x"}).identities
    assert {key.key.partition(":")[0] for key in keys if key.is_global} == {"link", "text"}
    assert f"link:{canonical_link('https://www.a.example/b')}" in [key.key for key in keys]


@pytest.mark.parametrize("url", ["https://a.example", "https://a.example/", "javascript:alert(1)", "/b", "ftp://x/y"])
def test_a_front_page_names_nothing_and_other_addresses_are_none(url: str) -> None:
    found = one({"text": "x", "url": url})
    assert [key.key for key in found.identities] == ["guid:msg_1"]
    assert found.url == (url if url.startswith("https") else None)


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b"", "application/json", "cannot be read"),
        (b'{"a":', "application/json", "cannot be read"),
        (b"{}", "application/json", "no words"),
        (b"[[], {}, null]", "application/json", "no words"),
        (b"7", "application/json", "no words"),
        (b"  \n ", "text/plain", "no words"),
        (b"<p hidden>x</p>", "text/html", "no words"),
        (b"\x89PNG\x00", "text/plain", "no text"),
        (b"x", "image/png", "image/png cannot be read"),
        (b"x", "multipart/form-data; boundary=x", "cannot be read"),
        (b"&".join([b"a=b"] * 501), "application/x-www-form-urlencoded", "more than 500 fields"),
        (b"[" * 100_000, "application/json", "nested"),
        (b'{"a":' * 60 + b"1" + b"}" * 60, "application/json", "nested more than 30"),
        (json.dumps(["x"] * 101).encode(), "application/json", "101 entries"),
    ],
)
def test_what_cannot_be_read_is_said(body: bytes, content_type: str, words: str) -> None:
    with pytest.raises(UnreadableDeliveryError, match=words):
        read(body, content_type=content_type)


@pytest.mark.parametrize(
    ("body", "content_type", "title", "text"),
    [
        ("# A bridge\n\nIt is open.", "text/markdown", "A bridge", "It is open."),
        ("A bridge\n========\n\nIt is open.", "text/plain", "A bridge", "A bridge\n========\n\nIt is open."),
        ("<h1>A <i>bridge</i></h1><p>It is open.", "text/html", "A bridge", "# A bridge\n\nIt is open."),
        ("title=A+bridge&text=It%20is%20open.", "application/x-www-form-urlencoded", "A bridge", "It is open."),
        ("payload=%7B%22text%22%3A%22Open%22%7D", "application/x-www-form-urlencoded", "Open", "Open"),
        ('{"title": "A bridge", "text": "Open."}', "", "A bridge", "Open."),
        ("Just words.", "", "Just words.", "Just words."),
        ("[not a list] but words", "text/plain", "[not a list] but words", "[not a list] but words"),
    ],
)
def test_other_forms(body: str, content_type: str, title: str, text: str) -> None:
    found = one(body.encode(), content_type=content_type)
    assert (found.title, found.text) == (title, text)


def test_other_encodings() -> None:
    """The declared one, where the bytes are no UTF-8."""
    found = one(
        "title=Br\u00fccke&text=Ge\u00f6ffnet.".encode("latin-1"), content_type="text/plain; charset=iso-8859-1"
    )
    assert "Br\u00fccke" in found.text + found.title
    assert one(b"\xef\xbb\xbf" + json.dumps({"text": "\u6865\u5f00\u4e86"}).encode()).title == "\u6865\u5f00\u4e86"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=5)
            | st.dictionaries(
                st.sampled_from(["title", "text", "data", "url", "tags", "date", "author"]) | st.text(), inner
            )
        ),
        max_leaves=30,
    )
)
def test_any_json_is_read_or_refused_in_words(value: Any) -> None:
    """And what is read can be written to the board."""
    try:
        found = read(value)
    except UnreadableDeliveryError:
        return
    for entry in found:
        assert entry.title or entry.text
        assert len(entry.title) <= 300
        assert f"{entry.title}{entry.text}{entry.author}{entry.tags}{entry.extra}".encode()
        assert entry.identities[0].key.startswith("guid:msg_1")
    assert list(encode_answer(read_delivery(json.dumps(value).encode(), _job())))


def _job() -> ParseJob:
    return ParseJob(url="", content_type="application/json", now=NOW, kind=JOB, facts={"id": "msg_1"})
