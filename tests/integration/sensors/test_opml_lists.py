"""Lists of feeds are read in a process of their own: whole, in time, and beside the event loop."""

import asyncio
import time

import psutil
import pytest

from daemon.core.errors import SensorError
from sensors.feeds.opml import read_opml
from sensors.feeds.opml_lists import read_list

BODY = '<opml version="2.0"><body>{}</body></opml>'


def listed(count: int, *, scheme: str = "https") -> str:
    outlines = (f'<outline text="Feed {n}" xmlUrl="{scheme}://h{n}.example/f"/>' for n in range(count))
    return BODY.format(f'<outline text="News">{"".join(outlines)}</outline>')


@pytest.mark.parametrize(
    "text",
    [
        listed(450),
        listed(450, scheme="gopher"),
        listed(2) + listed(2).replace("News", "Views"),
        listed(3)[:-60],
        '<?xml version="1.0" encoding="utf-16"?>' + listed(1).replace("Feed", "新闻\ud800"),
        "no list",
        "",
    ],
)
async def test_the_answer_is_as_read_in_this_process(text: str) -> None:
    """Sources, problems and doubles, all in their order, whatever the document says of its encoding."""
    assert await read_list(text, seconds=60) == read_opml(text)


async def test_a_hostile_list_holds_up_nobody() -> None:
    """Ten megabytes that keep regular expressions busy: the event loop does not compute meanwhile, nor any thread."""
    text = BODY.format("xmlUrl='https://a.example/" * 380_000)
    began = time.process_time()
    found = await read_list(text, seconds=60)
    assert time.process_time() - began < 0.5
    assert found.problems


async def test_a_list_that_takes_too_long_is_stopped() -> None:
    """In words, with the setting; and its process is gone."""
    with pytest.raises(SensorError, match=r"takes longer to parse than 0.05 s \(sensors.parse_timeout\)"):
        await read_list(listed(100_000), seconds=0.05)
    assert not [child for child in psutil.Process().children() if "sensors.parsers.worker" in child.cmdline()]


async def test_giving_up_ends_its_process() -> None:
    """Nothing goes on reading for nobody."""
    reading = asyncio.create_task(read_list(listed(100_000), seconds=60))
    async with asyncio.timeout(30):
        while not psutil.Process().children():  # noqa: ASYNC110 - another process sets no event of ours
            await asyncio.sleep(0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert not psutil.Process().children()
