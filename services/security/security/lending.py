"""R9.1: a person lent to another counter for dated days.

Those days the person holds a post there, and may do what it may, beside all that is the person's own at home; on the
day after the last one that is over by itself, because every grant, task and notice goes by the day. Ended earlier, it
ends as any assignment does.
"""

from collections.abc import Iterable
from datetime import timedelta

from attrs import evolve

from chassis.errors import Conflict, Malformed
from security.holders import Assign, Assignment, assign
from security.staff import NotEmployed, StaffMember, Standing
from security.units import Unit

LONGEST = timedelta(days=92)
"""D: a quarter at most; who stays longer is moved. The company's text on lending (R2.5) gives no number."""


class LentHome(Conflict):
    code = "security.lent_home"
    zh = "人员 {person} 本就属于机构 {unit}，无需借调"
    en = "{person} belongs to {unit}, and is not lent there"


class LendingTooLong(Malformed):
    code = "security.lending_too_long"
    zh = "借调最长 {limit} 天；更长的请办理调动"
    en = "a person is lent for {limit} days at most; who stays longer is moved"


def lend(command: Assign, *, member: StaffMember, unit: Unit, already: Iterable[Assignment]) -> Assignment:
    """The post held at `unit` for these days. `already` are the person's assignments, all or more."""
    if member.standing is not Standing.EMPLOYED:
        raise NotEmployed(person=member.id, standing=member.standing)
    if member.unit == unit.id:
        raise LentHome(person=member.id, unit=unit.id)
    refuse_too_long(command)

    return assign(evolve(command, kind="lent", order=None), unit=unit, already=already)


def refuse_too_long(lent: Assign) -> None:
    """R9.1: nobody is lent without an end, or for longer than `LONGEST` (LendingTooLong)."""
    if lent.held_to is None or lent.held_to - lent.held_from > LONGEST:
        raise LendingTooLong(limit=LONGEST.days, pointer="/body/held_to")
