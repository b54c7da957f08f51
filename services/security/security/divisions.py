"""The provincial-level divisions of the country with their codes of GB/T 2260, and where the company has one
of its own: 31 divisions of the mainland and the five cities with independent planning status."""

from functools import cache
from typing import Literal, cast

from attrs import frozen

from security.tables import table

DivisionKind = Literal[
    "municipality",
    "province",
    "autonomous_region",
    "special_administrative_region",
    "independent_planning_city",
]


@frozen
class Division:
    """One division. `code` has six digits (`440000`); `company` says whether a provincial-level company is
    there."""

    code: str
    name_zh: str
    name_en: str
    kind: DivisionKind
    company: bool

    @property
    def unit(self) -> str:
        """The unit id of its company: two digits (`44`), four for a city with its own company (`4403`)."""
        return self.code[:4] if self.kind == "independent_planning_city" else self.code[:2]


@cache
def divisions() -> tuple[Division, ...]:
    """All 39, in the order of their codes."""
    return tuple(
        Division(
            code=row["code"],
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            kind=cast(DivisionKind, row["kind"]),
            company=row["company"] == "yes",
        )
        for row in table("divisions")
    )


def companies() -> tuple[Division, ...]:
    """The 36 that have a provincial-level company, in the order of their codes."""
    return tuple(division for division in divisions() if division.company)


@cache
def company_codes() -> dict[str, str]:
    """Code of GB/T 2260 by the unit id of the company that stands there: `44` -> `440000`."""
    return {division.unit: division.code for division in companies()}
