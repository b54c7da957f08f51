"""Whatever comes in, the answer is a refusal that names what is wrong: never an exception."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.emergency.tests.component.office import (
    BUSINESS,
    CCMS,
    HO_REVIEWER,
    LEADER,
    NINE,
    gathering,
    report_of,
)

pytestmark = pytest.mark.live

HUGE = 10**400
MONEY = ["1E+400", "1E-400", "NaN", "sNaN", "Infinity", "-1", "-0.01", "1,000", "9" * 20, "1" * 9_999, "", {}, 5, 0.1]
FAULTY = [
    ("/body/kind", {"kind": "earthquake"}, "not_a_choice"),
    ("/body/kind", {"kind": ["gathering"]}, "not_a_choice"),
    ("/body/kind", {"kind": None}, "null"),
    ("/body/unit", {"unit": "44/01"}, "pattern"),
    ("/body/unit", {"unit": "4401\n"}, "pattern"),
    ("/body/unit", {"unit": 4401003}, "not_string"),
    ("/body/unit", {"unit": ""}, "pattern"),
    ("/body/summary", {"summary": ""}, "length"),
    ("/body/summary", {"summary": "字" * 501}, "length"),
    ("/body/summary", {"summary": "x" * 1_000_000}, "length"),
    ("/body/summary", {"summary": "a\x00b"}, "pattern"),
    ("/body/summary", {"summary": "half a pair: \ud800"}, "pattern"),
    ("/body/summary", {"summary": "   "}, "emergency.text_missing"),
    ("/body/claims_reference", {"claims_reference": "\x1b[2J"}, "pattern"),
    ("/body/drill", {"drill": "true"}, "not_boolean"),
    ("/body/drill", {"drill": 1}, "not_boolean"),
    ("/body/facts", {"facts": []}, "not_object"),
    ("/body/facts", {"facts": None}, "null"),
    ("/body/facts/people_gathering", {"facts": {"people_gathering": -1}}, "range"),
    ("/body/facts/people_gathering", {"facts": {"people_gathering": HUGE}}, "range"),
    ("/body/facts/people_gathering", {"facts": {"people_gathering": 1.5}}, "not_integer"),
    ("/body/facts/people_gathering", {"facts": {"people_gathering": True}}, "not_integer"),
    ("/body/facts/people_gathering", {"facts": {"people_gathering": float("nan")}}, "not_integer"),
    ("/body/facts/people_gathering", {"facts": {"people_gathering": float("inf")}}, "not_integer"),
    ("/body/facts/people_gathering", {"facts": {"people_gathering": {}}}, "not_integer"),
    *(
        ("/body/facts/loss_cny", {"facts": {"loss_cny": money}}, None)
        for money in (
            *["1E+400", "1E-400", "NaN", "sNaN", "Infinity", "-1", "-0.01", "1,000"],
            "9" * 20,
            "1" * 9_999,
            "",
            {},
            5,
            0.1,
        )
    ),
    ("/body/facts/crime", {"facts": {"crime": "theft"}}, "not_a_choice"),
    ("/body/facts/unknown/0", {"facts": {"unknown": ["everything"]}}, "not_a_choice"),
    ("/body/facts/unknown", {"facts": {"unknown": ["deaths"] * 1_000}}, "length"),
    ("/body/facts/deaths", {"facts": {"deaths": 1, "unknown": ["deaths"]}}, "emergency.fact_contradictory"),
    ("/body/facts/casualties", {"facts": {"casualties": 1}}, "unknown_field"),
    ("/body/facts/*", {"facts": {"a/b~": 1}}, "unknown_field"),
    ("/body/level", {"level": "I"}, "unknown_field"),
    *(
        ("/body/occurred_at", {"occurred_at": at}, code)
        for at, code in (
            ("2026-11-23T09:00:00", "not_time"),
            ("yesterday", "not_time"),
            (1763859600, "not_time"),
            ("2026-13-01T00:00:00Z", "not_time"),
            ("10000-01-01T00:00:00Z", "not_time"),
            ("0001-01-01T00:00:00+14:00", "range"),
            ("0001-01-01T00:00:00Z", "range"),
            ("9999-12-31T23:59:59-14:00", "emergency.time_in_future"),
            ("9999-12-31T23:59:59.999999Z", "emergency.time_in_future"),
            ("2026-11-23T01:05:00.001Z", "emergency.time_in_future"),
            ("2026-11-23T00:00:00+99:00", "not_time"),
        )
    ),
]


@pytest.mark.parametrize(("pointer", "change", "code"), FAULTY)
def test_a_faulty_field_is_named_by_pointer_in_both_languages(house, pointer, change, code):
    refusal = house.refused("report_incident", CCMS, key="k", body=report_of(**change))

    assert refusal["kind"] == "malformed"
    assert pointer in {each["pointer"] for each in refusal["fields"]}
    assert all(each["zh"] and each["en"] for each in refusal["fields"])
    assert code is None or code in {each["code"] for each in refusal["fields"]}
    assert house.database.incidents.count_documents({}) == 0


def test_every_faulty_field_of_a_body_is_named_at_once(house):
    body = {"unit": "!", "summary": "", "facts": {"deaths": -1, "loss_cny": "x"}, "drill": 0, "extra": 1}

    refusal = house.refused("report_incident", CCMS, key="k", body=body)

    assert sorted(each["pointer"] for each in refusal["fields"]) == [
        "/body/drill",
        "/body/extra",
        "/body/facts/deaths",
        "/body/facts/loss_cny",
        "/body/kind",
        "/body/summary",
        "/body/unit",
    ]


@pytest.mark.parametrize("body", [None, [], "text", 5, True, [{}]])
def test_a_body_that_is_no_object_is_refused(house, body):
    refusal = house.refused("report_incident", CCMS, key="k", body=body)

    assert [each["pointer"] for each in refusal["fields"]] == ["/body"]


@pytest.mark.parametrize(
    ("operation", "query"),
    [
        ("incident_list", {"limit": "0"}),
        ("incident_list", {"limit": "201"}),
        ("incident_list", {"limit": "many"}),
        ("incident_list", {"limit": "1e3"}),
        ("incident_list", {"limit": "9" * 400}),
        ("incident_list", {"level": "V"}),
        ("incident_list", {"drill": "perhaps"}),
        ("incident_list", {"cursor": "!"}),
        ("incident_list", {"cursor": "W10"}),
        ("incident_list", {"cursor": "WzFd"}),
        ("incident_list", {"cursor": "bm90aGluZw"}),
        ("incident_list", {"order": "oldest"}),
        ("timeline", {"cursor": "WyJhIl0"}),
        ("timeline", {"cursor": "Wy0xXQ"}),
        ("timeline", {"limit": "-1"}),
        ("reports", {"cursor": "x" * 201}),
    ],
)
def test_a_faulty_query_is_named_by_pointer(house, operation, query):
    incident = gathering(house, 3)

    refusal = house.refused(operation, HO_REVIEWER, path={"incident": incident}, query=query)

    (name,) = query
    assert refusal["kind"] == "malformed"
    assert [each["pointer"] for each in refusal["fields"]] == [f"/query/{name}"]


@pytest.mark.parametrize("incident", ["", "../x", "a b", "x" * 81, "\x00", "\ud800", "a/b"])
def test_a_faulty_path_is_refused(house, incident):
    refusal = house.refused("incident", HO_REVIEWER, path={"incident": incident})

    assert [each["pointer"] for each in refusal["fields"]] == ["/path/incident"]


WORDS = [
    ("judge", HO_REVIEWER, {"level": "I"}, "reason"),
    ("close", HO_REVIEWER, {"outcome": "false_alarm"}, "reason"),
    ("record_guidance", BUSINESS, {}, "words"),
    ("refer_claim", HO_REVIEWER, {}, "reference"),
    ("submit_report", HO_REVIEWER, {"kind": "first", "signer": "P0001", "contact": "P0001"}, "course"),
]


@pytest.mark.parametrize(("operation", "by", "rest", "name"), WORDS)
@pytest.mark.parametrize("text", ["", " \n", "x" * 2_001, "a\x00", "\udfff", 5, None])
def test_texts_of_commands_are_given_and_bounded_and_hold_no_control_characters(house, operation, by, rest, name, text):
    incident = gathering(house, 10, kind="major_claim")

    refusal = house.refused(operation, by, path={"incident": incident}, body={**rest, name: text})

    assert refusal["kind"] == "malformed"
    assert f"/body/{name}" in {each["pointer"] for each in refusal["fields"]}


def test_a_signer_is_a_person_id_and_never_a_name(house):
    incident = gathering(house, 10)
    body = {"kind": "first", "course": "经过", "signer": "张三", "contact": "13800138000"}

    refusal = house.refused("submit_report", HO_REVIEWER, path={"incident": incident}, body=body)

    assert sorted(each["pointer"] for each in refusal["fields"]) == ["/body/contact", "/body/signer"]


def test_an_unproven_caller_and_a_late_call_are_refused(house):
    request = {"path": {"incident": "x"}}

    unproven = house.calls.answer("incident", {"nameko.auth_token": "nonsense"}, request)["refusal"]
    late = house.calls.answer("incident", {"decalog.deadline": 1}, request)["refusal"]

    assert (unproven["code"], late["code"]) == ("chassis.caller_unproven", "chassis.deadline_passed")
    assert house.calls.answer("nothing_such", {}, {}) == {"absent": "nothing_such"}


PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.sampled_from(["I", "1E+400", "NaN", "0001-01-01T00:00:00+14:00", "\ud800", "handled", "gathering", "4401003"]),
)
JSON = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))
NAMES = (
    *("kind", "unit", "summary", "facts", "occurred_at", "detected_at", "drill", "claims_reference"),
    *("level", "reason", "words", "outcome", "reference", "course", "signer", "contact", "control", "trend"),
)
FACTS = ("people_gathering", "deaths", "loss_cny", "surrender_amount_cny", "crime", "outage_scope", "unknown")
BODIES = st.one_of(
    JSON,
    st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6),
    st.dictionaries(st.sampled_from(NAMES), JSON, max_size=3).map(lambda change: report_of(**change)),
    st.dictionaries(st.sampled_from(FACTS), JSON, max_size=4).map(lambda facts: report_of(facts=facts)),
)
COMMANDS = (
    *("report_incident", "add_facts", "judge", "begin_response", "contain", "close", "acknowledge"),
    *("record_guidance", "submit_report", "refer_claim"),
)


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(operation=st.sampled_from(COMMANDS), body=BODIES)
def test_no_body_makes_a_command_fail_otherwise_than_by_a_refusal(house, operation, body):
    incident = gathering(house, 50, kind="major_claim", key="the one incident of all examples")
    by = LEADER if operation == "acknowledge" else CCMS if operation == "report_incident" else HO_REVIEWER

    answer = house.answer(operation, by, path={"incident": incident}, body=body)

    assert set(answer) <= {"ok", "refusal"}
    for each in answer.get("refusal", {}).get("fields", ()):
        assert each["pointer"].startswith("/body")
        assert each["zh"]
        assert each["en"]


def test_a_clock_that_runs_a_little_ahead_is_put_back_to_the_report(house):
    ahead = (NINE + timedelta(minutes=5)).isoformat()

    answer = house.done("report_incident", CCMS, key="k", body=report_of(occurred_at=ahead))

    assert answer["body"]["occurred_at"] == "2026-11-23T01:00:00+00:00"
