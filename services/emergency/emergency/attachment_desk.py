"""R7.11: the files of incidents as the service's methods need them."""

from collections.abc import Callable
from typing import Any

from chassis.filenames import safe_name
from chassis.service import Answer, Call
from emergency import attachments
from emergency.attachments import File
from emergency.authority import Actor
from emergency.incidents import Decision, Incident

Decide = Callable[[Incident, Actor, object], Decision]


def attaches(call: Call) -> Decide:
    """R7.11: how the caller's upload comes to belong to an incident."""
    upload, said = call.upload, call.body
    assert upload is not None, "the contract says that it takes an upload"
    name = safe_name(said["name"], upload.type)
    file = File(hash=upload.hash, size=upload.size, type=upload.type, name=name, kind=said["kind"])
    return lambda incident, who, _: attachments.attach(incident, file, actor=who, at=call.now)


def address_of(call: Call) -> str:
    """Where the file that the caller has just attached is found."""
    assert call.upload is not None, "the contract says that it takes an upload"
    return f"/v1/incidents/{call.path['incident']}/attachments/{call.upload.hash}"


def handed_out(incident: Incident, call: Call) -> Answer:
    """R7.11: the object that answers: whoever may read the incident may have its files."""
    found = attachments.attachment(incident, call.path["hash"])
    said: dict[str, Any] = {"hash": found.hash, "size": found.size, "type": found.type, "name": found.name}
    return Answer(said)
