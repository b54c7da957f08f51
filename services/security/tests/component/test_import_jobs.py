"""Imports worked off in the background, as calls and jobs; killed in the middle, every row is there once."""

import signal

import pytest
from attrs import evolve
from pymongo.errors import AutoReconnect

from chassis.clock import machine_now
from security.contract import CONTRACT
from security.sheet_pieces import PIECE_ROWS
from services.security.tests.component.bureau import HEAD_OFFICE, HOLDERS, PROVINCE, SOMEBODY, UNITS, units
from services.security.tests.component.imports import (
    HEADER,
    MANY,
    PEOPLE,
    THOUSANDS,
    counted,
    faults,
    seen,
    started,
    worked,
)
from services.security.tests.component.processes import own, until

__all__ = ["own"]
pytestmark = [pytest.mark.live, pytest.mark.clause("R9.1")]


def test_a_sheet_is_worked_off_in_pieces_and_repeated_it_changes_nothing(bureau):
    units(bureau)
    asked = started(bureau, PEOPLE)
    assert counted(seen(bureau, asked)) == ("queued", 0, 0, 0)

    bureau.service.imports.work(asked)
    assert counted(seen(bureau, asked)) == ("running", PIECE_ROWS, 0, 0)

    assert counted(worked(bureau, asked)) == ("done", MANY, 0, 0)
    assert counted(worked(bureau, started(bureau, PEOPLE))) == ("done", 0, MANY, 0)
    assert len(bureau.events("assignment_stated")) == MANY
    assert bureau.database["import_pieces"].count_documents({}) == 0


def test_jobs_are_claimed_and_done_by_the_process(bureau):
    asked = started(bureau, UNITS, kind="units")
    jobs = bureau.service.import_jobs
    jobs.start = lambda work: work()

    assert jobs.work_off() == 1

    assert counted(seen(bureau, asked)) == ("done", 5, 0, 0)


def test_units_in_any_order_are_opened(bureau):
    header, *rows = UNITS.splitlines()

    asked = started(bureau, "\n".join([header, *reversed(rows)]), kind="units")

    assert counted(worked(bureau, asked)) == ("done", 5, 0, 0)


@pytest.mark.parametrize("kind", ["units", "holders"])
def test_a_dry_run_names_the_same_faults_and_writes_nothing(bureau, kind):
    sheet = UNITS + "4402,city,,44\n"
    if kind == "holders":
        units(bureau)
        sheet = HOLDERS + "P440100400,king,4401003,holder,2026-01-01,\n"

    dry = started(bureau, sheet, kind=kind, dry_run=True)
    said = worked(bureau, dry)

    assert counted(said) == ("done", 0, 0, 1)
    assert bureau.database["assignments"].count_documents({}) == 0
    assert faults(bureau, dry)["body"] == faults(bureau, done_for(bureau, sheet, kind))["body"]


def done_for(house, sheet, kind):
    asked = started(house, sheet, kind=kind)
    worked(house, asked)
    return asked


def test_every_bad_row_is_named_by_its_line_and_read_page_by_page(bureau):
    units(bureau)
    bad = [f"P44{number:07},king,4401003,holder,2026-01-01,\n" for number in range(PIECE_ROWS + 5)]
    asked = started(bureau, HEADER + "".join(bad) + "P440100301,teller,4401003,holder,2026-01-01,\n")
    assert counted(worked(bureau, asked)) == ("done", 1, 0, PIECE_ROWS + 5)

    first = faults(bureau, asked, limit=PIECE_ROWS)
    second = faults(bureau, asked, limit=PIECE_ROWS, cursor=first["next"])

    lines = [one["line"] for page in (first, second) for one in page["body"]["items"]]
    assert lines == list(range(2, PIECE_ROWS + 7))
    assert second["next"] is None


def test_a_row_outside_of_the_reach_is_a_fault_and_drops_no_other(bureau):
    units(bureau)
    sheet = HOLDERS + "P330000001,province_ops_head,33,holder,2026-01-01,\n"

    asked = started(bureau, sheet, PROVINCE)
    bureau.service.imports.work(asked)

    assert counted(seen(bureau, asked, PROVINCE)) == ("done", 3, 0, 1)
    opened = started(bureau, "id,kind,name,parent\n4402,city,韶关,44\n3301,city,杭州,33\n", PROVINCE, kind="units")
    bureau.service.imports.work(opened)
    (fault,) = bureau.done("import_faults", PROVINCE, path={"import": opened})["body"]["items"]
    assert (fault["line"], fault["column"], fault["code"]) == (3, "id", "chassis.not_permitted")


def test_a_cancelled_import_stops_before_its_next_piece(bureau):
    units(bureau)
    asked = started(bureau, PEOPLE)
    bureau.service.imports.work(asked)

    bureau.done("cancel_import", HEAD_OFFICE, path={"import": asked})
    bureau.service.imports.work(asked)

    assert counted(seen(bureau, asked)) == ("cancelled", PIECE_ROWS, 0, 0)
    assert bureau.database["assignments"].count_documents({}) == PIECE_ROWS


def test_two_replicas_that_do_the_same_piece_count_it_once(bureau):
    units(bureau)
    asked = started(bureau, PEOPLE)
    desk = bureau.service.imports
    carry, again = desk.pieces.carry_out, []

    class Twice:
        def carry_out(self, mandate, lines):
            if not again:
                again.append(desk.work(asked))
            return carry(mandate, lines)

    evolve(desk, pieces=Twice()).work(asked)

    assert counted(worked(bureau, asked)) == ("done", MANY, 0, 0)
    assert bureau.database["assignments"].count_documents({}) == MANY


def test_a_retry_with_the_same_key_is_the_same_import(bureau):
    first = started(bureau, UNITS, kind="units", key="k")
    worked(bureau, first)

    assert started(bureau, UNITS, kind="units", key="k") == first
    assert bureau.database["import_pieces"].count_documents({}) == 0


def test_an_import_is_seen_by_whoever_asked_for_it_alone(bureau):
    asked = started(bureau, UNITS, kind="units")

    assert bureau.refused("sheet_import", PROVINCE, path={"import": asked})["code"] == "chassis.not_found"
    assert bureau.refused("start_import", SOMEBODY, body={"kind": "units", "csv": UNITS})["kind"] == "forbidden"
    assert [one["id"] for one in bureau.done("import_list", HEAD_OFFICE, query={})["body"]["items"]] == [asked]
    assert bureau.done("import_list", PROVINCE, query={})["body"]["items"] == []


@pytest.mark.parametrize("moment", ["after-claim", "before-write", "after-write", "killed"])
def test_a_process_killed_in_the_middle_loses_and_doubles_no_row(own, moment):
    house, process, folder = own
    units(house)
    asked = started(house, THOUSANDS if moment == "killed" else PEOPLE)
    stored = house.database["assignments"]
    if moment != "killed":
        (folder / f"security.{moment}").touch()
    first = process()
    if moment == "killed":
        until(lambda: stored.count_documents({}) > PIECE_ROWS)
        first.send_signal(signal.SIGKILL)
    first.wait(60)
    assert seen(house, asked)["ended_at"] is None
    house.database["imports"].update_many({}, {"$set": {"lease_until": machine_now()}})

    process()
    until(lambda: seen(house, asked)["ended_at"])

    rows = seen(house, asked)["rows"]
    assert counted(seen(house, asked)) == ("done", rows, 0, 0)
    assert stored.count_documents({}) == stored.count_documents({"version": 1}) == rows


@pytest.mark.parametrize("arrived", [0, 1, PIECE_ROWS // 2, PIECE_ROWS - 1])
def test_a_piece_of_which_a_part_arrived_before_the_database_went_away_is_counted_once(bureau, monkeypatch, arrived):
    units(bureau)
    asked = started(bureau, PEOPLE)
    inserts, stored = bureau.service.assignments._inserts, bureau.service.assignments.collection
    insert_all = inserts.insert_all

    def breaking(documents):
        room = arrived - stored.count_documents({})
        if room >= len(documents):
            return insert_all(documents)
        stored.insert_many(documents[:room]) if room else None
        raise AutoReconnect("away")

    with monkeypatch.context() as broken:
        broken.setattr(inserts, "insert_all", breaking)
        with pytest.raises(AutoReconnect):
            bureau.service.imports.work(asked)

    assert stored.count_documents({}) == arrived
    assert counted(seen(bureau, asked)) == ("queued", 0, 0, 0)
    assert counted(worked(bureau, asked)) == ("done", MANY, 0, 0)
    assert stored.count_documents({}) == stored.count_documents({"version": 1}) == MANY


def test_a_piece_that_cannot_be_carried_out_fails_the_import_after_some_tries(bureau):
    asked = started(bureau, PEOPLE)
    bureau.database["import_pieces"].delete_many({})

    assert counted(worked(bureau, asked)) == ("failed", 0, 0, 0)


def test_the_example_is_taken(bureau):
    example = CONTRACT.operation("start_import").example

    assert counted(worked(bureau, started(bureau, **example))) == ("done", 0, 0, 0)
