"""What Prometheus reads: the counts are true, nothing in it is anybody's, and the world does not reach it."""

import json
from pathlib import Path

import aiohttp
from prometheus_client import generate_latest

from server import wiring
from server.security import Event
from tests.live.house import House
from tests.live.visit import Pair
from tests.served import served


def _read(house: House) -> str:
    return generate_latest(house.app[wiring.METRICS].registry).decode()


def _value(text: str, line: str) -> float:
    found = [row for row in text.splitlines() if row.startswith(f"{line} ")]
    assert len(found) == 1, f"{line}: {found}"
    return float(found[0].rsplit(" ", 1)[1])


async def test_a_visit_is_counted_and_nobody_is_named(house: House):
    before = _value(_read(house), "ebb_events_stored_total")
    visit = Pair(await house.come("therapist"), await house.come("patient"))
    await visit.open()
    await visit.run()

    text = _read(house)

    assert _value(text, "ebb_rooms") == 1
    assert _value(text, "ebb_sockets") == 2
    assert _value(text, "ebb_events_stored_total") > before
    cast = house.cast
    for somebody in (cast.clinic, cast.patient, cast.therapist, cast.visit, *cast.tokens.values(), "127.0.0.1"):
        assert somebody not in text


async def test_a_request_is_counted_by_its_route_and_never_by_its_address(house: House):
    async with house.browsing("therapist") as http:
        await http.get(f"/patients/{house.cast.patient}", headers={"Accept": "text/html"})
        await http.get("/nowhere/at/all")
        await http.request("PUT", "/sign-in", headers={"Origin": str(house.url.origin())})

    text = _read(house)

    seen = 'ebb_request_seconds_count{method="GET",route="/patients/{id}",status="200"}'
    assert _value(text, seen) == 1
    assert _value(text, 'ebb_request_seconds_count{method="GET",route="none",status="404"}') == 1
    assert "nowhere" not in text
    assert 'method="PUT"' not in text
    assert 'method="other"' in text


async def test_what_somebody_tries_from_elsewhere_is_a_security_event(house: House, tmp_path: Path):
    file = tmp_path / "security.jsonl"
    await house.close()
    house.choose(security_log=file)
    await house.open()
    async with house.browsing("patient") as http:
        assert (await http.post("/sign-out", headers={"Origin": "https://elsewhere.example"})).status == 403
        assert (await http.get("/sign-in", headers={"Host": "elsewhere.example"})).status == 421

    lines = [json.loads(line) for line in file.read_text().splitlines()]

    assert [line["event"] for line in lines] == [Event.FOREIGN_ORIGIN, Event.FOREIGN_HOST]
    assert lines[0]["route"] == "/sign-out"
    assert file.stat().st_mode & 0o777 == 0o600
    text = _read(house)
    for line in lines:
        assert _value(text, f'ebb_security_events_total{{what="{line["event"]}"}}') == 1
        assert "elsewhere" not in json.dumps(line)


async def test_metrics_have_a_port_of_their_own(tmp_path: Path):
    async with served(EBB_DATA=str(tmp_path)) as (port, metrics_port), aiohttp.ClientSession() as http:
        async with http.get(f"http://127.0.0.1:{port}/metrics") as answer:
            assert answer.status == 404
        async with http.get(f"http://127.0.0.1:{metrics_port}/metrics") as answer:
            assert answer.status == 200
            text = await answer.text()
        async with http.get(f"http://127.0.0.1:{metrics_port}/sign-in") as answer:
            assert answer.status == 404
    assert "process_resident_memory_bytes" in text
    assert _value(text, "ebb_sockets") == 0
