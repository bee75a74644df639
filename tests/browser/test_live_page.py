"""The live page in a real browser, over a real board."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from daemon.blackboard.senses import Article, ArticleOutcome
from daemon.blackboard.states import Step
from tests.browser.conftest import Visit, Visitor, is_live, shows_counts
from tests.fakes.desk import TOKEN
from tests.fakes.stage import Stage
from tests.fakes.staged_board import seen

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.soak]

Watch = Callable[..., Awaitable[Visitor]]
LONG = "A headline that does not end, about " + "the harbour authority's " * 12


async def test_it_begins_with_what_is_on_the_board(stage: Stage, watch: Watch) -> None:
    """Counts, posts, findings and sums are those of the board before the first event comes."""
    await stage.whole_way("The first post")
    await stage.post("Waits")
    await stage.bury()
    page = (await watch()).page
    await shows_counts(page, stage.counts())
    assert await page.inner_text("#posts .headline") == "The first post"
    assert await page.inner_text("#found .gist") == "The tide turned at noon."
    assert "the key was refused" in await page.inner_text("#returned")
    assert await page.inner_text("#models b") == "quick"


async def test_one_element_travels_through_the_states(stage: Stage, watch: Watch) -> None:
    page = (await watch()).page
    (item_id,) = await stage.post("A traveller")
    card = f".card[data-id='{item_id}']"
    await page.wait_for_selector(f"[data-state=QUEUED] {card}")
    await page.eval_on_selector(card, "(card) => { card.isTheSame = true; }")
    await stage.read()
    await page.wait_for_selector(f"[data-state=DRAFTING] {card}")
    await stage.write("A draft")
    await stage.send_back("The 7 is a 9 in the source.", "Nobody said so.")
    await page.wait_for_selector("#returned .why")
    await stage.write("A better draft")
    await stage.publish("A post")
    await page.wait_for_selector(f"[data-state=PUBLISHED] {card}")
    assert await page.eval_on_selector(card, "(card) => card.isTheSame")
    assert await page.locator(card).count() == 1
    await shows_counts(page, stage.counts())


async def test_it_says_what_waits_for_its_article(stage: Stage, watch: Watch) -> None:
    """Of what was there before, and of what comes; until the article is settled."""
    page, engine = (await watch()).page, stage.desk.engine
    entry = replace(seen("short"), article_within=600.0)
    (posted,) = await engine.post([entry], source_id=None, by="sensor")
    words = f"(words) => document.querySelector(`.card[data-id='{posted.item_id}']`)?.dataset.words === words"
    await page.wait_for_function(words, arg="waits for its article")
    await page.reload()
    await page.wait_for_function(words, arg="waits for its article")
    await engine.settle_article(posted.item_id, Article(ArticleOutcome.PAYWALL, "https://example.org/short", "paid"))
    await page.wait_for_function(words, arg="waits")


async def test_it_moves_unless_a_person_wants_stillness(stage: Stage, watch: Watch) -> None:
    page = (await watch(reduced_motion="reduce")).page
    moving = "(state) => document.querySelector(`[data-state=${state}] .card`)?.getAnimations().length ?? -1"
    await stage.post("A traveller")
    await page.wait_for_selector("[data-state=QUEUED] .card")
    assert await page.evaluate(moving, "QUEUED") == 0
    await page.emulate_media(reduced_motion="no-preference")
    await stage.read()
    await page.wait_for_function(f"(state) => ({moving})(state) > 0", arg="DRAFTING")


async def test_it_tells_what_was_found_what_was_sent_back_and_what_was_published(stage: Stage, watch: Watch) -> None:
    page = (await watch()).page
    await stage.post("A story")
    await stage.read()
    await stage.write("The draft")
    await stage.send_back("The 7 is a 9 in the source.", "Nobody said so.")
    await stage.write("The draft, again")
    await stage.publish("The post")
    await page.wait_for_selector("#posts .headline")
    assert "Nobody was on the pier." in await page.inner_text("#found")
    assert "2 claims · 1 name · 1 number" in await page.inner_text("#found .facts")
    assert "The 7 is a 9 in the source." in await page.inner_text("#returned")
    assert "In short: The post." in await page.inner_text("#posts")
    assert (await page.get_attribute("#posts a", "href") or "").startswith("/posts/")


async def test_tokens_cents_and_calls_of_today_tick(stage: Stage, watch: Watch) -> None:
    page = (await watch()).page
    assert await page.inner_text("#tokens") == "0"
    await page.evaluate("() => { window.before = document.querySelector('#spent').textContent; }")
    await stage.post("A story")
    await stage.read()
    await page.wait_for_function("() => document.querySelector('#tokens').textContent === '120'")
    assert await page.inner_text("#spent") == "0.120 ¢"
    assert await page.inner_text("#calls") == "1"


async def test_what_comes_from_outside_is_text_and_never_markup(stage: Stage, watch: Watch) -> None:
    page = (await watch()).page
    title = "<img src=x onerror=alert(1)><b>bold</b>"
    (item_id,) = await stage.post(title)
    await page.wait_for_selector(f".card[data-id='{item_id}']")
    assert await page.inner_text(f".card[data-id='{item_id}'] .title") == title
    assert await page.locator("main img").count() == 0


async def test_a_level_and_a_pause_are_said_in_words_where_nothing_jumps(stage: Stage, watch: Watch) -> None:
    page = (await watch()).page
    before = await page.locator("#notice").bounding_box()
    await stage.desk.engine.set_control("paused", "1", by="cli")
    for level in ("L1", "L2", "L3"):
        data = {"level": level, "before": "L0", "reason": "nothing answers", "by": "ladder"}
        await stage.desk.engine.record_event("level_changed", data=data)
        await page.wait_for_selector(f"#notice[data-level={level}][data-paused=true]")
        text = await page.inner_text("#notice")
        assert all(words in text for words in (level, "Paused by a person.", "nothing answers"))
        assert ("Nothing is lost." in text) == (level == "L3")
        assert await page.locator("#notice").bounding_box() == before


async def test_it_speaks_the_language_of_the_browser_and_remembers_a_wish(stage: Stage, watch: Watch) -> None:
    page = (await watch(locale="zh-CN")).page
    assert await page.inner_text("#posts-title") == "新文章"
    assert await page.get_attribute("html", "lang") == "zh-Hans"
    await page.click("#language")
    assert await page.inner_text("#posts-title") == "New posts"
    await page.click("#theme")
    await page.reload()
    await is_live(page)
    assert await page.inner_text("#posts-title") == "New posts"
    assert await page.get_attribute("html", "data-theme") == "light"


async def test_a_person_signs_in_with_the_token_and_out_again(stage: Stage, visit: Visit) -> None:
    visitor = await visit(stage.address)
    visitor.expects("status of 401")
    page = visitor.page
    await page.fill("#token", "wrong")
    await page.click("button")
    assert await page.inner_text("#fault") == "That is not the token."
    await page.fill("#token", TOKEN)
    await page.press("#token", "Enter")
    await is_live(page)
    assert page.url == f"{stage.address}/live"
    cookie = (await page.context.cookies())[0]
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/")
    assert TOKEN not in cookie["value"]
    await page.click("#sign-out")
    assert await page.locator("#token").count() == 1


async def test_who_is_signed_out_meanwhile_is_told_so(stage: Stage, watch: Watch) -> None:
    """After the token was changed, the next connection finds the door closed."""
    visitor = await watch(has_clock=True)
    visitor.expects("status of 401|ERR_|CONNECTION")
    stage.desk.access._hold("another-token")
    await stage.close()
    await stage.open()
    await visitor.page.clock.run_for(40_000)
    await visitor.page.wait_for_selector("#connection[data-is=signed_out]")
    assert await visitor.page.is_visible("#sign-in")


async def test_a_phone_never_scrolls_sideways(stage: Stage, watch: Watch) -> None:
    await stage.whole_way(LONG)
    await stage.post(LONG, "没有空格的很长的标题" * 12, "x" * 300)
    page = (await watch(viewport={"width": 390, "height": 844})).page
    await shows_counts(page, stage.counts())
    for width in (390, 320):
        await page.set_viewport_size({"width": width, "height": 844})
        assert await page.evaluate("document.documentElement.scrollWidth") == width
    rights = "(all) => Math.max(...all.map((one) => one.getBoundingClientRect().right))"
    assert await page.eval_on_selector_all("main *", rights) <= 320


async def test_a_large_window_shows_everything_at_once(stage: Stage, watch: Watch) -> None:
    await stage.post(*[f"Item {n}" for n in range(20)])
    page = (await watch(viewport={"width": 1920, "height": 1080})).page
    await shows_counts(page, stage.counts())
    assert await page.evaluate("document.documentElement.scrollHeight") == 1080
    size = await page.evaluate("parseFloat(getComputedStyle(document.querySelector('.card .title')).fontSize)")
    assert size >= 20
    overlap = (
        "() => [...document.querySelectorAll('.lane')].every((lane) => [...lane.querySelectorAll('.card')]"
        ".every((card) => card.getBoundingClientRect().bottom <= lane.getBoundingClientRect().bottom))"
    )
    assert await page.evaluate(overlap)


async def test_every_text_has_the_contrast_of_wcag_aa(stage: Stage, watch: Watch) -> None:
    """In the light and in the dark, at every level."""
    await stage.whole_way("A post")
    await stage.post("Waits", "Is read", "Is written", "Is buried")
    await stage.bury()
    await stage.read()
    await stage.claim(Step.DRAFT)
    page = (await watch()).page
    await shows_counts(page, stage.counts())
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        for level in ("L0", "L1", "L2", "L3"):
            await page.evaluate("(level) => { document.querySelector('#notice').dataset.level = level; }", level)
            assert await page.evaluate(CONTRAST) == []


async def test_the_keyboard_reaches_everything_in_the_order_of_the_page(stage: Stage, watch: Watch) -> None:
    await stage.whole_way("A post")
    page = (await watch()).page
    await page.wait_for_selector("#posts a")
    reached = []
    for _ in range(8):
        await page.keyboard.press("Tab")
        reached.append(await page.evaluate("document.activeElement.id || document.activeElement.className || 'post'"))
        outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
    assert reached == ["skip", "language", "theme", "sign-out", "found", "returned", "posts", "post"]
    await page.focus(".skip")
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "posts"


async def test_a_screen_reader_finds_landmarks_headings_and_one_polite_voice(stage: Stage, watch: Watch) -> None:
    page = (await watch(has_clock=True)).page
    headings = await page.eval_on_selector_all("h1, h2, h3", "(all) => all.map((one) => one.tagName)")
    assert headings[0] == "H1"
    assert headings.count("H1") == 1
    assert await page.locator("main, header").count() == 2
    assert await page.locator("[aria-live]").count() == 1
    for n in range(3):
        await stage.whole_way(f"Post {n}")
    await page.wait_for_function("() => document.querySelectorAll('#posts li').length === 3")
    await page.clock.run_for(30_000)
    assert re.search(r"3 published, 0 sent back", await page.inner_text("#spoken"))


CONTRAST = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = parse(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const faint = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || !element.checkVisibility({ visibilityProperty: true })) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(parse(style.color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) faint.push(`${node.textContent.trim().slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return faint;
}"""
