"""R7.3: several reports that together reach a threshold: windows, areas, and what is never summed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from emergency.correlation import NAMED, SIGHTED, Picture, Sighting, forget, observe, picture_key, raised
from emergency.facts import Facts
from emergency.kinds import Kind
from emergency.levels import Level
from emergency.thresholds import DEFAULT_THRESHOLDS
from services.emergency.tests.scenes import NINE

HOUR = timedelta(hours=1)
TICK = timedelta(milliseconds=1)


def seen(incident, *, after=timedelta(0), city="c4401", unit=None, level=Level.IV, facts_at=None, **facts):
    at = NINE + after
    return Sighting(
        incident=incident,
        unit=unit or f"counter-of-{incident}",
        city=city,
        at=at,
        level=level,
        facts=Facts(**facts),
        facts_at=facts_at or at,
    )


def watched(*sightings, kind=Kind.COLLECTIVE_SURRENDER):
    """The raises that the last sighting led to, as incident -> level."""
    picture, found = Picture(kind, False, "p44"), ()
    for sighting in sightings:
        picture, found = observe(picture, sighting, DEFAULT_THRESHOLDS)
    return {each.incident: each.level for each in found}


def ever_raised(*sightings, kind=Kind.COLLECTIVE_SURRENDER):
    """The raises that all of them led to, the last word on each incident."""
    picture, levels = Picture(kind, False, "p44"), {}
    for sighting in sightings:
        picture, found = observe(picture, sighting, DEFAULT_THRESHOLDS)
        levels |= {each.incident: each.level for each in found}
    return levels


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize(
    ("second", "expected"), [(9, {}), (10, {"A": "III", "B": "III"}), (30, {"A": "II", "B": "II"})]
)
def test_people_of_two_reports_in_one_city_are_summed(second, expected):
    assert watched(seen("A", people_surrendering=20), seen("B", people_surrendering=second)) == expected


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize(("second", "expected"), [(49, "II"), (50, "I")])
def test_reports_that_together_reach_a_hundred_people_are_all_level_one(second, expected):
    found = watched(seen("A", people_surrendering=50), seen("B", people_surrendering=second))

    assert found == {"A": expected, "B": expected}


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize(("second", "expected"), [("0.00", {}), ("0.01", {"A": "I", "B": "I"})])
def test_summed_money_must_exceed_a_hundred_million_too(second, expected):
    found = watched(
        seen("A", surrender_amount_cny=Decimal(60_000_000), level=Level.II),
        seen("B", surrender_amount_cny=Decimal(40_000_000) + Decimal(second), level=Level.II),
        kind=Kind.ABNORMAL_SURRENDER,
    )

    assert found == expected


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize(("apart", "joined"), [(24 * HOUR - TICK, True), (24 * HOUR, False), (24 * HOUR + TICK, False)])
def test_the_window_of_people_is_closed_at_its_start_and_open_after_a_day(apart, joined):
    found = watched(seen("A", people_surrendering=60), seen("B", people_surrendering=60, after=apart))

    assert bool(found) is joined


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize(("apart", "joined"), [(72 * HOUR - TICK, True), (72 * HOUR, False)])
def test_the_window_of_counters_is_closed_at_its_start_and_open_after_three_days(apart, joined):
    found = watched(
        seen("A", counters_damaged=1, level=Level.II),
        seen("B", counters_damaged=1, level=Level.II, after=apart, city="c4402"),
        kind=Kind.NATURAL_DISASTER,
    )

    assert found == ({"A": "I", "B": "I"} if joined else {})


@pytest.mark.clause("R7.3")
def test_people_of_two_cities_are_not_summed_and_counters_of_two_cities_are():
    people = watched(seen("A", people_surrendering=60), seen("B", people_surrendering=60, city="c4402"))
    counters = watched(
        seen("A", counters_shut=1, shut_minutes=120),
        seen("B", counters_shut=1, shut_minutes=120, city="c4402"),
        kind=Kind.FIRE,
    )

    assert people == {}
    assert counters == {"A": "II", "B": "II"}


@pytest.mark.clause("R7.3")
def test_a_counter_shut_too_briefly_does_not_count_among_the_counters_shut():
    found = watched(
        seen("A", counters_shut=1, shut_minutes=120), seen("B", counters_shut=1, shut_minutes=119), kind=Kind.FIRE
    )

    assert found == {"A": "III", "B": "III"}


@pytest.mark.clause("R7.3")
def test_one_counter_reported_twice_is_one_counter():
    found = watched(
        seen("A", counters_damaged=1, unit="4401003", level=Level.II),
        seen("B", counters_damaged=1, unit="4401003", level=Level.II),
        kind=Kind.NATURAL_DISASTER,
    )

    assert found == {}


@pytest.mark.clause("R7.3")
def test_a_gathering_is_summed_over_counters_here_though_counted_at_one_in_the_text():
    found = watched(seen("A", people_gathering=25), seen("B", people_gathering=25), kind=Kind.GATHERING)

    assert found == {"A": "I", "B": "I"}


@pytest.mark.clause("R7.3")
def test_a_report_counts_once_with_its_latest_figures():
    picture = Picture(Kind.COLLECTIVE_SURRENDER, False, "p44")
    for people in (60, 60, 20):
        picture, _ = observe(picture, seen("A", people_surrendering=people), DEFAULT_THRESHOLDS)
    picture, found = observe(picture, seen("B", people_surrendering=20), DEFAULT_THRESHOLDS)

    assert len(picture.sightings) == 2
    assert {each.total for each in found} == {"40"}


@pytest.mark.clause("R7.3")
def test_one_report_alone_is_not_a_correlation():
    assert watched(seen("A", people_surrendering=500)) == {}


@pytest.mark.clause("R7.3")
def test_the_answer_names_the_clause_the_criterion_and_the_reports_taken_together():
    picture, _ = observe(
        Picture(Kind.COLLECTIVE_SURRENDER, False, "p44"), seen("A", people_surrendering=60), DEFAULT_THRESHOLDS
    )
    _, found = observe(picture, seen("B", people_surrendering=45), DEFAULT_THRESHOLDS)

    assert [(each.clause, each.criterion, each.total, each.incidents) for each in found] == [
        ("R7.3", "collective_surrender", "105", ("A", "B"))
    ] * 2


@pytest.mark.clause("R7.3")
def test_drills_and_real_events_have_pictures_of_their_own():
    assert picture_key(Kind.FIRE, True, "p44") != picture_key(Kind.FIRE, False, "p44")


@pytest.mark.clause("R7.3")
def test_a_false_alarm_is_forgotten():
    picture, _ = observe(
        Picture(Kind.COLLECTIVE_SURRENDER, False, "p44"), seen("A", people_surrendering=60), DEFAULT_THRESHOLDS
    )
    _, found = observe(forget(picture, "A"), seen("B", people_surrendering=60), DEFAULT_THRESHOLDS)

    assert found == ()


@pytest.mark.clause("R7.3")
def test_a_report_that_arrives_late_still_finds_the_earlier_ones():
    found = watched(
        seen("B", people_surrendering=60, after=20 * HOUR), seen("A", people_surrendering=60, after=timedelta(0))
    )

    assert found == {"A": "I", "B": "I"}


@pytest.mark.clause("R7.3")
def test_what_left_every_window_is_dropped():
    picture = Picture(Kind.COLLECTIVE_SURRENDER, False, "p44")
    for day in range(100):
        picture, _ = observe(picture, seen(f"D{day}", after=day * 24 * HOUR), DEFAULT_THRESHOLDS)

    assert len(picture.sightings) == 4


@pytest.mark.clause("R7.3")
def test_lowered_incidents_rise_again_only_on_newer_figures():
    lowered = evolve(seen("A", people_surrendering=60, level=Level.III), lowered_at=NINE + HOUR)
    old = seen("B", people_surrendering=60, level=Level.I)
    newer = evolve(old, facts_at=NINE + HOUR + TICK)

    assert watched(old, lowered) == {}
    assert watched(newer, lowered) == {"A": "I"}


@pytest.mark.clause("R7.3")
@given(
    st.lists(
        st.tuples(st.integers(0, 100), st.sampled_from(["c4401", "c4402"]), st.integers(0, 60)), min_size=1, max_size=8
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_in_which_reports_arrive_does_not_change_who_is_raised(reports, random):
    sightings = [
        seen(f"E{n}", after=hours * HOUR / 2, city=city, people_surrendering=people)
        for n, (hours, city, people) in enumerate(reports)
    ]
    shuffled = random.sample(sightings, len(sightings))

    assert ever_raised(*sightings) == ever_raised(*shuffled)


@pytest.mark.clause("R7.3")
def test_each_is_announced_once_for_a_level_and_again_when_it_is_sighted_unraised():
    first, second, third = (seen(name, people_surrendering=30) for name in "ABC")

    picture, found = observe(Picture(Kind.COLLECTIVE_SURRENDER, False, "p44"), first, DEFAULT_THRESHOLDS)
    picture, found = observe(picture, second, DEFAULT_THRESHOLDS)
    assert [each.incident for each in found] == ["A", "B"]
    picture, found = observe(picture, third, DEFAULT_THRESHOLDS)
    assert [each.incident for each in found] == ["C"]
    assert [each.incident for each in observe(picture, second, DEFAULT_THRESHOLDS)[1]] == ["B"]


@pytest.mark.clause("R7.3")
def test_a_picture_holds_the_newest_incidents_and_names_a_few_of_a_large_window():
    sightings = [seen(f"E{n:03}", after=n * TICK, people_surrendering=1) for n in range(SIGHTED + 50)]
    picture = Picture(Kind.COLLECTIVE_SURRENDER, False, "p44")

    for sighting in sightings[:-1]:
        picture = evolve(picture, sightings=(*picture.sightings, sighting))
    picture, found = observe(picture, sightings[-1], DEFAULT_THRESHOLDS)

    assert [each.incident for each in picture.sightings] == [each.incident for each in sightings[50:]]
    assert {each.level for each in found} == {"I"}
    assert all(len(each.incidents) == NAMED and each.incident in each.incidents for each in found)
    assert len(found) == SIGHTED


@pytest.mark.clause("R7.3")
def test_once_raised_nobody_is_raised_again():
    sightings = (seen("A", people_surrendering=60, level=Level.I), seen("B", people_surrendering=60, level=Level.I))

    assert raised(Picture(Kind.COLLECTIVE_SURRENDER, False, "p44", sightings), DEFAULT_THRESHOLDS) == ()
