"""Takes the README's picture: both screens of a running visit, side by side, in the same breath."""

import asyncio
import base64
import json
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Page, ViewportSize, async_playwright

from tools.get_chromium import find_chromium

TO = Path(__file__).parent.parent / "docs" / "img" / "both-screens.png"
DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 800}
INTO_THE_BREATH_MS = 2_600


async def take(info: dict[str, str], chromium: str) -> bytes:
    """A visit on stage in two windows, and one picture of both."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        therapist = await (await browser.new_context(viewport=DESK)).new_page()
        patient = await (await browser.new_context(viewport=PHONE)).new_page()
        await patient.goto(info["patient"])
        for question in ("safe", "alone", "call_back", "well"):
            await patient.locator(f'[name="{question}"][value="yes"]').check(force=True)
        for box in ("identity", "telehealth_consent"):
            await patient.locator(f'[name="{box}"]').check(force=True)
        await patient.locator('[name="place"]').fill("At home")
        await patient.get_by_role("button", name="I am here").click()
        await patient.locator('[data-connection="live"]').wait_for()
        await therapist.goto(info["therapist"])
        await therapist.goto(f"{info['url']}/sessions/{info['visit']}")
        await therapist.get_by_role("button", name="Admit").click()
        offer = therapist.locator("li", has_text="Soft belly breathing").get_by_role("button", name="Offer")
        await offer.click()
        await patient.get_by_role("button", name="Yes, let's start").click()
        await therapist.get_by_role("button", name="Start", exact=True).click()
        await patient.locator('[data-pacer][data-phase="out"]').wait_for()
        await therapist.get_by_role("button", name="Next step").click()
        await patient.get_by_role("button", name="I feel uneasy").click()
        await patient.get_by_role("button", name="I feel settled").click()
        await patient.locator('[data-pacer][data-phase="out"]').wait_for()
        await patient.locator('[data-pacer][data-phase="in"]').wait_for()
        await asyncio.sleep(INTO_THE_BREATH_MS / 1000)
        shots = await asyncio.gather(therapist.screenshot(), patient.screenshot())
        both = await _side_by_side(await browser.new_page(), [base64.b64encode(shot).decode() for shot in shots])
        await browser.close()
        return both


async def _side_by_side(page: Page, pictures: list[str]) -> bytes:
    gap = 24
    width = DESK["width"] + PHONE["width"] + 3 * gap
    await page.set_viewport_size({"width": width, "height": DESK["height"] + 2 * gap})
    images = "".join(f'<img src="data:image/png;base64,{one}">' for one in pictures)
    style = f"body{{margin:{gap}px;display:flex;gap:{gap}px;background:#cdc2b8}}img{{border-radius:20px;height:800px}}"
    await page.set_content(f"<style>{style}</style>{images}")
    return await page.screenshot()


def main() -> int:
    chromium = find_chromium()
    if chromium is None:
        print("No Chromium: run `python -m tools.get_chromium` first.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "server", "demo", "--port", "0", "--data", folder, "--json"],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            picture = asyncio.run(take(json.loads(process.stdout.readline()), chromium))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)
    TO.parent.mkdir(parents=True, exist_ok=True)
    TO.write_bytes(picture)
    print(f"{TO}: {len(picture) // 1024} KiB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
