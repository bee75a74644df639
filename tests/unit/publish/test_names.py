import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.publish.names import slug_of, stem_of
from tests.fakes.posts import ITEM_ID, a_post


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ('Solar farms: a "new" record!', "solar-farms-a-new-record"),
        ("深圳团队发布开源芯片：能效提升三成", "深圳团队发布开源芯片-能效提升三成"),
        ("../../etc/passwd\x00", "etc-passwd"),
        ("Ünïcode ﬁne", "ünïcode-fine"),
        ("हिन्दी समाचार", "हिन्दी-समाचार"),
        ("🎉🎉", ""),
        ("C:\\con|aux*?", "c-con-aux"),
    ],
)
def test_a_slug_keeps_letters_and_digits_of_any_script(title: str, slug: str) -> None:
    """And ends in the item id."""
    assert slug_of(title, item_id=ITEM_ID) == f"{slug}-{ITEM_ID}".lstrip("-")


def test_a_long_title_is_cut_between_words() -> None:
    """At 60 characters at most."""
    assert slug_of("wonderful " * 30, item_id=ITEM_ID) == f"{'wonderful-' * 6}{ITEM_ID}"


def test_a_hostile_slug_is_made_safe() -> None:
    """A sink does not trust the slug it gets."""
    assert stem_of(a_post(slug="../../../tmp/evil")) == f"2026-11-18-tmp-evil-{ITEM_ID}"


@given(st.text(max_size=400))
def test_any_title_gives_a_usable_file_name(title: str) -> None:
    """No separators, no leading dot, short enough for every file system, always with the id."""
    stem = stem_of(a_post(slug=slug_of(title, item_id=ITEM_ID)))
    assert stem.startswith("2026-11-18-")
    assert stem.endswith(f"-{ITEM_ID}")
    assert len(f".{stem}.html.tmp".encode()) <= 255
    assert not set(stem) & set('/\\:*?"<>|\x00\n .')
