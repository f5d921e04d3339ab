"""Writing the journal: who may write what, and what the state is afterwards. Pure."""

from typing import Final

from msgspec import Struct, structs

from exercises.saying import say
from sessions import safety
from sessions.flags import Tier
from sessions.journal import (
    AdjunctEnded,
    AdjunctLogged,
    ConcernSeen,
    DropSituation,
    EndAdjunct,
    Entry,
    JournalCommand,
    JournalConcern,
    JournalEvent,
    JournalState,
    KeepPrivate,
    KeptPrivate,
    LanguageChosen,
    ListSituation,
    LogAdjunct,
    MeasureTaken,
    Meet,
    NoteShown,
    NoteSigned,
    NoteWithheld,
    Prefer,
    Preferred,
    Raise,
    Read,
    ReadIn,
    Said,
    Say,
    See,
    ShowNote,
    SignNote,
    SituationDropped,
    SituationListed,
    SituationMet,
    Strike,
    StruckOut,
    Take,
    TellWrong,
    ThoughtWritten,
    WasRead,
    WithholdNote,
    WriteThought,
    WrongTold,
)
from sessions.measures import checked, concerns_of
from sessions.pathway import (
    EndTreatment,
    LookBack,
    NoteTreatment,
    SignLetter,
    TreatmentEnded,
    TreatmentNoted,
    decide_pathway,
)
from sessions.people import Actor, Refused, Role

#: Of one person. Whoever writes more than this in a day needs a conversation, not another message.
MESSAGES_A_DAY: Final = 30
_DAY_MS: Final = 86_400_000

_THERAPIST = frozenset({Role.THERAPIST})
_PATIENT = frozenset({Role.PATIENT})
_BOTH = _THERAPIST | _PATIENT

MAY: dict[type[Struct], frozenset[Role]] = {
    Say: _BOTH,
    Read: _BOTH,
    WriteThought: _PATIENT,
    ListSituation: _BOTH,
    DropSituation: _BOTH,
    Meet: _PATIENT,
    Take: _BOTH,
    LogAdjunct: _BOTH,
    EndAdjunct: _BOTH,
    Strike: _BOTH,
    KeepPrivate: _PATIENT,
    TellWrong: _PATIENT,
    Raise: frozenset({Role.SYSTEM}),
    Prefer: _PATIENT,
    ReadIn: _PATIENT,
    See: _THERAPIST,
    NoteTreatment: _THERAPIST,
    EndTreatment: _THERAPIST,
    LookBack: _THERAPIST,
    SignLetter: _THERAPIST,
    SignNote: _THERAPIST,
    WithholdNote: _THERAPIST,
    ShowNote: _THERAPIST,
}


def decide_journal(
    state: JournalState, command: JournalCommand, actor: Actor, *, now_ms: int = 0
) -> list[JournalEvent]:
    """The events that `command` makes. Raises Refused. What is already so makes none.

    `now_ms` bounds how many messages a day brings; without it every earlier one counts.
    """
    if actor.role not in MAY[type(command)]:
        raise Refused("not_allowed", "That is not yours to do here.")
    match command:
        case Say(text=text):
            _not_too_many(state, actor, now_ms)
            return [Said(text=text)]
        case WriteThought(thought=thought):
            return [ThoughtWritten(thought=thought)]
        case ListSituation(situation=situation, expected=expected):
            return [SituationListed(situation=situation, expected=expected)]
        case Meet(answers=answers):
            return [SituationMet(answers=answers)]
        case Take(measure=measure):
            # In one decision, so that an answer never stands in the record without what it raises.
            taken = checked(measure, actor.role)
            return [MeasureTaken(measure=taken), *concerns_of(taken)]
        case TellWrong():
            return _told(command)
        case SignNote() | WithholdNote() | ShowNote():
            return _of_a_note(command)
        case NoteTreatment() | EndTreatment() | LookBack() | SignLetter():
            return [decide_pathway(command, _treatment(state, command))]
        case Prefer(progress=progress):
            return [] if progress == state.shows_progress else [Preferred(progress=progress)]
        case ReadIn(language=language):
            return [] if language == state.language else [LanguageChosen(language=language)]
        case _:
            return _about_another(state, command, actor)


def _of_a_note(command: SignNote | WithholdNote | ShowNote) -> list[JournalEvent]:
    """That it was signed, or is kept from the patient's export. The words themselves are a document of their own."""
    match command:
        case SignNote():
            return [NoteSigned(**structs.asdict(command))]
        case WithholdNote(document=document, reason=reason):
            return [NoteWithheld(document=document, reason=reason)]
        case ShowNote(document=document):
            return [NoteShown(document=document)]


def _treatment(state: JournalState, command: Struct) -> TreatmentNoted | None:
    of = command.of if isinstance(command, EndTreatment) else None
    found = next((entry.event for entry in state.of(TreatmentNoted) if entry.seq == of), None)
    return found if isinstance(found, TreatmentNoted) else None


def _not_too_many(state: JournalState, actor: Actor, now_ms: int) -> None:
    lately = sum(1 for entry in state.messages if entry.person == actor.id and entry.at > now_ms - _DAY_MS)
    if lately >= MESSAGES_A_DAY:
        raise Refused(
            "too_fast",
            "That are many messages for one day.",
            fields={
                "text": say(
                    "{most} messages a day are the most here. What you wrote stays in the field: "
                    "send it tomorrow, or call the clinic if it cannot wait.",
                    most=MESSAGES_A_DAY,
                )
            },
        )


def _about_another(
    state: JournalState,
    command: Read | DropSituation | LogAdjunct | EndAdjunct | Strike | KeepPrivate | Raise | See,
    actor: Actor,
) -> list[JournalEvent]:
    """What depends on what stands there already."""
    match command:
        case Read(until=until):
            until = min(until, state.seq)
            return [WasRead(until=until)] if until > state.read.get(actor.role, 0) else []
        case DropSituation(of=of):
            listed = _entry(state, of, SituationListed)
            if listed.by is Role.PATIENT and actor.role is not Role.PATIENT:
                raise Refused("not_allowed", "This is the patient's own. They alone take it off the list.")
            return [SituationDropped(of=of)]
        case LogAdjunct(adjunct=adjunct):
            _in_order(adjunct.on, adjunct.until)
            return [AdjunctLogged(adjunct=adjunct)]
        case EndAdjunct(of=of, until=until):
            logged = _entry(state, of, AdjunctLogged).event
            assert isinstance(logged, AdjunctLogged), "looked up by its kind"
            _in_order(logged.adjunct.on, until)
            return [AdjunctEnded(of=of, until=until)]
        case Strike(of=of):
            return _struck(state, of, actor)
        case KeepPrivate():
            return _kept_private(state, command, actor)
        case Raise():
            return _raised(state, command)
        case See(seq=seq, ledger=ledger):
            return [] if (ledger, seq) in state.seen else [ConcernSeen(seq=seq, ledger=ledger)]


def _entry(state: JournalState, of: int, kind: type[Struct]) -> Entry:
    found = next((entry for entry in state.of(kind) if entry.seq == of), None)
    if found is None:
        raise Refused("bad_message", "This entry is not there any more.", fields={"of": "not there"})
    return found


def _in_order(on: str, until: str | None) -> None:
    if until is not None and until < on:
        raise Refused("bad_message", "The end lies before the beginning.", fields={"until": "Choose a later day."})


def _struck(state: JournalState, of: int, actor: Actor) -> list[JournalEvent]:
    found = next((entry for entry in state.entries if entry.seq == of), None)
    if found is None:
        raise Refused("bad_message", "This entry is not there any more.", fields={"of": "not there"})
    if not isinstance(found.event, ThoughtWritten | SituationMet | MeasureTaken | AdjunctLogged | TreatmentNoted):
        raise Refused("not_allowed", "What was sent cannot be taken back. Write another line.")
    both_write = isinstance(found.event, AdjunctLogged)
    therapists_write = isinstance(found.event, TreatmentNoted) and actor.role is Role.THERAPIST
    if found.person != actor.id and not (both_write or therapists_write):
        raise Refused("not_allowed", "Only the person who wrote this can take it back.")
    return [] if found.struck else [StruckOut(of=of)]


def _kept_private(state: JournalState, command: KeepPrivate, actor: Actor) -> list[JournalEvent]:
    """Whatever somebody has to act on is never private: it would wait where nobody looks."""
    found = next((entry for entry in state.entries if entry.seq == command.of and not entry.struck), None)
    if found is None:
        raise Refused("bad_message", "This entry is not there any more.", fields={"of": "not there"})
    if found.person != actor.id or not may_be_private(found):
        raise Refused("not_allowed", "This cannot be kept to yourself: somebody has to be able to act on it.")
    if (command.of in state.private) == command.private:
        return []
    return [KeptPrivate(of=command.of, private=command.private)]


def may_be_private(entry: Entry) -> bool:
    """Thoughts, situations that were met, and answers that raise nothing."""
    match entry.event:
        case ThoughtWritten() | SituationMet():
            return entry.by is Role.PATIENT
        case MeasureTaken(measure=measure):
            return entry.by is Role.PATIENT and not concerns_of(measure)
        case _:
            return False


def _told(command: TellWrong) -> list[JournalEvent]:
    concerns = safety.told(command.flags, command.note)
    flags = command.flags or ("unsure",)
    return [
        WrongTold(flags=flags, note=command.note),
        *(JournalConcern(rule=one.rule, tier=one.tier, say=one.say) for one in concerns),
    ]


def _raised(state: JournalState, command: Raise) -> list[JournalEvent]:
    """Once for the same sessions: a rule that still holds tomorrow says nothing new."""
    for entry in state.of(JournalConcern):
        known = entry.event
        if isinstance(known, JournalConcern) and (known.rule, known.about) == (command.rule, command.about):
            return []
    return [
        JournalConcern(rule=command.rule, tier=command.tier, say=command.say, rules=command.rules, about=command.about)
    ]


def evolve_journal(state: JournalState, event: JournalEvent, *, at_ms: int, role: Role, person: str) -> JournalState:
    seq = state.seq + 1
    entries = (*state.entries, Entry(seq=seq, at=at_ms, by=role, person=person, event=event))
    match event:
        case StruckOut(of=of) | SituationDropped(of=of):
            entries = tuple(structs.replace(one, struck=True) if one.seq == of else one for one in entries)
        case AdjunctEnded(of=of, until=until):
            entries = tuple(_ended(one, until) if one.seq == of else one for one in entries)
        case TreatmentEnded(of=of, until=until, outcome=outcome):
            entries = tuple(_treatment_ended(one, until, outcome) if one.seq == of else one for one in entries)
        case WasRead(until=until):
            return structs.replace(state, seq=seq, read={**state.read, role: until})
        case KeptPrivate(of=of, private=private):
            kept = state.private | {of} if private else state.private - {of}
            return structs.replace(state, seq=seq, private=kept)
        case Preferred(progress=progress):
            return structs.replace(state, seq=seq, shows_progress=progress)
        case LanguageChosen(language=language):
            return structs.replace(state, seq=seq, language=language)
        case ConcernSeen(seq=seen, ledger=ledger):
            return structs.replace(state, seq=seq, seen=state.seen | {(ledger, seen)})
        case _:
            pass
    return structs.replace(state, seq=seq, entries=entries)


def _ended(entry: Entry, until: str) -> Entry:
    assert isinstance(entry.event, AdjunctLogged), "only an adjunct is ended"
    adjunct = structs.replace(entry.event.adjunct, until=until)
    return structs.replace(entry, event=AdjunctLogged(adjunct=adjunct))


def _treatment_ended(entry: Entry, until: str, outcome: str | None) -> Entry:
    assert isinstance(entry.event, TreatmentNoted), "only a treatment is ended"
    return structs.replace(entry, event=structs.replace(entry.event, until=until, outcome=outcome))


def suspends(events: list[JournalEvent]) -> Tier | None:
    """The most urgent tier among concerns that suspend internal work, or None."""
    return safety.soonest([event.tier for event in events if isinstance(event, JournalConcern)])


def is_personal(event: JournalEvent) -> bool:
    """Whether it is sealed under the patient's personal key, which erasure destroys at once."""
    return isinstance(event, Said | ThoughtWritten | SituationListed | SituationMet | WasRead)
