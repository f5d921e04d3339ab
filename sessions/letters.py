"""Letters to somebody else who treats the patient: to whom, why, and what a letter is made of. Pure.

Ebb fills a letter from the record; a therapist edits and signs it. Status of every sentence: draft, until a clinician
of the practice has read it. The reasons follow what the guidance in `sessions.pathway` and pelvic health services
say; those to a pain clinic are our own choice.
"""

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

ADDRESS_MOST: Final = 600
SUBJECT_MOST: Final = 200
TEXT_MOST: Final = 8_000
CHARTS: Final = {
    "weeks": "Practice at home, week by week",
    "steps": "Steps of the ladder",
    "pain": "Pain",
    "worry": "Worry and tightening",
    "fear": "Fear in situations",
    "beside": "What stood beside the exercises",
}


class Kind(Struct, frozen=True):
    """Whom a letter goes to. `reasons` are ticked when it is begun; `asks` are the requests that it ends with."""

    id: str
    title: str
    reasons: dict[str, str]
    asks: tuple[str, ...]


KINDS: Final = {
    kind.id: kind
    for kind in (
        Kind(
            "gynaecology",
            "Gynaecology or vulval clinic",
            {
                "bleeding": "Bleeding that has no known reason",
                "skin": "A change of the skin",
                "infection": "Signs of an infection",
                "endometriosis": "Signs of endometriosis",
                "atrophy": "Thin or dry tissue",
                "lump": "A lump, or a bulge",
                "deep_pain": "Pain that lies deep",
            },
            (
                "I ask you to examine, as far as it is bearable, and to say what speaks against work inside the body.",
                "Please let the patient say when to stop; an examination that ends early is all right.",
            ),
        ),
        Kind(
            "therapist",
            "Psychosexual or trauma therapist",
            {
                "fear": "Fear that does not get less with small steps",
                "trauma": "Signs that something earlier is still near",
                "reaction": "The whole body reacts as soon as anything comes near",
                "relationship": "Distress in a relationship",
                "safety": "A relationship that may not be safe",
            },
            ("I ask for your view, and for treatment beside ours if you find that it helps.",),
        ),
        Kind(
            "pain",
            "Pain clinic",
            {
                "stays": "Pain that stays the same over weeks of gentle practice",
                "wide": "Pain in more than one place",
                "sleep": "Pain that keeps from sleep or work",
                "medicine": "A question about medicines for pain",
            },
            ("I ask for your assessment, and for what could be given beside physiotherapy.",),
        ),
        Kind(
            "physiotherapy",
            "Pelvic floor physiotherapy in person",
            {
                "no_change": "No change over weeks",
                "hands": "Something that has to be felt with a hand",
                "wish": "The wish to be seen in person",
            },
            ("I ask you to go on in person, as far as it is bearable. Nothing has to be inserted to begin.",),
        ),
    )
}

Delivery = Literal["address", "hand"]


class Trace(Struct, frozen=True, forbid_unknown_fields=True):
    """One column of numbers: its name as it was told, its mark, and a value for each row, None where none was given."""

    name: str
    mark: Literal["dot", "ring", "cap", "stroke", "span"]
    joined: bool
    values: tuple[float | None, ...]


class Drawing(Struct, frozen=True, forbid_unknown_fields=True):
    """What a chart is drawn from, over the calendar from `from_ms` to `until_ms`: the numbers of its table.

    `rows` tell of each row when it was, until when it lasted, and whether its mark is hollow: what it says was told
    under something that hides pain. `rules` are the lines of the scale.
    """

    from_ms: int
    until_ms: int
    zone: str
    traces: tuple[Trace, ...]
    rows: tuple[tuple[int, int | None, bool], ...]
    rules: tuple[tuple[float, str], ...]
    named: bool = False
    height: int = 72


class Picture(Struct, frozen=True, forbid_unknown_fields=True):
    """A chart as it was signed, in words already told: its title, the head of its table and the rows, oldest first.

    Letters of earlier days have no `drawing`. They have `points` of their first series instead: (share of the time,
    value, whether a line leads there from the one before), from `least` to `most`, from day `first` to `last`.
    """

    title: str
    note: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    points: tuple[tuple[float, float, bool], ...] = ()
    least: float = 0.0
    most: float = 0.0
    first: str = ""
    last: str = ""
    drawing: Drawing | None = None


class Letter(Struct, frozen=True, forbid_unknown_fields=True):
    """A letter as it stands in its document. `charts` are ids of `CHARTS`; nothing of them is kept while it is a draft.

    `pictures` and `sender` are filled in when it is signed, so that what was signed stays what it was.
    """

    kind: str
    subject: Annotated[str, Meta(max_length=SUBJECT_MOST)] = ""
    address: Annotated[str, Meta(max_length=ADDRESS_MOST)] = ""
    delivery: Delivery | None = None
    text: Annotated[str, Meta(max_length=TEXT_MOST)] = ""
    charts: tuple[str, ...] = ()
    sender: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    language: str = "en"
