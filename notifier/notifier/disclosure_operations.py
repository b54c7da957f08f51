"""What is offered of disclosures: a part of the contract."""

from chassis.contract import Event, Words, command, query
from chassis.forms import PageIn
from notifier import disclosure_schemas as wire
from notifier.authority import Action
from notifier.contact_points import PersonIdMalformed
from notifier.disclosures import LimitReached

DISCLOSURE_LIMIT_REACHED = Event(
    name="disclosure_limit_reached",
    kind="fact",
    carries=wire.LimitReachedOut(),
    says=Words("当日查看明文次数已达上限", "a reader has used up a day's disclosures"),
)
DISCLOSURE_EVENTS = (DISCLOSURE_LIMIT_REACHED,)
DISCLOSURE_OPERATIONS = (
    command(
        "disclose_contact_point",
        "POST",
        "/v1/contact-points/{person}/disclosure",
        says=Words(
            "查看人员联系方式明文，须注明用途；只显示一次并留痕", "read a contact point in clear, on the record"
        ),
        needs=Action.REVEAL_CONTACT.value,
        takes=wire.DisclosureIn(),
        gives=wire.DisclosedOut(),
        refuses=(PersonIdMalformed, LimitReached),
        announces=(DISCLOSURE_LIMIT_REACHED.name,),
        example={"purpose": "delivery_fault", "reason": "mails to this person come back"},
    ),
    command(
        "export_subject",
        "POST",
        "/v1/subject-exports",
        says=Words("按邮箱查询本服务持有的个人信息，留痕", "what is kept of whoever has this address, on record"),
        needs=Action.EXPORT_SUBJECT.value,
        takes=wire.SubjectExportIn(),
        gives=wire.SubjectExportOut(),
        refuses=(LimitReached,),
        announces=(DISCLOSURE_LIMIT_REACHED.name,),
        example={"mail": "p440100017@example.invalid", "reason": "request by letter, number 17"},
    ),
    query(
        "disclosures",
        "/v1/disclosures",
        says=Words("查询明文查看记录", "who read what in clear, newest first"),
        needs=Action.READ_DISCLOSURES.value,
        asks=PageIn(),
        gives=wire.DisclosuresOut(),
        paged=True,
    ),
)
