"""Lists that are read page by page."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx2

from tests.fakes.desk import StillDesk
from tests.fakes.staged_board import Staged, seen

NEXT = "DavidAgent-Next-Cursor"


async def post(desk: StillDesk, *names: str) -> list[str]:
    return [one.item_id for one in await desk.engine.post([seen(n) for n in names], source_id=None, by="t")]


def link_of(answer: httpx2.Response) -> str:
    found = re.fullmatch(r'<([^>]+)>; rel="next"', answer.headers["link"])
    assert found
    return found[1]


async def test_pages_hold_every_item_once_while_new_ones_arrive(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    """Following the link to its end."""
    ids, found, url = await post(desk, *(f"n{i}" for i in range(7))), [], "/api/items?limit=3"
    while url:
        answer = await api.get(url)
        found.append([one["id"] for one in answer.json()])
        url = link_of(answer) if "link" in answer.headers else ""
        await post(desk, f"new {len(found)}")
    assert [len(page) for page in found] == [3, 3, 1]
    assert [one for page in found for one in page] == ids[::-1]


async def test_the_link_asks_the_same_from_the_cursor_on(
    desk: StillDesk, api: httpx2.AsyncClient, staged: Staged
) -> None:
    """State, source and search stay as they were; the cursor is the last id of the page."""
    await desk.engine.post([seen("one & two"), seen("one & three")], source_id=staged.source_id, by="t")
    asked = {"state": "QUEUED", "source": "Example", "search": "one &", "limit": "1", "before": "~"}
    answer = await api.get("/api/items", params=asked)
    (item,) = answer.json()
    assert answer.headers[NEXT] == item["id"]
    link = urlsplit(link_of(answer))
    assert link.path == "/api/items"
    assert parse_qs(link.query) == {name: [value] for name, value in (asked | {"before": item["id"]}).items()}


async def test_the_last_page_points_nowhere(desk: StillDesk, api: httpx2.AsyncClient) -> None:
    """Also when it is full, or empty."""
    await post(desk, "a", "b")
    for query in ("?limit=2", "?limit=1000", "?before=0"):
        answer = await api.get(f"/api/items{query}")
        assert NEXT not in answer.headers
        assert "link" not in answer.headers
