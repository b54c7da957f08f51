"""What lies in the database: one live timer an incident, and documents that stay small."""

import bson
import pytest

from services.emergency.tests.component.office import (
    HO_REVIEWER,
    LEADER,
    MANAGER,
    adds,
    document,
    does,
    files,
    gathering,
    handled,
    review_of,
)

pytestmark = pytest.mark.live

KILOBYTE = 1024


def timers(house, incident):
    """The states of the incident's timers."""
    house.relayed()
    return [each["state"] for each in house.database.timers.find({"aggregate": incident})]


@pytest.mark.clause("R7.5", "R7.11")
def test_an_incident_has_one_timer_at_its_earliest_deadline_whatever_happens_to_it(house):
    incident = gathering(house, 10)
    for happens in (
        lambda: house.wait(minutes=10),
        lambda: does(house, "acknowledge", MANAGER, incident),
        lambda: adds(house, incident, people_gathering=50),
        lambda: files(house, incident),
        lambda: does(house, "begin_response", HO_REVIEWER, incident),
        lambda: does(house, "contain", HO_REVIEWER, incident),
    ):
        happens()
        assert timers(house, incident) == ["set"]
        (timer,) = house.database.timers.find({"aggregate": incident})
        assert timer["due"] == document(house, incident)["next_step"]
        assert timer["due"] > house.clock.now()


@pytest.mark.clause("R7.11")
def test_closing_the_final_report_and_the_review_cancel_everything_and_leave_a_tombstone(house):
    incident = gathering(house, 50)
    handled(house, incident)
    assert timers(house, incident) == ["set"]

    files(house, incident, "final")
    does(house, "review_incident", HO_REVIEWER, incident, review_of())

    assert timers(house, incident) == ["cancelled"]
    (timer,) = house.database.timers.find({"aggregate": incident})
    assert (timer["due"], timer["ended_at"] is not None) == (None, True)


@pytest.mark.clause("R7.11", "R7.5")
def test_a_false_alarm_cancels_everything_at_once(house):
    incident = gathering(house, 50)

    does(house, "close", HO_REVIEWER, incident, {"outcome": "false_alarm", "reason": "误报"})

    assert timers(house, incident) == ["cancelled"]


def test_a_timer_that_was_cancelled_is_not_set_again_by_an_entry_that_comes_late(house):
    incident = gathering(house, 50)
    early = document(house, incident)
    house.done("close", HO_REVIEWER, path={"incident": incident}, body={"outcome": "false_alarm", "reason": "误报"})
    house.settle()

    house.relay.notice("incidents", incident, _timer_entries(early, incident))
    house.relayed()

    assert timers(house, incident) == ["cancelled"]


def _timer_entries(document, incident):
    """The entry that the first write left, as a replica that stood still would move it now."""
    entry = {"id": f"{incident}:1:99", "kind": "timer", "at": document["born"]["at"], "timer": f"{incident}:wake"}
    return [{**entry, "version": 1, "due": document["next_step"]}]


@pytest.mark.clause("R7.5")
def test_a_level_one_incident_that_nobody_answers_for_a_day_stays_below_64_kilobytes(house):
    incident = gathering(house, 50)

    house.wait(hours=24)

    stored = document(house, incident)
    assert stored["outbox"] == []
    assert len(bson.encode(stored)) < 64 * KILOBYTE


@pytest.mark.clause("R7.5")
def test_answers_without_guidance_for_a_day_keep_it_below_64_kilobytes_too(house):
    incident = gathering(house, 50)

    for _ in range(24):
        house.wait(hours=1)
        house.done("acknowledge", LEADER, path={"incident": incident}, body={})

    house.settle()
    assert len(bson.encode(document(house, incident))) < 64 * KILOBYTE


def test_many_commands_keep_the_ring_and_the_document_small(house):
    incident = gathering(house, 3)

    for number in range(70):
        body = {"facts": {"deaths": 0, "wait_minutes": number % 40}}
        house.done("add_facts", HO_REVIEWER, path={"incident": incident}, body=body, key=f"c{number}")
        house.relayed()

    house.settle()
    stored = document(house, incident)
    assert len(stored["ring"]) <= 64
    assert len(bson.encode(stored)) < 64 * KILOBYTE
