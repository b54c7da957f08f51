"""R7.2, R7.3: versions of the table: free for levels II to IV, never laxer than the company's own text."""

from decimal import Decimal

import pytest
from attrs import evolve

from emergency.facts import FactName
from emergency.kinds import Kind
from emergency.levels import Level
from emergency.refusals import CompanyTextLaxer, ThresholdsNotNewer
from emergency.thresholds import DEFAULT_THRESHOLDS, Bound, adopt


def revised(change):
    rows = tuple(filter(None, (change(row) for row in DEFAULT_THRESHOLDS.rows)))
    return evolve(DEFAULT_THRESHOLDS, version=2, rows=rows, approved_by="head-office")


def of_level_one(criterion, *bounds):
    def change(row):
        mine = row.level is Level.I and row.criterion == criterion
        return evolve(row, bounds=bounds) if mine else row

    return revised(change)


@pytest.mark.clause("R7.3")
def test_head_office_may_change_the_rows_of_levels_two_to_four():
    changed = revised(lambda row: row if row.level is Level.I else None)

    assert adopt(DEFAULT_THRESHOLDS, changed) is changed


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize("version", [0, 1])
def test_an_old_version_does_not_replace_a_newer_one(version):
    with pytest.raises(ThresholdsNotNewer):
        adopt(DEFAULT_THRESHOLDS, evolve(DEFAULT_THRESHOLDS, version=version))


@pytest.mark.clause("R7.2")
@pytest.mark.parametrize("people", [99, 100])
def test_the_companys_text_may_be_made_stricter(people):
    stricter = of_level_one("collective_surrender", Bound(FactName.PEOPLE_SURRENDERING, Decimal(people), "people"))

    assert adopt(DEFAULT_THRESHOLDS, stricter) is stricter


@pytest.mark.clause("R7.2")
@pytest.mark.parametrize(
    ("criterion", "bound"),
    [
        ("collective_surrender", Bound(FactName.PEOPLE_SURRENDERING, Decimal(101), "people")),
        ("collective_surrender", Bound(FactName.PEOPLE_SURRENDERING, Decimal(100), "people", inclusive=False)),
        ("gathering", Bound(FactName.PEOPLE_GATHERING, Decimal(51), "people")),
        ("gathering", Bound(FactName.DEATHS, Decimal(1), "people")),
        ("abnormal_surrender", Bound(FactName.SURRENDER_AMOUNT_CNY, Decimal("100000000.01"), "yuan")),
    ],
)
def test_the_companys_text_is_never_made_laxer(criterion, bound):
    with pytest.raises(CompanyTextLaxer):
        adopt(DEFAULT_THRESHOLDS, of_level_one(criterion, bound))


@pytest.mark.clause("R7.2")
def test_a_second_condition_or_a_narrower_kind_makes_the_text_laxer():
    deaths = Bound(FactName.DEATHS, Decimal(1), "people")
    injured = Bound(FactName.INJURED, Decimal(1), "people")

    with pytest.raises(CompanyTextLaxer):
        adopt(DEFAULT_THRESHOLDS, of_level_one("death", deaths, injured))
    with pytest.raises(CompanyTextLaxer):
        adopt(
            DEFAULT_THRESHOLDS,
            revised(lambda row: evolve(row, kinds=(Kind.FIRE,)) if row.criterion == "death" else row),
        )


@pytest.mark.clause("R7.2")
def test_a_row_of_the_text_cannot_be_left_out():
    with pytest.raises(CompanyTextLaxer):
        adopt(DEFAULT_THRESHOLDS, revised(lambda row: None if row.criterion == "death" else row))


@pytest.mark.clause("R7.2")
def test_several_counters_may_count_for_more_kinds_than_natural_disasters():
    wider = revised(lambda row: evolve(row, kinds=(*row.kinds, Kind.FIRE)) if row.kinds else row)

    assert adopt(DEFAULT_THRESHOLDS, wider) is wider
