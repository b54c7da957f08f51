"""Where an event happened: its unit, the units above it, and which of them is told as what."""

from enum import StrEnum

from attrs import frozen

from emergency.levels import Tier


class Addressee(StrEnum):
    """R7.4: whom the centre reports to. The own company is the city's, or the province's where there is no city's."""

    OWN_COMPANY = "own_company"
    PROVINCE = "province"
    HEAD_OFFICE = "head_office"


@frozen(kw_only=True)
class Place:
    """A unit as the directory knew it at the time; `units` runs from the company's root down to the unit itself.

    `company` is the level of the own company, CITY or PROVINCE. Where `known` is false the unit is as the reporter
    gave it, and counter, city and province are None.
    """

    unit: str
    units: tuple[str, ...]
    counter: str | None = None
    city: str | None = None
    province: str | None = None
    company: Tier = Tier.CITY
    unit_known: bool = True

    def unit_of(self, addressee: Addressee) -> str | None:
        """R7.4: the unit that the addressee is here, None where it is not known.

        Where the own company is the province, the two addressees fall together in one unit.
        """
        if addressee is Addressee.HEAD_OFFICE:
            return self.units[0]
        if addressee is Addressee.PROVINCE or self.company is Tier.PROVINCE:
            return self.province
        return self.city


def unknown_place(unit: str, root: str) -> Place:
    """R7.4: a unit that no directory entry is known of yet: the company's root, and the id as given."""
    return Place(unit=unit, units=(root, unit), unit_known=False)
