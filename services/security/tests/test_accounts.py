"""R9.7: no sequence of commands opens an account to somebody who has not proved everything that is due."""

from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.documents import converter
from chassis.errors import Refusal
from security import accounts
from security.account_refusals import CodeWrong, OperatorCodeMalformed, OwnAccount, SecondFactorDue, SecondFactorThere
from security.accounts import Account, Proof, operator_code
from security.holders import Assignment
from security.lockout import SignInRefused
from security.posts import posts
from security.presence import Presence, by_posts, common
from security.second_factor import SECOND_FACTOR_POSTS, SecondFactor
from security.sessions import Session

pytestmark = pytest.mark.clause("R9.7")

NINE = datetime(2026, 11, 23, 1, tzinfo=UTC)
TELLER = Presence(True, frozenset({"teller"}), ("HQ", "44", "4401", "4401003"))
HEAD = Presence(True, frozenset({"province_ops_head"}), ("HQ", "44"))
GONE = Presence(False)
STANDINGS = {"teller": TELLER, "head": HEAD, "gone": GONE}


def account(**rest):
    made = accounts.open_account("GD0301", person="P1", presence=TELLER, password="h0", by="it", at=NINE)
    return evolve(made, **rest)


def session(at=NINE):
    return Session("s", at, at)


@pytest.mark.parametrize("text", ["", "GD1", "gd0301", "1GD0", "GD 301", "GD0301\n", "G" * 21, "张三0301"])
def test_what_is_no_operator_code_is_refused_without_being_repeated(text):
    with pytest.raises(OperatorCodeMalformed) as refused:
        operator_code(text)

    assert not text or text not in str(refused.value)


def test_an_account_survives_the_way_into_a_document_and_back():
    made = accounts.charge(account(factor=SecondFactor("sealed", True, 7), must_change=False), at=NINE)
    made = accounts.sign_in(made, Proof("h0", step=8), session(), presence=HEAD)

    assert converter().structure(converter().unstructure(made), Account) == made


def test_the_posts_that_ask_for_a_second_factor_are_posts_of_the_catalogue():
    assert posts().keys() >= SECOND_FACTOR_POSTS


def test_a_password_that_was_changed_meanwhile_makes_the_proof_worthless():
    made = account(must_change=False, password="h1")

    with pytest.raises(SignInRefused):
        accounts.sign_in(made, Proof("h0"), session(), presence=TELLER)


def test_a_factor_is_not_set_up_by_whoever_merely_knows_the_password():
    made = account(must_change=False)

    with pytest.raises(SecondFactorDue):
        accounts.change_password(made, Proof("h0"), password="h1", factor=SecondFactor("x"), presence=HEAD, at=NINE)


def test_a_session_of_one_factor_ends_when_a_post_comes_that_asks_for_two():
    made = accounts.sign_in(account(must_change=False), Proof("h0"), session(), presence=TELLER)

    still, turn = accounts.refresh(made, session="s", turn=0, presence=TELLER, at=NINE)
    ended, refused = accounts.refresh(still, session="s", turn=1, presence=HEAD, at=NINE)

    assert turn.session is not None
    assert (refused.session, refused.reused, ended.sessions) == (None, False, ())


def test_a_session_of_two_factors_goes_on_at_a_post_that_asks_for_them():
    made = account(must_change=False, factor=SecondFactor("sealed", True, 7))
    made = accounts.sign_in(made, Proof("h0", step=8), session(), presence=TELLER)

    assert accounts.refresh(made, session="s", turn=0, presence=HEAD, at=NINE)[1].session is not None


@pytest.mark.parametrize(
    ("chains", "shared"),
    [
        ([], ()),
        ([("HQ",)], ("HQ",)),
        ([("HQ", "44", "4401"), ("HQ", "44")], ("HQ", "44")),
        ([("HQ", "44"), ("HQ", "33")], ("HQ",)),
    ],
)
def test_an_account_is_filed_where_all_its_posts_lie(chains, shared):
    assert common(chains) == shared


@pytest.mark.parametrize(
    ("day", "may"), [(date(2026, 1, 1), True), (date(2025, 12, 31), False), (date(2027, 1, 1), False)]
)
def test_whoever_holds_a_post_on_that_day_may_sign_in(day, may):
    held = Assignment("x", "P1", "teller", "4401003", TELLER.units, "holder", None, date(2026, 1, 1), date(2027, 1, 1))

    assert by_posts([held], on=day) == (TELLER if may else GONE)


def test_only_a_lock_that_nobody_knows_of_is_told_and_success_ends_every_lock():
    four, five = account(), account()
    for _ in range(4):
        four = accounts.charge(four, at=NINE)
    five = accounts.charge(four, at=NINE)

    assert accounts.fail(four, at=NINE) is four
    told = accounts.fail(five, at=NINE)
    assert told.guard.told
    assert accounts.fail(told, at=NINE) is told
    assert accounts.succeed(told).guard == accounts.succeed(account()).guard
    assert accounts.succeed(account()) == account()


def test_a_second_factor_is_confirmed_by_a_right_code_alone_and_once():
    waiting = account(factor=SecondFactor("sealed"))

    for made, step in ((account(), 7), (waiting, None)):
        with pytest.raises(CodeWrong):
            accounts.confirm_factor(made, step=step)
    confirmed = accounts.confirm_factor(waiting, step=7)
    assert confirmed.factor == SecondFactor("sealed", True, 7)
    with pytest.raises(SecondFactorThere):
        accounts.confirm_factor(confirmed, step=8)


def test_sharing_is_suspected_once_a_pair_and_day():
    seen = [Session(str(number), NINE, NINE, counter=counter) for number, counter in enumerate("AB")]
    made, fresh = accounts.suspect(account(sessions=tuple(seen)), at=NINE, day=NINE.date())

    assert [each.counters for each in fresh] == [("A", "B")]
    assert accounts.suspect(made, at=NINE, day=NINE.date()) == (made, ())
    assert len(accounts.suspect(made, at=NINE, day=NINE.date() + timedelta(days=1))[1]) == 1


MOVES = st.sampled_from(
    ["right", "wrong", "change", "reset", "own_reset", "disable", "enable", "enrol", "confirm", "refresh", "sign_out"]
)
STEPS = st.lists(
    st.tuples(MOVES, st.sampled_from([*STANDINGS]), st.integers(0, 40 * 24 * 60), st.sampled_from([None, 0, 1, 2])),
    max_size=40,
)


@settings(max_examples=300)
@given(steps=STEPS)
def test_no_sequence_of_commands_opens_what_is_not_proved(steps):
    one, at, number = account(), NINE, 0
    for move, stands, minutes, step in steps:
        at, number, presence = at + timedelta(minutes=minutes), number + 1, STANDINGS[stands]
        before = one
        try:
            one = _moved(one, move, presence, at, number, step)
        except Refusal:
            one = before
        _holds(before, one, move, presence, at, step)


def _moved(one, move, presence, at, number, step):
    if move in ("right", "wrong"):
        charged = accounts.charge(one, at=at)
        proof = Proof(one.password if move == "right" else None, step=step)
        return accounts.sign_in(charged, proof, Session(f"s{number}", at, at), presence=presence)
    if move == "change":
        factor, proof = SecondFactor(f"f{number}"), Proof(one.password, step=step)
        return accounts.change_password(one, proof, password=f"h{number}", factor=factor, presence=presence, at=at)
    if move in ("reset", "own_reset"):
        by = "it" if move == "reset" else one.person
        return accounts.reset(one, password=f"h{number}", presence=presence, by=by, at=at)
    if move == "disable":
        return accounts.disable(one, by="it", at=at)
    if move == "enable":
        return accounts.enable(one, presence=presence, by="it", at=at)
    if move == "enrol":
        return accounts.enrol(one, Proof(one.password), factor=SecondFactor(f"f{number}"))
    if move == "confirm":
        return accounts.confirm_factor(one, step=step)
    if move == "refresh":
        found = one.sessions[-1].id if one.sessions else "s"
        return accounts.refresh(one, session=found, turn=0, presence=presence, at=at)[0]
    return accounts.sign_out(one, session=one.sessions[-1].id if one.sessions else "s")


def _holds(before, after, move, presence, at, step):
    fresh = {each.id for each in after.sessions} - {each.id for each in before.sessions}
    if fresh:
        assert move == "right"
        assert presence.may_sign_in
        assert before.disabled_at is None
        assert not before.must_change
        assert at - before.password_set_at < timedelta(days=90)
        assert not before.guard.locked(at)
        if SECOND_FACTOR_POSTS & presence.posts or (before.factor and before.factor.confirmed):
            assert step is not None
            assert step > before.factor.last_step
            assert after.factor.last_step == step
    if after.must_change or after.disabled_at is not None:
        assert after.sessions == ()
    if move == "refresh" and before.sessions and SECOND_FACTOR_POSTS & presence.posts:
        kept = [each for each in after.sessions if each.id == before.sessions[-1].id]
        assert all("otp" in each.methods for each in kept)
    assert len(after.earlier) <= 4
    assert move != "own_reset" or after is before
    if before.factor and before.factor.confirmed and after.factor != before.factor:
        assert move in ("reset", "right", "change")


@pytest.mark.parametrize(
    "does",
    [
        lambda one: accounts.reset(one, password="h1", presence=TELLER, by="P1", at=NINE),
        lambda one: accounts.disable(one, by="P1", at=NINE),
        lambda one: accounts.enable(one, presence=TELLER, by="P1", at=NINE),
    ],
)
def test_nobody_manages_the_own_account(does):
    with pytest.raises(OwnAccount):
        does(account())
