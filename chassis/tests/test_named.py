"""What is not found is named, unless it might be the number of a phone or of an identity card."""

import pytest

from chassis.store_refusals import NotFound, named


@pytest.mark.parametrize("text", ["10000000000", "000000199001011", "00000019900101001X", "000000199001010011"])
def test_a_number_that_may_be_a_person_s_is_masked(text):
    assert text not in str(NotFound(id=named(text)).wire())


@pytest.mark.parametrize("text", ["4401003", "4401003:2026-11-23", "I20261123-0001", "P440100017", "1000000000"])
def test_an_id_of_ours_isnamed(text):
    assert text in str(NotFound(id=named(text)).wire())
