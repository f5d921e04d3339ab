"""Floods of forms: one person's, one place's, one clinic's. Told when to try again, and others are none the worse."""

import html

import pytest

from server import wiring
from server.accounts import often
from server.limits import LIMITS, POSTS, Limits, sentence
from tests.live.house import House
from tests.pages.reader import reading
from tests.pages.walls import WRITES


def use_up(house: House, name: str, kind: str, key: str, *, but: int = 0) -> None:
    """As somebody does who has just sent so many."""
    limits, now = house.app[wiring.LIMITS], house.clock.now()
    rate = getattr(LIMITS[name], kind)
    for _ in range(rate.size - but):
        assert limits.take(name, {kind: key}, now) == ("", 0)


async def test_one_person_s_flood_is_told_when_to_go_on(house: House):
    use_up(house, "posts", "person", house.cast.patient, but=3)
    async with reading(house, "patient") as patient:
        statuses = [(await patient.sends("/today/how", {})).status for _ in range(3)]
        refused = await patient.sends("/today/how", {})
        await house.clock.advance(POSTS.person.every_ms)
        again = await patient.sends("/today/how", {})

    assert 429 not in statuses
    assert refused.status == 429
    assert "Try again in 1 second." in refused.words
    assert again.status != 429


async def test_a_script_is_told_by_a_header(house: House):
    use_up(house, "posts", "person", house.cast.patient)
    headers = {"Origin": str(house.url.origin()), "Accept": "application/json"}
    async with house.browsing("patient") as http, http.post("/messages", data={}, headers=headers) as answer:
        told = await answer.json()

    assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
    assert told == {"code": "too_fast", "message": "That was too often. Try again in 1 second."}


async def test_one_person_s_flood_is_nobody_else_s(house: House):
    use_up(house, "posts", "person", house.cast.patient)

    async with reading(house, "patient") as flooded, reading(house, "other_patient") as other:
        assert (await flooded.sends("/messages", {"text": "Hello"})).status == 429
        assert (await other.sends("/messages", {"text": "Hello"})).status == 200


async def test_what_is_refused_to_a_person_is_not_counted_for_the_others_of_their_clinic(house: House):
    limits, now, cast = house.app[wiring.LIMITS], house.clock.now(), house.cast
    for _ in range(POSTS.person.size + POSTS.clinic.size):
        limits.take("posts", {"person": cast.patient, "place": "there", "clinic": cast.clinic}, now)

    assert limits.take("posts", {"person": cast.therapist, "place": "here", "clinic": cast.clinic}, now) == ("", 0)


async def test_a_place_where_nobody_signs_in_has_a_limit_too(house: House):
    use_up(house, "posts", "place", "127.0.0.1")

    async with reading(house) as nobody:
        refused = await nobody.sends("/code", {"code": "ABCD 2345"})
        await house.clock.advance(1_000)
        assert (await nobody.sends("/code", {"code": "ABCD 2345"})).status == 422

    assert refused.status == 429


async def test_a_clinic_s_flood_is_not_the_other_clinic_s(house: House):
    use_up(house, "posts", "clinic", house.cast.clinic)

    async with reading(house, "therapist") as here, reading(house, "stranger") as elsewhere:
        assert (await here.sends("/desk", {})).status == 429
        assert (await elsewhere.sends("/desk", {})).status != 429


@pytest.mark.parametrize("path", sorted(often.NEVER_COUNTED))
async def test_what_is_needed_in_a_bad_moment_waits_behind_no_number(house: House, path: str):
    for name in LIMITS:
        for kind, key in (("person", house.cast.patient), ("clinic", house.cast.clinic), ("place", "127.0.0.1")):
            if getattr(LIMITS[name], kind) is not None:
                use_up(house, name, kind, key)

    async with reading(house, "patient") as patient:
        assert (await patient.sends("/messages", {"text": "Hello"})).status == 429
        assert (await patient.sends(path, {"note": "It hurts"})).status != 429


async def test_invitations_have_a_limit_of_their_own_and_nobody_is_made_without_one(house: House):
    use_up(house, "invitations", "person", house.cast.therapist, but=3)
    async with reading(house, "therapist") as therapist:
        made = [(await therapist.sends(f"/patients/{house.cast.patient}/invite")).status for _ in range(3)]
        refused = await therapist.sends("/patients/new", {"name": "Kim", "birth_year": "1990"})
        desk = await therapist.opens("/desk")

    assert set(made) == {200}
    assert refused.status == 429
    assert "Try again in 2 minutes." in html.unescape(refused.words)
    assert "Kim" not in desk.words


async def test_messages_have_a_limit_of_their_own(house: House):
    use_up(house, "messages", "person", house.cast.patient, but=2)
    async with reading(house, "patient") as patient:
        for text in ("Hello", "Hello again"):
            assert (await patient.sends("/messages", {"text": text})).status == 200
        assert (await patient.sends("/messages", {"text": "One more"})).status == 429
        # Other forms are not held up by it.
        assert (await patient.sends("/thoughts", {"situation": "The box", "thought": "Never"})).status == 200


def test_every_name_is_one_of_a_route_and_of_a_limit():
    assert set(often.COUNTED_APART) <= set(WRITES)
    assert set(WRITES) >= often.NEVER_COUNTED
    assert set(often.COUNTED_APART.values()) <= set(LIMITS)


@pytest.mark.parametrize("name", LIMITS)
def test_a_bucket_fills_again_and_holds_no_more_than_its_size(name: str):
    limits, rate = Limits(), LIMITS[name].person
    whose = {"person": "somebody"}
    for _ in range(rate.size):
        assert limits.take(name, whose, 0.0) == ("", 0)
    kind, wait_ms = limits.take(name, whose, 0.0)
    assert kind == "person"
    assert wait_ms <= rate.every_ms + 1
    assert limits.take(name, whose, float(wait_ms)) == ("", 0)
    later = 1_000.0 * rate.every_ms * rate.size
    assert [limits.take(name, whose, later)[1] > 0 for _ in range(rate.size + 1)] == [False] * rate.size + [True]


def test_a_flood_of_people_grows_no_memory():
    limits = Limits()
    for n in range(25_000):
        limits.take("posts", {"person": f"{n}"}, 0.0)

    assert len(limits._paces["posts", "person"]._buckets) == 10_000


@pytest.mark.parametrize(
    ("after_s", "words"),
    [(0, "1 second."), (1, "1 second."), (90, "90 seconds."), (91, "2 minutes."), (3_600, "60 minutes.")],
)
def test_when_to_try_again_is_said_as_a_person_would(after_s: int, words: str):
    assert sentence(after_s).endswith(words)
