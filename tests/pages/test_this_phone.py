"""What a phone is given to keep: the page about it, the service worker with its list, the icons, and the way out."""

import json
import re
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest

from server import wiring
from server.static_graph import MissingFile, files_of
from tests.live.house import House
from tools import icons

STATIC = Path(__file__).parent.parent.parent / "static"
EVERYBODY = ("therapist", "patient", "other_patient", "support", "owner", "")
#: Without the therapist's voice; everything that a phone without room to spare has to hold.
MOST_BYTES = 2_000_000


async def read(house: House, path: str, who: str = "", **headers: str) -> tuple[str, Any]:
    async with house.browsing(who) as http, http.get(path, headers=headers) as answer:
        assert answer.status == 200
        return await answer.text(), answer.headers


def told(script: str) -> dict[str, Any]:
    line = script.partition("\n")[0]
    found: dict[str, Any] = json.loads(line.removeprefix("self.ebb = ").removesuffix(";"))
    return found


@pytest.mark.parametrize("path", ["/practice", "/practice/device", "/sw.js"])
async def test_what_a_phone_keeps_is_the_same_for_everybody(house: House, path: str):
    texts = {(await read(house, path, who))[0] for who in EVERYBODY}

    assert len(texts) == 1


async def test_the_service_worker_names_every_file_that_the_shell_needs_and_no_page_of_anybody(house: House):
    script, headers = await read(house, "/sw.js")
    version = told(script)
    static = house.app[wiring.STATIC]

    assert headers["Service-Worker-Allowed"] == "/"
    assert headers["Cache-Control"] == "no-cache"
    assert "worker-src 'self'" in headers["Content-Security-Policy"]
    assert version["pages"] == ["/practice", "/practice/device", "/blank"]
    assert version["fallbacks"] == ["/", "/today"]
    for name in ("js/practice/phone.js", "js/practice/app.joined.js", "js/components/leave.js", "css/ebb.css"):
        assert static.url(name) in version["files"]
    # Whatever imports something of ours by another spelling than the one that is looked for would be missed.
    for name in (address.split("/", 3)[3] for address in version["files"]):
        body = static.body(name).decode() if name.endswith(".js") else ""
        for address in re.findall(r"""["'`](\.{1,2}/[\w./-]+)["'`]""", body):
            assert static.url(str((STATIC / name).parent.joinpath(address).resolve().relative_to(STATIC)))
            assert any(file.endswith(address.lstrip("./")) for file in version["files"]), f"{name}: {address}"


async def test_all_of_it_is_small(house: House):
    version = told((await read(house, "/sw.js"))[0])
    bodies = [house.app[wiring.STATIC].body(address.split("/", 3)[3]) for address in version["files"]]
    pages = [(await read(house, path))[0] for path in version["pages"]]

    assert sum(map(len, bodies)) + sum(map(len, pages)) < MOST_BYTES


async def test_another_language_is_another_version(spanish: House):
    one, other = [told((await read(spanish, "/sw.js", **{"Accept-Language": code}))[0]) for code in ("en", "es")]

    assert one["version"] != other["version"]
    assert any(address.endswith("words/es/practice.json") for address in other["files"])


async def test_a_script_that_imports_what_is_not_there_is_found_at_once(house: House):
    static = house.app[wiring.STATIC]
    with pytest.raises(MissingFile):
        files_of(static, f'<script src="/static/{static.version}/js/nowhere.js"></script>')


async def test_without_a_script_the_page_says_so_and_offers_nothing(house: House):
    text, _ = await read(house, "/practice/device")

    assert "needs JavaScript" in re.sub(r"\s+", " ", text)
    assert re.search(r'data-module="device" data-opening', text)


async def test_signing_out_clears_what_the_browser_keeps(house: House):
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": str(house.url.origin())}
    async with (
        house.browsing("patient") as http,
        http.post("/sign-out", headers=headers, allow_redirects=False) as answer,
    ):
        assert answer.status == 303
        assert answer.headers["Clear-Site-Data"] == '"storage"'


async def test_patients_pages_name_the_manifest_and_it_is_neutral(house: House):
    text, _ = await read(house, "/practice/device")
    found = re.search(r'<link rel="manifest" href="([^"]+)"', text)
    assert found is not None
    body, headers = await read(house, found[1])
    manifest = json.loads(body)

    assert headers["Content-Type"].startswith("application/manifest+json")
    assert (manifest["name"], manifest["short_name"]) == ("Ebb", "Ebb")
    assert "description" not in manifest
    # Not where one came from: an address with a mark in it would say so.
    assert (manifest["start_url"], manifest["scope"]) == ("/today", "/")
    for icon in manifest["icons"]:
        assert house.app[wiring.STATIC].body(icon["src"])


async def test_the_colours_around_an_installed_page_are_those_of_its_ground(house: House):
    css = (STATIC / "css" / "ebb.css").read_text(encoding="utf-8")
    light, dark = re.findall(r"--ebb-sand: (#\w{6});", css)
    text, _ = await read(house, "/practice/device")
    manifest = json.loads((STATIC / "manifest.webmanifest").read_text(encoding="utf-8"))

    assert re.findall(r'<meta name="theme-color"[^>]*content="(#\w+)"', text) == [light, dark]
    assert manifest["theme_color"] == manifest["background_color"] == light


@pytest.mark.parametrize("icon", icons.ICONS, ids=lambda icon: icon.name)
def test_an_icon_is_what_the_tool_draws_of_our_mark(icon: icons.Icon):
    png = (STATIC / "img" / icon.name).read_bytes()
    drawn = icons.draw(icons.mark(icons.MARK.read_text(encoding="utf-8")), icon)

    assert _pixels(png) == (icon.pixels, drawn)
    # Drawn, and not one plain ground.
    assert len(set(zip(*[iter(drawn)] * 4, strict=True))) > 10


def _pixels(png: bytes) -> tuple[int, bytes]:
    """Width, and the rows without the filter byte that our own tool never sets."""
    (width,) = struct.unpack(">I", png[16:20])
    (length,) = struct.unpack(">I", png[33:37])
    rows = zlib.decompress(png[41 : 41 + length])
    step = width * 4 + 1
    assert all(rows[at] == 0 for at in range(0, len(rows), step))
    return width, b"".join(rows[at + 1 : at + step] for at in range(0, len(rows), step))
