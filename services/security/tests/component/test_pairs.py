"""Of a pair one is away: the other has the grants and the tasks of the post, from midnight to midnight."""

from datetime import UTC, datetime, timedelta

import pytest

from services.security.tests.component.bureau import CORE
from services.security.tests.component.bureau import KEEPER as PERSONNEL
from services.security.tests.component.staffed import COLLEAGUE, COUNTER, GUIDE, MANAGER, SUPERVISOR, TELLER
from tests.house import system

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.1")]

PAIR = f"4401003:{SUPERVISOR.subject}-{COLLEAGUE.subject}:2026-11-23"
PATH = {"pair": PAIR}
MIDNIGHT = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
"""The end of the last day in Shanghai."""

DAYS = {"since": "2026-11-25", "to": "2026-11-26"}
READER = system("reader", "HQ", "directory.read")


@pytest.fixture
def two(province):
    """The supervisor and a teller of the counter are a pair; the supervisor has a task."""
    province.settle()
    body = {"unit": COUNTER, "a": SUPERVISOR.subject, "b": COLLEAGUE.subject}
    province.done("pair_staff", MANAGER, body=body, key="p")
    act = {"person": "P999900001", "unit": COUNTER, "system": "core", "reference": "T-1"}
    province.done("report_activities", CORE, body={"acts": [{**act, "at": province.clock.now().isoformat()}]})
    province.settle()
    return province


def does(house, operation, body, by=MANAGER):
    answer = house.done(operation, by, path=PATH, body=body)["body"]
    house.settle()
    return answer


def roles(house, by):
    return [one["role"] for one in house.done("my_tasks", by, query={})["body"]["items"]]


def acting(house, person=COLLEAGUE):
    found = house.done("assignment_list", READER, query={"person": person.subject})["body"]["items"]
    return [(one["post"], one["held_from"], one["held_to"]) for one in found if one["kind"] == "acting"]


def test_the_tasks_reach_who_stands_in_from_the_first_moment_to_the_last(two):
    does(two, "note_absence", {"person": SUPERVISOR.subject, **DAYS})

    for moment, expected in (
        (timedelta(days=-1, seconds=-1), []),
        (timedelta(days=-1), ["acting"]),
        (timedelta(seconds=-1), ["acting"]),
        (timedelta(0), []),
    ):
        two.step(MIDNIGHT + moment)
        assert roles(two, COLLEAGUE) == expected, moment


def test_whoever_is_suspended_is_away_until_taken_back(two):
    two.done("suspend_staff", PERSONNEL, path={"person": SUPERVISOR.subject}, body={"ground": "long_leave"})
    two.settle()
    assert roles(two, COLLEAGUE) == ["acting"]

    two.step(MIDNIGHT)
    two.done("reinstate_staff", PERSONNEL, path={"person": SUPERVISOR.subject}, body={})
    two.settle()

    assert roles(two, COLLEAGUE) == []
    assert acting(two) == [("counter_supervisor", "2026-11-23", "2026-11-26")]


def test_who_is_back_early_is_stood_in_for_no_longer(two):
    does(two, "note_absence", {"person": SUPERVISOR.subject})
    assert roles(two, COLLEAGUE) == ["acting"]

    does(two, "end_absence", {"person": SUPERVISOR.subject})

    assert roles(two, COLLEAGUE) == []


def test_a_pair_that_ends_leaves_nobody_acting_and_each_may_be_paired_anew(two):
    does(two, "note_absence", {"person": SUPERVISOR.subject})

    does(two, "end_pair", {})

    assert roles(two, COLLEAGUE) == []
    body = {"unit": COUNTER, "a": SUPERVISOR.subject, "b": GUIDE.subject}
    assert two.done("pair_staff", MANAGER, body=body)["status"] == 201


def test_whoever_leaves_is_half_of_no_pair_any_more(two):
    two.done("leave_staff", PERSONNEL, path={"person": SUPERVISOR.subject}, body={})
    two.settle()

    assert two.done("pair", READER, path=PATH)["body"]["ended"] == "2026-11-23"
    assert two.done("pair_list", READER, query={"unit": COUNTER})["body"]["items"][0]["id"] == PAIR


def test_the_same_word_twice_begins_nothing_twice(two):
    does(two, "note_absence", {"person": SUPERVISOR.subject, **DAYS})
    before = acting(two)

    for message in two.messages("pair_stated"):
        two.deliver(message)
    two.settle()

    assert acting(two) == before == [("counter_supervisor", "2026-11-25", "2026-11-26")]


def test_of_two_pairs_of_one_person_at_once_one_is_made(two):
    body = {"unit": COUNTER, "a": TELLER.subject, "b": COLLEAGUE.subject}

    refused = two.refused("pair_staff", MANAGER, body=body)

    assert refused["code"] == "security.paired_already"


def test_of_two_absences_at_once_both_halves_are_not_away(two):
    version = two.done("pair", READER, path=PATH)["version"]
    does(two, "note_absence", {"person": SUPERVISOR.subject})

    body = {"person": COLLEAGUE.subject}
    refused = two.refused("note_absence", MANAGER, path=PATH, body=body, if_match=version)
    assert refused["code"] == "chassis.version_changed"
    assert two.refused("note_absence", MANAGER, path=PATH, body=body)["code"] == "security.both_away"


def test_nobody_pairs_without_the_grant_over_the_unit(two):
    body = {"unit": COUNTER, "a": TELLER.subject, "b": GUIDE.subject}

    assert two.refused("pair_staff", SUPERVISOR, body=body)["code"] == "chassis.not_granted"
    elsewhere = system("x", "33", "directory.assign")
    assert two.refused("pair_staff", elsewhere, body=body)["code"] == "chassis.not_permitted"
    assert two.refused("end_pair", elsewhere, path=PATH, body={})["code"] == "chassis.not_found"
