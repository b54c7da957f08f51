"""What the notifier offers and hears."""

from chassis.contract import Contract, Event, Hearing, Words, command, query
from notifier import schemas as wire
from notifier.authority import Action
from notifier.contact_points import NothingGiven, NotOfThisUnit, PersonIdMalformed, SecretMalformed
from notifier.disclosure_operations import DISCLOSURE_EVENTS, DISCLOSURE_OPERATIONS
from notifier.notices import LinkExpired, LinkUnknown
from notifier.robots import ChatMalformed
from notifier.targets import WebhookMalformed
from notifier.webhook_operations import WEBHOOK_EVENTS, WEBHOOK_HEARINGS, WEBHOOK_OPERATIONS

NOTICE_SENT = Event(
    name="notice_sent", kind="fact", carries=wire.NoticeSentOut(), says=Words("通知已发出", "a notice was sent")
)
NOTICE_FAILED = Event(
    name="notice_failed",
    kind="fact",
    carries=wire.NoticeFailedOut(),
    says=Words("通知未能发出", "a notice was given up"),
)
LINK_FOLLOWED = Event(
    name="link_followed",
    kind="fact",
    carries=wire.LinkFollowedOut(),
    says=Words("已通过链接确认", "a person told has acknowledged by the link"),
)
MAIL_DUE = Event(
    name="mail_due", kind="fact", carries=wire.TryDueOut(), says=Words("须发送邮件", "a mail is to be sent")
)
WEBHOOK_DUE = Event(
    name="webhook_due", kind="fact", carries=wire.TryDueOut(), says=Words("须调用 Webhook", "a webhook is to be called")
)

SET_CONTACT_POINT = command(
    "set_contact_point",
    "PUT",
    "/v1/contact-points/{person}",
    says=Words("设置人员的联系方式", "set where a person is reached"),
    needs=Action.SET_CONTACT.value,
    takes=wire.ContactPointIn(),
    gives=wire.ContactPointOut(),
    if_match="optional",
    also=(201,),
    refuses=(PersonIdMalformed, NothingGiven, NotOfThisUnit, WebhookMalformed, SecretMalformed, ChatMalformed),
    example={"unit": "4401", "mail": "p440100017@example.invalid"},
)
CONTACT_POINT = query(
    "contact_point",
    "/v1/contact-points/{person}",
    says=Words("查询人员的联系方式（已脱敏）", "where a person is reached, masked"),
    needs=Action.READ_CONTACT.value,
    gives=wire.ContactPointOut(),
    refuses=(PersonIdMalformed,),
)
LINK = query(
    "link",
    "/v1/links/{link}",
    says=Words("查询链接的用途，不产生任何效果", "what a link is for; asking has no effect"),
    needs=None,
    public=True,
    gives=wire.LinkOut(),
    refuses=(LinkUnknown,),
)
ACKNOWLEDGE_LINK = command(
    "acknowledge_link",
    "POST",
    "/v1/links/{link}/acknowledgement",
    says=Words("通过链接确认已收到通知", "acknowledge a notice by its link"),
    needs=None,
    public=True,
    key="none",
    gives=wire.LinkOut(),
    refuses=(LinkUnknown, LinkExpired),
    announces=(LINK_FOLLOWED.name,),
)

CONTRACT = Contract(
    service="notifier",
    version="0.1.0",
    says=Words(
        "通知：联系方式、邮件、Webhook 与一次性链接", "notifier: contact points, mail, webhooks, one-time links"
    ),
    operations=(SET_CONTACT_POINT, CONTACT_POINT, LINK, ACKNOWLEDGE_LINK, *WEBHOOK_OPERATIONS, *DISCLOSURE_OPERATIONS),
    grants=Action,
    events=(NOTICE_SENT, NOTICE_FAILED, LINK_FOLLOWED, MAIL_DUE, WEBHOOK_DUE, *WEBHOOK_EVENTS, *DISCLOSURE_EVENTS),
    hears=(
        Hearing(source="emergency", event="notice_due", handler="notices", reads=wire.NoticeDueRead()),
        Hearing(source="security", event="unit_stated", handler="units", reads=wire.UnitRead(), acts=False),
        Hearing(
            source="security",
            event="assignment_stated",
            handler="assignments",
            reads=wire.AssignmentRead(),
            acts=False,
        ),
        Hearing(source="security", event="staff_stated", handler="standings", reads=wire.StaffRead(), acts=False),
        Hearing(source="notifier", event="mail_due", handler="mails", reads=wire.TryDueOut()),
        Hearing(source="notifier", event="webhook_due", handler="webhooks", reads=wire.TryDueOut()),
        *WEBHOOK_HEARINGS,
    ),
)
