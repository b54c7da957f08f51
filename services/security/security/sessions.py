"""R9.7: what one sign-in begins: a family of refresh tokens, each good for one turn.

A refresh token names its account, session and turn; the session knows the turn that is next. Taking a turn makes the
next token. An earlier turn presented again means that the token is in two hands, so the whole session ends. One case
is not held against anybody: a client that lost the answer asks again with the turn just taken. Within `GRACE`, and as
long as its successor is unused, it gets that same successor. A thief who is as quick gets no more than that token,
and whichever of the two uses it second ends the session.
"""

from datetime import datetime, timedelta

from attrs import evolve, frozen

from chassis.errors import Forbidden

LIFE = timedelta(hours=12)
"""D: a working day with its preparation; then the person signs in anew."""

IDLE = timedelta(minutes=30)
"""D: three lives of an access token without a refresh."""

GRACE = timedelta(seconds=10)
"""D: longer than the deadline of a call, so that a retry after a lost answer falls within it."""

MOST = 5
"""D: live sessions of one account; a further sign-in ends the oldest."""


class RefreshRefused(Forbidden):
    """One answer for every reason: unknown, ended, run out, or used before."""

    code = "security.refresh_refused"
    zh = "会话已结束，请重新登录"
    en = "the session is over: sign in again"


@frozen
class Session:
    """One sign-in. `turn` is the one that the current refresh token is good for; `counter` where it was said to be."""

    id: str
    started_at: datetime
    seen_at: datetime
    turn: int = 0
    counter: str | None = None
    methods: tuple[str, ...] = ("pwd",)
    """How the person proved to be who they are (RFC 8176): `pwd`, and `otp` with a second factor."""

    def over(self, at: datetime) -> bool:
        """Whether it has run out."""
        return at - self.started_at >= LIFE or at - self.seen_at >= IDLE


@frozen
class Turn:
    """What presenting a refresh token came to: the account's sessions after it; the session whose current token is to
    be given out, None where it is refused; whether an earlier token was used again."""

    sessions: tuple[Session, ...]
    session: Session | None = None
    reused: bool = False


def begin(sessions: tuple[Session, ...], session: Session) -> tuple[Session, ...]:
    """R9.7: one more, newest last; those that have run out, and the oldest beyond `MOST`, are gone."""
    return (*living(sessions, session.started_at), session)[-MOST:]


def living(sessions: tuple[Session, ...], at: datetime) -> tuple[Session, ...]:
    """Those that have not run out."""
    return tuple(each for each in sessions if not each.over(at))


def take_turn(sessions: tuple[Session, ...], *, session: str, turn: int, at: datetime) -> Turn:
    """R9.7: rotation. A session that is unknown or has run out changes nothing."""
    found = next((each for each in living(sessions, at) if each.id == session), None)
    if found is None or turn > found.turn:
        return Turn(sessions)
    if turn == found.turn:
        turned = evolve(found, turn=turn + 1, seen_at=at)
        return Turn(tuple(turned if each is found else each for each in sessions), turned)
    if turn == found.turn - 1 and at - found.seen_at <= GRACE:
        return Turn(sessions, found)

    return Turn(end(sessions, session), reused=True)


def end(sessions: tuple[Session, ...], session: str) -> tuple[Session, ...]:
    """Without this one; the very tuple where there is none such."""
    left = tuple(each for each in sessions if each.id != session)
    return sessions if len(left) == len(sessions) else left
