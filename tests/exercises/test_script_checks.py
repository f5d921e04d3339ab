"""What a script may not contain: each refusal beside the script that is only just allowed."""

from typing import Any

import pytest
from msgspec.structs import replace

from exercises import checks
from exercises.model import Act, Exercise, Pattern, Review, ReviewStatus, Source, Step, Words
from exercises.saying import Said

WORDS = Words(say="Rest here.", eyes_open="Look at one quiet thing.")


def step(step_id: str, **changes: Any) -> Step:
    return replace(Step(id=step_id, act=Act.REST, seconds=60, words=WORDS), **changes)


def exercise(*steps: Step, **changes: Any) -> Exercise:
    sound = Exercise(
        slug="quiet",
        version=1,
        language="en",
        title="Quiet",
        summary="A quiet one.",
        why="Because it is quiet.",
        steps=steps or (step("arrive"), step("rest")),
        cautions=(),
        sources=(Source("Everything.", "A book, 2019"),),
        review=Review(ReviewStatus.DRAFT),
    )
    return replace(sound, **changes)


INSIDE = step("stay", act=Act.HOLD, internal=True, way_out="leave")
LEAVE = step("leave", act=Act.REMOVE)
TOUCHED = step("touched", act=Act.TOUCH, way_out="leave")


def inside(*steps: Step, **changes: Any) -> Exercise:
    return exercise(*steps, **{"needs_enabling": True, **changes})


def squeezes(**changes: Any) -> Step:
    contract = {"act": Act.CONTRACT, "contractions": 5, "contract_ms": 3000, "release_ms": 9000, "way_out": "leave"}
    return step("notice", **{**contract, **changes})


def together(*steps: Step, **changes: Any) -> Exercise:
    return inside(*(steps or (step("agree"), TOUCHED, LEAVE)), **{"with_support": True, **changes})


def saying(say: str, **changes: str) -> Exercise:
    return exercise(step("arrive", words=replace(WORDS, say=say, **changes)), step("rest"))


def refusals(found_in: Exercise) -> list[tuple[str, str | None]]:
    return [(found.check, found.step) for found in checks.check(found_in) if found.level == "refuse"]


def warnings(found_in: Exercise) -> list[tuple[str, str | None]]:
    return [(found.check, found.step) for found in checks.check(found_in) if found.level == "warn"]


ALLOWED = {
    "two quiet steps": exercise(),
    "the shortest step": exercise(step("arrive", seconds=5), step("rest")),
    "the longest step": exercise(step("arrive", seconds=1800), step("rest")),
    "a breath within its limits": exercise(step("arrive", pattern=Pattern(4000, 0, 6000, 0)), step("rest")),
    "five squeezes with a long release, enabled": inside(step("arrive"), squeezes(), LEAVE),
    "touch for two that can be left": together(),
    "places in the middle of sentences": saying("Let your {floor} be. It rests by the {tailbone}, and the {entrance}."),
    "an internal step with a way out": inside(step("arrive"), INSIDE, LEAVE),
    "400 characters": exercise(why="a" * 400),
    "recovery that is open": exercise(recovery=True),
    "approved by somebody on a day": exercise(review=Review(ReviewStatus.APPROVED, "A. Clinician", "2025-03-31")),
}

REFUSED = {
    "a single step": (exercise(step("only")), "enough_steps", None),
    "a step too short": (exercise(step("arrive", seconds=4), step("rest")), "step_length", "arrive"),
    "a step too long": (exercise(step("arrive", seconds=1801), step("rest")), "step_length", "arrive"),
    "a breath too slow": (
        exercise(step("arrive", pattern=Pattern(12_000, 4000, 12_000, 0)), step("rest")),
        "breath_limits",
        "arrive",
    ),
    "a squeeze hidden in another act": (
        inside(step("arrive"), squeezes(act=Act.REST)),
        "contractions_belong_to_contract",
        "notice",
    ),
    "a contract step that does not count": (
        inside(step("arrive"), squeezes(contractions=0)),
        "contractions_belong_to_contract",
        "notice",
    ),
    "squeezes that nobody enabled": (
        exercise(step("arrive"), squeezes()),
        "contractions_need_enabling",
        "notice",
    ),
    "six squeezes": (inside(step("arrive"), squeezes(contractions=6, seconds=90)), "few_contractions", None),
    "six squeezes in two steps": (
        inside(squeezes(contractions=3), replace(squeezes(contractions=3), id="again")),
        "few_contractions",
        None,
    ),
    "a release that is a little short": (
        inside(step("arrive"), squeezes(release_ms=8999)),
        "long_release",
        "notice",
    ),
    "a squeeze held long": (
        inside(step("arrive"), squeezes(contractions=1, contract_ms=5001, release_ms=16_000)),
        "long_release",
        "notice",
    ),
    "squeezes that do not fit into their step": (
        inside(step("arrive"), squeezes(seconds=59)),
        "long_release",
        "notice",
    ),
    "squeezes without a way out": (
        inside(step("arrive"), squeezes(way_out=None)),
        "contractions_have_a_way_out",
        "notice",
    ),
    "an exercise for two that nobody enabled": (together(needs_enabling=False), "together_stays_free", None),
    "going inside with somebody else there": (
        together(step("agree"), INSIDE, LEAVE),
        "together_stays_free",
        "stay",
    ),
    "touch for two without a way out": (
        together(step("agree"), replace(TOUCHED, way_out=None), LEAVE),
        "together_stays_free",
        "touched",
    ),
    "a place that nobody knows": (saying("Rest at the {door}."), "known_places", "arrive"),
    "a place that is not closed": (saying("Rest at the {entrance."), "known_places", "arrive"),
    "a place written large": (saying("Rest at the {Entrance}."), "known_places", "arrive"),
    "a place in a title": (exercise(title="The {floor} at rest"), "places_read_well", None),
    "a place in a cue": (saying("Rest.", cue_in="Your {floor} widens"), "places_read_well", "arrive"),
    "a sentence that begins with a place": (saying("Rest. {floor} and all."), "places_read_well", "arrive"),
    "a place after a": (saying("Take a {dilator}."), "places_read_well", "arrive"),
    "a place with an s glued to it": (saying("Wash your {dilator}s."), "places_read_well", "arrive"),
    "inserting that is not marked internal": (
        inside(step("arrive"), step("enter", act=Act.INSERT), LEAVE),
        "internal_is_marked",
        "enter",
    ),
    "taking out that waits for a yes": (
        inside(step("arrive"), replace(INSIDE, act=Act.REMOVE), LEAVE),
        "internal_is_marked",
        "stay",
    ),
    "internal work that nobody enabled": (
        exercise(step("arrive"), INSIDE, LEAVE),
        "internal_needs_enabling",
        None,
    ),
    "an internal first step": (inside(INSIDE, LEAVE), "internal_is_never_first", "stay"),
    "an internal step without a way out": (
        inside(step("arrive"), replace(INSIDE, way_out=None)),
        "internal_has_a_way_out",
        "stay",
    ),
    "a way out that is not there": (
        inside(step("arrive"), replace(INSIDE, way_out="nowhere"), LEAVE),
        "ways_out_lead_out",
        "stay",
    ),
    "a way out that is internal itself": (
        inside(step("arrive"), replace(INSIDE, way_out="deep"), replace(INSIDE, id="deep"), LEAVE),
        "ways_out_lead_out",
        "stay",
    ),
    "a way out that lies behind": (
        inside(step("arrive"), replace(INSIDE, way_out="arrive"), LEAVE),
        "ways_out_lead_out",
        "stay",
    ),
    "a way out that leads to itself": (
        inside(step("arrive", way_out="arrive"), step("rest")),
        "ways_out_lead_out",
        "arrive",
    ),
    "a step after the way out": (
        inside(step("arrive"), INSIDE, LEAVE, step("rest")),
        "ways_out_lead_out",
        "rest",
    ),
    "an internal step for closed eyes only": (
        inside(step("arrive"), replace(INSIDE, words=Words(say="Stay.", eyes_open="")), LEAVE),
        "internal_with_eyes_open",
        "stay",
    ),
    "recovery behind a gate": (exercise(recovery=True, needs_enabling=True), "recovery_is_open", None),
    "401 characters": (exercise(why="a" * 401), "short_words", None),
    "401 characters of a cue": (
        exercise(step("arrive", words=replace(WORDS, cue_out="a" * 401)), step("rest")),
        "short_words",
        "arrive",
    ),
    "no source": (exercise(sources=()), "has_sources", None),
    "approved by nobody": (
        exercise(review=Review(ReviewStatus.APPROVED, None, "2025-03-31")),
        "review_is_signed",
        None,
    ),
    "approved on no day": (
        exercise(review=Review(ReviewStatus.APPROVED, "A. Clinician")),
        "review_is_signed",
        None,
    ),
    "a day that does not exist": (
        exercise(review=Review(ReviewStatus.DRAFT, None, "2025-02-30")),
        "review_is_signed",
        None,
    ),
}


@pytest.mark.parametrize("allowed", ALLOWED.values(), ids=ALLOWED)
def test_the_library_allows(allowed: Exercise) -> None:
    assert refusals(allowed) == []


@pytest.mark.parametrize(("refused", "check", "where"), REFUSED.values(), ids=REFUSED)
def test_the_library_refuses(refused: Exercise, check: str, where: str | None) -> None:
    assert (check, where) in refusals(refused)


def test_every_check_that_refuses_is_seen_refusing() -> None:
    only_warn = {"large_type", "uneasy_words", "doubled_words"}

    assert {one.__name__ for one in checks.CHECKS} - only_warn == {check for _, check, _ in REFUSED.values()}


@pytest.mark.parametrize(
    "words",
    [
        "Squeeze gently.",
        "Now bear down.",
        "Push it in.",
        "Do not strain.",
        "Lift your pelvic floor.",
        "Tighten, then let go.",
        "Do your Kegels.",
        "You should feel this.",
        "You cannot fail.",
        "This is normal.",
        "Good girl.",
        "Well done!",
        "She may feel warm.",
        "Ask your husband.",
        "Before intercourse.",
        "It cures most people.",
        "It helps 90% of people.",
        "It helps 90 per cent of people.",
    ],
)
def test_a_reader_is_warned_of_words_that(words: str) -> None:
    told = exercise(step("arrive", words=replace(WORDS, say=words)), step("rest"))

    assert ("uneasy_words", "arrive") in warnings(told)
    assert refusals(told) == []


@pytest.mark.parametrize(
    "words",
    ["Let the sheet lie there.", "Rest your hand.", "A shore, and the tide.", "Other people, other ways."],
)
def test_nobody_is_warned_of_words_that_only_look_alike(words: str) -> None:
    assert warnings(exercise(step("arrive", words=replace(WORDS, say=words)), step("rest"))) == []


def test_a_reader_is_warned_of_words_too_long_for_large_type() -> None:
    long_say = step("arrive", words=replace(WORDS, say="a" * 141))
    long_cue = step("rest", words=replace(WORDS, say="a" * 140, cue_in="b" * 25, cue_out="c" * 24))

    assert warnings(exercise(long_say, long_cue)) == [("large_type", "arrive"), ("large_type", "rest")]


def test_what_is_measured_is_what_is_read_and_not_the_places() -> None:
    # 129 and "pelvic floor" make 141, of which the place itself shows only 7.
    assert warnings(saying("a" * 128 + " {floor}")) == [("large_type", "arrive")]
    assert warnings(saying("a" * 127 + " {floor}")) == []


@pytest.mark.parametrize("words", ["Let your pelvic {floor} be.", "Find the the wall.", "Touch the outside {vulva}."])
def test_a_reader_is_warned_of_a_word_said_twice(words: str) -> None:
    assert ("doubled_words", "arrive") in warnings(saying(words))


def test_a_reader_is_warned_where_open_eyes_have_no_words() -> None:
    told = exercise(step("arrive", words=Words(say="Arrive.", eyes_open="")), step("rest"))

    assert warnings(told) == [("internal_with_eyes_open", "arrive")]


def test_refusals_come_before_warnings() -> None:
    levels = [found.level for found in checks.check(exercise(step("push", words=Words("Push.", ""))))]

    assert levels == ["refuse", "warn", "warn"]


def test_what_is_found_keeps_its_pattern_so_that_it_can_be_said_in_another_language() -> None:
    found_in = saying("You should lie down.")
    long = replace(found_in, steps=(replace(found_in.steps[0], seconds=9_000), *found_in.steps[1:]))

    told = {one.check: one.reason for one in checks.check(long)}

    assert told["step_length"] == "A step lasts 5 to 1800 seconds, and this one 9000."
    assert told["uneasy_words"] == '"should" judges. Is there another way to say it?'
    patterns = {name: said.pattern for name, said in told.items() if isinstance(said, Said)}
    assert patterns["step_length"] == "A step lasts {least} to {most} seconds, and this one {seconds}."
    assert patterns["uneasy_words"] == '"{words}" {why}. Is there another way to say it?'
