"""What is offered of corrections of incidents (R7.11): a part of the contract."""

from chassis.contract import Words, command
from chassis.work.approvals import ReasonMissing
from chassis.work.correction_forms import CorrectIn
from chassis.work.corrections import CorrectionsTooMany, NothingCorrected
from emergency import refusals as no
from emergency.authority import Action
from emergency.schemas import IncidentOut, instant, text
from emergency.texts import LONGEST_SUMMARY


class CorrectIncidentIn(CorrectIn):
    """What is wrong: the fields that are given. Null is for a time that is not known after all."""

    summary = text(LONGEST_SUMMARY)
    occurred_at = instant(required=False, allow_none=True)
    detected_at = instant(required=False, allow_none=True)


CORRECTION_OPERATIONS = (
    command(
        "correct_incident",
        "POST",
        "/v1/incidents/{incident}/corrections",
        says=Words("更正事件记录（红线更正，保留原记录）", "correct an entry of an incident; what stood there stays"),
        needs=Action.CORRECT.value,
        takes=CorrectIncidentIn(),
        gives=IncidentOut(),
        key="required",
        if_match="optional",
        refuses=(
            no.BeyondAuthority,
            no.TextMissing,
            no.TimeInFuture,
            NothingCorrected,
            CorrectionsTooMany,
            ReasonMissing,
        ),
        announces=("incident_stated",),
        example={"occurred_at": "2026-01-05T01:00:00Z", "reason": "发生时间登记有误"},
    ),
)
