"""R7.12: each level has a standing emergency group: who is in it, and since when that is confirmed."""

from datetime import timedelta

import pytest
from attrs import evolve

from chassis.documents import converter
from emergency.authority import Actor
from emergency.bodies import CONFIRM_DAYS, HandlingBody, Member, Role, compose, confirm, fall_due, moved
from emergency.refusals import BeyondAuthority, DeputyMissing, LeaderNotOne, MemberTwice, MemberUnknown
from services.emergency.tests.scenes import MANAGER, NINE, SUPERVISOR, TELLER, minutes

CONFIRM_AFTER = timedelta(days=CONFIRM_DAYS)
UNITS = ("HQ", "p44", "c4401")
LEADER, DEPUTY, LIAISON = (Member(role.value, role) for role in (Role.LEADER, Role.DEPUTY, Role.LIAISON))
GROUP = (LEADER, DEPUTY, LIAISON)
KNOWN = {member.person for member in GROUP}


def composed(members=GROUP, *, known=KNOWN, actor=MANAGER, at=NINE):
    return compose("c4401", UNITS, members, known=known, actor=actor, at=at)


@pytest.mark.clause("R7.12")
def test_a_group_that_is_set_is_confirmed_by_whoever_set_it():
    body = composed()

    assert (body.id, body.units, body.members) == ("c4401", UNITS, GROUP)
    assert (body.set_by, body.confirmed_by, body.confirmed_at) == (MANAGER.id, MANAGER.id, NINE)
    assert body.confirm_by == NINE + CONFIRM_AFTER


@pytest.mark.clause("R7.12")
@pytest.mark.parametrize(
    ("members", "refusal"),
    [
        ((DEPUTY, LIAISON), LeaderNotOne),
        ((LEADER, evolve(LIAISON, role=Role.LEADER), DEPUTY), LeaderNotOne),
        ((LEADER, LIAISON), DeputyMissing),
        ((LEADER, DEPUTY, evolve(LEADER, role=Role.SPOKESPERSON)), MemberTwice),
        ((LEADER, DEPUTY, Member("gone", Role.ON_SITE)), MemberUnknown),
    ],
)
def test_a_group_without_one_leader_and_a_deputy_or_with_a_doubtful_member_is_refused(members, refusal):
    with pytest.raises(refusal):
        composed(members)


@pytest.mark.clause("R7.12")
@pytest.mark.parametrize("actor", [TELLER, SUPERVISOR, Actor("ccms", system=True)])
def test_only_those_in_charge_set_and_confirm(actor):
    with pytest.raises(BeyondAuthority):
        composed(actor=actor)
    with pytest.raises(BeyondAuthority):
        confirm(composed(), known=KNOWN, actor=actor, at=NINE)


@pytest.mark.clause("R7.12")
@pytest.mark.parametrize(("late", "marked"), [(-1, False), (0, True), (1, True)])
def test_a_confirmation_falls_due_at_its_very_instant(late, marked):
    body = composed()

    looked_at = fall_due(body, at=body.confirm_by + minutes(late))

    assert looked_at.unconfirmed_since == (body.confirm_by if marked else None)
    assert (looked_at is body) is not marked


@pytest.mark.clause("R7.12")
def test_confirming_takes_the_mark_away_and_counts_anew():
    body = composed()
    marked = fall_due(body, at=body.confirm_by)
    later = body.confirm_by + minutes(5)

    confirmed = confirm(marked, known=KNOWN, actor=MANAGER, at=later)

    assert fall_due(marked, at=later) is marked
    assert (confirmed.unconfirmed_since, confirmed.confirm_by) == (None, later + CONFIRM_AFTER)
    assert fall_due(confirmed, at=later) is confirmed


@pytest.mark.clause("R7.12")
def test_the_days_are_those_that_held_when_it_was_last_confirmed():
    monthly = composed()
    stricter = confirm(monthly, known=KNOWN, actor=MANAGER, at=NINE, confirm_days=7)

    assert compose("c4401", UNITS, GROUP, known=KNOWN, actor=MANAGER, at=NINE, confirm_days=7).confirm_days == 7
    assert (monthly.confirm_by - NINE, stricter.confirm_by - NINE) == (CONFIRM_AFTER, timedelta(days=7))
    assert converter().structure(converter().unstructure(stricter), HandlingBody) == stricter


@pytest.mark.clause("R7.12")
def test_a_group_with_somebody_who_has_left_is_not_confirmed_but_set_anew():
    with pytest.raises(MemberUnknown):
        confirm(composed(), known=KNOWN - {"liaison"}, actor=MANAGER, at=NINE)


@pytest.mark.clause("R7.12")
def test_a_group_moves_with_its_unit():
    body = composed()

    assert moved(body, UNITS) is body
    assert moved(body, ("HQ", "p33", "c4401")) == evolve(body, units=("HQ", "p33", "c4401"))


def test_a_group_comes_back_from_its_document_as_it_was():
    body = fall_due(composed(), at=NINE + CONFIRM_AFTER)

    assert converter().structure(converter().unstructure(body), HandlingBody) == body
