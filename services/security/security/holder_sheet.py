"""Importing holders: `person,post,unit,kind,from,to` and optionally `order`.

In time order: `read_holders` checks every cell; the caller loads the units that the sheet names and the
assignments of its persons; `plan_holders` answers with the commands, ends before beginnings so that somebody
can change from deputy to holder in one sheet, and with every fault. `to` is the first day on which the post
is not held any more, empty for no end. A sheet imported again gives no command; a row for what has been ended
meanwhile does not bring it back.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from attrs import field, frozen

from chassis.errors import Conflict, Refusal
from security.holders import (
    AlreadyHeld,
    Assign,
    Assignment,
    EndAssignment,
    OrderOnlyForDeputies,
    PostNotAtKind,
    UnitNotYetOpen,
    assign,
    deputy_order,
    end_assignment,
    holder_kind,
    person_id,
    place,
)
from security.posts import post_named
from security.separations import PostsSeparated
from security.sheets import (
    Cells,
    Lines,
    RowFault,
    check_rows,
    contradiction,
    distinct,
    filled,
    lines_of,
    optional,
    read_cells,
    sorted_out,
)
from security.spans import DaysOutOfOrder, day, overlap
from security.units import Unit, UnitClosed, UnitMerged, UnitUnknown, unit_id

REQUIRED = ("person", "post", "unit", "kind", "from", "to")
OPTIONAL = ("order",)
CODES = ("person", "unit")
"""Columns whose leading zeros count."""

CHECKS: Mapping[str, Callable[[str], object]] = {
    "person": filled(person_id),
    "post": filled(post_named),
    "unit": filled(unit_id),
    "kind": filled(holder_kind),
    "from": filled(day),
    "to": optional(day),
    "order": optional(deputy_order),
}


class AssignmentDiffers(Conflict):
    code = "security.assignment_differs"
    zh = "任职 {assignment} 已存在，其 {column} 不同；导入只能提前终止任职，不变更其他内容"
    en = "assignment {assignment} exists with another {column}; an import may only end it earlier"


COLUMNS: Mapping[type[Refusal], str] = {
    UnitUnknown: "unit",
    UnitClosed: "unit",
    UnitMerged: "unit",
    UnitNotYetOpen: "from",
    PostNotAtKind: "post",
    DaysOutOfOrder: "to",
    OrderOnlyForDeputies: "order",
    AlreadyHeld: "from",
    PostsSeparated: "post",
}


@frozen
class HolderRow:
    """One row whose cells are each right, as the command that it comes to when nothing is there yet."""

    line: int = field(eq=False)
    assign: Assign


@frozen
class HolderSheet:
    """A sheet of holders as read."""

    rows: tuple[HolderRow, ...]
    faults: tuple[RowFault, ...]

    @property
    def units(self) -> frozenset[str]:
        """The ids of the units that the rows name."""
        return frozenset(row.assign.unit for row in self.rows)

    @property
    def persons(self) -> frozenset[str]:
        """The ids of the persons that the rows name."""
        return frozenset(row.assign.person for row in self.rows)


@frozen
class HolderPlan:
    """What an import of holders comes to: commands in the order to carry them out, faults by line, rows that
    are so already."""

    commands: tuple[EndAssignment | Assign, ...]
    faults: tuple[RowFault, ...]
    unchanged: int


Start = tuple[str, str, str, date]
Place = tuple[str, str, str]


def read_holders(content: bytes) -> HolderSheet:
    """The rows of a sheet of holders. Raises SheetTooLarge, SheetTooLong or HeaderWrong."""
    lines = lines_of(content)
    check_rows(lines)
    return holder_rows(lines)


def holder_rows(sheet: Lines) -> HolderSheet:
    """The rows among these lines of a sheet of holders. Raises HeaderWrong."""
    rows, faults = read_cells(sheet, required=REQUIRED, optional=OPTIONAL)
    good, wrong = sorted_out(rows, CHECKS)
    return HolderSheet(tuple(_holder_row(row) for row in good), faults + wrong)


def plan_holders(sheet: HolderSheet, *, units: Mapping[str, Unit], existing: Iterable[Assignment]) -> HolderPlan:
    """What the sheet asks for beyond `existing`, the assignments of its persons; `units` are those it names,
    by id."""
    rows, repeated = distinct(sheet.rows, _start)
    held = {assignment.id: assignment for assignment in existing}
    by_start = _by_start(held.values())
    known = [row for row in rows if _start(row) in by_start]
    fresh = [row for row in rows if _start(row) not in by_start]

    ends, faults = _ends(known, by_start)
    unchanged = len(known) - len(ends) - len(faults)
    ended = {end.assignment: end_assignment(held[end.assignment], on=end.on) for end in ends}
    begins, refused = _begins(fresh, units, (held | ended).values())
    wrong = [*sheet.faults, *repeated, *faults, *refused]
    return HolderPlan((*ends, *begins), tuple(sorted(wrong, key=lambda fault: fault.line)), unchanged)


def _holder_row(row: Cells) -> HolderRow:
    kind = holder_kind(row["kind"])
    order = optional(deputy_order)(row["order"])
    return HolderRow(
        row.line,
        Assign(
            person=person_id(row["person"]),
            post=post_named(row["post"]).id,
            unit=unit_id(row["unit"]),
            kind=kind,
            held_from=day(row["from"]),
            held_to=optional(day)(row["to"]),
            order=1 if kind == "deputy" and order is None else order,
        ),
    )


def _start(row: HolderRow) -> Start:
    return (*place(row.assign), row.assign.held_from)


def _by_start(existing: Iterable[Assignment]) -> dict[Start, Assignment]:
    """The assignment that began there then; of several, all but the last were ended on their first day."""
    return {(*place(each), each.held_from): each for each in sorted(existing, key=lambda each: len(each.id))}


def _ends(
    rows: Iterable[HolderRow], by_start: Mapping[Start, Assignment]
) -> tuple[list[EndAssignment], list[RowFault]]:
    """The ends that the rows state for assignments that exist."""
    ends: list[EndAssignment] = []
    faults: list[RowFault] = []
    for row in sorted(rows, key=_start):
        assignment = by_start[_start(row)]
        try:
            ends += _end(row.assign, assignment)
        except Refusal as refusal:
            faults.append(_fault(refusal, row))
    return ends, faults


def _end(wanted: Assign, assignment: Assignment) -> list[EndAssignment]:
    """None or one. Only an earlier end may differ."""
    if wanted.kind != assignment.kind:
        raise AssignmentDiffers(assignment=assignment.id, column="kind")
    if wanted.order != assignment.order:
        raise AssignmentDiffers(assignment=assignment.id, column="order")
    if wanted.held_to == assignment.held_to:
        return []
    if wanted.held_to is None or (assignment.held_to is not None and wanted.held_to > assignment.held_to):
        raise AssignmentDiffers(assignment=assignment.id, column="to")

    end_assignment(assignment, on=wanted.held_to)
    return [EndAssignment(assignment.id, wanted.held_to)]


def _begins(
    rows: Iterable[HolderRow], units: Mapping[str, Unit], held: Iterable[Assignment]
) -> tuple[list[Assign], list[RowFault]]:
    """The beginnings among the rows: each possible beside what the person holds and beside the rows before it for other
    posts, and no two overlapping each other."""
    beside: dict[str, list[Assignment]] = defaultdict(list)
    for assignment in held:
        beside[assignment.person].append(assignment)

    possible: dict[Place, list[HolderRow]] = defaultdict(list)
    begun: dict[str, list[Assignment]] = defaultdict(list)
    faults: list[RowFault] = []
    for row in sorted(rows, key=_start):
        wanted = row.assign
        others = [each for each in begun[wanted.person] if place(each) != place(wanted)]
        try:
            begun[wanted.person].append(_begun(wanted, units, [*beside[wanted.person], *others]))
        except Refusal as refusal:
            faults.append(_fault(refusal, row))
            continue
        possible[place(wanted)].append(row)
    return _apart(possible.values(), faults)


def _begun(wanted: Assign, units: Mapping[str, Unit], already: Iterable[Assignment]) -> Assignment:
    if wanted.unit not in units:
        raise UnitUnknown(unit=wanted.unit)

    return assign(wanted, unit=units[wanted.unit], already=already)


def _apart(groups: Iterable[Sequence[HolderRow]], faults: list[RowFault]) -> tuple[list[Assign], list[RowFault]]:
    """The rows that overlap with no other of their group, and all the faults."""
    begins: list[Assign] = []
    for group in groups:
        clashing = _clashing(group)
        faults = faults + contradiction(clashing)
        begins += [row.assign for row in group if row not in clashing]
    return begins, faults


def _clashing(group: Sequence[HolderRow]) -> frozenset[HolderRow]:
    """The rows of a group, sorted by start, that overlap: each is held against the longest before."""
    clashing: set[HolderRow] = set()
    longest, *later = group
    for row in later:
        one, other = longest.assign, row.assign
        if overlap(one.held_from, one.held_to, other.held_from, other.held_to):
            clashing |= {longest, row}
        longest = max(longest, row, key=lambda each: each.assign.held_to or date.max)
    return frozenset(clashing)


def _fault(refusal: Refusal, row: HolderRow) -> RowFault:
    if isinstance(refusal, AssignmentDiffers):
        return RowFault.of(refusal, line=row.line, column=str(refusal.facts["column"]))

    return RowFault.of(refusal, line=row.line, column=COLUMNS[type(refusal)])
