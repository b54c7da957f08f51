"""An account that nobody signs in to for a month is locked by a timer; the head is told, and unlocks it."""

from datetime import timedelta

import pytest

from services.security.tests.component.bureau import HEAD_OFFICE, holders
from services.security.tests.component.lobby import (
    CODE,
    COUNTER,
    MANAGER,
    TELLER,
    active,
    in_use,
    opened,
    shown,
    signed_in,
    turned_away,
)
from tests.house import Badge

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.7")]

SUPERVISOR = Badge("P440100302")
PATH = {"account": CODE}
MONTH = timedelta(days=30)


@pytest.fixture
def counter(lobby):
    """The teller's counter with its supervisor, and the teller's account."""
    row = f"{SUPERVISOR.subject},counter_supervisor,{COUNTER},holder,2026-01-01,\n"
    holders(lobby, "person,post,unit,kind,from,to\n" + row, HEAD_OFFICE)
    active(lobby)
    lobby.settle()
    return lobby


def tasks(house, by=SUPERVISOR):
    return [one["done_at"] for one in house.done("my_tasks", by, query={})["body"]["items"]]


def test_it_is_locked_on_the_moment_and_not_a_second_before(counter):
    began = counter.clock.now()

    counter.step(began + MONTH - timedelta(seconds=1))
    assert (shown(counter)["state"], tasks(counter)) == ("active", [])
    counter.step(began + MONTH)

    assert shown(counter)["state"] == "dormant"
    assert tasks(counter) == [f"/v1/accounts/{CODE}/unlocking"]
    (told,) = counter.events("account_dormant")
    assert (told["person"], told["days"]) == (TELLER.subject, 30)
    assert CODE not in str(told)


def test_a_right_password_opens_nothing_then_and_a_wrong_one_learns_nothing(counter):
    counter.wait(days=30)

    assert turned_away(counter)["code"] == "security.account_dormant"
    assert turned_away(counter, password="Wrong-pass 1")["code"] == "security.sign_in_refused"


def test_while_the_timer_is_late_the_account_is_shut_all_the_same(counter):
    counter.silence(days=30)

    assert turned_away(counter)["code"] == "security.account_dormant"


def test_an_account_in_use_is_not_locked_and_its_timer_waits_for_the_rest(counter):
    in_use(counter, timedelta(days=50))

    counter.step(counter.clock.now())

    assert shown(counter)["state"] == "active"
    assert counter.events("account_dormant") == []
    counter.wait(days=30)
    assert shown(counter)["state"] == "dormant"


def test_the_head_unlocks_it_and_the_days_begin_again(counter):
    counter.wait(days=30)

    done = counter.done("unlock_account", SUPERVISOR, path=PATH, body={})
    counter.settle()

    assert (done["body"]["state"], tasks(counter)) == ("active", [])
    signed_in(counter)
    counter.wait(days=30)
    assert len(counter.events("account_dormant")) == 2


def test_whoever_manages_accounts_without_heading_the_unit_unlocks_nothing_but_may_reset_it(counter):
    counter.wait(days=30)

    assert counter.refused("unlock_account", MANAGER, path=PATH, body={})["code"] == "chassis.not_granted"
    assert counter.refused("unlock_account", TELLER, path=PATH, body={})["code"] == "chassis.not_granted"
    counter.done("reset_account", MANAGER, path=PATH, body={})
    counter.settle()
    assert (shown(counter)["state"], tasks(counter)) == ("must_change", [])


def test_disabling_it_settles_the_task_and_enabling_it_counts_anew(counter):
    counter.wait(days=30)

    counter.done("disable_account", MANAGER, path=PATH, body={})
    counter.settle()
    assert tasks(counter) == []
    counter.wait(days=60)
    assert len(counter.events("account_dormant")) == 1
    counter.done("enable_account", MANAGER, path=PATH, body={})
    assert shown(counter)["state"] == "active"
    counter.wait(days=30)
    assert len(counter.events("account_dormant")) == 2


def test_an_account_that_was_never_used_is_locked_too(lobby):
    opened(lobby)

    lobby.wait(days=30)

    assert shown(lobby)["state"] == "dormant"


def test_of_two_heads_at_once_one_unlocks_it(counter):
    counter.wait(days=30)
    counter.done("unlock_account", SUPERVISOR, path=PATH, body={}, key="one")

    again = counter.done("unlock_account", SUPERVISOR, path=PATH, body={}, key="one")
    refused = counter.refused("unlock_account", SUPERVISOR, path=PATH, body={}, key="two")

    assert (again["replayed"], refused["code"]) == (True, "security.not_dormant")
