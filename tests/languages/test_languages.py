"""A page speaks the language that was chosen on this device, else the one that the browser asks for."""

import pytest
from aiohttp.test_utils import make_mocked_request
from babel.messages.catalog import Catalog
from hypothesis import given
from hypothesis import strategies as st

from exercises.saying import say
from server import languages
from server.languages import COOKIE, ENGLISH, PSEUDO, BadCatalogue, Languages, turned
from server.script_words import words_for_scripts
from tools import catalogues

ALL = Languages(["es", PSEUDO])


def asked(accept: str = "", cookie: str = "") -> str:
    headers = {"Accept-Language": accept} if accept else {}
    if cookie:
        headers["Cookie"] = f"{COOKIE}={cookie}"
    return ALL.of(make_mocked_request("GET", "/", headers=headers)).code


def test_what_was_chosen_here_counts_before_what_the_browser_asks_for():
    assert asked("es") == "es"
    assert asked("es", cookie=ENGLISH) == ENGLISH
    assert asked("", cookie="es") == "es"


def test_the_best_of_the_browsers_wishes_that_there_is():
    assert asked("fr, es-MX;q=0.8, en;q=0.3") == "es"
    assert asked("en-US, es;q=0.9") == ENGLISH
    assert asked("es;q=0") == ENGLISH
    assert asked("de, fr") == ENGLISH


def test_the_pseudo_locale_is_never_a_browsers_wish_and_no_choice_on_a_page():
    assert asked("ar-XB") == ENGLISH
    assert PSEUDO not in [language.code for language in ALL.offered]
    assert asked(cookie=PSEUDO) == PSEUDO


@given(st.text(max_size=80))
def test_no_header_is_too_strange(header: str):
    assert languages._wished(header, ["en", "es"]) in ("en", "es")


def test_a_language_without_a_catalogue_is_refused_at_the_start():
    with pytest.raises(BadCatalogue, match=r"xx\.po"):
        Languages(["xx"])


def test_a_sentence_with_values_is_looked_up_by_its_pattern():
    said = say("Only a therapist can change this.")
    with languages.speaking(ALL.get(PSEUDO)):
        assert languages.told(said) == turned("Only a therapist can change this.")
        assert said == "Only a therapist can change this.", "kept and compared, it is English"
        assert languages.told("Robin") == "Robin", "a name is no sentence of ours"


def test_a_sentence_that_has_a_plural_elsewhere_is_found_alone_too():
    with languages.speaking(ALL.get("es")):
        assert languages.told(say("Once a week")) == languages.ngettext("Once a week", "{n} times a week", 1)
        assert languages.told(say("Once a week")) != "Once a week"


def test_a_value_may_be_a_sentence_itself():
    assert languages.told(say("{what} Try again.", what=say("That took {n} minutes.", n=3))) == (
        "That took 3 minutes. Try again."
    )


def test_turning_a_sentence_leaves_its_values_and_tags_alone():
    assert turned('%(name)s ate <a href="/x">one</a> of {count}.') == '⟦%(name)s áté <a href="/x">óné</a> óf {count}.⟧'


def test_scripts_are_given_what_scripts_say_and_nothing_else():
    files = words_for_scripts(ALL, catalogues.ROOT / "static")
    assert all(name.startswith("words/") for name in files)
    told = b"".join(files.values()).decode()
    assert "That did not match. Check the address and the password, or ask your clinic for a new link." not in told


def test_a_translation_that_loses_a_value_is_named():
    template, spanish = Catalog(), Catalog(locale="es")
    for catalogue, words in ((template, ""), (spanish, "Hasta luego.")):
        catalogue.add("Until {day}.", words)
    assert list(catalogues.problems(spanish, template)) == ["other values in it ({day}): 'Until {day}.'"]


def test_a_sentence_without_a_translation_is_named():
    template = Catalog()
    template.add("Good morning.", "")
    assert list(catalogues.problems(Catalog(locale="es"), template)) == ["no translation: 'Good morning.'"]
