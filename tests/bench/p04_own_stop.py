"""P4: in how many frames the patient's own screen has stopped, with the network gone."""

from playwright.async_api import Page

from tests.bench import screens, servers
from tests.bench.figures import Figure, at_most

STOPS = 3
READY_MS = 20_000
#: Counts the frames from the press on. Shown to have stopped: the pacer, or the room's scene.
_COUNT = """() => {
  const stopped = () =>
    document.querySelector('[data-pacer][data-phase="stopped"]') !== null ||
    document.querySelector('[data-session][data-scene="stopped"]') !== null;
  window.frames_until_stopped = new Promise((resolve) => {
    addEventListener("click", () => {
      let frames = 0;
      const look = () => {
        frames += 1;
        if (stopped() || frames > 300) resolve(frames);
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    }, { capture: true, once: true });
  });
}"""


async def measure() -> list[Figure]:
    frames = []
    async with servers.ebb(STOPS) as ebb, screens.chromium() as browser:
        for number in range(STOPS):
            async with screens.running_visit(ebb, number):
                links = ebb.told["pairs"][number]
                context = await screens.window(browser, ebb, links["patient"])
                page = await context.new_page()
                await page.goto(f"/sessions/{links['visit']}")
                frames.append(await frames_until_stopped(page))
                await context.close()
    return [
        at_most(
            "P4",
            f"frames until the own screen has stopped, offline, worst of {STOPS}",
            max(frames),
            "frames",
            bar=1,
            beside="0 network messages: the browser is offline",
        )
    ]


async def frames_until_stopped(page: Page) -> int:
    await page.locator('[data-session][data-connection="live"]').wait_for(timeout=READY_MS)
    await page.locator('[data-session][data-scene="running"]').wait_for(timeout=READY_MS)
    await page.context.set_offline(True)
    await page.evaluate(_COUNT)
    await page.get_by_role("button", name="Stop", exact=True).click()
    return int(await page.evaluate("() => window.frames_until_stopped"))
