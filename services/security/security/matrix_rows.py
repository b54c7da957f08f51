"""R9.5: the rows of a post–permission matrix: which post has which permission, how far; as text, and compared."""

import hashlib
from collections.abc import Collection, Iterable
from enum import StrEnum

from attrs import frozen

from security.matrix_refusals import PermissionUnknown, PostOutside, RowTwice
from security.posts import posts
from security.rights import permissions

MOST_ROWS = 1_000
"""Every post with every permission is fewer; it keeps the document small."""


class Scope(StrEnum):
    """How far: the own transactions, those of the post's unit, or those of the unit and everything below it."""

    OWN = "own"
    UNIT = "unit"
    BELOW = "below"


@frozen(order=True)
class Row:
    """One post with one permission."""

    post: str
    permission: str
    scope: Scope


@frozen
class Difference:
    """One row that was set otherwise than wanted; None on the side where it is missing."""

    post: str
    permission: str
    wanted: Scope | None
    found: Scope | None


def checked(rows: Iterable[Row], *, pointer: str) -> tuple[Row, ...]:
    """R9.5: the rows in order; refused by `pointer` and place: a post or permission unknown, or a row twice."""
    seen: set[tuple[str, str]] = set()
    given = list(rows)
    for place, row in enumerate(given):
        at = f"{pointer}/{place}"
        post = posts().get(row.post)
        if post is None or not set(post.kinds) - {"head_office"}:
            raise PostOutside(post=row.post, pointer=f"{at}/post")
        if row.permission not in permissions():
            raise PermissionUnknown(permission=row.permission, pointer=f"{at}/permission")
        if (row.post, row.permission) in seen:
            raise RowTwice(post=row.post, permission=row.permission, pointer=at)
        seen.add((row.post, row.permission))
    return tuple(sorted(given))


def by_post(rows: Iterable[Row]) -> dict[str, frozenset[str]]:
    """The permissions of each post."""
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row.post, set()).add(row.permission)
    return {post: frozenset(held) for post, held in found.items()}


def permitted(rows: Iterable[Row], held: Collection[str]) -> frozenset[str]:
    """The permissions of whoever holds these posts."""
    return frozenset(row.permission for row in rows if row.post in held)


def differences(wanted: Iterable[Row], found: Iterable[Row]) -> tuple[Difference, ...]:
    """R9.5: every row in which the two differ, in order of post and permission."""
    one = {(row.post, row.permission): row.scope for row in wanted}
    other = {(row.post, row.permission): row.scope for row in found}
    return tuple(
        Difference(*key, one.get(key), other.get(key))
        for key in sorted(one.keys() | other.keys())
        if one.get(key) != other.get(key)
    )


def as_csv(rows: Iterable[Row]) -> str:
    """The rows in order as CSV with a header; all cells are codes, so that none needs quotes."""
    lines = ("post,permission,scope", *(f"{row.post},{row.permission},{row.scope}" for row in sorted(rows)))
    return "".join(f"{line}\n" for line in lines)


def digest(rows: Iterable[Row]) -> str:
    """SHA-256 of that text: what was submitted and what was set are the same if this is."""
    return hashlib.sha256(as_csv(rows).encode()).hexdigest()
