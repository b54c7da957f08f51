"""What can be permitted: the permissions of the business processing system, and Decalog's own actions.

Both are tables that ship with the service. Decalog's table says of every action of the five services what each post
does by it: C creates, S submits or signs, A approves or checks, V sees; a limit stands beside the marks. Only what a
table calls elevatable may be given for a time (R9.6): never an action that approves, grants or elevates, and never one
that several services have under one name, because an elevation names no service.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Literal

from attrs import evolve, frozen

from chassis.errors import Malformed
from security.tables import table

System = Literal["business", "decalog"]

_FACTS = ("service", "action", "zh", "en", "elevatable")


class RightUnknown(Malformed):
    """Neither a permission nor an action is called so."""

    code = "security.right_unknown"
    zh = "没有名为 {right} 的权限或操作，请查询权限目录"
    en = "there is no permission or action {right}: see the catalogue"


@frozen
class Right:
    """A permission of the business processing system (`business`), or an action of Decalog's (`decalog`)."""

    code: str
    system: System
    name_zh: str
    name_en: str
    elevatable: bool
    basis: str = "default"


@frozen
class Part:
    """What a post does by an action: marks of C, S, A and V, and up to where."""

    post: str
    marks: str
    limit: str | None = None


@frozen
class DecalogAction:
    """One line of Decalog's own table."""

    service: str
    right: Right
    parts: tuple[Part, ...]


@cache
def permissions() -> Mapping[str, Right]:
    """The permissions of the business processing system by code."""
    return MappingProxyType(
        {
            row["code"]: Right(
                row["code"], "business", row["name_zh"], row["name_en"], row["elevatable"] == "yes", row["basis"]
            )
            for row in table("permissions")
        }
    )


@cache
def decalog_actions() -> Mapping[tuple[str, str], DecalogAction]:
    """Decalog's own actions by service and name: services that have the same shape have actions of the same name."""
    return MappingProxyType({(row["service"], row["action"]): _action(row) for row in table("decalog_matrix")})


def right_named(code: str) -> Right:
    """The permission or action with this code, or RightUnknown."""
    if code in permissions():
        return permissions()[code]
    if named := _named().get(code):
        return named[0].right if len(named) == 1 else evolve(named[0].right, elevatable=False)
    raise RightUnknown(right=code[:60])


def posts_doing(action: str) -> frozenset[str]:
    """The posts that have a part in an action of Decalog's, in whichever service."""
    return frozenset(part.post for one in _named()[action] for part in one.parts)


@cache
def _named() -> Mapping[str, tuple[DecalogAction, ...]]:
    named: dict[str, tuple[DecalogAction, ...]] = {}
    for (_, action), one in decalog_actions().items():
        named[action] = (*named.get(action, ()), one)
    return MappingProxyType(named)


def _action(row: Mapping[str, str]) -> DecalogAction:
    right = Right(row["action"], "decalog", row["zh"], row["en"], row["elevatable"] == "yes")
    cells = ((post, cell) for post, cell in row.items() if post not in _FACTS and cell)
    return DecalogAction(row["service"], right, tuple(_part(post, cell) for post, cell in cells))


def _part(post: str, cell: str) -> Part:
    marks, _, limit = cell.partition(":")
    return Part(post, marks, limit or None)
