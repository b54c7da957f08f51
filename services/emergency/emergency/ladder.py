"""R7.4, R7.5: one step of the ladder at a time: who is told next, and what silence leads to.

In time order: a round opens the rungs that are due at once; each person is tried on each channel in turn, then the
deputy, then the next rung up; where nothing above is left the line begins again, a set number of times.
"""

from datetime import datetime, timedelta

from attrs import evolve

from emergency.announcements import Because, Effect, EntryKind, Escalated, Happening, Notice
from emergency.policies import Rung
from emergency.tellings import (
    Escalation,
    PersonInCharge,
    Scene,
    Telling,
    TellingState,
    Try,
    Vacancy,
    in_line,
    rung_of,
    same_rung,
    scheduled,
    step_of,
)

Step = tuple[Escalation, tuple[Effect, ...]]


def tell_rung(
    escalation: Escalation,
    scene: Scene,
    index: int,
    *,
    because: Because,
    at: datetime,
    instead_of: tuple[str, ...] = (),
) -> Step:
    """R7.4: everybody of one rung is told; for an empty post the next rung up is told as well, and it is said so."""
    rung = scene.policy.ladder(escalation.level)[index]
    unit = scene.place.unit_of(rung.addressee)
    present, vacant = _holders(rung, scene)
    effects = (*_reported_to(escalation, scene, rung, because, at), *_said_vacant(rung, vacant))
    told = evolve(
        escalation,
        reached=(*escalation.reached, index),
        units_told=(*escalation.units_told, *(each.unit for each in effects if isinstance(each, Escalated))),
        vacancies=(*escalation.vacancies, *(Vacancy(escalation.round, rung.addressee, post, unit) for post in vacant)),
    )
    for person in present:
        if all(telling.person != person.person for telling in told.this_round()):
            telling = _telling(told, index, rung, person, instead_of)
            told, more = send(evolve(told, tellings=(*told.tellings, telling)), scene, telling, because=because, at=at)
            effects += more

    if not vacant:
        return told, effects
    unfilled = vacant if present else (*instead_of, *vacant)
    told, more = _tell_above(told, scene, index, because=because, at=at, instead_of=unfilled)
    return told, (*effects, *more)


def _tell_above(
    escalation: Escalation, scene: Scene, index: int, *, because: Because, at: datetime, instead_of: tuple[str, ...]
) -> Step:
    """R7.5: in place of empty posts the next rung up is told, if it is not yet."""
    above = _rung_above(escalation, scene, index)
    if above is None:
        return escalation, ()
    at_once = scene.policy.ladder(escalation.level)[above].after_minutes == 0
    why = because if at_once else Because.VACANCY
    return tell_rung(escalation, scene, above, because=why, at=at, instead_of=instead_of)


def send(escalation: Escalation, scene: Scene, telling: Telling, *, because: Because, at: datetime) -> Step:
    """R7.5: the telling's next try, on the channel that its position gives."""
    rung = rung_of(telling, scene.policy)
    channel = rung.channels[telling.position // rung.tries]
    step = step_of(scene.incident, telling)
    tried = evolve(
        telling,
        state=TellingState.WAITING,
        position=telling.position + 1,
        attempts=telling.attempts + 1,
        tries=(*telling.tries, Try(step, channel, at)),
        next_due=at + timedelta(minutes=rung.wait_minutes),
    )

    return escalation.replaced(tried), (_notice(scene, tried, because, at),)


def advance(escalation: Escalation, scene: Scene, due: datetime) -> Step:
    """R7.5: the one thing that was due at `due`: a rung at its set time, or a silent person's next step."""
    for index, when in scheduled(escalation, scene.policy):
        if when == due:
            return tell_rung(escalation, scene, index, because=Because.SCHEDULE, at=due)

    telling = next(telling for telling in escalation.tellings if telling.next_due == due)
    because = Because.NO_GUIDANCE if telling.acknowledged_at else Because.SILENCE
    if heir := _successor(escalation, scene, telling):
        left = escalation.replaced(evolve(telling, state=TellingState.STOPPED, next_due=None))
        return send(evolve(left, tellings=(*left.tellings, heir)), scene, heir, because=because, at=due)
    rung = rung_of(telling, scene.policy)
    if telling.position < len(rung.channels) * rung.tries:
        return send(escalation, scene, telling, because=because, at=due)
    return _spent(escalation, scene, telling, because=because, at=due)


def _spent(escalation: Escalation, scene: Scene, telling: Telling, *, because: Because, at: datetime) -> Step:
    """R7.5: every channel was tried in vain: the deputy, else the next rung up, else the line begins again."""
    spent = escalation.replaced(evolve(telling, state=TellingState.SPENT, next_due=None))
    deputy = _deputy(spent, scene, telling)
    if deputy:
        return send(evolve(spent, tellings=(*spent.tellings, deputy)), scene, deputy, because=Because.DEPUTY, at=at)
    if not _silent(spent, scene, telling):
        return spent, ()

    above = _rung_above(spent, scene, telling.rung) if telling.level is spent.level else None
    if above is None:
        return _again(spent, scene, telling, because=because, at=at)
    told, effects = tell_rung(spent, scene, above, because=because, at=at)
    if len(told.tellings) > len(spent.tellings):
        return told, effects
    again, more = _again(told, scene, telling, because=because, at=at)
    return again, (*effects, *more)


def _again(escalation: Escalation, scene: Scene, telling: Telling, *, because: Because, at: datetime) -> Step:
    """Nobody above is left to tell: who was silent is tried again, or it is said that there is no answer."""
    belongs = in_line if rung_of(telling, scene.policy).everyone else same_rung
    effects: tuple[Effect, ...] = ()
    for each in escalation.tellings:
        if belongs(each, telling) and each.state is TellingState.SPENT and each.cycle < scene.policy.cycles:
            fresh = evolve(each, position=0, cycle=each.cycle + 1)
            escalation, more = send(escalation, scene, fresh, because=because, at=at)
            effects += more
    if effects:
        return escalation, effects

    unanswered = Happening(EntryKind.UNANSWERED, {"person": telling.person, "level": escalation.level})
    if any(each.answered or each.next_due for each in escalation.this_round()):
        return escalation, (unanswered,)
    return evolve(escalation, unanswered_at=at), (unanswered,)


def _silent(escalation: Escalation, scene: Scene, telling: Telling) -> bool:
    """Whether silence leads on: at once where everyone must answer, else when nobody here or above has or may yet."""
    if rung_of(telling, scene.policy).everyone:
        return True
    others = [each for each in escalation.tellings if each.round == telling.round]
    answered = any(each.answered and each.rung >= telling.rung for each in others)
    waiting = any(same_rung(each, telling) and each.state is TellingState.WAITING for each in others)
    return not answered and not waiting


def _holders(rung: Rung, scene: Scene) -> tuple[tuple[PersonInCharge, ...], tuple[str, ...]]:
    """Who holds the rung's posts, and which posts nobody holds."""
    unit = scene.place.unit_of(rung.addressee)
    here = [person for person in scene.persons if person.unit == unit]
    if not here:
        return (), rung.posts
    present = tuple(person for post in rung.posts for person in here if person.post == post)
    vacant = tuple(post for post in rung.posts if all(person.post != post for person in here))
    return present, vacant


def _deputy(escalation: Escalation, scene: Scene, telling: Telling) -> Telling | None:
    """The telling of the silent person's deputy, unless there is none or the deputy was told in this round."""
    told = {each.person for each in escalation.tellings if each.round == telling.round}
    if not rung_of(telling, scene.policy).deputy or telling.deputy is None or telling.deputy in told:
        return None
    return evolve(_unsent(telling), person=telling.deputy, deputy_of=telling.person, instead_of=())


def _successor(escalation: Escalation, scene: Scene, telling: Telling) -> Telling | None:
    """The telling of who holds the post now, where the person has left it and somebody not told yet has come."""
    now = [each for each in scene.persons if (each.post, each.unit) == (telling.post, telling.unit)]
    if any(telling.person in (each.person, each.deputy) for each in now):
        return None
    told = {each.person for each in escalation.tellings if each.round == telling.round}
    fresh = (each for each in now if each.person not in told)
    return next((evolve(_unsent(telling), person=each.person, deputy=each.deputy) for each in fresh), None)


def _unsent(telling: Telling) -> Telling:
    """The line of a telling, before anything was sent."""
    return Telling(
        round=telling.round,
        level=telling.level,
        rung=telling.rung,
        person=telling.person,
        post=telling.post,
        unit=telling.unit,
        addressee=telling.addressee,
        instead_of=telling.instead_of,
    )


def _telling(
    escalation: Escalation, index: int, rung: Rung, person: PersonInCharge, instead_of: tuple[str, ...]
) -> Telling:
    return Telling(
        round=escalation.round,
        level=escalation.level,
        rung=index,
        person=person.person,
        post=person.post,
        unit=person.unit,
        addressee=rung.addressee,
        deputy=person.deputy,
        instead_of=instead_of,
    )


def _reported_to(
    escalation: Escalation, scene: Scene, rung: Rung, because: Because, at: datetime
) -> tuple[Effect, ...]:
    """R7.4: one report for each unit and round: addressees that fall together in one unit get one."""
    unit = scene.place.unit_of(rung.addressee)
    if unit is None or unit in escalation.units_told:
        return ()
    step = f"{scene.incident}:{escalation.round}:{unit}"
    return (
        Escalated(
            step=step,
            incident=scene.incident,
            drill=scene.drill,
            level=escalation.level,
            addressee=rung.addressee,
            unit=unit,
            because=because,
            at=at,
        ),
    )


def _said_vacant(rung: Rung, vacant: tuple[str, ...]) -> tuple[Effect, ...]:
    return tuple(Happening(EntryKind.POST_VACANT, {"addressee": rung.addressee, "post": post}) for post in vacant)


def _rung_above(escalation: Escalation, scene: Scene, index: int) -> int | None:
    """The lowest rung above this one that is not reached yet."""
    rungs = range(index + 1, len(scene.policy.ladder(escalation.level)))
    return next((above for above in rungs if above not in escalation.reached), None)


def _notice(scene: Scene, telling: Telling, because: Because, at: datetime) -> Notice:
    last = telling.tries[-1]
    return Notice(
        step=last.step,
        incident=scene.incident,
        drill=scene.drill,
        level=telling.level,
        person=telling.person,
        post=telling.post,
        unit=telling.unit,
        addressee=telling.addressee,
        channel=last.channel,
        because=because,
        attempt=telling.attempts,
        due=at,
        at=at,
        deputy_of=telling.deputy_of,
        instead_of=telling.instead_of,
    )
