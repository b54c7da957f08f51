"""The numbers of rule 7 as parameters: their defaults are what held before, and what opens keeps what held then."""

import re
from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as some

from chassis.documents import converter
from chassis.work.parameters import Basis, Stricter
from chassis.work.rectifications import Severity
from chassis.work.tasks import Owner
from chassis.workdays import add_workdays
from emergency import drafts, findings, inspecting, reports, warning_life, warning_receipts
from emergency.hidden_risks import RECTIFIED_WITHIN
from emergency.levels import Level
from emergency.parameters import (
    ANSWER,
    BODY_CONFIRM,
    DEFINITIONS,
    DRAFT_WAITS,
    RECTIFY,
    WARNING_LONGEST,
    deciders,
    rectified_within,
    span_at,
)
from emergency.places import Addressee
from emergency.policies import DEFAULT_POLICY, Policy
from emergency.policy_numbers import AFTER, GUIDANCE, POLICY_NUMBERS, REPORTS, REVIEW_WORKDAYS, WAITS, policy_at
from emergency.reviews import due_at
from emergency.risk_refusals import DueTooFar, EndUnfit, NewDueUnfit
from emergency.warning_life import MeasureSaid
from services.emergency.tests.risk_scenes import TODAY, one_finding, opened, results
from services.emergency.tests.scenes import MANAGER, NINE, SUPERVISOR, minutes
from services.emergency.tests.test_prewarnings import SAID
from services.emergency.tests.test_reviews import shut
from services.emergency.tests.test_watching import a_draft

UNITS = ("HQ", "44", "4401", "4401003")


def saying(**said):
    """What holds, where it is not the default."""
    return lambda definition, units, at: said.get(definition.key, definition.default)


def policy(**said):
    return policy_at(saying(**said), UNITS, NINE)


@pytest.mark.clause("R7.4", "R7.5", "R7.11")
def test_with_nothing_set_an_incident_gets_the_policy_that_ships():
    assert policy() is DEFAULT_POLICY


@pytest.mark.clause("R7.4", "R7.11")
def test_a_limit_of_a_report_that_was_set_is_the_one_of_its_level_alone():
    stricter = policy(report_written_minutes_ii=60, report_final_workdays_i=2)

    assert stricter.limits_of(Level.II) == evolve(DEFAULT_POLICY.limits_of(Level.II), written_minutes=60)
    assert stricter.limits_of(Level.I) == evolve(DEFAULT_POLICY.limits_of(Level.I), final_workdays=2)
    assert stricter.limits_of(Level.III) == DEFAULT_POLICY.limits_of(Level.III)
    assert reports.written_due(stricter.limits_of(Level.II), NINE) == NINE + minutes(60)


@pytest.mark.clause("R7.5")
def test_how_long_is_waited_and_who_is_told_later_follow_what_was_set():
    stricter = policy(telling_wait_minutes_iii=3, telling_province_after_minutes_iii=20, guidance_minutes_i=5)

    assert {rung.wait_minutes for rung in stricter.ladder(Level.III)} == {3}
    assert [rung.after_minutes for rung in stricter.ladder(Level.III)] == [0, 20, None]
    assert {rung.guidance_minutes for rung in stricter.ladder(Level.I)} == {5}
    assert [rung.guidance_minutes for rung in stricter.ladder(Level.IV)] == [None, None, None]
    assert stricter.ladder(Level.II) == DEFAULT_POLICY.ladder(Level.II)


@pytest.mark.clause("R7.11")
def test_an_incident_is_reviewed_within_what_held_when_it_opened():
    usual = shut(30)
    stricter = evolve(usual, policy=policy(review_workdays=3))

    assert due_at(usual, add_workdays) == add_workdays(usual.closed_at, 10)
    assert due_at(stricter, add_workdays) == add_workdays(usual.closed_at, 3)


@given(some.dictionaries(some.sampled_from([each.key for each in POLICY_NUMBERS]), some.integers(1, 30), max_size=6))
def test_a_policy_says_every_number_that_was_set_and_comes_back_from_its_document(said):
    made = policy(**said)

    assert policy(**said) is made
    assert converter().structure(converter().unstructure(made), Policy) == made
    for (level, name), each in REPORTS.items():
        assert getattr(made.limits_of(level), name) == said.get(each.key, each.default)
    for level, each in WAITS.items():
        assert {rung.wait_minutes for rung in made.ladder(level)} == {said.get(each.key, each.default)}
    for level, each in GUIDANCE.items():
        assert {rung.guidance_minutes for rung in made.ladder(level)} == {said.get(each.key, each.default)}
    for (level, addressee), each in AFTER.items():
        (rung,) = [rung for rung in made.ladder(level) if rung.addressee is addressee]
        assert rung.after_minutes == said.get(each.key, each.default)
    assert made.review_workdays == said.get(REVIEW_WORKDAYS.key, REVIEW_WORKDAYS.default)


def test_the_defaults_of_the_ladders_are_those_that_ship():
    for (level, addressee), each in AFTER.items():
        (rung,) = [rung for rung in DEFAULT_POLICY.ladder(level) if rung.addressee is addressee]
        assert each.default == rung.after_minutes
    for ladder in DEFAULT_POLICY.ladders:
        assert len({(rung.wait_minutes, rung.guidance_minutes) for rung in ladder.rungs}) == 1
    late = {
        (ladder.level, rung.addressee)
        for ladder in DEFAULT_POLICY.ladders
        for rung in ladder.rungs
        if rung.after_minutes
    }
    assert late == set(AFTER) == {(Level.II, Addressee.HEAD_OFFICE), (Level.III, Addressee.PROVINCE)}


@pytest.mark.clause("R7.6")
def test_a_finding_is_put_right_within_what_held_when_it_was_recorded():
    assert rectified_within(saying(), UNITS, NINE) == dict(RECTIFIED_WITHIN)

    within = rectified_within(saying(finding_low_hours=48), UNITS, NINE)
    said = {"occurred_on": TODAY, "today": TODAY, "actor": SUPERVISOR, "at": NINE}
    (finding,) = inspecting.record(opened(), results(Severity.LOW), within=within, **said)[0].findings

    assert finding.rectification.due == NINE + timedelta(hours=48)


@pytest.mark.clause("R7.6", "R7.7")
def test_what_somebody_may_choose_ends_at_what_holds():
    day = timedelta(days=1)
    held = span_at(saying(warning_longest_days=2), WARNING_LONGEST, UNITS, NINE)
    measures = (MeasureSaid("增派引导员", "P440100302", NINE + day),)
    said = evolve(SAID, ends_at=NINE + 2 * day, measures=measures)
    too_far = evolve(said, ends_at=NINE + 2 * day + minutes(1))

    assert warning_life.issue(said, id="w", actor=MANAGER, at=NINE, longest=held)[0].ends_at == NINE + 2 * day
    with pytest.raises(EndUnfit):
        warning_life.issue(too_far, id="w", actor=MANAGER, at=NINE, longest=held)
    chosen = {"owner": "owner", "known": True, "actor": MANAGER, "at": NINE, "longest": day}
    assert findings.assign(one_finding(), 1, due=NINE + day, **chosen)
    with pytest.raises(DueTooFar):
        findings.assign(one_finding(), 1, due=NINE + day + minutes(1), **chosen)
    moved = {"reason": "停电", "actor": SUPERVISOR, "at": NINE, "at_most": day}
    assert inspecting.reschedule(opened(), due=opened().due + day, **moved)
    with pytest.raises(NewDueUnfit):
        inspecting.reschedule(opened(), due=opened().due + day + minutes(1), **moved)


@pytest.mark.clause("R7.7")
def test_a_draft_waits_at_each_level_what_held_when_it_was_proposed():
    patient, hasty = a_draft(), evolve(a_draft(), undecided_minutes=10)

    assert drafts.next_wake(patient) - NINE == minutes(30)
    assert drafts.next_wake(hasty) - NINE == minutes(10)
    assert drafts.tasks(hasty)[0].due - NINE == minutes(10)


def test_every_number_is_ours_is_named_once_and_is_stricter_when_smaller():
    assert len({each.key for each in DEFINITIONS}) == len(DEFINITIONS)
    for each in DEFINITIONS:
        assert re.fullmatch(r"[a-z_]{1,64}", each.key)
        assert (each.basis, each.stricter, each.loosens_below) == (Basis.OWN_DEFAULT, Stricter.LOWER, False)
        assert each.says.zh
        assert each.says.en
    assert {BODY_CONFIRM.default, DRAFT_WAITS.default} == {31, 30}
    assert set(ANSWER) == set(warning_receipts.ANSWER_WITHIN)
    assert set(RECTIFY) == set(Severity)


def test_the_province_s_head_decides_first_then_head_office_s():
    head_office = Owner(post="ho_business_management_head", unit="HQ")

    assert deciders(UNITS) == (Owner(post="province_ops_head", unit="44"), head_office)
    assert deciders(UNITS[:1]) == (head_office,)
