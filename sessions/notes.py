"""Notes: what a clinic's template asks for, and the values of a note. What fills it is in `sessions.drafting`. Pure.

A template is made of headings and texts; a text may name fields in braces, such as `{exercises}`, and each of them
becomes the lines that the ledger has to say about it. Everything else in a note is a therapist's own.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from exercises.saying import joined, say

SECTIONS_MOST: Final = 10
BILLING_MOST: Final = 12
TITLE_MOST: Final = 60
#: Of one section of a note.
TEXT_MOST: Final = 8000
REASON_MOST: Final = 300

#: What a template may name, in the order in which its author reads of them.
FIELDS: Final[Mapping[str, str]] = {
    "goals": "What the patient wants, in their words",
    "today": "What they said of today, from the list at arrival",
    "patient_words": "What they wrote, and their lines in check-ins",
    "comfort": "When they felt uneasy, dizzy or settled",
    "exercises": "What was done: steps, minutes, and the size with its measures",
    "breath": "The pace of the breath",
    "ratings": "Check-ins as they stand, with their numbers",
    "pauses": "Pauses, and by whom",
    "stops": "Stops, by whom, and whether they were lifted",
    "losses": "Who was away, when and for how long",
    "consent": "What was asked, and what was answered",
    "concerns": "Concerns that the safety rules raised, and suspensions",
    "scratch": "Your notes of the visit, as you wrote them",
    "programme": "Changes of the home programme in this visit",
    "home_programme": "The home programme as it stands",
    "visit": "That it was by computer: minutes, place, people there, consent and identity",
}

_FIELD: Final = re.compile(r"\{([^{}\n]{0,40})\}")


class Section(Struct, frozen=True):
    """One part of a note, or of a template: its heading, and its text."""

    title: str
    text: str


class Template(Struct, frozen=True):
    """What a clinic's notes are made of. `billing` are labels of fields that it fills in for each note."""

    id: str
    name: str
    sections: tuple[Section, ...]
    billing: tuple[str, ...] = ()


class Note(Struct, frozen=True):
    """What is written, and later signed. An amendment has one section, and the reason for it.

    `as_of_seq`: how far the session's ledger had been read when it was written. `language` is the code of the
    language that its filled parts were told in.
    """

    sections: tuple[Section, ...]
    billing: tuple[Section, ...] = ()
    template: str = ""
    as_of_seq: int = 0
    reason: str = ""
    language: str = "en"


#: What every clinic begins with. Assessment and plan are a therapist's, so nothing fills them.
SOAP: Final = Template(
    id="soap",
    name="SOAP",
    sections=(
        Section("Subjective", "{goals}\n{today}\n{patient_words}\n{comfort}"),
        Section(
            "Objective",
            "{exercises}\n{breath}\n{ratings}\n{pauses}\n{stops}\n{losses}\n{consent}\n{concerns}\n{scratch}",
        ),
        Section("Assessment", ""),
        Section("Plan", "{programme}"),
        Section("Visit by computer", "{visit}"),
    ),
)


def unknown_in(text: str) -> list[str]:
    """The names in braces that are no fields, as they were typed, each once."""
    return [name for name in dict.fromkeys(_FIELD.findall(text)) if name not in FIELDS]


def filled(text: str, lines: Mapping[str, Sequence[str]]) -> str:
    """The text with its fields. A line that named fields alone, of which none has anything to say, is left out.

    A name that is no field stays as it is typed: whoever wrote it sees that nothing came of it.
    """
    made = []
    for line in text.split("\n"):
        known = [name for name in _FIELD.findall(line) if name in FIELDS]
        if not known:
            made.append(line)
            continue
        if all(not lines.get(name) for name in known) and not _FIELD.sub("", line).strip():
            continue
        made.append(
            _FIELD.sub(lambda found: "\n".join(lines.get(found[1], ())) if found[1] in FIELDS else found[0], line)
        )
    return "\n".join(made).strip("\n")


def template_of(templates: Iterable[Template], template_id: str) -> Template:
    """The one of this id; the clinic's first where there is none, else SOAP."""
    known = list(templates)
    if template_id == SOAP.id:
        return SOAP
    return next((one for one in known if one.id == template_id), known[0] if known else SOAP)


def checked(template: Template) -> dict[str, str]:
    """What is wrong with it, by field of the form, in sentences; empty where nothing is."""
    wrong: dict[str, str] = {}
    if not template.name.strip():
        wrong["name"] = "Give the template a name."
    if not template.sections:
        wrong["title_0"] = "Write at least one heading."
    for number, section in enumerate(template.sections):
        if not section.title.strip():
            wrong[f"title_{number}"] = "Give this part a heading, or empty its text too."
        unknown = unknown_in(section.text)
        if unknown:
            wrong[f"text_{number}"] = say(
                "There is no field {unknown}. Those that there are stand below.",
                unknown=joined(f"{{{name}}}" for name in unknown),
            )
    if len({label.casefold() for label in template.billing}) != len(template.billing):
        wrong["billing"] = "Two of these are the same. Each needs a name of its own."
    return wrong
