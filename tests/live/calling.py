"""What tests of voice share: somebody takes part, says something, and is shown who else does."""

from typing import Any, Final
from uuid import uuid4

from server import wiring
from tests.live.house import House
from tests.live.talker import Frame, Talker
from tests.live.visit import Visit

OFFER: Final[dict[str, Any]] = {"description": {"type": "offer", "sdp": "v=0\r\n"}}


async def join(talker: Talker, **fields: Any) -> str:
    """This page takes part. Returns its peer id."""
    peer = fields.pop("peer", None) or str(uuid4())
    command = await talker.send("call.join", peer=peer, **{"microphone": True, "camera": False, **fields})
    await talker.until("call.joined", id=command)
    return str(peer)


async def refused(talker: Talker, type: str, /, **fields: Any) -> str:
    """The code of the refusal that this frame gets."""
    return (await talker.ask(type, **fields)).code


async def last_people(talker: Talker) -> list[Frame]:
    """Who takes part, as this side was told last."""
    await talker.heard_so_far()
    shown: list[list[Frame]] = [frame["people"] for frame in talker.frames if frame["type"] == "call.people"]
    return shown[-1] if shown else []


async def give_voice(house: House, *, voice: bool = True) -> None:
    """As the patient's page does."""
    company, cast = house.app[wiring.COMPANY], house.cast
    await company.share(cast.clinic, cast.patient, cast.support, voice=voice)
    room = await house.room()
    await house.until(lambda: (cast.support in room.state.voice) is voice)


class Call:
    """Therapist and patient take part, each from one page."""

    def __init__(self, visit: Visit, theirs: str, own: str) -> None:
        self.visit, self.theirs, self.own = visit, theirs, own

    @property
    def therapist(self) -> Talker:
        return self.visit.therapist

    @property
    def patient(self) -> Talker:
        return self.visit.patient

    @property
    def house(self) -> House:
        return self.visit.house


async def on_the_line(visit: Visit) -> Call:
    return Call(visit, await join(visit.therapist), await join(visit.patient))
