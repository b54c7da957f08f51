"""Everything that is kept or announced becomes a plain document and comes back the same."""

from datetime import datetime
from decimal import Decimal
from string import Formatter

import cattrs
import pytest

from chassis.errors import Refusal
from emergency import refusals
from emergency.announcements import Entry, Escalated, Notice
from emergency.correlation import Picture, observe
from emergency.facts import Crime, FactName, Facts
from emergency.incidents import Incident
from emergency.judgement import sighting
from emergency.kinds import Kind
from emergency.policies import DEFAULT_POLICY, Policy
from emergency.reports import ReportFiled
from emergency.thresholds import DEFAULT_THRESHOLDS, Thresholds
from services.emergency.tests.scenes import (
    HEAD_OFFICE,
    NINE,
    acknowledged,
    contained,
    filed,
    gathering,
    guided,
    minutes,
    news,
    ran,
    reported,
)


def converter():
    plain = cattrs.Converter()
    plain.register_structure_hook(datetime, lambda value, _: value)
    plain.register_unstructure_hook(Decimal, str)
    plain.register_structure_hook(Decimal, lambda value, _: Decimal(value))
    return plain


def there_and_back(value, kind):
    return converter().structure(converter().unstructure(value), kind)


def busy():
    """An incident in which everything has happened, and all that it announced."""
    incident, facts = reported(
        Kind.MAJOR_CLAIM,
        Facts(crime=Crime.ROBBERY, loss_cny=Decimal("12.50"), unknown=(FactName.DEATHS,)),
        claims_reference="理赔-2026-118",
        persons=(),
    )
    for incident_and_more in (
        lambda it: news(it, Facts(people_gathering=60), at=NINE + minutes(1)),
        lambda it: ran(it, NINE + minutes(90)),
        lambda it: acknowledged(it, "leader", NINE + minutes(91)),
        lambda it: guided(it, HEAD_OFFICE, NINE + minutes(92)),
        lambda it: contained(it, at=NINE + minutes(93)),
        lambda it: filed(it, at=NINE + minutes(94)),
    ):
        incident, more = incident_and_more(incident)
        facts += more
    return incident, facts


def test_an_incident_comes_back_as_it_was():
    incident, _ = busy()

    assert there_and_back(incident, Incident) == incident


@pytest.mark.parametrize("kind", [Entry, Notice, Escalated, ReportFiled])
def test_what_is_announced_comes_back_as_it_was(kind):
    mine = [fact for fact in busy()[1] if isinstance(fact, kind)]

    assert mine
    assert [there_and_back(fact, kind) for fact in mine] == mine


def test_tables_policies_and_pictures_come_back_as_they_were():
    picture, _ = observe(Picture(Kind.GATHERING, False, "p44"), sighting(gathering(10)[0]), DEFAULT_THRESHOLDS)

    assert there_and_back(DEFAULT_THRESHOLDS, Thresholds) == DEFAULT_THRESHOLDS
    assert there_and_back(DEFAULT_POLICY, Policy) == DEFAULT_POLICY
    assert there_and_back(picture, Picture) == picture


@pytest.mark.clause("R7.11")
def test_an_incident_that_nobody_answers_stays_far_below_the_size_of_a_large_document():
    incident, _ = gathering(50)
    for minute in range(5, 24 * 60, 5):
        incident, _ = ran(incident, NINE + minutes(minute))

    assert len(str(converter().unstructure(incident))) < 128_000


ALL_REFUSALS = [
    each for each in vars(refusals).values() if isinstance(each, type) and each.__module__ == refusals.__name__
]


@pytest.mark.parametrize("refusal", ALL_REFUSALS, ids=lambda each: each.code)
def test_a_refusal_says_the_same_in_both_languages_under_a_code_of_its_own(refusal):
    named = [{name for _, name, _, _ in Formatter().parse(words) if name} for words in (refusal.zh, refusal.en)]

    assert issubclass(refusal, Refusal)
    assert named[0] == named[1]
    assert refusal(**dict.fromkeys(named[0] | named[1], "x")).wire()["zh"]
    assert [each.code for each in ALL_REFUSALS].count(refusal.code) == 1
    assert refusal.code.startswith("emergency.")
