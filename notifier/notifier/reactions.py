"""What the notifier does by itself: when a notice is due, when a try is due, and when a unit is stated.

In time order: `emergency.notice_due` is kept as a notice, in one write that announces its first try to our own queue
of its channel; a worker of that queue makes the try and then writes what came of it, which announces the result, or
sets the timer of the next try, which announces that try. At every moment the notice lies in a queue, an outbox or a
timer: a crash delays it, or sends it twice with the same id, and never loses it. Mail and webhooks have queues of
their own, and no other notice waits for a server that does not answer.
"""

from functools import partial

from attrs import frozen

from chassis.bus import Heard
from chassis.clock import Clock
from chassis.copies import Copies
from chassis.fieldcrypt import FieldKeys
from chassis.reaction import reaction
from chassis.store import Aggregates, Command
from chassis.timers import Firing
from notifier import contact_points, notices
from notifier.contact_points import ContactPoint
from notifier.directory import UnitCopy
from notifier.links import link_of, token_of
from notifier.notices import Channel, Notice
from notifier.outgoing import Outcome, outcome
from notifier.sender import Sender
from notifier.webhook_wording import webhook_notice

REFILED = 200
"""Contact points filed anew in one go."""


@frozen
class Reactions:
    """Reactions on notices and contact points; each write is a command of its own through the aggregate's ring."""

    notices: Aggregates[Notice]
    points: Aggregates[ContactPoint]
    units: Copies[UnitCopy]
    sender: Sender
    keys: FieldKeys
    clock: Clock

    def notice_due(self, heard: Heard) -> None:
        """R7.5: keep the notice, once for each step, and have it sent."""
        facts = dict(heard.data)
        step = facts.pop("step")
        notice = Notice(
            id=step,
            units=heard.units,
            link=link_of(token_of(step, self.keys)) or "",
            accepted_at=self.clock.now(),
            **facts,
        )
        command = self._command(f"notice:{step}", heard.actor, heard.id)
        self.notices.create(step, command, lambda: outcome(notices.accept(notice)))

    def try_due(self, heard: Heard) -> None:
        """R7.5: make this try, unless it was made; then write what came of it."""
        step, number = heard.data["step"], heard.data["number"]
        notice = self.notices.load(step).state
        if not notice.awaits(number):
            return
        reason = self.sender.send(notice)
        at = self.clock.now()

        def settled(notice: Notice) -> Outcome:
            if reason is None:
                return outcome(notices.delivered(notice, at=at))
            return outcome(notices.not_delivered(notice, number, reason, at=at))

        came = "sent" if reason is None else "failed"
        self.notices.change(step, self._command(f"try:{number}:{came}", "notifier", heard.id), settled)

    def retry(self, firing: Firing) -> None:
        """R7.5: the time for the next try has come."""
        command = self._command(firing.command, "timer", firing.id)
        self.notices.change(firing.aggregate, command, lambda notice: outcome(notices.try_again(notice)))

    def webhook_disabled(self, heard: Heard) -> None:
        """Tell who answers for the webhook, and head office's duty desk, by every channel that reaches them."""
        for person in dict.fromkeys(filter(None, (heard.data["person"], self.sender.settings.duty_desk))):
            for channel in (Channel.WEBHOOK, Channel.MAIL):
                notice = webhook_notice(heard, person, channel, at=self.clock.now(), keys=self.keys)
                command = self._command(f"notice:{notice.id}", "notifier", heard.id)
                self.notices.create(notice.id, command, partial(_accepted, notice))

    def unit_stated(self, heard: Heard) -> UnitCopy | None:
        """Keep the unit's copy, and file the contact points of its people under its ancestors; the copy."""
        self.units.keep(heard.subject, heard.sequence, UnitCopy(heard.data["id"], tuple(heard.data["units"])))
        unit = self.units.get(heard.subject)
        while unit and (found := self.points.find({"unit": unit.id, "units": {"$ne": [*unit.units]}}, limit=REFILED)):
            for loaded in found:
                self._refile(loaded.id, unit, heard)
        return unit

    def _refile(self, person: str, unit: UnitCopy, heard: Heard) -> None:
        command = self._command(None, "directory", heard.id)
        self.points.change(person, command, lambda point: (_refiled(point, unit), ()))

    def _command(self, id: str | None, actor: str, cause: str) -> Command:
        return reaction("notifier", id, actor=actor, cause=cause, at=self.clock.now())


def _accepted(notice: Notice) -> Outcome:
    return outcome(notices.accept(notice))


def _refiled(point: ContactPoint, unit: UnitCopy) -> ContactPoint:
    return contact_points.refiled(point, unit.units) if point.unit == unit.id else point
