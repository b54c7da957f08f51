"""Several reports that together reach a threshold raise each other, in whatever order their events arrive."""

import random
import threading
from datetime import timedelta
from itertools import permutations

import bson
import pytest

from emergency.correlation import NAMED, SIGHTED
from emergency.service import Emergency
from services.emergency.tests.component.office import (
    CCMS,
    CCMS_33,
    COUNTER,
    ELSEWHERE,
    HO_REVIEWER,
    NINE,
    OTHER_CITYS,
    SIBLING,
    adds,
    arrives,
    does,
    gathering,
    report,
    rows,
    shown,
)

pytestmark = pytest.mark.live

PICTURE = "gathering:real:44"


def two_gatherings(house, **second):
    """Thirty people at each of two counters of one city, reported and not heard of yet."""
    first = report(house, facts={"people_gathering": 30})
    return first, report(house, key="k2", unit=SIBLING, **{"facts": {"people_gathering": 30}, **second})


def levels(house, *incidents):
    return [shown(house, incident)["level"] for incident in incidents]


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_reports_that_together_reach_a_threshold_are_both_raised_whatever_the_order_of_events(house, order):
    incidents = two_gatherings(house)
    events = [one for one in house.unheard() if "incident_sighted" in one.attributes["type"]]

    for place in order:
        house.deliver(events[place])
    house.settle()

    assert levels(house, *incidents) == ["I", "I"]


@pytest.mark.clause("R7.3", "R7.4")
@pytest.mark.parametrize("seed", range(6))
def test_events_that_come_twice_and_shuffled_raise_each_once_and_name_the_others(house, seed):
    incidents = two_gatherings(house)
    chance = random.Random(seed)

    while events := house.unheard():
        twice = events * 2
        chance.shuffle(twice)
        for event in twice:
            house.deliver(event)

    for incident in incidents:
        told = shown(house, incident)
        assert [(step["level"], step["cause"]) for step in told["levels"]] == [("II", "report"), ("I", "correlation")]
        assert sorted(told["levels"][-1]["together"]) == sorted(incidents)
        assert told["levels"][-1]["clause"] == "R7.3"
        assert [row["row"]["kind"] for row in rows(house, "timeline", incident)].count("level_raised") == 1


@pytest.mark.clause("R7.3")
def test_an_old_event_that_comes_again_does_not_raise_what_authority_has_lowered(house):
    incidents = two_gatherings(house)
    house.settle()
    events = list(house.exchange.arrived)
    does(house, "judge", HO_REVIEWER, incidents[0], {"level": "II", "reason": "两处并非同一起"})

    for event in events:
        house.deliver(event)
    house.settle()

    assert levels(house, *incidents) == ["II", "I"]


@pytest.mark.clause("R7.3")
def test_the_raised_are_escalated_as_their_new_level_is(house):
    two_gatherings(house)
    house.settle()

    raised = [each for each in house.events("incident_escalated") if each["because"] == "raised"]
    assert sorted(each["addressee_unit"] for each in raised) == ["44", "44", "4401", "4401", "HQ", "HQ"]
    assert {(each["level"], each["clause"]) for each in raised} == {("I", "R7.3")}


@pytest.mark.clause("R7.3", "R7.11")
def test_a_drill_and_a_real_event_are_never_taken_together(house):
    incidents = two_gatherings(house, drill=True)
    house.settle()

    assert levels(house, *incidents) == ["II", "II"]


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize(
    ("unit", "by"),
    [(OTHER_CITYS, CCMS), (ELSEWHERE, CCMS_33)],
)
def test_people_of_two_cities_are_not_summed(house, unit, by):
    first = gathering(house, 30)
    second = gathering(house, 30, by, unit=unit, key="k2")

    assert levels(house, first, second) == ["II", "II"]


@pytest.mark.clause("R7.3")
def test_reports_of_two_kinds_are_not_taken_together(house):
    incidents = two_gatherings(house, kind="violence", facts={"people_gathering": 30, "deaths": 0, "injured": 0})
    house.settle()

    assert levels(house, *incidents) == ["II", "II"]


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize(("apart", "expected"), [(24 * 3600 - 1, "I"), (24 * 3600, "II")])
def test_the_window_of_a_day_is_open_at_its_end(house, apart, expected):
    began = NINE - timedelta(seconds=apart)
    first = gathering(house, 30, occurred_at=began.isoformat())
    second = gathering(house, 30, unit=SIBLING, key="k2", occurred_at=NINE.isoformat())

    assert levels(house, first, second) == [expected, expected]


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize(("hours", "expected"), [(71, "I"), (72, "II")])
def test_damaged_counters_are_counted_over_three_days_in_the_province(house, hours, expected):
    facts = {"counters_damaged": 1, "deaths": 0, "injured": 0}
    began = NINE - timedelta(hours=hours)
    first = report(house, kind="natural_disaster", facts=facts, occurred_at=began.isoformat())
    second = report(
        house, key="k2", kind="natural_disaster", facts=facts, unit=OTHER_CITYS, occurred_at=NINE.isoformat()
    )
    house.settle()

    assert levels(house, first, second) == [expected, expected]


@pytest.mark.clause("R7.3")
def test_new_facts_count_with_the_latest_figure(house):
    first = gathering(house, 10)
    second = gathering(house, 10, unit=SIBLING, key="k2")
    assert levels(house, first, second) == ["III", "III"]

    adds(house, second, people_gathering=25)
    assert levels(house, first, second) == ["II", "II"]
    adds(house, second, people_gathering=45)

    assert levels(house, first, second) == ["I", "I"]


@pytest.mark.clause("R7.3")
def test_a_figure_that_is_called_unknown_afterwards_counts_no_more(house):
    first = gathering(house, 29)
    adds(house, first, unknown=["people_gathering"])
    second = gathering(house, 29, unit=SIBLING, key="k2")

    assert shown(house, second)["level"] == "III"


@pytest.mark.clause("R7.3")
def test_a_false_alarm_is_forgotten(house):
    first = gathering(house, 30)
    does(house, "close", HO_REVIEWER, first, {"outcome": "false_alarm", "reason": "误报"})
    second = gathering(house, 30, unit=SIBLING, key="k2")

    assert shown(house, second)["level"] == "II"


@pytest.mark.clause("R7.3", "R7.4")
def test_an_incident_of_a_unit_that_arrives_later_is_counted_then(house):
    first = gathering(house, 30)
    second = gathering(house, 30, unit="4401099", key="k2")
    assert levels(house, first, second) == ["II", "II"]

    arrives(house, "HQ", "44", "4401", "4401099")
    house.settle()

    assert levels(house, first, second) == ["I", "I"]


@pytest.mark.clause("R7.3")
def test_reports_of_one_province_that_race_for_its_picture_are_all_counted(house, emergency_ground):
    incidents = [report(house, key=f"k{n}", unit=f"440100{n}", facts={"people_gathering": 10}) for n in range(1, 7)]
    replicas = [
        emergency_ground.house(Emergency, "emergency", clock=house.clock, exchange=house.exchange) for _ in incidents
    ]
    events = [one for one in house.unheard() if "incident_sighted" in one.attributes["type"]]
    start = threading.Barrier(len(events))

    def race(replica, event):
        start.wait()
        replica.deliver(event)

    threads = [threading.Thread(target=race, args=pair) for pair in zip(replicas, events, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for replica in replicas:
        replica.relayed()
    house.settle()

    assert [replica.dead for replica in replicas] == [[]] * len(replicas)
    assert levels(house, *incidents) == ["I"] * len(incidents)
    picture = house.database.pictures.find_one({"_id": PICTURE})["state"]
    assert {each["incident"] for each in picture["sightings"]} == set(incidents)


@pytest.mark.clause("R7.3")
def test_a_picture_of_hundreds_stays_bounded_and_so_does_what_it_announces(house):
    gathering(house, 1)
    picture = house.database.pictures.find_one({"_id": PICTURE})
    (sighting,) = picture["state"]["sightings"]
    crowd = [
        {**sighting, "incident": f"{number:036}", "unit": f"U{number}", "at": NINE - timedelta(seconds=900 - number)}
        for number in range(SIGHTED + 100)
    ]
    house.database.pictures.update_one({"_id": PICTURE}, {"$set": {"state.sightings": crowd}})

    incident = report(house, key="k2", unit=SIBLING, facts={"people_gathering": 1})
    events = [one for one in house.unheard() if "incident_sighted" in one.attributes["type"]]
    house.deliver(events[-1])

    stored = house.database.pictures.find_one({"_id": PICTURE})
    found = [entry for entry in stored["outbox"] if "correlation_found" in entry.get("key", "")]
    assert len(stored["state"]["sightings"]) == SIGHTED
    assert stored["state"]["sightings"][-1]["incident"] == incident
    assert len(bson.encode(stored["state"])) < 400_000
    assert len(bson.encode(stored)) < 2_000_000
    assert len(found) == SIGHTED
    assert all(len(entry["body"]) < 50 * NAMED for entry in found)
    assert {entry["attributes"]["units"] for entry in found} == {"HQ,44"}
    house.relay.run_moves()


@pytest.mark.clause("R7.3")
def test_what_left_every_window_leaves_the_picture(house):
    gathering(house, 3, occurred_at=(NINE - timedelta(days=30)).isoformat())
    latest = gathering(house, 3, key="k2", unit=COUNTER)

    picture = house.database.pictures.find_one({"_id": PICTURE})["state"]
    assert [each["incident"] for each in picture["sightings"]] == [latest]
