"""Acknowledgements: told whom, by which channel, when seen; overdue once, and nothing is taken back."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chassis.documents import converter
from chassis.work.acknowledgements import (
    TASK,
    Acknowledgement,
    Told,
    pass_on,
    see,
    see_as_told,
    tell,
    tell_more,
)

NOTICE = "mail"
NINE = datetime(2026, 11, 23, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def told(*whom, due=NINE + HOUR):
    return tell(whom, channels=(NOTICE,), at=NINE, due=due)


def passed(one, at, to="city", whom=("above",)):
    return pass_on(one, to=to, whom=whom, channels=(NOTICE,), at=at)


def test_whom_was_told_over_which_channel_and_when_is_known():
    one = tell_more(told("a", "b", "a"), ["a", "c"], channels=(TASK,), at=NINE + HOUR / 2)

    assert one.told == (
        Told("a", NOTICE, NINE),
        Told("b", NOTICE, NINE),
        Told("a", TASK, NINE + HOUR / 2),
        Told("c", TASK, NINE + HOUR / 2),
    )
    assert one.whom == ("a", "b", "c")


def test_one_may_be_told_over_several_channels():
    assert [(one.whom, one.channel) for one in tell(["a", "b"], channels=(NOTICE, TASK), at=NINE).told] == [
        ("a", NOTICE),
        ("a", TASK),
        ("b", NOTICE),
        ("b", TASK),
    ]


def test_nobody_is_told_twice_over_one_channel_nor_once_it_was_seen():
    one = told("a")

    assert tell_more(one, ["a"], channels=(NOTICE,), at=NINE + HOUR) is one
    seen = see(one, by="a", at=NINE)
    assert tell_more(seen, ["b"], channels=(NOTICE,), at=NINE) is seen


def test_the_first_who_has_seen_it_counts():
    seen = see(told("a", "b"), by="b", at=NINE + HOUR / 2)

    assert (seen.seen_by, seen.seen_at) == ("b", NINE + HOUR / 2)
    assert see(seen, by="a", at=NINE + HOUR) is seen


def test_a_link_is_followed_by_who_was_told_alone_and_not_before_that():
    one = told("a")

    assert see_as_told(one, person="stranger", at=NINE) is one
    assert see_as_told(one, person="a", at=NINE - HOUR).seen_at == NINE


@pytest.mark.parametrize(("late", "due"), [(-1, False), (0, True), (1, True)])
def test_what_nobody_has_seen_is_overdue_at_its_very_instant(late, due):
    at = NINE + HOUR + timedelta(seconds=late)

    assert told("a").overdue(at) is due
    assert see(told("a"), by="a", at=NINE).overdue(at) is False
    assert told("a", due=None).overdue(at) is False


def test_silence_is_passed_on_once_even_where_nobody_was_there_to_tell():
    late = passed(told(), NINE + HOUR)

    assert (late.passed_at, late.passed_to, late.whom) == (NINE + HOUR, "city", ("above",))
    assert passed(late, NINE + 2 * HOUR) is late
    assert passed(told("a"), NINE).passed_at is None


COMMANDS = some.tuples(
    some.sampled_from(("more", "see", "link", "pass")), some.sampled_from("abc"), some.integers(0, 90)
)


@given(some.booleans(), some.lists(COMMANDS, max_size=15))
def test_no_sequence_takes_back_what_was_told_or_seen_or_passes_on_what_was_seen(limited, commands):
    one, at = told("a", due=NINE + HOUR if limited else None), NINE
    for command, who, minutes in commands:
        before, at = one, at + timedelta(minutes=minutes)
        if command == "more":
            one = tell_more(one, [who], channels=(TASK,), at=at)
        elif command == "see":
            one = see(one, by=who, at=at)
        elif command == "link":
            one = see_as_told(one, person=who, at=at)
        else:
            one = passed(one, at, whom=[who])
        assert one.told[: len(before.told)] == before.told
        assert len({(each.whom, each.channel) for each in one.told}) == len(one.told)
        assert before.seen_at is None or (one.seen_at, one.seen_by) == (before.seen_at, before.seen_by)
        assert before.passed_at is None or (one.passed_at, one.passed_to) == (before.passed_at, before.passed_to)
        newly = one.passed_at is not None and before.passed_at is None
        assert not newly or (before.seen_at is None and limited and one.passed_at >= NINE + HOUR)

    assert converter().structure(converter().unstructure(one), Acknowledgement) == one
