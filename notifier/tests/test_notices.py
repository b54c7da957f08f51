"""R7.5: a notice is sent once, tried again for a while, given up with a reason, acknowledged once."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from notifier.notices import (
    LINK_LIFE,
    RETRY_AFTER,
    Failed,
    Followed,
    LinkExpired,
    Notice,
    Reason,
    RetryDropped,
    RetryDue,
    Sent,
    TryDue,
    accept,
    acknowledge,
    delivered,
    not_delivered,
    try_again,
)

pytestmark = pytest.mark.clause("R7.5")

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
LATER = AT + timedelta(minutes=3)
LAST = len(RETRY_AFTER) + 1
NOTICE = Notice(
    id="I1:1:P440100017:1",
    incident="I1",
    person="P440100017",
    channel="mail",
    level="II",
    kind="gathering",
    unit="4401003",
    unit_name="示例三柜面",
    units=("HQ", "44", "4401", "4401003"),
    drill=False,
    because="opening",
    attempt=1,
    due=AT,
    late_seconds=0,
    collapsed=0,
    link="0" * 64,
    accepted_at=AT,
)
ONCE_TRIED = evolve(NOTICE, tries=1, reason="relay_unreachable")
SENT = evolve(NOTICE, tries=1, sent_at=AT)
GIVEN_UP = evolve(NOTICE, tries=LAST, failed_at=AT, reason="relay_unreachable")


@pytest.mark.parametrize("channel", ["mail", "webhook"])
def test_a_notice_is_to_be_sent_at_once(channel):
    assert accept(evolve(NOTICE, channel=channel))[1] == (TryDue(1),)


@pytest.mark.parametrize("channel", ["sms", "letter", ""])
def test_a_channel_that_is_not_served_here_has_failed_at_once(channel):
    notice, effects = accept(evolve(NOTICE, channel=channel))

    assert not notice.open
    assert effects == (Failed(AT, Reason.NO_CONTACT_POINT),)


def test_a_try_that_succeeds_sends_the_notice():
    notice, effects = delivered(NOTICE, at=LATER)

    assert (notice.sent_at, notice.open, effects) == (LATER, False, (Sent(LATER),))


def test_a_later_try_that_succeeds_drops_the_retry():
    assert delivered(ONCE_TRIED, at=LATER)[1] == (Sent(LATER), RetryDropped())


@pytest.mark.parametrize("number", range(1, LAST))
def test_a_try_that_fails_is_followed_by_another_one_later(number):
    before = evolve(NOTICE, tries=number - 1)

    notice, effects = not_delivered(before, number, Reason.RELAY_UNREACHABLE, at=LATER)

    assert effects == (RetryDue(LATER + RETRY_AFTER[number - 1]),)
    assert (notice.tries, notice.open, notice.reason) == (number, True, "relay_unreachable")


def test_the_tries_come_after_5_seconds_30_seconds_2_minutes_and_10_minutes():
    assert [span.total_seconds() for span in RETRY_AFTER] == [5, 30, 120, 600]


def test_after_the_last_try_the_notice_has_failed():
    notice, effects = not_delivered(evolve(NOTICE, tries=LAST - 1), LAST, Reason.RELAY_REFUSED, at=LATER)

    assert (notice.failed_at, effects) == (LATER, (Failed(LATER, Reason.RELAY_REFUSED),))


@pytest.mark.parametrize("reason", Reason)
def test_it_has_failed_at_once_where_no_other_try_can_help(reason):
    lasting = {Reason.NO_CONTACT_POINT, Reason.ADDRESS_REFUSED, Reason.TARGET_FORBIDDEN}

    notice, _ = not_delivered(NOTICE, 1, reason, at=LATER)

    assert notice.open == (reason not in lasting)


def test_when_its_time_has_come_the_next_try_is_due():
    assert try_again(ONCE_TRIED) == (ONCE_TRIED, (TryDue(2),))


@pytest.mark.parametrize("done", [SENT, GIVEN_UP, evolve(ONCE_TRIED, acknowledged_at=AT)])
def test_what_is_done_is_not_tried_again(done):
    assert try_again(done) == (done, ())
    assert delivered(done, at=LATER) == (done, ())
    assert not_delivered(done, done.tries + 1, Reason.RELAY_REFUSED, at=LATER) == (done, ())


@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_try_counts_only_when_it_is_its_turn(number):
    assert not ONCE_TRIED.awaits(number)
    assert not_delivered(ONCE_TRIED, number, Reason.RELAY_REFUSED, at=LATER) == (ONCE_TRIED, ())


def test_a_link_acknowledges_once():
    notice, effects = acknowledge(SENT, at=LATER)

    assert (notice.acknowledged_at, effects) == (LATER, (Followed(LATER),))
    assert acknowledge(notice, at=LATER + timedelta(hours=1)) == (notice, ())


def test_a_link_that_is_followed_before_the_mail_is_marked_sent_proves_that_it_was():
    notice, effects = acknowledge(ONCE_TRIED, at=LATER)

    assert effects == (Sent(LATER), RetryDropped(), Followed(LATER))
    assert (notice.sent_at, notice.open) == (LATER, False)


def test_a_link_of_a_notice_that_was_given_up_still_acknowledges():
    notice, effects = acknowledge(GIVEN_UP, at=LATER)

    assert (notice.acknowledged_at, effects) == (LATER, (Followed(LATER),))


@pytest.mark.parametrize(("early", "counts"), [(timedelta(milliseconds=1), True), (timedelta(0), False)])
def test_a_link_lives_seven_days(early, counts):
    at = AT + timedelta(days=7) - early

    if counts:
        assert acknowledge(SENT, at=at)[0].acknowledged_at == at
    else:
        with pytest.raises(LinkExpired):
            acknowledge(SENT, at=at)


def test_a_link_that_was_used_in_time_answers_for_ever():
    used, _ = acknowledge(SENT, at=LATER)

    assert acknowledge(used, at=AT + 2 * LINK_LIFE) == (used, ())


STEPS = st.one_of(
    st.just("sent"),
    st.just("again"),
    st.just("followed"),
    st.tuples(st.integers(0, LAST + 1), st.sampled_from(Reason)),
)


@given(st.lists(STEPS, max_size=40))
def test_no_sequence_of_happenings_ends_a_notice_twice_or_follows_it_twice(steps):
    notice, effects = accept(NOTICE)
    said = list(effects)
    for step in steps:
        match step:
            case "sent":
                notice, effects = delivered(notice, at=LATER)
            case "again":
                notice, effects = try_again(notice)
            case "followed":
                notice, effects = acknowledge(notice, at=LATER)
            case (number, reason):
                notice, effects = not_delivered(notice, number, reason, at=LATER)
        said += effects

    ended = [one for one in said if isinstance(one, Sent | Failed)]
    assert len(ended) == (0 if notice.open else 1)
    assert sum(isinstance(one, Followed) for one in said) == (notice.acknowledged_at is not None)
    assert 0 <= notice.tries <= LAST


@given(st.lists(st.sampled_from([Reason.RELAY_UNREACHABLE, Reason.TARGET_REFUSED, None]), min_size=LAST, max_size=LAST))
def test_as_long_as_a_notice_is_open_a_try_or_a_timer_is_under_way(outcomes):
    notice, effects = accept(NOTICE)
    for reason in outcomes:
        if not notice.open:
            break
        assert effects == (TryDue(notice.tries + 1),)
        number = notice.tries + 1
        notice, effects = (
            delivered(notice, at=LATER) if reason is None else not_delivered(notice, number, reason, at=LATER)
        )
        if notice.open:
            assert any(isinstance(one, RetryDue) for one in effects)
            notice, effects = try_again(notice)

    assert not notice.open
