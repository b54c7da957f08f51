"""A counter or a city merges into another: its people, its units and what is open there are the survivor's from the
first moment of the day on."""

from datetime import UTC, datetime, timedelta

import pytest

from chassis.refiling import LAG
from services.security.tests.component.bureau import CORE, HEAD_OFFICE, PLANNER, holders
from services.security.tests.component.bureau import KEEPER as PERSONNEL
from services.security.tests.component.staffed import (
    AUDITOR,
    COUNTER,
    ELSEWHERES,
    HEAD,
    MANAGER,
    SUPERVISOR,
    TELLER,
)
from tests.house import Badge, system

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.1")]

SURVIVOR = "3301001"
CHAIN = ["HQ", "33", "3301", SURVIVOR]
NEW_YEAR = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
"""Midnight in Shanghai."""

UNITS = """id,kind,name,parent
3301,city,杭州市分公司,33
3301001,counter,西湖柜面,3301
"""
THERE = Badge("P330100302")
EVERYWHERE = system("reader", "HQ", "directory.read", "staff.read")


@pytest.fixture
def two(province):
    """A second province with a city, a counter and its supervisor."""
    province.done("import_units", HEAD_OFFICE, body={"csv": UNITS})
    sheet = f"person,post,unit,kind,from,to\n{THERE.subject},counter_supervisor,{SURVIVOR},holder,2026-01-01,\n"
    assert holders(province, sheet)["faults"] == []
    province.settle()
    return province


def merges(house, unit=COUNTER, into=SURVIVOR, on=None):
    said = {"into": into} | ({"on": on} if on else {})
    answer = house.done("merge_unit", PLANNER, path={"unit": unit}, body=said)["body"]
    house.settle()
    house.work_off(after=LAG)
    return answer


def unit_of(house, unit=COUNTER):
    return house.done("unit", EVERYWHERE, path={"unit": unit})["body"]


def posts(house, person, on):
    found = house.done("assignment_list", EVERYWHERE, query={"person": person.subject})["body"]["items"]
    return {
        (one["unit"], one["post"])
        for one in found
        if one["held_from"] <= on and (one["held_to"] is None or on < one["held_to"])
    }


def test_until_its_day_the_counter_is_as_it_was_and_from_its_first_moment_it_is_the_survivors(two):
    told = merges(two, on="2027-01-01")
    assert (told["merged_into"], told["open_to"], told["units"][-2:]) == (SURVIVOR, "2027-01-01", ["4401", COUNTER])

    two.step(NEW_YEAR - timedelta(seconds=1))
    assert unit_of(two)["parent"] == "4401"
    assert posts(two, TELLER, "2026-12-31") == {(COUNTER, "teller")}

    two.step(NEW_YEAR)
    assert (unit_of(two)["parent"], unit_of(two)["units"]) == (SURVIVOR, [*CHAIN, COUNTER])
    assert posts(two, TELLER, "2027-01-01") == {(SURVIVOR, "teller")}
    assert posts(two, TELLER, "2026-12-31") == {(COUNTER, "teller")}
    assert two.events("unit_stated")[-1]["merged_into"] == SURVIVOR


def test_the_people_belong_to_the_survivor_and_whoever_is_suspended_too(two):
    two.settle()
    two.done("suspend_staff", PERSONNEL, path={"person": TELLER.subject}, body={"ground": "long_leave"})

    merges(two)

    for person in (TELLER, SUPERVISOR):
        member = two.done("staff_member", EVERYWHERE, path={"person": person.subject})["body"]
        assert (member["unit"], member["units"]) == (SURVIVOR, CHAIN)
    seen = two.done("staff_list", system("x", "44", "staff.read"), query={})["body"]["items"]
    assert TELLER.subject not in {one["person"] for one in seen}


def test_a_check_that_is_open_there_goes_to_the_head_of_the_survivor_and_keeps_its_own_unit(two):
    two.settle()
    two.done("leave_staff", PERSONNEL, path={"person": TELLER.subject}, body={})
    two.wait(minutes=10)
    act = {"person": TELLER.subject, "unit": COUNTER, "system": "core", "reference": "T-1"}
    body = {"acts": [{**act, "at": two.clock.now().isoformat()}]}
    (check,) = two.done("report_activities", CORE, body=body)["body"]["checks"]

    merges(two)

    seen = two.done("activity_check", ELSEWHERES, path={"check": check})["body"]
    assert seen["unit"] == COUNTER
    assert two.refused("activity_check", HEAD, path={"check": check})["code"] == "chassis.not_found"
    tasks = two.done("my_tasks", THERE, query={})["body"]["items"]
    assert [one["about"] for one in tasks] == [f"/v1/activity-checks/{check}"]


def test_acts_reported_under_the_old_code_are_the_survivors_from_the_day_on_and_the_old_units_before(two):
    before = two.clock.now()
    merges(two, on="2027-01-01")
    two.step(NEW_YEAR + timedelta(hours=2))

    def acts(at):
        act = {"person": "P999900001", "unit": COUNTER, "system": "core", "reference": "T-1", "at": at.isoformat()}
        return two.done("report_activities", CORE, body={"acts": [act]})["body"]["checks"]

    assert acts(before) == [f"{COUNTER}:P999900001:2026-11-23"]
    assert acts(two.clock.now()) == [f"{SURVIVOR}:P999900001:2027-01-01"]
    in_order = {"person": SUPERVISOR.subject, "unit": COUNTER, "system": "core", "reference": "T-2"}
    body = {"acts": [{**in_order, "at": two.clock.now().isoformat()}]}
    assert two.done("report_activities", CORE, body=body)["body"]["checks"] == []


def test_a_merged_counter_takes_nothing_new_and_says_which_one_goes_on(two):
    merges(two)

    body = {"person": "P440100901", "post": "teller", "unit": COUNTER}
    refused = two.refused("assign", system("everywhere", "HQ", "directory.assign"), body=body)
    assert refused["code"] == "security.unit_merged"
    assert SURVIVOR in refused["en"]


def test_the_counters_of_a_city_that_merges_are_the_other_citys_with_all_that_is_theirs(two):
    merges(two, unit="4401", into="3301")

    assert unit_of(two)["units"] == ["HQ", "33", "3301", COUNTER]
    assert unit_of(two, "4401")["units"] == ["HQ", "33", "3301", "4401"]
    assert posts(two, MANAGER, "2026-11-23") == {("3301", "centre_manager")}
    assert posts(two, TELLER, "2026-11-23") == {(COUNTER, "teller")}


def test_a_survivor_that_merges_in_its_turn_takes_along_what_it_took_over(two):
    two.done("import_units", HEAD_OFFICE, body={"csv": "id,kind,name,parent\n3301002,counter,上城柜面,3301\n"})
    two.settle()
    merges(two)

    merges(two, unit=SURVIVOR, into="3301002")

    assert unit_of(two)["units"] == ["HQ", "33", "3301", "3301002", SURVIVOR, COUNTER]
    assert posts(two, TELLER, "2026-11-23") == {("3301002", "teller")}


def test_a_merger_told_twice_changes_nothing_the_second_time(two):
    merges(two)
    before = {name: two.database[name].count_documents({}) for name in ("assignments", "staff", "units")}
    arrived = len(two.exchange.arrived)

    for message in two.messages("unit_stated"):
        two.deliver(message)
    two.settle()

    assert {name: two.database[name].count_documents({}) for name in before} == before
    assert len(two.exchange.arrived) == arrived


def test_a_post_that_was_begun_there_in_the_same_moment_is_held_at_the_survivor(two):
    two.done("merge_unit", PLANNER, path={"unit": COUNTER}, body={"into": SURVIVOR})
    late = two.unheard()
    stays = two.database["units"].find_one({"_id": COUNTER})
    open_again = {"state.open_to": None, "state.merged_into": None}
    two.database["units"].update_one({"_id": COUNTER}, {"$set": open_again})
    body = {"person": "P440100901", "post": "teller", "unit": COUNTER}
    two.done("assign", system("everywhere", "HQ", "directory.assign"), body=body)
    two.database["units"].replace_one({"_id": COUNTER}, stays)
    for message in late:
        two.deliver(message)

    two.settle()

    assert posts(two, Badge("P440100901"), "2026-11-23") == {(SURVIVOR, "teller")}
    assert two.done("staff_member", EVERYWHERE, path={"person": "P440100901"})["body"]["unit"] == SURVIVOR


def test_of_two_counters_that_merge_into_each_other_at_once_one_goes_on(two):
    decided = {"into": SURVIVOR, "on": "2027-01-01"}
    two.done("merge_unit", PLANNER, path={"unit": COUNTER}, body=decided)
    unseen = two.database["units"].find_one({"_id": COUNTER})["state"]
    two.database["units"].update_one(
        {"_id": COUNTER}, {"$set": {"state.open_to": None, "state.merged_into": None}}
    )  # as the other writer has read it

    refused = two.refused("merge_unit", PLANNER, path={"unit": SURVIVOR}, body={"into": COUNTER, "on": "2027-01-01"})

    assert refused["code"] == "security.survivor_not_open"
    two.database["units"].update_one({"_id": COUNTER}, {"$set": {"state": unseen}})


def test_a_unit_does_not_close_while_another_is_to_merge_into_it(two):
    merges(two, on="2027-01-01")
    two.done("leave_staff", system("x", "HQ", "staff.manage"), path={"person": THERE.subject}, body={})
    two.settle()

    refused = two.refused("close_unit", PLANNER, path={"unit": SURVIVOR}, body={"on": "2027-02-01"})

    assert refused["code"] == "security.children_open"
    assert COUNTER in refused["en"]


def test_a_merger_needs_the_grant_over_both_units(two):
    guangdong = system("planner-44", "44", "directory.units", "directory.read")

    refused = two.refused("merge_unit", guangdong, path={"unit": COUNTER}, body={"into": SURVIVOR})
    assert refused["code"] == "chassis.not_permitted"
    refused = two.refused("merge_unit", AUDITOR, path={"unit": COUNTER}, body={"into": SURVIVOR})
    assert refused["code"] == "chassis.not_granted"
