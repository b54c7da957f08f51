"""R7.6: inspections over the wire: the series, the record, findings put right by several hands, what goes upward."""

import json
from datetime import UTC, date, datetime

import pytest

from emergency.service import Emergency
from services.emergency.tests.component.office import (
    ALMIGHTY,
    CCMS,
    COUNTER,
    ELSEWHERE,
    HO_REVIEWER,
    LEADER,
    MANAGER,
    NEIGHBOUR,
    OTHER_CITY,
    OTHER_PROVINCE,
    PROVINCE_HEAD,
    SIBLING,
    STRANGER,
    SUPERVISOR,
    TELLER,
    arrives,
    held,
    open_office,
    shown,
)
from services.emergency.tests.component.risks import (
    NOVEMBER,
    PLAN,
    assigned,
    denies,
    fixed,
    inspected,
    inspection_of,
    opened,
    record_of,
    takes,
)

pytestmark = [pytest.mark.live, pytest.mark.clause("R7.6")]

CITY = {"unit": "4401"}
DUE = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


def plans(house, by=MANAGER, path=CITY, **change):
    return house.done("set_risk_inspection_plan", by, path=path, body={**PLAN, **change})


def told_of(house, event, since=0):
    return [(each["step"], each["told"]) for each in house.events(event, since=since)]


def listed(house, operation, by=HO_REVIEWER, **query):
    return house.done(operation, by, query=query)["body"]["items"]


def test_every_open_counter_has_its_inspection_of_the_month_however_often_one_looks(house):
    house.round("inspections")
    first = len(house.exchange.arrived)
    house.round("inspections")

    ids = {each["id"] for each in listed(house, "risk_inspection_list")}
    assert ids == {f"{unit}:2026-11" for unit in (*(f"440100{n}" for n in range(1, 10)), "4402001", ELSEWHERE)}
    assert len(house.exchange.arrived) == first
    assert len(house.events("inspection_stated")) == len(ids)


def test_the_series_goes_on_in_the_next_month_and_leaves_out_what_nobody_could_have_held(house):
    house.step(DUE)
    house.round("inspections")
    before = listed(house, "risk_inspection_list")
    house.step(datetime(2026, 11, 30, 16, 0, tzinfo=UTC))
    house.round("inspections")

    assert before == []
    assert {each["period"] for each in listed(house, "risk_inspection_list")} == {"2026-12"}


def test_a_closed_counter_and_one_not_yet_open_are_left_alone(house):
    for unit, span in ((SIBLING, {"open_to": "2026-11-23"}), (ELSEWHERE, {"open_from": "2026-11-24"})):
        state = {f"state.{name}": day for name, day in span.items()}
        house.database.unit_copies.update_one({"_id": unit}, {"$set": state})

    house.round("inspections")

    units = {each["unit"] for each in listed(house, "risk_inspection_list")}
    assert len(units) == 9
    assert not units & {SIBLING, ELSEWHERE}


def test_two_replicas_that_open_the_series_at_once_open_it_once(house, emergency_ground):
    other = emergency_ground.house(Emergency, "emergency", clock=house.clock, exchange=house.exchange)
    house.service.inspections.inspections.create = first_the_other(house, other)
    house.round("inspections")
    house.settle()

    assert len(listed(house, "risk_inspection_list")) == 11
    assert len(house.events("inspection_stated")) == 11


def first_the_other(house, other):
    """The other replica does the whole round just before this one's first create."""
    create, done = house.service.inspections.inspections.create, []

    def created(*said):
        if not done:
            done.append(True)
            other.round("inspections")
        return create(*said)

    return created


def test_a_counter_follows_the_nearest_plan_from_the_next_opening_on(house):
    plans(house, by=PROVINCE_HEAD, path={"unit": "44"}, every="quarter", due_day=80)
    plans(house, every="week", due_day=5, categories=["queue_pressure", "public_opinion"])
    house.round("inspections")

    found = {each["id"]: each["checklist"] for each in listed(house, "risk_inspection_list")}
    assert found[f"{COUNTER}:2026-W48"] == ["queue_pressure", "public_opinion"]
    assert len(found["4402001:2026-Q4"]) == 10
    assert f"{ELSEWHERE}:2026-11" in found


def test_the_plan_in_force_says_whose_it_is_and_on_what_basis(house):
    default = house.done("risk_inspection_plan", SUPERVISOR, path={"unit": COUNTER})["body"]
    made, again = plans(house), plans(house, due_day=21)
    seen = house.done("risk_inspection_plan", SUPERVISOR, path={"unit": COUNTER})["body"]

    assert (default["set_for"], default["every"], default["due_day"], default["basis"]) == (None, "month", 25, "D")
    assert (made["status"], again["status"], again["version"]) == (201, 200, 2)
    assert (seen["unit"], seen["set_for"], seen["due_day"], seen["set_by"]) == (COUNTER, "4401", 21, MANAGER.subject)


@pytest.mark.parametrize(
    ("by", "path", "code"),
    [
        (SUPERVISOR, {"unit": COUNTER}, "chassis.not_granted"),
        (TELLER, {"unit": COUNTER}, "chassis.not_granted"),
        (CCMS, CITY, "chassis.not_granted"),
        (ALMIGHTY, CITY, "emergency.beyond_authority"),
        (OTHER_CITY, CITY, "chassis.not_found"),
        (MANAGER, {"unit": "44"}, "chassis.not_found"),
    ],
)
def test_who_may_not_sets_no_plan(house, by, path, code):
    assert house.refused("set_risk_inspection_plan", by, path=path, body=PLAN)["code"] == code


def test_the_list_of_what_is_looked_for_is_shown_with_its_basis(house):
    shown_list = house.done("risk_category_list", SUPERVISOR)["body"]

    assert shown_list["version"] == 1
    assert {each["basis"] for each in shown_list["items"]} == {"D"}
    assert all(each["zh"] and each["en"] and each["ask_zh"] for each in shown_list["items"])


def test_an_inspection_is_opened_ahead_once_and_answered_the_second_time(house):
    body = {"unit": COUNTER, "day": "2026-12-01"}
    made = house.done("open_risk_inspection", SUPERVISOR, body=body)
    again = house.done("open_risk_inspection", MANAGER, body=body)

    assert (made["status"], made["body"]["id"]) == (201, f"{COUNTER}:2026-12")
    assert made["location"] == f"/v1/risk-inspections/{COUNTER}:2026-12"
    assert (again["status"], again["version"]) == (200, 1)


@pytest.mark.parametrize(
    ("by", "body", "code"),
    [
        (MANAGER, {"unit": "4401"}, "emergency.not_a_counter"),
        (SUPERVISOR, {"unit": COUNTER, "day": "2026-11-22"}, "emergency.day_out_of_range"),
        (SUPERVISOR, {"unit": COUNTER, "day": "2027-02-24"}, "emergency.day_out_of_range"),
        (SUPERVISOR, {"unit": SIBLING}, "chassis.not_found"),
        (SUPERVISOR, {"unit": "9999"}, "chassis.not_found"),
        (ALMIGHTY, {"unit": COUNTER}, "emergency.beyond_authority"),
        (TELLER, {"unit": COUNTER}, "chassis.not_granted"),
        (SUPERVISOR, {"unit": COUNTER, "day": "0001-01-01"}, "emergency.day_out_of_range"),
        (SUPERVISOR, {"unit": COUNTER, "day": "9999-12-31"}, "emergency.day_out_of_range"),
        (SUPERVISOR, {"unit": COUNTER, "day": "yesterday"}, "chassis.input_faulty"),
    ],
)
def test_what_is_no_inspection_is_not_opened(house, by, body, code):
    assert house.refused("open_risk_inspection", by, body=body)["code"] == code


def test_a_recorded_inspection_shows_its_findings_and_when_it_was_held_and_recorded(house):
    inspection = opened(house)
    house.wait(hours=20)
    seen = takes(house, "record_risk_inspection", SUPERVISOR, inspection, record_of("high", "low"))

    assert (seen["state"], seen["occurred_on"], seen["recorded_at"]) == (
        "recorded",
        "2026-11-23",
        "2026-11-23T21:00:00+00:00",
    )
    assert [(each["number"], each["severity"], each["overdue"]) for each in seen["findings"]] == [
        (1, "high", False),
        (2, "low", False),
    ]
    stated = house.events("inspection_stated")[-1]
    assert "finding" not in stated["findings"][0], "nobody's words stand in events"


def test_a_missed_inspection_is_told_to_the_counter_the_city_and_the_province_each_once(house):
    house.round("inspections")
    house.step(DUE)

    at_once = [each for each in told_of(house, "inspection_missed") if each[0] == 1]
    assert len(at_once) == 11
    told = [(each["person"], each["about"]) for each in house.events("notice_due") if each["unit"] == COUNTER]
    assert told == [(SUPERVISOR.subject, "inspection")]
    house.wait(days=30)
    mine = [each for each in house.events("inspection_missed") if each["inspection"] == NOVEMBER]
    assert [(each["step"], each["told"]) for each in mine] == [(1, COUNTER), (2, "4401"), (3, "44")]
    told = [each["person"] for each in house.events("notice_due") if each["unit"] == COUNTER]
    assert told == [SUPERVISOR.subject, MANAGER.subject, PROVINCE_HEAD.subject]
    assert [each["id"] for each in listed(house, "risk_inspection_list", unit=COUNTER, missed=True)] == [NOVEMBER]


def test_an_inspection_that_was_moved_is_told_at_its_new_time_and_one_that_was_cancelled_never(house):
    opened(house)
    opened(house, SIBLING)
    takes(
        house,
        "reschedule_risk_inspection",
        SUPERVISOR,
        NOVEMBER,
        {"due": "2026-11-27T10:00:00Z", "reason": "柜面装修"},
    )
    takes(house, "cancel_risk_inspection", MANAGER, f"{SIBLING}:2026-11", {"reason": "停业"})

    house.step(DUE)
    assert told_of(house, "inspection_missed") == []
    house.wait(days=2)
    assert told_of(house, "inspection_missed") == [(1, COUNTER)]


def test_a_counter_that_closes_is_not_told_that_it_missed_its_inspection(house):
    opened(house)
    closing = {"id": COUNTER, "kind": "counter", "name": "机构", "units": ["HQ", "44", "4401", COUNTER]}
    house.hear("security", "unit_stated", COUNTER, {**closing, "open_from": None, "open_to": "2026-11-24"}, sequence=2)
    house.wait(days=30)

    assert told_of(house, "inspection_missed") == []
    assert (inspection_of(house)["state"], inspection_of(house)["reason"]) == ("cancelled", None)


def test_a_finding_goes_from_hand_to_hand_and_closes_the_inspection(house):
    inspection = inspected(house, "medium")
    assigned(house, inspection, TELLER)
    assert [each["inspection"] for each in listed(house, "risk_finding_register", TELLER)] == [inspection]
    evidence = {"note": "已增设标识", "hashes": ["a" * 64]}
    takes(house, "fix_finding", TELLER, inspection, evidence, number=1)
    takes(house, "reject_finding", SUPERVISOR, inspection, {"reason": "尚未上墙"}, number=1)
    takes(house, "fix_finding", TELLER, inspection, evidence, number=1)
    closed = takes(house, "verify_finding", SUPERVISOR, inspection, number=1)

    (finding,) = closed["findings"]
    assert (closed["state"], finding["state"], finding["verifier"]) == ("closed", "closed", SUPERVISOR.subject)
    assert (finding["evidence"], finding["rejections"], finding["rejection"]) == (evidence, 1, "尚未上墙")
    assert listed(house, "risk_finding_register") == []
    rows = house.done("risk_inspection_history", HO_REVIEWER, path={"inspection": inspection}, query={})
    kinds = [each["row"]["kind"] for each in rows["body"]["items"]]
    assert kinds == ["opened", "recorded", "assigned", "fixed", "rejected", "fixed", "verified", "closed"]


def test_the_hands_that_own_or_fixed_it_do_not_verify_it(house):
    inspection = inspected(house, "medium")
    fixed(house, inspection)

    assert denies(house, "verify_finding", SUPERVISOR, inspection, number=1) == "chassis.rectification_own_work"
    assert denies(house, "verify_finding", TELLER, inspection, number=1) == "chassis.not_granted"


def test_two_writers_of_one_finding_are_told_apart_and_two_findings_do_not_hinder_each_other(house):
    inspection = inspected(house, "medium", "low")
    assigned(house, inspection, SUPERVISOR, 1)
    version = house.done("risk_inspection", MANAGER, path={"inspection": inspection})["version"]
    takes(house, "fix_finding", SUPERVISOR, inspection, {"note": "已改"}, number=1, if_match=version)

    late = house.refused(
        "assign_finding",
        MANAGER,
        path={"inspection": inspection, "number": "1"},
        body={"owner": TELLER.subject},
        if_match=version,
    )
    assert late["code"] == "chassis.version_changed"
    race(house, inspection)
    seen = inspection_of(house)["findings"]
    assert [(each["state"], each["owner"]) for each in seen] == [
        ("closed", SUPERVISOR.subject),
        ("assigned", TELLER.subject),
    ]


def race(house, inspection):
    """The second finding is assigned while the first one's verification is being decided: it is decided again."""
    loads, load = [], house.service.inspections.inspections.load

    def loaded(*said):
        found = load(*said)
        if not loads:
            loads.append(found)
            assigned(house, inspection, TELLER, 2)
        return found

    house.service.inspections.inspections.load = loaded
    takes(house, "verify_finding", LEADER, inspection, number=1)
    house.service.inspections.inspections.load = load


def test_an_overdue_finding_is_said_step_by_step_and_stands_in_the_register(house):
    inspection = inspected(house, "high")
    assigned(house, inspection, TELLER)
    house.wait(days=1)

    (said,) = house.events("finding_overdue")
    assert (said["told"], said["number"], said["severity"], said["owner"]) == (COUNTER, 1, "high", TELLER.subject)
    assert [each["unit"] for each in listed(house, "risk_finding_register", overdue=True, severity="high")] == [COUNTER]
    house.wait(days=30)
    assert told_of(house, "finding_overdue") == [(1, COUNTER), (2, "4401"), (3, "44")]
    assert {each["about"] for each in house.events("notice_due")} == {"finding"}


def test_the_register_is_paged_and_shows_each_reader_the_own_units(house):
    for number in range(1, 6):
        inspected(house, "low", unit=f"440100{number}")
    inspected(house, "low", unit=ELSEWHERE)

    found, query = [], {"limit": 2}
    while True:
        answer = house.done("risk_finding_register", MANAGER, query=query)
        found += [each["unit"] for each in answer["body"]["items"]]
        if answer["next"] is None:
            break
        query = {"limit": 2, "cursor": answer["next"]}

    assert sorted(found) == [f"440100{number}" for number in range(1, 6)]
    assert [each["unit"] for each in listed(house, "risk_finding_register", NEIGHBOUR)] == [SIBLING]
    assert [each["unit"] for each in listed(house, "risk_finding_register", OTHER_PROVINCE)] == [ELSEWHERE]
    assert listed(house, "risk_finding_register", STRANGER) == []


def test_a_finding_becomes_an_incident_once_whatever_is_delivered_twice(house):
    inspection = inspected(house, "high")
    path, body = {"inspection": inspection, "number": "1"}, {"kind": "crowd_surge"}
    answer = house.done("raise_finding", SUPERVISOR, path=path, body=body, key="raise")
    again = house.done("raise_finding", SUPERVISOR, path=path, body=body, key="raise")
    for message in house.unheard():
        house.deliver(message)
        house.deliver(message)
    house.settle()

    incident = answer["body"]["findings"][0]["incident"]
    seen = shown(house, incident)
    assert again["replayed"]
    assert again["body"]["findings"][0]["incident"] == incident
    assert (seen["kind"], seen["summary"], seen["reporter"]) == ("crowd_surge", "等候区无分流标识", SUPERVISOR.subject)
    assert house.database.incidents.count_documents({}) == 1


@pytest.mark.parametrize(
    ("by", "code"),
    [
        (OTHER_CITY, "chassis.not_found"),
        (NEIGHBOUR, "chassis.not_found"),
        (OTHER_PROVINCE, "chassis.not_found"),
        (STRANGER, "chassis.not_found"),
        (CCMS, "chassis.not_permitted"),
    ],
)
def test_an_inspection_is_seen_within_its_unit_only(house, by, code):
    inspection = inspected(house, "low")

    assert denies(house, "risk_inspection", by, inspection) == code
    assert denies(house, "fix_finding", by, inspection, {"note": "x"}, number=1) == code


def test_an_inspection_is_told_again_as_it_was_told_last(house):
    inspection = inspected(house, "low")
    assigned(house, inspection, TELLER)

    (again,) = house.service.inspections.inspections.restated("", 10)

    assert json.loads(again["body"]) == house.events("inspection_stated")[-1]


@pytest.mark.parametrize("number", ["0", "2", "51", "-1", "x", "٣", "1" * 70])
def test_a_number_that_no_finding_has_is_not_found(house, number):
    inspection = inspected(house, "low")

    refusal = house.refused("verify_finding", MANAGER, path={"inspection": inspection, "number": number}, body={})

    assert refusal["code"] in ("emergency.finding_unknown", "chassis.input_faulty")


def test_what_is_to_be_done_at_a_unit_that_moved_is_filed_under_its_new_ancestors(house):
    inspected(house, "low")
    plans(house, path={"unit": COUNTER})

    arrives(house, "HQ", "33", "3301", COUNTER, sequence=2)
    house.settle()

    assert inspection_of(house, by=OTHER_PROVINCE)["units"] == ["HQ", "33", "3301", COUNTER]
    assert house.database.inspection_plans.find_one({"_id": COUNTER})["units"] == ["HQ", "33", "3301", COUNTER]


def test_an_owner_who_has_left_is_refused(emergency_ground):
    gone = held("P440100399", "teller", COUNTER, to=date(2026, 11, 23))
    house = open_office(
        emergency_ground,
        staff=(
            held(SUPERVISOR.subject, "counter_supervisor", COUNTER),
            gone,
            held(HO_REVIEWER.subject, "ho_reviewer", "HQ"),
        ),
    )
    inspection = inspected(house, "low")

    code = denies(house, "assign_finding", SUPERVISOR, inspection, {"owner": gone.person}, number=1)

    assert code == "emergency.owner_unknown"
