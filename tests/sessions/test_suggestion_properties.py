"""What holds for every course: nothing worse is ever bolder, nothing unknown or numbed ever counts as easy."""

from itertools import pairwise, product
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec import structs

from sessions.attempts import Attempt
from sessions.care import Suspension
from sessions.progress import Suggestion
from tests.sessions.courses import AT, LADDER, NOW_MS, easy_days, practice, suggested, there

BOLDNESS = {"smaller": 0, "stay": 1, "plateau": 1, "up": 2}

#: As often nothing as a number, in one choice: that of either and that of the number take twice as long.
low, ratings = st.sampled_from([*[None] * 4, *range(4)]), st.sampled_from([*[None] * 11, *range(11)])


def _practices(rating: st.SearchStrategy[int | None]) -> st.SearchStrategy[Attempt]:
    return st.builds(
        practice,
        days_ago=st.integers(0, 60).map(lambda days: days + 0.25) | st.floats(0, 60),
        rung=st.sampled_from([AT.id, AT.id, AT.id, LADDER.rungs[0].id, LADDER.rungs[2].id, None]),
        outcome=st.sampled_from(
            ["completed", "completed", "completed", "partly", "stopped_early", "chose_not_to_insert"]
        ),
        depth=st.sampled_from([None, "outside", "partial", "full", "full"]),
        pain_before=rating,
        pain_worst=rating,
        pain_after=rating,
        worry_before=rating,
        worry_peak=rating,
        worry_after=rating,
        guarding=rating,
        bleeding=st.sampled_from([None, "none", "trace", "trace", "pink"]),
        eased=st.sampled_from([None, "minutes", "not_yet"]),
        lidocaine=st.sampled_from([None, False, False, True]),
        sedating=st.sampled_from([None, None, True]),
        ready=st.sampled_from([None, "bigger", "bigger", "same", "smaller"]),
        next_day=st.none()
        | st.fixed_dictionaries({"outcome": st.sampled_from(["fine", "fine", "sore"]), "pain": rating}),
    )


practices = _practices(ratings) | _practices(low)
easy = st.builds(practice, days_ago=st.floats(0, 12), lidocaine=st.sampled_from([None, True, False]))
#: What is worse than what, where both were given.
WORSE = {
    "outcome": ("completed", "partly", "stopped_early"),
    "depth": ("full", "partial", "tip", "outside"),
    "bleeding": ("none", "trace", "pink", "fresh_red", "heavy"),
    "eased": ("minutes", "hours", "not_yet"),
    "ready": ("bigger", "same", "smaller"),
}
RATED = ("pain_before", "pain_worst", "pain_after", "worry_before", "worry_peak", "worry_after", "guarding")

histories = st.lists(practices | easy, max_size=8, unique_by=lambda one: one.session_id)


def boldness(suggestion: Suggestion | None) -> tuple[int, int]:
    """How far it leads: the kind first, then how many larger rungs are among the choices."""
    one = there(suggestion)
    larger = {option.rung for option in one.options} - {rung.id for rung in LADDER.rungs[:2]} - {None}
    return BOLDNESS[one.kind], len(larger) if one.kind == "up" else 0


def worsened(attempt: Attempt, name: str, by: int) -> Attempt | None:
    """The same with one answer that is worse, or None where it was not given or is the worst already."""
    if name == "next_day":
        after = attempt.next_day
        if after is None:
            return None
        pain = None if after.pain is None else min(10, after.pain + by)
        return structs.replace(attempt, next_day=structs.replace(after, outcome="sore", pain=pain))
    value = getattr(attempt.answers, name)
    scale = WORSE.get(name, tuple(range(11)))
    if value is None or value not in scale or value == scale[-1]:
        return None
    worse = scale[min(scale.index(value) + by, len(scale) - 1)]
    return structs.replace(attempt, answers=structs.replace(attempt.answers, **{name: worse}))


some_settings = settings(max_examples=300, deadline=None)


@some_settings
@given(histories, st.data())
def test_a_worse_answer_never_gives_a_bolder_suggestion(history: list[Attempt], data: st.DataObject):
    assume(history)
    index = data.draw(st.integers(0, len(history) - 1))
    # Half of the courses would be made up for an answer that was not given.
    names = [name for name in (*RATED, *WORSE, "next_day") if worsened(history[index], name, 1) is not None]
    assume(names)
    name = data.draw(st.sampled_from(names))
    worse = worsened(history[index], name, data.draw(st.integers(1, 10)))
    assert worse is not None

    after = [*history[:index], worse, *history[index + 1 :]]

    assert boldness(suggested(*after)) <= boldness(suggested(*history))


#: Where something else was, between practices that were easy: days ago, before, among and after them.
BETWEEN = (0.5, 2, 4, 6)


def test_on_the_edge_of_more_no_worse_answer_is_bolder():
    """Every pair of answers, in every place of a course that one practice decides: chance rarely comes there."""
    bolder = []
    for name in (*RATED, *WORSE):
        scale: tuple[Any, ...] = WORSE.get(name, tuple(range(11)))
        for easy_ones, day in product((easy_days(3, 1), easy_days(5, 3, 1)), BETWEEN):
            bold = [boldness(suggested(*easy_ones, practice(days_ago=day, **{name: value}))) for value in scale]
            bolder += [(name, day, bold) for milder, worse in pairwise(bold) if worse > milder]

    assert bolder == []


def test_on_the_edge_of_more_no_painless_practice_is_more_cautious():
    cautious = []
    numbness: tuple[dict[str, Any], ...] = ({}, {"lidocaine": True}, {"lidocaine": False}, {"sedating": True})
    for numb, ready, easy_ones, day in product(
        numbness,
        (None, "bigger"),
        (easy_days(3, 1), easy_days(5, 3, 1), easy_days(5, 3, 1, lidocaine=False)),
        BETWEEN,
    ):
        after = suggested(*easy_ones, practice(days_ago=day, pain_worst=0, ready=ready, **numb))
        if BOLDNESS[there(after).kind] < BOLDNESS[there(suggested(*easy_ones)).kind]:
            cautious.append((numb, ready, day))

    assert cautious == []


painless_ones = st.builds(
    practice,
    # One that is new. The very first one, told weeks later, only shows that there was a gap.
    days_ago=st.floats(0, 13),
    pain_worst=st.just(0),
    worry_peak=low,
    guarding=low,
    ready=st.sampled_from([None, "bigger"]),
    lidocaine=st.sampled_from([None, True, False]),
)


@some_settings
@given(histories, painless_ones)
def test_a_painless_practice_more_never_gives_a_more_cautious_suggestion(history: list[Attempt], painless: Attempt):
    before, after = there(suggested(*history)), there(suggested(*history, painless))

    assert BOLDNESS[after.kind] >= BOLDNESS[before.kind]


@some_settings
@given(st.lists(easy, max_size=6), st.sampled_from(["pain_worst", "worry_peak", "guarding", "both_after"]))
def test_what_nobody_set_never_leads_to_more(history: list[Attempt], name: str):
    unset = "pain_after" if name == "both_after" else name
    unknown = [structs.replace(one, answers=structs.replace(one.answers, **{unset: None})) for one in history]

    assert there(suggested(*unknown)).kind != "up"


@some_settings
@given(histories)
def test_a_suspension_always_wins(history: list[Attempt]):
    assert suggested(*history, suspended=Suspension(say="Wait.", reason="Pain", since_ms=NOW_MS)) is None


@some_settings
@given(histories, st.sampled_from(["lidocaine", "sedating"]))
def test_numbed_practices_alone_never_lead_to_more(history: list[Attempt], numbness: str):
    numbed = [structs.replace(one, answers=structs.replace(one.answers, **{numbness: True})) for one in history]

    assert there(suggested(*numbed)).kind != "up"


@some_settings
@given(histories)
def test_never_more_than_one_rung_up_and_every_practice_is_in_one_place(history: list[Attempt]):
    suggestion = there(suggested(*history))

    assert {one.rung for one in suggestion.options} <= {None, *(rung.id for rung in LADDER.rungs[:3])}
    assert (suggestion.kind == "up") == any(one.half_step is not None for one in suggestion.options)
    assert suggestion.reasons
    rests = {(one.session_id, one.seq) for one in suggestion.rests_on}
    if suggestion.kind == "up":
        assert not rests & {(one.session_id, one.seq) for one in suggestion.left_out}


@some_settings
@given(histories, st.randoms())
def test_the_order_in_which_they_are_given_does_not_matter(history: list[Attempt], random: Any):
    # `histories` gives no two of the same name.
    assert len({one.session_id for one in history}) == len(history)
    shuffled = list(history)
    random.shuffle(shuffled)

    assert suggested(*shuffled) == suggested(*history)
