"""One call reports an incident: by a system or a person, once, of a unit that may not be known yet."""

from datetime import timedelta

import pytest

from services.emergency.tests.component.office import (
    BUSINESS,
    CCMS,
    CCMS_33,
    COUNTER,
    HO_REVIEWER,
    LEADER,
    MANAGER,
    NEIGHBOUR,
    OTHER_PROVINCE,
    PROVINCE_HEAD,
    SERVICE,
    SIBLING,
    STAFF,
    STRANGER,
    SUPERVISOR,
    TELLER,
    TODAY,
    arrives,
    assigned,
    does,
    gathering,
    held,
    may_not,
    notices,
    open_office,
    report,
    report_of,
    reported,
    shown,
)
from tests.house import Badge, system

pytestmark = pytest.mark.live

DAY = timedelta(days=1)
UNKNOWN = "4401099"
NEWCOMER = Badge("P440100900")


@pytest.mark.clause("R7.4", "R7.3")
@pytest.mark.parametrize("by", [CCMS, TELLER, SUPERVISOR, MANAGER, PROVINCE_HEAD, HO_REVIEWER])
def test_a_system_and_every_person_in_reach_report_in_one_call_with_what_is_known(house, by):
    answer = reported(house, by, facts={"people_gathering": 12}, occurred_at="2026-11-23T08:50:00+08:00")

    told = shown(house, answer["body"]["id"])
    assert (answer["status"], answer["version"], answer["replayed"]) == (201, 1, False)
    assert answer["location"] == f"/v1/incidents/{told['id']}"
    assert (told["level"], told["state"], told["unit_known"]) == ("III", "graded", True)
    assert told["units"] == ["HQ", "44", "4401", COUNTER]
    assert (told["reporter"], told["occurred_at"]) == (by.subject, "2026-11-23T00:50:00+00:00")


@pytest.mark.clause("R7.3")
def test_needed_facts_that_nobody_knows_are_named_and_raise_the_level_by_one(house):
    answer = reported(house, kind="collective_surrender", facts={"people_surrendering": 35, "unknown": ["deaths"]})

    assert answer["body"]["level"] == "II"
    assert answer["body"]["grading"]["unknown"] == ["surrender_amount_cny"]
    assert answer["body"]["grading"]["clause"] == "R7.3"


def test_the_same_key_is_the_same_incident_and_the_answer_says_that_it_was_repeated(house):
    first, again = reported(house), reported(house)
    house.settle()

    assert (again["status"], again["replayed"]) == (201, True)
    assert (again["body"]["id"], again["location"]) == (first["body"]["id"], first["location"])
    assert house.database.incidents.count_documents({}) == 1
    assert len(house.messages("incident_escalated")) == 1


def test_a_repeated_report_shows_the_incident_as_it_is_now_with_its_present_version(house):
    incident = gathering(house, 3)
    does(house, "begin_response", MANAGER, incident)

    again = reported(house)

    assert (again["body"]["state"], again["version"], again["status"]) == ("responding", 2, 201)


def test_the_same_key_with_another_body_is_refused(house):
    reported(house)

    refusal = house.refused("report_incident", CCMS, key="k1", body=report_of(summary="另一件事"))

    assert (refusal["kind"], refusal["code"]) == ("malformed", "chassis.key_reused")


def test_another_principals_same_key_is_another_incident(house):
    assert report(house, CCMS) != report(house, SUPERVISOR)


@pytest.mark.clause("R7.4")
@pytest.mark.parametrize("by", [CCMS_33, NEIGHBOUR, OTHER_PROVINCE])
def test_nobody_reports_of_a_known_unit_outside_of_their_reach(house, by):
    refusal = house.refused("report_incident", by, key="k1", body=report_of())

    assert (refusal["kind"], refusal["code"]) == ("forbidden", "chassis.not_permitted")
    assert house.database.incidents.count_documents({}) == 0


def test_a_person_without_a_post_reports_nothing_whatever_the_unit(house):
    for unit in (COUNTER, UNKNOWN):
        refusal = house.refused("report_incident", STRANGER, key="k1", body=report_of(unit=unit))
        assert (refusal["kind"], refusal["code"]) == ("forbidden", "chassis.not_granted")


def test_a_system_without_the_grant_reports_nothing(house):
    refusal = house.refused("report_incident", system("queue", "44", "incident.read"), key="k", body=report_of())

    assert refusal["code"] == "chassis.not_granted"


@pytest.mark.parametrize(
    ("since", "to", "may"),
    [
        (TODAY, None, True),
        (TODAY - DAY, TODAY + DAY, True),
        (TODAY - 9 * DAY, TODAY, False),
        (TODAY + DAY, None, False),
    ],
)
def test_a_person_may_report_while_an_assignment_is_valid_today_and_not_before_or_after(house, since, to, may):
    assigned(house, held(NEWCOMER.subject, "teller", COUNTER, since=since, to=to))

    answer = house.answer("report_incident", NEWCOMER, key="k1", body=report_of())

    assert ("ok" in answer) is may


def test_a_day_begins_at_midnight_in_shanghai(house):
    assigned(house, held(NEWCOMER.subject, "teller", COUNTER, since=TODAY + DAY))

    house.clock.step(house.clock.now().replace(hour=15, minute=59))
    before = house.answer("report_incident", NEWCOMER, key="k1", body=report_of())
    house.clock.step(house.clock.now().replace(hour=16, minute=0))
    after = house.answer("report_incident", NEWCOMER, key="k1", body=report_of())

    assert ("refusal" in before, "ok" in after) == (True, True)


def test_acting_heads_and_deputies_may_what_the_holder_may(house):
    for kind in ("acting", "deputy"):
        person = Badge(f"P44010080{len(kind)}")
        assigned(house, held(person.subject, "centre_manager", "4401", kind))
        assert report(house, person, key=kind)


@pytest.mark.clause("R7.4", "R7.3")
@pytest.mark.parametrize("by", [CCMS, TELLER, MANAGER])
def test_a_unit_that_nobody_knows_is_reported_and_read_by_its_reporter_and_head_office_alone(house, by):
    answer = reported(house, by, unit=UNKNOWN)

    told, wanted = answer["body"], {"incident": answer["body"]["id"]}
    assert (told["unit_known"], told["units"], told["level"]) == (False, ["HQ", UNKNOWN], "IV")
    for reader in (by, HO_REVIEWER, BUSINESS):
        assert house.done("incident", reader, path=wanted)["body"]["id"] == told["id"]
    for other in {CCMS_33, SUPERVISOR, OTHER_PROVINCE, PROVINCE_HEAD} - {by}:
        assert may_not(house, "incident", other, told["id"]) == "chassis.not_found"


@pytest.mark.clause("R7.4", "R7.3", "R7.5")
def test_a_unit_that_nobody_knows_escalates_to_the_addressees_of_one_level_above(house):
    incident = gathering(house, 30, unit=UNKNOWN)

    (upward,) = house.messages("incident_escalated")
    (told,) = house.events("incident_escalated")
    assert shown(house, incident)["level"] == "II"
    assert upward.key == "I.unknown.unknown.unknown"
    assert upward.attributes["units"] == f"HQ,{UNKNOWN}"
    assert (told["level"], told["addressee_unit"], told["unit_known"]) == ("I", "HQ", False)
    assert {person for person, _ in notices(house)} == {BUSINESS.subject, SERVICE.subject}
    assert {each["level"] for each in house.events("notice_due")} == {"I"}


@pytest.mark.clause("R7.4", "R7.5")
def test_when_the_unit_arrives_the_incident_is_filed_anew_and_the_missing_persons_are_told(house):
    incident = gathering(house, 30, unit=UNKNOWN)
    before = len(house.exchange.arrived)

    arrives(house, "HQ", "44", "4401", UNKNOWN)
    house.settle()

    told = shown(house, incident, MANAGER)
    assert (told["unit_known"], told["units"]) == (True, ["HQ", "44", "4401", UNKNOWN])
    assert {person for person, _ in notices(house, since=before)} == {
        MANAGER.subject,
        LEADER.subject,
        PROVINCE_HEAD.subject,
    }
    assert {each["addressee_unit"] for each in house.events("incident_escalated", since=before)} == {"44", "4401"}
    keys = {one.key for one in house.messages("incident_stated", since=before)}
    assert keys == {f"incident_stated.44.4401.{UNKNOWN}"}
    assert may_not(house, "incident", NEIGHBOUR, incident) == "chassis.not_found"


@pytest.mark.clause("R7.4")
def test_a_unit_that_arrives_twice_files_its_incidents_once(house):
    incident = gathering(house, 30, unit=UNKNOWN)
    arrives(house, "HQ", "44", "4401", UNKNOWN)
    house.settle()
    version = shown(house, incident)["timeline_count"]

    arrives(house, "HQ", "44", "4401", UNKNOWN)
    arrives(house, "HQ", "44", "4401", UNKNOWN, sequence=2)
    house.settle()

    assert shown(house, incident)["timeline_count"] == version


@pytest.mark.clause("R7.4")
def test_all_incidents_of_a_unit_are_filed_anew_however_many_there_are(house, monkeypatch):
    monkeypatch.setattr("emergency.reactions.ARRIVALS", 2)
    incidents = [gathering(house, 3, unit=UNKNOWN, key=f"k{number}") for number in range(5)]

    arrives(house, "HQ", "44", "4401", UNKNOWN)

    assert all(shown(house, incident)["unit_known"] for incident in incidents)


@pytest.mark.clause("R7.4", "R7.5")
def test_a_unit_that_arrived_while_its_incident_was_being_written_is_found_by_the_auditor(house):
    arrives(house, "HQ", "44", "4401", UNKNOWN)
    copy = house.database.unit_copies.find_one_and_delete({"_id": UNKNOWN})
    incident = gathering(house, 30, unit=UNKNOWN)
    house.database.unit_copies.insert_one(copy)

    house.round("audit")

    assert shown(house, incident)["units"] == ["HQ", "44", "4401", UNKNOWN]
    assert MANAGER.subject in {person for person, _ in notices(house)}
    assert house.events("escalation_missed") == []


@pytest.mark.clause("R7.3", "R7.4")
def test_facts_of_an_incident_of_a_unit_that_nobody_knows_are_added_by_its_reporter(house):
    incident = report(house, TELLER, unit=UNKNOWN)

    assert does(house, "add_facts", TELLER, incident, {"facts": {"people_gathering": 55}})["level"] == "I"


@pytest.mark.clause("R7.4")
def test_an_event_at_the_province_itself_is_one_report_to_own_company_and_province(house):
    incident = gathering(house, 50, unit="44")

    assert sorted(each["addressee_unit"] for each in house.events("incident_escalated")) == ["44", "HQ"]
    assert shown(house, incident)["units"] == ["HQ", "44"]


def test_the_directory_is_kept_as_it_was_last_stated_whatever_the_order(emergency_ground):
    house = open_office(emergency_ground, staff=())
    teller = held(TELLER.subject, "teller", COUNTER)

    assigned(house, held(TELLER.subject, "teller", COUNTER, to=TODAY), sequence=2)
    assigned(house, teller, sequence=1)

    assert house.refused("report_incident", TELLER, key="k", body=report_of())["code"] == "chassis.not_granted"


def test_the_copies_that_these_tests_begin_with_are_those_that_events_make(emergency_ground):
    seeded = open_office(emergency_ground)
    wanted = {one["_id"]: one["state"] for one in seeded.database.assignment_copies.find()}
    stated = open_office(emergency_ground, staff=())

    for each in STAFF:
        assigned(stated, each)
    arrives(stated, "HQ", "44", "4401", SIBLING)

    assert {one["_id"]: one["state"] for one in stated.database.assignment_copies.find()} == wanted
    assert stated.database.unit_copies.find_one({"_id": SIBLING})["sequence"] == 1
