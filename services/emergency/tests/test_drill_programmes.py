"""R7.8: how often what is drilled, who may ask for more, and what a counter owes until when."""

from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as some

from chassis.documents import converter
from emergency.days import midnight, months_later
from emergency.drill_programmes import (
    DEFAULT_REQUIREMENTS,
    NOTICE,
    STEPS,
    Programme,
    Requirement,
    Scenario,
    Standing,
    ask,
    drilled,
    in_force,
    look,
    next_look,
)
from emergency.drill_refusals import ProgrammeLaxer, ScenarioTwice
from emergency.refusals import BeyondAuthority
from services.emergency.tests.scenes import MANAGER, NINE, SUPERVISOR, minutes

pytestmark = pytest.mark.clause("R7.8")

UNITS = ("HQ", "p44", "c4401", "4401003")
TODAY = date(2026, 11, 23)
FIRE = (Requirement(Scenario.FIRE, 6),)


def asked(units, *months, above=DEFAULT_REQUIREMENTS, before=None, actor=MANAGER, at=NINE):
    return ask(units, months, before=before, above=above, actor=actor, at=at)


def standing(**more):
    given = {"counter": UNITS[-1], "units": UNITS, "since": date(2026, 1, 1), "requirements": FIRE}
    return Standing(id="4401003:drills", **{**given, **more})


def looked(one, at, *, units=UNITS, requirements=FIRE):
    return look(one, units=units, requirements=requirements, at=at)


def test_our_default_asks_two_drills_a_year_of_each_counter_and_more_and_fire_every_half_year():
    months = {each.scenario: each.months for each in in_force((), UNITS)}

    assert months[Scenario.FIRE] == 6
    assert {months[each] for each in (Scenario.ROBBERY, Scenario.SYSTEM_DOWN, Scenario.COLLECTIVE_SURRENDER)} == {12}
    assert {each.basis for each in DEFAULT_REQUIREMENTS} == {"default"}


@pytest.mark.parametrize(("months", "allowed"), [(5, True), (6, True), (7, False)])
def test_a_province_asks_for_more_often_or_as_often_never_less(months, allowed):
    if allowed:
        assert asked(UNITS[:2], (Scenario.FIRE, months)).requirements[0].months == months
    else:
        with pytest.raises(ProgrammeLaxer):
            asked(UNITS[:2], (Scenario.FIRE, months))


@pytest.mark.parametrize(("months", "allowed"), [(12, True), (13, False)])
def test_head_office_sets_its_own_in_place_of_ours_but_a_drill_a_year_at_least(months, allowed):
    if allowed:
        head_office = asked(("HQ",), (Scenario.FIRE, months))
        assert in_force([head_office], UNITS) == head_office.requirements
    else:
        with pytest.raises(ProgrammeLaxer):
            asked(("HQ",), (Scenario.FIRE, months))


def test_what_is_not_asked_above_may_be_asked_below():
    city = asked(UNITS[:3], (Scenario.MEDIA, 12))

    assert Scenario.MEDIA in {each.scenario for each in in_force([city], UNITS)}
    assert Scenario.MEDIA not in {each.scenario for each in in_force([city], ("HQ", "p44", "c4402"))}


def test_a_scenario_twice_and_somebody_without_authority_are_refused():
    with pytest.raises(ScenarioTwice):
        asked(UNITS[:2], (Scenario.FIRE, 6), (Scenario.FIRE, 3))
    with pytest.raises(BeyondAuthority):
        asked(UNITS[:2], (Scenario.FIRE, 6), actor=SUPERVISOR)


def test_a_requirement_that_stays_as_it_was_keeps_its_day():
    before = asked(UNITS[:2], (Scenario.FIRE, 3), (Scenario.MEDIA, 6))

    after = asked(UNITS[:2], (Scenario.FIRE, 3), (Scenario.MEDIA, 3), before=before, at=NINE + timedelta(days=9))

    assert [each.since for each in after.requirements] == [TODAY, TODAY + timedelta(days=9)]


@given(some.lists(some.tuples(some.integers(0, 3), some.sampled_from(Scenario), some.integers(1, 12)), max_size=12))
def test_whatever_is_set_nothing_below_is_laxer_than_anything_above(settings):
    programmes = {}
    for depth, scenario, months in settings:
        units = UNITS[: depth + 1]
        above = in_force(programmes.values(), units[:-1]) if depth else ()
        try:
            programmes[units[-1]] = asked(units, (scenario, months), above=above, before=programmes.get(units[-1]))
        except ProgrammeLaxer:
            continue

    strictest = {}
    for depth in range(1, 5):
        here = {each.scenario: each.months for each in in_force(programmes.values(), UNITS[:depth])}
        assert all(here[scenario] <= months for scenario, months in strictest.items())
        strictest = here


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 5, 15), 12, date(2027, 5, 15)),
    ],
)
def test_months_are_the_calendars(day, months, later):
    assert months_later(day, months) == later


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (timedelta(days=-30, milliseconds=-1), None),
        (timedelta(days=-30), (0, "4401003")),
        (timedelta(days=1, milliseconds=-1), (0, "4401003")),
        (timedelta(days=1), (1, "c4401")),
        (timedelta(days=31), (2, "p44")),
        (timedelta(days=61), (3, "HQ")),
        (timedelta(days=400), (3, "HQ")),
    ],
)
def test_a_counter_is_reminded_a_month_ahead_and_each_level_above_told_when_the_day_is_over(late, expected):
    one = standing()
    at = midnight(one.due(FIRE[0])) + late

    _, falling = looked(one, at)

    assert [(each.step, each.addressee) for each in falling] == ([] if expected is None else [expected])
    assert one.overdue(at) == (FIRE if late >= timedelta(days=1) else ())


def test_each_step_is_said_once_and_what_was_missed_is_said_as_one():
    one = standing()
    due = midnight(one.due(FIRE[0]))
    said, first = looked(one, due + timedelta(days=40))
    again, nothing = looked(said, due + timedelta(days=41))
    _, last = looked(again, due + timedelta(days=61))

    assert [each.step for each in first] == [2]
    assert nothing == ()
    assert again is said
    assert [each.step for each in last] == [3]


def test_the_next_look_is_at_the_next_step_and_there_is_none_when_all_is_said():
    one = standing()
    due = midnight(one.due(FIRE[0]))

    assert next_look(one, at=due - timedelta(days=31)) == due - timedelta(days=30)
    assert next_look(one, at=due) == due + timedelta(days=1)
    assert next_look(one, at=due + timedelta(days=61)) is None


def test_a_drill_that_was_held_begins_a_new_period_and_an_older_one_changes_nothing():
    one = standing()
    late, _ = looked(one, midnight(date(2026, 9, 1)))

    held = drilled(late, Scenario.FIRE, date(2026, 9, 2))

    assert held.due(FIRE[0]) == date(2027, 3, 2)
    assert held.overdue(midnight(date(2026, 9, 2))) == ()
    assert drilled(held, Scenario.FIRE, date(2026, 9, 1)) is held
    _, falling = looked(held, midnight(date(2027, 3, 3)))
    assert [(each.step, each.due) for each in falling] == [(1, date(2027, 3, 2))]


def test_a_stricter_rule_gives_a_months_notice_before_anything_is_overdue():
    stricter = Requirement(Scenario.FIRE, 1, "p44", TODAY)
    one = standing(requirements=(stricter,))

    assert one.due(stricter) == TODAY + NOTICE
    assert one.overdue(midnight(TODAY + NOTICE)) == ()
    assert one.overdue(midnight(TODAY + NOTICE + timedelta(days=1))) == (stricter,)


def test_a_counter_right_below_its_province_has_a_level_less_to_tell():
    units = ("HQ", "p44", "4400001")
    one = standing(counter="4400001", units=units)
    _, falling = looked(one, midnight(date(2030, 1, 1)), units=units)

    assert [(each.step, each.addressee) for each in falling] == [(2, "HQ")]


def test_a_counter_of_which_nothing_is_asked_any_more_owes_nothing():
    one, falling = looked(standing(), midnight(date(2030, 1, 1)), requirements=())

    assert (one.requirements, falling) == ((), ())
    assert next_look(one, at=NINE) is None


@given(some.lists(some.tuples(some.integers(1, 200), some.booleans()), max_size=20))
def test_no_course_of_time_says_a_step_twice_or_to_a_level_below_one_that_was_told(course):
    one, at, said = standing(), midnight(date(2026, 1, 1)), []
    for days, held in course:
        at += timedelta(days=days)
        if held:
            one = drilled(one, Scenario.FIRE, at.date())
        one, falling = looked(one, at)
        said += [(each.due, each.step) for each in falling]

    assert len(said) == len(set(said))
    assert said == sorted(said)


def test_standings_and_programmes_come_back_from_their_documents_as_they_were():
    one, _ = looked(drilled(standing(), Scenario.FIRE, date(2026, 3, 1)), midnight(date(2027, 1, 1)))
    programme = asked(UNITS[:2], (Scenario.FIRE, 3))

    assert converter().structure(converter().unstructure(one), Standing) == one
    assert converter().structure(converter().unstructure(programme), Programme) == programme
    assert evolve(one).said[Scenario.FIRE].step == len(STEPS) - 1


def test_a_day_begins_at_midnight_in_shanghai():
    assert midnight(TODAY) == datetime(2026, 11, 22, 16, tzinfo=UTC) == NINE - minutes(540)
