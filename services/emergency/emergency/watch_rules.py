"""R7.3, R7.7: early-warning rules 预警规则: so many of a kind in a window of time and place suggest an incident.

Data with versions. What is counted are signals of branch systems, and real incidents; drills and false alarms never.
A window contains its start and not its end.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from attrs import frozen

from emergency.kinds import Kind
from emergency.levels import Level, Tier
from emergency.thresholds import Basis


class SignalKind(StrEnum):
    """What a branch system noticed: 退保、投诉、设备或系统故障、安全隐患."""

    SURRENDER = "surrender"
    COMPLAINT = "complaint"
    FAULT = "fault"
    HAZARD = "hazard"


class GroupBy(StrEnum):
    """What must be the same for things to be counted together."""

    PRODUCT = "product"
    CATEGORY = "category"
    KIND = "kind"


@frozen(kw_only=True)
class WatchRule:
    """`number` of one kind and one group within `hours` in one `area` suggest an incident.

    Either signals of the kind `signals` are counted, or incidents of the level `incidents`. `proposes` is the kind of
    the suggested incident, None where it is the kind that the counted incidents have.
    """

    id: str
    signals: SignalKind | None = None
    incidents: Level | None = None
    by: GroupBy
    area: Tier
    hours: int
    number: int
    proposes: Kind | None = None
    suggests: Level
    basis: Basis = Basis.DEFAULT

    @property
    def span(self) -> timedelta:
        """The length of the window."""
        return timedelta(hours=self.hours)


@frozen
class WatchRules:
    """One version of the rules."""

    version: int
    rules: tuple[WatchRule, ...]

    def of_signals(self, kind: SignalKind) -> tuple[WatchRule, ...]:
        """The rules that count signals of this kind."""
        return tuple(rule for rule in self.rules if rule.signals is kind)

    def of_incidents(self) -> tuple[WatchRule, ...]:
        """The rules that count incidents."""
        return tuple(rule for rule in self.rules if rule.incidents is not None)


@frozen
class Sighted:
    """One thing that counts: a signal, with how many it stands for, or an incident."""

    id: str
    unit: str
    at: datetime
    count: int = 1


#: Ours (D). More than 20 surrenders of one product in 3 days in one area are an emergency elsewhere (a published
#: source); the warning comes at 20. The others are proposals of ours.
DEFAULT_RULES = WatchRules(
    1,
    (
        WatchRule(
            id="same_product_surrenders",
            signals=SignalKind.SURRENDER,
            by=GroupBy.PRODUCT,
            area=Tier.CITY,
            hours=72,
            number=20,
            proposes=Kind.COLLECTIVE_SURRENDER,
            suggests=Level.IV,
        ),
        WatchRule(
            id="complaints_alike",
            signals=SignalKind.COMPLAINT,
            by=GroupBy.CATEGORY,
            area=Tier.COUNTER,
            hours=24,
            number=3,
            proposes=Kind.MAJOR_COMPLAINT,
            suggests=Level.IV,
        ),
        WatchRule(
            id="faults_alike",
            signals=SignalKind.FAULT,
            by=GroupBy.CATEGORY,
            area=Tier.CITY,
            hours=24,
            number=3,
            proposes=Kind.OUTAGE,
            suggests=Level.IV,
        ),
        WatchRule(
            id="hazards_alike",
            signals=SignalKind.HAZARD,
            by=GroupBy.CATEGORY,
            area=Tier.COUNTER,
            hours=168,
            number=3,
            proposes=Kind.OTHER,
            suggests=Level.IV,
        ),
        WatchRule(
            id="level_iv_alike",
            incidents=Level.IV,
            by=GroupBy.KIND,
            area=Tier.CITY,
            hours=168,
            number=3,
            suggests=Level.III,
        ),
    ),
)
