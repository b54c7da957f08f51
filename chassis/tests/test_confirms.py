"""What is published together is known together, each message for itself."""

import pytest

from chassis.confirms import Batch, Confirms


@pytest.fixture
def confirms():
    return Confirms()


def expecting(confirms: Confirms, length: int) -> Batch:
    batch = Batch(length)
    for place in range(length):
        confirms.expect(batch, place)
    return batch


def test_each_message_has_the_brokers_own_word(confirms):
    batch = expecting(confirms, 4)

    confirms.confirmed(True, 2, True)
    confirms.confirmed(False, 3, False)
    confirms.confirmed(True, 4, False)

    assert batch.known.is_set()
    assert batch.arrived == [True, True, False, True]


def test_nothing_is_known_before_the_last_word_has_come(confirms):
    batch = expecting(confirms, 2)

    confirms.confirmed(True, 2, False)
    assert not batch.known.is_set()
    confirms.confirmed(True, 1, False)
    assert batch.known.is_set()


def test_what_is_said_of_all_up_to_a_number_goes_to_every_batch_that_waits_for_it(confirms):
    first, second = expecting(confirms, 2), expecting(confirms, 2)

    confirms.confirmed(True, 3, True)

    assert first.known.is_set()
    assert (second.arrived, second.known.is_set()) == ([True, False], False)


def test_with_the_channel_goes_what_it_has_not_confirmed_and_nothing_else(confirms):
    batch = expecting(confirms, 3)
    confirms.confirmed(True, 1, False)

    confirms.lost()
    confirms.confirmed(True, 2, False)

    assert batch.known.is_set()
    assert batch.arrived == [True, False, False]


def test_a_word_on_a_message_that_nobody_waits_for_changes_nothing(confirms):
    batch = expecting(confirms, 1)

    confirms.confirmed(False, 7, False)
    confirms.confirmed(False, 1, False)
    confirms.confirmed(True, 1, False)

    assert batch.arrived == [False]


def test_nothing_at_all_is_known_at_once():
    assert Batch(0).known.is_set()
