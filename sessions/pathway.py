"""The care pathway: the four lines of treatment, and what a therapist writes down about them in the journal.

The lines are those of an expert panel, and no law: each may go on beside the one before. Status of every sentence:
draft, until a clinician of the practice has read it. When to look back follows in `sessions.looking_back`.
"""

from typing import Annotated, Final

from msgspec import Meta, Struct

from sessions.people import Refused

#: Torosis and others, A Treatment Algorithm for High-Tone Pelvic Floor Dysfunction. A Delphi panel of 11 to 12.
SOURCE: Final = (
    "Torosis and others, A treatment algorithm for high-tone pelvic floor dysfunction, Obstetrics & Gynecology 2024"
)


class Treatment(Struct, frozen=True):
    """`look_weeks` is from when to when after it to look at it again, where a source says so."""

    id: str
    words: str
    look_weeks: tuple[int, int] | None = None


class Line(Struct, frozen=True):
    number: int
    title: str
    words: str
    treatments: tuple[Treatment, ...]


LINES: Final = (
    Line(
        1,
        "Pelvic floor physiotherapy",
        "Where somebody begins: learning to let go, breathing, gradual steps, at home and in visits. Where it is "
        "enough, it ends with a programme for home.",
        (Treatment("physiotherapy", "Pelvic floor physiotherapy"),),
    ),
    Line(
        2,
        "With physiotherapy or after it: any of three",
        "None of the three comes before the others. Each may go on together with physiotherapy.",
        (
            Treatment("tender_points", "Injection into tender or trigger points"),
            Treatment("relaxant", "Muscle relaxant, used in the vagina"),
            Treatment("cbt", "Cognitive behavioural therapy"),
        ),
    ),
    Line(
        3,
        "Botulinum toxin A",
        "An injection into the muscles of the floor. How it went is looked at after 2 to 4 weeks.",
        (Treatment("botulinum", "Botulinum toxin A", (2, 4)),),
    ),
    Line(
        4,
        "Sacral neuromodulation",
        "Where the lines before did not help enough.",
        (Treatment("neuromodulation", "Sacral neuromodulation"),),
    ),
)
TREATMENTS: Final = {one.id: one for line in LINES for one in line.treatments}


# Commands and events of the journal

Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Line200 = Annotated[str, Meta(min_length=1, max_length=200)]
Words500 = Annotated[str, Meta(min_length=1, max_length=500)]


class NoteTreatment(Struct, frozen=True, tag="journal.treat"):
    """Something of the pathway was begun or had: `treatment` is an id of `TREATMENTS`."""

    treatment: str
    on: Day
    until: Day | None = None
    note: Line200 | None = None


class EndTreatment(Struct, frozen=True, tag="journal.treat_end"):
    """What went on until then ended; `outcome` is how it went, in a line."""

    of: int
    until: Day
    outcome: Line200 | None = None


class LookBack(Struct, frozen=True, tag="journal.look_back"):
    """A point of the pathway was looked at together: `mark` names it, `words` say what was found and what follows."""

    mark: Annotated[str, Meta(pattern=r"^[a-z]+-[0-9]{1,9}$")]
    words: Words500


class SignLetter(Struct, frozen=True, tag="journal.sign_letter"):
    """A therapist signed a letter. `sha256` is that of what was signed, in hex; `to` the kind of whom it goes to."""

    document: str
    sha256: str
    to: str


class TreatmentNoted(Struct, frozen=True, tag_field="type", tag="journal.treatment_noted"):
    """As it stands: the end and the outcome are those of a later line where there is one."""

    treatment: str
    on: str
    until: str | None = None
    note: str | None = None
    outcome: str | None = None


class TreatmentEnded(Struct, frozen=True, tag_field="type", tag="journal.treatment_ended"):
    of: int
    until: str
    outcome: str | None = None


class LookedBack(Struct, frozen=True, tag_field="type", tag="journal.looked_back"):
    mark: str
    words: str


class LetterSigned(Struct, frozen=True, tag_field="type", tag="journal.letter_signed"):
    document: str
    sha256: str
    to: str


PathwayCommand = NoteTreatment | EndTreatment | LookBack | SignLetter
PathwayEvent = TreatmentNoted | TreatmentEnded | LookedBack | LetterSigned


def decide_pathway(command: PathwayCommand, noted: TreatmentNoted | None) -> PathwayEvent:
    """`noted` is the entry that the command is about, or None where it is not there (any more). Raises Refused."""
    match command:
        case NoteTreatment(treatment=treatment, on=on, until=until, note=note):
            if treatment not in TREATMENTS:
                raise Refused("bad_message", "Choose from the list.", fields={"treatment": "Choose from the list."})
            _in_order(on, until)
            return TreatmentNoted(treatment=treatment, on=on, until=until, note=note)
        case EndTreatment(of=of, until=until, outcome=outcome):
            if noted is None:
                raise Refused("bad_message", "This entry is not there any more.", fields={"of": "not there"})
            _in_order(noted.on, until)
            return TreatmentEnded(of=of, until=until, outcome=outcome)
        case LookBack(mark=mark, words=words):
            return LookedBack(mark=mark, words=words)
        case SignLetter(document=document, sha256=sha256, to=to):
            return LetterSigned(document=document, sha256=sha256, to=to)


def _in_order(on: str, until: str | None) -> None:
    if until is not None and until < on:
        raise Refused("bad_message", "The end lies before the beginning.", fields={"until": "Choose a later day."})
