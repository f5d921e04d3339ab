"""Every form that a page shows, sent with what nobody would type: refused in words or stored, and never an error."""

import html
import re
from collections.abc import Iterator

import pytest
from msgspec import Struct

from tests.live.house import House
from tests.pages.practices import practised
from tests.pages.reader import Reader, reading
from tests.thorough import first_of

NONSENSE = {
    "nothing": "",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "every script": "السرير \u202eתמיד 腰 кабинет a\u0301 \U0001f30a",
    "much": "x" * 6_000,
    "what no text holds": "a\x00b\x1f\ufffe\u2028",
    "a number beyond any": "99999999999999999999999999",
    "digits that are none": "²٣",
    "a day that never was": "0000-02-31",
    "not a number": "-1e309",
}
#: Where somebody finds the forms, by who they are.
PAGES = {
    "patient": (
        "/today", "/wrong", "/words", "/beside", "/messages", "/questions", "/situations", "/situations/1",
        "/thoughts", "/company", "/company?ask=yes", "/account", "/sessions/{session}/next-day", "/sessions/{visit}",
    ),
    "therapist": (
        "/patients/new", "/patients/{patient}", "/patients/{patient}/clearance", "/patients/{patient}/ladder",
        "/patients/{patient}/intake", "/patients/{patient}/words", "/patients/{patient}/messages",
        "/patients/{patient}/questions", "/patients/{patient}/situations", "/patients/{patient}/beside",
        "/clinic/sets/new", "/library/dilator-session", "/account",
    ),
    "owner": ("/clinic", "/clinic/hours", "/clinic/safety", "/clinic/sets/new"),
}  # fmt: skip
#: They end what the others need: the login itself, and an account of somebody of the cast.
_LEFT_ALONE = re.compile(r"/sign-out|/revoke|/disable|/account/password|/blank")
#: They take away what another form is about, so they come last.
_TAKES_AWAY = re.compile(r"/(drop|end|take-back|remove|withdraw)$")
_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_FIELD = re.compile(r"<(?:input|select|textarea)\b[^>]*>")


class Shown(Struct, frozen=True):
    action: str
    names: tuple[str, ...]


def forms_on(path: str, body: str) -> Iterator[Shown]:
    for attributes, inside in _FORM.findall(body):
        if 'method="post"' not in attributes:
            continue
        action = html.unescape((re.search(r'action="([^"]*)"', attributes) or ["", path])[1])
        fields = [re.search(r'\bname="([^"]*)"', field) for field in _FIELD.findall(inside)]
        names = tuple(dict.fromkeys(html.unescape(field[1]) for field in fields if field is not None))
        if not _LEFT_ALONE.search(action):
            yield Shown(action, names)


async def forms_of(reader: Reader, house: House, paths: tuple[str, ...], session: str) -> list[Shown]:
    places = {"patient": house.cast.patient, "visit": house.cast.visit, "session": session}
    found: dict[str, Shown] = {}
    for path in paths:
        page = await reader.opens(path.format(**places))
        if page.status == 200:
            found |= {form.action: form for form in forms_on(page.path, page.body)}
    return sorted(found.values(), key=lambda form: _TAKES_AWAY.search(form.action) is not None)


@pytest.mark.parametrize("who", first_of(*PAGES))
async def test_no_form_answers_nonsense_with_an_error(house: House, who: str):
    session = await practised(house, days_ago=1)
    async with reading(house, "patient") as patient:
        await patient.sends("/situations", {"situation": "Looking at the box"})
        await patient.sends("/thoughts", {"situation": "The box", "thought": "Never"})
        await patient.sends("/beside", {"kind": "oestrogen", "name": "Gel", "on": "2025-05-01"})
        await patient.sends("/messages", {"text": "Hello"})
    answered: dict[tuple[str, str], int] = {}
    sent: set[tuple[str, str]] = set()
    unsafe: list[str] = []

    async with reading(house, who) as reader:
        forms = await forms_of(reader, house, PAGES[who], session)
        for what, value in NONSENSE.items():
            for form in forms:
                once = dict.fromkeys(form.names, value)
                twice = {name: [value, value] for name in form.names if name != "id"}
                for fields in (once, twice):
                    # A form of one button is the same with any of them.
                    if (form.action, str(fields)) in sent:
                        continue
                    sent.add((form.action, str(fields)))
                    # Else all but the first of them would be told that they are too many. What looks once a minute
                    # sleeps on: it has nothing to do with a form, and would do far more than the forms.
                    house.clock.skip(60_000 if who == "owner" else 1_000)
                    answer = await reader.sends(form.action, fields)
                    answered[f"{what}, {len(fields)} fields", form.action] = answer.status
                    unsafe += [form.action] if "<script>alert" in answer.body else []

    assert len(forms) >= 4
    assert 429 not in answered.values()
    assert unsafe == []
    assert {where: status for where, status in answered.items() if status >= 500} == {}
