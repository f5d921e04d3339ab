"""P10, the review: what reading a visit of 500 lines costs, and what each line beyond, wherever one reads."""

import tempfile
import time

import aiohttp

from tests.bench import rooms, servers
from tests.bench.figures import Figure, at_most
from tests.bench.servers import ROOT, Server

SHORT = 500
LONG = 10_000
WARM = 3
READS = 20
MOST_MS = 40
MOST_US_A_LINE = 10


async def measure() -> list[Figure]:
    """In CPU time of the whole server, the least of many: what it costs, and not what else the machine was doing.

    Page and replay each on their own; of a long one its first and last part.
    """
    home = ROOT / "var"
    home.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=home) as folder:
        async with servers.started("reviews", folder, str(SHORT), str(LONG)) as ebb:
            short, long = (f"/sessions/{ebb.told['visits'][str(many)]}" for many in (SHORT, LONG))
            async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
                cookie = await rooms.sign_in(http, ebb.origin + ebb.told["therapist"])
                cost = {
                    "page": await _cost_ms(ebb, http, cookie, f"{short}/review"),
                    "replay": await _cost_ms(ebb, http, cookie, f"{short}/replay.json"),
                    "first part": await _cost_ms(ebb, http, cookie, f"{long}/review"),
                    "last part": await _cost_ms(ebb, http, cookie, f"{long}/review?part=999"),
                }
    dearest = max(cost["first part"], cost["last part"])
    told = ", ".join(f"{name} {ms:.1f} ms" for name, ms in cost.items())
    return [
        at_most("P10.review", f"review of {SHORT} events, CPU", cost["page"], "ms", bar=MOST_MS, beside=told),
        at_most("P10.replay", f"replay of {SHORT} events, CPU", cost["replay"], "ms", bar=MOST_MS),
        at_most(
            "P10.review.long",
            f"each event beyond {SHORT}, of {LONG:,}",
            max(dearest - MOST_MS, 0) * 1000 / (LONG - SHORT),
            "µs",
            bar=MOST_US_A_LINE,
            beside=told,
        ),
    ]


async def _cost_ms(ebb: Server, http: aiohttp.ClientSession, cookie: str, path: str) -> float:
    headers = {"Cookie": cookie, "Accept": "text/html", "Accept-Encoding": "gzip"}

    took_ms = []
    for _ in range(WARM + READS):
        before = _cpu_ns(ebb)
        async with http.get(ebb.origin + path, headers=headers) as answer:
            assert answer.status == 200, f"{path} answered {answer.status}"
            await answer.read()
        took_ms.append((_cpu_ns(ebb) - before) / 1e6)
    return min(took_ms[WARM:])


def _cpu_ns(ebb: Server) -> int:
    """By the kernel's clock of that process, as `clock_getcpuclockid` names it: to the nanosecond, where the ticks of
    /proc are hundredths of a second, and with the threads that have ended."""
    return time.clock_gettime_ns(~ebb.told["pid"] << 3 | 2)
