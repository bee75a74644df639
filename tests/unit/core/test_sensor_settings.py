"""Every number of the senses has a bound: what would stop them, or never end, is refused with its place."""

from pathlib import Path

import pytest

from daemon.core.errors import ConfigError
from daemon.core.settings import load_settings

SPANS = ("timeout", "every", "parse_timeout", "full_text.timeout", "full_text.max_wait")
OTHER_SPANS = ("x.every", "webhooks.tolerance", "folders.every")
PAUSES = ("full_text.per_host_pause", "x.thread_wait", "folders.settle")
SIZES = ("max_body", "full_text.max_body", "webhooks.max_body", "folders.max_file")
COUNTS = ("per_host", "concurrency", "full_text.concurrency", "x.daily_reads", "x.first_reads")
OTHER_COUNTS = ("webhooks.per_minute", "folders.max_files")
DOLLARS = ("x.daily_usd", "x.price.post_usd", "x.price.user_usd", "x.price.media_usd")
EVERY_SPAN = (*SPANS, *OTHER_SPANS, *PAUSES)


def problems(folder: Path, setting: str, value: str) -> tuple[str, ...]:
    """What is wrong with this value of a setting of `sensors`."""
    *sections, key = setting.split(".")
    text = f"{key}: {value}"
    for section in reversed(sections):
        text = f"{section}: {{{text}}}"
    (folder / "davidagent.yaml").write_text(f"sensors: {{{text}}}\n", encoding="utf-8")
    try:
        load_settings(environ={}, cwd=folder)
    except ConfigError as error:
        return error.problems
    return ()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        *((setting, "0") for setting in (*SPANS, *OTHER_SPANS, *SIZES, *COUNTS, *OTHER_COUNTS, "x.daily_usd")),
        *((setting, "-1") for setting in (*EVERY_SPAN, *SIZES, *COUNTS, *OTHER_COUNTS, *DOLLARS)),
        *((setting, "inf") for setting in (*EVERY_SPAN, *DOLLARS)),
        *((setting, "nan") for setting in (*EVERY_SPAN, *DOLLARS)),
    ],
)
def test_what_is_out_of_bounds_is_refused_with_its_place(tmp_path: Path, setting: str, value: str) -> None:
    """A poll that may take for ever, a body that may have no byte, a price that is no number."""
    (problem,) = problems(tmp_path, setting, value)
    assert problem.startswith(f"davidagent.yaml:1: sensors.{setting}: ")


@pytest.mark.parametrize("setting", PAUSES)
def test_a_pause_may_be_none(tmp_path: Path, setting: str) -> None:
    assert problems(tmp_path, setting, "0") == ()


@pytest.mark.parametrize("value", ["inf", "nan", "0", "-1"])
def test_the_dollars_of_one_source_have_a_bound(tmp_path: Path, value: str) -> None:
    text = f'sources: [{{x: "@a", daily_usd: {value}}}]\n'
    (tmp_path / "davidagent.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings(environ={}, cwd=tmp_path)
    assert [problem for problem in caught.value.problems if "sources[0].daily_usd" in problem]
