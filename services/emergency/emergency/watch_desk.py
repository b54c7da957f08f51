"""R7.3, R7.7: pictures and drafts over the store: what methods, timers and events do with them."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from attrs import asdict, evolve, frozen
from pymongo import DESCENDING, IndexModel

from chassis.bus import Heard
from chassis.clock import Clock
from chassis.entries import Announce, Announcement, CancelTimer, SetTasks, SetTimer, filed_under
from chassis.frame import Frame
from chassis.reaction import reaction
from chassis.service import Answer, Call
from chassis.store import Aggregates, Command, NotFound, Restates, Saved, TakenByAnother
from chassis.timers import Firing
from chassis.work.parameters import Value
from emergency import drafts, watching
from emergency.authority import Actor
from emergency.directory import Directory, UnitCopy
from emergency.drafts import Draft, DraftStatus
from emergency.incidents import Incident
from emergency.kinds import Kind
from emergency.levels import Tier
from emergency.parameters import DRAFT_WAITS
from emergency.signals import Signal
from emergency.watch_operations import DRAFT_FOUND, DRAFT_STATED, DRAFT_UNDECIDED
from emergency.watch_refusals import DraftSettled, UnitOutsideDraft
from emergency.watch_rules import DEFAULT_RULES, Sighted, WatchRule
from emergency.watched import watched
from emergency.watching import Found, Watched

WAKE = "wake"
ActorOf = Callable[[tuple[str, ...]], Actor]


@frozen
class WatchDesk:
    """The pictures and drafts of one service process; it reads their signals."""

    signals: Aggregates[Signal]
    pictures: Aggregates[Watched]
    drafts: Aggregates[Draft]
    incidents: Aggregates[Incident]
    directory: Directory
    clock: Clock
    value: Value

    def rules(self) -> Answer:
        """The rules in force."""
        return Answer({"version": DEFAULT_RULES.version, "items": DEFAULT_RULES.rules})

    def page(self, call: Call) -> Answer:
        """Drafts within the caller's reach."""
        status = call.query["status"]
        return call.page(self.drafts, {} if status is None else {"status": status})

    def one(self, call: Call) -> Answer:
        """One draft."""
        return call.answer(self.drafts.load(call.path["draft"], call.reach))

    def confirm(self, call: Call, actor_of: ActorOf, report: Callable[[Draft, UnitCopy, str], Saved]) -> Answer:
        """R7.3: the draft becomes an incident by `report`, whose id follows from the draft's: so it becomes one.

        The incident is written first: were this process to die then, the incident's own event confirms the draft.
        """
        draft: Draft = self.drafts.load(call.path["draft"], call.reach).state
        incident = incident_of(draft)
        if not self.incidents.find({"_id": incident}):  # a retry, or a second one, is answered by the incident itself
            drafts.refuse_undecidable(draft, actor=actor_of(draft.units))
        name = call.body["unit"] or draft.unit
        unit = self.directory.units.get(name)
        if unit is None or draft.area not in unit.units:
            raise UnitOutsideDraft(unit=name, area=draft.area, pointer="/body/unit")
        try:
            made = report(draft, unit, incident)
        except TakenByAnother:
            raise DraftSettled(draft=draft.id, status=DraftStatus.CONFIRMED) from None
        saved = self._confirm(draft.id, incident, by=call.caller.subject, step=call.step("draft"))
        return evolve(call.answer(saved), replayed=made.replayed)

    def dismiss(self, call: Call, actor_of: ActorOf) -> Answer:
        """R7.3: the draft is nothing."""

        def dismissed(draft: Draft) -> Any:
            actor = actor_of(draft.units)
            return _decided(draft, drafts.dismiss(draft, reason=call.body["reason"], actor=actor, at=call.now))

        saved = self.drafts.change(call.path["draft"], call.command(), dismissed, reach=call.reach)
        return call.answer(saved)

    def signal_taken(self, heard: Heard) -> None:
        """R7.3: each rule that counts such signals looks at it."""
        signal: Signal = self.signals.load(heard.subject).state
        for rule in DEFAULT_RULES.of_signals(signal.kind):
            if group := signal.group(rule.by):
                self._observe(rule, signal.units, group, lambda: signal.sighted, heard)

    def incident_watched(self, heard: Heard) -> None:
        """R7.3: each rule that counts incidents looks at it as it stands now.

        What was made of a draft does not count again, and confirms its draft where that is not done yet.
        """
        incident: Incident = self.incidents.load(heard.subject).state
        if incident.draft_id:
            step = self._command(f"{heard.id}:draft", "drafts", heard.id)
            self._confirm(incident.draft_id, incident.id, by=incident.reporter, step=step)
            return
        for rule in DEFAULT_RULES.of_incidents():
            self._observe_incident(rule, incident, heard)

    def found(self, heard: Heard) -> None:
        """R7.3: a draft is proposed, or added to; whichever of its events comes first proposes it."""
        sightings = tuple(Sighted(**each) for each in heard.data["sightings"])
        found = Found(**{**heard.data, "units": tuple(heard.data["units"]), "sightings": sightings})
        step = self._command(heard.id, "rules", heard.id)
        minutes = self.value(DRAFT_WAITS, found.units, step.now)

        def added(draft: Draft) -> Any:
            return _decided(draft, drafts.add(draft, found.sightings))

        try:
            self.drafts.change(found.draft, step, added)
        except NotFound:
            try:
                self.drafts.create(found.draft, step, lambda: _decided(None, _proposed(found, step.now, minutes)))
            except TakenByAnother:
                self.drafts.change(found.draft, step, added)

    def fire(self, firing: Firing) -> None:
        """R7.7: nobody has decided on a draft: the next level is told."""
        step = self._command(firing.command, "timer", firing.id)

        def woken(draft: Draft) -> Any:
            after, addressee = drafts.wake(draft, at=step.now)
            state, announcements = _decided(draft, after)
            return state, [*announcements, *([_undecided(after, addressee)] if addressee else [])]

        self.drafts.change(firing.aggregate, step, woken)

    def unit_stated(self, heard: Heard, unit: UnitCopy) -> None:
        """R7.3: the undecided drafts of an area that moved are filed under its new ancestors."""
        for loaded in self.drafts.find({"area": unit.id, "status": DraftStatus.PROPOSED.value}):
            step = self._command(f"{heard.id}:{loaded.id}", "directory", heard.id)
            self.drafts.change(loaded.id, step, lambda draft: _decided(draft, drafts.moved(draft, unit.units)))

    def _confirm(self, draft: str, incident: str, *, by: str, step: Command) -> Saved:
        return self.drafts.change(
            draft,
            step,
            lambda one: _decided(one, drafts.confirmed(one, incident=incident, by=by, at=step.now)),
        )

    def _observe_incident(self, rule: WatchRule, incident: Incident, heard: Heard) -> None:
        if all(change.level is not rule.incidents for change in incident.levels):
            return

        def sighted() -> Sighted | None:
            latest: Incident = self.incidents.load(heard.subject).state
            counts = latest.level is rule.incidents and watched(latest)
            return Sighted(_name(latest), latest.unit, latest.occurred_at or latest.reported_at) if counts else None

        self._observe(rule, incident.units, incident.kind, sighted, heard, forgets=_name(incident))

    def _observe(
        self,
        rule: WatchRule,
        units: tuple[str, ...],
        group: str,
        sighted: Callable[[], Sighted | None],
        heard: Heard,
        *,
        forgets: str = "",
    ) -> None:
        """Put what is `sighted` now into its picture. The draft and the incident are read after the picture: whoever
        wrote the picture last has seen at least what any earlier writer saw, so the order of events does not matter."""
        area = units[: _DEPTH[rule.area]]
        step = self._command(None, "rules", heard.id)

        def observed(picture: Watched) -> Any:
            now = sighted()
            if now is None:
                return watching.forget(picture, forgets), []
            return _observed(picture, now, rule, self._draft_of(picture), step)

        key = watching.watched_key(rule, area[-1], group)
        try:
            self.pictures.change(key, step, observed)
        except NotFound:
            empty = Watched(rule=rule.id, area=area[-1], units=area, group=group)
            if sighted() is None:
                return
            try:
                self.pictures.create(key, step, lambda: observed(empty))
            except TakenByAnother:
                self.pictures.change(key, step, observed)

    def _draft_of(self, picture: Watched) -> Draft | None:
        """The picture's draft as it stands; None where there is none, or it is still on its way."""
        found = self.drafts.find({"_id": picture.draft}) if picture.draft else []
        return found[0].state if found else None

    def _command(self, id: str | None, actor: str, cause: str) -> Command:
        return reaction("emergency", id, actor=actor, cause=cause, at=self.clock.now())


_DEPTH = {Tier.HEAD_OFFICE: 1, Tier.PROVINCE: 2, Tier.CITY: 3, Tier.COUNTER: 4}
"""How many units of a chain from the root name the place of a rule; a shorter chain names the place by its end."""


def watch_desk(
    frame: Frame, signals: Aggregates[Signal], incidents: Aggregates[Incident], directory: Directory, value: Value
) -> WatchDesk:
    """The desk over its collections in this frame."""
    by_units = IndexModel([("units", 1), ("at", DESCENDING), ("_id", DESCENDING)])
    return WatchDesk(
        signals,
        frame.aggregates("watched", Watched, stamps=lambda _: {}),
        frame.aggregates(
            "drafts",
            Draft,
            stamps=_stamps,
            indexes=(by_units, IndexModel([("area", 1), ("status", 1)])),
            restates=Restates(DRAFT_STATED.name, _stated),
        ),
        incidents,
        directory,
        frame.clock,
        value,
    )


def incident_of(draft: Draft) -> str:
    """The id of the one incident that a draft may become."""
    return hashlib.sha256(f"incident:{draft.id}".encode()).hexdigest()[:32]


def _name(incident: Incident) -> str:
    return f"incident:{incident.id}"


def _observed(
    picture: Watched, sighted: Sighted, rule: WatchRule, draft: Draft | None, step: Command
) -> tuple[Watched, list[Announcement]]:
    seen, found = watching.observe(picture, sighted, rule, draft=draft, at=step.now)
    if found is None:
        return seen, []
    return seen, [Announce(DRAFT_FOUND.name, DRAFT_FOUND.data(found), filed_under(seen.units))]


def _proposed(found: Found, at: datetime, minutes: int) -> Draft:
    rule = next(rule for rule in DEFAULT_RULES.rules if rule.id == found.rule)
    return Draft(
        id=found.draft,
        rule=rule.id,
        version=DEFAULT_RULES.version,
        kind=rule.proposes or Kind(found.group),
        level=rule.suggests,
        group=found.group,
        area=found.area,
        units=found.units,
        counted=drafts.newest(found.sightings),
        total=sum(each.count for each in found.sightings),
        window_ends=found.window_ends,
        proposed_at=at,
        undecided_minutes=minutes,
    )


def _decided(before: Draft | None, after: Draft) -> tuple[Draft, list[Announcement]]:
    """The draft as the store takes it: its state is told, and its one timer set, where something changed."""
    if after is before:
        return after, []
    out: list[Announcement] = [_stated(after), SetTasks(drafts.tasks(after))]
    wake = drafts.next_wake(after)
    if wake != (before and drafts.next_wake(before)):
        out.append(CancelTimer(WAKE) if wake is None else SetTimer(WAKE, wake))
    return after, out


def _stated(draft: Draft) -> Announce:
    return Announce(DRAFT_STATED.name, DRAFT_STATED.data(draft), filed_under(draft.units))


def _undecided(draft: Draft, addressee: str) -> Announce:
    data = DRAFT_UNDECIDED.data({**asdict(draft, recurse=False), "addressee": addressee})
    return Announce(DRAFT_UNDECIDED.name, data, filed_under(draft.units))


def _stamps(draft: Draft) -> dict[str, Any]:
    return {
        "units": list(draft.units),
        "at": draft.proposed_at,
        "status": draft.status.value,
        "area": draft.area,
    }
