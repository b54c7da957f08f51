"""R7.8: drills over the wire: planned, played with the drill flag, evaluated, and owed until they are held."""

import threading
from datetime import timedelta

import pytest

from services.emergency.tests.component.contract_of_drills import (
    EVALUATION,
    PLAYED,
    PUT_OFF,
    RECORD,
    asking,
    begun,
    evaluated,
    held,
    planned,
)
from services.emergency.tests.component.office import (
    CITY_REVIEWER,
    COUNTER,
    ELSEWHERE,
    GROUP,
    HO_REVIEWER,
    LEADER,
    MANAGER,
    NEIGHBOUR,
    OTHER_CITY,
    PROVINCE_HEAD,
    SIBLING,
    SUPERVISOR,
    TELLER,
    arrives,
    does,
    drill_of,
    gathering,
    plans,
    shown,
)

pytestmark = [pytest.mark.live, pytest.mark.clause("R7.8")]


def drill(house, path, by=MANAGER):
    return house.done("drill", by, path=path)["body"]


def plays(house, path, by=MANAGER, key="p1", **more):
    """The drill opens an incident; everything that it announces arrives."""
    incident = house.done("open_drill_incident", by, path=path, key=key, body={**PLAYED, **more})["body"]
    house.settle()
    return incident


def standings(house, by=MANAGER, **query):
    items = house.done("drill_standing_list", by, query=query)["body"]["items"]
    return {each["unit"]: {one["scenario"]: one for one in each["drills"]} for each in items}


def test_a_drill_goes_its_whole_way(house):
    path = evaluated(house)
    house.done("complete_improvement", LEADER, path={**path, "number": "1"}, body={})
    over = house.done("close_drill", CITY_REVIEWER, path=path, body={})["body"]

    assert drill(house, path) == over
    assert (over["status"], over["held_on"]) == ("closed", "2026-11-23")
    assert over["evaluation"]["by"] == CITY_REVIEWER.subject
    assert over["improvements"][0]["done_by"] == LEADER.subject
    house.settle()
    assert [each["status"] for each in house.events("drill_stated")] == [
        "scheduled",
        "held",
        "evaluated",
        "evaluated",
        "closed",
    ]


def test_a_drill_that_is_called_off_says_why_and_opens_no_incident(house):
    path = plans(house)
    over = house.done("cancel_drill", MANAGER, path=path, body={"reason": "停业"})["body"]

    assert over["status"] == "cancelled"
    assert drill(house, path) == over
    house.refused("open_drill_incident", MANAGER, path=path, key="p1", body=PLAYED)
    house.settle()
    assert [each["status"] for each in house.events("drill_stated")] == ["scheduled", "cancelled"]


def test_everything_that_an_incident_of_a_drill_says_carries_the_flag(house):
    path = begun(house)
    since = len(house.exchange.arrived)
    incident = plays(house, path)
    house.wait(hours=4)

    said = [one for one in house.exchange.arrived[since:] if "drill_" not in one.attributes["type"]]
    names = {one.attributes["type"].split(".")[2] for one in said}
    assert {"incident_stated", "incident_sighted", "notice_due", "incident_escalated", "report_overdue"} <= names
    assert {one.attributes["drill"] for one in said} == {True}
    assert (incident["drill"], incident["drill_id"], incident["level"]) == (True, path["drill"], "I")


def test_an_incident_of_a_drill_left_open_ends_by_itself_and_nobody_is_told_any_more(house):
    path = begun(house)
    incident = plays(house, path)["id"]
    until = drill(house, path)["incidents_until"]

    house.wait(hours=4)
    told = len(house.messages("notice_due"))
    house.wait(days=3)

    over = shown(house, incident)
    assert (over["state"], over["outcome"], over["closed_at"]) == ("closed", "drill_ended", until)
    assert len(house.messages("notice_due")) == told
    listed = house.done("drill_incidents", MANAGER, path=path)["body"]["items"]
    assert [each["id"] for each in listed] == [incident]


def test_an_outage_does_not_keep_an_incident_of_a_drill_open_nor_tell_anybody_late(house):
    incident = plays(house, begun(house))["id"]
    told = len(house.messages("notice_due"))

    house.silence(days=2)
    house.round("audit")

    assert shown(house, incident)["outcome"] == "drill_ended"
    assert len(house.messages("notice_due")) == told


def test_a_drill_and_a_real_event_do_not_raise_each_other(house):
    path = begun(house)
    played = plays(house, path, facts={"people_gathering": 30})["id"]
    real = gathering(house, 30, unit=SIBLING)

    assert (shown(house, played)["level"], shown(house, real)["level"]) == ("II", "II")


def test_a_retry_of_an_incident_of_a_drill_is_answered_though_the_drill_is_over(house):
    path = begun(house)
    first = plays(house, path)
    house.done("record_drill", MANAGER, path=path, body=RECORD)

    again = house.done("open_drill_incident", MANAGER, path=path, key="p1", body=PLAYED)

    assert (again["replayed"], again["body"]["id"]) == (True, first["id"])


@pytest.mark.parametrize("announced", [True, False])
def test_the_counter_sees_a_drill_that_is_announced_and_another_one_only_afterwards(house, announced):
    path = plans(house, announced=announced)
    house.settle()
    units = house.messages("drill_stated")
    before = house.answer("drill", SUPERVISOR, path=path)
    house.wait(hours=2)
    house.done("record_drill", MANAGER, path=path, body=RECORD)

    assert ("ok" in before) is announced
    assert all(COUNTER not in each.attributes["units"].split(",") for each in units)
    assert drill(house, path, SUPERVISOR)["status"] == "held"
    assert house.refused("drill", NEIGHBOUR, path=path)["code"] == "chassis.not_found"
    assert house.refused("drill", OTHER_CITY, path=path)["code"] == "chassis.not_found"


def test_a_supervisor_who_plans_an_unannounced_drill_of_the_own_counter_can_still_reach_it(house):
    path = plans(house, SUPERVISOR, unit=COUNTER, leader=SUPERVISOR.subject, announced=False)

    put_off = house.done("postpone_drill", SUPERVISOR, path=path, body=PUT_OFF)["body"]

    assert put_off["starts_at"].startswith("2026-11-24T02")
    assert house.refused("drill", TELLER, path=path)["code"] == "chassis.not_found"


@pytest.mark.parametrize(
    ("by", "expected"),
    [(TELLER, "chassis.not_granted"), (NEIGHBOUR, "chassis.not_found"), (OTHER_CITY, "chassis.not_found")],
)
def test_who_may_not_schedules_no_drill(house, by, expected):
    assert house.refused("schedule_drill", by, key="d", body=drill_of())["code"] == expected


def test_two_who_evaluate_at_once_are_one_evaluation(house):
    path = held(house)
    answers, gate = [], threading.Barrier(2)

    def evaluates(by):
        gate.wait()
        answers.append(house.answer("evaluate_drill", by, path=path, body=EVALUATION))

    threads = [threading.Thread(target=evaluates, args=(by,)) for by in (CITY_REVIEWER, HO_REVIEWER)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sorted("ok" in answer for answer in answers) == [False, True]
    (refusal,) = (answer["refusal"]["code"] for answer in answers if "refusal" in answer)
    assert refusal == "emergency.drill_state"


def test_what_a_drill_leaves_to_do_is_among_the_tasks_of_who_has_to_do_it(house):
    def tasks(by):
        house.settle()
        return [one["done_at"] for one in house.done("my_tasks", by)["body"]["items"]]

    path = begun(house)
    address = f"/v1/drills/{path['drill']}"
    assert tasks(MANAGER) == [f"{address}/record"]
    house.done("record_drill", MANAGER, path=path, body=RECORD)
    assert tasks(MANAGER) == []
    house.done("evaluate_drill", CITY_REVIEWER, path=path, body=EVALUATION)
    assert tasks(LEADER) == [f"{address}/improvements/1/completion"]
    house.done("complete_improvement", LEADER, path={**path, "number": "1"}, body={})
    assert tasks(LEADER) == []


def test_a_drill_that_nobody_records_is_said_once_and_found_by_its_mark(house):
    path = planned(house)
    house.wait(days=30)

    assert [each["what"] for each in house.events("drill_neglected")] == ["record"]
    found = house.done("drill_list", MANAGER, query={"neglected": True, "status": "scheduled"})["body"]["items"]
    assert [each["id"] for each in found] == [path["drill"]]


def test_what_a_counter_owes_is_told_step_by_step_to_each_level_above_once(house):
    house.round("drills")
    house.wait(days=400)
    house.round("drills")

    of_fire = [
        (each["addressee"], each["due"])
        for name in ("drill_due_soon", "drill_overdue")
        for each in house.events(name)
        if each["unit"] == COUNTER and each["scenario"] == "fire"
    ]
    assert of_fire == [(addressee, "2027-05-23") for addressee in (COUNTER, "4401", "44", "HQ")]
    assert standings(house, overdue=True)[COUNTER]["fire"]["overdue"] is True


def test_a_drill_that_was_held_is_owed_again_a_period_later_at_each_counter_that_took_part(house):
    house.round("drills")
    path = plans(house, counters=[COUNTER, SIBLING])
    house.wait(hours=2)
    house.done("record_drill", MANAGER, path=path, body=RECORD)
    house.settle()
    events = list(house.exchange.arrived)
    for event in events:
        house.deliver(event)

    fire = {unit: drills["fire"] for unit, drills in standings(house).items()}
    assert [fire[unit]["last_held"] for unit in (COUNTER, SIBLING, "4401002")] == ["2026-11-23", "2026-11-23", None]
    house.wait(days=190)
    late = {each["unit"] for each in house.events("drill_overdue")}
    assert {COUNTER, SIBLING, "4401002"} <= late


def test_a_stricter_programme_reaches_the_counters_below_with_a_months_notice_and_a_laxer_one_is_refused(house):
    house.round("drills")
    house.wait(days=100)

    asked = house.done("set_drill_programme", PROVINCE_HEAD, path={"unit": "44"}, body=asking(3))["body"]
    refusal = house.refused("set_drill_programme", MANAGER, path={"unit": "4401"}, body=asking(4))
    house.round("drills")

    assert [(each["months"], each["unit"]) for each in asked["requirements"] if each["scenario"] == "fire"] == [
        (3, "44")
    ]
    assert refusal["code"] == "emergency.programme_laxer"
    assert standings(house, PROVINCE_HEAD)[COUNTER]["fire"]["due"] == "2027-04-02"
    assert standings(house, HO_REVIEWER)[ELSEWHERE]["fire"]["due"] == "2027-05-23"
    house.wait(days=31)
    assert COUNTER in {each["unit"] for each in house.events("drill_overdue")}


def test_a_counter_that_closes_owes_nothing_and_one_that_opens_is_found(house):
    house.round("drills")
    closing = {"state.open_to": "2026-12-01"}
    house.database.unit_copies.update_one({"_id": COUNTER}, {"$set": closing})
    house.wait(days=10)
    arrives(house, "HQ", "44", "4401", "4401077")
    house.round("drills")
    house.wait(days=400)

    late = {each["unit"] for each in house.events("drill_overdue")}
    assert COUNTER not in late
    assert "4401077" in late


def test_what_is_said_of_a_counters_drills_and_of_its_handling_body_has_ids_of_its_own(house):
    house.done("set_handling_body", MANAGER, path={"unit": COUNTER}, body=GROUP)
    house.done("set_drill_programme", MANAGER, path={"unit": COUNTER}, body=asking(3))
    house.round("drills")
    house.wait(days=200)

    names = ("handling_body_unconfirmed", "drill_due_soon", "drill_overdue")
    said = [one.attributes["id"] for name in names for one in house.messages(name)]
    assert {each["unit"] for each in house.events("handling_body_unconfirmed")} == {COUNTER}
    assert len(said) == len(set(said))
    owners = house.database.timers.aggregate([{"$group": {"_id": "$aggregate", "kinds": {"$addToSet": "$collection"}}}])
    assert all(len(each["kinds"]) == 1 for each in owners)


def test_a_drill_moves_with_its_unit(house):
    path = planned(house)

    arrives(house, "HQ", "33", "4401", sequence=2)
    house.settle()

    assert drill(house, path, HO_REVIEWER)["units"] == ["HQ", "33", "4401"]


def test_two_who_set_a_programme_at_once_are_told_apart_by_its_version(house):
    city = {"unit": "4401"}
    house.done("set_drill_programme", MANAGER, path=city, body=asking(5))
    version = house.done("drill_programme", LEADER, path=city)["version"]
    house.done("set_drill_programme", LEADER, path=city, body=asking(4), if_match=version)

    refusal = house.refused("set_drill_programme", MANAGER, path=city, body=asking(3), if_match=version)

    assert refusal["code"] == "chassis.version_changed"


def test_the_programme_says_who_asks_for_what_on_which_basis(house):
    house.done("set_drill_programme", MANAGER, path={"unit": "4401"}, body=asking(5))
    house.clock.step(house.clock.now() + timedelta(days=1))

    seen = house.done("drill_programme", SUPERVISOR, path={"unit": COUNTER})["body"]

    by_scenario = {each["scenario"]: each for each in seen["requirements"]}
    assert (by_scenario["fire"]["unit"], by_scenario["fire"]["since"]) == ("4401", "2026-11-23")
    assert (by_scenario["robbery"]["unit"], by_scenario["robbery"]["basis"]) == (None, "default")


def test_what_is_done_to_an_incident_of_a_drill_is_done_as_to_a_real_one(house):
    incident = plays(house, begun(house))["id"]

    for step, by, body in (
        ("acknowledge", LEADER, {}),
        ("begin_response", HO_REVIEWER, {}),
        ("record_guidance", HO_REVIEWER, {"words": "先疏散"}),
        ("contain", HO_REVIEWER, {}),
    ):
        does(house, step, by, incident, body)

    assert shown(house, incident)["state"] == "contained"
