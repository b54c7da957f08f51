"""What every arm takes in, keeps and gives back: a report of about 590 bytes, a record of about 730.

The yardsticks write and return this record; ours writes and returns its own.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

EVENT = "incident_stated"
UNKNOWN_UNITS = tuple(f"44017{number:03}" for number in range(1_000))
BEFORE = timedelta(minutes=1)
SHANGHAI = timezone(timedelta(hours=8))
SUMMARY = (
    "上午九时许，多名客户先后到柜面要求办理退保，情绪较为激动，大堂人员已引导至贵宾区安抚并逐一登记诉求；"
    "现场秩序正常，其他业务照常办理，柜面负责人已到场，正在核实保单信息与产品说明会的宣传材料，"
    "暂无媒体到场，后续情况将按时续报并随时补充。本次报告的序号是"
)


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


def record(report: Mapping[str, Any], id: str, now: datetime) -> dict[str, Any]:
    """The record that a yardstick makes of a report, in JSON values."""
    return {
        "id": id,
        "version": 1,
        "state": "graded",
        "level": "IV",
        **report,
        "reported_at": now.isoformat(timespec="milliseconds"),
        "business_day": f"{now.astimezone(SHANGHAI):%Y-%m-%d}",
    }
