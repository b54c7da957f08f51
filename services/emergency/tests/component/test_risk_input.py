"""Whatever comes in about hidden risks and warnings, the answer is a refusal that names what is wrong."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.emergency.tests.component.office import HO_REVIEWER, MANAGER, SUPERVISOR
from services.emergency.tests.component.risks import (
    MEASURE,
    PLAN,
    inspected,
    opened,
    path_of,
    record_of,
    warned,
    warning_of,
)

pytestmark = [pytest.mark.live, pytest.mark.clause("R7.6", "R7.7")]

FAULTY = [
    ("set_risk_inspection_plan", {**PLAN, "every": "day"}, "/body/every"),
    ("set_risk_inspection_plan", {**PLAN, "due_day": 0}, "/body/due_day"),
    ("set_risk_inspection_plan", {**PLAN, "due_day": True}, "/body/due_day"),
    ("set_risk_inspection_plan", {**PLAN, "due_day": 10**400}, "/body/due_day"),
    ("set_risk_inspection_plan", {**PLAN, "categories": []}, "/body/categories"),
    ("set_risk_inspection_plan", {**PLAN, "categories": ["weather"]}, "/body/categories/0"),
    ("record_risk_inspection", record_of(occurred_on="23.11.2026"), "/body/occurred_on"),
    ("record_risk_inspection", record_of(occurred_on=None), "/body/occurred_on"),
    ("record_risk_inspection", record_of(results=None), "/body/results"),
    ("record_risk_inspection", record_of("grave"), "/body/results/0/findings/0/severity"),
    ("reschedule_risk_inspection", {"due": "2026-11-27T10:00:00", "reason": "装修"}, "/body/due"),
    ("reschedule_risk_inspection", {"due": "0001-01-01T00:00:00+14:00", "reason": "装修"}, "/body/due"),
    ("cancel_risk_inspection", {"reason": "x" * 501}, "/body/reason"),
    ("assign_finding", {"owner": "张三"}, "/body/owner"),
    ("fix_finding", {"note": "字" * 1001}, "/body/note"),
    ("fix_finding", {"note": "a\x00"}, "/body/note"),
    ("fix_finding", {"hashes": ["A" * 64]}, "/body/hashes/0"),
    ("fix_finding", {"hashes": ["a" * 64] * 21}, "/body/hashes"),
    ("raise_finding", {"kind": "earthquake"}, "/body/kind"),
    ("issue_warning", warning_of(to=["44/01"]), "/body/to/0"),
    ("issue_warning", warning_of(measures=[{**MEASURE, "text": "\ud800"}]), "/body/measures/0/text"),
    ("issue_warning", warning_of(measures=[MEASURE] * 21), "/body/measures"),
    ("issue_warning", warning_of(findings=[{"inspection": "../x", "number": 1}]), "/body/findings/0/inspection"),
    ("issue_warning", warning_of(ends_at=None), "/body/ends_at"),
    ("settle_measure", {"done": "yes"}, "/body/done"),
    ("link_foretold_incident", {"incident": "a b"}, "/body/incident"),
]


def path_for(house, operation):
    if "warning" in operation or operation in ("settle_measure", "link_foretold_incident"):
        return None if operation == "issue_warning" else {"warning": "w", "number": "1"}
    if operation == "set_risk_inspection_plan":
        return {"unit": "4401"}
    return path_of(opened(house), 1)


@pytest.mark.parametrize(("operation", "body", "pointer"), FAULTY)
def test_a_faulty_field_is_named_by_pointer_in_both_languages(house, operation, body, pointer):
    refusal = house.refused(operation, HO_REVIEWER, path=path_for(house, operation), body=body, key="k")

    assert refusal["kind"] == "malformed"
    assert pointer in {each["pointer"] for each in refusal["fields"]}
    assert all(each["zh"] and each["en"] for each in refusal["fields"])


@pytest.mark.parametrize(
    ("operation", "query"),
    [
        ("risk_inspection_list", {"state": "lost"}),
        ("risk_inspection_list", {"missed": "perhaps"}),
        ("risk_inspection_list", {"unit": "4401;"}),
        ("risk_finding_register", {"severity": "grave"}),
        ("risk_finding_register", {"cursor": "W10"}),
        ("warning_list", {"level": "V"}),
        ("warning_list", {"in_force": "2"}),
        ("warning_list", {"limit": "201"}),
    ],
)
def test_a_faulty_query_is_named_by_pointer(house, operation, query):
    refusal = house.refused(operation, HO_REVIEWER, query=query)

    (name,) = query
    assert [each["pointer"] for each in refusal["fields"]] == [f"/query/{name}"]


PLAIN = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.text()),
    st.sampled_from(["4401", "month", "low", "I", "2026-11-23", "2026-11-24T01:00:00Z", "\ud800", MANAGER.subject]),
)
JSON = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))
NAMES = (
    *("every", "due_day", "categories", "unit", "day", "occurred_on", "results", "due", "reason", "owner", "note"),
    *("hashes", "kind", "to", "level", "begins_at", "ends_at", "measures", "findings", "drill", "done", "incident"),
)
CHANGES = st.dictionaries(st.sampled_from(NAMES), JSON, max_size=3)
BODIES = st.one_of(
    JSON,
    st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6),
    CHANGES.map(lambda change: warning_of(**change)),
    CHANGES.map(lambda change: record_of("low") | change),
    CHANGES.map(lambda change: PLAN | change),
)
ON_UNITS = ("set_risk_inspection_plan", "open_risk_inspection", "issue_warning")
ON_INSPECTIONS = ("record_risk_inspection", "reschedule_risk_inspection", "cancel_risk_inspection")
ON_FINDINGS = tuple(f"{step}_finding" for step in ("assign", "fix", "verify", "reject", "raise"))
ON_WARNINGS = (
    *("acknowledge_warning", "settle_measure", "extend_warning", "lift_warning"),
    "link_foretold_incident",
)


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(operation=st.sampled_from(ON_UNITS + ON_INSPECTIONS + ON_FINDINGS + ON_WARNINGS), body=BODIES)
def test_no_body_makes_a_command_fail_otherwise_than_by_a_refusal(house, operation, body):
    if not house.database.warnings.count_documents({}):
        inspected(house, "low")
        warned(house)
    warning = house.database.warnings.find_one({}, {"_id": 1})["_id"]
    path = {"unit": "4401", "inspection": "4401003:2026-11", "number": "1", "warning": warning}

    answer = house.answer(operation, HO_REVIEWER, path=path, body=body, key=None)

    assert set(answer) <= {"ok", "refusal"}
    for each in answer.get("refusal", {}).get("fields", ()):
        assert each["pointer"].startswith("/body")
        assert each["zh"]
        assert each["en"]


def test_personal_words_stand_in_no_event(house):
    inspected(house, "high")
    warned(
        house, SUPERVISOR, unit="4401003", measures=[{**MEASURE, "owner": SUPERVISOR.subject}], reason="客户张某扬言"
    )
    house.wait(days=4)

    for message in house.exchange.arrived:
        for words in ("等候区无分流标识", "增开两个窗口", "张某"):
            assert words not in str(message.body)
