"""Each way of changing what was written, through the real database, and what `decalog journal verify` calls it."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from probe import tally
from probe.bench import bench_on
from probe.tampering import Vandal, anchored, elsewhere, found, kinds, rewritten, tidy, verified

from chassis import anchors, journal
from chassis.clock import machine_now
from chassis.merkle import MerkleTree
from decalog import journal_check

pytestmark = pytest.mark.live


@pytest.fixture
def written(bench):
    """A tally at version 7 and one at version 1, their journal moved; anchors that have settled."""
    anchored(bench, times=2)
    bench.begin("t1")
    bench.begin("t2")
    for number in range(6):
        bench.add("t1", command=bench.command(f"c{number}", who=f"P{number}"))
    bench.relayed()
    return bench


@pytest.fixture
def vandal(written):
    return Vandal(written.database)


def test_a_journal_that_nobody_touched_is_whole(written):
    anchored(written)

    report = verified(written)

    assert (report.faults, report.notes) == ([], [])
    assert (report.aggregates, report.entries, report.anchors) == (2, 8, 3)


def test_an_entry_says_who_did_what_when_to_what_state_and_nothing_else(bench):
    bench.begin()
    bench.add(amount=5, command=bench.command("c1", who="P1"))
    bench.relayed()

    (entry,) = bench.database.journal.find({})

    document = bench.document()
    assert entry["_id"] == {"c": "tallies", "a": "t1", "v": 2}
    assert (entry["who"], entry["operation"], entry["at"], entry["trace"]) == ("P1", "add", bench.clock.now(), "c")
    assert (entry["was"], len(entry["became"])) == (document["born"]["state"], 32)
    assert document["journal"] == {"hash": entry["hash"], "version": 2}
    assert set(entry) == {"_id", "who", "operation", "at", "trace", "was", "became", "previous", "hash"}


def test_a_create_needs_no_entry_of_its_own(bench):
    bench.begin()
    bench.relayed()

    assert bench.database.journal.count_documents({}) == 0
    assert bench.document()["journal"]["version"] == 1
    assert verified(bench).entries == 1


def test_entries_on_their_way_count(written, replica):
    silent = replica(written, fast=False)
    silent.add()

    assert found(written) == []


def test_an_entry_that_was_moved_and_is_still_in_the_outbox_counts_once(written, monkeypatch):
    monkeypatch.setattr(written.relay, "_mark", lambda _: None)
    written.add()
    written.relayed()

    report = verified(written)

    assert (report.faults, report.entries) == ([], 9)


@pytest.mark.parametrize("field", ["who", "operation", "trace"])
def test_an_edited_entry_is_named(written, vandal, field):
    vandal.edit(4, **{field: "nobody"})

    assert found(written) == [("edited", "t1", 4)]


@pytest.mark.parametrize("version", [2, 4, 7])
def test_an_edited_entry_with_a_hash_that_fits_is_named(written, vandal, version):
    tidy(vandal).edit(version, who="nobody")

    assert found(written) == [("edited", "t1", version)]


def test_what_the_document_keeps_of_its_create_is_the_first_entry(written):
    written.database.tallies.update_one({"_id": "t1"}, {"$set": {"born.principal": "nobody"}})
    written.database.tallies.update_one({"_id": "t2"}, {"$set": {"born.principal": "nobody"}})

    assert found(written) == [("edited", "t1", 1), ("edited", "t2", 1)]


def test_a_create_that_is_said_to_be_from_before_the_journal_is_named(written):
    written.database.tallies.update_one({"_id": "t1"}, {"$unset": {"born.state": ""}})

    assert found(written) == [("edited", "t1", 1)]


@pytest.mark.parametrize("version", [2, 4, 6])
@pytest.mark.parametrize("close", [False, True])
def test_a_deleted_entry_is_named(written, vandal, version, close):
    vandal.delete(version, close=close)

    assert found(written) == [("deleted", "t1", version)]


def test_an_entry_that_stands_there_twice_is_named(written, vandal):
    vandal.insert(4)

    assert found(written) == [("inserted", "t1", 5)]


def test_a_forged_entry_put_in_with_a_hash_that_fits_is_named(written, vandal):
    entry = vandal.chain()[2]
    forged = {**entry, "who": "nobody"}
    forged["hash"] = journal.kept(forged).hash()
    vandal.insert(4, who="nobody", hash=forged["hash"])

    assert found(written) == [("inserted", "t1", 4)]


def test_an_entry_in_the_place_of_the_create_is_named(written, vandal):
    entry = vandal.chain()[0]
    written.database.journal.insert_one({**entry, "_id": journal.entry_id("tallies", "t1", 1)})

    assert found(written) == [("inserted", "t1", 1)]


@pytest.mark.parametrize(("one", "other"), [(3, 4), (2, 6)])
def test_reordered_entries_are_named(written, vandal, one, other):
    vandal.swap(one, other)

    assert found(written) == [("reordered", "t1", one)]


@pytest.mark.parametrize("version", [2, 5, 7])
def test_a_truncated_tail_is_named(written, vandal, version):
    vandal.truncate(version)

    assert found(written) == [("truncated", "t1", version)]


def test_a_removed_document_is_named(written):
    written.database.tallies.delete_one({"_id": "t1"})

    assert found(written) == [("removed", "t1", 1)]


def test_an_aggregate_removed_with_its_journal_shows_by_the_anchor(written, vandal):
    anchored(written)
    vandal.truncate(1)
    written.database.tallies.delete_many({})

    assert found(written) == [("removed", "t1", 1), ("removed", "t2", 1)]


def test_a_document_set_back_to_an_old_copy_is_named(written):
    old = written.document()
    written.add()
    written.relayed()
    written.database.tallies.replace_one({"_id": "t1"}, old)

    assert found(written) == [("set back", "t1", 8)]


def test_a_document_set_back_with_its_journal_shows_by_the_anchor(written, vandal):
    old = written.document()
    written.add()
    written.add()
    written.relayed()
    anchored(written)
    written.database.tallies.replace_one({"_id": "t1"}, old)
    vandal.truncate(8)

    assert found(written) == [("set back", "t1", 8)]


def test_what_was_set_back_since_the_last_anchor_is_the_limit(written, vandal):
    old = written.document()
    anchored(written)
    written.add()
    written.relayed()
    written.database.tallies.replace_one({"_id": "t1"}, old)
    vandal.truncate(8)

    assert found(written) == []


def test_a_chain_written_anew_with_its_document_shows_by_the_anchor(written):
    rewritten(written, "t1", 4, who="nobody")
    before = found(written)
    rewritten(written, "t1", 4, who="P2")
    anchored(written)
    rewritten(written, "t1", 4, who="nobody")

    assert (before, found(written)) == ([], [("edited", "t1", 7)])


@pytest.mark.parametrize(("id", "version"), [("t1", 7), ("t2", 1)])
def test_an_edited_state_is_named(written, id, version):
    written.database.tallies.update_one({"_id": id}, {"$set": {"state.count": 1_000}})

    assert found(written) == [("state changed", id, version)]


def test_an_edited_state_stays_known_when_the_next_write_has_replaced_it(written):
    written.database.tallies.update_one({"_id": "t1"}, {"$set": {"state.count": 1_000}})
    written.add()
    written.relayed()

    assert found(written) == [("state changed", "t1", 8)]


def test_a_head_that_is_none_does_not_stop_the_next_write_and_stays_known(written):
    written.database.tallies.update_one({"_id": "t1"}, {"$set": {"journal": "gone"}})
    assert found(written) == [("set back", "t1", 1)]

    written.add()
    written.relayed()

    assert found(written) == [("edited", "t1", 8)]


@pytest.mark.parametrize(
    ("collection", "change"),
    [
        ("tallies", {"version": "seven"}),
        ("tallies", {"state": 7}),
        ("tallies", {"born.at": "once"}),
        ("tallies", {"outbox": [{"kind": "journal", "entry": {}}]}),
        ("journal", {"hash": None}),
        ("journal", {"at": "once"}),
        ("journal_leaves", {"leaves": "none"}),
    ],
)
def test_whatever_is_put_in_verify_goes_on(written, collection, change):
    anchored(written)

    written.database[collection].update_many({}, {"$set": change})

    assert found(written)


def test_documents_and_entries_that_no_service_writes_are_named(written):
    written.database.tallies.insert_one({"_id": 7, "born": {}})
    written.database.tallies.insert_one({"_id": "t3", "born": {}})
    written.database.journal.insert_one({"_id": "t3"})

    assert {kind for kind, _, _ in found(written)} == {"foreign"}
    assert len(found(written)) == 3


def test_what_is_written_while_verify_reads_is_no_finding(written, monkeypatch):
    together, writes = journal_check._together, iter(range(3))

    def busy(record, stored):
        if next(writes, None) is not None:
            written.add()
            written.relayed()
        return together(record, stored)

    def later(self, entries=journal_check._Verification._entries):
        written.add()
        written.relayed()
        yield from entries(self)

    monkeypatch.setattr(journal_check, "_together", busy)
    monkeypatch.setattr(journal_check._Verification, "_entries", later)

    assert found(written) == []


# --- anchors ------------------------------------------------------------------------------------------------


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


# --- introducing the journal --------------------------------------------------------------------------------


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


# --- whatever is written, whatever is tampered with ---------------------------------------------------------


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), writes=st.lists(st.sampled_from(["t1", "t2", "t3"]), min_size=6, max_size=20))
def test_whatever_was_written_one_tampering_with_the_journal_is_named(place, data, writes):
    bench = bench_on(place.emptied_database())
    anchored(bench, times=2)
    for each in ("t1", "t2", "t3"):
        bench.begin(each)
    for each in writes:
        bench.add(each, also=data.draw(st.sets(st.sampled_from(tally.ALL_KINDS))))
        if data.draw(st.booleans()):
            bench.relayed()
    bench.relayed()
    anchored(bench)
    assert found(bench) == []

    last = bench.database.journal.find_one({"_id.a": writes[0]}, sort=[("_id", -1)])["_id"]["v"]
    at, careful = data.draw(st.integers(2, last)), data.draw(st.booleans())
    vandal, wanted = Vandal(bench.database, writes[0], tidy=careful), [at]
    match data.draw(st.sampled_from(["edit", "delete", "close", "insert", "swap", "truncate"][: 6 if last > 2 else 4])):
        case "edit":
            what = data.draw(st.sampled_from(["who", "operation", "trace"]))
            vandal.edit(at, **{what: "nobody"})
        case "delete":
            vandal.delete(at)
        case "close":
            vandal.delete(at, close=True)
        case "insert":
            vandal.insert(at, who="nobody")
            wanted = [at, at + 1]  # it is built on the one before as well as the one that stood there
        case "swap":
            other = data.draw(st.integers(2, last).filter(lambda other: other != at))
            vandal.swap(at, other)
            wanted = [min(at, other)]
        case "truncate":
            vandal.truncate(at)

    ((_, aggregate, entry),) = found(bench)
    assert (aggregate, entry in wanted) == (writes[0], True), (entry, wanted)
