"""What goes with an erasure, what stays, why and until when: the same words before it, at its record, and in print."""

from collections.abc import Callable
from datetime import date
from typing import Final

from msgspec import Struct

from exercises.saying import joined, say
from server import dates
from server.days import day_at
from server.db.erasures import Erasure
from server.erasing import RING_COPIES_DAYS

PERSONAL: Final = (
    say("The messages between you and your therapists."),
    say("What you wrote for yourself: thoughts, situations that you fear, and how it was to meet them."),
    say("What you practised at home, with all that your phone told of it."),
    say("Notes and letters about you that were begun and not signed."),
    say("Your reminders, with the address and the times in them."),
    say("Where you were on the day of a visit, and how to reach you."),
)
LEAVING: Final = (
    say("Your e-mail address, your password, and every device that is signed in."),
    say("Visits that are planned: they are called off, and your therapist is told."),
    say("Whoever you let be with you: their names, and what they could see."),
)
STAYS: Final = (
    say("Visits: what was done in them, and what you told in the check-ins."),
    say("What you answered to questions, also what you kept to yourself: no therapist is shown that."),
    say("What was found and decided: history, clearance, sizes, the programme, your own words for it."),
    say("Notes and letters that were signed."),
    say("Your name, so that the record can be found if you ask for it."),
)
ALWAYS: Final = (
    say("Numbers and times: when there was a visit, and who looked at the record when. Not a word of what it was."),
    say("That something was erased, and when."),
)
_SAVED: Final = say("Copies that somebody saved from here, and mails that were sent, are out of Ebb’s reach.")
_PHONE_LEAVES: Final = say(
    "What lies on your own devices is deleted there: this browser is asked to do it now, any other one under "
    "“This phone”."
)
_PHONE_STAYS: Final = say(
    "What lies on your own phone stays there until you delete it under “This phone”; what it has not delivered yet "
    "cannot be opened any more."
)


class Line(Struct, frozen=True):
    """One fact of the record: what, and when or how long."""

    name: str
    value: str


class Record(Struct, frozen=True):
    """A record of an erasure, without a word of what was erased, and without a name."""

    title: str
    facts: tuple[Line, ...]
    gone: tuple[str, ...]
    stays: tuple[str, ...]
    why: str
    left: tuple[str, ...]
    backups: str
    reach: str


def gone(*, leaves: bool) -> tuple[str, ...]:
    return (*PERSONAL, *LEAVING) if leaves else PERSONAL


def why_stays(*, leaves: bool, clinic: str, years: int, until: date | None) -> str:
    """Why the care record is not erased with it, and until when."""
    if not leaves or until is None:
        return say(
            "This is the record of your treatment, and the treatment goes on. The law obliges {clinic} to keep it.",
            clinic=clinic,
        )
    return say(
        "This is the record of your treatment. The law obliges {clinic} to keep it: {years} years after the last entry."
        " On {day} its key is destroyed too, and then nobody can read it any more.",
        clinic=clinic,
        years=years,
        day=dates.whole_date(until),
    )


def reach(*, leaves: bool) -> str:
    """What no key of ours reaches."""
    return joined([_SAVED, _PHONE_LEAVES if leaves else _PHONE_STAYS], by=" ")


def backups() -> str:
    return say(
        "Backups hold what was erased only as noise, because the key is not in them. Copies of the keys themselves, "
        "which the clinic makes in case a machine breaks, are to be gone within {days} days.",
        days=RING_COPIES_DAYS,
    )


def day_of(at_ms: int, zone: str) -> str:
    return dates.whole_date(day_at(at_ms, zone))


def record_of(erasure: Erasure, *, clinic: str, zone: str, years: int) -> Record:
    """Of an erasure that was done. The days are those of the clinic's place."""
    assert erasure.personal_ms is not None, "there is a record of what was done alone"
    facts = [
        Line(say("Clinic"), clinic),
        Line(say("Asked on"), day_of(erasure.asked_ms, zone)),
        Line(say("By"), _by(erasure)),
        Line(say("What is personal was erased on"), day_of(erasure.personal_ms, zone)),
    ]
    until = None if erasure.care_until_ms is None else day_at(erasure.care_until_ms, zone)
    if erasure.care_ms is not None:
        facts.append(Line(say("The care record was erased on"), day_of(erasure.care_ms, zone)))
    elif until is not None:
        facts.append(Line(say("The care record is kept until"), dates.whole_date(until)))
    else:
        facts.append(Line(say("The care record"), say("is kept, since the treatment goes on")))
    everything = erasure.care_ms is not None
    return Record(
        title=say("Record of an erasure"),
        facts=tuple(facts),
        gone=(*gone(leaves=erasure.leaves), *STAYS) if everything else gone(leaves=erasure.leaves),
        stays=() if everything else STAYS,
        why="" if everything else why_stays(leaves=erasure.leaves, clinic=clinic, years=years, until=until),
        left=ALWAYS,
        backups=backups(),
        reach=reach(leaves=erasure.leaves),
    )


def _by(erasure: Erasure) -> str:
    if erasure.own:
        return say("The person whose record it is")
    if erasure.by_age:
        return say("The clinic: as long as it keeps records, nobody had written in it")
    return say("The clinic, for the person whose record it is")


def text_of(record: Record, told: Callable[[str], str]) -> str:
    """For a file of plain text. `told` puts a sentence into the language of whoever reads."""
    lines = [told(record.title), ""]
    lines += [f"{told(one.name)}: {told(one.value)}" for one in record.facts]
    for title, items in sections(record):
        lines += ["", told(title), *(f"- {told(item)}" for item in items)]
    lines += ["", told(record.backups), "", told(record.reach)]
    return "\n".join(lines) + "\n"


def sections(record: Record) -> list[tuple[str, tuple[str, ...]]]:
    found: list[tuple[str, tuple[str, ...]]] = [(say("Nobody can read any more"), record.gone)]
    if record.stays:
        found.append((say("What stays, and why"), (record.why, *record.stays)))
    return [*found, (say("What is left for good"), record.left)]
