"""R7.9: plan cards: one for every kind, stricter below and never laxer, version after version."""

from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve

from chassis.documents import converter
from chassis.work.tasks import Title
from emergency.authority import POST_TIERS, Actor
from emergency.kinds import Kind
from emergency.levels import Level, Tier
from emergency.plan_catalogue import shipped_by_id, shipped_plans
from emergency.plans import Card, Plan, Step, adopt, holding, in_force, line_of, moved, plan_id
from emergency.refusals import (
    BeyondAuthority,
    PlanBackdated,
    PlanLaxer,
    PlanVersionNotNext,
    StepMandatoryTooEarly,
    StepPostUnknown,
    StepTwice,
)
from services.emergency.tests.scenes import MANAGER, SUPERVISOR

pytestmark = pytest.mark.clause("R7.9")

TODAY = date(2026, 11, 23)
CALL = Step(
    id="call_fire",
    what=Title("拨打 119", "call 119"),
    post="counter_supervisor",
    tier=Tier.COUNTER,
    minutes=2,
    mandatory_from=Level.II,
)


def plan(*steps, version=1, since=TODAY, unit="c4401"):
    line = line_of(unit, Kind.FIRE)
    return Plan(
        id=plan_id(line, version),
        line=line,
        unit=unit,
        units=("HQ", "p44", unit),
        kind=Kind.FIRE,
        version=version,
        effective_from=since,
        card=Card(lead="counter_supervisor", lead_tier=Tier.COUNTER, steps=steps or (CALL,)),
        adopted_by="manager",
        adopted_at=datetime(2026, 11, 23, 1, tzinfo=UTC),
    )


ABOVE = plan(unit="p44")


def adopted(made, *, newest=0, above=None, actor=MANAGER):
    return adopt(made, newest=newest, above=above, today=TODAY, actor=actor)


def test_a_card_for_every_kind_ships_with_the_product():
    plans = shipped_plans()

    assert set(plans) == set(Kind)
    assert {each.id for each in plans.values()} <= set(shipped_by_id())
    for each in plans.values():
        assert all((each.card.do_not, each.card.contacts, each.card.materials, each.card.substitute))
        assert each.card.recovery
        assert each.card.lead in POST_TIERS
        adopt(each, newest=0, above=None, today=each.effective_from, actor=MANAGER)


@pytest.mark.parametrize("kind", Kind)
def test_a_shipped_card_asks_little_at_level_iv_and_nothing_that_closing_waits_for(kind):
    steps = shipped_plans()[kind].card.steps

    needed = [step for step in steps if step.needed_at(Level.IV)]
    assert 1 <= len(needed) <= 3
    assert not any(step.mandatory_at(Level.IV) for step in steps)
    assert any(step.mandatory_at(Level.I) for step in steps)


@pytest.mark.parametrize("kind", Kind)
def test_each_graver_level_of_a_shipped_card_needs_all_that_the_milder_one_does(kind):
    steps = shipped_plans()[kind].card.steps
    by_level = [{step.id for step in steps if step.needed_at(level)} for level in (Level.IV, Level.III, Level.II)]

    assert by_level[0] <= by_level[1] <= by_level[2] <= {step.id for step in steps}


@pytest.mark.parametrize("actor", [SUPERVISOR, Actor("teller", ("teller",)), Actor("ccms", system=True)])
def test_only_those_in_charge_adopt_a_plan(actor):
    with pytest.raises(BeyondAuthority):
        adopted(plan(), actor=actor)


@pytest.mark.parametrize(("version", "refused"), [(3, False), (4, False), (5, True)])
def test_versions_follow_each_other_without_a_gap(version, refused):
    made = plan(version=version)

    if refused:
        with pytest.raises(PlanVersionNotNext):
            adopted(made, newest=3)
    else:
        assert adopted(made, newest=3) is made


@pytest.mark.parametrize(("days", "refused"), [(-1, True), (0, False), (1, False)])
def test_a_plan_holds_from_today_or_later(days, refused):
    made = plan(since=TODAY + timedelta(days=days))

    if refused:
        with pytest.raises(PlanBackdated):
            adopted(made)
    else:
        assert adopted(made) is made


@pytest.mark.parametrize(
    ("steps", "refusal"),
    [
        ((CALL, CALL), StepTwice),
        ((evolve(CALL, post="king"),), StepPostUnknown),
        ((evolve(CALL, level=Level.II, mandatory_from=Level.III),), StepMandatoryTooEarly),
    ],
)
def test_a_card_that_contradicts_itself_is_refused(steps, refusal):
    with pytest.raises(refusal):
        adopted(plan(*steps))


MORE = evolve(CALL, id="more", mandatory_from=None)


@pytest.mark.parametrize(
    ("steps", "laxer"),
    [
        ((CALL,), False),
        ((CALL, MORE), False),
        ((evolve(CALL, minutes=1),), False),
        ((evolve(CALL, mandatory_from=Level.III),), False),
        ((MORE,), True),
        ((evolve(CALL, minutes=3),), True),
        ((evolve(CALL, mandatory_from=Level.I),), True),
        ((evolve(CALL, mandatory_from=None),), True),
    ],
)
def test_a_unit_further_down_is_stricter_and_never_laxer(steps, laxer):
    made = plan(*steps)

    if laxer:
        with pytest.raises(PlanLaxer):
            adopted(made, above=ABOVE)
    else:
        assert adopted(made, above=ABOVE) is made


def test_a_plan_that_a_stricter_one_above_has_overtaken_holds_no_more():
    own, stricter = plan(), plan(evolve(CALL, mandatory_from=Level.III), unit="p44")
    anew = plan(evolve(CALL, mandatory_from=Level.IV), version=2)

    assert holding((None, ABOVE, own)) is own
    assert holding((None, stricter, own)) is stricter
    assert holding((None, stricter, anew, None)) is anew
    assert holding((None, None)) is None


def test_steps_that_are_not_mandatory_above_are_free_below():
    above = plan(CALL, MORE, unit="p44")

    assert adopted(plan(CALL), above=above)


@pytest.mark.parametrize(("days", "version"), [(-1, None), (0, 1), (9, 1), (10, 2), (11, 2)])
def test_of_the_versions_whose_day_has_come_the_newest_holds(days, version):
    versions = (plan(version=1), plan(version=2, since=TODAY + timedelta(days=10)))

    found = in_force(versions, on=TODAY + timedelta(days=days))

    assert (found and found.version) == version


def test_a_plan_moves_with_its_unit_and_says_the_same():
    made = plan()

    assert moved(made, made.units) is made
    assert moved(made, ("HQ", "p33", "c4401")) == evolve(made, units=("HQ", "p33", "c4401"))


def test_a_plan_comes_back_from_its_document_as_it_was():
    for made in (plan(), shipped_plans()[Kind.DATA_LEAK]):
        assert converter().structure(converter().unstructure(made), Plan) == made
