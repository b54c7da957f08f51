"""R7.11: a closed incident is looked back upon, and what follows from it has its owner and its time."""

from contextlib import suppress
from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from chassis.documents import converter
from chassis.errors import Refusal
from chassis.work.tasks import DueInPast, Owner, StandIn, Task, TaskOwnerless, TaskState, Title
from chassis.workdays import add_workdays
from emergency.alarm import next_wake, wake
from emergency.announcements import CaseOffered, EntryKind
from emergency.authority import Actor
from emergency.incidents import Incident, Outcome, State
from emergency.policies import DEFAULT_POLICY
from emergency.refusals import (
    ActionNotYours,
    ActionOwnerUnknown,
    ActionUnknown,
    AlreadyReviewed,
    BeyondAuthority,
    NotReviewed,
    TextMissing,
    WrongState,
)
from emergency.reports import ReportKind
from emergency.reviews import (
    above,
    complete_action,
    deadlines,
    delegate_action,
    due_at,
    persons_with_actions,
    reassign_action,
    review,
)
from services.emergency.tests.scenes import (
    CCMS,
    CITY,
    HEAD_OFFICE,
    MANAGER,
    NINE,
    PROVINCE,
    SUPERVISOR,
    closed,
    contained,
    filed,
    gathering,
    guided,
    minutes,
)

pytestmark = pytest.mark.clause("R7.11")

NEXT_WEEK = NINE + timedelta(days=7)
PERSON, POST = Owner(person="P1"), Owner(post="centre_manager", unit="c4401")
KNOWN = {PERSON.key, POST.key, Owner(person="P2").key}


def action(id="a1", owner=PERSON, *, due=NEXT_WEEK):
    return Task(
        id=id,
        title=Title("检查备用出口", "检查备用出口"),
        owner=owner,
        about="/v1/incidents/E1/review",
        done_at=f"/v1/incidents/E1/actions/{id}/completion",
        units=("HQ", "p44", "c4401", "4401003"),
        made_at=NINE,
        due=due,
    )


def shut(people=30, **more):
    """An incident that was handled and closed, its final report filed."""
    incident = filed(gathering(people, **more)[0])[0]
    incident, _ = guided(contained(incident, actor=HEAD_OFFICE)[0], MANAGER)
    return filed(closed(incident)[0], ReportKind.FINAL)[0]


def reviewed(incident=None, *actions, actor=HEAD_OFFICE, at=NINE, findings="疏散过慢", lessons="先开备用出口"):
    texts = {"findings": findings, "lessons": lessons}
    return review(incident or shut(), **texts, actions=actions, known=KNOWN, actor=actor, at=at)


def test_a_closed_incident_is_reviewed_and_offers_its_case_without_a_word_of_it():
    incident, announced = reviewed(shut(), action(), action("a2", POST))

    assert (incident.state, incident.review.by, len(incident.review.actions)) == (State.REVIEWED, HEAD_OFFICE.id, 2)
    assert (announced[0].kind, announced[0].data, announced[0].words) == (EntryKind.REVIEWED, {"actions": "2"}, None)
    assert announced[1:] == (CaseOffered("E1", NINE),)


def test_an_incident_is_reviewed_after_its_closing_and_once():
    with pytest.raises(WrongState):
        reviewed(gathering(30)[0])
    with pytest.raises(AlreadyReviewed):
        reviewed(reviewed()[0])


@pytest.mark.parametrize("actor", [SUPERVISOR, MANAGER, CITY, CCMS])
def test_a_review_takes_authority_that_reaches_the_level(actor):
    with pytest.raises(BeyondAuthority):
        reviewed(actor=actor)

    assert reviewed(actor=PROVINCE)


@pytest.mark.parametrize("missing", [{"findings": " "}, {"lessons": ""}])
def test_a_review_says_what_was_found_and_learnt(missing):
    with pytest.raises(TextMissing):
        reviewed(**missing)


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        (action(owner=Owner()), TaskOwnerless),
        (action(owner=Owner(post="centre_manager")), TaskOwnerless),
        (action(due=NINE - minutes(1)), DueInPast),
        (action(owner=Owner(person="gone")), ActionOwnerUnknown),
        (action(owner=Owner(post="centre_manager", unit="c4402")), ActionOwnerUnknown),
    ],
)
def test_no_action_without_a_known_owner_and_a_time_to_come(wrong, refusal):
    with pytest.raises(refusal) as refused:
        reviewed(shut(), action(), wrong)

    assert [fault.pointer for fault in refused.value.fields] == ["/body/actions/1"]


@pytest.mark.parametrize(("people", "required"), [(50, True), (30, True), (10, False), (3, False)])
def test_levels_i_and_ii_are_reviewed_within_ten_working_days(people, required):
    incident = shut(people)

    due = due_at(incident, add_workdays)

    assert (due == add_workdays(incident.closed_at, DEFAULT_POLICY.review_workdays)) is required
    assert (due is None) is not required


def test_drills_false_alarms_and_what_is_not_closed_need_no_review():
    false_alarm, _ = closed(gathering(30)[0], outcome=Outcome.FALSE_ALARM, reason="误报")

    for incident in (shut(drill=True), false_alarm, gathering(30)[0]):
        assert due_at(incident, add_workdays) is None
    assert reviewed(false_alarm)


@pytest.mark.parametrize(("late", "said"), [(-1, []), (0, ["review"]), (1, ["review"])])
def test_a_review_that_is_owed_is_said_to_be_overdue_once(late, said):
    incident = shut()
    due = due_at(incident, add_workdays)
    assert next_wake(incident, add_workdays) <= due
    at = due + minutes(late)

    (woken, _), marks = wake(incident, persons=(), add_workdays=add_workdays, at=at)
    (_, _), again = wake(woken, persons=(), add_workdays=add_workdays, at=at + minutes(60) * (late >= 0))

    assert [mark.name for mark in marks] == said
    assert again == ()


def test_once_it_is_reviewed_its_open_actions_are_owed_and_nothing_else():
    incident, _ = reviewed(shut(), action(), action("a2", POST, due=NEXT_WEEK + minutes(5)))
    assert deadlines(incident, add_workdays) == (("action.a1", NEXT_WEEK), ("action.a2", NEXT_WEEK + minutes(5)))

    incident, _ = complete_action(incident, "a1", note="", actor=Actor("P1"), at=NINE)

    assert next_wake(incident, add_workdays) == NEXT_WEEK + minutes(5)
    (woken, _), marks = wake(incident, persons=(), add_workdays=add_workdays, at=NEXT_WEEK + minutes(5))
    assert [mark.name for mark in marks] == ["action.a2"]
    assert next_wake(woken, add_workdays) is None


@pytest.mark.parametrize(
    ("actor", "may"),
    [
        (Actor("P1"), True),
        (PROVINCE, True),
        (HEAD_OFFICE, True),
        (Actor("P2"), False),
        (Actor("P1", system=True), False),
        (SUPERVISOR, False),
        (MANAGER, False),
        (CCMS, False),
    ],
)
def test_an_action_is_done_by_its_owner_or_who_could_have_reviewed(actor, may):
    incident, _ = reviewed(shut(), action())

    if may:
        done, announced = complete_action(incident, "a1", note="已整改", actor=actor, at=NINE)
        assert done.review.actions[0].state is TaskState.DONE
        assert (announced[0].kind, announced[0].words) == (EntryKind.ACTION_DONE, "已整改")
    else:
        with pytest.raises(ActionNotYours):
            complete_action(incident, "a1", note="", actor=actor, at=NINE)


def test_an_action_of_a_post_is_done_by_who_holds_it():
    incident, _ = reviewed(shut(), action(owner=POST))

    assert complete_action(incident, "a1", note="", actor=MANAGER, at=NINE)
    with pytest.raises(ActionNotYours):
        complete_action(incident, "a1", note="", actor=SUPERVISOR, at=NINE)


def test_who_stands_in_does_it_for_that_time_and_the_owner_says_who():
    incident, _ = reviewed(shut(), action())
    stand_in = StandIn("P2", NINE + minutes(1), NINE + minutes(2))
    with pytest.raises(ActionNotYours):
        delegate_action(incident, "a1", stand_in=stand_in, known=KNOWN, actor=Actor("P2"), at=NINE)
    with pytest.raises(ActionOwnerUnknown):
        delegate_action(
            incident, "a1", stand_in=evolve(stand_in, person="gone"), known=KNOWN, actor=Actor("P1"), at=NINE
        )

    incident, _ = delegate_action(incident, "a1", stand_in=stand_in, known=KNOWN, actor=Actor("P1"), at=NINE)

    assert persons_with_actions(incident) == {"P1", "P2"}
    for late, may in ((0, False), (1, True), (2, False)):
        if may:
            assert complete_action(incident, "a1", note="", actor=Actor("P2"), at=NINE + minutes(late))
        else:
            with pytest.raises(ActionNotYours):
                complete_action(incident, "a1", note="", actor=Actor("P2"), at=NINE + minutes(late))


def test_an_action_passes_to_another_owner_by_authority_alone():
    incident, _ = reviewed(shut(), action())
    for actor, owner, refusal in (
        (Actor("P1"), POST, BeyondAuthority),
        (PROVINCE, Owner(person="gone"), ActionOwnerUnknown),
        (PROVINCE, Owner(), TaskOwnerless),
    ):
        with pytest.raises(refusal):
            reassign_action(incident, "a1", owner=owner, known=KNOWN, actor=actor, at=NINE)

    incident, _ = reassign_action(incident, "a1", owner=POST, known=KNOWN, actor=PROVINCE, at=NINE)

    assert incident.review.actions[0].owner == POST
    assert persons_with_actions(incident) == set()


def test_what_is_not_there_is_not_done():
    with pytest.raises(NotReviewed):
        complete_action(shut(), "a1", note="", actor=HEAD_OFFICE, at=NINE)
    with pytest.raises(ActionUnknown):
        complete_action(reviewed()[0], "a1", note="", actor=HEAD_OFFICE, at=NINE)


@pytest.mark.parametrize(
    ("owner", "unit"),
    [(PERSON, "c4401"), (POST, "p44"), (Owner(post="ho_reviewer", unit="HQ"), "HQ"), (Owner(post="x", unit="z"), "HQ")],
)
def test_an_overdue_action_is_heard_of_one_unit_above_its_owner(owner, unit):
    assert above(shut(), action(owner=owner)) == unit


def test_a_reviewed_incident_comes_back_from_its_document_as_it_was():
    incident, _ = reviewed(shut(), action(), action("a2", POST))

    assert converter().structure(converter().unstructure(incident), Incident) == incident


MOVES = st.sampled_from(
    [
        lambda one, at: review(
            one, findings="x", lessons="y", actions=(action(), action("a2", POST)), known=KNOWN, actor=PROVINCE, at=at
        ),
        lambda one, at: complete_action(one, "a1", note="", actor=Actor("P1"), at=at),
        lambda one, at: complete_action(one, "a2", note="", actor=MANAGER, at=at),
        lambda one, at: complete_action(one, "a2", note="", actor=SUPERVISOR, at=at),
        lambda one, at: reassign_action(one, "a1", owner=POST, known=KNOWN, actor=PROVINCE, at=at),
        lambda one, at: reassign_action(one, "a2", owner=Owner(), known=KNOWN, actor=PROVINCE, at=at),
        lambda one, at: delegate_action(
            one, "a1", stand_in=StandIn("P2", at, at + minutes(9)), known=KNOWN, actor=Actor("P1"), at=at
        ),
        lambda one, at: closed(one, at=at),
    ]
)


@given(st.lists(MOVES, max_size=20))
def test_no_sequence_of_commands_leaves_an_action_without_owner_or_undoes_one(moves):
    incident, at = shut(), NINE
    for move in moves:
        at += minutes(1)
        before = incident
        with suppress(Refusal):
            incident, _ = move(incident, at)
        assert (incident.state is State.REVIEWED) == (incident.review is not None)
        assert incident.closed_at == before.closed_at
        for one in incident.review.actions if incident.review else ():
            assert one.owner.key in KNOWN
        if before.review:
            ended = {one.id: one for one in before.review.actions if not one.open}
            assert {one.id: one for one in incident.review.actions if one.id in ended} == ended
