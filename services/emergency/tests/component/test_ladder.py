"""The ladder runs through timers: silence leads on, answers stop it, outages collapse it."""

from datetime import timedelta

import pytest

from chassis.clock import SteppedClock
from emergency.service import Emergency
from services.emergency.tests.component.office import (
    AT_ONCE,
    BUSINESS,
    BUSINESS_DEPUTY,
    COUNTER,
    HO_REVIEWER,
    LEADER,
    LEADER_DEPUTY,
    MANAGER,
    MANAGER_DEPUTY,
    NINE,
    PROVINCE_DEPUTY,
    PROVINCE_HEAD,
    SERVICE,
    SUPERVISOR,
    TODAY,
    assigned,
    document,
    does,
    gathering,
    held,
    may_not,
    notices,
    open_office,
    rows,
    shown,
)
from tests.house import Badge

pytestmark = pytest.mark.live

SUCCESSOR = Badge("P440100777")
WAIT = timedelta(minutes=10)
"""How long a person of level III has to answer."""


def follows(house, incident, person, at):
    """The person opens the one-time link."""
    data = {"incident": incident, "person": person.subject, "acknowledged_at": at.isoformat()}
    message = house.hear("notifier", "link_followed", f"{incident}:{person.subject}", data)
    house.settle()
    return message


def fails(house, incident, number=1, reason="target_unreachable"):
    """The notifier has given up the incident's notice of this number."""
    step = house.events("notice_due")[number - 1]["step"]
    data = {"step": step, "incident": incident, "reason": reason, "attempts": 5}
    message = house.hear("notifier", "notice_failed", f"{step}:{reason}", data)
    house.settle()
    return message


@pytest.mark.clause("R7.5")
def test_silence_leads_to_the_next_channel_the_deputy_and_the_next_level(house):
    gathering(house, 10)

    house.wait(minutes=50)

    assert notices(house) == [
        (MANAGER.subject, "webhook"),
        (MANAGER.subject, "mail"),
        (MANAGER_DEPUTY.subject, "webhook"),
        (MANAGER_DEPUTY.subject, "mail"),
        (PROVINCE_HEAD.subject, "webhook"),
        (PROVINCE_HEAD.subject, "mail"),
    ]
    assert [each["because"] for each in house.events("notice_due")][:3] == ["opening", "silence", "deputy"]
    assert [each["addressee_unit"] for each in house.events("incident_escalated")] == ["4401", "44"]


@pytest.mark.clause("R7.5")
def test_a_person_is_told_again_on_the_same_channel_before_the_next_one(house):
    gathering(house, 50)

    house.wait(minutes=15)

    told = [channel for person, channel in notices(house) if person == LEADER.subject]
    assert told == ["webhook", "webhook", "mail", "mail"]


@pytest.mark.clause("R7.5")
def test_an_acknowledgement_by_the_person_stops_the_ladder(house):
    incident = gathering(house, 10)

    told = does(house, "acknowledge", MANAGER, incident)
    house.wait(minutes=59)

    assert told["first_acknowledged_at"] == "2026-11-23T01:00:00+00:00"
    assert notices(house) == [(MANAGER.subject, "webhook")]
    assert [row["row"]["kind"] for row in rows(house, "timeline", incident)][-1] == "acknowledged"


@pytest.mark.clause("R7.5")
def test_a_link_that_is_followed_stops_the_ladder_and_counts_once(house):
    incident = gathering(house, 10)

    message = follows(house, incident, MANAGER, NINE + timedelta(minutes=2))
    count = shown(house, incident)["timeline_count"]
    house.deliver(message)
    house.wait(minutes=59)

    told = shown(house, incident)
    assert notices(house) == [(MANAGER.subject, "webhook")]
    assert told["escalation"]["tellings"][0]["acknowledged_at"] == "2026-11-23T01:02:00+00:00"
    assert told["timeline_count"] == count


@pytest.mark.clause("R7.5")
def test_a_link_of_somebody_who_was_not_told_changes_nothing(house):
    incident = gathering(house, 10)

    follows(house, incident, BUSINESS, NINE)

    assert shown(house, incident)["first_acknowledged_at"] is None


@pytest.mark.clause("R7.5")
def test_a_link_followed_before_the_report_by_its_clock_counts_from_the_report(house):
    incident = gathering(house, 10)

    follows(house, incident, MANAGER, NINE - timedelta(hours=1))

    assert shown(house, incident)["first_acknowledged_at"] == "2026-11-23T01:00:00+00:00"


@pytest.mark.clause("R7.5")
def test_a_notice_that_could_not_be_delivered_leads_on_at_once_and_once(house):
    incident = gathering(house, 10)
    house.wait(minutes=1)

    message = fails(house, incident)
    house.deliver(message)
    house.settle()

    assert notices(house) == [(MANAGER.subject, "webhook"), (MANAGER.subject, "mail")]
    failed = [row["row"] for row in rows(house, "timeline", incident) if row["row"]["kind"] == "notice_failed"]
    assert [(each["actor"], each["data"]["reason"]) for each in failed] == [("escalation", "target_unreachable")]
    assert document(house, incident)["next_step"] == NINE + timedelta(minutes=1) + WAIT


@pytest.mark.clause("R7.5")
def test_where_no_channel_reaches_the_person_the_deputy_is_told_at_once(house):
    incident = gathering(house, 10)

    for number in (1, 2):
        house.wait(seconds=30)
        fails(house, incident, number)

    assert [person for person, _ in notices(house)] == [MANAGER.subject, MANAGER.subject, MANAGER_DEPUTY.subject]


@pytest.mark.clause("R7.5")
def test_a_notice_that_fails_after_the_answer_changes_nothing(house):
    incident = gathering(house, 10)
    does(house, "acknowledge", MANAGER, incident)
    before = shown(house, incident)

    fails(house, incident)

    assert shown(house, incident) == before


@pytest.mark.clause("R7.5")
def test_a_notice_that_the_notifier_gave_up_brings_the_next_channel_at_once(house):
    incident = gathering(house, 10)
    first = house.events("notice_due")[0]

    failed = {"step": first["step"], "incident": incident, "reason": "no_contact_point"}
    message = house.hear("notifier", "notice_failed", first["step"], failed)
    house.settle()
    house.deliver(message)

    assert notices(house) == [(MANAGER.subject, "webhook"), (MANAGER.subject, "mail")]
    kinds = [row["row"]["kind"] for row in rows(house, "timeline", incident)]
    assert kinds.count("notice_failed") == 1


@pytest.mark.clause("R7.5")
def test_only_who_was_told_acknowledges(house):
    incident = gathering(house, 10)

    assert may_not(house, "acknowledge", BUSINESS, incident) == "chassis.not_permitted"
    assert may_not(house, "acknowledge", Badge("P999999999"), incident) == "chassis.not_found"


@pytest.mark.clause("R7.5")
def test_who_was_told_reads_the_incident_and_guides_it_wherever_the_post_is(house):
    incident = gathering(house, 10)
    house.wait(minutes=20)

    assert shown(house, incident, MANAGER_DEPUTY)["id"] == incident
    assert does(house, "record_guidance", MANAGER_DEPUTY, incident, {"words": "先疏散"})["first_guided_at"]


@pytest.mark.clause("R7.5")
def test_guidance_is_recorded_in_the_persons_own_words_and_the_time_to_it_is_measured(house):
    incident = gathering(house, 50)
    house.wait(minutes=4)

    told = does(house, "record_guidance", BUSINESS, incident, {"words": "先疏散客户，逐一登记"})

    assert told["first_guided_at"] == "2026-11-23T01:04:00+00:00"
    assert told["durations"]["guide_seconds"] == told["durations"]["acknowledge_seconds"] == 240
    assert told["durations"]["close_seconds"] is None
    last = rows(house, "timeline", incident)[-1]["row"]
    assert (last["kind"], last["actor"], last["words"]) == (
        "guidance_recorded",
        BUSINESS.subject,
        "先疏散客户，逐一登记",
    )


@pytest.mark.clause("R7.5")
def test_where_no_guidance_follows_the_acknowledgement_the_ladder_goes_on(house):
    incident = gathering(house, 50)
    for person in (LEADER, MANAGER, PROVINCE_HEAD, BUSINESS, SERVICE):
        does(house, "acknowledge", person, incident)
    before = len(house.exchange.arrived)

    house.wait(minutes=15)

    assert {person for person, _ in notices(house, since=before)} == AT_ONCE
    assert {each["because"] for each in house.events("notice_due", since=before)} == {"no_guidance"}


@pytest.mark.clause("R7.5")
def test_when_the_holder_leaves_the_next_one_is_told_at_the_next_step(house):
    gathering(house, 10)
    for gone in (MANAGER, MANAGER_DEPUTY):
        kind = "holder" if gone is MANAGER else "deputy"
        assigned(house, held(gone.subject, "centre_manager", "4401", kind, to=TODAY), sequence=2)
    assigned(house, held(SUCCESSOR.subject, "centre_manager", "4401", since=TODAY))

    house.wait(minutes=20)

    assert notices(house) == [(MANAGER.subject, "webhook"), (SUCCESSOR.subject, "webhook"), (SUCCESSOR.subject, "mail")]


@pytest.mark.clause("R7.5")
def test_when_a_holder_leaves_and_nobody_comes_the_line_goes_on_as_it_was(house):
    gathering(house, 10)
    assigned(house, held(MANAGER.subject, "centre_manager", "4401", to=TODAY), sequence=2)

    house.wait(minutes=20)

    assert [person for person, _ in notices(house)] == [MANAGER.subject, MANAGER_DEPUTY.subject, MANAGER_DEPUTY.subject]


@pytest.mark.clause("R7.5")
def test_who_holds_the_post_when_the_next_level_is_reached_is_the_one_told(house):
    gathering(house, 10)
    assigned(house, held(PROVINCE_HEAD.subject, "province_ops_head", "44", to=TODAY), sequence=2)
    assigned(house, held(SUCCESSOR.subject, "province_ops_head", "44", since=TODAY))

    house.wait(minutes=40)

    assert notices(house)[-1] == (SUCCESSOR.subject, "webhook")


@pytest.mark.clause("R7.5")
def test_who_acts_for_the_holder_is_told_in_the_holders_place(house):
    assigned(house, held(SUCCESSOR.subject, "centre_manager", "4401", "acting", since=TODAY))

    gathering(house, 10)

    assert notices(house) == [(SUCCESSOR.subject, "webhook")]


@pytest.mark.clause("R7.5")
def test_a_deputy_answers_for_a_post_without_holder_and_the_next_deputy_stands_in(house):
    assigned(house, held(MANAGER.subject, "centre_manager", "4401", to=TODAY), sequence=2)
    assigned(house, held(SUCCESSOR.subject, "centre_manager", "4401", "deputy", order=2))

    gathering(house, 10)
    house.wait(minutes=20)

    assert notices(house) == [
        (MANAGER_DEPUTY.subject, "webhook"),
        (MANAGER_DEPUTY.subject, "mail"),
        (SUCCESSOR.subject, "webhook"),
    ]


@pytest.mark.clause("R7.5")
def test_several_holders_of_one_post_are_each_told(house):
    assigned(house, held(SUCCESSOR.subject, "ho_customer_service_head", "HQ"))

    gathering(house, 50)

    assert {person for person, _ in notices(house)} == {*AT_ONCE, SUCCESSOR.subject}


@pytest.mark.clause("R7.5")
def test_after_an_outage_older_steps_collapse_into_one_message_to_the_highest_level(house):
    gathering(house, 10)
    before = len(house.exchange.arrived)

    house.silence(minutes=75)
    house.wait()

    late = house.events("notice_due", since=before)
    assert [each["person"] for each in late] == [PROVINCE_DEPUTY.subject, PROVINCE_HEAD.subject]
    assert (late[0]["late_seconds"], late[0]["collapsed"]) == (300, 0)
    assert (late[1]["because"], late[1]["collapsed"] > 0) == ("outage", True)
    (upward,) = house.events("incident_escalated", since=before)
    assert (upward["addressee_unit"], upward["late_seconds"] > 0) == ("44", True)


@pytest.mark.clause("R7.5")
def test_a_step_that_comes_a_little_late_says_how_late(house):
    gathering(house, 10)

    house.silence(minutes=12)
    house.wait()

    assert [(each["person"], each["late_seconds"]) for each in house.events("notice_due")] == [
        (MANAGER.subject, 0),
        (MANAGER.subject, 120),
    ]


@pytest.mark.clause("R7.5")
def test_two_replicas_that_fire_the_same_timer_have_one_effect(house, emergency_ground):
    incident = gathering(house, 10)
    other = emergency_ground.house(Emergency, "emergency", clock=house.clock, exchange=house.exchange)
    house.silence(minutes=10)
    timer = house.database.timers.find_one({"aggregate": incident})

    house.timers.fire_due()
    house.database.timers.update_one({"_id": timer["_id"]}, {"$set": {**timer, "lease_until": NINE}})
    other.timers.fire_due()
    house.settle()

    assert notices(house) == [(MANAGER.subject, "webhook"), (MANAGER.subject, "mail")]
    assert shown(house, incident)["escalation"]["tellings"][0]["attempts"] == 2


@pytest.mark.clause("R7.5")
def test_without_anybody_in_charge_head_office_is_told_of_it(emergency_ground):
    house = open_office(emergency_ground, staff=(held(HO_REVIEWER.subject, "ho_reviewer", "HQ"),))
    incident = gathering(house, 50)

    house.wait(minutes=3)
    house.round("audit")
    house.round("audit")

    assert [each["addressee_unit"] for each in house.events("incident_escalated")] == ["4401", "44", "HQ"]
    (missed,) = house.events("escalation_missed")
    assert (missed["incident"], missed["miss"]) == (incident, "unanswered")
    house.check()


@pytest.mark.clause("R7.5")
def test_a_level_one_incident_that_nobody_answers_falls_silent_only_with_a_cry(house):
    incident = gathering(house, 50)

    house.wait(hours=24)
    house.round("audit")

    assert shown(house, incident)["escalation"]["unanswered_at"]
    assert [each["miss"] for each in house.events("escalation_missed")] == ["unanswered"]


@pytest.mark.clause("R7.5", "R7.3")
def test_after_lowering_messages_name_the_level_that_it_has_now(house):
    incident = gathering(house, 10)
    does(house, "judge", SUPERVISOR, incident, {"level": "I", "reason": "现场判断"})
    does(house, "judge", HO_REVIEWER, incident, {"level": "II", "reason": "已缓和"})
    before = len(house.exchange.arrived)

    house.wait(minutes=5)

    assert {each["level"] for each in house.events("notice_due", since=before)} == {"II"}


@pytest.mark.clause("R7.5")
def test_a_fresh_replica_finds_the_ladder_where_the_last_one_left_it(house, emergency_ground):
    gathering(house, 10)
    later = SteppedClock(NINE)
    other = emergency_ground.house(Emergency, "emergency", clock=later, exchange=house.exchange)

    other.wait(minutes=20)

    assert len(notices(other)) == 3
    assert LEADER_DEPUTY.subject != BUSINESS_DEPUTY.subject
    assert other.events("notice_due")[-1]["unit"] == COUNTER
