"""A card is what would be made afresh, whatever happened and in whichever order; a look makes only what is new."""

import random

import pytest
from sqlmodel import delete

from server import wiring
from server.db import people
from server.db.tables import CardRow
from server.desk.card import Card
from server.desk.keeping import Cards
from server.live.book import Place
from sessions import events as e
from sessions.care import CareState
from sessions.checkins import RungAnswers
from sessions.gist import ON_CARD, gist_of
from sessions.journal import Read, Say, See, TellWrong
from sessions.people import Actor, Refused, Role
from sessions.system import VisitCancel, VisitMove
from tests.live.house import House
from tests.pages.practices import happened

ROUNDS = 14


async def kept(house: House) -> dict[str, Card]:
    found, left = await house.app[wiring.CARDS].of_therapist(house.cast.clinic, house.cast.therapist, most=100)
    assert not left
    return found


async def afresh(house: House) -> dict[str, Card]:
    """From the ledgers alone, with nothing kept of any card before."""
    async with house.app[wiring.STORE].write() as tx:
        await tx.db.execute(delete(CardRow))
    return await kept(house)


class Life:
    """Things that happen to the house's patient, in any order."""

    def __init__(self, house: House, dice: random.Random) -> None:
        self.house, self.dice, self.cast = house, dice, house.cast
        self.patient = Actor(house.cast.patient, Role.PATIENT)
        self.therapist = Actor(house.cast.therapist, Role.THERAPIST)
        self.happenings = (
            self.writes,
            self.reads,
            self.tells,
            self.sees,
            self.practises,
            self.is_renamed,
            self.is_moved,
            self.is_called_off,
            self.is_planned,
        )

    async def writes(self) -> None:
        await self._journal(Say(text="A question"), self.patient)

    async def reads(self) -> None:
        state = await self.house.app[wiring.JOURNALS].state(self.cast.clinic, self.cast.patient)
        if state.messages:
            await self._journal(Read(until=state.messages[-1].seq), self.therapist)

    async def tells(self) -> None:
        await self._journal(TellWrong(flags=("fever",)), self.patient)

    async def sees(self) -> None:
        state = await self.house.app[wiring.JOURNALS].state(self.cast.clinic, self.cast.patient)
        if state.concerns:
            await self._journal(See(seq=state.concerns[0].seq), self.therapist)

    async def practises(self) -> None:
        answers = RungAnswers(outcome="completed", pain_worst=self.dice.randrange(11), worry_before=3)
        await happened(self.house, answers, days_ago=self.dice.randrange(1, 40), held=self.dice.random() < 0.8)

    async def is_renamed(self) -> None:
        async with self.house.app[wiring.STORE].write() as tx:
            await people.rename(tx, self.cast.clinic, self.cast.patient, name=f"Robin {self.dice.randrange(99)}")

    async def is_moved(self) -> None:
        due_ms = self.house.clock.now_ms() + self.dice.randrange(1, 90) * 3_600_000
        await self._visit(VisitMove(due_ms=due_ms, minutes=self.dice.randrange(10, 120), where="Room 2"))

    async def is_called_off(self) -> None:
        if self.dice.random() < 0.2:
            await self._visit(VisitCancel())

    async def is_planned(self) -> None:
        await self.house.app[wiring.VISITS].plan(
            self.cast.clinic,
            self.cast.patient,
            self.cast.therapist,
            due_ms=self.house.clock.now_ms() + self.dice.randrange(1, 90) * 3_600_000,
            minutes=45,
        )

    async def _journal(self, command: Say | Read | TellWrong | See, actor: Actor) -> None:
        await self.house.app[wiring.JOURNALS].write(self.cast.clinic, self.cast.patient, command, actor=actor)

    async def _visit(self, command: VisitMove | VisitCancel) -> None:
        place = Place(self.cast.clinic, self.cast.next_visit, self.cast.patient)
        try:
            await self.house.app[wiring.VISITS].change(place, command, actor=self.therapist)
        except Refused:
            # It was called off before.
            return


@pytest.mark.parametrize("seed", range(6))
async def test_a_card_is_what_would_be_made_afresh_after_any_order_of_events(house: House, seed: int):
    dice = random.Random(seed)
    life = Life(house, dice)
    for _ in range(ROUNDS):
        await dice.choice(life.happenings)()
        if dice.random() < 0.4:
            # A look in between: what it keeps is what later ones are made from.
            await kept(house)

    by_and_by = await kept(house)

    assert by_and_by == await afresh(house)


async def test_a_card_that_is_true_is_not_made_again(house: House, monkeypatch: pytest.MonkeyPatch):
    made: list[str] = []
    really = Cards.made

    async def watched(self: Cards, clinic_id: str, patient_ids: list[str]) -> dict[str, Card]:
        made.extend(patient_ids)
        return await really(self, clinic_id, patient_ids)

    monkeypatch.setattr(Cards, "made", watched)
    await kept(house)
    first = sorted(made)
    made.clear()

    await kept(house)
    untouched = list(made)
    await Life(house, random.Random(1)).writes()
    await kept(house)

    assert first == sorted([house.cast.patient, house.cast.other_patient])
    assert untouched == []
    assert made == [house.cast.patient]


async def test_more_than_one_look_can_make_are_made_behind_its_back(house: House):
    cards, clinic, therapist = house.app[wiring.CARDS], house.cast.clinic, house.cast.therapist
    found, left = await cards.of_therapist(clinic, therapist, most=1)
    assert (len(found), len(left)) == (1, 1)

    with house.app[wiring.NEWS].listening(therapist, login="x") as news:
        cards.make_later(clinic, left, told=therapist)
        item = await news.get()

    assert item is not None
    assert item.kind == "changed"
    assert (await cards.of_therapist(clinic, therapist, most=0))[1] == []


def test_no_other_kind_of_line_changes_a_gist():
    """A line that says nothing to a card must not be read for one: it leaves the card as it is."""
    opened = e.SessionOpened(kind="visit", people={}, due_ms=1, planned_minutes=45, care=CareState())
    first = e.Recorded(seq=1, at=1, by="", role=Role.SYSTEM, event=opened)
    others: list[e.AnyEvent] = [
        e.MessageSaid(text='"type":"visit.ended"'),
        e.NoteWritten(text="x"),
        e.SessionStopped(by=Role.PATIENT),
    ]
    lines = [
        e.Recorded(seq=seq, at=seq, by="", role=Role.PATIENT, event=event) for seq, event in enumerate(others, start=2)
    ]

    assert not any(isinstance(line.event, ON_CARD) for line in lines)
    assert gist_of([first, *lines]) == gist_of([first])
