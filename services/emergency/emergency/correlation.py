"""R7.3: several reports that together reach a threshold raise each other's level.

Reports of one kind, one drill flag and one province make a picture. People and money are summed over 24 hours in one
city; counters are counted over 72 hours in the province, one counter once. A window is closed at its start and open
at its end. An incident counts once, with its latest figures. All is arithmetic on what the picture holds.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate

from attrs import evolve, frozen

from emergency.facts import FactName, Facts
from emergency.kinds import Kind
from emergency.levels import Level
from emergency.thresholds import Threshold, Thresholds

#: How long after the longest window a late report still finds the earlier ones.
LATENESS = timedelta(hours=24)

#: How many incidents a picture holds, the newest: more than a province has counters.
SIGHTED = 400

#: How many incidents of a window are named: a correlation of hundreds is told in messages that stay small.
NAMED = 20

SUMMED_IN_CITY = (
    FactName.PEOPLE_SURRENDERING,
    FactName.SURRENDER_AMOUNT_CNY,
    FactName.PEOPLE_GATHERING,
    FactName.PEOPLE_COMPLAINING,
    FactName.DISPUTED_CNY,
    FactName.LOSS_CNY,
)
COUNTED_IN_PROVINCE = (FactName.COUNTERS_DAMAGED, FactName.COUNTERS_SHUT)


@frozen(kw_only=True)
class Sighting:
    """One incident as correlation sees it. `at` is when it happened (when it was reported, if that is unknown).

    `facts_at` is when its figures last changed. Once lowered by authority, it is raised again only by a window in
    which some figure is newer than `lowered_at`.
    """

    incident: str
    unit: str
    city: str | None
    at: datetime
    level: Level
    facts: Facts
    facts_at: datetime
    lowered_at: datetime | None = None


@frozen
class Picture:
    """The recent incidents of one kind, drill flag and province.

    Bounded: what left every window is dropped, and of the rest the newest `SIGHTED` are kept. An incident that was
    announced to be raised stands here with that level.
    """

    kind: Kind
    drill: bool
    province: str
    sightings: tuple[Sighting, ...] = ()


@frozen
class Correlated:
    """An incident must be raised to `level`, because these incidents together reach a row of the table.

    `incidents` names at most `NAMED` of them, the incident itself among them.
    """

    incident: str
    level: Level
    clause: str
    criterion: str
    fact: FactName
    total: str
    incidents: tuple[str, ...]


def picture_key(kind: Kind, drill: bool, province: str) -> str:
    """R7.3: the readable key of a picture: drills and real events are never in one."""
    return f"{kind}:{'drill' if drill else 'real'}:{province}"


def observe(picture: Picture, sighting: Sighting, thresholds: Thresholds) -> tuple[Picture, tuple[Correlated, ...]]:
    """R7.3: the picture with the incident's latest figures, and the incidents that must be raised to which level.

    Each is announced once: it is kept with the level that it was announced for, until it is sighted again.
    """
    others = forget(picture, sighting.incident).sightings
    newest = max((sighting.at, *(each.at for each in others)))
    longest = timedelta(hours=max(thresholds.people_and_money_hours, thresholds.counters_hours))
    kept = tuple(each for each in others if newest - each.at < longest + LATENESS)
    newest_last = sorted((*kept, sighting), key=lambda each: (each.at, each.incident))
    seen = evolve(picture, sightings=tuple(newest_last[-SIGHTED:]))

    found = raised(seen, thresholds)
    levels = {each.incident: each.level for each in found}
    announced = tuple(evolve(each, level=levels.get(each.incident, each.level)) for each in seen.sightings)
    return evolve(seen, sightings=announced), found


def forget(picture: Picture, incident: str) -> Picture:
    """R7.3: the picture without an incident: a false alarm, or one whose unit turned out to be elsewhere."""
    return evolve(picture, sightings=tuple(each for each in picture.sightings if each.incident != incident))


def raised(picture: Picture, thresholds: Thresholds) -> tuple[Correlated, ...]:
    """R7.3: for each incident of the picture the gravest level that a window gives it, where graver than its own."""
    gravest: dict[str, Correlated] = {}
    for row in thresholds.rows:
        for correlated in _of_row(picture, row, thresholds):
            known = gravest.get(correlated.incident)
            if known is None or correlated.level.graver_than(known.level):
                gravest[correlated.incident] = correlated
    return tuple(gravest.values())


def _of_row(picture: Picture, row: Threshold, thresholds: Thresholds) -> Iterable[Correlated]:
    facts = [bound.fact for bound in row.bounds]
    if not row.concerns(picture.kind):
        return
    for fact in facts:
        if fact in SUMMED_IN_CITY:
            hours, areas = thresholds.people_and_money_hours, _by_city(picture.sightings)
        elif fact in COUNTED_IN_PROVINCE:
            hours, areas = thresholds.counters_hours, [picture.sightings]
        else:
            continue
        for area in areas:
            yield from _of_area(area, row, fact, timedelta(hours=hours))


def _by_city(sightings: Sequence[Sighting]) -> list[tuple[Sighting, ...]]:
    cities = sorted({each.city for each in sightings if each.city is not None})
    return [tuple(each for each in sightings if each.city == city) for city in cities]


def _of_area(sightings: Sequence[Sighting], row: Threshold, fact: FactName, span: timedelta) -> Iterable[Correlated]:
    """Every window that begins with an incident: who of it must rise, each once, and what they come to together."""
    bound = next(bound for bound in row.bounds if bound.fact is fact)
    counted = [each for each in sightings if _contributes(each, row, fact)]
    waiting = {each.incident for each in counted if row.level.graver_than(each.level)}
    for window, total in _windows(counted, fact, span) if waiting else ():
        if bound.reached_by(total):
            for each in window:
                if each.incident in waiting and _is_news(each, window):
                    waiting.remove(each.incident)
                    together = _named(each, window)
                    yield Correlated(each.incident, row.level, "R7.3", row.criterion, fact, f"{total}", together)


def _windows(
    sightings: Sequence[Sighting], fact: FactName, span: timedelta
) -> Iterable[tuple[Sequence[Sighting], Decimal]]:
    """Each window that begins with one of these, which stand in order of time, and holds another one; and its total."""
    figures = [each.facts.measure(fact) or Decimal(0) for each in sightings]
    sums = [Decimal(0), *accumulate(figures)]
    end = 0
    for start, first in enumerate(sightings):
        while end < len(sightings) and sightings[end].at - first.at < span:
            end += 1
        if end - start > 1:
            window = sightings[start:end]
            counters = fact in COUNTED_IN_PROVINCE
            yield window, _counters(window, figures[start:end]) if counters else sums[end] - sums[start]


def _named(sighting: Sighting, window: Sequence[Sighting]) -> tuple[str, ...]:
    """The incident and its neighbours in the window, in order of time, as many as are named."""
    place = window.index(sighting)
    start = max(0, min(place - NAMED // 2, len(window) - NAMED))
    return tuple(each.incident for each in window[start : start + NAMED])


def _is_news(sighting: Sighting, window: Sequence[Sighting]) -> bool:
    """Whether the window holds a figure that was not there yet when the incident was lowered."""
    lowered_at = sighting.lowered_at
    return lowered_at is None or any(each.facts_at > lowered_at for each in window)


def _contributes(sighting: Sighting, row: Threshold, fact: FactName) -> bool:
    """Whether the incident states a figure to count, and reaches the row's other bounds by itself."""
    rest = (bound for bound in row.bounds if bound.fact is not fact)
    return bool(sighting.facts.measure(fact)) and all(
        bound.reached_by(sighting.facts.measure(bound.fact)) for bound in rest
    )


def _counters(window: Sequence[Sighting], figures: Sequence[Decimal]) -> Decimal:
    """Counters once for each unit, with the unit's largest figure."""
    by_unit: dict[str, Decimal] = {}
    for sighting, figure in zip(window, figures, strict=True):
        by_unit[sighting.unit] = max(by_unit.get(sighting.unit, Decimal(0)), figure)
    return sum(by_unit.values(), Decimal(0))
