"""What the contract's tests need to know of corrections of incidents."""

from chassis.work.approvals import ReasonMissing
from chassis.work.corrections import MOST_CORRECTIONS, CorrectionsTooMany, NothingCorrected
from emergency import refusals as no
from services.emergency.tests.component.office import ALMIGHTY, SUPERVISOR, does, gathering


def light(house):
    """Three people, which is level IV."""
    return gathering(house, 3)


def often(house):
    """One that was corrected again and again."""
    incident = light(house)
    for number in range(MOST_CORRECTIONS):
        does(house, "correct_incident", SUPERVISOR, incident, said(summary=f"{number} 人"), key=f"c{number}")
    return incident


def said(reason="登记有误", **more):
    """The body of a correction."""
    return {"reason": reason, **more}


CORRECT = "correct_incident"
REFUSED = [
    (CORRECT, no.BeyondAuthority, light, ALMIGHTY, said(summary="五人")),
    (CORRECT, no.TextMissing, light, SUPERVISOR, said(summary=" ")),
    (CORRECT, no.TimeInFuture, light, SUPERVISOR, said(occurred_at="2026-11-23T01:06:00Z")),
    (CORRECT, NothingCorrected, light, SUPERVISOR, said(summary="柜面有人聚集")),
    (CORRECT, CorrectionsTooMany, often, SUPERVISOR, said(summary="五人")),
    (CORRECT, ReasonMissing, light, SUPERVISOR, said(" ", summary="五人")),
]
ANNOUNCED = [(CORRECT, light, SUPERVISOR, said(summary="五人"), ("incident_stated",))]
READY = {CORRECT: light}
