"""Who may read escalations, over which units, and what the gateway says no with."""

from collections.abc import Iterable

from gateway import limits
from gateway.dispatch import Tables
from gateway.incoming import Incoming
from gateway.language import Words
from gateway.logs import log
from gateway.principal import Principal
from gateway.problems import KINDS, Kind, Problem
from gateway.routes import Standing
from gateway.rpc import AnswerLost, Rpc, TimedOut, Unsent, ask_present, own_call
from gateway.tokens import Bearer
from gateway.wire import Done, Refused, WireFault

ACTION = "escalation.read"
OPERATION = "my_reach"

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
REACH_UNKNOWN = Kind(
    "gateway.reach_unknown",
    503,
    Words("暂时无法确认权限", "Permissions not known"),
    Words("暂时无法确认您的权限范围，请稍后再试", "your permissions cannot be looked up now: try again shortly"),
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
OWN_KINDS = (NOT_GRANTED, REACH_UNKNOWN, TOO_MANY_UNITS, NOT_READY, TOO_MANY_STREAMS, STREAMS_FULL)
KINDS.update({kind.code: kind for kind in OWN_KINDS})


class FeedScope:
    """Over which units a caller may read escalations: a system by its token, a person by what the directory says.

    The directory is whichever service offers the operation `my_reach`. It is asked when a list or a stream begins.
    """

    def __init__(self, tables: Tables, rpc: Rpc) -> None:
        self._tables = tables
        self._rpc = rpc

    async def units(self, bearer: Bearer, request: Incoming) -> frozenset[str]:
        """The units, with all below them. Raises a Problem where there are none, too many, or nobody knows."""
        principal = bearer.principal
        granted = _in_token(principal) if principal.kind == "system" else await self._asked(bearer, request)
        units = frozenset(unit for unit in granted if isinstance(unit, str) and unit)
        if not units:
            raise Problem(NOT_GRANTED, {"action": ACTION})
        if len(units) > limits.UNITS_AT_MOST:
            raise Problem(TOO_MANY_UNITS, {"action": ACTION, "most": limits.UNITS_AT_MOST})
        return units

    async def _asked(self, bearer: Bearer, request: Incoming) -> Iterable[object]:
        offered = [one for one in self._tables.table.routes if one.operation.name == OPERATION]
        if len(offered) != 1 or offered[0].standing is not Standing.SERVED:
            raise later(REACH_UNKNOWN)
        call = own_call(
            offered[0].operation,
            bearer.assertion,
            request.trace,
            seconds=limits.REACH_SECONDS,
            query={"action": ACTION},
        )
        try:
            answer = await ask_present(self._rpc, call)
        except (Unsent, AnswerLost, TimedOut, WireFault) as fault:
            log.warning("reach_unknown", why=type(fault).__name__)
            raise later(REACH_UNKNOWN) from None
        if isinstance(answer, Done) and isinstance(answer.body, dict) and isinstance(answer.body.get("units"), list):
            return list(answer.body["units"])
        if isinstance(answer, Refused):
            return ()
        raise later(REACH_UNKNOWN)


def _in_token(principal: Principal) -> Iterable[object]:
    return [grant.get("unit") for grant in principal.grants if grant.get("action") == ACTION]


def later(kind: Kind, **facts: object) -> Problem:
    """A problem that passes, with how long to wait."""
    return Problem(kind, facts, headers=((b"retry-after", b"%d" % limits.RETRY_NEW_SECONDS),))
