"""R7.3, R7.7: so many of a kind in a window suggest one incident; a person decides."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as some

from chassis.documents import converter
from chassis.errors import Refusal
from emergency import drafts, signals
from emergency.authority import Actor
from emergency.drafts import COUNTED, UNDECIDED_MINUTES, Draft, DraftStatus
from emergency.kinds import Kind
from emergency.levels import Level, Tier
from emergency.refusals import BeyondAuthority, TextMissing, TimeInFuture
from emergency.signals import Signal, SignalReport
from emergency.watch_refusals import DraftSettled, NotACounter
from emergency.watch_rules import DEFAULT_RULES, GroupBy, Sighted, SignalKind, WatchRule
from emergency.watching import LATENESS, Watched, forget, observe
from services.emergency.tests.scenes import CCMS, MANAGER, NINE, SUPERVISOR, TELLER, minutes

pytestmark = pytest.mark.clause("R7.3", "R7.7")

UNITS = ("HQ", "p44", "c4401")
RULE = WatchRule(
    id="alike",
    signals=SignalKind.COMPLAINT,
    by=GroupBy.CATEGORY,
    area=Tier.CITY,
    hours=24,
    number=3,
    proposes=Kind.MAJOR_COMPLAINT,
    suggests=Level.IV,
)
EMPTY = Watched(rule=RULE.id, area="c4401", units=UNITS, group="fee")
HOUR = timedelta(hours=1)


def seen(id, after=timedelta(0), count=1, unit="4401003"):
    return Sighted(id, unit, NINE + after, count)


def proposed(found, at=NINE):
    return Draft(
        id=found.draft,
        rule=RULE.id,
        version=1,
        kind=Kind.MAJOR_COMPLAINT,
        level=Level.IV,
        group="fee",
        area="c4401",
        units=UNITS,
        counted=found.sightings,
        total=sum(each.count for each in found.sightings),
        window_ends=found.window_ends,
        proposed_at=at,
    )


class Place:
    """One picture with its drafts, as the service keeps them."""

    def __init__(self, rule=RULE):
        self.rule, self.picture, self.drafts = rule, EMPTY, {}

    def sees(self, sighted, at=None):
        draft = self.drafts.get(self.picture.draft)
        now = at or sighted.at
        self.picture, found = observe(self.picture, sighted, self.rule, draft=draft, at=now)
        if found:
            known = self.drafts.get(found.draft)
            self.drafts[found.draft] = drafts.add(known, found.sightings) if known else proposed(found, now)

    def settles(self, how):
        draft = self.drafts[self.picture.draft]
        self.drafts[draft.id] = how(draft)

    def totals(self):
        return [draft.total for draft in self.drafts.values()]


def dismissed(draft):
    return drafts.dismiss(draft, reason="同一客户", actor=MANAGER, at=NINE)


def confirmed(draft):
    return drafts.confirmed(draft, incident="E1", by="manager", at=NINE)


@pytest.mark.parametrize(
    ("span", "found"),
    [(timedelta(hours=24, milliseconds=-1), True), (timedelta(hours=24), False)],
)
def test_a_window_contains_its_start_and_not_its_end(span, found):
    place = Place()
    for one in (seen("a"), seen("b", HOUR), seen("c", span)):
        place.sees(one)

    assert bool(place.drafts) is found


@pytest.mark.parametrize(("counts", "found"), [((1, 1), False), ((1, 2), True), ((1, 1, 1), True), ((3,), True)])
def test_the_number_itself_is_enough_and_a_signal_counts_for_as_many_as_it_says(counts, found):
    place = Place()
    for place_in_order, count in enumerate(counts):
        place.sees(seen(f"s{place_in_order}", count=count))

    assert bool(place.drafts) is found


def test_what_comes_after_is_added_to_the_same_draft_whatever_its_window():
    place = Place()
    for hour in range(40):
        place.sees(seen(f"s{hour}", hour * HOUR))

    assert place.totals() == [40]


def test_a_signal_that_comes_twice_counts_once():
    place = Place()
    for _ in range(5):
        place.sees(seen("a"))
        place.sees(seen("b"))
    assert place.drafts == {}

    for _ in range(3):
        place.sees(seen("c"))
    assert place.totals() == [3]


def test_after_a_dismissal_the_same_signals_do_not_suggest_again_and_new_ones_begin_anew():
    place = Place()
    for name in "abc":
        place.sees(seen(name))
    place.settles(dismissed)
    for name in "abcde":
        place.sees(seen(name, HOUR if name in "de" else timedelta(0)))
    assert place.totals() == [3]

    place.sees(seen("f", HOUR))
    assert place.totals() == [3, 3]


def test_what_comes_while_a_draft_is_being_dismissed_is_not_lost():
    place = Place()
    for name in "abc":
        place.sees(seen(name))
    at_that_moment = place.drafts[place.picture.draft]
    place.sees(seen("d", HOUR))
    place.drafts[at_that_moment.id] = dismissed(at_that_moment)
    place.sees(seen("e", HOUR))
    place.sees(seen("f", HOUR))

    assert place.totals() == [3, 3]


@pytest.mark.parametrize(
    ("after", "totals"),
    [(timedelta(hours=24, milliseconds=-1), [4]), (timedelta(hours=24), [3])],
)
def test_a_confirmed_draft_takes_what_comes_in_its_window(after, totals):
    place = Place()
    for name in "abc":
        place.sees(seen(name))
    place.settles(confirmed)

    place.sees(seen("d", after))

    assert place.totals() == totals


def test_what_is_too_old_to_matter_is_not_looked_at():
    old = seen("a", count=9)

    assert observe(EMPTY, old, RULE, draft=None, at=NINE + RULE.span + LATENESS)[1] is None
    assert observe(EMPTY, old, RULE, draft=None, at=NINE + RULE.span + LATENESS - minutes(1))[1] is not None


def test_signals_may_come_in_any_order():
    place = Place()
    for name, hour in (("c", 2), ("a", 0), ("b", 1)):
        place.sees(seen(name, hour * HOUR), at=NINE + 3 * HOUR)

    (draft,) = place.drafts.values()
    assert ([each.id for each in draft.counted], draft.window_ends) == (["a", "b", "c"], NINE + RULE.span)


def test_what_turned_out_not_to_count_is_forgotten():
    one = observe(EMPTY, seen("a"), RULE, draft=None, at=NINE)[0]

    assert forget(one, "a").sightings == ()
    assert forget(one, "b") is one


def test_a_picture_stays_small_and_its_draft_knows_all_that_counted():
    place = Place(evolve(RULE, number=500))
    for count in range(600):
        place.sees(seen(f"s{count:04}", timedelta(seconds=count), count=10))

    assert len(place.picture.sightings) == COUNTED
    (draft,) = place.drafts.values()
    assert (draft.total, len(draft.counted)) == (6000, COUNTED)


EVENTS = some.lists(
    some.tuples(some.integers(0, 80), some.integers(0, 12), some.sampled_from(["", "", "", "dismiss", "confirm"])),
    max_size=60,
)


@given(EVENTS)
def test_no_course_of_events_counts_a_signal_in_two_drafts_or_leaves_two_open(course):
    place, at = Place(), NINE
    for number, hours, then in course:
        at += hours * HOUR / 4
        place.sees(Sighted(f"s{number}", "4401003", at))
        if then and place.picture.draft and place.drafts[place.picture.draft].status is DraftStatus.PROPOSED:
            place.settles(dismissed if then == "dismiss" else confirmed)

    open_ones = [draft for draft in place.drafts.values() if draft.status is DraftStatus.PROPOSED]
    assert len(open_ones) <= 1
    for draft in place.drafts.values():
        assert draft.total >= RULE.number
        assert draft.total == sum(each.count for each in draft.counted)
        assert converter().structure(converter().unstructure(draft), Draft) == draft
    counted = [(each.id, each.at) for draft in place.drafts.values() for each in draft.counted]
    assert len(counted) == len(set(counted))
    assert converter().structure(converter().unstructure(place.picture), Watched) == place.picture


def a_draft():
    return proposed(observe(EMPTY, seen("a", count=3), RULE, draft=None, at=NINE)[1])


def test_a_draft_names_the_one_unit_that_all_comes_from_or_else_the_area():
    one = a_draft()

    assert one.unit == "4401003"
    assert drafts.add(one, [seen("b", unit="4401004")]).unit == "c4401"


def test_a_draft_is_decided_once_by_who_may_and_dismissed_with_a_reason():
    with pytest.raises(BeyondAuthority):
        drafts.dismiss(a_draft(), reason="无", actor=TELLER, at=NINE)
    with pytest.raises(TextMissing):
        drafts.dismiss(a_draft(), reason=" ", actor=SUPERVISOR, at=NINE)
    gone = dismissed(a_draft())
    with pytest.raises(DraftSettled):
        dismissed(gone)
    with pytest.raises(DraftSettled):
        drafts.refuse_undecidable(confirmed(a_draft()), actor=MANAGER)
    assert drafts.add(gone, [seen("z")]) is gone


def test_an_incident_that_was_made_of_it_stands_though_it_was_dismissed_at_the_same_moment():
    both = confirmed(dismissed(a_draft()))

    assert (both.status, both.incident, both.reason) == (DraftStatus.CONFIRMED, "E1", None)
    assert drafts.confirmed(both, incident="E2", by="x", at=NINE) is both


@pytest.mark.parametrize(("late", "told"), [(-1, None), (0, "p44"), (29, "p44"), (30, "HQ"), (900, "HQ")])
def test_each_level_above_is_told_once_that_nobody_decides_and_what_was_missed_as_one(late, told):
    after, addressee = drafts.wake(a_draft(), at=NINE + minutes(UNDECIDED_MINUTES + late))

    assert addressee == told
    assert drafts.wake(after, at=NINE + minutes(UNDECIDED_MINUTES + late)) == (after, None)


def test_nobody_is_told_of_what_is_decided():
    assert drafts.next_wake(dismissed(a_draft())) is None
    assert drafts.next_wake(evolve(a_draft(), told=2)) is None


def test_the_rules_are_data_with_a_basis_and_each_counts_one_thing():
    assert {rule.basis for rule in DEFAULT_RULES.rules} == {"default"}
    assert all((rule.signals is None) is not (rule.incidents is None) for rule in DEFAULT_RULES.rules)
    assert {rule.signals for rule in DEFAULT_RULES.rules} - {None} == set(SignalKind)
    assert len({rule.id for rule in DEFAULT_RULES.rules}) == len(DEFAULT_RULES.rules)


def taken(reporter=CCMS, occurred_at=NINE, **more):
    told = SignalReport(
        **{
            "kind": SignalKind.SURRENDER,
            "units": (*UNITS, "4401003"),
            "unit_kind": "counter",
            "occurred_at": occurred_at,
            "count": 2,
            "product": "P1",
            "category": None,
            **more,
        }
    )
    return signals.take(told, id="S1", reporter=reporter, at=NINE)


def test_a_signal_is_kept_as_it_came_and_counts_by_its_code():
    signal = taken()

    assert signal.sighted == Sighted("signal:S1", "4401003", NINE, 2)
    assert [signal.group(by) for by in GroupBy] == ["P1", None, "surrender"]
    assert converter().structure(converter().unstructure(signal), Signal) == signal


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"reporter": MANAGER}, BeyondAuthority),
        ({"reporter": Actor("head", ("ho_reviewer",))}, BeyondAuthority),
        ({"unit_kind": "city"}, NotACounter),
        ({"occurred_at": NINE + minutes(6)}, TimeInFuture),
    ],
)
def test_a_signal_comes_from_a_system_of_a_counter_and_not_from_the_future(more, refusal):
    with pytest.raises(refusal):
        taken(**more)


def test_a_systems_clock_may_run_a_little_ahead():
    assert taken(occurred_at=NINE + minutes(5)).occurred_at == NINE


@given(some.lists(some.sampled_from(["dismiss", "confirm", "add", "wake"]), max_size=12))
def test_no_sequence_of_commands_decides_a_draft_twice_or_brings_a_confirmed_one_back(course):
    draft, at = a_draft(), NINE
    for name in course:
        before, at = draft, at + minutes(20)
        try:
            match name:
                case "dismiss":
                    draft = drafts.dismiss(draft, reason="无", actor=MANAGER, at=at)
                case "confirm":
                    draft = drafts.confirmed(draft, incident="E1", by="manager", at=at)
                case "add":
                    draft = drafts.add(draft, [seen(f"{at}")])
                case _:
                    draft = drafts.wake(draft, at=at)[0]
        except Refusal:
            continue
        if before.status is DraftStatus.CONFIRMED:
            assert (draft.status, draft.incident, draft.settled_at) == (before.status, "E1", before.settled_at)
        if before.status is not DraftStatus.PROPOSED:
            assert draft.status is not DraftStatus.PROPOSED
            assert draft.told == before.told
