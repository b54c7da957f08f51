"""A subscription: two secrets at most, one at least, and it ends only when nobody has answered for the whole ladder."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from postroom.office import KEYS, NINE, UNITS

from chassis.fieldcrypt import FieldKeys
from notifier.subscriptions import (
    Because,
    Disabled,
    NoRotation,
    RotationUnderWay,
    Subscription,
    disable,
    enable,
    end_rotation,
    given_up,
    new_secret,
    not_taken,
    refiled,
    replaced,
    rotate,
    seal,
    secrets_of,
    taken,
    url_of,
)

URL, FIRST, SECOND = "https://hooks.example.invalid/secret-path", new_secret(b"1" * 32), new_secret(b"2" * 32)
MINUTE = timedelta(minutes=1)
NEW = Subscription(
    id="w",
    name="duty screen",
    unit="44",
    units=("HQ", "44"),
    levels=("I", "II"),
    url=seal("w", "url", URL, KEYS),
    secrets=(seal("w", "secret", FIRST, KEYS),),
    created_by="HO-DUTY",
    created_at=NINE,
)


@pytest.mark.parametrize(
    ("level", "units", "wanted"),
    [
        ("I", UNITS, True),
        ("II", ("HQ", "44"), True),
        ("III", UNITS, False),
        ("I", ("HQ",), False),
        ("I", ("HQ", "35", "3501"), False),
        ("I", (), False),
    ],
)
def test_it_wants_its_levels_of_its_unit_and_below(level, units, wanted):
    assert NEW.wants(level, units) is wanted


def test_nothing_of_url_and_secrets_is_shown():
    assert "secret-path" not in f"{NEW!r} {NEW.url}"
    assert FIRST not in repr(NEW)
    assert (url_of(NEW, KEYS), secrets_of(NEW, KEYS)) == (URL, (FIRST,))


def test_during_a_rotation_both_secrets_live_and_afterwards_the_new_one():
    both, _ = rotate(NEW, seal("w", "secret", SECOND, KEYS))
    after, _ = end_rotation(both)

    assert secrets_of(both, KEYS) == (SECOND, FIRST)
    assert secrets_of(after, KEYS) == (SECOND,)


def test_a_third_secret_and_an_end_without_a_beginning_are_refused():
    both, _ = rotate(NEW, seal("w", "secret", SECOND, KEYS))

    with pytest.raises(RotationUnderWay):
        rotate(both, "sealed")
    with pytest.raises(NoRotation):
        end_rotation(NEW)


def test_disabled_twice_it_says_so_once():
    ended, said = disable(NEW, Because.GONE, at=NINE)

    assert said == (Disabled(NINE, Because.GONE, None),)
    assert disable(ended, Because.BY_HAND, at=NINE + MINUTE) == (ended, ())


def test_enabled_again_what_failed_before_is_forgotten():
    failing, _ = not_taken(NEW, at=NINE)
    ended, _ = disable(failing, Because.FAILING, at=NINE)

    assert enable(ended) == (NEW, ())
    assert enable(NEW) == (NEW, ())


def test_a_delivery_given_up_disables_where_nothing_was_taken_since_its_first_try():
    failing, _ = not_taken(NEW, at=NINE)

    ended, said = given_up(failing, tried_since=NINE, at=NINE + MINUTE)

    assert (ended.active, ended.because) == (False, "failing")
    assert said == (Disabled(NINE + MINUTE, Because.FAILING, NINE),)


def test_a_delivery_given_up_while_others_are_taken_disables_nothing():
    recovered, _ = taken(not_taken(NEW, at=NINE)[0])
    failing_anew, _ = not_taken(recovered, at=NINE + MINUTE)

    for one in (recovered, failing_anew):
        still, said = given_up(one, tried_since=NINE, at=NINE + 2 * MINUTE)
        assert (still.active, said) == (True, ())


@pytest.mark.parametrize(("seconds", "active"), [(-1, True), (0, False), (1, False)])
def test_what_was_taken_in_the_moment_of_the_first_try_counts(seconds, active):
    failing, _ = not_taken(NEW, at=NINE)

    still, _ = given_up(failing, tried_since=NINE + timedelta(seconds=seconds), at=NINE + MINUTE)

    assert still.active is active


def test_said_twice_it_changes_nothing_but_a_turned_key_seals_anew():
    def said(one, keys):
        return replaced(one, name=one.name, levels=one.levels, url=URL, person=None, keys=keys)[0]

    new_keys = FieldKeys("k2", {"k1": b"1" * 32, "k2": b"2" * 32}, b"L" * 32)
    only_new = FieldKeys("k2", {"k2": b"2" * 32}, b"L" * 32)

    assert said(NEW, KEYS) is NEW
    assert url_of(said(NEW, new_keys), only_new) == URL
    assert url_of(said(NEW, only_new), only_new) == URL


def test_filed_anew_it_watches_the_same_unit():
    moved, _ = refiled(NEW, ("HQ", "4", "44"))

    assert (moved.unit, moved.units) == ("44", ("HQ", "4", "44"))
    assert refiled(moved, moved.units)[0] is moved


STEPS = {
    "rotate": lambda one, at: rotate(one, seal("w", "secret", SECOND, KEYS)),
    "end": lambda one, at: end_rotation(one),
    "disable": lambda one, at: disable(one, Because.BY_HAND, at=at),
    "gone": lambda one, at: disable(one, Because.GONE, at=at),
    "enable": lambda one, at: enable(one),
    "taken": lambda one, at: taken(one),
    "not_taken": lambda one, at: not_taken(one, at=at),
    "given_up": lambda one, at: given_up(one, tried_since=NINE, at=at),
}


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=30))
def test_no_sequence_of_commands_leaves_it_without_a_secret_or_disabled_without_a_word(steps):
    one, told = NEW, 0
    for minutes, step in enumerate(steps):
        was = one.active
        try:
            one, said = STEPS[step](one, NINE + minutes * MINUTE)
        except (RotationUnderWay, NoRotation):
            continue
        told = len(said)
        assert (was and not one.active) == bool(told)
        assert 1 <= len(one.secrets) <= 2
        assert (one.because is None) == (one.disabled_at is None) == one.active
