"""R9.7: no password, token, code or secret of a second factor, and no address, lies or passes anywhere in clear."""

import hashlib
import logging

import orjson
import pytest
import structlog
from prometheus_client import generate_latest

from chassis.fieldcrypt import SealBroken
from chassis.ring import fingerprint
from security.proofs import place
from services.security.tests.component.lobby import (
    ANYBODY,
    CODE,
    COUNTER,
    HEAD_CODE,
    HEAD_PASSWORD,
    MANAGER,
    NEIGHBOUR,
    PASSWORD,
    TELLER,
    active,
    changed,
    credentials,
    headed,
    present_code,
    refreshed,
    signed_in,
    turned_away,
)

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.7")]

WRONG, NEW = "Canary-wrong 1", "Canary-new 2026"
ADDRESS = "198.51.100.77"


def played(house) -> set[str]:
    """All that can become of an account; the secrets that were given and drawn on the way."""
    secret = headed(house)
    first = house.done("open_account", MANAGER, body={"operator_code": CODE, "person": TELLER.subject}, key="a")
    one_time = first["body"]["one_time_password"]
    changed(house, CODE, one_time, PASSWORD)
    tokens = [signed_in(house, counter=COUNTER, address=ADDRESS), signed_in(house, counter=NEIGHBOUR)]
    tokens.append(refreshed(house, tokens[0]["refresh_token"])["ok"]["body"])
    tokens.append(refreshed(house, tokens[2]["refresh_token"])["ok"]["body"])
    refreshed(house, tokens[0]["refresh_token"])
    code = present_code(house, secret)
    tokens.append(signed_in(house, code=HEAD_CODE, password=HEAD_PASSWORD, second_factor=code))
    own = house.done("enrol_second_factor", TELLER, path={"account": CODE}, body={"password": PASSWORD})["body"]
    changed(house, CODE, PASSWORD, NEW)
    for _ in range(7):
        turned_away(house, password=WRONG, address=ADDRESS)
        turned_away(house, code="GD9999", password=WRONG, address=ADDRESS)
    again = house.done("reset_account", MANAGER, path={"account": CODE}, body={}, key="b")["body"]
    house.refused("change_password", ANYBODY, path={"account": CODE}, body={"old_password": WRONG, "new_password": "x"})
    given = {PASSWORD, NEW, WRONG, HEAD_PASSWORD, secret, own["secret"], one_time, again["one_time_password"], ADDRESS}
    return given | {each[name] for each in tokens for name in ("access_token", "refresh_token")}


def test_what_is_planted_shows_nowhere(lobby, caplog):
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as lines:
        planted = played(lobby)
        lobby.settle()
    stored = str([list(lobby.database[name].find()) for name in lobby.database.list_collection_names()])
    places = {
        "database": stored,
        "broker": str(lobby.exchange.arrived),
        "logs": f"{caplog.text} {lines}",
        "metrics": generate_latest().decode(),
    }

    assert lobby.exchange.arrived
    found = {(place, secret[:12]) for place, text in places.items() for secret in planted if secret in text}
    assert found == set()
    assert "GD9999" not in stored


def test_nothing_that_is_stored_is_a_plain_hash_of_a_password_or_of_a_request_with_one(lobby):
    active(lobby)
    body = credentials(counter=None, second_factor=None)
    signed_in(lobby)
    stored = str([list(lobby.database[name].find()) for name in lobby.database.list_collection_names()])

    for path in ({}, None, {"account": CODE}):
        for said in (body, credentials()):
            assert fingerprint(path, said) not in stored
    for text in (PASSWORD.encode(), orjson.dumps(PASSWORD)):
        assert hashlib.sha256(text).hexdigest() not in stored


def test_a_second_factor_lies_sealed_for_its_own_account_alone(lobby):
    headed(lobby)
    sealed = lobby.database["accounts"].find_one({"_id": HEAD_CODE})["state"]["factor"]["sealed"]
    proofs = lobby.service.session_desk.proofs

    assert len(proofs.keys.open(place(HEAD_CODE), sealed)) == 32
    with pytest.raises(SealBroken):
        proofs.keys.open(place(CODE), sealed)


def test_what_is_kept_of_an_address_goes_by_itself(lobby):
    indexes = lobby.database["sign_in_guards"].index_information()

    assert indexes["until_1"]["expireAfterSeconds"] == 0
    turned_away(lobby, address=ADDRESS)
    assert all(each["until"] for each in lobby.database["sign_in_guards"].find())
