"""Addresses, names and redirects that mean something else than they say, and text that wants to be more than text."""

import html
import re

import pytest
from yarl import URL

from server import wiring
from server.accounts import invitations
from tests.hostile.raw import line
from tests.live.house import House
from tests.pages.reader import Reader, reading
from tests.pages.test_nonsense_in_forms import PAGES, forms_of
from tests.pages.test_thieves import EMAIL, PASSWORD, person_of, with_a_password
from tests.pages.walls import READS, WRITES, address

# Paths

#: Each asks for something outside, or for a page by another name.
TRICKS = (
    "/static/x/../../server.key", "/static/x/%2e%2e/%2e%2e/etc/passwd", "/static/x/..%2f..%2fserver.key",
    "/static/x/%2e%2e%2fserver.key", "/static/x/..%5c..%5cserver.key", "/static/x/....//....//etc/passwd",
    "/static/x/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd", "/static/x/%e0%80%ae%e0%80%ae/etc/passwd",
    "/static/x/%252e%252e%252fserver.key", "/static/x//etc/passwd", "/static/x/%00", "/static/x/css/ebb.css%00.png",
    "/static/x/css/ebb.css/", "/static/x/file:///etc/passwd", "/static/../server.key", "/../../../../etc/passwd",
    "/..%2f..%2f..%2fetc%2fpasswd", "/desk/", "/desk/.", "/desk/..", "//desk", "/./desk", "/desk;x=y", "/desk%2f",
    "/desk%00", "/desk%20", "/Desk", "/%64esk/x", "\\desk", "/\\desk", "/sign-in/../desk", "/sign-in/%2e%2e/desk",
    "/.git/config", "/.env", "/ebb.db", "/var/ebb.db", "/server.key", "/demo/anything",
    "/sessions/..%2f{visit}", "/patients/%2e%2e/{patient}", "/patients/{patient}%2fclearance", "/patients/{patient}%00",
    "/sessions/{visit}/ledger.json/", "/sessions/{visit}%2fledger.json", "/sessions//ledger.json",
)  # fmt: skip


async def test_no_path_leads_anywhere_else(house: House):
    cast, answered = house.cast, {}
    for who in ("stranger", ""):
        cookie = f"Cookie: ebb={cast.tokens[who]}" if who else "Accept-Language: en"
        for trick in TRICKS:
            path = trick.format(visit=cast.visit, patient=cast.patient)
            async with line(house) as somebody:
                await somebody.say(somebody.head(f"GET {path} HTTP/1.1", "Accept: text/html", cookie))
                status, headers, body = await somebody.answer()
            assert b"root:" not in body
            assert b"SQLite" not in body
            answered[who, path] = (status, headers.get("location", ""))

    # Nobody is sent to sign in, and then to a 404; a therapist of another clinic is told that there is nothing.
    opened = {at: found for at, found in answered.items() if found[0] not in (400, 401, 404, 302)}
    assert opened == {}
    assert {found[1].partition("?")[0] for found in answered.values() if found[0] == 302} == {"/sign-in"}


async def test_letters_that_are_none_are_not_there(house: House):
    """UTF-8 that is cut, too long or half a pair: in a path, a query and a form."""
    broken = ("%ff", "%c3", "%c0%af", "%ed%a0%80", "%f8%88%80%80%80", "%f4%90%80%80", "%", "%z", "%u0041")
    async with line(house) as somebody:
        cookie = f"Cookie: ebb={house.cast.tokens['therapist']}"
        for letters in broken:
            for path in (
                f"/patients/{letters}",
                f"/library?q={letters}",
                f"/desk?{letters}={letters}",
                f"/i/{letters}",
            ):
                await somebody.say(somebody.head(f"GET {path} HTTP/1.1", "Accept: text/html", cookie))
                assert (await somebody.answer())[0] in (200, 400, 404), path
            body = f"code={letters}&{letters}=1".encode()
            await somebody.say(somebody.form(f"Content-Length: {len(body)}") + body)
            assert (await somebody.answer())[0] == 422


# Names of ours


FOREIGN = (
    "evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example:{port}",
    "{own}@evil.example", "[::1", "", "a" * 300,
)  # fmt: skip


@pytest.mark.parametrize("host", FOREIGN)
async def test_whoever_calls_us_by_another_name_gets_no_page(house: House, host: str):
    host = host.replace("{port}", str(house.url.port)).replace("{own}", house.url.raw_authority)
    async with line(house) as somebody:
        head = f"GET /sign-in HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Host: evil.example\r\nConnection: close\r\n\r\n"
        await somebody.say(head.encode())
        answered = await somebody.rest()

    assert re.match(rb"HTTP/1\.[01] (421|400) ", answered), answered[:100]
    assert b"evil.example" not in answered


async def test_what_a_proxy_is_told_names_no_address_of_ours(house: House):
    """Links that people are given are built of the settings, or of the address that was checked."""
    names = ("X-Forwarded-Host", "X-Host", "X-Original-URL", "X-Rewrite-URL", "Forwarded", "X-Forwarded-Server")
    forged = dict.fromkeys(names, "evil.example")
    async with reading(house, "therapist") as therapist:
        therapist.headers |= forged
        page = await therapist.opens("/desk")
        made = await therapist.sends("/patients/new", {"name": "Kim", "email": "", "birth_year": "1990"})
        invited = await therapist.sends(f"/patients/{house.cast.patient}/invite")

    assert page.status == 200
    for answer in (page, made, invited):
        assert "evil.example" not in answer.body
    assert f"http://{house.url.raw_authority}/i/" in html.unescape(invited.body)


# Redirects

ELSEWHERE = (
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/%09/evil.example", "/\t/evil.example",
    "https://evil.example", "https:evil.example", "javascript:alert(1)", "data:text/html,x", "//evil.example/..",
    "/\u2028/evil.example", "/\n/evil.example", "/%5cevil.example", ".evil.example", "@evil.example",
    "%2f%2fevil.example", " //evil.example", "/\u00a0//evil.example", "/.//evil.example", "/..//evil.example",
)  # fmt: skip


def leads_away(location: str) -> bool:
    """As a browser reads it: backslashes are slashes, and tabs and line ends are nothing at all."""
    read = re.sub(r"[\t\r\n]", "", location).strip().replace("\\", "/")
    here = URL("http://here.example/sign-in")
    try:
        return here.join(URL(read)).host != "here.example"
    except ValueError:
        return True


def test_this_test_would_notice_a_way_out():
    assert all(leads_away(place) for place in ("//evil.example", "/\\evil.example", "/\t/evil.example", "https://a.b"))
    assert not any(leads_away(place) for place in ("/desk", "/%5cevil.example", "desk", "/patients/1?x=//y"))


async def test_signing_in_leads_to_our_own_pages_alone(house: House):
    await with_a_password(house)
    for place in ELSEWHERE:
        await house.clock.advance(15 * 60_000)
        async with reading(house) as reader:
            page = await reader._http.get("/sign-in", params={"next": place}, headers=reader.headers)
            offered = re.search(r'name="next" value="([^"]*)"', await page.text())
            assert offered is not None
            assert not leads_away(html.unescape(offered[1]) or "/"), place
            if ELSEWHERE.index(place) % 4:
                # A password takes its time, and both ways ask the same.
                continue
            fields = {"email": EMAIL, "password": PASSWORD, "next": place}
            own = {**reader.headers, "Origin": str(house.url.origin())}
            async with reader._http.post("/sign-in", data=fields, headers=own, allow_redirects=False) as answer:
                assert answer.status == 303
                assert not leads_away(answer.headers["Location"]), place


async def test_signing_in_leads_back_to_where_somebody_was(house: House):
    await with_a_password(house)
    async with reading(house) as reader:
        answer = await reader.sends("/sign-in", {"email": EMAIL, "password": PASSWORD, "next": "/messages"})

    assert (answer.status, answer.path) == (200, "/messages")


@pytest.mark.thorough
async def test_no_route_leads_where_a_visitor_wants(house: House):
    """Every route, with every name that somebody might give a way back."""
    names = ("next", "back", "return", "return_to", "to", "url", "redirect", "continue", "of", "path")
    for who in ("therapist", "patient"):
        async with house.browsing(who) as http:
            sent = {"Referer": "https://evil.example//evil.example", "Accept": "text/html"}
            for route in READS:
                where = dict.fromkeys(names, "//evil.example")
                async with http.get(address(house, route), params=where, headers=sent, allow_redirects=False) as answer:
                    assert not leads_away(answer.headers.get("Location", "/")), route
            sent["Origin"] = str(house.url.origin())
            for route in WRITES:
                if route == "/sign-out":
                    continue
                await house.clock.advance(1_000)
                form = dict.fromkeys(names, "/\\evil.example")
                async with http.post(address(house, route), data=form, headers=sent, allow_redirects=False) as answer:
                    assert not leads_away(answer.headers.get("Location", "/")), route


# Text

#: What a template, a shell, a database or a spreadsheet would work out. Cells: tests/exports/test_taking_along.py.
WORKED_OUT = {
    "{{7*7}}": "49", "${7*7}": "49", "#{7*7}": "49", "<%= 7*7 %>": "49", "{% print 7*7 %}": "49", "%(7)s": "7",
    "{0.__class__}": "class '", "{{config}}": "SECRET", "{{ ''.__class__.__mro__ }}": "class '", "$(id)": "uid=",
}  # fmt: skip


async def _shown_after(reader: Reader, house: House, path: str) -> str:
    return (await reader.opens(path.format(patient=house.cast.patient, visit=house.cast.visit, session="none"))).body


@pytest.mark.parametrize("who", PAGES)
async def test_text_stays_text_in_every_field_of_every_form(house: House, who: str):
    marked = {
        f"q{number}{words}q{number}": f"q{number}{done}" for number, (words, done) in enumerate(WORKED_OUT.items())
    }
    everything = " ".join(marked)
    bodies = []
    async with reading(house, who) as reader:
        for form in await forms_of(reader, house, PAGES[who], "none"):
            await house.clock.advance(1_000)
            bodies.append((await reader.sends(form.action, dict.fromkeys(form.names, everything))).body)
        bodies += [await _shown_after(reader, house, path) for path in PAGES[who]]

    whole = html.unescape("\n".join(bodies))
    # It is on the page as it was typed, so the test looked at something; and nothing of it was worked out.
    assert any(words in whole for words in marked)
    assert [done for done in marked.values() if re.search(rf"(?<!\w){re.escape(done)}", whole)] == []


async def test_words_in_an_address_are_no_markup(house: House):
    async with house.browsing("therapist") as http:
        for route in READS:
            path = address(house, route)
            query = f"q=<script>alert(1)</script>&said=<script>alert(1)</script>&{'x' * 10}=%22%3E%3Csvg onload=1>"
            async with http.get(f"{path}?{query}", headers={"Accept": "text/html"}) as answer:
                if answer.content_type == "text/html":
                    body = await answer.text()
                    assert "<script>alert" not in body, route
                    assert "<svg onload" not in body, route


async def test_a_link_that_was_guessed_wrong_tells_nothing_of_links(house: House):
    """Tokens and codes that are nobody's look the same as what is over, and the page repeats nothing of them."""
    link = await invitations.invite(house.app, await person_of(house, "patient"))
    async with reading(house) as reader:
        right = await reader.opens(f"/i/{link.token}")
        wrong = await reader.opens(f"/i/{link.token[:-1]}x")

    assert (right.status, wrong.status) == (200, 404)
    assert link.token[:-1] not in wrong.body
    assert house.app[wiring.SETTINGS].public_url == ""
