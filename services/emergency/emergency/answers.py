"""R7.5: what the persons told answer: an acknowledgement stops the ladder for a time, guidance for good."""

from datetime import datetime, timedelta

from attrs import evolve

from emergency.policies import Policy
from emergency.refusals import NotTold
from emergency.tellings import Escalation, Telling, TellingState, in_line, rung_of, same_rung


def acknowledge(escalation: Escalation, policy: Policy, person: str, *, incident: str, at: datetime) -> Escalation:
    """R7.5: the person has seen it: his line stops, and the rung's where one answer is enough.

    Where guidance is asked for, the ladder resumes when none has followed in time. An acknowledgement that holds
    is not extended by a second one, and none is ever taken back. Whoever is no longer waited for, because another
    answered first, takes over from that other where the other has fallen silent since; else it is only noted.
    Refused (NotTold) for who was not told.
    """
    told = [telling for telling in escalation.tellings if telling.person == person]
    if not told:
        raise NotTold(person=person, incident=incident)

    for telling in told:
        if telling.state is TellingState.STOPPED and not _takes_over(escalation, policy, telling):
            noted = evolve(telling, acknowledged_at=telling.acknowledged_at or at)
            escalation = escalation.replaced(noted)
        elif telling.acknowledged_at is None or not telling.answered:
            escalation = _answered(escalation, policy, _acknowledged(telling, policy, at))
    return escalation


def record_guidance(escalation: Escalation, policy: Policy, person: str, *, at: datetime) -> Escalation:
    """R7.5: the person has guided the handling: that stops his line for good, and acknowledges what was not yet.

    Whoever was not told has no line to stop: the escalation is as before.
    """
    for telling in escalation.tellings:
        if telling.person == person and telling.guided_at is None:
            guided = evolve(
                telling,
                state=TellingState.GUIDED,
                next_due=None,
                guided_at=at,
                acknowledged_at=telling.acknowledged_at or at,
            )
            escalation = _answered(escalation, policy, guided)
    return escalation


def _acknowledged(telling: Telling, policy: Policy, at: datetime) -> Telling:
    minutes = rung_of(telling, policy).guidance_minutes
    return evolve(
        telling,
        state=TellingState.ACKNOWLEDGED,
        acknowledged_at=telling.acknowledged_at or at,
        next_due=None if minutes is None else at + timedelta(minutes=minutes),
    )


def _answered(escalation: Escalation, policy: Policy, answer: Telling) -> Escalation:
    """The escalation after one answer: the person's own line stops, and the whole rung where one answer is enough."""
    changed = escalation.replaced(answer)
    for each in _answered_for(escalation, policy, answer):
        changed = changed.replaced(evolve(each, state=TellingState.STOPPED, next_due=None))
    return evolve(changed, unanswered_at=None)


def _takes_over(escalation: Escalation, policy: Policy, telling: Telling) -> bool:
    """Whether somebody of the running round is still waited for in whose place this person may answer."""
    return telling.round == escalation.round and bool(_answered_for(escalation, policy, telling))


def _answered_for(escalation: Escalation, policy: Policy, answer: Telling) -> list[Telling]:
    """The others that this answer relieves: those of the same line, and of the rung where one answer is enough."""
    alone = rung_of(answer, policy).everyone
    return [
        each
        for each in escalation.tellings
        if each.person != answer.person
        and each.open
        and (in_line(each, answer) or (same_rung(each, answer) and not alone))
    ]
