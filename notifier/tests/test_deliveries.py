"""One delivery: tried ever later, and nothing ends it but its end."""

from datetime import timedelta
from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from postroom.office import NINE

from notifier.deliveries import (
    ATTEMPTS_KEPT,
    JITTER,
    LADDER,
    WAITS_AT_MOST,
    Delivery,
    Outcome,
    Result,
    redeliver,
    settle,
    wait_after,
)
from notifier.posting import wait_asked

NEW = Delivery(
    id="w:emergency:I1:2:1",
    subscription="w",
    event="emergency:I1:2:1",
    type="decalog.emergency.incident_escalated.v1",
    level="I",
    body="{}",
    made_at=NINE,
    due=NINE,
)
TAKEN, DOWN = Result(Outcome.DELIVERED, 204), Result(Outcome.UNREACHABLE)


def tried(delivery: Delivery, result: Result, *, jitter: float = 0.0) -> Delivery:
    """The next try, made when it is due."""
    at = delivery.due or NINE
    return settle(delivery, result, rounds=delivery.rounds, number=delivery.tries + 1, at=at, jitter=jitter)


def test_what_was_taken_is_delivered_and_not_tried_again():
    done = tried(NEW, TAKEN)

    assert (done.state, done.tries, done.due, done.delivered_at) == ("delivered", 1, None, NINE)


def test_while_nobody_answers_it_is_tried_ten_times_along_the_ladder_and_given_up():
    delivery, dues = NEW, []
    while delivery.due is not None:
        dues.append(delivery.due)
        delivery = tried(delivery, DOWN)

    assert [later - sooner for sooner, later in pairwise(dues)] == list(LADDER)
    assert (delivery.state, delivery.tries, delivery.failing_since) == ("given_up", 10, NINE)


@pytest.mark.parametrize("outcome", [Outcome.GONE, Outcome.DISABLED])
def test_a_receiver_that_is_gone_or_disabled_is_not_tried_again(outcome):
    assert tried(NEW, Result(outcome)).state == "given_up"


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        (timedelta(0), LADDER[0]),
        (LADDER[0] - timedelta(seconds=1), LADDER[0]),
        (LADDER[0] + timedelta(seconds=1), LADDER[0] + timedelta(seconds=1)),
        (WAITS_AT_MOST, WAITS_AT_MOST),
        (WAITS_AT_MOST + timedelta(seconds=1), WAITS_AT_MOST),
    ],
)
def test_retry_after_is_honoured_within_its_bound(asked, waited):
    assert wait_after(1, asked, jitter=0.0) == waited


@pytest.mark.parametrize(
    ("said", "waits"),
    [
        ("60", timedelta(minutes=1)),
        ("Mon, 23 Nov 2026 01:01:00 GMT", timedelta(minutes=1)),
        ("Mon, 23 Nov 2026 00:59:00 GMT", timedelta(0)),
        ("-1", timedelta(0)),
        ("soon", timedelta(0)),
        ("Mon, 23 Nov 2026 01:01:00", timedelta(0)),
        (f"Mon, 23 Nov {24 * '9'} 01:01:00 GMT", timedelta(0)),
        (f"Mon, 23 Nov 2026 01:01:00 +{24 * '9'}", timedelta(0)),
    ],
)
def test_whatever_retry_after_says_a_try_ends(said, waits):
    assert wait_asked(said, NINE) == waits


@given(number=st.integers(1, len(LADDER)), jitter=st.floats(0, 1, exclude_max=True), asked=st.timedeltas())
def test_a_step_is_never_shorter_than_itself_and_never_longer_than_its_bounds(number, jitter, asked):
    waited = wait_after(number, asked, jitter=jitter)

    assert LADDER[number - 1] <= waited <= max(LADDER[number - 1] * (1 + JITTER), WAITS_AT_MOST)


@pytest.mark.parametrize(("rounds", "number"), [(1, 1), (2, 2), (1, 2), (2, 0)])
def test_a_result_of_another_try_or_round_changes_nothing(rounds, number):
    again = redeliver(tried(NEW, TAKEN), at=NINE)

    assert settle(again, DOWN, rounds=rounds, number=number, at=NINE, jitter=0.0) is again


def test_a_redelivery_of_what_is_on_its_way_changes_nothing():
    assert redeliver(NEW, at=NINE) is NEW


def test_the_newest_attempts_are_remembered_within_a_bound():
    many = evolve(NEW, rounds=4)
    for _ in range(4):
        while many.due is not None:
            many = tried(many, DOWN)
        many = redeliver(many, at=NINE)

    assert len(many.attempts) == ATTEMPTS_KEPT


class Life(RuleBasedStateMachine):
    """Any sequence of results (also late and doubled ones) and redeliveries."""

    def __init__(self) -> None:
        super().__init__()
        self.delivery, self.old = NEW, [(1, 1)]

    @rule(outcome=st.sampled_from(Outcome), seconds=st.integers(0, 10**6), jitter=st.floats(0, 1, exclude_max=True))
    @precondition(lambda self: self.delivery.due is not None)
    def ends(self, outcome, seconds, jitter):
        now = self.delivery
        place = (now.rounds, now.tries + 1)
        result = Result(outcome, None, timedelta(seconds=seconds))
        self.delivery = settle(now, result, rounds=place[0], number=place[1], at=now.due, jitter=jitter)
        self.old.append(place)
        assert self.delivery.tries == now.tries + 1
        if self.delivery.due is not None:
            assert self.delivery.due > now.due

    @rule(outcome=st.sampled_from(Outcome), data=st.data())
    def ends_again(self, outcome, data):
        rounds, number = data.draw(st.sampled_from(self.old))
        if not self.delivery.awaits(rounds, number):
            before = self.delivery
            self.delivery = settle(before, Result(outcome), rounds=rounds, number=number, at=NINE, jitter=0.0)
            assert self.delivery is before

    @rule()
    def is_asked_for_again(self):
        ended, before = self.delivery.due is None, self.delivery
        self.delivery = redeliver(before, at=NINE)
        assert (self.delivery.rounds == before.rounds + 1) is ended

    @invariant()
    def it_waits_or_has_one_end(self):
        one = self.delivery
        ends = [one.due is not None, one.delivered_at is not None, one.given_up_at is not None]
        assert ends.count(True) == 1
        assert one.tries <= len(LADDER) + 1
        assert one.due is None or one.tries <= len(LADDER)
        assert (one.state == "delivered") <= (one.attempts[-1].outcome == "delivered" if one.attempts else False)


TestLife = Life.TestCase
