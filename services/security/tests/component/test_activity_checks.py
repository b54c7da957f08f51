"""R4.6, R9.8: leavers among the acts of a business system are checked by the head and reported to the province."""

from datetime import timedelta

import pytest

from services.emergency.tests.component.office import NINE
from services.security.tests.component.bureau import (
    CORE,
    DEPUTY,
    GATEWAY,
    HEAD,
    KEEPER,
    PROVINCE_HEAD,
    READER,
    SOMEBODY,
    staffed,
)
from tests.house import system

pytestmark = [pytest.mark.live, pytest.mark.clause("R4.6"), pytest.mark.clause("R9.8")]

PERSON = SOMEBODY.subject
CHECK = f"4401003:{PERSON}:2026-11-23"
RESULT = {"finding": "rights_not_withdrawn", "words": "权限未及时回收，已于当日回收"}


def acts(*references, person=PERSON, unit="4401003", at=NINE, system="core"):
    return [
        {"person": person, "unit": unit, "at": at.isoformat(), "system": system, "reference": one} for one in references
    ]


def report(bureau, rows, by=CORE, **rest):
    answer = bureau.done("report_activities", by, body={"acts": rows}, **rest)["body"]
    bureau.settle()
    return answer


def gone(bureau):
    staffed(bureau)
    bureau.done("leave_staff", KEEPER, path={"person": PERSON}, body={})
    bureau.settle()
    bureau.wait(minutes=10)
    return bureau


def check(bureau, id=CHECK):
    return bureau.done("activity_check", CORE, path={"check": id})["body"]


def test_acts_in_order_open_no_check(bureau):
    staffed(bureau)

    assert report(bureau, acts("T-1", "T-2")) == {"examined": 2, "checks": []}
    assert bureau.events("departed_activity_found") == []


def test_a_leavers_act_opens_one_check_that_the_province_learns_of_at_once(bureau):
    gone(bureau)

    assert report(bureau, acts("T-1", "T-2", at=NINE + timedelta(minutes=5)))["checks"] == [CHECK]

    (told,) = bureau.events("departed_activity_found")
    assert (told["person"], told["unit"], told["cause"]) == (PERSON, "4401003", "left")
    (message,) = bureau.messages("departed_activity_found")
    assert message.key == "notice.44.4401.4401003"
    assert (check(bureau)["state"], len(check(bureau)["acts"])) == ("open", 2)


def test_the_same_acts_reported_again_change_nothing(bureau):
    gone(bureau)
    rows = acts("T-1", "T-2", at=NINE + timedelta(minutes=5))
    report(bureau, rows, key="one")
    before = bureau.database["activity_checks"].find_one({"_id": CHECK})["state"]

    for key in ("one", "two", None):
        assert report(bureau, rows, key=key)["checks"] == [CHECK]

    assert bureau.database["activity_checks"].find_one({"_id": CHECK})["state"] == before
    assert len(bureau.events("departed_activity_found")) == 1


def test_a_further_act_joins_the_open_check_and_after_the_result_opens_another(bureau):
    gone(bureau)
    late = NINE + timedelta(minutes=5)
    report(bureau, acts("T-1", at=late))
    report(bureau, acts("T-2", at=late))
    assert len(check(bureau)["acts"]) == 2
    bureau.done("record_activity_result", HEAD, path={"check": CHECK}, body=RESULT)

    assert report(bureau, acts("T-1", "T-3", at=late))["checks"] == [f"{CHECK}:2"]
    assert [one["reference"] for one in check(bureau, f"{CHECK}:2")["acts"]] == ["T-3"]
    assert report(bureau, acts("T-1", at=late))["checks"] == [CHECK]


def test_a_call_of_somebody_refused_opens_a_check_and_one_of_somebody_employed_none(bureau):
    staffed(bureau)
    call = {"person": PERSON, "operation": "incident_list", "at": NINE.isoformat()}
    assert bureau.done("refused_call", GATEWAY, body=call)["body"]["checks"] == []
    assert bureau.done("refused_call", GATEWAY, body={**call, "person": "P999999999"})["body"]["checks"] == []

    bureau.done("suspend_staff", KEEPER, path={"person": PERSON}, body={"ground": "investigation"})
    for _ in range(3):
        assert bureau.done("refused_call", GATEWAY, body=call)["body"]["checks"] == [CHECK]

    assert (check(bureau)["cause"], len(check(bureau)["acts"])) == ("suspended", 1)


def test_a_call_of_somebody_refused_is_noted_by_nobody_whose_grant_ends_elsewhere(bureau):
    gone(bureau)
    called = {"person": PERSON, "operation": "emergency.incident", "at": bureau.clock.now().isoformat()}

    for unit in ("33", "4401001"):
        answer = bureau.done("refused_call", system("gateway-too", unit, "call.refused"), body=called)
        assert answer["body"] == {"examined": 1, "checks": []}

    assert bureau.done("refused_call", GATEWAY, body=called)["body"]["checks"] != []


def test_the_heads_result_goes_to_the_province_without_the_heads_words(bureau):
    gone(bureau)
    report(bureau, acts("T-1", at=NINE + timedelta(minutes=5)))

    answer = bureau.done("record_activity_result", HEAD, path={"check": CHECK}, body=RESULT)["body"]
    bureau.settle()

    assert (answer["state"], answer["words"]) == ("checked", RESULT["words"])
    (told,) = bureau.events("departed_activity_checked")
    assert (told["finding"], told["checked_by"], told["late_seconds"]) == ("rights_not_withdrawn", HEAD.subject, 0)
    assert all(RESULT["words"] not in each.body for each in bureau.exchange.arrived)


def todo(bureau, by):
    return [one["id"] for one in bureau.done("my_tasks", by)["body"]["items"]]


def test_the_check_is_a_task_of_the_head_at_once_and_the_result_one_of_the_province(bureau):
    gone(bureau)
    report(bureau, acts("T-1", at=NINE + timedelta(minutes=5)))
    assert (todo(bureau, HEAD), todo(bureau, DEPUTY), todo(bureau, PROVINCE_HEAD)) == (
        [f"{CHECK}:check"],
        [f"{CHECK}:check"],
        [],
    )

    bureau.done("record_activity_result", HEAD, path={"check": CHECK}, body=RESULT)
    bureau.settle()
    assert (todo(bureau, HEAD), todo(bureau, PROVINCE_HEAD)) == ([], [f"{CHECK}:receive"])

    bureau.done("receive_activity_result", PROVINCE_HEAD, path={"check": CHECK}, body={})
    bureau.settle()
    assert todo(bureau, PROVINCE_HEAD) == []


def test_a_head_who_is_suspended_is_no_head_to_check(bureau):
    gone(bureau)
    bureau.done("suspend_staff", KEEPER, path={"person": HEAD.subject}, body={"ground": "other"})
    bureau.done("leave_staff", KEEPER, path={"person": DEPUTY.subject}, body={})
    bureau.settle()

    report(bureau, acts("T-1", at=NINE + timedelta(minutes=5)))

    assert todo(bureau, PROVINCE_HEAD) == [f"{CHECK}:check"]


def test_the_province_receives_the_result(bureau):
    gone(bureau)
    report(bureau, acts("T-1", at=NINE + timedelta(minutes=5)))
    path = {"check": CHECK}
    assert (
        bureau.refused("receive_activity_result", PROVINCE_HEAD, path=path, body={})["code"] == "security.not_checked"
    )

    bureau.done("record_activity_result", HEAD, path=path, body=RESULT)
    received = bureau.done("receive_activity_result", PROVINCE_HEAD, path=path, body={})["body"]

    assert (received["state"], received["received_by"]) == ("received", PROVINCE_HEAD.subject)
    assert [(one["whom"], one["channel"]) for one in received["told"]] == [("post:44:province_ops_head", "task")]
    assert bureau.refused("receive_activity_result", HEAD, path=path, body={})["code"] == "chassis.not_granted"


def test_a_check_without_a_result_is_told_to_the_province_and_then_to_head_office(bureau):
    gone(bureau)
    report(bureau, acts("T-1", at=NINE + timedelta(minutes=5)))

    bureau.wait(hours=24)
    assert [one["addressee"] for one in bureau.events("departed_activity_overdue")] == ["province"]
    bureau.wait(days=10)

    assert [one["addressee"] for one in bureau.events("departed_activity_overdue")] == ["province", "head_office"]


def test_a_result_in_time_leaves_nothing_to_tell(bureau):
    gone(bureau)
    report(bureau, acts("T-1", at=NINE + timedelta(minutes=5)))
    bureau.done("record_activity_result", HEAD, path={"check": CHECK}, body=RESULT)

    bureau.wait(days=10)

    assert bureau.events("departed_activity_overdue") == []


def test_steps_missed_in_an_outage_are_told_together_once(bureau):
    gone(bureau)
    report(bureau, acts("T-1", at=NINE + timedelta(minutes=5)))

    bureau.silence(days=4)
    bureau.wait(minutes=1)
    bureau.wait(days=4)

    assert [one["addressee"] for one in bureau.events("departed_activity_overdue")] == ["province", "head_office"]


def test_an_act_of_an_unknown_unit_outside_of_reach_or_in_the_future_refuses_the_whole_report(bureau):
    gone(bureau)
    city = system("core-33", "33", "activity.report")
    late = acts("T-9", at=bureau.clock.now() + timedelta(seconds=1))

    for by, rows, code in (
        (CORE, acts("T-1") + acts("T-2", unit="9999"), "security.unit_unknown"),
        (city, acts("T-1"), "chassis.not_permitted"),
        (CORE, acts("T-1") + late, "security.act_in_future"),
    ):
        assert bureau.refused("report_activities", by, body={"acts": rows})["code"] == code
    assert bureau.database["activity_checks"].count_documents({}) == 0


def test_nobody_reports_or_checks_without_the_grant(bureau):
    gone(bureau)
    report(bureau, acts("T-1", at=NINE + timedelta(minutes=5)))

    assert bureau.refused("report_activities", READER, body={"acts": acts("T-1")})["code"] == "chassis.not_granted"
    assert bureau.refused("record_activity_result", CORE, path={"check": CHECK}, body=RESULT)["code"] == (
        "chassis.not_granted"
    )


def test_two_heads_who_record_a_result_at_once_leave_one(bureau):
    gone(bureau)
    report(bureau, acts("T-1", at=NINE + timedelta(minutes=5)))
    checks = bureau.service.activities.checks
    real, raced = checks._write, []

    def beaten(*arguments):
        if not raced:
            raced.append(None)
            raced[0] = bureau.done("record_activity_result", DEPUTY, path={"check": CHECK}, body=RESULT)
        return real(*arguments)

    checks._write = beaten
    refused = bureau.refused("record_activity_result", HEAD, path={"check": CHECK}, body=RESULT)

    assert refused["code"] == "security.checked_already"
    assert check(bureau)["checked_by"] == DEPUTY.subject
