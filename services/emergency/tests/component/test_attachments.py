"""R7.11: files of an incident over the wire: who attaches, who sees and fetches them, and what never travels."""

import hashlib
import json

import pytest

from services.emergency.tests.component.contract_of_attachments import attaching, one, with_file
from services.emergency.tests.component.office import (
    CCMS,
    CCMS_33,
    HO_REVIEWER,
    LEADER,
    MANAGER,
    NEIGHBOUR,
    OTHER_CITY,
    OTHER_PROVINCE,
    STRANGER,
    SUPERVISOR,
    TELLER,
    document,
    does,
    gathering,
    report,
    rows,
    shown,
    stands,
)
from tests.house import system

pytestmark = [pytest.mark.live, pytest.mark.clause("R7.11")]

SWEEPER = system("gateway", "HQ", "object.sweep")
HASH = hashlib.sha256(b"example").hexdigest()


def fetched(house, by, incident, hash=HASH):
    return house.done("attachment", by, path={"incident": incident, "hash": hash})["body"]


def may_not_fetch(house, by, incident, hash=HASH):
    return house.refused("attachment", by, path={"incident": incident, "hash": hash})["kind"]


def test_a_file_is_attached_shown_and_named_to_the_gateway(house):
    incident = one(house)

    made = house.done("attach", SUPERVISOR, path={"incident": incident}, body=attaching(SUPERVISOR)(house))

    assert made["status"] == 201
    assert made["location"] == f"/v1/incidents/{incident}/attachments/{HASH}"
    (kept,) = shown(house, incident)["attachments"]
    assert kept == {
        "hash": HASH,
        "size": len(b"example"),
        "type": "image/png",
        "name": "现场.png",
        "kind": "on_site_photo",
        "at": "2026-11-23T01:00:00+00:00",
        "by": SUPERVISOR.subject,
    }
    assert fetched(house, HO_REVIEWER, incident) == {
        "hash": HASH, "size": len(b"example"), "type": "image/png", "name": "现场.png",
    }  # fmt: skip


def test_the_timeline_tells_of_it(house):
    incident = with_file(house)
    house.settle()

    entry = rows(house, "timeline", incident)[-1]

    assert (entry["row"]["kind"], entry["row"]["actor"], entry["row"]["words"]) == (
        "attached", MANAGER.subject, "现场.png",
    )  # fmt: skip
    assert entry["row"]["data"]["hash"] == HASH


def test_attaching_once_more_is_answered_alike_and_written_once(house):
    incident = with_file(house)
    before = document(house, incident)["version"]

    again = house.done("attach", MANAGER, path={"incident": incident}, body=attaching(MANAGER)(house))

    assert (again["status"], again["version"]) == (201, before)
    assert len(again["body"]["attachments"]) == 1


def test_two_who_attach_at_once_both_succeed_and_the_same_file_is_there_once(house):
    incident = one(house)
    wrapped, first = house.service._changed, []

    def late(call, decide):
        def decided(*state):
            if not first:
                first.append(True)
                house.done("attach", SUPERVISOR, path={"incident": incident}, body=attaching(SUPERVISOR)(house))
            return decide(*state)

        return wrapped(call, decided)

    house.service._changed = late
    made = house.done("attach", MANAGER, path={"incident": incident}, body=attaching(MANAGER)(house))
    other = house.done("attach", MANAGER, path={"incident": incident}, body=attaching(MANAGER, b"other")(house))

    assert [kept["by"] for kept in made["body"]["attachments"]] == [SUPERVISOR.subject]
    assert len(other["body"]["attachments"]) == 2


def test_the_reporter_attaches_to_their_own_report_and_fetches_it_and_to_no_other(house):
    incident = report(house, TELLER)
    others = report(house, CCMS, key="k2", unit="4401001")

    does(house, "attach", TELLER, incident, attaching(TELLER)(house))

    assert fetched(house, TELLER, incident)["hash"] == HASH
    refusal = house.refused("attach", TELLER, path={"incident": others}, body=attaching(TELLER)(house))
    assert refusal["kind"] in ("missing", "forbidden")


@pytest.mark.parametrize("by", [SUPERVISOR, LEADER, MANAGER, HO_REVIEWER, CCMS])
def test_whoever_reads_the_incident_fetches_its_files(house, by):
    assert fetched(house, by, with_file(house))["hash"] == HASH


@pytest.mark.parametrize("by", [NEIGHBOUR, OTHER_CITY, OTHER_PROVINCE, CCMS_33, STRANGER])
def test_nobody_else_fetches_them_or_attaches(house, by):
    incident = with_file(house)

    assert may_not_fetch(house, by, incident) in ("missing", "forbidden")
    refusal = house.refused("attach", by, path={"incident": incident}, body=attaching(by, b"other")(house))
    assert refusal["kind"] in ("missing", "forbidden")


def test_a_teller_attaches_to_what_happens_at_the_own_counter_and_fetches_nothing_of_others(house):
    incident = with_file(house)

    assert does(house, "attach", TELLER, incident, attaching(TELLER, b"other")(house))["attachments"]
    assert may_not_fetch(house, TELLER, incident) in ("missing", "forbidden")


def test_whoever_has_left_fetches_nothing(house):
    incident = with_file(house)
    stands(house, MANAGER, "left")

    assert may_not_fetch(house, MANAGER, incident) == "forbidden"


def test_knowing_the_hash_of_somebody_elses_file_gives_nobody_its_bytes(house):
    theirs = with_file(house)
    own = gathering(house, 3, key="k2", unit="4401001")

    receipt = house.receipt(MANAGER)
    body = {"receipt": receipt, "name": "a.png", "kind": "other"}
    refusal = house.refused("attach", NEIGHBOUR, path={"incident": own}, body=body)

    assert refusal["code"] == "chassis.receipt_unproven"
    assert refusal["fields"][0]["pointer"] == "/body/receipt"
    assert may_not_fetch(house, NEIGHBOUR, own) == "missing"
    assert may_not_fetch(house, NEIGHBOUR, theirs) == "missing"


@pytest.mark.parametrize(
    "change",
    [
        {"receipt": "nonsense"},
        {"receipt": ""},
        {"receipt": "x" * 2001},
        {"receipt": None},
        {"name": ""},
        {"name": "x" * 256},
        {"name": "a\u0000.png"},
        {"kind": "selfie"},
        {"hash": HASH},
    ],
)
def test_a_faulty_body_is_refused_by_its_field(house, change):
    incident = one(house)

    refusal = house.refused(
        "attach", MANAGER, path={"incident": incident}, body={**attaching(MANAGER)(house), **change}
    )

    assert refusal["kind"] == "malformed"
    assert [fault["pointer"] for fault in refusal["fields"]] == [f"/body/{next(iter(change))}"]


def test_a_caller_assertion_is_no_receipt_and_a_receipt_no_assertion(house):
    incident = one(house)
    receipt = house.receipt(MANAGER)

    answer = house.calls.answer("incident", {"nameko.auth_token": receipt}, {"path": {"incident": incident}})

    assert answer["refusal"]["code"] == "chassis.caller_unproven"


def test_the_name_is_kept_as_a_name_and_nothing_else(house):
    incident = one(house)

    does(house, "attach", MANAGER, incident, attaching(MANAGER, name="..\\..\\run.exe")(house))

    assert shown(house, incident)["attachments"][0]["name"] == "run.exe.png"


def test_the_gateway_is_told_which_files_are_referred_to_by_an_index(house):
    with_file(house)
    asked = ",".join(sorted([HASH, "0" * 64]))

    answer = house.done("objects_kept", SWEEPER, query={"hashes": asked})

    assert answer["body"] == {"kept": [HASH]}
    plan = house.database.incidents.find({"objects": {"$in": [HASH]}}, {"objects": 1}).explain()
    assert "IXSCAN" in json.dumps(plan["queryPlanner"]["winningPlan"])


@pytest.mark.parametrize("hashes", ["", HASH.upper(), f"{HASH},", ",".join(["0" * 64] * 101), f"{HASH}\n"])
def test_a_question_for_anything_but_hashes_is_refused(house, hashes):
    assert house.refused("objects_kept", SWEEPER, query={"hashes": hashes})["kind"] == "malformed"


def test_nobody_without_the_grant_asks_which_files_are_referred_to(house):
    assert house.refused("objects_kept", HO_REVIEWER, query={"hashes": HASH})["code"] == "chassis.not_granted"


def test_no_event_tells_what_a_file_is_called(house):
    incident = one(house)
    before = len(house.exchange.arrived)

    does(house, "attach", MANAGER, incident, attaching(MANAGER, name="张三.png")(house))

    sent = [json.dumps([str(one.body), dict(one.attributes)], ensure_ascii=False, default=str)
            for one in house.exchange.arrived[before:]]  # fmt: skip
    assert sent
    assert all("张三" not in text for text in sent)
