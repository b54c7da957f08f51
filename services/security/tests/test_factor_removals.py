"""R9.6, R9.7: no sequence of commands lets one person alone into an account whose second factor was confirmed."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.documents import converter
from chassis.errors import Refusal
from chassis.work.approvals import NotPending, OwnWork, ReasonMissing, SelfConcerned
from chassis.work.tasks import Owner
from security import account_refusals as no
from security import accounts, factor_removals
from security.accounts import VOID, Account, Proof
from security.authority import Actor, BeyondAuthority
from security.factor_removals import DECIDERS, LAPSES, PICKED_UP, Standing
from security.lockout import SignInRefused
from security.presence import Presence
from security.second_factor import SECOND_FACTOR_POSTS, SecondFactor
from security.sessions import Session

pytestmark = pytest.mark.clause("R9.6", "R9.7")

NINE = datetime(2026, 11, 23, 1, tzinfo=UTC)
TELLER = Presence(True, frozenset({"teller"}), ("HQ", "44", "4401", "4401003"))
HEAD = Presence(True, frozenset({"province_ops_head"}), ("HQ", "44"))
IT, OTHER_IT = Actor("IT1", ("it_permission_admin",)), Actor("IT2", ("it_permission_admin",))
DECIDER = Actor("D1", ("province_ops_head",))
OWNER = Owner(post="province_ops_head", unit="44")
STANDS = Standing()


def account(**rest):
    made = accounts.open_account("GD0001", person="P1", presence=HEAD, password="own", by="it", at=NINE)
    return evolve(made, must_change=False, factor=SecondFactor("sealed", True, 7), **rest)


def asked(one=None, *, by=IT, at=NINE):
    return factor_removals.ask(one or account(), reason="手机遗失", owner=OWNER, actor=by, at=at)


def approved(one, *, by=DECIDER, at=NINE, asker=STANDS, decider=STANDS):
    return factor_removals.approve(one, found_by="code", asker=asker, decider=decider, actor=by, at=at)


def reset(one, *, by="IT1", password="one-time", at=NINE):
    return accounts.reset(one, password=password, presence=HEAD, by=by, at=at)


def changed(one, proof, *, at=NINE, presence=HEAD):
    new = SecondFactor("next")
    return accounts.change_password(one, proof, password="new", factor=new, presence=presence, at=at)


def signed_in(one, proof, *, at=NINE, presence=HEAD):
    return accounts.sign_in(one, proof, Session("s", at, at), presence=presence)


def test_every_post_that_decides_signs_in_with_two_factors_and_none_asks():
    assert set(DECIDERS) <= SECOND_FACTOR_POSTS
    assert "it_permission_admin" not in DECIDERS


def test_a_reset_keeps_a_confirmed_factor_and_takes_one_that_waits():
    assert reset(account()).factor == SecondFactor("sealed", True, 7)
    assert reset(evolve(account(), factor=SecondFactor("sealed"))).factor is None


def test_a_one_time_password_is_changed_with_the_code_of_the_factor_that_stayed():
    one = reset(account())

    with pytest.raises(SignInRefused):
        changed(one, Proof("one-time"))
    after = changed(one, Proof("one-time", step=8))
    assert (after.password, after.factor) == ("new", SecondFactor("sealed", True, 8))


def test_what_was_approved_leaves_no_factor_no_password_and_no_session():
    one = approved(asked(signed_in(account(), Proof("own", step=8))))

    assert (one.factor, one.password, one.sessions, one.removal) == (None, VOID, (), None)
    assert accounts.guarded(one)
    with pytest.raises(SignInRefused):
        signed_in(one, Proof("own", found_by="code"))


@pytest.mark.parametrize("presence", [HEAD, TELLER])
def test_the_owner_needs_what_the_asker_and_what_the_approver_hands_over(presence):
    one = reset(approved(asked()))

    for proof in (Proof("one-time"), Proof("one-time", found_by="other"), Proof("own", found_by="code")):
        with pytest.raises(SignInRefused):
            changed(one, proof, presence=presence)
        with pytest.raises(SignInRefused):
            signed_in(one, proof, presence=presence)
    after = changed(one, Proof("one-time", found_by="code"), presence=presence)

    assert (after.factor, after.pick_up, after.handed_by) == (SecondFactor("next", confirmed=True), None, None)
    with pytest.raises(SignInRefused):
        signed_in(after, Proof("new"), presence=presence)
    assert reset(after).factor == after.factor


@pytest.mark.parametrize(("late", "good"), [(timedelta(microseconds=-1), True), (timedelta(0), False)])
def test_a_pick_up_code_is_good_for_three_days_and_then_it_is_asked_anew(late, good):
    at = NINE + PICKED_UP + late
    one = reset(approved(asked()), at=at)

    if good:
        assert changed(one, Proof("one-time", found_by="code"), at=at).factor is not None
        return
    with pytest.raises(SignInRefused):
        changed(one, Proof("one-time", found_by="code"), at=at)
    assert asked(one, at=at).removal is not None


@pytest.mark.parametrize("by", ["D1", "IT2", "it-system"])
def test_once_it_is_approved_only_who_asked_resets(by):
    with pytest.raises(no.AskerOnly):
        reset(approved(asked()), by=by)


def test_a_one_time_password_from_before_the_approval_is_void():
    with pytest.raises(SignInRefused):
        changed(approved(reset(asked(), by="D1")), Proof("one-time", found_by="code"))


@pytest.mark.parametrize(
    ("by", "decider", "asker", "refusal"),
    [
        (Actor("IT1", DECIDER.posts), STANDS, STANDS, OwnWork),
        (Actor("P1", DECIDER.posts), STANDS, STANDS, SelfConcerned),
        (OTHER_IT, STANDS, STANDS, BeyondAuthority),
        (Actor("D1", ("centre_manager",)), STANDS, STANDS, BeyondAuthority),
        (Actor("system"), STANDS, STANDS, BeyondAuthority),
        (DECIDER, Standing(in_use=False), STANDS, no.NotIndependent),
        (DECIDER, Standing(handed_by="IT1"), STANDS, no.NotIndependent),
        (DECIDER, STANDS, Standing(handed_by="D1"), no.NotIndependent),
    ],
)
def test_who_may_not_approve(by, decider, asker, refusal):
    with pytest.raises(refusal):
        approved(asked(), by=by, decider=decider, asker=asker)


@pytest.mark.parametrize(
    ("one", "by", "reason", "refusal"),
    [
        (account(), Actor("system"), "x", BeyondAuthority),
        (account(), DECIDER, "x", BeyondAuthority),
        (account(), Actor("P1", IT.posts), "x", no.OwnAccount),
        (account(disabled_at=NINE), IT, "x", no.AccountDisabled),
        (evolve(account(), factor=None), IT, "x", no.FactorMissing),
        (evolve(account(), factor=SecondFactor("waits")), IT, "x", no.FactorMissing),
        (asked(), OTHER_IT, "x", no.RemovalPending),
        (account(), IT, "  ", ReasonMissing),
    ],
)
def test_what_may_not_be_asked(one, by, reason, refusal):
    with pytest.raises(refusal):
        factor_removals.ask(one, reason=reason, owner=OWNER, actor=by, at=NINE)


@pytest.mark.parametrize(("late", "lapsed"), [(timedelta(microseconds=-1), False), (timedelta(0), True)])
def test_what_nobody_decides_lapses_after_a_day(late, lapsed):
    one, at = asked(), NINE + LAPSES + late

    assert (factor_removals.lapse(one, at=at).removal is None) is lapsed
    if lapsed:
        with pytest.raises(NotPending):
            approved(one, at=at)
        assert asked(one, at=at).removal.approval.asked_at == at
    else:
        assert approved(one, at=at).factor is None
        with pytest.raises(no.RemovalPending):
            asked(one, at=at)
    assert factor_removals.lapse(account(), at=at) == account()


def test_an_owner_who_shows_a_code_has_not_lost_it():
    for after in (signed_in(asked(), Proof("own", step=8)), changed(asked(), Proof("own", step=8))):
        assert after.removal is None
        with pytest.raises(no.RemovalMissing):
            approved(after)


def test_it_is_refused_with_a_reason_by_who_could_have_approved_it():
    with pytest.raises(OwnWork):
        factor_removals.refuse(asked(), reason="x", actor=Actor("IT1", DECIDER.posts), at=NINE)
    after = factor_removals.refuse(asked(), reason="手机在本人处", actor=DECIDER, at=NINE)

    assert after == account()
    assert [task.owner for task in factor_removals.tasks(asked())] == [OWNER]
    assert factor_removals.tasks(after) == ()


def test_what_is_asked_and_what_is_due_survive_the_way_into_a_document_and_back():
    for one in (asked(), approved(asked())):
        assert converter().structure(converter().unstructure(one), Account) == one


@frozen
class Knows:
    """What one person alone has learnt of the account."""

    passwords: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()


PEOPLE = ("A", "B", "C")
POSTS = ("it_permission_admin", "province_ops_head")
MOVES = st.sampled_from(["ask", "approve", "refuse", "reset", "change", "disable", "enable", "owner", "lapse", "other"])
STEPS = st.lists(st.tuples(MOVES, st.sampled_from(PEOPLE), st.integers(0, 20)), max_size=40)


@settings(max_examples=500)
@given(steps=STEPS)
def test_no_sequence_lets_one_person_alone_in(steps):
    """Everybody holds every post, and tries all that they alone have been shown; none of them is the owner."""
    one, at, number = account(), NINE, 0
    known = {each: Knows() for each in PEOPLE}
    for move, person, hours in steps:
        at, number, before = at + timedelta(hours=hours), number + 1, one
        try:
            one, known[person] = _moved(one, move, Actor(person, POSTS), at, number, known[person])
        except Refusal:
            one = before
        _holds(before, one, move, person)
    for each in known.values():
        assert not any(_opens(one, password, code, at) for password in each.passwords for code in (None, *each.codes))


def _moved(one, move, actor, at, number, knows):
    if move == "ask":
        return asked(one, by=actor, at=at), knows
    if move == "approve":
        after = factor_removals.approve(one, found_by=f"c{number}", asker=STANDS, decider=STANDS, actor=actor, at=at)
        return after, evolve(knows, codes=knows.codes | {f"c{number}"})
    if move == "refuse":
        return factor_removals.refuse(one, reason="x", actor=actor, at=at), knows
    if move == "reset":
        after = reset(one, by=actor.id, password=f"h{number}", at=at)
        return after, evolve(knows, passwords=knows.passwords | {f"h{number}"})
    if move == "disable":
        return accounts.disable(one, by=actor.id, at=at), knows
    if move == "enable":
        return accounts.enable(one, presence=HEAD, by=actor.id, at=at), knows
    if move == "owner":
        step = one.factor.last_step + 1 if one.factor else None
        return signed_in(one, Proof(one.password, step=step), at=at), knows
    if move == "lapse":
        return factor_removals.lapse(one, at=at), knows
    if move == "other":
        return accounts.enrol(one, Proof(one.password), factor=SecondFactor(f"f{number}")), knows
    for password in sorted(knows.passwords):
        for code in (None, *sorted(knows.codes)):
            assert not _opens(one, password, code, at)
    return one, knows


def _opens(one, password, code, at):
    try:
        changed(one, Proof(password, found_by=code), at=at)
    except Refusal:
        return False
    return True


def _holds(before, after, move, person):
    if before.factor is not None and after.factor is None:
        assert move == "approve"
        assert before.removal.approval.maker != person
        assert after.pick_up.asked_by == before.removal.approval.maker
    assert accounts.guarded(after)
    if after.pick_up is not None:
        assert after.sessions == ()
    if after.pick_up is not None and after.password not in (VOID, before.password):
        assert person == after.pick_up.asked_by
