"""R7.3, R7.7: signals and incidents that together suggest an incident, exactly once, and what a person makes of it."""

import random
import threading

import pytest
from pymongo.errors import AutoReconnect

from chassis import bus
from chassis.store import Aggregates
from services.emergency.tests.component.contract_of_watching import CONFIRMATION, DISMISSAL
from services.emergency.tests.component.office import (
    CCMS,
    CCMS_33,
    COUNTER,
    HO_REVIEWER,
    LEADER,
    MANAGER,
    NEIGHBOUR,
    OTHER_CITY,
    OTHER_CITYS,
    SIBLING,
    SUPERVISOR,
    TELLER,
    arrives,
    does,
    drafts,
    report,
    shown,
    signal_of,
    signals,
)

pytestmark = [pytest.mark.live, pytest.mark.clause("R7.3", "R7.7")]

ILL = {"kind": "illness_or_accident", "facts": {"taken_ill": 1, "deaths": 0, "injured": 0}}


def light(house, *keys, unit=COUNTER, **more):
    """Incidents of level IV; everything that they announce arrives."""
    found = [report(house, key=key, unit=unit, **ILL, **more) for key in keys]
    house.settle()
    return found


def confirms(house, draft, by=MANAGER, key="c", **more):
    answer = house.done("confirm_draft", by, path={"draft": draft["id"]}, key=key, body={**CONFIRMATION, **more})
    house.settle()
    return answer


def test_three_complaints_alike_at_one_counter_in_a_day_suggest_an_incident(house):
    two = signals(house, "a", "b")
    assert drafts(house) == []
    three = signals(house, "c")

    (draft,) = drafts(house)
    assert (draft["rule"], draft["kind"], draft["level"]) == ("complaints_alike", "major_complaint", "IV")
    assert (draft["area"], draft["unit"], draft["group"], draft["total"]) == (COUNTER, COUNTER, "fee", 3)
    assert sorted(each["id"] for each in draft["counted"]) == sorted(f"signal:{each}" for each in (*two, *three))
    assert draft["status"] == "proposed"


@pytest.mark.parametrize(("count", "suggested"), [(19, False), (20, True)])
def test_surrenders_of_one_product_are_summed_over_the_counters_of_a_city(house, count, suggested):
    more = {"kind": "surrender", "product": "P1", "category": None}
    signals(house, "a", count=10, **more)
    signals(house, "b", count=count - 10, counter=SIBLING, **more)
    signals(house, "c", count=10, counter=OTHER_CITYS, **more)
    signals(house, "d", count=10, **{**more, "product": "P2"})
    signals(house, "e", count=90, **{**more, "product": None})

    assert [(each["rule"], each["area"], each["unit"], each["total"]) for each in drafts(house)] == (
        [("same_product_surrenders", "4401", "4401", 20)] if suggested else []
    )


def test_complaints_at_two_counters_or_of_two_sorts_are_not_alike(house):
    signals(house, "a", "b")
    signals(house, "c", counter=SIBLING)
    signals(house, "d", category="wait")

    assert drafts(house) == []


def test_more_of_it_is_added_and_makes_no_other_draft(house):
    signals(house, "a", "b", "c")
    signals(house, "d", "e", count=5)

    (draft,) = drafts(house)
    assert draft["total"] == 13


@pytest.mark.parametrize("seed", range(4))
def test_events_that_come_twice_and_shuffled_make_one_draft_that_counts_each_once(house, seed):
    for key in "abcdef":
        house.done("report_signal", CCMS, key=key, body=signal_of())
    chance = random.Random(seed)
    while events := house.unheard():
        twice = events * 2
        chance.shuffle(twice)
        for event in twice:
            house.deliver(event)

    (draft,) = drafts(house)
    assert draft["total"] == 6
    assert len({each["id"] for each in draft["counted"]}) == 6


def test_a_draft_is_proposed_though_the_database_went_away_under_it(house, monkeypatch):
    monkeypatch.setattr(bus, "AWAY_PAUSE_SECONDS", 0)
    create, away = Aggregates.create, [AutoReconnect("gone")]

    def going_away(self, *args):
        if self.name == "drafts" and away:
            raise away.pop()
        return create(self, *args)

    monkeypatch.setattr(Aggregates, "create", going_away)
    signals(house, "a", "b", "c")

    assert away == []
    assert [each["total"] for each in drafts(house)] == [3]


def test_three_incidents_of_level_iv_of_one_kind_in_a_city_suggest_one_more(house):
    light(house, "a", "b")
    light(house, "c", unit=SIBLING)

    (draft,) = drafts(house)
    assert (draft["rule"], draft["kind"], draft["level"]) == ("level_iv_alike", "illness_or_accident", "III")
    assert (draft["area"], draft["total"]) == ("4401", 3)


def test_drills_false_alarms_graver_ones_and_other_cities_do_not_count(house):
    false, raised = light(house, "a", "b")
    does(house, "close", HO_REVIEWER, false, {"outcome": "false_alarm", "reason": "误报"})
    does(house, "judge", SUPERVISOR, raised, {"level": "III", "reason": "恶化"})
    light(house, "d", "e", drill=True)
    light(house, "f", unit=OTHER_CITYS)
    light(house, "g", "h")

    assert drafts(house) == []


@pytest.mark.clause("R7.8", "R7.11")
def test_any_number_of_drills_suggests_nothing(house):
    light(house, *(f"k{number}" for number in range(8)), drill=True)

    assert drafts(house) == []
    assert house.database.watched.count_documents({}) == 0


def test_an_old_event_that_comes_again_does_not_count_a_false_alarm(house):
    (false,) = light(house, "a")
    events = list(house.exchange.arrived)
    does(house, "close", HO_REVIEWER, false, {"outcome": "false_alarm", "reason": "误报"})
    for event in events:
        house.deliver(event)
    light(house, "b", "c")

    assert drafts(house) == []


def test_a_confirmed_draft_becomes_an_incident_linked_both_ways_by_the_usual_way(house):
    signals(house, "a", "b", "c")
    (draft,) = drafts(house)

    answer = confirms(house, draft)["body"]

    incident = shown(house, answer["incident"])
    assert (answer["status"], answer["settled_by"]) == ("confirmed", MANAGER.subject)
    assert (incident["draft_id"], incident["unit"], incident["kind"]) == (draft["id"], COUNTER, "major_complaint")
    assert (incident["level"], incident["drill"], incident["reporter"]) == ("III", False, MANAGER.subject)
    assert incident["escalation"]["tellings"]


def test_a_retry_of_a_confirmation_is_the_same_incident_and_a_second_one_is_refused(house):
    signals(house, "a", "b", "c")
    (draft,) = drafts(house)
    first = confirms(house, draft)

    again = confirms(house, draft)
    refusal = house.refused("confirm_draft", LEADER, path={"draft": draft["id"]}, key="other", body=CONFIRMATION)

    assert (again["replayed"], again["body"]["incident"]) == (True, first["body"]["incident"])
    assert refusal["code"] == "emergency.draft_settled"
    assert house.database.incidents.count_documents({}) == 1


def test_two_who_confirm_at_once_make_one_incident(house):
    signals(house, "a", "b", "c")
    (draft,) = drafts(house)
    answers, gate = [], threading.Barrier(2)

    def confirming(by):
        gate.wait()
        path = {"draft": draft["id"]}
        answers.append(house.answer("confirm_draft", by, path=path, key=by.subject, body=CONFIRMATION))

    threads = [threading.Thread(target=confirming, args=(by,)) for by in (MANAGER, LEADER)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sorted("ok" in answer for answer in answers) == [False, True]
    assert house.database.incidents.count_documents({}) == 1


def test_a_confirmation_that_died_halfway_is_finished_by_the_incidents_own_event(house, monkeypatch):
    signals(house, "a", "b", "c")
    (draft,) = drafts(house)
    watch = type(house.service.watch)
    with monkeypatch.context() as dying:
        dying.setattr(watch, "_confirm", lambda *_, **__: (_ for _ in ()).throw(RuntimeError("killed")))
        with pytest.raises(RuntimeError):
            confirms(house, draft)
    house.settle()

    (after,) = drafts(house)
    assert (after["status"], after["settled_by"]) == ("confirmed", MANAGER.subject)
    assert shown(house, after["incident"])["draft_id"] == draft["id"]


def test_what_comes_in_the_window_of_a_confirmed_draft_is_added_to_it(house):
    signals(house, "a", "b", "c")
    confirms(house, drafts(house)[0])

    signals(house, "d", "e", "f", "g")

    (draft,) = drafts(house)
    assert (draft["total"], draft["status"]) == (7, "confirmed")


def test_after_a_dismissal_the_same_signals_are_not_suggested_again_and_new_ones_begin_anew(house):
    signals(house, "a", "b", "c")
    first = drafts(house)[0]["id"]
    events = list(house.exchange.arrived)
    house.done("dismiss_draft", SUPERVISOR, path={"draft": first}, body=DISMISSAL)
    house.settle()
    for event in events:
        house.deliver(event)
    house.settle()
    signals(house, "d", "e")
    assert len(drafts(house)) == 1

    signals(house, "f")

    second, old = sorted(drafts(house), key=lambda each: each["status"] == "dismissed")
    assert (second["status"], second["total"]) == ("proposed", 3)
    assert (old["reason"], old["settled_by"]) == (DISMISSAL["reason"], SUPERVISOR.subject)


def test_a_draft_that_nobody_decides_on_is_told_to_each_level_above_once(house):
    signals(house, "a", "b", "c")
    house.wait(hours=5)

    assert [each["addressee"] for each in house.events("draft_undecided")] == ["4401", "44", "HQ"]


def test_to_decide_is_a_task_of_who_leads_there_until_it_is_decided(house):
    signals(house, "a", "b", "c")
    draft = drafts(house)[0]["id"]
    waiting = house.done("my_tasks", SUPERVISOR)["body"]["items"]
    others = house.done("my_tasks", NEIGHBOUR)["body"]["items"]
    house.done("dismiss_draft", MANAGER, path={"draft": draft}, body=DISMISSAL)
    house.settle()

    assert [one["about"] for one in waiting] == [f"/v1/incident-drafts/{draft}"]
    assert others == house.done("my_tasks", SUPERVISOR)["body"]["items"] == []


def test_nobody_is_told_of_a_draft_that_is_decided(house):
    signals(house, "a", "b", "c")
    confirms(house, drafts(house)[0])
    house.wait(hours=5)

    assert house.events("draft_undecided") == []


@pytest.mark.parametrize(
    ("by", "code"),
    [(TELLER, "chassis.not_granted"), (NEIGHBOUR, "chassis.not_found"), (OTHER_CITY, "chassis.not_found")],
)
def test_who_may_not_decides_and_sees_no_draft(house, by, code):
    signals(house, "a", "b", "c")
    path = {"draft": drafts(house)[0]["id"]}

    assert house.refused("dismiss_draft", by, path=path, body=DISMISSAL)["code"] == code
    assert house.refused("confirm_draft", by, path=path, key="x", body=CONFIRMATION)["code"] == code
    assert house.refused("draft", by, path=path)["code"] == code


def test_a_signal_is_idempotent_stays_within_its_systems_reach_and_is_seen_by_those_above(house):
    first = house.done("report_signal", CCMS, key="a", body=signal_of(count=2))
    again = house.done("report_signal", CCMS, key="a", body=signal_of(count=2))

    assert (again["replayed"], again["body"]) == (True, first["body"])
    assert house.refused("report_signal", CCMS_33, key="b", body=signal_of())["code"] == "chassis.not_found"
    assert house.refused("report_signal", MANAGER, key="c", body=signal_of())["code"] == "chassis.not_granted"
    seen = house.done("signal_list", MANAGER, query={"kind": "complaint"})["body"]["items"]
    assert seen == [first["body"]]
    assert house.done("signal_list", OTHER_CITY, query={})["body"]["items"] == []


def test_the_rules_are_shown_with_their_version_and_basis(house):
    shown_rules = house.done("watch_rule_list", SUPERVISOR)["body"]

    assert shown_rules["version"] == 1
    assert {each["basis"] for each in shown_rules["items"]} == {"default"}


def test_an_undecided_draft_moves_with_its_area(house):
    signals(house, "a", "b", "c")
    arrives(house, "HQ", "33", "3301", COUNTER, sequence=2)
    house.settle()

    assert drafts(house)[0]["units"] == ["HQ", "33", "3301", COUNTER]
