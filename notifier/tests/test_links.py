"""A link's token is the same for each try of a step, and nobody can guess it."""

from hypothesis import given
from hypothesis import strategies as st
from postroom.office import KEYS

from chassis.fieldcrypt import FieldKeys
from chassis.validation import check_path
from notifier.links import link_of, token_of

OTHER_KEYS = FieldKeys("k1", {"k1": b"1" * 32}, b"O" * 32)


@given(st.text(min_size=1))
def test_a_token_passes_as_an_id_in_a_path_and_is_found_by_its_hash(step):
    token = token_of(step, KEYS)

    check_path({"link": token})
    assert link_of(token) == link_of(token_of(step, KEYS)) != token


@given(st.text(), st.text())
def test_each_step_and_each_key_has_a_token_of_its_own(one, other):
    assert (token_of(one, KEYS) == token_of(other, KEYS)) == (one == other)
    assert token_of(one, KEYS) != token_of(one, OTHER_KEYS)


def test_what_is_no_token_has_no_hash():
    assert link_of("I1:1:P440100017:1") is None
    assert link_of("") is None
    assert link_of(token_of("step", KEYS) + "\n") is None
