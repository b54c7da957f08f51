"""The notifier's copy of the directory, as far as it files things: the units above a unit."""

from attrs import frozen

ROOT = "HQ"


@frozen
class UnitCopy:
    """A unit as security stated it; `units` are the ids from the root down to itself."""

    id: str
    units: tuple[str, ...]


def filing(unit: str, copy: UnitCopy | None) -> tuple[str, ...]:
    """The units under which what belongs to this unit is filed; right below the root while no copy is here of it."""
    if copy is not None:
        return copy.units
    return (ROOT,) if unit == ROOT else (ROOT, unit)
