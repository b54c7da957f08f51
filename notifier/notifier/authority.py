"""What can be done in the notifier: the names of the grants."""

from enum import StrEnum


class Action(StrEnum):
    """What a system is granted over a unit. No post has any of it: people do none of this."""

    SET_CONTACT = "contact.write"
    READ_CONTACT = "contact.read"
    REVEAL_CONTACT = "contact.reveal"
    EXPORT_SUBJECT = "subject.export"
    READ_DISCLOSURES = "disclosure.read"
    MANAGE_WEBHOOKS = "webhook.manage"
    READ_WEBHOOKS = "webhook.read"
