"""R9.1: whoever is lent to another place acts, and is told, there as its own people do, for those days."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.emergency.tests.component.office import (
    CCMS,
    MANAGER,
    OTHER_CITY,
    OTHER_CITYS,
    assigned,
    does,
    gathering,
    held,
    may_not,
    notices,
    report,
)

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.1")]

MIDNIGHT = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
"""The end of the last day in Shanghai."""


def lent(house):
    assigned(
        house, held(MANAGER.subject, "centre_manager", "4402", "lent", since=date(2026, 11, 23), to=date(2026, 11, 26))
    )


def test_a_manager_who_is_lent_is_told_beside_the_holder(house):
    lent(house)

    gathering(house, people=3, unit=OTHER_CITYS)

    assert {person for person, _ in notices(house)} == {MANAGER.subject, OTHER_CITY.subject}


@pytest.mark.parametrize(("moment", "may"), [(MIDNIGHT - timedelta(seconds=1), True), (MIDNIGHT, False)])
def test_a_manager_who_is_lent_handles_there_until_the_last_moment_of_the_last_day(house, moment, may):
    lent(house)
    house.clock.step(moment)
    there, home = report(house, CCMS, unit=OTHER_CITYS), report(house, CCMS, key="k2")

    does(house, "begin_response", MANAGER, home)
    if may:
        does(house, "begin_response", MANAGER, there)
    else:
        assert may_not(house, "begin_response", MANAGER, there) == "chassis.not_found"
