"""The exercises that Ebb ships: they exist, they are gentle, and they keep the promises of their kind."""

import functools
import re

import pytest

from exercises.checks import STEP_WORDS
from exercises.loader import LIBRARY_ROOT, load_library, problems, warnings
from exercises.model import Act, Exercise, ReviewStatus, Step
from exercises.pacer import check
from exercises.wording import PLACES, Wording, places_in, spoken

LIBRARY = load_library(LIBRARY_ROOT)
EVERY = pytest.mark.parametrize("exercise", list(LIBRARY), ids=lambda exercise: exercise.slug)


def shipped(slug: str) -> Exercise:
    exercise = LIBRARY.get(slug)
    assert exercise is not None
    return exercise


def step_of(exercise: Exercise, step_id: str) -> Step:
    return exercise.steps[exercise.index_of(step_id)]


def test_the_library_has_no_problems_and_nothing_a_reader_is_warned_of() -> None:
    assert problems(LIBRARY_ROOT) == []
    assert warnings(LIBRARY) == {}


@pytest.mark.parametrize(
    "slug",
    [
        "soft-belly-breathing",
        "constructive-rest",
        "supported-butterfly",
        "childs-pose",
        "modified-happy-baby",
        "cat-cow",
        "deep-supported-squat",
        "pelvic-floor-drop",
        "progressive-relaxation",
        "contract-release-awareness",
        "entrance-massage",
        "wand-release",
        "body-scan",
        "mirror-and-touch",
        "dilator-session",
        "sensate-focus",
        "maintenance",
        "grounding",
    ],
)
def test_the_library_has(slug: str) -> None:
    assert shipped(slug).slug == slug


def test_the_order_goes_from_breath_to_dilators_and_ends_with_recovery() -> None:
    groups = list(dict.fromkeys(exercise.group for exercise in LIBRARY))

    assert groups == [
        "breath",
        "position",
        "release",
        "attention",
        "touch",
        "dilator",
        "together",
        "keeping",
        "recovery",
    ]
    assert next(iter(LIBRARY)).slug == "soft-belly-breathing"


@EVERY
def test_no_exercise_claims_a_review_that_nobody_made(exercise: Exercise) -> None:
    assert exercise.review.status is ReviewStatus.DRAFT
    assert exercise.review.reviewer is None


@EVERY
def test_every_step_has_words_for_open_eyes_and_cues_for_both_halves_of_a_breath(exercise: Exercise) -> None:
    for step in exercise.steps:
        assert step.words.eyes_open
        assert step.words.cue_in
        assert step.words.cue_out


@EVERY
def test_the_pacer_breathes_from_the_first_step_on(exercise: Exercise) -> None:
    assert exercise.steps[0].pattern is not None


@EVERY
def test_every_exercise_can_be_done_sitting(exercise: Exercise) -> None:
    assert any(step.words.seated for step in exercise.steps)


@EVERY
def test_whatever_is_touched_or_closed_can_be_left_by_a_way_out(exercise: Exercise) -> None:
    if exercise.needs_enabling:
        assert any(step.way_out for step in exercise.steps)
    assert all(step.way_out for step in exercise.steps if step.internal or step.act is Act.CONTRACT)


def test_contractions_are_asked_for_in_one_exercise_alone_and_opening_takes_most_of_the_time() -> None:
    closing = [(exercise.slug, step) for exercise in LIBRARY for step in exercise.steps if step.act is Act.CONTRACT]

    assert {slug for slug, _ in closing} == {"contract-release-awareness"}
    assert sum(step.contractions for _, step in closing) == 3
    assert all(step.release_ms >= 3 * step.contract_ms for _, step in closing)


def texts_of(exercise: Exercise) -> list[str]:
    words = [getattr(step.words, key) for step in exercise.steps for key in STEP_WORDS]
    return [text for text in (exercise.title, exercise.summary, exercise.why, *exercise.cautions, *words) if text]


OWN = "what my grandmother called the harbour"
WORDINGS = {
    "plain": Wording(),
    "clinical": Wording(tone="clinical"),
    "of somebody's own": Wording(own=dict.fromkeys(PLACES, OWN)),
    "of 200 characters": Wording(own=dict.fromkeys(PLACES, "a long one " * 18 + "indeed")),
    "with markup": Wording(own=dict.fromkeys(PLACES, "<b>{floor}</b>")),
}


@EVERY
@pytest.mark.parametrize("wording", WORDINGS.values(), ids=WORDINGS)
def test_no_place_is_left_whatever_words_somebody_chose(exercise: Exercise, wording: Wording) -> None:
    theirs = set(wording.own.values())

    for text in texts_of(spoken(exercise, wording)):
        ours = functools.reduce(lambda left, own: left.replace(own, "it"), theirs, text)
        assert "{" not in ours
        assert "}" not in ours
        assert not re.search(r"\b(\w+)\s+\1\b", ours, re.IGNORECASE), ours


def test_there_is_room_in_the_library_for_every_word_of_somebodys_own() -> None:
    assert {place for exercise in LIBRARY for text in texts_of(exercise) for place in places_in(text)} == set(PLACES)


def test_where_a_word_of_ones_own_fits_no_other_is_said() -> None:
    fixed = re.compile(r"(?<!\{)\b(?:pelvic floor|vagina|vulva|introitus|coccyx|tailbone)\b", re.IGNORECASE)

    for exercise in LIBRARY:
        assert not [text for text in texts_of(exercise) if text != exercise.title and fixed.search(text)]


@EVERY
def test_no_text_carries_a_working_mark_of_the_notes_behind_it(exercise: Exercise) -> None:
    texts = [source.cite + source.supports for source in exercise.sources] + list(exercise.cautions)

    assert not any(re.search(r"\[|\bF ?\d+\b", text) for text in texts)


def test_the_dilator_session_has_exactly_these_steps() -> None:
    session = shipped("dilator-session")

    assert [(step.id, step.internal) for step in session.steps] == [
        ("arrive", False),
        ("breathe", False),
        ("lubricate", False),
        ("rest-at-entrance", True),
        ("insert", True),
        ("hold", True),
        ("remove", False),
        ("settle", False),
        ("way-out", False),
    ]
    assert session.needs_enabling
    assert session.uses_ladder
    assert {step.way_out for step in session.steps if step.internal} == {"way-out"}
    assert session.seconds == 15 * 60


def test_an_internal_step_leaves_the_breath_to_whoever_breathes() -> None:
    assert all(step.pattern is None for exercise in LIBRARY for step in exercise.steps if step.internal)


def test_mirror_and_touch_stays_outside_and_is_enabled_by_the_therapist() -> None:
    touch = shipped("mirror-and-touch")

    assert not touch.internal
    assert touch.needs_enabling
    assert all(step.way_out == "way-out" for step in touch.steps if step.act is Act.TOUCH)


def test_grounding_may_begin_while_somebody_is_uneasy() -> None:
    grounding = shipped("grounding")

    assert grounding.recovery
    assert not grounding.needs_enabling
    assert step_of(grounding, "come-out").act is Act.REMOVE
    assert [exercise.slug for exercise in LIBRARY if exercise.recovery] == ["grounding"]


def test_touch_release_work_and_what_suits_some_bodies_badly_wait_for_the_therapist() -> None:
    assert {exercise.slug for exercise in LIBRARY if exercise.needs_enabling} == {
        "mirror-and-touch",
        "dilator-session",
        "entrance-massage",
        "wand-release",
        "contract-release-awareness",
        "deep-supported-squat",
        "sensate-focus",
    }
    assert {exercise.slug for exercise in LIBRARY if exercise.internal} == {
        "dilator-session",
        "entrance-massage",
        "wand-release",
    }


@pytest.mark.parametrize("slug", ["entrance-massage", "wand-release"])
def test_release_work_inside_stays_away_from_the_front_and_begins_slowly(slug: str) -> None:
    exercise = shipped(slug)
    inside = [index for index, step in enumerate(exercise.steps) if step.internal]

    assert any("Stay away from the front" in caution for caution in exercise.cautions)
    assert any("infection" in caution for caution in exercise.cautions)
    assert sum(step.seconds for step in exercise.steps[: inside[0]]) >= 150
    assert exercise.steps[inside[-1] + 1].act is Act.REMOVE
    assert {exercise.steps[index].way_out for index in inside} == {"way-out"}
    assert not any(step.act is Act.CONTRACT for step in exercise.steps)


def test_a_wand_is_left_alone_at_a_pulse_an_electric_feeling_or_numbness() -> None:
    cautions = " ".join(shipped("wand-release").cautions)

    assert all(sign in cautions for sign in ("pulse", "electric", "numbness", "with your therapist first"))


def test_childs_pose_can_be_done_on_one_side_from_beginning_to_end() -> None:
    pose = shipped("childs-pose")

    assert all(step_of(pose, name).words.on_side for name in ("build", "fold", "breathe", "return"))
    assert any("you need not say why" in caution for caution in pose.cautions)


def test_happy_baby_is_covered_and_never_takes_both_legs() -> None:
    baby = shipped("modified-happy-baby")

    assert "blanket" in step_of(baby, "cover").words.say
    assert not any("both knees" in text.lower() or "both legs" in text.lower() for text in texts_of(baby))


def test_nothing_is_drawn_in_on_the_breath_out() -> None:
    cat = shipped("cat-cow")

    assert "nothing is drawn in" in cat.why
    assert all(step.act is not Act.CONTRACT for step in cat.steps)
    assert "soft" in (step_of(cat, "round").words.cue_out or "")


def test_progressive_relaxation_only_lets_go() -> None:
    relaxing = shipped("progressive-relaxation")

    assert {step.act for step in relaxing.steps} <= {Act.REST, Act.RELEASE, Act.BREATHE}
    assert not any(re.search(r"\bten(?:se|sing)\b", text) for step in relaxing.steps for text in [step.words.say])
    assert not {"belly", "seat", "thighs"} & {step.id for step in relaxing.steps}


def test_sensate_focus_is_for_two_stays_dressed_and_asks_nothing_in_company() -> None:
    focus = shipped("sensate-focus")

    assert focus.with_support
    assert not focus.internal
    assert [exercise.slug for exercise in LIBRARY if exercise.with_support] == ["sensate-focus"]
    assert not any("?" in text for text in texts_of(focus))
    assert {step.way_out for step in focus.steps if step.act is Act.TOUCH} == {"way-out"}


def test_keeping_what_let_go_is_open_to_everybody_and_stays_outside() -> None:
    keeping = shipped("maintenance")

    assert not keeping.needs_enabling
    assert not keeping.internal
    assert keeping.seconds <= 8 * 60


def test_every_preset_can_be_breathed_and_box_has_to_be_asked_for() -> None:
    assert all(check(preset.pattern) is None for preset in LIBRARY.presets)
    assert [preset.id for preset in LIBRARY.presets] == ["gentle", "soft", "even", "long-out", "sigh", "box"]
    assert [preset.id for preset in LIBRARY.presets if not preset.offered] == ["box"]
