"""Refiling: what is open at a unit that moves follows it; what has ended stays; a kill in the middle loses nothing."""

from functools import partial

import pytest
from attrs import evolve, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis import refiling
from chassis.frame import Frame
from chassis.refiling import LAG, PIECE, Filed
from chassis.store import Contended

pytestmark = pytest.mark.live

OLD, NEW, NEWEST = ("r", "a", "u"), ("r", "b", "u"), ("r", "c", "u")


@frozen
class Folder:
    """Something kept by unit."""

    unit: str
    units: tuple[str, ...]
    open: bool = True


class Office:
    """A replica that keeps folders of two kinds."""

    def __init__(self, bench):
        self.bench = bench
        frame = Frame("probe", bench.database, bench.clock, bench.relay)
        stamps = lambda folder: {"units": [*folder.units], "open_": folder.open}  # noqa: E731 a stamp in a line
        self.folders = frame.aggregates("folders", Folder, stamps=stamps)
        self.papers = frame.aggregates("papers", Folder, mark="paper/", stamps=stamps)
        filed = [Filed(kind, {"open_": True}, self.refile) for kind in (self.papers, self.folders)]
        self.refiling = refiling.refiling(frame, *filed)
        (self.jobs,) = frame.jobs
        self.jobs.start = lambda work: work()
        self.before = lambda: None

    def refile(self, folder, units, _):
        self.before()
        return (folder, ()) if folder.units == units else (evolve(folder, units=units), ())

    def keep(self, id, units=OLD, *, kind=None, **more):
        folder = Folder(units[-1], units, **more)
        (kind or self.folders).create(id, self.bench.command(), lambda: (folder, ()))

    def work_off(self):
        self.bench.clock.step(self.bench.clock.now() + LAG)
        while self.jobs.work_off():
            pass

    def units(self, id, kind=None):
        return (kind or self.folders).load(id).state.units


@pytest.fixture
def office(bench):
    for name in ("folders", "papers", refiling.COLLECTION):
        bench.database[name].delete_many({})
    return Office(bench)


def moved(office, units=NEW, sequence=2):
    office.refiling.stated("u", 1, OLD)
    office.refiling.stated("u", sequence, units)


def test_what_is_open_follows_its_unit_in_every_kind_and_what_has_ended_stays(office):
    office.keep("f1")
    office.keep("f2", open=False)
    office.keep("f3", ("r", "a", "other"))
    office.keep("p1", kind=office.papers)

    moved(office)
    office.work_off()

    assert (office.units("f1"), office.units("p1", office.papers)) == (NEW, NEW)
    assert (office.units("f2"), office.units("f3")) == (OLD, ("r", "a", "other"))
    assert office.jobs.due() == 0


def test_what_lies_below_the_unit_waits_for_its_own_unit_s_word(office):
    office.keep("below", ("r", "a", "u", "v"))

    moved(office)
    office.work_off()

    assert office.units("below") == ("r", "a", "u", "v")


def test_each_is_filed_by_a_write_that_its_journal_knows(office):
    office.keep("f1")

    moved(office)
    office.work_off()

    assert office.folders.load("f1").head.version == office.folders.load("f1").version == 2


def test_a_unit_that_was_only_opened_or_named_makes_no_job(office):
    office.refiling.stated("u", 1, OLD)
    office.refiling.stated("u", 2, OLD)

    office.work_off()

    assert office.jobs.next_due() is None


def test_a_unit_that_is_first_heard_of_after_it_changed_may_have_moved(office):
    office.keep("f1")

    office.refiling.stated("u", 5, NEW)
    office.work_off()

    assert office.units("f1") == NEW


def test_an_older_word_and_the_same_one_again_change_nothing(office):
    office.keep("f1")
    moved(office, sequence=3)
    office.refiling.stated("u", 2, NEWEST)
    office.work_off()
    version = office.folders.load("f1").version

    office.refiling.stated("u", 3, NEW)
    office.work_off()

    assert (office.units("f1"), office.folders.load("f1").version) == (NEW, version)


@pytest.mark.parametrize("number", [PIECE - 1, PIECE, PIECE + 1])
def test_more_than_a_piece_is_filed_piece_by_piece(office, number):
    for each in range(number):
        office.keep(f"f{each:04}")

    moved(office)
    office.work_off()

    assert office.bench.database.folders.count_documents({"state.units": [*NEW]}) == number
    assert office.jobs.due() == 0


def test_a_replica_that_dies_in_a_piece_leaves_the_rest_and_nothing_is_written_twice(office, replica):
    for each in range(5):
        office.keep(f"f{each}")
    moved(office)
    left = iter(range(3))

    def dies():
        if next(left, None) is None:
            raise KeyboardInterrupt

    office.before = dies
    with pytest.raises(KeyboardInterrupt):
        office.work_off()
    office.bench.database[refiling.COLLECTION].update_one({"_id": "u"}, {"$set": {"lease_until": refiling._FREE}})

    other = Office(replica(office.bench))
    other.work_off()

    assert {office.units(f"f{each}") for each in range(5)} == {NEW}
    assert {office.folders.load(f"f{each}").version for each in range(5)} == {2}


def test_a_unit_that_moves_on_in_the_middle_is_filed_where_it_is_at_last(office):
    for each in range(3):
        office.keep(f"f{each}")
    moved(office)
    again = iter([partial(office.refiling.stated, "u", 3, NEWEST)])
    office.before = lambda: next(again, lambda: None)()

    office.work_off()
    office.work_off()

    assert {office.units(f"f{each}") for each in range(3)} == {NEWEST}
    assert office.jobs.next_due() is None


def test_a_record_that_others_keep_changing_is_tried_again_and_one_that_is_refused_holds_up_no_other(office):
    office.keep("f1")
    moved(office)
    raised = iter([Contended(id="f1")])

    def contended():
        if error := next(raised, None):
            raise error

    office.before = contended
    office.work_off()
    assert office.units("f1") == OLD
    office.bench.database[refiling.COLLECTION].update_one({"_id": "u"}, {"$set": {"lease_until": refiling._FREE}})

    office.work_off()
    assert office.units("f1") == NEW


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(2, 6)), st.sets(st.integers(0, 3)))
def test_in_whatever_order_the_words_come_everything_ends_where_the_last_one_says(office, order, works_after):
    for name in ("folders", "papers", refiling.COLLECTION):
        office.bench.database[name].delete_many({})
    office.keep("f1")
    places = {sequence: ("r", f"p{sequence % 2}", "u") for sequence in range(2, 6)}

    for place, sequence in enumerate(order):
        office.refiling.stated("u", sequence, places[sequence])
        if place in works_after:
            office.work_off()
    office.work_off()

    assert office.units("f1") == places[5]
