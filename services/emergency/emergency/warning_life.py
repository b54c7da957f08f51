"""R7.7: a warning is issued, extended or lifted, its measures settled; it ends by itself.

In time order: a unit issues it to itself and to units below, with a level, a reason, an end that cannot be left out,
and at least one measure with its owner and due time; each unit addressed gets its receipt from a reaction, a few
hundred at a time; measures are settled, done or not done with the reason; the warning may be extended or lifted with a
reason, and ends at its end. Incidents that it foretold are linked with it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from attrs import evolve, frozen

from emergency.authority import Action, Actor, require
from emergency.history import Note
from emergency.kinds import Kind
from emergency.levels import Level
from emergency.prewarnings import (
    Decision,
    Effect,
    FindingRef,
    Measure,
    MeasureOverdue,
    MeasureState,
    NoteKind,
    RiskWarning,
    Spreading,
    WarningState,
)
from emergency.risk_refusals import EndUnfit, MeasureDueUnfit, MeasureSettled, MeasureUnknown, WarningEnded
from emergency.texts import LONGEST_REASON, check_text

LONGEST_WARNING = timedelta(days=31)
"""D, a parameter: no warning ends later than this from now; it may be extended by as much, each time with a reason."""

MOST_MEASURES, MOST_ADDRESSED, MOST_FINDINGS, MOST_INCIDENTS = 20, 50, 20, 50


@frozen
class MeasureSaid:
    """A measure as the issuer gives it."""

    text: str
    owner: str
    due: datetime


@frozen(kw_only=True)
class WarningSaid:
    """What somebody issues. `units` is the issuing unit's chain from the root, `to` the units addressed."""

    units: tuple[str, ...]
    to: tuple[str, ...]
    kind: Kind
    level: Level
    reason: str
    begins_at: datetime | None
    ends_at: datetime
    measures: tuple[MeasureSaid, ...]
    findings: tuple[FindingRef, ...] = ()
    drill: bool = False


def issue(said: WarningSaid, *, id: str, actor: Actor, at: datetime, longest: timedelta = LONGEST_WARNING) -> Decision:
    """R7.7: a warning from this unit. A beginning that has passed is now; its end and a measure are never missing."""
    require(actor, Action.ISSUE_WARNING, Level.IV)
    check_text(said.reason, "reason", LONGEST_REASON)
    begins_at = max(said.begins_at or at, at)
    _fit_end(said.ends_at, after=begins_at, latest=at + longest)

    warning = RiskWarning(
        id=id,
        unit=said.units[-1],
        units=said.units,
        to=said.to,
        kind=said.kind,
        level=said.level,
        reason=said.reason,
        begins_at=begins_at,
        ends_at=said.ends_at,
        issued_at=at,
        issued_by=actor.id,
        measures=tuple(_measure(number, each, said, at) for number, each in enumerate(said.measures, 1)),
        findings=said.findings,
        drill=said.drill,
    )
    data = {"level": said.level.value, "ends_at": _text(said.ends_at)}
    return _noted(warning, NoteKind.ISSUED, actor.id, data, said.reason, effects=(Spreading(""),))


def extend(
    warning: RiskWarning,
    *,
    ends_at: datetime,
    reason: str,
    actor: Actor,
    at: datetime,
    longest: timedelta = LONGEST_WARNING,
) -> Decision:
    """R7.7: the risk lasts longer than thought."""
    _not_ended(warning, at)
    require(actor, Action.LIFT_WARNING, Level.IV)
    _fit_end(ends_at, after=warning.ends_at, latest=at + longest)
    check_text(reason, "reason", LONGEST_REASON)

    data = {"before": _text(warning.ends_at), "after": _text(ends_at)}
    return _noted(evolve(warning, ends_at=ends_at), NoteKind.EXTENDED, actor.id, data, reason)


def lift(warning: RiskWarning, *, reason: str, actor: Actor, at: datetime) -> Decision:
    """R7.7: the risk is over before the end."""
    _not_ended(warning, at)
    require(actor, Action.LIFT_WARNING, Level.IV)
    check_text(reason, "reason", LONGEST_REASON)

    lifted = evolve(warning, state=WarningState.LIFTED, ended_at=at)
    return _noted(lifted, NoteKind.LIFTED, actor.id, {}, reason)


def settle(
    warning: RiskWarning, number: int, *, done: bool, reason: str | None, actor: Actor, at: datetime
) -> Decision:
    """R7.7: what became of a measure, by its owner or by who may issue here; not done needs the reason.

    It may be said after the warning has ended as well: what was done then was done.
    """
    measure = measure_of(warning, number)
    if actor.id != measure.owner:
        require(actor, Action.ISSUE_WARNING, Level.IV)
    if measure.state is not MeasureState.OPEN:
        raise MeasureSettled(warning=warning.id, number=number, state=measure.state)
    check_text(reason or "", "reason", LONGEST_REASON, needed=not done)

    state = MeasureState.DONE if done else MeasureState.NOT_DONE
    settled = evolve(measure, state=state, reason=reason, settled_at=at, settled_by=actor.id)
    data = {"measure": str(number), "state": state.value}
    return _noted(_replaced(warning, settled), NoteKind.SETTLED, actor.id, data, reason)


def came_true(warning: RiskWarning, *, incident: str, actor: Actor) -> Decision:
    """R7.7: the warning foretold this incident; said again, or beyond `MOST_INCIDENTS`, nothing happens."""
    require(actor, Action.ISSUE_WARNING, Level.IV)
    if incident in warning.incidents or len(warning.incidents) >= MOST_INCIDENTS:
        return warning, ()
    linked = evolve(warning, incidents=(*warning.incidents, incident))
    return _noted(linked, NoteKind.CAME_TRUE, actor.id, {"incident": incident})


def spread(warning: RiskWarning, *, last: str | None, at: datetime) -> Decision:
    """R7.7: the receipts up to the unit `last` are there, and the next ones follow; None: all are there."""
    if warning.spread_at or (last is not None and last <= warning.spread_after):
        return warning, ()
    if last is None:
        return evolve(warning, spread_at=at), ()
    return evolve(warning, spread_after=last), (Spreading(last),)


def wake(warning: RiskWarning, *, at: datetime) -> Decision:
    """R7.7: measures that are overdue are said so, once; the warning ends at its end."""
    decided: Decision = (warning, ())
    if warning.state is not WarningState.ISSUED:
        return decided
    for measure in warning.measures:
        if _waits(measure) and measure.due <= at:
            effects = (*decided[1], MeasureOverdue(measure.number))
            marked = _replaced(decided[0], evolve(measure, overdue=True))
            decided = _noted(marked, NoteKind.OVERDUE, "timer", {"measure": str(measure.number)}, effects=effects)
    if warning.ends_at <= at:
        expired = evolve(decided[0], state=WarningState.EXPIRED, ended_at=warning.ends_at)
        decided = _noted(expired, NoteKind.EXPIRED, "timer", {}, effects=decided[1])
    return decided


def next_wake(warning: RiskWarning) -> datetime | None:
    """R7.7: the one timer to set: the next measure's due time, or the end; None once it has ended."""
    if warning.state is not WarningState.ISSUED:
        return None
    return min([warning.ends_at, *(measure.due for measure in warning.measures if _waits(measure))])


def moved(warning: RiskWarning, units: tuple[str, ...]) -> RiskWarning:
    """The warning under its issuer's ancestors as they are now; one that has ended stays where it was."""
    return warning if warning.units == units or warning.ended_at else evolve(warning, units=units)


def measure_of(warning: RiskWarning, number: int) -> Measure:
    """The measure of that number (MeasureUnknown)."""
    if not 1 <= number <= len(warning.measures):
        raise MeasureUnknown(warning=warning.id, number=number)
    return warning.measures[number - 1]


def _measure(number: int, said: MeasureSaid, warning: WarningSaid, at: datetime) -> Measure:
    check_text(said.text, f"measures/{number - 1}/text", LONGEST_REASON)
    if not at < said.due <= warning.ends_at:
        raise MeasureDueUnfit(ends_at=_text(warning.ends_at), pointer=f"/body/measures/{number - 1}/due")
    return Measure(number=number, text=said.text, owner=said.owner, due=said.due)


def _fit_end(ends_at: datetime, *, after: datetime, latest: datetime) -> None:
    if not after < ends_at <= latest:
        raise EndUnfit(earliest=_text(after), latest=_text(latest), pointer="/body/ends_at")


def _not_ended(warning: RiskWarning, at: datetime) -> None:
    if warning.state is not WarningState.ISSUED or warning.ends_at <= at:
        raise WarningEnded(warning=warning.id, state=warning.state)


def _waits(measure: Measure) -> bool:
    return measure.state is MeasureState.OPEN and not measure.overdue


def _noted(
    warning: RiskWarning,
    kind: NoteKind,
    actor: str,
    data: Mapping[str, str],
    words: str | None = None,
    *,
    effects: tuple[Effect, ...] = (),
) -> Decision:
    seq = warning.notes + 1
    return evolve(warning, notes=seq), (*effects, Note(seq, kind, actor, data, words))


def _replaced(warning: RiskWarning, measure: Measure) -> RiskWarning:
    measures = tuple(measure if each.number == measure.number else each for each in warning.measures)
    return evolve(warning, measures=measures)


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
