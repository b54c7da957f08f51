"""R7.5: who has been told of an incident, who has answered, and what is due next: the state of its escalation."""

from datetime import datetime, timedelta
from enum import StrEnum

from attrs import evolve, field, frozen

from emergency.levels import Level
from emergency.places import Addressee, Place
from emergency.policies import Policy, Rung


@frozen
class PersonInCharge:
    """Who holds a post at a unit now, and who stands in when that person is silent."""

    person: str
    post: str
    unit: str
    deputy: str | None = None


class TellingState(StrEnum):
    """Waiting for an answer; acknowledged; guided; spent: every try made in vain; stopped: no longer needed."""

    WAITING = "waiting"
    ACKNOWLEDGED = "acknowledged"
    GUIDED = "guided"
    SPENT = "spent"
    STOPPED = "stopped"


@frozen
class Try:
    """One message that went out."""

    step: str
    channel: str
    at: datetime


@frozen(kw_only=True)
class Telling:
    """One person told in one round. `position` counts the steps of the present cycle, sent or collapsed."""

    round: int
    level: Level
    rung: int
    person: str
    post: str
    unit: str
    addressee: Addressee
    deputy: str | None = None
    deputy_of: str | None = None
    instead_of: tuple[str, ...] = ()
    state: TellingState = TellingState.WAITING
    position: int = 0
    cycle: int = 1
    attempts: int = 0
    tries: tuple[Try, ...] = ()
    next_due: datetime | None = None
    acknowledged_at: datetime | None = None
    guided_at: datetime | None = None

    @property
    def answered(self) -> bool:
        """Whether an acknowledgement holds, or guidance was recorded."""
        return self.state in (TellingState.ACKNOWLEDGED, TellingState.GUIDED)

    @property
    def open(self) -> bool:
        """Whether an answer is still waited for."""
        return self.state in (TellingState.WAITING, TellingState.SPENT)


@frozen
class Vacancy:
    """A post that nobody holds, or whose unit is not known: the next addressee up was told instead."""

    round: int
    addressee: Addressee
    post: str
    unit: str | None


@frozen
class Escalation:
    """The escalation of one incident. A round begins when it opens and each time its level is raised.

    `level` is the level whose ladder runs; `reached` and `units_told` are of this round; `started_at` is None while
    no round runs; `unanswered_at` is set when nobody is left to tell and nobody has answered.
    """

    round: int = 0
    level: Level = Level.IV
    started_at: datetime | None = None
    reached: tuple[int, ...] = ()
    units_told: tuple[str, ...] = ()
    tellings: tuple[Telling, ...] = ()
    vacancies: tuple[Vacancy, ...] = ()
    unanswered_at: datetime | None = None

    def this_round(self) -> tuple[Telling, ...]:
        """The tellings of the round that runs."""
        return tuple(telling for telling in self.tellings if telling.round == self.round)

    def replaced(self, changed: Telling) -> "Escalation":
        """The escalation with this telling in the place of the one of the same person and round."""
        tellings = tuple(changed if _same(telling, changed) else telling for telling in self.tellings)
        return evolve(self, tellings=tellings)

    def first_acknowledged_at(self) -> datetime | None:
        """R7.5: the first acknowledgement of the round that runs."""
        return min((each.acknowledged_at for each in self.this_round() if each.acknowledged_at), default=None)


@frozen(kw_only=True)
class Scene:
    """What the ladder needs to know beside its own state: the incident, its policy, and who is in charge now."""

    incident: str
    drill: bool
    place: Place
    policy: Policy
    persons: tuple[PersonInCharge, ...] = field(default=())


def rung_of(telling: Telling, policy: Policy) -> Rung:
    """The rung that the telling belongs to."""
    return policy.ladder(telling.level)[telling.rung]


def step_of(incident: str, telling: Telling) -> str:
    """The id of the telling's next step; deciding the same step again gives the same id."""
    return f"{incident}:{telling.round}:{telling.person}:{telling.attempts + 1}"


def scheduled(escalation: Escalation, policy: Policy) -> tuple[tuple[int, datetime], ...]:
    """The rungs that are told at a set time and are not reached yet, with that time."""
    if escalation.started_at is None:
        return ()
    return tuple(
        (index, escalation.started_at + timedelta(minutes=rung.after_minutes))
        for index, rung in enumerate(policy.ladder(escalation.level))
        if rung.after_minutes is not None and index not in escalation.reached
    )


def next_due(escalation: Escalation, policy: Policy) -> datetime | None:
    """R7.5: when the ladder has something to do next, None when it waits for nothing: the one timer to set."""
    dues = [telling.next_due for telling in escalation.tellings if telling.next_due]
    return min((*dues, *(due for _, due in scheduled(escalation, policy))), default=None)


def in_line(one: Telling, other: Telling) -> bool:
    """Whether two tellings are of one line: the same person, or a person and the deputy, in one round."""
    return one.round == other.round and bool({one.person, one.deputy_of} & {other.person, other.deputy_of} - {None})


def same_rung(one: Telling, other: Telling) -> bool:
    """Whether two tellings are of one rung of one round."""
    return (one.round, one.level, one.rung) == (other.round, other.level, other.rung)


def _same(one: Telling, other: Telling) -> bool:
    return (one.round, one.person) == (other.round, other.person)
