"""Who holds which post where (R7.5: that is data, and may be several).

An assignment is one person at one post of one unit for a span of days (`spans.py`): held from `held_from` and
no longer on `held_to`, so that an end of today ends it now. A person may hold several posts, a post may have
several holders. What `assignment_stated` announces is the whole `Assignment` but its corrections,
whose reasons are people's words.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Literal

from attrs import evolve, frozen

from chassis.errors import Conflict, Forbidden, Malformed
from chassis.work.corrections import Correction
from security.posts import post_named
from security.separations import PostsSeparated, posts_apart
from security.spans import DaysOutOfOrder, covers, overlap
from security.units import Unit, refuse_closed

HolderKind = Literal["holder", "deputy", "acting", "lent"]

HOLDER_KINDS: tuple[HolderKind, ...] = ("holder", "deputy", "acting")
"""How a post is given; who is lent for dated days is lent (`lending.py`)."""

LAST_ORDER = 9

PERSON_ID = re.compile(r"[A-Z]{1,4}[0-9]{4,16}")


class PersonIdMalformed(Malformed):
    code = "security.person_id_malformed"
    zh = "人员编号无效：须为 1 至 4 个大写字母加 4 至 16 位数字（例如 P440100017），不得为姓名或号码"
    en = "no person id: 1 to 4 capitals, then 4 to 16 digits (such as P440100017), never a name"


class HolderKindUnknown(Malformed):
    code = "security.holder_kind_unknown"
    zh = "任职类型“{kind}”无效：须为 holder（任职）、deputy（副职）或 acting（代理）"
    en = "'{kind}' is no kind of assignment: holder, deputy or acting"


class OrderMalformed(Malformed):
    code = "security.order_malformed"
    zh = "顺位“{order}”无效：须为 1 至 9"
    en = "'{order}' is no order of deputies: 1 to 9"


class OrderOnlyForDeputies(Malformed):
    code = "security.order_only_for_deputies"
    zh = "只有副职有顺位，{kind} 不得填写"
    en = "only deputies have an order, and this is {kind}"


class PostNotAtKind(Conflict):
    code = "security.post_not_at_kind"
    zh = "岗位 {post} 不设在 {kind} 一级（{unit}）"
    en = "post {post} is not held at a {kind} ({unit})"


class UnitNotYetOpen(Conflict):
    code = "security.unit_not_yet_open"
    zh = "机构 {unit} 自 {since} 起营业，此前不得任职"
    en = "unit {unit} opens on {since}, and nobody holds a post there before"


class AlreadyHeld(Conflict):
    code = "security.already_held"
    zh = "人员 {person} 自 {since} 起已在机构 {unit} 任 {post}，期间重叠"
    en = "{person} holds {post} at {unit} already, from {since}, and the days overlap"


class AlreadyEnded(Conflict):
    code = "security.already_ended"
    zh = "任职 {assignment} 已于 {to} 终止"
    en = "assignment {assignment} ends or has ended on {to}"


class OwnAssignment(Forbidden):
    code = "security.own_assignment"
    zh = "不得为自己任职、借调或更正任职，请由另一位有权人员办理"
    en = "nobody gives, lends or corrects a post of their own: another authorised person does"


@frozen
class Assignment:
    """One person at one post of one unit; `units` are the unit's ids from the root down.

    `kind` is holder, deputy, acting (who stands in for the holder for dated days) or lent (who works here for dated
    days and belongs elsewhere); `order` is the place among deputies, from 1, and None for the others.
    """

    id: str
    person: str
    post: str
    unit: str
    units: tuple[str, ...]
    kind: HolderKind
    order: int | None
    held_from: date
    held_to: date | None
    corrections: tuple[Correction, ...] = ()

    def held_on(self, day: date) -> bool:
        """Whether the post is held by this person on that day."""
        return covers(self.held_from, self.held_to, day)


@frozen
class Assign:
    """Let a person hold a post at a unit. A deputy without an `order` is the first."""

    person: str
    post: str
    unit: str
    kind: HolderKind
    held_from: date
    held_to: date | None = None
    order: int | None = None


@frozen
class EndAssignment:
    """End an assignment: not held any more on the day `on`."""

    assignment: str
    on: date


def refuse_own(person: str, by: str) -> None:
    """R9.6: refuse (OwnAssignment) a post that somebody gives themselves: nobody would have approved what it may do."""
    if person == by:
        raise OwnAssignment


def person_id(text: str) -> str:
    """The text, when it can be a person id; else PersonIdMalformed, which does not repeat it."""
    if not PERSON_ID.fullmatch(text):
        raise PersonIdMalformed()

    return text


def holder_kind(text: str) -> HolderKind:
    """The kind of assignment so called, or HolderKindUnknown."""
    for kind in HOLDER_KINDS:
        if kind == text:
            return kind
    raise HolderKindUnknown(kind=text[:40])


def deputy_order(text: str) -> int:
    """The order of deputies written as one digit from 1, or OrderMalformed."""
    if not re.fullmatch(r"[1-9]", text):
        raise OrderMalformed(order=text[:40])

    return int(text)


def assign(command: Assign, *, unit: Unit, already: Iterable[Assignment]) -> Assignment:
    """The new assignment at `unit`, the one the command names. `already` are the person's assignments, all or
    more.

    Its id says what it is (`4401003:teller:P440100017:2026-11-23`); one made anew from the same day, after
    the first was ended on that day as a mistake, has its number at the end.
    """
    person_id(command.person)
    _refuse_place(command, unit)
    order = _order(command)
    held = tuple(already)
    same = [other for other in held if place(other) == place(command)]
    _refuse_overlap(command, same)
    _refuse_separated(command, held)

    return Assignment(
        id=_assignment_id(command, same),
        person=command.person,
        post=command.post,
        unit=unit.id,
        units=unit.units,
        kind=command.kind,
        order=order,
        held_from=command.held_from,
        held_to=command.held_to,
    )


def end_assignment(assignment: Assignment, *, on: date) -> Assignment:
    """The assignment, not held any more on that day; on its first day it was never held. It is never
    prolonged."""
    if assignment.held_to is not None and on >= assignment.held_to:
        raise AlreadyEnded(assignment=assignment.id, to=assignment.held_to)
    if on < assignment.held_from:
        raise DaysOutOfOrder(since=assignment.held_from, to=on)

    return evolve(assignment, held_to=on)


def joins(one: Assignment, other: Assignment) -> bool:
    """R9.5: whether the two put posts that are kept apart into one hand on any day."""
    apart = one.person == other.person and posts_apart(one.post, other.post) is not None
    return apart and overlap(one.held_from, one.held_to, other.held_from, other.held_to)


def succession(assignments: Iterable[Assignment], *, on: date) -> tuple[Assignment, ...]:
    """Those held on that day in the order of turning to them: holders, whoever is lent, who acts for them, deputies
    by order (R7.5)."""
    rank = {"holder": 0, "lent": 1, "acting": 2, "deputy": 3}
    held = (assignment for assignment in assignments if assignment.held_on(on))
    return tuple(sorted(held, key=lambda each: (rank[each.kind], each.order or 0, each.id)))


def place(of: Assignment | Assign) -> tuple[str, str, str]:
    """The person, post and unit, whose assignments never overlap in days."""
    return of.person, of.post, of.unit


def _refuse_place(command: Assign, unit: Unit) -> None:
    if unit.kind not in post_named(command.post).kinds:
        raise PostNotAtKind(post=command.post, kind=unit.kind, unit=unit.id)
    if command.held_to is not None and command.held_to <= command.held_from:
        raise DaysOutOfOrder(since=command.held_from, to=command.held_to)
    if unit.open_from is not None and command.held_from < unit.open_from:
        raise UnitNotYetOpen(unit=unit.id, since=unit.open_from)
    if unit.open_to is not None and (command.held_to is None or command.held_to > unit.open_to):
        refuse_closed(unit)


def _refuse_overlap(command: Assign, same: Iterable[Assignment]) -> None:
    for other in same:
        if overlap(command.held_from, command.held_to, other.held_from, other.held_to):
            raise AlreadyHeld(person=command.person, post=command.post, unit=command.unit, since=other.held_from)


def _refuse_separated(command: Assign, held: Iterable[Assignment]) -> None:
    """R9.5: two posts that are kept apart are held by one person at no time, wherever they stand."""
    for other in held:
        pair = posts_apart(command.post, other.post) if other.person == command.person else None
        if pair and overlap(command.held_from, command.held_to, other.held_from, other.held_to):
            raise PostsSeparated(
                person=command.person,
                post=command.post,
                other=other.post,
                unit=other.unit,
                separation=pair.id,
                why_zh=pair.why_zh,
                why_en=pair.why_en,
            )


def _order(command: Assign) -> int | None:
    if command.kind != "deputy":
        if command.order is not None:
            raise OrderOnlyForDeputies(kind=command.kind)
        return None
    if command.order is not None and not 1 <= command.order <= LAST_ORDER:
        raise OrderMalformed(order=command.order)

    return command.order or 1


def _assignment_id(command: Assign, same: list[Assignment]) -> str:
    """`same` without overlap and from the same day can only be such as were ended on their first day."""
    words = f"{command.unit}:{command.post}:{command.person}:{command.held_from}"
    annulled = sum(other.held_from == command.held_from for other in same)
    return f"{words}:{annulled + 1}" if annulled else words
