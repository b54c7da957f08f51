"""What is offered of units one by one (R9.1): a part of the contract; sheets of them are `contract.py`'s."""

from chassis.contract import Words, command, query
from security import mergers, units
from security import unit_schemas as wire
from security.authority import Action
from security.events import UNIT_STATED
from security.schemas import UnitOut
from security.spans import DaysOutOfOrder

_UNIT = "/v1/units/{unit}"

UNIT_OPERATIONS = (
    command(
        "open_unit",
        "POST",
        "/v1/units",
        says=Words("设立机构", "open a unit"),
        needs=Action.MANAGE_UNITS.value,
        takes=wire.OpenIn(),
        gives=UnitOut(),
        status=201,
        refuses=(
            units.ParentUnknown,
            units.ParentOfWrongKind,
            units.ParentNotOpen,
            units.RootMisplaced,
            units.UnitIdMalformed,
            units.UnitNameMalformed,
        ),
        announces=(UNIT_STATED.name,),
        example={"id": "4401099", "kind": "counter", "name": "示例新柜面", "parent": "4401"},
    ),
    command(
        "rename_unit",
        "POST",
        f"{_UNIT}/name",
        says=Words("机构更名", "give a unit another name"),
        needs=Action.MANAGE_UNITS.value,
        takes=wire.NameIn(),
        gives=UnitOut(),
        if_match="optional",
        refuses=(units.UnitClosed, units.UnitMerged, units.UnitNameMalformed),
        announces=(UNIT_STATED.name,),
        example={"name": "示例柜面（新址）"},
    ),
    command(
        "move_unit",
        "POST",
        f"{_UNIT}/parent",
        says=Words("机构划转到另一上级", "put a unit, with all below it, under another one"),
        needs=Action.MANAGE_UNITS.value,
        takes=wire.ParentIn(),
        gives=UnitOut(),
        if_match="optional",
        refuses=(
            units.ParentUnknown,
            units.ParentOfWrongKind,
            units.ParentNotOpen,
            units.UnitClosed,
            units.UnitMerged,
        ),
        announces=(UNIT_STATED.name,),
        example={"parent": "4402"},
    ),
    command(
        "close_unit",
        "POST",
        f"{_UNIT}/closing",
        says=Words("撤销机构（从给定日期起不再营业）", "close a unit: no longer open on that day"),
        needs=Action.MANAGE_UNITS.value,
        takes=wire.CloseIn(),
        gives=UnitOut(),
        if_match="optional",
        refuses=(units.UnitClosed, units.UnitMerged, units.ChildrenOpen, units.PostsHeld, DaysOutOfOrder),
        announces=(UNIT_STATED.name,),
        example={"on": "2027-01-01"},
    ),
    command(
        "merge_unit",
        "POST",
        f"{_UNIT}/merger",
        says=Words("机构并入另一同级机构（从给定日期起）", "merge a unit into another of its kind, from that day on"),
        needs=Action.MANAGE_UNITS.value,
        takes=wire.MergeIn(),
        gives=UnitOut(),
        if_match="optional",
        refuses=(
            mergers.SurvivorUnknown,
            mergers.SurvivorUnfit,
            mergers.SurvivorNotOpen,
            mergers.MergerDayUnfit,
            units.UnitClosed,
            units.UnitMerged,
            DaysOutOfOrder,
        ),
        announces=(UNIT_STATED.name,),
        example={"into": "4401001", "on": "2027-01-01"},
    ),
    query(
        "unit",
        _UNIT,
        says=Words("查询机构", "one unit"),
        needs=Action.READ_DIRECTORY.value,
        gives=UnitOut(),
    ),
    query(
        "unit_list",
        "/v1/units",
        says=Words("查询机构", "units, those opened last first"),
        needs=Action.READ_DIRECTORY.value,
        asks=wire.UnitsIn(),
        gives=wire.UnitsOut(),
        paged=True,
    ),
)
