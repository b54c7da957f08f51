"""R7.11: what was entered wrongly of an incident is corrected by the red line; nothing is lost."""

from datetime import timedelta
from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as some

from chassis.documents import converter
from chassis.errors import Refusal
from chassis.work.approvals import ReasonMissing
from chassis.work.corrections import MOST_CORRECTIONS, CorrectionsTooMany, NothingCorrected, as_text, entered_first
from emergency.announcements import EntryKind
from emergency.correcting import TIMES, correct_incident
from emergency.durations import durations
from emergency.incidents import Incident
from emergency.refusals import BeyondAuthority, TextMissing, TimeInFuture
from services.emergency.tests.scenes import CCMS, MANAGER, NINE, SUPERVISOR, TELLER, minutes, reported
from services.emergency.tests.test_reviews import shut

pytestmark = pytest.mark.clause("R7.11")

FIELDS = ("summary", *TIMES)


def one(**more):
    incident, _ = reported(occurred_at=NINE - minutes(30), **more)
    return incident


def corrected(incident=None, actor=SUPERVISOR, at=NINE, reason="登记有误", **said):
    return correct_incident(incident or one(), said, reason=reason, actor=actor, at=at)


def test_the_right_time_holds_and_the_wrong_one_stands_beside_it():
    incident, announced = corrected(occurred_at=NINE - minutes(50))

    assert incident.occurred_at == NINE - minutes(50)
    (made,) = incident.corrections
    assert (made.before, made.after) == (as_text(NINE - minutes(30)), as_text(NINE - minutes(50)))
    (entry,) = announced
    assert (entry.kind, entry.words, entry.actor) == (EntryKind.CORRECTED, "登记有误", SUPERVISOR.id)
    assert entry.data == {"field": "occurred_at", "before": made.before, "after": made.after}


def test_each_entry_that_is_corrected_is_a_line_of_the_timeline():
    before = one()

    incident, announced = corrected(before, summary="五人", detected_at=NINE - minutes(20))

    assert [entry.data["field"] for entry in announced] == ["summary", "detected_at"]
    assert incident.timeline_count == before.timeline_count + 2
    assert durations(incident).detect_seconds == 600


def test_a_time_that_is_not_known_after_all_is_struck_through():
    incident, (entry,) = corrected(occurred_at=None)

    assert (incident.occurred_at, entry.data["after"]) == (None, "")


def test_the_closing_does_not_forbid_it():
    incident = shut()

    assert corrected(incident, actor=MANAGER, summary="五人")[0].summary == "五人"


@pytest.mark.parametrize(("late", "refused"), [(5, False), (6, True)])
def test_nothing_happened_in_the_future(late, refused):
    if refused:
        with pytest.raises(TimeInFuture):
            corrected(occurred_at=NINE + minutes(late))
    else:
        assert corrected(occurred_at=NINE + minutes(late))[0].occurred_at == NINE


@pytest.mark.parametrize("actor", [TELLER, CCMS])
def test_only_those_in_charge_correct(actor):
    with pytest.raises(BeyondAuthority):
        corrected(actor=actor, summary="五人")


def test_what_changes_nothing_or_has_no_words_is_refused():
    with pytest.raises(NothingCorrected):
        corrected(occurred_at=NINE - minutes(30))
    with pytest.raises(TextMissing):
        corrected(summary=" ")
    with pytest.raises(ReasonMissing):
        corrected(summary="五人", reason=" ")
    often = evolve(one(), corrections=corrected(summary="五人")[0].corrections * MOST_CORRECTIONS)
    with pytest.raises(CorrectionsTooMany):
        corrected(often, summary="五人")


SAID = some.fixed_dictionaries(
    {},
    optional={
        "summary": some.sampled_from(["三人", "五人", " "]),
        **{name: some.none() | some.integers(-90, 90).map(lambda late: NINE + minutes(late)) for name in TIMES},
    },
)


@given(some.lists(SAID, max_size=12))
def test_the_chain_of_corrections_always_leads_from_what_was_reported_to_what_stands(commands):
    first = incident = one()
    for place, said in enumerate(commands):
        before = incident
        try:
            incident, announced = corrected(incident, at=NINE + timedelta(minutes=place), **said)
        except Refusal:
            continue
        assert incident.corrections[: len(before.corrections)] == before.corrections
        assert len(announced) == len(incident.corrections) - len(before.corrections) > 0

    for name in FIELDS:
        own = [each for each in incident.corrections if each.field == name]
        stands = getattr(incident, name)
        assert entered_first(incident.corrections, name, stands) == as_text(getattr(first, name))
        assert all(later.before == earlier.after for earlier, later in pairwise(own))
        assert not own or own[-1].after == as_text(stands)
    corrections = incident.corrections
    assert evolve(incident, **{name: getattr(first, name) for name in FIELDS}, corrections=()) == evolve(
        first, timeline_count=first.timeline_count + len(corrections)
    )
    assert converter().structure(converter().unstructure(corrections), Incident.__annotations__["corrections"]) == (
        corrections
    )
