"""R7.3, R7.7: a draft incident 事件草稿: what an early-warning rule suggests, and a person decides.

In time order: it is proposed with what counted; what comes in the same place is added to it; a person confirms it,
which makes a real incident, or dismisses it with a reason. While nobody decides, one level more is told every
`undecided_minutes`, each once.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from attrs import evolve, frozen

from chassis.work.tasks import Owner, Task, Title
from emergency.authority import Action, Actor, require
from emergency.kinds import Kind
from emergency.levels import Level
from emergency.texts import LONGEST_REASON, check_text
from emergency.watch_refusals import DraftSettled
from emergency.watch_rules import Sighted

#: Our default (D): a suggestion waits half an hour at each level; a parameter.
UNDECIDED_MINUTES = 30

#: Whose task it is to decide, from the root down.
DECIDERS = ("duty_officer", "province_ops_head", "centre_manager", "counter_supervisor")

#: How many of what counted a draft names, the newest; not fewer than a picture holds.
COUNTED = 100


class DraftStatus(StrEnum):
    """The life of a draft."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


@frozen(kw_only=True)
class Draft:
    """One suggestion. `units` runs from the root down to `area`, where it was counted; `total` is all that counted.

    `window_ends` is when the window that reached the number ends; `told` counts the levels told that nobody decided.
    `undecided_minutes` is the parameter as it was when it was proposed.
    """

    id: str
    rule: str
    version: int
    kind: Kind
    level: Level
    group: str
    area: str
    units: tuple[str, ...]
    counted: tuple[Sighted, ...]
    total: int
    window_ends: datetime
    proposed_at: datetime
    status: DraftStatus = DraftStatus.PROPOSED
    told: int = 0
    incident: str | None = None
    settled_at: datetime | None = None
    settled_by: str | None = None
    reason: str | None = None
    undecided_minutes: int = UNDECIDED_MINUTES

    @property
    def unit(self) -> str:
        """Where the incident would be: the one unit that all of it comes from, else the area."""
        units = {each.unit for each in self.counted}
        return units.pop() if len(units) == 1 else self.area

    @property
    def waits(self) -> timedelta:
        """R7.7: how long it waits at each level."""
        return timedelta(minutes=self.undecided_minutes)


def add(draft: Draft, sightings: Iterable[Sighted]) -> Draft:
    """R7.3: more that counts; what is known already, and what comes to a dismissed draft, changes nothing."""
    known = {each.id for each in draft.counted}
    fresh = {each.id: each for each in sightings if each.id not in known}
    if not fresh or draft.status is DraftStatus.DISMISSED:
        return draft
    counted = newest((*draft.counted, *fresh.values()))
    return evolve(draft, counted=counted, total=draft.total + sum(each.count for each in fresh.values()))


def newest(sightings: Iterable[Sighted]) -> tuple[Sighted, ...]:
    """The newest `COUNTED`, in order of time."""
    return tuple(sorted(sightings, key=lambda each: (each.at, each.id))[-COUNTED:])


def refuse_undecidable(draft: Draft, *, actor: Actor) -> None:
    """R7.3: refuse what is decided already, and who may not decide."""
    if draft.status is not DraftStatus.PROPOSED:
        raise DraftSettled(draft=draft.id, status=draft.status)
    require(actor, Action.DECIDE_DRAFT, Level.IV)


def confirmed(draft: Draft, *, incident: str, by: str, at: datetime) -> Draft:
    """R7.3: the draft became this incident. That stands even where it was dismissed at the same moment."""
    if draft.status is DraftStatus.CONFIRMED:
        return draft
    return evolve(draft, status=DraftStatus.CONFIRMED, incident=incident, settled_at=at, settled_by=by, reason=None)


def dismiss(draft: Draft, *, reason: str, actor: Actor, at: datetime) -> Draft:
    """R7.3: it is nothing, for this reason; what counted is not suggested again."""
    refuse_undecidable(draft, actor=actor)
    check_text(reason, "reason", LONGEST_REASON)

    return evolve(draft, status=DraftStatus.DISMISSED, settled_at=at, settled_by=actor.id, reason=reason)


def tasks(draft: Draft) -> tuple[Task, ...]:
    """R7.7: while it is undecided, whoever leads where it was counted has to decide."""
    if draft.status is not DraftStatus.PROPOSED:
        return ()
    about = f"/v1/incident-drafts/{draft.id}"
    task = Task(
        id="decide",
        title=Title("核实事件草稿并处理", "decide on a draft incident"),
        owner=Owner(post=DECIDERS[len(draft.units) - 1], unit=draft.area),
        about=about,
        done_at=f"{about}/confirmation",
        units=draft.units,
        made_at=draft.proposed_at,
        due=draft.proposed_at + draft.waits,
    )
    return (task,)


def next_wake(draft: Draft) -> datetime | None:
    """R7.7: when the next level is told that nobody has decided; None where it is decided or all are told."""
    if draft.status is not DraftStatus.PROPOSED or draft.told >= len(draft.units) - 1:
        return None
    return draft.proposed_at + draft.waits * (draft.told + 1)


def wake(draft: Draft, *, at: datetime) -> tuple[Draft, str | None]:
    """R7.7: the draft, and the unit to tell by now that nobody has decided: the highest one reached, each once."""
    told = draft
    while (due := next_wake(told)) and due <= at:
        told = evolve(told, told=told.told + 1)
    return told, None if told is draft else told.units[-1 - told.told]


def moved(draft: Draft, units: tuple[str, ...]) -> Draft:
    """R7.3: the draft under its area's ancestors as they are now; the same one where nothing changed."""
    return draft if draft.units == units else evolve(draft, units=units)
