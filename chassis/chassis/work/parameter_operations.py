"""What every service that has parameters offers of them alike: who may see, propose and approve is said by grants."""

from typing import Any

from chassis.contract import Event, Operation, Words, command, query
from chassis.forms import NothingIn
from chassis.work import approvals, parameters
from chassis.work import parameter_forms as wire

READ, PROPOSE, APPROVE = "parameter.read", "parameter.propose", "parameter.approve"

PARAMETER_STATED = Event(
    name="parameter_stated",
    kind="state",
    carries=wire.ParameterStated(),
    says=Words("参数取值状态", "a proposed value of a parameter, as it stands"),
)


def parameter_operations(service: str, *, example: dict[str, Any]) -> tuple[Operation, ...]:
    """The declarations. The example is of a proposal."""
    numbers, proposals = f"/v1/{service}/parameters", f"/v1/{service}/parameter-proposals"
    return (*_reading(numbers, proposals), _proposing(numbers, example), *_deciding(f"{proposals}/{{proposal}}"))


def _reading(numbers: str, proposals: str) -> tuple[Operation, ...]:
    return (
        query(
            "parameter_list",
            numbers,
            says=Words("查询机构适用的参数及其依据", "the numbers that hold at a unit, and what they rest on"),
            needs=READ,
            asks=wire.ParametersIn(),
            gives=wire.ParametersOut(),
        ),
        query(
            "parameter",
            f"{numbers}/{{key}}",
            says=Words("查询一项参数", "one number as it holds at a unit"),
            needs=READ,
            asks=wire.ParametersIn(),
            gives=wire.ParameterOut(),
        ),
        query(
            "parameter_proposal_list",
            proposals,
            says=Words("查询参数调整申请", "proposed values, newest first"),
            needs=READ,
            asks=wire.ProposalsIn(),
            gives=wire.ProposalsOut(),
            paged=True,
        ),
        query(
            "parameter_proposal",
            f"{proposals}/{{proposal}}",
            says=Words("查询一项参数调整申请", "one proposed value"),
            needs=READ,
            gives=wire.ProposalOut(),
        ),
    )


def _proposing(numbers: str, example: dict[str, Any]) -> Operation:
    return command(
        "propose_parameter",
        "POST",
        f"{numbers}/{{key}}/proposals",
        says=Words("提出参数调整，由他人审批", "propose another value, for somebody else to approve"),
        needs=PROPOSE,
        takes=wire.ProposeIn(),
        gives=wire.ProposalOut(),
        key="required",
        status=201,
        refuses=(
            parameters.ParameterLaxer,
            parameters.ParameterOutOfBounds,
            parameters.ParameterTooFar,
            approvals.ReasonMissing,
        ),
        announces=(PARAMETER_STATED.name,),
        example=example,
    )


def _deciding(one: str) -> tuple[Operation, ...]:
    refused = (approvals.NotPending, approvals.OwnWork, approvals.PostLacking)
    return (
        _step(
            "approve_parameter",
            f"{one}/approval",
            Words("批准参数调整", "approve: the value comes into force"),
            needs=APPROVE,
            refuses=(*refused, parameters.ParameterLaxer),
        ),
        _step(
            "reject_parameter",
            f"{one}/rejection",
            Words("否决参数调整", "reject, with a reason"),
            needs=APPROVE,
            takes=wire.RejectIn(),
            refuses=(*refused, approvals.ReasonMissing),
            example={"reason": "现行时限已足够"},
        ),
        _step(
            "withdraw_parameter",
            f"{one}/withdrawal",
            Words("撤回参数调整申请", "withdraw what was proposed"),
            needs=PROPOSE,
            refuses=(approvals.NotPending, approvals.MakerOnly),
        ),
    )


def _step(name: str, path: str, says: Words, **rest: Any) -> Operation:
    usual = {"takes": NothingIn(), "gives": wire.ProposalOut(), "if_match": "optional", "example": {}}
    return command(name, "POST", path, says=says, announces=(PARAMETER_STATED.name,), **{**usual, **rest})
