"""R9.6, R9.7 over the wire: a lost second factor is taken away by two people, and neither of them gets in."""

from datetime import timedelta

import pytest

from chassis.work import approvals
from security import account_refusals as no
from security.authority import BeyondAuthority
from security.factor_removal_operations import FACTOR_REMOVAL_EVENTS, FACTOR_REMOVAL_OPERATIONS
from security.factor_removals import LAPSES, PICKED_UP
from services.security.tests.component.bureau import HEAD_OFFICE, holders
from services.security.tests.component.lobby import (
    ADMIN,
    ANYBODY,
    CHIEF,
    CODE,
    HEAD,
    HEAD_CODE,
    HEAD_PASSWORD,
    MANAGER,
    OTHER,
    PASSWORD,
    REASON,
    SECOND_ADMIN,
    TELLER,
    active,
    changed,
    enrolled,
    opened,
    present_code,
    refreshed,
    removal_approved,
    removal_asked,
    shown,
    signed_in,
    turned_away,
)
from tests.house import system

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.6", "R9.7")]

PATH = {"account": CODE}
REFUSED = "security.sign_in_refused"
NEXT = "Canton-tower 605"


def tasks(house, by):
    return [each["done_at"] for each in house.done("my_tasks", by)["body"]["items"]]


def reset(house, by=ADMIN, code=CODE):
    return house.done("reset_account", by, path={"account": code}, body={})["body"]["one_time_password"]


def as_head(house):
    """The province's head with a second factor in use; signed in with it."""
    secret = enrolled(house, HEAD_CODE, HEAD, HEAD_PASSWORD)
    given = {"code": HEAD_CODE, "password": HEAD_PASSWORD}
    return secret, signed_in(house, **given, second_factor=present_code(house, secret))


def test_the_owner_needs_what_each_of_the_two_hands_over_and_sets_up_the_next_one(lobby):
    old, tokens = as_head(lobby)
    given = {"code": HEAD_CODE, "password": NEXT}
    asked = removal_asked(lobby, HEAD_CODE)
    assert asked["factor_removal"]["asked_by"] == ADMIN.subject
    code = removal_approved(lobby, HEAD_CODE, CHIEF)["pick_up_code"]
    assert refreshed(lobby, tokens["refresh_token"])["refusal"]["code"] == "security.refresh_refused"
    assert shown(lobby, HEAD_CODE)["second_factor"] == "to_pick_up"
    first = reset(lobby, code=HEAD_CODE)

    body = {"old_password": first, "new_password": NEXT}
    for factor in (None, present_code(lobby, old, steps=1), f"{(int(code) + 1) % 1_000_000:06}"):
        wrong = {**body, "second_factor": factor}
        assert lobby.refused("change_password", ANYBODY, path={"account": HEAD_CODE}, body=wrong)["code"] == REFUSED
    secret = changed(lobby, HEAD_CODE, first, NEXT, second_factor=code)["second_factor"]["secret"]

    assert turned_away(lobby, **given)["code"] == REFUSED
    assert turned_away(lobby, **given, second_factor=code)["code"] == REFUSED
    signed_in(lobby, **given, second_factor=present_code(lobby, secret))
    assert shown(lobby, HEAD_CODE)["second_factor"] == "in_use"


def test_between_removal_and_the_next_factor_nothing_opens_by_a_password(lobby):
    enrolled(lobby)
    removal_asked(lobby)
    before = reset(lobby, SECOND_ADMIN)
    removal_approved(lobby)

    for password in (PASSWORD, before, reset(lobby)):
        assert turned_away(lobby, password=password)["code"] == REFUSED
    body = {"password": before}
    assert lobby.refused("enrol_second_factor", TELLER, path=PATH, body=body)["code"] == REFUSED


@pytest.mark.parametrize(("late", "good"), [(timedelta(milliseconds=-1), True), (timedelta(0), False)])
def test_a_pick_up_code_is_good_for_three_days(lobby, late, good):
    enrolled(lobby)
    removal_asked(lobby)
    code = removal_approved(lobby)["pick_up_code"]
    lobby.clock.step(lobby.clock.now() + PICKED_UP + late)
    first = reset(lobby)

    body = {"old_password": first, "new_password": NEXT, "second_factor": code}
    assert ("ok" in lobby.answer("change_password", ANYBODY, path=PATH, body=body)) is good


def test_it_is_a_task_of_the_provinces_head_until_it_is_decided(lobby):
    enrolled(lobby)
    removal_asked(lobby)
    lobby.settle()
    done_at = f"/v1/accounts/{CODE}/factor-removal/approval"
    assert (tasks(lobby, HEAD), tasks(lobby, OTHER), tasks(lobby, ADMIN)) == ([done_at], [], [])
    seen = lobby.done("factor_removal", HEAD, path=PATH)["body"]["factor_removal"]
    assert seen["reason"] == REASON["reason"]

    lobby.done("refuse_factor_removal", HEAD, path=PATH, body={"reason": "手机在本人处"})
    lobby.settle()

    assert tasks(lobby, HEAD) == []
    assert shown(lobby)["factor_removal"] is None
    assert shown(lobby)["second_factor"] == "in_use"


def test_a_heads_own_one_is_a_task_of_head_office(lobby):
    enrolled(lobby, HEAD_CODE, HEAD, HEAD_PASSWORD)
    removal_asked(lobby, HEAD_CODE)
    lobby.settle()

    assert (len(tasks(lobby, CHIEF)), tasks(lobby, HEAD)) == (1, [])


@pytest.mark.parametrize(("late", "lapsed"), [(timedelta(milliseconds=-1), False), (timedelta(0), True)])
def test_what_nobody_decides_lapses_after_a_day(lobby, late, lapsed):
    enrolled(lobby)
    removal_asked(lobby)
    lobby.wait(milliseconds=(LAPSES + late) / timedelta(milliseconds=1))
    lobby.settle()

    assert (tasks(lobby, HEAD) == []) is lapsed
    assert (shown(lobby)["factor_removal"] is None) is lapsed
    assert ("ok" in lobby.answer("approve_factor_removal", HEAD, path=PATH, body={})) is not lapsed


def test_an_owner_who_signs_in_with_the_factor_voids_what_was_asked(lobby):
    secret = enrolled(lobby)
    removal_asked(lobby)
    signed_in(lobby, second_factor=present_code(lobby, secret))
    lobby.settle()

    assert tasks(lobby, HEAD) == []
    refusal = lobby.refused("approve_factor_removal", HEAD, path=PATH, body={})
    assert refusal["code"] == no.RemovalMissing.code


def test_a_repeated_approval_shows_no_code_and_takes_no_second_factor(lobby):
    enrolled(lobby)
    removal_asked(lobby, key="a")
    removal_asked(lobby, key="a")
    first = removal_approved(lobby, key="b")
    assert removal_approved(lobby, key="b")["pick_up_code"] is None
    secret = changed(lobby, CODE, reset(lobby), NEXT, second_factor=first["pick_up_code"])["second_factor"]["secret"]

    assert removal_approved(lobby, key="b")["pick_up_code"] is None
    assert removal_asked(lobby, key="a")["factor_removal"] is None

    signed_in(lobby, password=NEXT, second_factor=present_code(lobby, secret))


def test_of_two_who_approve_at_once_one_gets_the_code(lobby):
    enrolled(lobby)
    removal_asked(lobby)
    kept = lobby.service.account_desk.accounts
    real, raced = kept._write, []

    def beaten(*arguments):
        if not raced:
            raced.append(None)
            raced[0] = removal_approved(lobby, by=CHIEF)
        return real(*arguments)

    kept._write = beaten
    refusal = lobby.refused("approve_factor_removal", HEAD, path=PATH, body={})

    assert refusal["code"] == no.RemovalMissing.code
    changed(lobby, CODE, reset(lobby), NEXT, second_factor=raced[0]["pick_up_code"])


def test_an_owner_who_signs_in_while_it_is_approved_keeps_the_factor(lobby):
    secret = enrolled(lobby)
    removal_asked(lobby)
    kept = lobby.service.account_desk.accounts
    real, raced = kept._write, []

    def beaten(*arguments):
        if not raced:
            raced.append(None)
            signed_in(lobby, second_factor=present_code(lobby, secret))
        return real(*arguments)

    kept._write = beaten
    refusal = lobby.refused("approve_factor_removal", HEAD, path=PATH, body={})

    assert refusal["code"] == no.RemovalMissing.code
    assert shown(lobby)["second_factor"] == "in_use"


def test_nobody_of_another_province_decides(lobby):
    enrolled(lobby)
    removal_asked(lobby)

    for operation in ("factor_removal", "approve_factor_removal"):
        body = None if operation == "factor_removal" else {}
        assert lobby.refused(operation, OTHER, path=PATH, body=body)["code"] == "chassis.not_found"


def test_the_events_name_the_two_and_hold_no_code_and_no_reason(lobby):
    enrolled(lobby)
    removal_asked(lobby)
    code = removal_approved(lobby)["pick_up_code"]
    lobby.settle()

    said = {event.name: lobby.events(event.name) for event in FACTOR_REMOVAL_EVENTS}

    assert [one["asked_by"] for one in said["factor_removal_asked"]] == [ADMIN.subject]
    assert said["factor_removed"] == [
        {"person": TELLER.subject, "asked_by": ADMIN.subject, "approved_by": HEAD.subject}
    ]
    assert code not in str(said)
    assert REASON["reason"] not in str(said)


def asked(house):
    enrolled(house)
    removal_asked(house)


def head_waits(house):
    """The head's own account has no second factor in use."""
    asked(house)
    opened(house, HEAD_CODE, HEAD)


def head_made(house):
    """The head's one-time password came from the administrator who asks."""
    opened(house, HEAD_CODE, HEAD, by=ADMIN)
    enrolled(house)
    removal_asked(house)


def became_head(house):
    """Whoever asked has become the head within the day."""
    enrolled(house)
    house.clock.step(house.clock.now() + timedelta(hours=12))
    removal_asked(house)
    rows = f"{ADMIN.subject},it_permission_admin,44,holder,2026-01-01,2026-11-24\n"
    rows += f"{ADMIN.subject},province_ops_head,44,acting,2026-11-24,\n"
    holders(house, "person,post,unit,kind,from,to\n" + rows, HEAD_OFFICE)
    house.clock.step(house.clock.now() + timedelta(hours=6))


def head_asked(house):
    """It is the head's own factor that is to be taken away."""
    enrolled(house, CODE, HEAD)
    removal_asked(house)


def ended(house):
    """The day is over, and the timer has not said so yet."""
    asked(house)
    house.clock.step(house.clock.now() + LAPSES)


def disabled(prepare):
    def made(house):
        prepare(house)
        house.done("disable_account", MANAGER, path=PATH, body={})

    return made


ASK, APPROVE, REFUSE = "request_factor_removal", "approve_factor_removal", "refuse_factor_removal"
SYSTEM = MANAGER
REFUSALS = [
    (ASK, BeyondAuthority, enrolled, SYSTEM, REASON),
    (ASK, no.OwnAccount, lambda house: enrolled(house, CODE, ADMIN), ADMIN, REASON),
    (ASK, no.AccountDisabled, disabled(enrolled), ADMIN, REASON),
    (ASK, no.FactorMissing, active, ADMIN, REASON),
    (ASK, no.RemovalPending, asked, SECOND_ADMIN, REASON),
    (ASK, approvals.ReasonMissing, enrolled, ADMIN, {"reason": " "}),
    *(
        (name, refusal, prepare, by, body)
        for name, body in ((APPROVE, {}), (REFUSE, REASON))
        for refusal, prepare, by in (
            (no.RemovalMissing, enrolled, HEAD),
            (BeyondAuthority, asked, system("head", "HQ", "factor_removal.decide")),
            (approvals.NotPending, ended, HEAD),
            (approvals.OwnWork, became_head, ADMIN),
            (approvals.SelfConcerned, head_asked, HEAD),
        )
    ),
    (APPROVE, no.AccountDisabled, disabled(asked), HEAD, {}),
    (APPROVE, no.NotIndependent, head_waits, HEAD, {}),
    (REFUSE, approvals.ReasonMissing, asked, HEAD, {"reason": " "}),
]


@pytest.mark.parametrize(("operation", "refusal", "ready", "by", "body"), REFUSALS)
def test_a_declared_refusal_is_answered_with_its_code(lobby, operation, refusal, ready, by, body):
    ready(lobby)

    answer = lobby.refused(operation, by, path=PATH, body=body)

    assert (answer["kind"], answer["code"]) == (refusal.kind, refusal.code)


def test_every_declared_refusal_is_produced_and_no_other():
    declared = {(one.name, refusal) for one in FACTOR_REMOVAL_OPERATIONS for refusal in one.refuses}

    assert {(operation, refusal) for operation, refusal, *_ in REFUSALS} == declared


@pytest.mark.parametrize("operation", [one for one in FACTOR_REMOVAL_OPERATIONS if one.kind == "command"])
def test_the_examples_of_the_contract_are_taken_and_announce_what_it_says(lobby, operation):
    asking = operation.name == ASK
    (enrolled if asking else asked)(lobby)
    lobby.settle()
    before = {event.name: len(lobby.events(event.name)) for event in FACTOR_REMOVAL_EVENTS}

    done = lobby.done(operation.name, ADMIN if asking else HEAD, path=PATH, body=dict(operation.example))
    lobby.settle()

    assert done["status"] == operation.status
    assert {name for name, count in before.items() if len(lobby.events(name)) > count} == set(operation.announces)
