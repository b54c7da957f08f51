"""Only what the gateway signed, for us, and not yet ended, proves who calls."""

import base64
import json

import pytest
from joserfc import jws, jwt
from joserfc.jwk import KeySet, OctKey, OKPKey
from probe.bench import NINE

from chassis import identity
from chassis.clock import machine_now
from chassis.identity import ASSERTION_AUDIENCE, ASSERTION_ISSUER, Assertions, Caller, CallerUnproven, Grant, NotGranted
from chassis.store import Reach

KEY = OKPKey.generate_key("Ed25519", {"kid": "gateway-1"})
GRANTS = [{"action": "tally.count", "unit": "440000"}]


def now() -> int:
    return int(machine_now().timestamp())


def claims(**changes):
    given = {
        "iss": ASSERTION_ISSUER, "aud": ASSERTION_AUDIENCE, "sub": "ccms", "kind": "system", "epoch": 3,
        "grants": GRANTS, "iat": now(), "exp": now() + 60, **changes,
    }  # fmt: skip
    return {name: value for name, value in given.items() if value is not ...}


def signed(key=KEY, kid="gateway-1", **changes):
    return jwt.encode({"alg": "Ed25519", "kid": kid}, claims(**changes), key, algorithms=["Ed25519"])


@pytest.fixture
def assertions(tmp_path):
    public = KeySet([KEY]).as_dict(private=False)
    (tmp_path / "assertion.public.json").write_text(json.dumps(public))
    return Assertions(tmp_path, lambda person, at: (Grant(f"post.hold.{at:%H}", person),))


def test_a_systems_grants_stand_in_its_assertion(assertions):
    caller = assertions.caller(signed(), NINE)

    assert caller == Caller("ccms", "system", (Grant("tally.count", "440000"),), 3)


def test_a_persons_grants_are_resolved_at_the_moment_of_the_call(assertions):
    caller = assertions.caller(signed(sub="p1", kind="person", grants=...), NINE)

    assert caller == Caller("p1", "person", (Grant("post.hold.01", "p1"),), 3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "somebody"}, {"iss": ...}, {"aud": "decalog"}, {"aud": ...}, {"sub": ...}, {"exp": ...},
        {"exp": now() - 60}, {"exp": "tomorrow"}, {"nbf": now() + 600},
    ],
    ids=lambda wrong: "-".join(f"{name}={value}" for name, value in wrong.items()),
)  # fmt: skip
def test_an_assertion_with_a_wrong_claim_proves_nothing(assertions, wrong):
    with pytest.raises(CallerUnproven):
        assertions.caller(signed(**wrong), NINE)


@pytest.mark.parametrize("wrong", [{"kind": ...}, {"kind": "robot"}, {"grants": ...}, {"grants": ["all"]}])
def test_an_assertion_without_kind_or_grants_proves_nothing(assertions, wrong):
    with pytest.raises(CallerUnproven):
        assertions.caller(signed(**wrong), NINE)


def part(value) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned() -> str:
    return f"{part({'alg': 'none', 'kid': 'gateway-1'})}.{part(claims())}."


def signed_with_the_public_key() -> str:
    secret = OctKey.import_key(json.dumps(KEY.as_dict(private=False)))
    return jws.serialize_compact(
        {"alg": "HS256", "kid": "gateway-1"}, json.dumps(claims()), secret, algorithms=["HS256"]
    )


def tampered() -> str:
    header, _, signature = signed().split(".")
    return f"{header}.{part(claims(sub='somebody else'))}.{signature}"


def of_another_key(kid="gateway-1") -> str:
    return signed(key=OKPKey.generate_key("Ed25519"), kid=kid)


def not_an_object() -> str:
    return jws.serialize_compact({"alg": "Ed25519", "kid": "gateway-1"}, "[]", KEY, algorithms=["Ed25519"])


@pytest.mark.parametrize(
    "token",
    [
        None, "", "garbage", "a.b.c", "é.é.é", "..", "a" * 20_000, unsigned(), signed_with_the_public_key(), tampered(),
        of_another_key(), of_another_key(kid="unknown"), not_an_object(), signed()[:-4], f"{signed()}.more",
    ],
    ids=lambda token: repr(token)[:12],
)  # fmt: skip
def test_what_the_gateway_did_not_sign_proves_nothing(assertions, token):
    with pytest.raises(CallerUnproven):
        assertions.caller(token, NINE)


def test_a_kept_assertion_ends_with_its_expiry(assertions, monkeypatch):
    token = signed()
    assertions.caller(token, NINE)
    assertions.caller(token, NINE)

    later = identity.machine_now().timestamp() + 60 + identity.SKEW_SECONDS + 1
    monkeypatch.setattr(identity, "machine_now", lambda: At(later))
    monkeypatch.setattr(type(assertions._registry), "now", property(lambda _: int(later)))
    with pytest.raises(CallerUnproven):
        assertions.caller(token, NINE)


class At:
    def __init__(self, seconds):
        self.seconds = seconds

    def timestamp(self):
        return self.seconds


def test_what_is_kept_is_bounded(assertions, monkeypatch):
    monkeypatch.setattr(identity, "KEPT", 3)

    for number in range(10):
        assertions.caller(signed(sub=f"s{number}"), NINE)

    assert len(assertions._kept) == 3


def test_a_grant_reaches_its_units_and_makes_visible_all_units_of_the_caller():
    caller = Caller("p", "person", (Grant("a", "u2"), Grant("a", "u1"), Grant("b", "u3"), Grant("a", "u2")))

    assert caller.reach("a") == Reach(("u1", "u2"), ("u1", "u2", "u3"))
    with pytest.raises(NotGranted, match="the grant c is needed"):
        caller.reach("c")
