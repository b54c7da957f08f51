"""R7.3, R7.7: what the contract's tests need to know of signals and drafts."""

from emergency import watch_refusals as no
from emergency.refusals import BeyondAuthority, FactContradictory, TextMissing, TimeInFuture
from services.emergency.tests.component.office import (
    ALMIGHTY,
    CCMS,
    HO_REVIEWER,
    MANAGER,
    OTHER_CITYS,
    SUPERVISOR,
    drafts,
    signal_of,
    signals,
)

CONFIRMATION = {"summary": "多起同类投诉", "facts": {"people_complaining": 20}}
DISMISSAL = {"reason": "同一客户重复登记"}


def suggested(house):
    """Three complaints alike at one counter: a draft."""
    signals(house, "a", "b", "c")
    return drafts(house)[0]["id"]


def dismissed(house):
    draft = suggested(house)
    house.done("dismiss_draft", MANAGER, path={"draft": draft}, body=DISMISSAL)
    return draft


REFUSED = [
    ("report_signal", no.NotACounter, None, CCMS, signal_of(counter="4401")),
    ("report_signal", TimeInFuture, None, CCMS, signal_of(occurred_at="2026-11-23T01:06:00Z")),
    ("confirm_draft", BeyondAuthority, suggested, ALMIGHTY, CONFIRMATION),
    ("confirm_draft", no.DraftSettled, dismissed, MANAGER, CONFIRMATION),
    ("confirm_draft", no.UnitOutsideDraft, suggested, HO_REVIEWER, {**CONFIRMATION, "unit": OTHER_CITYS}),
    (
        "confirm_draft",
        FactContradictory,
        suggested,
        MANAGER,
        {**CONFIRMATION, "facts": {"deaths": 1, "unknown": ["deaths"]}},
    ),
    ("confirm_draft", TextMissing, suggested, MANAGER, {"summary": " "}),
    ("dismiss_draft", BeyondAuthority, suggested, ALMIGHTY, DISMISSAL),
    ("dismiss_draft", no.DraftSettled, dismissed, MANAGER, DISMISSAL),
    ("dismiss_draft", TextMissing, suggested, SUPERVISOR, {"reason": " "}),
]

RAISED = ("incident_stated", "incident_sighted", "notice_due", "incident_escalated")
ANNOUNCED = [
    ("report_signal", None, CCMS, signal_of(), ("signal_taken",)),
    ("confirm_draft", suggested, MANAGER, CONFIRMATION, (*RAISED, "incident_watched", "draft_stated")),
    ("dismiss_draft", suggested, MANAGER, DISMISSAL, ("draft_stated",)),
]


def undecided(house):
    suggested(house)
    house.wait(hours=1)


EVENTS = {
    "signal_taken": suggested,
    "draft_found": suggested,
    "draft_stated": suggested,
    "draft_undecided": undecided,
}
READY = {"confirm_draft": suggested, "dismiss_draft": suggested}
