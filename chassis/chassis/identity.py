"""Who calls, with which grants, over which units.

The gateway signs a caller assertion (60 s) into each call; the service verifies it here. Assertions that were
verified are kept until they end, within a bound, because a check costs about 0.2 ms. A system's grants stand in its
assertion; a person's are resolved by the service from its own copy of the directory at the moment of the call.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import frozen
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from chassis.clock import machine_now
from chassis.contract import WITHIN
from chassis.errors import Forbidden
from chassis.store import Reach
from chassis.uploads import Receipts, Upload

ASSERTION_ISSUER = "decalog-gateway"
ASSERTION_AUDIENCE = "decalog-services"
ALGORITHMS = ["Ed25519"]
KEPT = 4_096
UNITS_AT_MOST = 50
SKEW_SECONDS = 5


class CallerUnproven(Forbidden):
    """The call carries no valid caller assertion: it did not come through the gateway."""

    code = "chassis.caller_unproven"
    zh = "无法确认调用者身份"
    en = "the caller's identity could not be verified"


class NotAdmitted(Forbidden):
    """The caller is suspended or has left: whatever they were granted, told or own counts no more."""

    code = "chassis.not_admitted"
    zh = "您目前处于停职或离司状态，不能进行任何操作；如有疑问请联系本机构负责人"
    en = "you are suspended or have left, so nothing can be done; ask the head of your unit"


class NotGranted(Forbidden):
    """The caller holds the action nowhere."""

    code = "chassis.not_granted"
    zh = "没有 {action} 权限"
    en = "the grant {action} is needed"


class TooManyUnits(Forbidden):
    """The caller holds the action over more units than a query may name."""

    code = "chassis.too_many_units"
    zh = "{action} 权限涉及的机构超过 {limit} 个，请改为授予其上级机构"
    en = "{action} is granted over more than {limit} units; grant it over the unit above them"


@frozen
class Grant:
    """An action over a unit and everything below it."""

    action: str
    unit: str


@frozen
class Caller:
    """Who calls. `kind` is `person` or `system`."""

    subject: str
    kind: str
    grants: tuple[Grant, ...]
    epoch: int = 0

    def reach(self, action: str, relations: Sequence[str] = (WITHIN,)) -> Reach:
        """Over which units the caller may do this, and by which relations. NotGranted where by none; TooManyUnits."""
        granted = {grant.unit for grant in self.grants if grant.action == action and WITHIN in relations}
        related = {f"{relation}:{self.subject}" for relation in relations if relation != WITHIN}
        if not granted | related:
            raise NotGranted(action=action)
        visible = {grant.unit for grant in self.grants} | related
        if len(granted) > UNITS_AT_MOST:
            raise TooManyUnits(action=action, limit=UNITS_AT_MOST)
        return Reach(tuple(sorted(granted | related)), tuple(sorted(visible)))


Resolver = Callable[[str, datetime], tuple[Grant, ...]]
"""A person's grants at this moment, from the service's copy of the directory."""


class Assertions:
    """Verifies caller assertions against the gateway's public keys."""

    def __init__(self, keys: Path, resolve: Resolver) -> None:
        self._keys = KeySet.import_key_set(json.loads((keys / "assertion.public.json").read_text()))
        self._resolve = resolve
        self._registry = jwt.JWTClaimsRegistry(
            leeway=SKEW_SECONDS,
            iss={"essential": True, "value": ASSERTION_ISSUER},
            aud={"essential": True, "value": ASSERTION_AUDIENCE},
            sub={"essential": True},
            kind={"essential": True, "values": ["person", "system"]},
            exp={"essential": True},
        )
        self._kept: dict[str, tuple[float, Mapping[str, Any]]] = {}
        self._receipts = Receipts(self._keys)

    def caller(self, assertion: str | None, at: datetime) -> Caller:
        """Who calls, with the grants held at `at`; CallerUnproven for anything but a valid, present assertion."""
        claims = self._verified(assertion or "")
        grants = _stated(claims) if claims["kind"] == "system" else self._resolve(claims["sub"], at)
        return Caller(claims["sub"], claims["kind"], grants, claims.get("epoch", 0))

    def upload(self, receipt: str, caller: Caller) -> Upload:
        """What the caller uploaded, as the gateway's receipt says; ReceiptUnproven."""
        return self._receipts.upload(receipt, f"{caller.kind}:{caller.subject}")

    def _verified(self, assertion: str) -> Mapping[str, Any]:
        now = machine_now().timestamp()
        if kept := self._kept.get(assertion):
            if kept[0] > now:
                return kept[1]
            del self._kept[assertion]
        try:
            claims = jwt.decode(assertion, self._keys, algorithms=ALGORITHMS).claims
            self._registry.validate(claims)
        except (JoseError, ValueError) as error:
            raise CallerUnproven from error
        if len(self._kept) >= KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[assertion] = (claims["exp"] + SKEW_SECONDS, claims)
        return claims


def _stated(claims: Mapping[str, Any]) -> tuple[Grant, ...]:
    try:
        return tuple(Grant(grant["action"], grant["unit"]) for grant in claims["grants"])
    except (KeyError, TypeError) as error:
        raise CallerUnproven from error


def system_caller(name: str, grants: tuple[Grant, ...] = ()) -> Caller:
    """A service acting by itself: timers and reactions."""
    return Caller(name, "system", grants)


ANYBODY = Caller("anybody", "anonymous", ())
"""The caller of a public operation."""
