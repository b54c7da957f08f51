"""The organisation: head office, provincial companies, cities and counters, each under one of the level
above.

A unit is its own public state: what `unit_stated` announces is the whole `Unit`. Its `units` are the ids from
the root down to itself, by which records are found and events routed. A unit's days are a span (`spans.py`):
it is open from `open_from` (None: since before the records begin) and no longer on `open_to`.
"""

import re
from collections.abc import Collection
from datetime import date
from typing import Literal

from attrs import evolve, frozen

from chassis.errors import Conflict, Malformed, Missing
from security.spans import DaysOutOfOrder

UnitKind = Literal["head_office", "province", "city", "counter"]

ROOT = "HQ"
UNIT_KINDS: tuple[UnitKind, ...] = ("head_office", "province", "city", "counter")  # from the root down
PARENT_KIND: dict[UnitKind, UnitKind | None] = {
    "head_office": None,
    "province": "head_office",
    "city": "province",
    "counter": "city",
}
RESERVED_IDS = frozenset({"unknown"})  # the routing word of a place that nobody knows
NAME_LENGTH = 60

UNIT_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
REGION_CODE = re.compile(r"[1-9][0-9]{5}")


class UnitIdMalformed(Malformed):
    code = "security.unit_id_malformed"
    zh = "机构编号“{unit}”无效：须为 1 至 32 位字母、数字、下划线或连字符，且不得为保留字"
    en = "'{unit}' is no unit id: 1 to 32 letters, digits, underscores or hyphens, and not a reserved word"


class UnitKindUnknown(Malformed):
    code = "security.unit_kind_unknown"
    zh = "机构类型“{kind}”无效：须为 head_office、province、city 或 counter"
    en = "'{kind}' is no kind of unit: head_office, province, city or counter"


class UnitNameMalformed(Malformed):
    code = "security.unit_name_malformed"
    zh = "机构名称“{name}”无效：须为 1 至 60 个可显示字符"
    en = "'{name}' is no name of a unit: 1 to 60 printable characters"


class RegionCodeMalformed(Malformed):
    code = "security.region_code_malformed"
    zh = "行政区划代码“{region}”无效：须为 GB/T 2260 的六位数字"
    en = "'{region}' is no region code: six digits of GB/T 2260"


class RootMisplaced(Malformed):
    code = "security.root_misplaced"
    zh = "总公司的编号须为 HQ，其他机构不得使用该编号（{unit}，类型 {kind}）"
    en = "head office has the id HQ and no other unit has it ({unit} of kind {kind})"


class ParentUnknown(Conflict):
    code = "security.parent_unknown"
    zh = "机构 {unit} 的上级机构 {parent} 不存在"
    en = "unit {unit} names the parent {parent}, which does not exist"


class ParentOfWrongKind(Conflict):
    code = "security.parent_of_wrong_kind"
    zh = "机构 {unit}（{kind}）的上级应为 {wanted}，而 {parent} 为 {found}"
    en = "unit {unit} ({kind}) belongs under {wanted}, and {parent} is {found}"


class ParentNotOpen(Conflict):
    code = "security.parent_not_open"
    zh = "上级机构 {parent} 自 {since} 至 {to} 营业，机构 {unit} 不得在此之外开设"
    en = "parent {parent} is open from {since} to {to}, and unit {unit} cannot open outside of that"


class UnitUnknown(Missing):
    code = "security.unit_unknown"
    zh = "机构 {unit} 不存在"
    en = "there is no unit {unit}"


class UnitClosed(Conflict):
    code = "security.unit_closed"
    zh = "机构 {unit} 已定于 {to} 撤销"
    en = "unit {unit} closes or has closed on {to}"


class UnitMerged(Conflict):
    code = "security.unit_merged"
    zh = "机构 {unit} 已定于 {to} 并入 {into}，请使用 {into}"
    en = "unit {unit} merges or has merged into {into} on {to}: use {into}"


class ChildrenOpen(Conflict):
    code = "security.children_open"
    zh = "机构 {unit} 尚有 {count} 个下级机构未撤销，例如 {first}"
    en = "unit {unit} still has {count} units under it, such as {first}"


class PostsHeld(Conflict):
    code = "security.posts_held"
    zh = "机构 {unit} 在 {on} 之后尚有 {count} 项任职，例如 {first}"
    en = "unit {unit} still has {count} assignments after {on}, such as {first}"


@frozen
class Unit:
    """One unit of the organisation; `units` are the ids from the root down, its own the last.

    `merged_into` is the unit that goes on with what was this one's, from `open_to` on (`mergers.py`).
    """

    id: str
    kind: UnitKind
    name: str
    parent: str | None
    units: tuple[str, ...]
    region: str | None
    open_from: date | None
    open_to: date | None
    merged_into: str | None = None

    @property
    def merged(self) -> bool:
        """Whether its merger has taken effect: from then on it lies under the unit that it was merged into."""
        return self.merged_into is not None and self.parent == self.merged_into


@frozen
class OpenUnit:
    """Open a unit. `region` is the code of GB/T 2260 where the unit stands for a real division."""

    unit: str
    kind: UnitKind
    name: str
    parent: str | None
    region: str | None = None
    open_from: date | None = None


@frozen
class RenameUnit:
    """Give a unit another name."""

    unit: str
    name: str


def unit_id(text: str) -> str:
    """The text, when it can be a unit id and so a routing word (no dots); else UnitIdMalformed."""
    if not UNIT_ID.fullmatch(text) or text.lower() in RESERVED_IDS:
        raise UnitIdMalformed(unit=text[:40])

    return text


def unit_kind(text: str) -> UnitKind:
    """The kind of unit so called, or UnitKindUnknown."""
    for kind in UNIT_KINDS:
        if kind == text:
            return kind
    raise UnitKindUnknown(kind=text[:40])


def unit_name(text: str) -> str:
    """The name without blanks around it, or UnitNameMalformed."""
    name = text.strip()
    if not 0 < len(name) <= NAME_LENGTH or not name.isprintable():
        raise UnitNameMalformed(name=name[:40])

    return name


def region_code(text: str) -> str:
    """The text, when it has the shape of a GB/T 2260 code; else RegionCodeMalformed."""
    if not REGION_CODE.fullmatch(text):
        raise RegionCodeMalformed(region=text[:40])

    return text


def open_unit(command: OpenUnit, *, parent: Unit | None) -> Unit:
    """The new unit. `parent` is the unit that the command names, None when there is none.

    The level above is fixed by kind, so no chain is deeper than four and none runs in a circle.
    """
    _refuse_misplaced(command, parent)
    if parent is not None:
        _refuse_outside(command, parent)

    return Unit(
        id=unit_id(command.unit),
        kind=command.kind,
        name=unit_name(command.name),
        parent=command.parent,
        units=(*(parent.units if parent else ()), command.unit),
        region=None if command.region is None else region_code(command.region),
        open_from=command.open_from,
        open_to=None,
    )


def refuse_closed(unit: Unit) -> None:
    """R9.1: a unit that closes or merges takes nothing new: UnitMerged says which one does, else UnitClosed."""
    if unit.merged_into is not None:
        raise UnitMerged(unit=unit.id, to=unit.open_to, into=unit.merged_into)
    if unit.open_to is not None:
        raise UnitClosed(unit=unit.id, to=unit.open_to)


def rename_unit(unit: Unit, *, name: str) -> Unit:
    """The unit under its new name; one that is closing keeps the name that its records know."""
    refuse_closed(unit)

    return evolve(unit, name=unit_name(name))


def move_unit(unit: Unit, *, parent: str, to: Unit | None) -> Unit:
    """The unit under another parent, `to`, which the command calls `parent`; the same one where it is there already.

    What is below it follows by itself: the level above is fixed by kind, so it can't come under its own descendant.
    """
    refuse_closed(unit)
    command = OpenUnit(unit.id, unit.kind, unit.name, parent, unit.region, unit.open_from)
    _refuse_misplaced(command, to)
    assert to is not None  # head office alone has no parent, and is refused one
    if to.id == unit.parent:
        return unit
    _refuse_outside(command, to)

    return evolve(unit, parent=to.id, units=(*to.units, unit.id))


def under(unit: Unit, chain: tuple[str, ...]) -> Unit:
    """The unit under its parent's ancestors as they are now; the same one where nothing changed, or where it has moved
    away from that parent meanwhile."""
    if unit.parent != chain[-1] or unit.units == (*chain, unit.id):
        return unit

    return evolve(unit, units=(*chain, unit.id))


def close_unit(unit: Unit, *, on: date, open_children: Collection[str], held_by: Collection[str]) -> Unit:
    """The unit, no longer open on that day. `open_children` are the ids of units under it without a closing
    day, `held_by` those of assignments at it that last beyond the day: both must have been ended before."""
    refuse_closed(unit)
    if unit.open_from is not None and on <= unit.open_from:
        raise DaysOutOfOrder(since=unit.open_from, to=on)
    if open_children:
        raise ChildrenOpen(unit=unit.id, count=len(open_children), first=min(open_children))
    if held_by:
        raise PostsHeld(unit=unit.id, on=on, count=len(held_by), first=min(held_by))

    return evolve(unit, open_to=on)


def _refuse_misplaced(command: OpenUnit, parent: Unit | None) -> None:
    if (command.kind == "head_office") != (command.unit == ROOT):
        raise RootMisplaced(unit=command.unit[:40], kind=command.kind)
    if command.parent is not None and parent is None:
        raise ParentUnknown(unit=command.unit[:40], parent=command.parent[:40])
    wanted, found = PARENT_KIND[command.kind], parent.kind if parent else None
    if wanted != found:
        raise ParentOfWrongKind(
            unit=command.unit[:40],
            kind=command.kind,
            wanted=wanted or "-",
            parent=command.parent or "-",
            found=found or "-",
        )


def _refuse_outside(command: OpenUnit, parent: Unit) -> None:
    """A child opens neither before its parent nor under one that is closing."""
    early = parent.open_from is not None and (command.open_from or date.min) < parent.open_from
    if early or parent.open_to is not None:
        raise ParentNotOpen(
            unit=command.unit[:40], parent=parent.id, since=parent.open_from or "-", to=parent.open_to or "-"
        )
