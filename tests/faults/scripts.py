"""What the two people of a visit do when they do it as fast as they can, from a seed.

Below the rates at which the server writes down no more that nothing changed: every acknowledged command is then in
the record, and the checker can be strict.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

from tests.faults.person import Person
from tests.live.talker import ARRIVAL

EXERCISE: Final = "soft-belly-breathing"
FELT: Final = ("let_go", "nothing", "tightened", "pushed")
PACES: Final = ((4000, 6000), (4000, 7000), (5000, 7000), (3500, 6500))
#: Nobody's hand is faster than this; and it leaves the server time for the others.
THINK_S: Final = 0.03
FREE_BURST: Final = 12.0
FREE_EVERY_S: Final = 1.5

Wish = tuple[str, dict[str, Any]]


async def breathing(therapist: Person, patient: Person) -> None:
    """The shortest way to a visit in which both breathe together."""
    await therapist.come()
    await patient.come()
    await patient.say("arrival.confirm", **ARRIVAL)
    await therapist.say("visit.admit")
    await therapist.say("activity.offer", exercise=EXERCISE)
    await patient.say("activity.answer", ask=therapist.view["asking"]["seq"], answer="yes")
    started = await therapist.say("activity.start")
    assert started.code == "done", started
    await patient.until(lambda: patient.view["pacer"] is not None)


class Script:
    """One person's part. Each turn is a command or two, and now and then one that was sent before."""

    def __init__(self, person: Person, chance: random.Random) -> None:
        self.person, self.chance = person, chance
        self._wishes: Callable[[], Wish | None] = (
            self._of_patient if person.seat.role == "patient" else self._of_therapist
        )
        #: Until then only what is never limited, in the event loop's time.
        self._slow_until = 0.0
        self._stopped_at = 0.0
        #: How often something may still be said that is never limited. The server writes down each of those that
        #: change something, and of the others as many as people send: see `server.live.floods`.
        self._free = FREE_BURST
        self._free_at = 0.0

    async def turn(self) -> None:
        """Raises Gone."""
        await asyncio.sleep(self.chance.uniform(0, THINK_S))
        sent = []
        for _ in range(self.chance.choice((1, 1, 1, 2, 3))):
            wish = self._wishes()
            if wish is None:
                continue
            kind, fields = wish
            sent.append(await self.person.send(kind, **fields))
            if self.chance.random() < 0.05 and sent[-1] in self.person.unanswered:
                await self.person.repeat(self.person.unanswered[sent[-1]])
        if self.person.answered and self.chance.random() < 0.05:
            await self.person.repeat(self.chance.choice(self.person.answered))
        for command in sent:
            reply = await self.person.answer(command)
            if reply.code in ("too_fast", "unavailable"):
                self._slow_until = _now() + max(reply.retry_ms, 100) / 1000
                if reply.code == "unavailable":
                    await asyncio.sleep(0.1)

    def _words(self) -> str:
        """Never the same twice."""
        return f"{self.chance.choice(('Warm', 'Slow', 'Soft', 'Heavy'))} {uuid4()}"

    @property
    def _slow(self) -> bool:
        return _now() < self._slow_until

    def _of_patient(self) -> Wish | None:
        view, chance = self.person.view, self.chance
        if view["phase"] == "scheduled":
            return "arrival.confirm", ARRIVAL
        if view["phase"] == "ended":
            raise AssertionError("the visit ended under the load")
        if view["phase"] == "open" and view["stopped"] is None and chance.random() < 0.04 and self._may_stop():
            return "session.stop", {}
        limited: list[Wish] = [("message.say", {"text": self._words()})]
        free: list[Wish] = []
        if view["phase"] == "open":
            limited.append(self._checkin())
            free += [("comfort.set", {"level": level}) for level in ("uneasy", "settled") if level != view["comfort"]]
            if view["stopped"] is not None:
                limited += [("session.ready", {})] * 3
            elif view["asking"] is not None:
                limited += [("activity.answer", {"ask": view["asking"]["seq"], "answer": "yes"})] * 3
            elif view["running"] == "running":
                free.append(("activity.pause", {}))
            elif view["running"] == "paused":
                limited += [("activity.resume", {})] * 3
        return self._one_of(limited, free)

    def _of_therapist(self) -> Wish | None:
        view, chance = self.person.view, self.chance
        limited: list[Wish] = [("message.say", {"text": self._words()}), ("note.write", {"text": self._words()})]
        free: list[Wish] = []
        if view["phase"] == "waiting":
            limited += [("visit.admit", {})] * 3
        elif view["phase"] == "open" and view["stopped"] is None:
            if chance.random() < 0.02 and self._may_stop():
                return "session.stop", {}
            if view["running"] in ("running", "paused"):
                in_ms, out_ms = chance.choice(PACES)
                limited.append(("pacer.set", {"in_ms": in_ms, "hold_in_ms": 0, "out_ms": out_ms, "hold_out_ms": 0}))
                limited.append(("step.go", {"to": 1 - min(view["activity"]["step"], 1)}))
            if view["running"] == "running":
                free.append(("activity.pause", {}))
            elif view["running"] == "paused":
                limited.append(("activity.resume", {}))
            elif view["running"] == "agreed":
                limited += [("activity.start", {})] * 3
            elif view["asking"] is None:
                limited += [("activity.offer", {"exercise": EXERCISE})] * 3
        return self._one_of(limited, free)

    def _one_of(self, limited: list[Wish], free: list[Wish]) -> Wish | None:
        wishes = free if self._slow else limited + free
        if not wishes:
            return None
        wish = self.chance.choice(wishes)
        return None if wish in free and not self._may_say_freely() else wish

    def _may_say_freely(self) -> bool:
        now = _now()
        self._free = min(FREE_BURST, self._free + (now - self._free_at) / FREE_EVERY_S)
        self._free_at = now
        if self._free < 1:
            return False
        self._free -= 1
        return True

    def _checkin(self) -> Wish:
        answers = {"outcome": "done", "felt": self.chance.choice(FELT), "worry": self.chance.randint(0, 10)}
        return "checkin.record", {"kind": "relaxation", "answers": answers}

    def _may_stop(self) -> bool:
        """Seldom enough to ask for the time around each; and whoever has pressed it sees that all stands still."""
        own = any(frame["type"] == "session.stop" for frame in self.person.unanswered.values())
        if own or _now() - self._stopped_at < 2.5:
            return False
        self._stopped_at = _now()
        return True


def _now() -> float:
    return asyncio.get_running_loop().time()
