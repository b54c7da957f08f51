"""A teller is lent to another counter: what they may do there, and that it ends by itself."""

from datetime import UTC, datetime, timedelta

import pytest

from services.security.tests.component.bureau import HEAD_OFFICE
from services.security.tests.component.staffed import COUNTER, MANAGER, SUPERVISOR, TELLER
from tests.house import system

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.1")]

AWAY = "4401001"
MIDNIGHT = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
"""The end of the twenty-fifth in Shanghai."""

DAYS = {"post": "teller", "unit": AWAY, "held_from": "2026-11-24", "held_to": "2026-11-26"}


def lends(house, by=MANAGER, person=TELLER, **said):
    house.settle()
    done = house.done("lend_staff", by, path={"person": person.subject}, body=DAYS | said, key="l")
    house.settle()
    return done


def works(house, unit):
    """Whether the teller may report an act at this counter now."""
    at = house.clock.now().isoformat()
    act = {"person": TELLER.subject, "unit": unit, "at": at, "system": "core", "reference": f"T-{unit}"}
    answer = house.answer("report_activities", TELLER, body={"acts": [act]})
    if "refusal" in answer:
        assert answer["refusal"]["code"] in {"chassis.not_permitted", "chassis.not_found"}, answer
    return "ok" in answer and answer["ok"]["body"]["checks"] == []


def test_the_teller_works_at_both_counters_those_days_and_at_home_before_and_after(province):
    assert lends(province)["body"]["kind"] == "lent"
    moments = {
        timedelta(days=-2, seconds=-1): [True, False],
        timedelta(days=-2): [True, True],
        timedelta(seconds=-1): [True, True],
        timedelta(0): [True, False],
    }

    for moment, expected in moments.items():
        province.step(MIDNIGHT + moment)
        assert [works(province, COUNTER), works(province, AWAY)] == expected, moment


def test_the_tasks_of_the_post_are_the_lent_persons_too_and_say_so(province):
    lends(province, person=SUPERVISOR, post="counter_supervisor", held_from="2026-11-23")
    leaver = {"person": "P999900001", "unit": AWAY, "system": "core", "reference": "T-1"}
    body = {"acts": [{**leaver, "at": province.clock.now().isoformat()}]}
    province.done("report_activities", system("core", "HQ", "activity.report"), body=body)
    province.settle()

    (task,) = province.done("my_tasks", SUPERVISOR, query={})["body"]["items"]

    assert (task["owner"]["unit"], task["role"]) == (AWAY, "lent")


def test_the_same_lending_again_is_the_same_one(province):
    first = lends(province)

    again = province.done("lend_staff", MANAGER, path={"person": TELLER.subject}, body=DAYS, key="l")

    assert (again["replayed"], again["body"]["id"]) == (True, first["body"]["id"])


def test_a_lending_needs_the_grant_over_home_and_over_the_other_counter(province):
    province.settle()
    path = {"person": TELLER.subject}

    lender = system("x", COUNTER, "directory.assign")
    assert province.refused("lend_staff", lender, path=path, body=DAYS)["code"] == "chassis.not_permitted"
    borrower = system("x", AWAY, "directory.assign")
    assert province.refused("lend_staff", borrower, path=path, body=DAYS)["code"] == "chassis.not_found"
    assert province.refused("lend_staff", SUPERVISOR, path=path, body=DAYS)["code"] == "chassis.not_granted"


def test_whoever_leaves_is_lent_no_more(province):
    lends(province, held_from="2026-11-23")

    province.done("leave_staff", system("x", "HQ", "staff.manage"), path={"person": TELLER.subject}, body={})
    province.settle()

    held = province.done("assignment_list", system("x", "HQ", "directory.read"), query={"person": TELLER.subject})
    assert {one["held_to"] for one in held["body"]["items"]} == {"2026-11-23"}


def test_a_lending_is_ended_early_as_any_assignment(province):
    made = lends(province, held_from="2026-11-23")["body"]["id"]

    province.done("end_assignment", MANAGER, path={"assignment": made}, body={})

    assert not works(province, AWAY)


def test_a_sheet_lends_nobody(province):
    sheet = f"person,post,unit,kind,from,to\n{TELLER.subject},teller,{AWAY},lent,2026-11-24,2026-11-26\n"

    answer = province.done("import_holders", HEAD_OFFICE, body={"csv": sheet})["body"]

    assert [one["code"] for one in answer["faults"]] == ["security.holder_kind_unknown"]
