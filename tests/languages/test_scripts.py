"""Every sentence that a script shows goes through `t` or `tn`, and stands in the catalogue as it stands there."""

import gzip
import json
import re
from pathlib import Path
from typing import Final

import pytest

from server.languages import PSEUDO, Languages
from server.script_words import words_for_scripts
from tests.languages.scripts import Text, texts
from tools import catalogues

STATIC: Final = catalogues.ROOT / "static"
FILES: Final = words_for_scripts(Languages([PSEUDO]), STATIC)
SAID: Final = (("t", 0), ("tn", 0), ("tn", 1))
#: What developers read.
_THROWN: Final = ("Error", "TypeError", "RangeError")
#: How a sentence or a label begins, or two words of a phrase.
_SPOKEN: Final = re.compile(r"[A-Z“][a-z’']*(?:$|[\s,.:;?!’-])|.*[a-z]{2} [a-z]", re.DOTALL)
_WORD: Final = re.compile(r"[A-Za-z]{2}")
#: Names of classes, selectors, functions of style sheets, addresses, ids.
_CODE: Final = re.compile(r"ebb-|data-|[\[\]<>=#/_@]|\w\(|px|-\{\}|\w:\{\}")
#: Keys, headers, one word for an algorithm, and names that are no words of the page.
UNSAID: Final = (
    *("Home", "End", "Escape", "Enter", "Shift", "H", "L", "V", "P-256", "Ebb", "Trouble", "ebb outbox 1"),
    *("Cache-Control", "Content-Type", "Ebb-Length-Ms", "Ebb-Owner", "Retry-After"),
    *("line {} {}", "foam {}", "thread {}", "waiting {}"),
)


def scripts() -> list[Path]:
    """All but the practice machine: its sentences are English, as its twin's are, and are looked up where shown."""
    return sorted(path for path in STATIC.rglob("*.js") if "machine" not in path.parts)


def is_bypassing(text: Text) -> bool:
    """A text for people that nobody could translate."""
    if (text.calls and text.calls[-1] in SAID) or any(name in _THROWN for name, _ in text.calls):
        return False
    if _CODE.search(text.words) or text.words in UNSAID:
        return False
    return bool(_WORD.search(text.words) if text.is_template else _SPOKEN.match(text.words))


@pytest.mark.parametrize("path", scripts(), ids=lambda path: path.relative_to(STATIC).as_posix())
def test_what_a_script_says_can_be_translated(path: Path) -> None:
    found = [f"{text.line}: {text.words!r}" for text in texts(path.read_text("utf-8")) if is_bypassing(text)]
    assert not found


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('write(place, "Nothing has started.");', "Nothing has started."),
        ("write(place, `${patient} waits`);", "{} waits"),
        ('const ready = on ? "As you like" : "";', "As you like"),
        ('t("{a} is here", { a: known ? name : "Somebody" });', "Somebody"),
        ('write(place, `${t("Yes")} ${on ? "it is on" : ""}`);', "it is on"),
        ("const words = /[\"'`]/.test(text) ? 'Two words' : text / 2;", "Two words"),
    ],
)
def test_a_sentence_that_bypasses_it_is_found(source: str, words: str) -> None:
    assert words in [text.words for text in texts(source) if is_bypassing(text)]


@pytest.mark.parametrize(
    "source",
    [
        't("Nothing has started.")',
        'tn("1 practice waits", "{n} practices wait", waiting)',
        'throw new TypeError("this page has no such thing")',
        "throw new Error(`no answer to ${name} here`)",
        'make("p", { class: "ebb-soft ebb-note" })',
        'find(root, `[data-answer="${answer}"]`)',
        "// Nothing is said in a comment.",
    ],
)
def test_what_is_said_through_it_or_to_nobody_is_not(source: str) -> None:
    assert not [text for text in texts(source) if is_bypassing(text)]


def test_the_catalogue_has_every_sentence_as_scripts_ask_for_it() -> None:
    known = catalogues.extracted()
    asked = {
        (path.name, text.words)
        for path in scripts()
        for text in texts(path.read_text("utf-8"))
        if text.calls and text.calls[-1] in (("t", 0), ("tn", 0))
    }
    assert len(asked) > 300
    assert not {(name, words) for name, words in asked if known.get(words) is None}


def words_of(part: str) -> dict[str, str | list[str]]:
    words: dict[str, str | list[str]] = json.loads(FILES[f"words/{PSEUDO}/{part}.json"])
    return words


def test_each_page_is_given_what_its_own_scripts_say():
    stopped = "Everything is stopped. It goes on when you say that you are ready."
    assert stopped in words_of("practice")
    assert stopped not in words_of("device")
    assert "Offer" not in words_of("practice")
    assert [part for part in ("call", "room", "practice") if "Words to compare" in words_of(part)] == ["call"]
    assert [part for part in ("heart", "room", "practice") if "Choose a belt" in words_of(part)] == ["heart"]


def test_no_script_says_what_no_file_has() -> None:
    """What a page loads later may lean on the words of the page."""
    everything = set().union(*(words_of(name.split("/")[-1].removesuffix(".json")) for name in FILES))
    said = {
        text.words
        for path in scripts()
        for text in texts(path.read_text("utf-8"))
        if text.calls and text.calls[-1] in (("t", 0), ("tn", 0))
    }
    assert said <= everything


def test_the_words_of_a_page_stay_small():
    assert all(len(gzip.compress(body)) < 30_000 for body in FILES.values())
