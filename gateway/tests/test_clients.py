"""A branch system is never taken for a person, by whose id alone services know what is the person's own."""

from typing import Any

import pytest

from gateway import clients


class Kept:
    """A collection that takes everything."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def insert_one(self, document: dict[str, Any]) -> None:
        """Take it."""
        self.ids.append(document["_id"])


@pytest.mark.clause("R9.7")
@pytest.mark.parametrize("name", ["P440100301", "p440100301", "AB1234", "ABCD1234567890123456"])
def test_a_client_named_like_a_person_is_refused(name: str) -> None:
    kept = Kept()

    with pytest.raises(clients.ClientLikePerson):
        clients.add({clients.COLLECTION: kept}, name, [])  # type: ignore[arg-type]

    assert kept.ids == []


@pytest.mark.parametrize("name", ["ccms-44", "CCMS", "FUZZ-CLIENT", "P123", "ABCDE1234", "P440100301-x"])
def test_a_client_named_after_its_system_is_made(name: str) -> None:
    kept = Kept()

    assert clients.add({clients.COLLECTION: kept}, name, [])  # type: ignore[arg-type]
    assert kept.ids == [name]
