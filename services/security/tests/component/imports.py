"""What the tests of imports in the background share: sheets of many people, and how an import is asked for and seen."""

from security.sheet_pieces import PIECE_ROWS
from services.security.tests.component.bureau import HEAD_OFFICE

HEADER = "person,post,unit,kind,from,to\n"
MANY = 3 * PIECE_ROWS


def tellers(number):
    return HEADER + "".join(f"P44{each:07},teller,4401003,holder,2026-01-01,\n" for each in range(number))


PEOPLE, THOUSANDS = tellers(MANY), tellers(10 * PIECE_ROWS)


def started(house, csv=None, by=HEAD_OFFICE, *, kind="holders", key=None, **more):
    body = {"kind": kind, **more} if csv is None else {"kind": kind, "csv": csv, **more}
    answer = house.done("start_import", by, body=body, key=key)
    assert answer["location"] == f"/v1/imports/{answer['body']['id']}"
    assert answer["status"] == 202
    return answer["body"]["id"]


def worked(house, asked):
    """Carry out pieces until the import has ended."""
    while seen(house, asked)["ended_at"] is None:
        house.service.imports.work(asked)
    house.relayed()
    return seen(house, asked)


def seen(house, asked, by=HEAD_OFFICE):
    return house.done("sheet_import", by, path={"import": asked})["body"]


def faults(house, asked, **query):
    return house.done("import_faults", HEAD_OFFICE, path={"import": asked}, query=query)


def counted(said):
    return said["state"], said["done"], said["unchanged"], said["faults"]
