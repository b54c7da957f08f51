"""The contract of matrices and elevations says what happens: every refusal and event declared is produced, no other."""

import pytest

from chassis.work import approvals
from security import elevation_refusals as elevation_no
from security import matrix_refusals as no
from security.authority import BeyondAuthority
from security.contract import CONTRACT
from security.elevation_operations import ELEVATION_OPERATIONS, ELEVATION_STATED
from security.footings import Footings
from security.matrix_operations import MATRIX_EVENTS, MATRIX_OPERATIONS
from security.matrix_versions import RECERTIFY_AFTER
from security.rights import RightUnknown
from security.separations import PostsJoinable, RightsSeparated
from services.security.tests.component.bureau import holders
from services.security.tests.component.staffed import (
    ACTING,
    ALMIGHTY,
    BUSINESS_SYSTEM,
    COUNTER,
    DEPUTY,
    EXPLAINED,
    GUIDE,
    HEAD,
    IT,
    MANAGER,
    PROVINCE_UNIT,
    REVIEWER,
    ROWS,
    SUPERVISOR,
    TELLER,
    WIDER,
    approved,
    asked,
    drawn,
    in_force,
    once,
    setting,
    staffed,
    submitted,
    was_set,
    wish,
)
from tests.house import system

pytestmark = pytest.mark.live

OPERATIONS = (*MATRIX_OPERATIONS, *ELEVATION_OPERATIONS)
CLASHING = [ROWS[0], {**ROWS[0], "permission": "policy.change_check"}]
JOINABLE = [{**ROWS[0], "permission": "seal.keep"}, {**ROWS[1], "permission": "document.keep"}]
REASON, BLANK = {"reason": "说明"}, {"reason": " "}
SAID_OF_CLASHING = {
    "explanations": [
        {"post": post, "permission": permission, "words": "系统所致"}
        for post, permission in (
            ("teller", "policy.change_check"),
            ("counter_supervisor", "policy.change_check"),
            ("counter_supervisor", "payment.release"),
        )
    ]
}
SAID_OF_JOINABLE = {
    "explanations": [
        {"post": each["post"], "permission": each["permission"], "words": "系统所致"} for each in (*JOINABLE, *ROWS)
    ]
}
HEAD_OFFICES = system("overgranted", "HQ", "permission_matrix.draft")


def nothing(_):
    return PROVINCE_UNIT


def by_matrix(made):
    """The path of a matrix after `made`."""

    def prepared(house):
        made(house)
        return PROVINCE_UNIT

    return prepared


def by_elevation(made):
    """The path of the elevation that `made` makes."""
    return lambda house: {"elevation": made(house)}


def drawn_by_two(house):
    drawn(house, by=REVIEWER)
    submitted(house)


def drawn_by_two_and_set(house):
    drawn_by_two(house)
    house.done("report_setting", IT, path=PROVINCE_UNIT, body=setting())


def set_otherwise(rows, of=ROWS):
    return by_matrix(lambda house: was_set(house, rows, of=of))


def own(house):
    return asked(house, by=ACTING)


def withdrawn(house):
    elevation = asked(house)
    house.done("withdraw_elevation", TELLER, path={"elevation": elevation}, body={})
    return elevation


def of_somebody_who_left(house):
    elevation = asked(house)
    holders(house, f"person,post,unit,kind,from,to\n{TELLER.subject},teller,{COUNTER},holder,2026-01-01,2026-11-23\n")
    return elevation


def given_already(house):
    elevation = asked(house, key="second")
    approved(house)
    return elevation


def closing(house):
    return asked(house, wish("incident.close"))


def two_halves(house):
    elevation = asked(house, wish("refund.release"), key="second")
    approved(house, wish("refund.request"))
    return elevation


def used(house):
    elevation = approved(house, once())
    house.done("use_elevation", TELLER, path={"elevation": elevation}, body={})
    return elevation


MATRIX_REFUSED = [
    ("matrix_export", no.NoDraft, by_matrix(in_force), IT, None),
    ("matrix_export", no.WrongStage, by_matrix(drawn), IT, None),
    ("draft_matrix", BeyondAuthority, nothing, ALMIGHTY, {"rows": ROWS}),
    ("draft_matrix", no.NotAProvince, lambda _: {"unit": "4401"}, HEAD_OFFICES, {"rows": ROWS}),
    ("draft_matrix", no.WrongStage, by_matrix(submitted), HEAD, {"rows": ROWS}),
    ("draft_matrix", no.PostOutside, nothing, HEAD, {"rows": [{**ROWS[0], "post": "duty_officer"}]}),
    ("draft_matrix", no.PermissionUnknown, nothing, HEAD, {"rows": [{**ROWS[0], "permission": "fly"}]}),
    ("draft_matrix", no.RowTwice, nothing, HEAD, {"rows": [ROWS[0], ROWS[0]]}),
    ("draft_matrix", RightsSeparated, nothing, HEAD, {"rows": CLASHING}),
    ("draft_matrix", PostsJoinable, nothing, HEAD, {"rows": JOINABLE}),
    ("submit_matrix", BeyondAuthority, by_matrix(drawn), ALMIGHTY, {}),
    ("submit_matrix", no.NoDraft, by_matrix(in_force), HEAD, {}),
    ("submit_matrix", no.WrongStage, by_matrix(submitted), HEAD, {}),
    ("report_setting", BeyondAuthority, by_matrix(submitted), ALMIGHTY, setting()),
    ("report_setting", no.NoDraft, by_matrix(in_force), IT, setting()),
    ("report_setting", no.WrongStage, by_matrix(drawn), IT, setting()),
    ("report_setting", no.DigestDiffers, by_matrix(submitted), IT, setting(of=WIDER)),
    ("report_setting", no.PostOutside, by_matrix(submitted), IT, setting([{**ROWS[0], "post": "king"}])),
    ("report_setting", no.PermissionUnknown, by_matrix(submitted), IT, setting([{**ROWS[0], "permission": "fly"}])),
    ("report_setting", no.RowTwice, by_matrix(submitted), IT, setting([ROWS[0], ROWS[0]])),
    ("accept_matrix", BeyondAuthority, by_matrix(was_set), ALMIGHTY, {}),
    ("accept_matrix", no.NoDraft, by_matrix(in_force), REVIEWER, {}),
    ("accept_matrix", no.WrongStage, by_matrix(submitted), REVIEWER, {}),
    ("accept_matrix", no.DifferencesUnexplained, set_otherwise(WIDER), REVIEWER, {}),
    ("accept_matrix", no.NoSuchDifference, by_matrix(was_set), REVIEWER, EXPLAINED),
    ("accept_matrix", RightsSeparated, set_otherwise(CLASHING), REVIEWER, SAID_OF_CLASHING),
    ("accept_matrix", PostsJoinable, set_otherwise(JOINABLE), REVIEWER, SAID_OF_JOINABLE),
    ("accept_matrix", approvals.OwnWork, by_matrix(was_set), HEAD, {}),
    ("accept_matrix", approvals.SelfConcerned, by_matrix(drawn_by_two_and_set), REVIEWER, {}),
    (
        "accept_matrix",
        approvals.ReasonMissing,
        set_otherwise(WIDER),
        REVIEWER,
        {"explanations": [{**EXPLAINED["explanations"][0], "words": " "}]},
    ),
    ("return_matrix", BeyondAuthority, by_matrix(was_set), ALMIGHTY, REASON),
    ("return_matrix", no.NoDraft, by_matrix(in_force), HEAD, REASON),
    ("return_matrix", no.WrongStage, by_matrix(drawn), HEAD, REASON),
    ("return_matrix", approvals.SelfConcerned, by_matrix(drawn_by_two), REVIEWER, REASON),
    ("return_matrix", approvals.PostLacking, by_matrix(submitted), DEPUTY, REASON),
    ("return_matrix", approvals.StepTaken, by_matrix(was_set), IT, REASON),
    ("return_matrix", approvals.ReasonMissing, by_matrix(was_set), REVIEWER, BLANK),
    ("recertify_matrix", BeyondAuthority, by_matrix(in_force), ALMIGHTY, {}),
    ("recertify_matrix", no.NotInForce, by_matrix(was_set), HEAD, {}),
]
REQUESTS_REFUSED = [
    (BeyondAuthority, nothing, ALMIGHTY, wish()),
    (elevation_no.NotYourUnit, nothing, MANAGER, wish()),
    (RightUnknown, nothing, TELLER, wish("fly")),
    (elevation_no.NotElevatable, nothing, TELLER, wish("seal.keep")),
    (elevation_no.AlreadyPermitted, in_force, TELLER, wish("policy.change")),
    (elevation_no.SomebodyHasIt, in_force, GUIDE, wish("policy.change")),
    (elevation_no.ReferenceMissing, nothing, TELLER, wish(kind="single")),
    (elevation_no.ReferenceNotWanted, nothing, TELLER, wish(reference="BQ-1")),
    (elevation_no.SingleForBusiness, nothing, TELLER, once("incident.close")),
    (elevation_no.EndMisplaced, nothing, TELLER, wish(until="2026-12-24T00:00:00Z")),
    (RightsSeparated, in_force, TELLER, wish("policy.change_check", unable="在外")),
    (approvals.ReasonMissing, nothing, TELLER, wish(reason=" ")),
]
ELEVATION_REFUSED = [
    ("approve_elevation", BeyondAuthority, asked, ALMIGHTY, {}),
    ("approve_elevation", approvals.NotPending, approved, MANAGER, {}),
    ("approve_elevation", approvals.OwnWork, own, ACTING, {}),
    ("approve_elevation", approvals.PostLacking, asked, HEAD, {}),
    ("approve_elevation", elevation_no.NotYourUnit, of_somebody_who_left, SUPERVISOR, {}),
    ("approve_elevation", elevation_no.AlreadyPermitted, given_already, SUPERVISOR, {}),
    ("approve_elevation", elevation_no.NotTheirsToGive, closing, SUPERVISOR, {}),
    ("approve_elevation", RightsSeparated, two_halves, SUPERVISOR, {}),
    ("refuse_elevation", BeyondAuthority, asked, ALMIGHTY, REASON),
    ("refuse_elevation", approvals.NotPending, approved, MANAGER, REASON),
    ("refuse_elevation", approvals.OwnWork, own, ACTING, REASON),
    ("refuse_elevation", approvals.PostLacking, asked, HEAD, REASON),
    ("refuse_elevation", approvals.ReasonMissing, asked, SUPERVISOR, BLANK),
    ("withdraw_elevation", approvals.NotPending, approved, TELLER, {}),
    ("use_elevation", elevation_no.NotSingle, approved, TELLER, {}),
    ("use_elevation", elevation_no.NotLasting, used, TELLER, {}),
    ("revoke_elevation", elevation_no.PersonOrHeadOnly, approved, HEAD, REASON),
    ("revoke_elevation", elevation_no.NotLasting, withdrawn, SUPERVISOR, REASON),
    ("revoke_elevation", approvals.ReasonMissing, approved, SUPERVISOR, BLANK),
]
REFUSED = [
    *MATRIX_REFUSED,
    *(("request_elevation", *one) for one in REQUESTS_REFUSED),
    *((operation, refusal, by_elevation(made), by, body) for operation, refusal, made, by, body in ELEVATION_REFUSED),
]


def refused(house, operation, refusal, made, by, body):
    path = made(house) if CONTRACT.operation(operation).parameters else made(house) and None
    house.settle()
    before = len(house.exchange.arrived)

    answer = house.refused(operation, by, path=path, body=body, key="refused")

    assert (answer["kind"], answer["code"]) == (refusal.kind, refusal.code)
    house.settle()
    assert len(house.exchange.arrived) == before


@pytest.mark.clause("R9.5", "R9.6")
@pytest.mark.parametrize(("operation", "refusal", "made", "by", "body"), REFUSED)
def test_a_declared_refusal_is_answered_with_its_code_and_changes_nothing(province, operation, refusal, made, by, body):
    refused(province, operation, refusal, made, by, body)


@pytest.mark.clause("R9.6")
def test_the_other_half_of_a_pair_that_was_given_at_the_same_moment_is_refused(province, monkeypatch):
    elevation = two_halves(province)
    monkeypatch.setattr(Footings, "_lasting", lambda *_: [])

    refused(province, "approve_elevation", elevation_no.OtherHalfGiven, lambda _: {"elevation": elevation}, MANAGER, {})


def test_every_declared_refusal_is_produced_and_no_other():
    declared = {(operation.name, refusal) for operation in OPERATIONS for refusal in operation.refuses}
    produced = {(operation, refusal) for operation, refusal, *_ in REFUSED}

    assert produced | {("approve_elevation", elevation_no.OtherHalfGiven)} == declared


def overdue(house):
    in_force(house)
    house.wait(days=RECERTIFY_AFTER.days)


ANNOUNCED = [
    ("draft_matrix", nothing, HEAD, {"rows": ROWS}),
    ("submit_matrix", by_matrix(drawn), HEAD, {}),
    ("report_setting", by_matrix(submitted), IT, setting()),
    ("accept_matrix", by_matrix(was_set), REVIEWER, {}),
    ("return_matrix", by_matrix(was_set), REVIEWER, REASON),
    ("recertify_matrix", by_matrix(in_force), HEAD, {}),
    ("request_elevation", nothing, TELLER, wish()),
    ("approve_elevation", by_elevation(asked), SUPERVISOR, {}),
    ("refuse_elevation", by_elevation(asked), SUPERVISOR, REASON),
    ("withdraw_elevation", by_elevation(asked), TELLER, {}),
    ("use_elevation", by_elevation(lambda house: approved(house, once())), BUSINESS_SYSTEM, {}),
    ("revoke_elevation", by_elevation(approved), SUPERVISOR, REASON),
]


@pytest.mark.parametrize(("operation", "made", "by", "body"), ANNOUNCED)
def test_a_command_announces_what_its_contract_says(province, operation, made, by, body):
    path = made(province) if CONTRACT.operation(operation).parameters else None
    province.settle()
    before = len(province.exchange.arrived)

    province.done(operation, by, path=path, body=body, key="announced")
    province.relayed()

    types = {each.attributes["type"].split(".")[2] for each in province.exchange.arrived[before:]}
    assert types == set(CONTRACT.operation(operation).announces)


def test_every_command_is_among_them():
    assert {name for name, *_ in ANNOUNCED} == {each.name for each in OPERATIONS if each.kind == "command"}


def test_every_declared_event_is_produced_and_no_other(province):
    before = {event.name for event in CONTRACT.events} - {one.name for one in (*MATRIX_EVENTS, ELEVATION_STATED)}
    approved(province)
    overdue(province)

    types = {each.attributes["type"].split(".")[2] for each in province.exchange.arrived}
    assert types - before == {one.name for one in (*MATRIX_EVENTS, ELEVATION_STATED)}


def test_the_examples_of_the_contract_are_taken(bureau):
    house = staffed(bureau)
    steps = ((HEAD, "draft_matrix"), (HEAD, "submit_matrix"), (IT, "report_setting"), (REVIEWER, "accept_matrix"))
    for by, name in steps:
        house.done(name, by, path=PROVINCE_UNIT, body=CONTRACT.operation(name).example)
    house.done("recertify_matrix", HEAD, path=PROVINCE_UNIT, body=CONTRACT.operation("recertify_matrix").example)
    submitted(house, ROWS)
    house.done("return_matrix", IT, path=PROVINCE_UNIT, body=CONTRACT.operation("return_matrix").example)
    house.done("request_elevation", TELLER, body=CONTRACT.operation("request_elevation").example, key="k")
