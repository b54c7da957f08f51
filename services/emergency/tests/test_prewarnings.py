"""R7.7: a warning has an end and measures, is acknowledged unit by unit, and its silence goes upward once."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from chassis.documents import converter
from chassis.errors import Refusal
from emergency import warning_life, warning_receipts
from emergency.authority import Actor
from emergency.kinds import Kind
from emergency.levels import Level
from emergency.prewarnings import Colour, FindingRef, MeasureOverdue, RiskWarning, Spreading
from emergency.refusals import BeyondAuthority, TextMissing
from emergency.risk_refusals import EndUnfit, MeasureDueUnfit, MeasureSettled, MeasureUnknown, WarningEnded
from emergency.warning_life import (
    LONGEST_WARNING,
    MOST_INCIDENTS,
    MeasureSaid,
    WarningSaid,
    came_true,
    extend,
    issue,
    lift,
    moved,
    next_wake,
    settle,
    spread,
    wake,
)
from emergency.warning_receipts import ANSWER_WITHIN, WarningReceipt, acknowledge, acknowledge_by_link, fall_due, warn
from services.emergency.tests.scenes import CCMS, MANAGER, NINE, SUPERVISOR, TELLER, minutes

pytestmark = pytest.mark.clause("R7.7")

ENDS = NINE + timedelta(days=3)
CITY = ("HQ", "p44", "c4401")
UNIT = (*CITY, "4401003")
MEASURES = (
    MeasureSaid("增开两个窗口", "owner", NINE + timedelta(days=1)),
    MeasureSaid("备足现金", "teller", ENDS),
)
SAID = WarningSaid(
    units=CITY,
    to=("c4401",),
    kind=Kind.CROWD_SURGE,
    level=Level.III,
    reason="月底满期给付集中",
    begins_at=None,
    ends_at=ENDS,
    measures=MEASURES,
    findings=(FindingRef("4401003:2026-11", 1),),
)


def issued(actor=MANAGER, at=NINE, **change):
    return issue(evolve(SAID, **change), id="W1", actor=actor, at=at)[0]


def receipt(level=Level.III, told=("supervisor",), units=UNIT):
    return warn(issued(level=level), units, told, at=NINE)


@pytest.mark.parametrize(
    ("level", "colour"),
    [(Level.I, Colour.RED), (Level.II, Colour.ORANGE), (Level.III, Colour.YELLOW), (Level.IV, Colour.BLUE)],
)
def test_each_level_has_its_colour(level, colour):
    assert issued(level=level).colour is colour


def test_a_warning_is_issued_with_its_measures_and_begins_to_spread():
    warning, effects = issue(SAID, id="W1", actor=MANAGER, at=NINE)

    assert (warning.unit, warning.state, warning.begins_at, warning.ends_at) == ("c4401", "issued", NINE, ENDS)
    assert [(each.number, each.owner, each.state) for each in warning.measures] == [
        (1, "owner", "open"),
        (2, "teller", "open"),
    ]
    assert effects[0] == Spreading("")


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"ends_at": NINE}, EndUnfit),
        ({"ends_at": NINE + LONGEST_WARNING + minutes(1)}, EndUnfit),
        ({"begins_at": ENDS}, EndUnfit),
        ({"reason": "  "}, TextMissing),
        ({"measures": (evolve(MEASURES[0], due=NINE),)}, MeasureDueUnfit),
        ({"measures": (evolve(MEASURES[0], due=ENDS + minutes(1)),)}, MeasureDueUnfit),
        ({"measures": (evolve(MEASURES[0], text=" "),)}, TextMissing),
        ({"actor": TELLER}, BeyondAuthority),
        ({"actor": CCMS}, BeyondAuthority),
    ],
)
def test_a_warning_without_a_fitting_end_reason_or_measure_is_refused(change, refusal):
    with pytest.raises(refusal):
        issued(**change)


@pytest.mark.parametrize("ends_at", [NINE + timedelta(days=1), NINE + LONGEST_WARNING])
def test_an_end_within_the_limit_is_taken(ends_at):
    assert issued(ends_at=ends_at, measures=MEASURES[:1]).ends_at == ends_at


@pytest.mark.parametrize(
    ("begins", "looked_at", "in_force"),
    [(0, 0, True), (60, 59, False), (60, 60, True), (0, 3 * 1440 - 1, True), (0, 3 * 1440, False), (-60, 0, True)],
)
def test_a_warning_is_in_force_from_its_beginning_up_to_its_end(begins, looked_at, in_force):
    warning = issued(begins_at=NINE + minutes(begins))

    assert warning.in_force(NINE + minutes(looked_at)) is in_force


def test_a_warning_ends_by_itself_at_its_end_however_late_that_is_seen():
    warning = wake(issued(), at=ENDS + timedelta(days=1))[0]

    assert (warning.state, warning.ended_at, next_wake(warning)) == ("expired", ENDS, None)
    assert wake(warning, at=ENDS + timedelta(days=2)) == (warning, ())


def test_an_overdue_measure_is_said_once():
    warning = issued()
    assert next_wake(warning) == MEASURES[0].due
    assert wake(warning, at=MEASURES[0].due - minutes(1)) == (warning, ())

    marked, effects = wake(warning, at=MEASURES[0].due)

    assert effects[0] == MeasureOverdue(1)
    assert wake(marked, at=MEASURES[0].due + minutes(1)) == (marked, ())
    assert next_wake(marked) == ENDS


def test_a_measure_is_settled_by_its_owner_or_by_who_may_warn_and_not_done_needs_a_reason():
    warning = issued()

    done = settle(warning, 2, done=True, reason=None, actor=TELLER, at=NINE)[0]
    assert (done.measures[1].state, done.measures[1].settled_by) == ("done", "teller")
    not_done = settle(warning, 1, done=False, reason="人手不足", actor=MANAGER, at=NINE)[0]
    assert (not_done.measures[0].state, not_done.measures[0].reason) == ("not_done", "人手不足")
    with pytest.raises(BeyondAuthority):
        settle(warning, 1, done=True, reason=None, actor=TELLER, at=NINE)
    with pytest.raises(TextMissing):
        settle(warning, 1, done=False, reason=None, actor=MANAGER, at=NINE)
    with pytest.raises(MeasureSettled):
        settle(done, 2, done=True, reason=None, actor=TELLER, at=NINE)
    for number in (0, 3):
        with pytest.raises(MeasureUnknown):
            settle(warning, number, done=True, reason=None, actor=MANAGER, at=NINE)


def test_what_was_done_may_be_said_after_the_end():
    over = wake(issued(), at=ENDS)[0]

    assert settle(over, 2, done=True, reason=None, actor=TELLER, at=ENDS)[0].measures[1].state == "done"


def test_a_warning_is_extended_to_a_later_end_and_lifted_with_a_reason():
    later = extend(issued(), ends_at=ENDS + minutes(1), reason="客流仍高", actor=MANAGER, at=NINE)[0]
    lifted = lift(later, reason="已恢复", actor=MANAGER, at=NINE)[0]

    assert (later.ends_at, lifted.state, lifted.ended_at, next_wake(lifted)) == (
        ENDS + minutes(1),
        "lifted",
        NINE,
        None,
    )
    with pytest.raises(EndUnfit):
        extend(issued(), ends_at=ENDS, reason="客流仍高", actor=MANAGER, at=NINE)
    for reason in ("", " "):
        with pytest.raises(TextMissing):
            extend(issued(), ends_at=ENDS + minutes(1), reason=reason, actor=MANAGER, at=NINE)
        with pytest.raises(TextMissing):
            lift(issued(), reason=reason, actor=MANAGER, at=NINE)


@pytest.mark.parametrize("at", [ENDS, ENDS + minutes(1)])
def test_a_warning_that_has_ended_is_neither_extended_nor_lifted_though_no_timer_has_fired_yet(at):
    for ended in (issued(), wake(issued(), at=at)[0], lift(issued(), reason="已恢复", actor=MANAGER, at=NINE)[0]):
        with pytest.raises(WarningEnded):
            extend(ended, ends_at=at + timedelta(days=1), reason="客流仍高", actor=MANAGER, at=at)
        with pytest.raises(WarningEnded):
            lift(ended, reason="已恢复", actor=MANAGER, at=at)


def test_only_those_in_charge_extend_lift_and_link():
    for actor in (TELLER, CCMS):
        with pytest.raises(BeyondAuthority):
            extend(issued(), ends_at=ENDS + minutes(1), reason="客流仍高", actor=actor, at=NINE)
        with pytest.raises(BeyondAuthority):
            lift(issued(), reason="已恢复", actor=actor, at=NINE)
        with pytest.raises(BeyondAuthority):
            came_true(issued(), incident="I1", actor=actor)


def test_an_incident_is_linked_once_and_not_without_end():
    warning = came_true(issued(), incident="I0", actor=MANAGER)[0]

    assert came_true(warning, incident="I0", actor=MANAGER) == (warning, ())
    full = evolve(warning, incidents=tuple(f"I{number}" for number in range(MOST_INCIDENTS)))
    assert came_true(full, incident="another", actor=MANAGER) == (full, ())


def test_it_spreads_on_from_the_last_unit_and_an_old_turn_changes_nothing():
    first, effects = spread(issued(), last="4401003", at=NINE)

    assert effects == (Spreading("4401003"),)
    assert spread(first, last="4401003", at=NINE) == (first, ())
    assert spread(first, last="4401001", at=NINE) == (first, ())
    done, effects = spread(first, last=None, at=NINE)
    assert (done.spread_at, effects) == (NINE, ())
    assert spread(done, last="9", at=NINE) == (done, ())


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize(("late", "passed"), [(-1, False), (0, True), (1, True)])
def test_a_silent_unit_is_told_of_to_the_one_above_at_its_very_limit(level, late, passed):
    silent = receipt(level)
    at = NINE + ANSWER_WITHIN[level] + minutes(late)

    after = fall_due(silent, issued(level=level), ("manager",), at=at)

    assert after.acknowledgement.passed_to == ("c4401" if passed else None)
    assert after.acknowledgement.whom == (("supervisor", "manager") if passed else ("supervisor",))
    assert not passed or fall_due(after, issued(level=level), ("another",), at=at + minutes(1)) is after


def test_red_and_orange_are_answered_within_half_an_hour_and_the_rest_within_two():
    assert [ANSWER_WITHIN[level] for level in Level] == [minutes(30), minutes(30), minutes(120), minutes(120)]


def test_nobody_is_told_of_a_silence_once_the_warning_has_ended_or_the_unit_has_answered():
    late = NINE + timedelta(days=1)
    answered = acknowledge(receipt(), actor=SUPERVISOR, at=NINE)
    lifted = lift(issued(), reason="已恢复", actor=MANAGER, at=NINE)[0]

    assert fall_due(answered, issued(), ("manager",), at=late) is answered
    for warning, at in ((lifted, late), (issued(), ENDS)):
        silent = receipt()
        assert fall_due(silent, warning, ("manager",), at=at) is silent


def test_the_companys_root_has_nobody_above_it():
    top = fall_due(receipt(units=("HQ",)), issued(), (), at=NINE + timedelta(days=1))

    assert (top.acknowledgement.passed_at, top.acknowledgement.passed_to) == (NINE + timedelta(days=1), None)


def test_the_first_acknowledgement_counts_by_post_or_by_the_link_of_who_was_told():
    first = acknowledge(receipt(), actor=SUPERVISOR, at=NINE)

    assert (first.acknowledgement.seen_by, first.acknowledgement.seen_at) == ("supervisor", NINE)
    assert acknowledge(first, actor=MANAGER, at=NINE + minutes(1)) is first
    assert acknowledge_by_link(receipt(), person="supervisor", at=NINE).acknowledgement.seen_by == "supervisor"
    silent = receipt()
    assert acknowledge_by_link(silent, person="somebody", at=NINE) is silent
    for actor in (TELLER, CCMS):
        with pytest.raises(BeyondAuthority):
            acknowledge(silent, actor=actor, at=NINE)


def test_what_is_open_moves_with_its_unit_and_what_has_ended_stays():
    other = ("HQ", "p33", "c4401")
    lifted = lift(issued(), reason="已恢复", actor=MANAGER, at=NINE)[0]
    answered = acknowledge(receipt(), actor=SUPERVISOR, at=NINE)

    assert moved(issued(), other).units == other
    assert moved(lifted, other) is lifted
    assert warning_receipts.moved(receipt(), other).units == other
    assert warning_receipts.moved(answered, other) is answered


def test_warnings_and_receipts_come_back_from_their_documents_as_they_were():
    warning = settle(
        came_true(issued(), incident="I1", actor=MANAGER)[0], 1, done=True, reason=None, actor=MANAGER, at=NINE
    )

    for value, kind in ((warning[0], RiskWarning), (receipt(), WarningReceipt)):
        assert converter().structure(converter().unstructure(value), kind) == value


ACTORS = st.sampled_from([SUPERVISOR, MANAGER, TELLER, CCMS, Actor("owner", ("teller",))])
COMMANDS = {
    "extend": lambda one, who, n, at: extend(one, ends_at=at + timedelta(days=n), reason="仍高", actor=who, at=at),
    "lift": lambda one, who, n, at: lift(one, reason="恢复", actor=who, at=at),
    "settle": lambda one, who, n, at: settle(one, n, done=n % 2 == 0, reason="因", actor=who, at=at),
    "true": lambda one, who, n, at: came_true(one, incident=f"I{n}", actor=who),
    "spread": lambda one, who, n, at: spread(one, last=f"u{n}" if n else None, at=at),
    "wake": lambda one, who, n, at: wake(one, at=at),
}
STEPS = st.tuples(st.sampled_from(sorted(COMMANDS)), ACTORS, st.integers(0, 32), st.integers(0, 30))


@given(st.lists(STEPS, max_size=40))
def test_no_sequence_of_commands_reaches_a_state_that_the_clause_forbids(commands):
    warning, at, overdue = issued(), NINE, []

    for name, who, number, hours in commands:
        at += timedelta(hours=hours)
        before = warning
        try:
            warning, effects = COMMANDS[name](warning, who, number, at)
        except Refusal:
            continue
        overdue += [each.number for each in effects if isinstance(each, MeasureOverdue)]
        assert before.state == "issued" or warning.state == before.state
        assert before.ended_at in (None, warning.ended_at)
        assert warning.ends_at >= before.ends_at
        assert warning.ends_at <= at + LONGEST_WARNING or warning.ends_at == before.ends_at
        assert (warning.state == "issued") == (warning.ended_at is None)
        assert not (warning.in_force(at) and warning.state != "issued")
        for one, was in zip(warning.measures, before.measures, strict=True):
            assert was.state == "open" or one == was
            assert one.state != "not_done" or one.reason

    assert len(overdue) == len(set(overdue)), "a measure was said to be overdue twice"


PEOPLE = st.sampled_from(["supervisor", "manager", "stranger"])


@given(st.lists(st.tuples(st.sampled_from(["link", "post", "due"]), PEOPLE, st.integers(0, 90)), max_size=12))
def test_a_receipt_is_answered_once_and_passed_on_once_at_most(steps):
    one, at, passed = receipt(), NINE, 0

    for name, person, wait in steps:
        at += minutes(wait)
        before = one
        match name:
            case "link":
                one = acknowledge_by_link(one, person=person, at=at)
            case "post":
                one = acknowledge(one, actor=evolve(MANAGER, id=person), at=at)
            case _:
                one = fall_due(one, issued(), ("manager",), at=at)
        was, now = before.acknowledgement, one.acknowledgement
        passed += was.passed_at is None and now.passed_at is not None
        assert was.seen_by in (None, now.seen_by)
        assert now.seen_by is None or name == "post" or now.seen_by in (*now.whom, was.seen_by)
        assert not (was.seen_at and now.passed_at and not was.passed_at)

    assert passed <= 1
    assert warning_life.next_wake(issued()) is not None
