"""A copy held in memory says what the collection says, half a second later at most."""

import pytest
from attrs import frozen

from chassis.copies import Copies
from chassis.mirror import AT_ONCE, Mirror

pytestmark = pytest.mark.live


@frozen
class Seat:
    id: str
    unit: str


def mirrored(bench):
    copies = Copies(bench.database, "seats", Seat, service="probe")
    return copies, Mirror(copies, by=("unit",))


def test_before_it_is_loaded_it_reads_the_database(bench):
    copies, mirror = mirrored(bench)
    copies.keep("a", 1, Seat("a", "4401"))

    assert mirror.get("a") == Seat("a", "4401")
    assert mirror.where("unit", "4401") == [Seat("a", "4401")]
    assert not mirror.caught_up()


def test_it_follows_what_is_kept_moved_and_removed(bench):
    copies, mirror = mirrored(bench)
    mirror.load()
    copies.keep("a", 1, Seat("a", "4401"))
    copies.keep("b", 1, Seat("b", "4401"))
    assert not mirror.caught_up()

    mirror.look()
    assert mirror.caught_up()
    assert mirror.where("unit", "4401") == [Seat("a", "4401"), Seat("b", "4401")]

    copies.keep("a", 2, Seat("a", "4402"))
    bench.database.seats.delete_one({"_id": "b"})
    copies.touched.touch("b")
    mirror.look()
    assert mirror.where("unit", "4401") == []
    assert mirror.where("unit", "4402") == [Seat("a", "4402")]


def test_a_change_by_another_replica_is_seen_as_well(bench):
    other, _ = mirrored(bench)
    _, mirror = mirrored(bench)
    mirror.load()

    other.keep("a", 1, Seat("a", "4401"))
    mirror.look()

    assert mirror.get("a") == Seat("a", "4401")


def test_what_was_touched_without_a_change_is_looked_at_once_only(bench):
    copies, mirror = mirrored(bench)
    copies.keep("a", 1, Seat("a", "4401"))
    mirror.load()
    mirror.look()

    assert not copies.keep("a", 1, Seat("a", "4401"))
    mirror.look()

    assert mirror.caught_up()


def test_more_than_it_reads_at_once_is_followed_whole(bench):
    copies, mirror = mirrored(bench)
    mirror.load()
    documents = [
        {"_id": str(number), "sequence": 1, "state": {"id": str(number), "unit": "4401"}}
        for number in range(AT_ONCE + 1)
    ]
    bench.database.seats.insert_many(documents)
    copies.touched.touch(*(document["_id"] for document in documents))

    mirror.look()

    assert mirror.caught_up()
    assert len(mirror.where("unit", "4401")) == AT_ONCE + 1
