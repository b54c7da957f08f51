"""R9.7 over the wire: refresh tokens are good for one turn, two hands at one of them end the session, and an operator
code that is in use at two counters is suspected of being shared."""

from datetime import timedelta

import pytest

from security import sessions
from security.service import Security
from services.security.tests.component.bureau import HEAD_OFFICE, holders
from services.security.tests.component.lobby import (
    ANYBODY,
    CODE,
    COUNTER,
    MANAGER,
    NEIGHBOUR,
    PASSWORD,
    TELLER,
    active,
    changed,
    refreshed,
    shown,
    signed_in,
)

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.7")]

REFUSED = "security.refresh_refused"


def code_of(answer):
    return answer["refusal"]["code"]


def next_of(house, tokens):
    return refreshed(house, tokens["refresh_token"])["ok"]["body"]


def test_each_refresh_gives_the_next_token_and_a_new_access_token(lobby):
    active(lobby)
    first = signed_in(lobby)
    second = next_of(lobby, first)
    third = next_of(lobby, second)

    assert {each["session"] for each in (first, second, third)} == {first["session"]}
    assert len({each["refresh_token"] for each in (first, second, third)}) == 3
    assert len({each["access_token"] for each in (first, second, third)}) == 3
    assert shown(lobby)["sessions"] == 1


def test_an_earlier_token_used_again_ends_the_session_and_is_told_once(lobby):
    active(lobby)
    first = signed_in(lobby)
    second = next_of(lobby, first)
    third = next_of(lobby, second)

    assert code_of(refreshed(lobby, first["refresh_token"])) == REFUSED
    assert code_of(refreshed(lobby, third["refresh_token"])) == REFUSED
    assert code_of(refreshed(lobby, first["refresh_token"])) == REFUSED
    assert shown(lobby)["sessions"] == 0
    lobby.settle()
    assert lobby.events("refresh_token_reused") == [{"person": TELLER.subject, "session": first["session"]}]


@pytest.mark.parametrize(("late", "given"), [(0, True), (1, False)])
def test_a_client_that_lost_the_answer_gets_the_same_token_for_ten_seconds(lobby, late, given):
    active(lobby)
    first = signed_in(lobby)
    second = next_of(lobby, first)
    lobby.clock.step(lobby.clock.now() + sessions.GRACE + timedelta(milliseconds=late))

    again = refreshed(lobby, first["refresh_token"])

    assert ("ok" in again) is given
    if given:
        assert again["ok"]["body"]["refresh_token"] == second["refresh_token"]
        assert next_of(lobby, second)["session"] == first["session"]


def test_of_two_hands_at_one_token_one_turns_it_and_the_other_gets_the_same_successor(lobby, security_ground):
    active(lobby)
    first = signed_in(lobby)
    other = security_ground.house(
        lambda frame: Security(frame, security_ground.keys), "security", clock=lobby.clock, exchange=lobby.exchange
    )
    accounts, raced = lobby.service.session_desk.accounts, []
    write = accounts._write

    def beaten(*given):
        """Between the loading and the writing of one hand the other is served."""
        if not raced:
            raced.append(refreshed(other, first["refresh_token"])["ok"]["body"]["refresh_token"])
        return write(*given)

    accounts._write = beaten
    mine = next_of(lobby, first)

    assert mine["refresh_token"] == raced[0]
    (state,) = (each["state"]["sessions"] for each in lobby.database["accounts"].find())
    assert [each["turn"] for each in state] == [1]


def test_a_thief_within_the_grace_gets_no_second_line_of_tokens(lobby):
    active(lobby)
    first = signed_in(lobby)
    mine = next_of(lobby, first)
    theirs = next_of(lobby, first)
    assert theirs["refresh_token"] == mine["refresh_token"]
    next_of(lobby, theirs)
    lobby.wait(seconds=11)

    assert code_of(refreshed(lobby, mine["refresh_token"])) == REFUSED
    assert shown(lobby)["sessions"] == 0


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token.replace(CODE, "GD9999"),
        lambda token: ".".join([*token.split(".")[:2], "7", token.split(".")[3]]),
        lambda token: "x",
        lambda token: "...",
        lambda token: token + ".",
    ],
)
def test_a_token_that_is_not_ours_is_refused_and_ends_nothing(lobby, spoil):
    active(lobby)
    tokens = signed_in(lobby)

    assert code_of(refreshed(lobby, spoil(tokens["refresh_token"]))) == REFUSED
    assert next_of(lobby, tokens)["session"] == tokens["session"]


@pytest.mark.parametrize(("late", "over"), [(-1, False), (0, True)])
def test_a_session_that_is_not_used_for_half_an_hour_is_over(lobby, late, over):
    active(lobby)
    tokens = signed_in(lobby)
    lobby.clock.step(lobby.clock.now() + sessions.IDLE + timedelta(seconds=late))

    assert ("refusal" in refreshed(lobby, tokens["refresh_token"])) is over


def test_a_session_is_over_after_twelve_hours_however_busy(lobby):
    active(lobby)
    tokens, ends = signed_in(lobby), lobby.clock.now() + sessions.LIFE
    while lobby.clock.now() + timedelta(minutes=20) < ends:
        lobby.wait(minutes=20)
        tokens = next_of(lobby, tokens)
    lobby.clock.step(ends)

    assert code_of(refreshed(lobby, tokens["refresh_token"])) == REFUSED


def test_a_sixth_sign_in_ends_the_oldest_session(lobby):
    active(lobby)
    tokens = [signed_in(lobby) for _ in range(sessions.MOST + 1)]

    assert code_of(refreshed(lobby, tokens[0]["refresh_token"])) == REFUSED
    assert all("ok" in refreshed(lobby, each["refresh_token"]) for each in tokens[1:])


def test_signing_out_ends_the_session_of_the_token_and_no_other_and_may_be_repeated(lobby):
    active(lobby)
    one, other = signed_in(lobby), signed_in(lobby)
    body = {"refresh_token": one["refresh_token"]}

    for _ in range(2):
        assert lobby.done("sign_out", ANYBODY, body=body)["status"] == 204
    assert lobby.done("sign_out", ANYBODY, body={"refresh_token": "x"})["status"] == 204

    assert code_of(refreshed(lobby, one["refresh_token"])) == REFUSED
    assert "ok" in refreshed(lobby, other["refresh_token"])


@pytest.mark.parametrize(
    "end",
    [
        lambda house: changed(house, CODE, PASSWORD, "Litchi-bay 2026"),
        lambda house: house.done("reset_account", MANAGER, path={"account": CODE}, body={}),
        lambda house: house.done("disable_account", MANAGER, path={"account": CODE}, body={}),
        lambda house: _leaves(house),
    ],
)
def test_nobody_refreshes_after_a_change_a_reset_a_disabling_or_the_last_post(lobby, end):
    active(lobby)
    tokens = signed_in(lobby)
    end(lobby)

    assert code_of(refreshed(lobby, tokens["refresh_token"])) == REFUSED
    assert shown(lobby)["sessions"] == 0
    lobby.settle()
    assert lobby.events("refresh_token_reused") == []


def _leaves(house):
    ended = f"{TELLER.subject},teller,{COUNTER},holder,2026-01-01,2026-11-23\n"
    holders(house, "person,post,unit,kind,from,to\n" + ended, HEAD_OFFICE)


def test_one_code_at_two_counters_at_once_is_told_once_a_pair_and_day(lobby):
    active(lobby)
    here = signed_in(lobby, counter=COUNTER)
    signed_in(lobby, counter=NEIGHBOUR)
    signed_in(lobby, counter=NEIGHBOUR)
    next_of(lobby, here)
    lobby.settle()

    told = lobby.events("account_sharing_suspected")

    assert told == [{"person": TELLER.subject, "counters": sorted((COUNTER, NEIGHBOUR)), "day": "2026-11-23"}]
    (message,) = lobby.messages("account_sharing_suspected")
    assert message.key == "account_sharing_suspected.44.4401.4401003"

    lobby.wait(days=1)
    signed_in(lobby, counter=COUNTER)
    signed_in(lobby, counter=NEIGHBOUR)
    lobby.settle()
    assert [each["day"] for each in lobby.events("account_sharing_suspected")] == ["2026-11-23", "2026-11-24"]


@pytest.mark.parametrize(("minutes", "suspected"), [(9, True), (10, False)])
def test_a_session_left_behind_is_in_use_as_long_as_its_access_token_lives(lobby, minutes, suspected):
    active(lobby)
    signed_in(lobby, counter=COUNTER)
    lobby.wait(minutes=minutes)
    signed_in(lobby, counter=NEIGHBOUR)
    lobby.settle()

    assert bool(lobby.events("account_sharing_suspected")) is suspected


def test_who_signs_out_at_one_counter_may_sign_in_at_the_other(lobby):
    active(lobby)
    tokens = signed_in(lobby, counter=COUNTER)
    lobby.done("sign_out", ANYBODY, body={"refresh_token": tokens["refresh_token"]})
    signed_in(lobby, counter=NEIGHBOUR)
    lobby.settle()

    assert lobby.events("account_sharing_suspected") == []
