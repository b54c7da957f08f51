"""Timers on their way from the outbox to their collection: only newer words count."""

from datetime import timedelta

import pytest
from probe import tally

pytestmark = pytest.mark.live


def test_an_older_setting_of_a_timer_never_overwrites_a_newer_one(bench, replica):
    silent = replica(bench, fast=False)
    silent.begin()
    soon, later = (bench.clock.now() + timedelta(minutes=minutes) for minutes in (5, 50))
    postpone(silent, soon)
    postpone(silent, later)
    older, newer = [entry for entry in silent.document()["outbox"] if entry["kind"] == "timer"]

    for entry in (newer, older, newer, older):
        bench.relay.notice("tallies", "t1", [entry])
        bench.relay._known.clear()
        bench.relayed()

    assert bench.database.timers.find_one({"_id": "t1:alarm"})["due"] == later


def test_a_cancelled_timer_leaves_a_tombstone_that_an_older_setting_cannot_raise(bench, replica):
    silent = replica(bench, fast=False)
    silent.begin()
    postpone(silent, bench.clock.now())
    postpone(silent, None)
    older, newer = [entry for entry in silent.document()["outbox"] if entry["kind"] == "timer"]

    for entry in (newer, older):
        bench.relay.notice("tallies", "t1", [entry])
        bench.relayed()

    grave = bench.database.timers.find_one({"_id": "t1:alarm"})
    assert (grave["state"], grave["due"], grave["version"]) == ("cancelled", None, 3)
    assert grave["ended_at"] == newer["at"]
    assert bench.timers.fire_due() == 0


def test_within_one_write_the_last_word_on_a_timer_counts(bench):
    due = bench.clock.now() + timedelta(minutes=5)
    bench.begin()

    def decide(state):
        cancelled, announcements = tally.postpone(state, "alarm", None)
        return cancelled, [*announcements, *tally.postpone(state, "alarm", due)[1]]

    bench.service.tallies.change("t1", bench.command(), decide)
    bench.relayed()

    timer = bench.database.timers.find_one({"_id": "t1:alarm"})
    assert (timer["state"], timer["due"]) == ("set", due)


def test_tombstones_end_by_themselves_after_35_days(bench):
    indexes = bench.database.timers.index_information()

    (ended,) = [index for index in indexes.values() if "expireAfterSeconds" in index]
    assert ended["key"] == [("ended_at", 1)]
    assert ended["expireAfterSeconds"] == 35 * 24 * 3600


def postpone(bench, due):
    bench.service.tallies.change("t1", bench.command(), lambda state: tally.postpone(state, "alarm", due))
