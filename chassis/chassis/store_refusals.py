"""What the store refuses, in words for people; and how an id is named in them."""

import re

from chassis.errors import Conflict, Forbidden, Malformed, Missing, Stale
from chassis.fieldcrypt import masked_phone

_NUMBER = re.compile(r"[0-9]{11}|[0-9]{15}|[0-9]{17}[0-9Xx]")


class NotFound(Missing):
    """No such thing, or not for this caller."""

    code = "chassis.not_found"
    zh = "找不到 {id}"
    en = "{id} was not found"


class OutOfReach(Forbidden):
    """The caller may see it and may not do this with it."""

    code = "chassis.not_permitted"
    zh = "没有对 {id} 进行此操作的权限"
    en = "this is not permitted on {id}"


class VersionChanged(Stale):
    """If-Match names another version than the present one."""

    code = "chassis.version_changed"
    zh = "{id} 的版本已是 {version}，请重新读取后再提交"
    en = "{id} is at version {version} now; read it again"


class Contended(Conflict):
    """Others kept changing it first."""

    code = "chassis.contended"
    zh = "{id} 正被多人同时修改，请稍后重试"
    en = "{id} is being changed by others; try again"
    passing = True


class TakenByAnother(Conflict):
    """The id exists, made by another command."""

    code = "chassis.exists"
    zh = "{id} 已存在"
    en = "{id} exists already"


class OverBudget(Malformed):
    """The document would grow over its budget."""

    code = "chassis.over_budget"
    zh = "{id} 的内容超过 {budget} 字节的上限"
    en = "{id} would be larger than {budget} bytes"


def named(id: str) -> str:
    """An id as a refusal names it; masked where it might be the number of a phone or of an identity card."""
    return masked_phone(id) if _NUMBER.fullmatch(id) else id
