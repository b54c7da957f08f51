"""What every arm takes in, keeps, states and gives back: the same bytes, but for ids and times.

A report of about 590 bytes comes in. Every arm keeps the incident as its readers see it, with the policy that was
copied into it and the first entries of its timeline, under the same indexes; answers with the incident (about 2.1 KB);
and states it in one event (about 430 bytes). A yardstick takes all of this from a form and decides nothing. The stock
build reads and writes by marshmallow schemas, as nameko's own examples do, but makes each schema once; the plain build
checks nothing. What ours does beyond (checks of token, key, scope and input, grading, ring, outbox, timer, the plan's
steps as tasks, the escalation to head office and its history) is the price of what it promises, and counts against it.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from attrs import asdict
from pymongo import DESCENDING, IndexModel

from emergency.policies import DEFAULT_POLICY
from emergency.schemas import IncidentState

EVENT = "incident_stated"
UNKNOWN_UNITS = tuple(f"44017{number:03}" for number in range(1_000))
BEFORE, NEXT_STEP = timedelta(minutes=1), timedelta(minutes=2)
SHANGHAI = timezone(timedelta(hours=8))
SUMMARY = (
    "上午九时许，多名客户先后到柜面要求办理退保，情绪较为激动，大堂人员已引导至贵宾区安抚并逐一登记诉求；"
    "现场秩序正常，其他业务照常办理，柜面负责人已到场，正在核实保单信息与产品说明会的宣传材料，"
    "暂无媒体到场，后续情况将按时续报并随时补充。本次报告的序号是"
)
INDEXES = (
    IndexModel([("units", 1), ("at", DESCENDING), ("_id", DESCENDING)]),
    IndexModel("next_step", partialFilterExpression={"next_step": {"$type": "date"}}),
    IndexModel("unknown_unit", partialFilterExpression={"unknown_unit": {"$type": "string"}}),
)
"""Those that our incidents have for lists, the auditor and units that become known."""

POLICY = json.dumps(asdict(DEFAULT_POLICY, filter=lambda field, _: field.init), separators=(",", ":"))
_VACANT = (
    ("own_company", "centre_manager", None),
    ("province", "province_ops_head", None),
    ("head_office", "ho_business_management_head", "HQ"),
    ("head_office", "ho_customer_service_head", "HQ"),
)
STATED = tuple(IncidentState._declared_fields)
STEPS = "keep_order,hear_representatives,total_surrenders"
_STAGES = ("detect", "acknowledge", "guide", "respond", "contain", "close")


def report_body(number: int, unit: str, now: datetime) -> bytes:
    """The JSON of report `number`. Reports of units that no directory knows are not added up with each other."""
    report = {
        "kind": "collective_surrender",
        "unit": unit,
        "occurred_at": f"{now - BEFORE:%Y-%m-%dT%H:%M:%S}Z",
        "summary": f"{SUMMARY}{number:06}",
        "facts": {"people_surrendering": 6, "surrender_amount_cny": "186000.00", "people_gathering": 6},
    }
    return json.dumps(report, ensure_ascii=False, separators=(",", ":")).encode()


def incident(report: Mapping[str, Any], id: str, now: datetime) -> dict[str, Any]:
    """The incident that a yardstick keeps and answers with, its instants as datetimes."""
    at = now.replace(microsecond=now.microsecond // 1000 * 1000)
    graded = {"level": "IV", "clause": "R7.3"}
    return {
        **statement(report, id, at),
        "reporter": "BENCH0001",
        "summary": report["summary"],
        "facts": report["facts"],
        "grading": {**graded, "reasons": [{"criterion": "gathering", **graded, "basis": "default"}], "version": 1},
        "levels": [{"at": at, **graded, "cause": "report", "actor": "BENCH0001", "reason": None, "together": []}],
        "escalation": {
            "round": 1,
            "level": "III",
            "units_told": ["HQ"],
            "tellings": [],
            "vacancies": [{"addressee": one, "post": post, "unit": unit} for one, post, unit in _VACANT],
            "unanswered_at": at,
        },
        **dict.fromkeys(("commander", "claims", "detected_at", "responding_at", "closing_reason")),
        "graded_at": at,
        "durations": {"report_seconds": 60, "grade_seconds": 0, "escalate_seconds": 0}
        | {f"{stage}_seconds": None for stage in _STAGES},
        "timeline_count": 9,
        "attachments": [],
        "corrections": [],
    }


def statement(report: Mapping[str, Any], id: str, at: datetime) -> dict[str, Any]:
    """The public state of it: what its event carries, and the first half of the answer."""
    stages = ("first_acknowledged_at", "first_guided_at", "contained_at", "closed_at")
    nothing = ("drill_id", "drill_until", "draft_id")
    return {
        "id": id,
        "kind": report["kind"],
        "drill": False,
        "unit": report["unit"],
        "units": ["HQ", report["unit"]],
        "unit_known": False,
        "level": "IV",
        "state": "graded",
        "outcome": None,
        "occurred_at": datetime.fromisoformat(report["occurred_at"]),
        "reported_at": at,
        "escalated_at": at,
        **dict.fromkeys((*stages, *nothing)),
    }


def stated(incident: Mapping[str, Any]) -> dict[str, Any]:
    """What the event of an incident carries."""
    return {name: incident[name] for name in STATED}


def kept(incident: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The document that a yardstick keeps."""
    told = {"addressee": "head_office", "unit": "HQ", "level": "III", "because": "vacancy", "step": incident["id"]}
    rows: list[tuple[str, dict[str, Any]]] = [
        ("reported", {"kind": incident["kind"], "unit": incident["unit"], "drill": "false"}),
        ("graded", {"level": "IV", "clause": "R7.3", "criterion": "gathering", "unknown": ""}),
        *(("post_vacant", {"addressee": one, "post": post}) for one, post, _ in _VACANT),
        ("company_told", told),
        ("unanswered", {"level": "III"}),
        ("plan_activated", {"plan": "default.collective_surrender.1", "steps": STEPS}),
    ]
    return {
        "_id": incident["id"],
        "incident": incident,
        "policy": POLICY,
        "timeline": [
            {"seq": seq, "at": now, "row": {"kind": kind, "actor": "escalation", "data": data, "words": None}}
            for seq, (kind, data) in enumerate(rows, start=1)
        ],
        "units": [*incident["units"], f"own:{incident['reporter']}"],
        "at": now.astimezone(UTC),
        "next_step": now + NEXT_STEP,
        "unknown_unit": incident["unit"],
    }
