"""The exercises that Ebb ships: they exist, they are gentle, and they keep the promises of their kind."""

import re

import pytest

from exercises.loader import LIBRARY_ROOT, load_library, problems, warnings
from exercises.model import Act, Exercise, ReviewStatus, Step
from exercises.pacer import check

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
        "pelvic-floor-drop",
        "supported-butterfly",
        "body-scan",
        "mirror-and-touch",
        "dilator-session",
        "grounding",
    ],
)
def test_the_library_has(slug: str) -> None:
    assert shipped(slug).slug == slug


def test_the_order_goes_from_breath_to_dilators_and_ends_with_recovery() -> None:
    groups = list(dict.fromkeys(exercise.group for exercise in LIBRARY))

    assert groups == ["breath", "release", "attention", "touch", "dilator", "recovery"]
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
def test_no_exercise_asks_for_a_contraction(exercise: Exercise) -> None:
    assert all(step.act is not Act.CONTRACT for step in exercise.steps)


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


def test_only_touch_and_dilators_wait_for_the_therapist() -> None:
    assert {exercise.slug for exercise in LIBRARY if exercise.needs_enabling} == {
        "mirror-and-touch",
        "dilator-session",
    }


def test_every_preset_can_be_breathed_and_box_has_to_be_asked_for() -> None:
    assert all(check(preset.pattern) is None for preset in LIBRARY.presets)
    assert [preset.id for preset in LIBRARY.presets] == ["gentle", "soft", "even", "long-out", "sigh", "box"]
    assert [preset.id for preset in LIBRARY.presets if not preset.offered] == ["box"]
