"""R7.4, R7.5: the escalation of an incident: it opens, runs with time, is raised, and ends.

`run` is what a timer calls. In time order it walks through all that has fallen due; after an outage that may be much:
then every step older than the next one of its line is dropped, and in their stead one message goes to the highest
addressee reached that has not answered. Running it twice for the same instant does nothing the second time.
"""

from datetime import datetime, timedelta

from attrs import evolve

from emergency.announcements import Because, Effect, EntryKind, Escalated, Happening, Notice
from emergency.ladder import Step, advance, send, tell_rung
from emergency.levels import Level
from emergency.tellings import Escalation, Scene, Telling, TellingState, next_due, rung_of


def escalation_level(level: Level, *, unit_known: bool) -> Level:
    """R7.4: the level whose ladder runs: of a unit not known yet, the one a step graver than the grade."""
    return level if unit_known else level.one_step_graver(limit=Level.I)


def plan_tellings(escalation: Escalation, scene: Scene, level: Level, *, because: Because, at: datetime) -> Step:
    """R7.4, R7.5: a new round at this level: what still waited is stopped, and all who are told at once are told."""
    stopped = stop(escalation)
    begun = evolve(
        stopped, round=stopped.round + 1, level=level, started_at=at, reached=(), units_told=(), unanswered_at=None
    )

    return _tell_at_once(begun, scene, because=because, at=at)


def unit_arrived(escalation: Escalation, scene: Scene, level: Level, *, at: datetime) -> Step:
    """R7.4: the unit is known now: within the same round those are told who could not be found before."""
    return _tell_at_once(evolve(escalation, level=level, reached=()), scene, because=Because.UNIT_ARRIVED, at=at)


def due_step(escalation: Escalation, scene: Scene, *, at: datetime) -> Step:
    """R7.5: all that is due by `at`, each person told once at most; nothing where nothing is due.

    Late steps say how late they are; after an outage older steps collapse into one message.
    """
    walked, effects = _walk(escalation, scene, at)
    notices = [effect for effect in effects if isinstance(effect, Notice)]
    live = {notice.step for notice in notices if _still_live(walked, notice)}
    dropped = len(notices) - len(live)
    top = _top_waiting(walked) if dropped else None
    settled = _only_sent(walked, escalation, scene, live, top=top, at=at)
    sent = tuple(_late(effect, at) for effect in effects if not isinstance(effect, Notice) or effect.step in live)

    if top is None:
        return settled, sent
    spoken = tuple(effect for effect in sent if not _is_unanswered(effect))
    final, more = _collapsed(settled, scene, dropped, top=top, live=live, at=at)
    return final, (*spoken, *more)


def lowered(escalation: Escalation, scene: Scene, level: Level) -> Escalation:
    """R7.3: after lowering nothing climbs any more, and only who the lower level tells at once is still waited for."""
    addressees = {rung.addressee for rung in scene.policy.ladder(level) if rung.after_minutes == 0}
    kept = tuple(telling if telling.addressee in addressees else _stopped(telling) for telling in escalation.tellings)
    return evolve(escalation, tellings=kept, reached=tuple(range(len(scene.policy.ladder(escalation.level)))))


def stop(escalation: Escalation) -> Escalation:
    """Nobody is told any more; what was answered stays answered."""
    return evolve(escalation, started_at=None, tellings=tuple(_stopped(each) for each in escalation.tellings))


def _tell_at_once(escalation: Escalation, scene: Scene, *, because: Because, at: datetime) -> Step:
    effects: tuple[Effect, ...] = ()
    for index, rung in enumerate(scene.policy.ladder(escalation.level)):
        if rung.after_minutes == 0 and index not in escalation.reached:
            escalation, more = tell_rung(escalation, scene, index, because=because, at=at)
            effects += more
    if escalation.this_round():
        return escalation, effects
    nobody = Happening(EntryKind.UNANSWERED, {"level": escalation.level})
    return evolve(escalation, unanswered_at=at), (*effects, nobody)


def _stopped(telling: Telling) -> Telling:
    if telling.state is TellingState.GUIDED:
        return telling
    state = telling.state if telling.state is TellingState.ACKNOWLEDGED else TellingState.STOPPED
    return evolve(telling, state=state, next_due=None)


def _walk(escalation: Escalation, scene: Scene, at: datetime) -> tuple[Escalation, list[Effect]]:
    """Every step that fell due by `at`, in time order, as if each had been done in time."""
    effects: list[Effect] = []
    while (due := next_due(escalation, scene.policy)) is not None and due <= at:
        escalation, more = advance(escalation, scene, due)
        effects.extend(more)
    return escalation, effects


def _still_live(walked: Escalation, notice: Notice) -> bool:
    """Whether the step is the last one of its telling, which still waits for an answer to it."""
    return any(
        telling.tries and telling.tries[-1].step == notice.step and telling.state is TellingState.WAITING
        for telling in walked.tellings
    )


def _top_waiting(walked: Escalation) -> int | None:
    """The highest rung reached at which somebody has not answered."""
    return max((telling.rung for telling in walked.this_round() if telling.open), default=None)


def _only_sent(
    walked: Escalation, before: Escalation, scene: Scene, live: set[str], *, top: int | None, at: datetime
) -> Escalation:
    """The state in which only steps that go out count as tries; who was never told has no telling."""
    sent = live | {each.step for telling in before.tellings for each in telling.tries}
    kept = []
    for telling in walked.tellings:
        tries = tuple(
            each if each.step not in live else evolve(each, at=at) for each in telling.tries if each.step in sent
        )
        due = telling.next_due
        if any(each.step in live for each in tries):
            due = at + timedelta(minutes=rung_of(telling, scene.policy).wait_minutes)
        if tries or (telling.rung == top and telling.deputy_of is None):
            kept.append(evolve(telling, tries=tries, next_due=due))
    return evolve(walked, tellings=tuple(kept))


def _collapsed(escalation: Escalation, scene: Scene, dropped: int, *, top: int, live: set[str], at: datetime) -> Step:
    """One message in place of the dropped steps, to each silent person of the highest addressee reached."""
    escalation = evolve(escalation, unanswered_at=None)
    effects: tuple[Effect, ...] = (Happening(EntryKind.STEPS_COLLAPSED, {"dropped": f"{dropped}", "rung": f"{top}"}),)
    for telling in escalation.this_round():
        told_now = any(each.step in live for each in telling.tries)
        if telling.rung == top and telling.open and not told_now:
            fresh = evolve(telling, position=0, cycle=1)
            escalation, more = send(escalation, scene, fresh, because=Because.OUTAGE, at=at)
            effects += tuple(evolve(each, collapsed=dropped) if isinstance(each, Notice) else each for each in more)
    return escalation, effects


def _is_unanswered(effect: Effect) -> bool:
    return isinstance(effect, Happening) and effect.kind is EntryKind.UNANSWERED


def _late(effect: Effect, at: datetime) -> Effect:
    if isinstance(effect, Notice):
        return evolve(effect, at=at, late_seconds=int((at - effect.due).total_seconds()))
    if isinstance(effect, Escalated):
        return evolve(effect, at=at, late_seconds=int((at - effect.at).total_seconds()))
    return effect
