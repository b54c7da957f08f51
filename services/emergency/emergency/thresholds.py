"""The table of thresholds: data with versions, decided by head office.

Level I is the company's own text (R7.2) and may be made stricter, never laxer; levels II to IV are defaults of
ours or taken from published sources, and free to change.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from attrs import frozen

from emergency.facts import Crime, FactName, MediaReach, OutageScope, place_in_scale
from emergency.kinds import Kind
from emergency.levels import Level
from emergency.refusals import CompanyTextLaxer, ThresholdsNotNewer


class Basis(StrEnum):
    """Where a number comes from."""

    COMPANY = "company"
    SOURCE = "source"
    DEFAULT = "default"


@frozen
class Bound:
    """A lower bound of one fact; 以上 includes the number, 超 excludes it. `unit` says what is counted."""

    fact: FactName
    value: Decimal
    unit: str
    inclusive: bool = True

    def reached_by(self, number: Decimal | None) -> bool:
        """Whether a known number reaches the bound; an unknown one does not."""
        return number is not None and (number >= self.value if self.inclusive else number > self.value)

    def as_strict_as(self, other: "Bound") -> bool:
        """Whether everything that reaches the other bound reaches this one."""
        return self.value < other.value or (self.value == other.value and (self.inclusive or not other.inclusive))


@frozen
class Threshold:
    """One row: an event of one of `kinds` (none named: any kind) that reaches all bounds is of this level."""

    criterion: str
    level: Level
    bounds: tuple[Bound, ...]
    basis: Basis
    clause: str
    kinds: tuple[Kind, ...] = ()

    def concerns(self, kind: Kind) -> bool:
        """Whether the row speaks of this kind of event."""
        return not self.kinds or kind in self.kinds


@frozen
class Thresholds:
    """One version of the table. The windows of correlation are in hours, closed at the start, open at the end."""

    version: int
    effective_from: datetime | None
    approved_by: str
    rows: tuple[Threshold, ...]
    people_and_money_hours: int = 24
    counters_hours: int = 72


def _bound(fact: FactName, value: int | StrEnum, unit: str, inclusive: bool = True) -> Bound:
    number = place_in_scale(value) if isinstance(value, StrEnum) else Decimal(value)
    return Bound(fact, number, unit, inclusive)


def _company(criterion: str, *bounds: Bound, kinds: tuple[Kind, ...] = ()) -> Threshold:
    return Threshold(criterion, Level.I, bounds, Basis.COMPANY, "R7.2", kinds)


def _default(level: Level, criterion: str, *bounds: Bound) -> Threshold:
    return Threshold(criterion, level, bounds, Basis.DEFAULT, "R7.3")


def _source(level: Level, criterion: str, *bounds: Bound) -> Threshold:
    return Threshold(criterion, level, bounds, Basis.SOURCE, "R7.3")


def _counted(fact: FactName, unit: str) -> Callable[..., Bound]:
    def at_least(value: int | StrEnum, inclusive: bool = True) -> Bound:
        return _bound(fact, value, unit, inclusive)

    return at_least


_surrendering = _counted(FactName.PEOPLE_SURRENDERING, "people")
_surrendered = _counted(FactName.SURRENDER_AMOUNT_CNY, "yuan")
_same_product = _counted(FactName.SAME_PRODUCT_SURRENDERS, "policies")
_gathering = _counted(FactName.PEOPLE_GATHERING, "people")
_complaining = _counted(FactName.PEOPLE_COMPLAINING, "people")
_disputed = _counted(FactName.DISPUTED_CNY, "yuan")
_deaths = _counted(FactName.DEATHS, "people")
_serious = _counted(FactName.SERIOUSLY_INJURED, "people")
_injured = _counted(FactName.INJURED, "people")
_ill = _counted(FactName.TAKEN_ILL, "people")
_damaged = _counted(FactName.COUNTERS_DAMAGED, "counters")
_shut = _counted(FactName.COUNTERS_SHUT, "counters")
_shut_minutes = _counted(FactName.SHUT_MINUTES, "minutes")
_outage = _counted(FactName.OUTAGE_SCOPE, "scope")
_outage_minutes = _counted(FactName.OUTAGE_MINUTES, "minutes")
_crime = _counted(FactName.CRIME, "crime")
_loss = _counted(FactName.LOSS_CNY, "yuan")
_leaked = _counted(FactName.PEOPLE_LEAKED, "people")
_leaked_sensitive = _counted(FactName.PEOPLE_LEAKED_SENSITIVE, "people")
_media = _counted(FactName.MEDIA_REACH, "reach")
_waiting = _counted(FactName.PEOPLE_WAITING, "people")
_wait = _counted(FactName.WAIT_MINUTES, "minutes")

_II, _III, _IV = Level.II, Level.III, Level.IV

_ROWS = (
    _company("collective_surrender", _surrendering(100)),
    _default(_II, "collective_surrender", _surrendering(50)),
    _source(_III, "collective_surrender", _surrendering(30)),
    _default(_IV, "collective_surrender", _surrendering(10)),
    _source(_IV, "same_product_surrenders", _same_product(20, inclusive=False)),
    _company("abnormal_surrender", _surrendered(100_000_000, inclusive=False)),
    _default(_II, "abnormal_surrender", _surrendered(10_000_000)),
    _default(_III, "abnormal_surrender", _surrendered(1_000_000)),
    _default(_IV, "abnormal_surrender", _surrendered(200_000)),
    _company("gathering", _gathering(50)),
    _default(_II, "gathering", _gathering(30)),
    _default(_III, "gathering", _gathering(10)),
    _default(_IV, "gathering", _gathering(3)),
    _source(_III, "joint_complaint", _complaining(20)),
    _source(_III, "disputed_amount", _disputed(200_000)),
    _company("death", _deaths(1)),
    _default(_II, "serious_injury", _serious(1)),
    _default(_II, "injury", _injured(3)),
    _default(_III, "injury", _injured(1)),
    _default(_IV, "illness", _ill(1)),
    _company("counters_damaged", _damaged(2), kinds=(Kind.NATURAL_DISASTER,)),
    _default(_II, "counters_damaged", _damaged(1)),
    _source(_II, "counters_shut", _shut(2), _shut_minutes(120)),
    _source(_II, "counters_shut", _shut(1), _shut_minutes(240)),
    _default(_III, "counters_shut", _shut(1), _shut_minutes(60)),
    _default(_IV, "counters_shut", _shut(1), _shut_minutes(15)),
    _default(_II, "outage", _outage(OutageScope.PROVINCE), _outage_minutes(120)),
    _default(_II, "outage", _outage(OutageScope.CITY), _outage_minutes(240)),
    _default(_III, "outage", _outage(OutageScope.CITY), _outage_minutes(60)),
    _default(_III, "outage", _outage(OutageScope.COUNTER), _outage_minutes(240)),
    _default(_IV, "outage", _outage(OutageScope.COUNTER), _outage_minutes(30)),
    _default(_II, "crime", _crime(Crime.ROBBERY)),
    _default(_IV, "crime", _crime(Crime.ATTEMPTED)),
    _default(_II, "loss", _loss(1_000_000)),
    _default(_III, "loss", _loss(50_000)),
    _default(_II, "data_leak", _leaked(10_000)),
    _default(_III, "data_leak", _leaked(500)),
    _default(_IV, "data_leak", _leaked(1)),
    _default(_II, "sensitive_data_leak", _leaked_sensitive(1_000)),
    _default(_III, "sensitive_data_leak", _leaked_sensitive(50)),
    _default(_IV, "sensitive_data_leak", _leaked_sensitive(1)),
    _default(_II, "media", _media(MediaReach.PROVINCIAL_MEDIA)),
    _default(_III, "media", _media(MediaReach.CITY_MEDIA)),
    _default(_IV, "media", _media(MediaReach.LOCAL_POST)),
    _default(_IV, "crowd", _waiting(30, inclusive=False)),
    _default(_IV, "crowd_wait", _wait(45, inclusive=False)),
)

DEFAULT_THRESHOLDS = Thresholds(1, None, "default", _ROWS)


def adopt(current: Thresholds, proposed: Thresholds) -> Thresholds:
    """R7.2, R7.3: the proposed version, unless it is not newer or makes the company's own text laxer."""
    if proposed.version <= current.version:
        raise ThresholdsNotNewer(version=proposed.version, current=current.version)
    for row in DEFAULT_THRESHOLDS.rows:
        if row.basis is Basis.COMPANY and not any(_as_strict(candidate, row) for candidate in proposed.rows):
            raise CompanyTextLaxer(criterion=row.criterion, clause=row.clause)

    return proposed


def _as_strict(candidate: Threshold, text: Threshold) -> bool:
    """Whether the candidate row gives level I whenever the company's row does."""
    if candidate.level is not Level.I or (candidate.kinds and not set(text.kinds) <= set(candidate.kinds)):
        return False
    if candidate.kinds and not text.kinds:
        return False
    return all(
        any(bound.fact is limit.fact and bound.as_strict_as(limit) for limit in text.bounds)
        for bound in candidate.bounds
    )
