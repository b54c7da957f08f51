"""R7.5: an auditor's look at one escalation: what should have run by now and has not."""

from datetime import datetime, timedelta
from enum import StrEnum

from attrs import frozen

from emergency.policies import Policy
from emergency.tellings import Escalation, scheduled

#: How late a step may be before it counts as missed.
GRACE = timedelta(minutes=2)


class Miss(StrEnum):
    """A step of a person's line; a rung of the ladder; or nobody is left to tell and nobody has answered."""

    STEP = "step"
    RUNG = "rung"
    UNANSWERED = "unanswered"


@frozen
class Missed:
    """One thing that should have run at `due`. `whom` is a person, an addressee, or empty."""

    incident: str
    miss: Miss
    whom: str
    due: datetime
    late_seconds: int


def overdue(
    escalation: Escalation, policy: Policy, *, incident: str, at: datetime, grace: timedelta = GRACE
) -> tuple[Missed, ...]:
    """R7.5: what was due before `at` less `grace` and has not run, oldest first; nothing once it is closed."""
    rungs = policy.ladder(escalation.level)
    found = [(Miss.RUNG, f"{rungs[index].addressee}", due) for index, due in scheduled(escalation, policy)]
    found += [(Miss.STEP, each.person, each.next_due) for each in escalation.tellings if each.next_due]
    if escalation.unanswered_at and escalation.started_at:
        found.append((Miss.UNANSWERED, "", escalation.unanswered_at))

    return tuple(
        Missed(incident, miss, whom, due, int((at - due).total_seconds()))
        for miss, whom, due in sorted(found, key=lambda each: each[2])
        if due + grace < at
    )
