"""R7.5, R9.5: who may do what in the notifier: post → actions, over the unit of the post and below. Data.

All of it is ours (D), by `domain.md` J's rule that everybody acts within the own subtree and nobody checks themselves:
whoever is in charge of a unit keeps the contact points of its people; what is read in clear, or sent out of the
company, belongs to posts that sign in with two factors; who reads in clear does not audit who read.
"""

from collections.abc import Mapping
from enum import StrEnum


class Action(StrEnum):
    """The names of the grants, of systems and of posts."""

    SET_CONTACT = "contact.write"
    READ_CONTACT = "contact.read"
    REVEAL_CONTACT = "contact.reveal"
    EXPORT_SUBJECT = "subject.export"
    READ_DISCLOSURES = "disclosure.read"
    MANAGE_WEBHOOKS = "webhook.manage"
    READ_WEBHOOKS = "webhook.read"


_KEEPING = (Action.READ_CONTACT, Action.SET_CONTACT)
_WEBHOOKS = (Action.READ_WEBHOOKS, Action.MANAGE_WEBHOOKS)

AUTHORITY: Mapping[str, tuple[Action, ...]] = {
    "counter_supervisor": _KEEPING,
    "centre_manager": _KEEPING,
    "province_ops_head": (*_KEEPING, Action.REVEAL_CONTACT, *_WEBHOOKS),
    "ho_business_management_head": (*_KEEPING, Action.REVEAL_CONTACT, Action.EXPORT_SUBJECT, *_WEBHOOKS),
    "ho_customer_service_head": (*_KEEPING, Action.REVEAL_CONTACT),
    "duty_officer": (Action.READ_CONTACT, Action.READ_WEBHOOKS),
    "auditor": (Action.READ_DISCLOSURES, Action.READ_WEBHOOKS),
}
