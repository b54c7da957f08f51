"""R7.2, R7.3: which level the known facts of an event give, and which clause decided."""

from collections.abc import Mapping
from decimal import Decimal

from attrs import frozen

from emergency.facts import FactName, Facts
from emergency.kinds import NEEDED, Kind
from emergency.levels import Level, gravest
from emergency.thresholds import Basis, Threshold, Thresholds

UNKNOWN_FACTS = "unknown_facts"
REPORTED = "reported"


@frozen
class Figure:
    """A fact as it stood against a bound: the value in words, the bound as number."""

    fact: FactName
    value: str
    bound: str
    inclusive: bool


@frozen
class Reason:
    """One ground of a level. `criterion` is a row of the table, or `unknown_facts`, or `reported`."""

    criterion: str
    level: Level
    clause: str
    basis: Basis
    figures: tuple[Figure, ...] = ()


@frozen
class Grading:
    """The answer: the level, the clause that decided, its reasons, and the needed facts that are unknown.

    `known_level` is what the known facts give by themselves; `version` is that of the table of thresholds.
    """

    level: Level
    clause: str
    reasons: tuple[Reason, ...]
    unknown: tuple[FactName, ...]
    known_level: Level
    version: int


def grade(kind: Kind, facts: Facts, thresholds: Thresholds) -> Grading:
    """R7.2, R7.3: the gravest row that the stated facts reach, at least IV.

    Needed facts that are unknown or missing raise it by one step in all, never above II: level I needs a stated
    fact, correlation or judgement.
    """
    known = facts.measures()
    matched = tuple(_reason(row, facts) for row in thresholds.rows if matches(row, kind, known))
    known_level = gravest(reason.level for reason in matched)
    unknown = facts.lacking(NEEDED[kind])
    level = known_level.one_step_graver(limit=Level.II) if unknown else known_level

    reasons = tuple(reason for reason in matched if reason.level is known_level) or (_reported(),)
    if level is not known_level:
        reasons = (Reason(UNKNOWN_FACTS, level, "R7.3", Basis.DEFAULT), *reasons)
    return Grading(level, reasons[0].clause, reasons, unknown, known_level, thresholds.version)


def matches(row: Threshold, kind: Kind, known: Mapping[FactName, Decimal]) -> bool:
    """Whether the row concerns the kind and the known figures reach every bound of it."""
    for bound in row.bounds:
        if bound.fact not in known or not bound.reached_by(known[bound.fact]):
            return False
    return row.concerns(kind)


def _reason(row: Threshold, facts: Facts) -> Reason:
    figures = tuple(
        Figure(bound.fact, facts.word(bound.fact), f"{bound.value}", bound.inclusive) for bound in row.bounds
    )
    return Reason(row.criterion, row.level, row.clause, row.basis, figures)


def _reported() -> Reason:
    return Reason(REPORTED, Level.IV, "R7.3", Basis.DEFAULT)
