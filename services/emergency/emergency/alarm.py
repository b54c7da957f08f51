"""R7.4, R7.5: the running alarm of an incident: who answers, what falls due, and the unit that arrives late."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from attrs import asdict, evolve, frozen

from emergency import answers, audit, reviews
from emergency.announcements import Because, EntryKind, Happening
from emergency.authority import Action, Actor, require
from emergency.escalation import due_step, escalation_level, unit_arrived
from emergency.handling import ended
from emergency.incidents import Decision, Incident, Outcome, refuse_closed
from emergency.opening import told_anew
from emergency.places import Place
from emergency.refusals import UnitAlreadyKnown
from emergency.reports import FINAL, AddWorkdays, Clock, Course, report_clocks
from emergency.tellings import PersonInCharge, TellingState, next_due
from emergency.texts import LONGEST_GUIDANCE, check_text
from emergency.timeline import ESCALATION, announced

LADDER, UNANSWERED, DRILL_END = "escalation", "unanswered", "drill_end"


@frozen
class Deadline:
    """One instant at which something is to be done.

    `escalation`; `unanswered`: nobody is left to tell and nobody has answered; `drill_end`: the drill is over;
    `<clock>.half`, `.late_soon`, `.due`; `review`, `action.<id>`: what is owed after the closing.
    """

    name: str
    due: datetime


def acknowledge(incident: Incident, *, person: str, at: datetime) -> Decision:
    """R7.5: who was told has seen it; allowed after the closing too. A second time, while it holds, nothing happens."""
    escalation = answers.acknowledge(incident.escalation, incident.policy, person, incident=incident.id, at=at)
    if escalation == incident.escalation:
        return incident, ()

    seen = evolve(incident, escalation=escalation, first_acknowledged_at=incident.first_acknowledged_at or at)
    return announced(seen, (Happening(EntryKind.ACKNOWLEDGED),), actor=person, at=at)


def record_guidance(incident: Incident, *, words: str, actor: Actor, at: datetime) -> Decision:
    """R7.5: guidance of the handling, in the person's own words, by who was told or has the authority to guide."""
    refuse_closed(incident)
    if all(telling.person != actor.id for telling in incident.escalation.tellings):
        require(actor, Action.GUIDE, incident.level)
    check_text(words, "words", LONGEST_GUIDANCE)

    escalation = answers.record_guidance(incident.escalation, incident.policy, actor.id, at=at)
    guided = evolve(
        incident,
        escalation=escalation,
        first_acknowledged_at=incident.first_acknowledged_at or at,
        first_guided_at=incident.first_guided_at or at,
        guided_at=at,
    )
    return announced(guided, (Happening(EntryKind.GUIDANCE_RECORDED, {}, words),), actor=actor.id, at=at)


def escalate(incident: Incident, *, persons: Iterable[PersonInCharge], at: datetime) -> Decision:
    """R7.5: all that the ladder has due by `at`; nothing where nothing is due, or the incident is closed."""
    escalation, effects = due_step(incident.escalation, incident.scene(persons), at=at)
    return announced(evolve(incident, escalation=escalation), effects, actor=ESCALATION, at=at)


def undelivered(
    incident: Incident, *, step: str, reason: str, persons: Iterable[PersonInCharge], at: datetime
) -> Decision:
    """R7.5: a notice could not be delivered: the next try, channel or deputy follows at once instead of in its time.

    Only in a line's first cycle: who cannot be reached at all is tried again in the usual time. A step that is not
    the last one of somebody still waited for changes nothing.
    """
    found = [each for each in incident.escalation.tellings if each.tries and each.tries[-1].step == step]
    if incident.closed_at or not found or found[0].state is not TellingState.WAITING:
        return incident, ()

    telling = found[0]
    data = {"person": telling.person, "channel": telling.tries[-1].channel, "reason": reason}
    noted, entry = announced(incident, (Happening(EntryKind.NOTICE_FAILED, data),), actor=ESCALATION, at=at)
    if telling.cycle > 1 or telling.next_due is None or telling.next_due <= at:
        return noted, entry
    hurried = noted.escalation.replaced(evolve(telling, next_due=at))
    decided, effects = escalate(evolve(noted, escalation=hurried), persons=persons, at=at)
    return decided, (*entry, *effects)


def tell_again(incident: Incident, *, persons: Iterable[PersonInCharge], at: datetime) -> Decision:
    """R7.5: a new round at the same level, for the auditor that finds an escalation with nobody left to tell."""
    refuse_closed(incident)
    told, effects = told_anew(incident, persons, because=Because.OUTAGE, at=at)
    return announced(told, effects, actor=ESCALATION, at=at)


def restamp(incident: Incident, *, place: Place, persons: Iterable[PersonInCharge], at: datetime) -> Decision:
    """R7.4: the unit arrived in the directory, or moved: the incident takes its ancestors.

    When it arrives, those are told who could not be found before; when it moves, nobody is told anew, and whoever is in
    charge there then is told what falls due.
    """
    if incident.unit_known and place == incident.place:
        raise UnitAlreadyKnown(incident=incident.id, unit=incident.unit)

    stamped = evolve(incident, **asdict(place, recurse=False))
    if incident.unit_known:
        went = {"unit": place.unit, "from": "/".join(incident.units), "to": "/".join(place.units)}
        return announced(stamped, (Happening(EntryKind.UNIT_MOVED, went),), actor="directory", at=at)
    entry = Happening(EntryKind.UNIT_ARRIVED, {"unit": place.unit})
    if incident.closed_at:
        return announced(stamped, (entry,), actor="directory", at=at)
    level = escalation_level(stamped.level, unit_known=place.unit_known)
    escalation, effects = unit_arrived(stamped.escalation, stamped.scene(persons), level, at=at)
    return announced(evolve(stamped, escalation=escalation), (entry, *effects), actor="directory", at=at)


def clocks(incident: Incident, add_workdays: AddWorkdays) -> tuple[Clock, ...]:
    """R7.4, R7.11: the incident's reporting clocks, by the limits copied when it opened."""
    course = Course(
        level_since=incident.level_since,
        acknowledged_at=_acknowledged_since(incident),
        contained_at=incident.contained_at,
        nothing_owed=incident.outcome in (Outcome.FALSE_ALARM, Outcome.DRILL_ENDED),
    )
    return report_clocks(incident.policy.limits_of(incident.level), course, incident.reports, add_workdays)


def deadlines(incident: Incident, add_workdays: AddWorkdays) -> tuple[Deadline, ...]:
    """R7.5, R7.11: every instant to wake up at: the ladder's next step, its end without an answer, and warnings and
    ends of running clocks. After the closing the final report, the review and its actions are still owed."""
    return tuple(Deadline(name, due) for name, due in _instants(incident, add_workdays))


def _instants(incident: Incident, add_workdays: AddWorkdays) -> Iterator[tuple[str, datetime]]:
    """The deadlines by name, bare: every write of an incident asks for the earliest."""
    if ladder := next_due(incident.escalation, incident.policy):
        yield LADDER, ladder
    if incident.escalation.unanswered_at and not incident.closed_at:
        yield UNANSWERED, incident.escalation.unanswered_at + audit.GRACE
    if incident.drill_until and not incident.closed_at:
        yield DRILL_END, incident.drill_until
    for clock in clocks(incident, add_workdays):
        if clock.met_at is None and (incident.closed_at is None or clock.name == FINAL):
            half, late_soon = clock.warn_at
            yield f"{clock.name}.half", half
            yield f"{clock.name}.late_soon", late_soon
            yield f"{clock.name}.due", clock.due
    yield from reviews.deadlines(incident, add_workdays)


def next_wake(incident: Incident, add_workdays: AddWorkdays) -> datetime | None:
    """R7.5, R7.11: the one timer to set: the earliest deadline not yet seen to; None when it waits for nothing."""
    return min((due for _, due in _not_seen_to(incident, add_workdays)), default=None)


def wake(
    incident: Incident, *, persons: Iterable[PersonInCharge], add_workdays: AddWorkdays, at: datetime
) -> tuple[Decision, tuple[Deadline, ...]]:
    """R7.5, R7.11: all that fell due by `at`: the ladder is run, and the other deadlines are given back to be said.

    Deadlines seen to before are passed over, so waking twice for one instant does nothing the second time.
    R7.8: where a drill is over nothing else is done: what it was to show has been shown or not.
    """
    if all(due > at for _, due in _not_seen_to(incident, add_workdays)):
        return (incident, ()), ()
    if incident.drill_until and incident.drill_until <= at and not incident.closed_at:
        return ended(evolve(incident, woken_until=at), Outcome.DRILL_ENDED, None, by=ESCALATION, at=at), ()
    escalated, announcements = escalate(incident, persons=persons, at=at)
    open_ones = _not_seen_to(escalated, add_workdays)
    marks = tuple(Deadline(name, due) for name, due in open_ones if due <= at and name != LADDER)
    missed = escalated.clocks_missed + sum(each.name.endswith(".due") for each in marks)
    return (evolve(escalated, woken_until=at, clocks_missed=missed), announcements), marks


def overdue(incident: Incident, *, at: datetime, grace: timedelta = audit.GRACE) -> tuple[audit.Missed, ...]:
    """R7.5: what the escalation should have done before `at` less `grace`, and has not."""
    return audit.overdue(incident.escalation, incident.policy, incident=incident.id, at=at, grace=grace)


def _not_seen_to(incident: Incident, add_workdays: AddWorkdays) -> Iterator[tuple[str, datetime]]:
    """The ladder's next step, whenever it was due: what it has done it does not name again; and later marks."""
    since = incident.woken_until or incident.reported_at
    return (one for one in _instants(incident, add_workdays) if one[0] == LADDER or one[1] > since)


def _acknowledged_since(incident: Incident) -> datetime | None:
    """The first answer since the level was reached, from who was told or by guidance."""
    answered = incident.escalation.first_acknowledged_at()
    guided = incident.guided_at if incident.guided_at and incident.guided_at >= incident.level_since else None
    return min((when for when in (answered, guided) if when), default=None)
