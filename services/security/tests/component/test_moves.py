"""What is open at a unit that moves goes to the heads and the province that it has then; what has ended stays."""

import pytest

from chassis.refiling import LAG
from services.security.tests.component.bureau import CORE, PLANNER
from services.security.tests.component.bureau import KEEPER as PERSONNEL
from services.security.tests.component.staffed import (
    COLLEAGUE,
    COUNTER,
    DEPUTY,
    ELSEWHERES,
    HEAD,
    SUPERVISOR,
    TELLER,
    approved,
    asked,
    in_force,
)

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.1")]

RESULT = {"finding": "rights_not_withdrawn", "words": "权限未及时回收，已于当日回收"}


def moves(house, unit="4401", parent="33"):
    house.done("move_unit", PLANNER, path={"unit": unit}, body={"parent": parent})
    house.settle()
    house.work_off(after=LAG)


def a_check(house, person=TELLER.subject):
    house.settle()
    house.done("leave_staff", PERSONNEL, path={"person": person}, body={})
    house.wait(minutes=10)
    at = house.clock.now().isoformat()
    act = {"person": person, "unit": COUNTER, "at": at, "system": "core", "reference": f"T-{person}"}
    (check,) = house.done("report_activities", CORE, body={"acts": [act]})["body"]["checks"]
    house.settle()
    return check


def check_of(house, check, by):
    return house.done("activity_check", by, path={"check": check})["body"]


def seen_by(house, by):
    return {one["id"] for one in house.done("elevation_list", by, query={})["body"]["items"]}


def tasks(house, by):
    return [one["about"] for one in house.done("my_tasks", by, query={})["body"]["items"]]


def test_an_open_check_is_seen_by_the_new_province_and_its_result_is_received_there(province):
    check = a_check(province)

    moves(province)

    assert check_of(province, check, ELSEWHERES)["unit"] == COUNTER
    refused = province.refused("activity_check", HEAD, path={"check": check})
    assert refused["code"] == "chassis.not_found"
    province.done("record_activity_result", SUPERVISOR, path={"check": check}, body=RESULT)
    province.settle()
    assert tasks(province, HEAD) == []
    assert tasks(province, ELSEWHERES) == [f"/v1/activity-checks/{check}"]
    (told,) = province.messages("departed_activity_checked")
    assert told.key == f"notice.33.4401.{COUNTER}"


def test_a_result_that_the_old_province_has_not_received_is_received_by_the_new_one(province):
    check = a_check(province)
    province.done("record_activity_result", SUPERVISOR, path={"check": check}, body=RESULT)
    province.settle()
    assert tasks(province, HEAD) == [f"/v1/activity-checks/{check}"]

    moves(province)

    assert (tasks(province, HEAD), tasks(province, ELSEWHERES)) == ([], [f"/v1/activity-checks/{check}"])


def test_a_check_that_is_done_with_keeps_the_units_of_its_time(province):
    check = a_check(province)
    province.done("record_activity_result", SUPERVISOR, path={"check": check}, body=RESULT)
    province.done("receive_activity_result", HEAD, path={"check": check}, body={})

    moves(province)

    assert check_of(province, check, HEAD)["state"] == "received"
    refused = province.refused("activity_check", ELSEWHERES, path={"check": check})
    assert refused["code"] == "chassis.not_found"


@pytest.mark.clause("R9.6")
def test_an_elevation_that_nobody_has_decided_on_follows_its_unit_and_one_in_force_too(province):
    in_force(province)
    wanted, given = asked(province, by=COLLEAGUE, key="k2"), approved(province)

    moves(province)

    assert seen_by(province, ELSEWHERES) == {wanted, given}
    assert seen_by(province, HEAD) == set()
    assert {one.key for one in province.messages("elevation_stated")[-2:]} == {f"elevation_stated.33.4401.{COUNTER}"}
    assert tasks(province, SUPERVISOR) == [f"/v1/elevations/{wanted}"]


def test_a_proposed_value_is_decided_by_the_province_that_the_unit_has_then(province):
    body = {"unit": "4401", "value": 12, "reason": "从严管理"}
    proposal = province.done("propose_parameter", HEAD, path={"key": "activity_check_hours"}, body=body, key="p")
    name = proposal["body"]["id"]
    province.settle()

    moves(province)

    refused = province.refused("approve_parameter", DEPUTY, path={"proposal": name}, body={})
    assert refused["code"] == "chassis.not_found"
    assert tasks(province, DEPUTY) == []
    assert tasks(province, ELSEWHERES) == [f"/v1/security/parameter-proposals/{name}"]
    approved_now = province.done("approve_parameter", ELSEWHERES, path={"proposal": name}, body={})["body"]
    assert approved_now["state"] == "approved"


def test_a_move_told_twice_writes_nothing_the_second_time(province):
    check = a_check(province)
    moves(province)
    version = province.database["activity_checks"].find_one({"_id": check})["version"]

    for message in province.messages("unit_stated"):
        province.deliver(message)
    province.settle()
    province.work_off(after=LAG)

    assert province.database["activity_checks"].find_one({"_id": check})["version"] == version
