"""Each way of changing what was written, through the real database, and what `decalog journal verify` calls it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from probe import tally
from probe.bench import bench_on
from probe.tampering import Vandal, anchored, found, rewritten, tidy, verified

from chassis import journal
from decalog import journal_check

pytestmark = pytest.mark.live


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
    monkeypatch.setattr(written.relay._settling, "_mark", lambda _: None)
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
