"""Practices in which check-ins are kept and shared, and what holds of each: whoever else reads finds none of it."""

from collections.abc import Iterator

from msgspec import structs

from sessions import events as e
from sessions.evolve import replay
from sessions.privacy import for_others
from tests.sessions.at_home import AtHome
from tests.sessions.home_courses import HOME


def kept_courses() -> Iterator[AtHome]:
    """Kept or not, corrected, followed up, struck, shared: twice, out of turn, of nothing, and after the end."""
    for private in (True, False, None, "yes", 1):
        home = AtHome(care=HOME)
        given = {} if private is None else {"private": private}
        home.may("checkin.record", kind="rung", answers={"outcome": "completed", "pain_worst": 8}, **given)
        if not home.state.checkins:
            yield home
            continue
        of = home.state.checkins[-1].seq
        home.may("checkin.correct", of=of, answers={"outcome": "completed", "pain_worst": 9, "bleeding": "heavy"})
        home.may("checkin.record", kind="next_day", answers={"of": of, "outcome": "worse"}, private=True)
        home.may("checkin.record", kind="next_day", answers={"of": of, "outcome": "sore"}, private=False)
        home.may("checkin.record", kind="next_day", answers={"of": of, "outcome": "sore", "pain": 6})
        after = home.state.checkins[-1].seq
        for other in (0, 1, 999, after, "x", None):
            home.may("checkin.share", of=other)
        home.asks("practice.end")
        home.may("checkin.record", kind="relaxation", answers={"outcome": "done"}, private=True)
        home.may("checkin.correct", of=after, answers={"of": of, "outcome": "worse"})
        home.asks("checkin.share", of=of)
        home.asks("checkin.share", of=of)
        home.may("checkin.record", kind="next_day", answers={"of": of, "outcome": "fine"})
        yield home
    home = AtHome(care=HOME)
    home.asks("checkin.record", kind="relaxation", answers={"outcome": "done", "worry": 4}, private=True)
    of = home.state.checkins[-1].seq
    home.asks("checkin.record", kind="next_day", answers={"of": of, "outcome": "fine"})
    home.asks("checkin.correct", of=home.state.checkins[-1].seq, answers=None)
    home.asks("checkin.correct", of=of, answers=None)
    home.may("checkin.share", of=of)
    yield home


def nobody_elses(home: AtHome) -> None:
    """Whoever reads along has the same practice, without the check-ins that are kept now; and all concerns."""
    others = replay(for_others(home.ledger))
    kept = [one for one in home.state.checkins if one.private]
    shown = [one for one in home.state.checkins if not one.private]
    assert [one.seq for one in others.checkins] == [one.seq for one in shown]
    assert [one.answers for one in others.checkins] == [one.answers for one in shown]
    assert others.concerns == home.state.concerns
    assert structs.replace(others, checkins=()) == structs.replace(home.state, checkins=())
    hidden = {one.seq for one in kept}
    for line in for_others(home.ledger):
        if line.seq in hidden:
            assert line.event == e.CheckinKept()
        assert not isinstance(line.event, e.CheckinCorrected) or line.event.of not in hidden
