"""Units opened, moved and closed one by one: what is below follows, in every copy."""

import pytest

from services.security.tests.component.bureau import KEEPER, PLANNER, READER, SOMEBODY, staffed
from tests.house import system

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.1")]

GUANGDONG = system("planner-44", "44", "directory.units", "directory.read")


def does(bureau, operation, unit, body, by=PLANNER, **rest):
    answer = bureau.done(operation, by, path={"unit": unit}, body=body, **rest)["body"]
    bureau.settle()
    return answer


def chain(bureau, unit):
    return bureau.done("unit", PLANNER, path={"unit": unit})["body"]["units"]


def test_a_unit_is_opened_once_and_stated(bureau):
    staffed(bureau)
    body = {"id": "4401009", "kind": "counter", "name": "越秀柜面", "parent": "4401", "open_from": "2026-12-01"}

    done = bureau.done("open_unit", GUANGDONG, body=body, key="k")
    assert (done["status"], done["body"]["units"]) == (201, ["HQ", "44", "4401", "4401009"])
    assert bureau.done("open_unit", GUANGDONG, body=body, key="k")["replayed"] is True
    assert bureau.refused("open_unit", GUANGDONG, body=body)["code"] == "chassis.exists"


def test_what_is_below_a_unit_that_moves_follows_it_with_its_people_and_posts(bureau):
    staffed(bureau)
    before = len(bureau.exchange.arrived)

    assert does(bureau, "move_unit", "4401", {"parent": "33"})["units"] == ["HQ", "33", "4401"]

    assert chain(bureau, "4401003") == ["HQ", "33", "4401", "4401003"]
    zhejiang = system("reader-33", "33", "directory.read", "staff.read")
    member = bureau.done("staff_member", zhejiang, path={"person": SOMEBODY.subject})["body"]
    assert member["units"] == ["HQ", "33", "4401", "4401003"]
    held = bureau.done("assignment_list", zhejiang, query={})["body"]["items"]
    assert {one["person"] for one in held} == {"P440100001", "P440100002", "P440100301"}
    assert bureau.refused("staff_member", KEEPER, path={"person": SOMEBODY.subject})["code"] == "chassis.not_found"
    restated = {one["id"]: one["units"] for one in bureau.events("unit_stated", since=before)}
    assert restated == {"4401": ["HQ", "33", "4401"], "4401003": ["HQ", "33", "4401", "4401003"]}


def test_a_move_told_twice_changes_nothing_the_second_time(bureau):
    staffed(bureau)
    does(bureau, "move_unit", "4401", {"parent": "33"})
    told = bureau.messages("unit_stated")
    before = len(bureau.exchange.arrived)

    for message in told:
        bureau.deliver(message)
    bureau.settle()

    assert len(bureau.exchange.arrived) == before
    assert chain(bureau, "4401003") == ["HQ", "33", "4401", "4401003"]


def test_a_move_to_where_it_is_changes_nothing(bureau):
    staffed(bureau)
    before = bureau.database["units"].find_one({"_id": "4401"})["version"]

    does(bureau, "move_unit", "4401", {"parent": "44"})

    assert bureau.database["units"].find_one({"_id": "4401"})["version"] == before


def test_a_move_needs_the_grant_over_both_parents(bureau):
    staffed(bureau)

    refused = bureau.refused("move_unit", GUANGDONG, path={"unit": "4401"}, body={"parent": "33"})
    assert refused["code"] == "chassis.not_permitted"
    refused = bureau.refused(
        "move_unit", system("x", "33", "directory.units"), path={"unit": "4401"}, body={"parent": "33"}
    )
    assert refused["code"] == "chassis.not_found"


def test_a_unit_closes_when_nobody_holds_a_post_there_and_nothing_below_is_open(bureau):
    staffed(bureau)
    path, body = {"unit": "4401003"}, {"on": "2026-12-01"}
    assert bureau.refused("close_unit", PLANNER, path={"unit": "4401"}, body=body)["code"] == "security.children_open"
    assert bureau.refused("close_unit", PLANNER, path=path, body=body)["code"] == "security.posts_held"

    bureau.done("leave_staff", KEEPER, path={"person": SOMEBODY.subject}, body={})
    bureau.settle()
    assert does(bureau, "close_unit", "4401003", body)["open_to"] == "2026-12-01"
    assert bureau.refused("close_unit", PLANNER, path=path, body=body)["code"] == "security.unit_closed"
    assert bureau.refused("rename_unit", PLANNER, path=path, body={"name": "x"})["code"] == "security.unit_closed"


def test_units_are_listed_by_parent_and_kind_within_reach(bureau):
    staffed(bureau)

    def ids(by, **query):
        return [one["id"] for one in bureau.done("unit_list", by, query=query)["body"]["items"]]

    assert ids(PLANNER, parent="HQ") == ["44", "33"]
    assert ids(READER, kind="counter") == ["4401003"]


@pytest.mark.parametrize("by", [KEEPER, READER, SOMEBODY])
def test_nobody_changes_units_without_the_grant(bureau, by):
    staffed(bureau)

    assert bureau.refused("close_unit", by, path={"unit": "4401003"}, body={"on": "2027-01-01"})["code"] == (
        "chassis.not_granted"
    )


def test_of_two_moves_at_once_each_child_ends_where_its_parent_is(bureau):
    staffed(bureau)
    bureau.done("move_unit", PLANNER, path={"unit": "4401"}, body={"parent": "33"})
    late = bureau.unheard()
    bureau.done("move_unit", PLANNER, path={"unit": "4401"}, body={"parent": "44"})
    bureau.settle()

    for message in late:
        bureau.deliver(message)
    bureau.settle()
    for message in bureau.messages("unit_stated")[-1:]:
        bureau.deliver(message)
    bureau.settle()

    assert chain(bureau, "4401003")[:-1] == chain(bureau, "4401")
