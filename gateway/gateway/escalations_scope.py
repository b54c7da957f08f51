"""Who may read escalations, over which units, and what the gateway says no with."""

from gateway import limits
from gateway.language import Words
from gateway.principal import Principal
from gateway.problems import KINDS, Kind, Problem

ACTION = "escalation.read"

NOT_FOR_PERSONS = Kind(
    "gateway.escalations_for_systems",
    403,
    Words("仅供系统读取", "For systems only"),
    Words(
        "上报信息流目前只供系统读取；个人请用 GET /v1/incidents 查询事件",
        "for now escalations are read by systems; a person reads incidents at GET /v1/incidents",
    ),
)
NOT_GRANTED = Kind(
    "gateway.not_granted",
    403,
    Words("没有权限", "Forbidden"),
    Words("没有 {action} 权限", "the grant {action} is needed"),
)
TOO_MANY_UNITS = Kind(
    "gateway.too_many_units",
    403,
    Words("机构过多", "Too many units"),
    Words(
        "{action} 权限涉及的机构超过 {most} 个，请改为授予其上级机构",
        "{action} is granted over more than {most} units: grant it over the unit above them",
    ),
)
NOT_READY = Kind(
    "gateway.escalations_not_ready",
    503,
    Words("暂时不能答复", "Not ready"),
    Words("上报信息流正在准备，请稍后再试", "the escalations are being read in: try again shortly"),
)
TOO_MANY_STREAMS = Kind(
    "gateway.too_many_streams",
    429,
    Words("信息流过多", "Too many streams"),
    Words("同一调用者最多同时打开 {most} 条信息流", "a caller has at most {most} streams open at once"),
)
STREAMS_FULL = Kind(
    "gateway.streams_full",
    503,
    Words("信息流已满", "No stream left"),
    Words("本实例的信息流已满，请稍后再试", "this instance has no stream left: try again shortly"),
)
OWN_KINDS = (NOT_FOR_PERSONS, NOT_GRANTED, TOO_MANY_UNITS, NOT_READY, TOO_MANY_STREAMS, STREAMS_FULL)
KINDS.update({kind.code: kind for kind in OWN_KINDS})


def units_of(principal: Principal) -> frozenset[str]:
    """The units whose escalations this system may read, with all below them, by its token. Raises a Problem.

    A person's grants are known to the services alone, so that the gateway can't tell what a person may read.
    """
    if principal.kind != "system":
        raise Problem(NOT_FOR_PERSONS)
    granted = {grant.get("unit") for grant in principal.grants if grant.get("action") == ACTION}
    units = frozenset(unit for unit in granted if isinstance(unit, str) and unit)
    if not units:
        raise Problem(NOT_GRANTED, {"action": ACTION})
    if len(units) > limits.UNITS_AT_MOST:
        raise Problem(TOO_MANY_UNITS, {"action": ACTION, "most": limits.UNITS_AT_MOST})
    return units


def later(kind: Kind, **facts: object) -> Problem:
    """A problem that passes, with how long to wait."""
    return Problem(kind, facts, headers=((b"retry-after", b"%d" % limits.RETRY_NEW_SECONDS),))
