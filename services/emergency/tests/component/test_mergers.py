"""A counter that merges into another: its open incidents are the survivor's, what is reported under its code too."""

from datetime import UTC, datetime, timedelta

import pytest

from chassis.refiling import LAG
from services.emergency.tests.component.office import (
    CCMS,
    COUNTER,
    ELSEWHERE,
    OTHER_PROVINCE,
    PROVINCE_HEAD,
    PROVINCE_REVIEWER,
    arrives,
    assigned,
    does,
    handled,
    held,
    may_not,
    report,
    signals,
)
from tests.house import Badge, system

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.1")]

NEW_YEAR = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
"""Midnight in Shanghai."""

CHAIN = ["HQ", "33", "3301", ELSEWHERE]
EVERYWHERE = system("everywhere", "HQ", "incident.report", "incident.read", "signal.report")
THERE = Badge("P330100302")


def decided(house, on="2027-01-01"):
    """The merger is known ahead; the counter is where it was."""
    arrives(house, "HQ", "44", "4401", COUNTER, sequence=2, merged_into=ELSEWHERE, open_to=on)
    house.work_off(after=LAG)


def merges(house, on="2026-11-23"):
    """The merger has taken effect."""
    arrives(house, *CHAIN, COUNTER, sequence=3, merged_into=ELSEWHERE, open_to=on)
    house.work_off(after=LAG)


def seen(house, by, incident):
    return house.done("incident", by, path={"incident": incident})["body"]


def test_an_open_incident_of_a_merged_counter_is_seen_and_handled_by_the_survivors_province_alone(house):
    incident = report(house, EVERYWHERE)

    merges(house)

    assert seen(house, OTHER_PROVINCE, incident)["units"] == [*CHAIN, COUNTER]
    assert seen(house, OTHER_PROVINCE, incident)["unit"] == COUNTER
    assert house.refused("incident", PROVINCE_REVIEWER, path={"incident": incident})["code"] == "chassis.not_found"
    assert may_not(house, "begin_response", PROVINCE_HEAD, incident) == "chassis.not_found"
    does(house, "begin_response", OTHER_PROVINCE, incident)


def test_the_survivors_own_supervisor_handles_it_and_the_place_is_the_survivors(house):
    assigned(house, held(THERE.subject, "counter_supervisor", ELSEWHERE))
    incident = report(house, EVERYWHERE)

    merges(house)

    does(house, "begin_response", THERE, incident)
    kept = house.database["incidents"].find_one({"_id": incident})["state"]
    assert (kept["province"], kept["city"], kept["counter"]) == ("33", "3301", ELSEWHERE)


def test_a_closed_incident_keeps_the_units_of_its_time(house):
    incident = report(house, EVERYWHERE)
    handled(house, incident)

    merges(house)

    assert seen(house, EVERYWHERE, incident)["units"] == ["HQ", "44", "4401", COUNTER]
    assert house.refused("incident", OTHER_PROVINCE, path={"incident": incident})["code"] == "chassis.not_found"


@pytest.mark.parametrize(("moment", "at"), [(NEW_YEAR - timedelta(seconds=1), COUNTER), (NEW_YEAR, ELSEWHERE)])
def test_what_is_reported_under_the_old_code_is_the_survivors_from_the_first_moment_of_the_day(house, moment, at):
    decided(house)
    house.clock.step(moment)

    incident = report(house, EVERYWHERE)

    assert seen(house, EVERYWHERE, incident)["unit"] == at


def test_a_signal_under_the_old_code_is_the_survivors(house):
    merges(house)

    signals(house, "s1", by=EVERYWHERE)

    assert house.database["signals"].find_one()["units"][:4] == CHAIN


def test_the_old_provinces_system_reports_nothing_any_more_for_what_is_elsewhere(house):
    merges(house)

    body = {"kind": "gathering", "unit": COUNTER, "summary": "柜面有人聚集", "facts": {"people_gathering": 3}}
    assert house.refused("report_incident", CCMS, key="k1", body=body)["code"] == "chassis.not_permitted"


def test_a_merged_city_is_no_level_of_the_organisation(house):
    incident = report(house, EVERYWHERE, unit="4401")

    arrives(house, "HQ", "33", "3301", "4401", sequence=2, kind="city", merged_into="3301", open_to="2026-11-23")
    house.work_off(after=LAG)

    kept = house.database["incidents"].find_one({"_id": incident})["state"]
    assert (kept["unit"], kept["province"], kept["city"], kept["counter"]) == ("4401", "33", "3301", None)


def test_a_code_that_leads_in_a_circle_still_leads_somewhere(house):
    arrives(house, "HQ", "44", "4401", COUNTER, sequence=2, merged_into=ELSEWHERE, open_to="2026-11-23")
    arrives(house, *CHAIN, sequence=2, merged_into=COUNTER, open_to="2026-11-23")

    assert seen(house, EVERYWHERE, report(house, EVERYWHERE))["unit"] in {COUNTER, ELSEWHERE}
