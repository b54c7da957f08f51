"""R7.4, R7.11: first, follow-up and final reports: order, content, and clocks on both sides of each limit."""

from datetime import timedelta

import pytest
from attrs import evolve

from emergency.alarm import clocks, deadlines
from emergency.facts import Facts
from emergency.incidents import Outcome
from emergency.levels import Level
from emergency.policies import DEFAULT_POLICY
from emergency.refusals import (
    BeyondAuthority,
    FirstReportMissing,
    NotYetContained,
    ReportAlreadyFiled,
    TextMissing,
    TextTooLong,
)
from emergency.reports import ReportFiled, ReportKind
from services.emergency.tests.scenes import (
    CONTENT,
    HEAD_OFFICE,
    NINE,
    TELLER,
    acknowledged,
    closed,
    contained,
    filed,
    gathering,
    guided,
    judged,
    minutes,
    news,
)

SECOND = timedelta(seconds=1)
PEOPLE = {"I": 50, "II": 30, "III": 10, "IV": 3}


def days(at, count):
    """Every day a working day."""
    return at + timedelta(days=count)


def running(incident):
    return {clock.name: clock for clock in clocks(incident, days)}


@pytest.mark.clause("R7.11")
@pytest.mark.parametrize(
    ("level", "phone", "written", "follow_up", "final"),
    [("I", 10, 60, 120, 5), ("II", 15, 120, 240, 5), ("III", 30, 720, 1440, 3), ("IV", 60, 1440, None, 1)],
)
def test_each_level_has_its_limits(level, phone, written, follow_up, final):
    incident, _ = gathering(PEOPLE[level])
    reported, _ = filed(incident, at=NINE + minutes(1))
    done = running(contained(reported, at=NINE + minutes(2))[0])

    assert running(incident)["report.phone"].due == NINE + minutes(phone)
    assert running(incident)["report.written"].due == NINE + minutes(written)
    due = {name: clock.due for name, clock in running(reported).items()}
    assert due.get("report.follow_up") == (follow_up and NINE + minutes(1 + follow_up))
    assert done["report.final"].due == NINE + minutes(2) + timedelta(days=final)


@pytest.mark.clause("R7.11")
def test_a_report_is_in_time_at_the_very_end_of_its_limit_and_late_after_it():
    written = running(gathering(50)[0])["report.written"]

    assert (written.overdue(written.due), written.late_seconds(written.due)) == (False, 0)
    assert (written.overdue(written.due + SECOND), written.late_seconds(written.due + SECOND)) == (True, 1)


@pytest.mark.clause("R7.11")
def test_a_report_that_came_late_stays_late_by_as_much():
    incident, facts = filed(gathering(50)[0], at=NINE + minutes(61))
    written = running(incident)["report.written"]

    assert (written.overdue(NINE + minutes(500)), written.late_seconds(NINE + minutes(500))) == (False, 60)
    assert [fact.late_seconds for fact in facts if isinstance(fact, ReportFiled)] == [60]


@pytest.mark.clause("R7.11")
def test_a_clock_warns_at_half_and_at_four_fifths():
    written = running(gathering(50)[0])["report.written"]

    assert written.warn_at == (NINE + minutes(30), NINE + minutes(48))


@pytest.mark.clause("R7.4")
def test_the_phone_clock_stops_when_somebody_told_has_acknowledged():
    incident, _ = acknowledged(gathering(50)[0], "province-head", NINE + minutes(4))

    assert running(incident)["report.phone"].met_at == NINE + minutes(4)


@pytest.mark.clause("R7.4")
def test_guidance_stops_the_phone_clock_too():
    incident, _ = guided(gathering(50)[0], HEAD_OFFICE, NINE + minutes(4))

    assert running(incident)["report.phone"].met_at == NINE + minutes(4)


@pytest.mark.clause("R7.11")
def test_raising_starts_the_clocks_anew_and_lowering_does_not():
    incident, _ = filed(acknowledged(gathering(10)[0], "manager")[0], at=NINE + minutes(5))

    raised, _ = news(incident, Facts(people_gathering=30), at=NINE + minutes(20))
    lowered, _ = judged(raised, Level.III, actor=HEAD_OFFICE, at=NINE + minutes(40))

    assert running(raised)["report.phone"].due == NINE + minutes(20 + 15)
    assert running(raised)["report.phone"].met_at is None
    assert running(raised)["report.written"].met_at is None
    assert running(lowered)["report.written"].due == NINE + minutes(20 + 720)


@pytest.mark.clause("R7.11")
def test_the_next_follow_up_counts_from_the_last_report_until_containment():
    incident, _ = filed(gathering(50)[0], at=NINE + minutes(10))
    incident, _ = filed(incident, ReportKind.FOLLOW_UP, at=NINE + minutes(100))

    assert running(incident)["report.follow_up"].due == NINE + minutes(220)
    assert "report.follow_up" not in running(contained(incident)[0])


@pytest.mark.clause("R7.11")
def test_after_raising_the_next_follow_up_counts_from_the_raising():
    incident, _ = filed(gathering(10)[0], at=NINE + minutes(1))

    raised, _ = news(incident, Facts(people_gathering=30), at=NINE + minutes(500))

    assert running(raised)["report.follow_up"].due == NINE + minutes(500 + 240)


@pytest.mark.clause("R7.11")
def test_the_final_report_takes_the_working_days_it_is_given():
    incident, _ = contained(gathering(50)[0])
    asked = []

    clocks(incident, lambda at, count: asked.append((at, count)) or at)

    assert asked == [(NINE, 5)]


@pytest.mark.clause("R7.11")
def test_a_false_alarm_owes_no_report():
    incident, _ = closed(gathering(50)[0], outcome=Outcome.FALSE_ALARM, reason="误报")

    assert clocks(incident, days) == ()
    assert deadlines(incident, days) == ()


@pytest.mark.clause("R7.11")
def test_limits_are_those_copied_when_the_incident_opened():
    incident, _ = gathering(50)
    shorter = tuple(evolve(limits, written_minutes=1) for limits in DEFAULT_POLICY.limits)

    edited = evolve(incident, policy=evolve(DEFAULT_POLICY, limits=shorter))

    assert running(incident)["report.written"].due == NINE + minutes(60)
    assert running(edited)["report.written"].due == NINE + minutes(1)


@pytest.mark.clause("R7.11")
def test_the_deadlines_are_the_ladder_and_both_warnings_and_the_end_of_each_running_clock():
    names = [each.name for each in deadlines(gathering(50)[0], days)]

    assert names == [
        "escalation",
        "report.phone.half",
        "report.phone.late_soon",
        "report.phone.due",
        "report.written.half",
        "report.written.late_soon",
        "report.written.due",
    ]


@pytest.mark.clause("R7.11")
def test_reports_are_filed_in_their_order():
    incident, _ = gathering(3)

    with pytest.raises(FirstReportMissing):
        filed(incident, ReportKind.FOLLOW_UP)
    incident, _ = filed(incident)
    with pytest.raises(ReportAlreadyFiled):
        filed(incident)
    with pytest.raises(NotYetContained):
        filed(incident, ReportKind.FINAL)
    incident, _ = filed(contained(incident)[0], ReportKind.FINAL)
    for kind in ReportKind:
        with pytest.raises(ReportAlreadyFiled):
            filed(incident, kind)


@pytest.mark.clause("R7.11")
def test_the_final_report_may_follow_the_closing_and_its_clock_runs_on():
    incident, _ = closed(filed(contained(gathering(3)[0])[0])[0])

    assert running(incident)["report.final"].met_at is None
    done, _ = filed(incident, ReportKind.FINAL, at=NINE + minutes(9))
    assert running(done)["report.final"].met_at == NINE + minutes(9)


@pytest.mark.clause("R7.11")
def test_a_report_carries_what_the_incident_knows_and_what_its_author_says():
    incident, _ = gathering(50, drill=True, occurred_at=NINE - minutes(10))

    _, facts = filed(incident, at=NINE + minutes(5))

    report = facts[-1]
    assert (report.kind, report.number, report.event, report.unit) == ("first", 1, "gathering", "4401003")
    assert (report.level, report.occurred_at, report.drill) == (Level.I, NINE - minutes(10), True)
    assert (report.facts.people_gathering, report.content, report.filed_by) == (50, CONTENT, "manager")


@pytest.mark.clause("R7.11")
@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"course": " "}, TextMissing),
        ({"signer": ""}, TextMissing),
        ({"contact": ""}, TextMissing),
        ({"course": "长" * 2001}, TextTooLong),
        ({"measures": "长" * 2001}, TextTooLong),
    ],
)
def test_a_report_without_course_signer_or_contact_or_with_too_long_a_text_is_refused(change, refusal):
    with pytest.raises(refusal):
        filed(gathering(3)[0], content=evolve(CONTENT, **change))


@pytest.mark.clause("R7.11")
def test_a_teller_files_no_reports():
    with pytest.raises(BeyondAuthority):
        filed(gathering(3)[0], actor=TELLER)
