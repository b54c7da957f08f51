"""What is offered of the files of an incident (R7.11): a part of the contract."""

from chassis.contract import Words, command, query
from chassis.uploads import ObjectOut, ReceiptUnproven
from emergency import attachment_schemas as wire
from emergency import refusals as no
from emergency.authority import Action
from emergency.schemas import IncidentOut

_ATTACHMENTS = "/v1/incidents/{incident}/attachments"

ATTACHMENT_OPERATIONS = (
    command(
        "attach",
        "POST",
        _ATTACHMENTS,
        says=Words("为事件附上已上传的文件", "attach an uploaded file to an incident"),
        needs=Action.ADD_FACTS.value,
        relations=("within", "own"),
        takes=wire.AttachIn(),
        takes_upload=True,
        gives=IncidentOut(),
        key="none",
        if_match="optional",
        status=201,
        refuses=(
            ReceiptUnproven,
            no.AlreadyClosed,
            no.TextMissing,
            no.AttachedOtherwise,
            no.TooManyAttachments,
        ),
        announces=("incident_stated",),
        example={"receipt": "the receipt that POST /v1/uploads gave", "name": "现场.png", "kind": "on_site_photo"},
    ),
    query(
        "attachment",
        f"{_ATTACHMENTS}/{{hash}}",
        says=Words("下载事件的附件", "the bytes of a file of an incident"),
        needs=Action.READ.value,
        relations=("within", "own", "told"),
        gives=ObjectOut(),
        answers_with_object=True,
        refuses=(no.AttachmentUnknown,),
    ),
)
