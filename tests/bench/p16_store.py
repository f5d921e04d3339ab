"""P16: what a phone keeps to practise without a network, the voice left out."""

from typing import Final

from tests.bench import phones
from tests.bench.figures import Figure, at_most

MB: Final = 1_000_000
PRACTICES: Final = 4
#: Pages and their files, the programme and what waits; the browser's own word for how much room they take.
_USED: Final = "navigator.storage.estimate().then(({ usageDetails }) => usageDetails)"


async def measure() -> list[Figure]:
    """After some practices that wait to be delivered: a database takes more room than what lies in it."""
    async with phones.offline() as page:
        fresh = await page.evaluate(_USED)
        for _ in range(PRACTICES):
            await phones.begin(page)
            await page.get_by_role("button", name="Start", exact=True).click()
            await phones.end(page)
        used = await page.evaluate(_USED)
    return [
        at_most(
            "P16",
            f"offline store without voice, {PRACTICES} practices waiting",
            sum(used.values()) / MB,
            "MB",
            bar=2,
            beside=f"fresh {sum(fresh.values()) / MB:.2f} MB; pages {used.get('caches', 0) / MB:.2f}, "
            f"database {used.get('indexedDB', 0) / MB:.2f}",
            fresh=fresh,
            used=used,
        )
    ]
