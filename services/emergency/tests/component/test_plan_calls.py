"""R7.9, R7.11 over the wire: plans are adopted and inherited, activated by a report, and become people's tasks."""

from datetime import timedelta

import pytest

from services.emergency.tests.component.office import (
    CCMS,
    CCMS_33,
    COUNTER,
    ELSEWHERE,
    GUIDE,
    HO_REVIEWER,
    LEADER,
    MANAGER,
    MANAGER_DEPUTY,
    NEIGHBOUR,
    OTHER_CITY,
    OTHER_PROVINCE,
    PROVINCE_HEAD,
    STRANGER,
    SUPERVISOR,
    TELLER,
    TODAY,
    arrives,
    card_of,
    does,
    gathering,
    may_not,
    plan_steps,
    report,
    step_of,
)

pytestmark = [pytest.mark.live, pytest.mark.clause("R7.9")]

CITYS = {"unit": "4401", "kind": "fire", "version": "1"}
OWN = card_of(step_of(mandatory_from="III"))


def adopts(house, by=MANAGER, body=OWN, *, path=CITYS, **request):
    answer = house.done("adopt_plan", by, path=path, body=body, **request)
    house.settle()
    return answer


def code(house, operation, by, **request):
    return house.refused(operation, by, **request)["code"]


def in_force(house, unit=COUNTER, kind="fire", by=HO_REVIEWER, **query):
    return house.done("plan_in_force", by, path={"unit": unit, "kind": kind}, query=query)["body"]


def mine(house, by):
    house.settle()
    return house.done("my_tasks", by)["body"]["items"]


def ids(tasks):
    return [task["id"].rpartition(":")[2] for task in tasks]


def test_a_fresh_system_has_a_plan_for_every_kind(house):
    found = in_force(house, kind="outage")

    assert (found["unit"], found["id"], found["shipped"]) == ("default", "default.outage.1", True)
    assert house.done("plan", TELLER, path={"unit": "default", "kind": "outage", "version": "1"})["body"] == found


def test_a_plan_that_was_adopted_holds_below_its_unit_and_nowhere_else(house):
    made = adopts(house)

    assert (made["status"], made["body"]["id"], made["location"]) == (201, "4401.fire.1", "/v1/plans/4401/fire/1")
    assert in_force(house) == made["body"]
    assert in_force(house, unit="4402")["shipped"]
    assert in_force(house, unit=ELSEWHERE)["shipped"]
    assert in_force(house, kind="outage")["shipped"]
    assert house.done("plan_list", MANAGER, query={})["body"]["items"] == [made["body"]]
    assert house.done("plan_list", OTHER_CITY, query={})["body"]["items"] == []


def test_a_version_holds_from_its_day_on_and_the_one_before_until_then(house):
    adopts(house)
    later = {**OWN, "effective_from": (TODAY + timedelta(days=7)).isoformat()}
    adopts(house, body=later, path={**CITYS, "version": "2"})

    assert in_force(house)["version"] == 1
    assert in_force(house, on=(TODAY + timedelta(days=6)).isoformat())["version"] == 1
    assert in_force(house, on=later["effective_from"])["version"] == 2


def test_of_two_who_adopt_the_same_version_one_is_told_and_a_retry_is_not(house):
    adopts(house, key="a")

    again = adopts(house, key="a")

    assert (again["status"], again["replayed"]) == (201, True)
    assert code(house, "adopt_plan", LEADER, path=CITYS, body=OWN, key="b") == "chassis.exists"
    assert len(house.messages("plan_stated")) == 1


def test_the_same_said_again_without_a_key_is_answered_again_and_something_else_is_not(house):
    adopts(house)

    assert adopts(house)["replayed"]
    assert code(house, "adopt_plan", MANAGER, path=CITYS, body=card_of(step_of("other"))) == "chassis.key_reused"


def test_a_stricter_plan_above_holds_until_the_unit_below_keeps_to_it(house):
    adopts(house)
    provinces = {**CITYS, "unit": "44"}
    both = card_of(step_of(mandatory_from="III"), step_of("count", mandatory_from="III"))
    adopts(house, PROVINCE_HEAD, both, path=provinces)
    assert in_force(house)["id"] == "44.fire.1"

    adopts(house, body=both, path={**CITYS, "version": "2"})

    assert in_force(house)["id"] == "4401.fire.2"


@pytest.mark.parametrize(
    ("by", "path", "expected"),
    [
        (SUPERVISOR, {**CITYS, "unit": COUNTER}, "chassis.not_granted"),
        (OTHER_CITY, CITYS, "chassis.not_found"),
        (MANAGER, {**CITYS, "unit": "44"}, "chassis.not_found"),
        (MANAGER, {**CITYS, "unit": "9999"}, "chassis.not_found"),
        (MANAGER, {**CITYS, "kind": "meteor"}, "chassis.not_found"),
        (MANAGER, {**CITYS, "version": "0"}, "chassis.not_found"),
        (MANAGER, {**CITYS, "version": "01"}, "chassis.not_found"),
        (MANAGER, {**CITYS, "version": "x"}, "chassis.not_found"),
    ],
)
def test_a_plan_is_adopted_within_ones_own_units_for_a_kind_that_there_is(house, by, path, expected):
    assert code(house, "adopt_plan", by, path=path, body=OWN) == expected


@pytest.mark.parametrize(
    "card",
    [
        card_of(),
        card_of(step_of(id="Call")),
        card_of(step_of(minutes=-1)),
        card_of(step_of(level="V")),
        card_of(step_of(what={"zh": "拨打 119"})),
        card_of(*(step_of(id=f"s{number}") for number in range(31))),
        {"effective_from": "soon", **{key: OWN[key] for key in ("card",)}},
    ],
)
def test_a_malformed_plan_is_refused_by_name(house, card):
    assert code(house, "adopt_plan", MANAGER, path=CITYS, body=card) == "chassis.input_faulty"


def test_a_report_activates_the_plan_in_force_for_its_place_and_kind(house):
    adopts(house)

    own = report(house, kind="fire", facts={}, key="a")
    other = report(house, CCMS_33, kind="fire", facts={}, key="b", unit=ELSEWHERE)
    house.settle()

    assert set(plan_steps(house, own)) == {"call_fire"}
    assert "protect_people" in plan_steps(house, other)
    body = house.done("incident_plan", SUPERVISOR, path={"incident": own})["body"]
    assert (body["plan"], body["card"]["lead"]) == ("4401.fire.1", "counter_supervisor")


def test_a_plan_that_changes_later_does_not_change_a_running_incident(house):
    adopts(house)
    incident = report(house, kind="fire", facts={})
    adopts(house, body=card_of(step_of(mandatory_from="III"), step_of("more")), path={**CITYS, "version": "2"})

    does(house, "add_facts", CCMS, incident, {"facts": {"deaths": 1}})

    assert set(plan_steps(house, incident)) == {"call_fire"}
    assert house.done("incident_plan", HO_REVIEWER, path={"incident": incident})["body"]["plan"] == "4401.fire.1"


def test_steps_become_tasks_of_whoever_holds_their_post(house):
    incident = gathering(house, 10)

    supervisor, manager, deputy = (mine(house, by) for by in (SUPERVISOR, MANAGER, MANAGER_DEPUTY))

    assert ids(mine(house, GUIDE)) == ["keep_order"]
    assert ids(supervisor) == ["call_police", "hear_representatives", "register_demands", "keep_recordings"]
    assert ids(manager) == ["one_voice", "manager_on_site"]
    assert ids(deputy) == ids(manager)
    assert {task["role"] for task in manager} == {"holder"}
    assert {task["role"] for task in deputy} == {"deputy"}
    assert [ids(mine(house, by)) for by in (NEIGHBOUR, OTHER_CITY, STRANGER, CCMS)] == [[], [], [], []]
    task = supervisor[1]
    assert (task["about"], task["due"], task["overdue"]) == (
        f"/v1/incidents/{incident}",
        "2026-11-23T01:15:00+00:00",
        False,
    )
    assert task["owner"] == {"person": None, "post": "counter_supervisor", "unit": COUNTER}


def test_a_step_that_is_done_or_waived_leaves_the_list_and_stands_in_the_plan(house):
    incident = gathering(house, 3)
    step = {"incident": incident, "step": "keep_order"}

    house.done("complete_step", GUIDE, path=step, body={"note": "已分流"})
    house.done("waive_step", SUPERVISOR, path={**step, "step": "hear_representatives"}, body={"reason": "人已散去"})

    assert mine(house, GUIDE) == mine(house, SUPERVISOR) == []
    steps = plan_steps(house, incident)
    assert (steps["keep_order"]["state"], steps["keep_order"]["ended_by"]) == ("done", GUIDE.subject)
    assert steps["hear_representatives"]["state"] == "cancelled"
    assert code(house, "complete_step", GUIDE, path=step, body={}) == "chassis.task_ended"


def test_two_who_complete_one_step_are_told_apart(house):
    incident = gathering(house, 3)
    step = {"incident": incident, "step": "keep_order"}

    house.done("complete_step", GUIDE, path=step, body={}, key="mine")
    again = house.done("complete_step", GUIDE, path=step, body={}, key="mine")

    assert again["replayed"]
    assert code(house, "complete_step", SUPERVISOR, path=step, body={}, key="theirs") == "chassis.task_ended"


def test_a_task_is_overdue_once_its_time_has_passed(house):
    gathering(house, 3)

    house.wait(minutes=5)

    assert [task["overdue"] for task in mine(house, GUIDE)] == [True]


def test_raising_the_level_adds_tasks_for_those_further_up(house):
    incident = gathering(house, 3)
    assert mine(house, PROVINCE_HEAD) == []

    does(house, "add_facts", CCMS, incident, {"facts": {"people_gathering": 30}})

    assert ids(mine(house, PROVINCE_HEAD)) == ["regulator", "province_team"]


@pytest.mark.clause("R7.11")
def test_a_false_alarm_takes_its_tasks_off_every_list(house):
    incident = gathering(house, 10)

    does(house, "close", HO_REVIEWER, incident, {"outcome": "false_alarm", "reason": "误报"})

    assert [mine(house, by) for by in (GUIDE, SUPERVISOR, MANAGER)] == [[], [], []]


def test_a_drill_has_a_plan_too_and_its_tasks_say_so(house):
    gathering(house, 3, drill=True)

    assert [task["drill"] for task in mine(house, GUIDE)] == [True]


def test_the_tasks_of_a_unit_that_was_unknown_find_their_owners_when_it_arrives(house):
    incident = gathering(house, 3, unit="4401099")
    assert house.database.tasks.find_one()["tasks"][0]["key"] == "post:4401099:guide"
    before = plan_steps(house, incident)

    arrives(house, "HQ", "44", "4401", "4401099")
    house.settle()

    assert plan_steps(house, incident) == before
    assert house.database.tasks.find_one()["tasks"][0]["task"]["units"] == ["HQ", "44", "4401", "4401099"]


def test_only_those_who_may_see_an_incident_see_its_plan(house):
    incident = gathering(house, 3)

    assert may_not(house, "incident_plan", OTHER_CITY, incident) == "chassis.not_found"
    assert may_not(house, "incident_plan", STRANGER, incident) == "chassis.not_found"
    step = {"incident": incident, "step": "keep_order"}
    assert code(house, "complete_step", STRANGER, path=step, body={}) == "chassis.not_granted"
    assert code(house, "complete_step", NEIGHBOUR, path=step, body={}) == "chassis.not_found"


def test_the_plans_of_a_unit_that_moves_are_read_by_its_new_province_and_hold_on(house):
    made = adopts(house)["body"]
    assert code(house, "plan", OTHER_PROVINCE, path=CITYS) == "chassis.not_found"

    arrives(house, "HQ", "33", "4401", sequence=2)
    arrives(house, "HQ", "33", "4401", COUNTER, sequence=2)
    house.settle()

    assert house.done("plan", OTHER_PROVINCE, path=CITYS)["body"] == {**made, "units": ["HQ", "33", "4401"]}
    assert in_force(house)["id"] == made["id"]
