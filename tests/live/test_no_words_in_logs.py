"""A whole visit with marked words: none of them in a log, on stdout, in a URL, or readable in the database."""

from pathlib import Path

from tests.live.demo import Demo
from tests.live.talker import ARRIVAL
from tests.live.visit import Pair

MARK = "zebra-lantern"
CLINICAL = ("dilator", "vagin", "Robin", "Maren", "soft-belly", "demo.invalid")


async def test_no_word_of_a_visit_is_in_a_log_or_readable_on_disk(tmp_path: Path):
    async with Demo(tmp_path) as demo:
        visit = Pair(await demo.come("therapist"), await demo.come("patient"))
        await visit.patient.must(
            "arrival.confirm",
            **{**ARRIVAL, "hang_up": {"call_back_ok": True, "phrase": f"{MARK} phrase"}},
            place=f"{MARK} place",
            phone=f"{MARK} 1",
            stop_word=MARK,
            signal=MARK,
            people=[{"role": MARK, "in_room": False}],
        )
        await visit.therapist.must("visit.admit")
        await visit.run()
        await visit.patient.must("message.say", text=f"{MARK} said")
        await visit.therapist.must("note.write", text=f"{MARK} noted")
        await visit.patient.must(
            "checkin.record", kind="relaxation", answers={"outcome": "done", "note": f"{MARK} felt"}
        )
        await visit.patient.raw(f'{{"type": "{MARK}", "id": "{MARK}"}}')
        await visit.patient.raw(MARK)
        await visit.patient.ask("message.say", text=7, kind=MARK)
        await visit.patient.ask("checkin.record", kind=MARK, answers={MARK: MARK})
        await visit.patient.stop()
        await visit.therapist.must("visit.end")
        await visit.patient.closed()
        demo.terminate()
        assert await demo.exit_code(within_s=5) == 0

    log = demo.log.read_text()
    assert "/live/{session}" in log, "the log is the one that would have held it"
    for word in (MARK, *CLINICAL, demo.info["visit"]):
        assert word not in log
    for file in demo.data.iterdir():
        assert MARK.encode() not in file.read_bytes(), file.name
