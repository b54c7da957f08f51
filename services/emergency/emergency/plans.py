"""R7.9: plan cards: what is done when a kind of incident happens, by whom, and within how long.

A unit may have its own card for a kind; it holds for everything below that unit, until a unit further down has one. A
card is adopted version by version, each from a day on; what was adopted is never changed, because incidents refer to
it. Where nobody has adopted one, the card that ships with the product holds (`plan_catalogue.py`).
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

from attrs import evolve, field, frozen

from chassis.work.tasks import Title
from emergency.authority import STEP_POSTS, Action, Actor, require
from emergency.kinds import Kind
from emergency.levels import Level, Tier
from emergency.refusals import (
    PlanBackdated,
    PlanLaxer,
    PlanVersionNotNext,
    StepMandatoryTooEarly,
    StepPostUnknown,
    StepTwice,
)

MOST_STEPS = 30
MOST_LINES = 20
LONGEST_LINE = 200
LONGEST_STEP_MINUTES = 7 * 24 * 60

#: Whose cards ship with the product.
SHIPPED = "default"


@frozen(kw_only=True)
class Step:
    """One step. `level` is the mildest level that needs it; `mandatory_from` the mildest at which closing waits for it.

    It belongs to who holds `post` at the incident's unit of this tier. `minutes` count from the report, or from the
    raising that made the step needed.
    """

    id: str
    what: Title
    post: str
    tier: Tier
    minutes: int
    level: Level = Level.IV
    mandatory_from: Level | None = None

    def needed_at(self, level: Level) -> bool:
        """Whether an incident of this level needs the step."""
        return level.covers(self.level)

    def mandatory_at(self, level: Level) -> bool:
        """Whether closing an incident of this level waits for the step."""
        return self.mandatory_from is not None and level.covers(self.mandatory_from)


@frozen(kw_only=True)
class Card:
    """What a plan says: who leads, the steps, what not to do, whom to call, what to have, how business goes on
    meanwhile, and when it is over."""

    lead: str
    lead_tier: Tier
    steps: tuple[Step, ...]
    do_not: tuple[Title, ...] = ()
    contacts: tuple[Title, ...] = ()
    materials: tuple[Title, ...] = ()
    substitute: tuple[Title, ...] = ()
    recovery: tuple[Title, ...] = ()


@frozen(kw_only=True)
class Plan:
    """One version of a unit's card for a kind; `line` names the versions together. `units` runs down to the unit."""

    id: str
    line: str
    unit: str
    units: tuple[str, ...]
    kind: Kind
    version: int
    effective_from: date
    card: Card
    adopted_by: str
    adopted_at: datetime
    _steps: dict[str, Step] = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_steps", {step.id: step for step in self.card.steps})

    def step(self, name: str) -> Step:
        """The step of that name (KeyError)."""
        return self._steps[name]


def line_of(unit: str, kind: Kind) -> str:
    """What the versions of one unit's plan for one kind have in common."""
    return f"{unit}.{kind.value}"


def plan_id(line: str, version: int) -> str:
    """The id of one version."""
    return f"{line}.{version}"


def adopt(plan: Plan, *, newest: int, above: Plan | None, today: date, actor: Actor) -> Plan:
    """R7.9: a version is adopted: the next one, from today or later, by who may and no laxer than the plan above.

    `newest` is the last version that exists, `above` the plan that a unit above has adopted, if one holds: a unit
    further down adds steps, hastens them, or makes more of them mandatory.
    """
    require(actor, Action.ADOPT_PLAN, Level.IV)
    if plan.version > newest + 1:
        raise PlanVersionNotNext(version=plan.version, next=newest + 1)
    if plan.effective_from < today:
        raise PlanBackdated(today=today.isoformat(), pointer="/body/effective_from")
    _check_steps(plan.card.steps)
    if above is not None and (step := _loosened(plan.card, above.card)):
        raise PlanLaxer(step=step.id, above=above.id, pointer="/body/card/steps")

    return plan


def moved(plan: Plan, units: tuple[str, ...]) -> Plan:
    """R7.9: the plan under its unit's ancestors as they are now: what it says stays."""
    return plan if plan.units == units else evolve(plan, units=units)


def in_force(versions: Iterable[Plan], *, on: date) -> Plan | None:
    """R7.9: of the versions of one line, the newest whose day has come."""
    return max((each for each in versions if each.effective_from <= on), key=lambda each: each.version, default=None)


def holding(plans: Iterable[Plan | None]) -> Plan | None:
    """R7.9: of the plans in force at a unit and the units above it, the root's first: the one nearest to the unit.

    One that loosens what a plan above makes mandatory holds no more: the one above does, until the unit adopts another.
    """
    holds: Plan | None = None
    for plan in plans:
        if plan is not None and (holds is None or _loosened(plan.card, holds.card) is None):
            holds = plan
    return holds


def _check_steps(steps: tuple[Step, ...]) -> None:
    for name, count in Counter(step.id for step in steps).items():
        if count > 1:
            raise StepTwice(step=name, pointer="/body/card/steps")
    for place, step in enumerate(steps):
        if step.post not in STEP_POSTS:
            raise StepPostUnknown(post=step.post, pointer=f"/body/card/steps/{place}/post")
        if step.mandatory_from and not step.mandatory_from.covers(step.level):
            raise StepMandatoryTooEarly(step=step.id, pointer=f"/body/card/steps/{place}/mandatory_from")


def _loosened(card: Card, above: Card) -> Step | None:
    """The first mandatory step of the card above that this one leaves out, puts off or loosens."""
    own = {step.id: step for step in card.steps}
    mandatory = ((step, step.mandatory_from) for step in above.steps if step.mandatory_from)
    return next((step for step, level in mandatory if _laxer(own.get(step.id), step, level)), None)


def _laxer(own: Step | None, step: Step, mandatory_from: Level) -> bool:
    """Whether the step is missing, later, or mandatory only at graver levels."""
    return own is None or own.minutes > step.minutes or not own.mandatory_at(mandatory_from)
