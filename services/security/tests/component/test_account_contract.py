"""The contract of accounts says what happens: every refusal and event that it declares is produced here, no other."""

import pytest

from security import account_refusals as no
from security.account_operations import ACCOUNT_DORMANT, ACCOUNT_EVENTS, ACCOUNT_OPERATIONS
from security.lockout import SignInRefused
from security.passwords import RULE, PasswordWeak
from security.sessions import RefreshRefused
from security.sharing import CounterUnknown
from services.security.tests.component.bureau import HEAD_OFFICE, holders, open_bureau
from services.security.tests.component.lobby import (
    ANYBODY,
    CODE,
    COUNTER,
    HEAD,
    HEAD_CODE,
    MANAGER,
    NEIGHBOUR,
    PASSWORD,
    SECOND_ADMIN,
    TELLER,
    active,
    credentials,
    enrolled,
    headed,
    opened,
    present_code,
    refreshed,
    removal_approved,
    removal_asked,
    signed_in,
    staffed,
    turned_away,
)
from tests.house import system

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.7")]

OWNER = system(TELLER.subject, "HQ", "account.manage")
NEW = {"operator_code": CODE, "person": TELLER.subject}
CHANGE = {"old_password": PASSWORD, "new_password": "Litchi-bay 2026"}


def disabled(house):
    active(house)
    house.done("disable_account", MANAGER, path={"account": CODE}, body={})


def promoted(house):
    active(house)
    row = f"{TELLER.subject},province_ops_head,44,acting,2026-01-01,\n"
    holders(house, "person,post,unit,kind,from,to\n" + row, HEAD_OFFICE)


def departed(house):
    disabled(house)
    row = f"{TELLER.subject},teller,{COUNTER},holder,2026-01-01,2026-11-23\n"
    holders(house, "person,post,unit,kind,from,to\n" + row, HEAD_OFFICE)


def taken_away(house):
    """An account whose second factor was taken away at the wish of one administrator."""
    enrolled(house)
    removal_asked(house)
    removal_approved(house)


def forgotten(house):
    """An account that nobody has used for a month."""
    active(house)
    house.wait(days=30)


UNLOCKER, OWN_UNLOCKER = system("head", "HQ", "account.unlock"), system(TELLER.subject, "HQ", "account.unlock")

REFUSED = [
    ("unlock_account", no.NotDormant, active, UNLOCKER, {}),
    ("unlock_account", no.OwnAccount, forgotten, OWN_UNLOCKER, {}),
    ("sign_in", no.AccountDormant, forgotten, ANYBODY, credentials()),
    ("change_password", no.AccountDormant, forgotten, ANYBODY, CHANGE),
    ("open_account", no.OwnAccount, lambda house: None, OWNER, NEW),
    ("open_account", no.PersonNotInPost, lambda house: None, MANAGER, {**NEW, "person": "P440199999"}),
    ("open_account", no.PersonHasAccount, opened, MANAGER, {**NEW, "operator_code": "GD0302"}),
    ("reset_account", no.OwnAccount, active, OWNER, {}),
    ("reset_account", no.AccountDisabled, disabled, MANAGER, {}),
    ("reset_account", no.AskerOnly, taken_away, SECOND_ADMIN, {}),
    ("disable_account", no.OwnAccount, active, OWNER, {}),
    ("disable_account", no.AccountDisabled, disabled, MANAGER, {}),
    ("enable_account", no.OwnAccount, disabled, OWNER, {}),
    ("enable_account", no.AccountEnabled, active, MANAGER, {}),
    ("enable_account", no.PersonNotInPost, departed, MANAGER, {}),
    ("enrol_second_factor", SignInRefused, active, TELLER, {"password": "Wrong-pass 1"}),
    ("enrol_second_factor", no.SecondFactorThere, enrolled, TELLER, {"password": PASSWORD}),
    ("confirm_second_factor", no.SecondFactorThere, enrolled, TELLER, {"code": "000000"}),
    ("confirm_second_factor", no.CodeWrong, active, TELLER, {"code": "000000"}),
    ("change_password", PasswordWeak, active, ANYBODY, {**CHANGE, "new_password": "short"}),
    ("change_password", SignInRefused, active, ANYBODY, {**CHANGE, "old_password": "Wrong-pass 1"}),
    ("change_password", no.PasswordReused, active, ANYBODY, {**CHANGE, "new_password": PASSWORD}),
    ("change_password", no.SecondFactorDue, promoted, ANYBODY, CHANGE),
    ("sign_in", SignInRefused, active, ANYBODY, credentials(password="Wrong-pass 1")),
    ("sign_in", no.PasswordChangeDue, lambda house: _grown_old(house), ANYBODY, credentials()),
    ("sign_in", no.SecondFactorDue, promoted, ANYBODY, credentials()),
    ("sign_in", CounterUnknown, active, ANYBODY, credentials(counter="4499999")),
    ("refresh_session", RefreshRefused, active, ANYBODY, {"refresh_token": "x"}),
]


def _grown_old(house):
    active(house)
    house.clock.step(house.clock.now() + RULE.age)


@pytest.mark.parametrize(("operation", "refusal", "ready", "by", "body"), REFUSED)
def test_a_declared_refusal_is_answered_with_its_code(lobby, operation, refusal, ready, by, body):
    ready(lobby)

    answer = lobby.refused(operation, by, path={"account": CODE}, body=body)

    assert (answer["kind"], answer["code"]) == (refusal.kind, refusal.code)


def test_every_declared_refusal_is_produced_and_no_other():
    declared = {(operation.name, refusal) for operation in ACCOUNT_OPERATIONS for refusal in operation.refuses}

    assert {(operation, refusal) for operation, refusal, *_ in REFUSED} == declared


def test_the_events_of_the_contract_are_announced_and_name_nobody_but_by_id(lobby):
    active(lobby)
    first = signed_in(lobby, counter=COUNTER)
    signed_in(lobby, counter=NEIGHBOUR)
    second = refreshed(lobby, first["refresh_token"])["ok"]["body"]
    refreshed(lobby, second["refresh_token"])
    refreshed(lobby, first["refresh_token"])
    for number in range(5):
        turned_away(lobby, password="Wrong-pass 1", address=f"198.51.100.{number}")
    lobby.done("reset_account", MANAGER, path={"account": CODE}, body={})
    lobby.wait(days=31)
    lobby.settle()

    said = {event.name: lobby.events(event.name) for event in ACCOUNT_EVENTS}

    assert {name: len(bodies) for name, bodies in said.items()} == dict.fromkeys(said, 1)
    assert {body["person"] for bodies in said.values() for body in bodies} == {TELLER.subject}
    announced = {name for operation in ACCOUNT_OPERATIONS for name in operation.announces}
    assert {*announced, ACCOUNT_DORMANT.name} == set(said)  # a timer tells that one


def test_no_operation_that_takes_a_password_or_a_token_takes_a_key():
    secret = {"password", "old_password", "new_password", "refresh_token", "code"}
    takes = {each.name: each for each in ACCOUNT_OPERATIONS if each.takes and secret & set(each.takes.fields)}

    assert {each.key for each in takes.values()} == {"none"}
    assert set(takes) == {
        "enrol_second_factor",
        "confirm_second_factor",
        "change_password",
        "sign_in",
        "refresh_session",
        "sign_out",
    }


def test_the_examples_of_the_contract_are_taken(security_ground):
    for operation in ACCOUNT_OPERATIONS:
        if operation.kind == "command":
            house = staffed(open_bureau(security_ground))
            by, body = _ready(house, operation)
            path = {"account": CODE} if "account" in operation.parameters else None
            assert house.done(operation.name, by, path=path, body=body)["status"] == operation.status


def _ready(house, operation):
    """Who calls with the example, once what it speaks of is there; secrets that were drawn take the example's place."""
    example = dict(operation.example)
    if operation.name == "open_account":
        return MANAGER, example
    if operation.name == "change_password":
        return ANYBODY, {**example, "old_password": opened(house)["one_time_password"]}
    active(house, password="Guangzhou-2026")
    if operation.name == "unlock_account":
        house.wait(days=31)
        return UNLOCKER, example
    if operation.name == "enable_account":
        house.done("disable_account", MANAGER, path={"account": CODE}, body={})
    if operation.name == "confirm_second_factor":
        given = {"password": "Guangzhou-2026"}
        secret = house.done("enrol_second_factor", TELLER, path={"account": CODE}, body=given)["body"]["secret"]
        example["code"] = present_code(house, secret)
    if "refresh_token" in example:
        example["refresh_token"] = signed_in(house, password="Guangzhou-2026")["refresh_token"]
    by = TELLER if operation.needs == "account.own" else MANAGER if operation.needs else ANYBODY
    return by, example


def test_the_head_of_a_province_has_a_second_factor_from_the_start(lobby):
    secret = headed(lobby)

    assert len(secret) == 32
    assert HEAD.subject != HEAD_CODE
