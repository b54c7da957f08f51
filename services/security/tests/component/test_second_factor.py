"""R9.7 over the wire: the second factor, for those whose posts ask for one and those who want one."""

import json

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from services.security.tests.component.bureau import HEAD_OFFICE, holders
from services.security.tests.component.lobby import (
    ANYBODY,
    CODE,
    HEAD,
    HEAD_CODE,
    HEAD_PASSWORD,
    MANAGER,
    PASSWORD,
    TELLER,
    active,
    changed,
    enrolled,
    headed,
    present_code,
    refreshed,
    shown,
    signed_in,
    turned_away,
)

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.7")]

REFUSED = "security.sign_in_refused"
AS_HEAD = {"code": HEAD_CODE, "password": HEAD_PASSWORD}


def claims(house, tokens):
    keys = KeySet.import_key_set(json.loads((house.keys / "sessions.public.json").read_text()))
    return jwt.decode(tokens["access_token"], keys, algorithms=["Ed25519"]).claims


def test_a_post_that_asks_for_one_gets_it_with_the_change_of_the_one_time_password(lobby):
    secret = headed(lobby)
    assert shown(lobby, HEAD_CODE)["second_factor"] == "waiting"

    assert turned_away(lobby, **AS_HEAD)["code"] == REFUSED
    tokens = signed_in(lobby, **AS_HEAD, second_factor=present_code(lobby, secret))

    assert claims(lobby, tokens)["amr"] == ["pwd", "otp"]
    assert shown(lobby, HEAD_CODE)["second_factor"] == "in_use"


def test_a_teller_needs_none(lobby):
    assert active(lobby)["second_factor"] is None
    assert claims(lobby, signed_in(lobby))["amr"] == ["pwd"]


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_is_good_for_its_half_minute_and_those_beside_it(lobby, steps, good):
    secret = headed(lobby)
    given = {"operator_code": HEAD_CODE, "password": HEAD_PASSWORD}

    answer = lobby.answer("sign_in", ANYBODY, body={**given, "second_factor": present_code(lobby, secret, steps=steps)})

    assert ("ok" in answer) is good


def test_a_code_is_accepted_once_and_none_before_it_afterwards(lobby):
    secret = headed(lobby)
    signed_in(lobby, **AS_HEAD, second_factor=present_code(lobby, secret))

    for steps in (0, -1):
        again = turned_away(lobby, **AS_HEAD, second_factor=present_code(lobby, secret, steps=steps))
        assert again["code"] == REFUSED
    signed_in(lobby, **AS_HEAD, second_factor=present_code(lobby, secret, steps=1))


def test_wrong_codes_count_as_failures_and_say_no_more_than_a_wrong_password(lobby):
    secret = headed(lobby)
    wrong = [turned_away(lobby, **AS_HEAD, second_factor="000000", address=f"198.51.100.{n}") for n in range(5)]

    assert turned_away(lobby, code=HEAD_CODE, password="Wrong-pass 1") == wrong[0]
    assert turned_away(lobby, **AS_HEAD, second_factor=present_code(lobby, secret))["code"] == REFUSED
    assert shown(lobby, HEAD_CODE)["state"] == "locked"


def test_the_password_is_changed_with_the_second_factor_where_there_is_one(lobby):
    secret = headed(lobby)
    path, body = {"account": HEAD_CODE}, {"old_password": HEAD_PASSWORD, "new_password": "Canton-tower 605"}

    assert lobby.refused("change_password", ANYBODY, path=path, body=body)["code"] == REFUSED
    answer = changed(lobby, HEAD_CODE, *body.values(), second_factor=present_code(lobby, secret))

    assert answer["second_factor"] is None
    given = {"code": HEAD_CODE, "password": "Canton-tower 605"}
    signed_in(lobby, **given, second_factor=present_code(lobby, secret, steps=1))


def test_one_that_waits_for_its_first_code_goes_with_a_reset(lobby):
    old = headed(lobby)
    first = lobby.done("reset_account", MANAGER, path={"account": HEAD_CODE}, body={})["body"]
    assert first["second_factor"] == "none"

    new = changed(lobby, HEAD_CODE, first["one_time_password"], "Canton-tower 605")["second_factor"]["secret"]

    assert new != old
    given = {"code": HEAD_CODE, "password": "Canton-tower 605"}
    assert turned_away(lobby, **given, second_factor=present_code(lobby, old))["code"] == REFUSED
    signed_in(lobby, **given, second_factor=present_code(lobby, new))


def test_one_in_use_stays_with_a_reset_and_whoever_resets_does_not_get_in(lobby):
    secret = enrolled(lobby, HEAD_CODE, HEAD, HEAD_PASSWORD)
    tokens = signed_in(lobby, **AS_HEAD, second_factor=present_code(lobby, secret))

    first = lobby.done("reset_account", MANAGER, path={"account": HEAD_CODE}, body={})["body"]
    assert first["second_factor"] == "in_use"
    assert refreshed(lobby, tokens["refresh_token"])["refusal"]["code"] == "security.refresh_refused"

    body = {"old_password": first["one_time_password"], "new_password": "Canton-tower 605"}
    path = {"account": HEAD_CODE}
    assert lobby.refused("change_password", ANYBODY, path=path, body=body)["code"] == REFUSED
    answer = changed(lobby, HEAD_CODE, *body.values(), second_factor=present_code(lobby, secret, steps=1))
    assert answer["second_factor"] is None


def test_whoever_comes_to_a_post_that_asks_for_one_needs_a_reset_first(lobby):
    active(lobby)
    tokens = signed_in(lobby)
    promoted = f"{TELLER.subject},province_ops_head,44,acting,2026-01-01,\n"
    holders(lobby, "person,post,unit,kind,from,to\n" + promoted, HEAD_OFFICE)

    assert turned_away(lobby)["code"] == "security.second_factor_due"
    body = {"old_password": PASSWORD, "new_password": "Litchi-bay 2026"}
    refusal = lobby.refused("change_password", ANYBODY, path={"account": CODE}, body=body)
    assert refusal["code"] == "security.second_factor_due"
    assert refreshed(lobby, tokens["refresh_token"])["refusal"]["code"] == "security.refresh_refused"

    first = lobby.done("reset_account", MANAGER, path={"account": CODE}, body={})["body"]["one_time_password"]
    secret = changed(lobby, CODE, first, "Litchi-bay 2026")["second_factor"]["secret"]
    signed_in(lobby, password="Litchi-bay 2026", second_factor=present_code(lobby, secret))


def test_a_person_sets_one_up_while_signed_in_and_it_counts_once_it_is_confirmed(lobby):
    active(lobby)
    path = {"account": CODE}
    made = lobby.done("enrol_second_factor", TELLER, path=path, body={"password": PASSWORD})["body"]
    signed_in(lobby)
    assert made["address"].startswith("otpauth://totp/Decalog:GD0301?secret=")

    wrong = lobby.refused("confirm_second_factor", TELLER, path=path, body={"code": "000000"})
    assert wrong["code"] == "security.code_wrong"
    code = present_code(lobby, made["secret"])
    assert lobby.done("confirm_second_factor", TELLER, path=path, body={"code": code})["body"]["second_factor"] == (
        "in_use"
    )

    assert turned_away(lobby)["code"] == REFUSED
    assert turned_away(lobby, second_factor=code)["code"] == REFUSED
    signed_in(lobby, second_factor=present_code(lobby, made["secret"], steps=1))
    again = lobby.refused("enrol_second_factor", TELLER, path=path, body={"password": PASSWORD})
    assert again["code"] == "security.second_factor_there"


def test_nobody_sets_one_up_for_somebody_else_or_without_the_password(lobby):
    active(lobby)
    path = {"account": CODE}

    for by in (HEAD, MANAGER):
        refused = lobby.refused("enrol_second_factor", by, path=path, body={"password": PASSWORD})
        assert refused["code"] in ("chassis.not_found", "chassis.not_permitted")
    for _ in range(5):
        refusal = lobby.refused("enrol_second_factor", TELLER, path=path, body={"password": "Wrong-pass 1"})
        assert refusal["code"] == REFUSED
    assert shown(lobby)["state"] == "locked"
