"""What the security service offers: the directory of units, posts and their holders; accounts and sessions."""

from chassis.contract import Contract, Event, Words, command, query
from security.account_operations import ACCOUNT_EVENTS, ACCOUNT_OPERATIONS
from security.schemas import AssignmentOut, ImportOut, SheetIn, UnitOut
from security.sheets import HeaderWrong, SheetTooLarge, SheetTooLong

UNIT_STATED = Event(
    name="unit_stated",
    kind="state",
    carries=UnitOut(),
    says=Words("机构状态", "a unit's whole state"),
)
ASSIGNMENT_STATED = Event(
    name="assignment_stated",
    kind="state",
    carries=AssignmentOut(),
    says=Words("任职状态", "an assignment's whole state"),
)

IMPORT_UNITS = command(
    "import_units",
    "POST",
    "/v1/units/imports",
    says=Words("从 CSV 导入机构", "import units from CSV"),
    needs="directory.import",
    takes=SheetIn(),
    gives=ImportOut(),
    deadline_seconds=30,
    refuses=(HeaderWrong, SheetTooLarge, SheetTooLong),
    announces=(UNIT_STATED.name,),
    example={"csv": "id,kind,name,parent\nHQ,head_office,总公司,\n", "dry_run": True},
)
IMPORT_HOLDERS = command(
    "import_holders",
    "POST",
    "/v1/assignments/imports",
    says=Words("从 CSV 导入任职", "import holders of posts from CSV"),
    needs="directory.import",
    takes=SheetIn(),
    gives=ImportOut(),
    deadline_seconds=30,
    refuses=(HeaderWrong, SheetTooLarge, SheetTooLong),
    announces=(ASSIGNMENT_STATED.name,),
    example={
        "csv": "person,post,unit,kind,from,to\nP000001,duty_officer,HQ,holder,2026-01-01,\n",
        "dry_run": True,
    },
)
UNIT = query(
    "unit",
    "/v1/units/{unit}",
    says=Words("查询机构", "one unit"),
    needs="directory.read",
    gives=UnitOut(),
)

CONTRACT = Contract(
    service="security",
    version="0.1.0",
    says=Words(
        "安全保密：机构、岗位与任职、账户与会话", "security: units, posts and their holders, accounts and sessions"
    ),
    operations=(IMPORT_UNITS, IMPORT_HOLDERS, UNIT, *ACCOUNT_OPERATIONS),
    events=(UNIT_STATED, ASSIGNMENT_STATED, *ACCOUNT_EVENTS),
)
