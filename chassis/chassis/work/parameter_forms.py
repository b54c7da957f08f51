"""The wire forms of parameters, the same in every service."""

from marshmallow import Schema, fields, validate

from chassis.forms import END, Count, PageIn
from chassis.work.approvals import MOST_CHARACTERS, ApprovalState
from chassis.work.parameters import Basis, Measure, Stricter

_UNIT = validate.Regexp(r"^[A-Za-z0-9_-]{1,32}" + END)
_LARGEST = 1_000_000


class ParametersIn(Schema):
    """Where the numbers are to hold."""

    unit = fields.String(required=True, validate=_UNIT)


class MeaningOut(Schema):
    """Words in both languages."""

    zh = fields.String(required=True)
    en = fields.String(required=True)


class NextOut(Schema):
    """What is approved to hold next, and from when. `unit` is null where the default comes back."""

    value = fields.Integer(required=True)
    unit = fields.String(required=True, allow_none=True)
    since = fields.AwareDateTime(required=True)


class ParameterOut(Schema):
    """A number as it holds at `unit`: what it rests on, and which unit set it since when, by which proposal.

    Those three are null for the default.
    """

    key = fields.String(required=True)
    unit = fields.String(required=True)
    says = fields.Nested(MeaningOut, required=True)
    value = fields.Integer(required=True)
    measure = fields.Enum(Measure, by_value=True, required=True)
    default = fields.Integer(required=True)
    basis = fields.Enum(Basis, by_value=True, required=True)
    based_on = fields.Nested(MeaningOut, required=True)
    stricter = fields.Enum(Stricter, by_value=True, required=True)
    lowest = fields.Integer(required=True)
    highest = fields.Integer(required=True)
    loosens_below = fields.Boolean(required=True)
    set_for = fields.String(required=True, allow_none=True)
    since = fields.AwareDateTime(required=True, allow_none=True)
    proposal = fields.String(required=True, allow_none=True)
    next = fields.Nested(NextOut, required=True, allow_none=True)


class ParametersOut(Schema):
    """All numbers of the service that are parameters."""

    items = fields.List(fields.Nested(ParameterOut), required=True)


class ProposeIn(Schema):
    """Another value for a unit and all below it, from `effective_from` on; without it, from its approval on."""

    unit = fields.String(required=True, validate=_UNIT)
    value = Count(required=True, validate=validate.Range(0, _LARGEST))
    effective_from = fields.AwareDateTime(load_default=None)
    reason = fields.String(required=True, validate=validate.Length(1, MOST_CHARACTERS))


class RejectIn(Schema):
    """Why not."""

    reason = fields.String(required=True, validate=validate.Length(1, MOST_CHARACTERS))


class ProposalsIn(PageIn):
    """A page of proposals, newest first."""

    key = fields.String(load_default=None, validate=validate.Regexp(r"^[a-z_]{1,64}" + END))
    unit = fields.String(load_default=None, validate=_UNIT)
    state = fields.Enum(ApprovalState, by_value=True, load_default=None)


class ParameterStated(Schema):
    """A proposed value as it stands: in force from `effective_from` on, where that is set."""

    id = fields.String(required=True)
    key = fields.String(required=True)
    unit = fields.String(required=True)
    units = fields.List(fields.String(), required=True)
    value = fields.Integer(required=True)
    state = fields.Enum(ApprovalState, by_value=True, required=True)
    effective_from = fields.AwareDateTime(required=True, allow_none=True)
    made_by = fields.String(required=True)
    decided_by = fields.String(required=True, allow_none=True)


class ProposalOut(ParameterStated):
    """The same with its reasons. `wanted_from` is what was asked; null for as soon as it is approved."""

    wanted_from = fields.AwareDateTime(required=True, allow_none=True)
    reason = fields.String(required=True)
    made_at = fields.AwareDateTime(required=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
    rejected_for = fields.String(required=True, allow_none=True)


class ProposalsOut(Schema):
    """A page of proposals."""

    items = fields.List(fields.Nested(ProposalOut), required=True)
