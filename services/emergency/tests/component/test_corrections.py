"""R7.11: an entry of an incident is corrected over the wire: seen with who, why, what stood there; no word travels."""

import json

import pytest

from services.emergency.tests.component.contract_of_corrections import light, said
from services.emergency.tests.component.office import (
    CCMS,
    HO_REVIEWER,
    LEADER,
    MANAGER,
    NEIGHBOUR,
    OTHER_PROVINCE,
    SUPERVISOR,
    TELLER,
    does,
    may_not,
    rows,
    shown,
)

pytestmark = [pytest.mark.live, pytest.mark.clause("R7.11")]

EARLIER = "2026-11-23T00:40:00Z"


def corrects(house, incident, by=SUPERVISOR, key="c", **more):
    return does(house, "correct_incident", by, incident, said(**more), key=key)


def test_the_right_entry_holds_and_the_wrong_one_is_seen_beside_it(house):
    incident = light(house)

    corrects(house, incident, occurred_at=EARLIER, summary="五人聚集")

    seen = shown(house, incident)
    assert (seen["occurred_at"], seen["summary"]) == ("2026-11-23T00:40:00+00:00", "五人聚集")
    assert {(one["field"], one["before"], one["by"], one["reason"]) for one in seen["corrections"]} == {
        ("summary", "柜面有人聚集", SUPERVISOR.subject, "登记有误"),
        ("occurred_at", None, SUPERVISOR.subject, "登记有误"),
    }
    lines = [row["row"] for row in rows(house, "timeline", incident) if row["row"]["kind"] == "corrected"]
    assert {line["data"]["field"] for line in lines} == {"summary", "occurred_at"}
    assert house.events("incident_stated")[-1]["occurred_at"] == "2026-11-23T00:40:00+00:00"


def test_no_word_of_a_correction_is_in_an_event(house):
    incident = light(house)
    corrects(house, incident, summary="五人聚集")

    for message in house.messages("incident_stated"):
        assert set(json.loads(message.body)) & {"corrections", "summary"} == set()


def test_the_same_correction_sent_again_is_made_once(house):
    incident = light(house)

    once = corrects(house, incident, summary="五人聚集")
    again = corrects(house, incident, summary="五人聚集")

    assert once["corrections"] == again["corrections"]
    assert len(shown(house, incident)["corrections"]) == 1


def test_who_is_not_in_charge_here_corrects_nothing(house):
    incident = light(house)

    for by in (TELLER, CCMS):
        assert may_not(house, "correct_incident", by, incident, said(summary="五人"), key="k") == "chassis.not_granted"
    for by in (NEIGHBOUR, OTHER_PROVINCE):
        assert may_not(house, "correct_incident", by, incident, said(summary="五人"), key="k") == "chassis.not_found"


def test_two_who_correct_at_once_both_stand(house):
    incident = light(house)
    incidents = house.service.incidents
    real, raced = incidents._write, []

    def second(*given):
        if not raced:
            raced.append(None)
            raced[0] = corrects(house, incident, by=MANAGER, key="other", summary="十人聚集")
        return real(*given)

    incidents._write = second
    corrects(house, incident, summary="五人聚集")

    chain = [(one["before"], one["after"], one["by"]) for one in shown(house, incident, HO_REVIEWER)["corrections"]]
    assert chain == [
        ("柜面有人聚集", "十人聚集", MANAGER.subject),
        ("十人聚集", "五人聚集", SUPERVISOR.subject),
    ]
    assert shown(house, incident, LEADER)["summary"] == "五人聚集"
