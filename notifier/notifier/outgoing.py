"""What the domain announces about a notice, as the store wants it: events and the one timer of the next try."""

from chassis.contract import Event
from chassis.entries import Announce, Announcement, CancelTimer, SetTimer, filed_under
from notifier import contract
from notifier.notices import (
    WEBHOOK,
    Channel,
    Decision,
    Effect,
    Failed,
    Followed,
    Notice,
    RetryDropped,
    RetryDue,
    Sent,
    TryDue,
)

RETRY = "retry"

Outcome = tuple[Notice, list[Announcement]]

_OWN = (TryDue, RetryDue, RetryDropped)
"""What concerns nobody but the notifier: of a webhook's notice nobody waits to hear more."""

_TRY_DUE = {
    Channel.MAIL: contract.MAIL_DUE,
    Channel.WEBHOOK: contract.WEBHOOK_DUE,
    Channel.CHAT: contract.WEBHOOK_DUE,
}


def outcome(decision: Decision) -> Outcome:
    """A decision as the store takes it."""
    notice, effects = decision
    told = [effect for effect in effects if notice.about != WEBHOOK or isinstance(effect, _OWN)]
    return notice, [_announcement(notice, effect) for effect in told]


def _announcement(notice: Notice, effect: Effect) -> Announcement:
    match effect:
        case TryDue(number):
            return _announce(notice, _TRY_DUE[Channel(notice.channel)], {"step": notice.id, "number": number})
        case RetryDue(at):
            return SetTimer(RETRY, at)
        case RetryDropped():
            return CancelTimer(RETRY)
        case Sent(at):
            return _announce(notice, contract.NOTICE_SENT, _told(notice) | {"at": at})
        case Failed(at, reason):
            return _announce(notice, contract.NOTICE_FAILED, _told(notice) | {"at": at, "reason": reason.value})
        case Followed(at):
            facts = {"notice": notice.id, "about": notice.about, "person": notice.person, "incident": notice.incident}
            return _announce(notice, contract.LINK_FOLLOWED, {**facts, "acknowledged_at": at})


def _announce(notice: Notice, event: Event, facts: dict[str, object]) -> Announce:
    return Announce(event.name, event.data(facts), filed_under(notice.units, drill=notice.drill))


def _told(notice: Notice) -> dict[str, object]:
    facts = {"incident": notice.incident, "person": notice.person, "channel": notice.channel}
    return {"step": notice.id, "about": notice.about, **facts}
