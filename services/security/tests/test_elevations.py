"""R9.6: what nobody at the counter may do is done by one person for a time, or once, after the head has approved."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import day_ends
from chassis.documents import converter
from chassis.errors import Refusal
from chassis.work import approvals
from security import elevation_refusals as no
from security.authority import Actor, BeyondAuthority
from security.elevations import (
    LONGEST,
    OPEN,
    Elevation,
    Footing,
    Kind,
    State,
    Wanted,
    approve,
    refuse,
    request,
    revoke,
    run_out,
    use,
    withdraw,
)
from security.rights import RightUnknown, decalog_actions, permissions
from security.separations import RightsSeparated
from security.units import Unit

NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
HOUR, MS = timedelta(hours=1), timedelta(milliseconds=1)
COUNTER = Unit("4401003", "counter", "柜面", "4401", ("HQ", "44", "4401", "4401003"), None, None, None)
TELLER, GUIDE = Actor("teller", ("teller",)), Actor("guide", ("guide",))
SUPERVISOR = Actor("supervisor", ("counter_supervisor",))
MANAGER, OTHER_HEAD = Actor("manager", ("centre_manager",)), Actor("other", ("counter_supervisor", "teller"))
PROVINCE, SYSTEM = Actor("province", ("province_ops_head",)), Actor("ccms")
HERE = Footing(in_post=True, held=frozenset())
TEMPORARY = Wanted(kind=Kind.TEMPORARY, right="policy.change", reason="经办人员请假")
SINGLE = evolve(TEMPORARY, kind=Kind.SINGLE, reference="BQ-2026-0001")
CLOSE = evolve(TEMPORARY, right="incident.close")

pytestmark = pytest.mark.clause("R9.6")


def asked(wanted=TEMPORARY, *, footing=HERE, actor=TELLER, unit=COUNTER, at=NINE) -> Elevation:
    return request(wanted, id="e1", unit=unit, footing=footing, actor=actor, day_ends=day_ends(at), at=at)


def approved(elevation=None, *, footing=HERE, actor=SUPERVISOR, at=NINE) -> Elevation:
    return approve(elevation or asked(), footing=footing, actor=actor, at=at)


def test_who_needs_it_asks_and_the_head_approves_until_the_end_of_the_business_day():
    elevation = approved()

    assert (elevation.person, elevation.right, elevation.unit) == ("teller", "policy.change", "4401003")
    assert (elevation.state, elevation.since, elevation.until) == (State.APPROVED, NINE, MIDNIGHT)
    assert elevation.approval.approvers == ("supervisor",)


@pytest.mark.parametrize("actor", [SUPERVISOR, MANAGER, OTHER_HEAD])
def test_the_supervisor_and_the_manager_are_heads_of_the_counter(actor):
    assert approved(actor=actor).state is State.APPROVED


@pytest.mark.parametrize(
    ("actor", "refusal"),
    [
        (TELLER, BeyondAuthority),
        (GUIDE, BeyondAuthority),
        (SYSTEM, BeyondAuthority),
        (PROVINCE, approvals.PostLacking),
        (Actor("teller", ("counter_supervisor",)), approvals.OwnWork),
    ],
)
def test_nobody_else_approves_or_refuses_and_nobody_their_own(actor, refusal):
    with pytest.raises(refusal):
        approved(actor=actor)
    with pytest.raises(refusal):
        refuse(asked(), reason="x", actor=actor, at=NINE)


def test_a_city_s_own_posts_are_decided_by_the_manager_and_the_manager_s_by_the_province():
    city = evolve(COUNTER, id="4401", kind="city", units=("HQ", "44", "4401"))
    of_the_manager = asked(actor=MANAGER, unit=city)

    with pytest.raises(approvals.OwnWork):
        approved(of_the_manager, actor=MANAGER)
    assert approved(of_the_manager, actor=PROVINCE).state is State.APPROVED


@pytest.mark.parametrize(
    ("wanted", "footing", "refusal"),
    [
        (TEMPORARY, evolve(HERE, in_post=False), no.NotYourUnit),
        (TEMPORARY, evolve(HERE, held=frozenset(("policy.change",))), no.AlreadyPermitted),
        (TEMPORARY, evolve(HERE, others=("guide",)), no.SomebodyHasIt),
        (evolve(TEMPORARY, unable=" "), HERE, approvals.ReasonMissing),
        (evolve(TEMPORARY, reason=" "), HERE, approvals.ReasonMissing),
        (evolve(TEMPORARY, right="fly"), HERE, RightUnknown),
        (evolve(TEMPORARY, right="seal.keep"), HERE, no.NotElevatable),
        (evolve(TEMPORARY, right="elevation.decide"), HERE, no.NotElevatable),
        (TEMPORARY, evolve(HERE, held=frozenset(("policy.change_check",))), RightsSeparated),
        (TEMPORARY, evolve(HERE, beside=frozenset(("policy.change_check",))), RightsSeparated),
        (evolve(TEMPORARY, reference="BQ-1"), HERE, no.ReferenceNotWanted),
        (evolve(SINGLE, reference=None), HERE, no.ReferenceMissing),
        (evolve(SINGLE, right="incident.close"), HERE, no.SingleForBusiness),
    ],
)
def test_what_cannot_be_asked_for_is_refused_with_its_reason(wanted, footing, refusal):
    with pytest.raises(refusal):
        asked(wanted, footing=footing)


def test_who_has_it_elsewhere_or_for_one_transaction_may_ask():
    assert asked(SINGLE, footing=evolve(HERE, beside=frozenset(("policy.change",)))).state is State.REQUESTED


def test_others_who_have_it_are_named_unless_it_is_said_why_they_cannot():
    others = evolve(HERE, others=("guide", "keeper"))

    with pytest.raises(no.SomebodyHasIt) as refused:
        asked(footing=others)
    assert refused.value.facts["persons"] == "guide, keeper"
    elevation = asked(evolve(TEMPORARY, unable=" 均在外培训 "), footing=others)
    assert (elevation.others, elevation.unable) == (("guide", "keeper"), "均在外培训")


@pytest.mark.parametrize(
    ("kind", "latest"), [(TEMPORARY, NINE + LONGEST), (SINGLE, MIDNIGHT)], ids=["temporary", "single"]
)
def test_an_end_lies_after_now_and_within_the_longest_span(kind, latest):
    assert asked(evolve(kind, until=latest)).until == latest
    assert asked(evolve(kind, until=NINE + MS)).until == NINE + MS
    for wrong in (NINE, NINE - MS, latest + MS):
        with pytest.raises(no.EndMisplaced):
            asked(evolve(kind, until=wrong))


def test_a_province_has_no_counter_head():
    with pytest.raises(no.NobodyDecides):
        asked(unit=evolve(COUNTER, kind="province"))


@pytest.mark.parametrize("actor", [SYSTEM, Actor("marketer", ("elite_marketer",))])
def test_neither_systems_nor_stationed_marketers_ask(actor):
    with pytest.raises(BeyondAuthority):
        asked(actor=actor)


def test_of_decalogs_own_actions_a_head_gives_only_what_they_have():
    with pytest.raises(no.NotTheirsToGive):
        approved(asked(CLOSE), actor=SUPERVISOR)
    assert approved(asked(CLOSE), actor=MANAGER).system == "decalog"
    assert approved(asked(evolve(CLOSE, right="incident.contain")), actor=SUPERVISOR).state is State.APPROVED


@pytest.mark.parametrize(
    ("footing", "refusal"),
    [
        (evolve(HERE, held=frozenset(("policy.change_check",))), RightsSeparated),
        (evolve(HERE, held=frozenset(("policy.change",))), no.AlreadyPermitted),
        (evolve(HERE, in_post=False), no.NotYourUnit),
    ],
)
def test_an_approval_looks_again_at_how_the_person_stands(footing, refusal):
    with pytest.raises(refusal):
        approved(footing=footing)


@pytest.mark.parametrize("actor", [SUPERVISOR, TELLER])
def test_it_is_ended_early_by_a_head_or_given_back(actor):
    ended = revoke(approved(), reason="已办结", actor=actor, at=NINE + HOUR)

    assert (ended.state, ended.ended_by, ended.end_reason) == (State.REVOKED, actor.id, "已办结")
    assert not ended.lasts(NINE + HOUR)
    with pytest.raises(no.NotLasting):
        revoke(ended, reason="x", actor=actor, at=NINE + HOUR)


@pytest.mark.parametrize("actor", [GUIDE, SYSTEM, PROVINCE])
def test_nobody_else_ends_it(actor):
    with pytest.raises(no.PersonOrHeadOnly):
        revoke(approved(), reason="x", actor=actor, at=NINE)


def test_one_for_one_transaction_is_used_once():
    used = use(approved(asked(SINGLE)), by="teller", at=NINE + HOUR)

    assert (used.state, used.ended_by) == (State.USED, "teller")
    with pytest.raises(no.NotLasting):
        use(used, by="teller", at=NINE + HOUR)
    with pytest.raises(no.NotSingle):
        use(approved(), by="teller", at=NINE)


@pytest.mark.parametrize(("late", "lasts"), [(-MS, True), (0 * MS, False), (MS, False)])
def test_it_ends_at_its_very_instant_whether_or_not_anything_fires(late, lasts):
    elevation, at = approved(asked(SINGLE)), MIDNIGHT + late

    assert elevation.lasts(at) is lasts
    assert (run_out(elevation, at=at) is elevation) is lasts
    if not lasts:
        assert run_out(elevation, at=at).state is State.ENDED
        with pytest.raises(no.NotLasting):
            use(elevation, by="teller", at=at)


def test_what_nobody_decided_lapses_and_is_decided_no_more():
    lapsed = run_out(asked(), at=MIDNIGHT)

    assert (lapsed.state, lapsed.ended_at) == (State.LAPSED, MIDNIGHT)
    for late in (asked(), lapsed):
        with pytest.raises(approvals.NotPending):
            approved(late, at=MIDNIGHT)


def test_a_refusal_has_its_reason_and_a_request_is_withdrawn_by_who_asked():
    refused = refuse(asked(), reason=" 请改日 ", actor=SUPERVISOR, at=NINE)

    assert (refused.state, refused.end_reason, refused.ended_by) == (State.REFUSED, "请改日", "supervisor")
    assert withdraw(asked(), actor=TELLER, at=NINE).state is State.WITHDRAWN
    with pytest.raises(approvals.MakerOnly):
        withdraw(asked(), actor=GUIDE, at=NINE)


def test_an_elevation_comes_back_from_its_document_as_it_was():
    for elevation in (asked(SINGLE), approved(), run_out(approved(), at=MIDNIGHT)):
        assert converter().structure(converter().unstructure(elevation), Elevation) == elevation


def test_the_business_day_ends_at_midnight_in_shanghai():
    assert day_ends(MIDNIGHT - MS) == MIDNIGHT
    assert day_ends(MIDNIGHT) == MIDNIGHT + timedelta(days=1)


RIGHTS = sorted({*permissions(), *(action for _, action in decalog_actions())})
COMMANDS = st.tuples(
    st.sampled_from(("approve", "refuse", "withdraw", "use", "revoke", "run_out")),
    st.sampled_from((TELLER, GUIDE, SUPERVISOR, MANAGER, PROVINCE, SYSTEM, Actor("teller", ("counter_supervisor",)))),
    st.frozensets(st.sampled_from(RIGHTS), max_size=3),
    st.integers(0, 20),
)


@given(
    right=st.sampled_from(RIGHTS),
    kind=st.sampled_from(Kind),
    commands=st.lists(COMMANDS, max_size=20),
)
def test_no_sequence_lets_anybody_approve_their_own_use_it_twice_or_outlive_its_end(right, kind, commands):
    reference = "BQ-1" if kind is Kind.SINGLE else None
    try:
        elevation = asked(Wanted(kind=kind, right=right, reason="x", reference=reference))
    except Refusal:
        return
    at, in_force, uses = NINE, 0, 0
    for command, actor, held, hours in commands:
        before, at = elevation, at + hours * HOUR
        try:
            elevation = done(elevation, command, actor, held, at)
        except Refusal:
            continue
        assert before.state in OPEN or elevation is before
        in_force += elevation.state is State.APPROVED and before.state is not State.APPROVED
        uses += elevation.state is State.USED and before.state is not State.USED

    assert "teller" not in elevation.approval.approvers
    assert in_force <= 1
    assert uses <= in_force
    assert not elevation.lasts(elevation.until)
    assert elevation.since is None or elevation.since < elevation.until
    assert (elevation.since is None) == (in_force == 0)


def done(elevation: Elevation, command: str, actor: Actor, held: frozenset[str], at: datetime) -> Elevation:
    match command:
        case "approve":
            return approve(elevation, footing=evolve(HERE, held=held), actor=actor, at=at)
        case "refuse":
            return refuse(elevation, reason="x", actor=actor, at=at)
        case "withdraw":
            return withdraw(elevation, actor=actor, at=at)
        case "use":
            return use(elevation, by=actor.id, at=at)
        case "revoke":
            return revoke(elevation, reason="x", actor=actor, at=at)
    return run_out(elevation, at=at)
