"""A patient's own words in the places of a script: put in as text, whatever they hold."""

import pytest
from msgspec import structs

from exercises.loader import LIBRARY_ROOT, load_library
from exercises.wording import PLACES, PLAIN, Wording, isolated, kept, mark, spoken, worded, worded_parts

SENTENCE = "On the breath in your {floor} widens."
LIBRARY = load_library(LIBRARY_ROOT)
#: Words that somebody may well have, and some that nobody would: each must come out as it went in.
HARD = {
    "markup": "<b onclick='x'>it</b> &amp;",
    "a template": "{{ floor }} {% raw %}",
    "another place": "{vagina} and {floor}",
    "a group of a pattern": r"\1 \g<1> $1",
    "emoji": "🌺👩🏽‍🦰",
    "combining": "fl̈o̧wẽr",
    "200 characters": "w" * 200,
    "Hindi": "फूल",
}
RIGHT_TO_LEFT = {"Arabic": "زهرة", "Hebrew": "פרח", "mixed": "my زهرة"}


def test_a_place_says_the_plain_word_where_nothing_else_was_chosen():
    assert worded(SENTENCE) == "On the breath in your pelvic floor widens."
    assert worded("Rest a hand on the {vulva}.") == "Rest a hand on the outside."


def test_the_clinical_word_where_that_was_chosen():
    assert worded("Rest a hand on the {vulva}.", Wording(tone="clinical")) == "Rest a hand on the vulva."


def test_the_patients_own_word_before_both():
    wording = Wording(tone="clinical", own={"vulva": "petals"})

    assert worded("Rest a hand on the {vulva}.", wording) == "Rest a hand on the petals."


@pytest.mark.parametrize("word", HARD.values(), ids=HARD)
def test_any_word_goes_in_as_the_text_that_it_is(word: str):
    assert worded(SENTENCE, Wording(own={"floor": word})) == f"On the breath in your {word} widens."


@pytest.mark.parametrize("word", RIGHT_TO_LEFT.values(), ids=RIGHT_TO_LEFT)
def test_a_word_that_runs_the_other_way_turns_nothing_around_it(word: str):
    assert worded(SENTENCE, Wording(own={"floor": word})) == f"On the breath in your \u2068{word}\u2069 widens."


def test_a_word_brings_no_marks_that_turn_what_follows():
    assert isolated("\u202eabc\u2069") == "abc"
    assert isolated("\u202eزهرة\u2069") == "\u2068زهرة\u2069"
    assert kept("\u202e it ") == "it"


@pytest.mark.parametrize("nothing", ["", "   ", "\u200d", "\u202e\u2069", "\u0301"])
def test_what_nobody_could_see_is_no_word(nothing: str):
    assert kept(nothing) is None


def test_a_mark_without_a_letter_does_not_settle_on_the_sentence():
    assert kept("\u0301it") == "it"
    assert kept("👩🏽‍🦰") == "👩🏽‍🦰"


def test_the_parts_of_a_text_are_the_text():
    wording = Wording(own={"floor": "hammock"})
    text = "Your {floor}, your {floor}, your {nothing}."

    assert worded_parts(text, wording) == [
        ("Your ", None),
        ("hammock", "floor"),
        (", your ", None),
        ("hammock", "floor"),
        (", your {nothing}.", None),
    ]


def test_the_mark_tells_wordings_apart_and_says_none_of_them():
    own = Wording(own={"floor": "hammock"})

    assert mark(PLAIN) == mark(Wording(address="Ro")) == ""
    assert len({mark(own), mark(Wording(tone="clinical")), mark(Wording(own={"floor": "net"})), ""}) == 4
    assert mark(own) == mark(Wording(own={"floor": "hammock"}, address="Ro"))
    assert "hammock" not in mark(own)


@pytest.mark.parametrize("slug", [exercise.slug for exercise in LIBRARY])
@pytest.mark.parametrize("wording", [PLAIN, Wording(tone="clinical"), Wording(own=dict.fromkeys(PLACES, "word"))])
def test_no_place_is_left_in_any_text_of_an_exercise_that_is_told(slug: str, wording: Wording):
    exercise = LIBRARY.get(slug)
    assert exercise is not None

    told = spoken(exercise, wording)

    texts = [told.title, told.summary, told.why, *told.cautions]
    texts += [text for step in told.steps for text in structs.asdict(step.words).values() if text]
    assert not any("{" in text or "}" in text for text in texts)
