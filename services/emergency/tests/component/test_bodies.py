"""R7.12: handling bodies over the wire: who sets, sees and confirms them, and what an incident shows of them."""

import pytest

from emergency.bodies import CONFIRM_DAYS
from services.emergency.tests.component.office import (
    ALMIGHTY,
    CCMS,
    COUNTER,
    GROUP,
    HO_REVIEWER,
    LEADER,
    LEADER_DEPUTY,
    MANAGER,
    OTHER_CITY,
    PROVINCE_HEAD,
    SUPERVISOR,
    TELLER,
    arrives,
    body_of,
    gathering,
)

pytestmark = [pytest.mark.live, pytest.mark.clause("R7.12")]

CITY = {"unit": "4401"}


def sets(house, by=MANAGER, path=CITY, body=GROUP, **request):
    return house.done("set_handling_body", by, path=path, body=body, **request)


def code(house, operation, by, path=CITY, body=None):
    return house.refused(operation, by, path=path, body=body)["code"]


def test_a_group_is_set_up_and_seen_with_who_of_it_is_in_post(house):
    made = sets(house)

    seen = house.done("handling_body", HO_REVIEWER, path=CITY)["body"]

    assert (made["status"], made["version"]) == (201, 1)
    assert seen == made["body"]
    assert (seen["unit"], seen["unit_name"], seen["set_by"]) == ("4401", "机构4401", MANAGER.subject)
    assert [(each["person"], each["in_post"]) for each in seen["members"]] == [
        (LEADER.subject, True),
        (MANAGER.subject, True),
        (SUPERVISOR.subject, True),
    ]


def test_a_group_is_set_anew_and_a_retry_by_key_changes_nothing(house):
    sets(house, key="a")
    again = sets(house, key="a")
    anew = sets(house, key="b", body={"members": GROUP["members"][:2]})

    assert (again["status"], again["replayed"], again["version"]) == (201, True, 1)
    assert (anew["status"], anew["version"], len(anew["body"]["members"])) == (200, 2, 2)


def test_two_who_set_a_group_at_once_are_told_apart_by_its_version(house):
    sets(house)
    sets(house, by=LEADER, if_match=1)

    refusal = house.refused("set_handling_body", MANAGER, path=CITY, body=GROUP, if_match=1)

    assert refusal["code"] == "chassis.version_changed"


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([{"person": LEADER.subject, "role": "leader"}], "emergency.deputy_missing"),
        ([{"person": LEADER.subject, "role": "deputy"}], "emergency.leader_not_one"),
        ([*GROUP["members"], {"person": LEADER.subject, "role": "on_site"}], "emergency.member_twice"),
        ([*GROUP["members"], {"person": "P999999999", "role": "on_site"}], "emergency.member_unknown"),
        ([], "chassis.input_faulty"),
        ([{"person": "张三", "role": "leader"}], "chassis.input_faulty"),
        ([{"person": LEADER.subject, "role": "king"}], "chassis.input_faulty"),
    ],
)
def test_a_group_that_cannot_work_is_refused_and_nothing_is_kept(house, members, expected):
    assert code(house, "set_handling_body", MANAGER, body={"members": members}) == expected
    assert code(house, "handling_body", MANAGER) == "chassis.not_found"


@pytest.mark.parametrize(
    ("by", "path", "expected"),
    [
        (SUPERVISOR, {"unit": COUNTER}, "chassis.not_granted"),
        (TELLER, {"unit": COUNTER}, "chassis.not_granted"),
        (CCMS, CITY, "chassis.not_granted"),
        (ALMIGHTY, CITY, "emergency.beyond_authority"),
        (OTHER_CITY, CITY, "chassis.not_found"),
        (MANAGER, {"unit": "44"}, "chassis.not_found"),
        (MANAGER, {"unit": "9999"}, "chassis.not_found"),
    ],
)
def test_who_may_not_sets_no_group(house, by, path, expected):
    assert code(house, "set_handling_body", by, path=path, body=GROUP) == expected


def test_an_unconfirmed_group_is_said_once_marked_and_confirmed_again(house):
    sets(house)
    house.wait(days=CONFIRM_DAYS)

    (said,) = house.events("handling_body_unconfirmed")
    marked = house.done("handling_body_list", HO_REVIEWER, query={"unconfirmed": True})["body"]["items"]
    house.wait(days=40)
    confirmed = house.done("confirm_handling_body", MANAGER, path=CITY, body={})["body"]
    left = house.done("handling_body_list", HO_REVIEWER, query={"unconfirmed": True})["body"]["items"]

    assert (said["unit"], said["leader"]) == ("4401", LEADER.subject)
    assert [each["unit"] for each in marked] == ["4401"]
    assert len(house.events("handling_body_unconfirmed")) == 1
    assert (confirmed["unconfirmed_since"], confirmed["confirmed_by"]) == (None, MANAGER.subject)
    assert left == []


def test_an_incident_shows_the_groups_of_its_levels_from_the_top(house):
    sets(house)
    province = body_of((PROVINCE_HEAD, "leader"), (LEADER, "deputy"))
    sets(house, by=PROVINCE_HEAD, path={"unit": "44"}, body=province)
    incident = gathering(house, 3)

    shown = house.done("incident_handling_bodies", LEADER_DEPUTY, path={"incident": incident})["body"]["items"]

    assert [each["unit"] for each in shown] == ["44", "4401"]


def test_whoever_left_is_shown_as_gone_and_the_group_is_not_confirmed(house):
    sets(house)
    house.database.assignment_copies.delete_many({"state.person": SUPERVISOR.subject})

    gone = house.done("handling_body", MANAGER, path=CITY)["body"]["members"][2]

    assert (gone["person"], gone["in_post"]) == (SUPERVISOR.subject, False)
    assert code(house, "confirm_handling_body", MANAGER, body={}) == "emergency.member_unknown"


def test_a_group_moves_with_its_unit(house):
    sets(house)

    arrives(house, "HQ", "33", "4401", sequence=2)
    house.settle()

    assert house.database.handling_bodies.find_one({"_id": "4401"})["units"] == ["HQ", "33", "4401"]
