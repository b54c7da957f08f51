"""R9.7: the second factor: a one-time code of six digits by time (TOTP, RFC 6238), from a secret in the person's phone.

A code is good for its own half minute and the ones beside it, for clocks differ; a step is accepted once. The secret
is sealed wherever it is kept, and shown once.

Whoever must have one and has none gets it together with the first password of their own: the one-time password was
handed over in person, so that nobody who merely knows a password can set up a factor for somebody else. A person may
also set one up while signed in. A reset keeps a confirmed one; a lost one is taken away by two people
(`factor_removals.py`).
"""

import hmac
from collections.abc import Iterable
from datetime import datetime

import pyotp
from attrs import frozen

from chassis.work.approvals import Approval
from chassis.work.tasks import Owner

ISSUER = "Decalog"
STEP_SECONDS = 30
BESIDE = 1

SECOND_FACTOR_POSTS = frozenset(
    {
        "province_ops_head",
        "ho_business_management_head",
        "ho_customer_service_head",
        "it_permission_admin",
    }
)
"""D: posts that decide for a province or the company, or that manage accounts and permissions."""


@frozen
class SecondFactor:
    """A factor as kept. Until `confirmed` nobody has shown a code of it; `last_step` is the newest one accepted."""

    sealed: str
    confirmed: bool = False
    last_step: int = 0


@frozen
class Removal:
    """R9.6: an administrator asks that a lost factor be taken away; kept while nobody has decided."""

    reason: str
    approval: Approval
    owner: Owner


@frozen
class PickUp:
    """What stands in the place of a factor that was taken away until its owner has set up the next one: the look-up of
    a code that only who approved was shown, good before `until`, and who asked."""

    found_by: str
    asked_by: str
    until: datetime


def required(posts: Iterable[str]) -> bool:
    """R9.7: whether somebody at these posts signs in with two factors."""
    return not SECOND_FACTOR_POSTS.isdisjoint(posts)


def step_of(secret: str, code: str, *, at: datetime) -> int | None:
    """The time step whose code this is, among those good at `at`; None for a wrong code."""
    generator, present = pyotp.TOTP(secret), int(at.timestamp()) // STEP_SECONDS
    steps = range(present - BESIDE, present + BESIDE + 1)
    good = [step for step in steps if hmac.compare_digest(generator.generate_otp(step).encode(), code.encode())]
    return good[-1] if good else None


def address_of(secret: str, account: str) -> str:
    """The `otpauth:` address that an authenticator reads as a picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)
