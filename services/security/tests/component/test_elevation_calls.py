"""R9.6: elevations over the wire: who asks, who decides, what they see of it, and that it ends."""

from datetime import timedelta

import pytest

from security.footings import Footings
from services.security.tests.component.bureau import holders
from services.security.tests.component.staffed import (
    ACTING,
    ALMIGHTY,
    BUSINESS_SYSTEM,
    COLLEAGUE,
    COUNTER,
    GUIDE,
    HEAD,
    MANAGER,
    MANAGER_DEPUTY,
    MARKETER,
    NEIGHBOUR,
    SUPERVISOR,
    TELLER,
    approved,
    asked,
    in_force,
    once,
    wish,
)

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.6")]


def code(house, operation, by, elevation=None, body=None, **request):
    path = elevation and {"elevation": elevation}
    return house.refused(operation, by, path=path, body={} if body is None else body, **request)["code"]


def does(house, operation, by, elevation, body=None, **request):
    answer = house.done(operation, by, path={"elevation": elevation}, body=body or {}, **request)
    house.settle()
    return answer["body"]


def shown(house, elevation, by=SUPERVISOR):
    return house.done("elevation", by, path={"elevation": elevation})["body"]


def stated(house):
    return [(each["state"], each["right"]) for each in house.events("elevation_stated")]


def test_it_is_asked_for_approved_and_ends_with_the_business_day(province):
    elevation = approved(province)
    seen = shown(province, elevation, TELLER)

    assert (seen["state"], seen["decided_by"], seen["until"]) == (
        "approved",
        SUPERVISOR.subject,
        "2026-11-23T16:00:00+00:00",
    )
    province.wait(hours=15)
    ended = shown(province, elevation)
    assert (ended["state"], ended["ended_at"]) == ("ended", "2026-11-23T16:00:00+00:00")
    assert stated(province) == [(state, "policy.reprint") for state in ("requested", "approved", "ended")]


def test_a_request_is_a_task_of_the_head_until_it_is_decided(province):
    elevation = asked(province)
    province.settle()

    def waiting(by):
        return [one["id"] for one in province.done("my_tasks", by)["body"]["items"]]

    assert (waiting(SUPERVISOR), waiting(TELLER)) == ([f"{elevation}:decide"], [])
    does(province, "refuse_elevation", SUPERVISOR, elevation, {"reason": "请改由同事办理"})
    assert waiting(SUPERVISOR) == []


def test_what_nobody_decides_lapses(province):
    elevation = asked(province)
    province.wait(hours=15)

    assert shown(province, elevation)["state"] == "lapsed"
    assert code(province, "approve_elevation", SUPERVISOR, elevation) == "chassis.not_pending"


@pytest.mark.parametrize("by", [SUPERVISOR, MANAGER, MANAGER_DEPUTY, ACTING])
def test_the_heads_of_the_counter_approve_and_so_does_who_acts_for_them(province, by):
    assert shown(province, approved(province, by=by))["decided_by"] == by.subject


def test_who_acts_for_a_head_approves_for_those_days_only(province):
    elevation = asked(province, wish(until="2026-11-26T00:00:00Z"))
    province.wait(days=1)

    assert code(province, "approve_elevation", ACTING, elevation) == "chassis.not_granted"


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (TELLER, "chassis.not_granted"),
        (COLLEAGUE, "chassis.not_granted"),
        (HEAD, "chassis.post_lacking"),
        (ALMIGHTY, "security.beyond_authority"),
        (BUSINESS_SYSTEM, "chassis.not_granted"),
    ],
)
def test_nobody_else_approves(province, by, expected):
    assert code(province, "approve_elevation", by, asked(province)) == expected


def test_nobody_approves_their_own(province):
    elevation = asked(province, by=ACTING)

    assert code(province, "approve_elevation", ACTING, elevation) == "chassis.own_work"
    assert shown(province, elevation)["state"] == "requested"


def test_two_heads_who_approve_at_once_have_one_effect(province):
    elevation = asked(province)
    version = province.done("elevation", MANAGER, path={"elevation": elevation})["version"]
    does(province, "approve_elevation", SUPERVISOR, elevation, if_match=version)

    assert code(province, "approve_elevation", MANAGER, elevation, if_match=version) == "chassis.version_changed"
    assert code(province, "approve_elevation", MANAGER, elevation) == "chassis.not_pending"
    assert [state for state, _ in stated(province)] == ["requested", "approved"]
    assert shown(province, elevation)["decided_by"] == SUPERVISOR.subject


def test_halves_of_a_pair_do_not_come_together_by_two_approvals(province):
    one = asked(province, wish("refund.request"), key="a")
    other = asked(province, wish("refund.release"), key="b")
    does(province, "approve_elevation", SUPERVISOR, one)

    assert code(province, "approve_elevation", MANAGER, other) == "security.rights_separated"
    does(province, "revoke_elevation", TELLER, one, {"reason": "已办结"})
    assert does(province, "approve_elevation", MANAGER, other)["state"] == "approved"


def test_nor_where_the_second_head_decided_before_the_first_one_s_approval_could_be_seen(province, monkeypatch):
    one = asked(province, wish("refund.request"), key="a")
    other = asked(province, wish("refund.release"), key="b")
    does(province, "approve_elevation", SUPERVISOR, one)
    monkeypatch.setattr(Footings, "_lasting", lambda *_: [])

    assert code(province, "approve_elevation", MANAGER, other) == "security.other_half_given"
    assert shown(province, other)["state"] == "requested"


@pytest.mark.clause("R9.5")
@pytest.mark.parametrize(("since", "ended"), [("2026-11-23", True), ("2026-11-25", True), ("2026-11-26", False)])
def test_a_post_that_brings_the_other_half_ends_what_was_given_for_a_time(province, since, ended):
    in_force(province)
    checks = wish("policy.change_check", until="2026-11-25T08:00:00Z", unable="柜面主管外出")
    elevation = asked(province, checks, by=GUIDE)
    does(province, "approve_elevation", SUPERVISOR, elevation)

    teller = {"person": GUIDE.subject, "post": "teller", "unit": COUNTER, "held_from": since}
    province.done("assign", MANAGER, body=teller, key="t")
    province.settle()

    seen = shown(province, elevation)
    assert (seen["state"], seen["ended_by"]) == (("revoked", "security") if ended else ("approved", None))
    assert [right for state, right in stated(province) if state == "revoked"] == ["policy.change_check"] * ended


def test_others_at_the_counter_who_have_the_permission_are_named(province):
    in_force(province)

    refusal = province.refused("request_elevation", GUIDE, body=wish("policy.change"), key="a")
    unable = asked(province, wish("policy.change", unable="两名柜员均在外培训"), by=GUIDE)

    assert refusal["code"] == "security.somebody_has_it"
    assert TELLER.subject in refusal["zh"]
    assert COLLEAGUE.subject in refusal["zh"]
    assert NEIGHBOUR.subject not in refusal["zh"]
    assert shown(province, unable)["others"] == [TELLER.subject, COLLEAGUE.subject]


def test_who_has_it_by_the_matrix_in_force_needs_not_ask_and_nobody_is_given_the_other_half(province):
    in_force(province)

    assert code(province, "request_elevation", TELLER, body=wish("policy.change"), key="a") == (
        "security.already_permitted"
    )
    assert code(province, "request_elevation", TELLER, body=wish("policy.change_check", unable="x"), key="b") == (
        "security.rights_separated"
    )


def test_one_for_one_transaction_is_used_once_by_the_person_or_by_the_business_system(province):
    first, second = approved(province, once(), key="a"), approved(province, once(), key="b")

    assert does(province, "use_elevation", TELLER, first)["state"] == "used"
    assert code(province, "use_elevation", TELLER, first) == "security.not_lasting"
    assert code(province, "use_elevation", COLLEAGUE, second) in ("chassis.not_permitted", "chassis.not_granted")
    assert does(province, "use_elevation", BUSINESS_SYSTEM, second)["ended_by"] == BUSINESS_SYSTEM.subject


@pytest.mark.parametrize("by", [SUPERVISOR, MANAGER, TELLER])
def test_it_is_ended_early_and_no_timer_fires_afterwards(province, by):
    elevation = approved(province)
    ended = does(province, "revoke_elevation", by, elevation, {"reason": "已办结"})
    province.wait(days=2)

    assert (ended["state"], ended["ended_by"], ended["end_reason"]) == ("revoked", by.subject, "已办结")
    assert [state for state, _ in stated(province)] == ["requested", "approved", "revoked"]


def test_a_request_is_refused_with_a_reason_or_withdrawn(province):
    refused, withdrawn = asked(province, key="a"), asked(province, key="b")

    assert does(province, "refuse_elevation", SUPERVISOR, refused, {"reason": "请改日"})["end_reason"] == "请改日"
    assert does(province, "withdraw_elevation", TELLER, withdrawn)["state"] == "withdrawn"
    assert code(province, "withdraw_elevation", COLLEAGUE, asked(province, key="c")) == "chassis.not_permitted"


@pytest.mark.parametrize(
    ("by", "body", "expected"),
    [
        (NEIGHBOUR, wish(), "chassis.not_found"),
        (MANAGER, wish(), "security.not_your_unit"),
        (MARKETER, wish(), "chassis.not_granted"),
        (BUSINESS_SYSTEM, wish(), "chassis.not_granted"),
        (ALMIGHTY, wish(), "security.beyond_authority"),
        (TELLER, wish(unit="9999"), "chassis.not_found"),
        (TELLER, wish("elevation.decide"), "security.not_elevatable"),
        (TELLER, wish("fly"), "security.right_unknown"),
        (TELLER, wish(until="2026-11-23T01:00:00Z"), "security.end_misplaced"),
        (TELLER, wish(until="9999-12-31T23:59:59-12:00"), "security.end_misplaced"),
        (TELLER, wish(until="2026-11-23"), "chassis.input_faulty"),
        (TELLER, wish(reference="李四的保单"), "chassis.input_faulty"),
        (TELLER, wish(reason=" "), "chassis.reason_missing"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(province, by, body, expected):
    assert code(province, "request_elevation", by, body=body, key="a") == expected


def test_a_retry_by_key_is_the_same_elevation_whatever_has_become_of_it(province):
    elevation = approved(province)

    again = province.done("request_elevation", TELLER, body=wish(), key="k1")

    assert (again["replayed"], again["body"]["id"], again["body"]["state"]) == (True, elevation, "approved")
    assert code(province, "request_elevation", TELLER, body=wish("policy.loan"), key="k1") == "chassis.key_reused"


def test_lists_are_by_unit_open_ones_and_ones_own_page_by_page(province):
    mine = [asked(province, key=f"k{number}") for number in range(3)]
    others = asked(province, by=COLLEAGUE, key="c")
    does(province, "withdraw_elevation", TELLER, mine[0])

    def ids(by, **query):
        return {each["id"] for each in province.done("elevation_list", by, query=query)["body"]["items"]}

    first = province.done("elevation_list", SUPERVISOR, query={"unit": COUNTER, "limit": 3})
    second = province.done("elevation_list", SUPERVISOR, query={"unit": COUNTER, "cursor": first["next"]})
    paged = [each["id"] for each in (*first["body"]["items"], *second["body"]["items"])]
    assert (len(paged), set(paged)) == (4, {*mine, others})
    assert ids(SUPERVISOR, open=True) == {*mine[1:], others}
    assert ids(SUPERVISOR, state="withdrawn") == {mine[0]}
    assert ids(TELLER) == ids(TELLER, mine=True) == set(mine)
    assert ids(MANAGER, mine=True) == set()


def test_events_carry_no_words(province):
    approved(province)

    (carried,) = {frozenset(each) for each in province.events("elevation_stated")}
    assert carried & {"reason", "unable", "reference", "end_reason"} == set()


def test_who_left_the_counter_meanwhile_is_not_given_anything(province):
    elevation = asked(province)
    ended = f"{TELLER.subject},teller,{COUNTER},holder,2026-01-01,2026-11-23\n"
    holders(province, f"person,post,unit,kind,from,to\n{ended}")

    assert code(province, "approve_elevation", SUPERVISOR, elevation) == "security.not_your_unit"


def test_an_assignment_to_a_post_that_is_kept_apart_is_a_named_fault_of_its_row(province):
    sheet = "person,post,unit,kind,from,to\nP440100307,seal_keeper,4401003,holder,2026-12-01,\n"

    (fault,) = holders(province, sheet)["faults"]

    assert (fault["column"], fault["code"]) == ("post", "security.posts_separated")


def test_grants_follow_the_posts_of_the_day(province):
    service, now = province.service, province.clock.now()

    assert {each.unit for each in service.grants_of(TELLER.subject, now)} == {COUNTER}
    acting = {each.action for each in service.grants_of(ACTING.subject, now)}
    later = {each.action for each in service.grants_of(ACTING.subject, now + timedelta(days=1))}
    assert "elevation.decide" in acting - later
    assert service.grants_of("P999999999", now) == ()
