"""What the component tests of security share: a bureau on an empty database, its callers, sheets and imports."""

from typing import Any

from chassis.clock import SteppedClock
from security.service import Security
from services.emergency.tests.component.office import NINE
from tests.house import Badge, Exchange, Ground, House, system

HEAD_OFFICE = system("directory", "HQ", "directory.import", "directory.read")
PROVINCE = system("directory-44", "44", "directory.import", "directory.read")
KEEPER = system("personnel", "44", "staff.manage", "staff.read", "directory.assign", "directory.read")
PLANNER = system("planner", "HQ", "directory.units", "directory.read")
CORE = system("core", "HQ", "activity.report", "activity.read")
GATEWAY = system("gateway", "HQ", "call.refused")
READER = system("reader", "44", "directory.read")
SOMEBODY = Badge("P440100301")
HEAD, DEPUTY, PROVINCE_HEAD = Badge("P440100001"), Badge("P440100002"), Badge("P440000001")

UNITS = """id,kind,name,parent
HQ,head_office,总公司,
44,province,广东省分公司,HQ
33,province,浙江省分公司,HQ
4401,city,广州市分公司,44
4401003,counter,天河柜面,4401
"""
HOLDERS = """person,post,unit,kind,from,to
P440100001,centre_manager,4401,holder,2026-01-01,
P440100002,centre_manager,4401,deputy,2026-01-01,
P440100301,teller,4401003,holder,2026-01-01,2026-12-31
"""
OFFICES = HOLDERS + "P440000001,province_ops_head,44,holder,2026-01-01,\n"


def open_bureau(ground: Ground) -> House:
    """Security on an empty database."""
    return ground.cleared().house(Security, "security", clock=SteppedClock(NINE), exchange=Exchange())


def staffed(house: House) -> House:
    """The bureau with its units, and everybody on the staff who holds a post."""
    units(house)
    holders(house, OFFICES)
    house.settle()
    return house


def units(house: House, csv: str = UNITS, by: Badge = HEAD_OFFICE, **rest: Any) -> dict[str, Any]:
    """What an import of units answers."""
    return _imported(house, "import_units", csv, by, **rest)


def holders(house: House, csv: str = HOLDERS, by: Badge = HEAD_OFFICE, **rest: Any) -> dict[str, Any]:
    """What an import of holders answers."""
    return _imported(house, "import_holders", csv, by, **rest)


def _imported(
    house: House, operation: str, csv: str, by: Badge, *, dry_run: bool = False, key: str | None = None
) -> dict[str, Any]:
    answer = house.done(operation, by, body={"csv": csv, "dry_run": dry_run}, key=key)
    house.relayed()
    return dict(answer["body"])
