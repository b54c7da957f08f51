"""R7.8: how often what is drilled: the company's default, made stricter below, and how each counter stands to it.

In time order: head office may put its own programme in the place of ours; a province, a city or a counter asks for
more often, never for less; what is in force for a counter is the strictest along its units. A counter's standing
remembers when what was last drilled, and says step by step, each once, that a drill falls due and is overdue.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum

from attrs import evolve, field, frozen

from emergency.authority import Action, Actor, require
from emergency.days import business_day, midnight, months_later
from emergency.drill_refusals import ProgrammeLaxer, ScenarioTwice
from emergency.levels import Level
from emergency.thresholds import Basis


class Scenario(StrEnum):
    """What is practised: 火灾、抢劫、系统故障改手工登记、集中退保、自然灾害、客户突发疾病、群体聚集、舆情."""

    FIRE = "fire"
    ROBBERY = "robbery"
    SYSTEM_DOWN = "system_down"
    COLLECTIVE_SURRENDER = "collective_surrender"
    NATURAL_DISASTER = "natural_disaster"
    ILLNESS = "illness"
    GATHERING = "gathering"
    MEDIA = "media"


#: R7.8 says regularly: no programme of anybody lets more than a year pass between two drills of what it names.
MOST_MONTHS = 12

#: How long everybody has who is asked for more than before.
NOTICE = timedelta(days=30)


@frozen
class Requirement:
    """A scenario is drilled at least once in so many months; `since` is the day on which this was asked for."""

    scenario: Scenario
    months: int
    unit: str | None = None
    since: date | None = None
    basis: Basis = Basis.DEFAULT


@frozen
class Programme:
    """What the last of `units`, which run from the root down to it, asks for beyond what is asked above."""

    id: str
    units: tuple[str, ...]
    requirements: tuple[Requirement, ...]
    set_at: datetime
    set_by: str


def programme_id(unit: str) -> str:
    """Other aggregates of this service are called like the unit: the ids of events and timers are made from theirs."""
    return f"{unit}:drill-programme"


def standing_id(counter: str) -> str:
    """The same for a counter's standing."""
    return f"{counter}:drills"


#: Version 1 of ours (D): two drills a year and more at each counter, fire every half-year.
DEFAULT_VERSION = 1
DEFAULT_REQUIREMENTS = (
    Requirement(Scenario.FIRE, 6),
    Requirement(Scenario.ROBBERY, 12),
    Requirement(Scenario.SYSTEM_DOWN, 12),
    Requirement(Scenario.COLLECTIVE_SURRENDER, 12),
)


def in_force(programmes: Iterable[Programme], units: tuple[str, ...]) -> tuple[Requirement, ...]:
    """R7.8: what is asked of a place whose ancestors are `units`: for each scenario the strictest, the highest first.

    Head office's programme stands in the place of our default.
    """
    by_unit = {programme.units[-1]: programme for programme in programmes}
    root = by_unit.get(units[0])
    strictest = {each.scenario: each for each in (root.requirements if root else DEFAULT_REQUIREMENTS)}
    for unit in units[1:]:
        for each in by_unit[unit].requirements if unit in by_unit else ():
            if each.scenario not in strictest or each.months < strictest[each.scenario].months:
                strictest[each.scenario] = each
    return tuple(strictest[scenario] for scenario in Scenario if scenario in strictest)


def ask(
    units: tuple[str, ...],
    months: Iterable[tuple[Scenario, int]],
    *,
    before: Programme | None,
    above: tuple[Requirement, ...],
    actor: Actor,
    at: datetime,
) -> Programme:
    """R7.8: the programme of the last of `units` from now on; `above` is what is asked without it.

    A requirement that stays as it was keeps its day. Refused: no authority, a scenario twice, and one that is asked
    for less often than above: stricter only.
    """
    require(actor, Action.SET_DRILL_PROGRAMME, Level.IV)
    asked = tuple(months)
    limits = {each.scenario: each.months for each in above} if len(units) > 1 else {}
    for place, (scenario, count) in enumerate(asked):
        if any(scenario is other for other, _ in asked[:place]):
            raise ScenarioTwice(scenario=scenario, pointer=f"/body/requirements/{place}/scenario")
        if count > (limit := limits.get(scenario, MOST_MONTHS)):
            pointer = f"/body/requirements/{place}/months"
            raise ProgrammeLaxer(scenario=scenario, months=count, limit=limit, pointer=pointer)

    old = {(each.scenario, each.months): each for each in (before.requirements if before else ())}
    today = business_day(at)
    requirements = tuple(
        old.get((scenario, count), Requirement(scenario, count, units[-1], today)) for scenario, count in asked
    )
    return Programme(programme_id(units[-1]), units, requirements, at, actor.id)


@frozen
class Step:
    """One thing to say of a drill that is due: `days` after the due day, to so many units above the counter."""

    days: int
    above: int


#: Domain practice (D): the counter is reminded a month ahead, the company above told when the day is over, and each
#: further level a month later.
STEPS = (Step(-30, 0), Step(1, 1), Step(31, 2), Step(61, 3))


@frozen
class Said:
    """How far the steps of one due day have been said."""

    due: date
    step: int


@frozen(kw_only=True)
class Standing:
    """How the counter stands to what is asked of it. `since` is the day from which the periods count at first."""

    id: str
    counter: str
    units: tuple[str, ...]
    since: date
    requirements: tuple[Requirement, ...]
    held: dict[Scenario, date] = field(factory=dict)
    said: dict[Scenario, Said] = field(factory=dict)

    def due(self, requirement: Requirement) -> date:
        """The last day on which the next drill of this scenario is in time; a stricter rule gives `NOTICE` first."""
        due = months_later(self.held.get(requirement.scenario, self.since), requirement.months)
        return max(due, requirement.since + NOTICE) if requirement.since else due

    def overdue(self, at: datetime) -> tuple[Requirement, ...]:
        """What should have been drilled by now."""
        return tuple(each for each in self.requirements if business_day(at) > self.due(each))


@frozen
class Falling:
    """One step that is to be said: to `addressee`, the counter itself or a unit above it."""

    scenario: Scenario
    due: date
    step: int
    addressee: str


def look(
    standing: Standing, *, units: tuple[str, ...], requirements: tuple[Requirement, ...], at: datetime
) -> tuple[Standing, tuple[Falling, ...]]:
    """R7.8: the standing under its ancestors and requirements as they are now, and what is to be said, each step once.

    Steps that have passed unsaid are said as one, to the highest level reached. A level that there is not is passed.
    """
    now = standing
    if (units, requirements) != (standing.units, standing.requirements):
        now = evolve(standing, units=units, requirements=requirements)
    said, found = dict(now.said), list[Falling]()
    for requirement in requirements:
        due = now.due(requirement)
        reached = [place for place, step in enumerate(_steps(units)) if _instant(due, step) <= at]
        before = said.get(requirement.scenario)
        if reached and (before is None or before.due != due or before.step < reached[-1]):
            said[requirement.scenario] = Said(due, reached[-1])
            addressee = units[-1 - STEPS[reached[-1]].above]
            found.append(Falling(requirement.scenario, due, reached[-1], addressee))
    return (evolve(now, said=said) if found else now), tuple(found)


def next_look(standing: Standing, *, at: datetime) -> datetime | None:
    """R7.8: the instant of the next step to say; None where all has been said that can be."""
    instants = (_instant(standing.due(each), step) for each in standing.requirements for step in _steps(standing.units))
    return min((instant for instant in instants if instant > at), default=None)


def drilled(standing: Standing, scenario: Scenario, on: date) -> Standing:
    """R7.8: the counter took part in a drill on that day; the same standing where a later one is known."""
    if standing.held.get(scenario, date.min) >= on:
        return standing
    return evolve(standing, held={**standing.held, scenario: on})


def _steps(units: tuple[str, ...]) -> tuple[Step, ...]:
    return tuple(step for step in STEPS if step.above < len(units))


def _instant(due: date, step: Step) -> datetime:
    return midnight(due + timedelta(days=step.days))
