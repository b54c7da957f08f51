"""R9.1: a unit merges into another of its kind, which goes on with what was its own.

In time order: a merger is decided for a day (`merge`), and until then the unit is open as before but takes nothing that
would last beyond; on that day it takes effect (`take_effect`): the unit lies under its survivor, by which those of the
survivor, and all above it, see and handle what is open there; its units and people become the survivor's (`rehomed`,
`carried`). The unit keeps its id and its history, and what it is called by is answered for by the survivor. A unit that
merely closes has no survivor: closed is not merged.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from attrs import evolve

from chassis.errors import Conflict, Malformed
from security.holders import Assign, Assignment, assign, place
from security.spans import DaysOutOfOrder, overlap
from security.units import ROOT, Unit, refuse_closed

MOST_AHEAD = timedelta(days=366)
"""D: how long ahead a merger may be decided, as a departure."""


class SurvivorUnknown(Conflict):
    code = "security.survivor_unknown"
    zh = "机构 {unit} 拟并入的机构 {into} 不存在"
    en = "unit {unit} is to merge into {into}, which does not exist"


class SurvivorUnfit(Conflict):
    code = "security.survivor_unfit"
    zh = "机构 {unit}（{kind}）只能并入另一个同级机构，{into} 为 {found}"
    en = "unit {unit} ({kind}) merges into another unit of its kind, and {into} is {found}"


class SurvivorNotOpen(Conflict):
    code = "security.survivor_not_open"
    zh = "机构 {into} 在 {on} 尚未设立，或已定于撤销、并入他处，不能作为并入机构"
    en = "unit {into} is not yet open on {on}, or is to close or merge itself: nothing merges into it"


class MergerDayUnfit(Malformed):
    code = "security.merger_day_unfit"
    zh = "并入日期须为今日起 {limit} 天之内"
    en = "a merger takes effect today or within {limit} days"


def merge(unit: Unit, *, into: str, survivor: Unit | None, on: date, today: date) -> Unit:
    """The unit with its merger decided for that day. `survivor` is the unit that the command calls `into`."""
    refuse_closed(unit)
    if survivor is None:
        raise SurvivorUnknown(unit=unit.id, into=into)
    if survivor.kind != unit.kind or survivor.id == unit.id or unit.id == ROOT:
        raise SurvivorUnfit(unit=unit.id, kind=unit.kind, into=into, found=survivor.kind)
    if not today <= on <= today + MOST_AHEAD:
        raise MergerDayUnfit(limit=MOST_AHEAD.days, pointer="/body/on")
    if survivor.open_to is not None or (survivor.open_from is not None and survivor.open_from > on):
        raise SurvivorNotOpen(into=into, on=on)
    if unit.open_from is not None and on <= unit.open_from:
        raise DaysOutOfOrder(since=unit.open_from, to=on)

    return evolve(unit, open_to=on, merged_into=survivor.id)


def take_effect(unit: Unit, *, survivor: Unit, today: date) -> Unit:
    """The unit under its survivor, from the day on; the same one before it, or where it lies there already.

    Where the survivor has come to lie under this very unit, because each was to merge into the other, the first merger
    holds and this one lapses.
    """
    if unit.merged_into is None or unit.open_to is None or today < unit.open_to or unit.merged:
        return unit
    if unit.id in survivor.units:
        return evolve(unit, open_to=None, merged_into=None)

    return evolve(unit, parent=survivor.id, units=(*survivor.units, unit.id))


def rehomed(unit: Unit, *, merged: Unit, survivor: Unit, today: date) -> Unit:
    """A unit that was below the merged one, below the survivor; the same one where it is elsewhere, closed, or itself
    a unit that was merged into this one: that stays where its history is."""
    closed = unit.open_to is not None and unit.open_to <= today
    if unit.parent != merged.id or unit.merged or closed:
        return unit

    return evolve(unit, parent=survivor.id, units=(*survivor.units, unit.id))


def carried(held: Assignment, *, on: date, survivor: Unit, there: Iterable[Assignment]) -> Assignment | None:
    """What the holder of a post at the merged unit holds at the survivor from that day on; None where the assignment
    ends by then, or the person holds that post there anyway. `there` are the person's assignments."""
    begins = max(on, held.held_from)
    if held.held_to is not None and held.held_to <= begins:
        return None
    wanted = Assign(held.person, held.post, survivor.id, held.kind, begins, held.held_to, held.order)
    same = [one for one in there if place(one) == place(wanted)]
    theirs = [one.held_from for one in same if overlap(begins, held.held_to, one.held_from, one.held_to)]
    if theirs and min(theirs) <= begins:
        return None
    ends = min(theirs) if theirs else held.held_to

    return assign(evolve(wanted, held_to=ends), unit=evolve(survivor, open_to=None, merged_into=None), already=same)
