"""The staff: whoever is given a post is on it, whoever leaves holds nothing any more, and everybody is told."""

from datetime import timedelta
from functools import partial

import pytest

from chassis.clock import SteppedClock
from chassis.store import Contended
from security.service import Security
from services.emergency.tests.component.office import NINE
from services.security.tests.component.bureau import (
    HEAD,
    HEAD_OFFICE,
    HOLDERS,
    KEEPER,
    PROVINCE,
    READER,
    SOMEBODY,
    holders,
    staffed,
    units,
)
from tests.house import Badge, system

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.8")]

PERSON = SOMEBODY.subject
ZHEJIANG = system("personnel-33", "33", "staff.manage", "staff.read", "directory.assign")


def member(bureau, person=PERSON, by=KEEPER):
    return bureau.done("staff_member", by, path={"person": person})["body"]


def act(bureau, operation, body=None, *, person=PERSON, by=KEEPER, **rest):
    done = bureau.done(operation, by, path={"person": person}, body=body, **rest)
    bureau.settle()
    return done


def assignments(bureau, person=PERSON):
    found = bureau.done("assignment_list", KEEPER, query={"person": person})["body"]["items"]
    return {one["id"]: one["held_to"] for one in found}


@pytest.mark.clause("R9.1")
def test_whoever_is_given_a_post_is_on_the_staff(bureau):
    staffed(bureau)

    assert (member(bureau)["standing"], member(bureau)["unit"]) == ("employed", "4401003")
    stated = {each["person"] for each in bureau.events("staff_stated")}
    assert stated == {"P440100001", "P440100002", "P440100301", "P440000001"}


@pytest.mark.clause("R9.1")
def test_a_person_joins_is_stated_and_is_joined_once(bureau):
    units(bureau)
    body = {"person": "P440100901", "unit": "4401003"}

    done = bureau.done("join_staff", KEEPER, body=body, key="join")
    again = bureau.done("join_staff", KEEPER, body=body, key="join")

    assert (done["status"], done["location"], again["replayed"]) == (201, "/v1/staff/P440100901", True)
    assert bureau.refused("join_staff", KEEPER, body=body)["code"] == "chassis.exists"
    bureau.settle()
    (message,) = bureau.messages("staff_stated")
    assert (message.key, message.attributes["sequence"]) == ("staff_stated.44.4401.4401003", 1)


def test_whoever_leaves_holds_no_post_any_more_and_may_do_nothing(bureau):
    staffed(bureau)
    before = bureau.answer("staff_list", HEAD, query={})
    assert "ok" in before

    act(bureau, "leave_staff", {}, person=HEAD.subject)

    assert member(bureau, HEAD.subject)["standing"] == "left"
    assert assignments(bureau, HEAD.subject) == {"4401:centre_manager:P440100001:2026-01-01": "2026-11-23"}
    assert bureau.events("assignment_stated")[-1]["held_to"] == "2026-11-23"
    assert bureau.refused("staff_list", HEAD, query={})["code"] == "chassis.not_admitted"


def test_a_person_suspended_may_do_nothing_and_keeps_the_posts(bureau):
    staffed(bureau)

    act(bureau, "suspend_staff", {"ground": "investigation"}, person=HEAD.subject)

    assert bureau.refused("staff_list", HEAD, query={})["code"] == "chassis.not_admitted"
    assert assignments(bureau, HEAD.subject) == {"4401:centre_manager:P440100001:2026-01-01": None}
    act(bureau, "reinstate_staff", {}, person=HEAD.subject)
    assert "ok" in bureau.answer("staff_list", HEAD, query={})


def test_the_ground_of_a_suspension_is_in_no_event(bureau):
    staffed(bureau)

    act(bureau, "suspend_staff", {"ground": "investigation"})

    assert member(bureau)["ground"] == "investigation"
    assert all("investigation" not in each.body for each in bureau.exchange.arrived)


def test_a_departure_ahead_takes_effect_by_itself_at_its_time(bureau):
    staffed(bureau)
    at = NINE + timedelta(days=2)

    act(bureau, "leave_staff", {"at": at.isoformat()})
    bureau.step(at - timedelta(seconds=1))
    assert member(bureau)["standing"] == "employed"
    bureau.step(at)

    assert member(bureau)["standing"] == "left"
    assert list(assignments(bureau).values()) == ["2026-11-25"]


def test_a_departure_called_off_does_not_take_effect(bureau):
    staffed(bureau)
    act(bureau, "leave_staff", {"at": (NINE + timedelta(days=2)).isoformat()})

    act(bureau, "keep_staff")
    bureau.wait(days=5)

    assert (member(bureau)["standing"], member(bureau)["leaves_at"]) == ("employed", None)


def test_a_departure_told_twice_ends_each_assignment_once(bureau):
    staffed(bureau)
    act(bureau, "leave_staff", {})
    (message,) = (each for each in bureau.messages("staff_stated") if '"left"' in each.body)
    before = bureau.database["assignments"].find_one({"person": PERSON})

    bureau.deliver(message)
    bureau.settle()

    assert bureau.database["assignments"].find_one({"person": PERSON}) == before


def test_a_departure_told_again_after_the_return_takes_no_post_that_was_given_since(bureau):
    staffed(bureau)
    act(bureau, "leave_staff", {})
    (message,) = (each for each in bureau.messages("staff_stated") if '"left"' in each.body)
    bureau.wait(hours=1)
    act(bureau, "return_to_staff", {"unit": "4401003"})
    bureau.done("assign", KEEPER, body={"person": PERSON, "post": "guide", "unit": "4401003"})
    bureau.settle()

    bureau.deliver(message)
    bureau.settle()

    held = {"4401003:teller:P440100301:2026-01-01": "2026-11-23", "4401003:guide:P440100301:2026-11-23": None}
    assert assignments(bureau) == held


def test_an_assignment_begun_while_somebody_leaves_is_ended_all_the_same(bureau):
    staffed(bureau)
    act(bureau, "leave_staff", {})

    late = HOLDERS + f"{PERSON},guide,4401003,holder,2026-11-23,\n"
    holders(bureau, late)
    bureau.settle()

    assert assignments(bureau)[f"4401003:guide:{PERSON}:2026-11-23"] == "2026-11-23"


def test_nobody_who_has_left_is_given_a_post(bureau):
    staffed(bureau)
    act(bureau, "leave_staff", {})
    body = {"person": PERSON, "post": "guide", "unit": "4401003"}

    assert bureau.refused("assign", KEEPER, body=body)["code"] == "security.not_employed"
    act(bureau, "return_to_staff", {"unit": "4401003"})
    assert bureau.done("assign", KEEPER, body=body)["status"] == 201


@pytest.mark.clause("R9.5")
@pytest.mark.parametrize("order", [("seal_keeper", "document_keeper"), ("document_keeper", "seal_keeper")])
def test_of_two_posts_kept_apart_that_are_given_at_one_moment_one_is_held(bureau, monkeypatch, order):
    staffed(bureau)
    with monkeypatch.context() as unseen:
        unseen.setattr(bureau.service.assignments, "find", lambda *_, **__: [])
        for post in order:
            bureau.done("assign", KEEPER, body={"person": PERSON, "post": post, "unit": "4401003"})

    bureau.settle()

    ends = {name.split(":")[1]: end for name, end in assignments(bureau).items()}
    assert ends == {"document_keeper": None, "seal_keeper": "2026-11-23", "teller": "2026-12-31"}
    told = {one["post"]: one["held_to"] for one in bureau.events("assignment_stated") if one["person"] == PERSON}
    assert (told["document_keeper"], told["seal_keeper"]) == (None, "2026-11-23")


@pytest.mark.clause("R9.1")
def test_a_post_is_given_once_answered_alike_on_a_retry_and_ended(bureau):
    staffed(bureau)
    body = {"person": PERSON, "post": "guide", "unit": "4401003"}

    first = bureau.done("assign", KEEPER, body=body, key="guide")
    again = bureau.done("assign", KEEPER, body=body, key="guide")
    assert (again["replayed"], again["body"]) == (True, first["body"])
    assert bureau.refused("assign", KEEPER, body=body)["code"] == "chassis.exists"

    place = {"assignment": first["body"]["id"]}
    ended = bureau.done("end_assignment", KEEPER, path=place, body={})
    assert ended["body"]["held_to"] == "2026-11-23"
    assert bureau.refused("end_assignment", KEEPER, path=place, body={})["code"] == "security.already_ended"


@pytest.mark.clause("R9.1")
def test_an_end_that_was_entered_wrongly_is_corrected_and_what_stood_there_stays_beside_it(bureau):
    staffed(bureau)
    place = {"assignment": f"4401003:teller:{PERSON}:2026-01-01"}
    bureau.done("end_assignment", KEEPER, path=place, body={"on": "2026-11-01"})
    body = {"held_to": "2026-12-01", "reason": "终止日期登记有误"}
    bureau.settle()

    first = bureau.done("correct_assignment", KEEPER, path=place, body=body, key="c")["body"]
    again = bureau.done("correct_assignment", KEEPER, path=place, body=body, key="c")["body"]
    bureau.settle()

    (made,) = first["corrections"]
    assert (made["before"], made["after"], made["by"]) == ("2026-11-01", "2026-12-01", KEEPER.subject)
    assert again == first
    assert assignments(bureau)[place["assignment"]] == "2026-12-01"
    last = bureau.events("assignment_stated")[-1]
    assert (last["held_to"], "corrections" in last) == ("2026-12-01", False)


@pytest.mark.clause("R9.1")
def test_whoever_has_left_holds_nothing_again_by_a_correction(bureau):
    staffed(bureau)
    place = {"assignment": f"4401003:teller:{PERSON}:2026-01-01"}
    act(bureau, "leave_staff", {})
    bureau.settle()

    bureau.done("correct_assignment", KEEPER, path=place, body={"held_to": None, "reason": "误记"}, key="c")
    bureau.settle()

    assert assignments(bureau)[place["assignment"]] == "2026-11-23"


@pytest.mark.clause("R9.1")
def test_a_move_needs_the_grant_over_both_units(bureau):
    staffed(bureau)

    body = {"unit": "33"}
    refused = bureau.refused("move_staff", KEEPER, path={"person": PERSON}, body=body)
    assert refused["code"] == "chassis.not_permitted"
    assert act(bureau, "move_staff", {"unit": "4401"})["body"]["unit"] == "4401"
    assert bureau.refused("move_staff", KEEPER, path={"person": PERSON}, body={"unit": "99"})["code"] == (
        "security.unit_unknown"
    )


@pytest.mark.clause("R9.1")
def test_whoever_left_one_province_may_join_another_and_nobody_else_is_fetched_from_there(bureau):
    staffed(bureau)
    path, body = {"person": PERSON}, {"unit": "33"}

    assert bureau.refused("return_to_staff", ZHEJIANG, path=path, body=body)["code"] == "chassis.not_found"
    act(bureau, "leave_staff", {})
    assert act(bureau, "return_to_staff", body, by=ZHEJIANG)["body"]["units"] == ["HQ", "33"]
    assert bureau.refused("staff_member", KEEPER, path=path)["code"] == "chassis.not_found"


@pytest.mark.parametrize("by", [READER, SOMEBODY, PROVINCE, Badge("P999999999")])
def test_nobody_changes_the_staff_without_the_grant(bureau, by):
    staffed(bureau)

    assert bureau.refused("leave_staff", by, path={"person": PERSON}, body={})["code"] == "chassis.not_granted"
    assert bureau.refused("join_staff", by, body={"person": "P440100901", "unit": "4401003"})["code"] == (
        "chassis.not_granted"
    )


def test_two_who_suspend_and_dismiss_at_once_leave_one_history(bureau):
    staffed(bureau)
    other = bureau_of(bureau)
    real, raced = bureau.service.staff.members._write, []

    def beaten(*arguments):
        if not raced:
            raced.append(other.done("leave_staff", KEEPER, path={"person": PERSON}, body={}))
        return real(*arguments)

    bureau.service.staff.members._write = beaten
    refusal = bureau.refused("suspend_staff", KEEPER, path={"person": PERSON}, body={"ground": "other"})

    assert refusal["code"] == "security.not_employed"
    assert [one["standing"] for one in member(bureau)["standings"]] == ["employed", "left"]
    assert refusal["code"] != Contended.code


def bureau_of(bureau):
    """A second replica on the same database."""
    from tests.house import Ground

    return Ground(bureau.database, bureau.keys).house(
        partial(Security, keys=bureau.keys), "security", clock=SteppedClock(NINE), exchange=bureau.exchange
    )


def test_the_staff_is_listed_by_standing_within_reach(bureau):
    staffed(bureau)
    act(bureau, "suspend_staff", {"ground": "other"})

    listed = bureau.done("staff_list", KEEPER, query={"standing": "suspended"})["body"]["items"]
    assert [one["person"] for one in listed] == [PERSON]
    assert bureau.done("staff_list", ZHEJIANG, query={})["body"]["items"] == []
    assert bureau.refused("staff_list", HEAD_OFFICE, query={})["code"] == "chassis.not_granted"
