"""Exports written in the background, as calls and jobs; killed in the middle, every record is there once."""

import base64
import hashlib
from datetime import timedelta

import pytest

from chassis.clock import machine_now
from chassis.identity import NotGranted
from chassis.store import OutOfReach
from security import export_desk
from security.contract import CONTRACT
from security.export_operations import EXPORT_OPERATIONS
from security.exports import KEPT, ExportEnded, ExportExpired, ExportNotReady, PartUnknown
from services.security.tests.component.bureau import HEAD_OFFICE, HOLDERS, PROVINCE, SOMEBODY, holders, units
from services.security.tests.component.imports import PEOPLE, counted, started, worked
from services.security.tests.component.imports import seen as import_seen
from services.security.tests.component.processes import own, until
from tests.house import system

__all__ = ["own"]
pytestmark = [pytest.mark.live, pytest.mark.clause("R9.1")]

READER = system("reader", "44", "directory.read")


def asked(house, by=HEAD_OFFICE, *, key=None, **more):
    body = {"kind": "holders", "reason": "半年核对", **more}
    answer = house.done("start_export", by, body=body, key=key)
    assert (answer["status"], answer["location"]) == (202, f"/v1/exports/{answer['body']['id']}")
    return answer["body"]["id"]


def seen(house, export, by=HEAD_OFFICE):
    return house.done("sheet_export", by, path={"export": export})["body"]


def written(house, export, by=HEAD_OFFICE):
    while seen(house, export, by)["ended_at"] is None:
        house.service.exports.work(export)
    return seen(house, export, by)


def fetched(house, export, by=HEAD_OFFICE):
    """The whole file, part by part."""
    whole, number, parts = b"", 0, 1
    while number < parts:
        part = house.done("export_file", by, path={"export": export}, query={"part": number})["body"]
        content = base64.b64decode(part["content"])
        assert hashlib.sha256(content).hexdigest() == part["sha256"]
        whole, number, parts = whole + content, number + 1, part["parts"]
    return whole


def lines(content):
    return content.removeprefix(b"\xef\xbb\xbf").decode().split("\r\n")[:-1]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", ["units", "holders"])
def test_an_export_is_written_in_pieces_and_imported_again_it_changes_nothing(bureau, monkeypatch, kind, form):
    monkeypatch.setattr(export_desk, "PIECE_RECORDS", 2)
    units(bureau)
    holders(bureau)

    export = asked(bureau, kind=kind, form=form)
    assert (seen(bureau, export)["state"], seen(bureau, export)["rows"]) == ("queued", 0)
    bureau.service.exports.work(export)
    assert (seen(bureau, export)["state"], seen(bureau, export)["rows"]) == ("running", 2)

    said = written(bureau, export)
    content = fetched(bureau, export)
    count = 5 if kind == "units" else 3
    assert (said["state"], said["expected"], said["rows"]) == ("ready", count, count)
    assert (said["bytes"], said["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    sheet = {"csv": content.decode()} if form == "csv" else {"xlsx": base64.b64encode(content).decode()}
    assert counted(worked(bureau, started(bureau, kind=kind, **sheet))) == ("done", 0, count, 0)
    assert bureau.database["export_lines"].count_documents({}) == 0


def test_what_lies_outside_of_the_askers_reach_is_not_exported(bureau):
    units(bureau)
    holders(bureau, HOLDERS + "P330000001,province_ops_head,33,holder,2026-01-01,\n")

    export = asked(bureau, READER)
    written(bureau, export, READER)
    assert len(lines(fetched(bureau, export, READER))) == 4
    places = asked(bureau, READER, kind="units")
    written(bureau, places, READER)
    assert [line.split(",")[0] for line in lines(fetched(bureau, places, READER))] == ["id", "44", "4401", "4401003"]


def test_an_export_of_nothing_is_a_header(bureau):
    export = asked(bureau)

    assert written(bureau, export)["rows"] == 0
    assert lines(fetched(bureau, export)) == ["person,post,unit,kind,from,to,order"]


def test_a_large_file_comes_in_parts(bureau, monkeypatch):
    monkeypatch.setattr("security.export_store.PART_BYTES", 1_000)
    units(bureau)
    worked(bureau, started(bureau, PEOPLE))

    export = asked(bureau)
    said = written(bureau, export)

    assert said["parts"] == -(-said["bytes"] // 1_000) > 1
    assert len(lines(fetched(bureau, export))) == len(PEOPLE.splitlines())


def test_jobs_are_claimed_and_done_by_the_process(bureau):
    export = asked(bureau)
    jobs = bureau.service.export_jobs
    jobs.start = lambda work: work()

    assert jobs.work_off() == 2

    assert seen(bureau, export)["state"] == "ready"


def test_it_is_seen_fetched_and_cancelled_by_whoever_asked_while_the_grant_lasts_alone(bureau):
    export = asked(bureau)
    lost = system("directory", "HQ", "directory.import")

    for operation in ("sheet_export", "export_file", "cancel_export"):
        path = {"path": {"export": export}, "query": {}}
        assert bureau.refused(operation, PROVINCE, **path)["code"] == "chassis.not_found"
        assert bureau.refused(operation, lost, **path)["code"] == NotGranted.code
    assert bureau.refused("export_list", lost, query={})["code"] == NotGranted.code
    assert bureau.refused("start_export", SOMEBODY, body={"kind": "units", "reason": "核对"})["kind"] == "forbidden"
    assert bureau.done("export_list", PROVINCE, query={})["body"]["items"] == []
    assert [one["id"] for one in bureau.done("export_list", HEAD_OFFICE, query={})["body"]["items"]] == [export]


def test_whoever_moved_elsewhere_fetches_nothing_that_they_may_not_read_any_more(bureau):
    units(bureau)
    export = asked(bureau, READER)
    written(bureau, export, READER)

    for unit in ("33", "4401"):
        moved = system("reader", unit, "directory.read")
        refused = bureau.refused("export_file", moved, path={"export": export}, query={})
        assert refused["code"] == OutOfReach.code
    assert fetched(bureau, export, system("reader", "HQ", "directory.read"))


def test_who_exported_what_and_why_stays_on_record_in_the_journal(bureau):
    export = asked(bureau)
    written(bureau, export)
    bureau.relayed()

    stored = bureau.database["exports"].find_one({"_id": export})
    assert (stored["born"]["principal"], stored["state"]["reason"]) == ("directory", "半年核对")
    assert bureau.database["journal"].count_documents({"_id.a": export}) == 2
    assert stored["journal"]["version"] == 3


def test_a_cancelled_export_stops_and_has_no_file(bureau):
    units(bureau)
    export = asked(bureau, kind="units")
    bureau.service.exports.work(export)

    bureau.done("cancel_export", HEAD_OFFICE, path={"export": export})
    bureau.service.exports.work(export)

    assert seen(bureau, export)["state"] == "cancelled"
    assert bureau.database["export_lines"].count_documents({}) == 0
    refused = bureau.refused("export_file", HEAD_OFFICE, path={"export": export}, query={})
    assert refused["code"] == ExportNotReady.code


def test_what_has_ended_is_not_cancelled_and_has_no_other_parts_and_is_gone_when_it_has_expired(bureau):
    export = asked(bureau)
    path = {"path": {"export": export}}
    written(bureau, export)

    assert bureau.refused("cancel_export", HEAD_OFFICE, **path)["code"] == ExportEnded.code
    assert bureau.refused("export_file", HEAD_OFFICE, **path, query={"part": 1})["code"] == PartUnknown.code
    bureau.clock.step(bureau.clock.now() + KEPT - timedelta(seconds=1))
    assert fetched(bureau, export)
    bureau.clock.step(bureau.clock.now() + timedelta(seconds=1))
    assert bureau.refused("export_file", HEAD_OFFICE, **path, query={})["code"] == ExportExpired.code


def test_a_file_that_has_gone_from_the_database_has_expired(bureau):
    export = asked(bureau)
    written(bureau, export)
    bureau.database["export_files"].delete_many({})

    refused = bureau.refused("export_file", HEAD_OFFICE, path={"export": export}, query={})
    assert refused["code"] == ExportExpired.code


def test_the_refusals_shown_here_are_all_that_the_contract_declares():
    declared = {refusal for operation in EXPORT_OPERATIONS for refusal in operation.refuses}

    assert declared == {ExportEnded, ExportExpired, ExportNotReady, PartUnknown}


def test_a_retry_with_the_same_key_is_the_same_export(bureau):
    first = asked(bureau, key="k")
    written(bureau, first)

    assert asked(bureau, key="k") == first
    assert bureau.database["exports"].count_documents({}) == 1


def test_the_example_is_taken(bureau):
    export = asked(bureau, **CONTRACT.operation("start_export").example)

    assert written(bureau, export)["state"] == "ready"


def test_a_replica_that_was_held_up_in_a_piece_puts_no_other_rows_in_the_place_of_those_that_were_counted(
    bureau, monkeypatch
):
    monkeypatch.setattr(export_desk, "PIECE_RECORDS", 2)
    units(bureau)
    export = asked(bureau, kind="units")
    desk = bureau.service.exports
    read = desk.store.keep_lines

    class HeldUp:
        """Another replica keeps and counts the same piece, with a unit that was opened meanwhile, first."""

        def __getattr__(self, name):
            return getattr(desk.store, name)

        def keep_lines(self, asked, lines, piece):
            units(bureau, "id,kind,name,parent\n11,province,北京市分公司,HQ\n")
            desk.work(export)
            return read(asked, lines, piece)

    export_desk.evolve(desk, store=HeldUp()).work(export)

    assert written(bureau, export)["state"] == "ready"
    first = [line.split(",")[0] for line in lines(fetched(bureau, export))][1:]
    assert first == ["11", "33", "44", "4401", "4401003", "HQ"]


def test_two_replicas_that_do_the_same_piece_count_it_once(bureau, monkeypatch):
    monkeypatch.setattr(export_desk, "PIECE_RECORDS", 2)
    units(bureau)
    export = asked(bureau, kind="units")
    step = bureau.service.exports._collecting(bureau.service.exports.exports.load(export).state)

    bureau.service.exports.work(export)
    now = bureau.service.exports.exports.load(export).state

    assert step(now, bureau.clock.now()) is now
    assert written(bureau, export)["rows"] == 5


@pytest.mark.parametrize("moment", ["after-claim", "before-write", "after-write"])
def test_a_process_killed_in_the_middle_loses_and_doubles_no_record(own, moment):
    house, process, folder = own
    units(house)
    asked_import = started(house, PEOPLE)
    worked(house, asked_import)
    export = asked(house)
    (folder / f"security.{moment}").touch()
    process().wait(60)
    assert seen(house, export)["ended_at"] is None
    house.database["exports"].update_many({}, {"$set": {"lease_until": machine_now()}})

    process()
    until(lambda: seen(house, export)["ended_at"])

    rows = lines(fetched(house, export))
    assert seen(house, export)["state"] == "ready"
    assert len(rows) == len(set(rows)) == import_seen(house, asked_import)["done"] + 1
