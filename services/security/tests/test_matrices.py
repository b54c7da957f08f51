"""R9.5: a matrix is drawn up, set and accepted by three different people, and recertified every half-year."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from chassis.documents import converter
from chassis.errors import Refusal
from chassis.work import approvals
from security import matrices
from security import matrix_refusals as no
from security.authority import Actor, BeyondAuthority
from security.matrices import accept, draw_up, fall_due, recertify, report_setting, send_back, submit
from security.matrix_rows import MOST_ROWS, Difference, Row, Scope, as_csv, digest
from security.matrix_versions import RECERTIFY_AFTER, Explanation, Matrix, Stage
from security.posts import posts
from security.rights import permissions
from security.separations import PostsJoinable, RightsSeparated, of_permissions

NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HEAD, REVIEWER, OTHER = (Actor(name, ("province_ops_head",)) for name in ("head", "reviewer", "other"))
IT, IT_TOO = (Actor(name, ("it_permission_admin",)) for name in ("it", "it_too"))
TELLER, SYSTEM = Actor("teller", ("teller",)), Actor("ccms")
EMPTY = Matrix(id="matrix:44", units=("HQ", "44"))
ROWS = (Row("counter_supervisor", "policy.change_check", Scope.UNIT), Row("teller", "policy.change", Scope.OWN))
WIDER = (ROWS[0], evolve(ROWS[1], scope=Scope.UNIT))
WORDS = Explanation("teller", "policy.change", "系统只支持机构级")

pytestmark = pytest.mark.clause("R9.5")


def drawn(matrix=EMPTY, rows=ROWS, *, actor=HEAD):
    return draw_up(matrix, rows, actor=actor, at=NINE)


def submitted(matrix=EMPTY, *, actor=HEAD):
    return submit(drawn(matrix), actor=actor, at=NINE)


def reported(matrix=None, rows=ROWS, *, actor=IT, of=ROWS):
    return report_setting(matrix or submitted(), rows, of=digest(of), actor=actor, at=NINE)


def accepted(matrix=None, explanations=(), *, actor=REVIEWER, at=NINE):
    return accept(matrix or reported(), explanations, actor=actor, at=at)


def test_a_version_is_drawn_up_submitted_set_and_accepted_by_three_people():
    matrix = accepted()

    version = matrix.in_force
    assert (version.version, version.rows, version.digest) == (1, ROWS, digest(ROWS))
    assert (version.drafters, version.submitted_by, version.set_by, version.accepted_by) == (
        ("head",),
        "head",
        "it",
        "reviewer",
    )
    assert matrix.draft is None


def test_the_next_version_takes_the_place_of_the_one_before_only_when_it_is_accepted():
    first = accepted()
    second = reported(submit(draw_up(first, WIDER, actor=HEAD, at=NINE), actor=HEAD, at=NINE), WIDER, of=WIDER)

    assert (second.in_force.version, second.draft.version) == (1, 2)
    assert (accepted(second).in_force.version, accepted(second).in_force.rows) == (2, WIDER)


@pytest.mark.parametrize("actor", [HEAD, IT])
def test_neither_who_drew_it_up_nor_who_set_it_accepts(actor):
    with pytest.raises((approvals.OwnWork, BeyondAuthority)):
        accepted(actor=actor)


def test_whoever_worked_on_a_version_never_accepts_it_even_if_another_submitted_it():
    worked_on = draw_up(drawn(actor=REVIEWER), ROWS, actor=HEAD, at=NINE)
    both = reported(submit(worked_on, actor=HEAD, at=NINE))

    with pytest.raises(approvals.SelfConcerned):
        accepted(both, actor=REVIEWER)
    assert accepted(both, actor=OTHER).in_force.accepted_by == "other"


def test_nobody_sets_what_they_drew_up_nor_accepts_what_they_set_whatever_posts_they_hold():
    both = Actor("both", ("it_permission_admin", "province_reviewer"))
    drew = submit(drawn(actor=both), actor=HEAD, at=NINE)

    with pytest.raises(approvals.SelfConcerned):
        reported(drew, actor=both)
    set_again = reported(reported(actor=both), actor=IT)
    for matrix in (reported(actor=both), set_again):
        with pytest.raises((approvals.SelfConcerned, approvals.StepTaken)):
            accepted(matrix, actor=both)


def test_what_was_set_otherwise_is_listed_row_by_row():
    found = (Row("guide", "policy.query", Scope.UNIT), evolve(ROWS[1], scope=Scope.UNIT))

    assert reported(rows=found).draft.differences == (
        Difference("counter_supervisor", "policy.change_check", Scope.UNIT, None),
        Difference("guide", "policy.query", None, Scope.UNIT),
        Difference("teller", "policy.change", Scope.OWN, Scope.UNIT),
    )


def test_acceptance_waits_for_an_explanation_of_each_difference_and_what_was_set_is_in_force():
    matrix = reported(rows=WIDER)

    with pytest.raises(no.DifferencesUnexplained):
        accepted(matrix)
    version = accepted(matrix, (WORDS,)).in_force
    assert (version.rows, version.explained) == (WIDER, (WORDS,))


@pytest.mark.parametrize("said", [(WORDS, WORDS), (evolve(WORDS, post="guide"),)])
def test_an_explanation_of_nothing_is_refused(said):
    with pytest.raises(no.NoSuchDifference):
        accepted(reported(rows=WIDER), said)


def test_an_empty_explanation_explains_nothing():
    with pytest.raises(approvals.ReasonMissing):
        accepted(reported(rows=WIDER), (evolve(WORDS, words=" "),))


def test_it_says_again_what_it_has_set_until_it_fits():
    matrix = reported(reported(rows=WIDER), actor=IT_TOO)

    assert (matrix.draft.differences, matrix.draft.setters) == ((), ("it", "it_too"))
    assert accepted(matrix).in_force.set_by == "it_too"


def test_what_was_set_from_an_older_export_is_refused():
    with pytest.raises(no.DigestDiffers):
        reported(of=WIDER)


@pytest.mark.parametrize(
    ("matrix", "actor", "stage"),
    [(submitted(), IT, Stage.SUBMITTED), (submitted(), HEAD, Stage.SUBMITTED), (reported(), REVIEWER, Stage.SET)],
)
def test_a_version_goes_back_with_a_reason_and_is_worked_on_and_submitted_again(matrix, actor, stage):
    back = send_back(matrix, reason=" 范围有误 ", actor=actor, at=NINE)

    assert (back.draft.stage, back.draft.returned.stage, back.draft.returned.reason) == (
        Stage.DRAFTING,
        stage,
        "范围有误",
    )
    again = submit(draw_up(back, WIDER, actor=HEAD, at=NINE), actor=HEAD, at=NINE)
    assert (again.draft.version, again.draft.returned, again.draft.drafters) == (1, None, ("head",))


@pytest.mark.parametrize(
    ("matrix", "actor", "refusal"),
    [
        (submitted(), REVIEWER, approvals.PostLacking),
        (reported(), IT_TOO, approvals.PostLacking),
        (reported(), IT, approvals.StepTaken),
    ],
)
def test_only_the_side_whose_turn_it_is_sends_a_version_back(matrix, actor, refusal):
    with pytest.raises(refusal):
        send_back(matrix, reason="x", actor=actor, at=NINE)


@pytest.mark.parametrize("actor", [TELLER, SYSTEM])
def test_who_has_no_part_in_it_does_nothing(actor):
    for step in (
        lambda: drawn(actor=actor),
        lambda: submit(drawn(), actor=actor, at=NINE),
        lambda: reported(actor=actor),
        lambda: accepted(actor=actor),
        lambda: send_back(submitted(), reason="x", actor=actor, at=NINE),
        lambda: recertify(accepted(), actor=actor, at=NINE),
    ):
        with pytest.raises(BeyondAuthority):
            step()


def test_each_step_needs_its_stage():
    for step, refusal in (
        (lambda: submit(EMPTY, actor=HEAD, at=NINE), no.NoDraft),
        (lambda: drawn(submitted()), no.WrongStage),
        (lambda: submit(submitted(), actor=HEAD, at=NINE), no.WrongStage),
        (lambda: reported(drawn()), no.WrongStage),
        (lambda: accepted(submitted()), no.WrongStage),
        (lambda: send_back(drawn(), reason="x", actor=HEAD, at=NINE), no.WrongStage),
        (lambda: recertify(reported(), actor=HEAD, at=NINE), no.NotInForce),
        (lambda: matrices.for_setting(drawn()), no.WrongStage),
    ):
        with pytest.raises(refusal):
            step()
    assert matrices.for_setting(submitted()).rows == ROWS


@pytest.mark.parametrize(
    ("rows", "refusal"),
    [
        ((*ROWS, ROWS[0]), no.RowTwice),
        ((evolve(ROWS[0], post="king"),), no.PostOutside),
        ((evolve(ROWS[0], post="ho_reviewer"),), no.PostOutside),
        ((evolve(ROWS[0], permission="fly"),), no.PermissionUnknown),
        ((ROWS[1], evolve(ROWS[1], permission="policy.change_check")), RightsSeparated),
        (
            (evolve(ROWS[0], permission="seal.keep"), evolve(ROWS[1], permission="document.keep")),
            PostsJoinable,
        ),
    ],
)
def test_rows_that_cannot_be_are_refused(rows, refusal):
    with pytest.raises(refusal):
        drawn(rows=rows)


def test_what_was_set_against_a_separation_is_not_accepted_even_with_its_explanation():
    wrong = (*ROWS, evolve(ROWS[1], permission="policy.change_check"))
    said = Explanation("teller", "policy.change_check", "系统所致")

    with pytest.raises(RightsSeparated):
        accepted(reported(rows=wrong), (said,))


@pytest.mark.parametrize(("late", "marked"), [(-SECOND, False), (0 * SECOND, True), (SECOND, True)])
def test_a_recertification_falls_due_at_its_very_instant_and_is_marked_once(late, marked):
    matrix = accepted()

    due = fall_due(matrix, at=NINE + RECERTIFY_AFTER + late)

    assert (due.unrecertified_since == NINE + RECERTIFY_AFTER) is marked
    assert (due is matrix) is not marked
    assert fall_due(due, at=NINE + 2 * RECERTIFY_AFTER) is due or not marked


def test_recertifying_keeps_the_version_takes_the_mark_away_and_counts_anew():
    late = NINE + RECERTIFY_AFTER
    marked = fall_due(accepted(), at=late)

    again = recertify(marked, actor=OTHER, at=late)

    assert (again.unrecertified_since, again.in_force.version) == (None, 1)
    assert (again.in_force.recertified_by, again.in_force.recertify_by) == ("other", late + RECERTIFY_AFTER)
    assert fall_due(reported(), at=late + RECERTIFY_AFTER).unrecertified_since is None


def test_the_export_is_the_same_text_whatever_the_order_of_rows():
    assert as_csv(reversed(ROWS)) == as_csv(ROWS)
    assert as_csv(ROWS).splitlines()[0] == "post,permission,scope"
    assert digest(WIDER) != digest(ROWS)


def test_every_post_with_every_permission_fits_into_a_matrix():
    assert len(posts()) * len(permissions()) < MOST_ROWS


def test_a_matrix_comes_back_from_its_document_as_it_was():
    matrix = reported(submit(draw_up(accepted(), WIDER, actor=HEAD, at=NINE), actor=HEAD, at=NINE), of=WIDER)

    assert converter().structure(converter().unstructure(matrix), Matrix) == matrix


PEOPLE = (HEAD, REVIEWER, OTHER, IT, IT_TOO, Actor("both", ("it_permission_admin", "province_reviewer")), TELLER)
CODES = ("policy.change", "policy.change_check", "seal.keep", "document.keep")
SOME_ROWS = st.lists(
    st.builds(
        Row,
        st.sampled_from(("teller", "counter_supervisor", "seal_keeper", "document_keeper")),
        st.sampled_from(CODES),
        st.sampled_from(Scope),
    ),
    max_size=3,
)
COMMANDS = st.tuples(
    st.sampled_from(("draw", "submit", "set", "accept", "back", "recertify")), st.sampled_from(PEOPLE), SOME_ROWS
)


@given(st.lists(COMMANDS, max_size=30))
def test_no_sequence_puts_a_version_in_force_by_fewer_than_three_people_or_against_a_separation(commands):
    matrix, versions, drafted_by = EMPTY, 0, set()
    for command, actor, rows in commands:
        before = matrix
        try:
            matrix = done(matrix, command, actor, rows)
        except Refusal:
            continue
        if command == "draw":
            drafted_by = drafted_by | {actor.id} if before.draft else {actor.id}
        if matrix.in_force and matrix.draft is None and before.draft:
            version, versions = matrix.in_force, versions + 1
            assert version.version == versions
            assert version.accepted_by not in {version.set_by, version.submitted_by, *drafted_by}
            assert version.set_by not in {version.submitted_by, *drafted_by}
            for pair in of_permissions():
                firsts = {row.post for row in version.rows if row.permission == pair.first}
                assert not firsts & {row.post for row in version.rows if row.permission == pair.second}


def done(matrix: Matrix, command: str, actor: Actor, rows: list[Row]) -> Matrix:
    match command:
        case "draw":
            return draw_up(matrix, rows, actor=actor, at=NINE)
        case "submit":
            return submit(matrix, actor=actor, at=NINE)
        case "set":
            wanted = matrix.draft.rows if matrix.draft else ()
            return report_setting(matrix, rows or wanted, of=digest(wanted), actor=actor, at=NINE)
        case "accept":
            open_ones = matrix.draft.differences if matrix.draft else ()
            said = [Explanation(each.post, each.permission, "x") for each in open_ones]
            return accept(matrix, said, actor=actor, at=NINE)
        case "back":
            return send_back(matrix, reason="x", actor=actor, at=NINE)
    return recertify(matrix, actor=actor, at=NINE)
