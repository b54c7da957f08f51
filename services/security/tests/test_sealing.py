"""R9.7: a second factor is sealed anew after a rotation of keys, and goes on to open for its account alone."""

import pytest
from attrs import evolve

from chassis.fieldcrypt import FieldKeys, SealBroken
from chassis.resealing import STAMP
from security import proofs
from security.second_factor import SecondFactor
from services.security.tests.test_accounts import account

pytestmark = pytest.mark.clause("R9.7")

OLD = FieldKeys("k1", {"k1": b"1" * 32}, b"L" * 32)
TURNED = FieldKeys("k2", {"k1": b"1" * 32, "k2": b"2" * 32}, b"L" * 32)
SECRET = "JBSWY3DPEHPK3PXP"
SEALING = proofs.sealing(TURNED)


def test_a_factor_is_sealed_anew_once_and_keeps_its_secret_and_its_state():
    before = account(factor=SecondFactor(OLD.seal(proofs.place("GD0301"), SECRET), confirmed=True, last_step=7))

    after = SEALING.renewed(before)

    assert (SEALING.stamps(before)[STAMP], SEALING.stamps(after)[STAMP]) == (["k1"], ["k2"])
    assert TURNED.open(proofs.place("GD0301"), after.factor.sealed) == SECRET
    assert evolve(after, factor=before.factor) == before
    assert (after.factor.confirmed, after.factor.last_step) == (True, 7)
    assert SEALING.renewed(after) is after


def test_an_account_without_a_factor_holds_nothing_sealed():
    assert SEALING.renewed(account()) == account()
    assert SEALING.stamps(account())[STAMP] == ["."]


def test_a_factor_that_was_moved_from_another_account_is_not_sealed_anew():
    moved = account(factor=SecondFactor(OLD.seal(proofs.place("GD0302"), SECRET)))

    with pytest.raises(SealBroken):
        SEALING.renewed(moved)
