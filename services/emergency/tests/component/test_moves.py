"""A counter or city that moves takes its open incidents along: the new province sees and handles them, the old no
longer."""

import pytest

from chassis.refiling import LAG
from services.emergency.tests.component.contract_of_parameters import proposes
from services.emergency.tests.component.office import (
    BUSINESS,
    CCMS_33,
    COUNTER,
    OTHER_PROVINCE,
    PROVINCE_HEAD,
    PROVINCE_REVIEWER,
    arrives,
    does,
    gathering,
    handled,
    may_not,
    notices,
    report,
)
from tests.house import system

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.1")]

OLD_SYSTEM = system("another-44", "44", "incident.read")
CHAIN = ["HQ", "33", "4401", COUNTER]


def moves(house, sequence=2, province="33"):
    """The city moves with its counter to the other province."""
    arrives(house, "HQ", province, "4401", sequence=sequence)
    arrives(house, "HQ", province, "4401", COUNTER, sequence=sequence)
    house.work_off(after=LAG)


def seen(house, by, incident):
    return house.done("incident", by, path={"incident": incident})["body"]


def test_an_open_incident_is_seen_and_handled_by_the_new_province_and_no_longer_by_the_old(house):
    incident = report(house)

    moves(house)

    assert seen(house, OTHER_PROVINCE, incident)["units"] == CHAIN
    assert house.refused("incident", PROVINCE_REVIEWER, path={"incident": incident})["code"] == "chassis.not_found"
    assert house.refused("incident", OLD_SYSTEM, path={"incident": incident})["code"] == "chassis.not_found"
    does(house, "begin_response", OTHER_PROVINCE, incident, {})
    assert may_not(house, "contain", PROVINCE_HEAD, incident) == "chassis.not_found"
    assert [one["id"] for one in house.done("incident_list", CCMS_33, query={})["body"]["items"]] == [incident]
    assert house.done("incident_list", OLD_SYSTEM, query={})["body"]["items"] == []


@pytest.mark.clause("R7.12")
def test_a_proposed_number_of_the_city_is_decided_by_the_new_province(house):
    proposal = proposes(house, unit="4401")
    moves(house)

    path = {"proposal": proposal}
    assert house.refused("approve_parameter", PROVINCE_HEAD, path=path, body={})["code"] == "chassis.not_found"
    assert [one["id"] for one in house.done("my_tasks", OTHER_PROVINCE)["body"]["items"]] == [f"{proposal}:decide"]
    approved = house.done("approve_parameter", OTHER_PROVINCE, path=path, body={})["body"]
    assert (approved["state"], approved["units"]) == ("approved", ["HQ", "33", "4401"])


def test_its_own_unit_stays_and_the_timeline_says_from_where_it_went(house):
    incident = report(house)

    moves(house)

    found = seen(house, OTHER_PROVINCE, incident)
    assert found["unit"] == COUNTER
    entries = house.done("timeline", OTHER_PROVINCE, path={"incident": incident}, query={})["body"]["items"]
    (moved,) = (one["row"] for one in entries if one["row"]["kind"] == "unit_moved")
    assert moved["data"] == {"unit": COUNTER, "from": f"HQ/44/4401/{COUNTER}", "to": f"HQ/33/4401/{COUNTER}"}
    assert house.events("incident_stated")[-1]["units"] == CHAIN


def test_the_move_itself_tells_nobody_and_the_next_step_tells_the_new_province(house):
    gathering(house, people=3)
    before = len(house.exchange.arrived)

    moves(house)

    assert notices(house, since=before) == []
    house.wait(days=1)
    assert OTHER_PROVINCE.subject in {person for person, _ in notices(house, since=before)}


def test_a_closed_incident_keeps_the_units_of_its_time(house):
    incident = report(house)
    handled(house, incident)

    moves(house)

    assert seen(house, BUSINESS, incident)["units"] == ["HQ", "44", "4401", COUNTER]
    assert house.refused("incident", OTHER_PROVINCE, path={"incident": incident})["code"] == "chassis.not_found"


def test_a_move_told_twice_and_an_older_one_told_late_change_nothing(house):
    incident = report(house)
    moves(house, sequence=3)
    version = house.database["incidents"].find_one({"_id": incident})["version"]

    moves(house, sequence=3)
    moves(house, sequence=2, province="44")

    assert house.database["incidents"].find_one({"_id": incident})["version"] == version


def test_a_counter_that_moves_back_has_its_incidents_back(house):
    incident = report(house)

    moves(house)
    moves(house, sequence=3, province="44")

    assert seen(house, PROVINCE_REVIEWER, incident)["units"] == ["HQ", "44", "4401", COUNTER]
    assert house.refused("incident", OTHER_PROVINCE, path={"incident": incident})["code"] == "chassis.not_found"
