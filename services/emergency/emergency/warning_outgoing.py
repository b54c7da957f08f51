"""R7.7: what a decision about a warning or a receipt announces: state, history, facts, notices, its one timer."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from attrs import asdict

from chassis.entries import Announce, Announcement, CancelTimer, SetTimer, filed_under
from emergency.history import Note, row_of
from emergency.prewarnings import Decision, Effect, MeasureOverdue, RiskWarning, Spreading
from emergency.risk_notices import MEASURE, WARNING, Telling, Voice, notices
from emergency.warning_life import next_wake
from emergency.warning_operations import MEASURE_OVERDUE, WARNING_SPREADING, WARNING_STATED, WARNING_UNACKNOWLEDGED
from emergency.warning_receipts import WarningReceipt

HISTORY, WAKE, ANSWER = "warning_history", "wake", "answer"


def outcome(decision: Decision, before: RiskWarning | None, voice: Voice) -> tuple[RiskWarning, list[Announcement]]:
    """A decision as the store takes it. The spreading alone changes nothing that others see."""
    warning, effects = decision
    if warning is before:
        return warning, []
    seen = before is None or stated(warning) != stated(before)
    out: list[Announcement] = [stated(warning)] if seen else []
    for effect in effects:
        out += _announcements(effect, warning, voice)
    return warning, out + _timer(next_wake(before) if before else None, next_wake(warning), WAKE)


def warned(receipt: WarningReceipt, voice: Voice) -> tuple[WarningReceipt, list[Announcement]]:
    """A unit is warned: its heads are told, and its time to answer runs."""
    told = _tell(receipt, receipt.acknowledgement.whom, receipt.unit, "warned", receipt.told_at, voice)
    return receipt, [*told, SetTimer(ANSWER, receipt.answer_by)]


def answered(receipt: WarningReceipt, before: WarningReceipt) -> tuple[WarningReceipt, list[Announcement]]:
    """A unit has acknowledged; nothing where it had before."""
    return receipt, [] if receipt is before else [CancelTimer(ANSWER)]


def passed(
    receipt: WarningReceipt, before: WarningReceipt, heads: tuple[str, ...], voice: Voice
) -> tuple[WarningReceipt, list[Announcement]]:
    """A unit was silent: the unit above is told; nothing where there was no reason to."""
    if receipt is before:
        return receipt, []
    facts = {"warning": receipt.warning, "unit": receipt.unit, "level": receipt.level, "kind": receipt.kind}
    data = {**facts, "due": receipt.answer_by, "told": receipt.acknowledgement.passed_to, "drill": receipt.drill}
    event = WARNING_UNACKNOWLEDGED
    subject = filed_under(receipt.units, drill=receipt.drill)
    told = _tell(receipt, heads, "above", "silence", receipt.answer_by, voice)
    return receipt, [Announce(event.name, event.data(data), subject), *told]


def stated(warning: RiskWarning) -> Announce:
    """The event that carries the warning's public state."""
    return _announce(WARNING_STATED.name, WARNING_STATED.data(warning), warning)


def shown(warning: RiskWarning, voice: Voice) -> Mapping[str, Any]:
    """The warning as its readers see it now."""
    facts = {"colour": warning.colour, "in_force": warning.in_force(voice.at)}
    return {**asdict(warning, recurse=False), **facts, "unit_name": voice.name_of(warning.unit)}


def receipt_shown(receipt: WarningReceipt, voice: Voice) -> Mapping[str, Any]:
    """The receipt as its readers see it."""
    answer = receipt.acknowledgement
    return {
        **asdict(receipt, recurse=False),
        "unit_name": voice.name_of(receipt.unit),
        "told": answer.whom,
        "answer_by": answer.due,
        "messages": answer.told,
        "acknowledged_at": answer.seen_at,
        "acknowledged_by": answer.seen_by,
        "passed_at": answer.passed_at,
        "passed_to": answer.passed_to,
    }


def _announcements(effect: Effect, warning: RiskWarning, voice: Voice) -> Iterator[Announcement]:
    match effect:
        case Note():
            yield row_of(effect, HISTORY)
        case Spreading(after):
            data = WARNING_SPREADING.data({"warning": warning.id, "after": after, "drill": warning.drill})
            yield _announce(WARNING_SPREADING.name, data, warning)
        case MeasureOverdue(number):
            measure = warning.measures[number - 1]
            facts = {"warning": warning.id, "number": number, "unit": warning.unit, "owner": measure.owner}
            data = MEASURE_OVERDUE.data({**facts, "due": measure.due, "drill": warning.drill})
            yield _announce(MEASURE_OVERDUE.name, data, warning)
            telling = Telling(
                about=MEASURE,
                reference=warning.id,
                key=f"measure:{number}",
                level=warning.level.value,
                kind=warning.kind.value,
                unit=warning.unit,
                unit_name=voice.name_of(warning.unit),
                because="overdue",
                due=measure.due,
                drill=warning.drill,
            )
            subject = filed_under(warning.units, drill=warning.drill)
            yield from notices(telling, [measure.owner], subject, at=voice.at)


def _tell(
    receipt: WarningReceipt, persons: tuple[str, ...], key: str, because: str, due: datetime, voice: Voice
) -> Iterator[Announcement]:
    telling = Telling(
        about=WARNING,
        reference=receipt.id,
        key=key,
        level=receipt.level.value,
        kind=receipt.kind.value,
        unit=receipt.unit,
        unit_name=voice.name_of(receipt.unit),
        because=because,
        due=due,
        drill=receipt.drill,
        channels=receipt.channels,
    )
    yield from notices(telling, persons, filed_under(receipt.units, drill=receipt.drill), at=voice.at)


def _announce(event: str, data: Mapping[str, Any], warning: RiskWarning) -> Announce:
    return Announce(event, data, filed_under(warning.units, drill=warning.drill))


def _timer(old: datetime | None, new: datetime | None, name: str) -> list[Announcement]:
    if new == old:
        return []
    return [CancelTimer(name)] if new is None else [SetTimer(name, new)]
