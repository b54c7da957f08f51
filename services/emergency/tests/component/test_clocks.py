"""The clocks of the reports: warned of at half and at four fifths, said to be overdue at their end."""

import pytest

from services.emergency.tests.component.office import (
    HO_REVIEWER,
    MANAGER,
    PROVINCE_REVIEWER,
    document,
    does,
    files,
    gathering,
    handled,
    shown,
)

pytestmark = pytest.mark.live


def stages(house, clock):
    """What was said of this clock: the stage and when it is due."""
    said = [*house.events("report_due_soon"), *house.events("report_overdue")]
    return [(each["stage"], each["due"][11:16]) for each in said if each["clock"] == clock]


@pytest.mark.clause("R7.11", "R7.4")
def test_a_report_that_does_not_come_is_warned_of_twice_and_then_said_to_be_overdue(house):
    gathering(house, 50)

    house.wait(minutes=60)

    assert stages(house, "report.written") == [("half", "01:30"), ("late_soon", "01:48"), ("due", "02:00")]
    assert stages(house, "report.phone") == [("half", "01:05"), ("late_soon", "01:08"), ("due", "01:10")]


@pytest.mark.clause("R7.11", "R7.4")
def test_an_overdue_report_goes_upward_as_an_escalation_with_its_level(house):
    gathering(house, 50)

    house.wait(minutes=60)

    assert {one.exchange for one in house.messages("report_due_soon")} == {"emergency.events"}
    assert {(one.exchange, one.key) for one in house.messages("report_overdue")} == {
        ("escalations", "I.44.4401.4401003")
    }


@pytest.mark.clause("R7.11")
def test_a_report_that_is_filed_stops_its_clock(house):
    incident = gathering(house, 10)
    house.wait(hours=7)

    files(house, incident)
    house.wait(hours=6)

    assert stages(house, "report.written") == [("half", "07:00")]


@pytest.mark.clause("R7.11", "R7.5")
def test_an_acknowledgement_stops_the_clock_of_the_call(house):
    incident = gathering(house, 50)
    house.wait(minutes=4)

    does(house, "acknowledge", MANAGER, incident)
    house.wait(minutes=10)

    assert stages(house, "report.phone") == []


@pytest.mark.clause("R7.11", "R7.5")
def test_an_answer_to_an_earlier_round_does_not_stop_the_clock_of_the_graver_level(house):
    incident = gathering(house, 10)
    does(house, "acknowledge", MANAGER, incident)
    does(house, "add_facts", MANAGER, incident, {"facts": {"people_gathering": 50}})

    house.wait(minutes=10)

    assert stages(house, "report.phone") == [("half", "01:05"), ("late_soon", "01:08"), ("due", "01:10")]


@pytest.mark.clause("R7.11")
def test_the_next_follow_up_is_owed_until_containment(house):
    incident = gathering(house, 50)
    files(house, incident)
    house.wait(hours=2)
    assert stages(house, "report.follow_up")[-1] == ("due", "03:00")

    does(house, "begin_response", MANAGER, incident)
    does(house, "contain", MANAGER, incident)
    before = len(stages(house, "report.follow_up"))
    house.wait(hours=9)

    assert len(stages(house, "report.follow_up")) == before


@pytest.mark.clause("R7.11")
def test_the_final_report_is_owed_after_the_closing_and_counts_working_days_from_containment(house):
    incident = gathering(house, 3)
    handled(house, incident)

    house.wait(days=1)
    assert stages(house, "report.final") == [("half", "13:00"), ("late_soon", "20:12"), ("due", "01:00")]

    files(house, incident, "final")
    assert shown(house, incident)["state"] == "closed"


@pytest.mark.clause("R7.11")
def test_after_the_closing_nothing_but_the_final_report_is_owed(house):
    incident = gathering(house, 10)
    does(house, "begin_response", MANAGER, incident)
    files(house, incident)
    does(house, "contain", MANAGER, incident)
    does(house, "close", PROVINCE_REVIEWER, incident, {"outcome": "handled"})

    house.wait(hours=3)

    assert stages(house, "report.phone") == []


@pytest.mark.clause("R7.11")
def test_a_false_alarm_owes_nothing(house):
    incident = gathering(house, 50)
    does(house, "close", HO_REVIEWER, incident, {"outcome": "false_alarm", "reason": "误报"})
    before = len(house.exchange.arrived)

    house.wait(days=10)

    assert len(house.exchange.arrived) == before
    assert document(house, incident)["next_step"] is None


@pytest.mark.clause("R7.11")
def test_marks_that_were_reached_during_an_outage_are_all_said_once(house):
    gathering(house, 50)

    house.silence(hours=3)
    house.wait(minutes=1)

    assert stages(house, "report.written") == [("half", "01:30"), ("late_soon", "01:48"), ("due", "02:00")]
