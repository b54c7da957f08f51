"""R7.6: hidden risks are looked for regularly, what is found is put right, and what stays undone goes upward."""

from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from chassis.documents import converter
from chassis.errors import Refusal
from chassis.work.rectifications import DuePassed, NotInThatState, OwnWork, RectificationState, Severity
from emergency import findings, inspecting
from emergency.authority import Actor
from emergency.hidden_risks import CATALOGUE, RECTIFIED_WITHIN
from emergency.inspecting import FindingSaid, cancel, lapse, moved, next_wake, record, reschedule, wake
from emergency.inspection_plans import (
    DEFAULT_PLAN,
    LAST_DAY,
    Every,
    due_of,
    period_of,
    plan_in_force,
    set_plan,
)
from emergency.inspections import Inspection, MissedSaid, Note, OverdueSaid
from emergency.kinds import Kind
from emergency.refusals import BeyondAuthority, TextMissing
from emergency.risk_refusals import (
    CategoryTwice,
    ChecklistIncomplete,
    DueDayUnfit,
    DueTooFar,
    FindingClosed,
    FindingRaisedBefore,
    FindingUnknown,
    HeldOutOfPeriod,
    InspectionMissed,
    InspectionNotOpen,
    NewDueUnfit,
    NotOnChecklist,
    OwnerUnknown,
    TooManyFindings,
)
from emergency.upward import next_step, steps_due
from services.emergency.tests.risk_scenes import (
    NOVEMBER,
    SHOWN,
    TODAY,
    UNITS,
    assigned,
    days,
    fixed,
    one_finding,
    opened,
    recorded,
    results,
    verified,
)
from services.emergency.tests.scenes import CCMS, MANAGER, NINE, SUPERVISOR, TELLER, minutes

pytestmark = pytest.mark.clause("R7.6")

DUE = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
PLANNED = evolve(DEFAULT_PLAN, id="c4401", set_at=NINE, set_by="manager")
COUNTER_HEAD = evolve(SUPERVISOR, posts=("counter_supervisor",))


def told(effects, kind=MissedSaid):
    return [each.told.unit for each in effects if isinstance(each, kind)]


@pytest.mark.parametrize(
    ("every", "day", "label", "starts", "ends"),
    [
        (Every.MONTH, date(2026, 11, 1), "2026-11", date(2026, 11, 1), date(2026, 12, 1)),
        (Every.MONTH, date(2026, 12, 31), "2026-12", date(2026, 12, 1), date(2027, 1, 1)),
        (Every.WEEK, date(2026, 11, 29), "2026-W48", date(2026, 11, 23), date(2026, 11, 30)),
        (Every.WEEK, date(2027, 1, 1), "2026-W53", date(2026, 12, 28), date(2027, 1, 4)),
        (Every.QUARTER, date(2026, 10, 1), "2026-Q4", date(2026, 10, 1), date(2027, 1, 1)),
        (Every.QUARTER, date(2027, 3, 31), "2027-Q1", date(2027, 1, 1), date(2027, 4, 1)),
    ],
)
def test_a_day_lies_in_one_period_that_has_a_name(every, day, label, starts, ends):
    period = period_of(every, day)

    assert (period.label, period.starts, period.ends) == (label, starts, ends)
    assert period_of(every, period.starts) == period == period_of(every, period.ends - timedelta(days=1))


@given(every=st.sampled_from(Every), day=st.dates(date(2020, 1, 1), date(2040, 1, 1)), chosen=st.integers(1, 90))
def test_whatever_the_plan_the_due_time_lies_on_a_day_of_the_period(every, day, chosen):
    period = period_of(every, day)
    due = due_of(evolve(DEFAULT_PLAN, every=every, due_day=min(chosen, LAST_DAY[every])), period)

    assert period.starts <= due.date() < period.ends


def test_the_default_is_monthly_by_the_25th_at_the_end_of_the_day_or_the_working_day_before():
    october = period_of(Every.MONTH, date(2026, 10, 5))

    assert due_of(DEFAULT_PLAN, NOVEMBER) == DUE
    assert due_of(DEFAULT_PLAN, october) == datetime(2026, 10, 23, 10, 0, tzinfo=UTC)
    assert DEFAULT_PLAN.categories == CATALOGUE.codes


def test_the_nearest_plan_holds_and_where_there_is_none_the_default():
    own, citys, provinces = (evolve(PLANNED, id=unit) for unit in ("4401003", "c4401", "p44"))

    assert plan_in_force(UNITS, {"4401003": own, "c4401": citys, "p44": provinces}) is own
    assert plan_in_force(UNITS, {"c4401": citys, "p44": provinces, "c4402": own}) is citys
    assert plan_in_force(UNITS, {"p33": provinces}) is DEFAULT_PLAN


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"every": Every.WEEK, "due_day": 8}, DueDayUnfit),
        ({"every": Every.MONTH, "due_day": 29}, DueDayUnfit),
        ({"every": Every.QUARTER, "due_day": 91}, DueDayUnfit),
        ({"categories": ("queue_pressure", "queue_pressure")}, CategoryTwice),
        ({"actor": COUNTER_HEAD}, BeyondAuthority),
        ({"actor": CCMS}, BeyondAuthority),
    ],
)
def test_a_plan_that_cannot_be_kept_or_is_not_ones_own_to_make_is_refused(change, refusal):
    said = {"every": Every.MONTH, "due_day": 20, "categories": ("queue_pressure",), "actor": MANAGER, "at": NINE}

    assert set_plan("c4401", UNITS[:3], **said).set_by == MANAGER.id
    with pytest.raises(refusal):
        set_plan("c4401", UNITS[:3], **{**said, **change})


def test_an_inspection_takes_the_checklist_of_its_plan_and_keeps_it():
    inspection = opened(plan=evolve(PLANNED, categories=("queue_pressure",)))

    assert (inspection.id, inspection.period, inspection.due) == ("4401003:2026-11", "2026-11", DUE)
    assert inspection.checklist == ("queue_pressure",)


def test_an_inspection_that_somebody_opens_after_the_plans_day_gets_a_week():
    assert opened(at=DUE).due == DUE + days(7)
    assert opened(at=DUE - minutes(1)).due == DUE


def test_what_is_clear_closes_the_inspection_and_what_is_found_keeps_it_open():
    clear, found = recorded(), recorded(Severity.LOW, Severity.HIGH)

    assert (clear.state, clear.ended_at, clear.findings) == ("closed", NINE, ())
    assert (found.state, found.ended_at) == ("recorded", None)
    assert [(each.number, each.rectification.severity) for each in found.findings] == [(1, "low"), (2, "high")]


@pytest.mark.parametrize("severity", list(Severity))
def test_every_finding_carries_its_deadline_from_the_start(severity):
    (finding,) = recorded(severity).findings

    assert finding.rectification.due == NINE + RECTIFIED_WITHIN[severity]


def test_the_day_of_the_inspection_and_the_instant_of_its_recording_are_two_things():
    late = recorded(at=NINE + days(1), occurred_on=date(2026, 11, 2))

    assert (late.occurred_on, late.recorded_at) == (date(2026, 11, 2), NINE + days(1))


@pytest.mark.parametrize("day", [date(2026, 10, 31), date(2026, 11, 24)])
def test_an_inspection_is_held_in_its_period_and_not_in_the_future(day):
    with pytest.raises(HeldOutOfPeriod):
        recorded(occurred_on=day)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lambda said: said[1:], ChecklistIncomplete),
        (lambda said: [*said, said[0]], NotOnChecklist),
        (lambda said: [*said, evolve(said[0], category="weather")], NotOnChecklist),
        (lambda said: [evolve(said[0], findings=said[0].findings * 51), *said[1:]], TooManyFindings),
        (
            lambda said: [evolve(said[0], findings=(FindingSaid(Severity.LOW, " "),)), *said[1:]],
            TextMissing,
        ),
    ],
)
def test_everything_on_the_checklist_is_looked_at_once(change, refusal):
    said = change(results(Severity.LOW))

    with pytest.raises(refusal):
        record(opened(), said, occurred_on=TODAY, today=TODAY, actor=SUPERVISOR, at=NINE)


def test_what_was_recorded_or_cancelled_is_not_touched_again():
    for ended in (recorded(), one_finding(), cancel(opened(), reason="装修", actor=MANAGER, at=NINE)[0]):
        with pytest.raises(InspectionNotOpen):
            recorded(inspection=ended)
        with pytest.raises(InspectionNotOpen):
            reschedule(ended, due=DUE + days(1), reason="装修", actor=SUPERVISOR, at=NINE)
        with pytest.raises(InspectionNotOpen):
            cancel(ended, reason="装修", actor=MANAGER, at=NINE)
        assert lapse(ended, at=NINE) == (ended, ())


@pytest.mark.parametrize(
    ("due", "refused"),
    [
        (NINE, True),
        (NINE + minutes(1), False),
        (DUE + days(14), False),
        (DUE + days(14) + minutes(1), True),
    ],
)
def test_one_inspection_is_moved_within_limits(due, refused):
    if refused:
        with pytest.raises(NewDueUnfit):
            reschedule(opened(), due=due, reason="装修", actor=SUPERVISOR, at=NINE)
    else:
        inspection = reschedule(opened(), due=due, reason="装修", actor=SUPERVISOR, at=NINE)[0]
        assert (inspection.due, inspection.first_due) == (due, DUE)


def test_an_inspection_is_not_moved_out_of_its_period_to_the_front_nor_once_it_is_missed():
    december = inspecting.open_inspection(
        UNITS[-1], UNITS, period_of(Every.MONTH, date(2026, 12, 1)), DEFAULT_PLAN, catalogue=1, by="x", at=NINE
    )[0]

    with pytest.raises(NewDueUnfit):
        reschedule(december, due=datetime(2026, 11, 30, 15, 59, tzinfo=UTC), reason="装修", actor=SUPERVISOR, at=NINE)
    with pytest.raises(InspectionMissed):
        reschedule(opened(), due=DUE + days(1), reason="装修", actor=SUPERVISOR, at=DUE)


def test_a_counter_moves_its_inspection_and_the_level_above_cancels_it_both_with_a_reason():
    with pytest.raises(BeyondAuthority):
        cancel(opened(), reason="装修", actor=COUNTER_HEAD, at=NINE)
    with pytest.raises(TextMissing):
        cancel(opened(), reason=" ", actor=MANAGER, at=NINE)
    with pytest.raises(TextMissing):
        reschedule(opened(), due=DUE + days(1), reason="", actor=SUPERVISOR, at=NINE)
    for actor in (TELLER, CCMS):
        with pytest.raises(BeyondAuthority):
            recorded(actor=actor)


def test_a_missed_inspection_is_told_step_by_step_each_unit_once():
    inspection = opened()

    assert next_wake(inspection) == DUE
    assert wake(inspection, at=DUE - minutes(1)) == (inspection, ())
    first, said = wake(inspection, at=DUE)
    assert told(said) == ["4401003"]
    assert wake(first, at=DUE + minutes(1)) == (first, ())
    second, said = wake(first, at=next_wake(first))
    assert told(said) == ["c4401"]
    assert next_wake(first) == DUE + days(1)
    third, said = wake(second, at=next_wake(second))
    assert told(said) == ["p44"]
    assert next_wake(second) == DUE + days(5)
    assert next_wake(third) is None
    assert third.missed


def test_after_an_outage_everybody_who_should_know_is_told_at_once():
    _, said = wake(opened(), at=DUE + days(30))

    assert told(said) == ["4401003", "c4401", "p44"]
    assert [each.seq for each in said if isinstance(each, Note)] == [2, 3, 4]


def test_a_missed_inspection_is_recorded_late_and_stays_marked():
    late = recorded(inspection=wake(opened(), at=DUE)[0], at=DUE + days(1))

    assert (late.state, late.missed) == ("closed", True)
    assert next_wake(late) is None


def test_the_steps_end_where_the_company_ends():
    assert [each.unit for each in steps_due(DUE, 0, ("HQ", "p44"), at=DUE + days(30))] == ["p44", "HQ"]
    assert next_step(DUE, 1, ("HQ",)) is None


def test_a_closed_counter_holds_no_inspection_any_more_and_still_puts_its_findings_right():
    lapsed, (note,) = lapse(opened(), at=DUE)

    assert (lapsed.state, lapsed.ended_at, next_wake(lapsed)) == ("cancelled", DUE, None)
    assert note.data == {"because": "unit_closed"}
    assert lapse(one_finding(), at=DUE)[0].state == "recorded"


def test_a_finding_is_put_right_by_steps_and_the_last_one_closes_the_inspection():
    inspection = recorded(Severity.LOW, Severity.HIGH)
    for number in (1, 2):
        assert inspection.state == "recorded"
        inspection = verified(fixed(assigned(inspection, number), number), number)

    assert (inspection.state, inspection.ended_at, inspection.open_findings) == ("closed", NINE, ())
    assert {each.rectification.state for each in inspection.findings} == {RectificationState.CLOSED}


def test_neither_the_owner_nor_who_fixed_it_verifies():
    inspection = fixed(assigned(one_finding(), owner=MANAGER.id), actor=SUPERVISOR)

    for actor in (MANAGER, SUPERVISOR):
        with pytest.raises(OwnWork):
            verified(inspection, actor=actor)
        with pytest.raises(OwnWork):
            findings.reject(inspection, 1, reason="否", actor=actor)


def test_the_owner_says_that_it_is_fixed_whatever_the_post_and_others_need_the_right():
    inspection = assigned(one_finding(), owner=TELLER.id)

    assert fixed(inspection, actor=TELLER).findings[0].rectification.state == "fixed"
    with pytest.raises(BeyondAuthority):
        fixed(inspection, actor=Actor("another", ("teller",)))
    with pytest.raises(BeyondAuthority):
        verified(fixed(inspection, actor=SUPERVISOR), actor=Actor("another", ("teller",)))


def test_a_counter_shortens_a_deadline_and_only_the_level_above_lengthens_it():
    inspection, due = one_finding(), NINE + RECTIFIED_WITHIN[Severity.MEDIUM]

    assert assigned(inspection, due=due - minutes(1), actor=COUNTER_HEAD).findings[0].rectification.due < due
    assert assigned(inspection, due=due, actor=COUNTER_HEAD).findings[0].rectification.due == due
    with pytest.raises(BeyondAuthority):
        assigned(inspection, due=due + minutes(1), actor=COUNTER_HEAD)
    assert assigned(inspection, due=due + minutes(1), actor=MANAGER).findings[0].rectification.due > due


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"known": False}, OwnerUnknown),
        ({"due": NINE}, DuePassed),
        ({"due": NINE + findings.LONGEST_TIME + minutes(1)}, DueTooFar),
        ({"number": 2}, FindingUnknown),
        ({"number": 0}, FindingUnknown),
        ({"actor": TELLER}, BeyondAuthority),
    ],
)
def test_a_finding_is_not_given_to_nobody_nor_for_ever(said, refusal):
    with pytest.raises(refusal):
        assigned(one_finding(), **said)


def test_an_overdue_finding_is_told_step_by_step_and_anew_when_its_deadline_was_moved():
    due = NINE + RECTIFIED_WITHIN[Severity.HIGH]
    inspection, said = wake(assigned(recorded(Severity.HIGH)), at=due)

    assert told(said, OverdueSaid) == ["4401003"]
    assert inspection.findings[0].overdue
    moved_on = assigned(inspection, due=due + days(2))
    assert not moved_on.findings[0].overdue
    assert next_wake(moved_on) == due + days(2)
    assert told(wake(moved_on, at=due + days(2))[1], OverdueSaid) == ["4401003"]


def test_a_fix_that_waits_for_its_verifier_is_overdue_as_well_and_a_verified_one_is_not():
    waiting = fixed(assigned(recorded(Severity.HIGH, Severity.LOW)))

    assert told(wake(waiting, at=NINE + days(1))[1], OverdueSaid) == ["4401003"]
    assert told(wake(verified(waiting), at=NINE + days(1))[1], OverdueSaid) == []


def test_a_finding_becomes_one_incident_and_stays_to_be_put_right():
    inspection, effects = findings.raise_incident(
        one_finding(), 1, kind=Kind.CROWD_SURGE, incident="I1", actor=SUPERVISOR
    )

    assert (effects[0].number, effects[0].incident, effects[0].kind) == (1, "I1", "crowd_surge")
    assert (inspection.findings[0].incident, inspection.findings[0].open) == ("I1", True)
    with pytest.raises(FindingRaisedBefore):
        findings.raise_incident(inspection, 1, kind=Kind.FIRE, incident="I2", actor=SUPERVISOR)


def test_what_was_put_right_is_not_raised_any_more_nor_fixed_again():
    done = verified(fixed(assigned(recorded(Severity.LOW, Severity.LOW))))

    with pytest.raises(FindingClosed):
        findings.raise_incident(done, 1, kind=Kind.FIRE, incident="I1", actor=SUPERVISOR)
    with pytest.raises(NotInThatState):
        fixed(done)


def test_a_warning_is_linked_once():
    linked = findings.warned(one_finding(), 1, warning="W1", by="manager")[0]

    assert linked.findings[0].warnings == ("W1",)
    assert findings.warned(linked, 1, warning="W1", by="manager") == (linked, ())


def test_what_is_still_to_be_done_moves_with_its_unit_and_what_has_ended_stays():
    other = ("HQ", "p33", "4401003")

    assert moved(opened(), other).units == other
    assert moved(recorded(), other).units == UNITS
    assert moved(opened(), UNITS) == opened()


def test_an_inspection_comes_back_from_its_document_as_it_was():
    inspection = findings.warned(fixed(assigned(recorded(Severity.LOW, Severity.HIGH))), 1, warning="W1", by="x")[0]

    assert converter().structure(converter().unstructure(inspection), Inspection) == inspection
    assert converter().structure(converter().unstructure(PLANNED), type(PLANNED)) == PLANNED


ACTORS = st.sampled_from([SUPERVISOR, MANAGER, TELLER, Actor("owner", ("teller",))])
COMMANDS = {
    "record": lambda one, who, number, at: record(
        one, results(Severity.LOW, Severity.HIGH), occurred_on=TODAY, today=TODAY, actor=who, at=at
    ),
    "move": lambda one, who, number, at: reschedule(one, due=at + days(number), reason="装修", actor=who, at=at),
    "cancel": lambda one, who, number, at: cancel(one, reason="装修", actor=who, at=at),
    "lapse": lambda one, who, number, at: lapse(one, at=at),
    "wake": lambda one, who, number, at: wake(one, at=at),
    "assign": lambda one, who, number, at: findings.assign(
        one, number, owner=who.id, due=at + days(1), known=True, actor=MANAGER, at=at
    ),
    "fix": lambda one, who, number, at: findings.fix(one, number, evidence=SHOWN, actor=who, at=at),
    "verify": lambda one, who, number, at: findings.verify(one, number, actor=who, at=at),
    "reject": lambda one, who, number, at: findings.reject(one, number, reason="否", actor=who),
}
NEXT = {
    "open": {"open", "recorded", "cancelled"},
    "recorded": {"recorded", "closed"},
    "closed": {"closed"},
    "cancelled": {"cancelled"},
}


STEPS = st.tuples(st.sampled_from(sorted(COMMANDS)), ACTORS, st.integers(0, 3), st.integers(0, 40))


@given(st.lists(STEPS, max_size=40))
def test_no_sequence_of_commands_reaches_a_state_that_the_clause_forbids(commands):
    inspection, at, seqs, said = opened(), NINE, [1], []

    for name, who, number, hours in commands:
        at += timedelta(hours=hours)
        before = inspection
        try:
            inspection, effects = COMMANDS[name](inspection, who, number, at)
        except Refusal:
            continue
        seqs += [each.seq for each in effects if isinstance(each, Note)]
        said += [
            (each.told.step, each.told.due, getattr(each, "number", 0))
            for each in effects
            if isinstance(each, MissedSaid | OverdueSaid)
        ]
        assert inspection.state in NEXT[before.state]
        assert (inspection.state == "closed") == (inspection.recorded_at is not None and not inspection.open_findings)
        assert (inspection.ended_at is not None) == (inspection.state in ("closed", "cancelled"))
        assert before.recorded_at in (None, inspection.recorded_at)
        for finding in inspection.findings:
            assert finding.rectification.due
            assert finding.open or finding.rectification.verifier != finding.rectification.owner

    assert seqs == list(range(1, inspection.notes + 1))
    assert len(said) == len(set(said)), "a step was told twice"
