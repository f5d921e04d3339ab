"""Practising without network on one phone: turned on, locked, kept, delivered, and taken away again."""

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.people import PATIENCE_MS, press
from tests.browser.pocket import MARK, PRACTICE, SESSION, Pocket, ask, cold_start, part, set_pin, turn_on

CLINICAL = ("vagin", "pelvic", "dilat", "sexual", "intercourse", "physio", "dilator-session", "soft-belly")


CODINGS = ("utf-8", "utf-16-le")


async def kept_in(page: Page) -> dict[str, Any]:
    """What this browser keeps for us at all."""
    kept: dict[str, Any] = await page.evaluate(
        """async () => ({
          databases: (await indexedDB.databases()).map(({name}) => name),
          caches: await caches.keys(),
          workers: (await navigator.serviceWorker.getRegistrations()).length,
          keys: Object.keys(localStorage).filter((key) => key.startsWith("ebb")),
        })"""
    )
    return kept


NOTHING = {"databases": [], "caches": [], "workers": 0, "keys": []}


async def test_nothing_is_kept_where_it_was_not_turned_on(pocket: Pocket, links: tuple[str, str]):
    page = await pocket.open(links[0])
    for path in ("/today", "/practice", "/practice/device", "/account"):
        await page.goto(path)
        await expect(page.locator("#main")).to_be_visible()

    assert await kept_in(page) == NOTHING


async def test_a_cold_start_without_network_shows_the_shell(pocket: Pocket, phone_page: Page):
    page = phone_page
    shell = await (await page.request.get("/practice")).text()
    script = re.search(r'src="(/static/[^"]+/js/practice/[^"]+)"', shell)
    assert script is not None

    cold = await cold_start(pocket, "/practice")

    for path in ("/practice", "/today", "/"):
        await cold.goto(path)
        assert await cold.evaluate("navigator.serviceWorker.controller !== null")
        await expect(cold.locator(f'script[src="{script[1]}"]')).to_have_count(1)
        assert await ask(cold, "[phone.state, (await phone.bundle()).format]") == ["open", 1]
        # Every module came from this phone: whatever else the shell asked of the network is no part of it.
        missing = await cold.evaluate(
            """() => performance.getEntriesByType("resource")
              .filter(({name, responseStatus}) => name.includes("/static/") && responseStatus !== 200)
              .map(({name}) => name)"""
        )
        assert missing == []


async def test_without_network_what_is_kept_can_be_deleted(pocket: Pocket, phone_page: Page):
    page = phone_page
    await ask(page, "phone.keep(values[0])", PRACTICE)
    await ask(page, "phone.seal(values[0], 0, values[1])", SESSION, part())
    cold = await cold_start(pocket, "/practice/device")
    await expect(cold.locator("[data-waiting]")).to_have_text("1 practice waits here to be delivered.")

    await press(cold, "Turn it off and delete everything")
    question = cold.get_by_role("dialog", name="Turn it off and delete everything?")
    await expect(question).to_contain_text("A practice is not finished")
    await expect(question).to_contain_text("1 practice waits here to be delivered")
    await press(cold, "Not now")
    assert await ask(cold, "phone.waiting()") == 1

    await press(cold, "Turn it off and delete everything")
    await cold.get_by_role("button", name="Delete everything", exact=True).click()

    await expect(cold.get_by_text("It is off, and nothing is kept")).to_be_visible()
    assert await kept_in(cold) == NOTHING


async def test_leaving_quickly_without_network_leads_to_the_blank_page(pocket: Pocket, phone_page: Page):
    cold = await cold_start(pocket, "/practice/device")
    await press(cold, "Leave quickly")
    await cold.wait_for_url("**/blank")
    assert (await cold.locator("body").inner_text()).strip() == ""


async def test_what_is_under_way_is_there_after_the_phone_was_put_away(pocket: Pocket, phone_page: Page):
    page = phone_page
    assert await ask(page, "phone.keep(values[0])", {**PRACTICE, "said": "before"})
    assert await ask(page, "phone.keep(values[0])", PRACTICE)
    cold = await cold_start(pocket, "/practice/device")

    assert await ask(cold, "phone.underWay()") == PRACTICE
    await ask(cold, "phone.finish(values[0], 0, values[1])", SESSION, part())
    assert await ask(cold, "[await phone.underWay(), await phone.waitingParts()]") == [
        None,
        [{"session": SESSION, "n": 0}],
    ]


@pytest.mark.thorough
async def test_two_windows_deliver_once(pocket: Pocket, phone_page: Page):
    page = phone_page
    other = await pocket.open("/practice/device")
    asked: list[str] = []
    for window in (page, other):
        window.on("request", lambda request: asked.append(request.url) if "/outbox" in request.url else None)
        await ask(window, "phone.state")
    for n in range(3):
        await ask(page, "phone.seal(values[0], values[1], values[2])", SESSION, n, part(n))

    first, second = await asyncio.gather(*(ask(window, "phone.deliver()") for window in (page, other)))

    assert len(asked) == 1
    assert first["waiting"] == second["waiting"] == 0
    assert sorted(outcome["delivered"] for outcome in (first, second)) == [0, 1]


async def test_whoever_is_signed_out_delivers_nothing_and_loses_nothing(pocket: Pocket, phone_page: Page):
    page = phone_page
    await ask(page, "phone.seal(values[0], 0, values[1])", SESSION, part())
    assert pocket.context is not None
    await pocket.context.clear_cookies()
    await page.reload()

    await press(page, "Deliver now")

    await expect(page.locator("[data-say]")).to_have_text("1 practice waits here to be delivered. Sign in to deliver.")
    await expect(page.get_by_role("link", name="Sign in", exact=True)).to_have_attribute("href", "/sign-in")
    assert await ask(page, "phone.waiting()") == 1
    await page.goto("/practice")
    await expect(page.get_by_role("link", name="Sign in", exact=True)).to_have_attribute("href", "/sign-in")


async def test_nothing_is_delivered_under_somebody_elses_name(phone_page: Page, links: tuple[str, str]):
    page = phone_page
    await ask(page, "phone.seal(values[0], 0, values[1])", SESSION, part())
    await page.goto(links[1].replace("127.0.0.1", "localhost"))
    await page.goto("/practice/device")

    await press(page, "Deliver now")

    await expect(page.locator("[data-say]")).to_contain_text("Somebody else is signed in here.")
    await press(page, "Fetch it again")
    await expect(page.locator("[data-say]")).to_contain_text("Somebody else is signed in here.")
    assert await ask(page, "phone.waiting()") == 1


async def test_a_full_phone_is_told_and_the_practice_goes_on(pocket: Pocket, links: tuple[str, str]):
    page = await pocket.open(links[0])
    assert pocket.context is not None
    tools = await pocket.context.new_cdp_session(page)
    room = {"origin": pocket.demo.url_by_wire, "quotaSize": 8_000_000}
    await tools.send("Storage.overrideQuotaForOrigin", room)
    await turn_on(page)

    assert await ask(page, "phone.keep({said: values[0].repeat(1_000_000)})", MARK) is False
    await ask(page, "phone.seal(values[0], 0, values[1])", SESSION, part())

    assert "This phone is full" in await ask(page, "phone.trouble")
    assert len((await ask(page, "phone.underWay()"))["said"]) == 1_000_000 * len(MARK)
    assert await ask(page, "phone.waiting()") == 1
    assert await ask(page, "phone.keep({room: 'again'})")
    assert await ask(page, "phone.trouble") is None
    # What could not be written before was written with it.
    await page.route("**/outbox", lambda route: route.abort())
    await page.reload()
    assert await ask(page, "[await phone.underWay(), await phone.waiting()]") == [{"room": "again"}, 1]


@pytest.mark.thorough
async def test_what_the_browser_clears_in_mid_practice_is_told_and_goes_on_in_memory(pocket: Pocket, phone_page: Page):
    page = phone_page
    assert pocket.context is not None
    await ask(page, "phone.bundle()")
    await ask(page, "phone.keep(values[0])", PRACTICE)
    tools = await pocket.context.new_cdp_session(page)

    await tools.send("Storage.clearDataForOrigin", {"origin": pocket.demo.url_by_wire, "storageTypes": "indexeddb"})

    assert await ask(page, "phone.keep({more: true})") is False
    assert "has cleared what Ebb kept" in await ask(page, "phone.trouble")
    assert await ask(page, "phone.underWay()") == {"more": True}
    await ask(page, "phone.seal(values[0], 0, values[1])", SESSION, part())
    assert (await ask(page, "phone.deliver()"))["delivered"] == 1


async def test_signing_out_asks_once_about_what_waits_and_then_clears(phone_page: Page):
    page = phone_page
    await ask(page, "phone.seal(values[0], 0, values[1])", SESSION, part())
    await page.route("**/outbox", lambda route: route.abort())
    await page.goto("/account")

    await press(page, "Sign out")
    question = page.get_by_role("dialog", name="Sign out?")
    await expect(question).to_contain_text("1 practice waits here to be delivered.")
    await press(page, "Not now")
    assert await ask(page, "phone.waiting()") == 1

    await page.get_by_role("button", name="Sign out", exact=True).click()
    await press(page, "Sign out and delete it")

    await page.wait_for_url("**/sign-in")
    assert await kept_in(page) == NOTHING


async def test_signing_out_delivers_what_it_can_and_asks_nothing(phone_page: Page):
    page = phone_page
    await ask(page, "phone.seal(values[0], 0, values[1])", SESSION, part())
    await page.goto("/account")

    async with page.expect_request("**/outbox"):
        await press(page, "Sign out")

    await page.wait_for_url("**/sign-in")
    assert await kept_in(page) == NOTHING


@pytest.mark.thorough
async def test_signing_out_without_a_script_clears_as_well(phone_page: Page):
    page = phone_page
    # No script has a say here; the one that this page has must not be cut off while it looks after the worker.
    await page.goto("/account", wait_until="networkidle")
    await page.evaluate("document.querySelector('form[action=\"/sign-out\"]').submit()")

    await page.wait_for_url("**/sign-in")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert await kept_in(page) == NOTHING


@pytest.mark.thorough
async def test_a_new_version_waits_while_a_practice_runs(pocket: Pocket, phone_page: Page):
    page = phone_page
    first = (await kept_in(page))["caches"][0]
    other = await pocket.open("/practice/device")
    await ask(other, "void phone.practising(() => new Promise((done) => (window.done = done)))")
    # Another language is another version of the shell.
    assert pocket.context is not None
    await pocket.context.add_cookies([{"name": "ebb-language", "value": "es", "url": pocket.demo.url_by_wire}])
    await page.evaluate(f"{_WORKER}.then((it) => void it.update())")
    await becomes(page, f"{_WORKER}.then((it) => it.waiting?.state ?? null)", "installed")

    # A page that begins lets it take over, if it may.
    await page.goto("/practice/device")
    await page.evaluate(f"{_WORKER}.then((it) => it.waiting.postMessage('take-over'))")
    await page.goto("/practice/device")

    assert await page.evaluate(f"{_WORKER}.then((it) => it.waiting.state)") == "installed"
    assert first in (await kept_in(page))["caches"]

    await other.evaluate("window.done()")

    await becomes(page, f"{_WORKER}.then((it) => it.waiting?.state ?? null)", None)
    await other.close()
    await page.goto("/practice/device")
    await becomes(page, f"caches.keys().then((names) => [names.length, names.includes('{first}')])", [1, False])


_WORKER = "navigator.serviceWorker.getRegistration('/')"


async def becomes(page: Page, expression: str, wanted: Any) -> None:
    """Until an expression has this value. (What a page waits for itself may not be a promise.)"""
    found: Any = None
    for _ in range(PATIENCE_MS // 100):
        if (found := await page.evaluate(expression)) == wanted:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{expression} is {found}")


async def test_no_word_of_a_practice_lies_readable_on_the_phone(pocket: Pocket, phone_page: Page):
    page = phone_page
    bundle = await ask(page, "phone.bundle()")
    await ask(page, "phone.keep(values[0])", PRACTICE)
    await ask(page, "phone.seal(values[0], 0, values[1])", SESSION, {**part(), "said": MARK})
    await set_pin(page, "four calm words")
    await pocket.close()

    kept = list(pocket.bytes_of("IndexedDB", "Local Storage", "Session Storage"))
    files = list(pocket.bytes_of("CacheStorage", "Cache Storage"))
    # That an id is found shows that the search finds what is there: whose it is may be read.
    assert any(bundle["you"]["id"].encode(coding) in body for _, body in kept for coding in CODINGS)
    assert any(b"ebb-uses-" in body for _, body in files)
    personal = (MARK, bundle["you"]["called"], bundle["clinic"]["name"], "four calm words")
    for words, folder in (((*CLINICAL, *personal), kept + files), (("activity.start", "entries"), kept)):
        for word in words:
            for coding in CODINGS:
                where = [path.name for path, body in folder if word.lower().encode(coding) in body.lower()]
                assert not where, f"{word} lies readable in {where}"
