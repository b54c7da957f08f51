"""R9.8: whoever is suspended or has left may do nothing here and is asked nothing, from the moment that it is known."""

import pytest

from services.emergency.tests.component.office import (
    BUSINESS,
    BUSINESS_DEPUTY,
    MANAGER,
    does,
    gathering,
    notices,
    stands,
)

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.8")]


@pytest.mark.parametrize("standing", ["suspended", "left"])
def test_whoever_is_not_employed_may_do_nothing_and_may_again_when_taken_back(house, standing):
    incident = gathering(house, people=3)
    stands(house, MANAGER, standing)

    refused = house.refused("begin_response", MANAGER, path={"incident": incident}, body={})
    assert refused["code"] == "chassis.not_admitted"

    stands(house, MANAGER, "employed", sequence=2)
    does(house, "begin_response", MANAGER, incident, {})


def test_somebody_suspended_is_not_told_and_the_deputy_answers_for_the_post(house):
    stands(house, BUSINESS, "suspended")

    gathering(house, people=50)

    told = {person for person, _ in notices(house)}
    assert BUSINESS.subject not in told
    assert BUSINESS_DEPUTY.subject in told


def test_an_older_state_does_not_bring_somebody_back(house):
    stands(house, MANAGER, "left", sequence=3)
    stands(house, MANAGER, "employed", sequence=2)

    refused = house.refused("incident_list", MANAGER, query={})
    assert refused["code"] == "chassis.not_admitted"
