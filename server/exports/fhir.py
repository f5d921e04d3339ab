"""A record as FHIR R4 resources (4.0.1), one after the other. docs/reference/fhir.md tells what becomes of what.

A resource is made of values that stand in the record; nothing is concluded here. There is no Condition among them,
because Ebb diagnoses nothing, no gender, because nobody was asked for it, and no code that was not looked up: what
LOINC has a code for carries it, and all else has a code of Ebb's own beside its words.
"""

import base64
from collections.abc import Iterator
from typing import Any, Final

from server.db import documents
from server.db.documents import Document
from server.exports.fhir_measures import measure_resources, questionnaire
from server.exports.fhir_parts import (
    CATEGORY,
    HEART_RATE,
    LOINC,
    PAIN,
    PAINS,
    UCUM,
    Refs,
    Resource,
    coded,
    in_words,
    instant,
    loinc,
    observation,
    own,
)
from server.exports.gather import Record, Sitting, Whose
from server.exports.papers import parts_of, title_of
from sessions import journal as j
from sessions import measures
from sessions.care import CareProgrammeSet, CareState
from sessions.events import ArrivalConfirmed
from sessions.programme import Item
from sessions.telling import OUTCOMES, RATING_NAMES
from sessions.timeline import Attempt

_DOCUMENTS: Final = {
    documents.NOTE: ("11506-3", "Progress note"),
    documents.LETTER: ("57133-1", "Referral note"),
    documents.PATHWAY: ("18776-5", "Plan of care note"),
    documents.COMMENT: ("34109-9", "Note"),
}


def entry(resource: Resource) -> Resource:
    return {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}


def of_people(whose: Whose) -> Iterator[Resource]:
    """Whom it is about, and who treats them where."""
    refs = Refs(whose)
    yield {"resourceType": "Organization", "id": refs.of("organization"), "name": whose.clinic}
    for person in whose.therapists:
        yield {
            "resourceType": "Practitioner",
            "id": refs.of("practitioner", person.id),
            "name": [{"text": person.name or "–"}],
        }
    yield {
        "resourceType": "Patient",
        "id": refs.of("patient"),
        "identifier": [{"system": "urn:ebb:patient", "value": whose.patient.id}],
        "name": [{"text": whose.name}],
        "managingOrganization": refs.ref("organization"),
        **({"generalPractitioner": [refs.ref("practitioner", whose.therapists[0].id)]} if whose.therapists else {}),
    }
    yield {
        "resourceType": "EpisodeOfCare",
        "id": refs.of("episode"),
        "status": "active" if whose.patient.disabled_ms is None else "finished",
        "patient": refs.ref("patient"),
        "managingOrganization": refs.ref("organization"),
        "period": {"start": instant(whose.patient.created_ms)},
    }


def of_record(record: Record, *, now_ms: int) -> Iterator[Resource]:
    """What is neither of people, of one session, nor about the copy itself."""
    refs = Refs(record.whose)
    yield from _plans(record, refs)
    asked = [
        entry.event.measure for entry in record.journal.of(j.MeasureTaken) if isinstance(entry.event, j.MeasureTaken)
    ]
    for measure_id in dict.fromkeys(one.measure for one in asked if one.answers):
        if measure_id in measures.BY_ID:
            yield questionnaire(measures.BY_ID[measure_id], refs)
    for said in record.journal.of(j.MeasureTaken):
        assert isinstance(said.event, j.MeasureTaken), "asked for those"
        yield from measure_resources(said, said.event.measure, refs)
    for met in record.journal.of(j.SituationMet):
        assert isinstance(met.event, j.SituationMet), "asked for those"
        ratings = _ratings(met.event.answers)
        if ratings:
            yield _panel(refs, ("situation", met.seq), met.at, "exposure", ratings, note=met.event.answers.situation)
    for paper in record.papers:
        yield _paper(paper, refs, now_ms)


def of_sitting(sitting: Sitting, whose: Whose, *, now_ms: int) -> Iterator[Resource]:
    """What one session adds. A practice at home is no encounter: its check-ins stand by themselves."""
    refs, state, session = Refs(whose), sitting.line.state, sitting.session
    visit = session.kind == "visit"
    if visit:
        yield _encounter(sitting, refs)
    at_visit = refs.ref("encounter", session.id) if visit else None
    for line in sitting.lines:
        if isinstance(line.event, ArrivalConfirmed):
            yield _consent(line.event, (session.id, line.seq), line.at, refs)
    for attempt in sitting.line.checkins:
        told = _checkin(attempt, session.id, refs, at_visit)
        if told is not None:
            yield told
    for minute in state.heart:
        yield {
            **observation(refs, ("heart", session.id, minute.seq), minute.at, at_visit),
            "category": [coded(CATEGORY, "vital-signs", "Vital Signs")],
            "code": {"coding": [loinc(HEART_RATE)], "text": "Heart rate"},
            "valueQuantity": {"value": minute.rate, "unit": "beats/minute", "system": UCUM, "code": "/min"},
            "component": [
                {
                    "code": own("heart_swing", "The heart’s swing with the breath"),
                    "valueQuantity": {"value": minute.swing_tenths / 10, "unit": "beats/minute"},
                }
            ],
        }
    there = {note.id for note in sitting.notes}
    for note in sitting.notes:
        yield _paper(note, refs, now_ms, visit=at_visit, amends=note.of_id if note.of_id in there else None)


def provenance(whose: Whose, *, by: str | None, now_ms: int) -> Resource:
    """Where this copy comes from: which record, made when, and by whom."""
    refs = Refs(whose)
    who = refs.person(by) if by else None
    return {
        "resourceType": "Provenance",
        "id": refs.of("provenance", now_ms),
        "target": [refs.ref("patient"), refs.ref("episode")],
        "recorded": instant(now_ms),
        "activity": {"text": "Export of the record by Ebb"},
        "agent": [
            {
                "type": coded("http://terminology.hl7.org/CodeSystem/provenance-participant-type", "author", "Author"),
                "who": who or refs.ref("organization"),
                "onBehalfOf": refs.ref("organization"),
            }
        ],
    }


def _plans(record: Record, refs: Refs) -> Iterator[Resource]:
    """Each version of the programme is a plan; what it asks for are its requests."""
    versions = [line for line in record.history if isinstance(line.event, CareProgrammeSet)]
    for place, line in enumerate(versions):
        assert isinstance(line.event, CareProgrammeSet), "asked for those"
        programme, newest = line.event.programme, place == len(versions) - 1
        period = {"start": instant(programme.valid_from_ms)}
        if not newest:
            period["end"] = instant(versions[place + 1].at_ms)
        yield {
            "resourceType": "CarePlan",
            "id": refs.of("plan", programme.version),
            "status": "active" if newest and programme.items else "completed",
            "intent": "plan",
            "title": f"Home programme, version {programme.version}",
            "subject": refs.ref("patient"),
            "period": period,
            "created": instant(line.at_ms),
            **({"author": who} if (who := refs.person(line.person_id or "")) else {}),
            "activity": [{"reference": refs.ref("request", programme.version, item.id)} for item in programme.items],
            **_goals(record.care),
        }
        for item in programme.items:
            yield _request(item, programme.version, line.at_ms, refs, active=newest, by=line.person_id or "")


def _goals(care: CareState) -> Resource:
    goals = care.intake.goals if care.intake else ()
    return {"note": [{"text": goal} for goal in goals]} if goals else {}


def _request(item: Item, version: int, at_ms: int, refs: Refs, *, active: bool, by: str) -> Resource:
    timing: Resource = {"frequency": item.times_a_week, "period": 1, "periodUnit": "wk"}
    if item.minutes is not None:
        timing |= {"duration": item.minutes, "durationUnit": "min"}
    who = refs.person(by)
    return {
        "resourceType": "ServiceRequest",
        "id": refs.of("request", version, item.id),
        "status": "active" if active else "completed",
        "intent": "order",
        "code": own(f"exercise:{item.exercise}", item.exercise.replace("-", " ")),
        "subject": refs.ref("patient"),
        "occurrenceTiming": {"repeat": timing},
        "authoredOn": instant(at_ms),
        **({"requester": who} if who else {}),
        **({"patientInstruction": item.note} if item.note else {}),
    }


def _encounter(sitting: Sitting, refs: Refs) -> Resource:
    state, session = sitting.line.state, sitting.session
    ended = state.ended_at is not None
    status = "finished" if state.opened_at is not None and ended else "cancelled" if ended else "in-progress"
    start, end = state.opened_at or state.due_ms, state.ended_at
    people = [person for person, role in state.people.items() if role == "therapist"]
    participants = [{"individual": who} for person in people if (who := refs.person(person)) is not None]
    return {
        "resourceType": "Encounter",
        "id": refs.of("encounter", session.id),
        "status": status,
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "VR", "display": "virtual"},
        "subject": refs.ref("patient"),
        "episodeOfCare": [refs.ref("episode")],
        "serviceProvider": refs.ref("organization"),
        **({"participant": participants} if participants else {}),
        "period": {"start": instant(start), **({"end": instant(max(start, end))} if end is not None else {})},
    }


def _consent(arrival: ArrivalConfirmed, where: tuple[str, int], at_ms: int, refs: Refs) -> Resource:
    """What was said of telehealth at the arrival check. Refused is recorded as well as given."""
    return {
        "resourceType": "Consent",
        "id": refs.of("consent", *where),
        "status": "active" if arrival.telehealth_consent else "rejected",
        "scope": coded("http://terminology.hl7.org/CodeSystem/consentscope", "treatment", "Treatment"),
        "category": [coded(LOINC, "59284-0", "Consent Document")],
        "patient": refs.ref("patient"),
        "dateTime": instant(at_ms),
        "performer": [refs.ref("patient")],
        "organization": [refs.ref("organization")],
        "policyRule": {
            **coded("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTIN", "opt-in"),
            "text": "Visit by computer",
        },
    }


def _checkin(attempt: Attempt, session: str, refs: Refs, visit: Resource | None) -> Resource | None:
    """None for one that was struck out: only that it was is left, and that is no observation."""
    if attempt.stands is None:
        return None
    answers = attempt.stands
    components = [*_ratings(answers)]
    if attempt.rung is not None:
        for name, value, words in (
            ("diameter", attempt.rung.diameter_mm, "Diameter"),
            ("length", attempt.rung.length_mm, "Length"),
        ):
            if value is not None:
                components.append(
                    {
                        "code": own(f"rung_{name}", words),
                        "valueQuantity": {"value": value, "unit": "mm", "system": UCUM, "code": "mm"},
                    }
                )
    minutes = getattr(answers, "minutes", None)
    if minutes is not None:
        components.append(
            {
                "code": own("minutes", "Minutes"),
                "valueQuantity": {"value": minutes, "unit": "min", "system": UCUM, "code": "min"},
            }
        )
    kind = str(attempt.first.__struct_config__.tag)
    made = _panel(
        refs, ("checkin", session, attempt.seq), attempt.at_ms, kind, components, visit=visit, note=answers.note
    )
    made["valueCodeableConcept"] = own(f"outcome:{answers.outcome}", OUTCOMES[answers.outcome])
    return made


def _ratings(answers: Any) -> list[Resource]:
    found = []
    for name, words in RATING_NAMES.items():
        value = getattr(answers, name, None)
        if value is None:
            continue
        code = own(name, words)
        if name in PAINS:
            code["coding"].insert(0, loinc(PAIN))
        found.append({"code": code, "valueInteger": value})
    return found


def _panel(
    refs: Refs,
    what: tuple[object, ...],
    at_ms: int,
    kind: str,
    components: list[Resource],
    *,
    visit: Resource | None = None,
    note: str | None = None,
) -> Resource:
    return {
        **observation(refs, what, at_ms, visit),
        "category": [coded(CATEGORY, "survey", "Survey")],
        "code": own(f"checkin:{kind}", "Check-in"),
        **({"component": components} if components else {}),
        **({"note": [{"text": note}]} if note else {}),
    }


def _paper(
    paper: Document, refs: Refs, now_ms: int, *, visit: Resource | None = None, amends: str | None = None
) -> Resource:
    """`amends` is a document of the same copy: one that was withheld is not named."""
    text = "\n\n".join(f"{part.title}\n{part.text}" if part.title else part.text for part in parts_of(paper))
    code, display = _DOCUMENTS.get(paper.kind, _DOCUMENTS[documents.COMMENT])
    who = refs.person(paper.author_id)
    signed = instant(paper.signed_ms or now_ms)
    return {
        "resourceType": "DocumentReference",
        "id": refs.of("paper", paper.id),
        "status": "current",
        "docStatus": "amended" if paper.of_id else "final",
        "type": {"coding": [loinc((code, display))], "text": in_words(title_of(paper))},
        "subject": refs.ref("patient"),
        "date": signed,
        **({"author": [who]} if who else {}),
        "custodian": refs.ref("organization"),
        **({"relatesTo": [{"code": "appends", "target": refs.ref("paper", amends)}]} if amends else {}),
        "content": [
            {
                "attachment": {
                    "contentType": "text/plain;charset=utf-8",
                    "data": base64.b64encode(text.encode()).decode(),
                    "title": in_words(title_of(paper)),
                    "creation": signed,
                }
            }
        ],
        **({"context": {"encounter": [visit]}} if visit else {}),
    }
