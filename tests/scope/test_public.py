"""What anybody may call, signed in or not, is in this list, with its reason; everything else needs a grant."""

import pytest

from decalog.topology import contracts

PUBLIC = {
    "security.sign_in": "nobody is signed in yet; the password proves who it is, within the lock-out",
    "security.refresh_session": "the access token has ended; the refresh token proves who it is",
    "security.sign_out": "the refresh token names the session that ends",
    "security.change_password": "before the first sign-in there is no session; the old password proves who it is",
    "notifier.link": "the link in the mail is the proof: it names one notice, and ends",
    "notifier.acknowledge_link": "the same link, followed",
}


@pytest.mark.clause("R9.5")
def test_every_operation_that_anybody_may_call_is_listed_with_its_reason() -> None:
    public = {f"{contract.service}.{one.name}" for contract in contracts() for one in contract.operations if one.public}

    assert public == set(PUBLIC)


@pytest.mark.clause("R9.5")
def test_every_other_operation_needs_a_grant_of_its_service_or_a_relation_to_the_thing() -> None:
    for contract in contracts():
        for one in contract.operations:
            assert one.public or one.needs in contract.grants or "within" not in one.relations, one.name
