"""R9.6: what a person is given for a time counts at the instant of the act, over its unit, and up to level IV."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from chassis.identity import Grant
from emergency.authority import ELEVATABLE, Action, Actor, may
from emergency.directory import ElevationCopy, elevated, elevated_grants
from emergency.levels import Level

NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
MS = timedelta(milliseconds=1)
UNITS = ("HQ", "44", "4401", "4401003")
GIVEN = ElevationCopy("e1", "teller", "incident.close", "4401003", "approved", NINE, NINE + timedelta(hours=1))
TELLER = Actor("teller", ("teller",))

pytestmark = pytest.mark.clause("R9.6")


@pytest.mark.parametrize(
    ("at", "gives"),
    [(NINE - MS, False), (NINE, True), (GIVEN.until - MS, True), (GIVEN.until, False), (GIVEN.until + MS, False)],
)
def test_it_counts_from_its_start_and_ends_at_its_very_instant_without_any_message(at, gives):
    assert elevated_grants([GIVEN], at=at) == ((Grant("incident.close", "4401003"),) if gives else ())
    assert elevated(TELLER, [GIVEN], units=UNITS, at=at).elevated == ((Action.CLOSE,) if gives else ())


@pytest.mark.parametrize("state", ["requested", "refused", "withdrawn", "lapsed", "used", "ended", "revoked", "new"])
def test_only_what_is_approved_gives_anything(state):
    assert elevated_grants([evolve(GIVEN, state=state)], at=NINE) == ()


@pytest.mark.parametrize("right", ["incident.lower", "handling_body.set", "incident.guide", "policy.change", "king.be"])
def test_what_is_not_ours_to_give_for_a_time_gives_nothing_whatever_security_says(right):
    copy = evolve(GIVEN, right=right)

    assert (copy.concerns_us, copy.gives(NINE), elevated_grants([copy], at=NINE)) == (False, None, ())


def test_it_counts_over_its_unit_alone():
    assert elevated(TELLER, [evolve(GIVEN, unit="4401001")], units=UNITS, at=NINE).elevated == ()


@pytest.mark.parametrize("action", ELEVATABLE)
def test_it_reaches_level_iv_and_no_further_whatever_the_action(action):
    who = evolve(TELLER, elevated=(action,))

    assert [level for level in Level if may(who, action, level)] == [Level.IV]
    assert not may(who, Action.LOWER, Level.IV)
    assert not may(evolve(who, system=True), action, Level.IV) or action in (Action.READ, Action.FILE_REPORT)
