"""The four levels of an incident, and the four levels of the organisation."""

from collections.abc import Iterable
from enum import StrEnum


class Level(StrEnum):
    """Level of an incident, I 特大 the gravest, IV 一般 the least; the value is the name on the wire."""

    I = "I"  # noqa: E741 - the company's own name of the level
    II = "II"
    III = "III"
    IV = "IV"

    @property
    def severity(self) -> int:
        """4 for level I down to 1 for level IV: for comparing, never shown."""
        return _SEVERITY[self]

    def graver_than(self, other: "Level") -> bool:
        """Whether this level is strictly graver than the other."""
        return self.severity > other.severity

    def covers(self, other: "Level") -> bool:
        """Whether authority up to this level reaches incidents of the other level."""
        return self.severity >= other.severity

    def one_step_graver(self, *, limit: "Level") -> "Level":
        """The next graver level, but never graver than `limit`; a level already at or beyond it stays."""
        if self.covers(limit):
            return self
        return _BY_SEVERITY[self.severity + 1]


_BY_SEVERITY = {4: Level.I, 3: Level.II, 2: Level.III, 1: Level.IV}
_SEVERITY = {level: severity for severity, level in _BY_SEVERITY.items()}


def gravest(levels: Iterable[Level]) -> Level:
    """The gravest of the levels, IV where there is none: what is reported is at least level IV."""
    return max(levels, key=lambda level: level.severity, default=Level.IV)


class Tier(StrEnum):
    """Level of the organisation."""

    COUNTER = "counter"
    CITY = "city"
    PROVINCE = "province"
    HEAD_OFFICE = "head_office"

    @property
    def height(self) -> int:
        """0 for a counter up to 3 for head office."""
        return _HEIGHT[self]


_HEIGHT = {tier: height for height, tier in enumerate(Tier)}
