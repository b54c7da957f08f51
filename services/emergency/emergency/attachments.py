"""R7.11: what belongs to an incident as a file: a photo of the scene, the scan of a report, a list.

The bytes lie in the object store under their hash. The incident keeps the hash, what the file is, who attached it and
when, and its timeline says so; nothing that was attached is ever taken away.
"""

from datetime import datetime
from enum import StrEnum

from attrs import evolve, frozen

from emergency.announcements import EntryKind, Happening
from emergency.authority import Action, Actor, require
from emergency.incidents import Attachment, Decision, Incident, Outcome, refuse_closed
from emergency.refusals import AttachedOtherwise, AttachmentUnknown, TextMissing, TooManyAttachments
from emergency.timeline import announced

MOST_ATTACHMENTS = 50
"""D: our default. Each takes about 300 bytes of the incident's document, which stays small."""


class DocumentKind(StrEnum):
    """D: what a file is: 现场照片, 报告扫描件, 情况说明, 明细清单, 其他."""

    ON_SITE_PHOTO = "on_site_photo"
    REPORT_SCAN = "report_scan"
    STATEMENT = "statement"
    LIST = "list"
    OTHER = "other"


@frozen(kw_only=True)
class File:
    """What is to be attached; `name` is cleaned already, and empty where nothing was left of it."""

    hash: str
    size: int
    type: str
    name: str
    kind: DocumentKind


def attach(incident: Incident, file: File, *, actor: Actor, at: datetime) -> Decision:
    """R7.11: the file belongs to the incident from now on; whoever reported it, or may add facts, attaches.

    Attaching the same once more changes nothing. A closed incident takes nothing more, except that a report may be
    signed and scanned after a handled one was closed. Refused: no authority, no name, closed, attached under another
    name or as another kind, too many.
    """
    if actor.id != incident.reporter:
        require(actor, Action.ADD_FACTS, incident.level)
    if not file.name:
        raise TextMissing(field="name", pointer="/body/name")
    if same := _found(incident, file.hash):
        if (same.name, same.kind) != (file.name, file.kind):
            raise AttachedOtherwise(incident=incident.id, name=same.name, kind=same.kind)
        return incident, ()
    if file.kind is not DocumentKind.REPORT_SCAN or incident.outcome is not Outcome.HANDLED:
        refuse_closed(incident)
    if len(incident.attachments) >= MOST_ATTACHMENTS:
        raise TooManyAttachments(incident=incident.id, limit=MOST_ATTACHMENTS)

    added = Attachment(file.hash, file.size, file.type, file.name, file.kind.value, at, actor.id)
    data = {"hash": file.hash, "type": file.type, "size": f"{file.size}", "document": file.kind.value}
    changed = evolve(incident, attachments=(*incident.attachments, added))
    return announced(changed, (Happening(EntryKind.ATTACHED, data, file.name),), actor=actor.id, at=at)


def attachment(incident: Incident, hash: str) -> Attachment:
    """R7.11: the file of this hash that belongs to the incident (AttachmentUnknown)."""
    if found := _found(incident, hash):
        return found
    raise AttachmentUnknown(incident=incident.id, hash=hash)


def _found(incident: Incident, hash: str) -> Attachment | None:
    return next((one for one in incident.attachments if one.hash == hash), None)
