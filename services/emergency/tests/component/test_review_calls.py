"""R7.11 over the wire: a review with its actions, whose owners see, do and pass them on, and what is late."""

import pytest

from services.emergency.tests.component.office import (
    BUSINESS,
    CITY_REVIEWER,
    COUNTER,
    HO_REVIEWER,
    LEADER,
    MANAGER,
    NEIGHBOUR,
    OTHER_CITY,
    PROVINCE_REVIEWER,
    STRANGER,
    SUPERVISOR,
    does,
    files,
    gathering,
    handled,
    may_not,
    review_of,
    shown,
)

pytestmark = [pytest.mark.live, pytest.mark.clause("R7.11")]

OF_PERSON = {"owner": {"person": NEIGHBOUR.subject}}
OF_POST = {"owner": {"post": "centre_manager", "unit": "4401"}}


def closed(house, people=30):
    """An incident that was handled, its final report filed."""
    incident = gathering(house, people)
    handled(house, incident)
    files(house, incident, "final")
    return incident


def acts(house, operation, by, incident, action="a1", body=None, **request):
    answer = house.done(operation, by, path={"incident": incident, "action": action}, body=body or {}, **request)
    house.settle()
    return answer["body"]


def code(house, operation, by, incident, action="a1", body=None):
    return house.refused(operation, by, path={"incident": incident, "action": action}, body=body or {})["code"]


def mine(house, by):
    return [(task["title"]["zh"], task["role"]) for task in house.done("my_tasks", by)["body"]["items"]]


def review(house, by, incident):
    return house.done("incident_review", by, path={"incident": incident})["body"]


def test_a_review_gives_its_actions_to_their_owners_and_offers_the_case(house):
    incident = closed(house)

    made = does(house, "review_incident", PROVINCE_REVIEWER, incident, review_of(OF_PERSON, OF_POST))

    assert (made["state"], made["by"], [one["id"] for one in made["actions"]]) == (
        "reviewed",
        PROVINCE_REVIEWER.subject,
        ["a1", "a2"],
    )
    assert shown(house, incident)["state"] == "reviewed"
    assert mine(house, NEIGHBOUR) == [("检查备用出口", "owner")]
    assert mine(house, MANAGER) == [("检查备用出口", "holder")]
    (case,) = house.events("case_offered")
    assert (case["incident"], case["kind"], case["level"]) == (incident, "gathering", "II")
    assert case["review"] == f"/v1/incidents/{incident}/review"


def test_what_people_write_in_a_review_travels_in_no_event(house):
    incident = closed(house)

    does(house, "review_incident", HO_REVIEWER, incident, review_of(OF_PERSON))
    acts(house, "complete_action", NEIGHBOUR, incident, body={"note": "出口已整改"})

    sent = "".join(str(message.body) for message in house.exchange.arrived)
    assert not any(words in sent for words in ("疏散过慢", "先开备用出口", "检查备用出口", "出口已整改"))


def test_the_owner_of_an_action_sees_the_review_and_not_the_incident(house):
    incident = closed(house)
    assert may_not(house, "incident_review", NEIGHBOUR, incident) == "chassis.not_found"

    does(house, "review_incident", HO_REVIEWER, incident, review_of(OF_PERSON))

    assert review(house, NEIGHBOUR, incident)["actions"][0]["state"] == "open"
    assert may_not(house, "incident", NEIGHBOUR, incident) in ("chassis.not_found", "chassis.not_permitted")
    assert code(house, "complete_action", OTHER_CITY, incident) == "chassis.not_found"
    assert code(house, "complete_action", STRANGER, incident) == "chassis.not_found"
    assert code(house, "complete_action", SUPERVISOR, incident) == "emergency.action_not_yours"
    done = acts(house, "complete_action", NEIGHBOUR, incident)
    assert (done["actions"][0]["state"], done["actions"][0]["ended_by"]) == ("done", NEIGHBOUR.subject)
    assert mine(house, NEIGHBOUR) == []


def test_an_action_is_passed_on_and_stood_in_for(house):
    incident = closed(house)
    does(house, "review_incident", HO_REVIEWER, incident, review_of(OF_PERSON))
    week = {"since": "2026-11-23T01:00:00Z", "until": "2026-11-30T01:00:00Z"}

    acts(house, "delegate_action", NEIGHBOUR, incident, body={"person": OTHER_CITY.subject, **week})
    assert mine(house, OTHER_CITY) == [("检查备用出口", "stand_in")]
    assert mine(house, NEIGHBOUR) == [("检查备用出口", "owner")]

    acts(house, "reassign_action", HO_REVIEWER, incident, body={"owner": {"person": LEADER.subject}})
    assert [mine(house, by) for by in (OTHER_CITY, NEIGHBOUR)] == [[], []]
    assert mine(house, LEADER) == [("检查备用出口", "owner")]
    assert code(house, "complete_action", NEIGHBOUR, incident) == "chassis.not_found"


def test_who_stands_in_sees_the_task_for_its_time_only(house):
    incident = closed(house)
    does(house, "review_incident", HO_REVIEWER, incident, review_of(OF_PERSON))
    later = {"since": "2026-11-24T01:00:00Z", "until": "2026-11-25T01:00:00Z"}
    acts(house, "delegate_action", NEIGHBOUR, incident, body={"person": OTHER_CITY.subject, **later})

    seen = []
    for _ in range(3):
        seen.append(mine(house, OTHER_CITY))
        house.wait(days=1)

    assert seen == [[], [("检查备用出口", "stand_in")], []]


def test_a_review_that_is_owed_is_missed_once_and_filed_late_all_the_same(house):
    incident = closed(house)
    due = review(house, HO_REVIEWER, incident)["due"]
    assert due == "2026-12-07T01:00:00+00:00"

    house.wait(days=13, hours=23)
    assert house.events("review_overdue") == []
    house.wait(days=30)

    (late,) = house.events("review_overdue")
    assert (late["incident"], late["due"], late["to_unit"]) == (incident, due, "4401")
    assert does(house, "review_incident", HO_REVIEWER, incident, review_of(due="2027-03-01T01:00:00Z"))["at"]


def test_an_overdue_action_is_said_once_to_the_unit_above_its_owners(house):
    incident = closed(house)
    does(house, "review_incident", HO_REVIEWER, incident, review_of(OF_POST, OF_PERSON))
    acts(house, "complete_action", NEIGHBOUR, incident, "a2")

    house.wait(days=60)

    (late,) = house.events("review_action_overdue")
    assert (late["action"], late["to_unit"], late["owner"]["post"]) == ("a1", "44", "centre_manager")
    assert house.events("review_overdue") == []
    assert house.done("my_tasks", MANAGER)["body"]["items"][0]["overdue"]


def test_a_milder_incident_may_be_reviewed_and_owes_none(house):
    incident = closed(house, 10)
    assert review(house, HO_REVIEWER, incident)["due"] is None
    assert may_not(house, "review_incident", MANAGER, incident, review_of()) == "emergency.beyond_authority"

    assert does(house, "review_incident", CITY_REVIEWER, incident, review_of())["state"] == "reviewed"


def test_two_who_review_are_told_apart(house):
    incident = closed(house)
    does(house, "review_incident", BUSINESS, incident, review_of(), key="a")
    does(house, "review_incident", BUSINESS, incident, review_of(), key="a")

    refused = may_not(house, "review_incident", HO_REVIEWER, incident, review_of(), key="b")

    assert refused == "emergency.already_reviewed"
    assert len(house.events("case_offered")) == 1


def test_a_post_elsewhere_owns_no_action(house):
    incident = closed(house)
    elsewhere = {"owner": {"post": "counter_supervisor", "unit": "4401001"}}
    assert COUNTER != "4401001"

    for wrong in (elsewhere, {"owner": {"post": "auditor", "unit": "44"}}, {"owner": {"person": STRANGER.subject}}):
        assert may_not(house, "review_incident", HO_REVIEWER, incident, review_of(wrong)) == (
            "emergency.action_owner_unknown"
        )
