"""The catalogue of posts: what a person may hold, and at which kinds of unit."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from attrs import frozen

from chassis.errors import Malformed
from security.tables import table
from security.units import UnitKind, unit_kind


class PostUnknown(Malformed):
    code = "security.post_unknown"
    zh = "岗位 {post} 不在岗位目录中"
    en = "{post} is not in the catalogue of posts"


@frozen
class Post:
    """One post. `id` is stable; `kinds` are the kinds of unit at which it may be held."""

    id: str
    name_zh: str
    name_en: str
    kinds: tuple[UnitKind, ...]


@cache
def posts() -> Mapping[str, Post]:
    """The whole catalogue by id, in its own order."""
    return MappingProxyType(
        {
            row["id"]: Post(
                id=row["id"],
                name_zh=row["name_zh"],
                name_en=row["name_en"],
                kinds=tuple(unit_kind(kind) for kind in row["kinds"].split()),
            )
            for row in table("posts")
        }
    )


def post_named(post: str) -> Post:
    """The post with this id, or PostUnknown."""
    if post not in posts():
        raise PostUnknown(post=post[:40])

    return posts()[post]
