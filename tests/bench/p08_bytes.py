"""P8: bytes over the wire, how deep requests hang on each other, and who is asked, for pages opened cold."""

from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext

from tests.bench import screens, servers
from tests.bench.figures import Figure, at_most

KIB = 1024
SETTLE_MS = 3_000
#: Also of home practice, whose page is Today and the room in one.
_ROOM_KIB = 120


class Wire:
    """What Chromium's own network log says of one page."""

    def __init__(self, host: str) -> None:
        self.bytes = 0
        self.strangers: set[str] = set()
        self.depth_of: dict[str, int] = {}
        self._host = host

    def asked(self, event: dict[str, Any]) -> None:
        address = event["request"]["url"]
        if urlsplit(address).scheme not in ("http", "https"):
            return
        if urlsplit(address).netloc != self._host:
            self.strangers.add(address)
        self.depth_of.setdefault(address, self.depth_of.get(_cause(event["initiator"]), 0) + 1)

    def finished(self, event: dict[str, Any]) -> None:
        self.bytes += int(event["encodedDataLength"])

    @property
    def depth(self) -> int:
        return max(self.depth_of.values())


async def measure() -> list[Figure]:
    async with servers.ebb(2) as ebb, screens.chromium() as browser:
        arriving, inside = ebb.told["pairs"][:2]
        sign_in = await _opened(await screens.window(browser, ebb), "/sign-in")
        first = await _opened(await screens.window(browser, ebb, arriving["patient"]), f"/sessions/{arriving['visit']}")
        care = {
            name: await _opened(await screens.window(browser, ebb, link), path)
            for name, (link, path) in (await screens.care_pages(ebb)).items()
        }
        _, treated = await screens.somebody_treated(ebb)
        review = await _opened(await screens.window(browser, ebb, str(ebb.told["therapist"])), treated)
        async with screens.running_visit(ebb, 1):
            room = await _opened(await screens.window(browser, ebb, inside["patient"]), f"/sessions/{inside['visit']}")
    return [
        *_figures("sign-in", "sign-in, cold", sign_in, most_kib=60),
        *_figures("first", "patient's first page, the arrival check, cold", first, most_kib=60),
        *(
            figure
            for name, wire in care.items()
            for figure in _figures(name, f"{name}, cold", wire, most_kib=_ROOM_KIB if name == "practice" else 60)
        ),
        # It replays the rooms, with their water.
        *_figures("review", "review of a visit, cold", review, most_kib=_ROOM_KIB),
        *_figures("room", "patient's room while an exercise runs, cold", room, most_kib=_ROOM_KIB),
    ]


def _figures(name: str, what: str, wire: Wire, *, most_kib: int) -> list[Figure]:
    size = at_most(
        f"P8.{name}",
        what,
        wire.bytes / KIB,
        "KiB",
        bar=most_kib,
        beside=f"{len(wire.depth_of)} requests, {wire.depth} deep, {len(wire.strangers)} to strangers",
        requests=len(wire.depth_of),
        depth=wire.depth,
    )
    strangers = at_most(f"P8.{name}.strangers", "requests to strangers", len(wire.strangers), "", bar=0)
    if name == "room":
        return [size, strangers]
    return [size, at_most(f"P8.{name}.depth", "requests deep", wire.depth, "", bar=4), strangers]


async def _opened(context: BrowserContext, path: str) -> Wire:
    page = await context.new_page()
    log = await context.new_cdp_session(page)
    wire = Wire(urlsplit(str((await context.request.get("/healthz")).url)).netloc)
    log.on("Network.requestWillBeSent", wire.asked)
    log.on("Network.loadingFinished", wire.finished)
    await log.send("Network.enable")
    await page.goto(path)
    await page.wait_for_timeout(SETTLE_MS)
    await context.close()
    return wire


def _cause(initiator: dict[str, Any]) -> str:
    """The address of what asked: a document or a module; "" for the page itself."""
    if "url" in initiator:
        return str(initiator["url"])
    frames = initiator.get("stack", {}).get("callFrames", [])
    return str(frames[0]["url"]) if frames else ""
