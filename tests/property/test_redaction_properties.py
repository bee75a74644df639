"""What is no secret is never touched, whatever it looks like; what is one is never seen, wherever it stands."""

import random
import string
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.core.ids import TimeSortedIds
from daemon.core.redaction import Scrubber

SCRUBBER = Scrubber()
SLUG = st.text(string.ascii_lowercase + string.digits + "-_.~", min_size=1, max_size=40)
SAFE_NAMES = st.sampled_from(["id", "page", "q", "utm_source", "lang", "ref", "v", "tag", "from"])
SENTENCES = ("{}", "item {} failed", "see {}, then retry", "({})", "a: {}; b", "{}\n", "从 {} 开始", "state={} end")
TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001 - given a zone below


def stays(thing: str, *, sentence: str = "{}") -> None:
    text = sentence.format(thing)
    assert SCRUBBER.text(text) == text


@given(st.integers(0, 2**32), st.floats(1.6e9, 4.0e9), st.sampled_from(SENTENCES))
def test_no_item_id_is_touched(seed: int, at: float, sentence: str) -> None:
    stays(TimeSortedIds(lambda: at, random.Random(seed))(), sentence=sentence)


@given(st.text(string.digits + "abcdefghjkmnpqrstvwxyz", min_size=13, max_size=13), st.sampled_from(SENTENCES))
def test_nothing_of_the_form_of_an_item_id_is_touched(item_id: str, sentence: str) -> None:
    stays(item_id, sentence=sentence)


@given(st.lists(SLUG, max_size=5), st.lists(st.tuples(SAFE_NAMES, SLUG), max_size=3), st.sampled_from(SENTENCES))
def test_no_url_without_secrets_is_touched(path: list[str], query: list[tuple[str, str]], sentence: str) -> None:
    parameters = "&".join(f"{name}={value}" for name, value in query)
    stays(f"https://news.example/{'/'.join(path)}" + (f"?{parameters}" if query else ""), sentence=sentence)


@given(TIMES, st.integers(-14, 14), st.sampled_from(SENTENCES))
def test_no_iso_time_is_touched(moment: datetime, offset: int, sentence: str) -> None:
    """With an offset, as UTC with `Z`, the day alone, and the time alone."""
    zoned = moment.replace(tzinfo=UTC).astimezone(tz=None)
    for shown in (
        (moment.replace(tzinfo=UTC) + timedelta(hours=offset)).isoformat(timespec="milliseconds"),
        f"{moment.isoformat(timespec='seconds')}{offset:+03d}:00",
        f"{moment.isoformat(timespec='seconds')}Z",
        zoned.date().isoformat(),
        moment.strftime("%Y-%m-%d %H:%M:%S"),
    ):
        stays(shown, sentence=sentence)


@given(st.text("0123456789abcdef", min_size=40, max_size=40), st.sampled_from(SENTENCES))
def test_no_git_hash_is_touched(digest: str, sentence: str) -> None:
    stays(digest, sentence=sentence)


@given(st.text("0123456789abcdef", min_size=64, max_size=64))
def test_no_content_hash_is_touched(digest: str) -> None:
    stays(f"sha256:{digest}")


@given(st.uuids(), st.sampled_from(SENTENCES))
def test_no_uuid_is_touched(one: uuid.UUID, sentence: str) -> None:
    stays(str(one), sentence=sentence)


@given(st.decimals(0, 10**9, places=4), st.sampled_from(["${}", "{} USD", "¥{}", "{} CNY", "cost {}", "-{}", "+{}"]))
def test_no_amount_of_money_is_touched(amount: object, form: str) -> None:
    """Plain, and with its thousands grouped."""
    stays(form.format(amount))
    stays(form.format(f"{amount:,}"))


@given(st.integers(0, 10**10 - 1), st.sampled_from(["{} tokens", "{} ms", "{} micro", "epoch {}", "{:,} bytes"]))
def test_no_count_is_touched(count: int, form: str) -> None:
    stays(form.format(count))


@given(st.ip_addresses(v=4), st.integers(0, 65535))
def test_no_address_with_a_port_is_touched(address: object, port: int) -> None:
    stays(f"{address}:{port}")
    stays(f"http://{address}:{port}/path")


@given(st.lists(st.integers(0, 999), min_size=2, max_size=4))
def test_no_version_is_touched(numbers: list[int]) -> None:
    stays("v" + ".".join(map(str, numbers)))


@pytest.mark.parametrize("sentence", SENTENCES)
@given(
    key=st.sampled_from(["sk-ant-api03-", "sk-proj-", "ghp_", "AIzaSy", "xoxb-", "whsec_", "gsk_"]),
    seed=st.integers(0, 2**32),
)
def test_a_key_is_hidden_wherever_it_stands(sentence: str, key: str, seed: int) -> None:
    rng = random.Random(seed)
    secret = "".join(rng.choices(string.ascii_letters + string.digits, k=40))
    assert secret[:8] not in SCRUBBER.text(sentence.format(key + secret))
