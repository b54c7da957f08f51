"""R9.5, R9.6: Decalog's own post–permission table, which security shows, says what the services really do."""

from collections import Counter

import pytest

from emergency import authority as emergency
from emergency.levels import Level
from notifier import authority as notifier
from security import authority as security
from security.posts import posts
from security.rights import decalog_actions, permissions, right_named
from security.separations import posts_apart

TABLE = decalog_actions()
OF_NO_POST = {
    emergency.Action.REPORT_SIGNAL,
    security.Action.USE_ELEVATION,
    security.Action.NOTE_REFUSED_CALL,
    security.Action.READ_REACH,
}
"""What systems alone do, and what everybody may ask about themselves."""

SECURITYS = [each.value for each in security.Action if each not in OF_NO_POST]
EMERGENCYS = [each.value for each in emergency.Action if each not in OF_NO_POST]


def limit(permission: emergency.Permission) -> str | None:
    return None if permission.up_to is Level.I else f"up to {permission.up_to.value}"


@pytest.mark.clause("R9.5")
@pytest.mark.parametrize("action", EMERGENCYS)
def test_the_table_gives_each_action_of_emergency_to_the_posts_that_have_it_and_as_far(action):
    shown = {(part.post, part.limit) for part in TABLE["emergency", action].parts}

    assert shown == {(one.post, limit(one)) for one in emergency.PERMISSIONS if one.action.value == action}


@pytest.mark.clause("R9.6")
def test_what_the_table_calls_elevatable_is_what_a_service_honours():
    elevatable = {name for name, one in TABLE.items() if one.right.elevatable}

    assert elevatable == {("emergency", action.value) for action in emergency.ELEVATABLE}


@pytest.mark.clause("R9.5")
@pytest.mark.parametrize("action", SECURITYS)
def test_the_table_gives_each_action_of_security_to_the_posts_that_have_it(action):
    shown = {part.post for part in TABLE["security", action].parts}

    assert shown == {post for post, actions in security.AUTHORITY.items() if action in actions}


@pytest.mark.clause("R9.5")
@pytest.mark.parametrize("action", [each.value for each in notifier.Action])
def test_the_table_gives_each_action_of_the_notifier_to_the_posts_that_have_it(action):
    shown = {part.post for part in TABLE["notifier", action].parts}

    assert shown == {post for post, actions in notifier.AUTHORITY.items() if action in actions}


@pytest.mark.clause("R9.6")
def test_nothing_that_approves_grants_or_elevates_is_elevatable():
    never = ("approve", "accept", "elevation", "operator", "permission", "directory", "account", "lower")

    for right in [*(one.right for one in TABLE.values()), *permissions().values()]:
        code = right.code
        assert not right.elevatable or not any(word in code for word in never) or code in BUSINESS_ACCEPTANCE


@pytest.mark.clause("R9.6")
def test_an_action_that_several_services_have_is_one_right_and_never_elevatable():
    times = Counter(action for _, action in TABLE)

    for action in [name for name, count in times.items() if count > 1]:
        assert not right_named(action).elevatable
        assert len({(one.right.name_zh, one.right.name_en) for (_, name), one in TABLE.items() if name == action}) == 1


BUSINESS_ACCEPTANCE = {"new_business.accept", "claim.accept"}
"""To accept business from a customer approves nothing."""


def test_the_table_names_known_posts_and_marks_and_no_permission_of_the_business_system():
    assert not {action for _, action in TABLE} & set(permissions())
    for one in TABLE.values():
        for part in one.parts:
            assert part.post in posts()
            assert part.marks
            assert set(part.marks) <= set("CSAV")


@pytest.mark.clause("R9.5")
def test_nobody_holds_both_a_post_that_reads_contacts_in_clear_and_one_that_audits_who_did():
    reading, auditing = (
        [post for post, actions in notifier.AUTHORITY.items() if action in actions]
        for action in (notifier.Action.REVEAL_CONTACT, notifier.Action.READ_DISCLOSURES)
    )

    assert reading
    assert all(posts_apart(one, other) for one in reading for other in auditing)
