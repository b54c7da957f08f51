"""R9.7 over the wire: accounts, sign-in, lock-out. Nobody learns from an answer whether an operator code exists."""

import json
from datetime import timedelta
from itertools import pairwise

import pytest
from argon2 import PasswordHasher
from joserfc import jwt
from joserfc.jwk import KeySet

from security.passwords import RULE
from services.security.tests.component.bureau import HEAD_OFFICE, KEEPER, holders
from services.security.tests.component.lobby import (
    ANYBODY,
    CITY_MANAGER,
    CODE,
    COUNTER,
    HEAD,
    HEAD_CODE,
    MANAGER,
    OTHER,
    PASSWORD,
    TELLER,
    active,
    changed,
    credentials,
    in_use,
    opened,
    refreshed,
    shown,
    signed_in,
    turned_away,
)
from tests.house import Badge, system

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.7")]

WRONG = "Kapok-tree 89"
LOCKED = timedelta(minutes=30)


def fails(house, times, **given):
    for number in range(times):
        turned_away(house, address=f"198.51.100.{number}", **{"password": WRONG, **given})


def test_the_first_password_only_opens_the_change_of_itself(lobby):
    made = opened(lobby)
    first = made["one_time_password"]

    assert (made["state"], made["units"]) == ("must_change", ["HQ", "44", "4401", "4401003"])
    assert turned_away(lobby, password=first)["code"] == "security.password_change_due"
    changed(lobby, CODE, first, PASSWORD)
    assert signed_in(lobby)["person"] == TELLER.subject
    assert turned_away(lobby, password=first)["code"] == "security.sign_in_refused"


def test_the_one_time_password_is_shown_once_and_a_retried_opening_says_so(lobby):
    opened(lobby, key="a")

    again = lobby.done("open_account", MANAGER, body={"operator_code": CODE, "person": TELLER.subject}, key="a")

    assert (again["replayed"], again["status"], again["body"]["one_time_password"]) == (True, 201, None)


def test_a_one_time_password_is_void_after_three_days(lobby):
    first = opened(lobby)["one_time_password"]
    body = {"old_password": first, "new_password": PASSWORD}
    lobby.wait(seconds=RULE.one_time.total_seconds())

    assert lobby.refused("change_password", ANYBODY, path={"account": CODE}, body=body)["code"] == (
        "security.sign_in_refused"
    )
    assert shown(lobby)["password_due_at"] == "2026-11-26T01:00:00+00:00"


def test_an_operator_code_is_typed_in_small_letters_too(lobby):
    active(lobby)

    assert signed_in(lobby, code=CODE.lower())["person"] == TELLER.subject


def test_the_access_token_is_what_the_gateway_takes_from_a_person(lobby):
    active(lobby)
    tokens = signed_in(lobby)
    keys = KeySet.import_key_set(json.loads((lobby.keys / "sessions.public.json").read_text()))

    token = jwt.decode(tokens["access_token"], keys, algorithms=["Ed25519"])

    assert token.header == {"alg": "Ed25519", "typ": "at+jwt", "kid": keys.keys[0].kid}
    assert token.claims["exp"] - token.claims["iat"] == 600 == tokens["expires_in"]
    assert {name: token.claims[name] for name in ("iss", "aud", "sub", "kind", "sid", "amr")} == {
        "iss": "decalog",
        "aud": "decalog",
        "sub": TELLER.subject,
        "kind": "person",
        "sid": tokens["session"],
        "amr": ["pwd"],
    }


def test_five_failures_in_a_row_lock_and_the_right_password_does_not_help(lobby):
    active(lobby)
    fails(lobby, 4)
    signed_in(lobby)
    fails(lobby, 5)

    assert turned_away(lobby)["code"] == "security.sign_in_refused"
    assert shown(lobby)["state"] == "locked"
    lobby.settle()
    (told,) = lobby.events("account_locked")
    assert told == {"person": TELLER.subject, "until": "2026-11-23T01:30:00+00:00"}


def test_the_fifth_try_may_be_the_right_one(lobby):
    active(lobby)
    fails(lobby, 4)

    assert signed_in(lobby)["person"] == TELLER.subject
    lobby.settle()
    assert lobby.events("account_locked") == []


@pytest.mark.parametrize(("late", "opens"), [(-1, False), (0, True)])
def test_a_lock_lasts_half_an_hour_to_the_second(lobby, late, opens):
    active(lobby)
    fails(lobby, 5)
    lobby.wait(seconds=LOCKED.total_seconds() + late)

    assert ("ok" in lobby.answer("sign_in", ANYBODY, body=credentials())) is opens


def test_each_further_failure_locks_at_once_for_twice_as_long(lobby):
    active(lobby)
    fails(lobby, 5)
    lobby.wait(minutes=30)
    fails(lobby, 1)
    lobby.wait(minutes=59)
    assert shown(lobby)["state"] == "locked"
    lobby.wait(minutes=1)

    signed_in(lobby)
    assert shown(lobby)["state"] == "active"
    lobby.settle()
    assert len(lobby.events("account_locked")) == 2


def test_a_script_that_tries_many_codes_from_one_address_is_over_after_ten(lobby):
    active(lobby)
    for number in range(10):
        turned_away(lobby, code=f"GD{1000 + number}")

    assert turned_away(lobby)["code"] == "security.sign_in_refused"
    assert signed_in(lobby, address="192.0.2.2")["person"] == TELLER.subject
    assert shown(lobby)["state"] == "active"


def test_a_script_gets_no_more_looks_when_it_owns_an_account_itself(lobby):
    active(lobby)
    for number in range(9):
        turned_away(lobby, code=f"GD{1000 + number}")
    signed_in(lobby)
    turned_away(lobby, code="GD2000")

    assert turned_away(lobby)["code"] == "security.sign_in_refused"


def test_those_who_mistype_and_then_succeed_do_not_lock_their_counter(lobby):
    active(lobby)
    for _ in range(8):
        turned_away(lobby, password=WRONG)
        turned_away(lobby, password=WRONG)
        signed_in(lobby)


def test_addresses_of_one_ipv6_network_are_one_address(lobby):
    active(lobby)
    for number in range(10):
        turned_away(lobby, code=f"GD{1000 + number}", address=f"2001:db8::{number}")

    assert turned_away(lobby, address="2001:db8::ffff")["code"] == "security.sign_in_refused"
    signed_in(lobby, address="2001:db8:0:1::1")


def test_the_answer_is_the_same_for_unknown_wrong_locked_disabled_and_departed(lobby):
    active(lobby)
    unknown = turned_away(lobby, code="GD9999", address="203.0.113.1")
    wrong = turned_away(lobby, password=WRONG, address="203.0.113.2")
    fails(lobby, 5)
    locked = turned_away(lobby, address="203.0.113.3")
    fails(lobby, 5, code="GD9999")
    unknown_locked = turned_away(lobby, code="GD9999", address="203.0.113.3")
    lobby.done("disable_account", MANAGER, path={"account": CODE}, body={})
    disabled = turned_away(lobby, address="203.0.113.4")

    assert unknown == wrong == locked == unknown_locked == disabled


def test_the_same_work_is_done_for_a_code_that_nobody_has(lobby):
    active(lobby)
    counted = []
    lobby.service.session_desk.proofs.hashes._apart = lambda work: counted.append(work) or work()
    writes = []
    for given in ({"password": WRONG}, {"code": "GD9999"}):
        counted.clear()
        before = _versions(lobby)
        turned_away(lobby, address="203.0.113.9", **given)
        writes.append((_versions(lobby) - before, len(counted)))

    assert writes[0] == writes[1] == (2, 1)


def _versions(house):
    """How often anything of accounts was written."""
    names = ("accounts", "sign_in_guards")
    return sum(each["version"] for name in names for each in house.database[name].find({}, {"version": 1}))


def test_a_person_who_holds_no_post_today_does_not_sign_in(lobby):
    active(lobby)
    in_use(lobby, timedelta(days=80))
    signed_in(lobby)
    lobby.clock.step(lobby.clock.now() + timedelta(days=400))

    assert turned_away(lobby)["code"] == "security.sign_in_refused"


@pytest.mark.clause("R9.8")
def test_a_person_suspended_does_not_sign_in_or_refresh_though_the_post_is_kept_and_does_when_reinstated(lobby):
    active(lobby)
    tokens = signed_in(lobby)
    lobby.settle()
    lobby.done("suspend_staff", KEEPER, path={"person": TELLER.subject}, body={"ground": "investigation"})

    assert turned_away(lobby)["code"] == "security.sign_in_refused"
    assert refreshed(lobby, tokens["refresh_token"])["refusal"]["code"] == "security.refresh_refused"

    lobby.done("reinstate_staff", KEEPER, path={"person": TELLER.subject}, body={})
    assert signed_in(lobby)["access_token"]


@pytest.mark.parametrize(("late", "due"), [(-1, False), (0, True)])
def test_a_password_is_changed_after_ninety_days(lobby, late, due):
    active(lobby)
    in_use(lobby, RULE.age + timedelta(seconds=late))

    answer = lobby.answer("sign_in", ANYBODY, body=credentials())

    assert ("ok" in answer) is not due
    if due:
        assert answer["refusal"]["code"] == "security.password_change_due"
        changed(lobby, CODE, PASSWORD, "Litchi-bay 2026")
        signed_in(lobby, password="Litchi-bay 2026")


def test_a_province_shortens_the_life_of_the_passwords_that_are_set_from_then_on(lobby):
    active(lobby)
    earlier = shown(lobby)["password_due_at"]
    holders(lobby, "person,post,unit,kind,from,to\nP440000002,province_ops_head,44,deputy,2026-01-01,\n", HEAD_OFFICE)
    for key, days in (("password_days", 30), ("one_time_password_days", 1)):
        body = {"unit": "44", "value": days, "reason": "从严管理"}
        made = lobby.done("propose_parameter", HEAD, path={"key": key}, body=body, key=key)["body"]["id"]
        lobby.done("approve_parameter", Badge("P440000002"), path={"proposal": made}, body={})

    assert shown(lobby)["password_due_at"] == earlier
    changed(lobby, CODE, PASSWORD, "Litchi-bay 2026")
    assert shown(lobby)["password_due_at"] == "2026-12-23T01:00:00+00:00"
    lobby.done("reset_account", MANAGER, path={"account": CODE}, body={})
    assert shown(lobby)["password_due_at"] == "2026-11-24T01:00:00+00:00"


def test_the_last_five_passwords_are_not_used_again_and_the_sixth_may_be(lobby):
    active(lobby)
    used = [PASSWORD, *(f"Litchi-bay 000{number}" for number in range(4))]
    for old, new in pairwise(used):
        changed(lobby, CODE, old, new)
    for again in used:
        body = {"old_password": used[-1], "new_password": again}
        refusal = lobby.refused("change_password", ANYBODY, path={"account": CODE}, body=body)
        assert refusal["code"] == "security.password_reused"

    changed(lobby, CODE, used[-1], "Litchi-bay 0009")
    changed(lobby, CODE, "Litchi-bay 0009", PASSWORD)


def test_a_weak_password_is_refused_by_each_rule_it_breaks_before_anything_is_looked_at(lobby):
    active(lobby)
    body = {"old_password": WRONG, "new_password": f"{CODE}\x07"}

    refusal = lobby.refused("change_password", ANYBODY, path={"account": CODE}, body=body)

    assert refusal["code"] == "security.password_weak"
    assert {each["code"] for each in refusal["fields"]} == {"too_short", "unprintable", "holds_code"}
    assert {each["pointer"] for each in refusal["fields"]} == {"/body/new_password"}


def test_a_hash_made_with_other_parameters_is_made_anew_at_the_next_sign_in(lobby):
    active(lobby)
    old = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    lobby.database["accounts"].update_one({"_id": CODE}, {"$set": {"state.password": old}})

    signed_in(lobby)

    kept = lobby.database["accounts"].find_one({"_id": CODE})["state"]["password"]
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    signed_in(lobby)


def test_a_reset_ends_sessions_and_lock_and_takes_a_new_one_time_password(lobby):
    active(lobby)
    signed_in(lobby)
    fails(lobby, 5)

    made = lobby.done("reset_account", MANAGER, path={"account": CODE}, body={}, key="r")
    again = lobby.done("reset_account", MANAGER, path={"account": CODE}, body={}, key="r")

    assert (made["body"]["state"], made["body"]["sessions"]) == ("must_change", 0)
    assert (again["replayed"], again["body"]["one_time_password"]) == (True, None)
    assert turned_away(lobby)["code"] == "security.sign_in_refused"
    changed(lobby, CODE, made["body"]["one_time_password"], "Litchi-bay 2026")
    signed_in(lobby, password="Litchi-bay 2026")


def test_a_disabled_account_opens_again_when_it_is_enabled(lobby):
    active(lobby)
    path = {"account": CODE}
    lobby.done("disable_account", MANAGER, path=path, body={})
    turned_away(lobby)

    assert lobby.done("enable_account", MANAGER, path=path, body={})["body"]["state"] == "active"
    signed_in(lobby)


@pytest.mark.parametrize("operation", ["reset_account", "disable_account", "enable_account"])
def test_nobody_manages_the_own_account(lobby, operation):
    active(lobby)
    own = system(TELLER.subject, "HQ", "account.manage")

    assert lobby.refused(operation, own, path={"account": CODE}, body={})["code"] == "security.own_account"


def test_nobody_opens_an_account_for_themselves_or_for_somebody_without_a_post(lobby):
    own = system(TELLER.subject, "HQ", "account.manage")
    body = {"operator_code": CODE, "person": TELLER.subject}

    assert lobby.refused("open_account", own, body=body)["code"] == "security.own_account"
    stranger = {"operator_code": CODE, "person": "P440199999"}
    assert lobby.refused("open_account", MANAGER, body=stranger)["code"] == "security.person_not_in_post"


def test_one_person_has_one_code_and_one_code_one_person(lobby):
    opened(lobby)

    another = {"operator_code": "GD0302", "person": TELLER.subject}
    taken = {"operator_code": CODE, "person": HEAD.subject}
    assert lobby.refused("open_account", MANAGER, body=another)["code"] == "security.person_has_account"
    assert lobby.refused("open_account", MANAGER, body=taken)["code"] == "chassis.exists"


def test_of_two_codes_for_one_person_at_the_same_moment_one_is_opened(lobby, monkeypatch):
    opened(lobby)
    monkeypatch.setattr(lobby.service.account_desk.accounts, "find", lambda *_: [])

    another = {"operator_code": "GD0302", "person": TELLER.subject}
    assert lobby.refused("open_account", MANAGER, body=another)["code"] == "security.person_has_account"
    assert lobby.database["accounts"].count_documents({}) == 1


def test_a_key_that_is_given_all_the_same_opens_nothing(lobby):
    active(lobby)
    signed_in(lobby)
    lobby.done("sign_in", ANYBODY, body=credentials(), key="k")

    again = lobby.refused("sign_in", ANYBODY, body=credentials(password=WRONG), key="k")

    assert again["code"] == "security.sign_in_refused"
    assert lobby.database["accounts"].find_one({"_id": CODE})["ring"] == []


def test_accounts_are_managed_within_reach_alone(lobby):
    active(lobby)
    opened(lobby, HEAD_CODE, HEAD)
    path = {"account": HEAD_CODE}

    assert lobby.done("reset_account", CITY_MANAGER, path={"account": CODE}, body={})["status"] == 200
    assert lobby.refused("reset_account", CITY_MANAGER, path=path, body={})["code"] == "chassis.not_found"
    assert lobby.refused("account", CITY_MANAGER, path=path)["code"] == "chassis.not_found"
    assert lobby.refused("reset_account", TELLER, path=path, body={})["code"] == "chassis.not_granted"
    foreign = {"operator_code": "ZJ0001", "person": OTHER.subject}
    assert lobby.refused("open_account", CITY_MANAGER, body=foreign)["code"] == "chassis.not_found"


def test_an_account_is_managed_where_its_person_stands_today(lobby):
    active(lobby)
    moved = (
        "person,post,unit,kind,from,to\n"
        f"{TELLER.subject},teller,4401003,holder,2026-01-01,2026-11-23\n"
        f"{TELLER.subject},general_affairs,33,holder,2026-01-01,\n"
    )
    holders(lobby, moved, HEAD_OFFICE)

    assert lobby.refused("reset_account", CITY_MANAGER, path={"account": CODE}, body={})["code"] == "chassis.not_found"
    zhejiang = system("it-33", "33", "account.manage")
    assert lobby.done("reset_account", zhejiang, path={"account": CODE}, body={})["body"]["units"] == ["HQ", "33"]


def test_a_person_sees_the_own_account_and_no_other(lobby):
    active(lobby)
    opened(lobby, HEAD_CODE, HEAD)

    assert lobby.done("account", TELLER, path={"account": CODE})["body"]["person"] == TELLER.subject
    assert lobby.refused("account", TELLER, path={"account": HEAD_CODE})["code"] == "chassis.not_found"


def test_a_counter_that_does_not_exist_is_told_to_whoever_has_proved_the_password_alone(lobby):
    active(lobby)

    for counter in ("4499999", "4401"):
        assert turned_away(lobby, counter=counter)["code"] == "security.counter_unknown"
        assert turned_away(lobby, counter=counter, password=WRONG)["code"] == "security.sign_in_refused"
    for _ in range(6):
        turned_away(lobby, counter="4499999")
    assert signed_in(lobby, counter=COUNTER)["person"] == TELLER.subject


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/body/operator_code"),
        (credentials(code="张三"), "/body/operator_code"),
        (credentials(code="GD0301\n"), "/body/operator_code"),
        (credentials(password=""), "/body/password"),
        (credentials(password="x" * 129), "/body/password"),
        (credentials(password="\ud800"), "/body/password"),
        (credentials(second_factor="12345"), "/body/second_factor"),
        (credentials(second_factor="１２３４５６"), "/body/second_factor"),
        (credentials(counter="a b"), "/body/counter"),
        (credentials(role="admin"), "/body/role"),
    ],
)
def test_a_faulty_field_is_named_by_pointer(lobby, body, pointer):
    assert pointer in {each["pointer"] for each in lobby.refused("sign_in", ANYBODY, body=body)["fields"]}


def test_of_many_tries_at_the_same_moment_no_more_are_looked_at_than_in_a_row(lobby, monkeypatch):
    active(lobby)
    hashes, looked, kept = lobby.service.session_desk.proofs.hashes, [], []

    def fits(hashed, password):
        """While one password is looked at, the next try comes in."""
        kept.append(hashed)
        looked.append(1)
        if len(looked) < 20:
            lobby.answer("sign_in", ANYBODY, body=credentials(password=WRONG), address=f"198.51.100.{len(looked)}")
        return False

    monkeypatch.setattr(hashes, "fits", fits)
    turned_away(lobby, password=WRONG)

    assert len(kept) == 20
    assert sum(hashed is not None for hashed in kept) == 5
