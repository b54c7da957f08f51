"""Who may do what in the directory and with activity checks: post → actions, within the unit of the post."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum

from chassis.identity import Grant
from chassis.work.board import Role, Seat
from security.holders import Assignment


class Action(StrEnum):
    """What can be done; the names of the grants."""

    IMPORT_DIRECTORY = "directory.import"
    READ_DIRECTORY = "directory.read"
    ASSIGN = "directory.assign"
    MANAGE_UNITS = "directory.units"
    MANAGE_STAFF = "staff.manage"
    READ_STAFF = "staff.read"
    REPORT_ACTIVITY = "activity.report"
    READ_CHECKS = "activity.read"
    CHECK_ACTIVITY = "activity.check"
    RECEIVE_RESULT = "activity.receive"
    NOTE_REFUSED_CALL = "call.refused"
    READ_REACH = "reach.read"
    READ_ESCALATIONS = "escalation.read"


_HEAD = (
    Action.READ_DIRECTORY,
    Action.READ_STAFF,
    Action.REPORT_ACTIVITY,
    Action.READ_CHECKS,
    Action.CHECK_ACTIVITY,
    Action.READ_ESCALATIONS,
)
_REVIEWER = (Action.READ_DIRECTORY, Action.READ_STAFF, Action.READ_CHECKS, Action.READ_ESCALATIONS)
_KEEPER = (Action.ASSIGN, Action.MANAGE_STAFF)

ACTIONS: Mapping[str, tuple[Action, ...]] = {
    "teller": (Action.REPORT_ACTIVITY,),
    "counter_supervisor": _HEAD,
    "centre_manager": (*_HEAD, *_KEEPER),
    "city_reviewer": _REVIEWER,
    "province_reviewer": _REVIEWER,
    "province_ops_head": (*_HEAD, *_KEEPER, Action.RECEIVE_RESULT, Action.MANAGE_UNITS),
    "company_leader": _REVIEWER,
    "ho_business_management_head": (*_HEAD, *_KEEPER, Action.RECEIVE_RESULT, Action.MANAGE_UNITS),
    "ho_reviewer": _REVIEWER,
    "it_permission_admin": (Action.READ_DIRECTORY, Action.READ_STAFF),
    "ho_customer_service_head": _REVIEWER,
    "duty_officer": (Action.READ_DIRECTORY, Action.READ_ESCALATIONS),
    "auditor": _REVIEWER,
}
"""R4.6, R9.1: heads check, the provincial Business Management Centre is reported to; auditors read and no more."""


def seats(assignments: Iterable[Assignment], *, on: date) -> tuple[Seat, ...]:
    """The posts held on that day, acted in or stood by for: whose tasks a person sees."""
    return tuple(Seat(held.post, held.unit, Role(held.kind)) for held in assignments if held.held_on(on))


def grants(assignments: Iterable[Assignment], *, on: date) -> tuple[Grant, ...]:
    """What a person may do on that day: each post held gives its actions over its unit."""
    return tuple(
        Grant(action.value, held.unit)
        for held in assignments
        if held.held_on(on)
        for action in ACTIONS.get(held.post, ())
    )
