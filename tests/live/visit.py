"""Two people in one visit, and the shortest way to where a test begins."""

from typing import Any, Self

from tests.live.house import BREATHING, INTERNAL, House
from tests.live.talker import ARRIVAL, Talker


class Pair:
    """A therapist and a patient in one room, wherever its server runs."""

    def __init__(self, therapist: Talker, patient: Talker) -> None:
        self.therapist, self.patient = therapist, patient

    @property
    def view(self) -> dict[str, Any]:
        """As the therapist sees it."""
        return self.therapist.view

    async def open(self) -> Self:
        """The patient arrived and was admitted."""
        await self.patient.must("arrival.confirm", **ARRIVAL)
        await self.therapist.must("visit.admit")
        await self.patient.sees(phase="open")
        return self

    async def consent(self, exercise: str = BREATHING) -> None:
        await self.therapist.must("activity.offer", exercise=exercise)
        await self.answer("yes")

    async def answer(self, answer: str) -> None:
        """The patient's answer to what is asked now."""
        await self.therapist.heard_so_far()
        asking = self.therapist.view["asking"]
        await self.patient.must("activity.answer", ask=asking["seq"], answer=answer)

    async def run(self, exercise: str = BREATHING) -> None:
        """An exercise that runs, with a patient who is settled."""
        await self.consent(exercise)
        await self.therapist.must("activity.start")
        await self.patient.must("comfort.set", level="settled")
        await self.both_heard()

    async def go_inside(self) -> None:
        """The first internal step, agreed to."""
        await self.run(INTERNAL)
        for step in (1, 2):
            await self.therapist.must("step.go", to=step)
        await self.therapist.must("step.go", to=3)
        await self.answer("yes")
        await self.both_heard()

    async def both_heard(self) -> None:
        await self.therapist.heard_so_far()
        await self.patient.heard_so_far()


class Visit(Pair):
    """The same in a house of this process, whose clock and database a test can reach."""

    def __init__(self, house: House, therapist: Talker, patient: Talker) -> None:
        super().__init__(therapist, patient)
        self.house = house


async def meet(house: House) -> Visit:
    """Both are in the room; the visit has not begun."""
    therapist = await house.come("therapist")
    patient = await house.come("patient")
    visit = Visit(house, therapist, patient)
    await visit.both_heard()
    return visit
