"""Level I: own company, province and head office at once."""

import pytest

from services.emergency.tests.component.office import (
    AT_ONCE,
    CCMS,
    COUNTER,
    OTHER_CITYS,
    PROVINCE_HEAD,
    gathering,
    notices,
    report,
    rows,
    shown,
)

pytestmark = pytest.mark.live

SUMMARY = "张三，13800138000，要求退保"

LEVEL_ONE = [
    ("gathering", {"people_gathering": 50}),
    ("collective_surrender", {"people_surrendering": 100, "surrender_amount_cny": "1.00"}),
    ("abnormal_surrender", {"surrender_amount_cny": "100000000.01"}),
    ("natural_disaster", {"counters_damaged": 2, "deaths": 0, "injured": 0}),
    ("violence", {"deaths": 1, "injured": 0}),
]


@pytest.mark.clause("R7.2", "R7.4", "R7.5")
@pytest.mark.parametrize(("kind", "facts"), LEVEL_ONE)
def test_what_the_text_calls_level_one_is_reported_to_all_three_at_once(house, kind, facts):
    incident = report(house, kind=kind, facts=facts)
    house.settle()

    assert shown(house, incident)["level"] == "I"
    assert [each["addressee_unit"] for each in house.events("incident_escalated")] == ["4401", "44", "HQ"]
    assert {each["clause"] for each in house.events("incident_escalated")} == {"R7.2"}
    assert {person for person, _ in notices(house)} == AT_ONCE


@pytest.mark.clause("R7.4")
def test_escalations_carry_level_and_place_in_their_key_and_all_units_above(house):
    gathering(house, 50)

    for one in house.messages("incident_escalated"):
        assert one.exchange == "escalations"
        assert one.key == f"I.44.4401.{COUNTER}"
        assert one.attributes["units"] == f"HQ,44,4401,{COUNTER}"
        assert one.attributes["actor"] == CCMS.subject


@pytest.mark.clause("R7.5")
def test_each_person_is_a_notice_of_its_own_without_summary_or_personal_data(house):
    report(house, facts={"people_gathering": 50}, summary=SUMMARY)
    house.settle()

    assert len(house.messages("notice_due")) == len(AT_ONCE)
    for one in house.exchange.arrived:
        assert not any(word in f"{one.body}{one.attributes}" for word in ("张三", "13800138000", "退保"))


@pytest.mark.clause("R7.5")
def test_where_posts_are_empty_the_next_one_up_is_told_and_the_answer_names_them(house):
    incident = gathering(house, 50, unit=OTHER_CITYS)

    vacancies = [(each["unit"], each["post"]) for each in shown(house, incident)["escalation"]["vacancies"]]
    assert vacancies == [("4402", "company_leader")]
    assert PROVINCE_HEAD.subject in {person for person, _ in notices(house)}


@pytest.mark.clause("R7.11")
def test_the_stated_incident_is_its_public_state_and_nothing_more(house):
    incident = report(house, facts={"people_gathering": 50}, summary=SUMMARY)
    house.settle()

    (stated,) = house.events("incident_stated")
    assert (stated["id"], stated["level"], stated["state"]) == (incident, "I", "graded")
    assert not {"summary", "facts", "reporter", "escalation"} & set(stated)


@pytest.mark.clause("R7.11", "R7.4")
def test_a_drill_says_so_in_everything_that_it_announces(house):
    gathering(house, 50, drill=True)
    house.wait(hours=2)

    assert house.events("report_overdue")
    assert {each["drill"] for name in ("notice_due", "report_overdue") for each in house.events(name)} == {True}
    assert all(one.attributes["drill"] for one in house.exchange.arrived)


@pytest.mark.clause("R7.4")
def test_all_is_on_its_way_by_the_one_write_that_made_the_incident(house):
    incident = report(house, facts={"people_gathering": 50})

    held = house.database.incidents.find_one({"_id": incident})
    assert sum(entry["kind"] == "escalation" for entry in held["outbox"]) == 3
    assert [entry["timer"] for entry in held["outbox"] if entry["kind"] == "timer"] == [f"{incident}:wake"]
    assert house.exchange.arrived == []


@pytest.mark.clause("R7.11")
def test_the_timeline_tells_of_each_addressee_and_person_in_order(house):
    incident = gathering(house, 50)

    kinds = [row["row"]["kind"] for row in rows(house, "timeline", incident)]
    assert kinds[:2] == ["reported", "graded"]
    assert (kinds.count("company_told"), kinds.count("person_told")) == (3, len(AT_ONCE))
