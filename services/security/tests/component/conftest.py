"""A bureau of security for each test; what holds for all of them is checked at the end of each."""

from collections.abc import Iterator

import pytest

from services.security.tests.component.bureau import open_bureau
from services.security.tests.component.staffed import staffed
from tests.house import Ground, House, ground


@pytest.fixture(scope="session")
def security_ground() -> Ground:
    """The database of these tests."""
    return ground("security")


@pytest.fixture
def bureau(security_ground: Ground) -> Iterator[House]:
    """Security with nothing imported yet."""
    house = open_bureau(security_ground)
    yield house
    house.check()


@pytest.fixture
def province(bureau: House) -> House:
    """The same, with a staffed province."""
    return staffed(bureau)
