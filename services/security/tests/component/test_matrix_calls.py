"""R9.5: the post–permission matrix over the wire: who draws it up, sets, accepts, sees and recertifies it."""

import json

import pytest

from security.matrix_versions import RECERTIFY_AFTER
from services.security.tests.component.staffed import (
    ALMIGHTY,
    AUDITOR,
    DEPUTY,
    ELSEWHERES,
    EXPLAINED,
    HEAD,
    IT,
    IT_TOO,
    MANAGER,
    PROVINCE_UNIT,
    REVIEWER,
    ROWS,
    TELLER,
    WIDER,
    digest_of,
    drawn,
    in_force,
    setting,
    submitted,
    was_set,
)

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.5")]


def code(house, operation, by, body=None, path=PROVINCE_UNIT, **request):
    return house.refused(operation, by, path=path, body={} if body is None else body, **request)["code"]


def shown(house, by=AUDITOR):
    return house.done("matrix", by, path=PROVINCE_UNIT)["body"]


def test_a_version_comes_into_force_by_three_people_and_everybody_is_named(province):
    assert drawn(province)["status"] == 201
    province.done("submit_matrix", HEAD, path=PROVINCE_UNIT, body={})
    export = province.done("matrix_export", IT, path=PROVINCE_UNIT)["body"]
    reported = {"digest": export["digest"], "rows": export["rows"]}
    province.done("report_setting", IT, path=PROVINCE_UNIT, body=reported)
    accepted = province.done("accept_matrix", DEPUTY, path=PROVINCE_UNIT, body={})["body"]

    version = shown(province)["in_force"]
    assert accepted["in_force"] == version
    assert (version["version"], version["digest"]) == (1, digest_of(ROWS))
    assert (version["submitted_by"], version["set_by"], version["accepted_by"]) == (
        HEAD.subject,
        IT.subject,
        DEPUTY.subject,
    )
    assert export["csv"].splitlines()[0] == "post,permission,scope"
    assert {each["post"] for each in export["rows"]} == {"teller", "counter_supervisor"}


def test_differences_are_listed_and_hold_the_acceptance_until_each_is_explained(province):
    was_set(province, WIDER, of=ROWS)

    (difference,) = shown(province)["draft"]["differences"]
    refusal = province.refused("accept_matrix", REVIEWER, path=PROVINCE_UNIT, body={})
    accepted = province.done("accept_matrix", REVIEWER, path=PROVINCE_UNIT, body=EXPLAINED)["body"]

    assert difference == {"post": "teller", "permission": "policy.change", "wanted": "own", "found": "unit"}
    assert (refusal["code"], "policy.change" in refusal["zh"]) == ("security.differences_unexplained", True)
    assert accepted["in_force"]["explained"] == EXPLAINED["explanations"]
    assert accepted["in_force"]["digest"] == digest_of(WIDER)


def test_a_new_version_supersedes_and_the_earlier_ones_are_kept_whole(province):
    in_force(province)
    in_force(province, WIDER)

    kept = province.done("matrix_versions", AUDITOR, path=PROVINCE_UNIT, query={"limit": 1})
    rest = province.done("matrix_versions", AUDITOR, path=PROVINCE_UNIT, query={"limit": 10, "cursor": kept["next"]})

    assert [each["row"]["digest"] for each in kept["body"]["items"]] == [digest_of(ROWS)]
    assert [each["row"]["digest"] for each in rest["body"]["items"]] == [digest_of(WIDER)]
    assert shown(province)["in_force"]["version"] == 2
    stated = province.events("matrix_stated")[-1]
    assert (stated["unit"], stated["version"], stated["stage"]) == ("44", 2, None)


def test_a_version_goes_back_with_its_reason_and_is_submitted_again(province):
    submitted(province)
    back = province.done("return_matrix", IT, path=PROVINCE_UNIT, body={"reason": "系统无此权限"})["body"]["draft"]

    assert (back["stage"], back["returned"]["by"], back["returned"]["reason"]) == (
        "drafting",
        IT.subject,
        "系统无此权限",
    )
    submitted(province, WIDER)
    assert shown(province)["draft"]["stage"] == "submitted"


def test_two_who_accept_at_once_have_one_effect(province):
    was_set(province)
    version = province.done("matrix", REVIEWER, path=PROVINCE_UNIT)["version"]
    province.done("accept_matrix", REVIEWER, path=PROVINCE_UNIT, body={}, if_match=version)

    assert code(province, "accept_matrix", DEPUTY, if_match=version) == "chassis.version_changed"
    assert code(province, "accept_matrix", DEPUTY) == "security.no_draft"
    assert shown(province)["in_force"]["accepted_by"] == REVIEWER.subject


def test_a_retry_by_key_changes_nothing(province):
    first, again = drawn(province, key="a"), drawn(province, key="a")
    anew = drawn(province, WIDER, key="b")

    assert (again["status"], again["replayed"], again["version"]) == (201, True, first["version"])
    assert (anew["status"], anew["version"]) == (200, 2)


@pytest.mark.parametrize(
    ("operation", "by", "expected"),
    [
        ("draft_matrix", TELLER, "chassis.not_granted"),
        ("draft_matrix", MANAGER, "chassis.not_granted"),
        ("draft_matrix", IT, "chassis.not_granted"),
        ("draft_matrix", AUDITOR, "chassis.not_granted"),
        ("draft_matrix", ALMIGHTY, "security.beyond_authority"),
        ("draft_matrix", ELSEWHERES, "chassis.not_found"),
        ("report_setting", HEAD, "chassis.not_granted"),
        ("report_setting", ALMIGHTY, "security.beyond_authority"),
        ("accept_matrix", HEAD, "chassis.own_work"),
        ("accept_matrix", IT, "chassis.not_granted"),
        ("accept_matrix", ELSEWHERES, "chassis.not_found"),
    ],
)
def test_who_may_not_does_not(province, operation, by, expected):
    was_set(province)
    bodies = {"draft_matrix": {"rows": ROWS}, "report_setting": setting(), "accept_matrix": {}}

    assert code(province, operation, by, bodies[operation]) == expected


@pytest.mark.parametrize(
    ("rows", "pointer"),
    [
        ([], "/body/rows"),
        ([{**ROWS[0], "scope": "everywhere"}], "/body/rows/0/scope"),
        ([{**ROWS[0], "post": "柜员"}], "/body/rows/0/post"),
        ([ROWS[0], {**ROWS[1], "post": "king"}], "/body/rows/1/post"),
        ([{**ROWS[0], "permission": "fly"}], "/body/rows/0/permission"),
        ([ROWS[0], ROWS[0]], "/body/rows/1"),
    ],
)
def test_a_row_that_cannot_be_is_named_by_its_place(province, rows, pointer):
    refusal = province.refused("draft_matrix", HEAD, path=PROVINCE_UNIT, body={"rows": rows})

    assert (refusal["kind"], [each["pointer"] for each in refusal["fields"]]) == ("malformed", [pointer])


def test_a_missed_recertification_is_said_once_to_the_level_above_and_marked_until_it_is_made(province):
    in_force(province)
    province.wait(days=RECERTIFY_AFTER.days)

    (said,) = province.events("recertification_overdue")
    (message,) = province.messages("recertification_overdue")
    marked = province.done("matrix_list", AUDITOR, query={"overdue": True})["body"]["items"]
    province.wait(days=RECERTIFY_AFTER.days)
    again = province.done("recertify_matrix", DEPUTY, path=PROVINCE_UNIT, body={})["body"]

    assert (said["unit"], said["above"], said["version"]) == ("44", "HQ", 1)
    assert message.attributes["units"] == "HQ,44"
    assert [each["unit"] for each in marked] == ["44"]
    assert len(province.events("recertification_overdue")) == 1
    assert (again["unrecertified_since"], again["in_force"]["recertified_by"]) == (None, DEPUTY.subject)
    assert province.done("matrix_list", AUDITOR, query={"overdue": True})["body"]["items"] == []


def test_a_recertification_in_time_puts_the_next_half_year_off(province):
    in_force(province)
    province.wait(days=100)
    province.done("recertify_matrix", HEAD, path=PROVINCE_UNIT, body={})
    province.wait(days=RECERTIFY_AFTER.days - 1)

    assert province.events("recertification_overdue") == []
    province.wait(days=1)
    assert len(province.events("recertification_overdue")) == 1


def test_events_name_nobody(province):
    in_force(province)

    for message in province.messages("matrix_stated"):
        assert set(json.loads(message.body)) & {"drafters", "set_by", "accepted_by", "rows"} == set()


def test_the_catalogue_and_decalogs_own_table_are_there_for_everybody_at_a_post(province):
    catalogue = province.done("permission_catalogue", TELLER)["body"]
    table = province.done("decalog_matrix", TELLER)["body"]

    (close,) = [each for each in table["actions"] if each["action"] == "incident.close"]
    assert {"post": "centre_manager", "marks": "A", "limit": "up to IV"} in close["parts"]
    assert {each["code"] for each in catalogue["permissions"]} >= {"policy.change", "payment.release"}
    assert catalogue["separations"][0]["why_zh"]


def test_it_at_two_places_may_both_set_and_the_last_counts(province):
    submitted(province)
    province.done("report_setting", IT, path=PROVINCE_UNIT, body=setting(WIDER))
    province.done("report_setting", IT_TOO, path=PROVINCE_UNIT, body=setting())

    draft = shown(province)["draft"]
    assert (draft["differences"], draft["setters"]) == ([], [IT.subject, IT_TOO.subject])
