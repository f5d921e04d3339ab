"""Intake: what was tried before, what the patient wants, and what is known of the body. With the lists it asks from."""

from typing import Annotated

from msgspec import Meta, Struct

Line = Annotated[str, Meta(max_length=300)]


class Intake(Struct, frozen=True, forbid_unknown_fields=True):
    """What was tried before, what the patient wants, and what is known of the body. A line each, in their words.

    `tried` are ids of `TRIED`, `taught_by` who taught squeezing; `asked` are ids of `CONDITIONS` that were asked
    about, `conditions` those of them that were found; `examined` is by whom and when, or why not.
    """

    tried: tuple[str, ...] = ()
    taught_by: Line | None = None
    note: Annotated[str, Meta(max_length=1000)] | None = None
    goals: Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...], Meta(max_length=5)] = ()
    asked: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    conditions_note: Annotated[str, Meta(max_length=1000)] | None = None
    examined: Line | None = None


#: Squeezing exercises stand first: for a floor that is too tight already they can make things worse.
TRIED: dict[str, str] = {
    "squeezing": "Squeezing or strengthening exercises",
    "relaxing": "Relaxing or breathing exercises",
    "dilators": "Dilators",
    "physiotherapy": "Physiotherapy in person",
    "counselling": "Counselling or sex therapy",
    "medicine": "A medicine, a cream or an injection",
    "surgery": "Surgery",
}


#: Asked about before anything internal, because each of them can be the reason for pain, or a reason to wait.
CONDITIONS: dict[str, str] = {
    "infection": "An infection",
    "skin": "A condition of the skin",
    "endometriosis": "Endometriosis",
    "atrophy": "Thin or dry tissue (atrophy)",
    "vulvodynia": "Lasting pain of the vulva (vulvodynia)",
    "surgery": "Surgery",
    "childbirth": "A birth, and how it went",
    "pregnancy": "A pregnancy now",
    "bleeding": "Bleeding that has no known reason",
    "lump": "A lump, or a bulge",
    "cancer": "Cancer in the pelvis, or its treatment",
    "allergy": "An allergy, such as to latex or a lubricant",
}
