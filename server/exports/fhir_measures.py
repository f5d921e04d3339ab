"""Measures as FHIR: what was asked as a questionnaire, what was answered, and what it comes to."""

from collections.abc import Iterator

from exercises.saying import say
from server.exports.fhir_parts import (
    CATEGORY,
    LOINC,
    OWN,
    PHQ4,
    PHQ4_TOTAL,
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
from sessions import journal as j
from sessions import measures


def questionnaire(asked: measures.Definition, refs: Refs) -> Resource:
    """What was asked, in our words: an answer names its question, and the question stands here once.

    The words are those of its code. In `text`, where they could stand as well, pyfhircheck knows no element.
    """
    items: list[Resource] = []
    for item in asked.items:
        link, words = _link(asked.id, item.id), in_words(item.ask)
        code = [{"system": OWN, "code": f"{asked.id}:{item.id}", "display": words}]
        if link in PHQ4.values():
            code.insert(0, {"system": LOINC, "code": link})
        items.append({"linkId": link, "code": code, "type": "integer"})
        if asked.id == "activities":
            label = {"system": OWN, "code": "activities:label", "display": in_words(say("What was rated"))}
            items.append({"linkId": f"{item.id}.label", "code": [label], "type": "string"})
    return {
        "resourceType": "Questionnaire",
        "id": refs.of("questionnaire", asked.id),
        "url": _canonical(asked.id),
        "status": "active",
        "title": in_words(asked.title),
        "subjectType": ["Patient"],
        "item": items,
    }


def _answered(measure: j.Measure) -> Iterator[Resource]:
    for name, value in measure.answers.items():
        yield {"linkId": _link(measure.measure, name), "answer": [{"valueInteger": value}]}
        if name in measure.labels:
            yield {"linkId": f"{name}.label", "answer": [{"valueString": measure.labels[name]}]}


def _link(measure_id: str, item: str) -> str:
    return PHQ4.get(item, item) if measure_id == "mood" else item


def _canonical(measure_id: str) -> str:
    return f"urn:ebb:measure:{measure_id}"


def measure_resources(entry: j.Entry, measure: j.Measure, refs: Refs) -> Iterator[Resource]:
    asked = measures.BY_ID.get(measure.measure)
    if measure.answers and asked is not None:
        yield {
            "resourceType": "QuestionnaireResponse",
            "id": refs.of("measure", entry.seq),
            "questionnaire": _canonical(measure.measure),
            "status": "completed",
            "subject": refs.ref("patient"),
            "authored": instant(entry.at),
            "author": refs.ref("patient"),
            "item": [*_answered(measure)],
        }
    if measure.total is not None:
        outside = measures.ENTRY_BY_ID.get(measure.measure)
        title = asked.title if asked else measure.labels.get("name") or (outside.name if outside else measure.measure)
        code = own(f"measure:{measure.measure}", title)
        if measure.measure == "mood":
            code["coding"].insert(0, loinc(PHQ4_TOTAL))
        made = {
            **observation(refs, ("total", entry.seq), entry.at, None),
            "category": [coded(CATEGORY, "survey", "Survey")],
            "code": code,
            "valueQuantity": {"value": measure.total, "unit": "{score}", "system": UCUM, "code": "{score}"},
        }
        if measure.on:
            made["effectiveDateTime"] = measure.on
        if outside is not None:
            made.pop("performer")
        if measure.answers and asked is not None:
            made["derivedFrom"] = [refs.ref("measure", entry.seq)]
        yield made
