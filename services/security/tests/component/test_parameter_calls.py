"""R4.6: the province makes the limit of a check stricter by four eyes; the check that opens then is due by it."""

from datetime import datetime

import pytest

from chassis.work import approvals, parameters
from security.contract import CONTRACT
from security.parameters import CHECK_WITHIN, DEFINITIONS, EXAMPLE
from services.security.tests.component.bureau import CORE
from services.security.tests.component.bureau import KEEPER as PERSONNEL
from services.security.tests.component.staffed import (
    AUDITOR,
    COUNTER,
    DEPUTY,
    ELSEWHERES,
    HEAD,
    MANAGER,
    REVIEWER,
    SUPERVISOR,
    TELLER,
)
from tests.house import system

pytestmark = [pytest.mark.live, pytest.mark.clause("R4.6")]

KEY = CHECK_WITHIN.key
REASON, BLANK = {"reason": "现行时限已足够"}, {"reason": " "}
SYSTEM = system("overgranted", "HQ", "parameter.read", "parameter.propose", "parameter.approve")


def proposed(house, value=12, unit="44", by=HEAD, key="p", **more):
    body = {"unit": unit, "value": value, "reason": "本省从严管理", **more}
    return house.done("propose_parameter", by, path={"key": KEY}, body=body, key=key)["body"]["id"]


def does(house, operation, by, proposal, body=None):
    return house.done(operation, by, path={"proposal": proposal}, body=body or {})["body"]


def made(house, value=12, unit="44", key="p", **more):
    return does(house, "approve_parameter", DEPUTY, proposed(house, value, unit, key=key, **more))


def holds(house, unit=COUNTER, by=AUDITOR):
    return house.done("parameter", by, path={"key": KEY}, query={"unit": unit})["body"]


def late_act(house, person=TELLER.subject, reference="T-1"):
    """Somebody who has left operates: the check that this opens."""
    house.settle()
    house.done("leave_staff", PERSONNEL, path={"person": person}, body={})
    house.wait(minutes=10)
    at = house.clock.now().isoformat()
    act = {"person": person, "unit": COUNTER, "at": at, "system": "core", "reference": reference}
    check = house.done("report_activities", CORE, body={"acts": [act]})["body"]["checks"][0]
    return house.done("activity_check", SUPERVISOR, path={"check": check})["body"]


def hours(check):
    return (datetime.fromisoformat(check["due"]) - datetime.fromisoformat(check["found_at"])).total_seconds() / 3600


def test_the_default_shows_what_it_rests_on(province):
    shown = holds(province)

    assert (shown["value"], shown["basis"], shown["set_for"], shown["next"]) == (24, "own_default", None, None)
    listed = province.done("parameter_list", AUDITOR, query={"unit": COUNTER})["body"]["items"]
    assert [one["key"] for one in listed] == [each.key for each in DEFINITIONS]


def test_a_check_keeps_the_limit_that_held_when_it_was_opened(province):
    before = late_act(province)
    made(province)
    after = late_act(province, person="P440100302", reference="T-2")
    again = province.done("activity_check", SUPERVISOR, path={"check": before["id"]})["body"]

    assert (hours(before), hours(after), hours(again)) == (24, 12, 24)


def test_it_is_the_heads_task_until_it_is_decided_and_holds_below_from_then(province):
    proposal = proposed(province)
    province.settle()
    waiting = [one["id"] for one in province.done("my_tasks", DEPUTY)["body"]["items"]]

    assert (waiting, holds(province)["value"]) == ([f"{proposal}:decide"], 24)
    approved = does(province, "approve_parameter", DEPUTY, proposal)
    province.settle()
    assert (approved["state"], approved["made_by"], approved["decided_by"]) == (
        "approved",
        HEAD.subject,
        DEPUTY.subject,
    )
    assert (holds(province)["value"], holds(province)["set_for"], holds(province, "HQ")["value"]) == (12, "44", 24)
    assert province.done("my_tasks", DEPUTY)["body"]["items"] == []
    assert [one["state"] for one in province.events("parameter_stated")] == ["pending", "approved"]


def test_a_value_for_later_is_shown_as_the_next_and_comes_by_itself(province):
    made(province, effective_from="2026-11-24T01:00:00Z")

    assert (holds(province)["value"], holds(province)["next"]["value"]) == (24, 12)
    province.wait(days=1)
    assert (holds(province)["value"], holds(province)["next"]) == (12, None)


def test_no_other_province_and_nobody_below_proposes_or_decides(province):
    proposal = proposed(province)

    def refused(operation, by, **request):
        return province.refused(operation, by, **request)["code"]

    assert refused("approve_parameter", ELSEWHERES, path={"proposal": proposal}, body={}) == "chassis.not_found"
    for by in (MANAGER, REVIEWER, SUPERVISOR, TELLER):
        code = refused("approve_parameter", by, path={"proposal": proposal}, body={})
        assert code == "chassis.not_granted"
    said = {"unit": "HQ", "value": 12, "reason": "全公司"}
    assert refused("propose_parameter", HEAD, path={"key": KEY}, body=said, key="q") in (
        "chassis.not_found",
        "chassis.out_of_reach",
    )


def test_a_key_that_is_none_is_not_found(province):
    body = {"unit": "44", "value": 12, "reason": "无"}
    code = province.refused("propose_parameter", HEAD, path={"key": "nothing"}, body=body, key="k")["code"]

    assert code == "chassis.not_found"


def test_proposals_are_listed_by_how_they_stand(province):
    first, second = made(province)["id"], proposed(province, 6, key="q")

    def listed(**query):
        items = province.done("parameter_proposal_list", AUDITOR, query=query)["body"]["items"]
        return {one["id"] for one in items}

    assert listed() == {first, second}
    assert (listed(state="pending"), listed(state="approved", unit="44", key=KEY)) == ({second}, {first})
    assert province.done("parameter_proposal", AUDITOR, path={"proposal": second})["body"]["value"] == 6


def test_two_who_decide_at_once_decide_once(province):
    proposal = proposed(province, by=REVIEWER)
    values = province.service.numbers.values
    real, raced = values._write, []

    def second(*said):
        if not raced:
            raced.append(None)
            raced[0] = does(province, "approve_parameter", HEAD, proposal)
        return real(*said)

    values._write = second
    code = province.refused("reject_parameter", DEPUTY, path={"proposal": proposal}, body=REASON)["code"]

    province.settle()
    assert (raced[0]["state"], code) == ("approved", "chassis.not_pending")
    assert [one["state"] for one in province.events("parameter_stated")] == ["pending", "approved"]


def test_whoever_a_unit_was_moved_away_from_decides_no_more_for_it(province):
    proposal = proposed(province, unit="4401")
    planner = system("planner", "HQ", "directory.units")
    province.done("move_unit", planner, path={"unit": "4401"}, body={"parent": "33"})
    province.settle()

    code = province.refused("approve_parameter", DEPUTY, path={"proposal": proposal}, body={})["code"]
    assert code in ("chassis.not_found", "chassis.out_of_reach")
    assert holds(province, "4401")["value"] == 24


def ahead_of(house):
    """Waiting, while the province becomes stricter than it."""
    waiting = proposed(house, 20, COUNTER, key="waiting")
    made(house, 6)
    return waiting


def withdrawn(house):
    proposal = proposed(house)
    does(house, "withdraw_parameter", HEAD, proposal)
    return proposal


def stricter(house):
    made(house)


def new(value=12, unit=COUNTER, **more):
    return {"unit": unit, "value": value, "reason": "从严", **more}


FAR = "2028-01-01T00:00:00Z"
REFUSED = [
    ("propose_parameter", parameters.ParameterLaxer, stricter, HEAD, new(13)),
    ("propose_parameter", parameters.ParameterOutOfBounds, None, HEAD, new(0)),
    ("propose_parameter", parameters.ParameterTooFar, None, HEAD, new(effective_from=FAR)),
    ("propose_parameter", approvals.ReasonMissing, None, HEAD, new(reason=" ")),
    ("approve_parameter", approvals.NotPending, withdrawn, DEPUTY, {}),
    ("approve_parameter", approvals.OwnWork, proposed, HEAD, {}),
    ("approve_parameter", approvals.PostLacking, proposed, SYSTEM, {}),
    ("approve_parameter", parameters.ParameterLaxer, ahead_of, DEPUTY, {}),
    ("reject_parameter", approvals.NotPending, withdrawn, DEPUTY, REASON),
    ("reject_parameter", approvals.OwnWork, proposed, HEAD, REASON),
    ("reject_parameter", approvals.PostLacking, proposed, SYSTEM, REASON),
    ("reject_parameter", approvals.ReasonMissing, proposed, DEPUTY, BLANK),
    ("withdraw_parameter", approvals.NotPending, withdrawn, HEAD, {}),
    ("withdraw_parameter", approvals.MakerOnly, proposed, DEPUTY, {}),
]
OPERATIONS = [one for one in CONTRACT.operations if "parameter" in one.name]


@pytest.mark.parametrize(("operation", "refusal", "before", "by", "body"), REFUSED)
def test_a_declared_refusal_is_answered_with_its_code(province, operation, refusal, before, by, body):
    prepared = before and before(province)
    path = {"proposal": prepared} if "proposal" in CONTRACT.operation(operation).parameters else {"key": KEY}

    answer = province.refused(operation, by, path=path, body=body, key="refused")

    assert (answer["kind"], answer["code"]) == (refusal.kind, refusal.code)


def test_every_declared_refusal_is_produced_and_no_other():
    declared = {(operation.name, refusal) for operation in OPERATIONS for refusal in operation.refuses}

    assert {(operation, refusal) for operation, refusal, *_ in REFUSED} == declared


@pytest.mark.parametrize(
    ("operation", "by"),
    [
        ("propose_parameter", HEAD),
        ("approve_parameter", DEPUTY),
        ("reject_parameter", DEPUTY),
        ("withdraw_parameter", HEAD),
    ],
)
def test_each_command_takes_its_example_and_announces_what_its_contract_says(province, operation, by):
    path = {"key": KEY} if operation == "propose_parameter" else {"proposal": proposed(province)}
    province.settle()
    before = len(province.exchange.arrived)

    example = EXAMPLE if operation == "propose_parameter" else CONTRACT.operation(operation).example
    done = province.done(operation, by, path=path, body=example, key="example")
    province.relayed()

    types = {each.attributes["type"].split(".")[2] for each in province.exchange.arrived[before:]}
    assert done["status"] == CONTRACT.operation(operation).status
    assert types == set(CONTRACT.operation(operation).announces)
