"""The live page for everybody: what it shows, and what it never asks for."""

from pathlib import Path

import pytest

from tests.browser.conftest import Visit, is_live, shows_counts
from tests.fakes.stage import Stage, open_stage

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.soak]

SECRETS = ("seen-by-nobody.example", "/home/desk/secret.txt", "ops@desk.example", "boss")
OPEN = ("/live", "/api/live", "/api/events")


async def test_a_public_page_has_nothing_private_and_asks_for_nothing_private(tmp_path: Path, visit: Visit) -> None:
    """Neither in what is there when it opens, nor in what comes later."""
    async with open_stage(tmp_path / "home", public_events=True) as stage:
        await _happen(stage, "1")
        visitor = await visit(stage.address)
        await is_live(visitor.page)
        await _happen(stage, "2")
        await shows_counts(visitor.page, stage.counts())
        markup = await visitor.page.content()
        assert [secret for secret in SECRETS if secret in markup] == []
        assert await visitor.page.locator("#posts a, #sign-out:visible, #sign-in:visible").count() == 0
        assert await visitor.page.locator("#posts .headline").count() == 2
        assert [path for path in visitor.asked if not path.startswith(OPEN)] == []


async def _happen(stage: Stage, name: str) -> None:
    await stage.whole_way(f"A post for everybody {name}")
    await stage.post(f"Is sent back {name}")
    await stage.read()
    await stage.write("A draft")
    await stage.send_back(f"see https://{SECRETS[0]}/x, {SECRETS[1]} and {SECRETS[2]}")
    await stage.desk.engine.set_control("paused", "1", by=SECRETS[3])
    await stage.desk.engine.set_control("paused", None, by=SECRETS[3])
