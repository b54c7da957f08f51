"""R9.7, R9.17: checks of suspected misuse over the store: what the service's methods and reactions do with them."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from attrs import evolve, frozen
from pymongo import DESCENDING, IndexModel

from chassis.bus import Heard
from chassis.clock import Clock, business_day
from chassis.entries import Announcement, Escalate, SetTasks, filed_under
from chassis.frame import Frame
from chassis.reaction import reaction
from chassis.refiling import Filed
from chassis.service import Answer, Call
from chassis.store import Aggregates, Decision, NotFound, TakenByAnother
from security import misuse
from security.activity_desk import NOTICE
from security.holders import PERSON_ID
from security.misuse import Ground, MisuseCheck, Verdict
from security.misuse_operations import MISUSE_FOUND
from security.staff import StaffMember
from security.staff_desk import Heads
from security.units import ROOT, Unit

Saving = tuple[MisuseCheck, list[Announcement]]


@frozen
class MisuseDesk:
    """The checks of suspected misuse as one service process works on them."""

    checks: Aggregates[MisuseCheck]
    members: Aggregates[StaffMember]
    units: Aggregates[Unit]
    heads: Heads
    answering: Callable[[Unit, date], Unit]
    clock: Clock

    def limit_reached(self, heard: Heard) -> None:
        """R9.17: somebody has read as much as a day allows: the head of where they belong asks why."""
        reader, place = heard.data["reader"], ROOT
        with suppress(NotFound):
            member: StaffMember = self.members.load(reader).state
            place = member.unit
        self._open(heard, Ground.DISCLOSURE_LIMIT, reader, place, heard.data["day"])

    def code_shared(self, heard: Heard) -> None:
        """R9.7: a code was in use at two counters at once: the head of each asks who sat there."""
        for counter in heard.data["counters"]:
            self._open(heard, Ground.CODE_SHARED, heard.data["person"], counter, heard.data["day"])

    def record_result(self, call: Call) -> Answer:
        """What the head found."""
        said, by = call.body, call.caller.subject

        def recorded(check: MisuseCheck) -> Saving:
            after = misuse.record_result(check, verdict=said["verdict"], words=said["words"], by=by, at=call.now)
            return after, [*_told(after), SetTasks(misuse.tasks(after))]

        return call.answer(self.checks.change(call.path["check"], call.command(), recorded, reach=call.reach))

    def one(self, call: Call) -> Answer:
        """One check."""
        return call.answer(self.checks.load(call.path["check"], call.reach))

    def page(self, call: Call) -> Answer:
        """Checks within the caller's reach."""
        ground = call.query["ground"]
        return call.page(self.checks, {} if ground is None else {"ground": ground.value})

    def filed(self) -> Filed[MisuseCheck]:
        """R9.1: the open checks of a unit that moves go to the head that it has then."""
        return Filed(self.checks, {"checked": False}, self._refiled)

    def _refiled(self, check: MisuseCheck, units: tuple[str, ...], at: datetime) -> Decision[MisuseCheck]:
        unit: Unit = self.units.load(check.unit).state
        after = misuse.moved(check, units, self.heads(evolve(unit, units=units), check.subject, business_day(at)))
        return after, [] if after is check else [SetTasks(misuse.tasks(after))]

    def _open(self, heard: Heard, ground: Ground, subject: str, place: str, day: date) -> None:
        at = self.clock.now()
        known: Unit = self.units.load(place).state
        unit = self.answering(known, business_day(at))
        name = f"{ground}:{unit.id}:{_word(subject)}:{day}"
        head = self.heads(unit, subject, business_day(at))
        check = misuse.open_check(name, ground=ground, subject=subject, unit=unit, day=day, head=head, at=at)
        step = reaction("security", f"{heard.id}:{name}", actor=heard.actor, cause=heard.id, at=at)
        with suppress(TakenByAnother):
            self.checks.create(name, step, lambda: (check, [SetTasks(misuse.tasks(check))]))


def misuse_desk(
    frame: Frame,
    members: Aggregates[StaffMember],
    units: Aggregates[Unit],
    heads: Heads,
    answering: Callable[[Unit, date], Unit],
) -> MisuseDesk:
    """The desk over its collection in this frame."""
    newest = IndexModel([("units", 1), ("at", DESCENDING), ("_id", DESCENDING)])
    checks = frame.aggregates("misuse_checks", MisuseCheck, stamps=stamps, indexes=(newest,))
    return MisuseDesk(checks, members, units, heads, answering, frame.clock)


def stamps(check: MisuseCheck) -> dict[str, Any]:
    """What lists and scopes query."""
    return {
        "units": list(check.units),
        "at": check.found_at,
        "ground": check.ground.value,
        "checked": check.checked_at is not None,
    }


def _told(check: MisuseCheck) -> list[Announcement]:
    """Misuse is told upward; anything else stays in the record."""
    if check.verdict is not Verdict.MISUSE:
        return []
    about = {
        "level": NOTICE,
        "check": check.id,
        "ground": check.ground,
        "unit": check.unit,
        "checked_at": check.checked_at,
        "checked_by": check.checked_by,
    }
    subject = filed_under(check.units)
    return [Escalate(MISUSE_FOUND.name, MISUSE_FOUND.data(about), evolve(subject, words=(NOTICE, *subject.words)))]


def _word(subject: str) -> str:
    """A subject as a part of an id, which stands in addresses: a person's id, or what a system's name comes to."""
    if PERSON_ID.fullmatch(subject):
        return subject
    return f"system-{hashlib.sha256(subject.encode()).hexdigest()[:16]}"
