"""What is offered of reviews (R7.11): a part of the contract."""

from typing import Any

from chassis.contract import Event, Operation, Words, command, query
from chassis.work.tasks import DueInPast, StandInWrong, TaskEnded, TaskOwnerless
from emergency import refusals as no
from emergency import review_schemas as wire
from emergency.authority import Action

REVIEW_OVERDUE = Event(
    name="review_overdue",
    kind="fact",
    carries=wire.ReviewOverdue(),
    says=Words("复盘逾期", "a review is overdue"),
)
ACTION_OVERDUE = Event(
    name="review_action_overdue",
    kind="fact",
    carries=wire.ActionOverdue(),
    says=Words("复盘整改事项逾期", "an action of a review is overdue"),
)
CASE_OFFERED = Event(
    name="case_offered",
    kind="fact",
    carries=wire.CaseOfferedOut(),
    says=Words("复盘形成案例", "a reviewed incident is offered to the knowledge base"),
)

_REVIEW, _ACTION = "/v1/incidents/{incident}/review", "/v1/incidents/{incident}/actions/{action}"
_STATED = ("incident_stated",)


def _on_action(name: str, method: Any, path: str, says: Words, needs: Action, **rest: Any) -> Operation:
    given = {"gives": wire.ReviewOut(), "if_match": "optional", "announces": _STATED, **rest}
    return command(name, method, f"{_ACTION}/{path}", says=says, needs=needs.value, **given)


REVIEW_OPERATIONS = (
    command(
        "review_incident",
        "POST",
        _REVIEW,
        says=Words("提交事件复盘", "review a closed incident: findings, lessons, actions"),
        needs=Action.REVIEW.value,
        takes=wire.ReviewIn(),
        gives=wire.ReviewOut(),
        if_match="optional",
        refuses=(
            no.AlreadyReviewed,
            no.WrongState,
            no.BeyondAuthority,
            no.TextMissing,
            no.ActionOwnerUnknown,
            TaskOwnerless,
            DueInPast,
        ),
        announces=(*_STATED, CASE_OFFERED.name),
        example={
            "findings": "疏散用时过长，备用出口未开启",
            "lessons": "开门前检查备用出口；每季演练一次疏散",
            "actions": [
                {
                    "what": "检查备用出口并张贴标识",
                    "owner": {"post": "centre_manager", "unit": "4401"},
                    "due": "2099-12-15T09:00:00+08:00",
                }
            ],
        },
    ),
    query(
        "incident_review",
        _REVIEW,
        says=Words("查询事件复盘", "the review of an incident, or until when it is due"),
        needs=Action.READ.value,
        relations=("within", "told", "task"),
        gives=wire.ReviewOut(),
    ),
    _on_action(
        "complete_action",
        "POST",
        "completion",
        Words("完成复盘整改事项", "an action of the review is done"),
        Action.DO_STEP,
        relations=("within", "task"),
        takes=wire.CompleteActionIn(),
        refuses=(no.NotReviewed, no.ActionUnknown, no.ActionNotYours, TaskEnded),
        example={"note": "已完成并拍照存档"},
    ),
    _on_action(
        "reassign_action",
        "PUT",
        "owner",
        Words("变更整改责任人", "an action of the review is somebody else's from now on"),
        Action.REVIEW,
        takes=wire.ReassignActionIn(),
        refuses=(
            no.NotReviewed,
            no.ActionUnknown,
            no.BeyondAuthority,
            no.ActionOwnerUnknown,
            TaskOwnerless,
            TaskEnded,
        ),
        example={"owner": {"person": "P440100001"}},
    ),
    _on_action(
        "delegate_action",
        "PUT",
        "stand-in",
        Words("委托代办整改事项", "somebody stands in for the owner of an action for a time"),
        Action.DO_STEP,
        relations=("within", "task"),
        takes=wire.DelegateActionIn(),
        refuses=(
            no.NotReviewed,
            no.ActionUnknown,
            no.ActionNotYours,
            no.ActionOwnerUnknown,
            StandInWrong,
            TaskEnded,
        ),
        example={
            "person": "P440100002",
            "since": "2026-12-01T00:00:00+08:00",
            "until": "2026-12-08T00:00:00+08:00",
        },
    ),
)
