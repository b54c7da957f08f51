"""R7.11: statistics within the caller's reach, and the reports in which they are frozen."""

import threading
from datetime import UTC, datetime

import pytest
from attrs import evolve

from services.emergency.tests.component.contract_of_statistics import RANGE, REASON, REFERENCE, YEAR, confirmed, drawn
from services.emergency.tests.component.office import (
    CCMS,
    COUNTER,
    HO_REVIEWER,
    MANAGER,
    OTHER_CITY,
    OTHER_CITYS,
    PROVINCE_HEAD,
    PROVINCE_REVIEWER,
    SIBLING,
    SUPERVISOR,
    does,
    gathering,
    handled,
    open_office,
    report,
    report_of,
)

pytestmark = [pytest.mark.live, pytest.mark.clause("R7.11")]


HURT = {"kind": "illness_or_accident", "facts": {"injured": 1, "deaths": 0}}


def statistics(house, by=HO_REVIEWER, **more):
    return house.done("incident_statistics", by, query={**RANGE, **more})["body"]["figures"]


def test_what_happened_is_counted_by_level_kind_and_area_and_timed(house):
    first = gathering(house, 3, key="a")
    report(house, key="b", unit=SIBLING, **HURT)
    gathering(house, 3, key="c", unit=OTHER_CITYS)
    house.wait(minutes=10)
    handled(house, first)

    found = statistics(house)

    assert (found["incidents"], found["by_level"], found["by_kind"]) == (
        3,
        {"III": 1, "IV": 2},
        {"gathering": 2, "illness_or_accident": 1},
    )
    assert (found["by_area"], found["by_outcome"]) == ({"4401": 2, "4402": 1}, {"handled": 1, "open": 2})
    assert statistics(house, unit="4401")["by_area"] == {COUNTER: 1, SIBLING: 1}
    assert found["to_close"] == {"count": 1, "median_seconds": 600, "p90_seconds": 600, "max_seconds": 600}
    assert found["to_grade"]["count"] == 3


@pytest.mark.clause("R7.8")
def test_drills_leave_the_statistics_as_they_were_and_false_alarms_stand_apart(house):
    gathering(house, 3, key="a")
    before = statistics(house)
    gathering(house, 50, key="b", drill=True)
    false = report(house, key="c", **HURT)
    does(house, "close", HO_REVIEWER, false, {"outcome": "false_alarm", "reason": "误报"})

    after = statistics(house)

    assert after == {**before, "drills": 1, "false_alarms": 1}


def test_reports_that_were_missed_are_counted(house):
    gathering(house, 3)
    house.wait(days=2)

    assert statistics(house)["clocks_missed"] == 2


@pytest.mark.parametrize(
    ("at", "counted"),
    [
        (datetime(2026, 11, 22, 15, 59, 59, 999000, UTC), 0),
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), 1),
        (datetime(2026, 11, 23, 15, 59, 59, 999000, UTC), 1),
        (datetime(2026, 11, 23, 16, 0, tzinfo=UTC), 0),
    ],
)
def test_a_day_is_a_day_in_shanghai_with_its_start_and_without_its_end(emergency_ground, at, counted):
    house = open_office(emergency_ground, at=at)
    house.done("report_incident", CCMS, key="a", body=report_of())

    assert statistics(house, **{"from": "2026-11-23", "to": "2026-11-24"})["incidents"] == counted


@pytest.mark.parametrize(
    ("by", "unit", "code"),
    [
        (SUPERVISOR, COUNTER, "chassis.not_granted"),
        (MANAGER, "44", "chassis.not_found"),
        (OTHER_CITY, "4401", "chassis.not_found"),
        (MANAGER, "9999", "chassis.not_found"),
    ],
)
def test_nobody_sees_figures_beyond_their_reach(house, by, unit, code):
    assert house.refused("incident_statistics", by, query={**RANGE, "unit": unit})["code"] == code


@pytest.mark.parametrize(
    ("since", "until", "allowed"),
    [
        ("2026-11-01", "2026-11-02", True),
        ("2026-11-01", "2026-11-01", False),
        ("2026-11-02", "2026-11-01", False),
        ("2025-10-28", "2026-12-02", True),
        ("2025-10-27", "2026-12-02", False),
        ("0001-01-01", "0001-01-02", False),
        ("9999-12-30", "9999-12-31", True),
    ],
)
def test_a_range_spans_a_day_at_least_and_400_at_most(house, since, until, allowed):
    answer = house.answer("incident_statistics", HO_REVIEWER, query={**RANGE, "from": since, "to": until})

    assert ("ok" in answer) is allowed
    assert allowed or answer["refusal"]["code"] == "emergency.range_too_long"


@pytest.mark.parametrize(("most", "allowed"), [(1, False), (2, True)])
def test_more_incidents_than_one_answer_adds_up_are_refused_and_not_left_out(house, most, allowed):
    gathering(house, 3, key="a")
    gathering(house, 3, key="b")
    house.service.statistics = evolve(house.service.statistics, most=most)

    answer = house.answer("incident_statistics", HO_REVIEWER, query=RANGE)

    assert ("ok" in answer) is allowed
    assert allowed or answer["refusal"]["code"] == "emergency.too_many_incidents"


def test_a_report_goes_its_whole_way_and_is_frozen_though_incidents_change(house):
    path = {"report": confirmed(house)}
    house.done("submit_statistical_report", PROVINCE_HEAD, path=path, body=REFERENCE)
    before = house.done("statistical_report", HO_REVIEWER, path=path)["body"]
    gathering(house, 3)
    house.database.incidents.update_many({}, {"$set": {"at": datetime(2025, 6, 1, tzinfo=UTC)}})

    assert house.done("statistical_report", HO_REVIEWER, path=path)["body"] == before
    after = house.done("correct_statistical_report", PROVINCE_HEAD, path=path, body=REASON)["body"]

    assert [each["figures"]["incidents"] for each in after["revisions"]] == [0, 1]
    assert [each["status"] for each in after["revisions"]] == ["submitted", "drawn_up"]
    assert (after["status"], after["revision"]) == ("drawn_up", 2)


def test_the_calendar_draws_up_what_is_over_for_head_office_and_each_province_once(emergency_ground):
    house = open_office(emergency_ground, at=datetime(2026, 7, 1, 1, 0, tzinfo=UTC))
    house.round("statistics")
    house.round("statistics")

    found = house.done("statistical_report_list", HO_REVIEWER, query={})["body"]["items"]
    assert sorted(each["id"] for each in found) == ["33:2026-H1", "44:2026-H1", "HQ:2026-H1"]
    assert {(each["due"], each["revision"]) for each in found} == {("2026-07-31", 1)}
    house.wait(days=31)
    assert sorted(each["unit"] for each in house.events("statistical_report_overdue")) == ["33", "44", "HQ"]
    overdue = house.done("statistical_report_list", PROVINCE_HEAD, query={"overdue": True})["body"]["items"]
    assert [each["unit"] for each in overdue] == ["44"]


def test_a_unit_with_too_much_to_add_up_does_not_keep_the_others_from_their_reports(emergency_ground):
    house = open_office(emergency_ground, at=datetime(2026, 6, 30, 1, 0, tzinfo=UTC))
    gathering(house, 3)
    house.wait(days=1)
    house.service.statistics = evolve(house.service.statistics, most=0)
    house.round("statistics")

    found = house.done("statistical_report_list", HO_REVIEWER, query={})["body"]["items"]
    assert [each["unit"] for each in found] == ["33"]


def test_nothing_is_drawn_up_by_itself_between_the_days_due(house):
    house.round("statistics")

    assert house.done("statistical_report_list", HO_REVIEWER, query={})["body"]["items"] == []


def test_a_report_is_drawn_up_once_and_a_retry_by_key_is_the_same(house):
    first = house.done("draw_up_statistical_report", PROVINCE_HEAD, body=YEAR, key="a")
    again = house.done("draw_up_statistical_report", PROVINCE_HEAD, body=YEAR, key="a")
    other = house.refused("draw_up_statistical_report", PROVINCE_REVIEWER, body=YEAR, key="b")

    assert (again["replayed"], again["body"]) == (True, first["body"])
    assert other["code"] == "chassis.exists"


def test_two_who_confirm_at_once_are_one_confirmation(house):
    path = {"report": drawn(house)}
    answers, gate = [], threading.Barrier(2)

    def confirms(by):
        gate.wait()
        answers.append(house.answer("confirm_statistical_report", by, path=path, body={}))

    threads = [threading.Thread(target=confirms, args=(by,)) for by in (PROVINCE_REVIEWER, HO_REVIEWER)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sorted("ok" in answer for answer in answers) == [False, True]
