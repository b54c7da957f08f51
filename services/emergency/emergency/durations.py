"""R7.5, R7.11: how long each stage of an incident took: always computed, never kept."""

from datetime import datetime

from attrs import frozen

from emergency.incidents import Incident


@frozen(kw_only=True)
class Durations:
    """Whole seconds; None while an end is not known. Detection counts from the event, the rest from the report."""

    detect_seconds: int | None
    report_seconds: int | None
    grade_seconds: int | None
    escalate_seconds: int | None
    acknowledge_seconds: int | None
    guide_seconds: int | None
    respond_seconds: int | None
    contain_seconds: int | None
    close_seconds: int | None


def durations(incident: Incident) -> Durations:
    """R7.5, R7.11: the durations, the time to first guidance among them. A report that preceded counts as 0."""
    reported = incident.reported_at
    noticed = incident.detected_at or incident.occurred_at
    return Durations(
        detect_seconds=_between(incident.occurred_at, incident.detected_at),
        report_seconds=_between(noticed, reported),
        grade_seconds=_between(reported, incident.graded_at),
        escalate_seconds=_between(reported, incident.escalated_at),
        acknowledge_seconds=_between(reported, incident.first_acknowledged_at),
        guide_seconds=_between(reported, incident.first_guided_at),
        respond_seconds=_between(reported, incident.responding_at),
        contain_seconds=_between(reported, incident.contained_at),
        close_seconds=_between(reported, incident.closed_at),
    )


def _between(start: datetime | None, end: datetime | None) -> int | None:
    if start is None or end is None:
        return None
    return max(0, int((end - start).total_seconds()))
