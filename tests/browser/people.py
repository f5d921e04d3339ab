"""The cast in a browser: who signs in where, what they press, and what a page may not do."""

import asyncio
import os
import re
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, Route, expect

from server.load.seats import Seat
from tests.browser.demo import Demo
from tests.browser.doors import doors_open
from tests.browser.wire import Wire

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
#: How long anything on screen is waited for: far above what it takes, on a machine that does other things too.
PATIENCE_MS = 12_000
#: Between two tries to reach the server a page waits up to 20 s.
RETRY_MS = 30_000
CALM = "Soft belly breathing"
INSIDE = "Dilator session"
#: By how much every script comes late, as over a bad Wi-Fi: finds tests, and pages, that count on one being there.
LATE_MS = int(os.environ.get("EBB_LATE_SCRIPTS_MS", "0"))
#: What a Chromium on Linux says of a feature that it has on other systems alone.
_ELSEWHERE = ("Unrecognized feature: 'bluetooth'",)
#: What the browser itself says of a network that a test takes away.
_NETWORK = ("ERR_INTERNET_DISCONNECTED", "WebSocket connection to", "ERR_CONNECTION", "ERR_NETWORK", "ERR_EMPTY")


@dataclass
class Watch:
    """Listens to every page of a test."""

    origins: tuple[str, ...]
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    addresses: set[str] = field(default_factory=set)
    titles: set[str] = field(default_factory=set)
    #: Answers that a test asks for on purpose, such as a 404; the browser complains of each.
    expected: tuple[str, ...] = ()

    def over(self, page: Page) -> None:
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        known = (*_NETWORK, *_ELSEWHERE, *self.expected)
        if message.type in ("error", "warning") and not any(sign in message.text for sign in known):
            self.complaints.append(f"{message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        self.addresses.add(request.url)
        own = (*self.origins, *(origin.replace("http", "ws", 1) for origin in self.origins))
        if not request.url.startswith((*own, "data:", "blob:", "about:")):
            self.strangers.append(request.url)


@dataclass
class House:
    """Opens windows for people of the demo, each with a cookie jar of its own."""

    browser: Browser
    demo: Demo
    wire: Wire
    watch: Watch
    #: What its people ask of movement, unless a window says otherwise.
    motion: str = "no-preference"
    contexts: list[BrowserContext] = field(default_factory=list)

    async def window(self, address: str = "", **options: Any) -> Page:
        """A window of its own; `address` may be a sign-in link of the demo, a path, or nothing."""
        usual = {"viewport": PHONE, "base_url": self.demo.url, "reduced_motion": self.motion}
        context = await self.browser.new_context(**{**usual, **options})
        context.set_default_timeout(PATIENCE_MS)
        self.contexts.append(context)
        if LATE_MS:
            await context.route("**/*.js*", _late)
        page = await context.new_page()
        self.watch.over(page)
        if address:
            await page.goto(address)
        return page

    async def visit(self, *, by_wire: bool = False, **options: Any) -> "Visit":
        """A pair of the demo with a visit that is due. `by_wire`: the patient's network can be cut."""
        pair = self.demo.next_pair()
        return await self.meet(pair["therapist"], pair["patient"], pair["visit"], by_wire=by_wire, **options)

    async def meet(
        self, therapist: str, patient: str, session: str, *, by_wire: bool = False, **options: Any
    ) -> "Visit":
        if by_wire:
            patient, options = self._over_the_wire(patient, options)
        return Visit(
            house=self,
            session=session,
            therapist=await self.window(therapist, viewport=DESK),
            patient=await self.window(patient, **options),
        )

    async def opened(self, *, by_wire: bool = False, running: bool = False, **options: Any) -> "Visit":
        """
        The same as `(await visit()).open()`, at half the price: two programs let each other in, and the windows come
        into a room that is open. No button has been pressed in them yet.
        """
        pair = self.demo.next_pair()
        patient = pair["patient"]
        if by_wire:
            patient, options = self._over_the_wire(patient, options)
        windows = await self.window(viewport=DESK), await self.window(**options)
        seats = [
            await _signed_in(page, link, pair["visit"])
            for page, link in zip(windows, (pair["therapist"], patient), strict=True)
        ]
        visit = Visit(house=self, session=pair["visit"], therapist=windows[0], patient=windows[1])
        async with doors_open(self.demo.url, *seats, running=running):
            for page in windows:
                await page.goto(f"/sessions/{visit.session}")
            for page in windows:
                await is_live(page)
                await scene(page, "running" if running else "idle")
        return visit

    async def running(self, **options: Any) -> "Visit":
        """The same as `(await visit()).running()`, in the way of `opened`."""
        return await self.opened(running=True, **options)

    def _over_the_wire(self, patient: str, options: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        self.wire.target = self.demo.port
        return patient.replace("127.0.0.1", "localhost"), {"base_url": self.demo.url_by_wire, **options}

    async def close(self) -> None:
        for context in self.contexts:
            for page in context.pages:
                self.watch.titles.add(await page.title())
            await context.close()


@dataclass
class Visit:
    """Two people in one visit, in the words of the buttons they press."""

    house: House
    session: str
    therapist: Page
    patient: Page

    @property
    def both(self) -> tuple[Page, Page]:
        return self.patient, self.therapist

    async def arrive(self) -> None:
        """The patient answers the arrival check and waits."""
        await answer_arrival(self.patient)
        await self.patient.get_by_role("button", name="I am here").click()
        await is_live(self.patient)

    async def enter(self) -> None:
        """The therapist comes into the room."""
        await self.therapist.goto(f"/sessions/{self.session}")
        await is_live(self.therapist)

    async def admit(self) -> None:
        await self.enter()
        await press(self.therapist, "Admit")
        await expect(self.patient.get_by_role("button", name="I feel uneasy")).to_be_visible()

    async def open(self) -> "Visit":
        """Arrived and admitted; nothing has begun."""
        await self.arrive()
        await self.admit()
        return self

    async def offer(self, exercise: str = CALM) -> None:
        row = self.therapist.locator("[data-offers] li", has_text=exercise)
        await row.get_by_role("button", name="Offer").click()
        await expect(self.patient.get_by_role("button", name="Not today")).to_be_visible()

    async def agree(self) -> None:
        await press(self.patient, "Yes, let's start")
        await expect(self.therapist.get_by_role("button", name="Start", exact=True)).to_be_visible()

    async def begin(self, exercise: str = CALM) -> None:
        """Offered, agreed, started: both screens are on stage, and the breath begins."""
        await self.offer(exercise)
        await self.agree()
        await press(self.therapist, "Start")
        for page in self.both:
            await scene(page, "running")

    async def breathe(self) -> None:
        """Until both screens have begun a breath on a measured clock."""
        for page in self.both:
            await expect(pacer(page)).to_have_attribute("data-sync", "in-sync", timeout=15_000)
            await phase(page, "in", "out")

    async def running(self) -> "Visit":
        await self.open()
        await self.begin()
        return self

    async def end(self) -> None:
        await press(self.therapist, "End visit")
        await press(self.therapist, "Yes, end it")
        for page in self.both:
            await connection(page, "ended")

    async def ledger(self) -> list[dict[str, Any]]:
        """Every event of this visit as its therapist may read it."""
        answer = await self.therapist.request.get(f"{self.house.demo.url}/sessions/{self.session}/ledger.json")
        events: list[dict[str, Any]] = (await answer.json())["events"]
        return events

    async def stops(self) -> list[dict[str, Any]]:
        return [line["event"] for line in await self.ledger() if line["event"]["type"] == "session.stopped"]


async def _late(route: Route) -> None:
    await asyncio.sleep(LATE_MS / 1000)
    await route.fallback()


async def _signed_in(page: Page, link: str, session: str) -> Seat:
    """By a link of the demo, without a page."""
    await page.request.get(link, max_redirects=0)
    cookies = await page.context.cookies()
    return Seat(cookie="; ".join(f"{one.get('name')}={one.get('value')}" for one in cookies), visit=session)


async def answer_arrival(patient: Page) -> None:
    for group in ("safe", "alone", "call_back", "well"):
        await patient.locator(f'[name="{group}"][value="yes"]').check(force=True)
    for box in ("telehealth_consent", "identity"):
        await patient.locator(f'[name="{box}"]').check(force=True)


def stop_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Stop", exact=True)


def pacer(page: Page) -> Locator:
    return page.locator("[data-pacer]")


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=name in ("Start", "Stop", "Pause", "Slower", "Sign in")).click()


async def go_on(patient: Page) -> None:
    """Ready again after a stop. Stop is told before it is stored, and only what is stored can be lifted."""
    await is_told(patient)
    await press(patient, "I'm ready to go on")


async def is_told(patient: Page) -> None:
    """Until the patient's screen says that the stop is stored."""
    await expect(patient.locator("[data-sync-words]")).to_have_text(re.compile("knows and waits|is away"))


async def phase(page: Page, *names: str) -> None:
    """Until the pacer of this page is in one of these phases."""
    wanted = ", ".join(f'[data-pacer][data-phase="{name}"]' for name in names)
    await expect(page.locator(wanted)).to_have_count(1)


def seen(page: Page, words: str) -> Locator:
    """Words in sight of whoever looks at a room: its twin for screen readers comes to hold the same in a moment."""
    return page.get_by_text(words).and_(page.locator(":not([data-announce])"))


async def scene(page: Page, name: str) -> None:
    await expect(page.locator("[data-session]")).to_have_attribute("data-scene", name)


async def connection(page: Page, state: str) -> None:
    await expect(page.locator("[data-session]")).to_have_attribute("data-connection", state, timeout=RETRY_MS)


async def is_live(page: Page) -> None:
    await connection(page, "live")


async def until(page: Page, holds: str, **options: Any) -> None:
    """Until an expression of the page's own script is true."""
    await page.wait_for_function(holds, **options)


async def clear(therapist: Page, *, reason: str = "Nothing found that speaks against it") -> None:
    """The therapist records the clearance on the page that is open, with the two smallest sizes."""
    await therapist.get_by_label("Examined by whom, and when?").fill("Dr. Invented, last week")
    for box in await therapist.locator('[name="asked"]').all():
        await box.check()
    await therapist.get_by_label("What you found").fill(reason)
    await therapist.get_by_label("This person is 18 or older.").check()
    await therapist.get_by_text("Not pregnant", exact=True).click()
    await therapist.get_by_label(INSIDE).check()
    for size in ("size-1", "size-2"):
        await therapist.locator(f'[name="rungs"][value="{size}"]').check()
    await therapist.locator('[name="rung"][value="size-2"]').check()
    await press(therapist, "Clear internal work")
    await expect(therapist.get_by_role("button", name="Store exercises and sizes")).to_be_visible()


async def to_clearance(therapist: Page) -> None:
    """From the desk to the clearance of the only patient on it."""
    await therapist.goto("/desk")
    await therapist.locator(".ebb-caseload tbody a").first.click()
    await therapist.get_by_role("link", name="Clearance", exact=True).click()
