"""The cast in a browser: who signs in where, and what a page may not do."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
#: What the browser itself says of a network that a test takes away.
_NETWORK = ("ERR_INTERNET_DISCONNECTED", "WebSocket connection to", "ERR_CONNECTION", "ERR_NETWORK")


@dataclass
class Demo:
    """What `ebb demo --json` printed, and where it lives."""

    info: dict[str, Any]
    folder: Path
    log: Path
    used: int = 0

    @property
    def url(self) -> str:
        return str(self.info["url"])

    def next_pair(self) -> dict[str, str]:
        pair: dict[str, str] = self.info["pairs"][self.used]
        self.used += 1
        return pair


@dataclass
class Watch:
    """Listens to every page of a test."""

    origin: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    titles: set[str] = field(default_factory=set)

    def over(self, page: Page) -> None:
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(sign in message.text for sign in _NETWORK):
            self.complaints.append(f"{message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        self.addresses.append(request.url)
        own = (self.origin, self.origin.replace("http", "ws", 1), "data:", "blob:", "about:")
        if not request.url.startswith(own):
            self.strangers.append(request.url)


@dataclass
class House:
    """Opens windows for people of the demo, each with a cookie jar of its own."""

    browser: Browser
    demo: Demo
    watch: Watch
    contexts: list[BrowserContext] = field(default_factory=list)

    async def window(self, link: str, **options: Any) -> Page:
        """A window in which the person behind `link` is signed in."""
        context = await self.browser.new_context(**{"viewport": PHONE, **options})
        self.contexts.append(context)
        page = await context.new_page()
        self.watch.over(page)
        await page.goto(link)
        return page

    async def visit(self, **options: Any) -> "Visit":
        """A pair of the demo with a visit that is due, both at the door."""
        pair = self.demo.next_pair()
        therapist = await self.window(pair["therapist"], viewport=DESK)
        patient = await self.window(pair["patient"], **options)
        return Visit(house=self, pair=pair, therapist=therapist, patient=patient)

    async def close(self) -> None:
        for context in self.contexts:
            for page in context.pages:
                self.watch.titles.add(await page.title())
            await context.close()


@dataclass
class Visit:
    """Two people in one visit, in the words of the buttons they press."""

    house: House
    pair: dict[str, str]
    therapist: Page
    patient: Page

    @property
    def session(self) -> str:
        return self.pair["visit"]

    async def arrive(self) -> None:
        """The patient answers the arrival check and waits."""
        patient = self.patient
        for group in ("safe", "alone", "call_back", "well"):
            await patient.locator(f'[name="{group}"][value="yes"]').check(force=True)
        for box in ("telehealth_consent", "identity"):
            await patient.locator(f'[name="{box}"]').first.check(force=True)
        await patient.locator("form button[type=submit]").last.click()
        await expect(patient.locator("[data-session]")).to_have_attribute("data-connection", "live")

    async def admit(self) -> None:
        await self.therapist.goto(f"{self.house.demo.url}/sessions/{self.session}")
        await self.therapist.get_by_role("button", name="Admit").click()
        await expect(self.patient.get_by_role("button", name="Stop", exact=True)).to_be_visible()

    async def begin(self, exercise: str = "Soft belly breathing") -> None:
        """Offered, agreed, started: the pacer breathes on both screens."""
        await self.therapist.get_by_role("button", name=f"Offer {exercise}").click()
        await self.patient.get_by_role("button", name="Yes, let's start").click()
        await self.therapist.get_by_role("button", name="Start", exact=True).click()
        for page in (self.patient, self.therapist):
            await expect(page.locator("[data-pacer]").first).to_have_attribute("data-phase", "in", timeout=8000)

    async def under_way(self) -> None:
        await self.arrive()
        await self.admit()
        await self.begin()
