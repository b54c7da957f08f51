"""What the contract's tests need to know of parameters."""

from chassis.work import approvals, parameters
from services.emergency.tests.component.office import (
    ALMIGHTY,
    BUSINESS,
    COUNTER,
    HO_REVIEWER,
    PROVINCE_HEAD,
    PROVINCE_REVIEWER,
)

KEY = "body_confirm_days"
REASON = {"reason": "现行时限已足够"}
FAR = "2028-01-01T00:00:00Z"


def new(value=14, unit="44", **more):
    """The body of a proposal."""
    return {"unit": unit, "value": value, "reason": "本省从严管理", **more}


def proposes(house, value=14, unit="44", by=PROVINCE_REVIEWER, key="p", number=KEY, **more):
    """A value is proposed; the id of the proposal."""
    body = new(value, unit, **more)
    return str(house.done("propose_parameter", by, path={"key": number}, body=body, key=key)["body"]["id"])


def makes(house, value=14, unit="44", by=PROVINCE_HEAD, **more):
    """A value is proposed and approved."""
    path = {"proposal": proposes(house, value, unit, **more)}
    return house.done("approve_parameter", by, path=path, body={})["body"]


def holds(house, unit=COUNTER, number=KEY, by=HO_REVIEWER):
    """The number as it holds there."""
    return house.done("parameter", by, path={"key": number}, query={"unit": unit})["body"]


def named(house):
    return {"key": KEY}


def stricter(house):
    makes(house)
    return {"key": KEY}


def waiting(house):
    return {"proposal": proposes(house)}


def reviewers(house):
    return {"proposal": proposes(house, by=PROVINCE_REVIEWER)}


def heads(house):
    return {"proposal": proposes(house, by=PROVINCE_HEAD)}


def withdrawn(house):
    path = reviewers(house)
    house.done("withdraw_parameter", PROVINCE_REVIEWER, path=path, body={})
    return path


def overtaken(house):
    """Waiting, while the province becomes stricter than it."""
    path = {"proposal": proposes(house, 20, COUNTER, key="waiting")}
    makes(house, 7)
    return path


PROPOSE, APPROVE, REJECT, WITHDRAW = (f"{verb}_parameter" for verb in ("propose", "approve", "reject", "withdraw"))
REFUSED = [
    (PROPOSE, parameters.ParameterLaxer, stricter, PROVINCE_HEAD, new(15, COUNTER)),
    (PROPOSE, parameters.ParameterOutOfBounds, named, PROVINCE_HEAD, new(93)),
    (PROPOSE, parameters.ParameterTooFar, named, PROVINCE_HEAD, new(effective_from=FAR)),
    (PROPOSE, approvals.ReasonMissing, named, PROVINCE_HEAD, {**new(), "reason": " "}),
    (APPROVE, approvals.NotPending, withdrawn, PROVINCE_HEAD, {}),
    (APPROVE, approvals.OwnWork, heads, PROVINCE_HEAD, {}),
    (APPROVE, approvals.PostLacking, waiting, ALMIGHTY, {}),
    (APPROVE, parameters.ParameterLaxer, overtaken, PROVINCE_HEAD, {}),
    (REJECT, approvals.NotPending, withdrawn, PROVINCE_HEAD, REASON),
    (REJECT, approvals.OwnWork, heads, PROVINCE_HEAD, REASON),
    (REJECT, approvals.PostLacking, waiting, ALMIGHTY, REASON),
    (REJECT, approvals.ReasonMissing, waiting, PROVINCE_HEAD, {"reason": " "}),
    (WITHDRAW, approvals.NotPending, withdrawn, PROVINCE_REVIEWER, {}),
    (WITHDRAW, approvals.MakerOnly, waiting, PROVINCE_HEAD, {}),
]

STATED = ("parameter_stated",)
ANNOUNCED = [
    (PROPOSE, named, PROVINCE_REVIEWER, new(), STATED),
    (APPROVE, waiting, BUSINESS, {}, STATED),
    (REJECT, waiting, BUSINESS, REASON, STATED),
    (WITHDRAW, waiting, PROVINCE_REVIEWER, {}, STATED),
]

EVENTS = {"parameter_stated": waiting}
READY = {PROPOSE: named, APPROVE: reviewers, REJECT: reviewers, WITHDRAW: reviewers}
BY = {PROPOSE: PROVINCE_REVIEWER, APPROVE: PROVINCE_HEAD, REJECT: PROVINCE_HEAD, WITHDRAW: PROVINCE_REVIEWER}
"""Who takes the examples of the contract."""
