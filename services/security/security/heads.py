"""R4.6, R9.6: who heads a unit on a day, and so decides there: as the owner of a task.

A person may hold the head's post and be away, or be the one whom the thing concerns: then the next head above answers.
"""

from collections.abc import Iterable
from datetime import date

from chassis.work.tasks import Owner
from security.holders import Assignment
from security.units import Unit

HEADS = (
    "ho_business_management_head",
    "province_ops_head",
    "centre_manager",
    "counter_supervisor",
)
"""The head of a unit, by its level from the root down."""


def head_of(unit: Unit, person: str, held: Iterable[Assignment], *, on: date) -> Owner:
    """The head of this unit, or the next one above where only the person concerned is there.

    `held` are the assignments at the unit and above. Where no head is found at all, head office answers.
    """
    there = {(one.post, one.unit) for one in held if one.person != person and one.held_on(on)}
    posts = list(zip(HEADS, unit.units, strict=False))
    for place in reversed(posts):
        if place in there:
            return Owner(post=place[0], unit=place[1])
    return Owner(post=posts[0][0], unit=posts[0][1])
