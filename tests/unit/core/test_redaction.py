import json
import random
import re
import string
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.core.redaction import HIDDEN, UNSCRUBBABLE, Scrubber, secrets_in

CANARY = "CANARY7f3a9c1e5b"

SECRET_TEXTS = [
    f"https://me:{CANARY}@example.org/feed",
    f"https://{CANARY}@example.org/feed",
    f"https://example.org/feed?api_key={CANARY}&page=2",
    f"https://example.org/feed?page=2&access_token={CANARY}",
    f"https://generativelanguage.example/v1/models?key={CANARY}",
    f"Authorization: Bearer {CANARY}",
    f"{{'authorization': 'Bearer {CANARY}'}}",
    f'{{"x-api-key": "{CANARY}"}}',
    f"X-Goog-Api-Key: {CANARY}",
    f"password={CANARY}",
    f"ANTHROPIC_API_KEY={CANARY}",
    f"token: {CANARY}",
    f"Cookie: session={CANARY}; theme=dark",
    f"the key sk-ant-{CANARY}-0123456789 was refused",
    f"AIza{CANARY}AAAAAAAAAAAAAAAAAAAAAA",
    f"ghp_{CANARY}00000000",
    f"eyJhbGciOiJIUzI1NiJ9.eyJ{CANARY}.c2ln",
    f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n-----END RSA PRIVATE KEY-----",
    f"write to {CANARY}@example.org, please",
    f"postgres://desk:{CANARY}@db.internal/desk",
    f"https://example.org/callback#access_token={CANARY}&state=1",
    f"https://hooks.slack.com/services/T00000000/B00000000/{CANARY}",
    f"POST https://discord.com/api/webhooks/123456789012345678/{CANARY} gave 401",
    f"https://writer.example/feed/private/{CANARY}",
    f"https://example.org/unsubscribe?mail={CANARY}@example.org",
    f"https://example.org/unsubscribe?mail={CANARY}%40example.org",
    f"the key sk-proj-{CANARY}_x-y was refused",
    f"key sk-{CANARY}0000",
    f"whsec_{CANARY}",
    f"AQ.{CANARY}AAAAAAAAAAAAAAAAAAAAAA",
    f"gsk_{CANARY}00000000",
    f"glpat-{CANARY}",
    f"xai-{CANARY}0000000000",
]


@pytest.mark.parametrize("text", SECRET_TEXTS)
def test_the_canary_is_never_seen(text: str) -> None:
    assert "CANARY" not in Scrubber().text(f"before {text} after")


@pytest.mark.parametrize(
    "phone",
    [
        *("+49 30 1234567", "+1 (555) 123-4567", "(555) 123-4567", "555-123-4567", "555.123.4567", "030/1234567"),
        *("13812345678", "+86 138 0013 8000", "+8613800138000", "138 0013 8000", "138-0013-8000", "010-12345678"),
    ],
)
def test_phone_numbers_are_hidden(phone: str) -> None:
    assert Scrubber().text(f"call {phone}, or write") == "call [phone], or write"


@pytest.mark.parametrize(
    "text",
    ["phone: 1234567", "Tel. no. 030 1234567", "电话13800138000", "手机号：138 0013 8000", "fax +49-30-1234567"],
)
def test_a_word_that_says_phone_makes_the_number_one(text: str) -> None:
    scrubbed = Scrubber().text(text)
    assert scrubbed.endswith("[phone]")
    assert not re.search(r"\d{3}", scrubbed)


@pytest.mark.parametrize(
    "text",
    [
        "06c2r5x9k1v7q",
        "15032385536 bytes",
        "13800138000 tokens",
        "$13800138000",
        "+1234567.89 and +12345678",
        "answered 200 304 1024",
        "the mobile 2026-11-20 edition",
        "https://example.org/sk-telecom-launches-a-model-2026",
        "https://example.org/~13812345678/555-123-4567/a@b",
        "https://feeds.example/@user@example.org?id=13812345678",
        "10.0.0.1:8787 [2001:db8::1]:443",
        "0123456789012",
        "550e8400-e29b-41d4-a716-446655440000",
        "00000000-0000-4000-8000-000000000000",
        "https://example.org/2026/11/20/a-post?id=1234567890&page=2#part",
        "2026-11-20T11:06:59.123Z",
        "1790000000.123 1790000000123",
        "127.0.0.1:8787",
        "prompt_tokens=123 max_tokens: 4096",
        "api.token: must be text; put it in quotes",
        "password is required",
        "basic understanding of bearer bonds",
        "price 1,234,567.89 and 12 345 678",
        'File "/srv/desk/brains/llm/gateway.py", line 123, in ask',
        "@example@mastodon.social",
        "version 1.2.3+build.5",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ],
)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert Scrubber().text(text) == text


def test_the_rest_of_the_line_stays_readable() -> None:
    text = f"GET https://me:{CANARY}@example.org/feed?a=1&token={CANARY}&b=2 gave 401"
    assert Scrubber().text(text) == "GET https://***@example.org/feed?a=1&token=***&b=2 gave 401"


def test_registered_secrets_are_hidden_also_percent_encoded() -> None:
    scrubber = Scrubber()
    scrubber.register(["open sesame/please", "x"])
    assert scrubber.text("say open sesame/please or open%20sesame%2Fplease") == "say *** or ***"
    assert scrubber.text("x stays: too short to be told from a word") == "x stays: too short to be told from a word"


def test_the_longer_of_two_secrets_is_hidden_whole() -> None:
    scrubber = Scrubber()
    scrubber.register(["secret-one"])
    scrubber.register(["secret-one", "secret-one-and-more"])
    assert scrubber.text("secret-one-and-more") == HIDDEN


def test_of_a_url_that_is_a_secret_the_telling_parts_are_hidden_alone() -> None:
    scrubber = Scrubber()
    scrubber.register(["https://hooks.example/services/T0001/AbCdEfGhIjKlMnOpQr", "ntfy://user:topsecret@host/t"])
    assert scrubber.text("POST /services/T0001/AbCdEfGhIjKlMnOpQr") == "POST /services/T0001/***"
    assert scrubber.text("login with topsecret") == "login with ***"


def test_the_secrets_of_an_address_are_its_login_and_the_parameters_called_so() -> None:
    address = "https://me:s%2Fcret@example.org/feed?page=2&auth=abcdef&api_key=ghijkl"
    assert secrets_in(address) == ["s/cret", "abcdef", "ghijkl"]
    assert secrets_in("https://token-alone@example.org/feed") == ["token-alone"]
    assert secrets_in("https://example.org/feed?page=2") == secrets_in("feed.xml") == []


def test_mappings_keep_their_shape_and_lose_what_their_keys_call_secret() -> None:
    value = {
        "api_key": CANARY,
        "headers": {"Authorization": CANARY, "x-api-key": CANARY, "accept": "text/xml"},
        "refresh_token": CANARY.encode(),
        "prompt_tokens": 5,
        "token": None,
        "seen": (1, 2.5, True, f"Bearer {CANARY}"),
        "path": Path("/srv/desk"),
        "raw": b"plain",
        "tags": {"one"},
    }
    scrubbed = Scrubber().scrub(value)
    assert "CANARY" not in json.dumps(scrubbed)
    assert scrubbed["headers"]["accept"] == "text/xml"
    assert scrubbed["seen"][:3] == [1, 2.5, True]
    assert (scrubbed["prompt_tokens"], scrubbed["token"], scrubbed["path"]) == (5, None, "/srv/desk")
    assert (scrubbed["raw"], scrubbed["tags"]) == ("plain", ["one"])


def test_exceptions_become_their_class_and_scrubbed_words() -> None:
    assert Scrubber().scrub(ValueError(f"token={CANARY}")) == "ValueError: token=***"


class _Hostile:
    def __repr__(self) -> str:
        raise RuntimeError(CANARY)


def test_what_cannot_be_scrubbed_becomes_a_marker() -> None:
    loop: dict = {}
    loop["itself"] = loop
    assert Scrubber().scrub({"fine": 1, "bad": _Hostile()}) == UNSCRUBBABLE
    assert Scrubber().text(_Hostile()) == UNSCRUBBABLE  # type: ignore[arg-type]
    assert UNSCRUBBABLE in json.dumps(Scrubber().scrub(loop))


@given(st.text(max_size=300))
def test_scrubbing_twice_changes_nothing_more(text: str) -> None:
    once = Scrubber().text(text)
    assert Scrubber().text(once) == once


@given(before=st.text(max_size=60), after=st.text(max_size=60))
def test_a_registered_secret_is_hidden_whatever_stands_around_it(before: str, after: str) -> None:
    scrubber = Scrubber()
    scrubber.register([CANARY])
    assert CANARY not in scrubber.text(f"{before}{CANARY}{after}")


@pytest.mark.parametrize(
    "piece", ["a", "@", "a@", "0", "+1 ", "http://", "token=", "sk-", ".", "eyJa.", "a-", "?key", "\n"]
)
def test_hostile_text_takes_no_quadratic_time(piece: str) -> None:
    """200 kB of anything is done in well under the time a quadratic pattern would need (minutes)."""
    text = (piece * 200_000)[:200_000]
    begun = time.process_time()
    Scrubber().text(text)
    assert time.process_time() - begun < 5.0


def test_a_random_text_without_secrets_is_mostly_kept() -> None:
    rng = random.Random(5)
    words = ["".join(rng.choices(string.ascii_lowercase, k=rng.randint(2, 9))) for _ in range(2000)]
    text = " ".join(words)
    assert Scrubber().text(text) == text
    assert re.search(r"\w", text)
