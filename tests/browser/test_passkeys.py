"""Passkeys in a real Chromium, with a device made of software: WebAuthn over the DevTools protocol."""

import re
import sqlite3
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import CDPSession, Page, Route, expect

from tests.browser.looks import looked_at
from tests.browser.people import DESK, House, press

ADD, USE = "Add a passkey", "Sign in with a passkey"


@dataclass
class Device:
    """What keeps the passkeys of one window: a phone that knows the finger of its owner."""

    page: Page
    cdp: CDPSession
    id: str

    async def answers(self, *, at_once: bool) -> None:
        """Else its owner has not touched it yet."""
        await self._set("setAutomaticPresenceSimulation", enabled=at_once)

    async def knows_the_finger(self, *, known: bool) -> None:
        await self._set("setUserVerified", isUserVerified=known)

    async def keeps(self) -> list[dict[str, Any]]:
        credentials: list[dict[str, Any]] = (await self._set("getCredentials"))["credentials"]
        return credentials

    async def _set(self, what: str, **values: Any) -> dict[str, Any]:
        answer: dict[str, Any] = await self.cdp.send(f"WebAuthn.{what}", {"authenticatorId": self.id, **values})
        return answer


async def device_of(page: Page) -> Device:
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("WebAuthn.enable", {})
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = await cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return Device(page, cdp, made["authenticatorId"])


#: A browser that offers none in its own list: one of software takes the first by itself, before anybody can press.
_NO_LIST = "if (self.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = async () => false"


async def phone(house: House, link: str, *, lists: bool = False, **options: Any) -> Device:
    """Somebody signed in by a link of the demo, under a name: browsers know no passkeys for numbers."""
    house.wire.target = house.demo.port
    by_name = {"base_url": house.demo.url_by_wire, **options}
    page = await house.window(link.replace("127.0.0.1", "localhost"), **by_name)
    if not lists:
        await page.context.add_init_script(_NO_LIST)
    return await device_of(page)


async def add(device: Device, name: str = "") -> None:
    await device.page.goto("/account/passkeys/new")
    await device.page.get_by_label("What to call it").fill(name)
    await press(device.page, ADD)
    await expect(device.page.get_by_text("Your passkey is ready.")).to_be_visible()


async def sign_out(device: Device) -> None:
    await device.page.goto("/account")
    await press(device.page, "Sign out")
    await expect(device.page).to_have_url(re.compile("/sign-in$"))
    await device.page.wait_for_load_state()


async def says(page: Page, words: str) -> None:
    await expect(page.locator("[data-passkey-status]")).to_have_text(words)


async def test_a_patient_makes_one_signs_out_and_is_let_in_by_it(house: House):
    device = await phone(house, house.demo.next_pair()["patient"])
    page = device.page
    await page.goto("/account")
    await page.get_by_role("link", name=ADD).click()
    await add(device, "My phone")
    await expect(page.get_by_role("heading", name="My phone")).to_be_visible()
    (kept,) = await device.keeps()
    # What the device shows to whoever holds it.
    assert (kept["rpId"], kept["userName"], kept["userDisplayName"]) == ("localhost", "My phone", "My phone")

    await sign_out(device)
    await press(device.page, USE)
    await expect(page).to_have_url(re.compile("/today$"))
    assert (await device.keeps())[0]["signCount"] > kept["signCount"]


@pytest.mark.thorough
async def test_the_browsers_own_list_lets_in_too(house: House):
    """Chromium's device of software takes the first of the list by itself, as a person would by a touch."""
    device = await phone(house, house.demo.next_pair()["patient"], lists=True)
    await add(device)
    await device.answers(at_once=False)
    await sign_out(device)
    await expect(device.page.get_by_label("E-mail address")).to_have_attribute("autocomplete", "username webauthn")

    await device.answers(at_once=True)
    await device.page.goto("/sign-in?next=/words")
    await expect(device.page).to_have_url(re.compile("/words$"))


async def test_for_staff_it_is_both_steps(house: House):
    device = await phone(house, house.demo.next_pair()["therapist"], viewport=DESK)
    await add(device)
    await sign_out(device)
    await press(device.page, USE)
    await expect(device.page).to_have_url(re.compile("/desk$"))

    await device.page.goto("/account")
    await device.page.get_by_role("link", name="Rename or remove").click()
    await expect(device.page.get_by_text("This is the only second step that you have.")).to_be_visible()
    await expect(device.page.get_by_role("button", name="Remove this passkey")).to_have_count(0)


async def test_what_was_stopped_has_changed_nothing_and_goes_on_when_asked_again(house: House):
    device = await phone(house, house.demo.next_pair()["patient"])
    page = device.page
    await device.knows_the_finger(known=False)
    await page.goto("/account/passkeys/new")
    await press(page, ADD)
    await says(page, "That was stopped, and nothing has changed. Try again whenever you like.")
    assert await device.keeps() == []

    await device.knows_the_finger(known=True)
    await press(page, ADD)
    await expect(page.get_by_text("Your passkey is ready.")).to_be_visible()
    await sign_out(device)
    await device.knows_the_finger(known=False)
    await press(device.page, USE)
    await says(page, "That was stopped, and nothing has changed. Try again whenever you like.")
    await device.knows_the_finger(known=True)
    await press(page, USE)
    await expect(page).to_have_url(re.compile("/today$"))


async def test_what_was_waited_for_in_vain_is_told_so(house: House):
    """A browser says the same of both, cancelling and waiting; how long it took is all that tells them apart."""
    device = await phone(house, house.demo.next_pair()["patient"])
    await device.knows_the_finger(known=False)
    await device.page.goto("/account/passkeys/new")

    async def hurry(route: Route) -> None:
        answer = await route.fetch()
        given = await answer.json()
        given["options"]["timeout"] = 1
        await route.fulfill(response=answer, json=given)

    await device.page.route("**/account/passkeys/options", hurry)
    await press(device.page, ADD)
    await says(device.page, "Your device waited, and then stopped asking. Try again whenever you like.")


@pytest.mark.thorough
async def test_a_page_that_was_left_open_asks_anew(house: House):
    """What the server asks for holds for 10 minutes, and the browser's own list may wait for hours."""
    device = await phone(house, house.demo.next_pair()["patient"], lists=True)
    page = device.page
    await add(device)
    await device.answers(at_once=False)
    await sign_out(device)
    await page.clock.install()
    async with page.expect_request("**/sign-in/passkey/options"):
        await page.goto("/sign-in")
    async with page.expect_request("**/sign-in/passkey/options"):
        await page.clock.fast_forward(10 * 60_000)
    await press(page, USE)
    await says(page, "Your device asks you now.")


@pytest.mark.thorough
async def test_a_device_that_has_one_already_makes_no_second(house: House):
    device = await phone(house, house.demo.next_pair()["patient"])
    await add(device)
    await device.page.goto("/account/passkeys/new")
    await press(device.page, ADD)

    await says(device.page, "This device has a passkey for Ebb already. You can sign in with it.")
    assert len(await device.keeps()) == 1


async def test_a_lost_phone_is_shut_out_from_another_device(house: House):
    house.watch.expected = ("422",)
    link = house.demo.next_pair()["patient"]
    lost, laptop = await phone(house, link), await phone(house, link, viewport=DESK)
    await add(lost, "Lost phone")
    await sign_out(lost)
    await add(laptop, "Laptop")

    row = laptop.page.get_by_role("listitem").filter(has_text="Lost phone")
    await row.get_by_role("link", name="Rename or remove").click()
    await press(laptop.page, "Remove this passkey")
    await expect(laptop.page.get_by_text("The passkey is removed.")).to_be_visible()
    await expect(laptop.page.get_by_role("heading", name="Lost phone")).to_have_count(0)

    await press(lost.page, USE)
    await expect(lost.page.get_by_role("alert")).to_contain_text("This passkey is no longer known here.")
    await sign_out(laptop)
    await press(laptop.page, USE)
    await expect(laptop.page).to_have_url(re.compile("/today$"))


@pytest.mark.thorough
async def test_who_one_is_is_shown_once_more_by_it(own_house: House):
    device = await phone(own_house, own_house.demo.next_pair()["patient"])
    page = device.page
    await add(device)
    # In the demo a proof holds as long as the login: it is taken away, as time does elsewhere.
    with sqlite3.connect(own_house.demo.folder / "data" / "ebb.db", timeout=10) as database:
        database.execute("UPDATE login SET proved_ms = NULL")
    await page.goto("/account/passkeys/new")
    await expect(page).to_have_url(re.compile("/prove"))

    await press(page, "Use a passkey")
    await expect(page).to_have_url(re.compile("/account/passkeys/new$"))


@pytest.mark.thorough
async def test_a_number_in_place_of_a_name_is_told(house: House):
    words = "A passkey belongs to a name, and the address of this page is a number. Open Ebb by its name to use one."
    page = await house.window("/sign-in")
    await expect(page.get_by_text(words)).to_be_visible()
    await expect(page.get_by_role("button", name=USE)).to_have_count(0)
    await expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_enabled()

    # Whoever is signed in at a number is told as well.
    await page.goto(house.demo.next_pair()["patient"])
    await page.goto("/account/passkeys/new")
    await says(page, words)
    await expect(page.get_by_role("button", name=ADD)).to_be_disabled()


async def test_a_browser_without_passkeys_is_told(house: House):
    house.wire.target = house.demo.port
    page = await house.window(base_url=house.demo.url_by_wire)
    await page.add_init_script("delete window.PublicKeyCredential")
    await page.goto("/sign-in")
    await says(page, "This browser knows no passkeys. Use another way, or another browser.")
    await expect(page.get_by_role("button", name=USE)).to_be_disabled()


async def test_a_server_that_is_away_is_told(house: House):
    house.watch.expected = ("ERR_FAILED",)
    device = await phone(house, house.demo.next_pair()["patient"])
    await device.page.goto("/account/passkeys/new")
    await device.page.route("**/account/passkeys/options", lambda route: route.abort())
    await press(device.page, ADD)
    await says(device.page, "The server did not answer. Check the network, then try again.")

    await device.page.unroute("**/account/passkeys/options")
    await press(device.page, ADD)
    await expect(device.page.get_by_text("Your passkey is ready.")).to_be_visible()


async def test_without_a_script_the_page_says_so_and_the_password_is_there(house: House):
    house.watch.expected = ("422",)
    house.wire.target = house.demo.port
    page = await house.window("/sign-in", base_url=house.demo.url_by_wire, java_script_enabled=False)
    await expect(page.locator("noscript p")).to_be_visible()
    await expect(page.locator("noscript p")).to_have_text(re.compile("^A passkey needs JavaScript"))
    await press(page, USE)
    await expect(page.get_by_role("alert")).to_contain_text("A passkey needs JavaScript")
    await expect(page.get_by_label("Password")).to_be_editable()


@pytest.mark.thorough
async def test_axe_and_320_px(house: House):
    device = await phone(house, house.demo.next_pair()["patient"])
    page = device.page
    await device.knows_the_finger(known=False)
    await page.goto("/account/passkeys/new")
    await press(page, ADD)
    await says(page, "That was stopped, and nothing has changed. Try again whenever you like.")
    found = {"stopped": await looked_at(page)}
    await device.knows_the_finger(known=True)
    await add(device, "A name that is longer than most others, so that it breaks")
    found["devices"] = await looked_at(page)
    await page.get_by_role("link", name="Rename or remove").click()
    found["one of them"] = await looked_at(page)
    await sign_out(device)
    found["sign-in"] = await looked_at(page)

    assert found == {where: [] for where in found}
