"""An office of emergency for each test; what holds for all of them is checked at the end of each."""

from collections.abc import Iterator

import pytest

from services.emergency.tests.component.office import open_office
from tests.house import Ground, House, ground


@pytest.fixture(scope="session")
def emergency_ground() -> Ground:
    """The database of these tests."""
    return ground("emergency")


@pytest.fixture
def house(emergency_ground: Ground) -> Iterator[House]:
    """Emergency with an organisation of two provinces, on a Monday at nine."""
    office = open_office(emergency_ground)
    yield office
    office.check()
