"""R7.11: what incidents come to, and the regular reports in which that is frozen."""

from datetime import date, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as some

from chassis.documents import converter
from chassis.errors import Refusal
from chassis.workdays import is_workday
from emergency import statistical_reports as reports
from emergency import statistics_refusals as no
from emergency.alarm import next_wake, wake
from emergency.days import midnight
from emergency.refusals import BeyondAuthority, TextMissing
from emergency.statistical_reports import MOST_REVISIONS, ReportStatus, StatisticalReport
from emergency.statistics import Case, Figures, Span, figures
from services.emergency.tests.scenes import (
    HEAD_OFFICE,
    MANAGER,
    NINE,
    PERSONS,
    PROVINCE,
    SUPERVISOR,
    gathering,
    minutes,
)

pytestmark = pytest.mark.clause("R7.11")

UNITS = ("HQ", "p44", "c4401", "4401003")
NONE = Figures()
PERIOD = reports.period_of("2026-H1", is_workday)
JULY = midnight(date(2026, 7, 1))


def case(**more):
    given = {
        "level": "IV",
        "kind": "gathering",
        "units": UNITS,
        "drill": False,
        "outcome": "handled",
        "noticed_at": NINE - minutes(10),
        "reported_at": NINE,
        "graded_at": NINE,
        "first_guided_at": None,
        "contained_at": None,
        "closed_at": None,
        "clocks_missed": 0,
    }
    return Case(**{**given, **more})


@pytest.mark.clause("R7.8")
def test_drills_never_count_and_false_alarms_stand_apart():
    found = figures([case(), case(drill=True, clocks_missed=3), case(outcome="false_alarm", clocks_missed=2)], "HQ")

    assert (found.incidents, found.drills, found.false_alarms, found.clocks_missed) == (1, 1, 1, 0)
    assert found.by_outcome == {"handled": 1}


def test_they_are_counted_by_level_kind_outcome_and_the_units_right_below():
    cases = [case(level="I", units=("HQ", "p33")), case(kind="fire", outcome=None), case(units=("HQ",))]
    found = figures(cases, "HQ")

    assert found.by_level == {"I": 1, "IV": 2}
    assert found.by_kind == {"fire": 1, "gathering": 2}
    assert found.by_area == {"HQ": 1, "p33": 1, "p44": 1}
    assert found.by_outcome == {"handled": 2, "open": 1}


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], Span()),
        ([5], Span(1, 300, 300, 300)),
        ([1, 2], Span(2, 60, 120, 120)),
        ([3, 1, 2], Span(3, 120, 180, 180)),
        (list(range(1, 11)), Span(10, 300, 540, 600)),
        (list(range(1, 12)), Span(11, 360, 600, 660)),
    ],
)
def test_a_stage_is_told_by_values_that_were_there(spans, expected):
    found = figures([case(contained_at=NINE + minutes(span)) for span in spans] + [case()], "HQ")

    assert found.to_contain == expected


@given(some.lists(some.integers(0, 100_000), min_size=1, max_size=60))
def test_the_median_and_nine_in_ten_lie_where_they_say(seconds):
    found = figures([case(closed_at=NINE + timedelta(seconds=each)) for each in seconds], "HQ").to_close

    assert {found.median_seconds, found.p90_seconds, found.max_seconds} <= set(seconds)
    assert 2 * sum(each <= found.median_seconds for each in seconds) >= len(seconds)
    assert 10 * sum(each <= found.p90_seconds for each in seconds) >= 9 * len(seconds)


def test_a_report_that_was_not_there_in_time_is_counted_once():
    incident, at = gathering(3)[0], NINE
    while (due := next_wake(incident, lambda at, _: at)) and due <= NINE + timedelta(days=3):
        at = due
        (incident, _), _ = wake(incident, persons=PERSONS, add_workdays=lambda at, _: at, at=at)

    assert incident.clocks_missed == 2


@pytest.mark.parametrize(
    ("name", "start", "end", "due"),
    [
        ("2026-H1", date(2026, 1, 1), date(2026, 7, 1), date(2026, 7, 31)),
        ("2027-H1", date(2027, 1, 1), date(2027, 7, 1), date(2027, 7, 30)),
        ("2025", date(2025, 1, 1), date(2026, 1, 1), date(2026, 1, 30)),
    ],
)
def test_a_report_is_due_by_the_end_of_july_or_january_on_a_working_day(name, start, end, due):
    period = reports.period_of(name, is_workday)

    assert (period.start, period.end, period.due) == (start, end, due)


@pytest.mark.parametrize(
    ("on", "names"),
    [
        (date(2026, 6, 30), []),
        (date(2026, 7, 1), ["2026-H1"]),
        (date(2026, 7, 31), ["2026-H1"]),
        (date(2026, 8, 1), []),
        (date(2027, 1, 1), ["2026"]),
    ],
)
def test_the_calendar_draws_up_what_is_over_and_not_yet_due(on, names):
    assert [period.name for period in reports.due_periods(on, is_workday)] == names


def drawn_up(actor=None, at=JULY, unit_kind="province"):
    return reports.draw_up(("HQ", "p44"), unit_kind, PERIOD, NONE, actor=actor, at=at)


def test_head_office_and_provinces_report_when_the_period_is_over():
    assert (drawn_up().id, drawn_up().present.drawn_up_by) == ("p44:2026-H1", "calendar")
    with pytest.raises(no.UnitReportsNot):
        drawn_up(unit_kind="city")
    with pytest.raises(no.PeriodNotOver):
        drawn_up(at=JULY - minutes(1))
    with pytest.raises(BeyondAuthority):
        drawn_up(actor=SUPERVISOR)


def test_nobody_confirms_the_report_that_they_drew_up():
    with pytest.raises(no.ConfirmerDrewUp):
        reports.confirm(drawn_up(PROVINCE), actor=PROVINCE, at=JULY)

    assert reports.confirm(drawn_up(PROVINCE), actor=HEAD_OFFICE, at=JULY).present.status is ReportStatus.CONFIRMED


def test_a_correction_is_a_new_revision_and_the_old_one_stays_as_it_was():
    confirmed = reports.confirm(drawn_up(), actor=PROVINCE, at=JULY)
    submitted = reports.submit(confirmed, reference="TJ-1", actor=PROVINCE, at=JULY)
    anew = reports.correct(submitted, evolve(NONE, incidents=1), reason="补录", actor=PROVINCE, at=JULY)

    assert anew.revisions[0] == submitted.present
    assert (anew.present.number, anew.present.status, anew.present.figures.incidents) == (2, ReportStatus.DRAWN_UP, 1)
    with pytest.raises(TextMissing):
        reports.correct(submitted, NONE, reason=" ", actor=PROVINCE, at=JULY)


@pytest.mark.parametrize(("late", "marked"), [(-1, False), (0, True), (1, True)])
def test_a_report_is_overdue_when_its_day_is_over_and_nothing_was_ever_submitted(late, marked):
    at = midnight(date(2026, 8, 1)) + minutes(late)
    submitted = reports.submit(
        reports.confirm(drawn_up(), actor=PROVINCE, at=JULY), reference="TJ-1", actor=PROVINCE, at=JULY
    )
    corrected = reports.correct(submitted, NONE, reason="补录", actor=PROVINCE, at=JULY)

    assert bool(reports.fall_due(drawn_up(), at=at).overdue_since) is marked
    assert reports.fall_due(corrected, at=at) is corrected


COMMANDS = {
    "confirm": lambda one, actor: reports.confirm(one, actor=actor, at=JULY),
    "submit": lambda one, actor: reports.submit(one, reference="TJ-1", actor=actor, at=JULY),
    "correct": lambda one, actor: reports.correct(one, NONE, reason="补录", actor=actor, at=JULY),
    "due": lambda one, _: reports.fall_due(one, at=midnight(date(2026, 8, 1))),
}


@given(
    some.lists(
        some.tuples(some.sampled_from(sorted(COMMANDS)), some.sampled_from([PROVINCE, HEAD_OFFICE, MANAGER])),
        max_size=40,
    )
)
def test_no_sequence_of_commands_submits_what_nobody_else_confirmed_or_changes_what_was_said(course):
    report = drawn_up(PROVINCE)
    for name, actor in course:
        before = report
        try:
            report = COMMANDS[name](report, actor)
        except Refusal:
            continue
        assert report.revisions[: len(before.revisions) - 1] == before.revisions[:-1]
        assert [each.number for each in report.revisions] == list(range(1, len(report.revisions) + 1))
        assert len(report.revisions) <= MOST_REVISIONS
        for each in report.revisions:
            assert each.submitted_at is None or each.confirmed_at is not None
            assert each.confirmed_by is None or each.confirmed_by != each.drawn_up_by
        assert converter().structure(converter().unstructure(report), StatisticalReport) == report
