"""What is offered of signals, early-warning rules and drafts (R7.3, R7.7): a part of the contract."""

from chassis.contract import Event, Hearing, Words, command, query
from emergency import watch_refusals as no
from emergency import watch_schemas as wire
from emergency.authority import Action
from emergency.refusals import BeyondAuthority, FactContradictory, TextMissing, TimeInFuture

SIGNAL_TAKEN = Event(
    name="signal_taken", kind="fact", carries=wire.SignalTaken(), says=Words("已收到信号", "a signal was kept")
)
DRAFT_FOUND = Event(
    name="draft_found",
    kind="fact",
    carries=wire.DraftFound(),
    says=Words("预警规则达到数量", "an early-warning rule reached its number"),
)
DRAFT_STATED = Event(
    name="draft_stated", kind="state", carries=wire.DraftState(), says=Words("草稿状态", "a draft's public state")
)
DRAFT_UNDECIDED = Event(
    name="draft_undecided",
    kind="fact",
    carries=wire.DraftUndecided(),
    says=Words("草稿逾时未处理，报上一级", "nobody has decided on a draft: the next level is told"),
)
WATCH_EVENTS = (SIGNAL_TAKEN, DRAFT_FOUND, DRAFT_STATED, DRAFT_UNDECIDED)
WATCH_HEARINGS = (
    Hearing(source="emergency", event="signal_taken", handler="signals_taken", reads=wire.SignalTaken()),
    Hearing(source="emergency", event="incident_watched", handler="incidents_watched", reads=wire.IncidentWatched()),
    Hearing(source="emergency", event="draft_found", handler="drafts_found", reads=wire.DraftFound()),
)

_DRAFT = "/v1/incident-drafts/{draft}"

WATCH_OPERATIONS = (
    command(
        "report_signal",
        "POST",
        "/v1/signals",
        says=Words("业务系统报送信号（退保、投诉、故障、隐患）", "a branch system reports a signal"),
        needs=Action.REPORT_SIGNAL.value,
        takes=wire.SignalIn(),
        gives=wire.SignalOut(),
        key="required",
        status=201,
        announces=(SIGNAL_TAKEN.name,),
        refuses=(no.NotACounter, TimeInFuture),
        example={
            "counter": "4401003",
            "kind": "surrender",
            "product": "P-2026-01",
            "occurred_at": "2026-11-23T00:30:00Z",
            "count": 2,
        },
    ),
    query(
        "signal_list",
        "/v1/signals",
        says=Words("查询信号", "signals, the one that happened last first"),
        needs=Action.READ_DRAFT.value,
        asks=wire.SignalsIn(),
        gives=wire.SignalsOut(),
        paged=True,
    ),
    query(
        "watch_rule_list",
        "/v1/watch-rules",
        says=Words("查询现行预警规则", "the early-warning rules in force, which are the same everywhere"),
        needs=Action.READ_DRAFT.value,
        gives=wire.WatchRulesOut(),
    ),
    query(
        "draft_list",
        "/v1/incident-drafts",
        says=Words("查询事件草稿", "draft incidents, the one proposed last first"),
        needs=Action.READ_DRAFT.value,
        asks=wire.DraftsIn(),
        gives=wire.DraftsOut(),
        paged=True,
    ),
    query(
        "draft",
        _DRAFT,
        says=Words("查询一份事件草稿", "one draft incident"),
        needs=Action.READ_DRAFT.value,
        gives=wire.DraftOut(),
    ),
    command(
        "confirm_draft",
        "POST",
        f"{_DRAFT}/confirmation",
        says=Words("确认草稿，成为事件", "confirm a draft: it becomes an incident"),
        needs=Action.DECIDE_DRAFT.value,
        takes=wire.ConfirmDraftIn(),
        gives=wire.DraftOut(),
        key="required",
        quota="incident",
        announces=(
            "incident_stated",
            "incident_sighted",
            "incident_watched",
            "notice_due",
            "incident_escalated",
            DRAFT_STATED.name,
        ),
        refuses=(BeyondAuthority, no.DraftSettled, no.UnitOutsideDraft, FactContradictory, TextMissing),
        example={"summary": "两日内同一柜面多起同类投诉", "facts": {"people_complaining": 3}},
    ),
    command(
        "dismiss_draft",
        "POST",
        f"{_DRAFT}/dismissal",
        says=Words("驳回草稿（须说明理由）", "dismiss a draft, with a reason"),
        needs=Action.DECIDE_DRAFT.value,
        takes=wire.DismissDraftIn(),
        gives=wire.DraftOut(),
        if_match="optional",
        announces=(DRAFT_STATED.name,),
        refuses=(BeyondAuthority, no.DraftSettled, TextMissing),
        example={"reason": "同一客户重复登记"},
    ),
)
