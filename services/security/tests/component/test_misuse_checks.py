"""A reader who has used up a day's readings, and a code in use at two counters, are looked into by the heads there."""

import pytest

from chassis.refiling import LAG
from services.emergency.tests.component.office import NINE
from services.security.tests.component.bureau import PLANNER
from services.security.tests.component.staffed import (
    ACTING,
    COUNTER,
    ELSEWHERES,
    HEAD,
    MANAGER,
    NEIGHBOUR,
    SUPERVISOR,
    TELLER,
)
from tests.house import system

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.7"), pytest.mark.clause("R9.17")]

DAY = "2026-11-23"
FOUND = {"verdict": "misuse", "words": "未经授权批量查看，已停用权限"}
OFFICE = system("office", "HQ", "activity.read", "activity.check")


def reads(house, reader=TELLER.subject, day=DAY, sequence=1):
    house.settle()
    said = {"reader": reader, "day": day, "readings": 30, "at": NINE.isoformat()}
    message = house.hear("notifier", "disclosure_limit_reached", f"{reader}:{day}", said, sequence=sequence)
    house.settle()
    return message


def tasks(house, by):
    return [one["about"] for one in house.done("my_tasks", by, query={})["body"]["items"]]


def checks(house, by=OFFICE, **query):
    return [one["id"] for one in house.done("misuse_check_list", by, query=query)["body"]["items"]]


def test_the_head_of_a_reader_looks_into_it_once_a_day(province):
    message = reads(province)
    province.deliver(message)
    reads(province, sequence=2)

    name = f"disclosure_limit:{COUNTER}:{TELLER.subject}:{DAY}"
    assert checks(province) == [name]
    assert tasks(province, SUPERVISOR) == [f"/v1/misuse-checks/{name}"]
    reads(province, day="2026-11-24")
    assert len(checks(province, ground="disclosure_limit")) == 2


def test_a_head_who_reads_is_looked_into_by_whoever_acts_beside_them_and_not_by_themselves(province):
    reads(province, reader=SUPERVISOR.subject)

    assert len(tasks(province, ACTING)) == 1
    refused = province.refused(
        "record_misuse_result",
        SUPERVISOR,
        path={"check": f"disclosure_limit:{COUNTER}:{SUPERVISOR.subject}:{DAY}"},
        body=FOUND,
    )
    assert refused["code"] == "security.own_activity"


@pytest.mark.parametrize("reader", ["ccms-44", "ccms/44", "P999999999", "x" * 200])
def test_a_reader_who_belongs_nowhere_is_looked_into_by_head_office(province, reader):
    reads(province, reader=reader)

    (name,) = checks(province)
    seen = province.done("misuse_check", OFFICE, path={"check": name})["body"]
    assert (seen["unit"], seen["subject"]) == ("HQ", reader)
    assert "/" not in name
    assert province.refused("misuse_check", HEAD, path={"check": name})["code"] == "chassis.not_found"


def test_a_shared_code_is_looked_into_at_both_counters(province):
    province.settle()
    said = {"person": TELLER.subject, "counters": ["4401001", COUNTER], "day": DAY}
    province.hear("security", "account_sharing_suspected", "account/GD0301", said)
    province.settle()

    assert sorted(checks(province, ground="code_shared")) == [
        f"code_shared:4401001:{TELLER.subject}:{DAY}",
        f"code_shared:{COUNTER}:{TELLER.subject}:{DAY}",
    ]
    assert len(tasks(province, SUPERVISOR)) == 1
    assert len(tasks(province, MANAGER)) == 1  # nobody supervises the other counter


@pytest.mark.parametrize(("verdict", "told"), [("misuse", 1), ("in_order", 0), ("unclear", 0)])
def test_misuse_is_told_upward_without_the_heads_words_and_nothing_else_is(province, verdict, told):
    reads(province)
    (name,) = checks(province)

    done = province.done("record_misuse_result", SUPERVISOR, path={"check": name}, body=FOUND | {"verdict": verdict})
    province.settle()

    assert (done["body"]["verdict"], done["body"]["checked_by"]) == (verdict, SUPERVISOR.subject)
    said = province.events("misuse_found")
    assert len(said) == told
    assert all("words" not in one and TELLER.subject not in one.values() for one in said)
    assert tasks(province, SUPERVISOR) == [f"/v1/misuse-checks/{name}"] * told


def test_misuse_is_put_right_by_the_head_and_struck_off_by_another(province):
    reads(province)
    (name,) = checks(province)
    path, done = {"check": name}, {"note": "已收回权限并对本人进行合规教育"}
    province.done("record_misuse_result", SUPERVISOR, path=path, body=FOUND)
    province.done("put_misuse_right", SUPERVISOR, path=path, body=done, key="f1")
    province.settle()

    assert tasks(province, ACTING) == [f"/v1/misuse-checks/{name}"]
    own = province.refused("verify_misuse", SUPERVISOR, path=path, body={})
    assert own["code"] == "chassis.rectification_own_work"
    province.done("reject_misuse_fix", ACTING, path=path, body={"reason": "权限尚未收回"}, key="r1")
    province.done("put_misuse_right", SUPERVISOR, path=path, body=done, key="f2")
    seen = province.done("verify_misuse", MANAGER, path=path, body={})["body"]["rectification"]
    province.settle()

    assert (seen["state"], seen["verifier"], seen["rejections"]) == ("closed", MANAGER.subject, 1)
    assert seen["evidence"] == done
    assert (tasks(province, SUPERVISOR), tasks(province, ACTING)) == ([], [])


def test_an_open_check_moves_with_its_unit(province):
    reads(province)
    (name,) = checks(province)

    province.done("move_unit", PLANNER, path={"unit": "4401"}, body={"parent": "33"})
    province.settle()
    province.work_off(after=LAG)

    assert checks(province, ELSEWHERES) == [name]
    assert checks(province, HEAD) == []


def test_of_two_heads_at_once_one_result_stands(province):
    reads(province)
    (name,) = checks(province)
    version = province.done("misuse_check", SUPERVISOR, path={"check": name})["version"]
    province.done("record_misuse_result", SUPERVISOR, path={"check": name}, body=FOUND, if_match=version)

    refused = province.refused("record_misuse_result", MANAGER, path={"check": name}, body=FOUND, if_match=version)

    assert refused["code"] == "chassis.version_changed"


def test_nobody_without_the_grant_sees_or_records(province):
    reads(province)
    (name,) = checks(province)

    assert province.refused("misuse_check", TELLER, path={"check": name})["code"] == "chassis.not_granted"
    refused = province.refused("record_misuse_result", NEIGHBOUR, path={"check": name}, body=FOUND)
    assert refused["code"] == "chassis.not_granted"
