"""R9.5: separation of duties as data: pairs of permissions, and pairs of posts, that are kept apart.

A pair of permissions that binds the `post` is given to no post whole; a person may hold both by two posts and still
never does both halves of one thing, because the checker is never the maker. One that binds the `person` is held by no
person either: so the posts that have the one half and the posts that have the other are themselves a separated pair,
and nobody is assigned to both at a time. No elevation brings the halves of any pair together.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Literal, cast

from attrs import frozen

from chassis.errors import Conflict
from security.tables import table


class RightsSeparated(Conflict):
    """One post, or one person, would have both halves of a pair."""

    code = "security.rights_separated"
    zh = "{who} 不得同时拥有权限 {first} 与 {second}（{separation}：{why_zh}）"
    en = "{who} may not have {first} and {second} together ({separation}: {why_en})"


class PostsJoinable(Conflict):
    """Two posts would have a half each, and one person may hold both posts."""

    code = "security.posts_joinable"
    zh = "岗位 {post} 的 {first} 与岗位 {other} 的 {second} 须由不同人员持有（{separation}），而两岗位可由一人兼任"
    en = "{first} of {post} and {second} of {other} belong to different people ({separation}); one may hold both"


class PostsSeparated(Conflict):
    """The person holds a post that is kept apart from this one."""

    code = "security.posts_separated"
    zh = "人员 {person} 在 {unit} 任 {other}，同期不得任 {post}（{separation}：{why_zh}）"
    en = "{person} holds {other} at {unit} and may not hold {post} at the same time ({separation}: {why_en})"


@frozen
class Separation:
    """One pair, whatever the order. `basis` is `company`, `source` or `default`."""

    id: str
    of: Literal["permissions", "posts"]
    first: str
    second: str
    binds: Literal["post", "person"]
    why_zh: str
    why_en: str
    basis: str

    def other(self, one: str) -> str | None:
        """The half that `one` is kept apart from; None where it is no half of this pair."""
        return {self.first: self.second, self.second: self.first}.get(one)


@cache
def separations() -> tuple[Separation, ...]:
    """The whole table."""
    return tuple(
        Separation(
            id=row["id"],
            of=cast(Literal["permissions", "posts"], row["of"]),
            first=row["first"],
            second=row["second"],
            binds=cast(Literal["post", "person"], row["binds"]),
            why_zh=row["why_zh"],
            why_en=row["why_en"],
            basis=row["basis"],
        )
        for row in table("separations")
    )


def of_permissions() -> tuple[Separation, ...]:
    """The pairs of permissions."""
    return tuple(pair for pair in separations() if pair.of == "permissions")


def posts_apart(post: str, other: str) -> Separation | None:
    """R9.5: the pair by which nobody holds both posts at a time, if there is one."""
    return next((pair for pair in separations() if pair.of == "posts" and pair.other(post) == other), None)


def claims(person: str, right: str) -> tuple[str, ...]:
    """R9.5: what a person takes by this right: a word for each pair it is half of. No two rights share one."""
    return tuple(f"{person}:{pair.id}" for pair in of_permissions() if pair.other(right))


def refuse_rights(who: str, right: str, held: Iterable[str]) -> None:
    """R9.5: refuse (RightsSeparated) a right that is half of a pair whose other half is held."""
    beside = frozenset(held)
    for pair in of_permissions():
        if pair.other(right) in beside:
            raise _separated(who, pair)


def refuse_table(rights: Mapping[str, frozenset[str]]) -> None:
    """R9.5: refuse a table of rights by post that gives both halves of a pair to one post (RightsSeparated), or the
    halves of one that binds the person to two posts that one person may hold (PostsJoinable)."""
    for pair in of_permissions():
        firsts = sorted(post for post, held in rights.items() if pair.first in held)
        seconds = sorted(post for post, held in rights.items() if pair.second in held)
        for post in firsts:
            if post in seconds:
                raise _separated(post, pair)
        if pair.binds == "person":
            _refuse_joinable(pair, firsts, seconds)


def _refuse_joinable(pair: Separation, firsts: Iterable[str], seconds: Iterable[str]) -> None:
    for post in firsts:
        for other in seconds:
            if posts_apart(post, other) is None:
                raise PostsJoinable(post=post, first=pair.first, other=other, second=pair.second, separation=pair.id)


def _separated(who: str, pair: Separation) -> RightsSeparated:
    return RightsSeparated(
        who=who, first=pair.first, second=pair.second, separation=pair.id, why_zh=pair.why_zh, why_en=pair.why_en
    )
