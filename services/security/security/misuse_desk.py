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
from chassis.work.rectifications import Evidence
from chassis.work.tasks import Owner
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

        def recorded(check: MisuseCheck) -> MisuseCheck:
            verifier = self._head(check.unit, check.units, by, call.now)
            return misuse.record_result(
                check, verdict=said["verdict"], words=said["words"], by=by, verifier=verifier, at=call.now
            )

        return self._changed(call, recorded, _told)

    def put_right(self, call: Call) -> Answer:
        """What the head has done about it."""
        evidence, by = Evidence(call.body["note"]), call.caller.subject
        return self._changed(call, lambda one: misuse.put_right(one, evidence=evidence, by=by, at=call.now))

    def verify(self, call: Call) -> Answer:
        """Somebody else has seen it."""
        return self._changed(call, lambda one: misuse.verify(one, by=call.caller.subject, at=call.now))

    def reject(self, call: Call) -> Answer:
        """Somebody else has seen that it is not so."""
        reason = call.body["reason"]
        return self._changed(call, lambda one: misuse.reject(one, reason=reason, by=call.caller.subject))

    def one(self, call: Call) -> Answer:
        """One check."""
        return call.answer(self.checks.load(call.path["check"], call.reach))

    def page(self, call: Call) -> Answer:
        """Checks within the caller's reach."""
        ground = call.query["ground"]
        return call.page(self.checks, {} if ground is None else {"ground": ground.value})

    def filed(self) -> Filed[MisuseCheck]:
        """R9.1: the open checks of a unit that moves go to the head that it has then."""
        return Filed(self.checks, {"open": True}, self._refiled)

    def _refiled(self, check: MisuseCheck, units: tuple[str, ...], at: datetime) -> Decision[MisuseCheck]:
        after = misuse.moved(check, units, self._head(check.unit, units, check.checked_by or check.subject, at))
        return after, [] if after is check else [SetTasks(misuse.tasks(after))]

    def _head(self, place: str, units: tuple[str, ...], person: str, at: datetime) -> Owner:
        """Who is the head there, of those who are not this person."""
        unit: Unit = self.units.load(place).state
        return self.heads(evolve(unit, units=units), person, business_day(at))

    def _changed(
        self,
        call: Call,
        decide: Callable[[MisuseCheck], MisuseCheck],
        told: Callable[[MisuseCheck], list[Announcement]] = lambda _: [],
    ) -> Answer:
        def decided(check: MisuseCheck) -> Saving:
            after = decide(check)
            return after, [*told(after), SetTasks(misuse.tasks(after))]

        return call.answer(self.checks.change(call.path["check"], call.command(), decided, reach=call.reach))

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
        "open": check.open,
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
