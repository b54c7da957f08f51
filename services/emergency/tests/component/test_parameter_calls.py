"""The numbers of rule 7 over the wire: set by four eyes, kept by what opens then, stricter only below."""

from datetime import datetime, timedelta

import pytest

from emergency.parameters import DEFINITIONS
from services.emergency.tests.component.contract_of_parameters import KEY, REASON, holds, makes, new, proposes
from services.emergency.tests.component.office import (
    BUSINESS,
    COUNTER,
    ELSEWHERE,
    GROUP,
    HO_REVIEWER,
    LEADER,
    MANAGER,
    OTHER_CITYS,
    OTHER_PROVINCE,
    PROVINCE_DEPUTY,
    PROVINCE_HEAD,
    PROVINCE_REVIEWER,
    SUPERVISOR,
    TELLER,
    arrives,
    drafts,
    gathering,
    plans,
    signals,
)

pytestmark = pytest.mark.live


def instant(text):
    return datetime.fromisoformat(text)


def refused(house, operation, by, **request):
    return house.refused(operation, by, **request)["code"]


@pytest.mark.clause("R7.12")
def test_the_default_shows_what_it_rests_on(house):
    one = holds(house)

    assert (one["value"], one["basis"], one["set_for"], one["next"]) == (31, "own_default", None, None)
    assert one["based_on"]["zh"]
    listed = house.done("parameter_list", HO_REVIEWER, query={"unit": COUNTER})["body"]["items"]
    assert [each["key"] for each in listed] == [each.key for each in DEFINITIONS]


@pytest.mark.clause("R7.12")
def test_a_group_keeps_the_days_that_held_when_it_was_confirmed(house):
    before = house.done("set_handling_body", MANAGER, path={"unit": "4401"}, body=GROUP)["body"]
    made = makes(house, 7)
    after = house.done("confirm_handling_body", MANAGER, path={"unit": "4401"}, body={})["body"]

    assert instant(before["confirm_by"]) - instant(before["confirmed_at"]) == timedelta(days=31)
    assert instant(after["confirm_by"]) - instant(after["confirmed_at"]) == timedelta(days=7)
    assert (made["made_by"], made["decided_by"]) == (PROVINCE_REVIEWER.subject, PROVINCE_HEAD.subject)
    assert (holds(house)["set_for"], holds(house, "HQ")["value"]) == ("44", 31)


@pytest.mark.clause("R7.4", "R7.5", "R7.11")
def test_an_incident_keeps_the_limits_that_held_when_it_opened(house):
    opened, before = house.clock.now(), gathering(house, 30)
    makes(house, 45, number="report_written_minutes_ii")
    after = gathering(house, 30, key="k2", unit=OTHER_CITYS)
    elsewhere = gathering(house, 30, key="k3", unit=ELSEWHERE, by=HO_REVIEWER)
    house.wait(hours=3)

    said = {one["incident"]: one["due"] for one in house.events("report_overdue") if one["clock"] == "report.written"}
    due = [(instant(said[one]) - opened).total_seconds() / 60 for one in (before, after, elsewhere)]
    assert due == [120, 45, 120]


@pytest.mark.clause("R7.7")
def test_a_draft_and_a_drill_keep_what_held_when_they_began(house):
    makes(house, 5, number="draft_undecided_minutes")
    makes(house, 2, number="drill_record_hours", key="q")
    signals(house, "a", "b", "c")
    path = plans(house)
    house.settle()
    tasks = {one["id"]: one for one in house.done("my_tasks", MANAGER)["body"]["items"]}

    assert drafts(house)
    assert instant(tasks[f"{path['drill']}:record"]["due"]) == instant("2026-11-23T05:00:00Z")
    house.wait(minutes=5)
    assert len(house.events("draft_undecided")) == 1


@pytest.mark.clause("R7.12")
def test_it_is_the_heads_task_until_it_is_decided(house):
    proposal = proposes(house)
    house.settle()

    def tasks():
        return [one["id"] for one in house.done("my_tasks", PROVINCE_DEPUTY)["body"]["items"]]

    assert tasks() == [f"{proposal}:decide"]
    house.done("reject_parameter", PROVINCE_HEAD, path={"proposal": proposal}, body=REASON)
    house.settle()
    assert tasks() == []
    assert holds(house)["value"] == 31


@pytest.mark.clause("R7.12")
def test_a_value_for_later_comes_by_itself(house):
    makes(house, effective_from="2026-11-24T01:00:00Z")

    assert (holds(house)["value"], holds(house)["next"]["value"]) == (31, 14)
    house.wait(days=1)
    assert (holds(house)["value"], holds(house)["next"]) == (14, None)


@pytest.mark.clause("R7.12")
def test_no_other_province_and_nobody_below_proposes_or_decides(house):
    path = {"proposal": proposes(house)}

    assert refused(house, "approve_parameter", OTHER_PROVINCE, path=path, body={}) == "chassis.not_found"
    for by in (MANAGER, LEADER, PROVINCE_REVIEWER, SUPERVISOR, TELLER):
        assert refused(house, "approve_parameter", by, path=path, body={}) == "chassis.not_granted"
    for unit in ("HQ", "33"):
        code = refused(house, "propose_parameter", PROVINCE_HEAD, path={"key": KEY}, body=new(unit=unit), key="q")
        assert code in ("chassis.not_found", "chassis.out_of_reach")
    assert (
        refused(house, "propose_parameter", BUSINESS, path={"key": "none"}, body=new(), key="q") == "chassis.not_found"
    )


@pytest.mark.clause("R7.12")
def test_whoever_a_unit_was_moved_away_from_decides_no_more_for_it(house):
    path = {"proposal": proposes(house, unit="4401")}
    arrives(house, "HQ", "33", "4401", sequence=2)

    code = refused(house, "approve_parameter", PROVINCE_HEAD, path=path, body={})

    assert code in ("chassis.not_found", "chassis.out_of_reach")
    assert holds(house, "4401")["value"] == 31


@pytest.mark.clause("R7.12")
def test_proposals_are_listed_by_how_they_stand(house):
    first, second = makes(house)["id"], proposes(house, 7, key="q")

    def listed(**query):
        items = house.done("parameter_proposal_list", HO_REVIEWER, query=query)["body"]["items"]
        return {one["id"] for one in items}

    assert (listed(), listed(state="pending"), listed(key=KEY, unit="44", state="approved")) == (
        {first, second},
        {second},
        {first},
    )
    assert house.done("parameter_proposal", HO_REVIEWER, path={"proposal": second})["body"]["value"] == 7


@pytest.mark.clause("R7.12")
def test_two_who_decide_at_once_decide_once(house):
    path = {"proposal": proposes(house)}
    values = house.service.numbers.values
    real, raced = values._write, []

    def second(*said):
        if not raced:
            raced.append(None)
            raced[0] = house.done("approve_parameter", PROVINCE_HEAD, path=path, body={})["body"]
        return real(*said)

    values._write = second
    code = refused(house, "reject_parameter", BUSINESS, path=path, body=REASON)

    house.settle()
    assert (raced[0]["state"], code) == ("approved", "chassis.not_pending")
    assert [one["state"] for one in house.events("parameter_stated")] == ["pending", "approved"]
