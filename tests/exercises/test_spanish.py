"""The Spanish library: whole, gentle in its own language, and never in the place of what nobody has read."""

import re
from pathlib import Path

import pytest

from exercises import checks, uneasy
from exercises.loader import LIBRARY_ROOT, LibraryBroken, load_library, warnings
from exercises.model import Exercise, ReviewStatus
from exercises.mythfile import load_myths
from exercises.wording import PLACES, PLACES_IN, Wording, has_places, places_in, spoken, usual, worded
from tests.exercises.shelf import TRANSLATION, Shelf
from tests.exercises.test_library_content import texts_of
from tests.exercises.test_script_checks import exercise, refusals, step

ENGLISH, SPANISH = load_library(LIBRARY_ROOT), load_library(LIBRARY_ROOT, "es")
TOLD = [one for one in SPANISH if one.language == "es"]
EVERY = pytest.mark.parametrize("told", TOLD, ids=lambda one: one.slug)


def saying(say: str, language: str = "es") -> Exercise:
    words = step("arrive").words
    return exercise(step("arrive", words=type(words)(say=say, eyes_open=say)), step("rest"), language=language)


def warned(say: str, language: str = "es") -> list[str]:
    return [found.reason for found in checks.uneasy_words(saying(say, language)) if found.key == "say"]


def test_everything_outside_the_body_is_told_in_spanish_and_nothing_inside() -> None:
    assert {one.slug for one in SPANISH if one.language == "en"} == {one.slug for one in ENGLISH if one.internal}
    assert not any(one.internal for one in TOLD)


def test_nothing_a_reader_is_warned_of() -> None:
    assert warnings(SPANISH) == {}


@EVERY
def test_it_is_a_draft_of_the_same_shape_as_the_english_one(told: Exercise) -> None:
    english = ENGLISH.get(told.slug)
    assert english is not None

    assert told.review.status is ReviewStatus.DRAFT
    assert told.version == english.version
    assert len(told.cautions) == len(english.cautions)
    for ours, theirs in zip(told.steps, english.steps, strict=True):
        for key in checks.STEP_WORDS:
            assert (getattr(ours.words, key) is None) == (getattr(theirs.words, key) is None), (ours.id, key)


@EVERY
def test_the_same_places_and_numbers_stand_in_both(told: Exercise) -> None:
    english = ENGLISH.get(told.slug)
    assert english is not None

    for ours, theirs in zip(texts_of(told), texts_of(english), strict=True):
        assert places_in(ours) == places_in(theirs), ours
        assert re.findall(r"\d+", ours) == re.findall(r"\d+", theirs), ours


@EVERY
@pytest.mark.parametrize("tone", ["plain", "clinical"])
def test_no_english_word_for_a_place_stands_in_a_spanish_sentence(told: Exercise, tone: str) -> None:
    english = re.compile(r"\b(?:outside|entrance|introitus|pelvic floor|tailbone|coccyx|dilator)\b", re.IGNORECASE)
    heard = texts_of(spoken(told, Wording(tone="clinical" if tone == "clinical" else "plain")))

    assert not [text for text in heard if english.search(text) or "{" in text]


def test_every_language_with_places_has_all_of_them() -> None:
    for language, words in PLACES_IN.items():
        assert words.keys() == PLACES.keys(), language


def test_a_place_speaks_the_language_of_its_sentence_and_somebodys_own_word_comes_first() -> None:
    sentence = "Cuando entra el aire, tu {floor} se ensancha."

    assert worded(sentence, language="es") == "Cuando entra el aire, tu suelo pélvico se ensancha."
    assert worded(sentence, Wording(own={"floor": "hamaca"}), language="es").endswith("tu hamaca se ensancha.")
    assert worded("tu {tailbone}", Wording(tone="clinical"), language="es") == "tu cóccix"
    assert usual("tailbone", "plain", language="es-MX") == "coxis"
    assert usual("tailbone", "plain", language="fr") == "tailbone"


@pytest.mark.parametrize("article", ["el", "la", "La", "un", "una", "del", "al"])
def test_an_article_before_a_place_is_refused_in_spanish(article: str) -> None:
    assert ("places_read_well", "arrive") in refusals(saying(f"Percibe {article} {{floor}}."))


@pytest.mark.parametrize("say", ["¿{floor} se ensancha?", "{floor} baja.", "Respira. {floor} baja."])
def test_a_place_does_not_begin_a_spanish_sentence(say: str) -> None:
    assert ("places_read_well", "arrive") in refusals(saying(say))


@pytest.mark.parametrize("say", ["Percibe tu {floor}.", "Lo que aquí llamamos {vulva}.", "A tu {floor} le basta."])
def test_what_goes_with_every_word_is_allowed(say: str) -> None:
    assert refusals(saying(say)) == []


def test_a_language_without_words_for_the_places_does_not_get_english_ones() -> None:
    assert not has_places("fr")
    assert ("known_places", "arrive") in refusals(saying("Sens ton {floor}.", "fr"))
    assert refusals(saying("Sens tes pieds.", "fr")) == []


@pytest.mark.parametrize(
    ("say", "why"),
    [
        ("Aprieta y suelta.", "works against"),
        ("Contrae el suelo pélvico.", "works against"),
        ("Empuja hacia abajo.", "works against"),
        ("Puja un poco.", "works against"),
        ("Eleva el suelo pélvico.", "works against"),
        ("Haz un esfuerzo.", "works against"),
        ("Debes respirar.", "judges"),
        ("Deberías sentirlo.", "judges"),
        ("Tienes que soltar.", "judges"),
        ("Es normal.", "judges"),
        ("Has fallado.", "judges"),
        ("Muy bien.", "praises"),
        ("¡Perfecto!", "praises"),
        ("Quédate sentada.", "assumes who"),
        ("Estás más relajado.", "assumes who"),
        ("Te sientes sola.", "assumes who"),
        ("Como muchas mujeres.", "assumes who"),
        ("Con tu marido.", "assumes whom"),
        ("Antes del coito.", "assumes whom"),
        ("Esto cura.", "promises"),
        ("El 90 por ciento.", "promises"),
        ("Con éxito garantizado.", "promises"),
    ],
)
def test_what_is_warned_of_in_spanish(say: str, why: str) -> None:
    assert any(why in reason for reason in warned(say)), warned(say)


@pytest.mark.parametrize(
    "say",
    [
        "Deja que se quede abierto.",
        "No hay nada que alcanzar.",
        "Relaja la mandíbula.",
        "Un pie quieto.",
        "Fácil y suave.",
    ],
)
def test_what_is_not(say: str) -> None:
    assert warned(say) == []


def test_each_language_is_read_with_its_own_words() -> None:
    assert warned("Push.", "en")
    assert not warned("Push.", "es")
    assert not warned("Aprieta.", "en")
    assert warned("Aprieta.", "es-MX")
    assert uneasy.WORDS.keys() == uneasy.RATES.keys() == uneasy.HARSH.keys() == uneasy.ARTICLES.keys()


def test_a_translation_with_a_word_in_the_wrong_place_is_named_with_its_line(shelf: Shelf) -> None:
    shelf.write("quiet/es.toml", TRANSLATION)
    shelf.change("quiet/es.toml", "A quiet one.", "Percibe la {floor}.")

    assert shelf.problems() == [
        f"quiet/es.toml:{shelf.line('quiet/es.toml', 'summary')}: {uneasy.ARTICLES['es'][1]}",
    ]


def test_the_myths_are_the_same_ones_from_the_same_sources() -> None:
    english, spanish = load_myths(), load_myths(language="es")

    assert spanish.language == "es"
    assert spanish.review.status is ReviewStatus.DRAFT
    assert [one.id for one in spanish.pairs] == [one.id for one in english.pairs]
    assert [[source.cite for source in one.sources] for one in spanish.pairs] == [
        [source.cite for source in one.sources] for one in english.pairs
    ]


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ("9 de cada 10 lo consiguen.", "No figures of success"),
        ("Se cura.", "No figures of success"),
        ("Deberías soltar.", "can be read as a reproach"),
        ("Tienes que soltar.", "can be read as a reproach"),
    ],
)
def test_a_spanish_myth_promises_nothing_and_tells_nobody_off(tmp_path: Path, known: str, words: str) -> None:
    pair = (
        f'[[myth]]\nid = "a"\nheard = "Algo."\nknown = "{known}"\n[[myth.source]]\nsupports = "Algo."\ncite = "2024"\n'
    )
    (tmp_path / "es.toml").write_text(pair, "utf-8")

    with pytest.raises(LibraryBroken, match=words):
        load_myths(tmp_path, "es")
