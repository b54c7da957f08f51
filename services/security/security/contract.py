"""What the security service offers and hears: the directory of units, staff and posts, permissions, and checks."""

from chassis.contract import Contract, Hearing, Words, command, query
from chassis.work.my_tasks import my_tasks_operation
from chassis.work.parameter_operations import PARAMETER_STATED, parameter_operations
from security.account_operations import ACCOUNT_EVENTS, ACCOUNT_OPERATIONS
from security.activity_operations import ACTIVITY_EVENTS, ACTIVITY_OPERATIONS
from security.authority import Action
from security.elevation_operations import ELEVATION_OPERATIONS, ELEVATION_STATED
from security.events import ASSIGNMENT_STATED, UNIT_STATED
from security.export_operations import EXPORT_OPERATIONS
from security.factor_removal_operations import FACTOR_REMOVAL_EVENTS, FACTOR_REMOVAL_OPERATIONS
from security.holder_operations import HOLDER_OPERATIONS
from security.import_operations import IMPORT_OPERATIONS
from security.matrix_operations import MATRIX_EVENTS, MATRIX_OPERATIONS
from security.misuse_operations import MISUSE_FOUND, MISUSE_HEARINGS, MISUSE_OPERATIONS
from security.pair_operations import PAIR_HEARING, PAIR_OPERATIONS, PAIR_STATED
from security.parameters import EXAMPLE
from security.schemas import AssignmentRead, ImportOut, ReachIn, ReachOut, SheetIn
from security.sheets import HeaderWrong, SheetTooLarge, SheetTooLong
from security.staff_operations import STAFF_OPERATIONS, STAFF_STATED
from security.staff_schemas import StaffRead
from security.unit_operations import UNIT_OPERATIONS
from security.unit_schemas import UnitRead

IMPORT_UNITS = command(
    "import_units",
    "POST",
    "/v1/units/imports",
    says=Words("从 CSV 导入机构", "import units from CSV"),
    needs=Action.IMPORT_DIRECTORY.value,
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
    needs=Action.IMPORT_DIRECTORY.value,
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
MY_REACH = query(
    "my_reach",
    "/v1/my-reach",
    says=Words("查询本人某项权限涉及的机构", "over which units the caller may do an action that security knows of"),
    needs=Action.READ_REACH.value,
    relations=("own",),
    asks=ReachIn(),
    gives=ReachOut(),
)

CONTRACT = Contract(
    service="security",
    version="0.2.0",
    says=Words(
        "安全保密：机构、岗位、人员、任职、权限与账户",
        "security: units, posts, staff, permissions and accounts",
    ),
    operations=(
        IMPORT_UNITS,
        IMPORT_HOLDERS,
        *IMPORT_OPERATIONS,
        *EXPORT_OPERATIONS,
        *UNIT_OPERATIONS,
        *HOLDER_OPERATIONS,
        *STAFF_OPERATIONS,
        *ACTIVITY_OPERATIONS,
        *MISUSE_OPERATIONS,
        *PAIR_OPERATIONS,
        *MATRIX_OPERATIONS,
        *ELEVATION_OPERATIONS,
        *ACCOUNT_OPERATIONS,
        *FACTOR_REMOVAL_OPERATIONS,
        *parameter_operations("security", example=EXAMPLE),
        MY_REACH,
        my_tasks_operation("security"),
    ),
    grants=Action,
    events=(
        UNIT_STATED,
        ASSIGNMENT_STATED,
        STAFF_STATED,
        *ACTIVITY_EVENTS,
        MISUSE_FOUND,
        PAIR_STATED,
        *MATRIX_EVENTS,
        ELEVATION_STATED,
        *ACCOUNT_EVENTS,
        *FACTOR_REMOVAL_EVENTS,
        PARAMETER_STATED,
    ),
    hears=(
        Hearing(source="security", event=UNIT_STATED.name, handler="replant", reads=UnitRead()),
        Hearing(source="security", event=STAFF_STATED.name, handler="departed", reads=StaffRead()),
        Hearing(source="security", event=ASSIGNMENT_STATED.name, handler="assigned", reads=AssignmentRead()),
        *MISUSE_HEARINGS,
        PAIR_HEARING,
    ),
)
