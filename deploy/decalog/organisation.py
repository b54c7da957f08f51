"""An example organisation: real provincial companies, and under them cities, counters and people that are
invented.

The same size, seed and day give the same organisation, as the two sheets that the security service imports.
Names of cities and counters say that they are examples; a person is an id (`P440100017`), never a name.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from io import StringIO
from itertools import product
from pathlib import Path
from random import Random

from attrs import evolve, frozen

from security.divisions import Division, companies, divisions

HEAD_OFFICE = "HQ"
UNIT_COLUMNS = ("id", "kind", "name", "parent")
HOLDER_COLUMNS = ("person", "post", "unit", "kind", "from", "to")
ROOM = 98  # two digits, without the one that is a company of its own
DIGITS = "零一二三四五六七八九"

STAFF = {
    "head_office": (
        ("ho_business_management_head", "holder"),
        ("ho_business_management_head", "deputy"),
        ("ho_customer_service_head", "holder"),
        ("ho_customer_service_head", "deputy"),
        ("duty_officer", "holder"),
        ("duty_officer", "holder"),
        ("aml_officer", "holder"),
        ("auditor", "holder"),
        ("it_permission_admin", "holder"),
    ),
    "province": (
        ("company_leader", "holder"),
        ("province_ops_head", "holder"),
        ("province_ops_head", "deputy"),
        ("general_affairs", "holder"),
        ("sales", "holder"),
        ("aml_officer", "holder"),
        ("it_permission_admin", "holder"),
    ),
    "city": (
        ("company_leader", "holder"),
        ("company_leader", "deputy"),
        ("centre_manager", "holder"),
        ("centre_manager", "deputy"),
        ("city_reviewer", "holder"),
        ("general_affairs", "holder"),
        ("sales", "holder"),
    ),
    "counter": (
        ("counter_supervisor", "holder"),
        ("guide", "holder"),
        ("elite_marketer", "holder"),
    ),
}
"""Who holds what at each kind of unit, each a person of their own; a counter's tellers come on top."""

TELLERS = (2, 6)
TELLERS_BESIDES = (("counter_supervisor", "deputy"), ("seal_keeper", "holder"))
GUIDE_BESIDES = (("device_keeper", "holder"), ("information_officer", "holder"))
"""What a counter's first and second teller hold besides, and its guide."""


@frozen
class Size:
    """How much to make: cities and counters in all, over the companies `under` (unit ids; empty: all)."""

    cities: int
    counters: int
    under: tuple[str, ...] = ()


FULL = Size(cities=350, counters=3_000)
DEMO = Size(cities=2, counters=6, under=("33", "44"))


@frozen
class UnitLine:
    """One line of the sheet of units."""

    id: str
    kind: str
    name: str
    parent: str


@frozen
class HolderLine:
    """One line of the sheet of holders, without an end."""

    person: str
    post: str
    unit: str
    kind: str


@frozen
class Organisation:
    """The example: parents stand before their children; everybody holds their posts from `since`."""

    units: tuple[UnitLine, ...]
    holders: tuple[HolderLine, ...]
    since: date


def organisation(size: Size, *, seed: int, since: date) -> Organisation:
    """Head office, all 36 provincial companies, and cities and counters to the size.

    Each of the companies has cities as even as it goes, each city counters likewise, and which have one more
    is the seed's choice, as is the number of tellers. More than 98 of them to a place, or any
    to no place, is a ValueError.
    """
    random = Random(seed)  # noqa: S311 (an example is to be repeatable, not secret)
    under = [division for division in companies() if not size.under or division.unit in size.under]
    cities = list(_cities(under, _spread(size.cities, len(under), random)))
    counters = list(_counters(cities, _spread(size.counters, len(cities), random)))
    units = (UnitLine(HEAD_OFFICE, "head_office", "总公司", ""), *_provinces(), *cities, *counters)
    return Organisation(units, tuple(_holders(units, random)), since)


def units_sheet(example: Organisation) -> str:
    """The sheet of units: `id,kind,name,parent`."""
    return _sheet(UNIT_COLUMNS, ((unit.id, unit.kind, unit.name, unit.parent) for unit in example.units))


def holders_sheet(example: Organisation) -> str:
    """The sheet of holders: `person,post,unit,kind,from,to`."""
    since = example.since.isoformat()
    return _sheet(
        HOLDER_COLUMNS,
        ((line.person, line.post, line.unit, line.kind, since, "") for line in example.holders),
    )


def write(example: Organisation, folder: Path) -> tuple[Path, Path]:
    """Write `units.csv` and `holders.csv` (UTF-8) into the folder, which is made if need be; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    units, holders = folder / "units.csv", folder / "holders.csv"
    units.write_text(units_sheet(example), encoding="utf-8", newline="")
    holders.write_text(holders_sheet(example), encoding="utf-8", newline="")
    return units, holders


def _provinces() -> Iterator[UnitLine]:
    for division in companies():
        yield UnitLine(division.unit, "province", f"{division.name_zh}分公司", HEAD_OFFICE)


def _cities(under: Sequence[Division], numbers: Sequence[int]) -> Iterator[UnitLine]:
    """Ids go on from the company's: `4401`. One that is a company of its own (`4403`) is passed over."""
    taken = {division.unit for division in divisions()}
    for division, number in zip(under, numbers, strict=True):
        ids = [f"{division.unit}{city:02}" for city in range(1, 100)]
        free = [city for city in ids if city not in taken]
        for nth, city in enumerate(free[:number], start=1):
            name = f"{division.name_zh}示例{_numeral(nth)}市分公司"
            yield UnitLine(city, "city", name, division.unit)


def _counters(cities: Sequence[UnitLine], numbers: Sequence[int]) -> Iterator[UnitLine]:
    for city, number in zip(cities, numbers, strict=True):
        place = city.name.removesuffix("分公司")
        for nth in range(1, number + 1):
            yield UnitLine(f"{city.id}{nth:03}", "counter", f"{place}第{_numeral(nth)}示例柜面", city.id)


def _holders(units: Iterable[UnitLine], random: Random) -> Iterator[HolderLine]:
    """Persons are numbered within their city, or within the company or head office where there is none."""
    last: Counter[str] = Counter()
    for unit in units:
        home = unit.parent if unit.kind == "counter" else unit.id
        lines = []
        for post, kind in (*STAFF[unit.kind], *_tellers(unit, random)):
            last[home] += 1
            lines.append(HolderLine(_person(home, last[home]), post, unit.id, kind))
        yield from lines
        yield from _besides(lines)


def _person(home: str, number: int) -> str:
    """`P440100017` is the seventeenth in city `4401`, `P440000002` the second in the company `44`."""
    place = "0000" if home == HEAD_OFFICE else home.ljust(4, "0")
    return f"P{place}{number:05}"


def _tellers(unit: UnitLine, random: Random) -> list[tuple[str, str]]:
    return [("teller", "holder")] * random.randint(*TELLERS) if unit.kind == "counter" else []


def _besides(lines: Sequence[HolderLine]) -> Iterator[HolderLine]:
    """What the guide and the tellers among these hold besides."""
    tellers = [line for line in lines if line.post == "teller"]
    guides = [line for line in lines if line.post == "guide"]
    for teller, (post, kind) in zip(tellers, TELLERS_BESIDES, strict=False):
        yield evolve(teller, post=post, kind=kind)
    for guide, (post, kind) in product(guides, GUIDE_BESIDES):
        yield evolve(guide, post=post, kind=kind)


def _spread(total: int, places: int, random: Random) -> list[int]:
    """The total as even as it goes over the places; which get one more is drawn."""
    if total > places * ROOM:
        raise ValueError(f"no room for {total} in {places} places of {ROOM}")

    each, more = divmod(total, places or 1)
    lucky = set(random.sample(range(places), more))
    return [each + (place in lucky) for place in range(places)]


def _numeral(number: int) -> str:
    """1 to 99 in Chinese numerals: 一, 十, 十二, 三十, 三十四."""
    tens, ones = divmod(number, 10)
    if not tens:
        return DIGITS[ones]

    return ("" if tens == 1 else DIGITS[tens]) + "十" + (DIGITS[ones] if ones else "")


def _sheet(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    out = StringIO(newline="")
    sheet = csv.writer(out, lineterminator="\n")
    sheet.writerow(columns)
    sheet.writerows(lines)
    return out.getvalue()
