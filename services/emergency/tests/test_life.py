"""R7.3, R7.5, R7.11: whatever is done to an incident, in whatever order, it reaches no forbidden state."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chassis.errors import Refusal
from emergency.announcements import Entry
from emergency.correlation import Correlated
from emergency.facts import FactName, Facts
from emergency.handling import begin_response, contain
from emergency.incidents import Cause, Outcome, State
from emergency.judgement import correlate_raise
from emergency.levels import Level
from emergency.reports import ReportKind
from emergency.tellings import next_due
from services.emergency.tests.scenes import (
    CITY,
    HEAD_OFFICE,
    MANAGER,
    NINE,
    PERSONS,
    PROVINCE,
    SUPERVISOR,
    TELLER,
    acknowledged,
    closed,
    filed,
    gathering,
    guided,
    judged,
    minutes,
    news,
    ran,
)

ORDER = [State.GRADED, State.RESPONDING, State.CONTAINED, State.CLOSED]
ACTORS = st.sampled_from([TELLER, SUPERVISOR, MANAGER, CITY, PROVINCE, HEAD_OFFICE])
PEOPLE = st.sampled_from(["leader", "manager", "province-head", "business-head", "manager-deputy", "elsewhere"])


class IncidentLife(RuleBasedStateMachine):
    """One incident, any calls in any order; a refusal leaves it as it was."""

    def __init__(self):
        super().__init__()
        self.at = NINE
        self.incident, facts = gathering(10)
        self.before = self.incident
        self.numbers = [fact.seq for fact in facts if isinstance(fact, Entry)]

    def does(self, decide):
        self.before = self.incident
        try:
            self.incident, facts = decide(self.incident)
        except Refusal:
            return
        self.numbers += [fact.seq for fact in facts if isinstance(fact, Entry)]

    @rule(passed=st.integers(1, 90))
    def time_passes(self, passed):
        self.at += minutes(passed)
        self.does(lambda it: ran(it, self.at))

    @rule(people=st.integers(0, 60), actor=ACTORS)
    def people_are_counted(self, people, actor):
        self.does(lambda it: news(it, Facts(people_gathering=people), at=self.at, actor=actor))

    @rule()
    def the_count_is_lost(self):
        self.does(lambda it: news(it, Facts(unknown=(FactName.PEOPLE_GATHERING,)), at=self.at))

    @rule(level=st.sampled_from(Level), actor=ACTORS)
    def somebody_judges(self, level, actor):
        self.does(lambda it: judged(it, level, actor=actor, at=self.at))

    @rule(level=st.sampled_from(Level))
    def reports_are_correlated(self, level):
        found = Correlated("E1", level, "R7.3", "gathering", FactName.PEOPLE_GATHERING, "60", ("E1", "E2"))
        self.does(lambda it: correlate_raise(it, found, persons=PERSONS, at=self.at))

    @rule(person=PEOPLE)
    def somebody_acknowledges(self, person):
        self.does(lambda it: acknowledged(it, person, self.at))

    @rule(actor=ACTORS)
    def somebody_guides(self, actor):
        self.does(lambda it: guided(it, actor, self.at))

    @rule(actor=ACTORS)
    def the_response_begins(self, actor):
        self.does(lambda it: begin_response(it, actor=actor, at=self.at))

    @rule(actor=ACTORS)
    def it_is_contained(self, actor):
        self.does(lambda it: contain(it, actor=actor, at=self.at))

    @rule(kind=st.sampled_from(ReportKind), actor=ACTORS)
    def a_report_is_filed(self, kind, actor):
        self.does(lambda it: filed(it, kind, at=self.at, actor=actor))

    @precondition(lambda self: self.at > NINE + minutes(30))
    @rule(actor=ACTORS, outcome=st.sampled_from(Outcome))
    def it_is_closed(self, actor, outcome):
        self.does(lambda it: closed(it, actor=actor, at=self.at, outcome=outcome, reason="已处置"))

    @invariant()
    def the_state_only_moves_forward(self):
        assert ORDER.index(self.incident.state) >= ORDER.index(self.before.state)

    @invariant()
    def the_level_falls_only_by_lowering_with_authority(self):
        if self.before.level.graver_than(self.incident.level):
            change = self.incident.levels[-1]
            assert (change.cause, change.level) == (Cause.LOWERING, self.incident.level)
            assert change.reason
            assert change.actor in {"manager", "city", "province", "head-office"}

    @invariant()
    def facts_of_level_one_are_level_one(self):
        if self.incident.grading.level is Level.I:
            assert self.incident.level is Level.I

    @invariant()
    def the_grading_history_ends_with_the_level_that_stands(self):
        assert self.incident.levels[-1].level is self.incident.level
        assert self.incident.levels[: len(self.before.levels)] == self.before.levels

    @invariant()
    def the_timeline_only_grows_and_has_no_gaps(self):
        assert self.incident.timeline_count >= self.before.timeline_count
        assert self.numbers == list(range(1, self.incident.timeline_count + 1))

    @invariant()
    def nothing_answered_is_ever_unanswered(self):
        after = {(each.round, each.person): each for each in self.incident.escalation.tellings}
        for each in self.before.escalation.tellings:
            now = after[(each.round, each.person)]
            assert each.acknowledged_at is None or now.acknowledged_at == each.acknowledged_at
            assert each.guided_at is None or now.guided_at == each.guided_at
            assert now.tries[: len(each.tries)] == each.tries

    @invariant()
    def closed_as_handled_means_contained_reported_and_guided_where_it_must(self):
        incident = self.incident
        if incident.outcome is Outcome.HANDLED:
            assert incident.contained_at
            assert incident.reports.written_at
            assert incident.guided_at or not incident.level.covers(Level.II)

    @invariant()
    def once_closed_only_the_final_report_and_acknowledgements_still_come(self):
        if self.before.state is State.CLOSED:
            assert self.incident.level is self.before.level
            assert self.incident.facts == self.before.facts
            assert next_due(self.incident.escalation, self.incident.policy) is None

    @invariant()
    def an_open_incident_is_answered_waited_for_or_cried_about(self):
        escalation = self.incident.escalation
        waits = next_due(escalation, self.incident.policy) is not None
        answered = any(each.answered for each in escalation.tellings)
        lowered = self.incident.lowered_at is not None
        closed_now = self.incident.state is State.CLOSED
        assert waits or answered or escalation.unanswered_at or lowered or closed_now


IncidentLife.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@pytest.mark.clause("R7.11")
@pytest.mark.clause("R7.5")
@pytest.mark.clause("R7.3")
class TestIncidentLife(IncidentLife.TestCase):
    """No sequence of calls reaches a state that the clauses forbid."""
