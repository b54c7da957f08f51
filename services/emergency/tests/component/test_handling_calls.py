"""Facts, levels and the life of an incident, over the wire."""

import pytest

from services.emergency.tests.component.office import (
    BUSINESS,
    CCMS,
    CITY_REVIEWER,
    HO_REVIEWER,
    LEADER,
    MANAGER,
    PROVINCE_REVIEWER,
    SUPERVISOR,
    TELLER,
    adds,
    does,
    files,
    filing,
    gathering,
    handled,
    may_not,
    report,
    rows,
    shown,
    steps_done,
)

pytestmark = pytest.mark.live


@pytest.mark.clause("R7.3", "R7.2")
@pytest.mark.parametrize("by", [CCMS, TELLER, SUPERVISOR])
def test_new_facts_raise_the_level_by_themselves_and_the_answer_names_the_clause(house, by):
    incident = gathering(house, 10)

    told = adds(house, incident, by, people_gathering=50)

    assert (told["level"], told["grading"]["clause"]) == ("I", "R7.2")
    assert [(step["level"], step["cause"], step["actor"]) for step in told["levels"]] == [
        ("III", "report", CCMS.subject),
        ("I", "facts", by.subject),
    ]
    assert {each["because"] for each in house.events("incident_escalated")} == {"opening", "raised"}


@pytest.mark.clause("R7.3")
def test_smaller_figures_lower_nothing_by_themselves(house):
    incident = gathering(house, 30)

    told = adds(house, incident, people_gathering=3)

    assert (told["level"], told["grading"]["level"]) == ("II", "IV")
    assert told["facts"] == {"people_gathering": 3, "unknown": []}


@pytest.mark.clause("R7.3", "R7.2")
def test_a_supervisor_raises_to_level_one_by_judgement_with_a_reason(house):
    incident = gathering(house, 3)

    told = does(house, "judge", SUPERVISOR, incident, {"level": "I", "reason": "现场失控"})

    assert told["level"] == "I"
    assert told["levels"][-1]["reason"] == "现场失控"
    assert {each["clause"] for each in house.events("incident_escalated") if each["level"] == "I"} == {"R7.2"}


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize(
    ("by", "may"), [(SUPERVISOR, False), (MANAGER, False), (CITY_REVIEWER, False), (PROVINCE_REVIEWER, True)]
)
def test_lowering_takes_the_authority_of_the_level(house, by, may):
    incident = gathering(house, 30)
    body = {"level": "III", "reason": "事态缓和"}

    answer = house.answer("judge", by, path={"incident": incident}, body=body)

    assert ("ok" in answer) is may
    assert shown(house, incident)["level"] == ("III" if may else "II")


@pytest.mark.clause("R7.11")
def test_an_incident_goes_its_whole_way_and_each_step_stands_in_the_timeline(house):
    incident = gathering(house, 50)

    told = handled(house, incident)

    assert (told["state"], told["outcome"]) == ("closed", "handled")
    assert told["commander"] == {
        "person": HO_REVIEWER.subject,
        "tier": "head_office",
        "at": "2026-11-23T01:00:00+00:00",
    }
    kinds = [row["row"]["kind"] for row in rows(house, "timeline", incident)]
    ways = [kind for kind in kinds if kind != "step_done"]
    assert ways[-6:] == ["plan_activated", "command_taken", "guidance_recorded", "report_filed", "contained", "closed"]
    assert told["timeline_count"] == len(kinds)


@pytest.mark.clause("R7.11")
def test_command_passes_upward_and_never_downward(house):
    incident = gathering(house, 10)

    does(house, "begin_response", MANAGER, incident)
    assert may_not(house, "begin_response", SUPERVISOR, incident) == "emergency.command_held"
    assert does(house, "begin_response", PROVINCE_REVIEWER, incident)["commander"]["tier"] == "province"


@pytest.mark.clause("R7.11", "R7.5")
def test_closing_is_refused_until_all_that_it_needs_is_there(house):
    incident = gathering(house, 50)
    closing = {"outcome": "handled"}

    assert may_not(house, "close", HO_REVIEWER, incident, closing) == "emergency.wrong_state"
    assert may_not(house, "contain", HO_REVIEWER, incident) == "emergency.wrong_state"
    does(house, "begin_response", HO_REVIEWER, incident)
    does(house, "contain", HO_REVIEWER, incident)
    assert may_not(house, "close", HO_REVIEWER, incident, closing) == "emergency.first_report_missing"
    files(house, incident)
    assert may_not(house, "close", HO_REVIEWER, incident, closing) == "emergency.guidance_missing"
    does(house, "record_guidance", BUSINESS, incident, {"words": "先疏散"})
    assert may_not(house, "close", PROVINCE_REVIEWER, incident, closing) == "emergency.beyond_authority"
    assert may_not(house, "close", HO_REVIEWER, incident, closing) == "emergency.mandatory_steps_open"
    steps_done(house, incident)
    assert does(house, "close", HO_REVIEWER, incident, closing)["state"] == "closed"


@pytest.mark.clause("R7.11", "R7.5")
def test_an_acknowledgement_is_taken_after_the_closing_too(house):
    incident = gathering(house, 50)
    does(house, "close", HO_REVIEWER, incident, {"outcome": "false_alarm", "reason": "误报"})

    told = does(house, "acknowledge", LEADER, incident)

    assert {each["person"] for each in told["escalation"]["tellings"] if each["acknowledged_at"]} == {LEADER.subject}


@pytest.mark.clause("R7.11", "R7.4")
def test_reports_are_filed_in_order_and_listed_as_they_were(house):
    incident = gathering(house, 10, occurred_at="2026-11-23T00:40:00Z")
    files(house, incident)
    house.wait(hours=13)
    body = filing("follow_up", control="partly", trend="easing", consequence="无人受伤")
    does(house, "submit_report", CCMS, incident, body)

    first, second = (row["row"] for row in rows(house, "reports", incident))
    assert (first["number"], first["kind"], first["late_seconds"]) == (1, "first", 0)
    assert first["filed_by"] == MANAGER.subject
    assert (first["at"], first["occurred_at"]) == ("2026-11-23T01:00:00+00:00", "2026-11-23T00:40:00+00:00")
    assert (first["event"], first["facts"]) == ("gathering", {"people_gathering": 10, "unknown": []})
    assert first["content"]["course"] == "九时许客户聚集"
    assert (second["number"], second["content"]["trend"]) == (2, "easing")
    assert [(each["number"], each["kind"]) for each in house.events("report_filed")] == [(1, "first"), (2, "follow_up")]


@pytest.mark.clause("R7.11")
def test_a_report_that_comes_late_says_by_how_much(house):
    incident = gathering(house, 50)
    house.wait(minutes=61)

    files(house, incident)

    assert [each["late_seconds"] for each in house.events("report_filed")] == [60]


@pytest.mark.clause("R7.10")
def test_a_claims_case_is_graded_all_the_same_and_closed_with_its_reference(house):
    incident = report(house, kind="major_claim", facts={"deaths": 1})
    house.settle()
    told = shown(house, incident)
    assert (told["level"], told["claims"]) == ("I", {"notice": "国寿人险发〔2023〕47号", "reference": None})

    told = does(house, "refer_claim", MANAGER, incident, {"reference": "LP-2026-0001"})

    assert told["claims"]["reference"] == "LP-2026-0001"
    assert rows(house, "timeline", incident)[-1]["row"]["kind"] == "claim_referred"
    assert handled(house, incident)["state"] == "closed"


@pytest.mark.clause("R7.10")
def test_the_reference_of_a_claims_case_may_come_with_its_report(house):
    incident = report(house, kind="major_claim", facts={}, claims_reference="LP-2026-0002")
    house.settle()

    assert shown(house, incident)["claims"]["reference"] == "LP-2026-0002"


def test_a_command_that_comes_again_has_one_effect(house):
    incident = gathering(house, 10)
    one = house.done("add_facts", CCMS, path={"incident": incident}, body={"facts": {"deaths": 1}}, key="k")
    two = house.done("add_facts", CCMS, path={"incident": incident}, body={"facts": {"deaths": 1}}, key="k")
    house.settle()

    assert (one["replayed"], two["replayed"], two["version"]) == (False, True, one["version"])
    assert [row["row"]["kind"] for row in rows(house, "timeline", incident)].count("facts_added") == 1
    other = house.refused("add_facts", CCMS, path={"incident": incident}, body={"facts": {"deaths": 2}}, key="k")
    assert other["code"] == "chassis.key_reused"


def test_a_command_on_an_older_version_is_refused_and_the_present_one_named(house):
    incident = gathering(house, 10)
    version = house.done("incident", CCMS, path={"incident": incident})["version"]
    body = {"facts": {"deaths": 0}}

    does(house, "add_facts", CCMS, incident, body, if_match=version)
    refusal = house.refused("add_facts", CCMS, path={"incident": incident}, body=body, if_match=version)

    assert (refusal["kind"], refusal["code"]) == ("stale", "chassis.version_changed")
    assert f"{version + 1}" in refusal["en"]
