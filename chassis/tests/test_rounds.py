"""Whose turn a round is: one replica's in each span, and no write is tried before the last turn is over."""

import threading
from datetime import timedelta

import pytest
from pymongo.errors import AutoReconnect, OperationFailure

from chassis.rounds import Round, Rounds

pytestmark = pytest.mark.live

AN_HOUR = timedelta(hours=1)


def rounds(bench, *each, owner="one"):
    return Rounds(bench.database, each, owner=owner, stopping=threading.Event())


def done(looks):
    """One look each, as the threads do."""
    for one in looks:
        for due in one._due():
            one._do(due)


def test_of_several_replicas_one_does_a_round_in_each_span(bench):
    ran = []
    audit = Round("audit", AN_HOUR, lambda: ran.append("audit"))

    done(rounds(bench, audit, owner=owner) for owner in ("one", "two", "three"))

    assert ran == ["audit"]


def test_what_has_had_its_turn_is_not_asked_for_by_a_write_and_the_others_are(bench):
    audit, series = (Round(name, AN_HOUR, lambda: None) for name in ("audit", "series"))
    both = rounds(bench, audit, series)
    both._do(audit)

    assert both._due() == [series]


def test_a_turn_that_is_over_comes_again(bench):
    ran = []
    at_once = Round("at_once", timedelta(0), lambda: ran.append(1))
    replicas = [rounds(bench, at_once, owner=owner) for owner in ("one", "two")]

    done(replicas)

    assert ran == [1, 1]


@pytest.mark.parametrize("error", [AutoReconnect("away"), OperationFailure("refused")])
def test_while_the_database_does_not_answer_nothing_is_due_and_the_thread_goes_on(bench, monkeypatch, error):
    audit = rounds(bench, Round("audit", AN_HOUR, lambda: None))

    def failing(_):
        raise error

    with monkeypatch.context() as away:
        away.setattr(audit._leases, "running", failing)
        assert audit._due() == []

    assert len(audit._due()) == 1
