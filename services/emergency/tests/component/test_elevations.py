"""R9.6: a teller who is given an action for a time does it, and is refused again when the time is over."""

import pytest

from services.emergency.tests.component.office import (
    COUNTER,
    MANAGER,
    SIBLING,
    TELLER,
    does,
    elevation,
    files,
    gathering,
    may_not,
)

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.6")]

CLOSING = {"outcome": "false_alarm", "reason": "误报"}


def test_a_teller_closes_while_the_elevation_lasts_and_not_before(house):
    incident = gathering(house, 3)
    assert may_not(house, "close", TELLER, incident, CLOSING) == "chassis.not_granted"

    elevation(house, TELLER, "incident.close")

    assert does(house, "close", TELLER, incident, CLOSING)["state"] == "closed"


def test_it_ends_at_its_instant_without_any_message_and_early_by_one(house):
    incident = gathering(house, 3)
    elevation(house, TELLER, "incident.close", hours=2)
    house.wait(hours=2)
    assert may_not(house, "close", TELLER, incident, CLOSING) == "chassis.not_granted"

    elevation(house, TELLER, "incident.close", id="e2", hours=2)
    elevation(house, TELLER, "incident.close", id="e2", hours=2, state="revoked", sequence=3)
    assert may_not(house, "close", TELLER, incident, CLOSING) == "chassis.not_granted"


def test_an_older_state_that_arrives_late_brings_nothing_back(house):
    incident = gathering(house, 3)
    elevation(house, TELLER, "incident.close", state="revoked", sequence=3)
    elevation(house, TELLER, "incident.close", state="approved", sequence=2)

    assert may_not(house, "close", TELLER, incident, CLOSING) == "chassis.not_granted"


def test_it_reaches_no_graver_incident_and_no_other_counter(house):
    grave, neighbours = gathering(house, 10), gathering(house, 3, unit=SIBLING, key="k2")
    files(house, grave, by=MANAGER)
    elevation(house, TELLER, "incident.close")

    assert may_not(house, "close", TELLER, grave, CLOSING) == "emergency.beyond_authority"
    assert may_not(house, "close", TELLER, neighbours, CLOSING) == "chassis.not_found"


def test_whoever_left_the_counter_takes_nothing_along(house):
    incident = gathering(house, 3)
    elevation(house, TELLER, "incident.close")
    house.database.assignment_copies.delete_many({"state.person": TELLER.subject, "state.unit": COUNTER})

    assert may_not(house, "close", TELLER, incident, CLOSING) == "chassis.not_granted"


def test_what_gives_no_action_of_ours_is_not_kept(house):
    elevation(house, TELLER, "policy.change")
    elevation(house, TELLER, "handling_body.set", id="e2")

    assert house.database.elevation_copies.count_documents({}) == 0
    assert {grant.action for grant in house.service.grants_of(TELLER.subject, house.clock.now())} == {
        "incident.report",
        "incident.add_facts",
        "incident.do_step",
        "plan.read",
        "warning.read",
    }
    assert {grant.unit for grant in house.service.grants_of(TELLER.subject, house.clock.now())} == {COUNTER}
