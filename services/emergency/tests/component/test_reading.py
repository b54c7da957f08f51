"""Who reads what, and pages that are complete and in order."""

from datetime import timedelta

import pytest

from services.emergency.tests.component.office import (
    BUSINESS,
    CCMS,
    CCMS_33,
    CITY_REVIEWER,
    COUNTER,
    ELSEWHERE,
    HO_REVIEWER,
    MANAGER,
    NEIGHBOUR,
    OTHER_CITY,
    OTHER_PROVINCE,
    PROVINCE_REVIEWER,
    SIBLING,
    STRANGER,
    SUPERVISOR,
    TELLER,
    does,
    gathering,
    may_not,
    report,
    rows,
    shown,
)
from tests.house import system

pytestmark = pytest.mark.live

READERS = (SUPERVISOR, MANAGER, CITY_REVIEWER, PROVINCE_REVIEWER, HO_REVIEWER, BUSINESS, CCMS)
OUTSIDERS = (NEIGHBOUR, OTHER_CITY, OTHER_PROVINCE, CCMS_33, STRANGER)
QUERIES = ("incident", "timeline", "reports")
COMMANDS = (
    ("begin_response", {}),
    ("contain", {}),
    ("judge", {"level": "I", "reason": "现场判断"}),
    ("close", {"outcome": "handled"}),
    ("submit_report", {"kind": "first", "course": "经过", "signer": "P440100001", "contact": "P440100001"}),
    ("record_guidance", {"words": "先疏散"}),
    ("refer_claim", {"reference": "LP-1"}),
    ("add_facts", {"facts": {"deaths": 0}}),
)


def query_of(operation):
    return None if operation == "incident" else {}


@pytest.mark.parametrize("operation", QUERIES)
def test_an_incident_is_read_within_its_own_chain_of_units_and_nowhere_else(house, operation):
    incident = gathering(house, 10)

    for reader in READERS:
        assert house.done(operation, reader, path={"incident": incident}, query=query_of(operation))
    for outsider in OUTSIDERS:
        assert may_not(house, operation, outsider, incident, query=query_of(operation)) == "chassis.not_found"


@pytest.mark.parametrize(("operation", "body"), COMMANDS)
def test_outside_of_the_callers_units_an_incident_does_not_exist(house, operation, body):
    incident = gathering(house, 10)

    for outsider in (OTHER_CITY, OTHER_PROVINCE):
        assert may_not(house, operation, outsider, incident, body) == "chassis.not_found"


@pytest.mark.parametrize(("operation", "body"), [each for each in COMMANDS if each[0] not in ("add_facts",)])
def test_within_the_callers_units_but_without_the_grant_a_command_is_forbidden(house, operation, body):
    incident = gathering(house, 10)
    reader = system("reader", "44", "incident.read")

    refusal = house.refused(operation, reader, path={"incident": incident}, body=body)

    assert refusal["kind"] == "forbidden"


def test_a_grant_over_a_sibling_and_sight_of_the_whole_city_is_forbidden_not_missing(house):
    incident = gathering(house, 10)
    mixed = system("mixed", "4401", "incident.read")
    both = system("mixed", SIBLING, "incident.add_facts")
    caller = type(mixed)("mixed", "system", mixed.grants + both.grants)

    refusal = house.refused("add_facts", caller, path={"incident": incident}, body={"facts": {"deaths": 0}})

    assert (refusal["kind"], refusal["code"]) == ("forbidden", "chassis.not_permitted")


def test_a_reporter_without_leave_to_read_reads_what_it_has_reported_itself(house):
    incident = report(house, TELLER)
    other = report(house, SUPERVISOR)

    assert shown(house, incident, TELLER)["id"] == incident
    assert may_not(house, "incident", TELLER, other) == "chassis.not_permitted"
    listed = house.done("incident_list", TELLER, query={})["body"]["items"]
    assert [each["id"] for each in listed] == [incident]


def test_what_does_not_exist_is_not_found(house):
    assert may_not(house, "incident", HO_REVIEWER, "nothing-here") == "chassis.not_found"


@pytest.mark.clause("R7.11")
@pytest.mark.parametrize("limit", [1, 3, 200])
def test_a_timeline_is_complete_and_in_order_in_pages_of_any_size(house, limit):
    incident = gathering(house, 50)
    house.wait(minutes=20)

    found = rows(house, "timeline", incident, limit=limit)

    count = shown(house, incident)["timeline_count"]
    assert [row["seq"] for row in found] == list(range(1, count + 1))
    assert [row["at"] for row in found] == sorted(row["at"] for row in found)


@pytest.mark.clause("R7.11")
def test_rows_that_have_not_left_the_outbox_are_read_all_the_same(house):
    incident = gathering(house, 10)
    stored, before = len(rows(house, "timeline", incident)), len(house.exchange.arrived)
    house.done("begin_response", MANAGER, path={"incident": incident}, body={})
    house.done("record_guidance", MANAGER, path={"incident": incident}, body={"words": "先疏散"})

    found = rows(house, "timeline", incident, limit=2)

    assert len(house.exchange.arrived) == before
    assert [row["seq"] for row in found] == list(range(1, stored + 3))
    assert [row["row"]["kind"] for row in found][-2:] == ["command_taken", "guidance_recorded"]


def walk(house, by, between=lambda: None, **query):
    """The ids of a list page by page; `between` runs after each page."""
    ids, asked = [], dict(query)
    while True:
        answer = house.done("incident_list", by, query=asked)
        ids += [each["id"] for each in answer["body"]["items"]]
        if answer["next"] is None:
            return ids
        asked = {**query, "cursor": answer["next"]}
        between()


def test_a_list_has_no_gap_and_no_repeat_while_new_ones_come(house):
    there = [report(house, key=f"k{number}") for number in range(7)]
    house.clock.step(house.clock.now() + timedelta(seconds=1))
    there += [report(house, key=f"l{number}") for number in range(3)]
    fresh = iter(range(100))

    def another():
        house.clock.step(house.clock.now() + timedelta(seconds=1))
        report(house, key=f"new{next(fresh)}")

    found = walk(house, HO_REVIEWER, another, limit=2)

    assert sorted(found) == sorted(there)
    assert set(found[:3]) == set(there[7:])


def test_a_list_is_the_newest_first_and_narrowed_as_asked(house):
    first = gathering(house, 10)
    house.clock.step(house.clock.now() + timedelta(minutes=1))
    second = gathering(house, 50, key="k2", drill=True)
    does(house, "begin_response", MANAGER, second)
    third = report(house, CCMS_33, key="k3", unit=ELSEWHERE, kind="fire", facts={})

    assert set(walk(house, HO_REVIEWER)) == {first, second, third}
    assert walk(house, PROVINCE_REVIEWER) == [second, first]
    for query, wanted in (
        ({"level": "I"}, [second]),
        ({"state": "responding"}, [second]),
        ({"kind": "fire"}, [third]),
        ({"drill": "true"}, [second]),
        ({"drill": "false", "level": "III"}, [third, first]),
        ({"level": "IV"}, []),
    ):
        assert sorted(walk(house, HO_REVIEWER, **query)) == sorted(wanted)


def test_a_list_shows_public_state_alone(house):
    gathering(house, 10, unit=COUNTER)

    (item,) = house.done("incident_list", HO_REVIEWER, query={})["body"]["items"]
    assert not {"summary", "facts", "reporter", "escalation"} & set(item)


def test_a_caller_with_more_units_than_a_query_names_is_told_so(house):
    many = system("many", "HQ")
    caller = type(many)("many", "system", tuple(("incident.read", f"U{number}") for number in range(51)))

    assert house.refused("incident_list", caller, query={})["code"] == "chassis.too_many_units"
