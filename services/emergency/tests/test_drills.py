"""R7.8: a drill is scheduled, held, evaluated by another person, and closed when its improvements are done."""

from datetime import date, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as some

from chassis.documents import converter
from chassis.errors import Refusal
from emergency import drill_conduct, drill_limits
from emergency import drill_refusals as no
from emergency.alarm import DRILL_END, deadlines, next_wake, wake
from emergency.authority import Actor
from emergency.correlation import picture_key
from emergency.days import midnight
from emergency.drill_conduct import EARLY, LATEST, LONGEST
from emergency.drill_programmes import Scenario
from emergency.drills import (
    EVALUATE_WITHIN_DAYS,
    RECORD_WITHIN_HOURS,
    Drill,
    DrillPlan,
    DrillStatus,
    Improvement,
    Neglect,
    Record,
    Score,
)
from emergency.escalation import due_step
from emergency.incidents import Outcome, State
from emergency.opening import LONGEST_DRILL
from emergency.refusals import AlreadyClosed, BeyondAuthority, TextMissing
from services.emergency.tests.scenes import (
    MANAGER,
    NINE,
    PERSONS,
    SUPERVISOR,
    TELLER,
    closed,
    contained,
    filed,
    gathering,
    minutes,
)

pytestmark = pytest.mark.clause("R7.8")

UNITS = ("HQ", "p44", "c4401")
STARTS, ENDS = NINE + timedelta(days=7), NINE + timedelta(days=7, hours=1)
LEADER, OTHER = Actor("leader", ("centre_manager",)), Actor("other", ("city_reviewer",))
DAY = date(2026, 12, 31)


def plan(**more):
    given = {
        "scenario": Scenario.FIRE,
        "units": UNITS,
        "counters": ("4401003", "4401004"),
        "leader": LEADER.id,
        "announced": True,
        "starts_at": STARTS,
        "ends_at": ENDS,
    }
    return DrillPlan(**{**given, **more})


def scheduled(actor=MANAGER, at=NINE, **more):
    return drill_conduct.schedule(
        plan(**more), id="D1", open_counters={"4401003", "4401004"}, in_post={LEADER.id}, actor=actor, at=at
    )


def record(starts=STARTS, ends=ENDS, **more):
    given = {"content": "疏散客户", "participants": ("P440100001",), "by": LEADER.id, "at": ENDS}
    return Record(started_at=starts, ended_at=ends, **{**given, **more})


@pytest.mark.parametrize(
    "does",
    [
        lambda drill, who: drill_conduct.cancel(drill, reason="停业", actor=who, at=NINE),
        lambda drill, who: drill_conduct.allow_incident(drill, counter="4401003", actor=who, at=STARTS),
        lambda drill, who: drill_conduct.hold(drill, record=record(), actor=who, at=ENDS),
        lambda drill, who: drill_conduct.complete(drill, number=9, actor=who, at=ENDS),
        lambda drill, who: drill_conduct.close(drill, actor=who, at=ENDS),
    ],
)
def test_whoever_may_not_do_it_is_told_so_however_the_drill_stands(does):
    for status in DrillStatus:
        with pytest.raises(BeyondAuthority):
            does(evolve(scheduled(), status=status), TELLER)


def held(drill=None, actor=LEADER, at=ENDS, **more):
    return drill_conduct.hold(drill or scheduled(), record=record(**more), actor=actor, at=at)


def improvement(number=1, **more):
    return Improvement(**{"number": number, "what": "登记簿移至前台", "owner": "owner", "due": DAY, **more})


def evaluated(*improvements, drill=None, actor=OTHER, at=ENDS, **more):
    given = {"scores": (Score("疏散用时", 8),), "problems": (), "improvements": improvements, **more}
    return drill_conduct.evaluate(drill or held(), in_post={"owner"}, actor=actor, at=at, **given)


@pytest.mark.parametrize(
    ("starts", "ends", "allowed"),
    [
        (NINE, NINE + minutes(1), False),
        (NINE + minutes(1), NINE + minutes(2), True),
        (STARTS, STARTS, False),
        (STARTS, STARTS + LONGEST, True),
        (STARTS, STARTS + LONGEST + minutes(1), False),
        (LATEST - minutes(2), LATEST - minutes(1), True),
        (LATEST - minutes(1), LATEST, False),
    ],
)
def test_a_drill_is_planned_for_a_time_to_come_and_takes_half_a_day_at_most(starts, ends, allowed):
    if allowed:
        assert scheduled(starts_at=starts, ends_at=ends).status is DrillStatus.SCHEDULED
    else:
        with pytest.raises(no.DrillNotAhead):
            scheduled(starts_at=starts, ends_at=ends)


def test_a_drill_takes_place_at_open_counters_of_its_unit_and_is_led_by_somebody_in_post():
    with pytest.raises(no.CounterOutside):
        scheduled(counters=("4401003", "4402001"))
    with pytest.raises(no.LeaderUnknown):
        scheduled(leader="gone")
    with pytest.raises(BeyondAuthority):
        scheduled(actor=TELLER)
    assert scheduled(counters=("4401003", "4401003")).counters == ("4401003",)


def test_it_is_put_off_with_a_reason_as_often_as_needed_and_remembers_every_time():
    later = STARTS + timedelta(days=1)
    once = drill_conduct.postpone(
        scheduled(), starts_at=later, ends_at=later + minutes(5), reason="客流高峰", actor=SUPERVISOR, at=NINE
    )

    assert (once.starts_at, once.postponements[0].starts_at, once.postponements[0].reason) == (
        later,
        STARTS,
        "客流高峰",
    )
    with pytest.raises(TextMissing):
        drill_conduct.postpone(once, starts_at=later, ends_at=later + minutes(5), reason=" ", actor=MANAGER, at=NINE)
    with pytest.raises(no.DrillNotAhead):
        drill_conduct.postpone(once, starts_at=NINE, ends_at=NINE + minutes(5), reason="再次", actor=MANAGER, at=NINE)


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        (STARTS - EARLY - minutes(1), False),
        (STARTS - EARLY, True),
        (ENDS - minutes(1), True),
        (ENDS, False),
    ],
)
def test_its_incidents_are_opened_while_it_runs(at, allowed):
    if allowed:
        assert drill_conduct.allow_incident(scheduled(), counter="4401003", actor=LEADER, at=at) is None
    else:
        with pytest.raises(no.DrillNotRunning):
            drill_conduct.allow_incident(scheduled(), counter="4401003", actor=LEADER, at=at)


def test_its_incidents_are_opened_at_its_counters_by_its_leader_or_by_authority_and_while_it_is_on():
    with pytest.raises(no.CounterOutside):
        drill_conduct.allow_incident(scheduled(), counter="4401009", actor=MANAGER, at=STARTS)
    with pytest.raises(BeyondAuthority):
        drill_conduct.allow_incident(scheduled(), counter="4401003", actor=TELLER, at=STARTS)
    assert drill_conduct.allow_incident(scheduled(), counter="4401003", actor=Actor(LEADER.id), at=STARTS) is None
    called_off = drill_conduct.cancel(scheduled(), reason="停业", actor=MANAGER, at=NINE)
    with pytest.raises(no.DrillState):
        drill_conduct.allow_incident(called_off, counter="4401003", actor=MANAGER, at=STARTS)


@pytest.mark.parametrize(
    ("starts", "ends"),
    [(ENDS, STARTS), (STARTS, ENDS + minutes(1))],
)
def test_what_is_recorded_lies_in_the_past_and_in_order(starts, ends):
    with pytest.raises(no.DrillNotBegun):
        held(starts=starts, ends=ends)


def test_nobody_evaluates_the_drill_that_they_led():
    with pytest.raises(no.EvaluatorLed):
        evaluated(actor=LEADER)
    with pytest.raises(BeyondAuthority):
        evaluated(actor=SUPERVISOR)
    assert evaluated().evaluation.by == OTHER.id


@pytest.mark.parametrize(
    ("due", "allowed"),
    [(date(2026, 11, 29), False), (date(2026, 11, 30), True), (date(2099, 12, 31), True), (date(2100, 1, 1), False)],
)
def test_an_improvement_is_due_today_or_later(due, allowed):
    if allowed:
        assert evaluated(improvement(due=due)).improvements[0].due == due
    else:
        with pytest.raises(no.ImprovementDay):
            evaluated(improvement(due=due))


def test_an_improvement_has_an_owner_in_post_and_words():
    with pytest.raises(no.LeaderUnknown):
        evaluated(improvement(owner="gone"))
    with pytest.raises(TextMissing):
        evaluated(improvement(what=" "))


def test_a_drill_is_closed_when_its_improvements_are_done_by_their_owners_or_by_authority():
    drill = evaluated(improvement(1), improvement(2))
    with pytest.raises(no.ImprovementOpen):
        drill_conduct.close(drill, actor=OTHER, at=ENDS)
    with pytest.raises(BeyondAuthority):
        drill_conduct.complete(drill, number=1, actor=TELLER, at=ENDS)

    one = drill_conduct.complete(drill, number=1, actor=Actor("owner"), at=ENDS)
    with pytest.raises(no.ImprovementUnknown):
        drill_conduct.complete(one, number=1, actor=OTHER, at=ENDS)
    both = drill_conduct.complete(one, number=2, actor=SUPERVISOR, at=ENDS)

    assert drill_conduct.close(both, actor=OTHER, at=ENDS).status is DrillStatus.CLOSED


@pytest.mark.parametrize(("late", "said"), [(-1, ()), (0, (Neglect.RECORD,)), (1, (Neglect.RECORD,))])
def test_a_drill_that_nobody_records_is_said_once_and_stays_marked(late, said):
    drill = scheduled()

    woken, neglected = drill_limits.wake(drill, at=drill.record_by + minutes(late))

    assert (neglected, woken.neglected) == (said, said)
    assert drill_limits.wake(woken, at=drill.record_by + minutes(9))[1] == (() if said else (Neglect.RECORD,))
    assert held(woken).neglected == ()


def test_the_limits_are_those_that_held_when_it_was_scheduled():
    usual = scheduled()
    stricter = drill_conduct.schedule(
        plan(),
        id="D1",
        open_counters={"4401003", "4401004"},
        in_post={LEADER.id},
        actor=MANAGER,
        at=NINE,
        record_within_hours=2,
        evaluate_within_days=1,
    )

    assert usual.record_by == ENDS + timedelta(hours=RECORD_WITHIN_HOURS)
    assert drill_limits.next_wake(stricter) == ENDS + timedelta(hours=2)
    assert drill_limits.next_wake(held(stricter)) == ENDS + timedelta(days=1)


def test_an_evaluation_and_improvements_that_do_not_come_are_said_too():
    waiting = held()
    marked, neglected = drill_limits.wake(waiting, at=ENDS + timedelta(days=EVALUATE_WITHIN_DAYS))
    improving = evaluated(improvement(1), improvement(2, due=DAY + timedelta(days=1)), drill=marked)
    first = drill_limits.next_wake(improving)
    late, said = drill_limits.wake(improving, at=first)
    second = drill_limits.next_wake(late)

    assert neglected == (Neglect.EVALUATION,)
    assert (first, said) == (midnight(DAY + timedelta(days=1)), (Neglect.IMPROVEMENT,))
    assert second == first + timedelta(days=1)
    assert drill_conduct.complete(late, number=1, actor=OTHER, at=first).neglected == ()
    assert drill_conduct.complete(late, number=2, actor=OTHER, at=first).neglected == (Neglect.IMPROVEMENT,)


COMMANDS = {
    "postpone": lambda drill, at: drill_conduct.postpone(
        drill, starts_at=at + minutes(1), ends_at=at + minutes(2), reason="延期", actor=MANAGER, at=at
    ),
    "cancel": lambda drill, at: drill_conduct.cancel(drill, reason="取消", actor=MANAGER, at=at),
    "hold": lambda drill, at: held(drill, starts=at, ends=at, at=at),
    "evaluate": lambda drill, at: evaluated(improvement(due=date(2099, 1, 1)), drill=drill, at=at),
    "complete": lambda drill, at: drill_conduct.complete(drill, number=1, actor=OTHER, at=at),
    "close": lambda drill, at: drill_conduct.close(drill, actor=OTHER, at=at),
    "wake": lambda drill, at: drill_limits.wake(drill, at=at)[0],
}
FOLLOWS = {
    DrillStatus.SCHEDULED: {DrillStatus.SCHEDULED, DrillStatus.HELD, DrillStatus.CANCELLED},
    DrillStatus.HELD: {DrillStatus.HELD, DrillStatus.EVALUATED},
    DrillStatus.EVALUATED: {DrillStatus.EVALUATED, DrillStatus.CLOSED},
    DrillStatus.CLOSED: {DrillStatus.CLOSED},
    DrillStatus.CANCELLED: {DrillStatus.CANCELLED},
}


@given(some.lists(some.tuples(some.sampled_from(sorted(COMMANDS)), some.integers(0, 20_000)), max_size=25))
def test_no_sequence_of_commands_skips_a_step_or_leaves_a_drill_unfinished_without_a_mark(course):
    drill, at = scheduled(), NINE
    for name, passed in course:
        at += minutes(passed)
        before = drill
        try:
            drill = COMMANDS[name](drill, at)
        except Refusal:
            continue
        assert drill.status in FOLLOWS[before.status]
        assert drill.evaluation is None or (drill.record is not None and drill.evaluation.by != drill.leader)
        if drill.status is DrillStatus.CLOSED:
            assert all(each.done_at for each in drill.improvements)
        over = drill.status in (DrillStatus.CLOSED, DrillStatus.CANCELLED)
        waited_for = drill.neglected or drill_limits.next_wake(drill)
        assert over or waited_for or all(each.done_at for each in drill.improvements)
        assert converter().structure(converter().unstructure(drill), Drill) == drill


UNTIL = NINE + minutes(90)


def of_drill(**more):
    return gathering(50, drill=True, drill_id="D1", drill_until=UNTIL, **more)[0]


@pytest.mark.parametrize(("late", "over"), [(-1, False), (0, True), (1, True)])
def test_an_incident_of_a_drill_ends_by_itself_when_the_drill_is_over(late, over):
    incident = of_drill()

    (woken, _), marks = wake(incident, persons=PERSONS, add_workdays=lambda at, _: at, at=UNTIL + minutes(late))

    assert (woken.state is State.CLOSED) is over
    if over:
        assert (woken.outcome, marks) == (Outcome.DRILL_ENDED, ())
        assert next_wake(woken, lambda at, _: at) is None
        assert due_step(woken.escalation, woken.scene(PERSONS), at=UNTIL + timedelta(days=9))[1] == ()


def test_an_incident_with_the_drill_flag_and_no_drill_ends_after_a_day_and_a_real_one_never_by_itself():
    alone, real = gathering(50, drill=True)[0], gathering(50)[0]

    assert (alone.drill_until, real.drill_until) == (NINE + LONGEST_DRILL, None)
    assert DRILL_END not in {each.name for each in deadlines(real, lambda at, _: at)}


def test_an_incident_of_a_drill_that_was_closed_in_time_stays_as_it_was_closed():
    incident = closed(of_drill(), at=NINE, outcome=Outcome.FALSE_ALARM, reason="演练结束")[0]

    assert wake(incident, persons=PERSONS, add_workdays=lambda at, _: at, at=UNTIL) == ((incident, ()), ())


def test_a_contained_incident_of_a_drill_owes_no_final_report_when_the_drill_is_over():
    incident = contained(filed(of_drill())[0])[0]
    (over, _), _ = wake(incident, persons=PERSONS, add_workdays=lambda at, _: at, at=UNTIL)

    assert deadlines(over, lambda at, _: at) == ()
    with pytest.raises(AlreadyClosed):
        filed(over, "final")


def test_a_drill_and_what_is_real_have_pictures_of_their_own():
    incident = of_drill()

    assert picture_key(incident.kind, True, "p44") != picture_key(incident.kind, False, "p44")
    assert evolve(incident, drill=False).drill is False
