"""The services whose operations are tried, and how a scene of each is made."""

from collections.abc import Callable

from chassis.contract import Contract
from emergency.contract import CONTRACT as EMERGENCY
from notifier.contract import CONTRACT as NOTIFIER
from security.contract import CONTRACT as SECURITY
from tests.house import Ground, House
from tests.scope import emergencys, notifiers, securitys
from tests.scope.rule import Request

SERVICES: dict[str, tuple[Contract, Callable[[Ground, str], tuple[House, Request]]]] = {
    "emergency": (EMERGENCY, emergencys.scene),
    "notifier": (NOTIFIER, notifiers.scene),
    "security": (SECURITY, securitys.scene),
}
