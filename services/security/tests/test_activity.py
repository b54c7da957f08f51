"""R4.6, R9.8: an act by somebody who had left is found by its own time, checked by the head, and reported."""

from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from chassis.documents import converter
from chassis.errors import Refusal
from chassis.work.acknowledgements import Told
from chassis.work.tasks import Owner
from security import activity, staff
from security.activity import Act, ActivityCheck, Cause, Finding, State
from security.heads import head_of
from security.holders import Assign, assign, end_assignment
from security.staff import Ground
from security.units import Unit

pytestmark = [pytest.mark.clause("R4.6"), pytest.mark.clause("R9.8")]

NINE = datetime(2026, 11, 23, 1, tzinfo=UTC)
DAY = date(2026, 11, 23)
HOUR = timedelta(hours=1)
COUNTER = Unit("4401003", "counter", "示例柜面", "4401", ("HQ", "44", "4401", "4401003"), None, None, None)
NEIGHBOUR = Unit("4401001", "counter", "示例一柜面", "4401", ("HQ", "44", "4401", "4401001"), None, None, None)
MEMBER = staff.join("P440100301", unit=COUNTER, at=NINE - 1_000 * HOUR)
TELLER = assign(Assign(MEMBER.id, "teller", COUNTER.id, "holder", date(2026, 1, 1)), unit=COUNTER, already=())
ACT = Act(MEMBER.id, COUNTER.id, NINE, "core", "T-0001")
SUPERVISOR = Owner(post="counter_supervisor", unit="4401003")


def opened(*acts):
    name = "4401003:P440100301:2026-11-23"
    return activity.open_check(name, acts, unit=COUNTER, day=DAY, cause=Cause.LEFT, head=SUPERVISOR, at=NINE)


CHECK = opened(ACT)
HEAD, PROVINCE = "P440100001", "P440000001"


def cause(*, at=NINE, unit=COUNTER, member=MEMBER, held=(TELLER,), day=DAY):
    return activity.cause_of(evolve(ACT, at=at, unit=unit.id), unit=unit, day=day, member=member, held=held)


def result(check, by=HEAD, at=NINE + HOUR):
    return activity.record_result(check, finding=Finding.RIGHTS_NOT_WITHDRAWN, words="已回收权限", by=by, at=at)


def test_an_act_of_somebody_at_their_post_is_in_order():
    assert cause() is None


def test_an_act_is_judged_by_the_standing_at_its_own_time_and_not_by_that_of_now():
    gone = staff.leave(MEMBER, on=NINE, at=NINE + 5 * HOUR)

    assert cause(member=gone, at=NINE - timedelta(seconds=1)) is None
    assert cause(member=gone, at=NINE) is Cause.LEFT
    back = staff.come_back(gone, unit=COUNTER, at=NINE + 6 * HOUR)
    assert cause(member=back, at=NINE + HOUR) is Cause.LEFT
    assert cause(member=back, at=NINE + 6 * HOUR) is None


def test_an_act_during_a_suspension_is_found():
    suspended = staff.suspend(MEMBER, ground=Ground.INVESTIGATION, at=NINE)

    assert cause(member=suspended, at=NINE) is Cause.SUSPENDED
    assert cause(member=staff.reinstate(suspended, at=NINE + HOUR), at=NINE + HOUR) is None


def test_an_act_at_a_counter_where_the_person_holds_no_post_is_off_post():
    assert cause(unit=NEIGHBOUR) is Cause.OFF_POST
    assert cause(held=()) is Cause.OFF_POST


def test_a_post_at_a_unit_above_covers_its_counters():
    city = evolve(COUNTER, id="4401", kind="city", units=("HQ", "44", "4401"))
    manager = assign(Assign(MEMBER.id, "centre_manager", "4401", "holder", DAY), unit=city, already=())

    assert cause(unit=NEIGHBOUR, held=(manager,)) is None


@pytest.mark.parametrize(("day", "found"), [(DAY, None), (DAY + timedelta(days=1), Cause.OFF_POST)])
def test_a_teller_who_changes_counters_at_noon_has_worked_at_both_that_day(day, found):
    moved = end_assignment(TELLER, on=DAY)
    begun = assign(Assign(MEMBER.id, "teller", NEIGHBOUR.id, "holder", DAY), unit=NEIGHBOUR, already=())

    assert cause(held=(moved, begun), day=day) is found
    assert cause(unit=NEIGHBOUR, held=(moved, begun), day=day) is None


def test_an_assignment_that_was_made_by_mistake_never_covered_a_day():
    assert cause(held=(end_assignment(TELLER, on=TELLER.held_from),), day=TELLER.held_from) is Cause.OFF_POST


def test_somebody_whom_nobody_knows_is_found_too():
    assert cause(member=None, held=()) is Cause.UNKNOWN


def test_who_held_a_post_before_being_on_record_is_judged_by_the_post():
    late = staff.join(MEMBER.id, unit=COUNTER, at=NINE + HOUR)

    assert cause(member=late, at=NINE) is None


def test_further_acts_of_the_day_join_the_check_and_the_same_one_only_once():
    other = evolve(ACT, reference="T-0002")

    both = activity.add_acts(CHECK, (ACT, other))
    assert both.acts == (ACT, other)
    assert activity.add_acts(both, (other, ACT)) is both


def test_a_check_holds_so_many_acts_and_counts_the_others():
    acts = tuple(evolve(ACT, reference=f"T-{number}") for number in range(activity.MOST_ACTS + 5))

    full = opened(*acts)
    assert (len(full.acts), full.more) == (activity.MOST_ACTS, 5)
    assert activity.add_acts(full, (ACT,)).more == 6


def test_the_head_records_the_result_once_and_nobody_checks_their_own_acts():
    with pytest.raises(activity.OwnActivity):
        result(CHECK, by=CHECK.person)

    checked = result(CHECK)
    assert (checked.state, checked.checked_by) == (State.CHECKED, HEAD)
    with pytest.raises(activity.CheckedAlready):
        result(checked, by="P440100002")


def test_the_province_receives_a_result_that_is_there_and_not_its_own():
    with pytest.raises(activity.NotChecked):
        activity.receive(CHECK, by=PROVINCE, at=NINE)
    checked = result(CHECK)
    with pytest.raises(activity.CheckedByReceiver):
        activity.receive(checked, by=HEAD, at=NINE + HOUR)
    with pytest.raises(activity.OwnActivity):
        activity.receive(checked, by=CHECK.person, at=NINE + HOUR)

    received = activity.receive(checked, by=PROVINCE, at=NINE + HOUR)
    assert received.state is State.RECEIVED
    assert activity.receive(received, by="P440000002", at=NINE + 2 * HOUR) is received


def test_the_check_is_the_heads_task_until_the_result_and_then_the_provinces():
    (checking,) = activity.tasks(CHECK)
    assert (checking.owner, checking.due) == (SUPERVISOR, CHECK.due)

    (receiving,) = activity.tasks(result(CHECK))
    assert receiving.owner == Owner(post="province_ops_head", unit="44")
    assert activity.tasks(activity.receive(result(CHECK), by=PROVINCE, at=NINE + HOUR)) == ()


def holds(person, post, unit):
    return assign(Assign(person, post, unit.id, "holder", DAY), unit=unit, already=())


def test_the_head_of_the_counter_checks_and_above_it_whoever_is_there_but_never_the_person_concerned():
    city = evolve(COUNTER, id="4401", kind="city", units=("HQ", "44", "4401"))
    manager, supervisor = holds(HEAD, "centre_manager", city), holds("P440100302", "counter_supervisor", COUNTER)

    def head(person, *held):
        return head_of(COUNTER, person, held, on=DAY)

    assert head(MEMBER.id, manager, supervisor) == SUPERVISOR
    assert head(supervisor.person, manager, supervisor) == Owner(post="centre_manager", unit="4401")
    assert head(MEMBER.id) == Owner(post="ho_business_management_head", unit="HQ")


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (24 * HOUR - timedelta(seconds=1), ()),
        (24 * HOUR, ("province",)),
        (48 * HOUR - timedelta(seconds=1), ("province",)),
        (48 * HOUR, ("province", "head_office")),
    ],
)
def test_a_late_check_is_told_upward_step_by_step(after, told):
    assert activity.tell_lateness(CHECK, at=NINE + after)[1] == told


def test_each_step_of_lateness_is_told_once_and_none_after_the_result():
    late, _ = activity.tell_lateness(CHECK, at=NINE + 24 * HOUR)

    assert activity.tell_lateness(late, at=NINE + 24 * HOUR) == (late, ())
    assert activity.tell_lateness(late, at=NINE + 500 * HOUR)[1] == ("head_office",)
    assert activity.tell_lateness(result(late), at=NINE + 500 * HOUR)[1] == ()


def test_a_check_survives_the_database():
    assert converter().structure(converter().unstructure(result(CHECK)), ActivityCheck) == result(CHECK)


STEPS = {
    "add": lambda one, by, at: activity.add_acts(one, (evolve(ACT, reference=by),)),
    "result": lambda one, by, at: result(one, by=by, at=at),
    "receive": lambda one, by, at: activity.receive(one, by=by, at=at),
    "late": lambda one, by, at: activity.tell_lateness(one, at=at)[0],
}
PEOPLE = st.sampled_from((CHECK.person, HEAD, PROVINCE))


@given(st.lists(st.tuples(st.sampled_from(sorted(STEPS)), PEOPLE), max_size=20))
def test_no_sequence_of_steps_lets_anybody_clear_themselves(steps):
    check, seen = CHECK, [State.OPEN]
    for number, (step, by) in enumerate(steps, start=1):
        try:
            check = STEPS[step](check, by, NINE + number * 10 * HOUR)
        except Refusal:
            continue
        seen.append(check.state)

    order = [State.OPEN, State.CHECKED, State.RECEIVED]
    assert [order.index(one) for one in seen] == sorted(order.index(one) for one in seen)
    assert check.person not in (check.checked_by, check.received_by)
    assert check.received_by is None or check.received_by != check.checked_by


def test_the_province_is_told_with_the_result_and_the_first_there_who_has_seen_it_counts():
    checked = result(CHECK, at=NINE)
    seen = activity.receive(checked, by=PROVINCE, at=NINE + HOUR)

    assert CHECK.told == ()
    assert checked.told == (Told("post:44:province_ops_head", "task", NINE),)
    assert (seen.received_by, seen.received_at, seen.told) == (PROVINCE, NINE + HOUR, checked.told)
    assert activity.receive(seen, by="P440000002", at=NINE + 2 * HOUR) is seen
