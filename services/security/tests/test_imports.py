"""Importing the organisation: in any order, as often as one likes, bad rows named, no good one lost."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from security.holder_sheet import HolderPlan, plan_holders, read_holders
from security.holders import Assign, Assignment, EndAssignment, assign, end_assignment
from security.unit_sheet import UnitPlan, plan_units, read_units
from security.units import OpenUnit, RenameUnit, Unit, open_unit, rename_unit

UNIT_ROWS = (
    "HQ,head_office,总公司,",
    "44,province,广东省分公司,HQ",
    "4403,province,深圳市分公司,HQ",
    "4401,city,示例一市分公司,44",
    "440301,city,示例二市分公司,4403",
    "4401001,counter,示例一柜面,4401",
    "4401003,counter,示例三柜面,4401",
)
HOLDER_ROWS = (
    "P440100017,teller,4401003,holder,2026-01-01,",
    "P440100018,teller,4401003,holder,2026-01-01,2026-06-01",
    "P440100018,teller,4401003,holder,2026-06-01,",
    "P440100018,seal_keeper,4401003,holder,2026-01-01,",
    "P440100017,counter_supervisor,4401003,deputy,2026-01-01,",
    "P440000001,province_ops_head,44,holder,2026-01-01,",
)
BAD_UNIT_ROWS = st.sampled_from(
    [
        "4.4,province,广东,HQ",
        "45,shire,广西,HQ",
        "46,province,,HQ",
        "4502,city,无上级,45",
        "4403x,counter,层级不对,HQ",
        "HO,head_office,另一总公司,",
        '50,province,"重庆,HQ',
        "51,province",
        "loop-a,city,甲,loop-b",
        "loop-b,city,乙,loop-a",
        "self,city,丙,self",
        "HQ,province,冒名,HQ,",
    ]
)
BAD_HOLDER_ROWS = st.sampled_from(
    [
        "张三,teller,4401003,holder,2026-01-01,",
        "P440100019,cashier,4401003,holder,2026-01-01,",
        "P440100019,teller,44,holder,2026-01-01,",
        "P440100019,teller,9999,holder,2026-01-01,",
        "P440100019,teller,4401003,boss,2026-01-01,",
        "P440100019,teller,4401003,holder,2026-01-01,2026-01-01",
        "P440100017,teller,4401003,holder",
    ]
)


def units_sheet(rows: Iterable[str], header: str = "id,kind,name,parent") -> bytes:
    return "\n".join([header, *rows]).encode()


def holders_sheet(rows: Iterable[str], header: str = "person,post,unit,kind,from,to") -> bytes:
    return "\n".join([header, *rows]).encode()


def with_units(plan: UnitPlan, existing: Mapping[str, Unit]) -> dict[str, Unit]:
    """The units after the plan's commands, each carried out for itself."""
    known = dict(existing)
    for command in plan.commands:
        if isinstance(command, OpenUnit):
            assert command.unit not in known
            known[command.unit] = open_unit(command, parent=known.get(command.parent or ""))
        else:
            known[command.unit] = rename_unit(known[command.unit], name=command.name)
    return known


def with_holders(plan: HolderPlan, existing: Iterable[Assignment]) -> dict[str, Assignment]:
    """The assignments after the plan's commands, each carried out for itself."""
    known = {each.id: each for each in existing}
    for command in plan.commands:
        if isinstance(command, Assign):
            made = assign(command, unit=UNITS[command.unit], already=list(known.values()))
        else:
            made = end_assignment(known[command.assignment], on=command.on)
        known[made.id] = made
    return known


UNITS = with_units(plan_units(read_units(units_sheet(UNIT_ROWS)), existing={}), {})


def plan_of_units(rows: Iterable[str], existing: Mapping[str, Unit] | None = None) -> UnitPlan:
    return plan_units(read_units(units_sheet(rows)), existing=existing or {})


def plan_of_holders(rows: Iterable[str], existing: Iterable[Assignment] = ()) -> HolderPlan:
    return plan_holders(read_holders(holders_sheet(rows)), units=UNITS, existing=existing)


HELD = with_holders(plan_of_holders(HOLDER_ROWS), ())


def codes(plan: UnitPlan | HolderPlan) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.column, fault.code.removeprefix("security.")) for fault in plan.faults]


def test_units_are_opened_with_their_ancestors_and_companies_with_their_region():
    assert UNITS["4401003"].units == ("HQ", "44", "4401", "4401003")
    assert {unit.id: unit.region for unit in UNITS.values() if unit.region} == {
        "44": "440000",
        "4403": "440300",
    }


@given(st.permutations(UNIT_ROWS))
def test_the_order_of_units_makes_no_difference(rows):
    assert plan_of_units(rows) == plan_of_units(UNIT_ROWS)


@given(st.permutations(UNIT_ROWS))
def test_units_imported_twice_change_nothing(rows):
    plan = plan_of_units(rows, UNITS)

    assert plan == UnitPlan(commands=(), faults=(), unchanged=len(UNIT_ROWS))


@given(st.data(), st.lists(BAD_UNIT_ROWS, max_size=8))
def test_bad_rows_drop_no_good_unit_and_are_all_named(data, bad):
    rows = data.draw(st.permutations([*UNIT_ROWS, *bad]))

    plan = plan_of_units(rows)

    assert plan.commands == plan_of_units(UNIT_ROWS).commands
    assert {fault.line for fault in plan.faults} == {line for line, row in enumerate(rows, 2) if row in bad}


@given(st.data(), st.lists(BAD_UNIT_ROWS, max_size=4), st.sets(st.sampled_from(UNIT_ROWS)))
def test_units_imported_twice_change_nothing_whatever_was_wrong(data, bad, some):
    rows = data.draw(st.permutations([*some, *bad]))
    first = plan_of_units(rows)

    second = plan_of_units(rows, with_units(first, {}))

    assert second.commands == ()
    assert second.unchanged == len(first.commands)


@given(st.sets(st.sampled_from(UNIT_ROWS)))
def test_units_imported_in_pieces_come_to_the_same(first):
    """Parents that come in a later piece are named, and opened when the sheet comes again."""
    known = with_units(plan_of_units(first), {})

    known = with_units(plan_of_units(UNIT_ROWS, known), known)

    assert known == UNITS


def test_a_new_name_is_a_renaming():
    plan = plan_of_units(["4401,city,示例九市分公司,44"], UNITS)

    assert plan.commands == (RenameUnit("4401", "示例九市分公司"),)


def test_an_import_moves_no_unit_and_reopens_none():
    closed = UNITS | {"4401001": evolve(UNITS["4401001"], open_to=date(2026, 6, 1))}

    plan = plan_of_units(
        [
            "4401003,counter,示例三柜面,440301",
            "4401,counter,示例一市分公司,44",
            "4401001,counter,示例一柜面,4401",
        ],
        closed,
    )

    assert plan.commands == ()
    assert codes(plan) == [
        (2, "parent", "unit_differs"),
        (3, "kind", "unit_differs"),
        (4, "id", "unit_closed"),
    ]


def test_region_and_opening_day_are_taken_when_given_and_claim_nothing_when_empty():
    header = "id,kind,name,parent,region,from"
    rows = [
        "HQ,head_office,总公司,,,",
        "44,province,广东省分公司,HQ,,",
        "4401,city,示例,44,440100,2026-02-01",
    ]

    first = plan_units(read_units(units_sheet(rows, header)), existing={})
    known = with_units(first, {})

    assert (known["4401"].region, known["4401"].open_from) == ("440100", date(2026, 2, 1))
    assert plan_of_units(["4401,city,示例,44"], known).unchanged == 1


def test_another_region_or_opening_day_for_a_known_unit_is_a_fault():
    header = "id,kind,name,parent,region,from"
    rows = ["44,province,广东省分公司,HQ,450000,", "4401,city,示例一市分公司,44,,2026-02-01"]

    plan = plan_units(read_units(units_sheet(rows, header)), existing=UNITS)

    assert codes(plan) == [(2, "region", "unit_differs"), (3, "from", "unit_differs")]


def test_a_repeated_row_counts_once_and_contradicting_rows_not_at_all():
    rows = [*UNIT_ROWS, UNIT_ROWS[3], "4401001,counter,另一名称,4401"]

    plan = plan_of_units(rows)

    assert [command.unit for command in plan.commands] == ["HQ", "44", "4403", "4401", "440301", "4401003"]
    assert codes(plan) == [(7, "", "rows_contradict"), (9, "", "row_repeated"), (10, "", "rows_contradict")]


def test_a_sheet_says_which_units_and_persons_it_needs_to_know_of():
    units = read_units(units_sheet(UNIT_ROWS[3:4]))
    holders = read_holders(holders_sheet(HOLDER_ROWS[:1]))

    assert units.units == {"4401", "44"}
    assert (holders.units, holders.persons) == ({"4401003"}, {"P440100017"})


@given(st.permutations(HOLDER_ROWS))
def test_the_order_of_holders_makes_no_difference(rows):
    assert plan_of_holders(rows) == plan_of_holders(HOLDER_ROWS)
    assert len(HELD) == len(HOLDER_ROWS)


@given(st.permutations(HOLDER_ROWS), st.permutations(sorted(HELD.values(), key=lambda each: each.id)))
def test_holders_imported_twice_change_nothing(rows, held):
    plan = plan_of_holders(rows, held)

    assert plan == HolderPlan(commands=(), faults=(), unchanged=len(HOLDER_ROWS))


@given(st.data(), st.lists(BAD_HOLDER_ROWS, max_size=8))
def test_bad_rows_drop_no_good_holder_and_are_all_named(data, bad):
    rows = data.draw(st.permutations([*HOLDER_ROWS, *bad]))

    plan = plan_of_holders(rows)

    assert plan.commands == plan_of_holders(HOLDER_ROWS).commands
    assert {fault.line for fault in plan.faults} == {line for line, row in enumerate(rows, 2) if row in bad}


tenures = st.tuples(st.integers(0, 20), st.none() | st.integers(1, 8))
spans = st.lists(tenures, min_size=1, max_size=6, unique_by=lambda tenure: tenure[0])


def teller_rows(lengths: list[tuple[int, int | None]]) -> list[tuple[date, date | None, str]]:
    rows = []
    for start, length in lengths:
        since = date(2026, 1, 1) + timedelta(days=start)
        to = None if length is None else since + timedelta(days=length)
        rows.append((since, to, f"P440100020,teller,4401003,holder,{since},{to or ''}"))
    return rows


@given(spans)
def test_rows_that_overlap_are_refused_together_and_the_others_taken(lengths):
    rows = teller_rows(lengths)

    def clashes(row: tuple[date, date | None, str]) -> bool:
        return any(
            other is not row and max(row[0], other[0]) < min(row[1] or date.max, other[1] or date.max) for other in rows
        )

    plan = plan_of_holders([row[2] for row in rows])

    taken = {command.held_from for command in plan.commands if isinstance(command, Assign)}
    assert taken == {row[0] for row in rows if not clashes(row)}
    assert {fault.line for fault in plan.faults} == {line for line, row in enumerate(rows, 2) if clashes(row)}


@given(spans, spans)
def test_any_two_sheets_one_after_the_other_are_carried_out_and_repeat_without_effect(first, second):
    known = with_holders(plan_of_holders(row[2] for row in teller_rows(first)), ())
    rows = [row[2] for row in teller_rows(second)]

    known = with_holders(plan_of_holders(rows, known.values()), known.values())
    again = plan_of_holders(rows, known.values())

    assert again.commands == ()
    for day in (date(2026, 1, 1) + timedelta(days=number) for number in range(30)):
        assert sum(each.held_on(day) for each in known.values()) <= 1


def test_an_end_that_the_sheet_brings_ends_the_assignment():
    plan = plan_of_holders(["P440100017,teller,4401003,holder,2026-01-01,2026-09-01"], HELD.values())

    assert plan.commands == (EndAssignment("4401003:teller:P440100017:2026-01-01", date(2026, 9, 1)),)


def test_somebody_changes_from_deputy_to_holder_in_one_sheet():
    rows = [
        "P440100017,counter_supervisor,4401003,holder,2026-09-01,",
        "P440100017,counter_supervisor,4401003,deputy,2026-01-01,2026-09-01",
    ]

    plan = plan_of_holders(rows, HELD.values())
    known = with_holders(plan, HELD.values())

    assert plan.faults == ()
    assert [type(command) for command in plan.commands] == [EndAssignment, Assign]
    assert known["4401003:counter_supervisor:P440100017:2026-09-01"].kind == "holder"


def test_an_old_sheet_does_not_bring_back_what_has_been_ended():
    ended = {each.id: end_assignment(each, on=date(2026, 9, 1)) for each in HELD.values() if each.held_to is None}

    plan = plan_of_holders(HOLDER_ROWS[:1], (HELD | ended).values())

    assert plan.commands == ()
    assert codes(plan) == [(2, "to", "assignment_differs")]


def test_what_was_ended_on_its_first_day_and_made_anew_is_the_one_that_counts():
    mistake = end_assignment(HELD["4401003:teller:P440100017:2026-01-01"], on=date(2026, 1, 1))
    command = Assign("P440100017", "teller", "4401003", "holder", date(2026, 1, 1))
    anew = assign(command, unit=UNITS["4401003"], already=[mistake])

    plan = plan_of_holders(HOLDER_ROWS[:1], [anew, mistake])

    assert plan == HolderPlan(commands=(), faults=(), unchanged=1)


def test_another_kind_or_order_for_a_known_assignment_is_a_fault():
    header = "person,post,unit,kind,from,to,order"
    rows = [
        "P440100017,teller,4401003,acting,2026-01-01,,",
        "P440100017,counter_supervisor,4401003,deputy,2026-01-01,,2",
    ]

    plan = plan_holders(read_holders(holders_sheet(rows, header)), units=UNITS, existing=HELD.values())

    assert codes(plan) == [(2, "kind", "assignment_differs"), (3, "order", "assignment_differs")]


def test_a_row_is_refused_for_the_place_the_days_or_what_is_held_and_says_so():
    rows = [
        "P440100017,teller,9999,holder,2026-01-01,",
        "P440100017,teller,44,holder,2026-01-01,",
        "P440100019,teller,4401003,holder,2026-02-01,2026-01-01",
        "P440100017,teller,4401003,holder,2026-02-01,",
        "P440100017,teller,4401003,holder,2026-01-01,2025-12-31",
    ]

    assert codes(plan_of_holders(rows, HELD.values())) == [
        (2, "unit", "unit_unknown"),
        (3, "post", "post_not_at_kind"),
        (4, "to", "days_out_of_order"),
        (5, "from", "already_held"),
        (6, "to", "days_out_of_order"),
    ]


def test_a_deputy_is_the_first_unless_the_sheet_says_otherwise():
    header = "person,post,unit,kind,from,to,order"
    rows = [
        "P440100021,counter_supervisor,4401003,deputy,2026-01-01,,",
        "P440100022,counter_supervisor,4401003,deputy,2026-01-01,,2",
        "P440100023,counter_supervisor,4401003,holder,2026-01-01,,1",
    ]

    plan = plan_holders(read_holders(holders_sheet(rows, header)), units=UNITS, existing=())

    assert [command.order for command in plan.commands if isinstance(command, Assign)] == [1, 2]
    assert codes(plan) == [(4, "order", "order_only_for_deputies")]
