"""R7.7: warnings over the wire: issued, spread to every unit, acknowledged, told upward where silent, ended."""

import json
from datetime import UTC, datetime

import pytest

from emergency import warning_reactions
from services.emergency.tests.component.office import (
    ALMIGHTY,
    BUSINESS,
    CCMS,
    COUNTER,
    ELSEWHERE,
    HO_REVIEWER,
    LEADER,
    MANAGER,
    NEIGHBOUR,
    OTHER_CITY,
    OTHER_CITYS,
    OTHER_PROVINCE,
    PROVINCE_HEAD,
    SERVICE,
    SIBLING,
    STRANGER,
    SUPERVISOR,
    TELLER,
    arrives,
    gathering,
)
from services.emergency.tests.component.risks import (
    MEASURE,
    acts,
    inspected,
    inspection_of,
    receipts,
    warned,
    warning_of,
    warning_shown,
)

pytestmark = [pytest.mark.live, pytest.mark.clause("R7.7")]

CITYS = {"4401", *(f"440100{number}" for number in range(1, 10))}


def code(house, operation, by, warning, body=None, **path):
    return house.refused(operation, by, path={"warning": warning, **path}, body=body or {})["code"]


def issuing(house, by=MANAGER, **change):
    return house.refused("issue_warning", by, key="w", body=warning_of(**change))["code"]


def listed(house, by=HO_REVIEWER, **query):
    return [each["id"] for each in house.done("warning_list", by, query=query)["body"]["items"]]


def told(house):
    return [(each["person"], each["channel"]) for each in house.events("notice_due") if each["about"] == "warning"]


def test_every_unit_addressed_gets_its_receipt_and_its_heads_are_told(house):
    warning = warned(house)

    found = receipts(house, warning)
    assert {each["unit"] for each in found} == CITYS
    assert {each["answer_by"] for each in found} == {"2026-11-23T03:00:00+00:00"}
    assert {(one["whom"], one["channel"]) for each in found for one in each["messages"]} == {
        (whom, "mail") for each in found for whom in each["told"]
    }
    assert sorted(told(house)) == sorted((each.subject, "mail") for each in (MANAGER, SUPERVISOR, NEIGHBOUR))
    assert warning_shown(house, warning)["spread_at"] == "2026-11-23T01:00:00+00:00"


def test_a_red_warning_of_head_office_reaches_everybody_on_every_channel(house):
    warning = warned(house, HO_REVIEWER, unit="HQ", level="I")

    assert len(receipts(house, warning)) == 17
    people = {MANAGER, SUPERVISOR, NEIGHBOUR, OTHER_CITY, PROVINCE_HEAD, OTHER_PROVINCE, BUSINESS, SERVICE}
    assert sorted(told(house)) == sorted((each.subject, way) for each in people for way in ("mail", "webhook"))


def test_it_spreads_in_bounded_turns_and_a_turn_delivered_twice_makes_nothing_twice(house, monkeypatch):
    monkeypatch.setattr(warning_reactions, "BATCH", 3)
    house.done("issue_warning", MANAGER, key="w", body=warning_of())
    turns = 0
    while fresh := house.unheard():
        for message in fresh:
            house.deliver(message)
            house.deliver(message)
            turns += message.attributes["type"] == "decalog.emergency.warning_spreading.v1"

    (warning,) = listed(house)
    assert turns == 4
    assert {each["unit"] for each in receipts(house, warning)} == CITYS
    assert len(told(house)) == 3
    assert len(house.events("warning_stated")) == 1, "spreading changes nothing that others see"


def test_a_warning_may_be_meant_for_some_units_below_only(house):
    warning = warned(house, PROVINCE_HEAD, unit="44", to=[COUNTER, "4402"])

    assert {each["unit"] for each in receipts(house, warning)} == {COUNTER, "4402", OTHER_CITYS}


def test_a_closed_unit_is_not_warned(house):
    house.database.unit_copies.update_one({"_id": SIBLING}, {"$set": {"state.open_to": "2026-11-23"}})

    assert {each["unit"] for each in receipts(house, warned(house))} == CITYS - {SIBLING}


def test_a_unit_that_arrives_while_a_warning_lasts_is_warned_too_and_later_ones_are_not(house):
    warning = warned(house)
    arrives(house, "HQ", "44", "4401", "4401077")
    house.settle()
    house.step(datetime(2026, 11, 26, 10, 0, tzinfo=UTC))
    arrives(house, "HQ", "44", "4401", "4401078")
    house.settle()

    assert {each["unit"] for each in receipts(house, warning)} == CITYS | {"4401077"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"unit": "44"}, "chassis.not_found"),
        ({"unit": "9999"}, "chassis.not_found"),
        ({"to": ["4402"]}, "emergency.not_below"),
        ({"to": ["9999"]}, "emergency.not_below"),
        ({"to": []}, "chassis.input_faulty"),
        ({"ends_at": "2026-11-23T01:00:00Z"}, "emergency.warning_end_unfit"),
        ({"ends_at": "2026-12-24T01:00:01Z"}, "emergency.warning_end_unfit"),
        ({"ends_at": "9999-12-31T23:59:59-14:00"}, "emergency.warning_end_unfit"),
        ({"begins_at": "2026-11-27T01:00:00Z"}, "emergency.warning_end_unfit"),
        ({"measures": []}, "chassis.input_faulty"),
        ({"measures": [{**MEASURE, "due": "2026-11-27T10:00:00Z"}]}, "emergency.measure_due_unfit"),
        ({"measures": [{**MEASURE, "owner": OTHER_CITY.subject}]}, "emergency.owner_unknown"),
        ({"measures": [{**MEASURE, "owner": "张三"}]}, "chassis.input_faulty"),
        ({"reason": " "}, "emergency.text_missing"),
        ({"findings": [{"inspection": "nothing", "number": 1}]}, "chassis.not_found"),
        ({"level": "red"}, "chassis.input_faulty"),
        ({"drill": "no"}, "chassis.input_faulty"),
    ],
)
def test_a_warning_that_does_not_fit_is_refused_and_nothing_is_kept(house, change, expected):
    assert issuing(house, **change) == expected
    assert house.database.warnings.count_documents({}) == 0


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (TELLER, "chassis.not_granted"),
        (CCMS, "chassis.not_granted"),
        (SUPERVISOR, "chassis.not_found"),
        (OTHER_CITY, "chassis.not_found"),
        (ALMIGHTY, "emergency.beyond_authority"),
    ],
)
def test_who_may_not_warns_nobody(house, by, expected):
    assert issuing(house, by) == expected


def test_the_head_of_a_counter_warns_the_own_counter(house):
    owner = [{**MEASURE, "owner": TELLER.subject}]

    assert receipts(house, warned(house, SUPERVISOR, unit=COUNTER, measures=owner))[0]["unit"] == COUNTER


def test_whoever_stands_below_a_unit_addressed_reads_the_warning_and_nobody_else_does(house):
    warning = warned(house, PROVINCE_HEAD, unit="44", to=["4401"])

    for reader in (TELLER, SUPERVISOR, MANAGER, PROVINCE_HEAD, HO_REVIEWER):
        assert warning_shown(house, warning, reader)["id"] == warning
        assert listed(house, reader) == [warning]
    for stranger in (OTHER_CITY, OTHER_PROVINCE, STRANGER):
        assert house.answer("warning", stranger, path={"warning": warning})["refusal"]["code"] == "chassis.not_found"
        assert listed(house, stranger) == []
    assert {each["unit"] for each in receipts(house, warning, SUPERVISOR)} == {COUNTER}
    for operation, body in (("lift_warning", {"reason": "x"}), ("extend_warning", warning_of() | {"reason": "x"})):
        body = {name: body[name] for name in ("ends_at", "reason") if name in body}
        assert code(house, operation, SUPERVISOR, warning, body) == "chassis.not_permitted"


def test_the_warnings_in_force_for_a_unit_are_its_own_and_those_of_the_units_above(house):
    company = warned(house, HO_REVIEWER, key="a", unit="HQ")
    citys = warned(house, key="b")
    own = warned(house, SUPERVISOR, key="c", unit=COUNTER, measures=[{**MEASURE, "owner": TELLER.subject}])
    warned(house, OTHER_CITY, key="d", unit="4402", measures=[{**MEASURE, "owner": OTHER_CITY.subject}])
    later = warned(house, key="e", begins_at="2026-11-24T01:00:00Z")

    assert set(listed(house, unit=COUNTER, in_force=True)) == {company, citys, own}
    assert set(listed(house, unit=SIBLING, in_force=True)) == {company, citys}
    assert listed(house, unit=COUNTER, in_force=False) == [later]
    house.wait(days=2)
    assert set(listed(house, unit=COUNTER, in_force=True, kind="crowd_surge")) == {company, citys, own, later}
    assert listed(house, unit=COUNTER, in_force=True, level="I") == []


def test_a_list_is_paged(house):
    made = [warned(house, key=f"w{number}") for number in range(5)]

    found, query = [], {"limit": 2, "in_force": True, "unit": COUNTER}
    while True:
        answer = house.done("warning_list", TELLER, query=query)
        found += [each["id"] for each in answer["body"]["items"]]
        if answer["next"] is None:
            break
        query["cursor"] = answer["next"]

    assert sorted(found) == sorted(made)


def test_a_unit_that_answers_is_left_alone_and_the_silent_ones_are_told_upward_once(house):
    warning = warned(house)
    answered = acts(house, "acknowledge_warning", SUPERVISOR, warning, {"unit": COUNTER})
    again = acts(house, "acknowledge_warning", MANAGER, warning, {"unit": COUNTER})
    acts(house, "acknowledge_warning", MANAGER, warning, {"unit": "4401"})
    house.wait(minutes=119)
    early = house.events("warning_unacknowledged")
    house.wait(days=2)

    assert (answered["acknowledged_by"], again["acknowledged_by"]) == (SUPERVISOR.subject, SUPERVISOR.subject)
    assert early == []
    silent = {each["unit"]: each["told"] for each in house.events("warning_unacknowledged")}
    assert silent == dict.fromkeys(CITYS - {COUNTER, "4401"}, "4401")
    assert len(house.events("warning_unacknowledged")) == 8
    assert {each["unit"] for each in receipts(house, warning, acknowledged=False)} == set(silent)
    assert len([person for person, _ in told(house) if person == MANAGER.subject]) == 1 + 8


def test_a_late_acknowledgement_is_kept_and_the_top_has_nobody_above_it(house):
    warning = warned(house, HO_REVIEWER, unit="HQ", level="I")
    house.wait(minutes=30)
    late = acts(house, "acknowledge_warning", SUPERVISOR, warning, {"unit": COUNTER})

    assert (late["passed_to"], late["acknowledged_by"]) == ("4401", SUPERVISOR.subject)
    assert {each["unit"] for each in house.events("warning_unacknowledged") if each["told"] is None} == {"HQ"}


@pytest.mark.parametrize(
    ("by", "unit", "expected"),
    [
        (SUPERVISOR, SIBLING, "chassis.not_found"),
        (SUPERVISOR, "4401", "chassis.not_found"),
        (SUPERVISOR, ELSEWHERE, "chassis.not_found"),
        (TELLER, COUNTER, "chassis.not_granted"),
        (ALMIGHTY, COUNTER, "emergency.beyond_authority"),
    ],
)
def test_nobody_acknowledges_for_units_that_are_not_the_own(house, by, unit, expected):
    assert code(house, "acknowledge_warning", by, warned(house), {"unit": unit}) == expected


def test_the_link_of_a_notice_acknowledges_for_the_unit_and_only_by_whom_it_was_sent_to(house):
    warning = warned(house)
    for person in (STRANGER, SUPERVISOR):
        said = {
            "notice": "n",
            "about": "warning",
            "person": person.subject,
            "incident": f"{warning}:{COUNTER}",
            "acknowledged_at": "2026-11-23T01:00:00Z",
        }
        house.hear("notifier", "link_followed", person.subject, said)
    failed = {"step": "s", "about": "warning", "incident": f"{warning}:{COUNTER}", "reason": "no_contact_point"}
    house.hear("notifier", "notice_failed", "s", failed)
    house.hear("notifier", "link_followed", "i", {**said, "about": "inspection", "incident": "nothing"})
    house.settle()

    (mine,) = receipts(house, warning, SUPERVISOR)
    assert mine["acknowledged_by"] == SUPERVISOR.subject


def test_two_who_acknowledge_for_one_unit_at_once_are_one_acknowledgement(house):
    warning = warned(house)
    loads, load = [], house.service.warnings.receipts.load

    def loaded(*said):
        found = load(*said)
        if not loads:
            loads.append(found)
            acts(house, "acknowledge_warning", MANAGER, warning, {"unit": COUNTER})
        return found

    house.service.warnings.receipts.load = loaded
    answer = acts(house, "acknowledge_warning", SUPERVISOR, warning, {"unit": COUNTER})

    assert answer["acknowledged_by"] == MANAGER.subject


def test_two_who_change_one_warning_are_told_apart_by_its_version(house):
    warning = warned(house)
    version = house.done("warning", MANAGER, path={"warning": warning})["version"]
    acts(house, "extend_warning", MANAGER, warning, {"ends_at": "2026-11-27T10:00:00Z", "reason": "客流仍高"})

    refusal = house.refused(
        "lift_warning", LEADER, path={"warning": warning}, body={"reason": "恢复"}, if_match=version
    )

    assert refusal["code"] == "chassis.version_changed"


def test_a_warning_ends_by_itself_and_whoever_was_silent_is_not_told_of_any_more(house):
    warning = warned(
        house, level="I", ends_at="2026-11-23T01:20:00Z", measures=[{**MEASURE, "due": "2026-11-23T01:10:00Z"}]
    )
    house.wait(minutes=20)
    over = warning_shown(house, warning)
    house.wait(days=1)

    assert (over["state"], over["in_force"], over["ended_at"]) == ("expired", False, "2026-11-23T01:20:00+00:00")
    assert house.events("warning_unacknowledged") == []
    assert code(house, "lift_warning", MANAGER, warning, {"reason": "恢复"}) == "emergency.warning_ended"


def test_an_extended_warning_ends_at_its_new_end_and_a_lifted_one_at_once(house):
    extended, lifted = warned(house, key="a"), warned(house, key="b")
    acts(house, "extend_warning", MANAGER, extended, {"ends_at": "2026-11-27T10:00:00Z", "reason": "客流仍高"})
    acts(house, "lift_warning", MANAGER, lifted, {"reason": "已恢复"})

    house.step(datetime(2026, 11, 26, 10, 0, tzinfo=UTC))
    assert [warning_shown(house, each)["state"] for each in (extended, lifted)] == ["issued", "lifted"]
    house.wait(days=1)
    assert warning_shown(house, extended)["state"] == "expired"
    rows = house.done("warning_history", SUPERVISOR, path={"warning": extended}, query={})["body"]["items"]
    assert [each["row"]["kind"] for each in rows] == ["issued", "extended", "overdue", "expired"]


def test_an_overdue_measure_is_said_once_to_its_owner_and_settled_late(house):
    warning = warned(house)
    house.step(datetime(2026, 11, 25, 10, 0, tzinfo=UTC))
    house.wait(hours=5)

    (said,) = house.events("measure_overdue")
    assert (said["number"], said["owner"]) == (1, MANAGER.subject)
    assert [each["person"] for each in house.events("notice_due") if each["about"] == "measure"] == [MANAGER.subject]
    settled = acts(house, "settle_measure", MANAGER, warning, {"done": False, "reason": "人手不足"}, number="1")
    assert (settled["measures"][0]["state"], settled["measures"][0]["overdue"]) == ("not_done", True)


def test_the_owner_of_a_measure_settles_it_whatever_the_post(house):
    warning = warned(house, measures=[{**MEASURE, "owner": TELLER.subject}])

    assert code(house, "settle_measure", NEIGHBOUR, warning, {"done": True}, number="1") == "chassis.not_permitted"
    assert acts(house, "settle_measure", TELLER, warning, {"done": True}, number="1")["measures"][0]["state"] == "done"
    assert code(house, "settle_measure", MANAGER, warning, {"done": True}, number="x") == "emergency.measure_unknown"


@pytest.mark.clause("R7.6")
def test_a_warning_and_the_finding_behind_it_stay_linked(house):
    inspection = inspected(house, "high")
    warning = warned(house, findings=[{"inspection": inspection, "number": 1}])

    assert warning_shown(house, warning)["findings"] == [{"inspection": inspection, "number": 1}]
    assert inspection_of(house, inspection)["findings"][0]["warnings"] == [warning]
    assert issuing(house, findings=[{"inspection": inspection, "number": 2}]) == "emergency.finding_unknown"


def test_an_incident_that_a_warning_foretold_is_linked_with_it(house):
    before = gathering(house, 3, key="before")
    house.wait(minutes=1)
    warning = warned(house)
    foretold = gathering(house, 3, key="after")
    drill = gathering(house, 3, key="drill", drill=True)
    outside = gathering(house, 3, key="outside", unit=OTHER_CITYS)

    linked = acts(house, "link_foretold_incident", MANAGER, warning, {"incident": foretold})
    assert linked["incidents"] == [foretold]
    for incident in (before, drill):
        assert (
            code(house, "link_foretold_incident", MANAGER, warning, {"incident": incident}) == "emergency.not_foretold"
        )
    body = {"incident": outside}
    assert code(house, "link_foretold_incident", HO_REVIEWER, warning, body) == "emergency.not_foretold"
    assert code(house, "link_foretold_incident", MANAGER, warning, body) == "chassis.not_found"


def test_a_retry_by_key_issues_one_warning(house):
    first = house.done("issue_warning", MANAGER, key="k", body=warning_of())
    again = house.done("issue_warning", MANAGER, key="k", body=warning_of())

    assert (first["status"], again["replayed"], again["body"]["id"]) == (201, True, first["body"]["id"])
    assert first["location"] == f"/v1/warnings/{first['body']['id']}"
    assert house.database.warnings.count_documents({}) == 1


def test_a_warning_is_told_again_as_it_was_told_last(house):
    warned(house)

    (again,) = house.service.warnings.warnings.restated("", 10)

    assert json.loads(again["body"]) == house.events("warning_stated")[-1]


def test_a_warning_in_a_drill_says_so_everywhere(house):
    warned(house, level="I", drill=True)
    house.wait(hours=1)

    for name in ("warning_stated", "notice_due", "warning_unacknowledged"):
        assert {message.attributes["drill"] for message in house.messages(name)} == {True}


def test_what_is_open_at_a_unit_that_moved_is_filed_under_its_new_ancestors(house):
    warning = warned(house)

    arrives(house, "HQ", "33", "4401", sequence=2)
    house.settle()

    assert warning_shown(house, warning)["units"] == ["HQ", "33", "4401"]
    assert {each["unit"] for each in receipts(house, warning, OTHER_PROVINCE)} == {"4401"}
