"""Who may do what in security: post → actions, over the unit of the post and below. Data, and one question.

A person's grants follow from the assignments held on the day, whatever their kind: the holder's, the deputy's, and
those of who acts for a dated time, which end by themselves.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum

from attrs import frozen

from chassis.errors import Forbidden
from chassis.identity import Grant
from chassis.work.board import Role, Seat
from security.holders import Assignment


class BeyondAuthority(Forbidden):
    """The posts held here do not reach so far, or a system would do what only a person does."""

    code = "security.beyond_authority"
    zh = "{person} 的岗位无权进行此操作（{action}）"
    en = "the posts of {person} do not reach {action} here"


class Action(StrEnum):
    """The names of the grants."""

    READ_CATALOGUE = "permission_catalogue.read"
    READ_MATRIX = "permission_matrix.read"
    DRAFT_MATRIX = "permission_matrix.draft"
    SET_MATRIX = "permission_matrix.set"
    ACCEPT_MATRIX = "permission_matrix.accept"
    RETURN_MATRIX = "permission_matrix.return"
    RECERTIFY_MATRIX = "permission_matrix.recertify"
    REQUEST_ELEVATION = "elevation.request"
    READ_ELEVATION = "elevation.read"
    DECIDE_ELEVATION = "elevation.decide"
    REVOKE_ELEVATION = "elevation.revoke"
    USE_ELEVATION = "elevation.use"
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
    MANAGE_ACCOUNTS = "account.manage"
    UNLOCK_ACCOUNT = "account.unlock"
    DECIDE_FACTOR_REMOVAL = "factor_removal.decide"
    READ_REACH = "reach.read"
    READ_ESCALATIONS = "escalation.read"
    READ_PARAMETERS = "parameter.read"
    PROPOSE_PARAMETER = "parameter.propose"
    APPROVE_PARAMETER = "parameter.approve"


#: R9.5: the provincial Business Management Centre, and IT.
CENTRE_POSTS = ("province_ops_head", "province_reviewer")
IT_POSTS = ("it_permission_admin",)

_ASKING = (Action.READ_CATALOGUE, Action.REQUEST_ELEVATION)
_HEADING = (*_ASKING, Action.READ_ELEVATION, Action.DECIDE_ELEVATION, Action.REVOKE_ELEVATION)
_CENTRE = (
    Action.READ_MATRIX,
    Action.DRAFT_MATRIX,
    Action.ACCEPT_MATRIX,
    Action.RETURN_MATRIX,
    Action.RECERTIFY_MATRIX,
)
_SEEING = (Action.READ_CATALOGUE, Action.READ_MATRIX, Action.READ_ELEVATION)
_SEEING_PEOPLE = (
    Action.READ_DIRECTORY,
    Action.READ_STAFF,
    Action.READ_CHECKS,
    Action.READ_ESCALATIONS,
    Action.READ_PARAMETERS,
)
_CHECKING = (*_SEEING_PEOPLE, Action.REPORT_ACTIVITY, Action.CHECK_ACTIVITY, Action.UNLOCK_ACCOUNT)
_KEEPING = (Action.ASSIGN, Action.MANAGE_STAFF)
_ORGANISING = (
    *_KEEPING,
    Action.RECEIVE_RESULT,
    Action.MANAGE_UNITS,
    Action.PROPOSE_PARAMETER,
    Action.APPROVE_PARAMETER,
)

AUTHORITY: Mapping[str, tuple[Action, ...]] = {
    "teller": (*_ASKING, Action.REPORT_ACTIVITY),
    "guide": _ASKING,
    "information_officer": _ASKING,
    "device_keeper": _ASKING,
    "seal_keeper": _ASKING,
    "document_keeper": _ASKING,
    "counter_supervisor": (*_HEADING, *_CHECKING),
    "centre_manager": (*_HEADING, *_CHECKING, *_KEEPING),
    "city_reviewer": (*_ASKING, Action.READ_ELEVATION, *_SEEING_PEOPLE),
    "province_reviewer": (
        Action.READ_CATALOGUE,
        *_CENTRE,
        Action.READ_ELEVATION,
        *_SEEING_PEOPLE,
        Action.PROPOSE_PARAMETER,
    ),
    "province_ops_head": (
        Action.READ_CATALOGUE,
        *_CENTRE,
        Action.READ_ELEVATION,
        Action.DECIDE_ELEVATION,
        Action.REVOKE_ELEVATION,
        *_CHECKING,
        *_ORGANISING,
        Action.DECIDE_FACTOR_REMOVAL,
    ),
    "company_leader": _SEEING_PEOPLE,
    "it_permission_admin": (
        *_SEEING,
        Action.SET_MATRIX,
        Action.RETURN_MATRIX,
        Action.READ_DIRECTORY,
        Action.READ_STAFF,
        Action.MANAGE_ACCOUNTS,
    ),
    "ho_reviewer": (*_SEEING, *_SEEING_PEOPLE),
    "ho_business_management_head": (*_SEEING, *_CHECKING, *_ORGANISING, Action.DECIDE_FACTOR_REMOVAL),
    "ho_customer_service_head": (*_SEEING, *_SEEING_PEOPLE, Action.DECIDE_FACTOR_REMOVAL),
    "duty_officer": (Action.READ_DIRECTORY, Action.READ_ESCALATIONS),
    "auditor": (*_SEEING, *_SEEING_PEOPLE),
}
"""R4.6, R9.1, R9.5, R9.6: heads check and decide, the Business Management Centre draws up and is reported to, IT sets,
auditors read and no more."""


@frozen
class Actor:
    """Who acts: a person with the posts held over the unit in question, or a system, which holds none."""

    id: str
    posts: tuple[str, ...] = ()


def seats(assignments: Iterable[Assignment], *, on: date) -> tuple[Seat, ...]:
    """The posts held on that day, acted in or stood by for: whose tasks a person sees."""
    return tuple(Seat(held.post, held.unit, Role(held.kind)) for held in assignments if held.held_on(on))


def grants(assignments: Iterable[Assignment], *, on: date) -> tuple[Grant, ...]:
    """R9.6: what a person may do in security on that day: each post held gives its actions over its unit."""
    held = (assignment for assignment in assignments if assignment.held_on(on))
    return tuple(Grant(action, each.unit) for each in held for action in AUTHORITY.get(each.post, ()))


def actor(person: str, assignments: Iterable[Assignment], *, units: Iterable[str], on: date) -> Actor:
    """The person with the posts held on that day at one of these units."""
    places = frozenset(units)
    held = (each for each in assignments if each.unit in places and each.held_on(on))
    return Actor(person, tuple(each.post for each in held))


def require(who: Actor, action: Action) -> None:
    """R9.5, R9.6: refuse (BeyondAuthority) what the actor's posts do not reach."""
    if not any(action in AUTHORITY.get(post, ()) for post in who.posts):
        raise BeyondAuthority(person=who.id, action=action)
