"""What the tests of hidden risks share: an inspection of a counter, recorded, with findings in any state."""

from datetime import date, timedelta

from chassis.work.rectifications import Evidence, Severity
from emergency import findings
from emergency.hidden_risks import CATALOGUE
from emergency.inspecting import FindingSaid, Result, open_inspection, record
from emergency.inspection_plans import DEFAULT_PLAN, Every, period_of
from services.emergency.tests.scenes import MANAGER, NINE, SUPERVISOR

UNITS = ("HQ", "p44", "c4401", "4401003")
TODAY = date(2026, 11, 23)
NOVEMBER = period_of(Every.MONTH, TODAY)
SHOWN = Evidence("已增设分流标识")


def opened(at=NINE, units=UNITS, plan=DEFAULT_PLAN):
    """An inspection that is still to be held, due on Wednesday the 25th at six in the evening."""
    return open_inspection(units[-1], units, NOVEMBER, plan, catalogue=1, by="series", at=at)[0]


def results(*severities):
    """Everything clear but the first item, which has findings of these severities."""
    said = tuple(FindingSaid(severity, f"隐患{number}") for number, severity in enumerate(severities, 1))
    return [Result(CATALOGUE.codes[0], said), *(Result(code) for code in CATALOGUE.codes[1:])]


def recorded(*severities, at=NINE, inspection=None, actor=SUPERVISOR, occurred_on=TODAY):
    """The same, held and recorded."""
    held = inspection or opened()
    return record(held, results(*severities), occurred_on=occurred_on, today=TODAY, actor=actor, at=at)[0]


def assigned(inspection, number=1, *, owner="owner", due=None, known=True, actor=MANAGER, at=NINE):
    return findings.assign(inspection, number, owner=owner, due=due, known=known, actor=actor, at=at)[0]


def fixed(inspection, number=1, *, actor=SUPERVISOR, at=NINE):
    return findings.fix(inspection, number, evidence=SHOWN, actor=actor, at=at)[0]


def verified(inspection, number=1, *, actor=MANAGER, at=NINE):
    return findings.verify(inspection, number, actor=actor, at=at)[0]


def one_finding(severity=Severity.MEDIUM):
    return recorded(severity)


def days(count):
    return timedelta(days=count)
