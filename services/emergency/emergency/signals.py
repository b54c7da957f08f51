"""R7.7: a signal 信号: what a branch system noticed at a counter, in codes and numbers; kept as it came."""

from datetime import datetime

from attrs import frozen

from emergency.authority import Action, Actor, require
from emergency.levels import Level
from emergency.opening import not_later
from emergency.watch_refusals import NotACounter
from emergency.watch_rules import GroupBy, Sighted, SignalKind


@frozen(kw_only=True)
class Signal:
    """`count` things of one kind at the counter `units` ends in. `product` and `category` are codes, never words."""

    id: str
    kind: SignalKind
    units: tuple[str, ...]
    occurred_at: datetime
    count: int
    product: str | None
    category: str | None
    received_at: datetime
    reporter: str

    def group(self, by: GroupBy) -> str | None:
        """What it is counted together with others by; None where it does not say."""
        return self.product if by is GroupBy.PRODUCT else self.category if by is GroupBy.CATEGORY else self.kind

    @property
    def sighted(self) -> Sighted:
        """The signal as the rules count it."""
        return Sighted(f"signal:{self.id}", self.units[-1], self.occurred_at, self.count)


@frozen(kw_only=True)
class SignalReport:
    """What a branch system says; `unit_kind` is what the directory knows of the unit."""

    kind: SignalKind
    units: tuple[str, ...]
    unit_kind: str
    occurred_at: datetime
    count: int
    product: str | None
    category: str | None


def take(told: SignalReport, *, id: str, reporter: Actor, at: datetime) -> Signal:
    """R7.7: the signal is kept. Refused: who is no system with the grant, what is no counter, a time to come."""
    require(reporter, Action.REPORT_SIGNAL, Level.IV)
    if told.unit_kind != "counter":
        raise NotACounter(unit=told.units[-1], pointer="/body/counter")

    return Signal(
        id=id,
        kind=told.kind,
        units=told.units,
        occurred_at=not_later(told.occurred_at, "occurred_at", at) or at,
        count=told.count,
        product=told.product,
        category=told.category,
        received_at=at,
        reporter=reporter.id,
    )
