"""An exercise in a clinic's own words: nothing is told that no file of the library could bring in."""

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec import structs

from exercises import adapting
from exercises.adapting import Telling, adapted, at_the_pace_of, refused
from exercises.loader import LIBRARY_ROOT, load_library, problems
from exercises.model import Exercise, Pattern, Review, ReviewStatus, Words

ENGLISH = load_library(LIBRARY_ROOT)
SPANISH = load_library(LIBRARY_ROOT, "es")


def telling_of(exercise: Exercise) -> Telling:
    """As the library tells it."""
    return Telling(
        title=exercise.title,
        summary=exercise.summary,
        why=exercise.why,
        cautions=exercise.cautions,
        words=tuple(step.words for step in exercise.steps),
        seconds=tuple(step.seconds for step in exercise.steps),
        patterns=tuple(step.pattern for step in exercise.steps),
    )


#: What people type, and what nobody wants to have told: nothing, braces, too much, what no eye sees.
texts = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "Let it be heavy.",
            "Let your {vagina} be.",
            "Let your {nobody} be.",
            "a {vagina}",
            "{",
            "x" * 400,
            "x" * 401,
            "one\u200btwo",
            "one\ntwo",
            "a\u2028b",
            "Squeeze harder.",
            'Say "so" \\ then',
        ]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=60),
)
maybe_texts = st.none() | texts
lengths = st.integers(-1, 15_000) | st.sampled_from([0, 1_500, 4_000, 6_000, 12_000])
patterns = st.builds(Pattern, in_ms=lengths, hold_in_ms=lengths, out_ms=lengths, hold_out_ms=lengths)
words = st.builds(
    Words,
    say=texts,
    eyes_open=texts,
    seated=maybe_texts,
    on_side=maybe_texts,
    cue_in=maybe_texts,
    cue_out=maybe_texts,
)


@st.composite
def tellings(draw: st.DrawFn) -> tuple[Exercise, Telling]:
    """Some of the words and times of one exercise, changed to anything at all."""
    base = draw(st.sampled_from(list(ENGLISH)))
    told = telling_of(base)
    changed: dict[str, object] = {}
    for name in ("title", "summary", "why"):
        if draw(st.booleans()):
            changed[name] = draw(texts)
    which = draw(st.integers(0, len(base.steps) - 1))
    said_otherwise: bool = draw(st.booleans())
    if base.cautions and said_otherwise:
        changed["cautions"] = (draw(texts), *told.cautions[1:])
    if draw(st.booleans()):
        changed["words"] = (*told.words[:which], draw(words), *told.words[which + 1 :])
    if draw(st.booleans()):
        seconds = draw(st.integers(-5, 2_000) | st.integers(5, 60))
        changed["seconds"] = (*told.seconds[:which], seconds, *told.seconds[which + 1 :])
    if draw(st.booleans()):
        changed["patterns"] = tuple(None if one is None else draw(patterns) for one in told.patterns)
    return base, structs.replace(told, **changed)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tellings())
@example((next(iter(ENGLISH)), structs.replace(telling_of(next(iter(ENGLISH))), title="Our own name")))
def test_whatever_is_not_refused_would_load_as_a_file_of_the_library(given: tuple[Exercise, Telling]) -> None:
    base, telling = given
    own = adapted(base, telling, version=adapting.own_version(base.version, 1))

    if refused(own, base):
        return
    with TemporaryDirectory() as folder:
        assert problems(written(Path(folder), own)) == []
        assert load_library(Path(folder)).get(own.slug) == own
    assert adapting.same_structure(own, base)


def test_the_librarys_own_words_are_never_refused() -> None:
    for base in ENGLISH:
        own = adapted(base, telling_of(base), version=adapting.own_version(base.version, 1))
        assert refused(own, base) == []
        assert own.review == Review(ReviewStatus.DRAFT)


@pytest.mark.parametrize(
    "what",
    [
        {"internal": False},
        {"act": "rest"},
        {"way_out": None},
        {"contractions": 1},
        {"contract_ms": 10},
        {"id": "other"},
    ],
)
def test_the_structure_of_an_exercise_cannot_be_edited_away(what: dict[str, object]) -> None:
    base = next(one for one in ENGLISH if one.internal)
    step = next(step for step in base.steps if step.internal)
    steps = tuple(structs.replace(one, **what) if one is step else one for one in base.steps)

    assert refused(structs.replace(base, steps=steps), base)
    assert not adapting.same_structure(structs.replace(base, steps=steps), base)


@pytest.mark.parametrize("name", ["needs_enabling", "recovery", "uses_ladder", "with_support"])
def test_nor_can_whom_it_is_for(name: str) -> None:
    for base in ENGLISH:
        turned = structs.replace(base, **{name: not getattr(base, name)})
        assert any(found.check == "adapted" for found in refused(turned, base))


def test_a_caution_may_be_said_otherwise_and_never_left_out() -> None:
    base = next(one for one in ENGLISH if one.cautions)

    assert refused(structs.replace(base, cautions=base.cautions[:-1]), base)
    assert refused(structs.replace(base, cautions=(*base.cautions[:-1], "")), base)
    assert not refused(structs.replace(base, cautions=(*base.cautions[:-1], "Stop when it aches.")), base)


def test_a_translation_keeps_its_words_and_takes_over_the_times() -> None:
    base = next(one for one in ENGLISH if (found := SPANISH.get(one.slug)) and found.language == "es")
    spanish = SPANISH.get(base.slug)
    assert spanish is not None
    telling = structs.replace(telling_of(base), seconds=tuple(90 for _ in base.steps), title="Ours")
    told = at_the_pace_of(spanish, adapted(base, telling, version=1_001))

    assert told.title == spanish.title
    assert [step.words for step in told.steps] == [step.words for step in spanish.steps]
    assert {step.seconds for step in told.steps} == {90}
    assert told.version == 1_001


def test_numbers_of_own_versions_never_meet_those_of_the_library() -> None:
    assert adapting.own_version(2, 7) == 2_007
    assert adapting.made_from(2_007) == 2
    assert adapting.made_from(2) is None
    assert [adapting.version_words(one) for one in (2, 2_007)] == ["2", "2.7"]
    with pytest.raises(ValueError, match="1000"):
        adapting.own_version(1, 1_000)


def written(root: Path, exercise: Exercise) -> Path:
    """The exercise as the two files that somebody would have written."""
    for name in ("presets.toml", "presets.en.toml", "presets.es.toml"):
        shutil.copy(LIBRARY_ROOT / name, root)
    folder = root / exercise.slug
    folder.mkdir()
    flags = ("needs_enabling", "recovery", "uses_ladder", "with_support")
    script = [f"version = {exercise.version}", f"group = {quoted(exercise.group)}"]
    script += [f"{name} = true" for name in flags if getattr(exercise, name)]
    script.append(f"cautions = [{', '.join(quoted(f'c{number}') for number in range(len(exercise.cautions)))}]")
    script += ["[review]", 'status = "draft"']
    for source in exercise.sources:
        script += ["[[source]]", f"supports = {quoted(source.supports)}", f"cite = {quoted(source.cite)}"]
    said = [f"{name} = {quoted(getattr(exercise, name))}" for name in ("title", "summary", "why")]
    if exercise.cautions:
        said += ["[caution]", *(f"c{number} = {quoted(text)}" for number, text in enumerate(exercise.cautions))]
    for step in exercise.steps:
        script += ["[[step]]", f"id = {quoted(step.id)}", f"act = {quoted(step.act)}", f"seconds = {step.seconds}"]
        script += [f"internal = {json.dumps(step.internal)}"]
        script += [] if step.way_out is None else [f"way_out = {quoted(step.way_out)}"]
        if step.pattern is not None:
            numbers = ", ".join(f"{name} = {value}" for name, value in structs.asdict(step.pattern).items())
            script.append(f"pattern = {{ {numbers} }}")
        script += [f"{name} = {getattr(step, name)}" for name in ("contractions", "contract_ms", "release_ms")]
        said.append(f"[step.{step.id}]")
        said += [f"{name} = {quoted(text)}" for name, text in structs.asdict(step.words).items() if text]
    (folder / "script.toml").write_text("\n".join(script), encoding="utf-8", newline="")
    (folder / "en.toml").write_text("\n".join(said), encoding="utf-8", newline="")
    return root


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
