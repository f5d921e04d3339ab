"""A PIN for what a phone keeps: what it locks, what wrong ones cost, and what it never costs."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.people import press
from tests.browser.pocket import PRACTICE, SESSION, Pocket, ask, cold_start, part, set_pin


async def test_with_a_pin_nothing_opens_without_it(pocket: Pocket, phone_page: Page):
    page = phone_page
    await ask(page, "phone.keep(values[0])", PRACTICE)
    await set_pin(page, "four calm words")

    cold = await cold_start(pocket, "/practice/device")

    assert await ask(cold, "[phone.state, await phone.bundle(), await phone.underWay()]") == ["locked", None, None]
    assert await ask(cold, "phone.hasUnderWay()")
    assert await ask(cold, "phone.unlock('Four calm words')") == {
        "open": False,
        "say": "That is not the PIN.",
        "wait_ms": 0,
    }
    assert await ask(cold, "phone.unlock(' four  calm words')") == {"open": True}
    assert await ask(cold, "phone.underWay()") == PRACTICE


async def test_wrong_pins_wait_longer_and_longer_and_destroy_nothing(phone_page: Page):
    page = phone_page
    await page.route("**/outbox", lambda route: route.abort())
    await ask(page, "phone.seal(values[0], 0, values[1])", SESSION, part())
    await set_pin(page, "2468")
    await page.clock.install()
    error = page.locator("#e-now")
    said = []
    for _ in range(12):
        await try_pin(page, "1111")
        await expect(page.get_by_role("button", name="Remove the PIN")).to_be_enabled()
        await expect(error).to_have_text(re.compile("That is not the PIN"))
        said.append(await error.inner_text())
        if len(said) == 4:
            # While it waits not even the right one is looked at: else waiting would slow nobody down.
            await try_pin(page, "2468")
            await expect(error).to_have_text("Wait 5 seconds before the next try.")
        await page.clock.fast_forward(20 * 60_000)
    assert said[:3] == ["That is not the PIN."] * 3
    assert "Wait 5 seconds" in said[3]
    assert "Nothing is deleted" in said[3]
    assert "Wait 15 minutes" in said[-1]

    await try_pin(page, "2468")

    await expect(page.locator("[data-say]")).to_have_text(re.compile("The PIN is removed"))
    assert await ask(page, "phone.waiting()") == 1


async def try_pin(page: Page, pin: str) -> None:
    await page.get_by_label("The PIN that you use now").fill(pin)
    await press(page, "Remove the PIN")


async def test_a_pin_that_is_forgotten_costs_what_it_locks_and_nothing_that_waits(phone_page: Page):
    page = phone_page
    await page.route("**/outbox", lambda route: route.abort())
    await ask(page, "phone.seal(values[0], 0, values[1])", SESSION, part())
    await ask(page, "phone.keep(values[0])", PRACTICE)
    await set_pin(page, "2468")

    await page.get_by_text("I do not know it any more").click()
    await press(page, "Delete what the PIN locks")
    await press(page, "Delete it")

    await expect(page.get_by_text("It is off here")).to_be_visible()
    assert await ask(page, "phone.waiting()") == 1
    assert await ask(page, "phone.hasUnderWay()") is False
    await page.unroute("**/outbox")
    assert (await ask(page, "phone.deliver()"))["waiting"] == 0


@pytest.mark.thorough
async def test_another_window_writes_nothing_under_a_lock_that_is_gone(pocket: Pocket, phone_page: Page):
    page = phone_page
    other = await pocket.open("/practice/device")
    # As one that was frozen meanwhile, and heard nothing.
    await other.evaluate("BroadcastChannel.prototype.addEventListener = () => {}")
    await ask(other, "phone.keep(values[0])", PRACTICE)
    await set_pin(page, "2468")

    assert await ask(other, "phone.keep({late: true})") is False

    assert "in another window" in await ask(other, "phone.trouble")
    await ask(page, "phone.unlock('2468')")
    assert await ask(page, "phone.underWay()") == PRACTICE


@pytest.mark.thorough
async def test_the_lock_is_not_exchanged_under_a_practice(pocket: Pocket, phone_page: Page):
    page = phone_page
    other = await pocket.open("/practice/device")
    await ask(other, "void phone.practising(() => new Promise((done) => (window.done = done)))")
    await page.get_by_label("New PIN").fill("2468")
    await page.get_by_label("The same once more").fill("2468")
    await press(page, "Set the PIN")
    await expect(page.locator("[data-say]")).to_have_text(re.compile("Not while a practice is under way"))

    await other.evaluate("window.done()")
    await press(page, "Set the PIN")

    await expect(page.locator("[data-say]")).to_have_text(re.compile("The PIN is set"))


@pytest.mark.thorough
async def test_what_is_kept_while_the_lock_is_exchanged_lies_under_the_new_one(pocket: Pocket, phone_page: Page):
    await phone_page.goto("/practice/device")
    await ask(phone_page, "phone.keep(values[0])", PRACTICE)
    # Asked for in the middle of the exchange, as when the programme comes in just then.
    await phone_page.evaluate(
        """() => {
          const made = crypto.subtle.deriveKey.bind(crypto.subtle);
          crypto.subtle.deriveKey = (...how) => {
            window.late = window.ebbPhone.keep({later: true});
            return made(...how);
          };
        }"""
    )

    assert await ask(phone_page, "phone.setPin('2468')") == {"open": True}

    assert await phone_page.evaluate("window.late")
    cold = await cold_start(pocket, "/practice/device")
    assert await ask(cold, "phone.unlock('2468')") == {"open": True}
    assert await ask(cold, "phone.underWay()") == {"later": True}


@pytest.mark.thorough
async def test_what_no_key_opens_holds_no_new_lock_up(phone_page: Page):
    page = phone_page
    await ask(page, "phone.keep(values[0])", PRACTICE)
    await page.evaluate(
        """() => new Promise((done) => {
          const asked = indexedDB.open("ebb");
          asked.onsuccess = () => {
            const tx = asked.result.transaction("boxes", "readwrite");
            const box = {nonce: new Uint8Array(12), bytes: new Uint8Array(40)};
            tx.objectStore("boxes").put(box, "bundle");
            tx.oncomplete = () => { asked.result.close(); done(); };
          };
        })"""
    )

    assert await ask(page, "phone.setPin('2468')") == {"open": True}

    assert await ask(page, "phone.underWay()") == PRACTICE


async def test_leaving_quickly_takes_the_key_out_of_memory(phone_page: Page):
    page = phone_page
    await set_pin(page, "2468")
    await ask(page, "phone.unlock('2468')")
    await ask(page, "phone.keep(values[0])", PRACTICE)
    # In the very task of leaving, while something is still on its way to be stored.
    state = await page.evaluate(
        """() => {
          const phone = window.ebbPhone;
          void phone.keep({later: true});
          document.dispatchEvent(new Event("ebb-leave"));
          return phone.state;
        }"""
    )
    assert state == "locked"
    assert await ask(page, "phone.bundle()") is None
    await ask(page, "phone.unlock('2468')")
    assert await ask(page, "phone.underWay()") == {"later": True}
