"""R7.2, R7.3: the level that the known facts give, on both sides of every row of the table."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.facts import Crime, FactName, Facts, MediaReach, OutageScope, overlay
from emergency.grading import grade
from emergency.kinds import NEEDED, Kind
from emergency.levels import Level
from emergency.refusals import FactContradictory, FactOutOfRange
from emergency.thresholds import DEFAULT_THRESHOLDS, Basis

#: A kind whose grading needs no facts: only the facts given speak.
PLAIN = Kind.MAJOR_CLAIM


def level(kind=PLAIN, **facts):
    return grade(kind, Facts(**facts), DEFAULT_THRESHOLDS).level


@pytest.mark.clause("R7.2")
@pytest.mark.parametrize(("people", "expected"), [(99, "II"), (100, "I"), (101, "I")])
def test_a_hundred_people_surrendering_together_are_level_one(people, expected):
    assert level(people_surrendering=people) == expected


@pytest.mark.clause("R7.2")
@pytest.mark.parametrize(
    ("amount", "expected"), [("99999999.99", "II"), ("100000000.00", "II"), ("100000000.01", "I"), ("100000001", "I")]
)
def test_surrenders_must_exceed_a_hundred_million_yuan_for_level_one(amount, expected):
    assert level(surrender_amount_cny=Decimal(amount)) == expected


@pytest.mark.clause("R7.2")
@pytest.mark.parametrize(("people", "expected"), [(49, "II"), (50, "I"), (51, "I")])
def test_fifty_people_gathering_at_a_counter_are_level_one(people, expected):
    assert level(people_gathering=people) == expected


@pytest.mark.clause("R7.2")
@pytest.mark.parametrize(("deaths", "expected"), [(0, "IV"), (1, "I"), (2, "I")])
def test_one_death_of_a_customer_or_employee_is_level_one(deaths, expected):
    assert level(deaths=deaths) == expected


@pytest.mark.clause("R7.2")
@pytest.mark.parametrize(("counters", "expected"), [(0, "IV"), (1, "II"), (2, "I"), (3, "I")])
def test_a_natural_disaster_that_damages_two_counters_is_level_one(counters, expected):
    facts = {"counters_damaged": counters, "deaths": 0, "injured": 0}

    assert level(Kind.NATURAL_DISASTER, **facts) == expected


@pytest.mark.clause("R7.2")
def test_two_counters_damaged_by_fire_are_not_the_natural_disaster_of_the_text():
    assert level(Kind.FIRE, counters_damaged=2, deaths=0, injured=0) == "II"


ROWS = [
    ("people_surrendering", [(9, "IV"), (10, "IV"), (29, "IV"), (30, "III"), (49, "III"), (50, "II")]),
    ("same_product_surrenders", [(20, "IV"), (21, "IV")]),
    ("people_gathering", [(2, "IV"), (3, "IV"), (9, "IV"), (10, "III"), (29, "III"), (30, "II")]),
    ("people_complaining", [(19, "IV"), (20, "III"), (21, "III")]),
    ("seriously_injured", [(0, "IV"), (1, "II")]),
    ("injured", [(0, "IV"), (1, "III"), (2, "III"), (3, "II")]),
    ("taken_ill", [(0, "IV"), (1, "IV")]),
    ("counters_damaged", [(0, "IV"), (1, "II"), (2, "II")]),
    ("people_leaked", [(1, "IV"), (499, "IV"), (500, "III"), (9_999, "III"), (10_000, "II"), (1_000_000, "II")]),
    ("people_leaked_sensitive", [(1, "IV"), (49, "IV"), (50, "III"), (999, "III"), (1_000, "II")]),
    ("people_waiting", [(30, "IV"), (31, "IV")]),
    ("wait_minutes", [(45, "IV"), (46, "IV")]),
]


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize(
    ("fact", "value", "expected"), [(fact, value, expected) for fact, steps in ROWS for value, expected in steps]
)
def test_counts_reach_their_level_at_the_bound_and_not_before(fact, value, expected):
    assert level(**{fact: value}) == expected


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize(
    ("fact", "amount", "expected"),
    [
        ("surrender_amount_cny", "199999.99", "IV"),
        ("surrender_amount_cny", "200000", "IV"),
        ("surrender_amount_cny", "999999.99", "IV"),
        ("surrender_amount_cny", "1000000", "III"),
        ("surrender_amount_cny", "9999999.99", "III"),
        ("surrender_amount_cny", "10000000", "II"),
        ("disputed_cny", "199999.99", "IV"),
        ("disputed_cny", "200000", "III"),
        ("loss_cny", "49999.99", "IV"),
        ("loss_cny", "50000", "III"),
        ("loss_cny", "999999.99", "III"),
        ("loss_cny", "1000000", "II"),
    ],
)
def test_money_reaches_its_level_to_the_cent(fact, amount, expected):
    assert level(**{fact: Decimal(amount)}) == expected


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize(
    ("counters", "shut", "expected"),
    [
        (1, 14, "IV"),
        (1, 15, "IV"),
        (1, 59, "IV"),
        (1, 60, "III"),
        (1, 239, "III"),
        (1, 240, "II"),
        (2, 119, "III"),
        (2, 120, "II"),
        (0, 600, "IV"),
    ],
)
def test_closures_count_counters_and_minutes_together(counters, shut, expected):
    assert level(counters_shut=counters, shut_minutes=shut) == expected


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize(
    ("scope", "duration", "expected"),
    [
        ("counter", 29, "IV"),
        ("counter", 30, "IV"),
        ("counter", 239, "IV"),
        ("counter", 240, "III"),
        ("city", 59, "IV"),
        ("city", 60, "III"),
        ("city", 239, "III"),
        ("city", 240, "II"),
        ("province", 119, "III"),
        ("province", 120, "II"),
        ("national", 120, "II"),
        ("province", 1440, "II"),
    ],
)
def test_outages_count_scope_and_minutes_together(scope, duration, expected):
    assert level(outage_scope=OutageScope(scope), outage_minutes=duration) == expected


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize(
    ("crime", "expected"),
    [("attempted", "IV"), ("theft_or_fraud", "IV"), ("robbery", "II"), ("explosion_threat", "II")],
)
def test_robbery_and_explosion_threats_are_level_two(crime, expected):
    assert level(crime=Crime(crime)) == expected


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize(
    ("reach", "expected"),
    [
        ("local_post", "IV"),
        ("city_media", "III"),
        ("regulator_asks", "III"),
        ("provincial_media", "II"),
        ("national_media", "II"),
    ],
)
def test_the_reach_of_the_media_gives_the_level(reach, expected):
    assert level(media_reach=MediaReach(reach)) == expected


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize("row", DEFAULT_THRESHOLDS.rows, ids=lambda row: f"{row.level}-{row.criterion}")
def test_every_row_is_reached_at_its_bound_and_missed_below_it(row):
    kind = row.kinds[0] if row.kinds else PLAIN
    at_bound = {bound.fact: bound.value + (0 if bound.inclusive else Decimal("0.01")) for bound in row.bounds}

    assert row.criterion in _criteria(kind, at_bound, row.level)
    for fact in at_bound:
        below = {**at_bound, fact: at_bound[fact] - Decimal("0.01")}
        assert row not in _matched(kind, below)


def _matched(kind, numbers):
    return [
        row
        for row in DEFAULT_THRESHOLDS.rows
        if row.concerns(kind) and all(bound.reached_by(numbers.get(bound.fact)) for bound in row.bounds)
    ]


def _criteria(kind, numbers, at):
    return [row.criterion for row in _matched(kind, numbers) if row.level is at]


@pytest.mark.clause("R7.2")
def test_the_answer_names_the_clause_the_criterion_and_the_basis_that_decided():
    answer = grade(PLAIN, Facts(people_gathering=120, people_surrendering=30), DEFAULT_THRESHOLDS)

    assert (answer.level, answer.clause, answer.version) == (Level.I, "R7.2", 1)
    assert [(reason.criterion, reason.basis) for reason in answer.reasons] == [("gathering", Basis.COMPANY)]
    assert answer.reasons[0].figures[0].value == "120"


@pytest.mark.clause("R7.2")
def test_only_the_companys_own_rows_give_level_one():
    rows = [row for row in DEFAULT_THRESHOLDS.rows if row.level is Level.I]

    assert {row.clause for row in rows} == {"R7.2"}
    assert {row.basis for row in rows} == {Basis.COMPANY}
    assert {row.criterion for row in rows} == {
        "collective_surrender",
        "abnormal_surrender",
        "gathering",
        "death",
        "counters_damaged",
    }


@pytest.mark.clause("R7.3")
def test_the_gravest_row_that_matches_wins():
    assert level(people_gathering=10, seriously_injured=1, taken_ill=4) == "II"


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize(
    ("people", "expected"), [(2, "III"), (10, "III"), (30, "II"), (50, "II"), (99, "II"), (100, "I")]
)
def test_a_needed_fact_that_is_missing_raises_by_one_step_and_never_above_two(people, expected):
    answer = grade(Kind.COLLECTIVE_SURRENDER, Facts(people_surrendering=people), DEFAULT_THRESHOLDS)

    assert answer.level == expected
    assert answer.unknown == (FactName.SURRENDER_AMOUNT_CNY,)


@pytest.mark.clause("R7.3")
def test_a_fact_stated_as_unknown_counts_like_a_missing_one():
    stated = Facts(people_surrendering=30, unknown=(FactName.SURRENDER_AMOUNT_CNY,))

    answer = grade(Kind.COLLECTIVE_SURRENDER, stated, DEFAULT_THRESHOLDS)

    assert answer == grade(Kind.COLLECTIVE_SURRENDER, Facts(people_surrendering=30), DEFAULT_THRESHOLDS)
    assert (answer.reasons[0].criterion, answer.clause) == ("unknown_facts", "R7.3")


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize("kind", [kind for kind in Kind if NEEDED[kind]])
def test_nothing_known_at_all_is_level_three_however_many_facts_are_lacking(kind):
    answer = grade(kind, Facts(), DEFAULT_THRESHOLDS)

    assert (answer.level, answer.known_level) == (Level.III, Level.IV)
    assert answer.unknown == NEEDED[kind]


counts = st.none() | st.integers(0, 300)
facts = st.builds(
    Facts,
    people_surrendering=counts,
    people_gathering=counts,
    deaths=counts,
    injured=counts,
    counters_damaged=counts,
    surrender_amount_cny=st.none() | st.decimals(0, 300_000_000, places=2),
)


@pytest.mark.clause("R7.3")
@given(kind=st.sampled_from(Kind), known=facts)
def test_lack_of_facts_never_makes_level_one_and_never_makes_the_level_milder(kind, known):
    answer = grade(kind, known, DEFAULT_THRESHOLDS)

    assert answer.level.covers(answer.known_level)
    assert answer.level is not Level.I or answer.known_level is Level.I


@pytest.mark.clause("R7.2")
@given(kind=st.sampled_from(Kind), known=facts, more=st.integers(1, 200))
def test_more_people_never_make_the_known_level_milder(kind, known, more):
    worse = overlay(known, Facts(people_gathering=(known.people_gathering or 0) + more))

    before = grade(kind, known, DEFAULT_THRESHOLDS).known_level
    assert grade(kind, worse, DEFAULT_THRESHOLDS).known_level.covers(before)


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize("amount", ["-0.01", "NaN", "Infinity", "1e16"])
def test_money_that_cannot_be_is_refused(amount):
    with pytest.raises(FactOutOfRange):
        overlay(Facts(), Facts(loss_cny=Decimal(amount)))


@pytest.mark.clause("R7.3")
def test_a_fact_is_not_given_and_unknown_at_once():
    with pytest.raises(FactContradictory) as refusal:
        overlay(Facts(), Facts(deaths=1, unknown=(FactName.DEATHS,)))

    assert refusal.value.fields[0].pointer == "/body/facts/deaths"


@pytest.mark.clause("R7.3")
def test_news_replace_what_was_known_and_leave_the_rest():
    known = Facts(deaths=0, injured=2, unknown=(FactName.LOSS_CNY,))

    after = overlay(known, Facts(loss_cny=Decimal(5), unknown=(FactName.INJURED,)))

    assert (after.deaths, after.injured, after.loss_cny) == (0, None, Decimal(5))
    assert after.unknown == (FactName.INJURED,)


def test_every_kind_has_a_chinese_name():
    assert all(kind.zh for kind in Kind)
