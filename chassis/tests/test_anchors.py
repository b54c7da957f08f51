"""Anchors: what the heads of all chains were, kept where the service cannot reach; and what that shows."""

from datetime import timedelta

import pytest
from probe.tampering import anchored, elsewhere, found, kinds, verified

from chassis import anchors
from chassis.clock import machine_now
from chassis.merkle import MerkleTree
from decalog import journal_check

pytestmark = pytest.mark.live


def test_without_an_anchor_elsewhere_it_says_what_cannot_be_seen(bench):
    bench.begin()

    assert [fault.says for fault in verified(bench).faults] == [
        "no anchor is kept elsewhere: what was cut off or set back cannot be seen"
    ]


def test_an_anchor_is_published_once_a_day_and_again_until_it_is_confirmed(bench):
    bench.begin()
    bench.publisher.takes = lambda message: not message.key.startswith("anchor.")
    look = anchors.anchoring(bench.name, bench.database, kinds(bench), bench.publisher, bench.clock)
    look.run()
    assert elsewhere(bench) == []

    bench.publisher.takes = lambda _: True
    for _ in range(3):
        look.run()

    (anchor,) = elsewhere(bench)
    assert anchor.root == anchors.newest(bench.database)["root"]


def test_leaves_that_were_changed_do_not_give_the_root_that_is_kept_elsewhere(written):
    anchored(written)
    newest = anchors.newest(written.database)["_id"]
    written.database.journal_leaves.update_one({"_id.anchor": newest}, {"$set": {"leaves": b"[]"}})

    assert found(written) == [("anchor", newest, 0)]


def test_leaves_and_anchors_that_were_taken_away_are_named(written):
    anchored(written)
    written.database.journal_leaves.delete_many({})
    written.database.journal_anchors.delete_many({})

    assert [fault.says for fault in verified(written).faults] == ["its leaves are missing"]


def test_an_anchor_that_is_missing_elsewhere_is_named(written, monkeypatch):
    monkeypatch.setattr(journal_check, "PROJECTED_WITHIN", timedelta(seconds=-1))
    newest = anchors.newest(written.database)["_id"]
    known = [anchor for anchor in elsewhere(written) if anchor.id != newest]
    report = journal_check.verify(written.database, written.name, known, machine_now())

    assert [(fault.kind, fault.aggregate) for fault in report.faults] == [("anchor", newest)]


def test_leaves_of_a_week_are_kept(written):
    anchored(written, times=10)

    assert len(written.database.journal_leaves.distinct("_id.anchor")) == anchors.ANCHORS_KEPT + 1
    assert written.database.journal_anchors.count_documents({}) == 12
    assert found(written) == []


def test_an_anchor_that_was_cut_off_is_made_whole_by_the_next_look(written, monkeypatch):
    monkeypatch.setattr(anchors, "LEAVES_A_DOCUMENT", 1)
    with monkeypatch.context() as dying:
        dying.setattr(MerkleTree, "root", _die)
        with pytest.raises(KeyboardInterrupt):
            anchored(written)

    anchored(written)

    assert found(written) == []
    assert written.database.journal_leaves.distinct("_id.anchor") == [anchors.newest(written.database)["_id"]]


def test_two_replicas_that_anchor_at_the_same_time_make_one_anchor(written, replica, monkeypatch):
    other, root = replica(written), MerkleTree.root

    def meanwhile(self):
        monkeypatch.setattr(MerkleTree, "root", root)
        written.clock.step(written.clock.now() + timedelta(seconds=30))
        anchors.anchoring(other.name, other.database, kinds(other), other.publisher, other.clock).run()
        return root(self)

    monkeypatch.setattr(MerkleTree, "root", meanwhile)
    anchored(written)

    assert [anchor["number"] for anchor in written.database.journal_anchors.find({})] == [1, 2, 3]
    assert written.database.journal_leaves.distinct("_id.anchor") == [anchors.newest(written.database)["_id"]]
    assert found(written) == []


def _die(_):
    raise KeyboardInterrupt
