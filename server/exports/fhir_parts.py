"""What FHIR resources are made of: references that stay the same, codes, and moments."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid5

from server.exports.gather import Whose
from server.languages import told

Resource = dict[str, Any]

LOINC: Final = "http://loinc.org"
OWN: Final = "urn:ebb:code"
CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/observation-category"
UCUM: Final = "http://unitsofmeasure.org"
#: Looked up at loinc.org. Pain of a check-in is a 0 to 10 numeric rating that the patient reports.
PAIN: Final = ("72514-3", "Pain severity - 0-10 verbal numeric rating [Score] - Reported")
HEART_RATE: Final = ("8867-4", "Heart rate")
PHQ4_TOTAL: Final = ("70272-0", "Patient Health Questionnaire 4 item (PHQ-4) total score [Reported]")
PAINS: Final = frozenset({"pain_before", "pain_worst", "pain_after", "pain"})
#: The four questions of the PHQ-4, by their own codes.
PHQ4: Final = {"nervous": "69725-0", "worrying": "68509-9", "little_interest": "44250-9", "feeling_down": "44255-8"}


class Refs:
    """Ids of resources: the same things have the same in every export, so that a second one updates the first."""

    def __init__(self, whose: Whose) -> None:
        self._whose = whose
        self.patient = UUID(whose.patient.id)

    def of(self, *what: object) -> str:
        """A UUID that follows from whose it is and what it is."""
        return str(uuid5(self.patient, "/".join(map(str, what))))

    def ref(self, *what: object) -> Resource:
        return {"reference": f"urn:uuid:{self.of(*what)}"}

    def person(self, person_id: str) -> Resource | None:
        """Staff, or the patient; None for whoever is neither, such as a support person."""
        if person_id == self._whose.patient.id:
            return self.ref("patient")
        if any(person.id == person_id for person in self._whose.therapists):
            return self.ref("practitioner", person_id)
        name = self._whose.names.get(person_id)
        return {"display": name} if name else None


def own(code: str, words: str) -> Resource:
    """A code of Ebb's own: what it means is its words, and docs/reference/fhir.md."""
    return {"coding": [{"system": OWN, "code": code.replace(" ", "-")}], "text": in_words(words)}


def coded(system: str, code: str, display: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def loinc(coded: tuple[str, str]) -> Resource:
    code, display = coded
    return {"system": LOINC, "code": code, "display": display}


def in_words(words: str) -> str:
    return str(told(words))


def instant(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def observation(refs: Refs, what: tuple[object, ...], at_ms: int, visit: Resource | None) -> Resource:
    return {
        "resourceType": "Observation",
        "id": refs.of(*what),
        "status": "final",
        "subject": refs.ref("patient"),
        **({"encounter": visit} if visit else {}),
        "effectiveDateTime": instant(at_ms),
        "performer": [refs.ref("patient")],
    }
