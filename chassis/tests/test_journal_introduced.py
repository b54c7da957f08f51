"""The journal comes while replicas from before it still write: what they leave goes on working, and is told apart."""

import pytest
from probe.tampering import anchored, found, verified

from chassis import anchors

pytestmark = pytest.mark.live


def as_before_the_journal(bench, id="t1"):
    """What a replica from before the journal leaves: a document without head, whose create has no digest."""
    gone = {"journal": "", "born.state": "", "born.trace": ""}
    bench.database.tallies.update_one({"_id": id}, {"$unset": gone})


def past_the_journal(bench, id="t1"):
    """A write by such a replica: it does not know of the head."""
    bench.database.tallies.update_one({"_id": id}, {"$inc": {"version": 1, "state.count": 1}})


def test_documents_from_before_the_journal_go_on_working(bench):
    bench.begin()
    bench.relayed()
    as_before_the_journal(bench)

    assert bench.add().version == 2
    bench.relayed()

    report = verified(bench)
    assert [(note.kind, note.version) for note in report.notes] == [("unjournaled", 1)]
    assert [fault.kind for fault in report.faults] == ["anchor"]


def test_the_first_two_anchors_adopt_what_older_replicas_wrote_and_it_is_protected_then(bench):
    bench.begin("t1")
    bench.begin("t2")
    bench.relayed()
    as_before_the_journal(bench, "t1")
    anchored(bench)
    past_the_journal(bench, "t2")
    assert (found(bench), len(verified(bench).notes)) == ([], 2)
    anchored(bench)
    bench.relayed()

    assert found(bench) == []
    assert [(note.aggregate, note.version) for note in verified(bench).notes] == [("t1", 1), ("t2", 2)]
    bench.database.tallies.update_many({}, {"$set": {"state.count": 1_000}})
    assert found(bench) == [("state changed", "t1", 2), ("state changed", "t2", 3)]


def test_an_adoption_changes_nothing_and_is_written_in_the_journal(bench):
    bench.begin()
    bench.relayed()
    before = bench.document()
    as_before_the_journal(bench)

    anchored(bench)

    document = bench.document()
    (entry,) = (entry["entry"] for entry in document["outbox"])
    assert (document["state"], document["version"]) == (before["state"], 2)
    assert (entry["who"], entry["operation"]) == ("probe", "adopt_into_journal")


@pytest.mark.parametrize("write", [as_before_the_journal, past_the_journal])
def test_what_is_written_past_the_journal_later_is_a_finding(written, write):
    write(written, "t2")

    ((kind, aggregate, _),) = found(written)
    assert (kind, aggregate) == ("unjournaled", "t2")


def test_it_stays_a_finding_when_the_next_write_is_journaled_again(written):
    past_the_journal(written)
    written.clock.step(written.clock.now() + anchors.EVERY / 2)
    written.add()
    written.relayed()

    assert found(written) == [("unjournaled", "t1", 8)]
