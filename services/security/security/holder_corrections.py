"""R9.1: what was entered wrongly of an assignment is corrected by the red line: what stood there stays beside it.

The end, the kind and the order are corrected so. The person, the post, the unit and the first day make the assignment
what it is: one that is wrong in these is ended on its first day, so that it was never held, and made anew.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from attrs import evolve

from chassis.work.corrections import correct
from security.holders import Assign, Assignment, assign
from security.lending import refuse_too_long
from security.units import Unit


def correct_assignment(
    held: Assignment,
    said: Mapping[str, Any],
    *,
    unit: Unit,
    already: Iterable[Assignment],
    reason: str,
    by: str,
    at: datetime,
) -> Assignment:
    """R9.1, R9.5: as it should have been made in the first place, and refused like that, a lending too: `already` are
    the person's.

    Refused as well: nothing that differs, too many corrections, no reason. Whoever is no deputy has no order.
    """
    kind = said.get("kind", held.kind)
    given: dict[str, Any] = {"order": held.order if kind == "deputy" else None, "held_to": held.held_to, **said}
    wanted = Assign(held.person, held.post, held.unit, kind, held.held_from, given["held_to"], given["order"])
    if kind == "lent":
        refuse_too_long(wanted)
    right = assign(wanted, unit=unit, already=[one for one in already if one.id != held.id])

    stands: dict[str, str | int | date | None] = {"kind": held.kind, "order": held.order, "held_to": held.held_to}
    told: dict[str, Any] = {"kind": right.kind, "order": right.order, "held_to": right.held_to}
    made = correct(held.corrections, stands, told, reason=reason, by=by, at=at)
    return evolve(held, **told, corrections=made)
