"""An exercise in another language: its own version and review, and English where it may not speak."""

from tests.exercises.shelf import SCRIPT, TRANSLATION, WORDS, Shelf

EXTERNAL = SCRIPT.replace("internal = true\n", "").replace('way_out = "leave"\n', "").replace('"hold"', '"rest"')
SPANISH = TRANSLATION.replace('title = "Quiet"', 'title = "Quieto"')
APPROVED = SPANISH.replace('"draft"', '"approved"\nreviewer = "Dr. Invented"\ndate = 2026-03-01')


def in_spanish(shelf: Shelf) -> tuple[str, str]:
    [quiet] = shelf.load("es")
    return quiet.title, quiet.language


def test_another_language_has_its_words_and_falls_back_to_english_as_a_whole(shelf: Shelf) -> None:
    shelf.write("quiet/script.toml", EXTERNAL)
    shelf.write("quiet/es.toml", SPANISH)
    shelf.write("still/script.toml", SCRIPT)
    shelf.write("still/en.toml", WORDS.replace('title = "Quiet"', 'title = "Still"'))

    told = {exercise.slug: (exercise.title, exercise.language) for exercise in shelf.load("es")}

    assert told == {"quiet": ("Quieto", "es"), "still": ("Still", "en")}


def test_work_inside_the_body_is_told_in_no_translation_that_nobody_approved(shelf: Shelf) -> None:
    shelf.write("quiet/es.toml", SPANISH)
    assert in_spanish(shelf) == ("Quiet", "en")

    shelf.write("quiet/es.toml", APPROVED)
    assert in_spanish(shelf) == ("Quieto", "es")


def test_a_translation_that_is_behind_its_script_is_not_told(shelf: Shelf) -> None:
    shelf.write("quiet/es.toml", APPROVED)
    shelf.change("quiet/script.toml", "version = 1", "version = 2")

    assert in_spanish(shelf) == ("Quiet", "en")


def test_a_translation_says_of_which_version_it_is_and_how_far_it_was_reviewed(shelf: Shelf) -> None:
    shelf.write("quiet/es.toml", WORDS)

    assert [problem.partition(": ")[2] for problem in shelf.problems()] == [
        '"of_version" is missing.',
        '"review" is missing.',
    ]


def test_words_that_are_too_long_point_at_the_file_of_their_language(shelf: Shelf) -> None:
    shelf.write("quiet/es.toml", TRANSLATION.replace('"Stay."', f'"{"a" * 401}"'))

    assert shelf.problems() == ["quiet/es.toml:14: At most 400 characters fit, and this has 401."]
