"""R9.7: which passwords are complex enough, and what their hashes promise."""

import secrets

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from chassis.frame import here
from security.hashes import Hashes
from security.passwords import RULE, PasswordWeak, check_strength, normal, one_time

pytestmark = pytest.mark.clause("R9.7")

CODE = "GD0301"


def faults(password):
    try:
        check_strength(password, code=CODE, pointer="/body/new_password")
    except PasswordWeak as refusal:
        return {each.code for each in refusal.fields}
    return set()


@pytest.mark.parametrize(
    ("password", "found"),
    [
        ("Abcdefgh1", {"too_short"}),
        ("Abcdefghi1", set()),
        ("abcdefghi1", {"too_simple"}),
        ("abcdefgh1-", set()),
        ("ABCDEFGH1-", set()),
        ("Abcdefgh--", set()),
        ("木棉花开 Abcdef", set()),
        ("木棉花开木棉花开木棉", {"too_simple"}),
        ("Aa1" + "x" * 125, set()),
        ("Aa1" + "x" * 126, {"too_long"}),
        ("Abcdefgh1\x00", {"unprintable"}),
        ("Abcdefgh1\n", {"unprintable"}),
        ("Abcdef1\u202egh", {"unprintable"}),
        ("my-gd0301-Aa", {"holds_code"}),
        ("ＧＤ０３０１-Aa1x", {"holds_code"}),
        ("", {"too_short", "too_simple"}),
    ],
)
def test_each_rule_is_named_on_the_side_where_it_is_broken(password, found):
    assert faults(password) == found


@given(text=st.text(max_size=200))
def test_no_text_passes_that_breaks_a_rule_and_no_fault_repeats_the_password(text):
    plain, found = normal(text), faults(text)

    if not found:
        assert RULE.least <= len(plain) <= RULE.most
        assert plain.isprintable()
        assert CODE.casefold() not in plain.casefold()
        kinds = (any(map(str.islower, plain)), any(map(str.isupper, plain)), any(map(str.isdigit, plain)))
        assert sum(kinds) >= RULE.classes - 1


def test_a_one_time_password_is_always_good_enough_and_never_the_same():
    drawn = {one_time(secrets.choice) for _ in range(200)}

    assert len(drawn) == 200
    assert all(not faults(each) for each in drawn)


def test_a_hash_fits_its_password_in_every_way_of_typing_it_and_no_other():
    hashes = Hashes(here, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    kept = hashes.made("Kapok-tree 88")

    assert kept.startswith("$argon2id$")
    assert hashes.fits(kept, "Ｋapok-tree 88")
    assert not hashes.fits(kept, "Kapok-tree 89")
    assert hashes.made("Kapok-tree 88") != kept


def test_without_a_hash_one_is_checked_all_the_same_and_nothing_fits():
    done = []
    hashes = Hashes(lambda work: done.append(1) or work(), PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))

    assert not hashes.fits(None, "Kapok-tree 88")
    assert done == [1]


def test_a_hash_with_other_parameters_is_stale():
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

    assert Hashes(here).stale(weak.hash("x"))
    assert not Hashes(here).stale(Hashes(here).made("x"))
