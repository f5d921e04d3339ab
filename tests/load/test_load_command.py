"""`ebb load` as a person starts it: what it finds out, and whom it turns away."""

import asyncio
import json
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from server.load.running import run
from server.load.seats import NoLoad, calling, pairs_of
from server.loopback import NotThisMachine, only_loopback
from tests.commands import Said, ebb
from tests.live.demo import Demo


async def load(*words: str) -> Said:
    # A proxy of this machine's is no way to this machine.
    proxy = "http://127.0.0.1:1"
    return await ebb("load", *words, COLUMNS="120", HTTP_PROXY=proxy, http_proxy=proxy)


async def test_pairs_speak_for_a_while_and_nothing_is_lost(tmp_path: Path):
    async with Demo(tmp_path, pairs=3) as demo:
        await links_are_for_programs_here_and_for_no_page(demo)
        first = await load("--url", demo.url, "--sessions", "3", "--seconds", "3", "--json")
        # The visits are open by now, and an exercise runs in each.
        again = await load("--url", f"http://localhost:{demo.port}", "--sessions", "2", "--seconds", "2")
        many = await load("--url", demo.url, "--sessions", "9")

    assert first.code == 0, first.err
    told = json.loads(first.out)
    assert told["sessions"] == 3
    assert told["acknowledged"] == told["commands"] >= 3 * 2 * 2
    assert told["refused"] == {}, told
    assert told["unanswered"] == told["cut"] == 0
    assert set(told["losses"].values()) == {0}
    for taken in (told["done_ms"], told["other_side_ms"]):
        assert 0 < taken["p50"] <= taken["p95"] <= taken["p99"] <= taken["worst"]
    assert told["events_per_second"] > 0

    assert again.code == 0, again.err
    assert "Nothing was lost, doubled, altered or out of order" in again.out
    assert "95 of 100" in again.out
    assert "Speaking" in again.err

    assert many.code == 1
    assert "this demo has 3." in many.err


async def links_are_for_programs_here_and_for_no_page(demo: Demo) -> None:
    async with aiohttp.ClientSession() as http:

        async def asked(**headers: str) -> tuple[int, str]:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            async with http.get(f"{demo.url}/demo/pairs", headers=named) as answer:
                return answer.status, await answer.text()

        status, body = await asked()
        assert status == 200
        assert [pair["visit"] for pair in json.loads(body)["pairs"]] == [pair["visit"] for pair in demo.info["pairs"]]
        for headers in (
            {"Sec_Fetch_Mode": "cors"},
            {"Sec_Fetch_Site": "same-origin"},
            {"Origin": demo.url},
            {"Referer": f"{demo.url}/desk"},
            {"X_Forwarded_For": "192.0.2.7"},
            {"Forwarded": "for=192.0.2.7"},
        ):
            assert (await asked(**headers))[0] == 404, headers
        # A name that leads here from elsewhere, as a page does that rebinds its own.
        assert (await asked(Host="rebound.example.org"))[0] == 421


async def test_a_server_that_dies_meanwhile_is_no_success(tmp_path: Path):
    async with Demo(tmp_path, pairs=2) as demo:
        loading = asyncio.create_task(load("--url", demo.url, "--sessions", "2", "--seconds", "60"))
        await _somebody_spoke(demo)
        demo.kill()
        result = await loading

    assert result.code == 1
    assert "Traceback" not in result.err
    assert "ebb: " in result.err


async def _somebody_spoke(demo: Demo) -> None:
    """What the load says stands in the record of its first visit, which its therapist may read as well."""
    links = demo.info["pairs"][0]
    await demo.sign_in("loaded", links["therapist"])
    async with aiohttp.ClientSession(headers={"Cookie": demo.cookies["loaded"]}) as http:
        async with asyncio.timeout(60):
            while True:
                async with http.get(f"{demo.url}/sessions/{links['visit']}/ledger.json") as answer:
                    if "message.said" in await answer.text():
                        return
                await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (200, '{"pairs": []}', "There are no pairs to load"),
        (200, "<p>Another page", "There are no pairs to load"),
        (404, "", "There are no pairs to load"),
        (503, "", "still making its people"),
    ],
)
async def test_what_is_no_demo_with_pairs_is_said_as_what_it_is(status: int, body: str, says: str):
    app = web.Application()

    async def pairs(_: web.Request) -> web.Response:
        return web.Response(status=status, text=body)

    app.router.add_get("/demo/pairs", pairs)
    async with TestServer(app, host="127.0.0.1") as server, calling(URL(f"http://127.0.0.1:{server.port}")) as http:
        with pytest.raises(NoLoad, match=says):
            await pairs_of(http, wanted=4)


async def test_where_nobody_answers_one_sentence_says_what_to_do():
    result = await load("--url", "http://127.0.0.1:1", "--sessions", "4")

    assert result.code == 1
    assert "ebb demo --pairs 4" in result.err
    assert "Traceback" not in result.err


async def test_a_load_that_could_not_be_remembered_does_not_begin():
    with pytest.raises(NoLoad, match="more than can be held against the record"):
        await run(URL("http://127.0.0.1:1"), sessions=5_000, seconds=3_600, tell=lambda _: None)


async def test_load_goes_to_this_machine_alone():
    result = await load("--url", "http://example.org")

    assert result.code == 1
    assert "this machine alone" in result.err


@pytest.mark.parametrize(
    "url",
    [
        "https://10.0.0.1:8420",
        "http://127.0.0.1.example.org",
        "http://[::ffff:a00:1]",
        "ftp://127.0.0.1",
        "127.0.0.1",
        "x",
    ],
)
def test_nor_to_what_looks_like_it(url: str):
    with pytest.raises(NotThisMachine):
        only_loopback(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8420", "http://localhost:1/x", "https://[::1]:8420", "http://127.9.9.9"]
)
def test_all_of_this_machines_own_names_will_do(url: str):
    assert only_loopback(url) == URL(url)


async def test_misuse_is_told_apart_from_failure():
    assert (await load("--url", "http://127.0.0.1:1", "--sessions", "0")).code == 2
