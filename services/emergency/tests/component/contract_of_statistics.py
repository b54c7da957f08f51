"""R7.11: what the contract's tests need to know of statistics and their reports."""

from attrs import evolve

from emergency import statistics_refusals as no
from emergency.refusals import BeyondAuthority, TextMissing
from emergency.statistical_reports import MOST_REVISIONS
from services.emergency.tests.component.office import (
    ALMIGHTY,
    HO_REVIEWER,
    MANAGER,
    PROVINCE_HEAD,
    PROVINCE_REVIEWER,
    gathering,
)

YEAR = {"unit": "44", "period": "2025"}
RANGE = {"unit": "44", "from": "2026-11-01", "to": "2026-12-01"}
NOVEMBER = {"unit": "44", "from": "2025-11-01", "to": "2025-12-01"}
REFERENCE, REASON = {"reference": "TJ-2026-0001"}, {"reason": "补录一起事件"}


def drawn(house):
    answer = house.done("draw_up_statistical_report", PROVINCE_HEAD, body=YEAR)
    return answer["body"]["id"]


def confirmed(house):
    report = drawn(house)
    house.done("confirm_statistical_report", PROVINCE_REVIEWER, path={"report": report}, body={})
    return report


def spent(house):
    report = drawn(house)
    for _ in range(MOST_REVISIONS - 1):
        house.done("correct_statistical_report", PROVINCE_HEAD, path={"report": report}, body=REASON)
    return report


def crowded(house):
    """More happened in that year than is added up."""
    report = drawn(house)
    gathering(house, 3)
    house.database.incidents.update_many({}, {"$set": {"at": house.clock.now().replace(year=2025)}})
    house.service.statistics = evolve(house.service.statistics, most=0)
    return report


REFUSED = [
    ("incident_statistics", no.RangeTooLong, None, MANAGER, {**RANGE, "unit": "4401", "to": "2026-11-01"}),
    ("incident_statistics", no.TooManyIncidents, crowded, HO_REVIEWER, NOVEMBER),
    ("draw_up_statistical_report", no.TooManyIncidents, crowded, HO_REVIEWER, {**YEAR, "unit": "HQ"}),
    ("draw_up_statistical_report", BeyondAuthority, None, ALMIGHTY, YEAR),
    ("draw_up_statistical_report", no.UnitReportsNot, None, MANAGER, {**YEAR, "unit": "4401"}),
    ("draw_up_statistical_report", no.PeriodNotOver, None, PROVINCE_HEAD, {**YEAR, "period": "2026"}),
    ("confirm_statistical_report", BeyondAuthority, drawn, ALMIGHTY, {}),
    ("confirm_statistical_report", no.StatisticalReportState, confirmed, HO_REVIEWER, {}),
    ("confirm_statistical_report", no.ConfirmerDrewUp, drawn, PROVINCE_HEAD, {}),
    ("submit_statistical_report", BeyondAuthority, confirmed, ALMIGHTY, REFERENCE),
    ("submit_statistical_report", no.StatisticalReportState, drawn, PROVINCE_HEAD, REFERENCE),
    ("submit_statistical_report", TextMissing, confirmed, PROVINCE_HEAD, {"reference": " "}),
    ("correct_statistical_report", BeyondAuthority, drawn, ALMIGHTY, REASON),
    ("correct_statistical_report", no.RevisionsSpent, spent, PROVINCE_HEAD, REASON),
    ("correct_statistical_report", no.TooManyIncidents, crowded, PROVINCE_HEAD, REASON),
    ("correct_statistical_report", TextMissing, drawn, PROVINCE_HEAD, {"reason": " "}),
]
STATED = ("statistical_report_stated",)
ANNOUNCED = [
    ("draw_up_statistical_report", None, PROVINCE_HEAD, YEAR, STATED),
    ("confirm_statistical_report", drawn, PROVINCE_REVIEWER, {}, STATED),
    ("submit_statistical_report", confirmed, PROVINCE_HEAD, REFERENCE, STATED),
    ("correct_statistical_report", confirmed, PROVINCE_HEAD, REASON, STATED),
]


def late(house):
    drawn(house)
    house.wait(days=1)


EVENTS = {"statistical_report_stated": drawn, "statistical_report_overdue": late}
READY = {
    "confirm_statistical_report": drawn,
    "submit_statistical_report": confirmed,
    "correct_statistical_report": confirmed,
}
