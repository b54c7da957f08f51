"""What the contract says of attachments: each refusal and what is announced, with how it comes about."""

from chassis.uploads import ReceiptUnproven
from emergency import refusals as no
from emergency.attachments import MOST_ATTACHMENTS
from services.emergency.tests.component.office import (
    HO_REVIEWER,
    MANAGER,
    SUPERVISOR,
    does,
    gathering,
)


def attaching(by, content=b"example", name="现场.png", kind="on_site_photo", type="image/png"):
    """The body that attaches an upload of these bytes; made when it is sent."""
    return lambda house: {"receipt": house.receipt(by, content, type), "name": name, "kind": kind}


def one(house):
    """An incident without files."""
    return gathering(house, 10)


def with_file(house):
    """An incident with a file."""
    incident = one(house)
    does(house, "attach", MANAGER, incident, attaching(MANAGER)(house))
    return incident


def full(house):
    """An incident with as many files as it takes."""
    incident = one(house)
    for number in range(MOST_ATTACHMENTS):
        does(house, "attach", MANAGER, incident, attaching(MANAGER, f"{number}".encode())(house))
    return incident


def false_alarm(house):
    """An incident that was none."""
    incident = one(house)
    does(house, "close", HO_REVIEWER, incident, {"outcome": "false_alarm", "reason": "误报"})
    return incident


def strange(house):
    """A file of no incident."""
    return {"incident": with_file(house), "hash": "0" * 64}


REFUSED = [
    ("attach", ReceiptUnproven, one, MANAGER, attaching(SUPERVISOR)),
    ("attach", no.AlreadyClosed, false_alarm, MANAGER, attaching(MANAGER)),
    ("attach", no.TextMissing, one, MANAGER, attaching(MANAGER, name="..")),
    ("attach", no.AttachedOtherwise, with_file, MANAGER, attaching(MANAGER, name="other.png")),
    ("attach", no.TooManyAttachments, full, MANAGER, attaching(MANAGER, b"one more")),
    ("attachment", no.AttachmentUnknown, strange, MANAGER, None),
]
ANNOUNCED = [("attach", one, MANAGER, attaching(MANAGER), ("incident_stated",))]
NAMING = {"attach": attaching(HO_REVIEWER)}
