"""What counts as lost: sockets and record compared, one fault at a time."""

import pytest

from server.load.seats import digest
from server.load.tally import Losses, Report, Told, losses_of, spread

STORED = {seq: digest({"type": "message.said", "text": f"{seq}"}) for seq in range(1, 8)}


def told(*seqs: int, done: dict[str, int] | None = None) -> Told:
    heard = Told(last=3, done=done or {})
    for seq in seqs:
        heard.hear(seq, STORED.get(seq, b"x"))
    return heard


def test_the_same_on_both_sides_is_no_loss():
    heard = told(4, 5, 6, 7, done={"a": 5, "b": 7})

    assert losses_of(heard, STORED, after=3, texts=["4", "5"]) == Losses()


def test_a_command_that_changed_nothing_is_answered_with_an_old_number():
    assert losses_of(told(4, 5, 6, 7, done={"a": 3}), STORED, after=3) == Losses()


@pytest.mark.parametrize(
    ("heard", "found"),
    [
        (told(4, 5, 7), Losses(not_told=1)),
        (told(4, 5, 6, 7, 8), Losses(not_stored=1)),
        (told(4, 5, 6, 7, done={"a": 9}), Losses(not_stored=1)),
        (told(4, 5, 6, 6, 7), Losses(doubled=1)),
        (told(4, 6, 5, 7), Losses(disordered=1)),
    ],
)
def test_each_fault_is_counted_as_what_it_is(heard: Told, found: Losses):
    assert losses_of(heard, STORED, after=3) == found


def test_what_is_stored_as_something_else_was_altered():
    changed = STORED | {5: digest({"type": "message.said", "text": "another"})}

    assert losses_of(told(4, 5, 6, 7), changed, after=3) == Losses(altered=1)


def test_a_message_that_is_stored_twice_is_doubled():
    assert losses_of(told(4, 5, 6, 7), STORED, after=3, texts=["a", "b", "a"]) == Losses(doubled=1)


def test_the_order_of_fields_changes_no_digest():
    assert digest({"type": "x", "at": 1}) == digest({"at": 1, "type": "x"}) != digest({"at": 2, "type": "x"})


def test_a_spread_is_made_of_what_was_measured():
    taken = spread([float(ms) for ms in range(100, 0, -1)])

    assert taken is not None
    assert (taken.p50, taken.p95, taken.p99, taken.worst) == (50, 95, 99, 100)
    one = spread([7.0])
    assert one is not None
    assert one.p50 == one.p95 == one.p99 == one.worst == 7
    assert spread([]) is None


def report(*, acknowledged: int = 5, cut: int = 0, unanswered: int = 0, losses: Losses | None = None) -> Report:
    return Report(
        sessions=1,
        seconds=1,
        commands=5,
        acknowledged=acknowledged,
        events=5,
        events_per_second=5,
        done_ms=None,
        other_side_ms=None,
        refused={},
        unanswered=unanswered,
        cut=cut,
        losses=losses or Losses(),
    )


def test_a_report_says_what_went_wrong_and_nothing_where_nothing_did():
    assert report().wrong == ""
    assert report(acknowledged=0).wrong == "nothing was acknowledged"
    assert "2 connections were cut" in report(cut=2).wrong
    assert "3 commands were never answered" in report(unanswered=3).wrong
    for name in Losses.__struct_fields__:
        assert report(losses=Losses(**{name: 1})).wrong
