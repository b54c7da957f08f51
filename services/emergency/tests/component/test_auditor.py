"""The auditor finds what should have run and has not, runs it, and tells head office once."""

from datetime import timedelta

import pytest

from emergency.service import Emergency
from services.emergency.tests.component.office import (
    LEADER,
    MANAGER,
    PROVINCE_HEAD,
    does,
    gathering,
    notices,
    shown,
)

pytestmark = pytest.mark.live


def lose_timers(house):
    """The timers are gone, as after a wrong restore."""
    house.settle()
    house.database.timers.delete_many({})


@pytest.mark.clause("R7.5")
def test_a_lost_timer_is_found_its_step_is_run_and_head_office_is_told_once(house):
    incident = gathering(house, 10)
    lose_timers(house)
    house.silence(minutes=13)

    house.round("audit")
    house.round("audit")

    assert notices(house) == [(MANAGER.subject, "webhook"), (MANAGER.subject, "mail")]
    (found,) = house.events("escalation_missed")
    assert (found["incident"], found["miss"], found["late_seconds"]) == (incident, "step", 180)
    assert house.database.timers.count_documents({"aggregate": incident, "state": "set"}) == 1


@pytest.mark.clause("R7.5")
def test_a_step_within_its_grace_is_left_to_its_timer(house):
    gathering(house, 10)
    lose_timers(house)
    house.silence(minutes=12)

    house.round("audit")

    assert house.events("escalation_missed") == []


@pytest.mark.clause("R7.5")
def test_a_level_of_the_organisation_that_was_not_told_in_time_is_found_though_nobody_is_waited_for(house):
    incident = gathering(house, 30)
    for person in (LEADER, MANAGER, PROVINCE_HEAD):
        does(house, "record_guidance", person, incident, {"words": "先疏散"})
    lose_timers(house)
    house.silence(minutes=33)

    house.round("audit")

    assert house.events("incident_escalated")[-1]["addressee_unit"] == "HQ"
    assert [each["miss"] for each in house.events("escalation_missed")] == ["rung"]


@pytest.mark.clause("R7.5", "R7.11")
def test_the_clocks_of_reports_are_found_too_when_the_ladder_has_nothing_to_do(house):
    incident = gathering(house, 10)
    does(house, "record_guidance", MANAGER, incident, {"words": "先疏散"})
    house.wait(minutes=61)
    does(house, "record_guidance", PROVINCE_HEAD, incident, {"words": "收到"})
    lose_timers(house)
    house.silence(hours=13)

    house.round("audit")

    assert [each["clock"] for each in house.events("report_overdue")] == ["report.written"]
    assert house.events("escalation_missed") == []


@pytest.mark.clause("R7.5")
def test_two_replicas_that_audit_at_once_tell_head_office_once(house, emergency_ground):
    gathering(house, 10)
    other = emergency_ground.house(Emergency, "emergency", clock=house.clock, exchange=house.exchange)
    lose_timers(house)
    house.silence(minutes=15)

    house.round("audit")
    other.round("audit")

    assert len(house.events("escalation_missed")) == 1


@pytest.mark.clause("R7.5")
def test_however_many_were_missed_the_auditor_comes_to_all_of_them(house, monkeypatch):
    monkeypatch.setattr("emergency.reactions.AUDITED", 2)
    incidents = {gathering(house, 10, key=f"k{number}") for number in range(5)}
    lose_timers(house)
    house.silence(minutes=15)

    for _ in range(3):
        house.round("audit")

    assert {each["incident"] for each in house.events("escalation_missed")} == incidents


@pytest.mark.clause("R7.5")
def test_the_auditor_comes_every_minute(house):
    assert ("audit", timedelta(minutes=1)) in [(one.name, one.every) for one in house.service.rounds()]


@pytest.mark.clause("R7.5")
def test_where_all_ran_in_time_there_is_nothing_to_tell(house):
    incident = gathering(house, 10)
    house.wait(minutes=60)

    house.round("audit")

    assert house.events("escalation_missed") == []
    assert shown(house, incident)["escalation"]["unanswered_at"] is None
